//! The other profiles in the same data folder, recognised by their keys.
//!
//! Two windows on one computer talk without a question. That a call comes from this computer does not suffice: so do
//! those of its other users, and of everybody behind a tunnel or a container.

use std::{fmt, path::PathBuf};

use crate::{
    identity::{PublicKey, key_in},
    profile,
};

/// Whether this is the key of a sibling.
type IsSibling = dyn Fn(&PublicKey) -> bool + Send;

/// The other profiles in the same data folder. By default there are none.
#[derive(Default)]
pub struct Siblings(Option<Box<IsSibling>>);

impl Siblings {
    /// The profiles in this data folder, those that are created later included.
    pub fn in_folder(base: PathBuf) -> Self {
        Self::by(move |key| profile::folders(&base).any(|folder| key_in(&folder) == Some(*key)))
    }

    /// Those whose keys this says yes to.
    pub fn by(is_sibling: impl Fn(&PublicKey) -> bool + Send + 'static) -> Self {
        Self(Some(Box::new(is_sibling)))
    }

    /// Whether this is the key of one. Reads files.
    pub(super) fn contains(&self, key: &PublicKey) -> bool {
        self.0.as_ref().is_some_and(|is_sibling| is_sibling(key))
    }
}

impl fmt::Debug for Siblings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Siblings")
    }
}
