//! One item of a timeline: a message or a note, and its place in the conversation.

use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::{Attached, Delivery, Message, Note, Speaker};
use crate::{
    millis::Millis,
    net::{MessageId, OfferError},
    store::{self, Kind, Row},
    text::charset::Reading,
};

/// A message that took longer than this to arrive is shown with the time of its arrival.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// Names an item while it is loaded. The ids of loaded items are consecutive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u64);

/// One item of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// When it was sent, or happened.
    pub at: Timestamp,
    /// When it arrived, if that was much later.
    pub arrived: Option<Timestamp>,
    /// The message or note.
    pub content: Content,
    pub(super) place: Place,
}

/// What an item shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A message.
    Message(Message),
    /// Something that happened.
    Note(Note),
}

/// Where an item stands in its conversation. Places sort in the order of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The item's own row in the store; for an unstored item that of the item it came after.
    pub row: Row,
    /// Whether the item itself is not in the store.
    pub is_unstored: bool,
}

impl Place {
    /// Of an unstored item while nobody knows what it came after: at the end.
    pub const UNKNOWN: Self = Self::after(Row::MAX);

    /// Of an item that is in the store.
    pub const fn stored(row: Row) -> Self {
        let is_unstored = false;
        Self { row, is_unstored }
    }

    /// Of an unstored item that came after this row.
    pub const fn after(row: Row) -> Self {
        let is_unstored = true;
        Self { row, is_unstored }
    }
}

impl Item {
    /// A message that is not in the store, or not yet.
    pub(in crate::chat) fn message(message: Message, at: Timestamp) -> Self {
        Self::unstored(Content::Message(message), at)
    }

    /// Something that happened, which is not in the store.
    pub(in crate::chat) fn note(note: Note, at: Timestamp) -> Self {
        Self::unstored(Content::Note(note), at)
    }

    /// A row of the store. `peer` is the other side of the conversation.
    pub(in crate::chat) fn from_store(message: store::Message, peer: Speaker) -> Self {
        let received = message.received_at.timestamp().unwrap_or_default();
        let is_mine = message.kind == Kind::Mine;
        let content = match message.kind {
            Kind::NeedsNewer => Content::Note(Note::NeedsNewer),
            Kind::Missed => Content::Note(Note::Missed(message.text.parse().unwrap_or(1))),
            Kind::Theirs | Kind::Mine => Content::Message(Message {
                speaker: if is_mine { Speaker::Me } else { peer },
                text: message.text.into(),
                raw: message.raw.map(Vec::into_boxed_slice),
                charset: message.charset,
                detected: Some(message.charset),
                delivery: is_mine.then(|| message.state.into()),
                id: None,
                marks: message.marks,
                file: message.file.map(|file| Box::new(Attached::Offered(file))),
            }),
        };
        Self::unstored(content, received)
            .sent_at(message.sent_at, received)
            .stored_as(message.row)
    }

    fn unstored(content: Content, at: Timestamp) -> Self {
        Self {
            at,
            arrived: None,
            content,
            place: Place::UNKNOWN,
        }
    }

    /// Sets its row in the store, which names it from now on.
    pub(in crate::chat) fn stored_as(mut self, row: Row) -> Self {
        self.place = Place::stored(row);
        if let Content::Message(message) = &mut self.content {
            message.id = None;
        }
        self
    }

    /// Sets when it was sent, by the sender's clock, and when it arrived here.
    pub(in crate::chat) fn sent_at(mut self, sent_at: Millis, received: Timestamp) -> Self {
        // Nothing arrives before it was sent. If it seems so, one of the clocks is wrong, and the person
        // reads ours.
        let sent = sent_at.timestamp().unwrap_or(received);
        self.at = sent.min(received);
        let is_late = received.duration_since(self.at) >= LATE;
        self.arrived = is_late.then_some(received);
        self
    }

    /// Sets the newest row of the store when it came, of an item that is not in the store.
    pub(in crate::chat) fn came_after(&mut self, newest: Option<Row>) {
        self.place = newest.map_or(Place::UNKNOWN, Place::after);
    }

    /// Its row in the store, if it is there.
    pub fn row(&self) -> Option<Row> {
        (!self.place.is_unstored).then_some(self.place.row)
    }

    /// How far it has come, if it is a message of ours.
    pub fn delivery(&self) -> Option<Delivery> {
        match &self.content {
            Content::Message(message) => message.delivery,
            Content::Note(_) => None,
        }
    }

    /// Sets how far it has come, if it is a message of ours.
    pub(in crate::chat) fn set_delivery(&mut self, to: Delivery) {
        if let Content::Message(message) = &mut self.content
            && message.delivery.is_some()
        {
            message.delivery = Some(to);
        }
    }

    /// The worker has crashed: a message that it was about to send is lost.
    pub(super) fn fail_sending(&mut self) {
        if self.delivery() == Some(Delivery::Sending) {
            self.set_delivery(Delivery::NotSent);
        }
    }

    /// This much of a file of ours was read, which is to be offered.
    pub(in crate::chat) fn set_read(&mut self, read: u64, size: u64) {
        if let Content::Message(message) = &mut self.content
            && let Some(file) = &mut message.file
            && let Attached::Preparing(_, percent) = &mut **file
        {
            *percent = Some((read.saturating_mul(100) / size.max(1)).min(100));
        }
    }

    /// A file of ours could not be offered.
    pub(in crate::chat) fn refuse_offer(&mut self, why: OfferError) {
        self.set_delivery(match why {
            OfferError::Cancelled => Delivery::Recalled,
            _ => Delivery::NotSent,
        });
        if let Content::Message(message) = &mut self.content
            && let Some(file) = &mut message.file
            && let Attached::Preparing(path, _) = &mut **file
        {
            **file = Attached::Refused(mem::take(path), why);
        }
    }

    /// Sets how far its file has come, in bytes.
    pub(super) fn set_moved(&mut self, moved: u64) {
        if let Content::Message(message) = &mut self.content
            && let Some(file) = &mut message.file
            && let Attached::Offered(file) = &mut **file
        {
            file.moved = moved.min(file.size);
        }
    }

    /// Whether it is a file of ours of which only the path is known.
    pub(in crate::chat) fn is_preparing(&self) -> bool {
        let Content::Message(message) = &self.content else {
            return false;
        };
        matches!(message.file.as_deref(), Some(Attached::Preparing(..)))
    }

    pub(super) fn has_id(&self, id: MessageId) -> bool {
        matches!(&self.content, Content::Message(message) if message.id == Some(id))
    }

    pub(in crate::chat) fn is_mine(&self) -> bool {
        self.delivery().is_some()
    }

    pub(super) fn is_from_peer(&self) -> bool {
        matches!(&self.content, Content::Message(message) if message.delivery.is_none())
    }

    /// Decodes it again, if it is a message that came in plain text.
    pub(super) fn reread(&mut self, reading: Reading) {
        if let Content::Message(message) = &mut self.content {
            message.reread(reading);
        }
    }

    /// Takes over what has become of it in the store since. The store knows nothing of the network, so only a final state of
    /// its delivery is newer than ours.
    pub(super) fn take_over(&mut self, newer: Self) {
        if let Some(delivery) = newer.delivery().filter(|delivery| delivery.is_final()) {
            self.set_delivery(delivery);
        }
        if let (Content::Message(message), Content::Message(newer)) =
            (&mut self.content, newer.content)
        {
            message.text = newer.text;
            message.marks = newer.marks;
            message.file = newer.file;
        }
    }

    /// The message in this row begins like this now.
    pub(super) fn requote(&mut self, row: Row, beginning: &str) {
        if let Content::Message(message) = &mut self.content
            && let Some(quote) = &mut message.marks.quote
            && let Some((source, text)) = &mut quote.source
            && *source == row
        {
            beginning.clone_into(text);
        }
    }

    /// How much it counts against [`MAX_BYTES`](super::MAX_BYTES).
    pub(super) fn bytes(&self) -> usize {
        match &self.content {
            Content::Message(message) => {
                message.text.len() + message.raw.as_ref().map_or(0, |raw| raw.len())
            }
            Content::Note(_) => 0,
        }
    }
}
