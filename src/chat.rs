//! What the window shows, as plain data: events go in, the state of the conversation and its log
//! come out.
//!
//! Must not know egui or sockets, and does no input or output of its own.

pub mod hex;
pub mod log;
pub mod visible;

use std::{collections::BTreeMap, net::SocketAddr};

use jiff::Timestamp;

use crate::net::{
    Command, ConnectError, EndReason, Event, ListenError, Listening, MessageId, Origin,
    charset::{Charset, Decoded, Reading, Unencodable},
    endpoint::Endpoint,
    plain::{LINE_CAP, LineEnd},
    session::is_exit,
};
use log::{Delivery, Log, Note, Speaker};

/// The most that one message may have, in bytes as encoded.
pub const MESSAGE_CAP: usize = LINE_CAP;
/// Answers to the question of how to encode are kept for so many addresses.
const MOST_ANSWERS: usize = 200;

/// The conversation that is going on, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Link {
    /// Nobody is there, and nobody was.
    #[default]
    Idle,
    /// Calling.
    Dialling(Endpoint),
    /// Talking.
    Connected(Peer),
    /// The last conversation is over.
    Ended,
}

/// The other side of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Where it is.
    pub address: SocketAddr,
    /// Who called.
    pub origin: Origin,
    /// How its last message ended; `None` while it has said nothing.
    pub line_end: Option<LineEnd>,
}

impl Peer {
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
        to: Endpoint,
        /// Why.
        error: ConnectError,
    },
    /// The worker has crashed.
    Crashed,
    /// The worker could not be started, or is too busy to be asked.
    Busy,
}

/// Why a text can't be sent as it stands. It stays in the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing to send.
    Empty,
    /// There is nobody to send it to.
    NotConnected,
    /// It is longer than [`MESSAGE_CAP`].
    TooLong {
        /// So many bytes, as encoded.
        bytes: usize,
    },
    /// The chosen encoding lacks some of its characters.
    Unencodable(Unencodable),
    /// The peer may be one of the original programs, which read nothing but CP949: the person is
    /// to say what to encode in.
    WhichCharset,
}

/// A message that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    id: MessageId,
    text: String,
    charset: Charset,
}

impl Draft {
    /// What to ask the worker.
    pub fn command(&self) -> Command {
        Command::Send {
            id: self.id,
            text: self.text.clone(),
            charset: self.charset,
        }
    }
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Chat {
    link: Link,
    /// Whom the person wants to call, until that is settled.
    calling: Option<Endpoint>,
    door: Door,
    problem: Option<Problem>,
    log: Log,
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
    /// An empty chat that remembers these encodings for these addresses.
    pub fn new(outgoing: Option<Charset>, answers: BTreeMap<String, Charset>) -> Self {
        Self {
            outgoing,
            answers,
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

    /// What went wrong last, until something is done about it.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
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
            Command::Connect(to) => {
                self.calling = Some(to.clone());
                self.link = Link::Dialling(to.clone());
            }
            Command::Cancel => {
                self.calling = None;
                self.link = Link::Idle;
            }
            Command::StopListening => {}
            // These have nothing to do with what went wrong before.
            Command::Disconnect | Command::Send { .. } | Command::SetFormat(_) => return,
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
        if let Some(peer) = self.peer().map(|peer| peer.address.ip()) {
            let reason = EndReason::Lost;
            self.log.note(Note::Ended { peer, reason }, now);
        }
        self.calling = None;
        self.link = Link::Ended;
        self.door = Door::Closed;
        self.log.fail_all_sending();
        self.problem = Some(Problem::Crashed);
    }

    /// Takes in what the worker reports. `now` is for events that carry no time of their own.
    pub fn apply(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Listening(listening) => self.door = Door::Open(listening),
            Event::ListenFailed { at, error, instead } => {
                self.door = Door::Closed;
                self.problem = Some(Problem::Listen { at, error, instead });
            }
            Event::ListeningStopped => self.door = Door::Closed,
            Event::ConnectFailed { to, error } => {
                // An answer to a call that has been cancelled meanwhile says nothing new.
                if self.link == Link::Dialling(to.clone()) {
                    self.calling = None;
                    self.link = Link::Idle;
                    self.problem = Some(Problem::Connect { to, error });
                }
            }
            Event::Connected {
                peer: address,
                origin,
            } => {
                self.link = Link::Connected(Peer {
                    address,
                    origin,
                    line_end: None,
                });
                if origin == Origin::Dialled {
                    self.calling = None;
                }
                self.problem = None;
                self.log.note(
                    Note::Connected {
                        peer: address,
                        origin,
                    },
                    now,
                );
            }
            Event::Message { decoded, end, at } => {
                let Link::Connected(peer) = &mut self.link else {
                    return;
                };
                peer.line_end = Some(end);
                let speaker = Speaker::Peer(peer.address.ip());
                // Read before the worker had heard of the change.
                let decoded = if decoded.reading == self.reading {
                    decoded
                } else {
                    self.reading.decode(&decoded.bytes())
                };
                self.log.message(
                    speaker,
                    decoded,
                    None,
                    Timestamp::try_from(at).unwrap_or(now),
                );
            }
            Event::Sent(id) => self.log.set_delivery(id, Delivery::Sent),
            Event::NotSent(id) => self.log.set_delivery(id, Delivery::NotSent),
            Event::Ended(reason) => {
                if let Link::Connected(peer) = &self.link {
                    let peer = peer.address.ip();
                    self.log.note(Note::Ended { peer, reason }, now);
                    self.link = match (reason, &self.calling) {
                        // It had to make way for a call, which goes on.
                        (EndReason::CalledAnother, Some(to)) => Link::Dialling(to.clone()),
                        _ => Link::Ended,
                    };
                }
            }
            Event::TurnedAway { from, count } => {
                self.log.note(Note::TurnedAway { from, count }, now);
            }
        }
    }

    /// Checks whether `text` can be sent, and makes it a message. Changes nothing:
    /// [`Self::add`] does, once the worker has taken it.
    ///
    /// # Errors
    /// Why it can't be sent.
    pub fn compose(&self, text: &str) -> Result<Draft, Refusal> {
        self.compose_in(text, None)
    }

    /// The same, in this encoding whatever was chosen.
    ///
    /// # Errors
    /// Why it can't be sent.
    pub fn compose_in(&self, text: &str, charset: Option<Charset>) -> Result<Draft, Refusal> {
        let peer = self.peer().ok_or(Refusal::NotConnected)?;
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            return Err(Refusal::Empty);
        }
        let charset = match charset {
            Some(charset) => charset,
            None => self.charset_for(text, peer)?,
        };
        let bytes = charset.encode(text).map_err(Refusal::Unencodable)?.len();
        if bytes > MESSAGE_CAP {
            return Err(Refusal::TooLong { bytes });
        }
        Ok(Draft {
            id: MessageId(self.next_id),
            text: text.to_owned(),
            charset,
        })
    }

    /// Writes a message that the worker has taken into the log.
    pub fn add(&mut self, draft: Draft, now: Timestamp) {
        self.next_id += 1;
        let Draft { id, text, charset } = draft;
        self.last_sent = Some(text.clone());
        let decoded = Decoded {
            reading: Reading::Fixed(charset),
            text,
            charset,
            raw: None,
        };
        self.log.message(Speaker::Me, decoded, Some(id), now);
    }

    /// The person chose what this peer is sent.
    pub fn choose_charset(&mut self, charset: Charset) {
        if let Some(key) = self.peer().map(Peer::key) {
            if self.answers.len() >= MOST_ANSWERS && !self.answers.contains_key(&key) {
                self.answers.pop_first();
            }
            self.answers.insert(key, charset);
        }
    }

    /// How many messages `text` will be to a program that takes each line for one.
    pub fn lines_in(text: &str) -> usize {
        text.trim_end_matches(['\n', '\r']).lines().count()
    }

    fn charset_for(&self, text: &str, peer: &Peer) -> Result<Charset, Refusal> {
        // What was chosen for this peer alone is the closer wish.
        if let Some(&charset) = self.answers.get(&peer.key()) {
            return Ok(charset);
        }
        if let Some(charset) = self.outgoing {
            return Ok(charset);
        }
        // The original programs send no line ends, and crash on UTF-8 that is not ASCII.
        let sends_line_ends = matches!(peer.line_end, Some(LineEnd::Lf | LineEnd::CrLf));
        if text.is_ascii() || sends_line_ends || is_exit(text) {
            Ok(Charset::UTF_8)
        } else {
            Err(Refusal::WhichCharset)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::charset::Reading;
    use std::time::SystemTime;

    const PEER: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7);

    fn connected() -> Chat {
        let mut chat = Chat::default();
        chat.apply(
            Event::Connected {
                peer: PEER,
                origin: Origin::Dialled,
            },
            Timestamp::UNIX_EPOCH,
        );
        chat
    }

    fn heard(text: &str, end: LineEnd) -> Event {
        let decoded = Reading::default().decode(text.as_bytes());
        Event::Message {
            decoded,
            end,
            at: SystemTime::UNIX_EPOCH,
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
        let to: Endpoint = "mina-pc:1".parse().expect("an endpoint");
        chat.asked(&Command::Connect(to.clone()));
        let origin = Origin::Accepted;
        chat.apply(
            Event::Connected { peer: PEER, origin },
            Timestamp::UNIX_EPOCH,
        );
        chat.apply(
            Event::Ended(EndReason::CalledAnother),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(chat.link(), &Link::Dialling(to.clone()));
        let error = ConnectError::Refused;
        chat.apply(
            Event::ConnectFailed {
                to: to.clone(),
                error,
            },
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(chat.problem(), Some(&Problem::Connect { to, error }));
    }

    #[test]
    fn the_end_is_told_once_and_a_cancelled_call_not_at_all() {
        let mut chat = connected();
        let rows = chat.log().len();
        for _ in 0..2 {
            chat.apply(Event::Ended(EndReason::PeerLeft), Timestamp::UNIX_EPOCH);
        }
        assert_eq!((chat.log().len(), chat.link()), (rows + 1, &Link::Ended));
        let to: Endpoint = "nowhere:1".parse().expect("an endpoint");
        chat.asked(&Command::Connect(to.clone()));
        assert_eq!(chat.link(), &Link::Dialling(to.clone()));
        chat.asked(&Command::Cancel);
        chat.apply(
            Event::ConnectFailed {
                to,
                error: ConnectError::TimedOut,
            },
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(chat.problem(), None);
    }
}
