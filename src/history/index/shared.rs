//! The connection of searches to the index. Both threads can close it: a file that is open can't be removed everywhere.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

use super::open_to_read;
use crate::history::shutdown::Shutdown;

/// See the [module](self).
#[derive(Clone)]
pub(in crate::history) struct SharedIndex(Arc<Mutex<Slot>>);

/// The connection, if there is one.
pub(in crate::history) struct Slot {
    folder: PathBuf,
    open: Option<Connection>,
    /// The file was found to be damaged, and has to be built again.
    pub(in crate::history) is_damaged: bool,
    /// The thread that writes the file has panicked, and the window does not know.
    has_ended: bool,
}

/// Held by the thread that writes the file: tells of its end if it panics.
pub(in crate::history) struct EndWatch(pub(in crate::history) SharedIndex);

impl Drop for EndWatch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().has_ended = true;
        }
    }
}

impl SharedIndex {
    pub(in crate::history) fn new(folder: &Path) -> Self {
        Self(Arc::new(Mutex::new(Slot {
            folder: folder.to_owned(),
            open: None,
            is_damaged: false,
            has_ended: false,
        })))
    }

    pub(in crate::history) fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The index, if there is a good one.
    pub(in crate::history) fn open(&mut self, shutdown: &Shutdown) -> Option<&Connection> {
        if self.is_damaged {
            return None;
        }
        if self.open.is_none() {
            self.open = open_to_read(&self.folder, shutdown).ok();
        }
        self.open.as_ref()
    }

    /// Whether the thread that writes the file has panicked. True once.
    pub(in crate::history) fn take_end(&mut self) -> bool {
        std::mem::take(&mut self.has_ended)
    }

    pub(in crate::history) fn close(&mut self) {
        self.open = None;
    }
}
