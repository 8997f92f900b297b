//! Files that are to be offered, a few at a time: reading them takes long, and the worker takes only so many.

use std::{
    collections::{BTreeSet, VecDeque},
    path::PathBuf,
};

use crate::{
    identity::PublicKey,
    net::{Event, MessageId},
};

/// Maximum number of files that the worker reads or is about to read for an offer. It refuses more than 64.
const MOST_PREPARING: usize = 32;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Offers {
    /// Not handed to the worker yet, in order.
    waiting: VecDeque<(PublicKey, PathBuf)>,
    /// Handed to it, and not answered yet.
    preparing: BTreeSet<MessageId>,
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
        self.waiting.pop_front();
        self.preparing.insert(id);
    }

    /// Takes in what became of them.
    pub fn hear(&mut self, event: &Event) {
        if let Event::Stored { id, .. }
        | Event::NotStored { id, .. }
        | Event::OfferFailed { id, .. } = event
        {
            self.preparing.remove(id);
        }
    }

    /// The worker has crashed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
