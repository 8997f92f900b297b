//! From a text to a message: what can be sent, and in which encoding.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Chat, Peer,
    timeline::{Item, Message},
};
use crate::{
    identity::PeerId,
    net::{
        Command, MessageId,
        protocol::plain::{LINE_CAP, is_exit},
    },
    store::{Marks, Quote},
    text::{
        charset::{Charset, Unencodable},
        line_end::LineEnd,
    },
};

/// Maximum size of a message, in bytes as encoded.
pub const MESSAGE_CAP: usize = LINE_CAP;
/// Maximum number of addresses with an encoding of their own. When it is reached, one of them is dropped.
const MAX_CHARSETS: usize = 200;

/// What it takes to make a message of a text.
#[derive(Debug, Default)]
pub(super) struct Compose {
    /// See [`Chat::outgoing`].
    outgoing: Option<Charset>,
    /// See [`Chat::charsets`].
    charsets: BTreeMap<String, Charset>,
    /// The id of the next message.
    pub(super) next_id: u64,
    /// See [`Chat::set_writing`](super::Chat::set_writing).
    pub(super) is_writing: bool,
    /// See [`Chat::set_edited`](super::Chat::set_edited).
    pub(super) has_edited: bool,
}

/// Why a text can't be sent as it is. It stays in the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing to send.
    Empty,
    /// There is no peer to send it to.
    NotConnected,
    /// It is longer than [`MESSAGE_CAP`].
    TooLong {
        /// Its size in bytes, as encoded.
        bytes: usize,
    },
    /// The chosen encoding lacks some of its characters.
    Unencodable(Unencodable),
    /// The peer may be one of the original programs, which read only CP949: the person must choose the
    /// encoding.
    WhichCharset,
}

/// A message that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    id: MessageId,
    to: PeerId,
    text: String,
    pub(super) charset: Charset,
    /// What it answers.
    quote: Option<Quote>,
}

impl Compose {
    pub fn new(outgoing: Option<Charset>, charsets: BTreeMap<String, Charset>) -> Self {
        Self {
            outgoing,
            charsets,
            next_id: 0,
            is_writing: false,
            has_edited: false,
        }
    }
}

impl Composed {
    /// The same in answer to this message.
    #[must_use]
    pub fn answering(self, quote: Option<Quote>) -> Self {
        Self { quote, ..self }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The command that sends it.
    pub fn command(&self) -> Command {
        let source = self.quote.as_ref().and_then(|quote| quote.source.as_ref());
        if let (Some((row, _)), PeerId::Key(to)) = (source, &self.to) {
            return Command::Reply {
                id: self.id,
                to: *to,
                text: self.text.clone(),
                reply_to: *row,
            };
        }
        Command::Send {
            id: self.id,
            to: self.to.clone(),
            text: self.text.clone(),
            charset: self.charset,
        }
    }
}

impl Chat {
    /// Makes a message of `text`. Call [`Self::add`] once the worker has taken it.
    ///
    /// # Errors
    /// Why it can't be sent.
    pub fn compose(&self, text: &str) -> Result<Composed, Refusal> {
        self.compose_in(text, None)
    }

    /// Like [`Self::compose`], in this encoding instead of the chosen one.
    ///
    /// # Errors
    /// Why it can't be sent.
    pub fn compose_in(&self, text: &str, charset: Option<Charset>) -> Result<Composed, Refusal> {
        let Some(to) = self.shown().filter(|_| self.can_write()) else {
            return Err(Refusal::NotConnected);
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            return Err(Refusal::Empty);
        }
        let charset = match (to, charset, self.peer()) {
            (PeerId::Address(_), Some(charset), _) => charset,
            (PeerId::Address(_), None, Some(peer)) => self.charset_for(text, peer)?,
            (PeerId::Key(_), ..) | (PeerId::Address(_), None, None) => Charset::UTF_8,
        };
        let bytes = charset.encode(text).map_err(Refusal::Unencodable)?.len();
        if bytes > MESSAGE_CAP {
            return Err(Refusal::TooLong { bytes });
        }
        Ok(Composed {
            id: MessageId(self.compose.next_id),
            to: to.clone(),
            text: text.to_owned(),
            charset,
            quote: None,
        })
    }

    /// Whether the open conversation takes messages: its peer is connected, or has a key, so that they can wait.
    pub fn can_write(&self) -> bool {
        self.is_present() || self.shown().and_then(PeerId::key).is_some()
    }

    /// Adds a message to the open conversation, which the worker has taken.
    pub fn add(&mut self, composed: Composed, now: Timestamp) {
        self.compose.next_id += 1;
        let Composed {
            id,
            to,
            text,
            charset,
            quote,
        } = composed;
        self.open.last_sent = Some(text.clone());
        let marks = Marks {
            is_named: to.key().is_some(),
            quote: quote.map(Box::new),
            ..Marks::default()
        };
        let message = Message::written(id, text, charset, marks);
        self.open.add(Item::message(message, now));
        self.open.go_newest();
    }

    /// Sets the encoding for the connected peer, if that is in plain text.
    pub fn choose_charset(&mut self, charset: Charset) {
        let Some(PeerId::Address(address)) = self.peer().map(|peer| &peer.peer_id) else {
            return;
        };
        let address = address.to_string();
        let charsets = &mut self.compose.charsets;
        if charsets.len() >= MAX_CHARSETS && !charsets.contains_key(&address) {
            charsets.pop_first();
        }
        charsets.insert(address, charset);
    }

    /// The encoding for every peer in plain text, if the person has fixed one.
    pub fn outgoing(&self) -> Option<Charset> {
        self.compose.outgoing
    }

    /// Sets the encoding for every peer in plain text, the connected one included; `None` leaves it open.
    pub fn set_outgoing(&mut self, charset: Option<Charset>) {
        if let Some(PeerId::Address(address)) = self.peer().map(|peer| &peer.peer_id) {
            let address = address.to_string();
            self.compose.charsets.remove(&address);
        }
        self.compose.outgoing = charset;
    }

    /// The encoding in which the connected peer gets plain text, if that is not UTF-8.
    pub fn unusual_charset(&self) -> Option<Charset> {
        let peer = self.peer().filter(|peer| peer.key().is_none())?;
        self.known_charset(peer)
            .filter(|charset| *charset != Charset::UTF_8)
    }

    /// The encodings that the person has chosen for single peers in plain text, by address.
    pub fn charsets(&self) -> &BTreeMap<String, Charset> {
        &self.compose.charsets
    }

    /// Number of messages that `text` becomes in a program that reads each line as one.
    pub fn lines_in(text: &str) -> usize {
        text.trim_end_matches(['\n', '\r']).lines().count()
    }

    /// The encoding for a peer in plain text, if one is chosen, or the peer writes another one than UTF-8. Then it reads
    /// that too. A peer that writes UTF-8 may not read it: the original programs don't.
    fn known_charset(&self, peer: &Peer) -> Option<Charset> {
        // The choice for this peer comes before the one for all peers.
        let chosen = match &peer.peer_id {
            PeerId::Address(address) => self.compose.charsets.get(&**address).copied(),
            PeerId::Key(_) => None,
        };
        let writes = peer.writes().filter(|charset| *charset != Charset::UTF_8);
        chosen.or(self.compose.outgoing).or(writes)
    }

    /// The encoding for a peer in plain text.
    fn charset_for(&self, text: &str, peer: &Peer) -> Result<Charset, Refusal> {
        if let Some(charset) = self.known_charset(peer) {
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
