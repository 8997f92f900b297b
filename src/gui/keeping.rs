//! What is kept of conversations: whether, how much, a copy of it, and an end to it.

use std::path::Path;

use eframe::egui::{Button, Label, Response, RichText, Ui};

use super::{Action, asks::kept_in_view, choices::Choice, dialog, theme};
use crate::{
    history::{ExportFormat, Query},
    identity::Party,
    net::Command,
};

/// Room for what stands above and below, in points.
const BESIDE: f32 = 80.0;

const FORMATS: [ExportFormat; 3] = [
    ExportFormat::Markdown,
    ExportFormat::Text,
    ExportFormat::Json,
];

/// The open dialog.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// Room taken on the disk, in bytes, once that is known.
    size: Option<u64>,
    asking: Asking,
    keyboard: Keyboard,
}

/// What the person is asked once more.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Asking {
    #[default]
    Nothing,
    /// Whether to erase this conversation, or all of them.
    Clear(Option<Party>),
}

/// Where the keyboard goes in the next frame.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Keyboard {
    #[default]
    ToClose,
    /// To the safer one of the two answers.
    ToKeep,
    Stay,
}

impl Keeping {
    /// So much room is taken.
    pub fn set_size(&mut self, bytes: u64) {
        self.size = Some(bytes);
    }

    /// Shows it over the window. False once it is to be closed.
    pub fn show(
        &mut self,
        ui: &Ui,
        context: &dialog::Context<'_>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let (title, width) = (context.lang.history(), theme::DIALOG_WIDTH);
        dialog::frame(ui, "history", title, width, |ui, height| {
            let area = dialog::scroll_area("history", height - BESIDE);
            let stays = area.show(ui, |ui| {
                self.show_keeping(ui, context, actions);
                ui.separator();
                let stays = show_export(ui, context, actions);
                ui.separator();
                self.show_clear(ui, context, actions);
                stays
            });
            ui.separator();
            let close = ui.button(context.lang.close());
            self.lead(Keyboard::ToClose, &close);
            stays.inner && !close.clicked()
        })
    }

    fn show_keeping(&self, ui: &mut Ui, context: &dialog::Context<'_>, actions: &mut Vec<Action>) {
        let lang = context.lang;
        let mut keep = context.settings.keep_history;
        if kept_in_view(ui.checkbox(&mut keep, lang.keep_history())).changed() {
            actions.push(Action::Choose(Choice::KeepHistory(keep)));
        }
        hint(ui, lang.keep_history_hint());
        hint(ui, lang.not_encrypted_on_disk());
        ui.label(lang.on_disk(self.size));
    }

    fn show_clear(
        &mut self,
        ui: &mut Ui,
        context: &dialog::Context<'_>,
        actions: &mut Vec<Action>,
    ) {
        let (lang, contacts) = (context.lang, context.chat.contacts());
        if let Asking::Clear(party) = &self.asking {
            let party = party.clone();
            let bad = theme::palette(ui).bad;
            let question = lang.clear_question(contacts, party.as_ref());
            ui.add(Label::new(RichText::new(question).color(bad)).wrap());
            ui.horizontal_wrapped(|ui| {
                let yes = lang.clear_it(contacts, party.as_ref());
                let yes = kept_in_view(ui.button(yes)).clicked();
                let keep = kept_in_view(ui.button(lang.keep()));
                self.lead(Keyboard::ToKeep, &keep);
                if yes {
                    actions.push(Action::Ask(Command::Clear(party)));
                }
                if yes || keep.clicked() {
                    self.asking = Asking::Nothing;
                    self.keyboard = Keyboard::ToClose;
                }
            });
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let this = Button::new(lang.clear_conversation());
            let this = kept_in_view(ui.add_enabled(context.shown().is_some(), this));
            let all = kept_in_view(ui.button(lang.clear_everything()));
            if this.clicked() {
                self.asking = Asking::Clear(context.shown().cloned());
            } else if all.clicked() {
                self.asking = Asking::Clear(None);
            } else {
                return;
            }
            self.keyboard = Keyboard::ToKeep;
        });
    }

    /// Gives this the keyboard if it is to go there.
    fn lead(&mut self, to: Keyboard, response: &Response) {
        if self.keyboard == to {
            response.request_focus();
            self.keyboard = Keyboard::Stay;
        }
    }
}

/// False once something is written: what came of it is told in the window.
fn show_export(ui: &mut Ui, context: &dialog::Context<'_>, actions: &mut Vec<Action>) -> bool {
    let lang = context.lang;
    let mut stays = true;
    ui.label(lang.export_conversation());
    match context.export_folder {
        Some(folder) => hint(ui, &lang.export_into(folder)),
        None => hint(ui, lang.no_export_folder()),
    }
    ui.horizontal_wrapped(|ui| {
        for format in FORMATS {
            let party = context.shown().zip(context.export_folder);
            let button = Button::new(lang.export_format(format));
            let button = kept_in_view(ui.add_enabled(party.is_some(), button));
            let button = button.accessible_name(lang.export_as(format));
            if button.clicked()
                && let Some((party, folder)) = party
            {
                let query = export(context, party, folder, format);
                actions.push(Action::AskHistory(query));
                stays = false;
            }
        }
    });
    stays
}

fn export(
    context: &dialog::Context<'_>,
    party: &Party,
    folder: &Path,
    format: ExportFormat,
) -> Query {
    Query::Export {
        party: party.clone(),
        name: context.lang.party(context.chat.contacts(), party),
        format,
        folder: folder.to_owned(),
        now: context.now.to_zoned(context.zone.clone()),
        words: Box::new(context.lang.export_words()),
    }
}

fn hint(ui: &mut Ui, words: &str) {
    ui.add(Label::new(RichText::new(words).small().weak()).wrap());
}
