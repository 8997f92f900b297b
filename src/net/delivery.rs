//! Delivery without loss or duplicates between the store and one encrypted connection.
//!
//! A message of ours goes to the store first, then to the wire; one of the peer's goes from the wire to the store, and
//! is acknowledged only then. Sequence numbers tell each side what is there already (`docs/protocol.md`, section 5).
//! In each turn of the loop: pass on what the session received (`handle_*`); [`Delivery::write`] it to a batch; once
//! that is committed, call [`Delivery::committed`]; then [`Delivery::pump`]. Until a batch is committed, nothing in it
//! has happened, and nobody has been promised anything.
//!
//! Must not know sockets or the clock.

mod outgoing;
mod read_marks;
mod references;
mod staged;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    identity::{PeerId, PublicKey, StreamId},
    millis::Millis,
    net::{
        Event,
        protocol::{
            Tag,
            frame::{Ack, Item, READ_MARKS, Start},
            secure::{Output, Secure},
        },
    },
    store::{ConversationId, OutboxItem, OutboxPos, Row, Store, StoreError},
};
use outgoing::Outgoing;
use read_marks::ReadMarks;
use staged::Staged;

/// Maximum number of streams that the peer may use in one connection. It begins one at each start of its program.
const MAX_STREAMS: usize = 16 * 1024;
/// The highest sequence number: `SQLite` integers are signed.
const LAST_NUMBER: u64 = i64::MAX as u64;

/// One of the peer's streams, in this connection.
#[derive(Debug, Clone, Copy)]
struct IncomingStream {
    up_to: u64,
    /// How many items before the first one were missed for good.
    missed: u64,
}

/// The peer broke the rules, or the store can't say whether it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum DeliveryError {
    /// Numbers that skip or repeat, or an acknowledgement of something never sent.
    #[error("the peer broke the rules of delivery")]
    Misbehaved,
    /// The store can't say how far a stream has come.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// See the [module](self).
#[derive(Debug)]
pub struct Delivery {
    peer: PublicKey,
    conversation: ConversationId,
    /// Whether the store outlives the program: what is only in memory is not acknowledged.
    durable: bool,
    /// The peer's streams that it has used in this connection.
    streams: BTreeMap<StreamId, IncomingStream>,
    outgoing: Outgoing,
    read_marks: ReadMarks,
    /// The peer has broken the rules.
    refused: bool,
    staged: Vec<Staged>,
}

impl Delivery {
    /// For a connection that has just opened, with the `features` of *Hello* that both sides have. Asks the peer how far our
    /// streams have come, and tells it how far the person has read if both want read marks.
    ///
    /// # Errors
    /// The outbox can't be read.
    pub fn begin(
        peer: PublicKey,
        features: u64,
        store: &mut Store,
        secure: &mut Secure,
        now: Millis,
    ) -> Result<Self, StoreError> {
        let conversation = store.conversation(&PeerId::Key(peer), now)?;
        let outgoing = Outgoing::begin(conversation, features, store, secure)?;
        let mut read_marks = ReadMarks::new(features & READ_MARKS != 0);
        read_marks.send(conversation, store, secure)?;
        Ok(Self {
            read_marks,
            peer,
            conversation,
            durable: store.is_durable(),
            streams: BTreeMap::new(),
            outgoing,
            refused: false,
            staged: Vec::new(),
        })
    }

    /// The key of the peer.
    pub fn peer(&self) -> PublicKey {
        self.peer
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Whether something was received that is not on the disk yet.
    pub fn is_staged(&self) -> bool {
        !self.staged.is_empty() || self.read_marks.is_staged()
    }

    /// The session received this. A peer that breaks the rules is refused, and nothing that it sent after that counts.
    ///
    /// # Errors
    /// The store can't say how far a stream has come.
    pub fn handle_output(
        &mut self,
        output: Output,
        store: &Store,
        secure: &mut Secure,
    ) -> Result<(), StoreError> {
        if self.refused {
            return Ok(());
        }
        let handled = match output {
            Output::Item(item) => self.handle_item(item, store),
            Output::Ack(ack) => self.handle_ack(ack),
            Output::Read(read) => self.handle_read(read, store),
            Output::Resume(starts) => self.handle_resume(&starts, store, secure),
            _ => Ok(()),
        };
        match handled {
            Ok(()) => Ok(()),
            Err(DeliveryError::Misbehaved) => {
                self.refused = true;
                secure.refuse();
                Ok(())
            }
            Err(DeliveryError::Store(error)) => Err(error),
        }
    }

    /// The peer asks how far these streams of its have come.
    fn handle_resume(
        &mut self,
        starts: &[Start],
        store: &Store,
        secure: &mut Secure,
    ) -> Result<(), DeliveryError> {
        for start in starts {
            let known = store.received_up_to(self.conversation, start.stream)?;
            let before = number_before(start.first)?;
            // What is only in memory is sent once more, and skipped.
            let up_to = if self.durable {
                known.max(before)
            } else {
                before
            };
            let stream = IncomingStream {
                up_to,
                missed: self.missed(known, before),
            };
            if self.streams.len() >= MAX_STREAMS
                || self.streams.insert(start.stream, stream).is_some()
            {
                return Err(DeliveryError::Misbehaved);
            }
            secure.ack(Ack {
                stream: start.stream,
                up_to,
            });
        }
        Ok(())
    }

    fn handle_item(&mut self, item: Item, store: &Store) -> Result<(), DeliveryError> {
        let before = number_before(item.number)?;
        let missed = if let Some(stream) = self.streams.get_mut(&item.stream) {
            if stream.up_to != before {
                return Err(DeliveryError::Misbehaved);
            }
            stream.up_to = item.number;
            std::mem::take(&mut stream.missed)
        } else {
            let known = store.received_up_to(self.conversation, item.stream)?;
            if known > before || self.streams.len() >= MAX_STREAMS {
                return Err(DeliveryError::Misbehaved);
            }
            let stream = IncomingStream {
                up_to: item.number,
                missed: 0,
            };
            self.streams.insert(item.stream, stream);
            self.missed(known, before)
        };
        self.check_references(&item, store)?;
        // A store in memory acknowledges nothing, so what it has already is sent again.
        let is_known =
            !self.durable && item.number <= store.received_up_to(self.conversation, item.stream)?;
        if !is_known {
            self.staged.push(Staged::Item {
                item,
                missed,
                row: None,
                missed_row: None,
                changed_row: None,
                too_many: false,
            });
        }
        Ok(())
    }

    /// The peer has this much of a stream on its disk.
    fn handle_ack(&mut self, ack: Ack) -> Result<(), DeliveryError> {
        if !self.outgoing.handle_ack(ack) {
            return Err(DeliveryError::Misbehaved);
        }
        let settled = Vec::new();
        self.staged.push(Staged::Ack { ack, settled });
        Ok(())
    }

    /// The system's network has taken the item with this tag whole. For a change nothing is reported.
    pub fn handle_sent(&self, tag: Tag) -> Option<Event> {
        let (peer_id, row) = (PeerId::Key(self.peer), Row::new(tag.0));
        (row > Row::ZERO).then_some(Event::Sent { peer_id, row })
    }

    /// A message of ours to this peer is on the disk. Hands it to the session at once if nothing waits before it.
    pub fn handle_stored(&mut self, item: OutboxItem, secure: &mut Secure) {
        self.outgoing.handle_stored(item, secure);
    }

    /// More messages of ours to this peer wait in the store.
    pub fn handle_more_waiting(&mut self) {
        self.outgoing.handle_more_waiting();
    }

    /// Whether the message of ours at this position is on its way already.
    pub fn is_handed_over(&self, pos: OutboxPos) -> bool {
        self.outgoing.is_handed_over(pos)
    }

    /// Hands over what waits in the store, as far as the session has room. Nothing may be [staged](Self::is_staged). Reports
    /// the messages whose edits nobody has to be told of, because the peer gets only their last text.
    ///
    /// # Errors
    /// The outbox can't be read or written.
    pub fn pump(
        &mut self,
        store: &mut Store,
        secure: &mut Secure,
    ) -> Result<Vec<Event>, StoreError> {
        let changed = self.outgoing.pump(store, secure)?.into_iter();
        let peer_id = || PeerId::Key(self.peer);
        let events = changed.map(|row| Event::MessageChanged {
            peer_id: peer_id(),
            row,
        });
        Ok(events.collect())
    }

    /// How many items were acknowledged, but not by this store. One in memory has acknowledged nothing, so what it
    /// does not know of is not missing.
    fn missed(&self, known: u64, before: u64) -> u64 {
        if self.durable {
            before.saturating_sub(known)
        } else {
            0
        }
    }
}

/// The number before this one, which must be one that a stream can have.
fn number_before(number: u64) -> Result<u64, DeliveryError> {
    let before = number.checked_sub(1);
    let before = before.filter(|before| *before < LAST_NUMBER);
    before.ok_or(DeliveryError::Misbehaved)
}
