//! The button that opens the list of conversations, with the number of unread messages on it.

use eframe::egui::{Align2, FontId, Rect, Ui, vec2};

use crate::gui::{
    action::Action,
    ctx::Ctx,
    icon::{self, Icon},
    shortcuts, theme,
};

/// Shows it.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let unread = cx.conversations.unread(cx.shown());
    let words = if unread > 0 {
        cx.lang.unread_count(unread)
    } else {
        cx.lang.people().to_owned()
    };
    // A screen reader says it after the name.
    let hint = format!("{words} ({})", ui.ctx().format_shortcut(&shortcuts::PEOPLE));
    let button = icon::button(ui, Icon::Back, &hint).accessible_name(cx.lang.people());
    if unread > 0 {
        show_badge(ui, button.rect, unread);
    }
    if button.clicked() {
        cx.push(Action::ShowPeople);
    }
}

/// A small number on the corner of a button.
fn show_badge(ui: &Ui, button: Rect, number: u64) {
    let palette = theme::palette(ui);
    let font = FontId::proportional(theme::BADGE_SIZE);
    let text = theme::badge(number);
    let galley = ui.painter().layout_no_wrap(text, font, palette.on_accent);
    let size = galley.size() + vec2(6.0, 0.0);
    let size = vec2(size.x.max(size.y), size.y);
    let ground = Align2::RIGHT_TOP.anchor_size(button.right_top() + vec2(2.0, 0.0), size);
    ui.painter().rect_filled(ground, 7.0, palette.accent);
    let at = Align2::CENTER_CENTER.anchor_size(ground.center(), galley.size());
    ui.painter().galley(at.min, galley, palette.on_accent);
}
