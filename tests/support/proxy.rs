//! Somebody who stands on the line between a caller and a program: reads along, changes bytes, cuts
//! the line or swallows what is said.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use super::{PATIENCE, accept, clock, local, thread};

/// Longer than two programs on this computer take to answer each other. Where they take longer, a line
/// is cut that might have gone on, which does no test any harm.
const QUIET: Duration = Duration::from_millis(250);

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the side that calls to the side that was called.
    There,
    Back,
}

/// What is done to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Nothing; all is passed on.
    Nothing,
    /// The byte at this offset of the stream is changed. What then waits for bytes that never come
    /// is cut off after a moment.
    Flip(Way, usize, u8),
    /// So many bytes are passed on, then both sides are reset.
    Reset(Way, usize),
    /// So many bytes are passed on, then both sides are closed as if the other one had.
    Close(Way, usize),
}

/// What has gone over a connection.
#[derive(Debug)]
pub struct Carried {
    /// As it was passed on.
    pub there: Vec<u8>,
    pub back: Vec<u8>,
    /// Whether that was done which was to be done.
    pub harmed: bool,
    /// Whether the two sides had to be cut off because neither said anything.
    pub stalled: bool,
}

impl Carried {
    /// The lengths of the stream at which its TLS records end.
    pub fn record_ends(&self, way: Way) -> Vec<usize> {
        let stream = match way {
            Way::There => &self.there,
            Way::Back => &self.back,
        };
        let mut ends = Vec::new();
        let mut at = 0;
        // RFC 8446, 5.1: a type, a version and a length before each.
        while let Some([_, _, _, high, low]) = stream.get(at..at + 5) {
            at += 5 + usize::from(u16::from_be_bytes([*high, *low]));
            ends.push(at);
        }
        ends
    }
}

/// A port before a port.
pub struct Proxy {
    listener: TcpListener,
    to: SocketAddr,
    swallows: Arc<AtomicBool>,
}

impl Proxy {
    pub fn before(port: u16) -> Self {
        Self {
            listener: TcpListener::bind(local(0)).expect("a free port"),
            to: local(port),
            swallows: Arc::default(),
        }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("an address").port()
    }

    /// For a test that deals with callers itself.
    pub fn listener(&self) -> TcpListener {
        self.listener.try_clone().expect("a clone")
    }

    /// Leads callers there from now on.
    pub fn turn_to(&mut self, port: u16) {
        self.to = local(port);
    }

    /// Nothing is passed on any more, and nobody told: like a cable that was pulled.
    pub fn swallow(&self) {
        self.swallows.store(true, Ordering::Release);
    }

    /// Takes the next caller, and does this to its connection.
    pub fn carry(&self, harm: Harm) -> JoinHandle<Carried> {
        self.carry_after(harm, || {})
    }

    /// Takes the next caller, waits for something, and then does this to its connection.
    pub fn carry_after(
        &self,
        harm: Harm,
        wait: impl FnOnce() + Send + 'static,
    ) -> JoinHandle<Carried> {
        let listener = self.listener.try_clone().expect("a clone");
        let to = self.to;
        let swallows = Arc::clone(&self.swallows);
        thread("proxy", move || {
            let caller = accept(&listener);
            wait();
            let program = TcpStream::connect(to).expect("the program listens");
            Line::new(caller, program, harm, swallows).carry()
        })
    }
}

/// One direction.
#[derive(Default)]
struct Stream {
    /// All that was passed on.
    passed: Vec<u8>,
    /// How much of it was written.
    written: usize,
    ended: bool,
    /// The other side was told that.
    told: bool,
}

struct Line {
    /// The side that calls, and the side that was called.
    sockets: [mio::net::TcpStream; 2],
    /// What comes from each.
    streams: [Stream; 2],
    harm: Harm,
    harmed: bool,
    /// Both sides were told that nothing more comes, and what they say is passed on no more.
    closed: bool,
    swallows: Arc<AtomicBool>,
}

/// What is to be done with the sockets.
enum Next {
    GoOn,
    Close,
    Reset,
}

impl Line {
    fn new(caller: TcpStream, program: TcpStream, harm: Harm, swallows: Arc<AtomicBool>) -> Self {
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
        let mut deadline = clock() + PATIENCE;
        let mut stalled = false;
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
                deadline = clock() + PATIENCE;
                continue;
            }
            let patience = if matches!(self.harm, Harm::Flip(..)) && self.harmed {
                QUIET
            } else {
                deadline.saturating_duration_since(clock())
            };
            poll.poll(&mut ready, Some(patience)).expect("the poll");
            if ready.is_empty() {
                stalled = true;
                self.reset();
                break;
            }
        }
        let [there, back] = self.streams.map(|stream| stream.passed);
        Carried {
            there,
            back,
            harmed: self.harmed,
            stalled,
        }
    }

    /// What has been read and written so far.
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
        while !self.streams[from].ended {
            let count = match self.sockets[from].read(&mut bytes) {
                Ok(0) => {
                    self.streams[from].ended = true;
                    break;
                }
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // Nobody is told over a cable that was pulled.
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
            // The other side may have gone.
            let _gone = to.shutdown(std::net::Shutdown::Write);
        }
        Next::GoOn
    }

    /// Both are told that nothing more comes.
    fn close(&mut self) {
        self.closed = true;
        for socket in &self.sockets {
            let _gone = socket.shutdown(std::net::Shutdown::Write);
        }
    }

    /// What both are told when this is dropped.
    fn reset(&self) {
        for socket in &self.sockets {
            let _gone = SockRef::from(socket).set_linger(Some(Duration::ZERO));
        }
    }
}
