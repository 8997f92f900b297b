//! The line that says that the peer is typing.

use std::time::Duration;

use eframe::egui::{Align, Layout, RichText, TextStyle, Ui, UiBuilder, vec2};

use crate::gui::{
    ctx::{Ctx, clock},
    theme, typeset,
};

/// The height of the line, in points. Kept free while nobody is typing or connected, so that the rows do not move.
pub(super) fn height(cx: &Ctx<'_>, ui: &Ui) -> f32 {
    let is_encrypted = cx.shown().is_some_and(|peer_id| peer_id.key().is_some());
    if is_encrypted {
        ui.text_style_height(&TextStyle::Small) + theme::GAP
    } else {
        0.0
    }
}

/// Fills the rest of `ui` with the line while the peer is typing.
pub(super) fn show(cx: &Ctx<'_>, ui: &mut Ui) {
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
    let place = ui
        .available_rect_before_wrap()
        .shrink2(vec2(f32::from(theme::EDGE), 0.0));
    let builder = UiBuilder::new()
        .max_rect(place)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| ui.add(typeset::Label::new(text).truncate()));
    // One frame, when it ends.
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    ui.ctx().request_repaint_after(left);
}
