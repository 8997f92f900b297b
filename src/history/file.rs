//! The store's file, opened to be read, whenever it is there.
//!
//! Never makes it, and never writes to it. Where it is damaged, the next start of the program is told to look at it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::life::Life;
use crate::store::{self, StoreError};

/// Steps of [`Life::pause`] that a question waits for the file: two seconds.
const PATIENCE: u32 = 100;
/// How long the writer may keep the file to itself, in the rare moments when it does.
const BUSY: Duration = Duration::from_secs(2);
/// What a connection remembers of its file, in KiB.
const CACHE_KIB: i64 = 1_024;

/// See the [module](self).
pub(super) struct Source {
    path: PathBuf,
    /// Who asks.
    name: &'static str,
    life: Life,
    open: Option<(Connection, Option<FileId>)>,
}

impl Source {
    pub(super) fn new(folder: &Path, name: &'static str, life: Life) -> Self {
        Self {
            path: folder.join(store::FILE_NAME),
            name,
            life,
            open: None,
        }
    }

    /// Asks, as soon as there is a store to be asked; waits two seconds for it at most. It may be asked
    /// again if the file turns out to be no good: a new one may come.
    pub(super) fn ask<T>(
        &mut self,
        mut ask: impl FnMut(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut steps = 0;
        loop {
            let error = match self.ask_once(&mut ask) {
                Err(
                    error @ (StoreError::Damaged
                    | StoreError::Busy
                    | StoreError::Io(io::ErrorKind::NotFound)),
                ) => error,
                other => return other,
            };
            steps += 1;
            if steps > PATIENCE || !self.life.pause() {
                if error == StoreError::Damaged {
                    store::doubt(&self.path);
                }
                return Err(error);
            }
        }
    }

    /// Asks the store, if there is one.
    pub(super) fn ask_once<T>(
        &mut self,
        mut ask: impl FnMut(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let answer = self.connection().and_then(&mut ask);
        if matches!(answer, Err(StoreError::Damaged | StoreError::Io(_))) {
            // It must not stand in the way of being put aside.
            self.open = None;
        }
        answer
    }

    fn connection(&mut self) -> Result<&Connection, StoreError> {
        let identity = file_id(&self.path);
        let open = match self.open.take() {
            Some((connection, known)) if known == identity => (connection, known),
            // Another file, if any, has this name now.
            _ => (self.open_file()?, identity),
        };
        Ok(&self.open.insert(open).0)
    }

    fn open_file(&self) -> Result<Connection, StoreError> {
        // An empty one is about to be made, and not to be disturbed in that.
        if fs::metadata(&self.path)?.len() == 0 {
            return Err(StoreError::Io(io::ErrorKind::NotFound));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY)?;
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version > store::VERSION {
            return Err(StoreError::Newer);
        }
        if version < store::VERSION {
            return Err(StoreError::Io(io::ErrorKind::NotFound));
        }
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        self.life.watch(self.name, &connection);
        Ok(connection)
    }
}

/// Which file it is that has this name; nothing where the system doesn't say.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = ();

#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere than on Unix, a file that is open can't be replaced.
#[cfg(not(unix))]
fn file_id(_path: &Path) -> Option<FileId> {
    None
}
