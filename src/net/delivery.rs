//! Nothing lost, nothing twice: what lies between the store and one encrypted connection.
//!
//! A message of ours goes store, then wire; one of the peer's goes wire, store, then *Ack*. Numbers tell on either
//! side what is there already (`docs/protocol.md`, section 5). In each turn: hand over what the session said
//! (`handle_*`), then [`Delivery::keep`] it in a batch of the store; once that is committed, call
//! [`Delivery::committed`]; then [`Delivery::feed`]. What is not committed has not happened, and was promised to
//! nobody.
//!
//! Must not know sockets or the clock.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    identity::StreamId,
    net::protocol::{
        Tag,
        frame::{Ack, Body, Item, RESUME_CAP, Start},
        secure::Secure,
    },
    store::{Batch, ConversationId, Incoming, Place, State, Store, StoreError, Waiting, Written},
};

/// As many streams of the peer may begin in one connection. It has one for each start of its program.
const MOST_STREAMS: usize = 16 * 1024;
/// So many streams of ours are resumed in one connection.
const MOST_RESUMED: usize = MOST_STREAMS;
/// Items that are read from the store at a time.
const PIECE: u32 = 64;
/// Nobody numbers this far, and the store can't.
const LAST_NUMBER: u64 = i64::MAX as u64;

/// A stream of the peer's, in this connection.
#[derive(Debug, Clone, Copy)]
struct Begun {
    up_to: u64,
    /// So many before its first item were missed for good.
    missed: u64,
}

/// What came, and is not on the disk yet.
#[derive(Debug)]
enum Staged {
    Item { item: Item, missed: u64 },
    Ack(Ack),
}

/// What a batch has made of what was staged.
#[derive(Debug)]
pub enum Row {
    /// The row of an item, and that of what was missed before it.
    Item(Option<u64>, Option<u64>),
    /// What became of messages of ours.
    Settled(Vec<(u64, State)>),
}

/// What was kept of what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A message of the peer's.
    Text {
        /// Its row in the store.
        row: u64,
        /// What it says.
        text: String,
        /// When it was written, in milliseconds since 1970 by the peer's clock.
        sent_at: i64,
    },
    /// Something that only a later version understands.
    NeedsNewer {
        /// Its row in the store.
        row: u64,
    },
    /// So many messages went to another copy of this store.
    Missed {
        /// How many.
        count: u64,
        /// The row that says so.
        row: u64,
    },
    /// What became of messages of ours.
    Settled(Vec<(u64, State)>),
}

/// The peer broke the rules, or the store can't say whether it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Numbers that jump or go back, an acknowledgement of what was never sent.
    #[error("the peer broke the rules of delivery")]
    Misbehaved,
    /// It is not known how far a stream has come.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// See the [module](self).
#[derive(Debug)]
pub struct Delivery {
    conversation: ConversationId,
    /// The peer's streams that it has begun in this connection.
    begun: BTreeMap<StreamId, Begun>,
    /// Ours of which the peer has not said yet how far they have come, and the first number asked about.
    asked: BTreeMap<StreamId, u64>,
    /// Ours in this connection: what was handed to the session, or was there already.
    handed: BTreeMap<StreamId, u64>,
    /// Everything up to here was handed to the session.
    cursor: Place,
    /// Nothing waits in the store behind the cursor.
    caught_up: bool,
    /// The peer has broken the rules.
    refused: bool,
    staged: Vec<Staged>,
}

impl Delivery {
    /// For a connection that is open from now on. Asks the peer how far our streams have come.
    ///
    /// # Errors
    /// What waits can't be read.
    pub fn begin(
        conversation: ConversationId,
        store: &Store,
        session: &mut Secure,
    ) -> Result<Self, StoreError> {
        let mut asked = BTreeMap::new();
        let mut last = Place::default();
        while asked.len() < MOST_RESUMED {
            let pending = store.pending(conversation, last, RESUME_CAP as u32)?;
            let Some(newest) = pending.last() else { break };
            last = newest.place;
            asked.extend(pending.iter().map(|stream| (stream.epoch, stream.first)));
            let starts = pending.iter().map(|stream| Start {
                epoch: stream.epoch,
                first: stream.first,
            });
            session.resume(starts.collect());
        }
        Ok(Self {
            conversation,
            begun: BTreeMap::new(),
            asked,
            handed: BTreeMap::new(),
            cursor: Place::default(),
            caught_up: false,
            refused: false,
            staged: Vec::new(),
        })
    }

    /// Whom this is with.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Whether something came that is not on the disk yet.
    pub fn is_staged(&self) -> bool {
        !self.staged.is_empty()
    }

    /// The peer has broken the rules: what it said behind that, perhaps in the same breath, does not count.
    pub fn refuse(&mut self) {
        self.refused = true;
    }

    /// Whether nothing that the peer says counts any more.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// The peer asks how far these streams of its have come.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    pub fn handle_resume(
        &mut self,
        starts: &[Start],
        store: &Store,
        session: &mut Secure,
    ) -> Result<(), DeliveryError> {
        for start in starts {
            let known = store.received_up_to(self.conversation, start.epoch)?;
            let before = start.first.checked_sub(1);
            let before = before.filter(|before| *before < LAST_NUMBER);
            let before = before.ok_or(DeliveryError::Misbehaved)?;
            // What is only in memory is not acknowledged, so it comes once more and is passed over.
            let up_to = if store.is_durable() {
                known.max(before)
            } else {
                before
            };
            let begun = Begun {
                up_to,
                missed: missed(store, known, before),
            };
            if self.begun.len() >= MOST_STREAMS || self.begun.insert(start.epoch, begun).is_some() {
                return Err(DeliveryError::Misbehaved);
            }
            session.ack(Ack {
                epoch: start.epoch,
                up_to,
            });
        }
        Ok(())
    }

    /// The peer said this.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    pub fn handle_item(&mut self, item: Item, store: &Store) -> Result<(), DeliveryError> {
        let before = item.number.checked_sub(1);
        let before = before.filter(|before| *before < LAST_NUMBER);
        let before = before.ok_or(DeliveryError::Misbehaved)?;
        let missed = if let Some(begun) = self.begun.get_mut(&item.epoch) {
            if begun.up_to != before {
                return Err(DeliveryError::Misbehaved);
            }
            begun.up_to = item.number;
            std::mem::take(&mut begun.missed)
        } else {
            let known = store.received_up_to(self.conversation, item.epoch)?;
            if known > before || self.begun.len() >= MOST_STREAMS {
                return Err(DeliveryError::Misbehaved);
            }
            let begun = Begun {
                up_to: item.number,
                missed: 0,
            };
            self.begun.insert(item.epoch, begun);
            missed(store, known, before)
        };
        // Only a store that forgets is sent again what it had acknowledged to nobody.
        let is_known = !store.is_durable()
            && item.number <= store.received_up_to(self.conversation, item.epoch)?;
        if !is_known {
            self.staged.push(Staged::Item { item, missed });
        }
        Ok(())
    }

    /// The peer has so much on its disk.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    pub fn handle_ack(&mut self, ack: Ack) -> Result<(), DeliveryError> {
        let may = match self.asked.remove(&ack.epoch) {
            // It may know more of a stream than we, if ours is a restored backup.
            Some(first) => ack.up_to >= first - 1,
            None => self
                .handed
                .get(&ack.epoch)
                .is_some_and(|handed| ack.up_to <= *handed),
        };
        if !may {
            return Err(DeliveryError::Misbehaved);
        }
        let handed = self.handed.entry(ack.epoch).or_default();
        *handed = (*handed).max(ack.up_to);
        self.staged.push(Staged::Ack(ack));
        Ok(())
    }

    /// Puts what came into a batch. What it has become is for [`Self::committed`].
    ///
    /// # Errors
    /// It can't be kept; then none of it is.
    pub fn keep(&self, batch: &mut Batch<'_>, now_ms: i64) -> Result<Vec<Row>, StoreError> {
        let rows = self.staged.iter().map(|staged| match staged {
            Staged::Item { item, missed } => {
                let incoming = match &item.body {
                    Body::Text(text) => Incoming::Text(text),
                    Body::Skip => Incoming::Skip,
                    Body::Unknown(_) => Incoming::Unknown,
                };
                let (row, gap) = batch.receive(
                    self.conversation,
                    (item.epoch, item.number),
                    *missed,
                    incoming,
                    (item.sent_at, now_ms),
                )?;
                Ok(Row::Item(row, gap))
            }
            Staged::Ack(ack) => {
                let rows = batch.acknowledge(self.conversation, ack.epoch, ack.up_to)?;
                Ok(Row::Settled(rows))
            }
        });
        rows.collect()
    }

    /// The batch is on the disk: acknowledges what came in it, and says what that was. `durable` is whether
    /// that disk is one.
    pub fn committed(&mut self, rows: Vec<Row>, durable: bool, session: &mut Secure) -> Vec<Kept> {
        let mut acks = BTreeMap::new();
        let mut kept = Vec::with_capacity(rows.len());
        for (staged, row) in self.staged.drain(..).zip(rows) {
            match (staged, row) {
                (Staged::Item { item, missed }, Row::Item(row, gap)) => {
                    acks.insert(item.epoch, item.number);
                    kept.extend(gap.map(|row| Kept::Missed { count: missed, row }));
                    let sent_at = item.sent_at;
                    kept.extend(row.map(|row| match item.body {
                        Body::Text(text) => Kept::Text { row, text, sent_at },
                        Body::Skip | Body::Unknown(_) => Kept::NeedsNewer { row },
                    }));
                }
                (_, Row::Settled(rows)) if !rows.is_empty() => kept.push(Kept::Settled(rows)),
                _ => {}
            }
        }
        if durable {
            for (epoch, up_to) in acks {
                session.ack(Ack { epoch, up_to });
            }
        }
        kept
    }

    /// A message of ours to this peer is on the disk. Hands it on at once if nothing waits before it.
    pub fn written(&mut self, written: Written, text: &str, sent_at: i64, session: &mut Secure) {
        if self.caught_up && session.has_room() {
            self.hand_over(
                Waiting {
                    epoch: written.epoch,
                    place: written.place,
                    row: written.row,
                    sent_at,
                    text: Some(text.to_owned()),
                },
                session,
            );
        } else {
            self.caught_up = false;
        }
    }

    /// Whether a message of ours at this place is on its way already.
    pub fn is_handed_over(&self, place: Place) -> bool {
        place <= self.cursor
    }

    /// Hands on what waits in the store, as far as the session has room. Nothing may be [staged](Self::is_staged).
    ///
    /// # Errors
    /// What waits can't be read.
    pub fn feed(&mut self, store: &mut Store, session: &mut Secure) -> Result<(), StoreError> {
        // How far a stream has come must be known, and kept, before anything of it goes out again.
        while !self.caught_up && self.asked.is_empty() && session.has_room() {
            let waiting = store.waiting(self.conversation, self.cursor, PIECE)?;
            self.caught_up = waiting.is_empty();
            for item in waiting {
                if item.text.is_none() {
                    // The peer has said that it does not have it.
                    store.leave_out(self.conversation, item.place)?;
                }
                self.hand_over(item, session);
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, item: Waiting, session: &mut Secure) {
        self.cursor = item.place;
        self.handed.insert(item.epoch, item.place.number);
        let body = item.text.map_or(Body::Skip, Body::Text);
        let tag = Tag(item.row);
        let item = Item {
            epoch: item.epoch,
            number: item.place.number,
            sent_at: item.sent_at,
            body,
        };
        session.send(tag, item);
    }
}

/// So many items were acknowledged, and not by this store. One that forgets has acknowledged nothing itself, so
/// what it does not know of is not missing.
fn missed(store: &Store, known: u64, before: u64) -> u64 {
    if store.is_durable() {
        before.saturating_sub(known)
    } else {
        0
    }
}
