//! Bold and italic: one, two or three asterisks before and after, on one line.

use std::ops::Range;

use icu_properties::{CodePointSetData, props::Emoji};
use unicode_normalization::char::is_combining_mark;

use super::{Cursor, Kind, Mark, Span};
use crate::text::links::{Link, is_unspaced};

/// What may stand at the beginning of emphasised text, beside letters, digits and emoji.
const BEGINS: &str = "([{<\"'“‘«「『《〈【`@#$¿¡";
/// The same for its end.
const ENDS: &str = ")]}>\"'”’»」』》〉】`.,!?…:;%。、，！？：；～~";
/// What stands before an asterisk that is none of markup: in paths, globs, after a bracket, in an escape.
const NOT_BEFORE: &str = "/\\._)]}`*";
/// The same after one.
const NOT_AFTER: &str = "/\\_([{`=*";

/// Where asterisks are that have no counterpart yet, in bytes.
type Open = Range<usize>;

/// Adds the spans of bold and italic text, and their marks. In `code` and in links there is none.
pub(super) fn find(text: &str, code: &[Range<usize>], links: &[Link], spans: &mut Vec<Span>) {
    let mut code = Cursor::new(code, Clone::clone);
    let mut in_links = Cursor::new(links, |link: &Link| link.bytes.clone());
    let bytes = text.as_bytes();
    // For each count, at most the last one: one that is nested in its like would change nothing.
    let mut open: [Option<Open>; 3] = [None, None, None];
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'*', b'\n', bytes.get(from..).unwrap_or_default()) {
        count_step();
        let start = from + at;
        if let Some(link) = in_links.at(start) {
            from = link.end;
            continue;
        }
        if let Some(opaque) = code.at(start) {
            // A block of code ends the line before it.
            let skipped = bytes.get(start..opaque.end).unwrap_or_default();
            if memchr::memchr(b'\n', skipped).is_some() {
                open = [None, None, None];
            }
            from = opaque.end;
            continue;
        }
        if bytes.get(start) == Some(&b'\n') {
            open = [None, None, None];
            from = start + 1;
            continue;
        }
        let rest = bytes.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| **byte == b'*').count();
        from = start + count;
        if count > 3 {
            continue;
        }
        let run = start..from;
        let before = text
            .get(..run.start)
            .and_then(|text| text.chars().next_back());
        let after = text.get(run.end..).and_then(|text| text.chars().next());
        let ended = links.partition_point(|link| link.bytes.end < run.start);
        let is_link_end = links
            .get(ended)
            .is_some_and(|link| link.bytes.end == run.start);
        let ends = is_link_end || before.is_some_and(is_end);
        if ends && can_end_before(after) && close(&run, count, &mut open, spans) {
            continue;
        }
        if can_open(count, before, after)
            && let Some(place) = open.get_mut(count - 1)
        {
            *place = Some(run);
        }
    }
}

/// Ends what these asterisks end. Returns whether they do.
fn close(
    run: &Range<usize>,
    count: usize,
    open: &mut [Option<Open>; 3],
    spans: &mut Vec<Span>,
) -> bool {
    let [italic, bold, both] = open;
    let opened: Vec<_> = match (count, &italic, &bold, &both) {
        (1, Some(_), ..) => vec![italic.take()],
        (2, _, Some(_), _) => vec![bold.take()],
        (3, _, _, Some(_)) => vec![both.take()],
        (3, Some(one), Some(two), _) => {
            // The inner one first.
            let is_italic_inside = one.start > two.start;
            let mut opened = vec![italic.take(), bold.take()];
            if !is_italic_inside {
                opened.reverse();
            }
            opened
        }
        _ => return false,
    };
    let mut at = run.start;
    let mut first = run.start;
    for open in opened.into_iter().flatten() {
        first = first.min(open.start);
        let count = open.len();
        let mark = |bytes| Mark {
            bytes,
            is_line: false,
        };
        spans.push(Span {
            bytes: open.end..at,
            kind: match count {
                1 => Kind::Italic,
                2 => Kind::Bold,
                _ => Kind::BoldItalic,
            },
            open: mark(open),
            close: mark(at..at + count),
        });
        at += count;
    }
    // What began inside and has not ended by now would overlap.
    for place in open {
        if place.as_ref().is_some_and(|open| open.start > first) {
            *place = None;
        }
    }
    true
}

/// Whether this many asterisks between these characters may begin something.
fn can_open(count: usize, before: Option<char>, after: Option<char>) -> bool {
    let begins = after.is_some_and(|c| c.is_alphanumeric() || BEGINS.contains(c) || is_emoji(c));
    begins
        && before.is_none_or(|c| match c {
            // A single one between words of Korean is a multiplication.
            c if is_unspaced(c) => count > 1,
            c => !c.is_alphanumeric() && !NOT_BEFORE.contains(c),
        })
}

/// Whether emphasised text may end with this.
fn is_end(c: char) -> bool {
    c.is_alphanumeric() || ENDS.contains(c) || is_emoji(c) || is_combining_mark(c)
}

/// Whether asterisks before this may end something.
fn can_end_before(after: Option<char>) -> bool {
    after.is_none_or(|c| is_unspaced(c) || !c.is_alphanumeric() && !NOT_AFTER.contains(c))
}

fn is_emoji(character: char) -> bool {
    !character.is_ascii() && CodePointSetData::new::<Emoji>().contains(character)
}

#[cfg(test)]
thread_local! {
    /// How many places of a text were looked at.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn count_step() {
    #[cfg(test)]
    STEPS.set(STEPS.get() + 1);
}
