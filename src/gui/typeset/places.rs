//! Where parts of a text are that has been laid out.

use std::ops::Range;

use eframe::egui::{Rangef, Rect, epaint::text::Glyph, pos2};

use super::{Typeset, styled::Code};
use crate::text::links::Link;

/// A part of a text.
pub(in crate::gui) trait Part {
    /// Of the text.
    fn bytes(&self) -> &Range<usize>;
    /// Of the text.
    fn characters(&self) -> &Range<usize>;
}

impl Part for Link {
    fn bytes(&self) -> &Range<usize> {
        &self.bytes
    }

    fn characters(&self) -> &Range<usize> {
        &self.characters
    }
}

impl Part for Code {
    fn bytes(&self) -> &Range<usize> {
        &self.bytes
    }

    fn characters(&self) -> &Range<usize> {
        &self.characters
    }
}

impl Typeset {
    /// Where these parts of this text are, which are in order: the number of each, with a rectangle for each line that it is
    /// on and that is in `view` at least in part. In points from the top left. Takes time in proportion to the lines, and to
    /// the characters in `view`.
    pub fn places(&self, parts: &[impl Part], view: Rangef) -> Vec<(usize, Rect)> {
        let mut places: Vec<(usize, Rect)> = Vec::new();
        let mut character = 0;
        for row in &self.galley.rows {
            let height = Rangef::new(row.pos.y, row.pos.y + row.size.y);
            // What is left blank has no height.
            let is_in_view = row.size.y > 0.0 && height.intersects(view) && !parts.is_empty();
            let glyphs = row.glyphs.iter().enumerate().filter(|_| is_in_view);
            let mut last = None;
            for (index, glyph) in glyphs {
                let found = self.part_at(parts, character + index);
                let part = place(glyph, row.pos.x, height);
                match (found, places.last_mut()) {
                    (Some(found), Some((_, rect))) if last == Some(found) => *rect |= part,
                    (Some(found), _) => places.push((found, part)),
                    (None, _) => {}
                }
                last = found;
            }
            character += row.glyphs.len() + usize::from(row.ends_with_newline);
        }
        places
    }

    /// Which of the parts this character of the galley is in.
    fn part_at(&self, parts: &[impl Part], character: usize) -> Option<usize> {
        let byte = match &self.order {
            Some(order) => Some(*order.places.get(character)?),
            None => None,
        };
        let (at, range): (usize, fn(&_) -> &Range<usize>) = match byte {
            Some(byte) => (byte, Part::bytes),
            None => (character, Part::characters),
        };
        let index = parts.partition_point(|part| at >= range(part).end);
        let part = parts.get(index)?;
        (at >= range(part).start).then_some(index)
    }
}

fn place(glyph: &Glyph, left: f32, height: Rangef) -> Rect {
    let x = left + glyph.pos.x;
    Rect::from_min_max(
        pos2(x, height.min),
        pos2(x + glyph.advance_width, height.max),
    )
}
