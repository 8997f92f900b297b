//! The thread that keeps the index up to date with the store, in small steps.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use crossbeam_channel::select;
use thread_priority::{ThreadPriority, set_current_thread_priority};

use super::{
    index::{EndWatch, Fault, Index, SharedIndex},
    shutdown::Shutdown,
    store_reader::StoreReader,
};
use crate::store::{Changes, Row, Snapshot, StoreError};

/// How long to wait after a change before indexing: several changes together take less time.
const GATHERING: Duration = Duration::from_millis(100);
/// Maximum number of times that a damaged index is built again while the program runs.
const MOST_REBUILDS: u32 = 3;

/// See the [module](self).
pub(super) struct Indexer {
    folder: PathBuf,
    changes: Changes,
    store: StoreReader,
    shared: SharedIndex,
    index: Option<Index>,
    /// Something was forgotten whose bytes are still in the file.
    unpurged: bool,
    rebuilds: u32,
    shutdown: Shutdown,
}

/// How much of the index is checked before anything is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Whether each conversation is still the one that was indexed.
    Conversations,
    /// Also whether all that was indexed of it is still there.
    Messages,
}

impl Indexer {
    pub(super) fn new(
        folder: &Path,
        changes: Changes,
        shared: SharedIndex,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            changes,
            store: StoreReader::new(folder, "store", shutdown.clone()),
            shared,
            index: None,
            unpurged: false,
            rebuilds: 0,
            shutdown,
        }
    }

    /// Runs until shutdown.
    pub(super) fn run(mut self) {
        let _watch = EndWatch(self.shared.clone());
        // Conversations, the window and other programs go first.
        if let Err(error) = set_current_thread_priority(ThreadPriority::Min) {
            tracing::debug!(?error, "the index has the priority of any other thread");
        }
        Index::remove_first(&self.folder);
        // Something may have been erased before this start.
        let mut check = Check::Messages;
        while !self.shutdown.is_requested() {
            if self.changes.take_erased() {
                check = Check::Messages;
            }
            match self.catch_up(check) {
                Ok(()) => check = Check::Conversations,
                // The store will announce its first commit.
                Err(Fault::Store(StoreError::Io(io::ErrorKind::NotFound))) => {}
                Err(fault) => self.mend(fault),
            }
            if self.unpurged && self.shutdown.pause() {
                continue;
            }
            select! {
                recv(self.changes.receiver()) -> _ => self.shutdown.sleep(GATHERING),
                recv(self.shutdown.receiver()) -> _ => false,
            };
        }
    }

    /// Indexes until nothing is left to do.
    fn catch_up(&mut self, check: Check) -> Result<(), Fault> {
        let conversations = self.store.read(Snapshot::conversations)?;
        if self.shared.lock().is_damaged {
            self.index = None;
        }
        if self.index.is_none() {
            self.index = Some(self.open()?);
        }
        let Some(index) = &mut self.index else {
            return Ok(());
        };
        for id in index.known()? {
            let Some(watermark) = index.watermark(id)? else {
                continue;
            };
            let conversation = conversations.iter().find(|one| one.id == id);
            let is_true = match (conversation, check) {
                (None, _) => false,
                (Some(conversation), Check::Conversations) => watermark.fits(conversation),
                (Some(conversation), Check::Messages) => self
                    .store
                    .read_once(|store| watermark.is_true(conversation, store))?,
            };
            if !is_true {
                index.forget(id)?;
                self.unpurged = true;
            }
        }
        let mut is_behind = true;
        while is_behind && !self.shutdown.is_requested() && !self.changes.is_erased() {
            self.rewrite()?;
            is_behind = self.add_next()?;
            if is_behind && !self.changes.receiver().is_empty() {
                self.shutdown.sleep(GATHERING);
            }
        }
        match &self.index {
            Some(index) => index.rest(),
            None => Ok(()),
        }
    }

    /// Follows edits and deletions of texts that are indexed.
    fn rewrite(&mut self) -> Result<(), Fault> {
        let conversations = self.store.read(Snapshot::conversations)?;
        let Some(index) = &mut self.index else {
            return Ok(());
        };
        let counts = conversations.iter().map(|one| (one.id, one.rewritten));
        let counts: BTreeMap<_, _> = counts.collect();
        let rewritten = self.changes.take_rewritten(|one| {
            let count = counts.get(&one.conversation);
            count.is_none_or(|count| one.number <= *count)
        });
        for id in index.known()? {
            let (Some(watermark), Some(count)) = (index.watermark(id)?, counts.get(&id)) else {
                continue;
            };
            if watermark.rewritten != *count {
                if !index.rewrite(id, &rewritten, *count)? {
                    index.forget(id)?;
                }
                self.unpurged = true;
            }
        }
        if self.unpurged {
            self.unpurged = !index.purge()?;
        }
        Ok(())
    }

    /// Indexes some of every conversation, so that none waits for a long one. Returns whether there may be more.
    fn add_next(&mut self) -> Result<bool, Fault> {
        let conversations = self.store.read(Snapshot::conversations)?;
        let Some(index) = &mut self.index else {
            return Ok(false);
        };
        let mut is_behind = false;
        for conversation in conversations {
            let watermark = index.watermark(conversation.id)?;
            let up_to = watermark.map_or(Row::ZERO, |watermark| watermark.up_to);
            if !self.shutdown.is_requested() && up_to < conversation.complete_up_to {
                is_behind |= index.add_next(&mut self.store, &conversation)?;
            }
        }
        Ok(is_behind)
    }

    /// Opens the file; a damaged one is built again.
    fn open(&mut self) -> Result<Index, Fault> {
        let mut shared = self.shared.lock();
        // One that is damaged is closed here: on Windows a file that is open can't be removed.
        let opened = Index::open(&self.folder, &self.shutdown).and_then(|index| {
            (!shared.is_damaged)
                .then_some(index)
                .ok_or(StoreError::Damaged)
        });
        let opened = match opened {
            // Once more would not help either.
            Err(StoreError::Damaged) if self.rebuilds == MOST_REBUILDS => {
                Err(StoreError::Io(io::ErrorKind::Other))
            }
            Err(StoreError::Damaged) => {
                tracing::warn!("the index is built again");
                self.rebuilds += 1;
                shared.close();
                let removed = Index::remove(&self.folder).map_err(StoreError::from);
                removed.and_then(|()| Index::open(&self.folder, &self.shutdown))
            }
            other => other,
        };
        shared.is_damaged &= opened.is_err();
        opened.map_err(Fault::Index)
    }

    fn mend(&mut self, fault: Fault) {
        tracing::warn!(?fault, "the index is behind");
        if let Fault::Index(error) = fault {
            self.index = None;
            if error == StoreError::Damaged {
                self.shared.lock().is_damaged = true;
                self.changes.notifier().changed();
            }
        }
    }
}
