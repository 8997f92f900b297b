//! Who comes in: listening, taking callers, and who of two may stay.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Interest, Token, net::TcpStream};
use socket2::{SockRef, TcpKeepalive};

use super::Worker;
use crate::net::{
    EndReason, Event, ListenError, Origin,
    conversation::{Conversation, Socket},
    dial::Answered,
    endpoint::Endpoint,
    listen::{self, Listener, canonical},
};

/// Callers taken in one turn of the loop, so that a crowd at the door stops nothing else.
const ACCEPTS: usize = 32;
/// Bytes of a conversation that are read, 16 KiB each time, before a newcomer is refused.
const READS_BEFORE_REFUSING: usize = 16;
/// A cable that is pulled says nothing; the system asks after this silence, and again.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

impl Worker {
    pub(super) fn listen(&mut self, at: Endpoint, addresses: &[SocketAddr]) {
        self.listen_pending = None;
        // The old sockets may be in the way of the new ones, so they have to go first.
        let before = self.listener.take().map(Listener::into_place);
        match Listener::bind(&at, addresses, self.poll.registry(), &mut self.tokens) {
            Ok(listener) => {
                self.report(Event::Listening(listener.listening().clone()));
                self.listener = Some(listener);
            }
            Err(error) => {
                let error = if addresses.is_empty() {
                    ListenError::UnknownHost
                } else {
                    error
                };
                let instead = listen::instead(&at, addresses, error);
                self.report(Event::ListenFailed { at, error, instead });
                if let Some((at, addresses)) = before {
                    self.listen_again(&at, &addresses);
                }
            }
        }
    }

    /// What failed changes nothing: listens where it did before.
    fn listen_again(&mut self, at: &Endpoint, addresses: &[SocketAddr]) {
        match Listener::bind(at, addresses, self.poll.registry(), &mut self.tokens) {
            Ok(listener) => {
                self.report(Event::Listening(listener.listening().clone()));
                self.listener = Some(listener);
            }
            Err(error) => tracing::warn!(%error, "the place was taken meanwhile"),
        }
    }

    pub(super) fn stop_listening(&mut self) {
        if self.listen_pending.take().is_some() | self.listener.take().is_some() {
            self.report(Event::ListeningStopped);
        }
    }

    pub(super) fn handle_callers(&mut self, now: Instant) {
        for _ in 0..ACCEPTS {
            if !self.backlog.is_empty() {
                return;
            }
            let Some((stream, peer)) = self.listener.as_mut().and_then(|l| l.accept(now)) else {
                return;
            };
            self.handle_caller(stream, peer, now);
        }
    }

    /// One to one: who of the caller and the peer of a conversation that goes on may stay.
    fn handle_caller(&mut self, stream: TcpStream, peer: SocketAddr, now: Instant) {
        // The end of the last connection and the next caller can come in one poll, or between two.
        if let Some(conversation) = &mut self.conversation {
            conversation.expect_bytes();
        }
        for _ in 0..READS_BEFORE_REFUSING {
            if !self
                .conversation
                .as_ref()
                .is_some_and(Conversation::is_readable)
            {
                break;
            }
            self.read_once(now);
        }
        match &mut self.conversation {
            // What was read was the word that ends the chat: nobody is taken any more.
            None if self.listener.is_none() => {}
            None => self.begin(stream, None, peer, Origin::Accepted),
            Some(conversation) => {
                let comes_back = conversation.peer.ip() == peer.ip();
                if (conversation.is_in_gap() || conversation.gives_way())
                    && conversation.origin == Origin::Accepted
                    && comes_back
                {
                    if let Some(socket) = self.adopt(stream, None)
                        && let Some(conversation) = &mut self.conversation
                    {
                        conversation.resume(socket, peer);
                    }
                } else if conversation.is_in_gap() {
                    self.finish_conversation(EndReason::PeerLeft, now);
                    self.begin(stream, None, peer, Origin::Accepted);
                } else if conversation.gives_way() {
                    self.finish_conversation(EndReason::GaveWay, now);
                    self.begin(stream, None, peer, Origin::Accepted);
                } else {
                    self.turned_away.count = self.turned_away.count.saturating_add(1);
                    self.turned_away.from = Some(peer.ip());
                }
            }
        }
    }

    pub(super) fn handle_answered(&mut self, answered: Answered, now: Instant) {
        // The last conversation, if it is still being ended, has had its time.
        self.finish_conversation(EndReason::CalledAnother, now);
        let Answered {
            token,
            stream,
            peer,
        } = answered;
        self.begin(stream, Some(token), peer, Origin::Dialled);
    }

    fn begin(&mut self, stream: TcpStream, token: Option<Token>, peer: SocketAddr, origin: Origin) {
        let peer = canonical(peer);
        if let Some(socket) = self.adopt(stream, token) {
            // One to one: whoever was being called meanwhile is called no longer.
            self.dial = None;
            self.conversation = Some(Conversation::new(socket, peer, origin, self.format));
            self.report(Event::Connected { peer, origin });
        }
    }

    /// Prepares a connection. `token` is given for one that the poll knows already.
    fn adopt(&mut self, mut stream: TcpStream, token: Option<Token>) -> Option<Socket> {
        let (time, interval) = KEEPALIVE;
        let keepalive = TcpKeepalive::new().with_time(time).with_interval(interval);
        let prepared = stream
            .set_nodelay(true)
            .and_then(|()| SockRef::from(&stream).set_tcp_keepalive(&keepalive));
        if let Err(error) = prepared {
            // A caller that is gone already. Reading will tell.
            tracing::debug!(%error, "can't prepare a connection");
        }
        let token = if let Some(token) = token {
            token
        } else {
            let token = self.tokens.next();
            let both = Interest::READABLE | Interest::WRITABLE;
            if let Err(error) = self.poll.registry().register(&mut stream, token, both) {
                tracing::warn!(%error, "can't watch a connection");
                return None;
            }
            token
        };
        Some(Socket::new(token, stream))
    }
}
