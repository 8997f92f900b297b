//! The worker as the window sees it: it can be asked for something, and started again after a crash.

use std::io;

use eframe::egui::Context;

use crate::{
    mailbox::{Drained, SendError},
    net::{Command, Event, Handle},
};

/// Starts a worker that wakes this window.
pub type StartWorker = Box<dyn Fn(&Context) -> io::Result<Handle>>;

/// See the [module](self).
pub(super) struct WorkerLink {
    /// `None` before the first start and after a crash.
    handle: Option<Handle>,
    start: StartWorker,
}

impl WorkerLink {
    /// Not started yet.
    pub fn new(start: StartWorker) -> Self {
        let handle = None;
        Self { handle, start }
    }

    /// Starts it, or starts it again.
    ///
    /// # Errors
    /// The system has no thread or no file descriptor left.
    pub fn start(&mut self, ctx: &Context) -> io::Result<()> {
        self.handle = Some((self.start)(ctx)?);
        Ok(())
    }

    /// Ends it and waits for that, at most a second.
    pub fn stop(&mut self) {
        self.handle = None;
    }

    /// Asks it for something.
    ///
    /// # Errors
    /// It is busy, or has crashed.
    pub fn send(&self, command: Command) -> Result<(), SendError> {
        self.handle
            .as_ref()
            .ok_or(SendError::Gone)
            .and_then(|handle| handle.send(command))
    }

    /// Asks for something whose loss does no harm: it is sent again with the next change.
    pub fn send_or_drop(&self, command: Command) {
        self.send(command).ok();
    }

    /// Hands what it reports to `take`, until there is nothing more or `take` returns false. `None` if it has crashed
    /// before.
    pub fn drain(&mut self, take: impl FnMut(Event) -> bool) -> Option<Drained> {
        let drained = self.handle.as_ref()?.drain(take);
        if drained == Drained::Gone {
            self.handle = None;
        }
        Some(drained)
    }
}
