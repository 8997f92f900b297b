//! The button that opens the list of conversations, with the number of unread messages on it.

use eframe::egui::{Align2, Ui, vec2};

use crate::gui::{
    action::Action,
    badge,
    ctx::Ctx,
    icon::{self, Icon},
    shortcuts,
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
    let hint = format!("{words} ({})", shortcuts::keys(ui.ctx(), shortcuts::PEOPLE));
    let button = icon::button(ui, Icon::People, &hint).accessible_name(cx.lang.people());
    if unread > 0 {
        let corner = button.rect.right_top() + vec2(4.0, 0.0);
        badge::show(ui, unread, Align2::RIGHT_TOP, corner);
    }
    if button.clicked() {
        cx.push(Action::ShowPeople);
    }
}
