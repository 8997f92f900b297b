//! Frames: what two Duologues say to each other inside an encrypted connection.
//!
//! A frame is a length (u32, big-endian) and so many bytes of CBOR (RFC 8949): an array of a kind
//! and a map of numbered fields. Byte by byte in `docs/protocol.md`, whose test vectors are checked
//! below.
//!
//! Sans-IO; must not know TLS. Nothing here trusts a length: it is checked before anything is kept
//! for it.

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    data::Type,
    decode::Error as CborError,
    encode::{Error as EncodeError, Write},
};

use crate::{identity::invite, store::Epoch};

/// The longest text of one message, in bytes of UTF-8.
pub const TEXT_CAP: usize = 64 * 1024;
/// The longest frame, in bytes, without its length.
pub const FRAME_CAP: usize = TEXT_CAP + 1024;
/// The longest *Knock*, in bytes, without its length: all that is read of a stranger.
pub const KNOCK_CAP: usize = 64;
/// The longest name, in bytes of UTF-8.
pub const NAME_CAP: usize = 256;
/// As many streams are resumed by one frame at most.
pub const RESUME_CAP: usize = 1024;
/// The version spoken here. A later one adds fields and kinds, which are skipped where unknown.
pub const VERSION: u32 = 1;

/// Bytes of the length in front of a frame.
const HEADER: usize = 4;

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The dialling side, first of all.
    Knock(Knock),
    /// You are let in; this is who I am. The listening side first.
    Hello(Hello),
    /// Something that is delivered.
    Item(Item),
    /// The person is writing just now, or no more.
    Typing(bool),
    /// Are you there?
    Ping,
    /// I am.
    Pong,
    /// This is the end, and why.
    Bye(Bye),
    /// Everything of this stream up to this number is on the disk here.
    Ack(Ack),
    /// Streams of which something was not acknowledged yet, oldest first; each is answered by an *Ack* before
    /// anything of it is said.
    Resume(Vec<Start>),
    /// A kind of a later version, to be passed over.
    Unknown(u32),
}

/// What the dialling side may show to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Knock {
    /// Of an invite.
    pub token: Option<invite::Token>,
}

/// Who is speaking.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// [`VERSION`] of the speaker; 1 or more.
    #[n(0)]
    pub version: u32,
    /// Its name for itself, at most [`NAME_CAP`] bytes.
    #[n(1)]
    pub name: String,
    /// What it can do beyond its version, one bit each. None is given out yet.
    #[n(2)]
    #[cbor(default)]
    pub features: u64,
    /// What its clock shows, in milliseconds since 1970.
    #[n(3)]
    pub clock: Option<i64>,
}

/// How far a stream has been received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ack {
    /// Which stream.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub epoch: Epoch,
    /// 0 if nothing of it has come.
    #[n(1)]
    pub up_to: u64,
}

/// Where a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Start {
    /// Which stream.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub epoch: Epoch,
    /// The first number that is not acknowledged; 1 or more.
    #[n(1)]
    pub first: u64,
}

/// Something that is delivered: numbered, so that what is lost or comes twice can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The stream the number belongs to.
    pub epoch: Epoch,
    /// Counts from 1 within the epoch.
    pub number: u64,
    /// When it was written, in milliseconds since 1970 by the sender's clock.
    pub sent_at: i64,
    /// What it is.
    pub body: Body,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A message, at most [`TEXT_CAP`] bytes.
    Text(String),
    /// Nothing: it was taken back before it was delivered.
    Skip,
    /// Something of a later version.
    Unknown(u32),
}

/// Why a side ends the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bye {
    /// The person wants it so.
    Left,
    /// A conversation with somebody else is going on, or too many wait to be let in.
    Busy,
    /// A newer connection of the same two has taken the place.
    Replaced,
    /// The person said no, or has blocked this key.
    Rejected,
    /// Both sides have the same key.
    OwnKey,
    /// A frame that makes no sense.
    Misbehaved,
    /// Both called each other; the other call stays.
    Crossed,
    /// The person said neither yes nor no.
    NoAnswer,
    /// A reason of a later version.
    Other(u32),
}

impl Bye {
    fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Left,
            1 => Self::Busy,
            2 => Self::Replaced,
            3 => Self::Rejected,
            4 => Self::OwnKey,
            5 => Self::Misbehaved,
            6 => Self::Crossed,
            7 => Self::NoAnswer,
            other => Self::Other(other),
        }
    }

    fn code(self) -> u32 {
        match self {
            Self::Left => 0,
            Self::Busy => 1,
            Self::Replaced => 2,
            Self::Rejected => 3,
            Self::OwnKey => 4,
            Self::Misbehaved => 5,
            Self::Crossed => 6,
            Self::NoAnswer => 7,
            Self::Other(other) => other,
        }
    }
}

/// Why bytes are no frame. The connection is closed then.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length is 0 or above the cap.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// Not CBOR, or not the fields it should have.
    #[error("a frame that can't be read: {0}")]
    Malformed(#[from] CborError),
    /// A field is there and longer than it may be.
    #[error("a field that is too long")]
    TooLong,
    /// Bytes follow the CBOR.
    #[error("a frame with something behind it")]
    Trailing,
}

mod kind {
    pub const KNOCK: u32 = 0;
    pub const HELLO: u32 = 1;
    pub const ITEM: u32 = 2;
    pub const TYPING: u32 = 3;
    pub const PING: u32 = 4;
    pub const PONG: u32 = 5;
    pub const BYE: u32 = 6;
    pub const ACK: u32 = 7;
    pub const RESUME: u32 = 8;
}

/// The kinds of items there are so far.
const TEXT: u32 = 0;
const SKIP: u32 = 1;

#[derive(Encode, Decode)]
#[cbor(map)]
struct KnockFields<'a> {
    #[cbor(b(0), with = "minicbor::bytes")]
    token: Option<&'a [u8]>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct ItemFields<'a> {
    #[cbor(n(0), with = "minicbor::bytes")]
    epoch: Epoch,
    #[n(1)]
    number: u64,
    #[n(2)]
    sent_at: i64,
    #[n(3)]
    kind: u32,
    #[b(4)]
    text: Option<Text<'a>>,
}

/// A text, or whatever another kind of item has in its place.
#[derive(Debug, Clone, Copy)]
enum Text<'a> {
    Text(&'a str),
    Other,
}

impl<'a, C> Decode<'a, C> for Text<'a> {
    fn decode(decoder: &mut Decoder<'a>, _: &mut C) -> Result<Self, CborError> {
        if decoder.datatype()? == Type::String {
            decoder.str().map(Self::Text)
        } else {
            decoder.skip().map(|()| Self::Other)
        }
    }
}

impl<C> Encode<C> for Text<'_> {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Text(text) => encoder.str(text)?.ok(),
            Self::Other => encoder.null()?.ok(),
        }
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct TypingFields {
    #[n(0)]
    writing: bool,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct ResumeFields {
    #[n(0)]
    starts: Vec<Start>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct ByeFields {
    #[n(0)]
    reason: u32,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct NoFields {}

impl Frame {
    /// Appends the frame, length and all.
    pub fn append_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Knock(Knock { token }) => {
                let token = token.as_ref().map(|token| token.as_bytes().as_slice());
                append(bytes, kind::KNOCK, &KnockFields { token });
            }
            Self::Hello(hello) => append(bytes, kind::HELLO, hello),
            Self::Item(item) => {
                let (kind, text) = match &item.body {
                    Body::Text(text) => (TEXT, Some(Text::Text(text))),
                    Body::Skip => (SKIP, None),
                    Body::Unknown(kind) => (*kind, None),
                };
                let fields = ItemFields {
                    epoch: item.epoch,
                    number: item.number,
                    sent_at: item.sent_at,
                    kind,
                    text,
                };
                append(bytes, kind::ITEM, &fields);
            }
            Self::Typing(writing) => {
                append(bytes, kind::TYPING, &TypingFields { writing: *writing });
            }
            Self::Ping => append(bytes, kind::PING, &NoFields {}),
            Self::Pong => append(bytes, kind::PONG, &NoFields {}),
            Self::Bye(bye) => append(bytes, kind::BYE, &ByeFields { reason: bye.code() }),
            Self::Ack(ack) => append(bytes, kind::ACK, ack),
            Self::Resume(starts) => {
                let starts = starts.clone();
                append(bytes, kind::RESUME, &ResumeFields { starts });
            }
            Self::Unknown(kind) => append(bytes, *kind, &NoFields {}),
        }
    }

    /// Reads one frame, without its length.
    ///
    /// # Errors
    /// [`FrameError`]; never for kinds and fields of a later version.
    pub fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut decoder = Decoder::new(bytes);
        // A later version may add to the array, too.
        let parts = decoder.array()?.unwrap_or(0);
        if parts < 2 {
            return Err(CborError::message("not a kind and its fields").into());
        }
        let frame = match decoder.u32()? {
            kind::KNOCK => {
                let KnockFields { token } = decoder.decode()?;
                let token = token
                    .map(|token| token.try_into().map_err(|_| FrameError::TooLong))
                    .transpose()?
                    .map(invite::Token::from_bytes);
                Self::Knock(Knock { token })
            }
            kind::HELLO => {
                let hello: Hello = decoder.decode()?;
                if hello.name.len() > NAME_CAP {
                    return Err(FrameError::TooLong);
                }
                Self::Hello(hello)
            }
            kind::ITEM => Self::Item(read_item(&decoder.decode()?)?),
            kind::TYPING => {
                let TypingFields { writing } = decoder.decode()?;
                Self::Typing(writing)
            }
            kind::PING => {
                let NoFields {} = decoder.decode()?;
                Self::Ping
            }
            kind::PONG => {
                let NoFields {} = decoder.decode()?;
                Self::Pong
            }
            kind::BYE => {
                let ByeFields { reason } = decoder.decode()?;
                Self::Bye(Bye::from_code(reason))
            }
            kind::ACK => Self::Ack(decoder.decode()?),
            kind::RESUME => {
                let ResumeFields { starts } = decoder.decode()?;
                if starts.len() > RESUME_CAP {
                    return Err(FrameError::TooLong);
                }
                Self::Resume(starts)
            }
            other => {
                decoder.skip()?;
                Self::Unknown(other)
            }
        };
        for _ in 2..parts {
            decoder.skip()?;
        }
        if decoder.position() < bytes.len() {
            return Err(FrameError::Trailing);
        }
        Ok(frame)
    }
}

fn read_item(fields: &ItemFields<'_>) -> Result<Item, FrameError> {
    let body = match (fields.kind, fields.text) {
        (TEXT, Some(Text::Text(text))) if text.len() > TEXT_CAP => return Err(FrameError::TooLong),
        (TEXT, Some(Text::Text(text))) => Body::Text(text.to_owned()),
        (TEXT, _) => return Err(CborError::message("a text without one").into()),
        (SKIP, _) => Body::Skip,
        (other, _) => Body::Unknown(other),
    };
    Ok(Item {
        epoch: fields.epoch,
        number: fields.number,
        sent_at: fields.sent_at,
        body,
    })
}

fn append(bytes: &mut Vec<u8>, kind: u32, fields: &impl Encode<()>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; HEADER]);
    let mut encoder = Encoder::new(&mut *bytes);
    let written = encoder
        .array(2)
        .and_then(|encoder| encoder.u32(kind))
        .and_then(|encoder| encoder.encode(fields));
    if let Err(error) = written {
        // Writing into a vector can't fail, and our fields can all be written.
        tracing::error!(%error, "a frame can't be written");
    }
    let length = u32::try_from(bytes.len() - start - HEADER).unwrap_or(u32::MAX);
    if let Some(header) = bytes.get_mut(start..start + HEADER) {
        header.copy_from_slice(&length.to_be_bytes());
    }
}

/// Cuts a stream of bytes into frames. Keeps at most one unfinished frame and what was pushed with
/// it.
#[derive(Debug)]
pub struct Reader {
    buffer: Vec<u8>,
    /// Where the first unread frame begins.
    start: usize,
    cap: usize,
}

impl Reader {
    /// Takes frames of at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            cap,
        }
    }

    /// Takes longer or only shorter frames from now on.
    pub fn set_cap(&mut self, cap: usize) {
        self.cap = cap;
    }

    /// Takes bytes in. Call [`Self::poll_frame`] until there is none before pushing more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether nothing is left over.
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// What came is no frame, and nothing behind it can be read.
    pub fn poll_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
        if length == 0 || length > self.cap {
            return Err(FrameError::Length(length));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = Frame::read(body)?;
        self.start += HEADER + length;
        if self.is_empty() {
            self.buffer.clear();
            self.start = 0;
        }
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: String = hex.split_whitespace().collect();
        HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal")
    }

    fn text(number: u64, text: &str) -> Frame {
        Frame::Item(Item {
            epoch: [0x11; 16],
            number,
            sent_at: 1_700_000_000_000,
            body: Body::Text(text.to_owned()),
        })
    }

    /// The vectors of `docs/protocol.md`, which are bytes of the wire, lengths and all.
    fn vectors() -> Vec<(Frame, &'static str)> {
        let token = invite::Token::from_bytes([0x22; 16]);
        let hello = Hello {
            version: 1,
            name: "Mina".to_owned(),
            features: 0,
            clock: None,
        };
        vec![
            (Frame::Knock(Knock::default()), "00000003 8200a0"),
            (
                Frame::Knock(Knock { token: Some(token) }),
                "00000015 8200a10050 22222222222222222222222222222222",
            ),
            (
                Frame::Hello(hello.clone()),
                "0000000d 8201a3000101644d696e610200",
            ),
            (
                text(1, "안녕"),
                "0000002b 8202a50050 11111111111111111111111111111111 0101 021b0000018bcfe56800 0300
                 0466ec9588eb8595",
            ),
            (Frame::Typing(true), "00000005 8203a100f5"),
            (Frame::Typing(false), "00000005 8203a100f4"),
            (Frame::Ping, "00000003 8204a0"),
            (Frame::Pong, "00000003 8205a0"),
            (Frame::Bye(Bye::Busy), "00000005 8206a10001"),
            (
                Frame::Item(Item {
                    epoch: [0x11; 16],
                    number: 2,
                    sent_at: 1_700_000_000_000,
                    body: Body::Skip,
                }),
                "00000023 8202a40050 11111111111111111111111111111111 0102 021b0000018bcfe56800
                 0301",
            ),
            (
                Frame::Ack(Ack {
                    epoch: [0x11; 16],
                    up_to: 2,
                }),
                "00000017 8207a20050 11111111111111111111111111111111 0102",
            ),
            (
                Frame::Resume(vec![Start {
                    epoch: [0x11; 16],
                    first: 3,
                }]),
                "00000018 8208a1008182 50 11111111111111111111111111111111 03",
            ),
            (
                Frame::Hello(Hello {
                    clock: Some(1_700_000_000_000),
                    ..hello
                }),
                "00000017 8201a4000101644d696e610200031b0000018bcfe56800",
            ),
        ]
    }

    #[test]
    fn the_vectors_of_the_protocol_document_hold() {
        for (frame, hex) in vectors() {
            let mut written = Vec::new();
            frame.append_to(&mut written);
            assert_eq!(HEXLOWER.encode(&written), HEXLOWER.encode(&bytes(hex)));
            let mut reader = Reader::new(FRAME_CAP);
            reader.push(&bytes(hex));
            assert_eq!(reader.poll_frame().expect("a frame"), Some(frame));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        for (what, hex, expected) in [
            ("a kind", "82 18ff a10001", Frame::Unknown(255)),
            ("a field", "82 03 a2 00f5 0963616263", Frame::Typing(true)),
            (
                "nested",
                "82 03 a2 00f5 09 8182a10102f6",
                Frame::Typing(true),
            ),
            (
                "indefinite",
                "82 03 bf 00f5 099f01ff ff",
                Frame::Typing(true),
            ),
            ("a third part", "83 03 a1 00f5 01", Frame::Typing(true)),
            ("a reason", "82 06 a1 00 1863", Frame::Bye(Bye::Other(99))),
        ] {
            assert_eq!(Frame::read(&bytes(hex)).expect(what), expected, "{what}");
        }
        for newer in [
            "a4 0050 11111111111111111111111111111111 0101 0200 0307",
            "a5 0050 11111111111111111111111111111111 0101 0200 0307 04a10102",
        ] {
            let newer = format!("8202{newer}");
            let Frame::Item(item) = Frame::read(&bytes(&newer)).expect("an item") else {
                panic!("an item");
            };
            assert_eq!((item.number, item.body), (1, Body::Unknown(7)));
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        let epoch = "0050 11111111111111111111111111111111";
        for (what, hex) in [
            ("not CBOR", "ff".to_owned()),
            ("no fields", "8103".to_owned()),
            ("not an array", "a10001".to_owned()),
            ("cut short", "8203a1".to_owned()),
            ("cut in a text", "8201a201 64 4d69".to_owned()),
            ("the wrong type", "8203a10001".to_owned()),
            ("a field missing", "8203a0".to_owned()),
            ("something behind", "8204a000".to_owned()),
            (
                "a text without one",
                format!("82 02 a4 {epoch} 0101 0200 0300"),
            ),
            ("a lone surrogate", "8201a2 0001 01 63 eda080".to_owned()),
            ("not UTF-8", "8201a2 0001 01 62 c328".to_owned()),
            ("a text in pieces", "8201a2 0001 01 7f 6161 ff".to_owned()),
            ("a short token", "8200a10041 22".to_owned()),
            (
                "a negative number",
                format!("82 02 a5 {epoch} 0120 0200 0300 0460"),
            ),
            (
                "a short epoch",
                "82 02 a5 0041 11 0101 0200 0300 0460".to_owned(),
            ),
            (
                "a count that lies",
                "82 03 bb 7fffffffffffffff 00f5".to_owned(),
            ),
            (
                "a text that lies",
                "8201a2 0001 01 7b 7fffffffffffffff 41".to_owned(),
            ),
        ] {
            assert!(Frame::read(&bytes(&hex)).is_err(), "{what}");
        }
        let deep = [bytes("82 03 a2 00f5 09"), vec![0x81; 60_000]].concat();
        assert!(Frame::read(&deep).is_err(), "nested without end");
        let deep = [bytes("82 03 a2 00f5 09"), vec![0x9f; 60_000]].concat();
        assert!(Frame::read(&deep).is_err(), "nested indefinitely");
        let mut long = Vec::new();
        Frame::Hello(Hello {
            version: 1,
            name: "x".repeat(NAME_CAP + 1),
            features: 0,
            clock: None,
        })
        .append_to(&mut long);
        assert!(matches!(
            Frame::read(&long[HEADER..]),
            Err(FrameError::TooLong)
        ));
    }

    #[test]
    fn a_length_is_checked_before_anything_is_kept_for_it() {
        let cap = u32::try_from(FRAME_CAP).expect("small");
        for (length, fits) in [
            (0, false),
            (1, true),
            (cap, true),
            (cap + 1, false),
            (u32::MAX, false),
        ] {
            let mut reader = Reader::new(FRAME_CAP);
            reader.push(&length.to_be_bytes());
            assert_eq!(reader.poll_frame().is_ok(), fits, "{length}");
            assert!(reader.buffer.capacity() < 64);
        }
        let longest = text(u64::MAX, &"x".repeat(TEXT_CAP));
        let mut written = Vec::new();
        longest.append_to(&mut written);
        let mut reader = Reader::new(FRAME_CAP);
        reader.push(&written);
        assert_eq!(reader.poll_frame().expect("it fits"), Some(longest));
        let mut reader = Reader::new(FRAME_CAP);
        let mut written = Vec::new();
        text(1, &"x".repeat(TEXT_CAP + 1)).append_to(&mut written);
        reader.push(&written);
        assert!(reader.poll_frame().is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Ok(frame) = Frame::read(&bytes) {
                let mut written = Vec::new();
                frame.append_to(&mut written);
                prop_assert_eq!(Frame::read(&written[HEADER..]).expect("ours"), frame);
            }
        }

        #[test]
        fn any_pieces_make_the_same_frames(cuts in proptest::collection::vec(1_usize..40, 1..40)) {
            let mut wire = Vec::new();
            for (frame, _) in vectors() {
                frame.append_to(&mut wire);
            }
            let mut reader = Reader::new(FRAME_CAP);
            let mut read = Vec::new();
            let mut rest = wire.as_slice();
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                reader.push(piece);
                while let Some(frame) = reader.poll_frame().expect("frames") {
                    read.push(frame);
                }
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(read, vectors().into_iter().map(|(frame, _)| frame).collect::<Vec<_>>());
        }
    }
}
