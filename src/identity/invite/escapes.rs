//! Undoes what mail, web pages and chat programs write for the characters of a link. A link that we wrote contains none
//! of these codes, apart from percent codes in a host, so undoing one never makes another link of it.

use std::borrow::Cow;

use super::breaks::{is_break, skip_breaks};

/// Maximum number of times that a text is taken for encoded: `&amp;amp;` is `&`.
const MAX_LAYERS: usize = 3;
/// Maximum length of a character reference between `&` and `;`, in characters.
const MAX_REFERENCE: usize = 10;

/// The text without character references of HTML (`&amp;`, `&#x26;`), backslashes that Markdown puts before punctuation
/// (`\&`), and codes of JSON (`\u0026`).
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MAX_LAYERS {
        if !text.contains(['&', '\\']) {
            break;
        }
        let before = unescaped_once(&text);
        if before == text {
            break;
        }
        text = Cow::Owned(before);
    }
    text
}

fn unescaped_once(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '\\']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        plain.push_str(before);
        if let Some((character, after)) = html(from).or_else(|| json(from)) {
            plain.push(character);
            rest = after;
        } else if let Some(after) = from.strip_prefix('\\')
            && after.starts_with(|c: char| c.is_ascii_punctuation() || is_break(c))
        {
            rest = after;
        } else {
            // Both are one byte long.
            let (kept, after) = from.split_at_checked(1).unwrap_or((from, ""));
            plain.push_str(kept);
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

/// The character that a reference of HTML at the start of this text stands for, and what follows it.
fn html(text: &str) -> Option<(char, &str)> {
    let mut rest = text.strip_prefix('&')?;
    let mut name = String::new();
    loop {
        rest = skip_breaks(rest);
        let next = rest.chars().next()?;
        rest = rest.get(next.len_utf8()..)?;
        match next {
            ';' => break,
            c if (c.is_ascii_alphanumeric() || c == '#') && name.len() < MAX_REFERENCE => {
                name.push(c.to_ascii_lowercase());
            }
            _ => return None,
        }
    }
    let character = match (name.as_str(), name.strip_prefix('#')) {
        (_, Some(number)) => {
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        ("amp", _) => '&',
        ("lt", _) => '<',
        ("gt", _) => '>',
        ("quot", _) => '"',
        ("apos", _) => '\'',
        ("nbsp", _) => '\u{a0}',
        ("shy", _) => '\u{ad}',
        _ => return None,
    };
    Some((character, rest))
}

/// The same for a code of JSON.
fn json(text: &str) -> Option<(char, &str)> {
    let (code, rest) = text.strip_prefix("\\u")?.split_at_checked(4)?;
    let is_code = code.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(code, 16).ok().filter(|_| is_code)?;
    Some((char::from_u32(code)?, rest))
}

/// The text of a mail that was encoded as quoted-printable (RFC 2045, 6.7), as far as that concerns a link.
pub(super) fn unquoted(text: &str) -> String {
    let mut text = text.to_owned();
    for (code, character) in [
        ("=\r\n", ""),
        ("=\n", ""),
        ("=0D", "\r"),
        ("=0A", "\n"),
        ("=20", " "),
        ("=3D", "="),
    ] {
        text = text.replace(code, character);
    }
    text
}

/// The percent code at the start of this text, and what follows it. Line breaks may be in it.
pub(super) fn percent_code(text: &str) -> Option<(u8, &str)> {
    let digit = |text: &str| {
        let text = skip_breaks(text);
        let value = text.chars().next()?.to_digit(16)?;
        Some((u8::try_from(value).ok()?, text.len() - 1))
    };
    let text = text.strip_prefix('%')?;
    let (high, left) = digit(text)?;
    let text = text.get(text.len() - left..)?;
    let (low, left) = digit(text)?;
    Some((high << 4 | low, text.get(text.len() - left..)?))
}

/// What follows the scheme of a link that is percent-encoded as a whole, as within the query of another link, where `&`
/// ends it. Codes of other characters than ASCII stay: the host is decoded once more.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next().filter(|c| *c != '&') {
        if let Some((code, after)) = percent_code(rest)
            && code.is_ascii()
        {
            plain.push(char::from(code));
            rest = after;
        } else {
            plain.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    plain
}
