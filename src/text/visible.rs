//! Makes a peer's text safe to show: nothing in it can hide, reorder or paint over anything.
//!
//! For display only. The timeline, copying and saving keep the text as it came.

use std::{borrow::Cow, fmt::Write as _};

use icu_properties::{
    CodePointSetData, CodePointSetDataBorrowed,
    props::{DefaultIgnorableCodePoint, VariationSelector},
};
use unicode_normalization::char::is_combining_mark;

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

/// `text` with control characters, bidirectional overrides and invisible characters spelled out as codes, and
/// excess combining marks replaced by their number.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte == b'\n' || (b' '..0x7f).contains(&byte))
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut marks = 0;
    for character in text.chars() {
        if is_combining_mark(character) {
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
            c if is_invisible(c) => spell(&mut shown, format_args!("[U+{:04X}]", u32::from(c))),
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
    const IGNORABLE: CodePointSetDataBorrowed<'static> =
        CodePointSetData::new::<DefaultIgnorableCodePoint>();
    const SELECTORS: CodePointSetDataBorrowed<'static> =
        CodePointSetData::new::<VariationSelector>();
    match character {
        // The joiners.
        '\u{200c}' | '\u{200d}' => false,
        // Line and paragraph separators, interlinear annotations and the blank Braille pattern: not ignorable by
        // that property, but as invisible.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{2800}' => true,
        c => IGNORABLE.contains(c) && !SELECTORS.contains(c),
    }
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
        // Hangul fillers, the soft hyphen, a Mongolian separator and a blank Braille pattern: all show as nothing.
        for blank in "\u{3164}\u{115f}\u{1160}\u{ffa0}\u{ad}\u{180e}\u{2800}\u{200b}".chars() {
            let code = format!("[U+{:04X}]", u32::from(blank));
            assert_eq!(visible(&blank.to_string()), code);
        }
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
            let shown = visible(&text);
            let unsafe_left = shown.chars().find(|&c| is_invisible(c) || (c.is_control() && c != '\n' && c != '\t'));
            prop_assert_eq!(unsafe_left, None);
        }
    }
}
