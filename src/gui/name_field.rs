//! A text field for a name, with Save and Cancel.

use eframe::egui::{Key, Modifiers, Ui};

use crate::{
    gui::{
        ctx::Ctx,
        focus::{FocusOnce, select_all},
        keys::Keys,
        theme, typeset,
    },
    identity::NAME_CHARACTERS,
};

/// A name being edited.
#[derive(Debug)]
pub(super) struct NameField {
    text: String,
    keys: Keys,
    focus: FocusOnce<()>,
}

/// How editing ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edited {
    Saved(String),
    Cancelled,
}

impl NameField {
    /// A field that starts with this text, and gets the keyboard focus.
    pub fn new(text: String) -> Self {
        Self {
            text,
            keys: Keys::default(),
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it. `label` says what the name is for.
    pub fn show(&mut self, cx: &Ctx<'_>, ui: &mut Ui, label: &str) -> Option<Edited> {
        let id = ui.make_persistent_id("name field");
        let mut saved = self.keys.take_enter(ui, id);
        let mut cancelled = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        ui.horizontal_wrapped(|ui| {
            let label = ui.weak(label).id;
            let width = ui.available_width().min(theme::NAME_WIDTH);
            let field = typeset::singleline(ui, &mut self.text, |field| {
                field
                    .id(id)
                    .char_limit(NAME_CHARACTERS)
                    .desired_width(width)
            })
            .labelled_by(label);
            if self.focus.target().is_some() {
                select_all(ui.ctx(), id);
            }
            self.focus.apply(&(), &field);
            saved |= ui.button(cx.lang.save()).clicked();
            cancelled |= ui.button(cx.lang.cancel()).clicked();
        });
        if saved {
            Some(Edited::Saved(std::mem::take(&mut self.text)))
        } else {
            cancelled.then_some(Edited::Cancelled)
        }
    }
}
