//! From a new connection to a caller that can be judged: which protocol it speaks, and its key.

use std::{net::SocketAddr, time::Instant};

use mio::Token;

use super::{
    Arrival, AuthenticatedCaller, Door, Newcomer,
    caller::{Caller, PendingApproval, Stage},
};
use crate::net::{
    Event, Rejection,
    protocol::{
        beginning::Beginning,
        frame::Bye,
        secure::{HANDSHAKE, Output, Over, Secure},
    },
    socket::stream::{Read, Socket},
    worker::Shared,
};

impl Door {
    /// A caller may have done something, or its stage may have timed out. Returns it if it is to be judged now.
    pub fn advance(&mut self, token: Token, shared: &mut Shared, now: Instant) -> Option<Newcomer> {
        let caller = self.take(|caller| caller.token() == token)?;
        match caller.stage {
            Stage::Sniffing => self.sniff(caller.arrival, caller.until, shared, now),
            Stage::Handshaking(secure) => {
                self.shake_hands(caller.arrival, secure, caller.until, shared, now)
            }
            Stage::Deferred(authenticated) => {
                Some(Newcomer::Encrypted(caller.arrival, authenticated))
            }
            Stage::AwaitingApproval(..) => {
                self.check_pending(caller, shared, now);
                None
            }
        }
    }

    /// A connection that was taken for plain text begins with TLS.
    pub fn handle_late_tls(
        &mut self,
        socket: Socket,
        peer: SocketAddr,
        shared: &mut Shared,
        now: Instant,
    ) {
        let at = now;
        self.start_tls(Arrival { socket, peer, at }, shared, now);
    }

    /// A connection that was taken for plain text begins with a request of a web browser.
    pub fn handle_late_http(
        &mut self,
        socket: Socket,
        peer: SocketAddr,
        shared: &mut Shared,
        now: Instant,
    ) {
        let at = now;
        self.reject_http(Arrival { socket, peer, at }, shared, now);
    }

    fn reject_http(&mut self, arrival: Arrival, shared: &mut Shared, now: Instant) {
        self.reject(
            arrival,
            None,
            Bye::Rejected,
            Some(Rejection::Http),
            shared,
            now,
        );
    }

    fn sniff(
        &mut self,
        mut arrival: Arrival,
        until: Instant,
        shared: &mut Shared,
        now: Instant,
    ) -> Option<Newcomer> {
        let latest = arrival.at + HANDSHAKE;
        match arrival.socket.look_at_beginning() {
            Beginning::Tls => self.start_tls(arrival, shared, now),
            Beginning::Http => self.reject_http(arrival, shared, now),
            Beginning::Silent | Beginning::HalfTls | Beginning::HalfHttp if now < until => {
                self.hold(arrival, until, Stage::Sniffing);
            }
            // Half a greeting is worth waiting for.
            Beginning::HalfTls if now < latest => self.hold(arrival, latest, Stage::Sniffing),
            Beginning::Silent | Beginning::HalfTls | Beginning::HalfHttp | Beginning::Plain => {
                return Some(Newcomer::Plain(arrival));
            }
        }
        None
    }

    fn start_tls(&mut self, arrival: Arrival, shared: &mut Shared, now: Instant) {
        let Some(tls) = shared.account.tls() else {
            let why = Some(Rejection::NoIdentity);
            return self.reject(arrival, None, Bye::Left, why, shared, now);
        };
        let secure = Box::new(Secure::accept(tls, now));
        self.hold(arrival, now + HANDSHAKE, Stage::Handshaking(secure));
    }

    fn shake_hands(
        &mut self,
        mut arrival: Arrival,
        mut secure: Box<Secure>,
        until: Instant,
        shared: &mut Shared,
        now: Instant,
    ) -> Option<Newcomer> {
        if arrival.socket.is_readable() {
            match arrival.socket.read(&mut *secure, now) {
                Read::Bytes | Read::Nothing => {}
                Read::End | Read::Broken => return None,
            }
        }
        secure.handle_timeout(now);
        arrival.socket.write(&mut *secure, now);
        match secure.poll_output() {
            Some(Output::Knocked { key, proof }) => {
                let caller = AuthenticatedCaller { secure, key, proof };
                return Some(Newcomer::Encrypted(arrival, caller));
            }
            Some(Output::Over(over)) => {
                if let Over::Tls(error) = over {
                    tracing::debug!(peer = %arrival.peer, %error, "no encryption");
                }
                // TLS may still have an alert to send.
                shared.sockets.flush_and_close(arrival.socket, secure, now);
            }
            _ => self.hold(arrival, until, Stage::Handshaking(secure)),
        }
        None
    }

    /// Sees whether a caller that waits for approval is still there.
    fn check_pending(&mut self, mut caller: Caller, shared: &mut Shared, now: Instant) {
        let socket = &mut caller.arrival.socket;
        let has_left =
            if let Stage::AwaitingApproval(request, PendingApproval::Plain) = &caller.stage {
                match socket.look_at_beginning() {
                    Beginning::Tls => {
                        shared.reports.report(Event::JoinRequestOver(*request));
                        return self.start_tls(caller.arrival, shared, now);
                    }
                    Beginning::Http => {
                        shared.reports.report(Event::JoinRequestOver(*request));
                        return self.reject_http(caller.arrival, shared, now);
                    }
                    _ => {}
                }
                let has_left = socket.is_hung_up() && socket.is_silent();
                // What it has said is read after the person has answered.
                socket.leave_unread();
                has_left
            } else {
                // Nothing of it is read, and the end of its connection may have come with its knock.
                socket.look_for_end();
                socket.is_hung_up()
            };
        if has_left {
            self.reject_unreported(caller, Bye::Left, shared, now);
        } else if caller.until <= now {
            self.reject_unreported(caller, Bye::NoAnswer, shared, now);
        } else {
            self.callers.push(caller);
        }
    }
}
