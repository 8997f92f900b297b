//! A proxy between a caller and a program, which records, changes, cuts or swallows what they send.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::support::{PATIENCE, accept, clock, local, thread};

/// A changed connection is cut after this pause. It is longer than two programs on this computer take to answer each
/// other; if they take longer, a connection is cut that might have continued, which does no harm.
const QUIET: Duration = Duration::from_millis(250);
/// Maximum number of bytes that are read and not written. A side that sends fast must not be far ahead when the line is cut.
const AHEAD: usize = 256 * 1024;

/// The direction of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the side that calls to the side that was called.
    There,
    Back,
}

/// What the proxy does to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Nothing. Everything is passed on.
    Nothing,
    /// Changes the byte at this offset of the stream. If both sides then wait, the connection is cut.
    Flip(Way, usize, u8),
    /// Passes on this many bytes and then resets both sides.
    Reset(Way, usize),
    /// Passes on this many bytes and then closes both sides.
    Close(Way, usize),
    /// Passes on about this many bytes, and the rest once [`Proxy::release`] was called.
    Hold(Way, usize),
}

/// What has passed over a connection.
#[derive(Debug)]
pub struct Carried {
    /// The bytes as they were passed on.
    pub there: Vec<u8>,
    pub back: Vec<u8>,
    /// Whether the change or cut was made.
    pub harmed: bool,
}

impl Carried {
    /// The offsets in the stream at which its TLS records end.
    pub fn record_ends(&self, way: Way) -> Vec<usize> {
        let stream = match way {
            Way::There => &self.there,
            Way::Back => &self.back,
        };
        let mut ends = Vec::new();
        let mut at = 0;
        // Each record begins with a type, a version and a length (RFC 8446, 5.1).
        while let Some([_, _, _, high, low]) = stream.get(at..at + 5) {
            at += 5 + usize::from(u16::from_be_bytes([*high, *low]));
            ends.push(at);
        }
        ends
    }
}

/// A listener that forwards connections to another port.
pub struct Proxy {
    listener: TcpListener,
    to: SocketAddr,
    swallows: Arc<AtomicBool>,
    release: Arc<Release>,
}

impl Proxy {
    pub fn before(port: u16) -> Self {
        Self {
            listener: TcpListener::bind(local(0)).expect("a free port"),
            to: local(port),
            swallows: Arc::default(),
            release: Arc::default(),
        }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("an address").port()
    }

    /// The listener, for a test that accepts callers itself.
    pub fn listener(&self) -> TcpListener {
        self.listener.try_clone().expect("a clone")
    }

    /// Forwards further callers to this port.
    pub fn turn_to(&mut self, port: u16) {
        self.to = local(port);
    }

    /// Lets the connection go on that is held.
    pub fn release(&self) {
        *self.release.0.lock().expect("no panic") = true;
        self.release.1.notify_all();
    }

    /// Passes on nothing any more, without closing anything, like a pulled cable.
    pub fn swallow(&self) {
        self.swallows.store(true, Ordering::Release);
    }

    /// Forwards the next caller and does this to its connection.
    pub fn carry(&self, harm: Harm) -> JoinHandle<Carried> {
        self.carry_after(harm, || {})
    }

    /// Accepts the next caller, waits, and then forwards it and does this to its connection.
    pub fn carry_after(
        &self,
        harm: Harm,
        wait: impl FnOnce() + Send + 'static,
    ) -> JoinHandle<Carried> {
        let listener = self.listener.try_clone().expect("a clone");
        let to = self.to;
        let swallows = Arc::clone(&self.swallows);
        let release = Arc::clone(&self.release);
        thread("proxy", move || {
            let caller = accept(&listener);
            wait();
            let program = TcpStream::connect(to).expect("the program listens");
            Line::new(caller, program, harm, swallows, release).carry()
        })
    }
}

/// Whether a connection that is held may go on.
type Release = (Mutex<bool>, Condvar);

/// One direction of a connection.
#[derive(Default)]
struct Stream {
    /// Everything that was passed on.
    passed: Vec<u8>,
    /// The number of bytes that were written.
    written: usize,
    ended: bool,
    /// Whether the other side was closed, too.
    told: bool,
}

impl Stream {
    /// The number of bytes that are not written yet.
    fn waiting(&self) -> usize {
        self.passed.len() - self.written
    }
}

struct Line {
    /// The calling side and the called side.
    sockets: [mio::net::TcpStream; 2],
    /// What each of them sends.
    streams: [Stream; 2],
    harm: Harm,
    harmed: bool,
    /// Both sides were closed, and nothing more is passed on.
    closed: bool,
    swallows: Arc<AtomicBool>,
    release: Arc<Release>,
}

/// What to do with the sockets.
enum Next {
    GoOn,
    Close,
    Reset,
}

impl Line {
    fn new(
        caller: TcpStream,
        program: TcpStream,
        harm: Harm,
        swallows: Arc<AtomicBool>,
        release: Arc<Release>,
    ) -> Self {
        let sockets = [caller, program].map(|stream| {
            stream.set_nonblocking(true).expect("non-blocking");
            stream.set_nodelay(true).expect("no delay");
            mio::net::TcpStream::from_std(stream)
        });
        Self {
            sockets,
            streams: Default::default(),
            harm,
            harmed: false,
            closed: false,
            swallows,
            release,
        }
    }

    fn carry(mut self) -> Carried {
        let mut poll = Poll::new().expect("a poll");
        let mut ready = Events::with_capacity(8);
        for (token, socket) in self.sockets.iter_mut().enumerate() {
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry()
                .register(socket, Token(token), both)
                .expect("registered");
        }
        let mut moved_at = clock();
        loop {
            let before = self.moved();
            let next = self.turn();
            match next {
                Next::GoOn => {}
                Next::Close => break,
                Next::Reset => {
                    self.reset();
                    break;
                }
            }
            if self.moved() > before {
                moved_at = clock();
                continue;
            }
            let until = if matches!(self.harm, Harm::Flip(..)) && self.harmed {
                moved_at + QUIET
            } else {
                moved_at + PATIENCE
            };
            let patience = until.saturating_duration_since(clock());
            poll.poll(&mut ready, Some(patience)).expect("the poll");
            // On Windows the poll may return early without events.
            if ready.is_empty() && clock() >= until {
                self.reset();
                break;
            }
        }
        let [there, back] = self.streams.map(|stream| stream.passed);
        Carried {
            there,
            back,
            harmed: self.harmed,
        }
    }

    /// The number of bytes read and written so far.
    fn moved(&self) -> usize {
        let each = self.streams.iter();
        each.map(|stream| stream.passed.len() + stream.written + usize::from(stream.ended))
            .sum()
    }

    fn turn(&mut self) -> Next {
        for from in 0..2 {
            match self.read(from) {
                Next::GoOn => {}
                other => return other,
            }
        }
        let over = |stream: &Stream| stream.ended && stream.written == stream.passed.len();
        if self.streams.iter().all(over) {
            Next::Close
        } else {
            Next::GoOn
        }
    }

    fn read(&mut self, from: usize) -> Next {
        let way = if from == 0 { Way::There } else { Way::Back };
        let mut bytes = [0; 16 * 1024];
        while !self.streams[from].ended && self.streams[from].waiting() < AHEAD {
            let count = match self.sockets[from].read(&mut bytes) {
                Ok(0) => {
                    self.streams[from].ended = true;
                    break;
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // Over a pulled cable no side is notified.
                Err(_) if self.swallows.load(Ordering::Acquire) => {
                    self.streams[from].ended = true;
                    break;
                }
                Err(_) => return Next::Reset,
            };
            if self.closed || self.swallows.load(Ordering::Acquire) {
                continue;
            }
            let passed = &mut self.streams[from].passed;
            let start = passed.len();
            passed.extend_from_slice(&bytes[..count]);
            match self.harm {
                Harm::Flip(of, at, by) if of == way && (start..start + count).contains(&at) => {
                    passed[at] ^= by;
                    self.harmed = true;
                }
                Harm::Reset(of, at) | Harm::Close(of, at) if of == way && start + count >= at => {
                    passed.truncate(at);
                    self.harmed = true;
                    self.write(from);
                    if matches!(self.harm, Harm::Reset(..)) {
                        return Next::Reset;
                    }
                    self.close();
                }
                Harm::Hold(of, at) if of == way && !self.harmed && start + count >= at => {
                    self.harmed = true;
                    self.write(from);
                    let released = self.release.0.lock().expect("no panic");
                    let wait = self
                        .release
                        .1
                        .wait_timeout_while(released, PATIENCE, |is| !*is);
                    let waited = wait.expect("no panic").1;
                    assert!(!waited.timed_out(), "nobody lets it go on");
                }
                _ => {}
            }
        }
        self.write(from)
    }

    fn write(&mut self, from: usize) -> Next {
        let stream = &mut self.streams[from];
        let to = &mut self.sockets[1 - from];
        while stream.written < stream.passed.len() {
            match to.write(&stream.passed[stream.written..]) {
                Ok(count) => stream.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Next::GoOn,
                Err(_) => return Next::Reset,
            }
        }
        // Only once, because each time wakes the poll.
        if stream.ended && !stream.told && !self.swallows.load(Ordering::Acquire) {
            stream.told = true;
            // The other side may be gone.
            let _gone = to.shutdown(std::net::Shutdown::Write);
        }
        Next::GoOn
    }

    /// Closes the sending direction to both sides.
    fn close(&mut self) {
        self.closed = true;
        for socket in &self.sockets {
            let _gone = socket.shutdown(std::net::Shutdown::Write);
        }
    }

    /// Makes both sockets send a reset when they are dropped.
    fn reset(&self) {
        for socket in &self.sockets {
            let _gone = SockRef::from(socket).set_linger(Some(Duration::ZERO));
        }
    }
}
