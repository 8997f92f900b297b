//! What all dialogs have in common: the frame with its title, what scrolls in it, and the buttons at its end.

use eframe::egui::{
    Align, Frame, Id, Layout, Modal, Response, Role, ScrollArea, Ui, UiBuilder, Vec2, vec2,
};

use crate::{
    gui::{
        icon::{self, Icon},
        resizing::lay_out_again_if_resized,
        theme, typeset,
    },
    lang::Lang,
};

/// Space left free around a dialog, both sides together, in points.
const AROUND: f32 = 32.0;

/// What stands above the content of a dialog.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub id: &'a str,
    pub title: &'a str,
    /// The greatest width of the dialog, in points.
    pub width: f32,
}

/// Shows a dialog that can be closed at its top right end. `content` gets the available height and the button that
/// closes it, and returns false to close the dialog. Returns false if the dialog is to be closed: by that, by that button,
/// by Escape or by a click outside.
pub(super) fn frame(
    ui: &Ui,
    lang: Lang,
    head: Head<'_>,
    content: impl FnOnce(&mut Ui, f32, &Response) -> bool,
) -> bool {
    modal(ui, head, |ui, height| {
        let close = ui
            .horizontal_top(|ui| {
                let gap = theme::CONTROL + theme::GAP;
                let width = (ui.available_width() - gap).max(0.0);
                let column = Layout::top_down(Align::Min);
                ui.allocate_ui_with_layout(vec2(width, theme::CONTROL), column, |ui| {
                    ui.set_width(width);
                    show_title(ui, head.title);
                });
                icon::button(ui, Icon::Close, lang.close())
            })
            .inner;
        let stays = content(ui, height - theme::CONTROL, &close);
        stays && !close.clicked()
    })
}

/// Shows a dialog that asks something: it is closed by an answer, by Escape or by a click outside. Returns false if it is to
/// be closed.
pub(super) fn question(ui: &Ui, head: Head<'_>, content: impl FnOnce(&mut Ui) -> bool) -> bool {
    modal(ui, head, |ui, _| {
        show_title(ui, head.title);
        content(ui)
    })
}

fn show_title(ui: &mut Ui, title: &str) {
    let title = theme::strong(title).size(theme::DIALOG_TITLE);
    let label = ui.add(typeset::Label::new(title).wrap());
    ui.ctx().accesskit_node_builder(label.id, |node| {
        node.set_role(Role::Heading);
    });
}

/// The buttons at the end of a dialog, the first one at the right.
pub(super) fn buttons<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let size = vec2(ui.available_width(), theme::CONTROL);
    let row = Layout::right_to_left(Align::Center).with_main_wrap(true);
    ui.allocate_ui_with_layout(size, row, content).inner
}

fn modal(ui: &Ui, head: Head<'_>, content: impl FnOnce(&mut Ui, f32) -> bool) -> bool {
    let border = Frame::popup(ui.style()).inner_margin(theme::DIALOG_PADDING);
    let id = Id::unique(head.id);
    let before = ui.memory(|memory| memory.area_rect(id));
    let modal = Modal::new(id).frame(border);
    let modal = modal.show(ui.ctx(), |ui| {
        let builder = UiBuilder::new()
            .accessibility_role(Role::Dialog)
            .accessibility_label(head.title);
        let inner = ui.scope_builder(builder, |ui| {
            // Beside what scrolls, not over it.
            ui.spacing_mut().scroll.floating_allocated_width = theme::GAP;
            let around = AROUND + 2.0 * f32::from(theme::DIALOG_PADDING);
            let room = ui.ctx().content_rect().size() - Vec2::splat(around);
            ui.set_max_width(room.x.min(head.width));
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
