//! What the store could not take is tried again after a while.

use std::{
    mem,
    time::{Duration, Instant},
};

use super::{Effect, FileStep, Transfers};
use crate::{identity::PublicKey, store::Row};

/// How long the store is left alone after an error.
const PAUSE: Duration = Duration::from_secs(1);

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Retry {
    pub at: Option<Instant>,
    /// What has become of files, and is not in the store. At most one step for each file that moved: until it is stored, nothing
    /// more is done with the file.
    steps: Vec<(PublicKey, Row, FileStep)>,
}

impl Retry {
    /// Whether the store has yet to take something of this file.
    pub fn has(&self, peer: PublicKey, row: Row) -> bool {
        self.steps
            .iter()
            .any(|(of, step_row, _)| (*of, *step_row) == (peer, row))
    }
}

impl Transfers {
    /// The store could not take this. It is an effect again after a while.
    pub fn step_failed(&mut self, peer: PublicKey, row: Row, step: FileStep, now: Instant) {
        self.retry.steps.push((peer, row, step));
        self.retry_later(now);
    }

    pub(super) fn retry_later(&mut self, now: Instant) {
        self.retry.at.get_or_insert(now + PAUSE);
    }

    /// Tries again what has waited for long enough.
    pub(super) fn retry(&mut self, now: Instant) {
        if self.retry.at.is_none_or(|at| at > now) {
            return;
        }
        self.retry.at = None;
        self.is_dirty = true;
        let steps = mem::take(&mut self.retry.steps).into_iter();
        let steps = steps.map(|(peer, row, step)| Effect::Step(peer, row, step));
        self.effects.extend(steps);
    }
}
