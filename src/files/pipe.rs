//! A bounded row of bytes from the owner of [`Files`](super::Files) to a thread that writes them to the disk.

use std::{
    io::{self, Read},
    mem,
    sync::{Arc, Condvar, Mutex, PoisonError},
};

/// Maximum number of bytes that wait. The thread may hold the same number once more.
pub(super) const ROOM: usize = 2 << 20;

/// The end that bytes are put into. Dropping it ends the row: what is in it is still read.
pub(super) struct Inlet(Arc<Pipe>);

/// The end that is read.
pub(super) struct Outlet {
    pipe: Arc<Pipe>,
    /// Taken out of the pipe, and where it is read from.
    taken: Vec<u8>,
    at: usize,
}

#[derive(Default)]
struct Pipe {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    is_closed: bool,
}

/// Both ends of a new row.
pub(super) fn pipe() -> (Inlet, Outlet) {
    let pipe = Arc::new(Pipe::default());
    (
        Inlet(Arc::clone(&pipe)),
        Outlet {
            pipe,
            taken: Vec::new(),
            at: 0,
        },
    )
}

impl Inlet {
    /// Puts all of these bytes in, or none of them.
    pub(super) fn put(&self, bytes: &[u8]) -> bool {
        let mut state = self.0.lock();
        let fits = state.bytes.len() + bytes.len() <= ROOM;
        if fits {
            state.bytes.extend_from_slice(bytes);
            self.0.changed.notify_one();
        }
        fits
    }

    /// Ends the row and empties it.
    pub(super) fn clear(&self) {
        let mut state = self.0.lock();
        state.bytes = Vec::new();
        state.is_closed = true;
        self.0.changed.notify_one();
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.changed.notify_one();
    }
}

impl Read for Outlet {
    /// Waits for bytes. 0 when the row has ended.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.taken.len() {
            self.taken.clear();
            self.at = 0;
            let mut state = self.pipe.lock();
            while state.bytes.is_empty() && !state.is_closed {
                state = self
                    .pipe
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            mem::swap(&mut state.bytes, &mut self.taken);
        }
        let mut rest = self.taken.get(self.at..).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

impl Pipe {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
