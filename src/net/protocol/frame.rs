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
    bytes::{DecodeBytes, EncodeBytes},
    data::Type,
    decode::Error as CborError,
    encode::{Error as EncodeError, Write},
};

use crate::identity::{NAME_CAP, StreamId, invite};

/// The longest text of one message, in bytes of UTF-8.
pub const TEXT_CAP: usize = 64 * 1024;
/// The longest frame, in bytes, without its length.
pub const FRAME_CAP: usize = TEXT_CAP + 1024;
/// The longest *Knock*, in bytes, without its length: all that is read of a stranger.
pub const KNOCK_CAP: usize = 64;
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

impl<C> EncodeBytes<C> for StreamId {
    fn encode_bytes<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> DecodeBytes<'b, C> for StreamId {
    fn decode_bytes(decoder: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, CborError> {
        DecodeBytes::decode_bytes(decoder, ctx).map(Self::from_bytes)
    }
}

/// How far a stream has been received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ack {
    /// Which stream.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub epoch: StreamId,
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
    pub epoch: StreamId,
    /// The first number that is not acknowledged; 1 or more.
    #[n(1)]
    pub first: u64,
}

/// Something that is delivered: numbered, so that what is lost or comes twice can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The stream the number belongs to.
    pub epoch: StreamId,
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
    epoch: StreamId,
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
mod tests;
