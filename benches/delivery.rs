//! The cost of losing nothing: the rate of durable messages both ways, beside the bare commits of the same work; and
//! the time from Enter to the other window and to the delivered mark.
//!
//! Run `cargo bench --bench delivery`, with `-- --messages 5000` for a shorter run. Both programs have their folders in
//! `target/tmp`, on the disk rather than in memory.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "../tests/support/messages.rs"]
mod messages;

use duologue::identity::StreamId;
use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use duologue::{
    history,
    identity::{PeerId, PublicKey},
    millis::Millis,
    net::{Call, Command, Event, Handle, How, Options, Siblings},
    store::{self, Content, Incoming, Store},
};

const MESSAGES: u64 = 20_000;
const ROUNDS: usize = 5;
const SINGLE: u64 = 2_000;
/// Messages per commit of the floor: about as many as one turn of the worker handles.
const BATCH: u64 = 128;
/// Maximum number of messages sent but not stored yet, so that the command channel is never full.
const AHEAD: u64 = 128;
const TEXT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn main() {
    let messages = messages();
    println!("{messages} messages each way, 64 bytes each; medians of {ROUNDS}\n");
    let mut floors = Vec::new();
    let mut ours = Vec::new();
    let mut indexed = Vec::new();
    for _ in 0..ROUNDS {
        floors.push(bare_commits(messages));
        ours.push(Pair::open(false).both_ways(messages));
        indexed.push(Pair::open(true).both_ways(messages));
    }
    let floor = median(&mut floors);
    println!("bare commits, {BATCH} at a time   {floor:>9.0} messages per second");
    for (what, rates) in [
        ("delivered and marked", ours),
        ("the same, with an index", indexed),
    ] {
        let mut rates = rates;
        let rate = median(&mut rates);
        println!(
            "{what:<27} {rate:>9.0} messages per second, {:.2} of the floor",
            rate / floor
        );
    }
    println!();
    let (mut there, mut marked) = Pair::open(false).one_by_one();
    let mut commits = single_commits();
    for (what, times) in [
        ("one bare commit", &mut commits),
        ("Enter to the other window", &mut there),
        ("Enter to delivered mark", &mut marked),
    ] {
        times.sort_unstable();
        let at = |part: f64| times[(times.len() as f64 * part) as usize].as_secs_f64() * 1e6;
        println!(
            "{what:<27} p50 {:>7.0} µs   p99 {:>7.0} µs",
            at(0.5),
            at(0.99)
        );
    }
}

fn messages() -> u64 {
    let mut args = env::args().skip_while(|arg| arg != "--messages").skip(1);
    args.next()
        .map_or(MESSAGES, |number| number.parse().unwrap())
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Creates an empty folder on the disk.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("delivery")
        .join(name);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

/// Does only the store's work for `messages` messages each way, on both stores at once as in two programs. Returns
/// messages per second, both ways together.
fn bare_commits(messages: u64) -> f64 {
    let start = Instant::now();
    let sides = [1_u8, 2].map(|side| {
        thread::Builder::new()
            .spawn(move || {
                let folder = folder(&format!("floor-{side}"));
                let mut store = Store::open(&folder).unwrap().store;
                let peer = PeerId::Key(PublicKey::from_bytes([side; 32]));
                let id = store.conversation(&peer, Millis::new(0)).unwrap();
                let mut numbers = 1..=messages;
                loop {
                    let some: Vec<u64> = numbers.by_ref().take(BATCH as usize).collect();
                    let Some(last) = some.last() else { break };
                    let mut batch = store.batch().unwrap();
                    for number in &some {
                        batch
                            .write(id, TEXT, StreamId::from_bytes([1; 16]), Millis::new(1))
                            .unwrap();
                        let item = Incoming {
                            stream: StreamId::from_bytes([2; 16]),
                            number: *number,
                            missed: 0,
                            sent_at: Millis::new(1),
                            content: Content::Text(TEXT),
                        };
                        batch.receive(id, &item, Millis::new(1)).unwrap();
                    }
                    batch.commit().unwrap();
                    let mut batch = store.batch().unwrap();
                    batch
                        .acknowledge(id, StreamId::from_bytes([1; 16]), *last)
                        .unwrap();
                    batch.commit().unwrap();
                }
            })
            .unwrap()
    });
    for side in sides {
        side.join().unwrap();
    }
    2.0 * messages as f64 / start.elapsed().as_secs_f64()
}

fn single_commits() -> Vec<Duration> {
    let mut store = Store::open(&folder("single")).unwrap().store;
    let peer = PeerId::Key(PublicKey::from_bytes([1; 32]));
    let id = store.conversation(&peer, Millis::new(0)).unwrap();
    let commit = |_| {
        let start = Instant::now();
        let mut batch = store.batch().unwrap();
        batch
            .write(id, TEXT, StreamId::from_bytes([1; 16]), Millis::new(1))
            .unwrap();
        batch.commit().unwrap();
        start.elapsed()
    };
    (0..SINGLE).map(commit).collect()
}

/// A program without its window.
struct Program {
    handle: Handle,
    woken: Receiver<()>,
    key: PublicKey,
    // Dropped after the worker, which notifies it.
    _history: Option<history::Handle>,
}

impl Program {
    fn start(name: &str, indexed: bool) -> Self {
        let folder = folder(name);
        let (notifier, changes) = store::changes();
        let (wake, woken) = crossbeam_channel::bounded(1);
        let options = Options {
            folder: Some(folder.clone()),
            notifier,
            // Nobody is asked about.
            siblings: Siblings::by(|_| true),
            ..Options::default()
        };
        let handle = duologue::net::spawn(options, move || {
            wake.try_send(()).ok();
        });
        let history = indexed.then(|| history::spawn(&folder, changes, || {}).unwrap());
        let mut program = Self {
            handle: handle.unwrap(),
            woken,
            key: PublicKey::from_bytes([0; 32]),
            _history: history,
        };
        program.key = program.until(|event| match event {
            Event::Identity(identity) => Some(identity.clone().unwrap()),
            _ => None,
        });
        program
    }

    fn ask(&self, command: Command) {
        self.handle.send(command).unwrap();
    }

    /// Takes events until `pick` returns something; panics after 60 s without events.
    fn until<T>(&self, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let mut found = None;
            self.handle.drain(|event| {
                found = pick(&event);
                found.is_none()
            });
            if let Some(found) = found {
                return found;
            }
            self.woken.recv_timeout(Duration::from_mins(1)).unwrap();
        }
    }

    /// Sends `messages` messages, and returns when all are marked as delivered.
    fn write_all(&self, to: PublicKey, messages: u64) {
        let (mut written, mut stored, mut waiting) = (0, 0, 0);
        while stored < messages || waiting > 0 {
            while written < messages && written - stored < AHEAD {
                self.ask(messages::write(written, to, TEXT));
                written += 1;
            }
            // Drain before waiting: events that have already arrived wake us only once.
            self.handle.drain(|event| {
                match event {
                    Event::Outbox(count) => waiting = count,
                    Event::NotStored { .. } => panic!("the disk can't keep up"),
                    event => stored += u64::from(messages::stored(&event).is_some()),
                }
                true
            });
            let is_full = written == messages || written - stored == AHEAD;
            if is_full && (stored < messages || waiting > 0) {
                let woken = self.woken.recv_timeout(Duration::from_mins(1));
                assert!(
                    woken.is_ok(),
                    "no progress: {written} written, {stored} stored, {waiting} waiting"
                );
            }
        }
    }
}

/// Two connected programs.
struct Pair {
    sides: [Program; 2],
}

impl Pair {
    fn open(indexed: bool) -> Self {
        let sides = ["a", "b"].map(|name| Program::start(name, indexed));
        sides[0].ask(Command::Listen("127.0.0.1:0".parse().unwrap()));
        let to = sides[0].until(|event| match event {
            Event::Listening(listening) => Some(listening.at.clone()),
            _ => None,
        });
        sides[1].ask(Command::Connect(Call {
            to,
            also: Vec::new(),
            how: How::Encrypted,
        }));
        for side in &sides {
            side.until(|event| matches!(event, Event::Named(_)).then_some(()));
        }
        Self { sides }
    }

    fn both_ways(self, messages: u64) -> f64 {
        let [a, b] = self.sides;
        let keys = [a.key, b.key];
        let start = Instant::now();
        let threads = [(a, keys[1]), (b, keys[0])].map(|(side, to)| {
            thread::Builder::new()
                .spawn(move || {
                    side.write_all(to, messages);
                    // Keeps the connection until both are done.
                    side
                })
                .unwrap()
        });
        let done = threads.map(|thread| thread.join().unwrap());
        let rate = 2.0 * messages as f64 / start.elapsed().as_secs_f64();
        drop(done);
        rate
    }

    /// Measures the time from the command to the event in the other program, and to the delivered mark.
    fn one_by_one(self) -> (Vec<Duration>, Vec<Duration>) {
        let [a, b] = self.sides;
        let mut there = Vec::new();
        let mut marked = Vec::new();
        for number in 0..SINGLE {
            let start = Instant::now();
            a.ask(messages::write(number, b.key, TEXT));
            b.until(|event| messages::is_received(event).then_some(()));
            there.push(start.elapsed());
            a.until(messages::settled);
            marked.push(start.elapsed());
        }
        (there, marked)
    }
}
