//! Links in a message: to web pages and mail addresses. Nothing else becomes a link, whatever its scheme.

mod target;
#[cfg(test)]
mod tests;

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript as _};

pub use self::target::{Host, Target};

/// What may stand at the end of a link, but belongs to the sentence around it.
const PUNCTUATION: [char; 13] = [
    '.', ',', ';', ':', '!', '?', '\'', '"', '*', '(', '[', '{', '~',
];

/// Maximum length of a character that is spelled out, in bytes: `[U+10FFFF]`.
const MAX_CODE: usize = 10;

/// A part of a text that is a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// In bytes of the text.
    pub bytes: Range<usize>,
    /// In characters of the text.
    pub characters: Range<usize>,
    /// How it is written.
    pub text: String,
}

/// The links in a text as it is shown ([`visible`](super::visible::visible)), in order. Takes time in proportion to the
/// length of the text.
pub fn links(text: &str) -> Vec<Link> {
    let (mut at, mut characters) = (0, 0);
    let found = LinkFinder::new();
    let found = found.links(text).filter_map(|link| {
        let bytes = match link.kind() {
            LinkKind::Url => page(link.as_str()).map(|length| link.start()..link.start() + length),
            LinkKind::Email => mail(text, link.start()..link.end()),
            _ => None,
        }?;
        let text = text.get(bytes.clone())?.to_owned();
        Some((bytes, text))
    });
    found
        .filter_map(|(bytes, written)| {
            characters += text.get(at..bytes.start)?.chars().count();
            let start = characters;
            characters += written.chars().count();
            at = bytes.end;
            Some(Link {
                bytes,
                characters: start..characters,
                text: written,
            })
        })
        .collect()
}

/// The length of the link to a web page at the start of this text, in bytes.
fn page(text: &str) -> Option<usize> {
    let (scheme, rest) = text.split_once("://")?;
    if !["http", "https"]
        .iter()
        .any(|web| scheme.eq_ignore_ascii_case(web))
    {
        return None;
    }
    let start = text.len() - rest.len();
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (mut end, mut before) = (text.len(), '/');
    for (at, character) in rest.char_indices() {
        let is_in_host = at < host;
        let ends = match character {
            // Particles and other words follow without a space in Korean, and so they do in Japanese and Chinese.
            c if is_unspaced(c) => {
                !is_unspaced(before) && !joins(rest.get(..at).unwrap_or_default(), is_in_host)
            }
            // What is spelled out is not in the message ([`visible`](super::visible::visible)).
            '[' => is_code(rest.get(at..).unwrap_or_default()),
            c => !c.is_ascii() && !c.is_alphanumeric() && !is_combining_mark(c),
        };
        if ends {
            end = start + at;
            break;
        }
        before = character;
    }
    let length = text.get(..end)?.trim_end_matches(PUNCTUATION).len();
    (length > start).then_some(length)
}

/// Whether a word in Hangul or another script without spaces may follow this part of a link.
fn joins(before: &str, is_in_host: bool) -> bool {
    if is_in_host {
        before.is_empty() || before.ends_with(['.', '-', '@'])
    } else {
        // Titles of an encyclopedia end in `_(country)`.
        before.ends_with(['/', '=', '&', '-', '_', '#', '+', '%']) || before.ends_with("_(")
    }
}

pub(super) fn is_unspaced(character: char) -> bool {
    let scripts = [
        Script::Hangul,
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
    ];
    !character.is_ascii() && scripts.contains(&character.script())
}

/// Whether a text begins with a character spelled out as a code, such as `[U+202E]`, `[07]` or `[+9]`.
fn is_code(text: &str) -> bool {
    // Looked for nearby only, or a text of brackets would be looked through once for each of them.
    let end = text.bytes().take(MAX_CODE).position(|byte| byte == b']');
    let Some(code) = end.and_then(|end| text.get(1..end)) else {
        return false;
    };
    let is_control = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_control || code.starts_with("U+") || code.starts_with('+')
}

/// The bytes of a mail address, with a scheme in front of it if there is one. Only what addresses commonly consist of: a
/// question mark would begin instructions to the mail program.
fn mail(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let (local, domain) = text.get(found.clone())?.split_once('@')?;
    let is_local = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let other = local.char_indices().rfind(|(_, c)| !is_local(*c));
    let local = other.map_or(0, |(at, character)| at + character.len_utf8());
    let is_domain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let length = domain.find(|c| !is_domain(c)).unwrap_or(domain.len());
    let end = found.end - domain.len();
    let domain = domain.get(..length)?.trim_end_matches(['.', '-']);
    let start = found.start + local;
    let before = text.get(..start)?;
    let has_scheme = before
        .len()
        .checked_sub("mailto:".len())
        .and_then(|at| before.get(at..))
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let is_whole = start < end - 1 && domain.contains('.');
    let start = if has_scheme {
        start - "mailto:".len()
    } else {
        start
    };
    is_whole.then_some(start..end + domain.len())
}
