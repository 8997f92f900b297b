//! Which journal `SQLite` keeps beside its file.

use rusqlite::Connection;

use super::StoreError;

/// A journal of `SQLite`. Both are equally safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journal {
    /// A write-ahead log, which needs memory that processes share through a file.
    WriteAhead,
    /// The older rollback journal, which is slower and needs nothing.
    Rollback,
}

impl Journal {
    /// Opens a file with a write-ahead log, or where the file system has no shared memory, as on many network shares,
    /// with a rollback journal. `open` calls [`Self::prepare`] before it reads anything, and [`Self::set`] before it writes.
    pub fn choose<T>(mut open: impl FnMut(Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match open(Self::WriteAhead) {
            Err(StoreError::NoSharedMemory) => {
                tracing::warn!("no shared memory there: the database has no write-ahead log");
                open(Self::Rollback)
            }
            other => other,
        }
    }

    /// A file with a write-ahead log can be read without shared memory only by one that excludes all others.
    pub fn prepare(self, connection: &Connection) -> Result<(), StoreError> {
        self.set_locking(connection, "exclusive")
    }

    /// Changes the file to this journal.
    pub fn set(self, connection: &Connection) -> Result<(), StoreError> {
        let name = match self {
            Self::WriteAhead => "wal",
            Self::Rollback => "truncate",
        };
        let taken: String =
            connection.pragma_update_and_check(None, "journal_mode", name, |row| row.get(0))?;
        if taken != name && taken != "memory" {
            tracing::warn!(taken, "the database has another journal");
        }
        self.set_locking(connection, "normal")?;
        // The log is opened, and a lock that is no longer wanted is released, only when the file is read.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        // On Unix SQLite gives them the mode of the file.
        #[cfg(windows)]
        if let Some(path) = connection.path().map(std::path::Path::new) {
            for ending in ["-wal", "-shm"] {
                let beside = crate::folder::with_ending(path, ending);
                if beside.exists() {
                    crate::folder::close_to_others(&beside);
                }
            }
        }
        Ok(())
    }

    fn set_locking(self, connection: &Connection, mode: &str) -> Result<(), StoreError> {
        if self == Self::Rollback {
            connection.pragma_update_and_check(None, "locking_mode", mode, |_| Ok(()))?;
        }
        Ok(())
    }
}
