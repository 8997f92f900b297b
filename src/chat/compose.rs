//! From a text to a message: what can be sent, and in which encoding.

use jiff::Timestamp;

use super::{
    Chat, Peer,
    log::{Message, Row},
};
use crate::{
    identity::Party,
    net::{
        Command, MessageId,
        protocol::plain::{LINE_CAP, is_exit},
    },
    text::{
        charset::{Charset, Unencodable},
        line_end::LineEnd,
    },
};

/// The most that one message may have, in bytes as encoded.
pub const MESSAGE_CAP: usize = LINE_CAP;
/// Answers to the question of how to encode are kept for so many addresses.
const MOST_ANSWERS: usize = 200;

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
    to: Party,
    text: String,
    pub(super) charset: Charset,
}

impl Draft {
    /// What to ask the worker.
    pub fn command(&self) -> Command {
        Command::Send {
            id: self.id,
            to: self.to.clone(),
            text: self.text.clone(),
            charset: self.charset,
        }
    }
}

impl Chat {
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
        let to = self.shown().filter(|_| self.can_write());
        let Some(to) = to else {
            return Err(Refusal::NotConnected);
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            return Err(Refusal::Empty);
        }
        let charset = match (to, charset, self.peer()) {
            (Party::Address(_), Some(charset), _) => charset,
            (Party::Address(_), None, Some(peer)) => self.charset_for(text, peer)?,
            (Party::Key(_), ..) | (Party::Address(_), None, None) => Charset::UTF_8,
        };
        let bytes = charset.encode(text).map_err(Refusal::Unencodable)?.len();
        if bytes > MESSAGE_CAP {
            return Err(Refusal::TooLong { bytes });
        }
        Ok(Draft {
            id: MessageId(self.next_id),
            to: to.clone(),
            text: text.to_owned(),
            charset,
        })
    }

    /// Whether what is written can go to whose conversation is shown, now or later.
    pub fn can_write(&self) -> bool {
        self.is_present() || self.shown().and_then(Party::key).is_some()
    }

    /// Writes a message that the worker has taken into the log.
    pub fn add(&mut self, draft: Draft, now: Timestamp) {
        self.next_id += 1;
        let Draft {
            id, text, charset, ..
        } = draft;
        self.last_sent = Some(text.clone());
        self.log
            .add(Row::loose(Message::mine(id, text, charset), now));
        self.go_newest();
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

    /// What to encode in for a peer in plain text.
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
