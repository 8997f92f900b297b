//! The stop signal of the history's threads. It interrupts statements that are running.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use rusqlite::InterruptHandle;

/// Pause before something is looked at again that sends no signal.
const STEP: Duration = Duration::from_millis(20);

type Running = Arc<Mutex<BTreeMap<&'static str, InterruptHandle>>>;

/// The signal, and what gives it.
pub(super) fn shutdown() -> (Trigger, Shutdown) {
    let (open, requested) = crossbeam_channel::bounded(0);
    let running = Running::default();
    let trigger = Trigger {
        open: Some(open),
        running: Arc::clone(&running),
    };
    (trigger, Shutdown { requested, running })
}

/// Gives the signal.
pub(super) struct Trigger {
    /// Nothing is ever sent: dropping it is the signal.
    open: Option<Sender<Infallible>>,
    running: Running,
}

impl Trigger {
    /// Gives the signal and interrupts the statements that are running.
    pub(super) fn fire(&mut self) {
        self.open = None;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().for_each(InterruptHandle::interrupt);
    }
}

/// Whether the threads are to stop.
#[derive(Clone)]
pub(super) struct Shutdown {
    requested: Receiver<Infallible>,
    running: Running,
}

impl Shutdown {
    pub(super) fn is_requested(&self) -> bool {
        self.requested.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Becomes ready when the threads are to stop; nothing is ever received.
    pub(super) fn receiver(&self) -> &Receiver<Infallible> {
        &self.requested
    }

    /// Waits for 20 ms. False if the thread is to stop.
    pub(super) fn pause(&self) -> bool {
        self.sleep(STEP)
    }

    /// Waits for this long. False if the thread is to stop.
    pub(super) fn sleep(&self, time: Duration) -> bool {
        self.requested.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
    }

    /// Interrupts the statements of this connection at shutdown. It replaces the last connection of this name.
    pub(super) fn watch(&self, name: &'static str, connection: InterruptHandle) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(name, connection);
    }
}
