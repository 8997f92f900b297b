//! Our own name, and a way to change it: on the start screen and in the list of people.

use eframe::egui::{Label, RichText, TextStyle, Ui, text::LayoutJob};

use crate::{
    gui::{
        action::{Action, Setting},
        ctx::Ctx,
        focus::{FocusOnce, kept_in_view},
        name_field::{Edited, NameField},
        theme, typeset,
    },
    identity::Name,
    text::name::is_presentable,
};

/// The name, or the field for it.
#[derive(Debug, Default)]
pub(super) struct OwnName {
    /// Open while the name is edited.
    field: Option<NameField>,
    /// On the button that opens the field, once it is closed.
    focus: FocusOnce<()>,
}

impl OwnName {
    /// Shows what others see, with a button to change it.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let (lang, name) = (cx.lang, &cx.settings.name);
        if let Some(field) = &mut self.field {
            let Some(edited) = field.show(cx, ui, lang.your_name()) else {
                return;
            };
            if let Edited::Saved(text) = edited {
                cx.push(Action::Set(Setting::Name(Name::new(&text))));
            }
            self.field = None;
            self.focus.set(());
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let seen = lang.seen_as(name.as_str());
            ui.add(typeset::Label::new(RichText::new(seen).weak()));
            let whole = lang.done_to(lang.change(), lang.your_name());
            let button = kept_in_view(ui.button(lang.change())).accessible_name(whole);
            self.focus.apply(&(), &button);
            if button.clicked() {
                self.field = Some(NameField::new(name.as_str().to_owned()));
            }
        });
        if !is_presentable(name.as_str()) {
            ui.add(Label::new(RichText::new(lang.own_name_hidden()).weak()).wrap());
        }
    }

    /// The same, centred in `ui`.
    pub fn show_centred(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        let padding = 2.0 * ui.spacing().button_padding.x;
        let gap = ui.spacing().item_spacing.x;
        let width = |text: String| {
            let font = TextStyle::Body.resolve(ui.style());
            let colour = ui.visuals().text_color();
            let job = LayoutJob::simple(text, font, colour, f32::INFINITY);
            typeset::layout_or_boxes(ui.painter(), job).size().x
        };
        let button = |words: &str| gap + padding + width(words.to_owned());
        let wanted = if self.field.is_some() {
            let label = width(lang.your_name().to_owned()) + gap;
            label + theme::NAME_WIDTH + button(lang.save()) + button(lang.cancel())
        } else {
            width(lang.seen_as(cx.settings.name.as_str())) + button(lang.change())
        };
        let beside = (ui.available_width() - wanted).max(0.0) / 2.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(beside);
            ui.spacing_mut().item_spacing.x = gap;
            ui.vertical(|ui| self.show(cx, ui));
        });
    }
}
