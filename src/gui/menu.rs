//! The menu of the ☰ button.

use eframe::egui::{
    self, Button, Ui, Vec2,
    containers::menu::{MenuButton, MenuConfig},
};

use crate::gui::{action::Action, ctx::Ctx, icon::Icon, shortcuts, theme, transcript};

/// Shows the button, and the menu while it is open.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let lang = cx.lang;
    let icon = Button::new(Icon::Menu.text(theme::ICON))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(theme::CONTROL));
    let padding = std::mem::take(&mut ui.spacing_mut().button_padding);
    let (button, menu) = MenuButton::from_button(icon)
        .config(MenuConfig::default())
        .ui(ui, |ui| {
            ui.set_min_width(180.0);
            show_items(cx, ui);
        });
    ui.spacing_mut().button_padding = padding;
    if menu.is_some() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        // Escape closes the menu, and the focus goes back to its button.
        button.request_focus();
    }
    button
        .on_hover_text(lang.menu())
        .accessible_name(lang.menu());
}

fn show_items(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let lang = cx.lang;
    let keys = |ui: &Ui, shortcut| shortcuts::keys(ui.ctx(), shortcut);
    let settings = Button::new(lang.settings_further());
    let settings = settings.shortcut_text(keys(ui, &shortcuts::SETTINGS));
    item(cx, ui, settings, |_| Action::ShowSettings);
    let search = Button::new(lang.search_further());
    let search = search.shortcut_text(keys(ui, &shortcuts::SEARCH));
    item(cx, ui, search, |_| Action::ShowSearch);
    ui.add_enabled_ui(!cx.chat.timeline().is_empty(), |ui| {
        let copy = Button::new(lang.copy_conversation());
        item(cx, ui, copy, |cx| {
            Action::Copy(transcript::conversation(cx))
        });
    });
    let sheet = Button::new(lang.keyboard_shortcuts());
    let sheet = sheet.shortcut_text(keys(ui, &shortcuts::SHORTCUTS));
    item(cx, ui, sheet, |_| Action::ShowShortcuts);
    item(cx, ui, Button::new(lang.about()), |_| Action::ShowAbout);
}

fn item(
    cx: &mut Ctx<'_>,
    ui: &mut Ui,
    button: Button<'_>,
    action: impl FnOnce(&Ctx<'_>) -> Action,
) {
    if ui.add(button).clicked() {
        cx.push(action(cx));
        ui.close();
    }
}
