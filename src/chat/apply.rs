//! How events of the worker change the chat.

use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};

use super::{
    Chat, Door, Link, Peer, Problem,
    timeline::{Delivery, Item, Message, Note, Speaker},
};
use crate::{
    identity::Party,
    net::{ConnectError, EndReason, Event, MessageId, Origin, Who},
    text::{
        charset::{Charset, Decoded, Reading},
        line_end::LineEnd,
    },
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
            Event::Connected { peer, origin, who } => self.begin(peer, origin, &who, now),
            Event::Identity(identity) => {
                if let Err(error) = &identity {
                    self.problem = Some(Problem::Identity(error.clone()));
                } else if matches!(self.problem, Some(Problem::Identity(_))) {
                    self.problem = None;
                }
                self.identity = Some(identity);
            }
            Event::Peers(peers) => self.contacts.set(&peers),
            Event::StoreWell => {
                if self.open.allow_queries() && self.is_paged() {
                    self.open.load_newest();
                }
            }
            // The window shows these as notices.
            Event::StoreFailed(_)
            | Event::StoreSetAside(_)
            | Event::Salvaged(_)
            | Event::Invite(_) => {}
            Event::Asked(ask) => self.asks.push(ask),
            Event::AskOver(id) => self.asks.retain(|ask| ask.id != id),
            Event::Named(_) => {
                if let Some(key) = self.peer().and_then(Peer::key)
                    && let Some(known) = self.contacts.namesake(&key).map(|known| known.key)
                {
                    self.put_note(&Party::Key(key), Note::Namesake { key, known }, now);
                }
            }
            Event::Text {
                text,
                sent_at,
                at,
                row,
            } => self.hear(text, sent_at, Timestamp::try_from(at).unwrap_or(now), row),
            Event::NeedsNewer { row } => self.put_kept_note(Note::NeedsNewer, row, now),
            Event::Missed { count, row } => self.put_kept_note(Note::Missed(count), row, now),
            Event::ClockOff(millis) => {
                if let Some(key) = self.peer().and_then(Peer::key) {
                    self.put_note(&Party::Key(key), Note::ClockOff(key, millis), now);
                }
            }
            Event::Typing(typing) => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.types_until = typing.then(|| now + TYPES_FOR);
                }
            }
            Event::Message {
                decoded,
                end,
                at,
                row,
            } => self.hear_plain(decoded, end, Timestamp::try_from(at).unwrap_or(now), row),
            Event::Stored { id, party, row } => self.stored(id, &party, row),
            Event::Sent(id) => {
                let row = self.open.timeline.set_delivery(id, Delivery::Sent);
                // What is sent in plain text is not confirmed, and the store has it as sent.
                if let Link::Connected(peer) = &mut self.link
                    && peer.key().is_some()
                    && self.open.party() == Some(&peer.party)
                {
                    peer.sent.extend(row);
                }
            }
            Event::NotSent(id) => {
                let row = self.open.timeline.set_delivery(id, Delivery::NotSent);
                if row.is_none() {
                    self.closed.set_delivery(id, Delivery::NotSent);
                }
            }
            Event::Settled { party, rows } => {
                if self.shown() == Some(&party) {
                    self.open.timeline.settle_deliveries(&rows);
                }
                if let Link::Connected(peer) = &mut self.link
                    && peer.party == party
                {
                    for (row, _) in rows.iter() {
                        peer.sent.remove(row);
                    }
                }
            }
            Event::Changed(party) => {
                self.open.allow_queries();
                if self.shown() == Some(&party) {
                    self.open.load_changes();
                }
            }
            Event::Outbox(waiting) => self.waiting = waiting,
            Event::Cleared(party) => {
                if party.is_none() || party.as_ref() == self.shown() {
                    self.open.erase();
                }
            }
            Event::Redialling { call, key, wait } => {
                let wait = wait.map(|wait| SignedDuration::try_from(wait).unwrap_or_default());
                let until = wait.and_then(|wait| now.checked_add(wait).ok());
                self.link = Link::Redialling { call, key, until };
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
            Event::TurnedAway { why, from, count } => {
                self.news += 1;
                let note = Note::TurnedAway { why, from, count };
                self.open.note(note, now);
            }
        }
    }

    fn begin(&mut self, address: SocketAddr, origin: Origin, who: &Who, now: Timestamp) {
        let peer = Peer::new(address, origin, who);
        let party = peer.party.clone();
        // If the conversation is open already, the person may be reading further up.
        if self.shown() != Some(&party) {
            self.open(party.clone());
        }
        let note = Note::Connected {
            peer: address,
            origin,
            key: peer.key(),
        };
        self.put_note(&party, note, now);
        if let Who::Plain {
            encrypted_before: Some(key),
        } = who
        {
            self.put_note(&party, Note::PlainNow(*key), now);
        }
        self.link = Link::Connected(peer);
        if origin == Origin::Dialled {
            self.calling = None;
        }
        self.problem = None;
    }

    /// A message of an encrypted peer.
    fn hear(&mut self, text: String, sent_at: i64, at: Timestamp, row: u64) {
        let Link::Connected(peer) = &mut self.link else {
            return;
        };
        peer.types_until = None;
        let party = peer.party.clone();
        let decoded = Decoded {
            reading: Reading::Fixed(Charset::UTF_8),
            text,
            charset: Charset::UTF_8,
            raw: None,
        };
        let message = Message::received(Speaker::of(&party), decoded);
        let item = Item::message(message, at);
        self.put(&party, item.sent_at(sent_at, at).stored_as(row));
    }

    /// A message of a peer in plain text.
    fn hear_plain(&mut self, decoded: Decoded, end: LineEnd, at: Timestamp, row: Option<u64>) {
        let Link::Connected(peer) = &mut self.link else {
            return;
        };
        peer.line_end = Some(end);
        let party = peer.party.clone();
        // The worker may have decoded it before it knew of a change.
        let decoded = if decoded.reading == self.reading() {
            decoded
        } else {
            self.reading().decode(&decoded.bytes())
        };
        let mut item = Item::message(Message::received(Speaker::of(&party), decoded), at);
        if let Some(row) = row {
            item = item.stored_as(row);
        }
        self.put(&party, item);
    }

    /// Something happened that is a row in the store.
    fn put_kept_note(&mut self, note: Note, row: u64, now: Timestamp) {
        if let Some(party) = self.peer().map(|peer| peer.party.clone()) {
            self.put(&party, Item::note(note, now).stored_as(row));
        }
    }

    fn put_note(&mut self, party: &Party, note: Note, now: Timestamp) {
        self.put(party, Item::note(note, now));
    }

    /// Adds an item that has just come to its conversation.
    fn put(&mut self, party: &Party, item: Item) {
        self.news += 1;
        if self.is_loaded(party) {
            self.open.add(item);
        } else if let Some(closed) = self.closed.get_mut(party) {
            closed.add(item);
        }
    }

    /// A message of ours is in the store now.
    fn stored(&mut self, id: MessageId, party: &Party, row: u64) {
        let delivery = if self.peer().is_some_and(|peer| peer.party == *party) {
            Delivery::Sending
        } else {
            Delivery::Waiting
        };
        if self.is_loaded(party) {
            self.open.store(id, row, delivery);
        } else if let Some(closed) = self.closed.get_mut(party) {
            closed.store(id, row);
        }
    }

    /// Whether what belongs to this conversation is shown: if no history is kept, everything is.
    fn is_loaded(&self, party: &Party) -> bool {
        self.shown() == Some(party) || !self.is_paged()
    }

    /// Notes that the connection has ended. False if there is none.
    pub(super) fn end(&mut self, reason: EndReason, now: Timestamp) -> bool {
        let Link::Connected(peer) = &self.link else {
            return false;
        };
        let (key, party) = (peer.key(), peer.party.clone());
        let peer = peer.address.ip();
        if key.is_some() && self.shown() == Some(&party) {
            self.open.timeline.mark_waiting();
        }
        self.put_note(&party, Note::Ended { peer, key, reason }, now);
        true
    }
}
