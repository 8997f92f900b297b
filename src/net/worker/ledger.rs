//! Everything that goes through the store: what is received and written in a turn of the loop is committed together.
//!
//! What can't be stored is promised to nobody: a message of an encrypted peer stays unacknowledged, and nothing more
//! is read from that peer; one of ours to an encrypted peer is not sent, and the window is told. Plain text can't wait:
//! it is sent and shown all the same.
//!
//! What happens comes back as events. Must not know sockets or sessions.

mod changes;
mod files;
mod held;
mod limits;
mod pending;
mod records;
mod shelf;
#[cfg(test)]
mod tests;
mod unsent;
mod work;

use std::{
    io::ErrorKind,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::wall_clock;
use crate::{
    identity::{PeerId, PublicKey, StreamId},
    millis::Millis,
    net::{
        Event, MessageId,
        delivery::Delivery,
        protocol::{
            Tag,
            frame::FILES,
            secure::{Output, Secure},
        },
    },
    store::{Notifier, OutboxItem, Outgoing, Row, State, Store, StoreError, Written},
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};
use limits::Limits;
use pending::{PendingWrite, received_plain};
use shelf::Shelf;
use unsent::{MessageName, Unsent};
use work::Work;

/// How long to wait before storing again what could not be stored.
const RETRY: Duration = Duration::from_secs(1);

/// The encrypted connection there is, if any, and what lies between it and the store.
pub(super) type Connection<'a> = Option<(&'a mut Delivery, &'a mut Secure)>;

/// See the [module](self). Nothing in it grows with the messages that wait to be delivered: they are in the store.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    shelf: Shelf,
    /// What is written at the end of this turn, in the order in which it happened.
    pending: Vec<PendingWrite>,
    unsent: Unsent,
    work: Work,
    /// When to store again what could not be stored.
    retry_at: Option<Instant>,
    /// The store fails, and the window knows.
    is_failing: bool,
    /// How many messages wait to be delivered, as far as the window knows.
    waiting: u64,
    /// Whether messages outlive their conversation.
    keeps: bool,
    limits: Limits,
    /// Told by the store of its changes, to keep the search index up to date.
    notifier: Notifier,
}

impl Ledger {
    /// Nothing is opened yet: see [`Self::open`].
    pub fn new(notifier: Notifier, limits: crate::net::Limits) -> Self {
        Self {
            notifier,
            limits: Limits::new(limits),
            keeps: true,
            ..Self::default()
        }
    }

    /// Whether what is stored outlives the program, and the window can read it.
    pub fn is_durable(&self) -> bool {
        self.shelf.store().is_some_and(Store::is_durable)
    }

    /// Whether something could not be stored and is to be tried again.
    pub fn is_retrying(&self) -> bool {
        self.retry_at.is_some()
    }

    /// When to call [`Self::commit_due`], [`Self::work`] and [`Self::reopen`].
    pub fn poll_deadline(&self) -> Option<Instant> {
        let deadlines = [
            self.retry_at,
            self.work.retry_at,
            self.shelf.reopen_at(),
            self.limits.poll_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Takes a message of ours to an encrypted peer, connected or not, which may answer the one in a row.
    pub fn write(&mut self, id: MessageId, to: PublicKey, text: String, reply_to: Option<Row>) {
        self.pending.push(PendingWrite::Message {
            id,
            to,
            text,
            reply_to,
            at: wall_clock(),
            written: None,
        });
    }

    /// Takes a message of ours in plain text. Returns the tag to give it to the session with; then call
    /// [`Self::handle_plain_sent`] or [`Self::handle_plain_not_sent`].
    pub fn write_plain(
        &mut self,
        id: MessageId,
        peer_id: PeerId,
        text: &str,
        charset: Charset,
    ) -> Tag {
        let tag = self.unsent.add(id);
        // A store in memory would only grow.
        if self.is_durable() {
            self.pending.push(PendingWrite::PlainMessage {
                id,
                tag,
                peer_id,
                text: text.to_owned(),
                charset,
                written: None,
            });
        }
        tag
    }

    /// The system has taken this message in plain text whole.
    pub fn handle_plain_sent(&mut self, tag: Tag) -> Option<Event> {
        Some(match self.unsent.take(tag)? {
            MessageName::NotStored(id) => Event::NotStored { id, is_sent: true },
            MessageName::Stored(peer_id, conversation, row) => {
                self.pending
                    .push(PendingWrite::PlainSent(conversation, row));
                Event::Sent { peer_id, row }
            }
        })
    }

    /// This message in plain text will not be sent. What is pending must have been [committed](Self::commit).
    pub fn handle_plain_not_sent(&mut self, tag: Tag) -> Option<Event> {
        Some(match self.unsent.take(tag)? {
            MessageName::NotStored(id) => Event::NotStored { id, is_sent: false },
            // The store takes it for that already.
            MessageName::Stored(peer_id, _, row) => Event::Settled {
                peer_id,
                rows: Arc::from([(row, State::NotSent)]),
            },
        })
    }

    /// Takes a message of a peer in plain text. Returns it if it is not to be stored.
    pub fn receive_plain(
        &mut self,
        peer_id: PeerId,
        decoded: Decoded,
        end: LineEnd,
    ) -> Option<Event> {
        let received = PendingWrite::PlainReceived {
            peer_id,
            decoded,
            end,
            at: SystemTime::now(),
            row: None,
        };
        // A store in memory would only grow.
        if !self.is_durable() {
            return received.not_stored();
        }
        self.pending.push(received);
        None
    }

    /// Both sides of an encrypted connection have said *Hello*, and have these features in common: begins to deliver.
    ///
    /// # Errors
    /// The store can't be read. Nothing can be delivered.
    pub fn begin(
        &mut self,
        peer: PublicKey,
        features: u64,
        secure: &mut Secure,
    ) -> Result<Option<Delivery>, StoreError> {
        let Some(store) = self.shelf.store_mut() else {
            return Ok(None);
        };
        let now = wall_clock();
        if features & FILES != 0 {
            let conversation = store.conversation(&PeerId::Key(peer), now)?;
            store.send_put_off(conversation, StreamId::random())?;
        }
        Delivery::begin(peer, features, store, secure, now).map(Some)
    }

    /// An encrypted peer sent an item, or spoke of items.
    ///
    /// # Errors
    /// The store can't be read: the connection is of no use any more.
    pub fn receive(
        &mut self,
        output: Output,
        delivery: &mut Delivery,
        secure: &mut Secure,
    ) -> Result<(), StoreError> {
        match self.shelf.store() {
            Some(store) => delivery.handle_output(output, store, secure),
            None => Ok(()),
        }
    }

    /// Commits everything received and written so far. If that fails, it is tried again later.
    pub fn commit(&mut self, mut connection: Connection<'_>, now: Instant) -> Vec<Event> {
        let is_staged = matches!(&connection, Some((delivery, _)) if delivery.is_staged());
        if self.pending.is_empty() && !is_staged {
            return Vec::new();
        }
        let result = self.try_commit(&mut connection);
        let pending = std::mem::take(&mut self.pending);
        let mut events = Vec::new();
        match result {
            Ok(taken) => {
                self.retry_at = None;
                events.extend(self.record_result(Ok(())));
                if !taken.is_empty() {
                    self.limits.handle_taken(&taken);
                    events.extend(self.look_at_disk(now));
                }
                if let Some((delivery, secure)) = &mut connection {
                    events.extend(delivery.committed(SystemTime::now(), secure));
                }
                for write in pending {
                    events.extend(self.committed(write, &mut connection));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what was received and written can't be stored");
                self.retry_at = Some(now + RETRY);
                events.extend(self.record_result(Err(error)));
                events.extend(pending.into_iter().filter_map(PendingWrite::not_stored));
            }
        }
        events
    }

    /// The same at the end of a turn: after a failure only when it is time to try again, or something new was written.
    pub fn commit_due(&mut self, connection: Connection<'_>, now: Instant) -> Vec<Event> {
        self.retry_at = self.retry_at.filter(|at| now < *at);
        let mut events: Vec<_> = self.look_again(now).into_iter().collect();
        if self.retry_at.is_none() {
            // It has failed before.
            events.extend(self.set_keeping(self.keeps, now));
        }
        if self.retry_at.is_none() || !self.pending.is_empty() {
            events.extend(self.commit(connection, now));
        }
        events
    }

    /// Hands over what waits for the peer of this connection, as far as there is room.
    ///
    /// # Errors
    /// The store can't be used: the connection is of no use any more.
    pub fn pump(&mut self, connection: Connection<'_>) -> Result<Vec<Event>, StoreError> {
        match (self.shelf.store_mut(), connection) {
            (Some(store), Some((delivery, secure))) if !delivery.is_staged() => {
                delivery.pump(store, secure)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// How many messages wait to be delivered, if that has changed.
    pub fn poll_waiting(&mut self) -> Option<Event> {
        let count = self.shelf.store()?.waiting_count();
        (std::mem::replace(&mut self.waiting, count) != count).then_some(Event::Outbox(count))
    }

    /// Records that the store was written, or could not be. Reports that if it was different the last time.
    pub fn record_result(&mut self, written: Result<(), StoreError>) -> Option<Event> {
        match written {
            Err(error) => {
                if let (StoreError::Damaged, Some(store)) = (error, self.shelf.store()) {
                    store.report_damage();
                }
                let is_news = !std::mem::replace(&mut self.is_failing, true);
                is_news.then_some(Event::StoreFailed(error))
            }
            // What could not be stored is still to be tried again, or nothing is stored from peers.
            Ok(()) if self.retry_at.is_some() || self.limits.is_low() => None,
            Ok(()) => std::mem::take(&mut self.is_failing).then_some(Event::StoreWell),
        }
    }

    /// Returns how much peers that have sent something have sent within a day.
    fn try_commit(&mut self, connection: &mut Connection<'_>) -> Result<Vec<u64>, StoreError> {
        let store = self.shelf.store_mut();
        let store = store.ok_or(StoreError::Io(ErrorKind::NotFound))?;
        let mut batch = store.batch()?;
        if let Some((delivery, _)) = connection {
            delivery.write(&mut batch, wall_clock())?;
        }
        for write in &mut self.pending {
            write.write(&mut batch, wall_clock())?;
        }
        batch.commit_counting()
    }

    /// This is in the store.
    fn committed(&mut self, write: PendingWrite, connection: &mut Connection<'_>) -> Option<Event> {
        match write {
            PendingWrite::Message {
                id,
                to,
                text,
                at,
                written,
                ..
            } => {
                let written = written?;
                let what = Outgoing::Text(text, written.reply_to);
                Some(stored(id, to, written, at, what, connection))
            }
            PendingWrite::Offer {
                id,
                to,
                name,
                offer,
                at,
                written,
                ..
            } => {
                let what = Outgoing::Offer(name, offer);
                Some(stored(id, to, written?, at, what, connection))
            }
            PendingWrite::PlainMessage {
                id,
                tag,
                peer_id,
                written,
                ..
            } => {
                let (conversation, row) = written?;
                self.unsent
                    .set_stored(tag, peer_id.clone(), conversation, row);
                Some(Event::Stored { id, peer_id, row })
            }
            PendingWrite::PlainSent(..) => None,
            PendingWrite::PlainReceived {
                peer_id,
                decoded,
                end,
                at,
                row,
            } => Some(received_plain(peer_id, row, at, decoded, end)),
        }
    }
}

/// A message of ours to an encrypted peer is in the store. Hands it over if that peer is connected.
fn stored(
    id: MessageId,
    to: PublicKey,
    written: Written,
    sent_at: Millis,
    what: Outgoing,
    connection: &mut Connection<'_>,
) -> Event {
    if let Some((delivery, secure)) = connection
        && delivery.peer() == to
    {
        let item = OutboxItem {
            stream: written.stream,
            pos: written.pos,
            row: Some(written.row),
            sent_at,
            what: Some(what),
        };
        delivery.handle_stored(item, secure);
    }
    let (peer_id, row) = (PeerId::Key(to), written.row);
    Event::Stored { id, peer_id, row }
}
