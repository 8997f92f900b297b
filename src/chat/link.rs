//! Who is there, who is called, and whether callers can come in.

use crate::{
    identity::{Party, PublicKey},
    net::{Call, Listening, Origin},
    text::line_end::LineEnd,
};
use std::net::SocketAddr;

use jiff::Timestamp;

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
    /// Whose conversation it is.
    pub party: Party,
    /// Until when it is writing, as far as that is known.
    pub types_until: Option<Timestamp>,
    /// How its last message ended; `None` while it has said nothing.
    pub line_end: Option<LineEnd>,
}

impl Peer {
    /// Who it is, if encrypted.
    pub fn encrypted(&self) -> Option<PublicKey> {
        self.party.key()
    }

    /// What the encoding chosen for this peer is kept under. A caller's port is another each time.
    pub(super) fn key(&self) -> String {
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
