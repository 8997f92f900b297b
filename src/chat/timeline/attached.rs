//! The file or folder that a message is about.

use std::path::{Path, PathBuf};

use crate::{
    net::OfferError,
    store::{FileInfo, FileState},
};

/// What is attached to a message, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// Ours. The worker reads it before it is offered; how far that is, in percent, if it takes a while.
    Preparing(PathBuf, Option<u64>),
    /// Ours. It could not be offered.
    Refused(PathBuf, OfferError),
    /// It was offered.
    Offered(FileInfo),
}

impl Attached {
    /// Where it is on this computer, if it is there whole. Somebody may have moved it since.
    pub fn path(&self, is_mine: bool) -> Option<&Path> {
        match self {
            Self::Preparing(path, _) | Self::Refused(path, _) => Some(path),
            Self::Offered(file) if is_mine || file.state == FileState::Arrived => {
                file.path.as_deref()
            }
            Self::Offered(_) => None,
        }
    }
}
