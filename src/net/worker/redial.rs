//! Calling again whom the line was cut to, if it was encrypted and we had called.

use std::time::{Duration, Instant};

use super::Worker;
use crate::{
    identity::PublicKey,
    net::{Backoff, Call, ConnectError, EndReason, Event, How, Origin, worker::session::Session},
};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Redial {
    call: Call,
    key: PublicKey,
    /// How long the next pause is, before chance has its part.
    pause: Duration,
    /// When it is called next; nothing while that is being done.
    at: Option<Instant>,
}

impl Redial {
    pub fn poll_deadline(&self) -> Option<Instant> {
        self.at
    }
}

/// So long, or up to a fifth less, so that two who lost each other do not stay in step with others.
fn with_jitter(pause: Duration) -> Duration {
    let mut byte = [0];
    if aws_lc_rs::rand::fill(&mut byte).is_err() {
        return pause;
    }
    pause.mul_f64(1.0 - f64::from(byte[0]) / 256.0 / 5.0)
}

/// Whether calling again may help.
fn may_pass(error: ConnectError) -> bool {
    matches!(
        error,
        ConnectError::UnknownHost
            | ConnectError::Refused
            | ConnectError::TimedOut
            | ConnectError::Unreachable
            | ConnectError::NotEncrypted
            | ConnectError::HungUp
            | ConnectError::Other(_)
    )
}

impl Worker {
    /// A conversation is over for this reason.
    pub(super) fn redial_after(&mut self, why: EndReason, over: &Session, now: Instant) {
        if self.closing
            || over.is_ending()
            || over.origin != Origin::Dialled
            || !matches!(why, EndReason::Lost | EndReason::Silent)
        {
            return;
        }
        let Some(encrypted) = over.as_encrypted() else {
            return;
        };
        let key = encrypted.peer.key;
        let Some(call) = encrypted.call.clone() else {
            return;
        };
        let call = Call {
            how: How::To(key),
            ..call
        };
        let Backoff { first, .. } = self.backoff;
        self.wait_to_redial(call, key, first, now);
    }

    fn wait_to_redial(&mut self, call: Call, key: PublicKey, pause: Duration, now: Instant) {
        let wait = with_jitter(pause);
        self.report(Event::Redialling {
            call: call.clone(),
            key,
            wait: Some(wait),
        });
        self.redial = Some(Redial {
            call,
            key,
            pause,
            at: Some(now + wait),
        });
    }

    pub(super) fn handle_redial_timeout(&mut self, now: Instant) {
        if self
            .redial
            .as_ref()
            .is_some_and(|redial| redial.at.is_some_and(|at| at <= now))
        {
            self.redial_now(now);
        }
    }

    /// Calls, unless that is being done already.
    pub(super) fn redial_now(&mut self, now: Instant) {
        let Some(redial) = self.redial.as_mut().filter(|redial| redial.at.is_some()) else {
            return;
        };
        redial.at = None;
        let (call, key) = (redial.call.clone(), redial.key);
        self.report(Event::Redialling {
            call: call.clone(),
            key,
            wait: None,
        });
        self.dial(call, now);
    }

    /// A call has failed. True if it is made again later.
    pub(super) fn redial_after_failure(
        &mut self,
        call: &Call,
        error: ConnectError,
        now: Instant,
    ) -> bool {
        let Some(redial) = self.redial.take_if(|redial| redial.at.is_none()) else {
            return false;
        };
        if redial.call != *call || !may_pass(error) {
            return false;
        }
        let pause = (redial.pause * 2).min(self.backoff.most);
        self.wait_to_redial(redial.call, redial.key, pause, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_takes_at_most_a_fifth() {
        let pause = Duration::from_secs(10);
        for _ in 0..1000 {
            let wait = with_jitter(pause);
            assert!(wait <= pause && wait >= Duration::from_secs(8), "{wait:?}");
        }
    }
}
