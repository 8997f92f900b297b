//! The safety number of the dialog: computed once, and not in a frame, which it would hold up.

use std::thread::Builder;

use crossbeam_channel::Receiver;
use eframe::egui::Context;

use crate::identity::{PublicKey, SafetyNumber};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Number {
    own: PublicKey,
    state: State,
}

#[derive(Debug)]
enum State {
    Computing(Receiver<SafetyNumber>),
    Known(SafetyNumber),
}

impl Number {
    /// Starts to compute the number of these two keys. Wakes this window when it is known.
    pub fn compute(ctx: &Context, own: PublicKey, peer: PublicKey) -> Self {
        let ctx = ctx.clone();
        let compute = move || SafetyNumber::of(&own, &peer);
        let state = State::compute(compute, move || ctx.request_repaint());
        Self { own, state }
    }

    /// Whether this is the number for our key, which the person may have replaced.
    pub fn is_of(&self, own: &PublicKey) -> bool {
        self.own == *own
    }

    /// The number, once it is known.
    pub fn get(&mut self) -> Option<&SafetyNumber> {
        self.state.get()
    }
}

impl State {
    fn compute(
        compute: impl Fn() -> SafetyNumber + Clone + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) -> Self {
        let (answer, known) = crossbeam_channel::bounded(1);
        let on_thread = compute.clone();
        let thread = Builder::new().name("duologue-number".to_owned());
        let started = thread.spawn(move || {
            // The dialog may have been closed.
            answer.send(on_thread()).ok();
            wake();
        });
        match started {
            Ok(_) => Self::Computing(known),
            Err(error) => {
                tracing::warn!(%error, "no thread for the safety number");
                Self::Known(compute())
            }
        }
    }

    fn get(&mut self) -> Option<&SafetyNumber> {
        if let Self::Computing(answer) = self
            && let Ok(number) = answer.try_recv()
        {
            *self = Self::Known(number);
        }
        match self {
            Self::Known(number) => Some(number),
            Self::Computing(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_number_is_computed_once_and_on_another_thread() {
        let keys = [1, 2].map(|byte| PublicKey::from_bytes([byte; 32]));
        let number = SafetyNumber::of(&keys[0], &keys[1]);
        let (allow, allowed) = crossbeam_channel::bounded::<()>(1);
        let (wake, woken) = crossbeam_channel::bounded(1);
        let limit = Duration::from_secs(100);
        let compute = move || {
            allowed.recv_timeout(limit).expect("the test goes on");
            number
        };
        let mut state = State::compute(compute, move || wake.send(()).expect("room"));
        assert_eq!(state.get(), None, "no frame waits for it");
        allow.send(()).expect("room");
        woken.recv_timeout(limit).expect("the window is woken");
        for _ in 0..2 {
            assert_eq!(state.get(), Some(&number));
        }
    }
}
