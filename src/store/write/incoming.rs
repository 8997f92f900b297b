//! Items that were received.

use crate::{
    identity::StreamId,
    millis::Millis,
    store::{
        file::FileOffer,
        message::{Change, MessageName},
        row::Row,
    },
};

/// An item that was received from the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// The peer's stream.
    pub stream: StreamId,
    /// Its number in that stream.
    pub number: u64,
    /// The number of items before it that are missing for good.
    pub missed: u64,
    /// When it was written; by the peer's clock.
    pub sent_at: Millis,
    /// What it is.
    pub content: Content<'a>,
}

/// What an item contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A message.
    Text(&'a str),
    /// A message that answers this one.
    Reply(MessageName, &'a str),
    /// An offer of a file of this name.
    Offer(&'a str, FileOffer),
    /// A change of this message.
    Change(MessageName, &'a Change),
    /// Nothing: its sender has recalled it.
    Skip,
    /// Something of a later version.
    Unknown,
}

/// The rows of an item that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedRows {
    /// The row of the item; a skipped one has none.
    pub item: Option<Row>,
    /// The row that says how many items are missing before it, if any are.
    pub missed: Option<Row>,
    /// The row of the message that the item has changed.
    pub changed: Option<Row>,
    /// The row of the item is no offer, but counts those for which there is no room.
    pub too_many: bool,
    /// The item is an offer for which there is no room; see [`Batch::decline`](crate::store::Batch::decline).
    pub no_room: bool,
}
