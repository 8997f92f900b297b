//! What the desktop shows for us outside the window: notifications, and the number of unread messages on the task bar.
//!
//! Must not know what they are about: a notification is named by a number. The system is asked from a thread of its own,
//! so that the window never waits for it.

#[cfg_attr(all(unix, not(target_os = "macos")), path = "desktop/dbus.rs")]
#[cfg_attr(not(all(unix, not(target_os = "macos"))), path = "desktop/nothing.rs")]
mod service;

use std::{io, thread, time::Duration};

use crossbeam_channel::RecvTimeoutError;

use crate::mailbox;

/// Room for requests that wait for the system; further ones are dropped.
const REQUESTS: usize = 64;
/// Room for clicks and replies that wait for the window.
const RESPONSES: usize = 64;
/// How long closing the program waits for its notifications to go.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// What it is about. It replaces an earlier one with the same number.
    pub about: u64,
    /// The first line, as it is to be shown.
    pub title: String,
    /// The rest, as it is to be shown: no markup.
    pub body: String,
    /// The label of the action that opens what it is about.
    pub open: String,
    /// The label of the reply, if there can be one.
    pub reply: Option<String>,
    /// Whether it comes with a sound.
    pub has_sound: bool,
}

/// What the window asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Show this.
    Show(Notification),
    /// Take back the notification about this.
    Withdraw(u64),
    /// Show this number of unread messages on the task bar; none if it is 0.
    Unread(u64),
}

/// What the person did with a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// Clicked on it.
    Opened(u64),
    /// Wrote an answer in it.
    Replied(u64, String),
}

/// The window's end.
pub type Handle = mailbox::Client<Request, Response>;
/// The other end in tests.
pub type FakeServer = mailbox::FakeServer<Request, Response>;

/// Starts the thread. Dropping the handle takes back all notifications. `wake` is called when there is a response.
///
/// # Errors
/// The system has no thread left.
pub fn spawn(wake: impl Fn() + Send + Sync + 'static) -> io::Result<Handle> {
    let (mut handle, server) = mailbox::pair(REQUESTS, RESPONSES, wake);
    let (ended, end) = crossbeam_channel::bounded::<()>(0);
    thread::Builder::new()
        .name("desktop".to_owned())
        .spawn(move || {
            service::run(server);
            drop(ended);
        })?;
    // Not joined: the system may take its time to answer.
    handle.on_close(move || {
        if end.recv_timeout(LAST_WORDS) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the desktop doesn't answer: a notification may stay");
        }
    });
    Ok(handle)
}

/// A handle for tests of the window, which play the desktop themselves.
pub fn fake(wake: impl Fn() + Send + Sync + 'static) -> (Handle, FakeServer) {
    mailbox::fake(REQUESTS, RESPONSES, wake)
}
