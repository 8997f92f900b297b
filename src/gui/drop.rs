//! Files that are dragged over the window: says where they go, and sends them when they are dropped.

use std::path::PathBuf;

use eframe::egui::{
    self, Align2, FontId, Id, LayerId, Order, Role, Sense, StrokeKind, Ui, accesskit::Live,
    text::LayoutJob,
};

use super::{
    action::{Action, FileAction},
    ctx::Ctx,
    focus::focus_stroke,
    theme, typeset,
};

/// Space between the edge of the window and the frame, in points.
const AROUND: f32 = 12.0;

/// Covers the window while files are dragged over it. Takes in what is dropped.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &Ui) {
    let ctx = ui.ctx();
    let (is_hovered, dropped) = ctx.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        let dropped: Vec<PathBuf> = dropped.map(|file| file.path().to_owned()).collect();
        (!input.raw.hovered_files.is_empty(), dropped)
    });
    if !dropped.is_empty() {
        cx.push(Action::Files(FileAction::Send(dropped)));
    }
    if !is_hovered {
        return;
    }
    let lang = cx.lang;
    let (words, can_send) = match cx.chat.file_recipient() {
        Ok(to) => (lang.drop_to_send(cx.chat.contacts(), &to), true),
        Err(why) => (lang.cant_send_files(why).to_owned(), false),
    };
    let palette = theme::palette(ui);
    let layer = LayerId::new(Order::Foreground, Id::unique("drop"));
    let painter = ctx.layer_painter(layer);
    let window = ctx.content_rect();
    painter.rect_filled(window, 0, palette.background.gamma_multiply(0.92));
    let stroke = if can_send {
        focus_stroke(ui)
    } else {
        egui::Stroke::new(2.0, palette.bad)
    };
    let frame = window.shrink(AROUND);
    painter.rect_stroke(frame, theme::CARD_CORNER, stroke, StrokeKind::Inside);
    let font = FontId::new(theme::TITLE, theme::strong_family());
    let wrap = (frame.width() - 4.0 * AROUND).max(80.0);
    let mut job = LayoutJob::simple(words.clone(), font, palette.text, wrap);
    job.halign = egui::Align::Center;
    let text = typeset::layout_or_boxes(&painter, job);
    let place = Align2::CENTER_CENTER.anchor_size(window.center(), text.size());
    painter.galley(place.center_top(), text.galley, palette.text);
    let said = ui.interact(place, Id::unique("drop words"), Sense::hover());
    ctx.accesskit_node_builder(said.id, |node| {
        node.set_role(Role::Label);
        node.set_live(Live::Polite);
        node.set_value(words);
    });
}
