//! The trees of sources that were offered a short while ago, so that these are not hashed again when they are sent.

use std::sync::{Arc, Mutex, PoisonError};

use super::tree::Tree;

/// Maximum size of all trees that are kept while nothing is sent with them, in bytes: those of 32 GiB.
const MOST_BYTES: usize = 8 << 20;

/// The trees, the oldest first.
#[derive(Clone, Default)]
pub(super) struct Trees(Arc<Mutex<Vec<Arc<Tree>>>>);

impl Trees {
    /// The tree of this root, if it is known.
    pub(super) fn find(&self, root: &[u8; 32]) -> Option<Arc<Tree>> {
        let trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trees.iter().find(|tree| tree.root() == *root).cloned()
    }

    /// Keeps a tree, in place of older ones.
    pub(super) fn keep(&self, tree: Arc<Tree>) {
        let mut trees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trees.retain(|known| known.root() != tree.root());
        trees.push(tree);
        // A small tree takes memory too.
        let weight = |tree: &Arc<Tree>| tree.weight() + 256;
        while trees.iter().map(weight).sum::<usize>() > MOST_BYTES {
            trees.remove(0);
        }
    }
}
