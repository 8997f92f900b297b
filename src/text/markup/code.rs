//! Code: what is between two rows of equally many backticks, as in `CommonMark`. One or two of them end on their line; three
//! or more may be lines apart.

use std::{collections::HashMap, ops::Range};

use super::{Cursor, Kind, Mark, Span};
use crate::text::links::Link;

/// Least number of backticks around a block.
const FENCE: usize = 3;
/// Maximum length of the name of a language, in bytes.
const MAX_LANGUAGE: usize = 20;

/// Backticks in a row.
struct Run {
    start: usize,
    length: usize,
    /// The number of the line that they are on.
    line: usize,
}

impl Run {
    fn end(&self) -> usize {
        self.start + self.length
    }
}

/// Adds the spans of code. Returns the bytes in which nothing else is markup, in order.
pub(super) fn find(
    text: &str,
    links: &[Link],
    is_cut: bool,
    spans: &mut Vec<Span>,
) -> Vec<Range<usize>> {
    let runs = runs(text, links);
    let closing = closing(&runs);
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(run) = runs.get(index) {
        let next = closing.get(index).copied().flatten();
        let is_escaped = text
            .get(..run.start)
            .is_some_and(|before| before.ends_with('\\'));
        let close = next.and_then(|next| runs.get(next));
        let close = close.filter(|close| run.length >= FENCE || close.line == run.line);
        index += 1;
        if is_escaped {
            continue;
        }
        let end = match close {
            Some(close) => add(text, run, close.start..close.end(), spans),
            None if is_cut && run.length >= FENCE && is_line_start(text, run.start) => {
                add(text, run, text.len()..text.len(), spans)
            }
            None => None,
        };
        if let Some(end) = end {
            found.push(run.start..end);
            index = next.map_or(runs.len(), |next| next + 1);
        }
    }
    found
}

/// All rows of backticks that are not in links.
fn runs(text: &str, links: &[Link]) -> Vec<Run> {
    let mut links = Cursor::new(links, |link: &Link| link.bytes.clone());
    let mut runs: Vec<Run> = Vec::new();
    let mut line = 0;
    for at in memchr::memchr2_iter(b'`', b'\n', text.as_bytes()) {
        if text.as_bytes().get(at) == Some(&b'\n') {
            line += 1;
        } else if links.at(at).is_some() {
        } else if let Some(last) = runs.last_mut().filter(|last| last.end() == at) {
            last.length += 1;
        } else {
            let (start, length) = (at, 1);
            runs.push(Run {
                start,
                length,
                line,
            });
        }
    }
    runs
}

/// For each of them, the next one that is as long.
fn closing(runs: &[Run]) -> Vec<Option<usize>> {
    let mut next_of = HashMap::new();
    let mut closing: Vec<_> = runs
        .iter()
        .enumerate()
        .rev()
        .map(|(index, run)| next_of.insert(run.length, index))
        .collect();
    closing.reverse();
    closing
}

/// Adds the code between these backticks, unless there is none. Returns where it ends.
fn add(text: &str, open: &Run, close: Range<usize>, spans: &mut Vec<Span>) -> Option<usize> {
    let inside = text.get(open.end()..close.start)?;
    if inside.trim().is_empty() {
        return None;
    }
    let end = close.end;
    let mut span = Span {
        bytes: open.end()..close.start,
        kind: Kind::Code,
        open: Mark {
            bytes: open.start..open.end(),
            is_line: false,
        },
        close: Mark {
            bytes: close,
            is_line: false,
        },
    };
    if let Some((first, rest)) = inside.split_once('\n') {
        span.kind = Kind::Block;
        // The line breaks belong neither to the code nor to the marks.
        if first.trim().is_empty() || is_language(first) {
            span.bytes.start += first.len() + 1;
            span.open.bytes.end += first.len();
            span.open.is_line = is_line_start(text, open.start);
        }
        if let Some((_, last)) = rest.rsplit_once('\n')
            && last.trim().is_empty()
        {
            span.bytes.end -= last.len() + 1;
            span.close.bytes.start -= last.len();
            let after = text.get(end..).unwrap_or_default();
            span.close.is_line = after.is_empty() || after.starts_with('\n');
        }
    }
    spans.push(span);
    Some(end)
}

fn is_line_start(text: &str, at: usize) -> bool {
    text.get(..at)
        .is_some_and(|before| before.is_empty() || before.ends_with('\n'))
}

/// Whether this stands for a programming language after the backticks, such as `rust` or `c++`.
fn is_language(word: &str) -> bool {
    let word = word.trim_end();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+#-._".contains(c);
    (1..=MAX_LANGUAGE).contains(&word.len()) && word.chars().all(is_part)
}
