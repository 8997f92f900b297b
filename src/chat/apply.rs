//! What the worker reports, taken into what is shown.

use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};

use super::{
    Chat, Door, Link, Peer, Problem,
    log::{Delivery, Message, Note, Row},
};
use crate::{
    identity::Party,
    net::{ConnectError, EndReason, Event, MessageId, Origin, Who},
    text::{
        charset::{Charset, Decoded, Reading},
        line_end::LineEnd,
    },
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
            Event::ListeningStopped => self.door = Door::Closed,
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
            Event::Connected { peer, origin, who } => self.begin(peer, origin, who, now),
            Event::Identity(identity) => {
                if let Err(error) = &identity {
                    self.problem = Some(Problem::Identity(error.clone()));
                } else if matches!(self.problem, Some(Problem::Identity(_))) {
                    self.problem = None;
                }
                self.identity = Some(identity);
            }
            Event::Peers(peers) => self.contacts.set(&peers),
            Event::StoreWell => self.readable(),
            // The window shows these as notices.
            Event::StoreFailed(_)
            | Event::StoreSetAside(_)
            | Event::Salvaged(_)
            | Event::Invite(_) => {}
            Event::Asked(ask) => self.asks.push(ask),
            Event::AskOver(id) => self.asks.retain(|ask| ask.id != id),
            Event::Named(_) => {
                if let Some(key) = self.peer().and_then(Peer::encrypted)
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
                if let Some(key) = self.peer().and_then(Peer::encrypted) {
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
                let row = self.log.set_delivery(id, Delivery::Sent);
                self.on_way.extend(row.filter(|_| self.is_present()));
            }
            Event::NotSent(id) => {
                if self.log.set_delivery(id, Delivery::NotSent).is_none() {
                    for parked in self.all_parked() {
                        parked.set_delivery(id, Delivery::NotSent);
                    }
                }
            }
            Event::Settled { party, rows } => {
                if self.shown() == Some(&party) {
                    self.log.settle_deliveries(&rows);
                }
                if self.peer().map(Peer::party) == Some(party) {
                    for (row, _) in rows.iter() {
                        self.on_way.remove(row);
                    }
                }
            }
            Event::Changed(party) => self.changed(&party),
            Event::Outbox(waiting) => self.waiting = waiting,
            Event::Cleared(party) => self.erased(party.as_ref()),
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

    fn begin(&mut self, address: SocketAddr, origin: Origin, who: Who, now: Timestamp) {
        let peer = Peer {
            address,
            origin,
            who,
            types_until: None,
            line_end: None,
        };
        let key = peer.encrypted();
        let note = Note::Connected {
            peer: address,
            origin,
            key,
        };
        let party = peer.party();
        self.on_way.clear();
        // Whoever reads what the same one said long ago stays there.
        if self.shown() != Some(&party) {
            self.open(party.clone());
        }
        self.put_note(&party, note, now);
        if let Who::Plain {
            encrypted_before: Some(key),
        } = peer.who
        {
            self.put_note(&party, Note::PlainNow(key), now);
        }
        self.link = Link::Connected(peer);
        if origin == Origin::Dialled {
            self.calling = None;
        }
        self.problem = None;
    }

    /// An encrypted peer said this.
    fn hear(&mut self, text: String, sent_at: i64, at: Timestamp, row: u64) {
        let Link::Connected(peer) = &mut self.link else {
            return;
        };
        peer.types_until = None;
        let (speaker, party) = (peer.speaker(), peer.party());
        let decoded = Decoded {
            reading: Reading::Fixed(Charset::UTF_8),
            text,
            charset: Charset::UTF_8,
            raw: None,
        };
        let message = Message::heard(speaker, decoded);
        let heard = Row::loose(message, at).sent(sent_at, at).in_store(row);
        self.put(&party, heard);
    }

    /// A peer said this in plain text.
    fn hear_plain(&mut self, decoded: Decoded, end: LineEnd, at: Timestamp, row: Option<u64>) {
        let Link::Connected(peer) = &mut self.link else {
            return;
        };
        peer.line_end = Some(end);
        let (speaker, party) = (peer.speaker(), peer.party());
        // Read before the worker had heard of the change.
        let decoded = if decoded.reading == self.reading {
            decoded
        } else {
            self.reading.decode(&decoded.bytes())
        };
        let mut heard = Row::loose(Message::heard(speaker, decoded), at);
        if let Some(row) = row {
            heard = heard.in_store(row);
        }
        self.put(&party, heard);
    }

    /// Something happened that is a row in the store.
    fn put_kept_note(&mut self, note: Note, row: u64, now: Timestamp) {
        if let Some(party) = self.peer().map(Peer::party) {
            self.put(&party, Row::note(note, now).in_store(row));
        }
    }

    /// A message of ours is on our disk.
    fn stored(&mut self, id: MessageId, party: &Party, row: u64) {
        let is_there = self.peer().map(Peer::party).as_ref() == Some(party);
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

    /// Says in the log that the conversation is over; false if there is none.
    pub(super) fn end(&mut self, reason: EndReason, now: Timestamp) -> bool {
        let Link::Connected(peer) = &self.link else {
            return false;
        };
        let (key, party) = (peer.encrypted(), peer.party());
        let peer = peer.address.ip();
        self.on_way.clear();
        if key.is_some() && self.shown() == Some(&party) {
            self.log.wait_again();
        }
        self.put_note(&party, Note::Ended { peer, key, reason }, now);
        true
    }
}
