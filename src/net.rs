//! The border between the window and the network: commands go in, events come out.
//!
//! One named worker thread owns every socket. Both channels are bounded; the window never waits:
//! [`Handle::send`] fails rather than block, and when the window is slow to take events, the
//! worker stops reading sockets, so that TCP slows the peer down.
//!
//! Must not know egui: the window is woken through a boxed closure.

mod admission;
mod calling;
pub mod charset;
mod command;
mod conversation;
pub mod delivery;
mod dial;
pub mod endpoint;
mod event;
pub mod frame;
mod linger;
mod listen;
pub mod plain;
mod resolve;
pub mod secure;
mod session;
mod socket;
mod worker;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};

pub use self::{
    command::{AskId, Call, Command, How, MessageId, PeerChange, Preferences},
    event::{
        Ask, ConnectError, EndReason, Event, ListenError, Listening, Origin, Salvage, TurnedAway,
        Who,
    },
};
use crate::history::Kick;

/// Commands that may wait for the worker.
const COMMANDS: usize = 256;
/// Events that may wait for the window.
const EVENTS: usize = 1024;

/// Why a command was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too many commands wait already.
    #[error("the worker is busy")]
    Busy,
    /// The worker is gone.
    #[error("the worker is gone")]
    Gone,
}

/// How far [`Handle::drain`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// There was nothing more.
    Empty,
    /// The caller stopped; there may be more.
    Stopped,
    /// The worker is gone, by a fault of its own. Nothing will come any more.
    Gone,
}

/// What both ends share beside the channels.
pub(crate) struct Signals {
    /// The worker waits for room in the event channel.
    stalled: AtomicBool,
    /// The window has been woken and has not drained yet.
    notified: AtomicBool,
    wake_window: Box<dyn Fn() + Send + Sync>,
}

impl Signals {
    fn new(wake_window: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            stalled: AtomicBool::new(false),
            notified: AtomicBool::new(false),
            wake_window: Box::new(wake_window),
        })
    }

    /// Wakes the window unless it is awake already. Call *after* sending, or the wake-up is lost.
    fn notify_window(&self) {
        if !self.notified.swap(true, Ordering::AcqRel) {
            (self.wake_window)();
        }
    }
}

/// The window's end. Dropping it ends the conversation properly, within a second.
pub struct Handle {
    // In this order: the worker ends when the command channel closes, then it can be joined.
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    signals: Arc<Signals>,
    wake_worker: Box<dyn Fn() + Send>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Asks the worker for something, without waiting.
    ///
    /// # Errors
    /// [`SendError`]; the command is not carried out then.
    pub fn send(&self, command: Command) -> Result<(), SendError> {
        let commands = self.commands.as_ref().ok_or(SendError::Gone)?;
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Busy,
            TrySendError::Disconnected(_) => SendError::Gone,
        })?;
        (self.wake_worker)();
        Ok(())
    }

    /// Hands the events that have come to `take`, oldest first, until there is none or `take`
    /// returns false. Never waits.
    pub fn drain(&self, mut take: impl FnMut(Event) -> bool) -> Drained {
        self.signals.notified.store(false, Ordering::Release);
        let drained = loop {
            match self.events.try_recv() {
                Ok(event) => {
                    if !take(event) {
                        break Drained::Stopped;
                    }
                }
                Err(TryRecvError::Empty) => break Drained::Empty,
                Err(TryRecvError::Disconnected) => break Drained::Gone,
            }
        };
        if self.signals.stalled.swap(false, Ordering::AcqRel) {
            (self.wake_worker)();
        }
        drained
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.commands = None;
        (self.wake_worker)();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the socket worker had panicked");
        }
    }
}

/// The worker's end of the two channels.
pub(crate) struct Border {
    commands: Receiver<Command>,
    events: Sender<Event>,
    signals: Arc<Signals>,
}

impl Drop for Border {
    fn drop(&mut self) {
        // However the worker ends: close the channels first, then wake the window to see it.
        self.commands = crossbeam_channel::never();
        let (closed, _) = crossbeam_channel::bounded(0);
        self.events = closed;
        (self.signals.wake_window)();
    }
}

/// How long to wait before a peer is called again that the line was cut to: doubled each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// At first.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_mins(1),
        }
    }
}

/// What a worker begins with.
#[derive(Debug, Default)]
pub struct Options {
    /// Where its key is, what it knows of others, and what was said; nowhere if there is none.
    pub folder: Option<PathBuf>,
    /// How long it waits before it calls again.
    pub backoff: Backoff,
    /// Who makes the index for searching, to be told when there is something new.
    pub kick: Option<Kick>,
}

impl From<Option<PathBuf>> for Options {
    fn from(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }
}

/// Starts the worker. `wake_window` is called from its thread whenever events have come.
///
/// # Errors
/// The system has no thread or no poll left.
pub fn spawn(
    options: impl Into<Options>,
    wake_window: impl Fn() + Send + Sync + 'static,
) -> std::io::Result<Handle> {
    let (commands, command_inbox) = crossbeam_channel::bounded(COMMANDS);
    let (event_outbox, events) = crossbeam_channel::bounded(EVENTS);
    let signals = Signals::new(wake_window);
    let border = Border {
        commands: command_inbox,
        events: event_outbox,
        signals: Arc::clone(&signals),
    };
    let (worker, waker) = worker::Worker::new(border, options.into())?;
    let thread = std::thread::Builder::new()
        .name("duologue-net".to_owned())
        .spawn(move || worker.run())?;
    let wake_worker = Box::new(move || {
        if let Err(error) = waker.wake() {
            tracing::error!(%error, "the worker can't be woken");
        }
    });
    Ok(Handle {
        commands: Some(commands),
        events,
        signals,
        wake_worker,
        thread: Some(thread),
    })
}

/// A worker that a test plays itself: what the window asked for, and a way to report.
#[derive(Debug)]
pub struct Stage {
    /// What the window sent.
    pub commands: Receiver<Command>,
    /// What the window will be told. Dropping it looks like a worker that has crashed.
    pub events: Sender<Event>,
}

/// A [`Handle`] without a worker behind it, for tests of the window.
pub fn stage(wake_window: impl Fn() + Send + Sync + 'static) -> (Handle, Stage) {
    let (commands, command_inbox) = crossbeam_channel::bounded(COMMANDS);
    let (event_outbox, events) = crossbeam_channel::bounded(EVENTS);
    let handle = Handle {
        commands: Some(commands),
        events,
        signals: Signals::new(wake_window),
        wake_worker: Box::new(|| {}),
        thread: None,
    };
    (
        handle,
        Stage {
            commands: command_inbox,
            events: event_outbox,
        },
    )
}

/// Where a virtual clock begins.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to make an instant"
)]
fn any_instant() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_panics_wakes_the_window_and_is_seen_to_be_gone() {
        let (commands, command_inbox) = crossbeam_channel::bounded(1);
        let (event_outbox, events) = crossbeam_channel::bounded(1);
        let (woken, wake_ups) = crossbeam_channel::bounded(8);
        let signals = Signals::new(move || {
            woken.try_send(()).ok();
        });
        let border = Border {
            commands: command_inbox,
            events: event_outbox,
            signals: Arc::clone(&signals),
        };
        let thread = std::thread::Builder::new()
            .name("doomed".to_owned())
            .spawn(move || {
                let _border = border;
                panic!("as a worker should never");
            })
            .expect("a thread");
        let handle = Handle {
            commands: Some(commands),
            events,
            signals,
            wake_worker: Box::new(|| {}),
            thread: Some(thread),
        };
        wake_ups
            .recv_timeout(Duration::from_secs(100))
            .expect("woken");
        assert_eq!(handle.drain(|_| true), Drained::Gone);
        assert_eq!(handle.send(Command::Disconnect), Err(SendError::Gone));
    }

    #[test]
    fn a_full_command_channel_is_busy_and_never_waits() {
        let (handle, _stage) = stage(|| {});
        for _ in 0..COMMANDS {
            assert_eq!(handle.send(Command::Cancel), Ok(()));
        }
        assert_eq!(handle.send(Command::Cancel), Err(SendError::Busy));
    }
}
