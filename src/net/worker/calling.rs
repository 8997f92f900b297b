//! An encrypted call from the moment somebody has picked up until it is let in.

use std::{net::SocketAddr, time::Instant};

use crate::{
    endpoint::Endpoint,
    identity::{PublicKey, Trust},
    net::{
        Call, ConnectError, How,
        protocol::{
            frame::{Bye, Hello},
            secure::{self, Over, Secure, TlsError},
        },
        socket::stream::{Read, Socket},
        worker::session::PeerInfo,
    },
};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Calling {
    pub call: Call,
    pub socket: Socket,
    pub secure: Secure,
    pub peer: SocketAddr,
    /// When it was dialled.
    pub since: Instant,
    /// The only key that will do.
    pub expected: Option<PublicKey>,
    /// Who is there, once the handshake has proved it.
    pub key: Option<PublicKey>,
    /// Where else the same call can go, should this not be the one that is meant.
    pub elsewhere: Vec<SocketAddr>,
}

/// A call of ours that makes way for one of the same person to us.
#[derive(Debug)]
pub(super) struct Crossed {
    pub key: PublicKey,
    /// So long it may take to come.
    pub until: Instant,
    pub call: Call,
    pub peer: PeerInfo,
}

/// What has become of a call.
#[derive(Debug)]
pub(super) enum Progress {
    /// This key has picked up, and decides.
    PickedUp(PublicKey),
    /// Let in, by one that calls itself so.
    Open(Hello),
    Failed(ConnectError),
    /// Both called each other, and the other call is the one that stays.
    Crossed(PublicKey),
}

impl Calling {
    /// Reads once.
    pub fn read(&mut self, now: Instant) -> Option<ConnectError> {
        match self.socket.read(&mut self.secure, now) {
            Read::Bytes | Read::Nothing => None,
            Read::End | Read::Broken => Some(if self.key.is_some() {
                ConnectError::HungUp
            } else {
                ConnectError::NotEncrypted
            }),
        }
    }

    /// What has happened next.
    pub fn poll(&mut self) -> Option<Progress> {
        loop {
            return Some(match self.secure.poll_output()? {
                secure::Output::Waiting { key } => {
                    self.key = Some(key);
                    Progress::PickedUp(key)
                }
                secure::Output::Open(hello) => Progress::Open(hello),
                secure::Output::Over(over) => self.failed(over),
                // Only what is open says these.
                _ => continue,
            });
        }
    }

    fn failed(&self, over: Over) -> Progress {
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

    /// Which of the places that were called has answered.
    fn endpoint(&self) -> Option<String> {
        let Call { to, also, .. } = &self.call;
        if also.is_empty() {
            return Some(to.canonical());
        }
        // Behind a name could be any of them.
        let here = self.peer.to_string();
        let mut places = std::iter::once(to).chain(also);
        places
            .find(|place| place.canonical() == here)
            .map(Endpoint::canonical)
    }

    /// What we know of `key` by having called it this way.
    pub fn peer_info(&self, key: PublicKey) -> PeerInfo {
        let (trust, replaces) = match self.call.how {
            How::Invited(..) => (Trust::Verified, None),
            How::NewKey { replaces, .. } => (Trust::Accepted, replaces),
            How::Plain | How::Encrypted | How::To(_) => (Trust::Accepted, None),
        };
        PeerInfo {
            key,
            trust,
            endpoint: self.endpoint(),
            replaces,
        }
    }
}
