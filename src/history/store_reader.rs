//! Reads the store whenever it is there: waits for it, and opens it again when another file takes its place.
//!
//! If it is damaged, the next start of the program will check it.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::shutdown::Shutdown;
use crate::store::{self, ReadConnection, Snapshot, StoreError};

/// Number of pauses of [`Shutdown::pause`] that a query waits for the file: two seconds.
const PATIENCE: u32 = 100;

/// A read of a busy file waits by itself; it counts as this many pauses.
const BUSY_PAUSES: u32 = 6;

/// See the [module](self).
pub(super) struct StoreReader {
    folder: PathBuf,
    /// The name under which its connection is interrupted.
    name: &'static str,
    shutdown: Shutdown,
    open: Option<(ReadConnection, Option<FileId>)>,
}

impl StoreReader {
    pub(super) fn new(folder: &Path, name: &'static str, shutdown: Shutdown) -> Self {
        Self {
            folder: folder.to_owned(),
            name,
            shutdown,
            open: None,
        }
    }

    /// Reads the store once it is there; waits two seconds for it at most. Calls `read` again if the file turns out
    /// to be no good: a new one may replace it.
    pub(super) fn read<T>(
        &mut self,
        mut read: impl FnMut(&Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut pauses = 0;
        loop {
            let error = match self.read_once(&mut read) {
                Err(
                    error @ (StoreError::Damaged
                    | StoreError::Busy
                    // The worker is about to change the file's journal.
                    | StoreError::NoSharedMemory
                    | StoreError::Io(io::ErrorKind::NotFound)),
                ) => error,
                other => return other,
            };
            pauses += if error == StoreError::Busy {
                BUSY_PAUSES
            } else {
                1
            };
            if pauses > PATIENCE || !self.shutdown.pause() {
                if error == StoreError::Damaged {
                    store::report_damage(&self.folder);
                }
                return Err(error);
            }
        }
    }

    /// Reads the store if there is one.
    pub(super) fn read_once<T>(
        &mut self,
        read: impl FnOnce(&Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let answer = self
            .connection()
            .and_then(|connection| connection.read(read));
        if matches!(
            answer,
            Err(StoreError::Damaged | StoreError::NoSharedMemory | StoreError::Io(_))
        ) {
            // An open file can't be set aside everywhere.
            self.open = None;
        }
        answer
    }

    fn connection(&mut self) -> Result<&ReadConnection, StoreError> {
        let id = file_id(&self.folder);
        let open = match self.open.take() {
            Some((connection, known)) if known == id => (connection, known),
            // Another file has this name now, or none.
            _ => {
                let connection = ReadConnection::open(&self.folder)?;
                self.shutdown
                    .watch(self.name, connection.interrupt_handle());
                (connection, id)
            }
        };
        Ok(&self.open.insert(open).0)
    }
}

/// Identifies the file of the store; `None` where the system can't.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = ();

#[cfg(unix)]
fn file_id(folder: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(folder.join(store::FILE_NAME)).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// On other systems an open file can't be replaced.
#[cfg(not(unix))]
fn file_id(_folder: &Path) -> Option<FileId> {
    None
}
