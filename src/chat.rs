//! What the window shows, as plain data: events go in, the state of the conversation and its log
//! come out.
//!
//! Must not know egui or sockets, and does no input or output of its own.

mod apply;
mod compose;
pub mod contacts;
pub mod conversations;
pub mod drafts;
pub mod hex;
mod link;
pub mod log;
pub mod notices;
pub mod read_mark;
pub mod search;
mod shown;
pub mod snippet;
pub mod typing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    endpoint::Endpoint,
    identity::{IdentityError, PublicKey, invite::Invite},
    net::{Ask, Call, Command, ConnectError, EndReason, ListenError},
    store::StoreError,
    text::charset::{Charset, Reading},
};
pub use compose::{Draft, MESSAGE_CAP, Refusal};
use contacts::Contacts;
pub use link::{Door, Link, Peer};
use log::Log;
pub use shown::Landing;
use shown::Shown;

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
}

#[cfg(test)]
mod tests;
