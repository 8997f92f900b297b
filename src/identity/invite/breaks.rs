//! What is put into a link on its way to fit it into lines.

use crate::text::blank::is_ignorable;

/// Passes over a line break in a link, with the marks that mail puts before a quoted line; or over white space after it.
pub(super) fn skip_breaks(text: &str) -> &str {
    if text.starts_with(is_break) {
        text.trim_start_matches(|c| is_break(c) || c == '>')
    } else {
        text
    }
}

/// White space and other invisible characters that are put into a link on its way.
pub(super) fn is_break(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_ignorable(c)
}
