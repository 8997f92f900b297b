//! The button that opens the list of people, with the number of unread messages.

use eframe::egui::{Align2, Button, CornerRadius, FontId, Rect, Ui, vec2};

use crate::gui::{action::Action, ctx::Ctx, shortcuts, theme};

/// Shows it.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let size = vec2(
        theme::MENU_WIDTH - ui.spacing().item_spacing.x,
        ui.spacing().interact_size.y,
    );
    let button = ui.add(Button::new("").min_size(size));
    paint_person(ui, button.rect);
    let unread = cx.conversations.unread(cx.shown());
    let words = if unread > 0 {
        show_badge(ui, button.rect, unread);
        cx.lang.unread_count(unread)
    } else {
        cx.lang.people().to_owned()
    };
    // A screen reader says it after the name.
    let hover = format!("{words} ({})", ui.ctx().format_shortcut(&shortcuts::PEOPLE));
    let button = button
        .on_hover_text(hover)
        .accessible_name(cx.lang.people());
    if button.clicked() {
        cx.push(Action::ShowPeople);
    }
}

/// Painted, since it looks different in each font.
fn paint_person(ui: &Ui, rect: Rect) {
    let colour = theme::palette(ui).text;
    let head = rect.center() - vec2(0.0, 4.0);
    ui.painter().circle_filled(head, 3.6, colour);
    let shoulders = Rect::from_center_size(rect.center() + vec2(0.0, 4.5), vec2(14.0, 7.0));
    let corners = CornerRadius {
        nw: 6,
        ne: 6,
        sw: 1,
        se: 1,
    };
    ui.painter().rect_filled(shoulders, corners, colour);
}

/// A small number on the corner of a button.
fn show_badge(ui: &Ui, button: Rect, number: u64) {
    let palette = theme::palette(ui);
    let text = match number {
        0..=99 => number.to_string(),
        _ => "99+".to_owned(),
    };
    let font = FontId::proportional(theme::BADGE_SIZE);
    let galley = ui.painter().layout_no_wrap(text, font, palette.on_accent);
    let size = galley.size() + vec2(6.0, 0.0);
    let size = vec2(size.x.max(size.y), size.y);
    let ground = Align2::RIGHT_TOP.anchor_size(button.right_top() + vec2(2.0, -3.0), size);
    ui.painter().rect_filled(ground, 7.0, palette.accent);
    let at = Align2::CENTER_CENTER.anchor_size(ground.center(), galley.size());
    ui.painter().galley(at.min, galley, palette.on_accent);
}
