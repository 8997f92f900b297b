//! What the views see of the disk. It is read on other threads.

use super::{
    free_space::{AskFree, FreeSpace},
    pictures::Pictures,
};

/// See the [module](self).
pub(super) struct Disk {
    /// Pictures that have been received or sent.
    pub pictures: Pictures,
    pub free_space: FreeSpace,
}

impl Disk {
    pub fn new(ask_free: AskFree) -> Self {
        Self {
            pictures: Pictures::default(),
            free_space: FreeSpace::new(ask_free),
        }
    }
}
