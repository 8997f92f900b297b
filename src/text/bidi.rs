//! The order in which text of both directions is shown (UAX 9, the Unicode bidirectional algorithm).
//!
//! egui shapes a right-to-left word from right to left, but puts one word after the other from left to right. So a
//! paragraph is cut into pieces that egui lays out well, and the pieces of each line are put in order here, after the
//! line was broken.

use std::{borrow::Cow, ops::Range};

use icu_properties::{
    CodePointMapData,
    props::{BidiClass, BidiMirroringGlyph, LineBreak, Script},
};
use unicode_bidi::{BidiInfo, Level, ParagraphBidiInfo};
use unicode_segmentation::UnicodeSegmentation as _;

/// Maximum number of clusters in a piece: one word has fewer, and breaking a piece takes time for each of them.
const MAX_CLUSTERS: usize = 256;

/// Whether a text has a right-to-left letter, so that its order has to be worked out. Fast for all other texts.
pub fn is_needed(text: &str) -> bool {
    // The first bytes, in UTF-8, of U+0590 to U+08FF, of the presentation forms in U+F000 to U+FFFF and of everything
    // from U+10000 on.
    let may_be = |byte: u8| matches!(byte, 0xd6..=0xe0 | 0xef..=0xf4);
    text.bytes().any(may_be) && text.chars().any(is_right_to_left)
}

/// Whether a character is a letter of a right-to-left script.
fn is_right_to_left(character: char) -> bool {
    // Nothing below Hebrew is.
    if character < '\u{590}' || matches!(character, '\u{200f}' | '\u{61c}') {
        return false;
    }
    let class = CodePointMapData::<BidiClass>::new().get(character);
    matches!(class, BidiClass::RightToLeft | BidiClass::ArabicLetter)
}

/// The direction of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As in Latin.
    LeftToRight,
    /// As in Hebrew and Arabic.
    RightToLeft,
}

impl Direction {
    /// That of a text's first paragraph, which its first strong letter gives (rules P2 and P3).
    pub fn of(text: &str) -> Self {
        let classes = CodePointMapData::<BidiClass>::new();
        match unicode_bidi::get_base_direction_with_data_source(&classes, text) {
            unicode_bidi::Direction::Rtl => Self::RightToLeft,
            unicode_bidi::Direction::Ltr | unicode_bidi::Direction::Mixed => Self::LeftToRight,
        }
    }

    fn level(self) -> Level {
        match self {
            Self::LeftToRight => Level::ltr(),
            Self::RightToLeft => Level::rtl(),
        }
    }
}

/// One paragraph, cut into pieces.
#[derive(Debug)]
pub struct Paragraph {
    /// Whether its first letter is right-to-left, so that its lines begin at the right.
    pub is_right_to_left: bool,
    /// In the order of the text, without a gap.
    pub pieces: Vec<Piece>,
}

/// A part of a paragraph that is shown in one direction and can be laid out on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Bytes of the paragraph.
    pub range: Range<usize>,
    /// How it is laid out.
    pub kind: Kind,
    /// Whether a line may end here.
    pub ends_word: bool,
    level: Level,
}

/// How a piece is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// White space. It may hang over the end of a line.
    Space,
    /// Left-to-right text.
    Forward,
    /// Letters that egui shapes from right to left.
    Letters,
    /// Punctuation and symbols in right-to-left text.
    Backward,
}

impl Paragraph {
    /// `text` holds no line break. A piece ends at each of the byte offsets `cuts`, which ascend. Without a `base`, the first
    /// letter gives the direction.
    pub fn new(text: &str, cuts: &[usize], base: Option<Direction>) -> Self {
        let classes = CodePointMapData::<BidiClass>::new();
        let base = base.map(Direction::level);
        let info = ParagraphBidiInfo::new_with_data_source(&classes, text, base);
        let mut cuts = cuts.iter().copied().peekable();
        let mut pieces: Vec<Piece> = Vec::new();
        let (mut last_script, mut length) = (None, 0);
        let mut clusters = text.grapheme_indices(true).peekable();
        while let Some((at, cluster)) = clusters.next() {
            let first = cluster.chars().next().unwrap_or_default();
            let level = info.levels.get(at).copied().unwrap_or(Level::ltr());
            let kind = kind(first, level);
            let next = clusters.peek().and_then(|(_, next)| next.chars().next());
            let ends_word = kind == Kind::Space || may_break_between(first, next);
            let script =
                (kind == Kind::Letters).then(|| CodePointMapData::<Script>::new().get(first));
            let mut is_cut = false;
            while cuts.next_if(|cut| *cut <= at).is_some() {
                is_cut = true;
            }
            let range = at..at + cluster.len();
            match pieces.last_mut() {
                Some(last)
                    if !is_cut
                        && (last.kind, last.level) == (kind, level)
                        && (kind == Kind::Space || !last.ends_word)
                        && script == last_script
                        && length < MAX_CLUSTERS
                        && !is_foreign_digit(first) =>
                {
                    last.range.end = range.end;
                    last.ends_word = ends_word;
                    length += 1;
                }
                _ => {
                    length = 1;
                    pieces.push(Piece {
                        range,
                        kind,
                        ends_word,
                        level,
                    });
                }
            }
            last_script = script;
        }
        Self {
            is_right_to_left: info.paragraph_level.is_rtl(),
            pieces,
        }
    }

    /// The pieces of a line, from left to right, as indices into it.
    pub fn order(&self, line: &[Piece]) -> Vec<usize> {
        let base = if self.is_right_to_left {
            Level::rtl()
        } else {
            Level::ltr()
        };
        let mut levels: Vec<_> = line.iter().map(|piece| piece.level).collect();
        // White space at the end of a line has the direction of the paragraph (rule L1).
        let is_space = |piece: &Piece| piece.kind == Kind::Space;
        let end = line.iter().rposition(|piece| !is_space(piece));
        for level in levels.iter_mut().skip(end.map_or(0, |end| end + 1)) {
            *level = base;
        }
        BidiInfo::reorder_visual(&levels)
    }
}

impl Piece {
    /// What egui is to lay out from left to right. `text` is that of the paragraph.
    pub fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let part = text.get(self.range.clone()).unwrap_or_default();
        if self.kind != Kind::Backward {
            return Cow::Borrowed(part);
        }
        let mirrors = CodePointMapData::<BidiMirroringGlyph>::new();
        let mirrored = |c| mirrors.get(c).mirroring_glyph.unwrap_or(c);
        let characters = part.graphemes(true).rev().flat_map(str::chars);
        Cow::Owned(characters.map(mirrored).collect())
    }

    /// Whether it is shown from right to left.
    pub fn is_right_to_left(&self) -> bool {
        self.level.is_rtl()
    }

    /// Its characters from left to right, as byte offsets in the paragraph. The characters of one cluster stay in the order
    /// of the text.
    pub fn characters(&self, text: &str) -> Vec<usize> {
        let part = text.get(self.range.clone()).unwrap_or_default();
        let start = self.range.start;
        if !self.is_right_to_left() {
            return part.char_indices().map(|(at, _)| start + at).collect();
        }
        let clusters = part.grapheme_indices(true).rev();
        clusters
            .flat_map(|(at, cluster)| {
                cluster
                    .char_indices()
                    .map(move |(within, _)| start + at + within)
            })
            .collect()
    }

    /// A mark that stands for text left out at the end of a line, at this byte of the paragraph.
    pub fn mark(at: usize, is_right_to_left: bool) -> Self {
        let level = if is_right_to_left {
            Level::rtl()
        } else {
            Level::ltr()
        };
        Self {
            range: at..at,
            kind: Kind::Forward,
            ends_word: true,
            level,
        }
    }

    /// Whether it is a [`Self::mark`].
    pub fn is_mark(&self) -> bool {
        self.range.is_empty()
    }

    /// How many clusters it has.
    pub fn clusters(&self, text: &str) -> usize {
        let part = text.get(self.range.clone()).unwrap_or_default();
        part.graphemes(true).count()
    }

    /// Splits off what comes after the first `count` clusters, at least one. `None` if there is nothing after them.
    pub fn split(&self, text: &str, count: usize) -> Option<(Self, Self)> {
        let part = text.get(self.range.clone())?;
        let (at, _) = part.grapheme_indices(true).nth(count.max(1))?;
        let at = self.range.start + at;
        let first = Self {
            range: self.range.start..at,
            ends_word: true,
            ..self.clone()
        };
        let rest = Self {
            range: at..self.range.end,
            ..self.clone()
        };
        Some((first, rest))
    }
}

fn kind(first: char, level: Level) -> Kind {
    if first.is_whitespace() && first != '\u{a0}' {
        Kind::Space
    } else if level.is_ltr() {
        Kind::Forward
    } else if is_right_to_left(first) {
        Kind::Letters
    } else {
        Kind::Backward
    }
}

/// Digits of Arabic scripts are written from left to right, but egui would take their direction from the script.
fn is_foreign_digit(character: char) -> bool {
    let class = CodePointMapData::<BidiClass>::new().get(character);
    matches!(class, BidiClass::ArabicNumber | BidiClass::EuropeanNumber) && !character.is_ascii()
}

/// Whether a line may be broken between these without a space, as in Chinese and Japanese.
fn may_break_between(before: char, after: Option<char>) -> bool {
    let breaks = CodePointMapData::<LineBreak>::new();
    let is_ideograph = |character| breaks.get(character) == LineBreak::Ideographic;
    let opens_or_closes = |character| {
        matches!(
            breaks.get(character),
            LineBreak::ClosePunctuation
                | LineBreak::CloseParenthesis
                | LineBreak::Exclamation
                | LineBreak::InfixNumeric
                | LineBreak::Nonstarter
                | LineBreak::ConditionalJapaneseStarter
                | LineBreak::Quotation
        )
    };
    is_ideograph(before) && after.is_some_and(|after| !opens_or_closes(after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is to be seen on one line, from left to right.
    fn seen(text: &str) -> String {
        let paragraph = Paragraph::new(text, &[], None);
        let order = paragraph.order(&paragraph.pieces);
        let pieces = order.into_iter().map(|index| &paragraph.pieces[index]);
        let seen = pieces.flat_map(|piece| {
            let shown = piece.shown(text).into_owned();
            // egui turns these round itself.
            let is_turned = piece.kind == Kind::Letters;
            let clusters: Vec<_> = shown.graphemes(true).map(str::to_owned).collect();
            if is_turned {
                clusters.into_iter().rev().collect::<Vec<_>>()
            } else {
                clusters
            }
        });
        seen.collect()
    }

    #[test]
    fn words_are_shown_in_the_order_of_their_direction() {
        for (text, shown) in [
            ("hello world", "hello world"),
            ("שלום עולם", "םלוע םולש"),
            ("שלום, (עולם)!", "!(םלוע) ,םולש"),
            ("שלום world עולם", "םלוע world םולש"),
            ("hello שלום עולם bye", "hello םלוע םולש bye"),
            ("מחיר 150 ש\"ח", "ח\"ש 150 ריחמ"),
            ("קובץ report-2.pdf כאן", "ןאכ report-2.pdf ץבוק"),
            ("العدد ۱۲۳", "۱۲۳ ددعلا"),
            // A mark stays behind its letter.
            ("שָׁלוֹם 🙂", "🙂 םוֹלשָׁ"),
        ] {
            assert_eq!(seen(text), shown, "{text:?}");
        }
    }

    #[test]
    fn the_first_letter_gives_the_direction() {
        for (text, is_right_to_left) in [
            ("שלום world", true),
            ("123 שלום", true),
            ("- (שלום)", true),
            ("hello שלום", false),
            ("한국어 שלום", false),
            ("", false),
        ] {
            let paragraph = Paragraph::new(text, &[], None);
            assert_eq!(paragraph.is_right_to_left, is_right_to_left, "{text:?}");
        }
    }

    #[test]
    fn only_texts_with_right_to_left_letters_need_it() {
        for text in [
            "",
            "hello",
            "안녕하세요",
            "漢字かな",
            "Привет",
            "สวัสดี",
            "🙂",
            "123 \u{661}",
            "\u{200f}",
        ] {
            assert!(!is_needed(text), "{text:?}");
        }
        for text in ["ש", "hello שלום", "مرحبا", "𐤀", "ﺍ", "ߊ"] {
            assert!(is_needed(text), "{text:?}");
        }
    }

    #[test]
    fn white_space_at_the_end_of_a_line_is_at_its_end() {
        let text = "abc שלום ";
        let paragraph = Paragraph::new(text, &[], None);
        let order = paragraph.order(&paragraph.pieces);
        assert_eq!(order.last(), Some(&(paragraph.pieces.len() - 1)));
        let text = "שלום abc ";
        let paragraph = Paragraph::new(text, &[], None);
        let order = paragraph.order(&paragraph.pieces);
        assert_eq!(order.first(), Some(&(paragraph.pieces.len() - 1)));
    }

    #[test]
    fn pieces_end_where_they_are_cut() {
        let text = "שלום";
        let paragraph = Paragraph::new(text, &[0, 4, 8], None);
        let ranges: Vec<_> = paragraph
            .pieces
            .iter()
            .map(|piece| piece.range.clone())
            .collect();
        assert_eq!(ranges, [0..4, 4..8]);
    }

    proptest! {
        /// As the crate orders the characters of a line, but for clusters and mirrored brackets.
        #[test]
        fn every_character_has_its_place(text in "[a-z א-ת()!0-9\u{300}\u{660}漢]{0,40}") {
            let paragraph = Paragraph::new(&text, &[], None);
            let mut covered = 0;
            for piece in &paragraph.pieces {
                prop_assert_eq!(piece.range.start, covered);
                covered = piece.range.end;
                let shown = piece.shown(&text);
                prop_assert_eq!(shown.chars().count(), piece.characters(&text).len());
            }
            prop_assert_eq!(covered, text.len());
            let mut places: Vec<_> = paragraph.pieces.iter().flat_map(|piece| piece.characters(&text)).collect();
            places.sort_unstable();
            let all: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            prop_assert_eq!(places, all);
        }

        #[test]
        fn the_order_is_that_of_the_algorithm(text in "[a-z א-ת!0-9]{0,40}") {
            let classes = CodePointMapData::<BidiClass>::new();
            let info = ParagraphBidiInfo::new_with_data_source(&classes, &text, None);
            let expected = info.reorder_line(0..text.len());
            prop_assert_eq!(seen(&text), expected.as_ref());
        }
    }
}
