//! A session and the connection it has at the moment, if any.
//!
//! The original client hangs up and calls again for every message; so a caller that hangs up is
//! given [`GAP`] to come back before the conversation is over.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Token, net::TcpStream};

use super::{
    EndReason, MessageId, Origin,
    charset::Charset,
    linger::Lingering,
    session::{Format, Output, Session},
};

/// A caller that comes back this soon has never been away.
pub(super) const GAP: Duration = Duration::from_secs(2);
/// How long what was sent may take to go out when the conversation is being ended.
const FLUSH: Duration = Duration::from_millis(300);
/// Bytes read in one go. Bounds the messages that one go can make.
const READ: usize = 16 * 1024;

/// A connected socket and what the poll last said of it.
#[derive(Debug)]
pub(super) struct Socket {
    pub token: Token,
    pub stream: TcpStream,
    readable: bool,
    writable: bool,
    /// Writing has failed.
    broken: bool,
}

impl Socket {
    /// Edge-triggered polls report what has changed, so what is not known yet is tried.
    pub fn new(token: Token, stream: TcpStream) -> Self {
        Self {
            token,
            stream,
            readable: true,
            writable: true,
            broken: false,
        }
    }
}

#[derive(Debug)]
enum Link {
    Up(Socket),
    /// The caller hung up, and may come back.
    Gap {
        until: Instant,
        why: EndReason,
    },
    Over(EndReason),
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Conversation {
    pub peer: SocketAddr,
    pub origin: Origin,
    session: Session,
    link: Link,
    /// We are ending it: why, and how long what waits may still take.
    ending: Option<(EndReason, Instant)>,
}

impl Conversation {
    pub fn new(socket: Socket, peer: SocketAddr, origin: Origin, format: Format) -> Self {
        Self {
            peer,
            origin,
            session: Session::new(format),
            link: Link::Up(socket),
            ending: None,
        }
    }

    /// The poll says something of a socket; true if it is this conversation's.
    pub fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) -> bool {
        match &mut self.link {
            Link::Up(socket) if socket.token == token => {
                socket.readable |= readable;
                socket.writable |= writable;
                true
            }
            _ => false,
        }
    }

    /// Takes a new connection of the same peer, in a gap or in place of the one there is.
    pub fn resume(&mut self, socket: Socket, peer: SocketAddr) {
        if matches!(self.link, Link::Up(_)) {
            self.session.handle_link_lost();
        }
        self.peer = peer;
        self.link = Link::Up(socket);
    }

    /// Whether the peer has hung up and may come back.
    pub fn is_in_gap(&self) -> bool {
        matches!(self.link, Link::Gap { .. })
    }

    /// Whether a caller may have this place: one that called, and neither spoke nor was spoken to.
    pub fn gives_way(&self) -> bool {
        self.origin == Origin::Accepted && !self.session.is_touched()
    }

    /// Something may have arrived that the poll has not reported yet.
    pub fn expect_bytes(&mut self) {
        if let Link::Up(socket) = &mut self.link {
            socket.readable = true;
        }
    }

    /// Whether there is something to read right now.
    pub fn is_readable(&self) -> bool {
        matches!(&self.link, Link::Up(socket) if socket.readable)
    }

    /// Reads once, at most [`READ`] bytes.
    pub fn read(&mut self, now: Instant) {
        let Link::Up(socket) = &mut self.link else {
            return;
        };
        let mut bytes = [0_u8; READ];
        match socket.stream.read(&mut bytes) {
            Ok(0) => {
                let why = if socket.broken {
                    EndReason::Lost
                } else {
                    EndReason::PeerLeft
                };
                self.handle_lost(why, now);
            }
            Ok(count) => {
                self.session
                    .handle_bytes(bytes.get(..count).unwrap_or_default(), now);
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock if socket.broken => self.handle_lost(EndReason::Lost, now),
                ErrorKind::WouldBlock => socket.readable = false,
                ErrorKind::Interrupted => {}
                kind => {
                    tracing::debug!(%kind, "reading failed");
                    self.handle_lost(EndReason::Lost, now);
                }
            },
        }
    }

    /// Writes what there is to write, as far as the system takes it.
    pub fn write(&mut self, now: Instant) {
        let Link::Up(socket) = &mut self.link else {
            return;
        };
        while socket.writable
            && !socket.broken
            && let Some(bytes) = self.session.poll_transmit(now)
        {
            match socket.stream.write(bytes) {
                Ok(count) => self.session.transmitted(count, now),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => socket.writable = false,
                    ErrorKind::Interrupted => {}
                    kind => {
                        tracing::debug!(%kind, "writing failed");
                        // What the peer said before it broke off can still be read, and comes first.
                        socket.broken = true;
                        socket.readable = true;
                    }
                },
            }
        }
    }

    pub fn send(&mut self, id: MessageId, text: &str, charset: Charset) {
        self.session.send(id, text, charset);
    }

    pub fn set_format(&mut self, format: Format) {
        self.session.set_format(format);
    }

    /// Begins to end the conversation from our side.
    pub fn end(&mut self, why: EndReason, now: Instant) {
        self.ending.get_or_insert((why, now + FLUSH));
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.session.set_unread(self.is_readable());
        self.session.handle_timeout(now);
        if let Link::Gap { until, why } = self.link
            && until <= now
        {
            self.link = Link::Over(why);
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.session.poll_output()
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        let gap = if let Link::Gap { until, .. } = self.link {
            Some(until)
        } else {
            None
        };
        let ending = self.ending.map(|(_, until)| until);
        [self.session.poll_deadline(), gap, ending]
            .into_iter()
            .flatten()
            .min()
    }

    /// Why the conversation is over, once it is.
    pub fn over(&self, now: Instant) -> Option<EndReason> {
        match (&self.link, self.ending) {
            (Link::Over(why), None) => Some(*why),
            (Link::Over(_) | Link::Gap { .. }, Some((why, _))) => Some(why),
            (Link::Up(_), Some((why, until))) => {
                (self.session.is_flushed() || until <= now).then_some(why)
            }
            (Link::Up(_) | Link::Gap { .. }, None) => None,
        }
    }

    /// Closes what there is to close; the last outputs can be polled then.
    pub fn close(&mut self, lingering: &mut Lingering, now: Instant) {
        self.session.handle_end();
        if let Link::Up(socket) = std::mem::replace(&mut self.link, Link::Over(EndReason::Lost)) {
            lingering.close(socket.token, socket.stream, now);
        }
    }

    fn handle_lost(&mut self, why: EndReason, now: Instant) {
        self.session.handle_link_lost();
        self.link = match self.origin {
            Origin::Accepted => Link::Gap {
                until: now + GAP,
                why,
            },
            Origin::Dialled => Link::Over(why),
        };
    }
}
