//! How events of the worker change the chat.

use jiff::{SignedDuration, Timestamp};

use super::{
    Chat, Door, Link, Peer, Problem, Progress,
    timeline::{Delivery, Item, Message, Note, Speaker},
};
use crate::{
    identity::PeerId,
    net::{ConnectError, EndReason, Event, MessageId, Payload},
    store::Row,
    text::charset::{Charset, Decoded, Reading},
};

/// A peer is taken to have stopped typing this long after it last said that it types.
const TYPES_FOR: SignedDuration = SignedDuration::from_secs(8);

impl Chat {
    /// Takes in an event of the worker. `now` is for events that carry no time of their own.
    #[expect(clippy::too_many_lines, reason = "one arm for each event")]
    pub fn apply(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Listening(listening) => self.door = Door::Open(listening),
            Event::ListenFailed { at, error, instead } => {
                self.door = Door::Closed;
                self.problem = Some(Problem::Listen { at, error, instead });
            }
            Event::ListeningStopped => self.door = Door::Closed,
            Event::ConnectFailed { call, error } => {
                // A call that has been cancelled in the meantime is of no interest.
                if matches!(&self.link, Link::Dialling { call: ours, .. } | Link::Redialling { call: ours, .. } if *ours == call)
                {
                    self.calling = None;
                    self.link = Link::Idle;
                    self.problem = Some(match (&self.identity, error) {
                        // Why there is no key helps more than that there is none.
                        (Some(Err(why)), ConnectError::NoIdentity) => {
                            Problem::Identity(why.clone())
                        }
                        _ => Problem::Connect { call, error },
                    });
                }
            }
            Event::Waiting { to, key } => {
                if let Link::Dialling { call, at } = &mut self.link
                    && call.to == to
                {
                    *at = Some(key);
                }
            }
            Event::Connected {
                peer,
                origin,
                peer_id,
                encrypted_before,
                last_row,
            } => {
                let peer = Peer::new(peer, origin, peer_id);
                self.connect(peer, encrypted_before, last_row, now);
            }
            Event::Identity(identity) => {
                if let Err(error) = &identity {
                    self.problem = Some(Problem::Identity(error.clone()));
                } else if matches!(self.problem, Some(Problem::Identity(_))) {
                    self.problem = None;
                }
                self.identity = Some(identity);
            }
            Event::Contacts(contacts) => self.contacts.set(&contacts),
            Event::StoreWell => {
                if self.open.allow_queries() && self.is_paged() {
                    self.open.load_newest();
                }
            }
            // The window shows these as notices.
            Event::StoreClosed(_) => self.store_closed(),
            Event::StoreOpened => self.store_opened(),
            Event::StoreFailed(_)
            | Event::StoreSetAside(_)
            | Event::Salvaged(_)
            | Event::Invite(_)
            | Event::UnknownRefused(_)
            | Event::LeftOut { .. }
            | Event::CallersRejected { .. } => {}
            Event::JoinRequested(request) => self.requests.add(request),
            Event::JoinRequestOver(id) => self.requests.remove(id),
            Event::Named(_) => {
                if let Some(key) = self.peer().and_then(Peer::key)
                    && let Some(known) = self.contacts.namesake(&key).map(|known| known.key)
                {
                    self.put_note(&PeerId::Key(key), Note::Namesake { key, known }, now);
                }
            }
            Event::Received {
                peer_id,
                row,
                at,
                payload,
            } => self.receive(
                &peer_id,
                row,
                Timestamp::try_from(at).unwrap_or(now),
                payload,
            ),
            Event::ClockOff(millis) => {
                if let Some(key) = self.peer().and_then(Peer::key) {
                    self.put_note(&PeerId::Key(key), Note::ClockOff(key, millis), now);
                }
            }
            Event::Typing(typing) => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.types_until = typing.then(|| now + TYPES_FOR);
                }
            }
            Event::Stored { id, peer_id, row } => self.stored(id, &peer_id, row),
            Event::NotStored { id, is_sent } => {
                let delivery = if is_sent {
                    Delivery::Sent
                } else {
                    Delivery::NotSent
                };
                self.update_unstored(id, |item| item.set_delivery(delivery));
            }
            Event::Sent { peer_id, row } => {
                if self.shown() == Some(&peer_id) {
                    self.open.timeline.set_sent(row);
                }
                // Plain text has no receipts: in the store it is sent already.
                if let Some(peer) = self.connected(&peer_id).filter(|peer| peer.key().is_some()) {
                    peer.sent.insert(row);
                }
            }
            Event::Settled { peer_id, rows } => {
                if self.shown() == Some(&peer_id) {
                    self.open.timeline.settle_deliveries(&rows);
                }
                if let Some(peer) = self.connected(&peer_id) {
                    for (row, _) in rows.iter() {
                        peer.sent.remove(row);
                    }
                }
            }
            Event::Changed(peer_id) => {
                self.open.allow_queries();
                if self.shown() == Some(&peer_id) {
                    self.open.load_changes();
                }
            }
            Event::LimitReached { peer_id, bytes } => {
                if let Some(peer) = self.connected(&peer_id) {
                    peer.limit_reached = Some(bytes);
                }
            }
            Event::Outbox(waiting) => self.waiting = waiting,
            Event::LacksFiles => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.lacks_files = true;
                }
            }
            Event::OfferProgress { id, read, size } => {
                self.update_unstored(id, |item| item.set_read(read, size));
            }
            Event::OfferFailed { id, why } => {
                self.update_unstored(id, |item| item.refuse_offer(why));
            }
            Event::FileHindered { peer_id, row, by } => {
                if let Some(peer) = self.connected(&peer_id) {
                    peer.moving.set_hindered(row, by);
                }
            }
            Event::FileProgress {
                peer_id,
                row,
                moved,
                size,
                bytes_per_second,
            } => {
                let progress = Progress {
                    moved,
                    size,
                    bytes_per_second,
                };
                if let Some(peer) = self.connected(&peer_id) {
                    peer.moving.set(row, progress, now);
                }
            }
            Event::Cleared(peer_id) => {
                if peer_id.is_none() || peer_id.as_ref() == self.shown() {
                    self.open.erase();
                }
            }
            Event::Rewritten(peer_id) => {
                if self.shown() == Some(&peer_id) {
                    self.open.erase();
                }
            }
            Event::MessageChanged { peer_id, row } => {
                if let Some(peer) = self.connected(&peer_id) {
                    peer.moving.forget(row);
                }
                if self.shown() == Some(&peer_id) {
                    self.open.message_changed(row);
                }
            }
            Event::Seen { peer_id, row } => {
                if self.shown() == Some(&peer_id) {
                    self.open.seen(row);
                }
            }
            Event::LacksChanges => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.lacks_changes = true;
                }
            }
            Event::Redialling { call, key, wait } => {
                let wait = wait.map(|wait| SignedDuration::try_from(wait).unwrap_or_default());
                let until = wait.and_then(|wait| now.checked_add(wait).ok());
                self.link = Link::Redialling { call, key, until };
            }
            Event::PeerFinished => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.has_finished = true;
                    let (peer_id, ip) = (peer.peer_id.clone(), peer.address.ip());
                    self.put_note(&peer_id, Note::Finished(ip), now);
                }
            }
            Event::Ended(reason) => {
                if self.end(reason, now) {
                    self.link = match (reason, &self.calling) {
                        // It ended for a call, which goes on.
                        (EndReason::CalledAnother, Some(call)) => Link::Dialling {
                            call: call.clone(),
                            at: None,
                        },
                        _ => Link::Ended,
                    };
                }
            }
        }
    }

    /// Adds what was received in this conversation.
    fn receive(&mut self, peer_id: &PeerId, row: Option<Row>, at: Timestamp, payload: Payload) {
        let mut item = match payload {
            Payload::Text { text, sent_at } => {
                if let Some(peer) = self.connected(peer_id) {
                    peer.types_until = None;
                }
                let decoded = Decoded {
                    reading: Reading::Fixed(Charset::UTF_8),
                    text,
                    charset: Charset::UTF_8,
                    raw: None,
                };
                let mut message = Message::received(Speaker::of(peer_id), decoded);
                message.marks.is_named = row.is_some();
                Item::message(message, at).sent_at(sent_at, at)
            }
            Payload::PlainText { decoded, end } => {
                // The worker may have decoded it before it knew of a change.
                let decoded = if decoded.reading == self.reading() {
                    decoded
                } else {
                    self.reading()
                        .decode_again(&decoded.bytes(), decoded.detected())
                };
                let message = Message::received(Speaker::of(peer_id), decoded);
                if let Some(peer) = self.connected(peer_id) {
                    peer.receive(&message, end);
                }
                Item::message(message, at)
            }
            Payload::Offer {
                name,
                sent_at,
                file,
            } => {
                let mut message = Message::received_offer(Speaker::of(peer_id), name, file);
                message.marks.is_named = row.is_some();
                Item::message(message, at).sent_at(sent_at, at)
            }
            Payload::NeedsNewer => Item::note(Note::NeedsNewer, at),
            Payload::Missed(count) => Item::note(Note::Missed(count), at),
        };
        if let Some(row) = row {
            item = item.stored_as(row);
        }
        self.put(peer_id, item);
    }

    /// Changes a message of ours that is not in the store.
    fn update_unstored(&mut self, id: MessageId, change: impl Fn(&mut Item)) {
        if !self.open.timeline.update(id, &change) {
            self.closed.update(id, change);
        }
    }

    /// The connected peer, if it is this one.
    fn connected(&mut self, peer_id: &PeerId) -> Option<&mut Peer> {
        match &mut self.link {
            Link::Connected(peer) if peer.peer_id == *peer_id => Some(peer),
            _ => None,
        }
    }

    pub(super) fn put_note(&mut self, peer_id: &PeerId, note: Note, now: Timestamp) {
        self.put(peer_id, Item::note(note, now));
    }

    /// Adds an item that has just arrived to its conversation.
    fn put(&mut self, peer_id: &PeerId, item: Item) {
        self.news += 1;
        if self.is_loaded(peer_id) {
            self.open.add(item);
        } else if let Some(closed) = self.closed.get_mut(peer_id) {
            closed.add(item);
        }
    }

    /// A message of ours is in the store now.
    fn stored(&mut self, id: MessageId, peer_id: &PeerId, row: Row) {
        let delivery = if self.peer().is_some_and(|peer| peer.peer_id == *peer_id) {
            Delivery::Sending
        } else {
            Delivery::Waiting
        };
        if self.is_loaded(peer_id) {
            self.open.store(id, row, delivery);
        } else if let Some(closed) = self.closed.get_mut(peer_id) {
            closed.store(id, row);
        }
    }

    /// Whether items of this conversation belong to the timeline. Without a store to read from, all items do.
    fn is_loaded(&self, peer_id: &PeerId) -> bool {
        self.shown() == Some(peer_id) || !self.is_paged()
    }

    /// Notes that the connection has ended. False if there is none.
    pub(super) fn end(&mut self, reason: EndReason, now: Timestamp) -> bool {
        let Link::Connected(peer) = &self.link else {
            return false;
        };
        let (key, peer_id) = (peer.key(), peer.peer_id.clone());
        let ip = peer.address.ip();
        if key.is_some() && self.shown() == Some(&peer_id) {
            for (row, moved) in peer.moving.moved() {
                self.open.timeline.set_moved(row, moved);
            }
            self.open.timeline.mark_waiting();
        }
        let note = Note::Ended {
            peer: ip,
            key,
            reason,
        };
        self.put_note(&peer_id, note, now);
        true
    }
}
