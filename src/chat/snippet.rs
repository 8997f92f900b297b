//! One line of a message, around the words that a search has found in it.

use std::ops::Range;

use crate::text::visible::visible;

/// Maximum number of characters before the first match.
const MAX_BEFORE: usize = 24;
/// Maximum number of characters of the text. Making them safe to show can add more.
const MAX_CHARACTERS: usize = 160;
/// Marks where text was cut off.
const CUT: &str = "…";

/// A part of a snippet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text, safe to show.
    pub text: String,
    /// Whether the search has found it.
    pub is_match: bool,
}

/// A line of `text` around the first of `matches`, or its beginning if there are none. `matches` are ranges of
/// bytes in order; those that are invalid in `text` are ignored.
pub fn snippet(text: &str, matches: &[Range<usize>]) -> Vec<Piece> {
    let mut matches = matches.iter().filter(|range| is_part(text, range));
    let first = matches.clone().next().map_or(0, |range| range.start);
    let start = back(text, first, MAX_BEFORE);
    let end = forward(text, start, MAX_CHARACTERS);
    let mut pieces = Vec::new();
    if start > 0 {
        push(&mut pieces, CUT, false);
    }
    let mut at = start;
    loop {
        let Some(range) = matches.next().filter(|range| range.start < end) else {
            push(&mut pieces, text.get(at..end).unwrap_or(""), false);
            break;
        };
        // They may overlap.
        let (from, to) = (range.start.max(at), range.end.min(end));
        push(&mut pieces, text.get(at..from).unwrap_or(""), false);
        push(&mut pieces, text.get(from..to).unwrap_or(""), true);
        at = to.max(at);
    }
    if end < text.len() {
        push(&mut pieces, CUT, false);
    }
    pieces
}

/// All of `text` on one line, safe to show.
pub fn one_line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

/// The text of all pieces.
pub fn plain(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| &*piece.text).collect()
}

fn is_part(text: &str, range: &Range<usize>) -> bool {
    !range.is_empty() && text.get(range.clone()).is_some()
}

/// The position this many characters before `at`.
fn back(text: &str, at: usize, characters: usize) -> usize {
    let before = text.get(..at).unwrap_or("");
    let starts = before.char_indices().rev().take(characters);
    starts.last().map_or(at, |(start, _)| start)
}

/// The position this many characters after `at`.
fn forward(text: &str, at: usize, characters: usize) -> usize {
    let after = text.get(at..).unwrap_or("");
    let mut ends = after.char_indices();
    ends.nth(characters).map_or(text.len(), |(end, _)| at + end)
}

/// Adds a piece. Each is made safe by itself, because that changes its length and would move the matches after it.
fn push(pieces: &mut Vec<Piece>, text: &str, is_match: bool) {
    if !text.is_empty() {
        let text = one_line(text);
        pieces.push(Piece { text, is_match });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The snippet as text, with each match in `<>`.
    fn marked(text: &str, matches: &[(usize, usize)]) -> String {
        let matches: Vec<_> = matches.iter().map(|&(from, to)| from..to).collect();
        let mut all = String::new();
        for Piece { text, is_match } in snippet(text, &matches) {
            let (before, after) = if is_match { ("<", ">") } else { ("", "") };
            all.extend([before, &text, after]);
        }
        all
    }

    #[test]
    fn matches_are_marked() {
        assert_eq!(marked("hello there", &[(6, 11)]), "hello <there>");
        assert_eq!(marked("hello there", &[(0, 5), (6, 11)]), "<hello> <there>");
        assert_eq!(marked("a\nb\tc", &[(2, 3)]), "a <b> c");
        assert_eq!(marked("안녕하세요", &[(6, 15)]), "안녕<하세요>");
        assert_eq!(marked("nothing", &[]), "nothing");
        assert_eq!(marked("", &[]), "");
    }

    #[test]
    fn a_long_message_is_cut_around_the_first_match() {
        let long = format!("{}찾음{}", "가".repeat(500), "나".repeat(500));
        let (before, after) = ("가".repeat(24), "나".repeat(160 - 26));
        let found = marked(&long, &[(1500, 1506)]);
        assert_eq!(found, format!("…{before}<찾음>{after}…"));
        let far = marked(&long, &[(1500, 1506), (2900, 2903)]);
        assert_eq!(far, found, "a match that does not fit is left out");
        assert_eq!(marked(&long, &[]), format!("{}…", "가".repeat(160)));
    }

    #[test]
    fn invisible_characters_are_spelled_out_and_move_no_match() {
        let text = "\u{202e}\0evil name";
        let at = text.find("name").expect("there");
        assert_eq!(marked(text, &[(at, at + 4)]), "[U+202E][00]evil <name>");
        assert_eq!(marked(text, &[(0, 3)]), "<[U+202E]>[00]evil name");
    }

    #[test]
    fn invalid_ranges_are_ignored() {
        assert_eq!(marked("가나", &[(1, 3)]), "가나", "inside a character");
        assert_eq!(marked("ab", &[(1, 9), (5, 6)]), "ab");
        let reversed = marked("ab", &[(2, 1), (1, 1)]);
        assert_eq!(reversed, "ab");
        assert_eq!(marked("abcd", &[(0, 3), (1, 4)]), "<abc><d>", "overlapping");
        assert_eq!(marked("abcd", &[(2, 3), (0, 1)]), "ab<c>d", "out of order");
    }

    proptest! {
        #[test]
        fn any_ranges_give_a_safe_line(
            text in any::<String>(),
            ranges in proptest::collection::vec((0_usize..40, 0_usize..40), 0..6),
        ) {
            let ranges: Vec<_> = ranges.into_iter().map(|(start, length)| start..start + length).collect();
            let line = plain(&snippet(&text, &ranges));
            prop_assert!(!line.contains(char::is_control), "{line:?}");
        }
    }
}
