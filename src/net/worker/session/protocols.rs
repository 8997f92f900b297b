//! The two protocols of a session, and what else each of them needs.

use std::time::Instant;

use crate::{
    identity::{PublicKey, Trust},
    net::{
        Call, EndReason,
        delivery::Delivery,
        protocol::{
            Tag, Wire,
            frame::Bye,
            plain::{self, Format, Plain, is_exit},
            secure::{self, Over, Secure},
        },
    },
    text::charset::Charset,
};

/// The protocol of a session, and what else it needs.
#[derive(Debug)]
pub(in crate::net::worker) enum Protocol {
    Plain(Box<PlainText>),
    Encrypted(Box<Encrypted>),
}

#[derive(Debug)]
pub(in crate::net::worker) struct PlainText {
    plain: Plain,
    /// Either side has said something.
    touched: bool,
}

#[derive(Debug)]
pub(in crate::net::worker) struct Encrypted {
    pub secure: Secure,
    pub peer: PeerInfo,
    /// When it was dialled or admitted.
    pub since: Instant,
    /// How we called the peer, if we did.
    pub call: Option<Call>,
    /// Between the store and this connection; set once both sides have said *Hello*.
    pub delivery: Option<Delivery>,
    /// Whether the peer is typing, if it has said so in this turn of the loop.
    pub typing: Option<bool>,
}

/// What we know of an encrypted peer from the way it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::net::worker) struct PeerInfo {
    pub key: PublicKey,
    /// The trust that this way earns it.
    pub trust: Trust,
    /// The address it was dialled at.
    pub endpoint: Option<String>,
    /// The key that this one replaces, if the person says so.
    pub replaces: Option<PublicKey>,
}

/// What a session reports.
#[derive(Debug)]
pub(in crate::net::worker) enum Output {
    Plain(plain::Output),
    Encrypted(secure::Output),
}

impl Encrypted {
    /// Before anything is delivered.
    pub fn new(secure: Secure, peer: PeerInfo, call: Option<Call>, since: Instant) -> Self {
        Self {
            secure,
            peer,
            since,
            call,
            delivery: None,
            typing: None,
        }
    }

    /// The delivery, once it has begun, and the protocol object that carries it.
    pub fn delivery(&mut self) -> Option<(&mut Delivery, &mut Secure)> {
        Some((self.delivery.as_mut()?, &mut self.secure))
    }
}

impl PlainText {
    /// With nothing said.
    pub fn new(format: Format) -> Self {
        Self {
            plain: Plain::new(format),
            touched: false,
        }
    }

    /// The peer has said something.
    pub fn touch(&mut self) {
        self.touched = true;
    }

    /// Whether either side has said something.
    pub fn is_touched(&self) -> bool {
        self.touched
    }

    /// Changes how the rest is read and written.
    pub fn set_format(&mut self, format: Format) {
        self.plain.set_format(format);
    }

    /// Queues a message.
    pub fn send(&mut self, tag: Tag, text: &str, charset: Charset) {
        self.touched = true;
        self.plain.send(tag, text, charset);
        if is_exit(text) {
            self.plain.hurry();
        }
    }
}

impl Protocol {
    /// What has happened, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        match self {
            Self::Plain(text) => text.plain.poll_output().map(Output::Plain),
            Self::Encrypted(encrypted) => encrypted.secure.poll_output().map(Output::Encrypted),
        }
    }

    pub fn set_unread(&mut self, unread: bool) {
        match self {
            Self::Plain(text) => text.plain.set_unread(unread),
            Self::Encrypted(encrypted) => encrypted.secure.set_unread(unread),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Plain(text) => text.plain.handle_timeout(now),
            Self::Encrypted(encrypted) => encrypted.secure.handle_timeout(now),
        }
    }

    /// The connection is gone. Only in plain text another one may follow.
    pub fn handle_link_lost(&mut self) {
        match self {
            Self::Plain(text) => text.plain.handle_link_lost(),
            Self::Encrypted(encrypted) => encrypted.secure.handle_end(),
        }
    }

    /// A peer in plain text sends no more; see [`Plain::handle_peer_finished`].
    pub fn handle_peer_finished(&mut self, report_at: Instant) {
        if let Self::Plain(text) = self {
            text.plain.handle_peer_finished(report_at);
        }
    }

    pub fn handle_end(&mut self) {
        match self {
            Self::Plain(text) => text.plain.handle_end(),
            Self::Encrypted(encrypted) => encrypted.secure.handle_end(),
        }
    }

    /// Plain text has no word for the end.
    pub fn end(&mut self, why: EndReason) {
        match self {
            Self::Plain(text) => text.plain.hurry(),
            Self::Encrypted(encrypted) => encrypted.secure.end(bye(why)),
        }
    }

    pub fn is_flushed(&self) -> bool {
        match self {
            Self::Plain(text) => text.plain.is_flushed(),
            Self::Encrypted(encrypted) => encrypted.secure.is_flushed(),
        }
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        match self {
            Self::Plain(text) => text.plain.poll_deadline(),
            Self::Encrypted(encrypted) => encrypted.secure.poll_deadline(),
        }
    }
}

impl Wire for Protocol {
    fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        match self {
            Self::Plain(text) => text.plain.handle_bytes(bytes, now),
            Self::Encrypted(encrypted) => encrypted.secure.handle_bytes(bytes, now),
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<&[u8]> {
        match self {
            Self::Plain(text) => text.plain.poll_transmit(now),
            Self::Encrypted(encrypted) => encrypted.secure.poll_transmit(),
        }
    }

    fn transmitted(&mut self, count: usize, now: Instant) {
        match self {
            Self::Plain(text) => text.plain.transmitted(count, now),
            Self::Encrypted(encrypted) => encrypted.secure.transmitted(count),
        }
    }
}

/// Why a session is over whose protocol says that nothing more will come.
pub(in crate::net::worker) fn end_reason(over: &Over) -> EndReason {
    match over {
        Over::Said(Bye::Replaced) => EndReason::Replaced,
        Over::Said(_) | Over::Closed => EndReason::PeerLeft,
        Over::Misbehaved => EndReason::Misbehaved,
        Over::Silent => EndReason::Silent,
        // Bytes that were not written by the holder of the key are a broken connection.
        Over::TimedOut | Over::Tls(_) => EndReason::Lost,
    }
}

/// How we tell the peer of our reason to end.
fn bye(why: EndReason) -> Bye {
    match why {
        EndReason::CameBack => Bye::Replaced,
        EndReason::Blocked | EndReason::TookEnough => Bye::Rejected,
        EndReason::Misbehaved => Bye::Misbehaved,
        _ => Bye::Left,
    }
}
