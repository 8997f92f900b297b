//! How long a message takes to the other side while a file moves over a link of 1 MB/s, in both directions.
//!
//! Run `cargo bench --bench slow_link`. It makes a network of its own with `unshare`, `ip` and `tc`, whose loopback is that
//! link, and so needs the right to do that (root). The two directions share the link.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "../tests/support/messages.rs"]
mod messages;
#[path = "support/program.rs"]
#[expect(dead_code, reason = "another benchmark uses the rest of it")]
mod program;

use std::{
    env, fs,
    process::Command as Process,
    thread,
    time::{Duration, Instant},
};

use duologue::net::Event;
use program::{Pair, Program};
use tempfile::TempDir;

/// Enough for all messages at 1 MB/s.
const SIZE: usize = 256 * 1024 * 1024;
const MESSAGES: u64 = 300;
/// Between one message and the next.
const PAUSE: Duration = Duration::from_millis(100);
/// Set in the process that runs inside of the network.
const INSIDE: &str = "DUOLOGUE_BENCH_INSIDE";
/// How long the queue of the link may become.
const QUEUES: [&str; 2] = ["50ms", "400ms"];

fn main() {
    if env::args().any(|arg| arg == "--test") {
        return;
    }
    if let Ok(queue) = env::var(INSIDE) {
        return measure(&queue);
    }
    for queue in QUEUES {
        let link = format!(
            "ip link set lo mtu 1500 up && tc qdisc add dev lo root tbf rate 8mbit burst 16kb latency {queue} && exec \"$0\""
        );
        let run = Process::new("unshare")
            .args(["--net", "sh", "-c", &link])
            .arg(env::current_exe().unwrap())
            .env(INSIDE, queue)
            .status();
        assert!(run.unwrap().success());
    }
}

fn measure(queue: &str) {
    let folder = TempDir::new_in("/dev/shm").unwrap();
    let source = folder.path().join("source.bin");
    fs::write(&source, vec![7; SIZE]).unwrap();
    let mut pair = Pair::connect(folder.path());
    let at_rest = talk(&mut pair);
    let row = pair.offer(&source);
    let arrived = pair.accept(row, &source);
    let before = pair.receiver.wait_for(moved);
    let start = Instant::now();
    let while_moving = talk(&mut pair);
    let came = pair.receiver.wait_for(moved) - before;
    let rate = came as f64 / start.elapsed().as_secs_f64() / 1e6;
    assert!(!arrived.exists(), "the file was too small");
    println!("link of 1 MB/s, queue of {queue}: {MESSAGES} messages each way");
    for (name, [out, back]) in [("no file moves", at_rest), ("a file moves", while_moving)] {
        println!(
            "  {name:>14}   beside the file {}   against it {}",
            words(out),
            words(back)
        );
    }
    println!("  the file moved at about {rate:.2} MB/s");
}

fn words(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize] * 1e3;
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    )
}

/// Seconds from *Send* to the other side's event, of messages in the direction of the file and against it.
fn talk(pair: &mut Pair) -> [Vec<f64>; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..MESSAGES {
        times[0].push(say(&pair.sender, &mut pair.receiver, number));
        times[1].push(say(&pair.receiver, &mut pair.sender, number));
        thread::sleep(PAUSE);
    }
    times
}

fn say(from: &Program, to: &mut Program, number: u64) -> f64 {
    let text = format!("Message {number}");
    let start = Instant::now();
    let message = messages::write(2 + number, to.key, &text);
    from.net.send(message).unwrap();
    to.wait_for(|event| messages::text(event).filter(|came| came.text == text));
    start.elapsed().as_secs_f64()
}

/// How much of the file has come, in bytes.
fn moved(event: &Event) -> Option<u64> {
    match event {
        Event::FileProgress { moved, .. } => Some(*moved),
        _ => None,
    }
}
