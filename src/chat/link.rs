//! Who is connected or being called, and whether callers can connect.

use std::{collections::BTreeSet, net::SocketAddr};

use jiff::Timestamp;

use super::{moving::Moving, timeline::Message};
use crate::{
    identity::{PeerId, PublicKey},
    net::{Call, Listening, Origin},
    store::Row,
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// The state of the connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Link {
    /// Not connected yet.
    #[default]
    Idle,
    /// Calling.
    Dialling {
        /// Whom.
        call: Call,
        /// Who has answered and is yet to let us in.
        at: Option<PublicKey>,
    },
    /// Connected.
    Connected(Peer),
    /// The connection was lost; the worker calls again.
    Redialling {
        /// How.
        call: Call,
        /// Whom.
        key: PublicKey,
        /// When, by the clock that [`Chat::apply`](super::Chat::apply) was given; `None` while dialling.
        until: Option<Timestamp>,
    },
    /// The last connection has ended.
    Ended,
}

/// The other side of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Which side called.
    pub origin: Origin,
    /// Whose conversation this is.
    pub peer_id: PeerId,
    /// When it stops counting as typing; `None` if it is not typing.
    pub types_until: Option<Timestamp>,
    /// How its last message ended; `None` until it has sent one.
    pub line_end: Option<LineEnd>,
    /// The person is asked whether to take more of it, which has sent this many bytes within a day.
    pub limit_reached: Option<u64>,
    /// It sends no more, and either reads on or is gone.
    pub has_finished: bool,
    /// It understands no edits, deletions and reactions.
    pub lacks_changes: bool,
    /// It understands no files.
    pub lacks_files: bool,
    /// The files that move to and from it.
    pub moving: Moving,
    /// Its last message in plain text that is not ASCII, which shows the encoding that it writes.
    pub(super) sample: Option<Message>,
    /// Our messages that the network has taken on this connection and that are not delivered yet, by their
    /// rows in the store.
    pub(super) sent: BTreeSet<Row>,
}

impl Peer {
    pub(super) fn new(address: SocketAddr, origin: Origin, peer_id: PeerId) -> Self {
        Self {
            address,
            origin,
            peer_id,
            types_until: None,
            line_end: None,
            limit_reached: None,
            has_finished: false,
            lacks_changes: false,
            lacks_files: false,
            moving: Moving::default(),
            sample: None,
            sent: BTreeSet::new(),
        }
    }

    /// Its key, if the connection is encrypted.
    pub fn key(&self) -> Option<PublicKey> {
        self.peer_id.key()
    }

    /// Notes how it wrote this message in plain text.
    pub(super) fn receive(&mut self, message: &Message, end: LineEnd) {
        self.line_end = Some(end);
        if !message.text.is_ascii() {
            self.sample = Some(message.clone());
        }
    }

    /// Sets how its plain text is decoded.
    pub(super) fn set_reading(&mut self, reading: Reading) {
        if let Some(sample) = &mut self.sample {
            sample.reread(reading);
        }
    }

    /// The encoding that it writes in plain text; `None` until it has sent something that is not ASCII and can be
    /// decoded.
    pub fn writes(&self) -> Option<Charset> {
        let sample = self.sample.as_ref()?;
        (!sample.text.contains('\u{fffd}')).then_some(sample.charset)
    }

    /// Its address as text, without a port that changes with each connection.
    pub fn stable_address(&self) -> String {
        self.origin.stable_address(self.address)
    }
}

/// Whether callers can connect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Door {
    /// They can't.
    #[default]
    Closed,
    /// Asked to listen, not listening yet: a name is being looked up.
    Opening,
    /// They can.
    Open(Listening),
}
