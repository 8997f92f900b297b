//! Our own name, and a way to change it: before its first use, and among the people.

use eframe::egui::{TextStyle, Ui};

use crate::{
    gui::{
        Action,
        asks::kept_in_view,
        choices::Choice,
        locale::Lang,
        name_field::{Edited, NameField},
        theme,
    },
    identity::Name,
};

/// The name, or the field for it.
#[derive(Debug, Default)]
pub(super) enum OwnName {
    #[default]
    Shown,
    /// The field was closed by keyboard: the button it came from gets the keyboard back.
    Closed,
    Edited(NameField),
}

impl OwnName {
    /// Shows what others see, with a button to change it.
    pub fn show(&mut self, ui: &mut Ui, name: &Name, lang: Lang, actions: &mut Vec<Action>) {
        if let Self::Edited(field) = self {
            match field.show(ui, lang.your_name(), lang) {
                Some(Edited::Saved(text)) => {
                    actions.push(Action::Choose(Choice::Name(Name::new(&text))));
                    *self = Self::Closed;
                }
                Some(Edited::GivenUp) => *self = Self::Closed,
                None => {}
            }
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.weak(lang.seen_as(name.as_str()));
            let whole = lang.done_to(lang.change(), lang.your_name());
            let button = kept_in_view(ui.button(lang.change())).accessible_name(whole);
            if matches!(self, Self::Closed) {
                button.request_focus();
                *self = Self::Shown;
            }
            if button.clicked() {
                *self = Self::Edited(NameField::new(name.as_str().to_owned()));
            }
        });
    }

    /// The same in the middle of `ui`.
    pub fn show_centred(
        &mut self,
        ui: &mut Ui,
        name: &Name,
        lang: Lang,
        actions: &mut Vec<Action>,
    ) {
        let padding = 2.0 * ui.spacing().button_padding.x;
        let gap = ui.spacing().item_spacing.x;
        let width = |text: String| {
            let font = TextStyle::Body.resolve(ui.style());
            let colour = ui.visuals().text_color();
            ui.painter().layout_no_wrap(text, font, colour).size().x
        };
        let button = |words: &str| gap + padding + width(words.to_owned());
        let wanted = match self {
            Self::Edited(_) => {
                let label = width(lang.your_name().to_owned()) + gap;
                label + theme::NAME_WIDTH + button(lang.save()) + button(lang.cancel())
            }
            Self::Shown | Self::Closed => {
                width(lang.seen_as(name.as_str())) + button(lang.change())
            }
        };
        let beside = (ui.available_width() - wanted).max(0.0) / 2.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(beside);
            ui.spacing_mut().item_spacing.x = gap;
            ui.vertical(|ui| self.show(ui, name, lang, actions));
        });
    }
}
