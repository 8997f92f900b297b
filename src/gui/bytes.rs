//! The bytes of one message: a dump to look at, and what each encoding would make of them.

use eframe::egui::{Label, RichText, ScrollArea, TextStyle, Ui};

use crate::{
    chat::{
        hex::{self, Candidate, WIDTH},
        timeline::{Message, Speaker},
    },
    gui::{Action, choices::Choice, dialog, locale::Lang, theme},
    text::{charset::Reading, visible::visible},
};

/// As many bytes are read in each encoding, for choosing one.
const SAMPLE: usize = 48;

/// The open view.
#[derive(Debug)]
pub(super) struct BytesView {
    bytes: Vec<u8>,
    /// Empty for a message of ours or an encrypted one, which are no question of reading.
    candidates: Vec<Candidate>,
}

impl BytesView {
    pub fn new(message: &Message) -> Self {
        let bytes = message.bytes().into_owned();
        let candidates = match message.speaker {
            Speaker::Me | Speaker::Key(_) => Vec::new(),
            Speaker::Peer(_) => hex::candidates(&bytes, SAMPLE),
        };
        Self { bytes, candidates }
    }

    /// Shows it over the window. False once it is to be closed.
    pub fn show(&self, ui: &Ui, lang: Lang, actions: &mut Vec<Action>) -> bool {
        dialog::frame(
            ui,
            "bytes",
            lang.bytes_title(),
            theme::DUMP_WIDTH,
            |ui, height| {
                self.show_dump(ui, height * 0.5);
                if !self.candidates.is_empty() {
                    ui.label(RichText::new(lang.reads_as_hint()).weak());
                    self.show_candidates(ui, height * 0.25, lang, actions);
                }
                ui.horizontal(|ui| {
                    if ui.button(lang.copy_dump()).clicked() {
                        actions.push(Action::Copy(hex::dump(&self.bytes)));
                    }
                    !ui.button(lang.close()).clicked()
                })
                .inner
            },
        )
    }

    fn show_dump(&self, ui: &mut Ui, height: f32) {
        let row = ui.text_style_height(&TextStyle::Monospace);
        ScrollArea::both()
            .id_salt("dump")
            .max_height(height)
            .auto_shrink([false, true])
            .show_rows(ui, row, hex::lines(&self.bytes).max(1), |ui, rows| {
                for number in rows {
                    let line = hex::line(&self.bytes, number * WIDTH);
                    ui.add(
                        Label::new(RichText::new(line).monospace())
                            .extend()
                            .selectable(true),
                    );
                }
            });
    }

    fn show_candidates(&self, ui: &mut Ui, height: f32, lang: Lang, actions: &mut Vec<Action>) {
        ScrollArea::vertical()
            .id_salt("candidates")
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for Candidate {
                    charset,
                    fits,
                    text,
                } in &self.candidates
                {
                    ui.horizontal(|ui| {
                        let name = lang.read_as(*charset);
                        if ui.button(charset.name()).accessible_name(name).clicked() {
                            actions.push(Action::Choose(Choice::Reading(Reading::Fixed(*charset))));
                        }
                        let sample = visible(text).replace('\n', " ");
                        if *fits {
                            ui.add(Label::new(sample).truncate());
                        } else {
                            ui.add(
                                Label::new(
                                    RichText::new(format!("{} · {sample}", lang.does_not_fit()))
                                        .weak(),
                                )
                                .truncate(),
                            );
                        }
                    });
                }
            });
    }
}
