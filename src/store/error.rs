//! Why the store can't do something.

use std::io;

use rusqlite::{ErrorCode, ffi};

/// Why something can't be kept or found. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file was written by a newer Duologue. It was left as it is.
    #[error("the database was written by a newer version of this program")]
    Newer,
    /// Another program has locked the file.
    #[error("another program is using the store")]
    Busy,
    /// The file system has no file locks, so two programs could spoil the file.
    #[error("the file system has no file locks")]
    NoLocks,
    /// The file system has no memory that is shared through a file, which a write-ahead log needs.
    #[error("the file system has no shared memory")]
    NoSharedMemory,
    /// Less of the disk is free than is left to other programs. Nothing is stored from peers.
    #[error("almost no space is left on the disk")]
    DiskLow,
    /// The system refused.
    #[error("the database can't be read or written: {0}")]
    Io(io::ErrorKind),
    /// The content of the file makes no sense. The next [`Store::open`](super::Store::open) sets it aside.
    #[error("the database is damaged")]
    Damaged,
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        tracing::warn!(%error, "store");
        Self::Io(error.kind())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error;

        tracing::warn!(%error, "store");
        match error {
            Error::SqliteFailure(error, _) | Error::SqlInputError { error, .. } => {
                match error.extended_code {
                    ffi::SQLITE_IOERR_LOCK
                    | ffi::SQLITE_IOERR_RDLOCK
                    | ffi::SQLITE_IOERR_UNLOCK
                    | ffi::SQLITE_IOERR_CHECKRESERVEDLOCK => return Self::NoLocks,
                    ffi::SQLITE_IOERR_SHMOPEN
                    | ffi::SQLITE_IOERR_SHMSIZE
                    | ffi::SQLITE_IOERR_SHMLOCK
                    | ffi::SQLITE_IOERR_SHMMAP => return Self::NoSharedMemory,
                    _ => {}
                }
                match error.code {
                    // Unknown is SQLITE_ERROR: one of our statements doesn't fit the tables.
                    ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => {
                        Self::Damaged
                    }
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::FileLockingProtocolFailed => Self::Busy,
                    ErrorCode::DiskFull => Self::Io(io::ErrorKind::StorageFull),
                    ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                        Self::Io(io::ErrorKind::PermissionDenied)
                    }
                    ErrorCode::OutOfMemory => Self::Io(io::ErrorKind::OutOfMemory),
                    _ => Self::Io(io::ErrorKind::Other),
                }
            }
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..) => Self::Damaged,
            _ => Self::Io(io::ErrorKind::Other),
        }
    }
}
