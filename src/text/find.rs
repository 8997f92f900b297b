//! Finds words in folded texts, and where they are in the original.

use std::ops::Range;

use crate::text::fold::fold;

/// Maximum number of places of a word that are reported in one text.
const MOST_RANGES: usize = 256;

/// A folded text that knows where each piece of it comes from.
pub struct Folded {
    text: String,
    /// The start of each piece: here, and in the original.
    pieces: Vec<(usize, usize)>,
    /// The length of the original, in bytes.
    length: usize,
}

impl Folded {
    /// Folds a text.
    pub fn new(original: &str) -> Self {
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
    pub fn find(&self, words: &[String]) -> Option<Vec<Range<usize>>> {
        self.has(words).then(|| self.find_any(words))
    }

    /// The same for those of the words that are there.
    pub fn find_any(&self, words: &[String]) -> Vec<Range<usize>> {
        let mut all = Vec::new();
        for word in words {
            let places = self.text.match_indices(word).take(MOST_RANGES);
            all.extend(places.map(|(at, _)| self.original(at..at + word.len())));
        }
        all.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(all.len());
        for range in all {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    /// Whether all these words are there.
    pub fn has(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.text.contains(word))
    }

    fn original(&self, range: Range<usize>) -> Range<usize> {
        let pieces_before = |end| self.pieces.partition_point(|&(here, _)| here < end);
        let first = pieces_before(range.start + 1).saturating_sub(1);
        let start = |piece| self.pieces.get(piece).map_or(self.length, |&(_, at)| at);
        start(first)..start(pieces_before(range.end))
    }
}

/// The folded words that a person looks for.
pub fn words(looked_for: &str) -> Vec<String> {
    let mut folded = String::with_capacity(looked_for.len());
    fold(looked_for, |character, _| folded.push(character));
    let mut words: Vec<String> = folded.split_whitespace().map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> String {
        Folded::new(text).text
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
            ("ＵＳＢ port", "usb", vec![(0, 9)]),
            ("a ﾊﾞｽ", "バ", vec![(2, 8)]),
            ("Do\u{ad}nau", "dona", vec![(0, 6)]),
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
        fn ranges_begin_and_end_between_characters(text in "[a각가ßéＡﾊﾞ\u{ad}\u{301}\u{1100}\u{1161}\u{11a8}İ😀 ]{0,12}", at in 0usize..12, length in 1usize..4) {
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
