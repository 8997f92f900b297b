//! What the worker reports to the window.

use crate::{
    endpoint::Endpoint,
    identity::{Contact, IdentityError, Party, PublicKey, invite::Invite},
    net::{AskId, Call, MessageId, protocol::admission::TurnedAway},
    store::{Salvage, State, StoreError},
    text::{charset::Decoded, line_end::LineEnd},
};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

#[cfg(doc)]
use super::Command;

/// What the worker reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Callers can come; see [`Listening`].
    Listening(Listening),
    /// [`Command::Listen`] failed; the worker does not listen.
    ListenFailed {
        /// Where it was to listen.
        at: Endpoint,
        /// Why not.
        error: ListenError,
        /// Where it would work.
        instead: Option<Endpoint>,
    },
    /// The worker no longer listens: asked to, or a `#exit` ended the chat.
    ListeningStopped,
    /// [`Command::Connect`] failed.
    ConnectFailed {
        /// Whom it was to call.
        call: Call,
        /// Why it could not.
        error: ConnectError,
    },
    /// A conversation begins.
    Connected {
        /// The other side. An IPv4 address is never wrapped in IPv6.
        peer: SocketAddr,
        /// Which side called.
        origin: Origin,
        /// Whose conversation it is.
        party: Party,
        /// The key that was last met encrypted at the address of a peer in plain text: something has changed.
        encrypted_before: Option<PublicKey>,
    },
    /// The worker can talk encrypted as this key, or says why not.
    Identity(Result<PublicKey, IdentityError>),
    /// All that is known of others, the last one met first. Whenever that has changed.
    Peers(Arc<[Contact]>),
    /// What is known of others can't be kept or read.
    StoreFailed(StoreError),
    /// It can again.
    StoreWell,
    /// It could not be read at all; the file was put there, and a new one begun.
    StoreSetAside(PathBuf),
    /// So much of a file that was set aside was taken over, or nothing of it can be read.
    Salvaged(Result<Salvage, StoreError>),
    /// What was said was erased, in this conversation or in all of them.
    Cleared(Option<Party>),
    /// Somebody asks to be let in. Answered by [`Command::Answer`].
    Asked(Ask),
    /// It asks no more: it was answered, has given up, or nobody answered.
    AskOver(AskId),
    /// Who was called is there, and that program's person is being asked perhaps.
    Waiting {
        /// The one that was called.
        to: Endpoint,
        /// Who answers there.
        key: PublicKey,
    },
    /// An encrypted peer has said what it calls itself; before all its messages.
    Named(String),
    /// Something was received: a message, or what stands in its place.
    Received {
        /// In which conversation.
        party: Party,
        /// Its row in the store; none if it could not be stored, or is not to be.
        row: Option<u64>,
        /// When it was received.
        at: SystemTime,
        /// What it is.
        payload: Payload,
    },
    /// The clock of an encrypted peer, which has just said what it calls itself, is so many milliseconds ahead
    /// of ours; behind, if negative.
    ClockOff(i64),
    /// An encrypted peer is writing, or no more.
    Typing(bool),
    /// What [`Command::MakeInvite`] made; `None` while the worker does not listen where anybody can connect,
    /// or has no key.
    Invite(Option<Invite>),
    /// This message of ours is in the store. From now on it is named by its conversation and its row; no later event
    /// names it by its id.
    Stored {
        /// Which one.
        id: MessageId,
        /// Its conversation.
        party: Party,
        /// Its row in the store.
        row: u64,
    },
    /// This message of ours is not in the store. This is what became of it; no later event names it.
    NotStored {
        /// Which one.
        id: MessageId,
        /// Whether the system's network has taken it whole. Only plain text is sent without being stored.
        is_sent: bool,
    },
    /// The system's network has taken this message of ours whole. That is no receipt.
    Sent {
        /// Its conversation.
        party: Party,
        /// Its row in the store.
        row: u64,
    },
    /// What became of messages of ours: each was delivered, recalled, or (in plain text) will never be sent.
    Settled {
        /// Their conversation.
        party: Party,
        /// Their rows in the store, in order.
        rows: Arc<[(u64, State)]>,
    },
    /// More has come or changed in this conversation than was reported, because the window was busy: it is to
    /// be read from the store.
    Changed(Party),
    /// The messages of this conversation have other rows now, or older ones have come in between: what was read of it
    /// is out of date.
    Rewritten(Party),
    /// So many messages of ours wait to be delivered, to whomever. Whenever that has changed.
    Outbox(u64),
    /// The line to a peer that we had called was cut: it is called again.
    Redialling {
        /// How.
        call: Call,
        /// Whom.
        key: PublicKey,
        /// After so long; nothing while that is being done.
        wait: Option<Duration>,
    },
    /// The conversation is over.
    Ended(EndReason),
    /// So many callers were sent away since the last such report. At most one report a second.
    TurnedAway {
        /// Why the last of them was.
        why: TurnedAway,
        /// Where the last of them called from.
        from: IpAddr,
        /// How many.
        count: u32,
    },
}

impl Event {
    /// The conversation in whose store the window finds what this reports, if it is there.
    pub(super) fn stored_in(&self) -> Option<&Party> {
        match self {
            Self::Received {
                party,
                row: Some(_),
                ..
            }
            | Self::Sent { party, .. }
            | Self::Settled { party, .. } => Some(party),
            _ => None,
        }
    }
}

/// What was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A message from an encrypted peer.
    Text {
        /// The message.
        text: String,
        /// When it was written, in milliseconds since 1970 by the peer's clock.
        sent_at: i64,
    },
    /// A message in plain text.
    PlainText {
        /// The message.
        decoded: Decoded,
        /// How it ended on the wire.
        end: LineEnd,
    },
    /// Something from an encrypted peer that only a later version understands.
    NeedsNewer,
    /// This many messages of an encrypted peer went to another copy of this data: a restored backup, a cloned folder.
    Missed(u64),
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// We called.
    Dialled,
    /// The peer called.
    Accepted,
}

impl Origin {
    /// The part of a peer's address that stays the same from one connection to the next: a caller uses another
    /// port each time.
    pub fn stable_address(self, peer: SocketAddr) -> String {
        match self {
            Self::Dialled => peer.to_string(),
            Self::Accepted => peer.ip().to_string(),
        }
    }
}

/// Where callers can come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// What was asked for, with the port that was taken where any would do.
    pub at: Endpoint,
    /// The addresses to tell the other person. Empty where only this computer can connect, or it
    /// has no network.
    pub reachable: Vec<IpAddr>,
    /// Whether all of it is loopback.
    pub only_here: bool,
}

impl Listening {
    /// What the other person is to type, to call at `ip`.
    pub fn to_tell(&self, ip: IpAddr) -> String {
        SocketAddr::new(ip, self.at.port).to_string()
    }
}

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
    /// The same person has connected to us again.
    CameBack,
    /// We, or another program with our key, have connected to the same person again.
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

/// Why listening failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error("the port is in use")]
    PortInUse,
    /// The address belongs to another computer.
    #[error("the address is not one of this computer")]
    NotOurAddress,
    /// Ports below 1024 need rights.
    #[error("the port needs administrator rights")]
    NoPermission,
    /// The host is a name that nobody knows.
    #[error("the name is unknown")]
    UnknownHost,
    /// Anything else the system said.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}

/// Why calling failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The host is a name that nobody knows.
    #[error("the name is unknown")]
    UnknownHost,
    /// The computer is there, but nobody listens on the port.
    #[error("nobody listens there")]
    Refused,
    /// No answer within 10 s.
    #[error("no answer")]
    TimedOut,
    /// There is no way to that address.
    #[error("the address can't be reached")]
    Unreachable,
    /// What answers there speaks plain text.
    #[error("it answers in plain text")]
    AnswersPlain,
    /// What answers there says nothing that is encrypted, or hung up.
    #[error("it does not answer encrypted")]
    NotEncrypted,
    /// It encrypts in another way, or somebody changes bytes on the way.
    #[error("it encrypts in another way")]
    Incompatible,
    /// Another key answers than the one that is known or was invited to.
    #[error("another key answers")]
    OtherKey {
        /// Whose place it is.
        expected: PublicKey,
        /// Who answers.
        seen: PublicKey,
        /// Whether an invite says so, which is not to be argued with.
        invited: bool,
    },
    /// Our own key answers.
    #[error("this program itself answers")]
    OwnKey,
    /// The other person is in another conversation.
    #[error("the other side is busy")]
    Busy,
    /// The other person said no.
    #[error("the other side said no")]
    Rejected,
    /// The other person has not answered.
    #[error("the other side did not decide")]
    Undecided,
    /// The other side hung up before it had let us in.
    #[error("the other side hung up")]
    HungUp,
    /// It can't be looked up who was met there before, so nobody can tell whether it is the same.
    #[error("what is known of others can't be read")]
    StoreUnreadable,
    /// This program has no key to encrypt with.
    #[error("there is no key")]
    NoIdentity,
    /// Anything else the system said.
    #[error("the system refused: {0}")]
    Other(std::io::ErrorKind),
}

/// Somebody asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Names it in the answer.
    pub id: AskId,
    /// The address it calls from.
    pub from: IpAddr,
    /// Who asks, by what the conversation would be kept under.
    pub party: Party,
    /// The key that was last met encrypted at the address of a caller in plain text.
    pub encrypted_before: Option<PublicKey>,
}
