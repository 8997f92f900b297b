//! Frames as bytes: a length, then CBOR (RFC 8949).

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    bytes::{DecodeBytes, EncodeBytes},
    data::Type,
    decode::Error as CborError,
    encode::{Error as EncodeError, Write},
};

use super::{
    Body, Bye, Frame, FrameError, HEADER, Hello, Item, Knock, RESUME_CAP, Start, TEXT_CAP,
};
use crate::{
    identity::{NAME_CAP, StreamId, invite},
    millis::Millis,
};

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

impl<C> Encode<C> for Millis {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        self.number().encode(encoder, context)
    }
}

impl<'b, C> Decode<'b, C> for Millis {
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, CborError> {
        i64::decode(decoder, context).map(Self::new)
    }
}

/// The kinds of items.
const TEXT: u32 = 0;
const SKIP: u32 = 1;

#[derive(Encode, Decode)]
#[cbor(map)]
struct KnockFields<'a> {
    // 0 was the token itself.
    #[cbor(b(1), with = "minicbor::bytes")]
    proof: Option<&'a [u8]>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct ItemFields<'a> {
    #[cbor(n(0), with = "minicbor::bytes")]
    stream: StreamId,
    #[n(1)]
    number: u64,
    #[n(2)]
    sent_at: Millis,
    #[n(3)]
    kind: u32,
    #[b(4)]
    text: Option<Text<'a>>,
}

/// A text, or anything else that another kind of item may have in its place.
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
    /// Appends the frame with its header.
    pub fn append_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Knock(Knock { proof }) => {
                let proof = proof.as_ref().map(|proof| proof.as_bytes().as_slice());
                append(bytes, kind::KNOCK, &KnockFields { proof });
            }
            Self::Hello(hello) => append(bytes, kind::HELLO, hello),
            Self::Item(item) => {
                let (kind, text) = match &item.body {
                    Body::Text(text) => (TEXT, Some(Text::Text(text))),
                    Body::Skip => (SKIP, None),
                    Body::Unknown(kind) => (*kind, None),
                };
                let fields = ItemFields {
                    stream: item.stream,
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

    /// Reads one frame, without its header.
    ///
    /// # Errors
    /// [`FrameError`]; not for kinds and fields of a later version, which are skipped.
    pub fn read(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut decoder = Decoder::new(bytes);
        // A later version may also add to the array.
        let parts = decoder.array()?.unwrap_or(0);
        if parts < 2 {
            return Err(CborError::message("not a kind and its fields").into());
        }
        let frame = match decoder.u32()? {
            kind::KNOCK => {
                let KnockFields { proof } = decoder.decode()?;
                let proof = proof
                    .map(|proof| proof.try_into().map_err(|_| FrameError::TooLong))
                    .transpose()?
                    .map(invite::Proof::from_bytes);
                Self::Knock(Knock { proof })
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

fn read_item(fields: &ItemFields<'_>) -> Result<Item, FrameError> {
    let body = match (fields.kind, fields.text) {
        (TEXT, Some(Text::Text(text))) if text.len() > TEXT_CAP => return Err(FrameError::TooLong),
        (TEXT, Some(Text::Text(text))) => Body::Text(text.to_owned()),
        (TEXT, _) => return Err(CborError::message("a text item without a text").into()),
        (SKIP, _) => Body::Skip,
        (other, _) => Body::Unknown(other),
    };
    Ok(Item {
        stream: fields.stream,
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
        // Writing to a vector can't fail, and all our fields can be encoded.
        tracing::error!(%error, "a frame can't be written");
    }
    let length = u32::try_from(bytes.len() - start - HEADER).unwrap_or(u32::MAX);
    if let Some(header) = bytes.get_mut(start..start + HEADER) {
        header.copy_from_slice(&length.to_be_bytes());
    }
}
