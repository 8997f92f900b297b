//! What the worker reports, taken into what is shown.

use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};

use super::{
    Chat, Door, Link, Peer, Problem,
    log::{Delivery, Message, Note, Row, speaker_of},
};
use crate::{
    identity::{Party, PublicKey},
    net::{ConnectError, EndReason, Event, MessageId, Origin, Payload},
    text::charset::{Charset, Decoded, Reading},
};

/// A peer that said it is writing has stopped if it says nothing more for so long.
const TYPES_FOR: SignedDuration = SignedDuration::from_secs(8);

impl Chat {
    /// Takes in what the worker reports. `now` is for events that carry no time of their own.
    #[expect(clippy::too_many_lines, reason = "one arm an event")]
    pub fn apply(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Listening(listening) => self.door = Door::Open(listening),
            Event::ListenFailed { at, error, instead } => {
                self.door = Door::Closed;
                self.problem = Some(Problem::Listen { at, error, instead });
            }
            Event::ListeningStopped => {
                self.door = Door::Closed;
                self.invite = None;
            }
            Event::ConnectFailed { call, error } => {
                // An answer to a call that has been cancelled meanwhile says nothing new.
                if matches!(&self.link, Link::Dialling { call: ours, .. } | Link::Redialling { call: ours, .. } if *ours == call)
                {
                    self.calling = None;
                    self.link = Link::Idle;
                    self.problem = Some(match (&self.identity, error) {
                        // Why there is none helps more than that there is none.
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
                party,
                encrypted_before,
            } => self.begin(peer, origin, party, encrypted_before, now),
            Event::Identity(identity) => {
                if let Err(error) = &identity {
                    self.problem = Some(Problem::Identity(error.clone()));
                } else if matches!(self.problem, Some(Problem::Identity(_))) {
                    self.problem = None;
                }
                self.identity = Some(identity);
            }
            Event::Peers(peers) => self.contacts.set(&peers),
            Event::StoreFailed(error) => self.store_error = Some(error),
            Event::StoreWell => {
                self.store_error = None;
                self.readable();
            }
            // The window says where it was put, and what was taken over.
            Event::StoreSetAside(_) | Event::Salvaged(_) => {}
            Event::Asked(ask) => self.asks.push(ask),
            Event::AskOver(id) => self.asks.retain(|ask| ask.id != id),
            Event::Named(_) => {
                if let Some(key) = self.peer().and_then(Peer::encrypted)
                    && let Some(known) = self.contacts.namesake(&key).map(|known| known.key)
                {
                    self.put_note(&Party::Key(key), Note::Namesake { key, known }, now);
                }
            }
            Event::Received {
                party,
                row,
                at,
                payload,
            } => self.receive(&party, row, Timestamp::try_from(at).unwrap_or(now), payload),
            Event::ClockOff(millis) => {
                if let Some(key) = self.peer().and_then(Peer::encrypted) {
                    self.put_note(&Party::Key(key), Note::ClockOff(key, millis), now);
                }
            }
            Event::Typing(typing) => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.types_until = typing.then(|| now + TYPES_FOR);
                }
            }
            Event::Invite(invite) => self.invite = invite,
            Event::Stored { id, party, row } => self.stored(id, &party, row),
            Event::NotStored { id, is_sent } => self.not_stored(id, is_sent),
            Event::Sent { party, row } => {
                if self.shown() == Some(&party) {
                    self.log.set_sent(row);
                }
                // Plain text has no receipts: it is never on its way.
                if party.key().is_some() && self.connected(&party).is_some() {
                    self.on_way.insert(row);
                }
            }
            Event::Settled { party, rows } => {
                if self.shown() == Some(&party) {
                    self.log.settle_deliveries(&rows);
                }
                if self.connected(&party).is_some() {
                    for (row, _) in rows.iter() {
                        self.on_way.remove(row);
                    }
                }
            }
            Event::Changed(party) => self.changed(&party),
            Event::Outbox(waiting) => self.waiting = waiting,
            Event::Cleared(party) => self.erased(party.as_ref()),
            Event::Rewritten(party) => self.erased(Some(&party)),
            Event::Redialling { call, key, wait } => {
                let wait = wait.map(|wait| SignedDuration::try_from(wait).unwrap_or_default());
                let until = wait.and_then(|wait| now.checked_add(wait).ok());
                self.link = Link::Redialling { call, key, until };
            }
            Event::Ended(reason) => {
                if self.end(reason, now) {
                    self.link = match (reason, &self.calling) {
                        // It had to make way for a call, which goes on.
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
                self.log.note(Note::TurnedAway { why, from, count }, now);
            }
        }
    }

    fn begin(
        &mut self,
        address: SocketAddr,
        origin: Origin,
        party: Party,
        encrypted_before: Option<PublicKey>,
        now: Timestamp,
    ) {
        let note = Note::Connected {
            peer: address,
            origin,
            key: party.key(),
        };
        self.on_way.clear();
        // Whoever reads what the same one said long ago stays there.
        if self.shown() != Some(&party) {
            self.open(party.clone());
        }
        self.put_note(&party, note, now);
        if let Some(key) = encrypted_before {
            self.put_note(&party, Note::PlainNow(key), now);
        }
        self.link = Link::Connected(Peer {
            address,
            origin,
            party,
            types_until: None,
            line_end: None,
        });
        if origin == Origin::Dialled {
            self.calling = None;
        }
        self.problem = None;
    }

    /// Something was received in this conversation.
    fn receive(&mut self, party: &Party, row: Option<u64>, at: Timestamp, payload: Payload) {
        let mut received = match payload {
            Payload::Text { text, sent_at } => {
                if let Some(peer) = self.connected(party) {
                    peer.types_until = None;
                }
                let decoded = Decoded {
                    reading: Reading::Fixed(Charset::UTF_8),
                    text,
                    charset: Charset::UTF_8,
                    raw: None,
                };
                Row::loose(Message::heard(speaker_of(party), decoded), at).sent(sent_at, at)
            }
            Payload::PlainText { decoded, end } => {
                if let Some(peer) = self.connected(party) {
                    peer.line_end = Some(end);
                }
                // Read before the worker had heard of the change.
                let decoded = if decoded.reading == self.reading {
                    decoded
                } else {
                    self.reading.decode(&decoded.bytes())
                };
                Row::loose(Message::heard(speaker_of(party), decoded), at)
            }
            Payload::NeedsNewer => Row::note(Note::NeedsNewer, at),
            Payload::Missed(count) => Row::note(Note::Missed(count), at),
        };
        if let Some(row) = row {
            received = received.in_store(row);
        }
        self.put(party, received);
    }

    /// The peer that is connected, if it is this one.
    fn connected(&mut self, party: &Party) -> Option<&mut Peer> {
        match &mut self.link {
            Link::Connected(peer) if peer.party == *party => Some(peer),
            _ => None,
        }
    }

    /// A message of ours is on our disk.
    fn stored(&mut self, id: MessageId, party: &Party, row: u64) {
        let is_there = self.peer().is_some_and(|peer| peer.party == *party);
        let delivery = if is_there {
            Delivery::Sending
        } else {
            Delivery::Waiting
        };
        if self.shown() == Some(party) || !self.log.is_paged() {
            let merged = self.log.keep(id, row, delivery);
            self.fill(merged);
        } else if let Some(parked) = self.parked(party) {
            parked.keep(id, row);
        }
    }

    /// A message of ours is not on our disk, and this became of it.
    fn not_stored(&mut self, id: MessageId, is_sent: bool) {
        let delivery = if is_sent {
            Delivery::Sent
        } else {
            Delivery::NotSent
        };
        if !self.log.set_delivery(id, delivery) {
            for parked in self.all_parked() {
                parked.set_delivery(id, delivery);
            }
        }
    }

    /// Says in the log that the conversation is over; false if there is none.
    pub(super) fn end(&mut self, reason: EndReason, now: Timestamp) -> bool {
        let Link::Connected(peer) = &self.link else {
            return false;
        };
        let (key, party) = (peer.encrypted(), peer.party.clone());
        let peer = peer.address.ip();
        self.on_way.clear();
        if key.is_some() && self.shown() == Some(&party) {
            self.log.wait_again();
        }
        self.put_note(&party, Note::Ended { peer, key, reason }, now);
        true
    }
}
