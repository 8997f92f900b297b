//! An encrypted call of ours, from the moment somebody has answered until we are admitted.

use std::{net::SocketAddr, time::Instant};

use crate::{
    endpoint::Endpoint,
    identity::{PublicKey, Trust},
    net::{
        Call, ConnectError, How,
        protocol::{
            frame::{Bye, Hello},
            secure::{HANDSHAKE, Output, Over, Secure, TlsError},
        },
        socket::stream::{Read, Readiness, Socket},
        worker::session::PeerInfo,
    },
};

use mio::Token;

/// See the [module](self).
#[derive(Debug)]
pub(in crate::net::worker) struct OutgoingHandshake {
    pub call: Call,
    pub socket: Socket,
    pub secure: Box<Secure>,
    pub peer: SocketAddr,
    /// When it was dialled.
    pub since: Instant,
    /// The only key to accept.
    pub expected: Option<PublicKey>,
    /// The peer's key, once the handshake has proved it.
    pub key: Option<PublicKey>,
    /// The other addresses of this call, in case this is the wrong peer.
    pub elsewhere: Vec<SocketAddr>,
    /// The peer has closed the connection, or it broke.
    pub closed: bool,
}

/// A call of ours that is replaced by a call of the same peer to us.
#[derive(Debug)]
pub(in crate::net::worker) struct Crossed {
    pub key: PublicKey,
    /// How long we wait for that call.
    pub until: Instant,
    pub call: Call,
    pub peer: PeerInfo,
}

/// What has become of a call.
#[derive(Debug)]
pub(super) enum Progress {
    /// The holder of this key has answered, and decides.
    Answered(PublicKey),
    /// Admitted.
    Admitted(Hello),
    Failed(ConnectError),
    /// Both called each other, and the other call stays.
    Crossed(PublicKey),
}

impl OutgoingHandshake {
    pub fn handle_ready(&mut self, token: Token, ready: Readiness) {
        if self.socket.token == token {
            self.socket.handle_ready(ready);
        }
    }

    /// Reads once, if there may be something to read.
    pub fn read(&mut self, now: Instant) {
        if self.socket.is_readable() && !self.closed {
            let read = self.socket.read(&mut *self.secure, now);
            self.closed = matches!(read, Read::End | Read::Broken);
        }
    }

    /// Writes what there is to write, as far as the system takes it.
    pub fn write(&mut self, now: Instant) {
        self.socket.write(&mut *self.secure, now);
    }

    /// What has happened, oldest first.
    pub fn poll(&mut self) -> Option<Progress> {
        while let Some(output) = self.secure.poll_output() {
            match output {
                Output::Waiting { key } => {
                    self.key = Some(key);
                    return Some(Progress::Answered(key));
                }
                Output::Open(hello) => return Some(Progress::Admitted(hello)),
                Output::Over(over) => return Some(self.over(over)),
                // These follow only after `Open`, or are the called side's.
                Output::Knocked { .. }
                | Output::Item(_)
                | Output::Ack(_)
                | Output::Read(_)
                | Output::Transfer(_)
                | Output::Resume(_)
                | Output::Typing(_)
                | Output::Sent(_)
                | Output::NotSent(_) => {}
            }
        }
        self.closed.then(|| {
            Progress::Failed(if self.key.is_some() {
                ConnectError::HungUp
            } else {
                ConnectError::NotEncrypted
            })
        })
    }

    fn over(&self, over: Over) -> Progress {
        let invited = matches!(self.call.how, How::Invited(..));
        Progress::Failed(match (over, self.key) {
            (Over::Said(Bye::Crossed), Some(key)) => return Progress::Crossed(key),
            (Over::Tls(TlsError::NotTls), None) => ConnectError::AnswersPlain,
            (Over::Tls(TlsError::OtherKey(seen)), None) => match self.expected {
                Some(expected) => ConnectError::OtherKey {
                    expected,
                    seen,
                    invited,
                },
                None => ConnectError::Incompatible,
            },
            (Over::Tls(_) | Over::Misbehaved, _) => ConnectError::Incompatible,
            (Over::TimedOut, None) => ConnectError::NotEncrypted,
            (Over::TimedOut | Over::Said(Bye::NoAnswer), Some(_)) => ConnectError::Undecided,
            (Over::Said(Bye::Busy), _) => ConnectError::Busy,
            (Over::Said(Bye::Rejected), _) => ConnectError::Rejected,
            (Over::Said(Bye::OwnKey), _) => ConnectError::OwnKey,
            (Over::Said(_) | Over::Closed | Over::Silent, _) => ConnectError::HungUp,
        })
    }

    /// What we know of `key` from having called it this way.
    pub fn peer_info(&self, key: PublicKey) -> PeerInfo {
        let (trust, replaces) = match self.call.how {
            How::Invited(..) => (Trust::Invited, None),
            How::NewKey { replaces, .. } => (Trust::Accepted, replaces),
            How::Plain | How::Encrypted | How::Unchecked(_) | How::To(_) => (Trust::Accepted, None),
        };
        PeerInfo {
            key,
            trust,
            endpoint: self.endpoint(),
            replaces,
        }
    }

    /// Which of the dialled endpoints has answered.
    fn endpoint(&self) -> Option<String> {
        let Call { to, also, .. } = &self.call;
        if also.is_empty() {
            return Some(to.canonical());
        }
        // A name could stand for any of them.
        let here = self.peer.to_string();
        let mut endpoints = std::iter::once(to).chain(also);
        endpoints
            .find(|endpoint| endpoint.canonical() == here)
            .map(Endpoint::canonical)
    }

    /// Gives up our call in favour of the peer's.
    pub fn into_crossed(self, key: PublicKey, now: Instant) -> (Socket, Crossed) {
        let crossed = Crossed {
            key,
            until: now + HANDSHAKE,
            peer: self.peer_info(key),
            call: self.call,
        };
        (self.socket, crossed)
    }
}
