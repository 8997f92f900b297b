//! What a session between two Duologues reports.

use super::TlsError;
use crate::{
    identity::{PublicKey, invite::Proof},
    net::protocol::{
        Tag,
        frame::{Ack, Bye, Hello, Item, ReadMark, Start, TransferFrame},
    },
};

#[cfg(doc)]
use super::GONE;

/// What a session has to report.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// On the called side: a caller has proved this key, and waits for a decision.
    Knocked {
        /// Proved by the handshake.
        key: PublicKey,
        /// That it has the token of an invite.
        proof: Option<Proof>,
    },
    /// On the calling side: the holder of this key has answered, and decides.
    Waiting {
        /// Proved by the handshake.
        key: PublicKey,
    },
    /// Both sides have said *Hello*. This is the peer's.
    Open(Hello),
    /// The peer sent this item. Within this connection the numbers of a stream are consecutive.
    Item(Item),
    /// The peer has this much of a stream of ours on its disk.
    Ack(Ack),
    /// The peer asks how far these streams of its have come.
    Resume(Vec<Start>),
    /// The peer's person has read our messages up to this one.
    Read(ReadMark),
    /// About the content of files.
    Transfer(TransferFrame),
    /// Whether the peer is typing.
    Typing(bool),
    /// The system has taken all bytes of this message.
    Sent(Tag),
    /// This message was not sent whole, and will not be.
    NotSent(Tag),
    /// Nothing more will follow.
    Over(Over),
}

/// Why nothing more will follow.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// The peer said why.
    Said(Bye),
    /// The peer closed TLS without saying why.
    Closed,
    /// The peer broke the rules.
    Misbehaved,
    /// The peer has been silent for [`GONE`].
    Silent,
    /// The peer did not take the next step in time.
    TimedOut,
    /// There is no encryption with this peer.
    Tls(TlsError),
}
