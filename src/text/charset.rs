//! Text encodings: the known ones, and how a whole message is decoded and encoded.
//!
//! Knows bytes and text; must not know sockets, time or how a stream is cut into messages.

use std::{borrow::Cow, fmt, str::FromStr};

use encoding_rs::{CoderResult, DecoderResult, EUC_KR, EncoderResult, Encoding, UTF_8};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An ASCII-compatible text encoding, so that `\n` and `#exit` are the same bytes in each.
///
/// Encodings that are not ASCII-compatible (UTF-16, ISO-2022-JP) are not representable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// UTF-8, which is sent unless another encoding is chosen.
    pub const UTF_8: Self = Self(UTF_8);
    /// CP949 (Unified Hangul Code), named EUC-KR in the Encoding Standard.
    pub const CP949: Self = Self(EUC_KR);

    /// The encodings in the menu, in its order. Any other known label works on the command line and in the settings
    /// file.
    pub const OFFERED: [Self; 12] = [
        Self::UTF_8,
        Self::CP949,
        Self(encoding_rs::SHIFT_JIS),
        Self(encoding_rs::EUC_JP),
        Self(encoding_rs::GBK),
        Self(encoding_rs::GB18030),
        Self(encoding_rs::BIG5),
        Self(encoding_rs::WINDOWS_1252),
        Self(encoding_rs::ISO_8859_2),
        Self(encoding_rs::WINDOWS_1251),
        Self(encoding_rs::KOI8_R),
        Self(encoding_rs::WINDOWS_874),
    ];

    /// The encoding with this label of the [Encoding Standard](https://encoding.spec.whatwg.org/),
    /// or one of `cp949`, `uhc` and `ms949`, which the standard does not have.
    ///
    /// `None` for an unknown label and for an encoding that is not ASCII-compatible.
    pub fn for_label(label: &str) -> Option<Self> {
        let label = label.trim();
        if ["cp949", "uhc", "ms949"]
            .iter()
            .any(|alias| label.eq_ignore_ascii_case(alias))
        {
            return Some(Self::CP949);
        }
        Encoding::for_label_no_replacement(label.as_bytes())
            .filter(|encoding| encoding.is_ascii_compatible())
            .map(Self)
    }

    /// Its common name, which [`Self::for_label`] reads back.
    pub fn name(self) -> &'static str {
        if self == Self::CP949 {
            "CP949"
        } else {
            self.0.name()
        }
    }

    /// The encoding of `encoding_rs`.
    pub(super) fn encoding(self) -> &'static Encoding {
        self.0
    }

    /// Decodes all of `bytes`. The flag says whether some of them could not be decoded and became U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> (String, bool) {
        let (text, malformed) = self.0.decode_without_bom_handling(bytes);
        (text.into_owned(), malformed)
    }

    /// Whether all of `bytes` can be decoded.
    pub fn decodes(self, bytes: &[u8]) -> bool {
        let whole = self
            .0
            .decode_without_bom_handling_and_without_replacement(bytes);
        whole.is_some()
    }

    /// Encodes all of `text`.
    ///
    /// # Errors
    /// The characters that this encoding does not have. They are never replaced.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Unencodable> {
        if self == Self::UTF_8 {
            return Ok(text.as_bytes().to_vec());
        }
        let mut encoder = self.0.new_encoder();
        let mut bytes = Vec::with_capacity(text.len() + 16);
        let mut lacking = Vec::new();
        let mut rest = text;
        loop {
            let room = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
            bytes.reserve(room.unwrap_or(rest.len() * 4 + 16));
            let (result, read) =
                encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            rest = rest.get(read..).unwrap_or_default();
            match result {
                EncoderResult::InputEmpty => break,
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(character) => lacking.push(character),
            }
        }
        // Some encoders replace characters by similar ones: Shift_JIS writes U+00A5 as a backslash.
        if lacking.is_empty() && !self.is_exact() && self.decode(&bytes).0 != text {
            lacking.extend(text.chars().filter(|c| !self.round_trips(*c)));
        }
        if lacking.is_empty() {
            Ok(bytes)
        } else {
            Err(Unencodable::new(self, &lacking))
        }
    }

    /// Whether what its encoder takes is always given back by its decoder. Saves decoding again.
    fn is_exact(self) -> bool {
        self == Self::CP949 || self.0.is_single_byte()
    }

    /// Whether encoding and decoding this character gives it back.
    fn round_trips(self, character: char) -> bool {
        let mut buffer = [0; 4];
        let text = character.encode_utf8(&mut buffer);
        let (bytes, _, unmappable) = self.0.encode(text);
        !unmappable && self.decode(&bytes).0 == *text
    }

    /// Whether `bytes` end in the middle of a character of this encoding.
    pub(crate) fn ends_inside_character(self, bytes: &[u8]) -> bool {
        let mut decoder = self.0.new_decoder_without_bom_handling();
        let mut scratch = [0_u8; 4096];
        let mut rest = bytes;
        loop {
            let (result, read, _, _) = decoder.decode_to_utf8(rest, &mut scratch, false);
            rest = rest.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        // At the end of the input, only an incomplete character is malformed.
        let (end, _, _) = decoder.decode_to_utf8_without_replacement(&[], &mut scratch, true);
        matches!(end, DecoderResult::Malformed(..))
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text with characters that an encoding does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{charset} has no {characters:?}")]
pub struct Unencodable {
    /// The encoding.
    pub charset: Charset,
    /// The characters it does not have, each once, in order of appearance; at most [`Self::MAX`].
    pub characters: Vec<char>,
}

impl Unencodable {
    /// Maximum number of characters named.
    pub const MAX: usize = 8;

    fn new(charset: Charset, lacking: &[char]) -> Self {
        let mut characters = Vec::new();
        for character in lacking {
            if !characters.contains(character) && characters.len() < Self::MAX {
                characters.push(*character);
            }
        }
        Self {
            charset,
            characters,
        }
    }
}

/// How incoming bytes are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Detected for each message: UTF-8 or `fallback`. See [`super::detect`].
    Auto {
        /// The encoding of messages that are not in UTF-8.
        fallback: Charset,
    },
    /// Always this encoding.
    Fixed(Charset),
}

impl Default for Reading {
    fn default() -> Self {
        Self::Auto {
            fallback: Charset::CP949,
        }
    }
}

impl Reading {
    /// Whether byte 255 is a letter in this encoding, rather than nothing at all.
    pub fn has_letter_255(self) -> bool {
        let (text, malformed) = self.charset_if_not_utf8().decode(&[255]);
        !malformed && text.chars().all(char::is_alphabetic)
    }

    /// The encoding of a message that is not valid UTF-8.
    fn charset_if_not_utf8(self) -> Charset {
        match self {
            Self::Fixed(charset) | Self::Auto { fallback: charset } => charset,
        }
    }

    /// Whether `bytes` may end in the middle of a character, so that it is worth waiting for more.
    pub(crate) fn ends_inside_character(self, bytes: &[u8]) -> bool {
        match self {
            Self::Fixed(charset) => charset.ends_inside_character(bytes),
            Self::Auto { fallback } => match std::str::from_utf8(bytes) {
                Ok(_) => false,
                // Valid so far, and the last character has only begun.
                Err(error) if error.error_len().is_none() => true,
                Err(_) => fallback.ends_inside_character(bytes),
            },
        }
    }
}

/// An encoding that is not known, or not ASCII-compatible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown encoding {0:?}")]
pub struct UnknownEncoding(String);

impl FromStr for Charset {
    type Err = UnknownEncoding;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        Self::for_label(label).ok_or_else(|| UnknownEncoding(label.to_owned()))
    }
}

/// A label for a fixed encoding; `auto`, or `auto:LABEL` with the fallback.
impl FromStr for Reading {
    type Err = UnknownEncoding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once(':') {
            None if text.eq_ignore_ascii_case("auto") => Self::default(),
            Some((auto, label)) if auto.eq_ignore_ascii_case("auto") => Self::Auto {
                fallback: label.parse()?,
            },
            _ => Self::Fixed(text.parse()?),
        })
    }
}

impl Serialize for Charset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Charset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = String::deserialize(deserializer)?;
        label.parse().map_err(D::Error::custom)
    }
}

impl Serialize for Reading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto { fallback } => serializer.collect_str(&format_args!("auto:{fallback}")),
            Self::Fixed(charset) => charset.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Reading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A decoded message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// How it was decoded.
    pub reading: Reading,
    /// The text, with U+FFFD in place of what could not be decoded.
    pub text: String,
    /// The encoding it was decoded from.
    pub charset: Charset,
    /// The original bytes; kept only if encoding `text` again would not give them back.
    pub raw: Option<Box<[u8]>>,
}

impl Decoded {
    /// Text that needs no decoding. Its bytes are the same again.
    pub(super) fn utf8(reading: Reading, text: &str) -> Self {
        Self {
            reading,
            text: text.to_owned(),
            charset: Charset::UTF_8,
            raw: None,
        }
    }

    /// Decodes `bytes` in `charset`. The flag says whether some of them could not be decoded.
    pub(super) fn new(reading: Reading, charset: Charset, bytes: &[u8]) -> (Self, bool) {
        if charset == Charset::UTF_8
            && let Some(text) = utf8(bytes)
        {
            return (Self::utf8(reading, &text), false);
        }
        let (text, is_malformed) = charset.decode(bytes);
        // Two byte sequences may decode to one character.
        let is_reproducible =
            !is_malformed && charset.encode(&text).is_ok_and(|again| again == bytes);
        let decoded = Self {
            reading,
            text,
            charset,
            raw: (!is_reproducible).then(|| bytes.into()),
        };
        (decoded, is_malformed)
    }

    /// The encoding, if [`Reading::Auto`] found it out.
    pub fn detected(&self) -> Option<Charset> {
        matches!(self.reading, Reading::Auto { .. }).then_some(self.charset)
    }

    /// The bytes it was decoded from.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        bytes_of(self.raw.as_deref(), &self.text, self.charset)
    }
}

/// `bytes` as text, if all of them are valid UTF-8. `std` checks Korean several times slower.
pub(super) fn utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    UTF_8.decode_without_bom_handling_and_without_replacement(bytes)
}

/// The bytes that a text was decoded from: the ones kept, or `text` encoded again.
pub fn bytes_of<'a>(raw: Option<&'a [u8]>, text: &str, charset: Charset) -> Cow<'a, [u8]> {
    match raw {
        Some(raw) => Cow::Borrowed(raw),
        // None were kept, so encoding gives them back.
        None => Cow::Owned(charset.encode(text).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CP949_HELLO: &[u8] = b"\xbe\xc8\xb3\xe7\xc7\xcf\xbc\xbc\xbf\xe4";

    #[test]
    fn what_an_exact_encoding_encodes_is_decoded_as_the_same() {
        let exact: Vec<_> = Charset::OFFERED
            .into_iter()
            .filter(|charset| charset.is_exact())
            .collect();
        assert_eq!(exact.len(), 6, "{exact:?}");
        for charset in exact {
            for character in '\0'..='\u{ffff}' {
                let mut buffer = [0; 4];
                let text = character.encode_utf8(&mut buffer);
                let (bytes, _, unmappable) = charset.0.encode(text);
                assert!(
                    unmappable || charset.decode(&bytes).0 == *text,
                    "{charset}: {character:?}"
                );
            }
        }
        assert!(!Charset(encoding_rs::SHIFT_JIS).round_trips('\u{a5}'));
    }

    #[test]
    fn aliases_of_cp949_are_known_and_utf16_is_not_offered() {
        for label in [
            "cp949",
            "CP949",
            "uhc",
            "ms949",
            "euc-kr",
            "ks_c_5601-1987",
            " cp949 ",
        ] {
            assert_eq!(Charset::for_label(label), Some(Charset::CP949), "{label}");
        }
        for label in [
            "utf-16le",
            "utf-16",
            "iso-2022-jp",
            "replacement",
            "iso-2022-kr",
            "",
            "klingon",
        ] {
            assert_eq!(Charset::for_label(label), None, "{label}");
        }
        for charset in Charset::OFFERED {
            assert_eq!(Charset::for_label(charset.name()), Some(charset));
        }
    }

    #[test]
    fn auto_decides_for_each_message() {
        let auto = Reading::default();
        assert_eq!(auto.decode("안녕하세요".as_bytes()).charset, Charset::UTF_8);
        let korean = auto.decode(CP949_HELLO);
        assert_eq!(
            (korean.text.as_str(), korean.charset),
            ("안녕하세요", Charset::CP949)
        );
        assert_eq!(korean.raw, None);
    }

    #[test]
    fn undecodable_bytes_show_as_replacement_and_are_kept() {
        let decoded = Reading::Fixed(Charset::UTF_8).decode(b"a\xffb");
        assert_eq!(decoded.text, "a\u{fffd}b");
        assert_eq!(decoded.raw.as_deref(), Some(&b"a\xffb"[..]));
        let fallen_back = Reading::default().decode(b"\xff");
        assert_eq!(fallen_back.text, "\u{fffd}");
        assert_eq!(fallen_back.raw.as_deref(), Some(&b"\xff"[..]));
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_kept_among_the_bytes() {
        let marked = b"\xef\xbb\xbf#exit";
        for reading in [Reading::default(), Reading::Fixed(Charset::UTF_8)] {
            let decoded = reading.decode(marked);
            assert_eq!(
                (decoded.text.as_str(), &*decoded.bytes()),
                ("#exit", &marked[..])
            );
        }
        let korean = [&b"\xef\xbb\xbf"[..], CP949_HELLO].concat();
        assert_eq!(Reading::default().decode(&korean).text, "안녕하세요");
        assert_ne!(Reading::Fixed(Charset::CP949).decode(marked).text, "#exit");
    }

    #[test]
    fn byte_255_is_a_letter_in_some_encodings_only() {
        for (label, is_letter) in [
            ("utf-8", false),
            ("cp949", false),
            ("shift_jis", false),
            ("gbk", false),
            ("big5", false),
            ("windows-1252", true),
            ("windows-1251", true),
            ("koi8-r", true),
        ] {
            let charset = Charset::for_label(label).expect("known");
            assert_eq!(
                Reading::Fixed(charset).has_letter_255(),
                is_letter,
                "{label}"
            );
        }
    }

    #[test]
    fn no_encoder_replaces_a_character_silently() {
        for (label, text) in [
            ("shift_jis", "¥500"),
            ("shift_jis", "‾"),
            ("shift_jis", "1−1"),
            ("euc-jp", "¥"),
            ("euc-jp", "−"),
        ] {
            let charset = Charset::for_label(label).expect("known");
            let lacking = charset.encode(text).expect_err(label).characters;
            assert_eq!(lacking.len(), 1, "{label} {text}");
        }
        // Whatever is encoded is decoded to the same text, character by character.
        for charset in Charset::OFFERED {
            for character in '\0'..='\u{ffff}' {
                let text = character.to_string();
                if let Ok(bytes) = charset.encode(&text) {
                    assert_eq!(charset.decode(&bytes).0, text, "{charset} {character:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_the_encoding_lacks_names_the_characters() {
        let error = Charset::CP949
            .encode("좋아 😀😀 ok ‱")
            .expect_err("no emoji in CP949");
        assert_eq!(error.characters, ['😀', '‱']);
        assert_eq!(
            Charset::CP949.encode("안녕하세요").expect("Hangul"),
            CP949_HELLO
        );
        // All 11,172 syllables, which plain EUC-KR would lack.
        let all: String = ('가'..='힣').collect();
        assert_eq!(
            Charset::CP949
                .decode(&Charset::CP949.encode(&all).expect("UHC"))
                .0,
            all
        );
    }

    #[test]
    fn half_characters_are_seen_in_every_encoding() {
        for (reading, bytes) in [
            (Reading::default(), "안녕".as_bytes()),
            (Reading::Fixed(Charset::UTF_8), "😀".as_bytes()),
            (Reading::default(), CP949_HELLO),
            (Reading::Fixed(Charset::CP949), CP949_HELLO),
        ] {
            assert!(!reading.ends_inside_character(bytes));
            let cut = &bytes[..bytes.len() - 1];
            assert!(reading.ends_inside_character(cut), "{reading:?} {cut:x?}");
        }
        assert!(!Reading::default().ends_inside_character(b"plain"));
        assert!(!Reading::default().ends_inside_character(b""));
    }

    proptest! {
        #[test]
        fn no_bytes_are_ever_lost(bytes in proptest::collection::vec(any::<u8>(), 0..200), which in 0..Charset::OFFERED.len()) {
            for reading in [Reading::default(), Reading::Fixed(Charset::OFFERED[which])] {
                let decoded = reading.decode(&bytes);
                let again = match &decoded.raw {
                    Some(raw) => raw.to_vec(),
                    None => decoded.charset.encode(&decoded.text).expect("reproducible"),
                };
                prop_assert_eq!(&again, &bytes);
            }
        }
    }
}
