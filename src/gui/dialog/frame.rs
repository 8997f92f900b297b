//! What all dialogs have in common: the frame with its title, and what scrolls in it.

use eframe::egui::{Frame, Id, Modal, Role, ScrollArea, Ui, UiBuilder, Vec2};

use crate::gui::{resizing::lay_out_again_if_resized, theme};

/// Space left free around a dialog, both sides together, in points.
const AROUND: f32 = 64.0;

/// Shows a dialog with this title, for the eye and for a screen reader. `content` gets the available height, and
/// returns false to close the dialog. Returns false if the dialog is to be closed: by that, by Escape or by a click
/// outside.
pub(super) fn frame(
    ui: &Ui,
    id: &str,
    title: &str,
    width: f32,
    content: impl FnOnce(&mut Ui, f32) -> bool,
) -> bool {
    let border = Frame::popup(ui.style()).inner_margin(theme::DIALOG_PADDING);
    let id = Id::unique(id);
    let before = ui.memory(|memory| memory.area_rect(id));
    let modal = Modal::new(id).frame(border);
    let modal = modal.show(ui.ctx(), |ui| {
        let builder = UiBuilder::new()
            .accessibility_role(Role::Dialog)
            .accessibility_label(title);
        let inner = ui.scope_builder(builder, |ui| {
            let room = ui.ctx().content_rect().size() - Vec2::splat(AROUND);
            ui.set_max_width(room.x.min(width));
            ui.heading(title);
            content(ui, room.y)
        });
        inner.inner
    });
    // It is centred by the size that it had before.
    let before = before.map_or(Vec2::ZERO, |rect| rect.size());
    lay_out_again_if_resized(ui.ctx(), before, modal.response.rect.size());
    // Asked in any case: that takes the Escape away from what is below.
    let closed = modal.should_close();
    modal.inner && !closed
}

/// The part of a dialog that scrolls: as high as its content, at most `height` points.
pub(super) fn scroll_area(id: &str, height: f32) -> ScrollArea {
    ScrollArea::vertical()
        .id_salt(id)
        // Both limits, or the area would stay as high as the dialog was before.
        .min_scrolled_height(height)
        .max_height(height)
        .auto_shrink([false, true])
}
