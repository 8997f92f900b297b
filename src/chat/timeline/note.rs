//! A note in a timeline: something that happened, told between the messages.

use std::net::{IpAddr, SocketAddr};

use crate::{
    identity::PublicKey,
    net::{EndReason, Origin},
};

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A peer connected, or we connected to it.
    Connected {
        /// The peer's address.
        peer: SocketAddr,
        /// Which side called.
        origin: Origin,
        /// The peer's key, if the connection is encrypted.
        key: Option<PublicKey>,
    },
    /// The connection is in plain text, but the last one with this address was encrypted, with this key.
    PlainNow(PublicKey),
    /// The peer speaks plain text, and nobody can say whether a contact was last connected encrypted at its address.
    UncheckedPlain,
    /// The peer calls itself by a name that already belongs to somebody else.
    Namesake {
        /// The peer.
        key: PublicKey,
        /// Who is known by that name.
        known: PublicKey,
    },
    /// The peer sent something that only a later version of this program understands.
    NeedsNewer,
    /// This many messages of the peer went to another copy of our data.
    Missed(u64),
    /// The peer's clock is this many milliseconds ahead of ours; negative if it is behind.
    ClockOff(PublicKey, i64),
    /// The peer at this address sends no more, in plain text. It either reads on or is gone.
    Finished(IpAddr),
    /// A connection ended.
    Ended {
        /// The peer's address.
        peer: IpAddr,
        /// The peer's key, if the connection was encrypted.
        key: Option<PublicKey>,
        /// Why it ended.
        reason: EndReason,
    },
}
