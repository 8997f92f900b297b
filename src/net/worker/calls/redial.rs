//! Calling again after the connection to an encrypted peer that we had called was lost.

use std::time::{Duration, Instant};

use crate::{
    identity::PublicKey,
    net::{Backoff, Call, ConnectError, Event},
};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Redial {
    call: Call,
    key: PublicKey,
    /// The next pause, without jitter.
    pause: Duration,
    /// The pause before the next call, with jitter.
    wait: Duration,
    /// When to call; `None` while the call is being made.
    at: Option<Instant>,
}

impl Redial {
    /// For `call`, which is to `key` alone.
    pub fn new(call: Call, key: PublicKey, backoff: Backoff, now: Instant) -> Self {
        Self::after(backoff.first, call, key, now)
    }

    fn after(pause: Duration, call: Call, key: PublicKey, now: Instant) -> Self {
        let wait = with_jitter(pause);
        Self {
            call,
            key,
            pause,
            wait,
            at: Some(now + wait),
        }
    }

    /// The call to make now. `None` while it is being made.
    pub fn start(&mut self) -> Option<Call> {
        self.at.take()?;
        Some(self.call.clone())
    }

    /// Whether the call is being made.
    pub fn is_calling(&self) -> bool {
        self.at.is_none()
    }

    /// `call` has failed: calls again after a longer pause, if that may help.
    pub fn retry(
        self,
        call: &Call,
        error: ConnectError,
        backoff: Backoff,
        now: Instant,
    ) -> Option<Self> {
        if self.call != *call || !may_pass(error) {
            return None;
        }
        let pause = (self.pause * 2).min(backoff.most);
        Some(Self::after(pause, self.call, self.key, now))
    }

    /// What the window is to know of it.
    pub fn event(&self) -> Event {
        Event::Redialling {
            call: self.call.clone(),
            key: self.key,
            wait: self.at.map(|_| self.wait),
        }
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.at.is_some_and(|at| at <= now)
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.at
    }
}

/// Up to a fifth less than `pause`, so that programs that lost their connections together do not call together.
fn with_jitter(pause: Duration) -> Duration {
    let mut byte = [0];
    if aws_lc_rs::rand::fill(&mut byte).is_err() {
        return pause;
    }
    pause.mul_f64(1.0 - f64::from(byte[0]) / 256.0 / 5.0)
}

/// Whether the cause of this error may pass with time.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        endpoint::Endpoint,
        net::{How, any_instant},
    };

    const KEY: PublicKey = PublicKey::from_bytes([1; 32]);

    fn call() -> Call {
        Call {
            to: Endpoint {
                host: "127.0.0.1".to_owned(),
                port: 1,
            },
            also: Vec::new(),
            how: How::To(KEY),
        }
    }

    #[test]
    fn jitter_takes_at_most_a_fifth() {
        let pause = Duration::from_secs(10);
        for _ in 0..1000 {
            let wait = with_jitter(pause);
            assert!(wait <= pause && wait >= Duration::from_secs(8), "{wait:?}");
        }
    }

    #[test]
    fn each_pause_is_twice_the_last_one_up_to_the_limit() {
        let now = any_instant();
        let backoff = Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(5),
        };
        let mut redial = Redial::new(call(), KEY, backoff, now);
        for seconds in [1, 2, 4, 5, 5] {
            let pause = Duration::from_secs(seconds);
            assert!(!redial.is_due(now) && redial.is_due(now + pause));
            assert_eq!(redial.start(), Some(call()));
            assert!(redial.is_calling() && redial.start().is_none());
            redial = redial
                .retry(&call(), ConnectError::Refused, backoff, now)
                .expect("it may pass");
            assert!(!redial.is_calling());
        }
    }

    #[test]
    fn a_refusal_by_the_person_or_another_call_is_not_retried() {
        let (now, backoff) = (any_instant(), Backoff::default());
        let redial = || Redial::new(call(), KEY, backoff, now);
        let rejected = redial().retry(&call(), ConnectError::Rejected, backoff, now);
        assert!(rejected.is_none());
        let other = Call {
            how: How::Plain,
            ..call()
        };
        let of_another = redial().retry(&other, ConnectError::Refused, backoff, now);
        assert!(of_another.is_none());
    }
}
