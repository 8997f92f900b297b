//! The line between the two: a fixed place to call, whoever listens behind it, and cuts.

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

/// How long a caller waits for somebody to listen.
const PATIENCE: Duration = Duration::from_millis(200);

/// In which way a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Reset,
    Close,
}

#[derive(Default)]
struct State {
    /// Who listens behind it.
    inner: Option<u16>,
    /// All bytes that were passed on.
    passed: u64,
    /// At how many of them the line is cut, and how.
    cut_at: Option<(u64, Cut)>,
    /// At how many of them somebody wants to know.
    alarm_at: Option<u64>,
    /// Both ends of what goes over it at the moment, and whether it was cut.
    ends: Option<([TcpStream; 2], Arc<AtomicBool>)>,
}

impl State {
    /// True if there was something to cut.
    fn cut(&mut self, how: Cut) -> bool {
        self.cut_at = None;
        let Some((ends, is_cut)) = self.ends.take() else {
            return false;
        };
        is_cut.store(true, Ordering::Release);
        for end in ends {
            let sent = if how == Cut::Reset {
                // Wakes who reads; the reset is sent when all have let go of it.
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
    /// Ends with the process.
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

    /// Where to call.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Who listens behind it from now on.
    pub fn lead_to(&self, port: Option<u16>) {
        lock(&self.shared.0).inner = port;
        self.shared.1.notify_all();
    }

    /// Waits until so many more bytes have gone over it, or so long.
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

    /// Cuts it after so many more bytes, or after so long. True if there was something to cut.
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

/// Passes on what comes, up to the end or a cut.
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
    // That one has gone is told to the other one, and what that says still arrives.
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
