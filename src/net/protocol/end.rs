//! How a conversation ends.

#[cfg(doc)]
use crate::net::Command;

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The peer closed the connection.
    PeerLeft,
    /// The connection broke.
    Lost,
    /// The peer sent `#exit`.
    ExitReceived,
    /// We sent `#exit`.
    ExitSent,
    /// [`Command::Disconnect`].
    Disconnected,
    /// [`Command::Connect`] calls somebody else now.
    CalledAnother,
    /// Nothing had been said yet, and another caller took the place.
    GaveWay,
    /// The same person has connected to us anew.
    CameBack,
    /// We, or another program with our key, have connected to the same person anew.
    Replaced,
    /// The peer has been silent for too long.
    Silent,
    /// The peer broke the rules of the protocol.
    Misbehaved,
    /// The peer began to encrypt after we had written in plain text.
    TurnedEncrypted,
    /// The peer is blocked now.
    Blocked,
}
