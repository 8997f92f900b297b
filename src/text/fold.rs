//! Folding: texts that people take for the same become the same, for searching and for comparing names.
//!
//! Compatibility-composed (NFKC), so that full-width and half-width forms are alike; without characters that show as
//! nothing; and without case. Case goes by way of upper case and back, which unites what Unicode's case folding does
//! (ß and SS, ς and σ) with the tables of the standard library.

use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _,
    char::{canonical_combining_class, decompose_compatible},
    is_nfc_quick,
};

use crate::text::blank::is_ignorable;

/// Hands `take` the characters of the folded text, each with the byte offset in `text` of the piece that it comes from.
pub fn fold(text: &str, mut take: impl FnMut(char, usize)) {
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        // Everything that may become one with the character before it.
        while let Some((at, next)) = rest.next_if(|&(_, next)| !stands_alone(next)) {
            end = at + next.len_utf8();
        }
        if end == start + first.len_utf8() && (first.is_ascii() || is_caseless(first)) {
            take(first.to_ascii_lowercase(), start);
        } else {
            let piece = text.get(start..end).unwrap_or_default();
            folded_piece(piece).for_each(|character| take(character, start));
        }
    }
}

fn folded_piece(piece: &str) -> impl Iterator<Item = char> {
    piece
        .nfkd()
        .filter(|c| !is_ignorable(*c))
        .nfc()
        .flat_map(without_case)
        .nfkc()
}

/// Whether this character never changes with the one before it (UAX 15, 9.1), even once decomposed.
fn stands_alone(character: char) -> bool {
    if character < '\u{300}' {
        // The soft hyphen is the only invisible one among them.
        return character != '\u{ad}';
    }
    if is_caseless(character) {
        return true;
    }
    let mut first = None;
    decompose_compatible(character, |c| {
        first.get_or_insert(c);
    });
    let first = first.unwrap_or(character);
    canonical_combining_class(first) == 0
        && is_nfc_quick(std::iter::once(first)) == IsNormalized::Yes
        && !is_ignorable(first)
}

/// Most of what is said in Korean, Chinese and Japanese: composed, and without case.
fn is_caseless(character: char) -> bool {
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
        let mut folded = String::new();
        fold(text, |character, _| folded.push(character));
        folded
    }

    #[test]
    fn what_people_take_for_the_same_is_the_same() {
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
            // Width, in Latin, Japanese and Korean.
            ("ＵＳＢ", "usb"),
            ("ﾊﾝﾊﾞｰｶﾞｰ", "ハンバーガー"),
            ("ﾡ", "ㄱ"),
            ("㈜", "(주)"),
            ("①", "1"),
            // What shows as nothing.
            ("Donau\u{ad}dampf", "donaudampf"),
            ("e\u{ad}\u{301}", "é"),
            ("a\u{200b}b\u{2060}c\u{feff}", "abc"),
            ("☎\u{fe0f}", "☎"),
            ("\u{3164}\u{ffa0}a", "a"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("가"), folded("각"));
        assert_ne!(folded("e"), folded("é"));
        assert_ne!(folded("ハ"), folded("バ"));
    }

    proptest! {
        #[test]
        fn piece_by_piece_is_the_same_as_all_at_once(text in any::<String>()) {
            let all: String = folded_piece(&text).collect();
            prop_assert_eq!(folded(&text), all);
        }

        #[test]
        fn marks_and_invisible_characters_are_folded_alike(
            text in "[a가ｶﾊﾞﾟ\u{301}\u{ad}\u{200b}\u{fff9}\u{1100}\u{1161}\u{11a8}\u{ffa0}\u{3164} ]{0,12}",
        ) {
            let all: String = folded_piece(&text).collect();
            prop_assert_eq!(folded(&text), all);
        }
    }
}
