//! Folds texts, so that a search finds what a person takes for the same, and maps places back to the original.
//!
//! Folding means: composed (NFC), to lower case, composed again. The lower case goes by way of upper case, which with the
//! tables of the standard library unites what Unicode's case folding unites (ß and SS, ς and σ).

use std::ops::Range;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _, char::canonical_combining_class, is_nfc_quick,
};

/// Maximum number of places of a word that are reported in one text.
const MOST_RANGES: usize = 256;

/// Hands `take` the characters of the folded text, each with the start of the piece of `text` that it comes from.
pub(in crate::history) fn fold(text: &str, mut take: impl FnMut(char, usize)) {
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        // Characters that may combine with the one before them.
        while let Some((at, next)) = rest.next_if(|&(_, next)| !stands_alone(next)) {
            end = at + next.len_utf8();
        }
        if end == start + first.len_utf8() && (first.is_ascii() || has_no_case(first)) {
            take(first.to_ascii_lowercase(), start);
        } else {
            let piece = text.get(start..end).unwrap_or_default();
            let folded = piece.nfc().flat_map(without_case).nfc();
            folded.for_each(|character| take(character, start));
        }
    }
}

/// A folded text that knows where each piece of it comes from.
pub(in crate::history) struct Folded {
    text: String,
    /// The start of each piece: here, and in the original.
    pieces: Vec<(usize, usize)>,
    /// The length of the original, in bytes.
    length: usize,
}

impl Folded {
    pub(in crate::history) fn new(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut pieces: Vec<(usize, usize)> = Vec::with_capacity(original.len());
        fold(original, |character, start| {
            if pieces.last().is_none_or(|&(_, last)| last != start) {
                pieces.push((text.len(), start));
            }
            text.push(character);
        });
        Self {
            text,
            pieces,
            length: original.len(),
        }
    }

    /// Where in the original these words are, in order; `None` unless all of them are there. Ranges begin and end
    /// between characters of the original.
    pub(in crate::history) fn find(&self, words: &[String]) -> Option<Vec<Range<usize>>> {
        let mut all = Vec::new();
        for word in words {
            let before = all.len();
            let places = self.text.match_indices(word).take(MOST_RANGES);
            all.extend(places.map(|(at, _)| self.original(at..at + word.len())));
            if all.len() == before {
                return None;
            }
        }
        all.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Some(merged)
    }

    fn original(&self, range: Range<usize>) -> Range<usize> {
        let pieces_before = |end| self.pieces.partition_point(|&(here, _)| here < end);
        let first = pieces_before(range.start + 1).saturating_sub(1);
        let start = |piece| self.pieces.get(piece).map_or(self.length, |&(_, at)| at);
        start(first)..start(pieces_before(range.end))
    }
}

/// The folded words that a person looks for.
pub(in crate::history) fn words(looked_for: &str) -> Vec<String> {
    let mut folded = String::with_capacity(looked_for.len());
    fold(looked_for, |character, _| folded.push(character));
    let mut words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// Whether no character before this one combines with it (UAX 15, 9.1).
fn stands_alone(character: char) -> bool {
    character < '\u{300}'
        || has_no_case(character)
        || (canonical_combining_class(character) == 0
            && is_nfc_quick(std::iter::once(character)) == IsNormalized::Yes)
}

/// Most of Korean, Chinese and Japanese: composed characters without upper and lower case.
fn has_no_case(character: char) -> bool {
    matches!(character, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}')
}

fn without_case(character: char) -> impl Iterator<Item = char> {
    // Down first for ẞ, which has no upper case but is the upper case of ß.
    character
        .to_lowercase()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> String {
        Folded::new(text).text
    }

    #[test]
    fn texts_that_people_take_for_the_same_fold_to_the_same() {
        for (one, other) in [
            ("Hello", "hELLO"),
            ("STRASSE", "straße"),
            ("ẞ", "ss"),
            ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("e\u{301}", "É"),
            ("\u{212b}", "å"),
            ("\u{390}", "\u{3aa}\u{301}"),
            ("ﬁ", "FI"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("가"), folded("각"));
        assert_ne!(folded("e"), folded("é"));
    }

    #[test]
    fn places_are_reported_in_the_original() {
        for (text, looked_for, found) in [
            ("abcabc", "BC", vec![(1, 3), (4, 6)]),
            ("한글 한글", "글", vec![(3, 6), (10, 13)]),
            ("x\u{1112}\u{1161}\u{11ab}y", "한", vec![(1, 10)]),
            ("Straße", "s", vec![(0, 1), (4, 6)]),
            ("aaaa", "aa a", vec![(0, 4)]),
            ("one two", "two one", vec![(0, 3), (4, 7)]),
            ("😀👍🏽", "👍", vec![(4, 8)]),
        ] {
            let ranges = Folded::new(text).find(&words(looked_for));
            let ranges = ranges.expect("found").into_iter();
            let ranges: Vec<_> = ranges.map(|range| (range.start, range.end)).collect();
            assert_eq!(ranges, found, "{text} {looked_for}");
        }
        assert_eq!(Folded::new("one two").find(&words("one three")), None);
    }

    proptest! {
        #[test]
        fn folding_piece_by_piece_equals_folding_all_at_once(text in any::<String>()) {
            let all: String = text.nfc().flat_map(without_case).nfc().collect();
            prop_assert_eq!(folded(&text), all);
        }

        #[test]
        fn ranges_begin_and_end_between_characters(text in "[a각가ßé\u{301}\u{1100}\u{1161}\u{11a8}İ😀 ]{0,12}", at in 0usize..12, length in 1usize..4) {
            let looked_for: String = text.chars().skip(at).take(length).collect();
            let words = words(&looked_for);
            if let Some(ranges) = Folded::new(&text).find(&words) {
                let mut end = 0;
                for range in ranges {
                    prop_assert!(end <= range.start && range.start < range.end);
                    let part = text.get(range.clone());
                    prop_assert!(part.is_some());
                    let part = folded(part.unwrap_or_default());
                    prop_assert!(words.iter().any(|word| part.contains(word)));
                    end = range.end;
                }
            }
        }
    }
}
