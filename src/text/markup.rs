//! Markup as people type it in messages: `` `code` ``, blocks of code between lines of three backticks, `**bold**` and
//! `*italic*`. It only says what looks how; the text stays as it was typed.
//!
//! Less becomes bold or italic than in `CommonMark`, because most people who write an asterisk mean an asterisk: nothing
//! within a word of Latin letters or digits (`2*3*4`), nothing beside a dot or a slash (`src/*.rs`), nothing across lines,
//! and nothing that begins or ends with a sign (`(*^_^*)`). What follows without a space in Korean, Japanese and Chinese
//! may follow a mark too.

mod code;
mod emphasis;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::links::Link;

/// A part of a text between two marks. They may be nested, and have at least one byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What is between the marks, in bytes of the text.
    pub bytes: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// The mark before it.
    pub open: Mark,
    /// The mark after it. It is empty where the text is cut off.
    pub close: Mark,
}

/// What a [`Span`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Between two `**`.
    Bold,
    /// Between two `*`.
    Italic,
    /// Between two `***`.
    BoldItalic,
    /// Code within a line.
    Code,
    /// Lines of code.
    Block,
}

/// What makes the text beside it bold, italic or code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// In bytes of the text. Before a block, this includes the name of the language.
    pub bytes: Range<usize>,
    /// Whether it has a line of its own.
    pub is_line: bool,
}

/// The markup in a text, in no order. Links are left as they are. If the text `is_cut` off at its end, a block of code may
/// end there. Takes time in proportion to the length of the text.
pub fn spans(text: &str, links: &[Link], is_cut: bool) -> Vec<Span> {
    let mut spans = Vec::new();
    if memchr::memchr2(b'*', b'`', text.as_bytes()).is_none() {
        return spans;
    }
    let code = code::find(text, links, is_cut, &mut spans);
    emphasis::find(text, &code, links, &mut spans);
    spans
}

/// Goes through ranges in order, to tell which bytes are in them.
struct Cursor<'a, T> {
    ranges: &'a [T],
    bytes: fn(&T) -> Range<usize>,
}

impl<'a, T> Cursor<'a, T> {
    fn new(ranges: &'a [T], bytes: fn(&T) -> Range<usize>) -> Self {
        Self { ranges, bytes }
    }

    /// The range that this byte is in. Bytes are asked for in ascending order.
    fn at(&mut self, byte: usize) -> Option<Range<usize>> {
        while let Some((first, rest)) = self.ranges.split_first() {
            let range = (self.bytes)(first);
            if byte < range.end {
                return range.contains(&byte).then_some(range);
            }
            self.ranges = rest;
        }
        None
    }
}
