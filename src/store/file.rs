//! Files that are offered. An offer is a message whose text is the file's name; the rest of it is here.

use std::path::{Path, PathBuf};

/// Maximum number of offers of a peer that wait for an answer. Further ones are declined at once, and one row counts them.
pub const MOST_OFFERS: u32 = 1_000;

/// Maximum number of changes that wait for a peer while its offers beyond [`MOST_OFFERS`] are declined.
pub const MOST_DECLINES: u32 = 10_000;

/// What the window shows of an offer, beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// In bytes.
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

/// What an offer says, beside the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOffer {
    /// Of the stream: the content of a file, or the manifest of a folder and what is in its files. In bytes.
    pub size: u64,
    /// The length of the manifest, in bytes; 0 for a single file.
    pub manifest: u32,
    /// The number of files in a folder; 0 for a single file.
    pub files: u32,
    /// The BLAKE3 hash of the stream.
    pub root: [u8; 32],
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

impl FileState {
    /// What becomes of it if somebody does this: we, or else the peer. `None` if nothing does, because it is over or that side
    /// may not.
    pub(super) fn after(self, change: FileChange, by_me: bool, is_mine: bool) -> Option<Self> {
        let by_receiver = by_me != is_mine;
        let after = match (self, change) {
            (Self::Offered, FileChange::Accept) if by_receiver => Self::Accepted,
            (Self::Offered, FileChange::Decline) if by_receiver => Self::Declined,
            // Whatever was decided meanwhile, it is there.
            (
                Self::Accepted
                | Self::Paused { .. }
                | Self::Cancelled { .. }
                | Self::Changed
                | Self::Failed(_),
                FileChange::Arrived,
            ) if by_receiver => Self::Arrived,
            (_, _) if self.is_over() => return None,
            (_, FileChange::Cancel) => Self::Cancelled { by_me },
            (_, FileChange::Changed) if !by_receiver => Self::Changed,
            (_, FileChange::Failed(why)) => Self::Failed(why),
            (Self::Accepted, FileChange::Pause) => Self::Paused {
                by_me,
                by_them: !by_me,
                disk_full: false,
            },
            (
                Self::Paused {
                    by_me: mine,
                    by_them: theirs,
                    disk_full,
                },
                FileChange::Pause,
            ) => Self::Paused {
                by_me: mine || by_me,
                by_them: theirs || !by_me,
                disk_full,
            },
            (
                Self::Paused {
                    by_me: mine,
                    by_them: theirs,
                    disk_full,
                },
                FileChange::Resume,
            ) => match (mine && !by_me, theirs && by_me) {
                (false, false) => Self::Accepted,
                (by_me, by_them) => Self::Paused {
                    by_me,
                    by_them,
                    disk_full: disk_full && by_me,
                },
            },
            _ => return None,
        };
        (after != self).then_some(after)
    }

    /// The two numbers in the table: the state, and who paused it.
    pub(super) fn columns(self) -> (i64, i64) {
        match self {
            Self::TooMany(_) => (TOO_MANY, 0),
            Self::Offered => (OFFERED, 0),
            Self::Accepted => (ACCEPTED, 0),
            Self::Paused {
                by_me,
                by_them,
                disk_full,
            } => {
                let bits = [(by_me, 1), (by_them, 2), (disk_full, 4)];
                let bits = bits.into_iter().filter(|(is_set, _)| *is_set);
                (ACCEPTED, bits.map(|(_, bit)| bit).sum())
            }
            Self::Arrived => (2, 0),
            Self::Declined => (3, 0),
            Self::Cancelled { by_me: true } => (4, 0),
            Self::Cancelled { by_me: false } => (5, 0),
            Self::Changed => (6, 0),
            Self::Failed(why) => (FAILED + why.number(), 0),
        }
    }

    /// The other way round. `files` is what [`Self::TooMany`] counts.
    pub(super) fn from_columns(state: i64, paused: i64, files: u32) -> Option<Self> {
        Some(match state {
            TOO_MANY => Self::TooMany(files),
            OFFERED => Self::Offered,
            ACCEPTED if paused & 1 == 0 && paused & 2 == 0 => Self::Accepted,
            ACCEPTED => Self::Paused {
                by_me: paused & 1 != 0,
                by_them: paused & 2 != 0,
                disk_full: paused & 4 != 0,
            },
            2 => Self::Arrived,
            3 => Self::Declined,
            4 | 5 => Self::Cancelled { by_me: state == 4 },
            6 => Self::Changed,
            _ => Self::Failed(FileFailure::from_number(state - FAILED)?),
        })
    }
}

const TOO_MANY: i64 = -1;
const OFFERED: i64 = 0;
const ACCEPTED: i64 = 1;
/// The first of these states.
const FAILED: i64 = 7;

impl FileFailure {
    /// As it is in the table.
    fn number(self) -> i64 {
        match self {
            Self::Unreadable => 0,
            Self::DiskFull => 1,
            Self::Unwritable => 2,
            Self::Invalid => 3,
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Unreadable,
            1 => Self::DiskFull,
            2 => Self::Unwritable,
            3 => Self::Invalid,
            _ => return None,
        })
    }
}

impl FileChange {
    /// As it is in the outbox.
    pub(super) fn code(self) -> String {
        let number = match self {
            Self::Decline => 0,
            Self::Accept => 1,
            Self::Cancel => 2,
            Self::Pause => 3,
            Self::Resume => 4,
            Self::Arrived => 5,
            Self::Changed => 6,
            Self::Failed(why) => 7 + why.number(),
        };
        number.to_string()
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Some(match code.parse().ok()? {
            0 => Self::Decline,
            1 => Self::Accept,
            2 => Self::Cancel,
            3 => Self::Pause,
            4 => Self::Resume,
            5 => Self::Arrived,
            6 => Self::Changed,
            number => Self::Failed(FileFailure::from_number(number - 7)?),
        })
    }
}

/// A path as bytes of the system. Elsewhere than on Unix, one that is not Unicode loses what is not.
pub(super) fn path_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = path.to_string_lossy().into_owned().into_bytes();
    bytes
}

/// The other way round.
pub(super) fn path_of(bytes: Vec<u8>) -> PathBuf {
    #[cfg(unix)]
    let path = <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes);
    #[cfg(not(unix))]
    let path = String::from_utf8_lossy(&bytes).into_owned();
    PathBuf::from(path)
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
