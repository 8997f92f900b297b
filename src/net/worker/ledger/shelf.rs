//! Where the ledger keeps what is said: the store, or while that can't be opened, a store in memory that stands in.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{Ledger, Work};
use crate::{
    net::Event,
    store::{Kept, Opened, Store, StoreError},
};

/// How long to wait before opening a store again that could not be opened.
pub(super) const REOPEN: Duration = Duration::from_secs(3);

/// How long the start waits for another program that has locked the store. Later attempts wait for nobody.
const START: Duration = Duration::from_millis(500);

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) enum Shelf {
    /// Nothing has been opened yet, and there may be no memory for anything.
    #[default]
    None,
    /// The store: in the data folder, or in memory if there is no folder.
    Open(Store),
    /// The store in the data folder can't be opened: nobody is known, and what is said is kept in memory.
    Closed(Closed),
}

/// A store that can't be opened.
#[derive(Debug)]
pub(super) struct Closed {
    /// Stands in for the store.
    memory: Store,
    folder: PathBuf,
    /// Why it can't be opened, as the window knows it.
    error: StoreError,
    /// When to open it again.
    reopen_at: Instant,
}

impl Shelf {
    /// Opens the store in this folder, or one in memory.
    fn open(folder: Option<&Path>, now: Instant) -> (Self, Option<Event>) {
        let Some(folder) = folder else {
            return (Store::in_memory().map_or_else(no_memory, Self::Open), None);
        };
        match Store::open_within(folder, START) {
            Ok(Opened { store, set_aside }) => {
                (Self::Open(store), set_aside.map(Event::StoreSetAside))
            }
            Err(error) => {
                let shelf = Store::in_memory().map_or_else(no_memory, |memory| {
                    Self::Closed(Closed {
                        memory,
                        folder: folder.to_owned(),
                        error,
                        reopen_at: now + REOPEN,
                    })
                });
                (shelf, Some(Event::StoreClosed(error)))
            }
        }
    }

    /// Where what is said goes.
    pub fn store(&self) -> Option<&Store> {
        match self {
            Self::None => None,
            Self::Open(store) => Some(store),
            Self::Closed(closed) => Some(&closed.memory),
        }
    }

    /// The same, to change it.
    pub fn store_mut(&mut self) -> Option<&mut Store> {
        match self {
            Self::None => None,
            Self::Open(store) => Some(store),
            Self::Closed(closed) => Some(&mut closed.memory),
        }
    }

    /// The store that knows who is who, if it is open.
    pub fn known(&self) -> Option<&Store> {
        match self {
            Self::Open(store) => Some(store),
            Self::None | Self::Closed(_) => None,
        }
    }

    /// Why the store can't be opened, if so.
    pub fn closed(&self) -> Option<StoreError> {
        match self {
            Self::Closed(closed) => Some(closed.error),
            Self::None | Self::Open(_) => None,
        }
    }

    /// When to open the store again.
    pub fn reopen_at(&self) -> Option<Instant> {
        match self {
            Self::Closed(closed) => Some(closed.reopen_at),
            Self::None | Self::Open(_) => None,
        }
    }
}

fn no_memory(error: StoreError) -> Shelf {
    tracing::error!(%error, "no store at all");
    Shelf::None
}

impl Ledger {
    /// Opens the store in this folder, or one in memory.
    pub fn open(&mut self, folder: Option<&Path>, now: Instant) -> Vec<Event> {
        let event;
        self.limits.folder = folder.map(Path::to_owned);
        (self.shelf, event) = Shelf::open(folder, now);
        self.announce();
        let mut events = Vec::new();
        events.extend(event);
        events.extend(self.contacts());
        events.extend(self.poll_waiting());
        events
    }

    /// Opens the store again, if it could not be opened and the time has come. Waits for nobody. If it opens, hand it to
    /// [`Self::take_store`].
    ///
    /// # Errors
    /// It can't be opened for another reason than before.
    pub fn reopen(&mut self, now: Instant) -> Result<Option<Opened>, StoreError> {
        let Shelf::Closed(closed) = &mut self.shelf else {
            return Ok(None);
        };
        if now < closed.reopen_at {
            return Ok(None);
        }
        closed.reopen_at = now + REOPEN;
        match Store::open_within(&closed.folder, Duration::ZERO) {
            Ok(opened) => Ok(Some(opened)),
            Err(error) if std::mem::replace(&mut closed.error, error) == error => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The store is open at last: it takes over what was said and decided meanwhile; see [`Store::take_over`]. What is
    /// pending must have been [committed](Self::commit), and no encrypted connection may be left.
    pub fn take_store(&mut self, opened: Opened) -> Vec<Event> {
        let Opened {
            mut store,
            set_aside,
        } = opened;
        let Some(memory) = self.shelf.store() else {
            return Vec::new();
        };
        let kept = if self.keeps { Kept::All } else { Kept::Waiting };
        let taken = store.set_keeping(self.keeps);
        let peers = match taken.and_then(|()| store.take_over(memory, kept)) {
            Ok(peers) => peers,
            Err(error) => {
                // It is opened once more, later.
                tracing::warn!(%error, "what was said meanwhile can't be stored");
                return Vec::new();
            }
        };
        self.shelf = Shelf::Open(store);
        self.work = Work::default();
        self.announce();
        let mut events: Vec<_> = set_aside.map(Event::StoreSetAside).into_iter().collect();
        events.push(Event::StoreOpened);
        events.extend(self.contacts());
        events.extend(peers.into_iter().map(Event::Rewritten));
        events.extend(self.poll_waiting());
        events
    }

    /// The store tells the index of its commits, and of those before.
    fn announce(&mut self) {
        if let Some(store) = self.shelf.store_mut() {
            store.announce_to(self.notifier.clone());
        }
        self.notifier.changed();
    }
}
