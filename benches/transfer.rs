//! Moving files between two programs over loopback, with the hash on both sides:
//! - from memory to memory (/dev/shm), beside raw TCP, bare rustls, `scp` and `magic-wormhole`;
//! - from disk to disk, beside `cp` and `b3sum`;
//! - a folder of 10,000 files of 4 KiB, beside `rsync`.
//!
//! Run `cargo bench --bench transfer`, with `-- --mib 256` for smaller files. Programs that are not installed are left
//! out and named. Everything is removed at the end.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "support/floor.rs"]
mod floor;
#[path = "../tests/support/messages.rs"]
mod messages;
#[path = "support/program.rs"]
mod program;
#[path = "support/ssh.rs"]
mod ssh;
#[path = "support/tls.rs"]
#[expect(dead_code, reason = "another benchmark uses the rest of it")]
mod tls;
#[path = "support/usage.rs"]
mod usage;
#[path = "support/wormhole.rs"]
mod wormhole;

use std::{env, fs, io::Write as _, path::Path, process::Command, time::Instant};

use program::{Pair, size_of};
use ssh::SshServer;
use tempfile::TempDir;
use usage::{anonymous_kib, cpu_seconds};
use wormhole::Mailbox;

const MIB: u64 = 1024 * 1024;
const ROUNDS: usize = 3;
/// Number of small files and the size of each in bytes.
const SMALL: (usize, usize) = (10_000, 4096);
const MEMORY: &str = "/dev/shm";

fn main() {
    let args: Vec<String> = env::args().collect();
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    let mib = args.iter().position(|arg| arg == "--mib");
    let mib = mib.map_or(1024, |at| args[at + 1].parse().unwrap());
    let keys = TempDir::new().unwrap();
    let server = SshServer::start(keys.path());
    println!("best of {ROUNDS} rounds in turns\n");
    from_memory(mib, server.as_ref());
    from_disk(mib);
    small_files(server.as_ref());
}

fn from_memory(mib: u64, server: Option<&SshServer>) {
    let (memory, folder) = (Path::new(MEMORY), TempDir::new_in(MEMORY).unwrap());
    let source = folder.path().join("source.bin");
    write_source(&source, mib * MIB);
    let mailbox = Mailbox::start(folder.path());
    let best = best_of([
        ("raw TCP", &|| Some(timed(|| floor::raw(mib * MIB)))),
        ("bare rustls", &|| {
            Some(timed(|| floor::bare_tls(mib * MIB)))
        }),
        ("Duologue", &|| Some(transfer(&source, memory))),
        ("scp", &|| {
            server.map(|server| Run::of(server.scp(&source, memory)))
        }),
        ("magic-wormhole", &|| {
            let mailbox = mailbox.as_ref()?;
            Some(Run::of(mailbox.send(&source, memory)))
        }),
    ]);
    print(
        &format!("{mib} MiB from memory to memory"),
        &best,
        1,
        mib as f64,
        "MiB/s",
    );
}

fn from_disk(mib: u64) {
    let folder = TempDir::new().unwrap();
    let source = folder.path().join("source.bin");
    write_source(&source, mib * MIB);
    let best = best_of([
        ("cp", &|| {
            Some(timed(|| copy(&source, folder.path(), false)))
        }),
        ("cp and b3sum", &|| {
            is_installed("b3sum").then(|| timed(|| copy(&source, folder.path(), true)))
        }),
        ("Duologue", &|| Some(transfer(&source, folder.path()))),
    ]);
    print(
        &format!("{mib} MiB from disk to disk, synchronised"),
        &best,
        0,
        mib as f64,
        "MiB/s",
    );
}

fn small_files(server: Option<&SshServer>) {
    let (memory, folder) = (Path::new(MEMORY), TempDir::new_in(MEMORY).unwrap());
    let source = folder.path().join("small");
    fs::create_dir(&source).unwrap();
    let (count, size) = SMALL;
    for number in 0..count {
        fs::write(
            source.join(format!("{number}.bin")),
            vec![number as u8; size],
        )
        .unwrap();
    }
    let best = best_of([
        ("rsync", &|| Some(Run::of(server?.rsync(&source, memory)?))),
        ("Duologue", &|| Some(transfer(&source, memory))),
    ]);
    let title = format!("a folder of {count} files of {size} bytes from memory to memory");
    print(&title, &best, 0, count as f64, "files/s");
}

/// How long something took, and what else there is to say of it.
struct Run {
    seconds: f64,
    further: String,
}

impl Run {
    fn of(seconds: f64) -> Self {
        Self {
            seconds,
            further: String::new(),
        }
    }
}

fn timed(what: impl FnOnce()) -> Run {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    what();
    Run {
        seconds: start.elapsed().as_secs_f64(),
        further: format!("{:.2} s of processor time", cpu_seconds() - cpu),
    }
}

/// From the offer to the file under its name below `at`, with the hash on both sides and the synchronisation to the disk.
fn transfer(source: &Path, at: &Path) -> Run {
    let mut pair = Pair::connect(at);
    let before = anonymous_kib();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let row = pair.offer(source);
    let offered = start.elapsed().as_secs_f64();
    let arrived = pair.accept(row, source);
    let mut peak = 0;
    pair.wait_until_arrived(&arrived, || peak = peak.max(anonymous_kib()));
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu;
    assert_eq!(size_of(&arrived), size_of(source));
    let peak = peak.saturating_sub(before) / 1024;
    Run {
        seconds,
        further: format!(
            "{cpu:.2} s of processor time, {offered:.2} s until it was offered, + {peak} MiB on both sides together"
        ),
    }
}

type Case<'a> = (&'static str, &'a dyn Fn() -> Option<Run>);

/// The fastest run of each case, the cases taking turns.
fn best_of<const N: usize>(cases: [Case<'_>; N]) -> Vec<(&'static str, Option<Run>)> {
    let mut best: Vec<(&'static str, Option<Run>)> =
        cases.iter().map(|(name, _)| (*name, None)).collect();
    for _ in 0..ROUNDS {
        for ((_, case), (_, best)) in cases.iter().zip(&mut best) {
            let is_better = |run: &Run| best.as_ref().is_none_or(|best| run.seconds < best.seconds);
            if let Some(run) = case().filter(is_better) {
                *best = Some(run);
            }
        }
    }
    best
}

/// `beside`: the case that the others are compared with.
fn print(title: &str, best: &[(&str, Option<Run>)], beside: usize, amount: f64, unit: &str) {
    println!("{title}");
    let (reference, floor) = &best[beside];
    let floor = floor.as_ref().map(|run| run.seconds);
    for (name, run) in best {
        let Some(run) = run else {
            println!("{name:>16}   not installed");
            continue;
        };
        let rate = amount / run.seconds;
        let ratio = floor.map_or(f64::NAN, |floor| floor / run.seconds);
        println!(
            "{name:>16}   {rate:>6.0} {unit}   {ratio:.2} of {reference}   {}",
            run.further
        );
    }
    println!();
}

/// A file without repetition.
fn write_source(path: &Path, size: u64) {
    let mut file = fs::File::create(path).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = vec![0; MIB as usize];
    for _ in 0..size / MIB {
        for word in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        file.write_all(&block).unwrap();
    }
    file.sync_all().unwrap();
}

/// Copies a file and synchronises it; `is_hashed`: hashes both, as the two sides of a transfer do.
fn copy(source: &Path, folder: &Path, is_hashed: bool) {
    let copied = folder.join("copied.bin");
    let run = |program: &str, args: &[&Path]| {
        let output = Command::new(program).args(args).output().unwrap();
        assert!(output.status.success());
    };
    run("cp", &[source, &copied]);
    fs::File::open(&copied).unwrap().sync_all().unwrap();
    if is_hashed {
        run("b3sum", &[source]);
        run("b3sum", &[&copied]);
    }
    fs::remove_file(copied).unwrap();
}

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
