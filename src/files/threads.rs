//! Counts the threads of transfers, because those of stopped transfers run on for a while: a peer that begins and stops
//! again and again must not start more and more of them.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{Builder, JoinHandle},
};

use super::{Busy, MOST_MOVING, reports::Reports};

/// Maximum number of threads that send, and of those that receive: of transfers that move, and of stopped ones.
const MOST_THREADS: usize = 2 * MOST_MOVING;

/// The threads of one kind.
#[derive(Default)]
pub(super) struct Threads(Arc<AtomicUsize>);

/// Allows one thread. Dropping it allows another one, and wakes the owner.
pub(super) struct Permit {
    taken: Arc<AtomicUsize>,
    reports: Reports,
}

impl Threads {
    /// Allows one more thread.
    ///
    /// # Errors
    /// [`MOST_THREADS`] run.
    pub(super) fn permit(&self, reports: &Reports) -> Result<Permit, Busy> {
        if self.0.load(Ordering::SeqCst) >= MOST_THREADS {
            return Err(Busy);
        }
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Permit {
            taken: Arc::clone(&self.0),
            reports: reports.clone(),
        })
    }
}

impl Permit {
    /// Starts the thread. Another one is allowed when `run` drops this, at the end at the latest.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn start(
        self,
        name: &str,
        run: impl FnOnce(Self) + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        Builder::new()
            .name(name.to_owned())
            .spawn(move || run(self))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::SeqCst);
        self.reports.wake();
    }
}
