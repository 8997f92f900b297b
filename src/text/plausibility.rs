//! How plausible a reading of some bytes is as text.
//!
//! [`bits_of_text`] and [`bits_of_decoded`] estimate how many bits it takes to write a text down: few for a common
//! letter, many for a rare one, and more for every change of script. Of two readings of the same bytes, the one that
//! takes fewer bits is the likelier, and the difference says by how much. Text decoded in the wrong encoding takes many
//! bits, because it mixes scripts and consists of letters that nobody uses.
//!
//! The numbers are estimates, chosen by measuring: see `docs/encodings.md`.

mod letters;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

use letters::{Glyph, Kind, Letter, Script};

/// Bits to begin with a script of the language that the encoding is for.
const HOME: u32 = 1;
/// Bits to begin with Latin letters in a language that is written otherwise: names and abbreviations.
const LATIN: u32 = 3;
/// Bits to begin with any other script.
const FOREIGN: u32 = 13;
/// Bits to change the script within a word, or for a sign between its letters.
const JOINED: u32 = 7;
/// Bits for a capital letter after a small one within a word.
const INNER_CAPITAL: u32 = 6;
/// Bits for a word that begins with an accented letter, in a language that has none.
const ACCENT: u32 = 6;

/// How many bits `text` takes for people whose language `encoding` is for.
pub(super) fn bits_of_text(text: &str, encoding: &'static Encoding) -> u32 {
    bits(text.chars().map(Glyph::new), home(encoding))
}

/// Like [`bits_of_text`], of a text that was decoded from `bytes`: the place of a character in `encoding` says how
/// common it is.
pub(super) fn bits_of_decoded(text: &str, bytes: &[u8], encoding: &'static Encoding) -> u32 {
    let mut rest = bytes;
    let glyphs = text.chars().map(|character| {
        let length = length_of_first(rest, encoding);
        let (code, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        let mut glyph = Glyph::new(character);
        if let Kind::Letter(letter) = glyph.kind {
            if matches!(letter.script, Script::Han | Script::Hangul) {
                glyph.bits = bits_of_code(code, encoding);
            } else if letter.is_accented && encoding.is_single_byte() {
                // One of the few letters that the encoding was made for.
                glyph.bits = if letter.is_upper { 9 } else { 7 };
            }
        }
        glyph
    });
    bits(glyphs, home(encoding))
}

/// What a letter follows.
enum Before {
    Gap,
    Letter { is_upper: bool },
    SignInWord,
}

fn bits(glyphs: impl Iterator<Item = Glyph>, home: &[Script]) -> u32 {
    let mut total = 0;
    let mut script = None;
    let mut before = Before::Gap;
    for glyph in glyphs {
        total += glyph.bits;
        before = match (glyph.kind, before) {
            (Kind::Letter(letter), before) => {
                total += bits_of_joint(&before, script, letter, home);
                script = Some(letter.script);
                let is_upper = letter.is_upper;
                Before::Letter { is_upper }
            }
            (Kind::Apostrophe, before) => before,
            (Kind::Sign, Before::Letter { .. }) => Before::SignInWord,
            (Kind::Sign | Kind::Ascii, _) => Before::Gap,
        };
    }
    total
}

/// How many bits it takes that `letter` comes here, after letters of `script`.
fn bits_of_joint(before: &Before, script: Option<Script>, letter: Letter, home: &[Script]) -> u32 {
    let is_home = home.contains(&letter.script);
    let was_home = script.is_some_and(|script| home.contains(&script));
    let in_word = matches!(before, Before::Letter { .. });
    let is_change = script != Some(letter.script);
    let mut total = 0;
    if is_change {
        total += match letter.script {
            _ if is_home => HOME,
            Script::Latin => LATIN,
            _ => FOREIGN,
        };
        // Japanese words mix scripts.
        if in_word && !(is_home && was_home) {
            total += JOINED;
        }
    } else if letter.is_upper && matches!(before, Before::Letter { is_upper: false }) {
        total += INNER_CAPITAL;
    }
    if letter.is_accented && !is_home && (is_change || !in_word) {
        total += ACCENT;
    }
    if matches!(before, Before::SignInWord) {
        total += JOINED;
    }
    total
}

/// The scripts of the language that an encoding is for.
fn home(encoding: &'static Encoding) -> &'static [Script] {
    if encoding == EUC_KR {
        return &[Script::Hangul];
    }
    if encoding == SHIFT_JIS || encoding == EUC_JP {
        return &[Script::Han, Script::Kana];
    }
    if encoding == GBK || encoding == GB18030 || encoding == BIG5 {
        return &[Script::Han];
    }
    // In an encoding of single bytes this byte is a letter of the language.
    let (letter, _) = encoding.decode_without_bom_handling(b"\xe1");
    match letter.chars().next().and_then(Glyph::script_of) {
        Some(Script::Greek) => &[Script::Greek],
        Some(Script::Cyrillic) => &[Script::Cyrillic],
        Some(Script::Hebrew) => &[Script::Hebrew],
        Some(Script::Arabic) => &[Script::Arabic],
        Some(Script::Thai) => &[Script::Thai],
        _ => &[Script::Latin],
    }
}

/// How many bytes the first character of `bytes` has.
fn length_of_first(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let Some(&lead) = bytes.first() else { return 0 };
    let is_half_width_kana = encoding == SHIFT_JIS && (0xa1..0xe0).contains(&lead);
    if lead.is_ascii() || is_half_width_kana || encoding.is_single_byte() {
        1
    } else if encoding == EUC_JP && lead == 0x8f {
        3
    } else if (encoding == GBK || encoding == GB18030)
        && bytes.get(1).is_some_and(u8::is_ascii_digit)
    {
        4
    } else {
        2
    }
}

/// How many bits a Han character or a Hangul syllable takes, by its code: the common ones have rows of their own.
fn bits_of_code(code: &[u8], encoding: &'static Encoding) -> u32 {
    const COMMON: u32 = 10;
    const RARE: u32 = 14;
    const VERY_RARE: u32 = 16;
    let &[lead, trail] = code else {
        return VERY_RARE;
    };
    let last_common = if encoding == SHIFT_JIS {
        0x98
    } else if encoding == BIG5 {
        0xc6
    } else if encoding == EUC_JP {
        0xcf
    } else if encoding == EUC_KR {
        0xc8
    } else {
        0xd7
    };
    let is_added = encoding != SHIFT_JIS && encoding != BIG5 && (lead < 0xa1 || trail < 0xa1);
    // Syllables such as 챕, 챔 and 챰, which nearly nobody writes, and which are é, è and ñ in UTF-8.
    let is_more_likely_latin = encoding == EUC_KR
        && lead == 0xc3
        && matches!(trail, 0xa1 | 0xa6..=0xab | 0xad..=0xb2 | 0xb8 | 0xba | 0xbd | 0xbf);
    if is_added || is_more_likely_latin {
        VERY_RARE
    } else if lead <= last_common {
        COMMON
    } else {
        RARE
    }
}
