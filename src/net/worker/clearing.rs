//! What the store has to do that takes longer than a turn of the loop: erasing, moving messages to another
//! conversation, salvaging a damaged file. A piece of it is done in each turn, so that it delays nothing.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::Worker;
use crate::{
    identity::Party,
    net::Event,
    store::{Deletion, Finished, Store},
};

/// Time from a failure of the store until its work is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Maximum time that erasing delays the end of the program.
const ERASING: Duration = Duration::from_millis(300);

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Clearing {
    /// What is being erased, and what the window is told when that is done.
    deletions: VecDeque<(Deletion, Option<Event>)>,
    /// When the store's own work goes on, after it has failed.
    retry_at: Option<Instant>,
}

impl Clearing {
    /// Whether there is something to do at once.
    pub fn is_busy(&self, store: Option<&Store>) -> bool {
        !self.deletions.is_empty()
            || (self.retry_at.is_none() && store.is_some_and(Store::has_work))
    }

    /// When there is something to do.
    pub fn poll_deadline(&self) -> Option<Instant> {
        self.retry_at
    }
}

impl Worker {
    /// Erases the messages of a conversation, or of all, and tells the window when that is done.
    pub(super) fn clear(&mut self, party: Option<Party>) {
        let Some(store) = &self.home.store else {
            return;
        };
        match Deletion::new(store, party.as_ref()) {
            Ok(deletion) => {
                let answer = Some(Event::Cleared(party));
                self.clearing.deletions.push_back((deletion, answer));
            }
            Err(error) => self.report_store(Err(error)),
        }
    }

    /// A conversation has ended. Erases it if no history is kept.
    pub(super) fn clear_over(&mut self, party: &Party) {
        if !self.preferences.keep_history
            && let Some(store) = &self.home.store
            && let Ok(deletion) = Deletion::new(store, Some(party))
        {
            self.clearing.deletions.push_back((deletion, None));
        }
    }

    /// The program ends. If no history is kept, erases what is left, as far as that is quick.
    pub(super) fn clear_at_end(&mut self, clock: impl Fn() -> Instant) {
        if self.preferences.keep_history {
            return;
        }
        let until = clock() + ERASING;
        if let Some(store) = &self.home.store
            && let Ok(deletion) = Deletion::new(store, None)
        {
            self.clearing.deletions.push_back((deletion, None));
        }
        while !self.clearing.deletions.is_empty() && clock() < until {
            self.erase_piece();
        }
    }

    /// Does one piece of what the store has to do.
    pub(super) fn clear_some(&mut self, now: Instant) {
        if self.clearing.deletions.is_empty() {
            self.step_store(now);
        } else {
            self.erase_piece();
        }
    }

    fn erase_piece(&mut self) {
        let (Some((deletion, _)), Some(store)) =
            (self.clearing.deletions.front_mut(), &mut self.home.store)
        else {
            return;
        };
        match deletion.step(store) {
            Ok(true) => {}
            Ok(false) => {
                let over = self.clearing.deletions.pop_front();
                if let Some(answer) = over.and_then(|(_, answer)| answer) {
                    self.report(answer);
                }
            }
            Err(error) => {
                self.clearing.deletions.pop_front();
                self.report_store(Err(error));
            }
        }
    }

    fn step_store(&mut self, now: Instant) {
        let Some(store) = self.home.store.as_mut().filter(|store| store.has_work()) else {
            return;
        };
        if self.clearing.retry_at.is_some_and(|at| now < at) {
            return;
        }
        self.clearing.retry_at = None;
        match store.step() {
            Ok(finished) => {
                self.report_store(Ok(()));
                match finished {
                    Some(Finished::Conversation(party)) => self.report(Event::Rewritten(party)),
                    Some(Finished::Salvage(salvage)) => {
                        self.report(Event::Salvaged(salvage));
                        self.report_peers();
                    }
                    None => {}
                }
            }
            Err(error) => {
                self.clearing.retry_at = Some(now + RETRY);
                self.report_store(Err(error));
            }
        }
    }
}
