//! Files from disk to disk, without a network: offering (hashing), reading and encoding, verifying and writing. Beside
//! the least that the same costs: BLAKE3 of the bytes, and a copy of them.
//!
//! Run `cargo bench --bench files [-- FOLDER]`. It works in FOLDER, which is the temporary folder of the system if none
//! is given, and in /dev/shm where that exists, so that one disk and no disk are measured. Each figure is the best of
//! three.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, sync_channel},
    time::Instant,
};

use duologue::files::{Destination, Files, FilesEvent, Next, Source, WriteError, encoded_len};

/// Size of the large file in bytes.
const LARGE: usize = 1 << 30;
/// Number of small files and their size in bytes.
const SMALL: (usize, usize) = (10_000, 4096);
const ROUNDS: usize = 3;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    let chosen = args
        .iter()
        .find(|arg| !arg.starts_with("--"))
        .map(PathBuf::from);
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        measure("in memory (/dev/shm)", &memory);
    }
    let disk = chosen.unwrap_or_else(std::env::temp_dir);
    measure(&format!("on the disk ({})", disk.display()), &disk);
}

fn measure(title: &str, folder: &Path) {
    println!("== {title}");
    let at = tempfile::tempdir_in(folder).unwrap();
    let large = at.path().join("large");
    fs::write(&large, content(LARGE)).unwrap();
    let gib = |seconds: f64| LARGE as f64 / f64::from(1 << 30) / seconds;

    let bytes = fs::read(&large).unwrap();
    let mut copy = vec![0; bytes.len()];
    let copying = best(|| copy.copy_from_slice(&bytes));
    println!("copy in memory                  {:6.2} GiB/s", gib(copying));
    let hashing = best(|| {
        blake3::hash(&bytes);
    });
    println!("BLAKE3 in memory, one thread    {:6.2} GiB/s", gib(hashing));
    drop((bytes, copy));
    let copying = best(|| copy_and_sync(&large, &at.path().join("copy")));
    println!("copy of the file, synchronised  {:6.2} GiB/s", gib(copying));

    let (mut ours, woken) = side(at.path());
    let mut job = 0;
    let mut source = None;
    let offering = best(|| {
        job += 1;
        source = Some(prepare(&mut ours, &woken, job, &large));
    });
    println!(
        "offer                           {:6.2} GiB/s",
        gib(offering)
    );
    let source = source.unwrap();
    let sending = best(|| {
        job += 1;
        let length = send(&mut ours, &woken, job, &source, |_| {});
        assert_eq!(length, encoded_len(source.offer.size, 0));
    });
    println!("read and encode                 {:6.2} GiB/s", gib(sending));
    let both = best(|| {
        job += 10;
        let arrived = transfer(at.path(), &mut ours, &woken, job, &source);
        fs::remove_file(arrived).unwrap();
    });
    println!("read, encode, verify, write     {:6.2} GiB/s", gib(both));
    println!(
        "  processor time and memory of this process so far: {}",
        used()
    );

    let small = at.path().join("small");
    for number in 0..SMALL.0 {
        let folder = small.join(format!("{:02}", number % 100));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(number.to_string()), content(SMALL.1)).unwrap();
    }
    let files = |seconds: f64| SMALL.0 as f64 / seconds;
    let copying = best(|| {
        let to = at.path().join("copies");
        for folder in fs::read_dir(&small).unwrap() {
            let folder = folder.unwrap();
            let to = to.join(folder.file_name());
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(folder.path()).unwrap() {
                let file = file.unwrap();
                fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
        fs::remove_dir_all(to).unwrap();
    });
    println!(
        "small files: copy and delete    {:6.0} files/s",
        files(copying)
    );
    let whole = best(|| {
        job += 10;
        let source = prepare(&mut ours, &woken, job, &small);
        let arrived = transfer(at.path(), &mut ours, &woken, job + 1, &source);
        fs::remove_dir_all(arrived).unwrap();
    });
    println!(
        "offer, send, receive and delete {:6.0} files/s",
        files(whole)
    );
}

/// The shortest time in seconds.
fn best(mut run: impl FnMut()) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        let begin = Instant::now();
        run();
        begin.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn copy_and_sync(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::File::options()
        .write(true)
        .open(to)
        .unwrap()
        .sync_all()
        .unwrap();
    fs::remove_file(to).unwrap();
}

fn side(at: &Path) -> (Files, Receiver<()>) {
    let (sender, woken) = sync_channel(1);
    let wake = move || {
        sender.try_send(()).ok();
    };
    (Files::new(Box::new(wake), at.join("outgoing")), woken)
}

fn prepare(files: &mut Files, woken: &Receiver<()>, job: u64, path: &Path) -> Source {
    files.prepare(job, path.to_owned(), true).unwrap();
    loop {
        for event in files.poll() {
            match event {
                FilesEvent::Prepared { source, .. } => return source,
                FilesEvent::PrepareFailed { why, .. } => panic!("{why}"),
                _ => {}
            }
        }
        woken.recv().unwrap();
    }
}

/// Reads all chunks and returns their length.
fn send(
    files: &mut Files,
    woken: &Receiver<()>,
    job: u64,
    source: &Source,
    mut take: impl FnMut(&[u8]),
) -> u64 {
    files.send(job, source.clone(), 0).unwrap();
    let mut length = 0;
    loop {
        match files.take_chunk(job) {
            Next::Chunk(chunk) => {
                length += chunk.len() as u64;
                take(&chunk);
            }
            Next::NotYet => {
                files.poll();
                woken.recv().unwrap();
            }
            Next::End(end) => {
                end.unwrap();
                return length;
            }
        }
    }
}

/// From one [`Files`] to another, through this thread, as through two workers.
fn transfer(
    at: &Path,
    ours: &mut Files,
    woken: &Receiver<()>,
    job: u64,
    source: &Source,
) -> PathBuf {
    let (mut theirs, arrived) = side(at);
    let folder = at.join("arrived");
    let into = Destination {
        part: Files::new_part(&folder).unwrap(),
        folder,
        offer: source.offer.clone(),
        is_begun: false,
    };
    theirs.receive(job, into).unwrap();
    while !theirs
        .poll()
        .iter()
        .any(|event| matches!(event, FilesEvent::Ready { .. }))
    {
        arrived.recv().unwrap();
    }
    send(ours, woken, job, source, |chunk| {
        while theirs.write(job, chunk) == Err(WriteError::Full) {
            theirs.poll();
            arrived.recv().unwrap();
        }
    });
    loop {
        for event in theirs.poll() {
            match event {
                FilesEvent::Arrived { path, .. } => return path,
                FilesEvent::ReceiveFailed { why, .. } => panic!("{why}"),
                _ => {}
            }
        }
        arrived.recv().unwrap();
    }
}

/// Processor time and the most memory that this process has used; only on Linux.
fn used() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap_or("VmRSS: ?")
        .to_owned();
    std::io::stdout().flush().unwrap();
    format!("{:.1} s, {memory}", (ticks(11) + ticks(12)) / 100.0)
}

/// Bytes that no group has twice.
fn content(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
