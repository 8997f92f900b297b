//! The list of conversations, slid over the left part of a window that has no room for it beside the transcript.

use eframe::egui::{Align2, Frame, Id, Modal, Role, Ui, UiBuilder, Vec2, vec2};

use crate::gui::{
    ctx::Ctx,
    list::{Chosen, List, Place},
    theme,
};

/// Shows it. Returns false once it is to be closed.
pub(super) fn show(list: &mut List, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
    let id = Id::unique("conversations");
    let window = ui.ctx().content_rect();
    let width = theme::LIST_WIDTHS.1.min(window.width() - theme::CONTROL);
    let size = vec2(width, window.height());
    let area = Modal::default_area(id).anchor(Align2::LEFT_TOP, Vec2::ZERO);
    let modal = Modal::new(id).area(area).frame(Frame::NONE);
    let modal = modal.show(ui.ctx(), |ui| {
        let builder = UiBuilder::new()
            .accessibility_role(Role::Dialog)
            .accessibility_label(cx.lang.people());
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.scope_builder(builder, |ui| list.show(cx, ui, Place::Over))
            .inner
    });
    let closed = modal.should_close();
    modal.inner == Chosen::Nothing && !closed
}
