//! What the owner of [`Files`](super::Files) hears of its jobs.

use std::path::PathBuf;

use super::{JobId, PrepareError, ReceiveError, SendError, Source};

/// What [`Files::poll`](super::Files::poll) returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesEvent {
    /// A source can be offered.
    Prepared {
        /// Of which job.
        job: JobId,
        /// What to offer.
        source: Source,
        /// Number of links and devices in the folder, which are left out.
        left_out: u32,
    },
    /// A source can't be offered.
    PrepareFailed {
        /// Which job.
        job: JobId,
        /// Why.
        why: PrepareError,
    },
    /// How far a job is; only the newest of each job is kept. While something is prepared, or hashed again before it is
    /// sent: bytes that were hashed. While something arrives: bytes that are verified and written, counted from the
    /// beginning of the stream.
    Progress {
        /// Which job.
        job: JobId,
        /// How many bytes.
        bytes: u64,
        /// How many bytes the stream has.
        of: u64,
    },
    /// Data can be asked for, and handed to [`Files::write`](super::Files::write).
    Ready {
        /// Of which job.
        job: JobId,
        /// From which byte of the stream on; a multiple of [`GROUP`](super::GROUP).
        offset: u64,
    },
    /// All of it has arrived, is verified, on the disk and under its name.
    Arrived {
        /// Of which job.
        job: JobId,
        /// The file or folder.
        path: PathBuf,
    },
    /// Receiving has ended before everything was there.
    ReceiveFailed {
        /// Which job.
        job: JobId,
        /// Why. What was written can be continued, unless this says otherwise.
        why: ReceiveError,
    },
    /// What was to be [deleted](super::Files::discard) is gone, or can't be deleted.
    Discarded {
        /// The part.
        part: PathBuf,
    },
    /// A job was stopped with [`Files::stop`](super::Files::stop), and uses no file any more.
    Stopped {
        /// Which job.
        job: JobId,
    },
}

/// What [`Files::take_chunk`](super::Files::take_chunk) returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// 1 to [`CHUNK`](super::CHUNK) bytes of the encoding, to be sent in this order.
    Chunk(Vec<u8>),
    /// Nothing yet. The owner is woken when there is something.
    NotYet,
    /// There is no more; the job is over. Also for a job that is not known.
    End(Result<(), SendError>),
}
