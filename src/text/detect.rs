//! Which encoding a peer writes in, where nobody has said so: UTF-8, or the fallback.
//!
//! Pure: bytes come in, decoded messages come out. Must not know connections or time.
//!
//! Bytes that are valid in only one of the two decide for themselves. Many are valid in both: 치킨 in CP949 is ġŲ in
//! UTF-8. There the more plausible reading counts (`text/plausibility.rs`), together with what the conversation has shown
//! before.

use encoding_rs::{DecoderResult, Encoding};

use super::{
    charset::{Charset, Decoded, Reading, utf8},
    plausibility::{bits_of_decoded, bits_of_text},
};

/// Bits of evidence from a message that only one of the encodings can read. Also the most that a conversation counts, so
/// that a peer that changes its encoding is understood soon.
const CERTAIN: i32 = 24;
/// Bits for UTF-8 from the start, where the fallback has characters of one byte: its texts are hardly ever valid UTF-8.
const BIAS: i32 = 4;
/// Maximum number of bytes that are judged, of a long message. More would hardly change the result.
const SAMPLE: usize = 128;
/// Maximum number of ASCII bytes that are judged before the first that are not.
const LEAD: usize = 16;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes the messages of one peer, and learns from each how to read the next ones.
///
/// It outlives a connection, because the original client reconnects for every message.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    reading: Reading,
    /// How many bits speak for UTF-8, between plus and minus [`CERTAIN`]; if negative, for the fallback.
    evidence: i32,
}

impl Detector {
    /// Knows nothing of the peer.
    pub fn new(reading: Reading) -> Self {
        Self {
            reading,
            evidence: 0,
        }
    }

    /// Changes how the next messages are read.
    pub fn set_reading(&mut self, reading: Reading) {
        if reading != self.reading {
            *self = Self::new(reading);
        }
    }

    /// Decodes one whole message.
    pub fn decode(&mut self, bytes: &[u8]) -> Decoded {
        let body = match self.reading {
            Reading::Fixed(charset) if charset != Charset::UTF_8 => bytes,
            Reading::Fixed(_) | Reading::Auto { .. } => {
                bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
            }
        };
        let is_marked = body.len() < bytes.len();
        let mut decoded = match self.reading {
            Reading::Fixed(charset) => Decoded::new(self.reading, charset, body).0,
            Reading::Auto { fallback } => {
                if is_marked {
                    self.evidence = CERTAIN;
                }
                let (decoded, bits) = decode(body, fallback, self.evidence);
                self.evidence = self.evidence.saturating_add(bits).clamp(-CERTAIN, CERTAIN);
                decoded
            }
        };
        if is_marked {
            decoded.raw = Some(bytes.into());
        }
        decoded
    }
}

impl Reading {
    /// Decodes one whole message, of whose conversation nothing is known.
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        Detector::new(self).decode(bytes)
    }

    /// Decodes a message again. `detected` is its encoding as [`Reading::Auto`] found it when it came: reading it again
    /// with the same fallback finds the same, though the conversation is not known any more.
    pub fn decode_again(self, bytes: &[u8], detected: Option<Charset>) -> Decoded {
        let mut detector = Detector::new(self);
        if let Self::Auto { fallback } = self {
            detector.evidence = match detected {
                Some(charset) if charset == Charset::UTF_8 => CERTAIN,
                Some(charset) if charset == fallback => -CERTAIN,
                _ => 0,
            };
        }
        detector.decode(bytes)
    }
}

/// Decodes a message, and says how many bits it adds to the evidence for UTF-8.
fn decode(bytes: &[u8], fallback: Charset, evidence: i32) -> (Decoded, i32) {
    let reading = Reading::Auto { fallback };
    let Some(text) = utf8(bytes) else {
        let (decoded, is_malformed) = Decoded::new(reading, fallback, bytes);
        return (decoded, if is_malformed { 0 } else { -CERTAIN });
    };
    if text.is_ascii() || fallback == Charset::UTF_8 {
        return (Decoded::utf8(reading, &text), 0);
    }
    match bits_for_utf8(&text, fallback) {
        Some(bits) if bits + evidence <= 0 => {
            let (decoded, is_malformed) = Decoded::new(reading, fallback, bytes);
            if is_malformed {
                // Not valid in the fallback, though its beginning is.
                (Decoded::utf8(reading, &text), CERTAIN)
            } else {
                (decoded, bits)
            }
        }
        bits => (Decoded::utf8(reading, &text), bits.unwrap_or(CERTAIN)),
    }
}

/// How many bits speak for UTF-8; if negative, for the fallback. `None` if the fallback can't read the bytes.
fn bits_for_utf8(text: &str, fallback: Charset) -> Option<i32> {
    let ascii = Encoding::ascii_valid_up_to(text.as_bytes());
    let start = ascii.saturating_sub(LEAD);
    let end = text.floor_char_boundary(start + SAMPLE);
    let sample = text.get(start..end)?;
    let encoding = fallback.encoding();
    // No encoding has characters of one byte that are longer than three in UTF-8.
    let mut buffer = [0; SAMPLE * 3];
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(
        sample.as_bytes(),
        &mut buffer,
        end == text.len(),
    );
    if result != DecoderResult::InputEmpty {
        return None;
    }
    let other = std::str::from_utf8(buffer.get(..written)?).ok()?;
    let utf8 = bits_of_text(sample, encoding);
    let other = bits_of_decoded(other, sample.as_bytes(), encoding);
    let bias = if encoding.is_single_byte() { BIAS } else { 0 };
    Some(other.cast_signed() - utf8.cast_signed() + bias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn auto(label: &str) -> (Charset, Reading) {
        let fallback = Charset::for_label(label).expect("known");
        (fallback, Reading::Auto { fallback })
    }

    /// What is made of these messages, which come from one peer.
    fn heard(reading: Reading, messages: &[(&str, Charset)]) -> Vec<String> {
        let mut detector = Detector::new(reading);
        let decode = |(text, charset): &(&str, Charset)| {
            let bytes = charset.encode(text).expect("letters of the encoding");
            detector.decode(&bytes).text
        };
        messages.iter().map(decode).collect()
    }

    #[test]
    fn words_that_are_valid_utf8_too_are_read_in_the_fallback() {
        for (label, words) in [
            ("cp949", "치킨|체크|첫째|책|화|짱|짧|ok 체크|회화"),
            ("gbk", "谢谢|太|通|笑|小写|联通|T恤"),
            ("gb18030", "谢谢|同|路|台"),
            ("big5", "職|繞|簡|禮|翻"),
            ("euc-jp", "朝|茶|店|町|無|遅刻"),
            ("shift_jis", "ﾈｺ|邁進|閾値"),
            ("windows-1251", "Её|Тётя"),
            ("koi8-r", "её|чё"),
            ("iso-8859-2", "plášť|zvlášť|więżą|KOŚCIÓŁ"),
            ("windows-1252", "É…|ß»|Où|TÉ™"),
        ] {
            let (charset, reading) = auto(label);
            for word in words.split('|') {
                assert_eq!(heard(reading, &[(word, charset)]), [word], "{label}");
            }
        }
    }

    #[test]
    fn utf8_is_read_as_such_with_each_fallback() {
        const WORDS: &str = "안녕|치킨|ㅋㅋ|你好|谢谢|職業|ありがとう|ネコ|привет|нет|Καλημέρα|שלום|مرحبا|Müller|café|\
            naïve|déjà|señor|Çünkü|šťastný|đường|สวัสดี|नमस्ते|😀|👍🏽|❤️|“hi”|3 €|25 °C|¡Hola!|© 2020 A. Weiß";
        for fallback in Charset::OFFERED {
            let reading = Reading::Auto { fallback };
            for word in WORDS.split('|') {
                let heard = heard(reading, &[(word, Charset::UTF_8)]);
                assert_eq!(heard, [word], "{fallback}");
            }
        }
    }

    #[test]
    fn what_was_said_before_decides_where_the_bytes_do_not() {
        let (cp949, reading) = auto("cp949");
        let utf8 = Charset::UTF_8;
        // The same bytes, after each encoding was heard.
        assert_eq!(heard(reading, &[("안녕", cp949), ("챕", cp949)])[1], "챕");
        assert_eq!(heard(reading, &[("안녕", utf8), ("é", utf8)])[1], "é");
        assert_eq!(
            heard(reading, &[("안녕", utf8), ("5°", utf8), ("ġŲ", utf8)])[1..],
            ["5°", "ġŲ"]
        );
        assert_eq!(heard(reading, &[("é vero", utf8)]), ["é vero"]);
        // A peer that changes its encoding is understood at once, and what follows soon.
        let changed = [
            ("안녕", cp949),
            ("안녕하세요", utf8),
            ("뭐 해?", utf8),
            ("é", utf8),
        ];
        assert_eq!(heard(reading, &changed)[1..], ["안녕하세요", "뭐 해?", "é"]);
        // ASCII shows nothing.
        let ascii = [
            ("안녕", cp949),
            ("ok", cp949),
            ("http://x.kr", utf8),
            ("챔", cp949),
        ];
        assert_eq!(heard(reading, &ascii)[3], "챔");
    }

    #[test]
    fn a_broken_message_is_no_evidence() {
        let (_, reading) = auto("cp949");
        let mut detector = Detector::new(reading);
        detector.decode("안녕".as_bytes());
        // Valid in neither.
        detector.decode(b"\xed\x95\xff");
        assert_eq!(detector.decode("ġŲ".as_bytes()).text, "ġŲ");
    }

    #[test]
    fn a_long_message_is_judged_by_its_first_letters_that_are_not_ascii() {
        let (cp949, reading) = auto("cp949");
        let link = "https://example.com/".repeat(100);
        for (text, charset) in [
            (format!("{link} {}", "치킨 ".repeat(500)), cp949),
            (format!("{link} {}", "Müller ".repeat(500)), Charset::UTF_8),
            // Valid CP949 as far as it is looked at.
            (format!("{} 안녕", "ġŲ ".repeat(100)), Charset::UTF_8),
        ] {
            let bytes = charset.encode(&text).expect("letters");
            assert!(reading.decode(&bytes).text == text);
        }
    }

    #[test]
    fn what_was_detected_stays_when_it_is_decoded_again() {
        let (cp949, reading) = auto("cp949");
        let mut detector = Detector::new(reading);
        detector.decode(&cp949.encode("안녕").expect("Hangul"));
        let bytes = cp949.encode("챕").expect("Hangul");
        let decoded = detector.decode(&bytes);
        assert_eq!(
            (decoded.text.as_str(), decoded.detected()),
            ("챕", Some(cp949))
        );
        assert_eq!(reading.decode(&bytes).text, "é", "which it is by itself");
        assert_eq!(reading.decode_again(&bytes, decoded.detected()).text, "챕");
        // Not as another encoding than the chosen one.
        let fixed = Reading::Fixed(Charset::UTF_8);
        assert_eq!(fixed.decode_again(&bytes, decoded.detected()).text, "é");
        // A wrong encoding that was chosen before is corrected.
        let greeting = reading.decode_again("안녕하세요".as_bytes(), Some(cp949));
        assert_eq!(greeting.text, "안녕하세요");
    }

    proptest! {
        #[test]
        fn no_bytes_are_lost_and_decoding_again_changes_nothing(
            messages in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..40),
                    proptest::collection::vec(prop_oneof![0xc2_u8..0xe0, 0x80_u8..0xc0], 0..8),
                    any::<String>().prop_map(String::into_bytes),
                ],
                0..6,
            ),
            which in 0..Charset::OFFERED.len(),
        ) {
            let reading = Reading::Auto { fallback: Charset::OFFERED[which] };
            let mut detector = Detector::new(reading);
            for bytes in messages {
                let decoded = detector.decode(&bytes);
                prop_assert_eq!(&*decoded.bytes(), &bytes[..]);
                let again = reading.decode_again(&bytes, decoded.detected());
                prop_assert_eq!(again, decoded);
            }
        }
    }
}
