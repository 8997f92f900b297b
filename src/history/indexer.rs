//! The thread that keeps the index behind the store, in small steps.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crossbeam_channel::select;
use thread_priority::{ThreadPriority, set_current_thread_priority};

use super::{
    file::Source,
    index::{self, Fault, Index},
    life::Life,
    search::Shelf,
};
use crate::store::{Changes, StoreError};

/// How long it lets things happen before it looks at them: together they take less time.
const GATHERING: Duration = Duration::from_millis(100);
/// As often it is made anew.
const MOST_ANEW: u32 = 3;

/// See the [module](self).
pub(super) struct Indexer {
    folder: PathBuf,
    changes: Changes,
    source: Source,
    shelf: Arc<Mutex<Shelf>>,
    index: Option<Index>,
    /// Something was forgotten that is still in the file.
    unpurged: bool,
    /// How often it was made anew.
    anew: u32,
    life: Life,
}

impl Indexer {
    pub(super) fn new(
        folder: &Path,
        changes: Changes,
        shelf: Arc<Mutex<Shelf>>,
        life: Life,
    ) -> Self {
        Self {
            folder: folder.to_owned(),
            changes,
            source: Source::new(folder, "store", life.clone()),
            shelf,
            index: None,
            unpurged: false,
            anew: 0,
            life,
        }
    }

    /// Until the window has gone.
    pub(super) fn run(mut self) {
        // A conversation, the window and other programs go first.
        if let Err(error) = set_current_thread_priority(ThreadPriority::Min) {
            tracing::debug!(?error, "the index takes its time like any other thread");
        }
        // What was erased while nobody looked.
        let mut doubts = true;
        while !self.life.is_over() {
            doubts |= self.changes.take_erased();
            match self.catch_up(doubts) {
                Ok(()) => doubts = false,
                // The store will announce its first commit.
                Err(Fault::Store(StoreError::Io(io::ErrorKind::NotFound))) => {}
                Err(fault) => self.mend(fault),
            }
            if self.unpurged && self.life.pause() {
                continue;
            }
            select! {
                recv(self.changes.receiver()) -> _ => self.life.rest(GATHERING),
                recv(self.life.over) -> _ => false,
            };
        }
    }

    /// Until nothing is left to be done.
    fn catch_up(&mut self, doubts: bool) -> Result<(), Fault> {
        let entries = self.source.ask(index::entries)?;
        if self
            .shelf
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .damaged
        {
            self.index = None;
        }
        if self.index.is_none() {
            self.index = Some(self.open()?);
        }
        let Some(index) = &mut self.index else {
            return Ok(());
        };
        for conversation in index.known()? {
            let entry = entries.iter().find(|entry| entry.id == conversation);
            let is_true = match entry {
                None => false,
                Some(entry) if doubts => {
                    with(&mut self.source, |store| index.is_true(store, entry))?
                }
                Some(entry) => index.fits(entry)?,
            };
            if !is_true {
                index.forget(conversation)?;
                self.unpurged = true;
            }
        }
        if self.unpurged {
            self.unpurged = !index.purge()?;
        }
        let mut is_behind = true;
        while is_behind && !self.life.is_over() && !self.changes.is_erased() {
            is_behind = self.feed()?;
            if is_behind && !self.changes.receiver().is_empty() {
                self.life.rest(GATHERING);
            }
        }
        match &self.index {
            Some(index) => index.rest(),
            None => Ok(()),
        }
    }

    /// Indexes some of every conversation, so that none waits for a long one. Returns whether there may be more.
    fn feed(&mut self) -> Result<bool, Fault> {
        let entries = self.source.ask(index::entries)?;
        let Some(index) = &mut self.index else {
            return Ok(false);
        };
        let mut is_behind = false;
        for entry in entries {
            if !self.life.is_over() && index.up_to(&entry)? < entry.last {
                is_behind |= with(&mut self.source, |store| index.feed(store, &entry))?;
            }
        }
        Ok(is_behind)
    }

    /// Opens the file; one that is no good is made anew.
    fn open(&mut self) -> Result<Index, Fault> {
        let mut on_shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match Index::open(&self.folder, &self.life) {
            Ok(index) if !on_shelf.damaged => Ok(index),
            // Once more would not help either.
            Ok(_) | Err(StoreError::Damaged) if self.anew == MOST_ANEW => {
                Err(StoreError::Io(io::ErrorKind::Other))
            }
            Ok(_) | Err(StoreError::Damaged) => {
                tracing::warn!("the index is made anew");
                self.anew += 1;
                on_shelf.open = None;
                let removed = Index::remove(&self.folder).map_err(StoreError::from);
                removed.and_then(|()| Index::open(&self.folder, &self.life))
            }
            Err(other) => Err(other),
        };
        on_shelf.damaged &= opened.is_err();
        opened.map_err(Fault::Index)
    }

    fn mend(&mut self, fault: Fault) {
        tracing::warn!(?fault, "the index is behind");
        if let Fault::Index(error) = fault {
            self.index = None;
            if error == StoreError::Damaged {
                let mut on_shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
                on_shelf.damaged = true;
                self.changes.notifier().changed();
            }
        }
    }
}

/// Asks both files something.
fn with<T>(
    source: &mut Source,
    mut ask: impl FnMut(&rusqlite::Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut of_index = None;
    let answer = source.ask_once(|store| match ask(store) {
        Ok(answer) => Ok(Some(answer)),
        Err(Fault::Store(error)) => Err(error),
        Err(Fault::Index(error)) => {
            of_index = Some(error);
            Ok(None)
        }
    })?;
    answer.ok_or(Fault::Index(of_index.unwrap_or(StoreError::Damaged)))
}
