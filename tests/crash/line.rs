//! The line between the two programs: a fixed port that forwards to the current listener and can be cut.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use socket2::SockRef;

/// How long a caller waits for a listener.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the system keeps for each end of a connection, in bytes. What is in there when the connection is cut is sent again,
/// and without a limit that is megabytes on a computer that has them.
const BUFFER: usize = 32 * 1024;

/// How a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Reset,
    Close,
}

#[derive(Default)]
struct State {
    /// The port of the current listener.
    inner: Option<u16>,
    /// Number of bytes that were passed on.
    passed: u64,
    /// After how many of them the connection is cut, and how.
    cut_at: Option<(u64, Cut)>,
    /// After how many of them a waiting thread is notified.
    alarm_at: Option<u64>,
    /// Both ends of the current connection, and whether it was cut.
    ends: Option<([TcpStream; 2], Arc<AtomicBool>)>,
}

impl State {
    /// Cuts the current connection. Returns whether there was one.
    fn cut(&mut self, how: Cut) -> bool {
        self.cut_at = None;
        let Some((ends, is_cut)) = self.ends.take() else {
            return false;
        };
        is_cut.store(true, Ordering::Release);
        for end in ends {
            let sent = if how == Cut::Reset {
                // Wakes the reader. The reset is sent when all clones are dropped.
                SockRef::from(&end)
                    .set_linger(Some(Duration::ZERO))
                    .and_then(|()| end.shutdown(Shutdown::Read))
            } else {
                end.shutdown(Shutdown::Both)
            };
            // It may be gone already.
            sent.ok();
        }
        true
    }
}

/// See the [module](self).
pub struct Line {
    port: u16,
    shared: Arc<(Mutex<State>, Condvar)>,
}

impl Line {
    /// Starts a line that lasts as long as the process.
    pub fn new() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let line = Self {
            port: listener.local_addr()?.port(),
            shared: Arc::default(),
        };
        let shared = Arc::clone(&line.shared);
        thread(move || {
            for caller in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread(move || {
                    carry(&caller, &shared);
                });
            }
        });
        Ok(line)
    }

    /// The port to call.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Forwards further callers to this port.
    pub fn lead_to(&self, port: Option<u16>) {
        lock(&self.shared.0).inner = port;
        self.shared.1.notify_all();
    }

    /// Number of bytes that were passed on, in both directions and over all connections.
    pub fn passed(&self) -> u64 {
        lock(&self.shared.0).passed
    }

    /// Waits until this many more bytes have passed, or for this time.
    pub fn wait_for(&self, bytes: u64, patience: Duration) {
        let mut state = lock(&self.shared.0);
        let at = state.passed + bytes;
        state.alarm_at = Some(at);
        let waits = |state: &mut State| state.passed < at;
        drop(
            self.shared
                .1
                .wait_timeout_while(state, patience, waits)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Cuts the connection after this many more bytes or this time. Returns whether there was one.
    pub fn cut(&self, bytes: u64, how: Cut, patience: Duration) -> bool {
        let mut state = lock(&self.shared.0);
        state.cut_at = Some((state.passed + bytes, how));
        let waits = |state: &mut State| state.cut_at.is_some();
        let (mut state, _) = self
            .shared
            .1
            .wait_timeout_while(state, patience, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.cut_at.is_none() || state.cut(how)
    }
}

fn carry(caller: &TcpStream, shared: &Arc<(Mutex<State>, Condvar)>) -> Option<()> {
    let state = lock(&shared.0);
    let waits = |state: &mut State| state.inner.is_none();
    let (state, _) = shared
        .1
        .wait_timeout_while(state, PATIENCE, waits)
        .unwrap_or_else(PoisonError::into_inner);
    let inner = state.inner?;
    drop(state);
    let program = TcpStream::connect((Ipv4Addr::LOCALHOST, inner)).ok()?;
    let clone = |stream: &TcpStream| {
        stream.set_nodelay(true).ok()?;
        let socket = SockRef::from(stream);
        socket.set_recv_buffer_size(BUFFER).ok()?;
        socket.set_send_buffer_size(BUFFER).ok()?;
        stream.try_clone().ok()
    };
    let ends = [clone(caller)?, clone(&program)?];
    let others = [clone(caller)?, clone(&program)?];
    let is_cut = Arc::new(AtomicBool::new(false));
    lock(&shared.0).ends = Some((ends, Arc::clone(&is_cut)));
    let answers = {
        let (shared, is_cut) = (Arc::clone(shared), Arc::clone(&is_cut));
        let [caller, program] = others;
        thread(move || pass(&program, &caller, &shared, &is_cut))
    };
    pass(caller, &program, shared, &is_cut);
    answers.join().ok()
}

/// Passes bytes on up to the end or a cut.
fn pass(
    mut from: &TcpStream,
    mut to: &TcpStream,
    shared: &(Mutex<State>, Condvar),
    is_cut: &AtomicBool,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let mut state = lock(&shared.0);
        let before = state.passed;
        let cut = state.cut_at.filter(|(at, _)| *at <= before + count as u64);
        let pass = cut.map_or(count, |(at, _)| at.saturating_sub(before) as usize);
        state.passed += pass as u64;
        if state.alarm_at.is_some_and(|at| at <= state.passed) {
            state.alarm_at = None;
            shared.1.notify_all();
        }
        drop(state);
        let written = to.write_all(&bytes[..pass]);
        if let Some((_, how)) = cut {
            lock(&shared.0).cut(how);
            shared.1.notify_all();
            return;
        }
        if written.is_err() {
            break;
        }
    }
    // The end of one side is passed on, and what the other side sends still arrives.
    if !is_cut.load(Ordering::Acquire) {
        to.shutdown(Shutdown::Write).ok();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn thread<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    let thread = std::thread::Builder::new().name("line".to_owned());
    thread.spawn(run).expect("a thread")
}
