//! A peer that speaks UTF-16, which a byte order mark at the start shows, as some Windows programs do.
//!
//! Sans-IO: its bytes become UTF-8 before they are cut into messages, and ours become UTF-16.

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

/// Which byte of a code unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// Transcodes one connection.
pub(super) struct Utf16 {
    order: Order,
    decoder: Decoder,
}

impl std::fmt::Debug for Utf16 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Utf16")
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}

/// What the first bytes of a connection show.
#[derive(Debug)]
pub(super) enum Start {
    /// Too few bytes have come to tell.
    Unknown,
    /// Anything but UTF-16.
    Other,
    /// UTF-16; the byte order mark has this many bytes.
    Utf16(Utf16, usize),
}

/// Looks at the first bytes of a connection. `FF FE` also begins a command of Telnet, which the number of an option
/// and then another command or nothing follows.
pub(super) fn start(bytes: &[u8]) -> Start {
    let utf16 = |order, encoding: &'static encoding_rs::Encoding| {
        let decoder = encoding.new_decoder_without_bom_handling();
        Start::Utf16(Utf16 { order, decoder }, 2)
    };
    match bytes {
        [] | [0xfe | 0xff] | [0xff, 0xfe] | [0xff, 0xfe, _] => Start::Unknown,
        [0xfe, 0xff, ..] => utf16(Order::Big, UTF_16BE),
        // DONT, an option, and the next command.
        [0xff, 0xfe, _, 0xff, ..] => Start::Other,
        [0xff, 0xfe, ..] => utf16(Order::Little, UTF_16LE),
        _ => Start::Other,
    }
}

impl Utf16 {
    /// Appends these bytes to `text` as UTF-8. What is no UTF-16 becomes U+FFFD.
    pub fn receive(&mut self, mut bytes: &[u8], text: &mut Vec<u8>) {
        let mut part = [0_u8; 4096];
        loop {
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut part, false);
            text.extend_from_slice(part.get(..written).unwrap_or_default());
            bytes = bytes.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    /// These bytes of UTF-8 as UTF-16.
    pub fn send(&self, utf8: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(utf8);
        let units = text.encode_utf16();
        let bytes = units.map(|unit| match self.order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        });
        bytes.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_of_both_orders_is_read_at_any_split_and_written_back() {
        let text = "hello\r\n안녕 😀\r\n";
        for (mark, order) in [([0xff, 0xfe], Order::Little), ([0xfe, 0xff], Order::Big)] {
            let units = text.encode_utf16();
            let wire: Vec<u8> = units
                .flat_map(|unit| match order {
                    Order::Little => unit.to_le_bytes(),
                    Order::Big => unit.to_be_bytes(),
                })
                .collect();
            let whole = [&mark[..], &wire].concat();
            let Start::Utf16(peer, 2) = start(&whole) else {
                panic!("{order:?} is not seen");
            };
            assert_eq!(peer.send(text.as_bytes()), wire);
            for at in 0..=wire.len() {
                let Start::Utf16(mut peer, _) = start(&whole) else {
                    panic!("{order:?} is not seen");
                };
                let mut heard = Vec::new();
                peer.receive(&wire[..at], &mut heard);
                peer.receive(&wire[at..], &mut heard);
                assert_eq!(heard, text.as_bytes(), "{order:?} at {at}");
            }
        }
    }

    #[test]
    fn other_beginnings_are_not_taken_for_utf16() {
        for bytes in [
            &b"hi"[..],
            b"\xff\xfd\x03",
            b"\xff\xfe\x01\xff\xfe\x03",
            b"\xef\xbb\xbfhi",
        ] {
            assert!(matches!(start(bytes), Start::Other), "{bytes:x?}");
        }
        for bytes in [&b""[..], b"\xff", b"\xfe", b"\xff\xfe", b"\xff\xfeh"] {
            assert!(matches!(start(bytes), Start::Unknown), "{bytes:x?}");
        }
    }
}
