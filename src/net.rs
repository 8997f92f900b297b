//! The border between the window and the network: commands go in, events come out.
//!
//! One named worker thread owns every socket. Both channels are bounded; the window never waits:
//! [`Client::send`](mailbox::Client::send) fails rather than block, and when the window is slow to take events, the
//! worker stops reading plain text, so that TCP slows the peer down. Encrypted messages still go into the store.
//!
//! Must not know egui: the window is woken through a boxed closure.

mod command;
pub mod delivery;
mod event;
pub mod protocol;
mod siblings;
mod socket;
mod worker;

use std::{path::PathBuf, time::Duration};

pub use self::{
    command::{
        AcceptFiles, Call, Command, ContactChange, ConversationChange, FileControl, How, MessageId,
        Preferences, RequestId,
    },
    event::{
        ConnectError, EndReason, Event, Hindrance, JoinRequest, ListenError, Listening, OfferError,
        Origin, Payload,
    },
    protocol::admission::Rejection,
    siblings::Siblings,
};
use crate::{mailbox, store::Notifier};

/// Maximum number of commands that wait for the worker.
const COMMANDS: usize = 256;
/// Maximum number of events that wait for the window.
const EVENTS: usize = 1024;

/// The window's end. Dropping it ends the conversation properly, within a second.
pub type Handle = mailbox::Client<Command, Event>;

/// How long to wait before redialling after a connection was lost. Doubles each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// At first.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

/// How much is stored of what peers send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// After this much from one peer within a day, in bytes, the person is asked whether to take as much again.
    pub per_day: u64,
    /// While less of the disk is free, in bytes, nothing is stored.
    pub free_disk: u64,
    /// On a small disk, the total size divided by this is enough.
    pub free_part: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_day: 200_000_000,
            free_disk: 500_000_000,
            free_part: 20,
        }
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_mins(1),
        }
    }
}

/// What a worker starts with.
#[derive(Debug)]
pub struct Options {
    /// The data folder; `None` keeps everything in memory.
    pub folder: Option<PathBuf>,
    /// The other profiles in the same data folder, whose calls need no approval.
    pub siblings: Siblings,
    /// The delays of redialling.
    pub backoff: Backoff,
    /// Minimum time between two questions about unknown callers from one address; doubled by each no.
    pub question_pause: Duration,
    /// How much is stored of what peers send.
    pub limits: Limits,
    /// Notified of every commit to the store.
    pub notifier: Notifier,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            siblings: Siblings::default(),
            backoff: Backoff::default(),
            question_pause: protocol::questions::PAUSE,
            limits: Limits::default(),
            notifier: Notifier::default(),
        }
    }
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
    let (mut handle, server) = mailbox::pair(COMMANDS, EVENTS, wake_window);
    let (worker, waker) = worker::Worker::new(server, options.into())?;
    handle.wake_server_with(move || {
        if let Err(error) = waker.wake() {
            tracing::error!(%error, "the worker can't be woken");
        }
    });
    let thread = std::thread::Builder::new()
        .name("duologue-net".to_owned())
        .spawn(move || worker.run())?;
    handle.join_on_drop(thread);
    Ok(handle)
}

/// A worker that a test plays itself.
pub type FakeWorker = mailbox::FakeServer<Command, Event>;

/// A [`Handle`] without a worker behind it, for tests of the window.
pub fn fake(wake_window: impl Fn() + Send + Sync + 'static) -> (Handle, FakeWorker) {
    mailbox::fake(COMMANDS, EVENTS, wake_window)
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
