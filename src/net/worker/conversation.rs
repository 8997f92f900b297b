//! A session and the connection it has at the moment, if any.
//!
//! The original client hangs up and calls again for every message; so a caller in plain text that hangs
//! up is given [`GAP`] to come back before the conversation is over.

use crate::{
    identity::{Party, PublicKey, Trust},
    net::{
        Call, EndReason, Origin, Who,
        delivery::Delivery,
        party,
        protocol::{
            Tag,
            plain::{Format, Plain},
            secure::{HANDSHAKE, Secure},
            session::{self, Output, Session},
        },
        socket::{
            linger::Lingering,
            stream::{Beginning, Read, Socket},
        },
    },
    text::charset::Charset,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::Token;

/// A caller that comes back this soon has never been away.
pub(super) const GAP: Duration = Duration::from_secs(2);
/// How long what was sent may take to go out when the conversation is being ended.
const FLUSH: Duration = Duration::from_millis(300);

#[derive(Debug)]
enum Link {
    /// The first bytes are still to say whether this is TLS after all, until this instant.
    Undecided(Socket, Instant),
    Up(Socket),
    /// The caller hung up, and may come back.
    Gap {
        until: Instant,
        why: EndReason,
    },
    Over(EndReason),
}

/// What we know of an encrypted peer from how it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Acquaintance {
    pub key: PublicKey,
    /// What it has earned by that.
    pub trust: Trust,
    /// The address it was dialled at.
    pub endpoint: Option<String>,
    /// Whose new key it is, by the word of the person.
    pub replaces: Option<PublicKey>,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Conversation {
    pub peer: SocketAddr,
    pub origin: Origin,
    /// When it was dialled or let in.
    pub since: Instant,
    /// Who it is, if encrypted.
    pub acquaintance: Option<Acquaintance>,
    /// How an encrypted peer was called.
    pub call: Option<Call>,
    /// What goes between the store and an encrypted peer, once both have said who they are.
    pub delivery: Option<Delivery>,
    session: Session,
    link: Link,
    /// Either side has said something.
    touched: bool,
    /// We are ending it: why, and how long what waits may still take.
    ending: Option<(EndReason, Instant)>,
}

impl Conversation {
    /// In plain text.
    pub fn plain(
        socket: Socket,
        peer: SocketAddr,
        origin: Origin,
        format: Format,
        now: Instant,
    ) -> Self {
        let link = match origin {
            Origin::Accepted => Link::Undecided(socket, now + HANDSHAKE),
            Origin::Dialled => Link::Up(socket),
        };
        Self {
            peer,
            origin,
            since: now,
            acquaintance: None,
            call: None,
            delivery: None,
            session: Session::Plain(Box::new(Plain::new(format))),
            link,
            touched: false,
            ending: None,
        }
    }

    /// Encrypted, with a session that has come so far.
    pub fn secure(
        socket: Socket,
        peer: SocketAddr,
        origin: Origin,
        since: Instant,
        session: Session,
        acquaintance: Acquaintance,
    ) -> Self {
        Self {
            peer,
            origin,
            since,
            acquaintance: Some(acquaintance),
            call: None,
            delivery: None,
            session,
            link: Link::Up(socket),
            touched: true,
            ending: None,
        }
    }

    /// Who the peer is.
    pub fn key(&self) -> Option<PublicKey> {
        self.acquaintance.as_ref().map(|peer| peer.key)
    }

    /// Who the peer is, for those who have not heard of a person it might have been.
    pub fn who(&self, encrypted_before: Option<PublicKey>) -> Who {
        match self.key() {
            Some(key) => Who::Key(key),
            None => Who::Plain { encrypted_before },
        }
    }

    /// Whom the store has this conversation under.
    pub fn party(&self) -> Party {
        party(&self.who(None), self.peer, self.origin)
    }

    /// The encrypted session, and what goes between it and the store.
    pub fn delivery(&mut self) -> Option<(&mut Delivery, &mut Secure)> {
        Some((self.delivery.as_mut()?, self.session.secure()?))
    }

    /// The encrypted session.
    pub fn secure_session(&mut self) -> Option<&mut Secure> {
        self.session.secure()
    }

    fn socket(&self) -> Option<&Socket> {
        match &self.link {
            Link::Undecided(socket, _) | Link::Up(socket) => Some(socket),
            Link::Gap { .. } | Link::Over(_) => None,
        }
    }

    fn socket_mut(&mut self) -> Option<&mut Socket> {
        match &mut self.link {
            Link::Undecided(socket, _) | Link::Up(socket) => Some(socket),
            Link::Gap { .. } | Link::Over(_) => None,
        }
    }

    /// The socket with this token, if it is this conversation's.
    pub fn socket_at(&mut self, token: Token) -> Option<&mut Socket> {
        self.socket_mut().filter(|socket| socket.token == token)
    }

    /// Takes a new connection of the same peer, in a gap or in place of the one there is.
    pub fn resume(&mut self, socket: Socket, peer: SocketAddr, now: Instant) {
        if self.socket().is_some() {
            self.session.handle_link_lost();
        }
        self.peer = peer;
        self.link = Link::Undecided(socket, now + HANDSHAKE);
    }

    /// Whether the peer has hung up and may come back.
    pub fn is_in_gap(&self) -> bool {
        matches!(self.link, Link::Gap { .. })
    }

    /// Whether a caller may have this place: one that called, and neither spoke nor was spoken to.
    pub fn gives_way(&self) -> bool {
        self.origin == Origin::Accepted && !self.touched
    }

    /// Something may have arrived that the poll has not reported yet.
    pub fn expect_bytes(&mut self) {
        if let Some(socket) = self.socket_mut() {
            socket.expect_bytes();
        }
    }

    /// Whether there is something to read right now.
    pub fn is_readable(&self) -> bool {
        self.socket().is_some_and(Socket::is_readable)
    }

    /// Reads once. A connection that turns out to be TLS is given back, and the conversation goes on as
    /// if that caller had never been there.
    pub fn read(&mut self, now: Instant) -> Option<Socket> {
        if let Link::Undecided(socket, _) = &mut self.link {
            match socket.peek_beginning() {
                Beginning::Silent | Beginning::Unclear => return None,
                Beginning::Plain => self.decide(),
                Beginning::Tls if socket.is_spoken() => {
                    self.handle_lost(EndReason::TurnedEncrypted, now);
                    return None;
                }
                Beginning::Tls => return self.take_socket(now),
            }
        }
        let Link::Up(socket) = &mut self.link else {
            return None;
        };
        match socket.read(&mut self.session, now) {
            Read::Bytes => self.touched = true,
            Read::Nothing => {}
            Read::End => {
                let why = match self.session {
                    Session::Plain(_) => EndReason::PeerLeft,
                    // An encrypted peer says when it is done. Anybody can cut a line.
                    Session::Secure(_) => EndReason::Lost,
                };
                self.handle_lost(why, now);
            }
            Read::Broken => self.handle_lost(EndReason::Lost, now),
        }
        None
    }

    /// It is plain text for good.
    fn decide(&mut self) {
        // What was looked at was not taken.
        self.expect_bytes();
        self.link = match std::mem::replace(&mut self.link, Link::Over(EndReason::Lost)) {
            Link::Undecided(socket, _) => Link::Up(socket),
            link => link,
        };
    }

    fn take_socket(&mut self, now: Instant) -> Option<Socket> {
        let (until, why) = (now + GAP, EndReason::PeerLeft);
        match std::mem::replace(&mut self.link, Link::Gap { until, why }) {
            Link::Undecided(socket, _) | Link::Up(socket) => Some(socket),
            Link::Gap { .. } | Link::Over(_) => None,
        }
    }

    /// Writes what there is to write, as far as the system takes it.
    pub fn write(&mut self, now: Instant) {
        match &mut self.link {
            // Nothing goes in plain text to one that has begun to encrypt.
            Link::Undecided(socket, _) if !socket.is_spoken() => match socket.peek_beginning() {
                Beginning::Tls => socket.expect_bytes(),
                Beginning::Unclear => {}
                Beginning::Silent | Beginning::Plain => socket.write(&mut self.session, now),
            },
            Link::Undecided(socket, _) | Link::Up(socket) => socket.write(&mut self.session, now),
            Link::Gap { .. } | Link::Over(_) => {}
        }
    }

    /// Says something in plain text.
    pub fn send(&mut self, tag: Tag, text: &str, charset: Charset) {
        self.touched = true;
        self.session.send(tag, text, charset);
    }

    pub fn set_format(&mut self, format: Format) {
        self.session.set_format(format);
    }

    pub fn set_typing(&mut self, typing: bool) {
        self.session.set_typing(typing);
    }

    /// Begins to end the conversation from our side.
    pub fn end(&mut self, why: EndReason, now: Instant) {
        self.session.end(session::bye(why));
        self.ending.get_or_insert((why, now + FLUSH));
    }

    /// Whether we have begun to end it.
    pub fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.session.set_unread(self.is_readable());
        self.session.handle_timeout(now);
        match self.link {
            Link::Undecided(_, until) if until <= now => self.decide(),
            Link::Gap { until, why } if until <= now => self.link = Link::Over(why),
            _ => {}
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.session.poll_output()
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        let link = match self.link {
            Link::Undecided(_, until) | Link::Gap { until, .. } => Some(until),
            Link::Up(_) | Link::Over(_) => None,
        };
        let ending = self.ending.map(|(_, until)| until);
        [self.session.poll_deadline(), link, ending]
            .into_iter()
            .flatten()
            .min()
    }

    /// Why the conversation is over, once it is.
    pub fn over(&self, now: Instant) -> Option<EndReason> {
        match (&self.link, self.ending) {
            (Link::Over(why), None) => Some(*why),
            (Link::Over(_) | Link::Gap { .. }, Some((why, _))) => Some(why),
            (Link::Up(_) | Link::Undecided(..), Some((why, until))) => {
                (self.session.is_flushed() || until <= now).then_some(why)
            }
            (Link::Up(_) | Link::Undecided(..) | Link::Gap { .. }, None) => None,
        }
    }

    /// Closes what there is to close, saying why as far as that can be said at once; the last outputs
    /// can be polled then.
    pub fn close(&mut self, why: EndReason, lingering: &mut Lingering, now: Instant) {
        self.session.end(session::bye(why));
        self.write(now);
        self.session.handle_end();
        match std::mem::replace(&mut self.link, Link::Over(EndReason::Lost)) {
            Link::Undecided(socket, _) | Link::Up(socket) => lingering.close(socket, now),
            Link::Gap { .. } | Link::Over(_) => {}
        }
    }

    /// Gives the connection up, as if it had broken.
    pub fn give_up(&mut self, now: Instant) {
        self.handle_lost(EndReason::Lost, now);
    }

    fn handle_lost(&mut self, why: EndReason, now: Instant) {
        self.session.handle_link_lost();
        let comes_back = self.acquaintance.is_none() && why != EndReason::TurnedEncrypted;
        self.link = match self.origin {
            Origin::Accepted if comes_back => Link::Gap {
                until: now + GAP,
                why,
            },
            _ => Link::Over(why),
        };
    }
}
