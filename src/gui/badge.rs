//! A small number on the accent colour: how many messages are unread.

use eframe::egui::{Align2, FontId, Pos2, Ui, vec2};

use super::theme;

/// Paints it with its `corner` here. Returns how wide it is, in points.
pub(super) fn show(ui: &Ui, number: u64, corner: Align2, at: Pos2) -> f32 {
    let palette = theme::palette(ui);
    let font = FontId::new(theme::BADGE, theme::strong_family());
    let words = match number {
        0..=99 => number.to_string(),
        _ => "99+".to_owned(),
    };
    let galley = ui.painter().layout_no_wrap(words, font, palette.on_accent);
    let height = galley.size().y + 2.0;
    let size = vec2((galley.size().x + 10.0).max(height), height);
    let ground = corner.anchor_size(at, size);
    ui.painter()
        .rect_filled(ground, height / 2.0, palette.accent);
    let text = Align2::CENTER_CENTER.anchor_size(ground.center(), galley.size());
    ui.painter().galley(text.min, galley, palette.on_accent);
    size.x
}
