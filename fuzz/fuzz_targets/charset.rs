//! Decodes arbitrary messages of one peer, in any encoding and with any detection, and encodes arbitrary text. No byte
//! is lost, decoding again changes nothing, and what was encoded is decoded as the same text.
#![no_main]

use arbitrary::Arbitrary;
use duologue::text::{
    charset::{Charset, Decoded, Reading, Unencodable},
    detect::Detector,
};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Event<'a> {
    Bytes(&'a [u8]),
    Text(&'a str, u8),
    SetReading(u8),
}

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    reading: u8,
    events: Vec<Event<'a>>,
}

fuzz_target!(|input: Input<'_>| {
    let mut reading = reading_of(input.reading);
    let mut detector = Detector::new(reading);
    for event in input.events {
        match event {
            Event::Bytes(bytes) => check(bytes, &detector.decode(bytes), reading),
            Event::Text(text, which) => {
                let charset = charset_of(which);
                match charset.encode(text) {
                    Ok(bytes) => {
                        assert_eq!(charset.decode(&bytes), (text.to_owned(), false));
                        check(&bytes, &detector.decode(&bytes), reading);
                    }
                    Err(error) => {
                        assert_eq!(error.charset, charset);
                        assert!((1..=Unencodable::MAX).contains(&error.characters.len()));
                        for character in error.characters {
                            assert!(text.contains(character));
                            assert!(charset.encode(&character.to_string()).is_err());
                        }
                    }
                }
            }
            Event::SetReading(which) => {
                reading = reading_of(which);
                detector.set_reading(reading);
            }
        }
    }
});

/// Of the offered encodings.
fn charset_of(which: u8) -> Charset {
    Charset::OFFERED[usize::from(which) % Charset::OFFERED.len()]
}

fn reading_of(which: u8) -> Reading {
    let charset = charset_of(which >> 1);
    if which & 1 == 0 {
        Reading::Auto { fallback: charset }
    } else {
        Reading::Fixed(charset)
    }
}

fn check(bytes: &[u8], decoded: &Decoded, reading: Reading) {
    assert_eq!(&*decoded.bytes(), bytes);
    assert_eq!(reading.decode_again(bytes, decoded.detected()), *decoded);
}
