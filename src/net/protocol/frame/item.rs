//! Items as bytes.

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as CborError,
    encode::{Error as EncodeError, Write},
};

use super::{
    Body, EMOJI_CAP, FILE_NAME_CAP, FrameError, Item, Reference, TEXT_CAP, Whose, is_offer,
    is_reaction, transfer,
};
use crate::{identity::StreamId, millis::Millis, store::FileOffer};

/// The kinds of items.
const TEXT: u32 = 0;
const SKIP: u32 = 1;
const EDIT: u32 = 2;
const DELETE: u32 = 3;
const REACTION: u32 = 4;
const OFFER: u32 = 5;
const ANSWER: u32 = 6;
const CONTROL: u32 = 7;

/// Whose the message is that a reference names.
const THE_SENDERS: u32 = 0;
const THE_RECEIVERS: u32 = 1;

/// The fields of an item, before its kind says what they are.
#[derive(Decode)]
#[cbor(map)]
pub(super) struct ItemFields<'a> {
    #[cbor(n(0), with = "minicbor::bytes")]
    stream: StreamId,
    #[n(1)]
    number: u64,
    #[n(2)]
    sent_at: Millis,
    #[n(3)]
    kind: u32,
    #[b(4)]
    text: Option<Raw<'a>>,
    #[b(5)]
    reference: Option<Raw<'a>>,
    #[b(6)]
    emoji: Option<Raw<'a>>,
    #[b(7)]
    seven: Option<Raw<'a>>,
    #[b(8)]
    eight: Option<Raw<'a>>,
    #[b(9)]
    nine: Option<Raw<'a>>,
    #[b(10)]
    root: Option<Raw<'a>>,
}

/// A value that is read once the kind of the item is known: another kind may have anything in its place.
#[derive(Debug, Clone, Copy)]
struct Raw<'a>(&'a [u8]);

impl<'a, C> Decode<'a, C> for Raw<'a> {
    fn decode(decoder: &mut Decoder<'a>, _: &mut C) -> Result<Self, CborError> {
        let start = decoder.position();
        decoder.skip()?;
        let bytes = decoder.input().get(start..decoder.position());
        bytes.map(Self).ok_or_else(CborError::end_of_input)
    }
}

impl<'a> Raw<'a> {
    fn text(self, cap: usize) -> Result<&'a str, FrameError> {
        let text = Decoder::new(self.0).str()?;
        if text.len() > cap {
            return Err(FrameError::TooLong);
        }
        Ok(text)
    }

    /// An unsigned number.
    fn number(self) -> Result<u64, FrameError> {
        Ok(Decoder::new(self.0).u64()?)
    }

    fn root(self) -> Result<[u8; 32], FrameError> {
        let bytes = Decoder::new(self.0).bytes()?;
        bytes.try_into().map_err(|_| FrameError::Offer)
    }

    fn reference(self) -> Result<Reference, FrameError> {
        Ok(Decoder::new(self.0).decode()?)
    }
}

pub(super) fn read(fields: &ItemFields<'_>) -> Result<Item, FrameError> {
    let text = || {
        let text = fields.text.ok_or_else(|| CborError::message("no text"))?;
        text.text(TEXT_CAP).map(str::to_owned)
    };
    let reference = || {
        let reference = fields.reference;
        let reference = reference.ok_or_else(|| CborError::message("no reference"))?;
        reference.reference()
    };
    let body = match fields.kind {
        TEXT if fields.reference.is_some() => Body::Reply(reference()?, text()?),
        TEXT => Body::Text(text()?),
        SKIP => Body::Skip,
        EDIT => Body::Edit(reference()?, text()?),
        DELETE => Body::Delete(reference()?),
        REACTION => {
            let emoji = fields.emoji.map(|emoji| emoji.text(EMOJI_CAP));
            let emoji = emoji.transpose()?.unwrap_or("");
            if !is_reaction(emoji) {
                return Err(FrameError::NotOne);
            }
            Body::Reaction(reference()?, emoji.to_owned())
        }
        OFFER => read_offer(fields)?,
        ANSWER | CONTROL => {
            let number = fields
                .seven
                .ok_or_else(|| CborError::message("no answer"))?;
            let reason = fields.eight.map(Raw::number).transpose()?;
            match transfer::change(fields.kind == ANSWER, number.number()?, reason) {
                Some(change) => Body::File(reference()?, change),
                None => Body::Unknown(fields.kind),
            }
        }
        other => Body::Unknown(other),
    };
    Ok(Item {
        stream: fields.stream,
        number: fields.number,
        sent_at: fields.sent_at,
        body,
    })
}

fn read_offer(fields: &ItemFields<'_>) -> Result<Body, FrameError> {
    let number = |field: Option<Raw<'_>>| field.map_or(Ok(0), Raw::number);
    let small = |field| u32::try_from(number(field)?).map_err(|_| FrameError::Offer);
    let name = fields.text.ok_or(FrameError::Offer)?.text(FILE_NAME_CAP)?;
    let offer = FileOffer {
        size: fields.seven.ok_or(FrameError::Offer)?.number()?,
        manifest: small(fields.eight)?,
        files: small(fields.nine)?,
        root: fields.root.ok_or(FrameError::Offer)?.root()?,
    };
    if !is_offer(name, &offer) {
        return Err(FrameError::Offer);
    }
    Ok(Body::Offer(name.to_owned(), offer))
}

impl<C> Encode<C> for Item {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let (kind, text, reference, emoji) = match &self.body {
            Body::Text(text) => (TEXT, Some(text), None, None),
            Body::Reply(reference, text) => (TEXT, Some(text), Some(*reference), None),
            Body::Skip => (SKIP, None, None, None),
            Body::Edit(reference, text) => (EDIT, Some(text), Some(*reference), None),
            Body::Delete(reference) => (DELETE, None, Some(*reference), None),
            Body::Reaction(reference, emoji) => (REACTION, None, Some(*reference), Some(emoji)),
            Body::Offer(name, _) => (OFFER, Some(name), None, None),
            Body::File(reference, change) if transfer::is_answer(*change) => {
                (ANSWER, None, Some(*reference), None)
            }
            Body::File(reference, _) => (CONTROL, None, Some(*reference), None),
            Body::Unknown(kind) => (*kind, None, None, None),
        };
        // The fields 7 to 9, and the root of an offer.
        let (numbers, root) = match &self.body {
            Body::Offer(_, offer) => {
                let folder = |number: u32| (offer.manifest > 0).then_some(u64::from(number));
                let numbers = [
                    Some(offer.size),
                    folder(offer.manifest),
                    folder(offer.files),
                ];
                (numbers, Some(&offer.root))
            }
            Body::File(_, change) => {
                let (number, reason) = transfer::numbers(*change);
                ([Some(number), reason, None], None)
            }
            _ => ([None; 3], None),
        };
        let optional = [
            text.is_some(),
            reference.is_some(),
            emoji.is_some(),
            root.is_some(),
        ];
        let optional = optional
            .into_iter()
            .chain(numbers.map(|number| number.is_some()));
        let fields = 4 + optional.filter(|is_there| *is_there).count();
        encoder.map(fields as u64)?;
        encoder.u8(0)?.bytes(self.stream.as_bytes())?;
        encoder.u8(1)?.u64(self.number)?;
        encoder.u8(2)?.encode(self.sent_at)?;
        encoder.u8(3)?.u32(kind)?;
        if let Some(text) = text {
            encoder.u8(4)?.str(text)?;
        }
        if let Some(reference) = reference {
            encoder.u8(5)?.encode(reference)?;
        }
        if let Some(emoji) = emoji {
            encoder.u8(6)?.str(emoji)?;
        }
        for (field, number) in (7..).zip(numbers) {
            if let Some(number) = number {
                encoder.u8(field)?.u64(number)?;
            }
        }
        if let Some(root) = root {
            encoder.u8(10)?.bytes(root)?;
        }
        Ok(())
    }
}

impl<C> Encode<C> for Whose {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let number = match self {
            Self::Senders => THE_SENDERS,
            Self::Receivers => THE_RECEIVERS,
        };
        encoder.u32(number)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Whose {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, CborError> {
        match decoder.u32()? {
            THE_SENDERS => Ok(Self::Senders),
            THE_RECEIVERS => Ok(Self::Receivers),
            _ => Err(CborError::message("a message of neither side")),
        }
    }
}
