//! Latency and throughput of messages between two processes, beside raw TCP with the same
//! hand-offs: app thread → channel + waker → worker → socket, and back the same way.
//!
//! `cargo bench --bench wire`. Starts itself again as the other process. Loopback only.
#![expect(clippy::unwrap_used, reason = "a bench may stop at a fault of its own")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![expect(clippy::print_stdout, reason = "what a bench is for")]

use std::{
    collections::VecDeque,
    env,
    io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::SocketAddr,
    process::{Child, Command as Process, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};
use duologue::net::{
    self, Command, Event, Handle, MessageId, charset::Charset, plain::LineEnd, session::Format,
};
use mio::{Events, Interest, Poll, Token, Waker, net::TcpStream};

/// Bytes of a message, its line end included.
const SIZE: usize = 64;
const WARM_UP: usize = 1_000;
const ROUND_TRIPS: usize = 10_000;
const STREAMED: usize = 100_000;
const ROUNDS: usize = 5;

/// One end of a conversation, of either kind.
trait End {
    fn send(&mut self);
    /// Waits for messages and says how many came.
    fn receive(&mut self) -> usize;
}

fn main() {
    let args: Vec<String> = env::args().collect();
    match args
        .iter()
        .position(|arg| arg == "--other")
        .and_then(|at| Some((args.get(at + 1)?, args.get(at + 2)?)))
    {
        Some((kind, what)) => other_process(kind, what),
        None if args.iter().any(|arg| arg == "--test") => {}
        // For a profiler: nothing but our own stream of messages.
        None if args.iter().any(|arg| arg == "--stream") => {
            println!("{:.0} messages per second", rate("duologue"));
        }
        None => compare(),
    }
}

fn compare() {
    let mut raw = Vec::new();
    let mut ours = Vec::new();
    let (mut raw_rate, mut our_rate) = (Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does falls on both.
    for _ in 0..ROUNDS {
        raw.extend(latencies("raw"));
        ours.extend(latencies("duologue"));
        raw_rate.push(rate("raw"));
        our_rate.push(rate("duologue"));
    }
    println!(
        "one-way latency of {SIZE} bytes, {} messages each way",
        ROUNDS * ROUND_TRIPS
    );
    let floor = report("raw TCP, same hand-offs (floor)", &mut raw);
    let found = report("Command::Send to Event::Message", &mut ours);
    println!(
        "ratio                               p50 {:.2}   p99 {:.2}",
        found.0 / floor.0,
        found.1 / floor.1
    );
    let (floor, found) = (median(&mut raw_rate), median(&mut our_rate));
    println!("\nmessages per second, {STREAMED} of {SIZE} bytes, median of {ROUNDS}");
    println!("raw TCP, same hand-offs (floor)     {floor:>9.0}");
    println!("Command::Send to Event::Message     {found:>9.0}");
    println!("ratio                               {:.2}", floor / found);
}

fn report(name: &str, micros: &mut [f64]) -> (f64, f64) {
    micros.sort_by(f64::total_cmp);
    let at = |part: f64| micros[((micros.len() - 1) as f64 * part) as usize];
    println!(
        "{name:<35} p50 {:>6.1} µs   p99 {:>6.1} µs",
        at(0.5),
        at(0.99)
    );
    (at(0.5), at(0.99))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Half of each round trip, in microseconds.
fn latencies(kind: &str) -> Vec<f64> {
    let (mut end, mut other) = begin(kind, "echo");
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    for round in 0..WARM_UP + ROUND_TRIPS {
        let start = Instant::now();
        end.send();
        let mut came = 0;
        while came == 0 {
            came = end.receive();
        }
        if round >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e6 / 2.0);
        }
    }
    drop(end);
    other.wait().unwrap();
    times
}

/// Messages a second, from the first sent to the one back that says all have come.
fn rate(kind: &str) -> f64 {
    let (mut end, mut other) = begin(kind, "count");
    let start = Instant::now();
    for _ in 0..STREAMED {
        end.send();
    }
    while end.receive() == 0 {}
    let rate = STREAMED as f64 / start.elapsed().as_secs_f64();
    drop(end);
    other.wait().unwrap();
    rate
}

/// Starts the other process, which listens, and connects to it.
fn begin(kind: &str, what: &str) -> (Box<dyn End>, Child) {
    let mut other = Process::new(env::current_exe().unwrap())
        .args(["--other", kind, what])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address: SocketAddr = line.trim().parse().unwrap();
    let end: Box<dyn End> = match kind {
        "raw" => Box::new(Raw::connect(address)),
        _ => Box::new(Ours::connect(address)),
    };
    (end, other)
}

fn other_process(kind: &str, what: &str) {
    let mut end: Box<dyn End> = match kind {
        "raw" => Box::new(Raw::listen()),
        _ => Box::new(Ours::listen()),
    };
    let mut counted = 0;
    loop {
        let came = end.receive();
        match what {
            _ if came == 0 => return,
            "echo" => (0..came).for_each(|_| end.send()),
            _ => {
                counted += came;
                if counted == STREAMED {
                    end.send();
                }
            }
        }
    }
}

fn announce(address: SocketAddr) {
    println!("{address}");
    std::io::stdout().flush().unwrap();
}

/// A Duologue without its window.
struct Ours {
    net: Handle,
    wake_ups: Receiver<()>,
    text: String,
    sent: u64,
    settled: u64,
}

impl Ours {
    fn start() -> Self {
        let (wake, wake_ups) = bounded(1);
        let net = net::spawn(move || {
            wake.try_send(()).ok();
        });
        let ours = Self {
            net: net.unwrap(),
            wake_ups,
            text: "x".repeat(SIZE - 1),
            sent: 0,
            settled: 0,
        };
        let format = Format {
            line_end: Some(LineEnd::Lf),
            ..Format::default()
        };
        ours.net.send(Command::SetFormat(format)).unwrap();
        ours
    }

    fn listen() -> Self {
        let mut ours = Self::start();
        ours.net
            .send(Command::Listen("127.0.0.1:0".parse().unwrap()))
            .unwrap();
        ours.until(|event| match event {
            Event::Listening(listening) => {
                announce(listening.at.to_string().parse().unwrap());
                true
            }
            _ => false,
        });
        ours.until(|event| matches!(event, Event::Connected { .. }));
        ours
    }

    fn connect(to: SocketAddr) -> Self {
        let mut ours = Self::start();
        ours.net
            .send(Command::Connect(to.to_string().parse().unwrap()))
            .unwrap();
        ours.until(|event| matches!(event, Event::Connected { .. }));
        ours
    }

    fn until(&mut self, mut wanted: impl FnMut(&Event) -> bool) {
        let mut found = false;
        while !found {
            self.wake_ups.recv().unwrap();
            self.net.drain(|event| {
                found = wanted(&event);
                // What comes behind it is for whoever drains next.
                !found
            });
        }
    }

    fn drain(&mut self) -> (usize, bool) {
        let (mut came, mut ended, mut settled) = (0, false, 0);
        self.net.drain(|event| {
            match event {
                Event::Message { .. } => came += 1,
                Event::Sent(_) => settled += 1,
                Event::Ended(_) => ended = true,
                _ => {}
            }
            true
        });
        self.settled += settled;
        (came, ended)
    }
}

impl End for Ours {
    fn send(&mut self) {
        // The queue is bounded by bytes: keep it filled, not overflowing.
        while self.sent - self.settled > 4_000 {
            self.wake_ups.recv().unwrap();
            self.drain();
        }
        let id = MessageId(self.sent);
        self.sent += 1;
        while self
            .net
            .send(Command::Send {
                id,
                text: self.text.clone(),
                charset: Charset::UTF_8,
            })
            .is_err()
        {
            self.drain();
            std::thread::yield_now();
        }
    }

    fn receive(&mut self) -> usize {
        loop {
            let (came, ended) = self.drain();
            if came > 0 || ended {
                return came;
            }
            self.wake_ups.recv().unwrap();
        }
    }
}

/// The floor: the same threads and channels, and nothing between them and the socket.
struct Raw {
    commands: Option<Sender<[u8; SIZE]>>,
    waker: Arc<Waker>,
    arrivals: Receiver<usize>,
}

impl Raw {
    fn listen() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        announce(listener.local_addr().unwrap());
        Self::on(listener.accept().unwrap().0)
    }

    fn connect(to: SocketAddr) -> Self {
        Self::on(std::net::TcpStream::connect(to).unwrap())
    }

    fn on(stream: std::net::TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        let (commands, inbox) = bounded(256);
        let (outbox, arrivals) = bounded(1024);
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        // A waker that is gone wakes nobody, so the worker keeps one too.
        let kept = Arc::clone(&waker);
        std::thread::Builder::new()
            .name("raw".to_owned())
            .spawn(move || {
                raw_worker(poll, TcpStream::from_std(stream), &inbox, &outbox);
                drop(kept);
            })
            .unwrap();
        Self {
            commands: Some(commands),
            waker,
            arrivals,
        }
    }
}

impl End for Raw {
    fn send(&mut self) {
        let commands = self.commands.as_ref().unwrap();
        commands.send([b'x'; SIZE]).unwrap();
        self.waker.wake().unwrap();
    }

    fn receive(&mut self) -> usize {
        // Closed is zero.
        self.arrivals.recv().unwrap_or(0)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.commands = None;
        self.waker.wake().ok();
    }
}

fn raw_worker(
    mut poll: Poll,
    mut stream: TcpStream,
    inbox: &Receiver<[u8; SIZE]>,
    outbox: &Sender<usize>,
) {
    poll.registry()
        .register(
            &mut stream,
            Token(1),
            Interest::READABLE | Interest::WRITABLE,
        )
        .unwrap();
    let mut events = Events::with_capacity(16);
    let mut unsent: VecDeque<u8> = VecDeque::new();
    let (mut bytes, mut partial) = ([0; 16 * 1024], 0);
    loop {
        poll.poll(&mut events, Some(Duration::from_secs(30)))
            .unwrap();
        loop {
            match stream.read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => {
                    partial += count;
                    for _ in 0..partial / SIZE {
                        // One hand-off a message, as in the program.
                        outbox.send(1).unwrap();
                    }
                    partial %= SIZE;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return,
            }
        }
        loop {
            match inbox.try_recv() {
                Ok(message) => unsent.extend(message),
                Err(crossbeam_channel::TryRecvError::Disconnected) if unsent.is_empty() => return,
                Err(_) => break,
            }
        }
        while !unsent.is_empty() {
            match stream.write(unsent.make_contiguous()) {
                Ok(count) => drop(unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return,
            }
        }
    }
}
