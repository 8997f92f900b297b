//! What the fuzz target for text needs of the window.

use std::mem;

use eframe::egui::{Context, RawInput, Rect, TextStyle, pos2, text::LayoutJob, vec2};

use super::{system_fonts, theme, typeset};
use crate::text::visible::visible;

/// Bubbles without a window around them.
pub struct Bubbles {
    ctx: Context,
}

impl Bubbles {
    /// With the fonts that a window has.
    pub fn new() -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        system_fonts::install(&ctx);
        Self { ctx }
    }

    /// Lays out a text as all of a bubble of this width, in points, and paints it. Calls `lay_out` around what the limit of
    /// time is for.
    pub fn show(&self, text: &str, width: f32, measure: &mut dyn FnMut(&mut dyn FnMut())) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(640.0, 560.0))),
            // What graphics drivers offer. With less, the texture of glyphs fills up, and egui draws all of them again.
            max_texture_side: Some(16_384),
            ..RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| {
            let mut typeset = None;
            measure(&mut || {
                let font = TextStyle::Body.resolve(ui.style());
                let colour = theme::palette(ui).on_theirs;
                let job = LayoutJob::simple(visible(text).into_owned(), font, colour, width);
                typeset = Some(typeset::layout(ui.painter(), job));
            });
            if let Some(typeset) = &typeset {
                typeset.put_label(ui, pos2(10.0, 10.0));
            }
        });
        let shapes = mem::take(&mut output.shapes);
        let scale = output.pixels_per_point;
        output.drop_without_applying_deltas();
        for primitive in self.ctx.tessellate(shapes, scale) {
            if let eframe::egui::epaint::Primitive::Mesh(mesh) = primitive.primitive {
                assert!(mesh.is_valid());
            }
        }
    }
}

impl Default for Bubbles {
    fn default() -> Self {
        Self::new()
    }
}
