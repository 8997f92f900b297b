//! What is known of sources that were offered a short while ago, so that these are not read whole again when they are
//! sent.

use std::sync::{Arc, Mutex, PoisonError};

use super::{tree::Tree, walk::Cleaned};

/// Maximum size of everything that is kept while nothing is sent with it, in bytes: the trees of 32 GiB.
const MOST_BYTES: usize = 8 << 20;

/// What is known of a source.
#[derive(Clone)]
pub(super) struct Known {
    /// The tree above its stream.
    pub(super) tree: Arc<Tree>,
    /// The pictures in a folder that are sent without their location.
    pub(super) cleaned: Arc<Cleaned>,
}

impl Known {
    /// What it takes in memory, in bytes, roughly.
    fn weight(&self) -> usize {
        let names: usize = self.cleaned.keys().map(String::len).sum();
        self.tree.weight() + names + 64 * self.cleaned.len() + 256
    }
}

/// What is known of each source, the oldest first.
#[derive(Clone, Default)]
pub(super) struct Trees(Arc<Mutex<Vec<Known>>>);

impl Trees {
    /// What is known of the source with this root.
    pub(super) fn find(&self, root: &[u8; 32]) -> Option<Known> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|known| known.tree.root() == *root).cloned()
    }

    /// Keeps what is known of a source, in place of what is known of older ones.
    pub(super) fn keep(&self, known: Known) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|older| older.tree.root() != known.tree.root());
        all.push(known);
        let mut weight: usize = all.iter().map(Known::weight).sum();
        while weight > MOST_BYTES {
            weight -= all.remove(0).weight();
        }
    }
}
