//! The line that says that the peer is typing.

use std::time::Duration;

use eframe::egui::{Align, Align2, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::gui::{
    ctx::{Ctx, clock},
    theme, transcript, typeset,
};

/// Shows the line at the bottom of `area`, over the space that the transcript leaves below its last row.
pub(super) fn show(cx: &Ctx<'_>, ui: &mut Ui, area: Rect) {
    let (chat, now) = (cx.chat, clock(ui.ctx()));
    let types = chat.is_present() && chat.peer_types(now);
    let Some(peer) = chat.peer().filter(|_| types) else {
        return;
    };
    let (Some(key), Some(until)) = (peer.key(), peer.types_until) else {
        return;
    };
    let words = cx.lang.is_typing(chat.contacts(), &key);
    let text = RichText::new(&words).small().weak();
    let width = area.width().min(theme::COLUMN_WIDTH) - 2.0 * theme::SIDE;
    let place = Align2::CENTER_BOTTOM.align_size_within_rect(vec2(width, transcript::BELOW), area);
    let builder = UiBuilder::new()
        .max_rect(place)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| ui.add(typeset::Label::new(text).truncate()));
    // One frame, when it ends.
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    ui.ctx().request_repaint_after(left);
}
