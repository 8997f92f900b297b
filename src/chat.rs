//! What the window shows, as plain data: events of the worker and pages of the store go in, the state of the
//! connection and the open conversation come out.
//!
//! Must not know egui or sockets, and does no input or output of its own.

mod apply;
mod changes;
mod closed;
mod compose;
mod connected;
pub mod contacts;
pub mod conversations;
pub mod drafts;
mod files;
pub mod hex;
mod link;
mod moving;
pub mod notices;
mod open;
pub mod read_mark;
mod requests;
pub mod search;
pub mod snippet;
pub mod timeline;
pub mod typing;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    endpoint::Endpoint,
    history::Page,
    identity::{IdentityError, PeerId, PublicKey},
    net::{Call, Command, ConnectError, EndReason, JoinRequest, ListenError},
    store::Row,
    text::charset::{Charset, Reading},
};
pub use changes::Changeable;
use closed::ClosedConversations;
use compose::Compose;
pub use compose::{Composed, MESSAGE_CAP, Refusal};
use contacts::Contacts;
pub use files::CantSend;
pub use link::{Door, Link, Peer};
pub use moving::Progress;
pub use open::{OpenConversation, ScrollTarget};
use requests::JoinRequests;
use timeline::{Delivery, Item, Timeline};

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
    /// The worker has crashed, or could not be started.
    Crashed,
    /// The worker has too many commands waiting to take another.
    Busy,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Chat {
    link: Link,
    /// The call that the person wants, until it has succeeded or failed.
    calling: Option<Call>,
    /// The callers that wait for the person's answer.
    requests: JoinRequests,
    contacts: Contacts,
    /// Our key, or why there is none; `None` until the worker has said so.
    identity: Option<Result<PublicKey, IdentityError>>,
    door: Door,
    problem: Option<Problem>,
    open: OpenConversation,
    closed: ClosedConversations,
    compose: Compose,
    /// Number of our messages that are not delivered yet.
    waiting: u64,
    /// Number of items so far that deserve the person's attention.
    news: u64,
}

impl Chat {
    /// A chat without a conversation. `reading` says how plain text of peers is decoded; see [`Self::outgoing`]
    /// and [`Self::charsets`] for the other two.
    pub fn new(
        reading: Reading,
        outgoing: Option<Charset>,
        charsets: BTreeMap<String, Charset>,
    ) -> Self {
        Self {
            open: OpenConversation::new(reading),
            compose: Compose::new(outgoing, charsets),
            ..Self::default()
        }
    }

    /// The state of the connection.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The peer, while connected.
    pub fn peer(&self) -> Option<&Peer> {
        if let Link::Connected(peer) = &self.link {
            Some(peer)
        } else {
            None
        }
    }

    /// Whether callers can connect.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The callers that wait for the person's answer, oldest first.
    pub fn requests(&self) -> &[JoinRequest] {
        self.requests.waiting()
    }

    /// Whether the person has said no so often that they may want to refuse everybody unknown for a while.
    pub fn offers_to_refuse(&self) -> bool {
        self.requests.offers_to_refuse()
    }

    /// Who the keys belong to.
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// Our key, once it is known.
    pub fn own_key(&self) -> Option<PublicKey> {
        self.identity.as_ref()?.as_ref().ok().copied()
    }

    /// Whether the peer is typing.
    pub fn peer_types(&self, now: Timestamp) -> bool {
        self.peer()
            .and_then(|peer| peer.types_until)
            .is_some_and(|until| now < until)
    }

    /// What went wrong last, until the person does something about it.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Number of our messages, to all peers, that are not delivered yet.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Number of items so far that deserve the person's attention.
    pub fn news(&self) -> u64 {
        self.news
    }

    /// The open conversation.
    pub fn conversation(&self) -> &OpenConversation {
        &self.open
    }

    /// The open conversation, for moving about in it.
    pub fn conversation_mut(&mut self) -> &mut OpenConversation {
        &mut self.open
    }

    /// Messages and notes of the open conversation.
    pub fn timeline(&self) -> &Timeline {
        self.open.timeline()
    }

    /// Who the open conversation is with; `None` until one is opened. The peer need not be connected.
    pub fn shown(&self) -> Option<&PeerId> {
        self.open.peer_id()
    }

    /// How far a message of ours in the open conversation has come.
    pub fn delivery(&self, item: &Item) -> Option<Delivery> {
        let delivery = item.delivery()?;
        let contact = self.shown().and_then(PeerId::key);
        let contact = contact.and_then(|key| self.contacts.get(&key));
        let is_held = delivery == Delivery::Waiting
            && contact.zip(item.row()).is_some_and(|(contact, row)| {
                contact.held > 0 && row.number() <= contact.held_up_to
            });
        let is_read = delivery == Delivery::Delivered
            && item.row().is_some_and(|row| row <= self.open.seen_up_to());
        Some(match delivery {
            _ if is_held => Delivery::Held,
            _ if is_read => Delivery::Read,
            delivery => delivery,
        })
    }

    /// Whether the peer of the open conversation is connected.
    pub fn is_present(&self) -> bool {
        self.peer()
            .is_some_and(|peer| self.shown() == Some(&peer.peer_id))
    }

    /// Opens this conversation, at its end.
    pub fn open(&mut self, peer_id: PeerId) {
        if self.switch(peer_id) {
            self.open.load_newest();
        } else {
            self.open.go_newest();
        }
    }

    /// Opens this conversation at a row of the store that a search has found.
    pub fn open_at(&mut self, peer_id: PeerId, row: Row) {
        self.switch(peer_id);
        self.open.go_to_hit(row);
    }

    /// Adds a page that the reader of the store has found.
    pub fn take_page(&mut self, page: Page) {
        self.open.take_page(page);
        if let Link::Connected(peer) = &self.link
            && self.open.peer_id() == Some(&peer.peer_id)
        {
            self.open.timeline.mark_sent(&peer.sent);
        }
    }

    /// The person has edited a text since their last call.
    pub fn set_edited(&mut self) {
        self.compose.has_edited = true;
    }

    /// Sets whether the person is writing in the conversation that is shown. Then it stays open when somebody else connects.
    pub fn set_writing(&mut self, is_writing: bool) {
        self.compose.is_writing = is_writing;
    }

    /// Whether conversations can be read from the store, in pages.
    pub fn is_paged(&self) -> bool {
        self.open.timeline.is_paged()
    }

    /// Sets whether conversations can be read from the store, in pages.
    pub fn set_paged(&mut self, is_paged: bool) {
        self.open.timeline.set_paged(is_paged);
    }

    /// The store can't be opened: what is loaded is all there is.
    fn store_closed(&mut self) {
        self.open.timeline.store_closed();
    }

    /// The store is open at last. Until now, rows were those of a store in memory.
    fn store_opened(&mut self) {
        self.open.store_opened();
    }

    /// How plain text of peers is decoded.
    pub fn reading(&self) -> Reading {
        self.open.timeline.reading()
    }

    /// Sets how plain text of peers is decoded. For messages that are here already this takes some calls of
    /// [`Self::reread`].
    pub fn set_reading(&mut self, reading: Reading) {
        if let Link::Connected(peer) = &mut self.link {
            peer.set_reading(reading);
        }
        self.open.timeline.set_reading(reading);
    }

    /// Decodes some more of the messages that are here already, the newest first. False once all are done.
    pub fn reread(&mut self) -> bool {
        self.open.timeline.reread()
    }

    /// The worker has taken this command.
    pub fn command_sent(&mut self, command: &Command) {
        match command {
            Command::Listen(_) => self.door = Door::Opening,
            Command::Connect(call) => {
                self.compose.has_edited = false;
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
            // These have nothing to do with the problem that is shown.
            Command::Disconnect
            | Command::Send { .. }
            | Command::SetFormat(_)
            | Command::SetPreferences(_)
            | Command::SetTyping(_)
            | Command::MakeInvite
            | Command::ChangeContact(..)
            | Command::Recall { .. }
            | Command::Reply { .. }
            | Command::Change { .. }
            | Command::Offer { .. }
            | Command::CancelOffer { .. }
            | Command::AnswerFile { .. }
            | Command::ControlFile { .. }
            | Command::SendHeld(_)
            | Command::DiscardHeld(_)
            | Command::SetDraft(..)
            | Command::SetRead(..)
            | Command::ChangeConversation(..)
            | Command::Clear(_)
            | Command::Salvage(_)
            | Command::AcceptLosses => return,
            Command::Answer { request, admit } => {
                self.requests.answer(*request, *admit);
                return;
            }
            Command::TakeMore { peer_id, .. } => {
                if let Link::Connected(peer) = &mut self.link
                    && peer.peer_id == *peer_id
                {
                    peer.limit_reached = None;
                }
                return;
            }
            Command::RefuseUnknown(_) => {
                self.requests.forget_noes();
                return;
            }
        }
        self.problem = None;
    }

    /// The person has closed the problem.
    pub fn dismiss(&mut self) {
        self.problem = None;
    }

    /// The worker did not take a command, because it is too busy.
    pub fn busy(&mut self) {
        self.problem = Some(Problem::Busy);
    }

    /// The worker has crashed: nothing is connected any more. The timeline stays.
    pub fn crashed(&mut self, now: Timestamp) {
        self.end(EndReason::Lost, now);
        self.requests.clear();
        self.calling = None;
        self.link = Link::Ended;
        self.door = Door::Closed;
        self.open.timeline.fail_sending();
        self.closed.fail_sending();
        self.problem = Some(Problem::Crashed);
    }

    /// Makes this the open conversation. False if it already is.
    fn switch(&mut self, peer_id: PeerId) -> bool {
        self.open.allow_queries();
        if self.shown() == Some(&peer_id) {
            return false;
        }
        let closed = self.closed.take(&peer_id);
        if let Some((before, closed)) = self.open.switch(peer_id, closed) {
            self.closed.put(before, closed);
        }
        true
    }
}

#[cfg(test)]
mod tests;
