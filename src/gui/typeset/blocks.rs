//! A long text in blocks of a bounded length. It is measured a few blocks at a time, and then only those in view are laid
//! out.
//!
//! A block ends at a line break, or in a paragraph without one at the end of a row, so the lines are those of the whole text.
//! Nothing that egui has laid out is kept here: it remembers what was shown in the last frame, and forgets it when its
//! texture of glyphs is full.

#[cfg(test)]
mod tests;

use std::{cell::Cell, collections::HashSet, ops::Range};

use eframe::egui::{Painter, Pos2, Rangef, Response, Ui, Vec2, text::LayoutJob, vec2};

use super::{
    Typeset, clusters, lay_out_ordered,
    stack::Stack,
    styled::{Looks, Styled},
    work,
};
use crate::text::bidi::{self, Direction};

/// Maximum length of a block, in characters.
const MAX_CHARACTERS: usize = 1_000;
/// Maximum number of line breaks in a block.
const MAX_LINES: usize = 50;
/// Maximum that it costs to measure a block, in units of [`work`].
const MAX_COST: usize = 40_000;

/// A text of one format, but for its links and the like, that is shown in blocks.
#[derive(Debug)]
pub(in crate::gui) struct Blocks {
    job: LayoutJob,
    styled: Styled,
    looks: Looks,
    /// Pixels per point.
    scale: f32,
    /// Whether the text has a right-to-left letter.
    is_ordered: bool,
    measured: Vec<Block>,
    size: Vec2,
    /// The part of the text that is not measured yet, in bytes. `None` if there is none.
    rest: Option<Rest>,
    shown: Cell<Shown>,
}

/// A block that has been measured.
#[derive(Debug)]
struct Block {
    /// Bytes of the text, without the line break that follows.
    text: Range<usize>,
    /// Where the next block begins, in bytes.
    end: usize,
    /// Direction of the paragraph that it continues, if there is right-to-left text.
    base: Option<Direction>,
    /// The top and the bottom, in points.
    y: Rangef,
    /// What laying it out again costs, in units of [`work`].
    cost: usize,
}

#[derive(Debug)]
struct Rest {
    start: usize,
    base: Option<Direction>,
    /// The characters that have been drawn.
    drawn: HashSet<char>,
}

/// Which blocks were laid out when the text was last shown. egui still has them in the next frame.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    pass: u64,
    first: usize,
    last: usize,
}

impl Blocks {
    /// `job` has one section and a text.
    pub fn new(painter: &Painter, job: LayoutJob, looks: Looks) -> Self {
        Self {
            is_ordered: bidi::is_needed(&job.text),
            styled: Styled::new(&job.text, &looks, false),
            job,
            looks,
            scale: painter.pixels_per_point(),
            measured: Vec::new(),
            size: Vec2::ZERO,
            rest: Some(Rest {
                start: 0,
                base: None,
                drawn: HashSet::new(),
            }),
            shown: Cell::default(),
        }
    }

    /// Whether these are the blocks of this text.
    pub fn is_of(&self, painter: &Painter, job: &LayoutJob, looks: &Looks) -> bool {
        self.scale.to_bits() == painter.pixels_per_point().to_bits()
            && self.looks == *looks
            && self.job == *job
    }

    /// The links in the text, and what else is in it.
    pub fn styled(&self) -> &Styled {
        &self.styled
    }

    /// In points, of what has been measured.
    pub fn size(&self) -> Vec2 {
        self.size
    }

    /// Measures further blocks while there is time. Returns whether all of them are measured.
    pub fn measure(&mut self, painter: &Painter, work: &work::Work) -> bool {
        while let Some(mut rest) = self.rest.take() {
            let text = self.job.text.get(rest.start..).unwrap_or_default();
            let (end, cost) = End::of(text, &rest.drawn);
            // Laid out twice, too.
            let cost = cost + 2 * self.cost_of_parts(&(rest.start..rest.start + end.at()));
            if !work.take(cost) {
                self.rest = Some(rest);
                return false;
            }
            let part = text.get(..end.at()).unwrap_or_default();
            rest.drawn.extend(part.chars().filter(|c| !c.is_ascii()));
            self.rest = self.add(painter, rest, end);
        }
        true
    }

    /// Measures one block. Returns what is left after it.
    fn add(&mut self, painter: &Painter, rest: Rest, end: End) -> Option<Rest> {
        let text = self.job.text.get(rest.start..).unwrap_or_default();
        let (length, next, base) = match end {
            End::Text(at) => (at, None, None),
            End::Newline(at) => (at, Some(at + 1), None),
            End::Row(at) => {
                let probe = self.lay_out(painter, rest.start..rest.start + at, rest.base);
                let length = before_last_row(&probe, text).unwrap_or(at);
                let paragraph = || Direction::of(text.split('\n').next().unwrap_or_default());
                let base = self.is_ordered.then(|| rest.base.unwrap_or_else(paragraph));
                (length, Some(length), base)
            }
        };
        let range = rest.start..rest.start + length;
        let size = self.lay_out(painter, range.clone(), rest.base).size();
        let top = self.size.y;
        self.size = vec2(self.size.x.max(size.x), top + size.y);
        let end = next.map_or(range.end, |next| rest.start + next);
        let cost = work::cost(text.get(..length).unwrap_or_default()) + self.cost_of_parts(&range);
        self.measured.push(Block {
            text: range,
            end,
            base: rest.base,
            y: Rangef::new(top, self.size.y),
            cost,
        });
        next.map(|_| Rest {
            start: end,
            base,
            drawn: rest.drawn,
        })
    }

    /// What the links and the like in these bytes cost, in units.
    fn cost_of_parts(&self, range: &Range<usize>) -> usize {
        self.styled.count(range) * work::PART
    }

    fn lay_out(&self, painter: &Painter, range: Range<usize>, base: Option<Direction>) -> Typeset {
        let mut job = LayoutJob {
            text: String::new(),
            sections: Vec::new(),
            ..self.job.clone()
        };
        let start = range.start;
        let text = self.job.text.get(range).unwrap_or_default();
        let section = self.job.sections.first().map(|section| &section.format);
        job.append(text, 0.0, section.cloned().unwrap_or_default());
        self.styled.format(&mut job, start, &self.looks);
        if self.is_ordered && (base == Some(Direction::RightToLeft) || bidi::is_needed(text)) {
            // The blocks are as wide as the widest, and their lines end there.
            let width = job.wrap.max_width;
            return lay_out_ordered(painter, job, base, width);
        }
        Typeset {
            galley: clusters::lay_out(painter, job),
            order: None,
        }
    }

    /// A label with the text, which can be selected. What is in view is laid out, or in the next frames if that is too much
    /// for one.
    pub fn put_label(&self, ui: &mut Ui, at: Pos2, work: &work::Work) -> (Response, Typeset) {
        let view = ui.clip_rect().y_range();
        let view = Rangef::new(view.min - at.y, view.max - at.y);
        let (text, is_complete) = self.show(ui.painter(), view, work);
        if !is_complete {
            ui.ctx().request_repaint();
        }
        (text.put_marked_label(ui, at, &self.styled.marks), text)
    }

    /// The text with the blocks between these heights, as far as there is time for them; the other blocks are blank. Returns
    /// whether none of them is missing. All blocks have been measured.
    fn show(&self, painter: &Painter, view: Rangef, work: &work::Work) -> (Typeset, bool) {
        let first = self
            .measured
            .partition_point(|block| block.y.max < view.min);
        let end = self
            .measured
            .partition_point(|block| block.y.min <= view.max);
        let pass = painter.ctx().cumulative_pass_nr();
        let shown = self.shown.get();
        let is_known = |index| shown.pass + 1 >= pass && (shown.first..shown.last).contains(&index);
        let mut stack = Stack::new(painter, &self.job, self.is_ordered);
        let mut last = first;
        let in_view = self.measured.get(first..end).unwrap_or_default();
        let above = in_view.first().map_or(0, |block| block.text.start);
        stack.leave_blank(above, in_view.first().map_or(0.0, |block| block.y.min));
        for block in in_view {
            if !is_known(last) && !work.take(block.cost) {
                break;
            }
            let laid = self.lay_out(painter, block.text.clone(), block.base);
            stack.add(&laid, block.text.clone(), block.end > block.text.end);
            last += 1;
        }
        stack.leave_blank(self.job.text.len(), self.size.y);
        self.shown.set(Shown { pass, first, last });
        (stack.finish(self.size), last >= end)
    }
}

/// Where a block ends, in bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// At the end of the text.
    Text(usize),
    /// At a line break.
    Newline(usize),
    /// With the last row that is complete there.
    Row(usize),
}

impl End {
    /// Where to end the first block, and what it costs to measure it, in units.
    fn of(text: &str, drawn: &HashSet<char>) -> (Self, usize) {
        let (mut lines, mut newline) = (0, None);
        let (mut before, mut cost) = (' ', 0);
        for (count, (at, character)) in text.char_indices().enumerate() {
            // What is not at a line break is laid out twice.
            let mut more = 2 * work::cost_after((before, character));
            if !character.is_ascii() && !drawn.contains(&character) {
                more += work::DRAWING;
            }
            if count >= MAX_CHARACTERS || lines >= MAX_LINES || cost + more > MAX_COST {
                return (newline.map_or(Self::Row(at), Self::Newline), cost);
            }
            if character == '\n' {
                lines += 1;
                newline = Some(at);
            }
            (before, cost) = (character, cost + more);
        }
        (Self::Text(text.len()), cost)
    }

    fn at(self) -> usize {
        match self {
            Self::Text(at) | Self::Newline(at) | Self::Row(at) => at,
        }
    }
}

/// How many bytes of `text` are on the rows before the last one. `None` if there is only one row, or if egui has made another
/// number of glyphs than there are characters, as it may where no font has them.
fn before_last_row(typeset: &Typeset, text: &str) -> Option<usize> {
    let (last, rows) = typeset.galley.rows.split_last()?;
    let characters = rows.iter().map(|row| row.glyphs.len()).sum::<usize>();
    let all = typeset.galley.text().chars().count();
    if characters + last.glyphs.len() != all {
        return None;
    }
    let (at, _) = text.char_indices().nth(characters)?;
    (at > 0).then_some(at)
}
