//! Files that are to be offered. They go to the worker a few at a time, because its queue of commands is bounded.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use crate::{
    identity::PublicKey,
    net::{Event, MessageId, OfferError},
    store::Row,
};

/// Maximum number of files that the worker reads or is about to read for an offer. It refuses more than 1,000.
const MOST_PREPARING: usize = 32;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Offers {
    /// Not handed to the worker yet, in order.
    waiting: VecDeque<(PublicKey, PathBuf)>,
    /// Handed to it, and not answered yet.
    preparing: BTreeMap<MessageId, Preparing>,
}

#[derive(Debug)]
struct Preparing {
    to: PublicKey,
    path: PathBuf,
    /// The person wants it no longer.
    is_cancelled: bool,
}

/// What the window has to do about an offer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is offered although the person has cancelled it: it was too late to stop it.
    Unwanted(PublicKey, Row),
    /// It could not be offered, perhaps for this reason.
    Failed(PublicKey, PathBuf, Option<OfferError>),
    /// So many links and devices in the folder are left out.
    LeftOut(PathBuf, u32),
}

impl Offers {
    /// These are to be offered to the holder of this key.
    pub fn add(&mut self, to: PublicKey, paths: Vec<PathBuf>) {
        self.waiting
            .extend(paths.into_iter().map(|path| (to, path)));
    }

    /// The next one, if the worker has room for it. [`Self::taken`] says that it has taken it.
    pub fn next(&self) -> Option<(PublicKey, PathBuf)> {
        let has_room = self.preparing.len() < MOST_PREPARING;
        self.waiting.front().filter(|_| has_room).cloned()
    }

    /// The worker has taken the next one under this name.
    pub fn taken(&mut self, id: MessageId) {
        if let Some((to, path)) = self.waiting.pop_front() {
            let is_cancelled = false;
            self.preparing.insert(
                id,
                Preparing {
                    to,
                    path,
                    is_cancelled,
                },
            );
        }
    }

    /// The worker was told that the person wants this one no longer.
    pub fn cancelled(&mut self, id: MessageId) {
        if let Some(preparing) = self.preparing.get_mut(&id) {
            preparing.is_cancelled = true;
        }
    }

    /// Takes in what became of them.
    pub fn hear(&mut self, event: &Event) -> Option<Outcome> {
        match event {
            Event::LeftOut { id, count } => {
                let preparing = self.preparing.get(id)?;
                Some(Outcome::LeftOut(preparing.path.clone(), *count))
            }
            Event::Stored { id, row, .. } => {
                let Preparing {
                    to, is_cancelled, ..
                } = self.preparing.remove(id)?;
                is_cancelled.then_some(Outcome::Unwanted(to, *row))
            }
            Event::NotStored { id, .. } => self.failed(*id, None),
            Event::OfferFailed { id, why } => {
                let failed = self.failed(*id, Some(*why));
                failed.filter(|_| *why != OfferError::Cancelled)
            }
            _ => None,
        }
    }

    /// The worker has crashed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    fn failed(&mut self, id: MessageId, why: Option<OfferError>) -> Option<Outcome> {
        let Preparing { to, path, .. } = self.preparing.remove(&id)?;
        Some(Outcome::Failed(to, path, why))
    }
}
