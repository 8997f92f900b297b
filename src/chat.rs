//! What the window shows, as plain data: events go in, the state of the conversation and its log
//! come out.
//!
//! Must not know egui or sockets, and does no input or output of its own.

mod compose;
pub mod contacts;
pub mod conversations;
pub mod hex;
pub mod log;
mod shown;
pub mod snippet;
pub mod visible;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    identity::{IdentityError, PublicKey, invite::Invite},
    net::{
        Ask, Call, Command, ConnectError, EndReason, Event, ListenError, Listening, MessageId,
        Origin, Who,
        charset::{Charset, Decoded, Reading},
        endpoint::Endpoint,
        plain::LineEnd,
    },
    store::{Party, StoreError},
};
pub use compose::{Draft, MESSAGE_CAP, Refusal};
use contacts::Contacts;
use log::{Delivery, Log, Message, Note, Row, Speaker};
pub use shown::Landing;
use shown::Shown;

/// A clock that is wrong by less is right, in milliseconds.
const CLOCK_OFF: u64 = 2 * 60 * 1000;
/// A peer that said it is writing has stopped if it says nothing more for so long.
const TYPES_FOR: SignedDuration = SignedDuration::from_secs(8);

/// The conversation that is going on, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Link {
    /// Nobody is there, and nobody was.
    #[default]
    Idle,
    /// Calling.
    Dialling {
        /// Whom.
        call: Call,
        /// Who has picked up and is to let us in.
        at: Option<PublicKey>,
    },
    /// Talking.
    Connected(Peer),
    /// The line was cut, and is called again.
    Redialling {
        /// How.
        call: Call,
        /// Whom.
        key: PublicKey,
        /// When, by the clock that the event was taken in with; nothing while that is being done.
        until: Option<Timestamp>,
    },
    /// The last conversation is over.
    Ended,
}

/// The other side of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Where it is.
    pub address: SocketAddr,
    /// Who called.
    pub origin: Origin,
    /// Who it is.
    pub who: Who,
    /// Until when it is writing, as far as that is known.
    pub types_until: Option<Timestamp>,
    /// How its last message ended; `None` while it has said nothing.
    pub line_end: Option<LineEnd>,
}

impl Peer {
    /// Who it is, if encrypted.
    pub fn encrypted(&self) -> Option<PublicKey> {
        match self.who {
            Who::Key(key) => Some(key),
            Who::Plain { .. } => None,
        }
    }

    /// Whose conversation it is.
    pub fn party(&self) -> Party {
        Party::of(&self.who, self.address, self.origin)
    }

    /// Whose name stands at what it says.
    fn speaker(&self) -> Speaker {
        match self.who {
            Who::Key(key) => Speaker::Key(key),
            Who::Plain { .. } => Speaker::Peer(self.address.ip()),
        }
    }

    /// What the encoding chosen for this peer is kept under. A caller's port is another each time.
    fn key(&self) -> String {
        match self.origin {
            Origin::Dialled => self.address.to_string(),
            Origin::Accepted => self.address.ip().to_string(),
        }
    }
}

/// Whether callers can come in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Door {
    /// They can't.
    #[default]
    Closed,
    /// Asked for, not answered yet: a name is being looked up.
    Opening,
    /// They can.
    Open(Listening),
}

/// Something that went wrong and that the person can do something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Listening failed.
    Listen {
        /// Where.
        at: Endpoint,
        /// Why.
        error: ListenError,
        /// Where it would work.
        instead: Option<Endpoint>,
    },
    /// Calling failed.
    Connect {
        /// Whom.
        call: Call,
        /// Why.
        error: ConnectError,
    },
    /// There is no key to encrypt with.
    Identity(IdentityError),
    /// The worker has crashed.
    Crashed,
    /// The worker could not be started, or is too busy to be asked.
    Busy,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Chat {
    link: Link,
    /// Whom the person wants to call, until that is settled.
    calling: Option<Call>,
    /// Those who ask to be let in, the first one first.
    asks: Vec<Ask>,
    contacts: Contacts,
    /// The key of this window, or why it has none; nothing before the worker has said so.
    identity: Option<Result<PublicKey, IdentityError>>,
    /// The newest one.
    invite: Option<Invite>,
    /// What is known of others can't be kept or read.
    store_error: Option<StoreError>,
    door: Door,
    problem: Option<Problem>,
    shown: Shown,
    log: Log,
    /// Messages of ours that the network has taken whole since the peer is there, by their rows in the store.
    on_way: BTreeSet<u64>,
    /// So many messages of ours have not been delivered.
    waiting: u64,
    /// Grows with everything that is worth a look.
    news: u64,
    /// What is sent in, if the person has fixed it for everybody.
    outgoing: Option<Charset>,
    /// What is sent in, by [`Peer::key`].
    answers: BTreeMap<String, Charset>,
    /// How incoming bytes are read from now on.
    reading: Reading,
    next_id: u64,
    last_sent: Option<String>,
}

impl Chat {
    /// An empty chat that reads so, and remembers these encodings for these addresses.
    pub fn new(
        reading: Reading,
        outgoing: Option<Charset>,
        answers: BTreeMap<String, Charset>,
    ) -> Self {
        Self {
            outgoing,
            answers,
            reading,
            ..Self::default()
        }
    }

    /// The conversation.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The peer, while talking.
    pub fn peer(&self) -> Option<&Peer> {
        if let Link::Connected(peer) = &self.link {
            Some(peer)
        } else {
            None
        }
    }

    /// Whether callers can come in.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Those who ask to be let in, the first one first.
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// Who the people behind the keys are.
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// The key of this window, once it is known.
    pub fn own_key(&self) -> Option<PublicKey> {
        self.identity.as_ref()?.as_ref().ok().copied()
    }

    /// The newest invite, until listening stops.
    pub fn invite(&self) -> Option<&Invite> {
        self.invite.as_ref()
    }

    /// Why what is known of others can't be kept or read, until it is taken away.
    pub fn take_store_error(&mut self) -> Option<StoreError> {
        self.store_error.take()
    }

    /// Whether the peer is writing just now.
    pub fn peer_types(&self, now: Timestamp) -> bool {
        self.peer()
            .and_then(|peer| peer.types_until)
            .is_some_and(|until| now < until)
    }

    /// What went wrong last, until something is done about it.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// So many messages of ours have not been delivered, to whomever.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// What grows with everything that is worth a look.
    pub fn news(&self) -> u64 {
        self.news
    }

    /// What was said.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What was sent last, for recalling it.
    pub fn last_sent(&self) -> Option<&str> {
        self.last_sent.as_deref()
    }

    /// What is sent in, if the person has fixed it for everybody.
    pub fn outgoing(&self) -> Option<Charset> {
        self.outgoing
    }

    /// Fixes what is sent in, or leaves it open; for the peer of this conversation too.
    pub fn set_outgoing(&mut self, charset: Option<Charset>) {
        if let Some(key) = self.peer().map(Peer::key) {
            self.answers.remove(&key);
        }
        self.outgoing = charset;
    }

    /// How incoming bytes are read.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// Reads incoming bytes this way from now on, and what has come already anew: that takes some
    /// calls of [`Self::reread`].
    pub fn set_reading(&mut self, reading: Reading) {
        self.reading = reading;
        self.log.set_reading(reading);
        self.log.begin_rereading();
    }

    /// Reads some more of what has come already in the way set last, the newest first. False once
    /// there is nothing left to do.
    pub fn reread(&mut self) -> bool {
        self.log.reread(self.reading)
    }

    /// The encodings chosen for single addresses.
    pub fn answers(&self) -> &BTreeMap<String, Charset> {
        &self.answers
    }

    /// The person asked for this, and the worker was told.
    pub fn asked(&mut self, command: &Command) {
        match command {
            Command::Listen(_) => self.door = Door::Opening,
            Command::Connect(call) => {
                self.calling = Some(call.clone());
                self.link = Link::Dialling {
                    call: call.clone(),
                    at: None,
                };
            }
            Command::Cancel => {
                self.calling = None;
                self.link = Link::Idle;
            }
            Command::StopListening | Command::ReplaceIdentity | Command::TryNow => {}
            // These have nothing to do with what went wrong before.
            Command::Disconnect
            | Command::Send { .. }
            | Command::SetFormat(_)
            | Command::SetPreferences(_)
            | Command::SetTyping(_)
            | Command::MakeInvite
            | Command::ChangePeer(..)
            | Command::Write { .. }
            | Command::TakeBack { .. }
            | Command::SetDraft(..)
            | Command::SetRead(..)
            | Command::Clear(_)
            | Command::Salvage(_) => return,
            Command::Answer { ask, .. } => {
                self.asks.retain(|asked| asked.id != *ask);
                return;
            }
        }
        self.problem = None;
    }

    /// The person has read what went wrong.
    pub fn dismiss(&mut self) {
        self.problem = None;
    }

    /// The worker could not be asked.
    pub fn busy(&mut self) {
        self.problem = Some(Problem::Busy);
    }

    /// The worker is gone by its own fault. What was under way is over; the log stays.
    pub fn crashed(&mut self, now: Timestamp) {
        self.end(EndReason::Lost, now);
        self.asks.clear();
        self.invite = None;
        self.calling = None;
        self.link = Link::Ended;
        self.door = Door::Closed;
        self.log.fail_all_sending();
        self.problem = Some(Problem::Crashed);
    }

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
            Event::Text {
                text,
                sent_at,
                at,
                row,
            } => self.hear(text, sent_at, Timestamp::try_from(at).unwrap_or(now), row),
            Event::NeedsNewer { row } => self.put_kept_note(Note::NeedsNewer, row, now),
            Event::Missed { count, row } => self.put_kept_note(Note::Missed(count), row, now),
            Event::ClockOff(millis) => {
                if let Some(key) = self.peer().and_then(Peer::encrypted)
                    && millis.unsigned_abs() >= CLOCK_OFF
                {
                    self.put_note(&Party::Key(key), Note::ClockOff(key, millis), now);
                }
            }
            Event::Typing(typing) => {
                if let Link::Connected(peer) = &mut self.link {
                    peer.types_until = typing.then(|| now + TYPES_FOR);
                }
            }
            Event::Invite(invite) => self.invite = invite,
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
    fn end(&mut self, reason: EndReason, now: Timestamp) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::{AskId, How, MessageId},
        store::{KnownPeer, Trust},
    };
    use std::time::SystemTime;

    const PEER: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7);
    const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
    const PLAIN: Who = Who::Plain {
        encrypted_before: None,
    };

    fn connected() -> Chat {
        connected_with(PLAIN)
    }

    fn connected_with(who: Who) -> Chat {
        let mut chat = Chat::default();
        apply(&mut chat, began(Origin::Dialled, who));
        chat
    }

    fn began(origin: Origin, who: Who) -> Event {
        let peer = PEER;
        Event::Connected { peer, origin, who }
    }

    fn apply(chat: &mut Chat, event: Event) {
        chat.apply(event, Timestamp::UNIX_EPOCH);
    }

    fn call(to: &str) -> Call {
        Call {
            to: to.parse().expect("an endpoint"),
            also: Vec::new(),
            how: How::Encrypted,
        }
    }

    fn said(text: &str) -> Event {
        Event::Text {
            text: text.to_owned(),
            sent_at: 0,
            at: SystemTime::UNIX_EPOCH,
            row: 1,
        }
    }

    fn notes(chat: &Chat) -> Vec<Note> {
        let rows = chat.log().rows().filter_map(|row| match row.content {
            log::Content::Note(note) => Some(note),
            log::Content::Message(_) => None,
        });
        rows.collect()
    }

    fn heard(text: &str, end: LineEnd) -> Event {
        let decoded = Reading::default().decode(text.as_bytes());
        Event::Message {
            decoded,
            end,
            at: SystemTime::UNIX_EPOCH,
            row: None,
        }
    }

    #[test]
    fn korean_to_a_peer_without_line_ends_asks_once_for_the_encoding() {
        let mut chat = connected();
        assert!(chat.compose("hello").is_ok());
        assert_eq!(chat.compose("안녕"), Err(Refusal::WhichCharset));
        chat.apply(heard("hi", LineEnd::None), Timestamp::UNIX_EPOCH);
        assert_eq!(chat.compose("안녕"), Err(Refusal::WhichCharset));
        chat.choose_charset(Charset::CP949);
        assert_eq!(
            chat.compose("안녕").map(|draft| draft.charset),
            Ok(Charset::CP949)
        );
        assert_eq!(chat.answers().get("127.0.0.1:7"), Some(&Charset::CP949));
        assert!(matches!(chat.compose("😀"), Err(Refusal::Unencodable(_))));
    }

    #[test]
    fn korean_to_a_peer_with_line_ends_goes_as_utf8() {
        let mut chat = connected();
        chat.apply(heard("hi", LineEnd::Lf), Timestamp::UNIX_EPOCH);
        assert_eq!(
            chat.compose("안녕").map(|draft| draft.charset),
            Ok(Charset::UTF_8)
        );
        chat.set_outgoing(Some(Charset::CP949));
        assert_eq!(
            chat.compose("안녕").map(|draft| draft.charset),
            Ok(Charset::CP949)
        );
    }

    #[test]
    fn what_cannot_be_sent_says_why_and_changes_nothing() {
        let chat = Chat::default();
        assert_eq!(chat.compose("x"), Err(Refusal::NotConnected));
        let chat = connected();
        assert_eq!(chat.compose(" \n"), Err(Refusal::Empty));
        let long = "x".repeat(MESSAGE_CAP + 1);
        assert_eq!(
            chat.compose(&long),
            Err(Refusal::TooLong {
                bytes: MESSAGE_CAP + 1
            })
        );
        assert!(chat.compose(&long[1..]).is_ok());
        assert_eq!(chat.log().len(), 1);
    }

    #[test]
    fn a_sent_message_is_marked_and_recalled() {
        let mut chat = connected();
        let draft = chat.compose("hello\n").expect("can be sent");
        chat.add(draft, Timestamp::UNIX_EPOCH);
        assert_eq!(chat.last_sent(), Some("hello"));
        let id = chat.log().last_id().expect("a row");
        assert_eq!(
            chat.log().get(id).and_then(log::Row::delivery),
            Some(Delivery::Sending)
        );
        chat.apply(Event::Sent(MessageId(0)), Timestamp::UNIX_EPOCH);
        assert_eq!(
            chat.log().get(id).and_then(log::Row::delivery),
            Some(Delivery::Sent)
        );
    }

    #[test]
    fn a_crash_fails_what_was_under_way_and_keeps_the_log() {
        let mut chat = connected();
        let draft = chat.compose("hello").expect("can be sent");
        chat.add(draft, Timestamp::UNIX_EPOCH);
        chat.crashed(Timestamp::UNIX_EPOCH);
        assert_eq!(chat.problem(), Some(&Problem::Crashed));
        assert_eq!((chat.link(), chat.door()), (&Link::Ended, &Door::Closed));
        let fates: Vec<_> = chat.log().rows().filter_map(log::Row::delivery).collect();
        assert_eq!(fates, [Delivery::NotSent]);
    }

    #[test]
    fn a_caller_that_comes_as_one_calls_hides_neither_the_call_nor_its_outcome() {
        let mut chat = Chat::default();
        let call = call("mina-pc:1");
        chat.asked(&Command::Connect(call.clone()));
        apply(&mut chat, began(Origin::Accepted, PLAIN));
        apply(&mut chat, Event::Ended(EndReason::CalledAnother));
        let dialling = Link::Dialling {
            call: call.clone(),
            at: None,
        };
        assert_eq!(chat.link(), &dialling);
        let error = ConnectError::Refused;
        let failed = Event::ConnectFailed {
            call: call.clone(),
            error,
        };
        apply(&mut chat, failed);
        assert_eq!(chat.problem(), Some(&Problem::Connect { call, error }));
    }

    #[test]
    fn the_end_is_told_once_and_a_cancelled_call_not_at_all() {
        let mut chat = connected();
        let rows = chat.log().len();
        for _ in 0..2 {
            apply(&mut chat, Event::Ended(EndReason::PeerLeft));
        }
        assert_eq!((chat.log().len(), chat.link()), (rows + 1, &Link::Ended));
        let call = call("nowhere:1");
        chat.asked(&Command::Connect(call.clone()));
        assert!(matches!(chat.link(), Link::Dialling { call: ours, at: None } if *ours == call));
        chat.asked(&Command::Cancel);
        let error = ConnectError::TimedOut;
        apply(&mut chat, Event::ConnectFailed { call, error });
        assert_eq!(chat.problem(), None);
    }

    #[test]
    fn who_picks_up_is_known_before_they_let_us_in() {
        let mut chat = Chat::default();
        let call = call("mina-pc:1");
        let to = call.to.clone();
        let waiting = Event::Waiting { to, key: MINA };
        apply(&mut chat, waiting.clone());
        assert_eq!(chat.link(), &Link::Idle, "nobody was called");
        chat.asked(&Command::Connect(call.clone()));
        apply(&mut chat, waiting);
        let at = Some(MINA);
        assert_eq!(chat.link(), &Link::Dialling { call, at });
    }

    #[test]
    fn those_who_ask_wait_in_a_row_until_answered_or_gone() {
        let mut chat = Chat::default();
        for number in 0..3 {
            let from = PEER.ip();
            let id = AskId(number);
            apply(
                &mut chat,
                Event::Asked(Ask {
                    id,
                    from,
                    who: PLAIN,
                }),
            );
        }
        let admit = Command::Answer {
            ask: AskId(1),
            admit: true,
        };
        chat.asked(&admit);
        let ids = |chat: &Chat| -> Vec<_> { chat.asks().iter().map(|ask| ask.id.0).collect() };
        assert_eq!(ids(&chat), [0, 2]);
        apply(&mut chat, Event::AskOver(AskId(1)));
        apply(&mut chat, Event::AskOver(AskId(0)));
        assert_eq!(ids(&chat), [2]);
        chat.crashed(Timestamp::UNIX_EPOCH);
        assert_eq!(chat.asks(), []);
    }

    #[test]
    fn what_is_said_encrypted_is_utf8_and_never_asked_about_or_read_anew() {
        let mut chat = connected_with(Who::Key(MINA));
        chat.set_outgoing(Some(Charset::CP949));
        for charset in [None, Some(Charset::CP949)] {
            let draft = chat.compose_in("안녕 😀", charset);
            assert_eq!(draft.map(|draft| draft.charset), Ok(Charset::UTF_8));
        }
        assert!(chat.compose("#exit").is_ok());
        apply(&mut chat, said("안녕"));
        chat.set_reading(Reading::Fixed(Charset::CP949));
        while chat.reread() {}
        let texts = chat.log().rows().filter_map(|row| match &row.content {
            log::Content::Message(message) => Some((message.speaker, &*message.text)),
            log::Content::Note(_) => None,
        });
        assert_eq!(texts.collect::<Vec<_>>(), [(Speaker::Key(MINA), "안녕")]);
    }

    #[test]
    fn a_peer_writes_until_it_says_something_stops_or_falls_silent() {
        let mut chat = connected_with(Who::Key(MINA));
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        assert!(!chat.peer_types(at(0)));
        apply(&mut chat, Event::Typing(true));
        assert!(chat.peer_types(at(7)) && !chat.peer_types(at(8)));
        apply(&mut chat, Event::Typing(false));
        assert!(!chat.peer_types(at(0)));
        apply(&mut chat, Event::Typing(true));
        apply(&mut chat, said("hello"));
        assert!(!chat.peer_types(at(0)));
        apply(&mut chat, Event::Typing(true));
        apply(&mut chat, Event::Ended(EndReason::PeerLeft));
        assert!(!chat.peer_types(at(0)));
    }

    #[test]
    fn plain_text_from_where_somebody_was_met_encrypted_is_noted() {
        let chat = connected_with(Who::Plain {
            encrypted_before: Some(MINA),
        });
        assert_eq!(notes(&chat).get(1), Some(&Note::PlainNow(MINA)));
    }

    #[test]
    fn a_name_that_another_one_is_known_by_is_noted() {
        let other = PublicKey::from_bytes([2; 32]);
        let peer = |key, my_name: Option<&str>| KnownPeer {
            key,
            my_name: my_name.map(str::to_owned),
            their_name: "Mina".to_owned(),
            trust: Trust::Met,
            blocked: false,
            last_ip: None,
            first_met: None,
            last_seen: None,
            addresses: Vec::new(),
        };
        let mut chat = connected_with(Who::Key(other));
        let known = [peer(other, None), peer(MINA, Some("Mina"))];
        apply(&mut chat, Event::Peers(known.into()));
        apply(&mut chat, Event::Named("Mina".to_owned()));
        let note = Note::Namesake {
            key: other,
            known: MINA,
        };
        assert_eq!(notes(&chat).get(1), Some(&note));
    }

    #[test]
    fn why_there_is_no_key_is_told_again_where_one_is_needed() {
        let mut chat = Chat::default();
        let why = IdentityError::Damaged("identity.key".into());
        apply(&mut chat, Event::Identity(Err(why.clone())));
        let problem = Problem::Identity(why);
        assert_eq!(chat.problem(), Some(&problem));
        chat.dismiss();
        let call = call("mina-pc:1");
        chat.asked(&Command::Connect(call.clone()));
        let error = ConnectError::NoIdentity;
        apply(&mut chat, Event::ConnectFailed { call, error });
        assert_eq!((chat.problem(), chat.own_key()), (Some(&problem), None));
        apply(&mut chat, Event::Identity(Ok(MINA)));
        assert_eq!((chat.problem(), chat.own_key()), (None, Some(MINA)));
    }
}
