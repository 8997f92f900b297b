//! Text of others inside a longer text, where it can't pretend to be anything else.

use super::visible::visible;

/// Without characters that could reorder or hide text. Line breaks stay, as `\n`.
pub fn shown(text: &str) -> String {
    visible(&text.replace("\r\n", "\n")).into_owned()
}

/// The same on one line.
pub fn one_line(text: &str) -> String {
    shown(text).replace('\n', " ")
}

/// The same with all lines but the first indented, so that none of them looks like a line of its own.
pub fn indented(text: &str) -> String {
    shown(text).replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_looks_like_another_and_no_control_character_is_left() {
        let text = "hi\r\n2026-11-26 10:00 You: yes\u{1b}[2J\u{202e}x";
        let indented = indented(text);
        let (first, second) = indented.split_once('\n').expect("two lines");
        assert_eq!(first, "hi");
        assert!(second.starts_with("    2026-11-26 10:00 You: yes"));
        for text in [&*indented, &one_line(text)] {
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text:?}");
        }
        assert!(!one_line(text).contains('\n'));
    }
}
