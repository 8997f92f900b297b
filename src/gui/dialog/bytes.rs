//! The bytes of one message: a hex dump, and how each encoding would read them.

use eframe::egui::{FontId, Label, RichText, ScrollArea, TextStyle, Ui};

use super::frame::{Head, buttons, frame};
use crate::{
    chat::{
        hex::{self, Candidate, WIDTH},
        timeline::{Message, Speaker},
    },
    gui::{
        action::{Action, Setting},
        card,
        ctx::Ctx,
        theme,
    },
    text::{charset::Reading, visible::visible},
};

/// Maximum number of bytes read as a sample of each encoding.
const SAMPLE: usize = 48;

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct BytesView {
    bytes: Vec<u8>,
    /// Empty for a message of ours or an encrypted one: there is no choice of how to read it.
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

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let head = Head {
            id: "bytes",
            title: lang.bytes_title(),
            width: theme::DUMP_WIDTH,
        };
        frame(ui, lang, head, |ui, height, _| {
            self.show_dump(ui, height * 0.5);
            if !self.candidates.is_empty() {
                ui.label(RichText::new(lang.reads_as_hint()).weak());
                self.show_candidates(cx, ui, height * 0.25);
            }
            if buttons(ui, |ui| card::primary(ui, lang.copy_dump())).clicked() {
                cx.push(Action::Copy(hex::dump(&self.bytes)));
            }
            true
        })
    }

    fn show_dump(&self, ui: &mut Ui, height: f32) {
        ui.style_mut()
            .text_styles
            .insert(TextStyle::Monospace, FontId::monospace(theme::KEY_SIZE));
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

    fn show_candidates(&self, cx: &mut Ctx<'_>, ui: &mut Ui, height: f32) {
        let lang = cx.lang;
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
                            let reading = Reading::Fixed(*charset);
                            cx.push(Action::Set(Setting::Reading(reading)));
                        }
                        let sample = visible(text).replace('\n', " ");
                        let sample = if *fits {
                            RichText::new(sample)
                        } else {
                            RichText::new(format!("{} · {sample}", lang.does_not_fit())).weak()
                        };
                        ui.add(Label::new(sample).truncate());
                    });
                }
            });
    }
}
