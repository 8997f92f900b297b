//! Latency and throughput of messages between two processes: plain text beside raw TCP, and encrypted beside raw
//! rustls. Both have the same hand-offs: app thread → channel + waker → worker → socket, and back the same way.
//! Also measures the time from a call until both can talk.
//!
//! Run `cargo bench --bench wire`. It runs itself as the other process, and uses loopback only.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "../tests/support/messages.rs"]
mod messages;
#[path = "support/tls.rs"]
mod tls;

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
use duologue::{
    identity::PeerId,
    net::{self, Call, Command, Event, Handle, How, Options, Siblings, protocol::plain::Format},
    text::{charset::Charset, line_end::LineEnd},
};
use mio::{Events, Interest, Poll, Token, Waker, net::TcpStream};

/// Size of a message in bytes, including its line end.
const SIZE: usize = 64;
const WARM_UP: usize = 1_000;
const ROUND_TRIPS: usize = 10_000;
const STREAMED: usize = 100_000;
const ROUNDS: usize = 5;
const HANDSHAKES: usize = 100;
/// What is compared: each floor, and Duologue on the same transport.
const KINDS: [[&str; 2]; 2] = [["raw TCP", "plain text"], ["raw rustls", "encrypted"]];

/// One end of a conversation, of either kind.
trait End {
    fn send(&mut self);
    /// Waits for messages and returns how many arrived; 0 if the connection is closed.
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
        // For a profiler: only Duologue's own stream of messages.
        None if args.iter().any(|arg| arg == "--stream") => {
            println!("{:.0} messages per second", rate("plain text"));
        }
        None if args.iter().any(|arg| arg == "--stream-encrypted") => {
            println!("{:.0} messages per second", rate("encrypted"));
        }
        None => compare(),
    }
}

fn compare() {
    let mut latency: [[Vec<f64>; 2]; 2] = Default::default();
    let mut rates: [[Vec<f64>; 2]; 2] = Default::default();
    let mut handshakes: [Vec<f64>; 2] = Default::default();
    // Alternating, so that other load on the machine affects all of them.
    for _ in 0..ROUNDS {
        for (pair, kinds) in KINDS.iter().enumerate() {
            for (side, kind) in kinds.iter().enumerate() {
                latency[pair][side].extend(latencies(kind));
                rates[pair][side].push(rate(kind));
            }
        }
        for (side, kind) in KINDS[1].iter().enumerate() {
            handshakes[side].extend(until_open(kind));
        }
    }
    let messages = ROUNDS * ROUND_TRIPS;
    println!("one-way latency of {SIZE} bytes, {messages} messages each way");
    for (kinds, times) in KINDS.iter().zip(&mut latency) {
        ratio(kinds, times);
    }
    println!("\nmessages per second, {STREAMED} of {SIZE} bytes, median of {ROUNDS}");
    for (kinds, rates) in KINDS.iter().zip(&mut rates) {
        let [floor, found] = rates.each_mut().map(|rates| median(rates));
        println!(
            "{:<12} {floor:>9.0}   {:<12} {found:>9.0}",
            kinds[0], kinds[1]
        );
        println!("ratio        {:>9.2}", floor / found);
    }
    println!(
        "\nfrom the call until both can talk, {} times",
        ROUNDS * HANDSHAKES
    );
    ratio(&KINDS[1], &mut handshakes);
}

fn ratio(kinds: &[&str; 2], times: &mut [Vec<f64>; 2]) {
    let [floor, found] = times;
    let (floor, found) = (report(kinds[0], floor), report(kinds[1], found));
    println!(
        "ratio        p50 {:>6.2}      p99 {:>6.2}",
        found.0 / floor.0,
        found.1 / floor.1
    );
}

fn report(name: &str, micros: &mut [f64]) -> (f64, f64) {
    micros.sort_by(f64::total_cmp);
    let at = |part: f64| micros[((micros.len() - 1) as f64 * part) as usize];
    println!(
        "{name:<12} p50 {:>6.1} µs   p99 {:>6.1} µs",
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

/// Messages per second, from sending the first one until the reply that all have arrived.
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

/// Microseconds from each call until both sides can talk.
fn until_open(kind: &str) -> Vec<f64> {
    let (mut other, address) = start_other(kind, "answer");
    let times = (0..HANDSHAKES)
        .map(|_| {
            // Keys and threads exist before the person clicks.
            let (start, end): (_, Box<dyn End>) = if kind == "raw rustls" {
                let tls = tls::client();
                let start = Instant::now();
                let stream = std::net::TcpStream::connect(address).unwrap();
                (start, Box::new(Raw::on(stream, Some(tls))))
            } else {
                let ours = Ours::start();
                let start = Instant::now();
                (start, Box::new(ours.call(address, How::Encrypted)))
            };
            let micros = start.elapsed().as_secs_f64() * 1e6;
            drop(end);
            micros
        })
        .collect();
    other.kill().unwrap();
    other.wait().unwrap();
    times
}

/// Starts the other process, which listens, and connects to it.
fn begin(kind: &str, what: &str) -> (Box<dyn End>, Child) {
    let (other, address) = start_other(kind, what);
    (connect(kind, address), other)
}

fn start_other(kind: &str, what: &str) -> (Child, SocketAddr) {
    let mut other = Process::new(env::current_exe().unwrap())
        .args(["--other", kind, what])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (other, line.trim().parse().unwrap())
}

fn connect(kind: &str, to: SocketAddr) -> Box<dyn End> {
    match kind {
        "raw TCP" => Box::new(Raw::on(std::net::TcpStream::connect(to).unwrap(), None)),
        "raw rustls" => {
            let stream = std::net::TcpStream::connect(to).unwrap();
            Box::new(Raw::on(stream, Some(tls::client())))
        }
        "plain text" => Box::new(Ours::start().call(to, How::Plain)),
        _ => Box::new(Ours::start().call(to, How::Encrypted)),
    }
}

fn other_process(kind: &str, what: &str) {
    if kind.starts_with("raw") {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        announce(listener.local_addr().unwrap());
        for stream in listener.incoming() {
            let tls = (kind == "raw rustls").then(tls::server);
            talk(&mut Raw::on(stream.unwrap(), tls), what);
            if what != "answer" {
                return;
            }
        }
    } else {
        let mut ours = Ours::listen();
        if what == "answer" {
            // Takes one caller after the other, until the parent process kills this one.
            ours.until(|_| false);
        }
        talk(&mut ours, what);
    }
}

fn talk(end: &mut dyn End, what: &str) {
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
    /// Whom the conversation is with.
    to: Option<PeerId>,
    sent: u64,
    settled: u64,
}

impl Ours {
    fn start() -> Self {
        let (wake, wake_ups) = bounded(1);
        // Nobody is asked about.
        let options = Options {
            siblings: Siblings::by(|_| true),
            ..Options::default()
        };
        let net = net::spawn(options, move || {
            wake.try_send(()).ok();
        });
        let mut ours = Self {
            net: net.unwrap(),
            wake_ups,
            text: "x".repeat(SIZE - 1),
            to: None,
            sent: 0,
            settled: 0,
        };
        let format = Format {
            line_end: Some(LineEnd::Lf),
            ..Format::default()
        };
        ours.net.send(Command::SetFormat(format)).unwrap();
        ours.until(|event| matches!(event, Event::Contacts(_)));
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

    fn call(mut self, to: SocketAddr, how: How) -> Self {
        let call = Call {
            to: to.to_string().parse().unwrap(),
            also: Vec::new(),
            how,
        };
        self.net.send(Command::Connect(call)).unwrap();
        self.until(|event| matches!(event, Event::Connected { .. }));
        self
    }

    fn until(&mut self, mut wanted: impl FnMut(&Event) -> bool) {
        let mut found = false;
        loop {
            self.net.drain(|event| {
                assert!(!matches!(event, Event::ConnectFailed { .. }), "{event:?}");
                found = wanted(&event);
                if let Some((peer_id, _)) = messages::connected(&event) {
                    self.to = Some(peer_id);
                }
                // Later events are left for the next drain.
                !found
            });
            if found {
                return;
            }
            self.wake_ups
                .recv_timeout(Duration::from_secs(10))
                .expect("an event within 10 s");
        }
    }

    fn drain(&mut self) -> (usize, bool) {
        let (mut came, mut ended, mut settled) = (0, false, 0);
        self.net.drain(|event| {
            came += usize::from(messages::is_received(&event));
            settled += u64::from(messages::is_sent(&event));
            // In plain text a peer that only stops sending may still read. Unless it is a Duologue on Linux, the worker
            // finds out a minute later that it does not.
            ended |= matches!(event, Event::Ended(_) | Event::PeerFinished);
            true
        });
        self.settled += settled;
        (came, ended)
    }
}

impl End for Ours {
    fn send(&mut self) {
        // The send queue is bounded in bytes: keep it filled without overflowing it.
        while self.sent - self.settled > 4_000 {
            self.wake_ups.recv().unwrap();
            self.drain();
        }
        let to = self.to.clone().expect("connected");
        let message = messages::send(self.sent, to, &self.text, Charset::UTF_8);
        self.sent += 1;
        while self.net.send(message.clone()).is_err() {
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

/// The floor: the same threads and channels, with nothing between them and the socket.
struct Raw {
    commands: Option<Sender<[u8; SIZE]>>,
    waker: Arc<Waker>,
    arrivals: Receiver<usize>,
}

impl Raw {
    /// Returns when both sides can talk.
    fn on(stream: std::net::TcpStream, mut tls: Option<rustls::Connection>) -> Self {
        stream.set_nodelay(true).unwrap();
        if let Some(tls) = &mut tls {
            // The channel bounds the queue already.
            tls.set_buffer_limit(None);
            let mut stream = &stream;
            while tls.is_handshaking() || tls.wants_write() {
                tls.complete_io(&mut stream).unwrap();
            }
        }
        stream.set_nonblocking(true).unwrap();
        let (commands, inbox) = bounded(256);
        let (outbox, arrivals) = bounded(1024);
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        // A dropped waker wakes no one, so the worker keeps a reference too.
        let kept = Arc::clone(&waker);
        std::thread::Builder::new()
            .name("raw".to_owned())
            .spawn(move || {
                let stream = TcpStream::from_std(stream);
                raw_worker(poll, stream, tls, &inbox, &outbox);
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
        // A closed channel means a closed connection.
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
    mut tls: Option<rustls::Connection>,
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
    let mut bytes = [0; 16 * 1024];
    let mut partial = tls.as_mut().map_or(0, tls::decrypted);
    for _ in 0..partial / SIZE {
        outbox.send(1).unwrap();
    }
    partial %= SIZE;
    loop {
        poll.poll(&mut events, Some(Duration::from_secs(30)))
            .unwrap();
        loop {
            match stream.read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => {
                    partial += match &mut tls {
                        None => count,
                        Some(tls) => tls::read(tls, &bytes[..count]),
                    };
                    for _ in 0..partial / SIZE {
                        // One hand-off per message, as in the program.
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
                Ok(message) => match &mut tls {
                    None => unsent.extend(message),
                    Some(tls) => tls.writer().write_all(&message).unwrap(),
                },
                Err(crossbeam_channel::TryRecvError::Disconnected) if unsent.is_empty() => return,
                Err(_) => break,
            }
        }
        if let Some(tls) = &mut tls {
            while tls.wants_write() {
                tls.write_tls(&mut unsent).unwrap();
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
