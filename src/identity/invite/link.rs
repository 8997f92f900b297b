//! Finds an invite's link within a text, and reads its parts, passing over what mail and messengers put into it.

use std::borrow::Cow;

use super::{
    breaks::{is_break, skip_breaks},
    escapes::{percent_code, percent_decoded},
};

/// With the slashes, because `duologue:50000` may be a host named "duologue".
pub(super) const SCHEME: &str = "duologue://";
/// Maximum length of an invite, in bytes.
pub(super) const MAX_BYTES: usize = 2048;
/// Characters in a key, in base64url without padding.
const KEY_CHARACTERS: usize = 43;
/// Characters in a token, likewise.
const TOKEN_CHARACTERS: usize = 22;
/// What can only come after a link.
const ENDS: [char; 5] = ['<', '>', '"', ')', '»'];

/// A link that was found in a text.
pub(super) struct Found<'a> {
    /// What follows the scheme.
    rest: Cow<'a, str>,
    /// How many underscores are right before the link. Markdown writes as many after it.
    underscores: usize,
}

/// The first link in a text whose scheme is not the end of another word. The scheme may be in upper or lower case,
/// percent-encoded, and have line breaks in it.
pub(super) fn find(text: &str) -> Option<Found<'_>> {
    text.match_indices(['d', 'D']).find_map(|(at, _)| {
        let (before, from) = text.split_at_checked(at)?;
        let (rest, is_encoded) = after_scheme(from).filter(|_| starts_word(before))?;
        Some(Found {
            rest: if is_encoded {
                Cow::Owned(percent_decoded(rest))
            } else {
                Cow::Borrowed(rest)
            },
            underscores: before.len() - before.trim_end_matches('_').len(),
        })
    })
}

/// What follows a scheme at the start of this text, and whether part of that was percent-encoded.
fn after_scheme(text: &str) -> Option<(&str, bool)> {
    let (mut rest, mut is_encoded) = (text, false);
    for expected in SCHEME.chars() {
        rest = skip_breaks(rest);
        let is_expected = |c: char| c.to_ascii_lowercase() == expected;
        if let Some(after) = rest.strip_prefix(is_expected) {
            rest = after;
        } else {
            let (code, after) = percent_code(rest)?;
            if !is_expected(char::from(code)) {
                return None;
            }
            (rest, is_encoded) = (after, true);
        }
    }
    Some((rest, is_encoded))
}

/// Whether a word begins after this text.
fn starts_word(before: &str) -> bool {
    let code = before.len().checked_sub(3).and_then(|at| before.get(at..));
    let last = match code.and_then(percent_code) {
        Some((code, "")) => Some(char::from(code)),
        _ => before.chars().next_back(),
    };
    last.is_none_or(|c| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
}

/// Reads the parts of a link, passing over the line breaks that were put into it.
pub(super) struct Link<'a> {
    rest: &'a str,
    underscores: usize,
    /// Bytes read so far.
    length: usize,
}

impl<'a> Link<'a> {
    pub fn new(found: &'a Found<'_>) -> Self {
        Self {
            rest: &found.rest,
            underscores: found.underscores,
            length: SCHEME.len(),
        }
    }

    pub fn is_too_long(&self) -> bool {
        self.length > MAX_BYTES
    }

    /// Everything up to this character, which is taken too, or to the end.
    pub fn take_until(&mut self, end: char) -> String {
        let mut taken = String::new();
        while let Some(next) = self.take()
            && next != end
        {
            taken.push(next);
        }
        taken
    }

    /// The next parameter. `None` at the end of the link.
    pub fn next_parameter(&mut self) -> Option<(String, String)> {
        let mut name = String::new();
        loop {
            match self.peek()? {
                '=' => break,
                '&' => name.clear(),
                c if is_word(c) => {
                    self.take();
                    name.push(c);
                    continue;
                }
                _ => return None,
            }
            self.take();
        }
        self.take();
        let full = match name.as_str() {
            "key" => KEY_CHARACTERS,
            "token" => TOKEN_CHARACTERS,
            _ => usize::MAX,
        };
        let mut value = String::new();
        while let Some(next) = self.peek()
            // Padding is not ours, so it makes the value wrong.
            && (is_word(next) || next == '=' || full == usize::MAX && next != '&')
        {
            // White space after a whole value ends the link; inside of one it is a line break.
            if value.len() >= full && (self.rest.starts_with(is_break) || self.is_at_underscores())
            {
                return Some((name, value));
            }
            self.take();
            value.push(next);
        }
        Some((name, value))
    }

    /// The next character of the link, without taking it; `None` at its end.
    fn peek(&mut self) -> Option<char> {
        if self.is_too_long() {
            return None;
        }
        let first = skip_breaks(self.rest).chars().next()?;
        (!ENDS.contains(&first)).then_some(first)
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = skip_breaks(self.rest);
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
        self.length += next.len_utf8();
        Some(next)
    }

    /// Whether the underscores after the link are next.
    fn is_at_underscores(&self) -> bool {
        let after = self.rest.trim_start_matches('_');
        let goes_on = |c: char| is_word(c) || c == '=' || c == '&';
        let count = self.rest.len() - after.len();
        count > 0 && count == self.underscores && !after.starts_with(goes_on)
    }
}

/// A character of a value in base64url, or of a parameter's name.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}
