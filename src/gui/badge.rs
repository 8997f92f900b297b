//! A small number on the accent colour: how many messages are unread.

use eframe::egui::{Align2, Color32, FontId, Pos2, Ui, vec2};

use super::theme;

/// Paints it with its `corner` here. Returns how wide it is, in points.
pub(super) fn show(ui: &Ui, number: u64, corner: Align2, at: Pos2) -> f32 {
    let palette = theme::palette(ui);
    paint(ui, number, corner, at, palette.accent, palette.on_accent)
}

/// The same for a muted conversation, in grey.
pub(super) fn show_muted(ui: &Ui, number: u64, corner: Align2, at: Pos2) -> f32 {
    let palette = theme::palette(ui);
    paint(ui, number, corner, at, palette.pressed, palette.text)
}

fn paint(ui: &Ui, number: u64, corner: Align2, at: Pos2, fill: Color32, colour: Color32) -> f32 {
    let font = FontId::new(theme::BADGE, theme::strong_family());
    let words = match number {
        0..=99 => number.to_string(),
        _ => "99+".to_owned(),
    };
    let galley = ui.painter().layout_no_wrap(words, font, colour);
    let height = galley.size().y + 2.0;
    let size = vec2((galley.size().x + 10.0).max(height), height);
    let ground = corner.anchor_size(at, size);
    ui.painter().rect_filled(ground, height / 2.0, fill);
    let text = Align2::CENTER_CENTER.anchor_size(ground.center(), galley.size());
    ui.painter().galley(text.min, galley, colour);
    size.x
}
