//! Files that are offered. An offer is a message whose text is the file's name; the rest of it is here.

use std::path::PathBuf;

/// Maximum number of offers of a peer that wait for an answer. Further ones are declined, and one row counts them.
pub const MOST_OFFERS: u32 = 1_000;

/// What the window shows of an offer, beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// In bytes, with the list of names of a folder.
    pub size: u64,
    /// How many files a folder has; `None` for a single file.
    pub files: Option<u32>,
    /// Ours: the file or folder that was offered. The peer's: the file or folder once it has arrived, before that the folder
    /// it goes into; `None` until it is accepted.
    pub path: Option<PathBuf>,
    /// How much of it had moved when it last stopped, in bytes. [`Event::FileProgress`](crate::net::Event::FileProgress) says
    /// it while it moves.
    pub moved: u64,
    /// What became of it.
    pub state: FileState,
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileState {
    /// It waits for an answer.
    Offered,
    /// It moves as soon as both sides are connected.
    Accepted,
    /// It was accepted, and does not move until everybody who paused it resumes it.
    Paused {
        /// We did.
        by_me: bool,
        /// The peer did.
        by_them: bool,
        /// There is no room for it on the receiver's disk. Only known if that is ours; then `by_me` is true.
        disk_full: bool,
    },
    /// It is on the receiver's disk, whole.
    Arrived,
    /// Its receiver does not want it.
    Declined,
    /// Somebody gave it up.
    Cancelled {
        /// We did, or else the peer.
        by_me: bool,
    },
    /// The source is not what was offered any more.
    Changed,
    /// It can't be sent or received.
    Failed(FileFailure),
    /// No offer, but this many of the peer's that were declined because too many waited for an answer.
    TooMany(u32),
}

impl FileState {
    /// Whether nothing more will become of it.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Offered | Self::Accepted | Self::Paused { .. })
    }
}

/// Why a file can't be sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFailure {
    /// Its sender can't read it.
    Unreadable,
    /// Its receiver has no room for it.
    DiskFull,
    /// Its receiver can't write it.
    Unwritable,
    /// What was sent is not what was offered.
    Invalid,
}

/// What somebody does to an offer that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileChange {
    /// The receiver does not want it.
    Decline,
    /// The receiver wants it.
    Accept,
    /// Either side gives it up.
    Cancel,
    /// Either side lets it wait.
    Pause,
    /// The side that paused it lets it go on.
    Resume,
    /// The receiver has it, whole.
    Arrived,
    /// The sender no longer has what it offered.
    Changed,
    /// One side can't go on.
    Failed(FileFailure),
}
