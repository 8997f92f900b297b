//! Breaks text into lines, of which each is a list of pieces that egui has laid out.

use std::{mem, ops::Range, sync::Arc};

use eframe::egui::{
    Galley, Painter,
    epaint::text::Row,
    text::{LayoutJob, LayoutSection, TextFormat},
};

use super::clusters;
use crate::text::bidi::{self, Direction, Kind, Paragraph, Piece};

/// A line of text.
pub(super) struct Line {
    pub content: Content,
    /// Whether it begins at the right.
    pub is_right_to_left: bool,
    /// The width of the white space at its end, in points. It needs no room.
    pub hanging: f32,
    /// The byte offset in the text of the line break at its end, if there is one.
    pub newline: Option<usize>,
}

pub(super) enum Content {
    /// As egui laid it out, and the byte offset of each of its characters in the text.
    Plain(Arc<Row>, Vec<usize>),
    /// From left to right.
    Ordered(Vec<Laid>),
}

/// A piece that egui has laid out, on one row.
#[derive(Clone)]
pub(super) struct Laid {
    pub row: Arc<Row>,
    pub piece: Piece,
    /// Where its paragraph begins in the text, in bytes.
    pub start: usize,
}

/// All lines of a text.
#[derive(Default)]
pub(super) struct Lines {
    pub lines: Vec<Line>,
    /// Whether there is more text than the maximum number of lines holds.
    pub is_elided: bool,
}

/// Breaks a text into lines. `base` is the direction of the first paragraph, if that is not to be found out from the text.
pub(super) fn break_text(painter: &Painter, job: &LayoutJob, base: Option<Direction>) -> Lines {
    let mut lines = Lines::default();
    let mut start = 0;
    for text in job.text.split('\n') {
        let room = job.wrap.max_rows - lines.lines.len();
        if room == 0 {
            lines.is_elided = true;
            break;
        }
        let end = start + text.len();
        let newline = (end < job.text.len()).then_some(end);
        let setter = Setter {
            painter,
            job,
            text,
            start,
        };
        let base = base.filter(|_| start == 0);
        if base == Some(Direction::RightToLeft) || bidi::is_needed(text) {
            let mut broken = setter.break_paragraph(room, base);
            if let Some(last) = broken.lines.last_mut() {
                last.newline = newline;
            }
            lines.lines.extend(broken.lines);
            lines.is_elided = broken.is_elided;
        } else {
            let galley = setter.plain_paragraph(room);
            let count = galley.rows.len();
            let mut places = text.char_indices().map(|(at, _)| start + at);
            for (index, placed) in galley.rows.iter().enumerate() {
                let spaces = placed.glyphs.iter().rev();
                let spaces = spaces.take_while(|glyph| glyph.chr.is_whitespace());
                let hanging = spaces.map(|glyph| glyph.advance_width).sum();
                let places = places.by_ref().take(placed.glyphs.len()).collect();
                lines.lines.push(Line {
                    content: Content::Plain(Arc::clone(&placed.row), places),
                    is_right_to_left: false,
                    hanging,
                    newline: newline.filter(|_| index + 1 == count),
                });
            }
            lines.is_elided = galley.elided;
        }
        start = end + 1;
        if lines.is_elided {
            break;
        }
    }
    lines
}

/// Lays out one paragraph.
struct Setter<'a> {
    painter: &'a Painter,
    job: &'a LayoutJob,
    text: &'a str,
    /// Where it begins in the text, in bytes.
    start: usize,
}

impl Setter<'_> {
    fn plain_paragraph(&self, rows: usize) -> Arc<Galley> {
        let mut job = self.empty_job();
        job.wrap = self.job.wrap.clone();
        job.wrap.max_rows = rows;
        let end = self.start + self.text.len();
        for section in &self.job.sections {
            let range = bytes(section);
            let part = range.start.max(self.start)..range.end.min(end);
            // An empty paragraph is as high as its section says.
            if part.start <= part.end && range.start <= end {
                let text = self.job.text.get(part).unwrap_or_default();
                job.append(text, 0.0, section.format.clone());
            }
        }
        clusters::lay_out(self.painter, job)
    }

    fn break_paragraph(&self, rows: usize, base: Option<Direction>) -> Lines {
        let cuts: Vec<_> = self
            .job
            .sections
            .iter()
            .filter_map(|section| bytes(section).start.checked_sub(self.start))
            .collect();
        let paragraph = Paragraph::new(self.text, &cuts, base);
        let mut breaker = Breaker {
            setter: self,
            // As egui does it.
            wrap: self.job.wrap.max_width.round(),
            rows,
            done: Vec::new(),
            line: Vec::new(),
            width: 0.0,
            is_elided: false,
            is_right_to_left: paragraph.is_right_to_left,
        };
        let mut word = Vec::new();
        for piece in &paragraph.pieces {
            if breaker.is_elided {
                break;
            }
            let laid = self.lay_out(piece.clone());
            if piece.kind == Kind::Space {
                breaker.add_word(mem::take(&mut word));
                breaker.push(laid);
                continue;
            }
            word.push(laid);
            if piece.ends_word {
                breaker.add_word(mem::take(&mut word));
            }
        }
        breaker.add_word(word);
        let is_elided = breaker.is_elided;
        if is_elided {
            breaker.elide();
        } else {
            breaker.end_line();
        }
        let lines = breaker.done.into_iter().map(|line| {
            let spaces = line.iter().rev();
            let spaces = spaces.take_while(|laid| laid.piece.kind == Kind::Space);
            let hanging = spaces.map(width).sum();
            let pieces: Vec<_> = line.iter().map(|laid| laid.piece.clone()).collect();
            let order = paragraph.order(&pieces).into_iter();
            Line {
                content: Content::Ordered(
                    order.filter_map(|index| line.get(index).cloned()).collect(),
                ),
                is_right_to_left: paragraph.is_right_to_left,
                hanging,
                newline: None,
            }
        });
        Lines {
            lines: lines.collect(),
            is_elided,
        }
    }

    fn lay_out(&self, piece: Piece) -> Laid {
        let format = self.format(piece.range.start);
        let row = self.row(&piece.shown(self.text), format);
        Laid {
            row,
            piece,
            start: self.start,
        }
    }

    /// Text on one row. The text is not empty.
    fn row(&self, text: &str, format: &TextFormat) -> Arc<Row> {
        let mut job = self.empty_job();
        job.append(text, 0.0, format.clone());
        let galley = clusters::lay_out(self.painter, job);
        // egui gives each text at least one row.
        let row = galley.rows.first().map(|placed| Arc::clone(&placed.row));
        row.unwrap_or_else(|| self.row(" ", format))
    }

    /// The format of the byte at this place of the paragraph.
    fn format(&self, at: usize) -> &TextFormat {
        static PLAIN: std::sync::LazyLock<TextFormat> =
            std::sync::LazyLock::new(TextFormat::default);
        let at = self.start + at;
        let sections = &self.job.sections;
        let index = sections.partition_point(|section| bytes(section).end <= at);
        let section = sections.get(index).or(sections.last());
        section.map_or(&PLAIN, |section| &section.format)
    }

    fn empty_job(&self) -> LayoutJob {
        LayoutJob {
            round_output_to_gui: self.job.round_output_to_gui,
            keep_trailing_whitespace: self.job.keep_trailing_whitespace,
            ..LayoutJob::default()
        }
    }
}

/// Fills lines with words.
struct Breaker<'a> {
    setter: &'a Setter<'a>,
    /// The width of a line, in points.
    wrap: f32,
    /// Maximum number of lines.
    rows: usize,
    done: Vec<Vec<Laid>>,
    /// The line that is being filled, in the order of the text.
    line: Vec<Laid>,
    /// Its width so far.
    width: f32,
    /// There is no further line for what comes next.
    is_elided: bool,
    is_right_to_left: bool,
}

impl Breaker<'_> {
    fn push(&mut self, laid: Laid) {
        self.width += width(&laid);
        self.line.push(laid);
    }

    fn add_word(&mut self, word: Vec<Laid>) {
        let needed = word.iter().map(width).sum::<f32>();
        let fits = self.width + needed <= self.wrap;
        let has_word = self.line.iter().any(|laid| laid.piece.kind != Kind::Space);
        if !fits && has_word && !self.is_last_elidable() {
            self.end_line();
        }
        for laid in word {
            if self.is_elided {
                return;
            }
            if self.width + width(&laid) <= self.wrap {
                self.push(laid);
            } else {
                self.add_in_parts(laid);
            }
        }
    }

    /// A word that is wider than a line, or the last one for which there is room.
    fn add_in_parts(&mut self, laid: Laid) {
        let mut rest = Some(laid);
        while let Some(laid) = rest.take() {
            let clusters = laid.piece.clusters(self.setter.text);
            let fitting = |room: f32, count: usize, width: f32| {
                (room.max(0.0) / width.max(1.0) * count as f32) as usize
            };
            let mut room = self.wrap - self.width;
            let mut count = fitting(room, clusters, width(&laid));
            if count == 0 && !self.line.is_empty() {
                self.end_line();
                if self.is_elided {
                    return;
                }
                room = self.wrap;
                count = fitting(room, clusters, width(&laid));
            }
            let mut part = laid.clone();
            while width(&part) > room && clusters > 1 {
                count = count.clamp(1, clusters - 1);
                let Some((first, after)) = laid.piece.split(self.setter.text, count) else {
                    break;
                };
                part = self.setter.lay_out(first);
                rest = Some(self.setter.lay_out(after));
                if count == 1 {
                    break;
                }
                count = fitting(room, count, width(&part)).min(count - 1);
            }
            self.push(part);
            if rest.is_some() {
                self.end_line();
                if self.is_elided {
                    return;
                }
            }
        }
    }

    /// Whether what does not fit on this line is cut off, so that the line is filled as far as possible.
    fn is_last_elidable(&self) -> bool {
        self.done.len() + 1 == self.rows
    }

    /// Ends the line, if there may be another.
    fn end_line(&mut self) {
        self.done.push(mem::take(&mut self.line));
        self.width = 0.0;
        self.is_elided = self.done.len() == self.rows;
    }

    /// Puts the mark at the end of the last line that says that there is more.
    fn elide(&mut self) {
        let (Some(mut line), Some(mark)) =
            (self.done.pop(), self.setter.job.wrap.overflow_character)
        else {
            return;
        };
        let end = line.last().map_or(0, |laid| laid.piece.range.end);
        let format = self.setter.format(end.saturating_sub(1));
        let row = self.setter.row(&mark.to_string(), format);
        let mut needed = row.size.x + line.iter().map(width).sum::<f32>();
        while needed > self.wrap
            && let Some(last) = line.pop()
        {
            needed -= width(&last);
            let clusters = last.piece.clusters(self.setter.text);
            if clusters > 1
                && let Some((first, _)) = last.piece.split(self.setter.text, clusters - 1)
            {
                let laid = self.setter.lay_out(first);
                needed += width(&laid);
                line.push(laid);
            }
        }
        let piece = Piece::mark(end, self.is_right_to_left);
        let start = self.setter.start;
        line.push(Laid { row, piece, start });
        self.done.push(line);
    }
}

fn width(laid: &Laid) -> f32 {
    laid.row.size.x
}

fn bytes(section: &LayoutSection) -> Range<usize> {
    section.byte_range.start.0..section.byte_range.end.0
}
