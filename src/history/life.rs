//! How the threads learn that it is over, in the middle of whatever they do.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use rusqlite::{Connection, InterruptHandle};

/// One step of waiting for something that can't be heard of.
const STEP: Duration = Duration::from_millis(20);

type Running = Arc<Mutex<BTreeMap<&'static str, InterruptHandle>>>;

pub(super) fn life() -> (End, Life) {
    let (open, over) = crossbeam_channel::bounded(0);
    let running = Running::default();
    let end = End {
        open: Some(open),
        running: Arc::clone(&running),
    };
    (end, Life { over, running })
}

/// Ends it.
pub(super) struct End {
    /// Nothing is ever sent: it is over when this is dropped.
    open: Option<Sender<Infallible>>,
    running: Running,
}

impl End {
    /// Says so, and interrupts the statements under way.
    pub(super) fn come(&mut self) {
        self.open = None;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().for_each(InterruptHandle::interrupt);
    }
}

/// Whether it goes on.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) over: Receiver<Infallible>,
    running: Running,
}

impl Life {
    pub(super) fn is_over(&self) -> bool {
        self.over.try_recv() == Err(TryRecvError::Disconnected)
    }

    /// Waits for 20 ms. False if it is over.
    pub(super) fn pause(&self) -> bool {
        self.rest(STEP)
    }

    /// Waits for so long. False if it is over.
    pub(super) fn rest(&self, time: Duration) -> bool {
        self.over.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
    }

    /// The statements of this connection, which replaces the last one of this name, are interrupted when it
    /// is over.
    pub(super) fn watch(&self, name: &'static str, connection: &Connection) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(name, connection.get_interrupt_handle());
    }
}
