//! Shows the bytes of a message: a hex dump, and how each encoding would decode them.

use std::fmt::Write as _;

use crate::text::charset::Charset;

/// Number of bytes in a line of the dump.
pub const WIDTH: usize = 16;

/// One line of a dump: `00000010  ec 95 88 eb …  hi......`, at most [`WIDTH`] bytes from `offset`.
///
/// The text column has one character for each byte: printable ASCII, or a dot.
pub fn line(bytes: &[u8], offset: usize) -> String {
    let part = bytes.get(offset..).unwrap_or_default();
    let part = part.get(..WIDTH).unwrap_or(part);
    let mut text = format!("{offset:08x} ");
    for index in 0..WIDTH {
        if index % 8 == 0 {
            text.push(' ');
        }
        match part.get(index) {
            // Writing to a String can't fail.
            Some(byte) => write!(text, "{byte:02x} ").unwrap_or_default(),
            None => text.push_str("   "),
        }
    }
    text.push(' ');
    text.extend(part.iter().map(|&byte| match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    }));
    text
}

/// Number of lines of a dump.
pub fn lines(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(WIDTH)
}

/// The whole dump, for the clipboard.
pub fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for number in 0..lines(bytes) {
        text.push_str(&line(bytes, number * WIDTH));
        text.push('\n');
    }
    text
}

/// The encodings on offer, each with the first `limit` bytes decoded. Those that decode all of `bytes` without
/// an error come first.
pub fn candidates(bytes: &[u8], limit: usize) -> Vec<Candidate> {
    let part = bytes.get(..limit).unwrap_or(bytes);
    let mut candidates: Vec<_> = Charset::OFFERED
        .into_iter()
        .map(|charset| Candidate {
            charset,
            fits: charset.decodes(bytes),
            text: charset.decode(part).0,
        })
        .collect();
    candidates.sort_by_key(|candidate| !candidate.fits);
    candidates
}

/// How an encoding would decode some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The encoding.
    pub charset: Charset,
    /// Whether it decodes all bytes without an error.
    pub fits: bool,
    /// The beginning, decoded.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_shows_offset_hex_and_text() {
        let bytes = "안녕 hello\r\nand more".as_bytes();
        let expected = "\
00000000  ec 95 88 eb 85 95 20 68  65 6c 6c 6f 0d 0a 61 6e  ...... hello..an
00000010  64 20 6d 6f 72 65                                 d more
";
        assert_eq!(dump(bytes), expected);
        assert_eq!(dump(b""), "");
        assert_eq!(lines(bytes), 2);
    }

    #[test]
    fn encodings_that_fit_come_first() {
        let korean = Charset::CP949.encode("안녕하세요").expect("Hangul");
        let candidates = candidates(&korean, 64);
        let utf8 = candidates
            .iter()
            .position(|one| one.charset == Charset::UTF_8);
        let cp949 = candidates
            .iter()
            .position(|one| one.charset == Charset::CP949);
        assert!(cp949 < utf8);
        let cp949 = cp949.and_then(|at| candidates.get(at)).expect("offered");
        assert_eq!((cp949.fits, cp949.text.as_str()), (true, "안녕하세요"));
        let broken = candidates.iter().skip_while(|one| one.fits);
        assert!(broken.clone().all(|one| !one.fits) && broken.count() > 0);
    }
}
