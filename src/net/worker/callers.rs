//! Who stands at the door: what callers begin with, and how far they have come.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Interest, Token, net::TcpStream};

use super::{Worker, admission::Knocker};
use crate::{
    identity::PublicKey,
    net::{
        AskId, Origin, TurnedAway,
        protocol::{
            frame::Bye,
            secure::{ASK, HANDSHAKE, Output, Over, Secure},
        },
        socket::{
            listen::canonical,
            stream::{Beginning, Read, Socket},
        },
    },
};

/// Callers taken in one turn of the loop, so that a crowd at the door stops nothing else.
const ACCEPTS: usize = 32;
/// Callers that have not come to the point yet. Past it the one that has been there longest goes.
const MOST_CALLERS: usize = 32;
/// A caller that says nothing for so long speaks plain text: TLS begins at once.
const SILENCE: Duration = Duration::from_secs(1);

/// A connection that somebody has opened to us.
#[derive(Debug)]
pub(super) struct Arrival {
    pub socket: Socket,
    pub peer: SocketAddr,
    pub at: Instant,
}

/// Somebody who has called and is not in a conversation.
#[derive(Debug)]
pub(super) struct Caller {
    arrival: Arrival,
    /// When patience with this stage ends.
    until: Instant,
    stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Its first bytes will tell which language it speaks.
    Sniffing,
    /// From the greeting to *Knock*.
    Shaking(Box<Secure>),
    /// It has proved who it is, and waits until a call of ours has shown who that is.
    Held(Knocker),
    /// A person is being asked.
    Asking(AskId, Asker),
}

/// Who a person is being asked about.
#[derive(Debug)]
pub(super) enum Asker {
    Plain,
    Secure(Box<Knocker>),
}

impl Caller {
    pub fn asking(arrival: Arrival, ask: AskId, asker: Asker, now: Instant) -> Self {
        Self {
            arrival,
            until: now + ASK,
            stage: Stage::Asking(ask, asker),
        }
    }

    pub fn held(arrival: Arrival, knocker: Knocker) -> Self {
        Self {
            until: arrival.at + HANDSHAKE,
            arrival,
            stage: Stage::Held(knocker),
        }
    }

    pub fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Asking(..))
    }

    pub fn peer(&self) -> SocketAddr {
        self.arrival.peer
    }

    pub fn into_parts(self) -> (Arrival, Stage) {
        (self.arrival, self.stage)
    }

    /// Whether this is the one the person is asked about under that name.
    pub fn asks_as(&self, ask: AskId) -> bool {
        matches!(self.stage, Stage::Asking(id, _) if id == ask)
    }

    /// Whether the person is being asked about the holder of this key.
    pub fn asks_with(&self, key: PublicKey) -> bool {
        self.is_asking() && self.has(key)
    }

    /// Whether this is the holder of that key.
    pub fn has(&self, key: PublicKey) -> bool {
        match &self.stage {
            Stage::Held(knocker) => knocker.key == key,
            Stage::Asking(_, Asker::Secure(knocker)) => knocker.key == key,
            Stage::Asking(_, Asker::Plain) | Stage::Sniffing | Stage::Shaking(_) => false,
        }
    }

    fn deadline(&self) -> Instant {
        match &self.stage {
            Stage::Shaking(secure) => secure.poll_deadline().unwrap_or(self.until),
            Stage::Sniffing | Stage::Held(_) | Stage::Asking(..) => self.until,
        }
    }

    /// Whether there is something to look at.
    fn is_ready(&self) -> bool {
        let socket = &self.arrival.socket;
        match &self.stage {
            Stage::Sniffing | Stage::Shaking(_) => socket.is_readable(),
            Stage::Held(_) => true,
            Stage::Asking(_, Asker::Plain) => socket.is_readable() || socket.is_hung_up(),
            Stage::Asking(_, Asker::Secure(_)) => socket.is_hung_up(),
        }
    }
}

impl Worker {
    /// Takes new callers, and sees what those who are there have said.
    pub(super) fn handle_callers(&mut self, now: Instant) {
        for _ in 0..ACCEPTS {
            if !self.backlog.is_empty() {
                return;
            }
            let Some((stream, peer)) = self.listener.as_mut().and_then(|l| l.accept(now)) else {
                break;
            };
            self.handle_new_caller(stream, canonical(peer), now);
        }
        let ready: Vec<_> = self
            .callers
            .iter()
            .filter(|caller| caller.is_ready())
            .map(|caller| caller.arrival.socket.token)
            .collect();
        for token in ready {
            if let Some(caller) = self.take_caller(|caller| caller.arrival.socket.token == token)
                && let Some(caller) = self.handle_caller(caller, now)
            {
                self.callers.push(caller);
            }
        }
    }

    /// The socket of a caller with this token.
    pub(super) fn caller_socket(&mut self, token: Token) -> Option<&mut Socket> {
        let sockets = self.callers.iter_mut();
        let mut sockets = sockets.map(|caller| &mut caller.arrival.socket);
        sockets.find(|socket| socket.token == token)
    }

    /// Whether there is something to do about a caller: it may have said something or gone, or can be
    /// told from the one we call.
    pub(super) fn are_callers_ready(&self) -> bool {
        let calling = self.calling.as_ref();
        let nobody_knows = calling.is_some_and(|calling| calling.key.is_none());
        self.callers.iter().any(|caller| {
            let socket = &caller.arrival.socket;
            match &caller.stage {
                Stage::Sniffing | Stage::Shaking(_) | Stage::Asking(_, Asker::Plain) => {
                    socket.is_readable()
                }
                Stage::Held(_) => !nobody_knows,
                // What it says is not read, and its end may have come with its knock.
                Stage::Asking(_, Asker::Secure(_)) => socket.is_hung_up(),
            }
        })
    }

    pub(super) fn callers_deadline(&self) -> Option<Instant> {
        self.callers.iter().map(Caller::deadline).min()
    }

    pub(super) fn handle_callers_timeout(&mut self, now: Instant) {
        while let Some(caller) = self.take_caller(|caller| caller.deadline() <= now) {
            let Caller {
                mut arrival,
                stage,
                until,
            } = caller;
            match stage {
                Stage::Sniffing => match arrival.socket.peek_beginning() {
                    Beginning::Tls => self.shake(arrival, now),
                    // Half of a greeting is worth waiting for; so is a late one, where plain text would be
                    // sent away.
                    Beginning::Unclear | Beginning::Silent
                        if now < arrival.at + HANDSHAKE
                            && (!arrival.socket.is_silent()
                                || self.refuses_plain(&arrival, now)) =>
                    {
                        self.callers.push(Caller {
                            until: arrival.at + HANDSHAKE,
                            arrival,
                            stage: Stage::Sniffing,
                        });
                    }
                    Beginning::Unclear | Beginning::Silent | Beginning::Plain => {
                        self.judge_plain(arrival, now);
                    }
                },
                Stage::Shaking(mut secure) => {
                    secure.handle_timeout(now);
                    self.handle_shaking(arrival, secure, until, now);
                }
                Stage::Held(knocker) => self.judge(arrival, knocker, now),
                Stage::Asking(ask, asker) => {
                    self.end_ask(ask);
                    self.dismiss(arrival, asker.into_secure(), Bye::NoAnswer, now);
                }
            }
        }
    }

    pub(super) fn take_caller(&mut self, is: impl Fn(&Caller) -> bool) -> Option<Caller> {
        let index = self.callers.iter().position(is)?;
        Some(self.callers.remove(index))
    }

    fn handle_new_caller(&mut self, stream: TcpStream, peer: SocketAddr, now: Instant) {
        let Some(socket) = self.watch(stream) else {
            return;
        };
        // The end of the last connection and the next caller can come in one poll, or between two.
        self.settle_conversation(now);
        if self.listener.is_none() {
            // What was read was the word that ends the chat: nobody is taken any more.
            return self.lingering.close(socket, now);
        }
        // The original client calls again before it has anything to say, and expects to be there.
        if let Some(conversation) = &mut self.conversation
            && self.preferences.allow_plain
            && conversation.is_plain()
            && conversation.origin == Origin::Accepted
            && conversation.is_in_gap()
            && conversation.peer.ip() == peer.ip()
        {
            return conversation.resume(socket, peer, now);
        }
        let newcomers = self.callers.iter().filter(|caller| !caller.is_asking());
        if newcomers.count() >= MOST_CALLERS {
            let longest = self
                .callers
                .iter()
                .filter(|caller| !caller.is_asking())
                .min_by_key(|caller| caller.arrival.at)
                .map(|caller| caller.arrival.socket.token);
            if let Some(longest) =
                self.take_caller(|caller| Some(caller.arrival.socket.token) == longest)
            {
                longest.arrival.socket.refuse();
            }
        }
        self.callers.push(Caller {
            arrival: Arrival {
                socket,
                peer,
                at: now,
            },
            until: now + SILENCE,
            stage: Stage::Sniffing,
        });
    }

    /// Registers a connection with the poll.
    fn watch(&mut self, mut stream: TcpStream) -> Option<Socket> {
        let token = self.tokens.next();
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut stream, token, both) {
            tracing::warn!(%error, "can't watch a connection");
            return None;
        }
        Some(Socket::new(token, stream))
    }

    /// A caller may have said something, or gone. Gives it back if it still stands where it stood.
    fn handle_caller(&mut self, caller: Caller, now: Instant) -> Option<Caller> {
        let Caller {
            mut arrival,
            until,
            stage,
        } = caller;
        match stage {
            Stage::Sniffing => match arrival.socket.peek_beginning() {
                Beginning::Silent | Beginning::Unclear => {
                    return Some(Caller {
                        arrival,
                        until,
                        stage,
                    });
                }
                Beginning::Tls => self.shake(arrival, now),
                Beginning::Plain => self.judge_plain(arrival, now),
            },
            Stage::Shaking(mut secure) => {
                match arrival.socket.read(&mut *secure, now) {
                    Read::Bytes | Read::Nothing => {}
                    // Gone before it has come to the point.
                    Read::End | Read::Broken => return None,
                }
                self.handle_shaking(arrival, secure, until, now);
            }
            Stage::Held(knocker) => self.judge(arrival, knocker, now),
            Stage::Asking(ask, asker) => {
                let Asker::Plain = asker else {
                    self.end_ask(ask);
                    self.dismiss(arrival, asker.into_secure(), Bye::Left, now);
                    return None;
                };
                match arrival.socket.peek_beginning() {
                    Beginning::Tls => {
                        self.end_ask(ask);
                        self.shake(arrival, now);
                    }
                    // One that has left without a word is gone. What others have said waits to be read
                    // until the person has answered.
                    _ if arrival.socket.is_hung_up() && arrival.socket.is_silent() => {
                        self.end_ask(ask);
                        self.dismiss(arrival, None, Bye::Left, now);
                    }
                    _ => {
                        arrival.socket.leave_unread();
                        let stage = Stage::Asking(ask, asker);
                        return Some(Caller {
                            arrival,
                            until,
                            stage,
                        });
                    }
                }
            }
        }
        None
    }

    /// A caller begins with TLS.
    fn shake(&mut self, arrival: Arrival, now: Instant) {
        let Some(terms) = &self.home.terms else {
            return self.turn_away(arrival, None, Bye::Left, TurnedAway::NoIdentity, now);
        };
        let secure = Secure::accept(terms, now);
        self.callers.push(Caller {
            until: now + HANDSHAKE,
            arrival,
            stage: Stage::Shaking(Box::new(secure)),
        });
    }

    fn handle_shaking(
        &mut self,
        mut arrival: Arrival,
        mut secure: Box<Secure>,
        until: Instant,
        now: Instant,
    ) {
        arrival.socket.write(&mut *secure, now);
        match secure.poll_output() {
            Some(Output::Knocked { key, token }) => {
                let knocker = Knocker { secure, key, token };
                self.judge(arrival, knocker, now);
            }
            Some(Output::Over(over)) => {
                if let Over::Tls(error) = over {
                    tracing::debug!(peer = %arrival.peer, %error, "no encryption");
                }
                // The reason, if TLS has one.
                arrival.socket.write(&mut *secure, now);
                self.lingering.close(arrival.socket, now);
            }
            _ => self.callers.push(Caller {
                arrival,
                until,
                stage: Stage::Shaking(secure),
            }),
        }
    }

    /// A connection that was taken for plain text begins with TLS.
    pub(super) fn handle_late_tls(&mut self, socket: Socket, peer: SocketAddr, now: Instant) {
        let arrival = Arrival {
            socket,
            peer,
            at: now,
        };
        self.shake(arrival, now);
    }
}

impl Asker {
    pub fn into_secure(self) -> Option<Box<Secure>> {
        match self {
            Self::Plain => None,
            Self::Secure(knocker) => Some(knocker.secure),
        }
    }
}
