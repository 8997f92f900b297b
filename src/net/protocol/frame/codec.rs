//! Frames as bytes: a length, then CBOR (RFC 8949).

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    bytes::{DecodeBytes, EncodeBytes},
    decode::Error as CborError,
    encode::{Error as EncodeError, Write},
};

use super::{
    Bye, Frame, FrameError, Hello, Knock, RESUME_CAP, Start, TransferFrame, append::append, item,
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
    pub const READ: u32 = 9;
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

#[derive(Encode, Decode)]
#[cbor(map)]
struct KnockFields<'a> {
    // 0 was the token itself.
    #[cbor(b(1), with = "minicbor::bytes")]
    proof: Option<&'a [u8]>,
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
            Self::Item(item) => append(bytes, kind::ITEM, item),
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
            Self::Read(read) => append(bytes, kind::READ, read),
            Self::Transfer(frame) => frame.append_to(bytes),
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
            kind::ITEM => Self::Item(item::read(&decoder.decode()?)?),
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
            kind::READ => Self::Read(decoder.decode()?),
            other => {
                if let Some(frame) = TransferFrame::read(other, &mut decoder)? {
                    Self::Transfer(frame)
                } else {
                    decoder.skip()?;
                    Self::Unknown(other)
                }
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
