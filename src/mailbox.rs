//! A bounded pair of channels between the window and background threads, and how each end is woken.
//!
//! The window never waits: [`Client::send`] fails rather than block. Knows neither what is sent nor who the
//! two ends are.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The channel is full.
    #[error("the other end is busy")]
    Busy,
    /// The threads have ended.
    #[error("the other end is gone")]
    Gone,
}

/// How far [`Client::drain`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// There was nothing more.
    Empty,
    /// The caller stopped; there may be more.
    Stopped,
    /// The threads have ended through a fault of their own. Nothing more will come.
    Gone,
}

/// What both ends share besides the channels.
struct Signals {
    /// The server waits for room in the reply channel.
    stalled: AtomicBool,
    /// The client has been woken and has not drained since.
    notified: AtomicBool,
    wake_client: Box<dyn Fn() + Send + Sync>,
}

/// The window's end. Dropping it ends the threads and waits for them.
pub struct Client<Request, Reply> {
    requests: Option<Sender<Request>>,
    replies: Receiver<Reply>,
    signals: Arc<Signals>,
    wake_server: Box<dyn Fn() + Send>,
    on_close: Option<Box<dyn FnOnce() + Send>>,
    threads: Vec<JoinHandle<()>>,
}

/// The threads' end.
pub(crate) struct Server<Request, Reply> {
    requests: Receiver<Request>,
    replies: Sender<Reply>,
    signals: Arc<Signals>,
}

/// A server that a test plays itself.
#[derive(Debug)]
pub struct FakeServer<Request, Reply> {
    /// What the window asked for.
    pub requests: Receiver<Request>,
    /// What the window will be told. Dropping it looks like threads that have crashed.
    pub replies: Sender<Reply>,
}

/// A pair with room for this many `requests` and `replies`. `wake_client` is called from the server's threads
/// whenever there is something to drain.
pub(crate) fn pair<Request, Reply>(
    requests: usize,
    replies: usize,
    wake_client: impl Fn() + Send + Sync + 'static,
) -> (Client<Request, Reply>, Server<Request, Reply>) {
    let (request_sender, request_receiver) = crossbeam_channel::bounded(requests);
    let (reply_sender, reply_receiver) = crossbeam_channel::bounded(replies);
    let signals = Arc::new(Signals {
        stalled: AtomicBool::new(false),
        notified: AtomicBool::new(false),
        wake_client: Box::new(wake_client),
    });
    let client = Client {
        requests: Some(request_sender),
        replies: reply_receiver,
        signals: Arc::clone(&signals),
        wake_server: Box::new(|| {}),
        on_close: None,
        threads: Vec::new(),
    };
    let server = Server {
        requests: request_receiver,
        replies: reply_sender,
        signals,
    };
    (client, server)
}

/// A client without threads behind it, for tests of the window.
pub(crate) fn fake<Request, Reply>(
    requests: usize,
    replies: usize,
    wake_client: impl Fn() + Send + Sync + 'static,
) -> (Client<Request, Reply>, FakeServer<Request, Reply>) {
    let (client, server) = pair(requests, replies, wake_client);
    let fake = FakeServer {
        requests: server.requests.clone(),
        replies: server.replies.clone(),
    };
    (client, fake)
}

impl<Request, Reply> Client<Request, Reply> {
    /// Asks for something, without waiting.
    ///
    /// # Errors
    /// [`SendError`]; the request is not carried out then.
    pub fn send(&self, request: Request) -> Result<(), SendError> {
        let requests = self.requests.as_ref().ok_or(SendError::Gone)?;
        requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => SendError::Busy,
            TrySendError::Disconnected(_) => SendError::Gone,
        })?;
        (self.wake_server)();
        Ok(())
    }

    /// Hands the replies that have come to `take`, oldest first, until there is none or `take` returns false.
    /// Never waits.
    pub fn drain(&self, mut take: impl FnMut(Reply) -> bool) -> Drained {
        self.signals.notified.store(false, Ordering::Release);
        let drained = loop {
            match self.replies.try_recv() {
                Ok(reply) => {
                    if !take(reply) {
                        break Drained::Stopped;
                    }
                }
                Err(TryRecvError::Empty) => break Drained::Empty,
                Err(TryRecvError::Disconnected) => break Drained::Gone,
            }
        };
        if self.signals.stalled.swap(false, Ordering::AcqRel) {
            (self.wake_server)();
        }
        drained
    }

    /// Whether the server has no room for another reply.
    #[cfg(test)]
    pub(crate) fn is_full(&self) -> bool {
        self.replies.is_full()
    }

    /// Calls `wake` whenever the server has something to look at: a request, room for replies, the end.
    pub(crate) fn wake_server_with(&mut self, wake: impl Fn() + Send + 'static) {
        self.wake_server = Box::new(wake);
    }

    /// Calls `stop` when the client is dropped, before it waits for the threads.
    pub(crate) fn on_close(&mut self, stop: impl FnOnce() + Send + 'static) {
        self.on_close = Some(Box::new(stop));
    }

    /// Waits for this thread when the client is dropped.
    pub(crate) fn join_on_drop(&mut self, thread: JoinHandle<()>) {
        self.threads.push(thread);
    }
}

impl<Request, Reply> Drop for Client<Request, Reply> {
    fn drop(&mut self) {
        // The threads end when they see these closed.
        self.requests = None;
        self.replies = crossbeam_channel::never();
        if let Some(stop) = self.on_close.take() {
            stop();
        }
        (self.wake_server)();
        for thread in self.threads.drain(..) {
            let name = thread.thread().name().map(str::to_owned);
            if thread.join().is_err() {
                tracing::error!(name, "a thread had panicked");
            }
        }
    }
}

impl<Request, Reply> Server<Request, Reply> {
    /// What the window asks for.
    pub(crate) fn requests(&self) -> &Receiver<Request> {
        &self.requests
    }

    /// Sends a reply and wakes the client; waits for room. False if the client is gone.
    pub(crate) fn reply(&self, reply: Reply) -> bool {
        let sent = self.replies.send(reply).is_ok();
        self.wake_client();
        sent
    }

    /// Sends as many replies as there is room for and wakes the client for them; never waits. If some remain,
    /// the client wakes the server once it has drained. Drops them if the client is gone.
    pub(crate) fn flush(&self, backlog: &mut VecDeque<Reply>) {
        let mut sent = false;
        // Twice, because the client may have made room just before it could see the flag.
        for _ in 0..2 {
            while let Some(reply) = backlog.pop_front() {
                match self.replies.try_send(reply) {
                    Ok(()) => sent = true,
                    Err(TrySendError::Full(reply)) => {
                        backlog.push_front(reply);
                        break;
                    }
                    Err(TrySendError::Disconnected(_)) => {}
                }
            }
            if backlog.is_empty() {
                break;
            }
            self.signals.stalled.store(true, Ordering::Release);
        }
        if sent {
            self.wake_client();
        }
    }

    /// Wakes the client unless it is awake already. Call *after* sending, or the wake-up is lost.
    fn wake_client(&self) {
        if !self.signals.notified.swap(true, Ordering::AcqRel) {
            (self.signals.wake_client)();
        }
    }
}

impl<Request, Reply> Drop for Server<Request, Reply> {
    fn drop(&mut self) {
        // However the thread ends: close the channels first, then wake the client to see it.
        self.requests = crossbeam_channel::never();
        let (closed, _) = crossbeam_channel::bounded(0);
        self.replies = closed;
        (self.signals.wake_client)();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Far above what any of these tests waits for.
    const LIMIT: Duration = Duration::from_mins(1);

    #[test]
    fn a_thread_that_panics_wakes_the_client_and_is_seen_to_be_gone() {
        let (woken, wake_ups) = crossbeam_channel::bounded(8);
        let (mut client, server) = pair::<(), ()>(1, 1, move || {
            woken.try_send(()).ok();
        });
        let thread = std::thread::Builder::new()
            .name("doomed".to_owned())
            .spawn(move || {
                let _server = server;
                panic!("as a worker should never");
            })
            .expect("a thread");
        client.join_on_drop(thread);
        wake_ups.recv_timeout(LIMIT).expect("woken");
        assert_eq!(client.drain(|()| true), Drained::Gone);
        assert_eq!(client.send(()), Err(SendError::Gone));
    }

    #[test]
    fn a_full_request_channel_is_busy_and_never_waits() {
        let (client, _server) = pair::<(), ()>(3, 1, || {});
        for _ in 0..3 {
            assert_eq!(client.send(()), Ok(()));
        }
        assert_eq!(client.send(()), Err(SendError::Busy));
    }

    #[test]
    fn a_server_without_room_is_woken_once_the_client_has_drained() {
        let (woken, wake_ups) = crossbeam_channel::bounded(8);
        let (mut client, server) = pair::<(), u8>(1, 2, || {});
        client.wake_server_with(move || {
            woken.try_send(()).ok();
        });
        let mut backlog = VecDeque::from([1, 2, 3]);
        server.flush(&mut backlog);
        assert_eq!((backlog.len(), wake_ups.try_iter().count()), (1, 0));
        let mut heard = Vec::new();
        client.drain(|reply| {
            heard.push(reply);
            true
        });
        assert_eq!(
            (heard.as_slice(), wake_ups.try_iter().count()),
            (&[1, 2][..], 1)
        );
        server.flush(&mut backlog);
        client.drain(|reply| {
            heard.push(reply);
            true
        });
        assert_eq!(heard, [1, 2, 3]);
    }

    #[test]
    fn a_thread_that_waits_for_room_ends_when_the_client_is_dropped() {
        let (mut client, server) = pair::<(), ()>(1, 1, || {});
        let thread = std::thread::Builder::new()
            .name("full".to_owned())
            .spawn(move || while server.reply(()) {})
            .expect("a thread");
        client.join_on_drop(thread);
        drop(client);
    }
}
