//! How the conversation that is shown stands: what its header says below the name.

use jiff::Timestamp;

use crate::{
    chat::{Chat, Door, Link, Peer, Problem},
    endpoint::Endpoint,
    identity::{PeerId, PublicKey, Trust},
    net::{Call, ConnectError, Listening},
};

/// The one thing there is to say, the most important first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// Connected, encrypted.
    Encrypted(&'a Peer, PublicKey, Option<Trust>),
    /// Connected, in plain text.
    Plain(&'a Peer),
    /// The connection was lost and is tried again: when, or now.
    Redialling(Option<Timestamp>),
    /// Another key has answered at the address of the contact.
    KeyChanged,
    /// Another conversation is connected than the one that is shown, or was and is called again.
    Elsewhere(PeerId, Reached),
    /// Calling.
    Dialling(&'a Endpoint),
    /// Our call was answered by this key, whose person is yet to accept it.
    Knocking(PublicKey),
    /// The contact is blocked.
    Blocked(PublicKey),
    /// Not connected, but callers can connect.
    Waiting(&'a Listening, Option<Contacted>),
    /// The host to listen on is being looked up.
    LookingUp,
    /// Not connected.
    NotConnected(Option<Contacted>),
}

/// The key whose conversation is shown, and the call that would reach it, if an address is known.
pub(super) type Contacted = (PublicKey, Option<Call>);

/// Whether the peer of another conversation can be talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Connected,
    Lost,
}

impl<'a> Standing<'a> {
    pub fn of(chat: &'a Chat) -> Self {
        let shown = chat.shown();
        let shown_key = shown.and_then(PeerId::key);
        match chat.link() {
            Link::Connected(peer) if shown == Some(&peer.peer_id) => {
                return match peer.key() {
                    Some(key) => Self::Encrypted(peer, key, chat.contacts().trust(&key)),
                    None => Self::Plain(peer),
                };
            }
            Link::Connected(peer) => {
                return Self::Elsewhere(peer.peer_id.clone(), Reached::Connected);
            }
            Link::Redialling { key, until, .. } if shown_key == Some(*key) => {
                return Self::Redialling(*until);
            }
            Link::Redialling { key, .. } => {
                return Self::Elsewhere(PeerId::Key(*key), Reached::Lost);
            }
            Link::Dialling { at: Some(key), .. } => return Self::Knocking(*key),
            Link::Dialling { call, at: None } => return Self::Dialling(&call.to),
            Link::Idle | Link::Ended => {}
        }
        if let Some(Problem::Connect {
            error:
                ConnectError::OtherKey {
                    expected,
                    invited: false,
                    ..
                },
            ..
        }) = chat.problem()
            && shown_key == Some(*expected)
        {
            return Self::KeyChanged;
        }
        let contact = shown_key.and_then(|key| chat.contacts().get(&key));
        if let Some(contact) = contact.filter(|contact| contact.blocked) {
            return Self::Blocked(contact.key);
        }
        let contacted = shown_key.map(|key| (key, chat.contacts().call_to(&key)));
        match chat.door() {
            Door::Open(listening) => Self::Waiting(listening, contacted),
            Door::Opening => Self::LookingUp,
            Door::Closed => Self::NotConnected(contacted),
        }
    }
}
