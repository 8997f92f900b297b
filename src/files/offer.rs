//! What is offered, where it comes from and where it goes.

use std::path::PathBuf;

use super::{MOST_BYTES, MOST_FILES, MOST_MANIFEST, MOST_NAME};

/// What is offered: all that the receiver has to know before it accepts, and all that it needs to verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The name of the file or the folder, at most [`MOST_NAME`] bytes. As the sender says; [`safe_name`](super::safe_name) makes it one
    /// that can be shown and written.
    pub name: String,
    /// Size of the stream in bytes, at most [`MOST_BYTES`].
    pub size: u64,
    /// What it is.
    pub kind: Kind,
    /// The BLAKE3 hash of the stream.
    pub root: [u8; 32],
}

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A single file.
    File,
    /// A folder.
    Folder {
        /// Length of its manifest in bytes, from 1 to [`MOST_MANIFEST`], and at most the size of the stream.
        manifest: u32,
        /// Number of files, at most [`MOST_FILES`].
        files: u32,
    },
}

impl Offer {
    /// Whether an offer that a peer made keeps to the limits.
    pub fn is_valid(&self) -> bool {
        let kind = match self.kind {
            Kind::File => true,
            Kind::Folder { manifest, files } => {
                (1..=MOST_MANIFEST).contains(&manifest)
                    && u64::from(manifest) <= self.size
                    && files <= MOST_FILES
            }
        };
        kind && self.size <= MOST_BYTES && (1..=MOST_NAME).contains(&self.name.len())
    }

    /// What the files take on the disk, in bytes: the stream without the manifest. It is what a person is shown.
    pub fn content(&self) -> u64 {
        match self.kind {
            Kind::File => self.size,
            Kind::Folder { manifest, .. } => self.size.saturating_sub(manifest.into()),
        }
    }
}

/// A file or folder of ours that is offered. The store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is: what the person chose, or a copy without the location in the folder for outgoing pictures.
    pub path: PathBuf,
    /// What was offered. If the file is not this any more, sending it ends with [`SendError::Changed`](super::SendError::Changed).
    pub offer: Offer,
}

/// Where something that arrives is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The folder that it goes into. It is created if it is missing.
    pub folder: PathBuf,
    /// What arrives. It must be [valid](Offer::is_valid).
    pub offer: Offer,
    /// Where what has arrived so far is, from [`Files::new_part`](super::Files::new_part). The store keeps it before
    /// anything is written, or a kill would leave a part that nobody knows of.
    pub part: PathBuf,
    /// Whether an earlier job with this part was begun. It arrives in the folder of the part then.
    pub is_begun: bool,
}
