//! The door: where we listen, and the callers that are not in a session yet.
//!
//! A caller takes three steps. [`Door::accept`] takes its connection, [`Door::advance`] finds out which protocol it
//! speaks and has it prove its key, and [`Door::judge`] decides. In between the worker reads what the current session
//! still has to say, so that nobody is rejected because of a session that is over.

mod advance;
mod caller;
mod entrance;
mod judge;
mod rejections;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    time::{Duration, Instant},
};

use mio::Token;

pub(super) use self::{
    caller::{Arrival, AuthenticatedCaller},
    judge::{Admission, Newcomer},
};
use self::{
    caller::{Caller, Stage},
    entrance::Entrance,
    rejections::Rejections,
};
use super::Shared;
use crate::net::{
    Event, Rejection,
    protocol::{
        admission::{CallerId, Cooldown, OurCall},
        frame::Bye,
        questions::{Questions, Source},
        secure::Secure,
    },
    socket::stream::Readiness,
};

/// Maximum number of callers that have not been judged yet. Above it one is closed.
const MAX_CALLERS: usize = 32;
/// A caller silent this long is treated as plain text; a TLS client would have spoken.
const SILENCE: Duration = Duration::from_secs(1);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Door {
    pub entrance: Entrance,
    callers: Vec<Caller>,
    last_request: u64,
    cooldown: Cooldown,
    questions: Questions,
    rejections: Rejections,
}

impl Door {
    /// `question_pause` is the time between two questions about callers from one source.
    pub fn new(question_pause: Duration) -> Self {
        Self {
            entrance: Entrance::default(),
            callers: Vec::new(),
            last_request: 0,
            cooldown: Cooldown::default(),
            questions: Questions::new(question_pause),
            rejections: Rejections::default(),
        }
    }

    pub fn handle_ready(&mut self, token: Token, ready: Readiness) {
        self.entrance.handle_ready(token);
        for caller in &mut self.callers {
            if caller.token() == token {
                caller.arrival.socket.handle_ready(ready);
            }
        }
    }

    /// The next connection that somebody has opened to us.
    pub fn accept(&mut self, shared: &mut Shared, now: Instant) -> Option<Arrival> {
        loop {
            let (stream, peer) = self.entrance.accept(now)?;
            if let Some(socket) = shared.sockets.watch(stream) {
                return Some(Arrival {
                    socket,
                    peer,
                    at: now,
                });
            }
        }
    }

    /// Takes in a connection that does not resume a session.
    pub fn receive(&mut self, arrival: Arrival, shared: &mut Shared, now: Instant) {
        if !self.entrance.is_open() {
            // The session has just ended with `#exit`, which stops listening too.
            return shared.sockets.lingering.close(arrival.socket, now);
        }
        self.hold(arrival, now + SILENCE, Stage::Sniffing);
    }

    /// The callers that may have done something.
    pub fn ready(&self) -> Vec<Token> {
        let ready = self.callers.iter().filter(|caller| caller.is_ready());
        ready.map(Caller::token).collect()
    }

    /// The callers whose stage has timed out.
    pub fn timed_out(&self, now: Instant) -> Vec<Token> {
        let timed_out = self
            .callers
            .iter()
            .filter(|caller| caller.deadline() <= now);
        timed_out.map(Caller::token).collect()
    }

    /// Reports that unknown callers are asked about again, once the hour is over.
    pub fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) {
        if self.questions.poll_refusing_over(now) {
            shared.reports.report(Event::UnknownRefused(false));
        }
    }

    /// Reports the rejected callers, at most once a second.
    pub fn report_rejections(&mut self, shared: &mut Shared, now: Instant) {
        if let Some(event) = self.rejections.poll_event(now) {
            shared.reports.report(event);
        }
    }

    /// Stops listening: no invite and no waiting caller is admitted any more.
    pub fn stop_listening(&mut self, shared: &mut Shared, now: Instant) {
        if self.entrance.stop() {
            shared.reports.report(Event::ListeningStopped);
        }
        shared.account.close_invites();
        for caller in std::mem::take(&mut self.callers) {
            self.reject_unreported(caller, Bye::Left, shared, now);
        }
    }

    /// A session with this caller begins, or the person has unblocked it: an earlier rejection no longer counts.
    pub fn forgive(&mut self, caller: CallerId) {
        self.cooldown.remove(caller);
    }

    /// Whether there is something to do right now.
    pub fn is_ready(&self, call: OurCall, now: Instant) -> bool {
        let may_judge = call != OurCall::Unknown;
        self.entrance.is_ready(now)
            || self
                .callers
                .iter()
                .any(|caller| caller.is_urgent(may_judge))
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        let callers = self.callers.iter().map(Caller::deadline).min();
        let others = [
            self.entrance.poll_deadline(),
            self.questions.poll_deadline(),
            self.rejections.poll_deadline(),
        ];
        callers
            .into_iter()
            .chain(others.into_iter().flatten())
            .min()
    }

    /// Rejects a caller, in whatever stage, without a report.
    fn reject_unreported(&mut self, caller: Caller, bye: Bye, shared: &mut Shared, now: Instant) {
        if let Some(request) = caller.request() {
            shared.reports.report(Event::JoinRequestOver(request));
        }
        let secure = caller.stage.into_secure();
        self.reject(caller.arrival, secure, bye, None, shared, now);
    }

    /// Closes the connection of a caller. Tells an encrypted caller why, and reports it to the person if there is a
    /// reason to.
    fn reject(
        &mut self,
        arrival: Arrival,
        secure: Option<Box<Secure>>,
        bye: Bye,
        why: Option<Rejection>,
        shared: &mut Shared,
        now: Instant,
    ) {
        if let Some(why) = why {
            self.rejections.add(arrival.peer.ip(), why);
        }
        match secure {
            Some(secure) => shared.sockets.close_with(arrival.socket, secure, bye, now),
            None => shared.sockets.lingering.close(arrival.socket, now),
        }
    }

    fn take(&mut self, is: impl Fn(&Caller) -> bool) -> Option<Caller> {
        let index = self.callers.iter().position(is)?;
        Some(self.callers.remove(index))
    }

    /// Keeps a caller until something happens, or until this time. Every caller that is not judged yet counts towards
    /// [`MAX_CALLERS`], however it came here.
    fn hold(&mut self, arrival: Arrival, until: Instant, stage: Stage) {
        let caller = Caller {
            arrival,
            until,
            stage,
        };
        if caller.request().is_none() {
            self.make_room();
        }
        self.callers.push(caller);
    }

    /// Closes a caller that is not judged yet if there are [`MAX_CALLERS`] of them. It is one from the source with the most
    /// callers, so that a source locks out nobody else: the oldest of those that have come least far.
    fn make_room(&mut self) {
        let new = self.callers.iter();
        let new: Vec<_> = new.filter(|caller| caller.request().is_none()).collect();
        if new.len() < MAX_CALLERS {
            return;
        }
        let crowd = |source: Source| new.iter().filter(|other| other.source() == source).count();
        let last = new.iter().min_by_key(|caller| {
            let crowd = crowd(caller.source());
            (Reverse(crowd), caller.stage.progress(), caller.arrival.at)
        });
        let last = last.map(|caller| caller.token());
        if let Some(last) = self.take(|caller| Some(caller.token()) == last) {
            last.arrival.socket.abort();
        }
    }
}
