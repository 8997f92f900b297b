//! Makes text that is typed, pasted or read from a file fit for a field, where control characters can be neither seen
//! nor deleted on purpose.

use std::borrow::Cow;

/// `text` with every line break as a line feed, and without control characters other than that and the tab.
///
/// Line breaks are those of Unicode (UAX #14): CR LF, CR, VT, FF, U+0085, U+2028 and U+2029.
pub fn typed(text: &str) -> Cow<'_, str> {
    if is_typed(text) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut is_after_cr = false;
    for character in text.chars() {
        match character {
            '\n' if is_after_cr => {}
            '\t' => clean.push(character),
            c if is_line_break(c) => clean.push('\n'),
            c if c.is_control() => {}
            c => clean.push(c),
        }
        is_after_cr = character == '\r';
    }
    Cow::Owned(clean)
}

/// The same on one line: a space for every line break.
pub fn typed_on_one_line(text: &str) -> Cow<'_, str> {
    match typed(text) {
        clean if clean.contains('\n') => Cow::Owned(clean.replace('\n', " ")),
        clean => clean,
    }
}

/// Whether [`typed`] returns the same text.
fn is_typed(text: &str) -> bool {
    text.chars().all(|character| match character {
        '\n' | '\t' => true,
        c => !c.is_control() && !is_line_break(c),
    })
}

fn is_line_break(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_line_break_is_a_line_feed() {
        for end in [
            "\n", "\r", "\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}",
        ] {
            assert_eq!(typed(&format!("one{end}two")), "one\ntwo", "{end:?}");
            assert_eq!(
                typed_on_one_line(&format!("one{end}two")),
                "one two",
                "{end:?}"
            );
        }
        assert_eq!(typed("one\r\r\n\n"), "one\n\n\n");
        assert_eq!(typed_on_one_line("one\r\n"), "one ");
    }

    #[test]
    fn what_is_not_to_be_changed_is_not_copied() {
        for text in [
            "",
            "안녕\thello",
            "one\ntwo",
            "👨\u{200d}👩",
            "שלום\u{200f}",
        ] {
            assert!(matches!(typed(text), Cow::Borrowed(same) if same == text));
        }
    }

    proptest! {
        #[test]
        fn no_control_character_is_left(text: String) {
            let clean = typed(&text);
            prop_assert!(!clean.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            let again = typed(&clean);
            prop_assert_eq!(&*again, &*clean);
            let line = typed_on_one_line(&text);
            prop_assert!(!line.chars().any(|c| c.is_control() && c != '\t'));
            let kept = |text: &str| text.chars().filter(|c| !c.is_control() && !is_line_break(*c)).collect::<String>();
            prop_assert_eq!(kept(&text), kept(&clean));
        }

        #[test]
        fn every_control_character_is_handled(code in 0_u32..0xa0) {
            let character = char::from_u32(code).expect("a character");
            let clean = typed_on_one_line(&format!("a{character}b")).into_owned();
            let expected = match character {
                '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' => "a b".to_owned(),
                c if c.is_control() && c != '\t' => "ab".to_owned(),
                c => format!("a{c}b"),
            };
            prop_assert_eq!(clean, expected);
        }
    }
}
