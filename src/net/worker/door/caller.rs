//! A caller that is not in a session yet, and how far it has come.

use std::{net::SocketAddr, time::Instant};

use mio::Token;

use crate::{
    identity::{PublicKey, invite},
    net::{
        RequestId,
        protocol::{questions::Source, secure::Secure},
        socket::stream::Socket,
    },
};

/// A connection that somebody has opened to us.
#[derive(Debug)]
pub(in crate::net::worker) struct Arrival {
    pub socket: Socket,
    pub peer: SocketAddr,
    pub at: Instant,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Caller {
    pub arrival: Arrival,
    /// When this stage times out.
    pub until: Instant,
    pub stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Its first bytes will show which protocol it speaks.
    Sniffing,
    /// From the TLS greeting to *Knock*.
    Handshaking(Box<Secure>),
    /// It has proved its key, and waits until the peer that we are calling has proved its own.
    Deferred(AuthenticatedCaller),
    /// The person is being asked.
    AwaitingApproval(RequestId, PendingApproval),
}

/// A caller that has proved its key, and waits to be admitted.
#[derive(Debug)]
pub(in crate::net::worker) struct AuthenticatedCaller {
    pub secure: Box<Secure>,
    pub key: PublicKey,
    /// That it has the token of an invite.
    pub proof: Option<invite::Proof>,
}

/// Whom the person is being asked about.
#[derive(Debug)]
pub(super) enum PendingApproval {
    Plain,
    Encrypted(AuthenticatedCaller),
}

impl Caller {
    pub fn token(&self) -> Token {
        self.arrival.socket.token
    }

    pub fn source(&self) -> Source {
        self.arrival.peer.ip().into()
    }

    /// The request by which the person is being asked about it.
    pub fn request(&self) -> Option<RequestId> {
        match self.stage {
            Stage::AwaitingApproval(request, _) => Some(request),
            Stage::Sniffing | Stage::Handshaking(_) | Stage::Deferred(_) => None,
        }
    }

    /// The key that it has proved.
    pub fn key(&self) -> Option<PublicKey> {
        match &self.stage {
            Stage::Deferred(caller)
            | Stage::AwaitingApproval(_, PendingApproval::Encrypted(caller)) => Some(caller.key),
            Stage::Sniffing
            | Stage::Handshaking(_)
            | Stage::AwaitingApproval(_, PendingApproval::Plain) => None,
        }
    }

    pub fn deadline(&self) -> Instant {
        match &self.stage {
            Stage::Handshaking(secure) => secure.poll_deadline().unwrap_or(self.until),
            Stage::Sniffing | Stage::Deferred(_) | Stage::AwaitingApproval(..) => self.until,
        }
    }

    /// Whether it may have done something, or is to be judged again.
    pub fn is_ready(&self) -> bool {
        let socket = &self.arrival.socket;
        match &self.stage {
            Stage::Sniffing | Stage::Handshaking(_) => socket.is_readable(),
            Stage::Deferred(_) => true,
            // Its end may have come with its knock.
            Stage::AwaitingApproval(..) => socket.is_readable() || socket.is_hung_up(),
        }
    }

    /// Whether the loop must not wait, because of this caller. `may_judge` is whether deferred ones can be judged now.
    pub fn is_urgent(&self, may_judge: bool) -> bool {
        match &self.stage {
            Stage::Deferred(_) => may_judge,
            // It may have hung up with unread data, which waits for the person's answer.
            Stage::AwaitingApproval(_, PendingApproval::Plain) => self.arrival.socket.is_readable(),
            _ => self.is_ready(),
        }
    }
}

impl Stage {
    /// How far it has come: the higher, the more it has shown that it means to talk.
    pub fn progress(&self) -> u8 {
        match self {
            Self::Sniffing => 0,
            Self::Handshaking(_) => 1,
            Self::Deferred(_) | Self::AwaitingApproval(..) => 2,
        }
    }

    /// The protocol object of an encrypted caller.
    pub fn into_secure(self) -> Option<Box<Secure>> {
        match self {
            Self::Sniffing => None,
            Self::Handshaking(secure) => Some(secure),
            Self::Deferred(caller) => Some(caller.secure),
            Self::AwaitingApproval(_, pending) => pending.into_secure(),
        }
    }
}

impl PendingApproval {
    pub fn into_secure(self) -> Option<Box<Secure>> {
        match self {
            Self::Plain => None,
            Self::Encrypted(caller) => Some(caller.secure),
        }
    }
}
