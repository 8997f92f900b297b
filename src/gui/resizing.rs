//! Parts of the window whose size decides where others are. egui places some of them by the size they had before, so
//! when that changes, the window is laid out once more before it is shown: a window at rest paints no further frame
//! that would put them right.

use eframe::egui::{Context, Vec2};

/// Differences up to this are rounding, in points.
const ROUNDING: f32 = 0.5;

/// Lays the window out once more if this part had another size `before`.
pub(super) fn lay_out_again_if_resized(ctx: &Context, before: Vec2, now: Vec2) {
    if (before - now).abs().max_elem() <= ROUNDING {
        return;
    }
    ctx.request_discard("a part has another size");
    if !ctx.will_discard() {
        // It has been laid out twice already: the next frame puts it right.
        ctx.request_repaint();
    }
}
