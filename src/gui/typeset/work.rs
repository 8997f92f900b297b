//! How much text is laid out in one frame.

use std::cell::Cell;

/// Maximum for one frame, in units: what an ASCII letter in a word costs, about 0.35 µs.
pub(super) const PER_FRAME: usize = 80_000;
/// A character that may be in another font than the one before, in units. egui makes a new shaping plan for each such change.
const CHANGE: usize = 12;
/// A part of a text that looks different, such as a link, in units: it and what follows are laid out by themselves.
pub(super) const PART: usize = 2 * CHANGE;
/// A character that is drawn for the first time, in units.
pub(super) const DRAWING: usize = 160;

/// What is left for this frame, in units.
#[derive(Debug)]
pub(in crate::gui) struct Work(Cell<usize>);

impl Work {
    /// That of a new frame.
    pub fn new() -> Self {
        Self(Cell::new(PER_FRAME))
    }

    /// Whether there is time for something of this cost. The first thing in a frame is always done.
    pub(super) fn take(&self, cost: usize) -> bool {
        let left = self.0.get();
        let is_enough = left == PER_FRAME || cost <= left;
        if is_enough {
            self.0.set(left.saturating_sub(cost));
        }
        is_enough
    }

    /// How much has been done, in units.
    #[cfg(test)]
    pub(super) fn done(&self) -> usize {
        PER_FRAME - self.0.get()
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new()
    }
}

/// What it costs to lay out a text whose characters have all been drawn, in units.
pub(super) fn cost(text: &str) -> usize {
    let before = std::iter::once(' ').chain(text.chars());
    before.zip(text.chars()).map(cost_after).sum()
}

/// What it costs to lay out a character after another, in units.
pub(super) fn cost_after((before, character): (char, char)) -> usize {
    let is_plain = |c| (' '..='~').contains(&c);
    if is_plain(before) && is_plain(character) {
        1
    } else {
        CHANGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_does_one_thing_of_any_cost_or_several_small_ones() {
        let work = Work::new();
        assert!(work.take(2 * PER_FRAME) && !work.take(1));
        let work = Work::new();
        assert!(work.take(PER_FRAME - 5) && !work.take(6) && work.take(5) && !work.take(1));
    }

    #[test]
    fn changes_of_the_font_cost_more() {
        assert_eq!(cost("hello, world"), 12);
        assert_eq!(cost("٣ ٣ "), 4 * CHANGE);
        assert_eq!(cost("\n\n"), 2 * CHANGE);
    }
}
