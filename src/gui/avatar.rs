//! The face of a peer: a circle in a colour from its key, with the initial of its name.

use eframe::egui::{Align2, FontId, Response, Sense, Ui, Vec2};

use super::theme;
use crate::identity::PeerId;

/// Shows it, `size` points wide. Screen readers skip it.
pub(super) fn show(ui: &mut Ui, peer_id: &PeerId, name: &str, size: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    let hue = match peer_id {
        PeerId::Key(key) => key.as_bytes().first().copied(),
        PeerId::Address(_) => None,
    };
    let ground = theme::face(hue);
    let initial = name.chars().find(|char| char.is_alphanumeric());
    let initial = initial.unwrap_or('?').to_uppercase().to_string();
    let painter = ui.painter();
    painter.circle_filled(rect.center(), size / 2.0, ground);
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        initial,
        FontId::new(size * 0.45, theme::strong_family()),
        theme::ON_FACE,
    );
    response
}
