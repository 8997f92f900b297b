//! Makes what a peer says safe to show: nothing in it can hide, reorder or overpaint.
//!
//! For showing only. The log, copying and saving keep the text as it came.

use std::{borrow::Cow, fmt::Write as _};

use unicode_normalization::char::is_combining_mark;

/// Marks on one character; more than any living script needs.
const MOST_MARKS: usize = 8;
/// A message longer than this, in characters, is folded,
const FOLD_CHARACTERS: usize = 2_000;
/// and so is one of more lines.
const FOLD_LINES: usize = 20;

/// The part of a long message that is shown until the person asks for all of it. `None` if it is
/// not long.
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

/// `text` with control and bidirectional override characters spelled out and piled-up marks
/// counted instead of painted.
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
            if marks <= MOST_MARKS {
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
    // Writing to a String can't fail.
    shown.write_fmt(name).ok();
}

fn end_marks(shown: &mut String, marks: &mut usize) {
    if let Some(more @ 1..) = marks.checked_sub(MOST_MARKS) {
        spell(shown, format_args!("[+{more}]"));
    }
    *marks = 0;
}

/// Characters that reorder what stands around them (UAX 9), or stand for nothing and so make two
/// texts look alike. Joiners that scripts and emoji need are not among them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
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
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn ten_thousand_marks_are_a_number() {
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
