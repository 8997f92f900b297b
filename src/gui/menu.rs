//! The menu of the ☰ button.

use eframe::egui::{
    self, Button, KeyboardShortcut, Ui, Vec2,
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
    let settings = Some(shortcuts::SETTINGS);
    item(cx, ui, lang.settings_further(), settings, |_| {
        Action::ShowSettings
    });
    let search = Some(shortcuts::SEARCH);
    item(cx, ui, lang.search_further(), search, |_| {
        Action::ShowSearch
    });
    ui.add_enabled_ui(!cx.chat.timeline().is_empty(), |ui| {
        item(cx, ui, lang.copy_conversation(), None, |cx| {
            Action::Copy(transcript::conversation(cx))
        });
    });
    let sheet = Some(shortcuts::SHORTCUTS);
    item(cx, ui, lang.keyboard_shortcuts(), sheet, |_| {
        Action::ShowShortcuts
    });
    item(cx, ui, lang.about(), None, |_| Action::ShowAbout);
}

fn item(
    cx: &mut Ctx<'_>,
    ui: &mut Ui,
    words: &str,
    shortcut: Option<KeyboardShortcut>,
    action: impl FnOnce(&Ctx<'_>) -> Action,
) {
    let mut button = Button::new(words);
    if let Some(shortcut) = shortcut {
        button = button.shortcut_text(shortcuts::keys(ui.ctx(), shortcut));
    }
    // The keys are not part of its name.
    let item = ui.add(button).accessible_name(words);
    if let Some(shortcut) = shortcut {
        let keys = shortcuts::keys(ui.ctx(), shortcut);
        ui.ctx()
            .accesskit_node_builder(item.id, |node| node.set_keyboard_shortcut(keys));
    }
    if item.clicked() {
        cx.push(action(cx));
        ui.close();
    }
}
