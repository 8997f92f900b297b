//! What the fuzz target for text needs of the window.

use std::mem;

use eframe::egui::{
    Context, FullOutput, RawInput, Rect, TextStyle, Ui, ViewportId, pos2, text::LayoutJob, vec2,
};

use super::{
    system_fonts, theme,
    typeset::{self, Long, Looks, Styled, Work},
};
use crate::text::visible::{folded, visible};

/// Height of the window, in points.
const HEIGHT: f32 = 560.0;

/// Bubbles without a window around them.
pub struct Bubbles {
    ctx: Context,
}

impl Bubbles {
    /// With the fonts that a window has.
    pub fn new() -> Self {
        let ctx = Context::default();
        system_fonts::install(&ctx);
        theme::install(&ctx);
        Self { ctx }
    }

    /// Shows a text in a bubble of this width, in points: first as it comes, then all of it, its middle and its end. Calls
    /// `measure` around each frame. It runs frames until the window would stop painting.
    pub fn show(&self, text: &str, width: f32, measure: &mut dyn FnMut(&mut dyn FnMut())) {
        let mut shown = Shown {
            text,
            width,
            long: Long::default(),
            unfolds: false,
        };
        let mut at_rest = |shown: &mut Shown<'_>, place: f32| {
            let mut is_at_rest = false;
            while !is_at_rest {
                measure(&mut || is_at_rest = self.frame(|ui| shown.show(ui, place)));
            }
        };
        at_rest(&mut shown, 0.0);
        shown.unfolds = true;
        for place in [0.0, 0.5, 1.0] {
            at_rest(&mut shown, place);
        }
    }

    /// Runs one frame. Returns whether the window would rest now.
    fn frame(&self, mut show: impl FnMut(&mut Ui)) -> bool {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(640.0, HEIGHT))),
            // What graphics drivers offer. With less, the texture of glyphs fills up, and egui draws all of them again.
            max_texture_side: Some(16_384),
            ..RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| show(ui));
        let is_at_rest = is_at_rest(&output);
        let shapes = mem::take(&mut output.shapes);
        let scale = output.pixels_per_point;
        output.drop_without_applying_deltas();
        for primitive in self.ctx.tessellate(shapes, scale) {
            if let eframe::egui::epaint::Primitive::Mesh(mesh) = primitive.primitive {
                assert!(mesh.is_valid());
            }
        }
        is_at_rest
    }
}

impl Default for Bubbles {
    fn default() -> Self {
        Self::new()
    }
}

fn is_at_rest(output: &FullOutput) -> bool {
    let root = output.viewport_output.get(&ViewportId::ROOT);
    root.is_none_or(|root| !root.repaint_delay.is_zero())
}

/// A text as the transcript shows it.
struct Shown<'a> {
    text: &'a str,
    width: f32,
    long: Long,
    /// Whether all of it is to be shown.
    unfolds: bool,
}

impl Shown<'_> {
    /// `place` is how far the text is scrolled: 1.0 is its end.
    fn show(&mut self, ui: &mut Ui, place: f32) {
        let font = TextStyle::Body.resolve(ui.style());
        let colour = theme::palette(ui).on_theirs;
        let job = |text: &str| {
            LayoutJob::simple(visible(text).into_owned(), font.clone(), colour, self.width)
        };
        let looks = Looks {
            link: theme::palette(ui).link,
            markup: true,
            looked_for: ["a".to_owned(), "가".to_owned()].into(),
            ..Looks::default()
        };
        let work = Work::new();
        let first = folded(self.text);
        if self.unfolds
            && first.is_some()
            && let Some(blocks) = self.long.blocks(ui, job(self.text), looks.clone(), &work)
        {
            let above = (blocks.size().y - HEIGHT).max(0.0) * place;
            blocks.put_label(ui, pos2(10.0, -above), &work);
        } else {
            let mut job = job(first.unwrap_or(self.text));
            let styled = Styled::new(&job.text, &looks, first.is_some());
            styled.format(&mut job, 0, &looks);
            let text = typeset::layout(ui.painter(), job);
            text.put_label(ui, pos2(10.0, 10.0));
        }
    }
}
