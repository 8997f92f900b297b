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
}

impl SharedIndex {
    pub(in crate::history) fn new(folder: &Path) -> Self {
        Self(Arc::new(Mutex::new(Slot {
            folder: folder.to_owned(),
            open: None,
            is_damaged: false,
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

    pub(in crate::history) fn close(&mut self) {
        self.open = None;
    }
}
