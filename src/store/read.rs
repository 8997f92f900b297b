//! Reading the store from other threads, which never delays the worker: each has a connection of its own.

mod dates;
mod list;
mod page;
mod texts;

use std::{fs, io, path::Path, time::Duration};

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use super::{
    FILE_NAME, StoreError,
    message::{ConversationId, Message},
    schema::{VERSION, version},
    write::find,
};
use crate::identity::PeerId;

pub use list::{MOST_CONVERSATIONS, MOST_UNREAD, Summary};
pub use page::{At, PAGE, PAGE_BYTES, Page};
pub use texts::{IndexedConversation, Texts};

/// How long the writer may keep the file to itself, in the rare moments when it does. Short, because a thread that waits
/// here can't be interrupted; who wants to wait longer asks again.
const BUSY: Duration = Duration::from_millis(100);
/// Size of a connection's page cache, in KiB.
const CACHE_KIB: i64 = 1_024;

/// A connection that only reads.
#[derive(Debug)]
pub struct ReadConnection(Snapshot);

/// The store as it was at one moment, while the worker goes on writing.
#[derive(Debug)]
pub struct Snapshot(Connection);

impl ReadConnection {
    /// Opens the store in this folder; never creates it.
    ///
    /// # Errors
    /// See [`StoreError`]. `Io(NotFound)` if there is none, or it is only just being created or migrated.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE_NAME);
        // An empty file is about to be filled, and must not be locked meanwhile.
        if fs::metadata(&path)?.len() == 0 {
            return Err(StoreError::Io(io::ErrorKind::NotFound));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        let version = version(&connection)?;
        if version > VERSION {
            return Err(StoreError::Newer);
        }
        if version < VERSION {
            return Err(StoreError::Io(io::ErrorKind::NotFound));
        }
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Ok(Self(Snapshot(connection)))
    }

    /// Interrupts the statement that is running, from another thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.0.0.get_interrupt_handle()
    }

    /// Reads the store as it is now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // Ends when it is dropped.
        let _transaction = self.0.0.unchecked_transaction()?;
        read(&self.0)
    }
}

impl Snapshot {
    /// The conversation with this peer, if there is one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn find(&self, peer_id: &PeerId) -> Result<Option<ConversationId>, StoreError> {
        Ok(find(&self.0, peer_id)?)
    }
}

impl Message {
    /// What it counts against a limit, in bytes.
    pub fn size(&self) -> usize {
        self.text.len() + self.raw.as_ref().map_or(0, Vec::len)
    }
}
