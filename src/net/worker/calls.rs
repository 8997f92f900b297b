//! Our calls: from *Connect* until there is a session, and again after its connection was lost.
//!
//! There is at most one call at a time. What becomes of it is polled, because only the worker can start a session.

mod establish;
mod handshake;
mod redial;
#[cfg(test)]
mod tests;

use std::{io::ErrorKind, net::SocketAddr, time::Instant};

use mio::Token;

use self::{
    handshake::{Crossed, OutgoingHandshake, Progress},
    redial::Redial,
};
use super::{
    Shared,
    session::{PeerInfo, Session},
};
use crate::{
    identity::{PublicKey, Trust},
    net::{
        Backoff, Call, ConnectError, EndReason, Event, How,
        protocol::{
            admission::OurCall,
            frame::{Bye, Hello},
        },
        socket::{
            dial::{Answered, Dial},
            resolve::{Answer, Started},
            stream::{Readiness, Socket},
        },
    },
    store::Lookup,
};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Calls {
    stage: Stage,
    /// The peer to call again.
    redial: Option<Redial>,
    backoff: Backoff,
}

#[derive(Debug)]
enum Stage {
    Idle,
    Dialling(Box<Dial>),
    Answered(Box<Dial>, Answered),
    Handshaking(Box<OutgoingHandshake>),
    /// The peer calls us too, and that call stays.
    Crossed(Box<Crossed>),
}

/// What has become of a call.
#[derive(Debug)]
pub(super) enum CallOutcome {
    /// Connected, in plain text. With the key last met at the address that was called.
    Plain(Socket, SocketAddr, Lookup<PublicKey>),
    /// Admitted by an encrypted peer that says this of itself.
    Encrypted(Box<Session>, Hello),
    /// This key has answered, or calls us too: the person wants to talk with it.
    Reached(PublicKey),
}

impl Calls {
    pub fn new(backoff: Backoff) -> Self {
        Self {
            stage: Stage::Idle,
            redial: None,
            backoff,
        }
    }

    /// Makes a call instead of the current one.
    pub fn connect(&mut self, call: Call, shared: &mut Shared, now: Instant) {
        self.cancel(shared, now);
        if call.how != How::Plain && shared.account.tls().is_none() {
            return self.fail(call, ConnectError::NoIdentity, shared, now);
        }
        if call.how == How::Encrypted && shared.ledger.key_at(&call.to) == Lookup::Unclear {
            return self.fail(call, ConnectError::StoreUnreadable, shared, now);
        }
        self.dial(call, shared, now);
    }

    /// Stops calling.
    pub fn cancel(&mut self, shared: &mut Shared, now: Instant) {
        self.stop(Bye::Left, shared, now);
    }

    /// A session begins, with this key if it is encrypted: nobody is called any more.
    pub fn give_way(&mut self, key: Option<PublicKey>, shared: &mut Shared, now: Instant) {
        let is_same = key.is_some_and(|key| self.our_call() == OurCall::Key(key));
        let bye = if is_same { Bye::Crossed } else { Bye::Left };
        self.stop(bye, shared, now);
    }

    /// A session that we had dialled is over: calls again, if its connection was lost.
    pub fn redial_after(
        &mut self,
        why: EndReason,
        over: &Session,
        shared: &mut Shared,
        now: Instant,
    ) {
        let is_redialled = matches!(
            why,
            EndReason::Lost | EndReason::Silent | EndReason::StoreOpened
        );
        if over.is_winding_down() || !is_redialled {
            return;
        }
        let Some(encrypted) = over.as_encrypted() else {
            return;
        };
        if let Some(call) = encrypted.call.clone() {
            let key = encrypted.peer.key;
            let how = match call.how {
                How::Unchecked(_) => How::Unchecked(Some(key)),
                _ => How::To(key),
            };
            let redial = Redial::new(Call { how, ..call }, key, self.backoff, now);
            self.wait_to_redial(redial, shared);
        }
    }

    /// Calls again at once, if we are waiting to.
    pub fn redial_now(&mut self, shared: &mut Shared, now: Instant) {
        if let Some(redial) = &mut self.redial
            && let Some(call) = redial.start()
        {
            shared.reports.report(redial.event());
            self.dial(call, shared, now);
        }
    }

    /// The store is open at last: a call whose peer could not be checked against it is made again.
    pub fn check_again(&mut self, shared: &mut Shared, now: Instant) {
        if let Stage::Handshaking(handshake) = &self.stage
            && matches!(handshake.call.how, How::Unchecked(_))
            && let Stage::Handshaking(handshake) = self.take_stage()
        {
            let OutgoingHandshake {
                call,
                socket,
                secure,
                ..
            } = *handshake;
            shared.sockets.close_with(socket, secure, Bye::Left, now);
            self.dial(call, shared, now);
        }
    }

    /// Forgets whom to call again.
    pub fn stop_redialling(&mut self) {
        self.redial = None;
    }

    pub fn handle_ready(&mut self, token: Token, ready: Readiness, now: Instant) {
        match &mut self.stage {
            Stage::Handshaking(handshake) => handshake.handle_ready(token, ready),
            Stage::Dialling(dial) => {
                if let Some(answered) = dial.handle_ready(token, now)
                    && let Stage::Dialling(dial) = std::mem::replace(&mut self.stage, Stage::Idle)
                {
                    self.stage = Stage::Answered(dial, answered);
                }
            }
            Stage::Idle | Stage::Answered(..) | Stage::Crossed(_) => {}
        }
    }

    /// A name was looked up, perhaps for our call.
    pub fn handle_addresses(&mut self, answer: &Answer, now: Instant) {
        if let Stage::Dialling(dial) = &mut self.stage
            && dial.waits_for(answer.number)
        {
            dial.handle_addresses(&answer.addresses, now);
        }
    }

    /// `poll_deadline` may have come. Poll again afterwards.
    pub fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) {
        match &mut self.stage {
            Stage::Dialling(dial) => {
                if let Err(error) = dial.handle_timeout(now, &mut shared.sockets.registrar) {
                    let call = dial.call.clone();
                    self.stage = Stage::Idle;
                    self.fail(call, error, shared, now);
                }
            }
            Stage::Handshaking(handshake) => handshake.secure.handle_timeout(now),
            Stage::Crossed(crossed) if crossed.until <= now => {
                let call = crossed.call.clone();
                self.stage = Stage::Idle;
                self.fail(call, ConnectError::HungUp, shared, now);
            }
            Stage::Idle | Stage::Answered(..) | Stage::Crossed(_) => {}
        }
        if self
            .redial
            .as_ref()
            .is_some_and(|redial| redial.is_due(now))
        {
            self.redial_now(shared, now);
        }
    }

    /// Reads once from the peer that has answered.
    pub fn read(&mut self, now: Instant) {
        if let Stage::Handshaking(handshake) = &mut self.stage {
            handshake.read(now);
        }
    }

    /// Writes what there is to write, as far as the system takes it.
    pub fn write(&mut self, now: Instant) {
        if let Stage::Handshaking(handshake) = &mut self.stage {
            handshake.write(now);
        }
    }

    /// What has become of the call. Failures are reported here.
    pub fn poll(&mut self, shared: &mut Shared, now: Instant) -> Option<CallOutcome> {
        if let Stage::Answered(..) = &self.stage
            && let Stage::Answered(dial, answered) = self.take_stage()
        {
            let outcome = self.handle_answered(*dial, answered, shared, now);
            if outcome.is_some() {
                return outcome;
            }
        }
        while let Stage::Handshaking(handshake) = &mut self.stage {
            match handshake.poll()? {
                // The peer sees that it is our own key too, and says so.
                Progress::Answered(key) if Some(key) == shared.account.own_key() => {}
                Progress::Answered(key) => {
                    let to = handshake.call.to.clone();
                    shared.reports.report(Event::Waiting { to, key });
                    return Some(CallOutcome::Reached(key));
                }
                Progress::Admitted(hello) => {
                    return Some(CallOutcome::Encrypted(self.take_session()?, hello));
                }
                Progress::Failed(error) => self.fail_handshake(error, shared, now),
                Progress::Crossed(key) => {
                    self.cross(key, shared, now);
                    return Some(CallOutcome::Reached(key));
                }
            }
        }
        None
    }

    /// Whom we are calling, for the rules of admission.
    pub fn our_call(&self) -> OurCall {
        match &self.stage {
            Stage::Idle | Stage::Dialling(_) | Stage::Answered(..) => OurCall::None,
            Stage::Handshaking(handshake) => match handshake.key {
                Some(key) => OurCall::Key(key),
                None => OurCall::Unknown,
            },
            Stage::Crossed(crossed) => OurCall::Crossed(crossed.key),
        }
    }

    /// What we know of a caller with this key. If we have called it too, the purpose of that call counts.
    pub fn peer_info(&self, key: PublicKey, trust: Trust) -> PeerInfo {
        let ours = match &self.stage {
            Stage::Handshaking(handshake) if handshake.key == Some(key) => {
                Some(handshake.peer_info(key))
            }
            Stage::Crossed(crossed) if crossed.key == key => Some(crossed.peer.clone()),
            _ => None,
        };
        match ours {
            Some(ours) => PeerInfo {
                trust: ours.trust.max(trust),
                ..ours
            },
            None => PeerInfo {
                key,
                trust,
                endpoint: None,
                replaces: None,
            },
        }
    }

    /// Whether there is something to do right now.
    pub fn is_ready(&self) -> bool {
        match &self.stage {
            Stage::Answered(..) => true,
            Stage::Handshaking(handshake) => handshake.socket.is_readable(),
            Stage::Idle | Stage::Dialling(_) | Stage::Crossed(_) => false,
        }
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        let stage = match &self.stage {
            Stage::Idle | Stage::Answered(..) => None,
            Stage::Dialling(dial) => Some(dial.poll_deadline()),
            Stage::Handshaking(handshake) => handshake.secure.poll_deadline(),
            Stage::Crossed(crossed) => Some(crossed.until),
        };
        let redial = self.redial.as_ref().and_then(Redial::poll_deadline);
        [stage, redial].into_iter().flatten().min()
    }

    /// Dials, once the name is resolved.
    fn dial(&mut self, call: Call, shared: &mut Shared, now: Instant) {
        let mut endpoints = vec![call.to.clone()];
        endpoints.extend(call.also.iter().cloned());
        let dial = match shared.sockets.resolver.start(endpoints) {
            Started::Known(addresses) => Dial::trying(call, &addresses, now),
            Started::UnderWay(number) => Dial::resolving(call, number, now),
            Started::Busy => {
                let error = ConnectError::Other(ErrorKind::ResourceBusy);
                return self.fail(call, error, shared, now);
            }
        };
        self.stage = Stage::Dialling(Box::new(dial));
    }

    fn stop(&mut self, bye: Bye, shared: &mut Shared, now: Instant) {
        self.redial = None;
        if let Stage::Handshaking(handshake) = self.take_stage() {
            let OutgoingHandshake { socket, secure, .. } = *handshake;
            shared.sockets.close_with(socket, secure, bye, now);
        }
    }

    fn fail(&mut self, call: Call, error: ConnectError, shared: &mut Shared, now: Instant) {
        let retry = self
            .redial
            .take_if(|redial| redial.is_calling())
            .and_then(|redial| redial.retry(&call, error, self.backoff, now));
        match retry {
            Some(redial) => self.wait_to_redial(redial, shared),
            None => shared.reports.report(Event::ConnectFailed { call, error }),
        }
    }

    fn wait_to_redial(&mut self, redial: Redial, shared: &mut Shared) {
        shared.reports.report(redial.event());
        self.redial = Some(redial);
    }

    fn take_stage(&mut self) -> Stage {
        std::mem::replace(&mut self.stage, Stage::Idle)
    }
}
