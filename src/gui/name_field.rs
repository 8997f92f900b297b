//! A field for a name, with the buttons that keep or give up what was written.

use eframe::egui::{Key, Modifiers, TextEdit, Ui};

use crate::{
    gui::{keys::Keys, locale::Lang, theme},
    identity::NAME_CHARACTERS,
};

/// A name being edited.
#[derive(Debug, Default)]
pub(super) struct NameField {
    text: String,
    keys: Keys,
    has_been_shown: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edited {
    Saved(String),
    GivenUp,
}

impl NameField {
    /// With this to begin from.
    pub fn new(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    /// Shows it. `name` says what it is for.
    pub fn show(&mut self, ui: &mut Ui, name: &str, lang: Lang) -> Option<Edited> {
        let id = ui.make_persistent_id("name field");
        let mut saved = false;
        if ui.memory(|memory| memory.has_focus(id)) {
            // With a syllable still being composed, Enter waits for it as in the composer.
            let now = ui.input(|input| input.time);
            saved = ui.input_mut(|input| self.keys.filter(&mut input.events, now));
            if let Some(delay) = self.keys.next_frame_in(now) {
                ui.ctx().request_repaint_after(delay);
            }
        } else {
            self.keys = Keys::default();
        }
        let mut given_up = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        ui.horizontal_wrapped(|ui| {
            let label = ui.weak(name).id;
            let width = ui.available_width().min(theme::NAME_WIDTH);
            let field = TextEdit::singleline(&mut self.text)
                .id(id)
                .char_limit(NAME_CHARACTERS)
                .desired_width(width);
            let field = ui.add(field).labelled_by(label);
            if !self.has_been_shown {
                self.has_been_shown = true;
                field.request_focus();
            }
            saved |= ui.button(lang.save()).clicked();
            given_up |= ui.button(lang.cancel()).clicked();
        });
        if saved {
            Some(Edited::Saved(std::mem::take(&mut self.text)))
        } else {
            given_up.then_some(Edited::GivenUp)
        }
    }
}
