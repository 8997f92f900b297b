//! Makes a peer's text safe to show: nothing in it can hide, reorder or paint over anything.
//!
//! For display only. The timeline, copying and saving keep the text as it came.

use std::{borrow::Cow, cell::LazyCell, fmt::Write as _};

use icu_properties::{
    CodePointMapData, CodePointSetData, CodePointSetDataBorrowed,
    props::{BidiClass, HangulSyllableType, LineBreak, Script, VariationSelector},
    script::ScriptWithExtensions,
};
use unicode_normalization::char::is_combining_mark;

use crate::text::blank::{is_blank_symbol, is_ignorable};

/// Maximum number of combining marks shown on one character. No living script needs more.
const MAX_MARKS: usize = 8;
/// A message with more characters than this is folded.
const FOLD_CHARACTERS: usize = 2_000;
/// A message with more lines than this is folded.
const FOLD_LINES: usize = 20;

/// The first part of a long message, shown until the person asks for all of it. `None` if the text is not
/// long.
pub fn folded(text: &str) -> Option<&str> {
    let mut lines = 1;
    for (count, (at, character)) in text.char_indices().enumerate() {
        lines += usize::from(character == '\n');
        if count >= FOLD_CHARACTERS || lines > FOLD_LINES {
            return text.get(..at);
        }
    }
    None
}

/// `text` with everything spelled out as codes that can deceive: control characters, bidirectional overrides, and
/// characters that show as nothing. What a script needs stays as it is: word breaks in Khmer, marks of direction beside
/// Hebrew, the tags of a flag. Excess combining marks are replaced by their number.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Looked at once, and only for a text that needs it.
    let is_right_to_left = LazyCell::new(|| text.chars().any(is_right_to_left));
    let is_closed = LazyCell::new(|| isolates_are_closed(text));
    show(text, |at, character| match character {
        // Marks and isolates order text of both directions; overrides and embeddings have no honest use.
        '\u{200e}' | '\u{200f}' | '\u{61c}' => *is_right_to_left,
        '\u{2066}'..='\u{2069}' => *is_right_to_left && *is_closed,
        _ => belongs(text, at, character),
    })
}

/// The same for a name or another label, where no invisible character is needed but joiners.
pub fn visible_label(text: &str) -> Cow<'_, str> {
    show(text, |_, _| false)
}

/// Most letters of most texts, which need no look at the tables of Unicode.
fn is_plain(character: char) -> bool {
    matches!(
        character,
        ' '..='~' | 'À'..='ÿ' | 'А'..='я' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | '一'..='鿿' | '가'..='힣'
    )
}

fn show(text: &str, belongs: impl Fn(usize, char) -> bool) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte == b'\n' || (b' '..0x7f).contains(&byte))
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for (at, character) in text.char_indices() {
        if is_plain(character) {
            end_marks(&mut shown, &mut marks);
            shown.push(character);
            continue;
        }
        let is_hidden = is_invisible(character) && !belongs(at, character);
        if is_combining_mark(character) && !is_hidden {
            marks += 1;
            if marks <= MAX_MARKS {
                shown.push(character);
            }
            continue;
        }
        end_marks(&mut shown, &mut marks);
        match character {
            '\n' | '\t' => shown.push(character),
            c if c.is_control() => spell(&mut shown, format_args!("[{:02X}]", u32::from(c))),
            c if is_hidden => spell(&mut shown, format_args!("[U+{:04X}]", u32::from(c))),
            c => shown.push(c),
        }
    }
    end_marks(&mut shown, &mut marks);
    Cow::Owned(shown)
}

fn spell(shown: &mut String, name: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    shown.write_fmt(name).ok();
}

fn end_marks(shown: &mut String, marks: &mut usize) {
    if let Some(more @ 1..) = marks.checked_sub(MAX_MARKS) {
        spell(shown, format_args!("[+{more}]"));
    }
    *marks = 0;
}

/// Whether a character reorders its neighbours (UAX 9) or shows as nothing, so that two different texts look
/// alike. Joiners and variation selectors, which scripts and emoji need, do not count.
fn is_invisible(character: char) -> bool {
    const SELECTORS: CodePointSetDataBorrowed<'static> =
        CodePointSetData::new::<VariationSelector>();
    match character {
        // The joiners.
        '\u{200c}' | '\u{200d}' => false,
        // Line and paragraph separators, which would break a line where no message has one.
        '\u{2028}' | '\u{2029}' => true,
        c if is_blank_symbol(c) => true,
        c => is_ignorable(c) && !SELECTORS.contains(c),
    }
}

/// Maximum number of invisible characters passed over in search of a neighbour that shows.
const NEAR: usize = 8;

/// Whether the invisible character at this place is needed by those beside it, so that it deceives nobody.
fn belongs(text: &str, at: usize, character: char) -> bool {
    let (before, from) = text.split_at_checked(at).unwrap_or((text, ""));
    let is_seen = |c: &char| !is_invisible(*c);
    let left = before.chars().rev().take(NEAR).find(is_seen);
    let right = from.chars().skip(1).take(NEAR).find(is_seen);
    let beside =
        |is_kind: fn(char) -> bool| left.is_some_and(is_kind) || right.is_some_and(is_kind);
    match character {
        // Say where a line may be broken and where it may not, where words are not separated by spaces.
        '\u{200b}' | '\u{2060}' => beside(is_without_spaces),
        // The same within a word.
        '\u{ad}' => left.is_some_and(char::is_alphabetic) && right.is_some_and(char::is_alphabetic),
        // Separates a vowel in Mongolian.
        '\u{180e}' => beside(|c| ('\u{1800}'..='\u{18af}').contains(&c)),
        // Stand for a missing letter of a syllable.
        '\u{115f}' | '\u{1160}' => beside(is_jamo),
        // Keeps marks in their order, in Hebrew for example.
        '\u{34f}' => left.is_some_and(is_combining_mark),
        // Vowels of Khmer.
        '\u{17b4}' | '\u{17b5}' => left.is_some_and(|c| ('\u{1780}'..='\u{17b3}').contains(&c)),
        // Place hieroglyphs and leave room among them.
        '\u{13430}'..='\u{13442}' => beside(|c| has_script(c, Script::EgyptianHieroglyphs)),
        // Connect notes, and stand for one.
        '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' => {
            beside(|c| ('\u{1d100}'..='\u{1d1ff}').contains(&c))
        }
        '\u{e0020}'..='\u{e007f}' => is_in_flag(before, from),
        _ => false,
    }
}

/// Whether this belongs to a script that does not separate words by spaces, in all or part of what is written in it.
fn is_without_spaces(character: char) -> bool {
    /// Those that the line break classes below do not have. Punctuation can belong to several of them.
    const SCRIPTS: [Script; 18] = [
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
        Script::Bopomofo,
        Script::Yi,
        Script::Nushu,
        Script::Tangut,
        Script::Tibetan,
        Script::PhagsPa,
        Script::Chakma,
        Script::Lepcha,
        Script::Limbu,
        Script::Buginese,
        Script::Batak,
        Script::Rejang,
        Script::Sundanese,
        Script::Javanese,
        Script::Balinese,
    ];
    let line_break = CodePointMapData::<LineBreak>::new().get(character);
    // Khmer, Lao, Thai, Burmese and their relatives; Brahmi and its relatives.
    matches!(line_break, LineBreak::ComplexContext | LineBreak::Aksara)
        || SCRIPTS.iter().any(|script| has_script(character, *script))
}

fn has_script(character: char, script: Script) -> bool {
    ScriptWithExtensions::new().has_script(character, script)
}

/// A letter of Hangul that is written by its parts.
fn is_jamo(character: char) -> bool {
    let syllable = CodePointMapData::<HangulSyllableType>::new().get(character);
    matches!(
        syllable,
        HangulSyllableType::LeadingJamo
            | HangulSyllableType::VowelJamo
            | HangulSyllableType::TrailingJamo
    )
}

fn is_right_to_left(character: char) -> bool {
    let class = CodePointMapData::<BidiClass>::new().get(character);
    // The marks themselves have these classes too.
    matches!(class, BidiClass::RightToLeft | BidiClass::ArabicLetter) && !is_invisible(character)
}

/// Whether every isolate is closed within its paragraph, so that it reorders nothing but what is in it.
fn isolates_are_closed(text: &str) -> bool {
    text.lines().all(|line| {
        let mut open = 0_u32;
        let is_paired = line.chars().all(|c| {
            match c {
                '\u{2066}'..='\u{2068}' => open += 1,
                '\u{2069}' => match open.checked_sub(1) {
                    Some(less) => open = less,
                    None => return false,
                },
                _ => {}
            }
            true
        });
        is_paired && open == 0
    })
}

/// Whether the tag between these texts is in the flag of a region, such as England: a black flag, 3 to 6 tags, and the
/// tag that ends them (UTS 51, ED-14a).
fn is_in_flag(before: &str, from: &str) -> bool {
    let is_tag = |c: &char| ('\u{e0020}'..='\u{e007e}').contains(c);
    let first: Vec<_> = before.chars().rev().take(7).take_while(is_tag).collect();
    let mut rest = from.chars().take(7).skip_while(is_tag);
    let tags = first.len() + from.chars().take(7).take_while(is_tag).count();
    let is_flag = before.chars().rev().nth(first.len()) == Some('\u{1f3f4}');
    is_flag && (3..=6).contains(&tags) && rest.next() == Some('\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn controls_and_overrides_are_spelled_out() {
        for (text, shown) in [
            ("안녕 hello\n\tok", "안녕 hello\n\tok"),
            ("a\0b\x1b[31m\x7f\u{85}", "a[00]b[1B][31m[7F][85]"),
            ("evil\u{202e}gpj.exe", "evil[U+202E]gpj.exe"),
            ("\u{2066}open", "[U+2066]open"),
            ("a\r", "a[0D]"),
            ("👨\u{200d}👩", "👨\u{200d}👩"),
            ("☎\u{fe0f}", "☎\u{fe0f}"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn blank_characters_are_spelled_out() {
        // Hangul fillers, the soft hyphen, a Mongolian separator, a blank Braille pattern, and combining marks without a
        // shape: all show as nothing.
        let blanks =
            "\u{3164}\u{115f}\u{1160}\u{ffa0}\u{ad}\u{180e}\u{2800}\u{200b}\u{34f}\u{17b4}\u{17b5}";
        for blank in blanks.chars() {
            let code = format!("[U+{:04X}]", u32::from(blank));
            assert_eq!(visible(&blank.to_string()), code);
            assert_eq!(
                visible_label(&format!("Mi{blank}na")),
                format!("Mi{code}na")
            );
        }
    }

    #[test]
    fn what_a_script_needs_is_shown_as_it_is() {
        for text in [
            // Khmer and Thai words with their breaks.
            "សួស្តី\u{200b}ពិភពលោក",
            "สวัสดี\u{200b}ชาวโลก\u{200b}",
            // Breaks in other scripts without spaces: Tibetan, Chakma, Chinese, Japanese, Javanese, Yi.
            "བོད་\u{200b}ཡིག",
            "𑄌𑄋𑄴\u{200b}𑄟𑄳𑄦",
            "你好，\u{200b}世界。\u{200b}",
            "こんにちは\u{200b}セカイ",
            "ꦲꦏ꧀ꦱꦫ\u{200b}ꦗꦮ",
            "ꆈꌠ\u{200b}ꁱꂷ",
            // No break here: in Thai, Lao, Khmer, Burmese.
            "สวัสดี\u{2060}ชาวโลก",
            "ສະ\u{2060}ບາຍດີ",
            "សួស្តី\u{2060}ពិភពលោក",
            "မင်္ဂ\u{2060}လာပါ",
            // Hieroglyphs above each other, and beside a blank.
            "\u{13000}\u{13430}\u{13001}\u{13441}",
            // Hebrew with marks and an isolate that is closed.
            "\u{200f}שלום, C++\u{200e} (עולם)",
            "שלום \u{2068}Mina\u{2069} עולם",
            // The flags of England and Wales.
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}!",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            // A soft hyphen in a word, Persian with a non-joiner, a family, old Hangul, Mongolian.
            "Donau\u{ad}dampfschiff",
            "می\u{200c}خواهم",
            "👨\u{200d}👩\u{200d}👧",
            "\u{115f}\u{1161}\u{11ab}",
            "ᠬᠠᠭ\u{180e}ᠠ",
            // A Khmer vowel without a shape, and the order of marks in Hebrew.
            "ក\u{17b4}",
            "לִ\u{34f}ַם",
        ] {
            assert_eq!(visible(text), text, "{text:?}");
        }
        for (text, shown) in [
            ("pay\u{200b}pal", "pay[U+200B]pal"),
            ("pay\u{2060}pal", "pay[U+2060]pal"),
            ("сбер\u{200b}банк", "сбер[U+200B]банк"),
            ("치\u{200b}킨", "치[U+200B]킨"),
            ("שלום\u{200b}", "שלום[U+200B]"),
            (
                "a\u{13430}\u{13441}\u{1d159}",
                "a[U+13430][U+13441][U+1D159]",
            ),
            ("a\u{200f}b", "a[U+200F]b"),
            ("a\u{2067}b\u{2069}", "a[U+2067]b[U+2069]"),
            ("שלום \u{2067}x", "שלום [U+2067]x"),
            ("שלום \u{202e}x", "שלום [U+202E]x"),
            // Tags without a flag, and more of them than a flag has.
            ("a\u{e0067}\u{e007f}", "a[U+E0067][U+E007F]"),
            ("\u{1f3f4}\u{e0067}\u{e0062}", "\u{1f3f4}[U+E0067][U+E0062]"),
            ("-\u{ad}-", "-[U+00AD]-"),
            ("\u{3164}", "[U+3164]"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
        assert_eq!(visible_label("Mi\u{ad}na"), "Mi[U+00AD]na");
        assert_eq!(visible_label("👨\u{200d}👩"), "👨\u{200d}👩");
    }

    #[test]
    fn hidden_tags_do_not_pass_as_a_long_flag() {
        let tags = "\u{e0061}".repeat(7);
        let shown = visible(&format!("\u{1f3f4}{tags}\u{e007f}")).into_owned();
        assert_eq!(shown.matches("[U+E0061]").count(), 7);
    }

    #[test]
    fn ten_thousand_marks_are_shown_as_a_number() {
        let text = format!("a{}b", "\u{0301}".repeat(10_000));
        assert_eq!(visible(&text), format!("a{}[+9992]b", "\u{0301}".repeat(8)));
        assert_eq!(visible("e\u{0301}"), "e\u{0301}");
    }

    #[test]
    fn long_messages_are_folded_between_characters() {
        assert_eq!(folded("short"), None);
        assert_eq!(folded(&"가".repeat(FOLD_CHARACTERS)), None);
        let long = "가".repeat(FOLD_CHARACTERS + 1);
        assert_eq!(
            folded(&long).map(|part| part.chars().count()),
            Some(FOLD_CHARACTERS)
        );
        let lines = "x\n".repeat(1000);
        assert_eq!(
            folded(&lines).map(|part| part.lines().count()),
            Some(FOLD_LINES)
        );
    }

    proptest! {
        #[test]
        fn nothing_hidden_survives(text in any::<String>()) {
            let shown = visible_label(&text);
            let unsafe_left = shown.chars().find(|&c| is_invisible(c) || (c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(unsafe_left, None);
        }
    }

    #[test]
    fn plain_letters_are_neither_hidden_nor_marks() {
        let plain = (' '..=char::MAX).filter(|c| is_plain(*c));
        let odd = |c: &char| is_invisible(*c) || is_combining_mark(*c) || c.is_control();
        assert_eq!(plain.filter(odd).collect::<String>(), "");
    }
}
