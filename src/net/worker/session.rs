//! A session: the protocol spoken with a peer, and the connection it has at the moment, if any.
//!
//! The original client hangs up and calls again for every message. A caller in plain text that hangs up
//! therefore has [`GAP`] to reconnect before its session is over.
//!
//! A peer in plain text that closes its direction may still read, as `nc -N` does, so the session goes on until its
//! connection is reset: by a program like ours within [`NOTICE`] of leaving, by the system of any other peer that is
//! gone when we write, or by our own system, whose probes find nobody about a minute later.

mod link;
mod protocols;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::Token;

pub(super) use self::{
    link::GivenBack,
    protocols::{Encrypted, Output, PeerInfo, Protocol, end_reason},
};
use self::{link::Link, protocols::PlainText};
use crate::{
    identity::{PeerId, PublicKey},
    net::{
        EndReason, Origin,
        delivery::Delivery,
        protocol::{
            beginning::{Beginning, HALF_LINE},
            plain::Format,
            secure::{HANDSHAKE, Secure},
        },
        socket::{
            linger::Lingering,
            stream::{Read, Readiness, Socket},
        },
    },
};

/// Grace period: a caller in plain text that reconnects within it resumes its session.
const GAP: Duration = Duration::from_secs(2);
/// Time for a peer that we called, and that sends no more, to show that it has left: longer than [`Lingering`] takes.
const NOTICE: Duration = Duration::from_secs(1);
/// Maximum time for sending what is queued after we have started to end the session.
const FLUSH: Duration = Duration::from_millis(300);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Session {
    pub peer: SocketAddr,
    pub origin: Origin,
    /// Whose conversation it is.
    pub peer_id: PeerId,
    pub protocol: Protocol,
    link: Link,
    /// We are winding it down: why, and until when queued data may still go out.
    winding_down: Option<(EndReason, Instant)>,
}

impl Session {
    /// In plain text.
    pub fn plain(socket: Socket, peer: SocketAddr, origin: Origin, format: Format) -> Self {
        let link = match origin {
            Origin::Accepted => Link::Undecided(socket, None),
            Origin::Dialled => Link::Up(socket),
        };
        Self {
            peer,
            origin,
            peer_id: plain_peer(peer, origin),
            protocol: Protocol::Plain(Box::new(PlainText::new(format))),
            link,
            winding_down: None,
        }
    }

    /// Encrypted, once one side has admitted the other.
    pub fn encrypted(
        socket: Socket,
        peer: SocketAddr,
        origin: Origin,
        encrypted: Encrypted,
    ) -> Self {
        Self {
            peer,
            origin,
            peer_id: PeerId::Key(encrypted.peer.key),
            protocol: Protocol::Encrypted(Box::new(encrypted)),
            link: Link::Up(socket),
            winding_down: None,
        }
    }

    pub fn is_plain(&self) -> bool {
        matches!(self.protocol, Protocol::Plain(_))
    }

    pub fn as_encrypted(&self) -> Option<&Encrypted> {
        match &self.protocol {
            Protocol::Plain(_) => None,
            Protocol::Encrypted(encrypted) => Some(encrypted),
        }
    }

    pub fn as_encrypted_mut(&mut self) -> Option<&mut Encrypted> {
        match &mut self.protocol {
            Protocol::Plain(_) => None,
            Protocol::Encrypted(encrypted) => Some(encrypted),
        }
    }

    /// The key of an encrypted peer.
    pub fn key(&self) -> Option<PublicKey> {
        self.as_encrypted().map(|encrypted| encrypted.peer.key)
    }

    /// The delivery of an encrypted session, once it has begun, and the protocol object that carries it.
    pub fn delivery(&mut self) -> Option<(&mut Delivery, &mut Secure)> {
        self.as_encrypted_mut()?.delivery()
    }

    pub fn handle_ready(&mut self, token: Token, ready: Readiness) {
        if let Some(socket) = self.link.socket_mut()
            && socket.token == token
        {
            socket.handle_ready(ready);
        }
    }

    /// Takes a new connection of the same peer, in a gap or in place of the current one.
    pub fn resume(&mut self, mut socket: Socket, peer: SocketAddr) {
        // What it has said may have been looked at, and left unread, while this session had another connection.
        socket.expect_bytes();
        if self.link.socket().is_some() {
            self.protocol.handle_link_lost();
        }
        self.peer = peer;
        self.link = Link::Undecided(socket, None);
    }

    /// Whether the peer has no connection, and may still reconnect.
    pub fn is_in_gap(&self) -> bool {
        matches!(self.link, Link::Gap { .. })
    }

    /// Whether a new connection of the peer carries this session on.
    pub fn is_resumable(&self, now: Instant) -> bool {
        let has_time = match self.link {
            Link::Gap { .. } => true,
            Link::Finished(_, until) => now < until,
            Link::Undecided(..) | Link::Up(_) => self.is_untouched(),
            Link::Over(_) => false,
        };
        has_time && self.is_plain() && self.origin == Origin::Accepted
    }

    /// Whether the peer has hung up, or at least sends no more.
    pub fn has_finished(&self) -> bool {
        matches!(self.link, Link::Gap { .. } | Link::Finished(..))
    }

    /// Whether another caller may take this place: the peer has finished, or it called in plain text and nobody has
    /// said anything yet.
    pub fn gives_way(&self) -> bool {
        self.has_finished() || (self.origin == Origin::Accepted && self.is_untouched())
    }

    /// Whether this is plain text, and nobody has said anything yet.
    fn is_untouched(&self) -> bool {
        matches!(&self.protocol, Protocol::Plain(text) if !text.is_touched())
    }

    /// Something may have arrived that the poll has not reported yet.
    pub fn expect_bytes(&mut self) {
        if let Some(socket) = self.link.socket_mut() {
            socket.expect_bytes();
        }
    }

    /// Whether there may be something to read right now.
    pub fn is_readable(&self) -> bool {
        self.link.socket().is_some_and(Socket::is_readable)
    }

    /// Reads once. A connection that turns out not to be plain text is given back, and the session goes on as if that
    /// caller had never connected.
    pub fn read(&mut self, now: Instant) -> Option<GivenBack> {
        if let Link::Undecided(socket, until) = &mut self.link {
            match socket.look_at_beginning() {
                Beginning::Silent => return None,
                Beginning::HalfTls => {
                    until.get_or_insert(now + HANDSHAKE);
                    return None;
                }
                Beginning::HalfHttp => {
                    until.get_or_insert(now + HALF_LINE);
                    return None;
                }
                Beginning::Plain => self.decide(),
                Beginning::Tls if socket.is_spoken() => {
                    self.handle_lost(EndReason::TurnedEncrypted, now);
                    return None;
                }
                Beginning::Tls => return self.take_socket(now).map(GivenBack::Tls),
                Beginning::Http => return self.take_socket(now).map(GivenBack::Http),
            }
        }
        let (Link::Up(socket) | Link::Finished(socket, _)) = &mut self.link else {
            return None;
        };
        match (socket.read(&mut self.protocol, now), &mut self.protocol) {
            (Read::Bytes, Protocol::Plain(text)) => text.touch(),
            (Read::Bytes, Protocol::Encrypted(_)) | (Read::Nothing, _) => {}
            (Read::End, Protocol::Plain(_)) => self.handle_finished(now),
            // An encrypted peer says goodbye before it closes. Anybody can cut the connection.
            (Read::End, Protocol::Encrypted(_)) | (Read::Broken, _) => {
                self.handle_lost(EndReason::Lost, now);
            }
        }
        None
    }

    /// Writes what there is to write, as far as the system takes it.
    pub fn write(&mut self, now: Instant) {
        match &mut self.link {
            // Never send plain text to a peer that has started TLS, or to a web page.
            Link::Undecided(socket, _) if !socket.is_spoken() => match socket.look_at_beginning() {
                Beginning::Tls | Beginning::Http => socket.expect_bytes(),
                Beginning::HalfTls | Beginning::HalfHttp => {}
                Beginning::Silent | Beginning::Plain => socket.write(&mut self.protocol, now),
            },
            Link::Undecided(socket, _) | Link::Up(socket) | Link::Finished(socket, _) => {
                socket.write(&mut self.protocol, now);
            }
            Link::Gap { .. } | Link::Over(_) => {}
        }
    }

    /// Whether the system may take more to write.
    pub fn is_writable(&self) -> bool {
        self.link.socket().is_some_and(Socket::is_writable)
    }

    /// Changes how the rest of a session in plain text is read and written.
    pub fn set_format(&mut self, format: Format) {
        if let Protocol::Plain(text) = &mut self.protocol {
            text.set_format(format);
        }
    }

    /// Tells an encrypted peer whether the person is typing.
    pub fn set_typing(&mut self, typing: bool) {
        if let Protocol::Encrypted(encrypted) = &mut self.protocol {
            encrypted.secure.set_typing(typing);
        }
    }

    /// Starts to end the session: what is queued goes out first.
    pub fn wind_down(&mut self, why: EndReason, now: Instant) {
        self.protocol.end(why);
        self.winding_down.get_or_insert((why, now + FLUSH));
    }

    /// Whether we have started to end it.
    pub fn is_winding_down(&self) -> bool {
        self.winding_down.is_some()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.protocol.set_unread(self.is_readable());
        self.protocol.handle_timeout(now);
        match self.link {
            Link::Undecided(_, Some(until)) if until <= now => self.decide(),
            Link::Gap { until, why } if until <= now => self.link = Link::Over(why),
            _ => {}
        }
    }

    /// What to do about it, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.protocol.poll_output()
    }

    /// When to call `handle_timeout`.
    pub fn poll_deadline(&self) -> Option<Instant> {
        let link = match self.link {
            Link::Undecided(_, until) => until,
            Link::Gap { until, .. } => Some(until),
            Link::Up(_) | Link::Finished(..) | Link::Over(_) => None,
        };
        let winding_down = self.winding_down.map(|(_, until)| until);
        [self.protocol.poll_deadline(), link, winding_down]
            .into_iter()
            .flatten()
            .min()
    }

    /// Why the session is over, once it is.
    pub fn over(&self, now: Instant) -> Option<EndReason> {
        match (&self.link, self.winding_down) {
            (Link::Over(why), None) => Some(*why),
            (Link::Over(_) | Link::Gap { .. }, Some((why, _))) => Some(why),
            (Link::Up(_) | Link::Undecided(..) | Link::Finished(..), Some((why, until))) => {
                (self.protocol.is_flushed() || until <= now).then_some(why)
            }
            (_, None) => None,
        }
    }

    /// Closes the connection, telling the peer why as far as the system takes that at once. Afterwards the
    /// last outputs can be polled.
    pub fn close(&mut self, why: EndReason, lingering: &mut Lingering, now: Instant) {
        self.protocol.end(why);
        self.write(now);
        self.protocol.handle_end();
        let link = self.link.replace(Link::Over(EndReason::Lost));
        if let Some(socket) = link.into_socket() {
            lingering.close_or_reset(socket, now);
        }
    }

    /// Drops the connection as if it had broken.
    pub fn abort(&mut self, now: Instant) {
        self.handle_lost(EndReason::Lost, now);
    }

    /// A peer in plain text has closed its direction.
    fn handle_finished(&mut self, now: Instant) {
        let until = match self.origin {
            Origin::Accepted => now + GAP,
            Origin::Dialled => now + NOTICE,
        };
        self.link = match self.link.replace(Link::Over(EndReason::PeerLeft)) {
            Link::Undecided(socket, _) | Link::Up(socket) => {
                self.protocol.handle_peer_finished(until);
                Link::Finished(socket, until)
            }
            link => link,
        };
    }

    fn handle_lost(&mut self, why: EndReason, now: Instant) {
        self.protocol.handle_link_lost();
        let may_reconnect =
            self.is_plain() && self.origin == Origin::Accepted && why != EndReason::TurnedEncrypted;
        let gap = |until, why| Link::Gap { until, why };
        let left = EndReason::PeerLeft;
        self.link = match self.link {
            // It closed in order, and now it turns out that it reads no longer.
            Link::Finished(_, until) if may_reconnect && now < until => gap(until, left),
            Link::Finished(..) => Link::Over(left),
            _ if may_reconnect => gap(now + GAP, why),
            _ => Link::Over(why),
        };
    }

    /// It is plain text for good.
    fn decide(&mut self) {
        // What was looked at is not read yet.
        self.expect_bytes();
        self.link = match self.link.replace(Link::Over(EndReason::Lost)) {
            Link::Undecided(socket, _) => Link::Up(socket),
            link => link,
        };
    }

    fn take_socket(&mut self, now: Instant) -> Option<Socket> {
        let (until, why) = (now + GAP, EndReason::PeerLeft);
        self.link.replace(Link::Gap { until, why }).into_socket()
    }
}

/// Whose conversation it is with a peer in plain text.
pub(super) fn plain_peer(peer: SocketAddr, origin: Origin) -> PeerId {
    PeerId::Address(origin.stable_address(peer).into())
}
