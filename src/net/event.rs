//! Events: what the worker reports to the window.

mod errors;
mod listening;

pub use errors::{ConnectError, Hindrance, ListenError, OfferError};
pub use listening::Listening;

use crate::{
    endpoint::Endpoint,
    identity::{Contact, IdentityError, PeerId, PublicKey, invite::Invite},
    millis::Millis,
    net::{Call, MessageId, RequestId, protocol::admission::Rejection},
    store::{FileInfo, Lookup, Row, Salvage, State, StoreError},
    text::{charset::Decoded, line_end::LineEnd},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

#[cfg(doc)]
use super::Command;

/// An event from the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The worker listens; see [`Listening`].
    Listening(Listening),
    /// [`Command::Listen`] failed; the worker does not listen.
    ListenFailed {
        /// The address.
        at: Endpoint,
        /// Why it failed.
        error: ListenError,
        /// An address where it would work.
        instead: Option<Endpoint>,
    },
    /// The worker no longer listens: it was asked to stop, or `#exit` ended the chat.
    ListeningStopped,
    /// [`Command::Connect`] failed.
    ConnectFailed {
        /// The call.
        call: Call,
        /// Why it failed.
        error: ConnectError,
    },
    /// A conversation has begun.
    Connected {
        /// The peer's address. IPv4 addresses are never wrapped in IPv6.
        peer: SocketAddr,
        /// Which side called.
        origin: Origin,
        /// Whose conversation it is.
        peer_id: PeerId,
        /// For a plain-text peer: the key last met encrypted at its address, to warn the person.
        encrypted_before: Lookup<PublicKey>,
        /// The conversation's newest row in the store so far, `Row::ZERO` if there is none; `None` if it can't be read.
        last_row: Option<Row>,
    },
    /// Our key, or why there is none and no encrypted conversation is possible.
    Identity(Result<PublicKey, IdentityError>),
    /// All contacts, last seen first. Sent whenever they change.
    Contacts(Arc<[Contact]>),
    /// The store can't be read or written. Sent once until [`Event::StoreWell`].
    StoreFailed(StoreError),
    /// The store works again.
    StoreWell,
    /// The store can't be opened: nobody is known, and nothing is kept. It is opened again every few seconds, until
    /// [`Event::StoreOpened`].
    StoreClosed(StoreError),
    /// The store could not be opened before, and is open now. Rows so far mean nothing any more.
    StoreOpened,
    /// The store was damaged; its file was moved here and a new one begun. Reported at every start while contacts of it
    /// may be missing, and until then nobody is taken for unknown.
    StoreSetAside(PathBuf),
    /// This much was recovered from a damaged store, or nothing of it can be read.
    Salvaged(Result<Salvage, StoreError>),
    /// The messages of this conversation were erased, or those of all.
    Cleared(Option<PeerId>),
    /// The connected peer has sent this many bytes within a day, or more: nothing more is read from it until the person
    /// has answered, or the conversation ends. Answered by [`Command::TakeMore`].
    LimitReached {
        /// Which peer.
        peer_id: PeerId,
        /// The limit, in bytes.
        bytes: u64,
    },
    /// A caller asks to be admitted. Answered by [`Command::Answer`].
    JoinRequested(JoinRequest),
    /// Whether callers that the person does not know are rejected without a question, for an hour at most. Sent when
    /// that begins and ends; see [`Command::RefuseUnknown`].
    UnknownRefused(bool),
    /// A request is over: it was answered, the caller gave up, or it timed out.
    JoinRequestOver(RequestId),
    /// The called program has answered, and may be asking its person.
    Waiting {
        /// The address that was called.
        to: Endpoint,
        /// The key that answers there.
        key: PublicKey,
    },
    /// What an encrypted peer calls itself. Sent before its messages.
    Named(String),
    /// Something was received: a message, or a row in place of messages that can't be shown.
    Received {
        /// Its conversation.
        peer_id: PeerId,
        /// Its row in the store; `None` if it is not stored.
        row: Option<Row>,
        /// When it was received.
        at: SystemTime,
        /// What it is.
        payload: Payload,
    },
    /// By how many milliseconds the clock of an encrypted peer is ahead of ours; negative if it is behind. Sent at the
    /// beginning of a conversation.
    ClockOff(i64),
    /// An encrypted peer has started or stopped typing.
    Typing(bool),
    /// The answer to [`Command::MakeInvite`]; `None` if the worker has no key or does not listen where others can
    /// connect.
    Invite(Option<Invite>),
    /// This message of ours is in the store. From now on it is named by its conversation and its row; no later event
    /// names it by its id.
    Stored {
        /// Which one.
        id: MessageId,
        /// Its conversation.
        peer_id: PeerId,
        /// Its row in the store.
        row: Row,
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
        peer_id: PeerId,
        /// Its row in the store.
        row: Row,
    },
    /// This message was edited or deleted, has another reaction, or something became of the file that it offers: read it from
    /// the store.
    MessageChanged {
        /// Its conversation.
        peer_id: PeerId,
        /// Its row in the store.
        row: Row,
    },
    /// The peer has read everything up to this message of ours.
    Seen {
        /// The conversation.
        peer_id: PeerId,
        /// The row in the store.
        row: Row,
    },
    /// The connected encrypted peer understands no edits, deletions and reactions.
    LacksChanges,
    /// The connected encrypted peer understands no files: offers wait until it does.
    LacksFiles,
    /// A file or folder could not be offered, and there is no message.
    OfferFailed {
        /// Which one.
        id: MessageId,
        /// Why.
        why: OfferError,
    },
    /// A file or folder is read before it is offered. Sent at most four times a second for each.
    OfferProgress {
        /// Which offer.
        id: MessageId,
        /// How much of it was read, in bytes.
        read: u64,
        /// Its size, in bytes.
        size: u64,
    },
    /// Links and devices in a folder that is offered are left out. Sent before the answer to [`Command::Offer`].
    LeftOut {
        /// Which offer.
        id: MessageId,
        /// How many there are.
        count: u32,
    },
    /// A file does not arrive for now. It goes on by itself.
    FileHindered {
        /// The conversation.
        peer_id: PeerId,
        /// The offer's row in the store.
        row: Row,
        /// Why.
        by: Hindrance,
    },
    /// A file moves. Sent at most four times a second for each, and when it stops.
    FileProgress {
        /// The conversation.
        peer_id: PeerId,
        /// The offer's row in the store.
        row: Row,
        /// How much of it has moved, in bytes.
        moved: u64,
        /// Its size, in bytes.
        size: u64,
        /// The speed of the last seconds; 0 while it does not move.
        bytes_per_second: u64,
    },
    /// What became of messages of ours: each was delivered, recalled, or (in plain text) will never be sent.
    Settled {
        /// Their conversation.
        peer_id: PeerId,
        /// Their rows in the store, in order.
        rows: Arc<[(Row, State)]>,
    },
    /// This conversation has changed without further events, because the window was behind or the person has pinned or muted
    /// it: read it from the store.
    Changed(PeerId),
    /// The messages of this conversation have other rows now, or older ones have come in between: what was read of it
    /// is out of date.
    Rewritten(PeerId),
    /// How many messages of ours wait to be delivered, over all conversations. Sent whenever that changes.
    Outbox(u64),
    /// The connection to a peer that we had called was lost: it is called again.
    Redialling {
        /// The call.
        call: Call,
        /// The peer.
        key: PublicKey,
        /// The time until then; `None` while it is being called.
        wait: Option<Duration>,
    },
    /// The peer has closed its direction of a conversation in plain text: it sends no more. It may still read, or be
    /// gone, which [`Event::Ended`] reports once it shows.
    PeerFinished,
    /// The conversation is over.
    Ended(EndReason),
    /// Callers were rejected. Sent at most once a second, for all of them together.
    CallersRejected {
        /// Why the last one was.
        why: Rejection,
        /// The address of the last one.
        from: IpAddr,
        /// How many since the last report.
        count: u32,
    },
}

impl Event {
    /// The conversation where the store tells what this event reports, if it does.
    pub(super) fn stored_in(&self) -> Option<&PeerId> {
        match self {
            Self::Received {
                peer_id,
                row: Some(_),
                ..
            }
            | Self::Sent { peer_id, .. }
            | Self::MessageChanged { peer_id, .. }
            | Self::Seen { peer_id, .. }
            | Self::Settled { peer_id, .. } => Some(peer_id),
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
        /// When it was written; by the peer's clock.
        sent_at: Millis,
    },
    /// A message in plain text.
    PlainText {
        /// The message.
        decoded: Decoded,
        /// How it ended on the wire.
        end: LineEnd,
    },
    /// An offer of a file or a folder from an encrypted peer.
    Offer {
        /// The name, as the peer has sent it.
        name: String,
        /// When it was written; by the peer's clock.
        sent_at: Millis,
        /// The rest of it.
        file: FileInfo,
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
    /// port each time, and one on this computer any of 16 million loopback addresses.
    pub fn stable_address(self, peer: SocketAddr) -> String {
        match (self, peer.ip()) {
            (Self::Dialled, _) => peer.to_string(),
            (Self::Accepted, IpAddr::V4(ip)) if ip.is_loopback() => Ipv4Addr::LOCALHOST.to_string(),
            (Self::Accepted, ip) => ip.to_string(),
        }
    }
}

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The peer closed the connection.
    PeerLeft,
    /// The connection was lost.
    Lost,
    /// The store has been opened at last, and the conversation begins again with what is known of the peer.
    StoreOpened,
    /// The peer sent `#exit`.
    ExitReceived,
    /// We sent `#exit`.
    ExitSent,
    /// [`Command::Disconnect`].
    Disconnected,
    /// [`Command::Connect`] calls somebody else.
    CalledAnother,
    /// Neither side had sent anything, and another caller took its place.
    GaveWay,
    /// The same peer has connected to us again.
    CameBack,
    /// We, or another program with our key, have connected to the same peer again.
    Replaced,
    /// The peer has been silent for too long.
    Silent,
    /// The peer violated the protocol.
    Misbehaved,
    /// The peer started TLS after we had sent plain text.
    TurnedEncrypted,
    /// The peer was blocked.
    Blocked,
    /// The person takes no more of the peer today.
    TookEnough,
}

/// A caller that asks to be admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// Names the request in the answer.
    pub id: RequestId,
    /// The address it calls from.
    pub from: IpAddr,
    /// Whose conversation it would be.
    pub peer_id: PeerId,
    /// For a plain-text caller: the key last met encrypted at its address, to warn the person. For an encrypted one:
    /// unclear if nobody can say whether its key is known or blocked.
    pub encrypted_before: Lookup<PublicKey>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program on this computer can choose among them.
    #[test]
    fn callers_from_all_loopback_addresses_are_one_peer() {
        for (from, peer) in [
            ("127.0.0.1:1", "127.0.0.1"),
            ("127.0.0.2:1", "127.0.0.1"),
            ("127.255.255.254:1", "127.0.0.1"),
            ("[::1]:1", "::1"),
            ("192.168.0.5:1", "192.168.0.5"),
        ] {
            let from = from.parse().expect("an address");
            assert_eq!(Origin::Accepted.stable_address(from), peer);
        }
        let to = "127.0.0.2:1".parse().expect("an address");
        assert_eq!(Origin::Dialled.stable_address(to), "127.0.0.2:1");
    }
}
