//! Lays out text of any script. egui does that but for the order of right-to-left text, which is put right here.
//!
//! Text without a right-to-left letter takes egui's own way, after one look at its bytes. Other text is cut into pieces
//! ([`crate::text::bidi`]); egui lays out each of them, and remembers it; here they are broken into lines, put in order, and
//! joined into one galley again.

mod blocks;
mod clusters;
mod copied;
mod field;
mod joining;
mod label;
mod lines;
mod long;
mod places;
mod stack;
mod styled;
#[cfg(test)]
mod tests;
mod work;

use std::sync::Arc;

use eframe::egui::{Galley, Painter, Vec2, text::LayoutJob};

use self::joining::GlyphOrder;
use super::panics;
use crate::text::bidi::{self, Direction};

pub(super) use self::{
    blocks::Blocks,
    field::{multiline, singleline},
    label::Label,
    long::Long,
    styled::{Looks, Styled},
    work::Work,
};

/// Text that has been laid out.
#[derive(Clone)]
pub(super) struct Typeset {
    /// For painting. If the text is ordered, its characters are those on the screen from left to right.
    pub galley: Arc<Galley>,
    /// Set if the text has right-to-left letters.
    order: Option<Arc<Order>>,
}

/// Where the characters on the screen are in the text.
struct Order {
    text: String,
    /// For each character of the galley, its byte offset in `text`.
    places: Vec<usize>,
}

impl Typeset {
    /// In points.
    pub fn size(&self) -> Vec2 {
        self.galley.size()
    }
}

/// Lays out text. Panics if a library does, such as on a broken font.
pub(super) fn layout(painter: &Painter, job: LayoutJob) -> Typeset {
    if !bidi::is_needed(&job.text) {
        return Typeset {
            galley: clusters::lay_out(painter, job),
            order: None,
        };
    }
    lay_out_ordered(painter, job, None, 0.0)
}

/// `base` is the direction of the first paragraph, if that is not to be found out from the text. Lines that begin at the
/// right do so at `least_width` points at least.
fn lay_out_ordered(
    painter: &Painter,
    job: LayoutJob,
    base: Option<Direction>,
    least_width: f32,
) -> Typeset {
    let lines = lines::break_text(painter, &job, base);
    let (galley, places) = joining::join(painter, &job, &lines, GlyphOrder::Seen, least_width);
    let text = job.text;
    Typeset {
        galley: Arc::new(galley),
        order: Some(Arc::new(Order { text, places })),
    }
}

/// Lays out text, with boxes in it if a library panics.
pub(super) fn layout_or_boxes(painter: &Painter, job: LayoutJob) -> Typeset {
    panics::caught(|| layout(painter, job.clone())).unwrap_or_else(|| layout(painter, tofu(job)))
}

/// The same, with one character that the bundled fonts have in place of each that is not ASCII.
fn tofu(mut job: LayoutJob) -> LayoutJob {
    const BOX: char = '\u{fffd}';
    let (mut text, mut starts) = (String::with_capacity(job.text.len()), Vec::new());
    for (at, character) in job.text.char_indices() {
        starts.push((at, text.len()));
        text.push(if character.is_ascii() { character } else { BOX });
    }
    let place = |at: usize| {
        let index = starts.partition_point(|(start, _)| *start < at);
        starts.get(index).map_or(text.len(), |(_, place)| *place)
    };
    for section in &mut job.sections {
        let range = &mut section.byte_range;
        *range = place(range.start.0).into()..place(range.end.0).into();
    }
    job.text = text;
    job
}
