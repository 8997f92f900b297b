//! Work on the store that takes longer than a turn of the loop: erasing, moving messages to another conversation,
//! salvaging a damaged file. A piece of it is done in each turn, so that nothing waits long for it.

use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

use super::{Ledger, RETRY};
use crate::{
    identity::PeerId,
    net::Event,
    store::{Deletion, Finished, Store, StoreError},
};

/// Maximum time by which erasing delays the end of the program.
const ERASING: Duration = Duration::from_millis(300);

/// See the [module](self). What the store has begun itself, it remembers itself.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// What is being erased, oldest first, and why.
    deletions: VecDeque<(Deletion, Why)>,
    /// When the store's own work goes on after a failure.
    pub retry_at: Option<Instant>,
}

/// Why something is erased.
#[derive(Debug, PartialEq, Eq)]
enum Why {
    /// The person asked for it. This event is reported when it is done.
    Asked(Event),
    /// The conversation with this peer has ended, and is not to be kept.
    Over(PeerId),
    /// The program ends, and nothing is to be kept.
    Closing,
}

impl Work {
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.deletions.is_empty() && self.retry_at.is_none()
    }
}

impl Ledger {
    /// Erases what is stored of this conversation, or of all. [`Event::Cleared`] follows when that is done.
    pub fn erase(&mut self, peer_id: Option<PeerId>) -> Option<Event> {
        if let Some(error) = self.shelf.closed() {
            // What is to be erased is in the store that can't be opened.
            return Some(Event::StoreClosed(error));
        }
        let store = self.shelf.store_mut()?;
        match Deletion::new(store, peer_id.as_ref()) {
            Ok(deletion) => {
                let why = Why::Asked(Event::Cleared(peer_id));
                self.work.deletions.push_back((deletion, why));
                None
            }
            Err(error) => self.record_result(Err(error)),
        }
    }

    /// Sets whether messages outlive their conversation; see [`Store::set_keeping`]. If that fails, it is tried again later.
    pub fn set_keeping(&mut self, keeps: bool, now: Instant) -> Option<Event> {
        self.keeps = keeps;
        let store = self.shelf.store_mut();
        let store = store.filter(|store| store.keeps() != keeps)?;
        let set = store
            .set_keeping(keeps)
            .inspect_err(|_| self.retry_at = Some(now + RETRY));
        self.record_result(set)
    }

    /// A conversation has ended: erases what is not to be kept of it. A peer may connect and leave more often than there are
    /// turns to erase, so this replaces an earlier deletion of the same conversation, which erases less.
    pub fn end_conversation(&mut self, peer_id: &PeerId) {
        let Some(store) = self.shelf.store_mut() else {
            return;
        };
        match of_ended(store, peer_id) {
            Ok(deletion) if deletion.is_empty() => {}
            Ok(deletion) => {
                let why = Why::Over(peer_id.clone());
                self.work.deletions.retain(|(_, earlier)| *earlier != why);
                self.work.deletions.push_back((deletion, why));
            }
            // The next end or the next start erases it.
            Err(error) => tracing::warn!(%error, "a conversation that has ended is not erased yet"),
        }
    }

    /// The program ends: erases what is not to be kept, as far as that does not take long. The next start erases the rest.
    pub fn erase_at_end(&mut self, clock: impl Fn() -> Instant) {
        let until = clock() + ERASING;
        if !self.keeps
            && let Some(store) = self.shelf.store()
            && let Ok(deletion) = Deletion::of_unkept(store, None)
            && !deletion.is_empty()
        {
            self.work.deletions.push_back((deletion, Why::Closing));
        }
        while !self.work.deletions.is_empty() && clock() < until {
            self.erase_piece();
        }
    }

    /// Begins to take over what can be read of a database that was set aside. [`Event::Salvaged`] follows when that is
    /// done.
    pub fn salvage(&mut self, path: &Path) -> Option<Event> {
        let error = self.shelf.store_mut()?.salvage(path).err()?;
        Some(Event::Salvaged(Err(error)))
    }

    /// Whether [`Self::work`] has something to do at once.
    pub fn has_work(&self) -> bool {
        !self.work.deletions.is_empty()
            || (self.work.retry_at.is_none() && self.shelf.store().is_some_and(Store::has_work))
    }

    /// Does a piece of the work there is.
    pub fn work(&mut self, now: Instant) -> Vec<Event> {
        if self.work.deletions.is_empty() {
            self.step(now)
        } else {
            self.erase_piece().into_iter().collect()
        }
    }

    fn erase_piece(&mut self) -> Option<Event> {
        let (deletion, _) = self.work.deletions.front_mut()?;
        match deletion.step(self.shelf.store_mut()?) {
            Ok(true) => None,
            Ok(false) => match self.work.deletions.pop_front()?.1 {
                Why::Asked(event) => Some(event),
                Why::Over(_) | Why::Closing => None,
            },
            Err(error) => {
                self.work.deletions.pop_front();
                self.record_result(Err(error))
            }
        }
    }

    fn step(&mut self, now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        let Some(store) = self.shelf.store_mut().filter(|store| store.has_work()) else {
            return events;
        };
        if self.work.retry_at.is_some_and(|at| now < at) {
            return events;
        }
        self.work.retry_at = None;
        match store.step() {
            Ok(finished) => {
                events.extend(self.record_result(Ok(())));
                match finished {
                    Some(Finished::Conversation(peer_id)) => events.push(Event::Rewritten(peer_id)),
                    Some(Finished::Salvage(salvage)) => {
                        events.push(Event::Salvaged(salvage));
                        events.extend(self.contacts());
                    }
                    None => {}
                }
            }
            Err(error) => {
                self.work.retry_at = Some(now + RETRY);
                events.extend(self.record_result(Err(error)));
            }
        }
        events
    }
}

/// What is not to be kept of this conversation, which has ended.
fn of_ended(store: &mut Store, peer_id: &PeerId) -> Result<Deletion, StoreError> {
    if let Some(conversation) = store.find_conversation(peer_id)? {
        store.end_conversation(conversation)?;
    }
    Deletion::of_unkept(store, Some(peer_id))
}
