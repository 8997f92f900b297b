//! Moving a file between two programs, from memory to memory, with the hash on both sides: beside raw TCP, bare rustls, and
//! `scp` where an SSH server is installed.
//!
//! Run `cargo bench --bench transfer`, with `-- --mib 256` for a shorter run. It uses loopback and /dev/shm only.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "../tests/support/messages.rs"]
mod messages;
#[path = "support/tls.rs"]
#[expect(dead_code, reason = "another benchmark uses the rest of it")]
mod tls;

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};
use duologue::{
    identity::{Identity, PublicKey},
    net::{self, Call, Command, Event, Handle, How, MessageId, Options, Payload, Siblings},
    store::Row,
};
use tempfile::TempDir;

const MIB: u64 = 1024 * 1024;
const ROUNDS: usize = 3;
/// What the floors write at once, as the frames of a file are.
const CHUNK: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_mins(2);

fn main() {
    let args: Vec<String> = env::args().collect();
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    let mib = args.iter().position(|arg| arg == "--mib");
    let mib = mib.map_or(1024, |at| args[at + 1].parse().unwrap());
    let size = mib * MIB;
    let folder = TempDir::new_in("/dev/shm").unwrap();
    let source = folder.path().join("source.bin");
    write_source(&source, size);
    let server = SshServer::start(folder.path());
    println!("{mib} MiB, best of {ROUNDS} rounds in turns");
    let mut best: [Option<Run>; 4] = [None, None, None, None];
    for _ in 0..ROUNDS {
        let runs = [
            Some(timed(|| raw(size))),
            Some(timed(|| bare_tls(size))),
            Some(transfer(&source)),
            server.as_ref().map(|server| server.copy(&source)),
        ];
        for (best, run) in best.iter_mut().zip(runs) {
            let is_better = |run: &Run| best.as_ref().is_none_or(|best| run.seconds < best.seconds);
            if let Some(run) = run.filter(is_better) {
                *best = Some(run);
            }
        }
    }
    let names = ["raw TCP", "bare rustls", "Duologue", "scp"];
    let floor = best[1].as_ref().unwrap().seconds;
    for (name, run) in names.into_iter().zip(&best) {
        let Some(run) = run else {
            println!("{name:>12}   not installed");
            continue;
        };
        println!(
            "{name:>12}   {:>5.0} MiB/s   {:.2} of bare rustls   {}",
            mib as f64 / run.seconds,
            floor / run.seconds,
            run.further
        );
    }
}

/// How long something took, and what else there is to say of it.
struct Run {
    seconds: f64,
    further: String,
}

fn timed(what: impl FnOnce()) -> Run {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    what();
    Run {
        seconds: start.elapsed().as_secs_f64(),
        further: format!("{:.2} s of processor time", cpu_seconds() - cpu),
    }
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
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let caller = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (caller, listener.accept().unwrap().0)
}

fn raw(size: u64) {
    let (mut sender, mut receiver) = pair();
    let sending = thread::spawn(move || {
        let chunk = vec![7; CHUNK];
        for _ in 0..size / CHUNK as u64 {
            sender.write_all(&chunk).unwrap();
        }
    });
    let (mut buffer, mut came) = (vec![0; 4 * CHUNK], 0);
    while came < size {
        came += receiver.read(&mut buffer).unwrap() as u64;
    }
    sending.join().unwrap();
}

fn bare_tls(size: u64) {
    let (mut sender, mut receiver) = pair();
    let sending = thread::spawn(move || {
        let mut tls = tls::client();
        while tls.is_handshaking() {
            tls.complete_io(&mut sender).unwrap();
        }
        let chunk = vec![7; CHUNK];
        for _ in 0..size / CHUNK as u64 {
            tls.writer().write_all(&chunk).unwrap();
            while tls.wants_write() {
                tls.write_tls(&mut sender).unwrap();
            }
        }
        // Until the other side has everything.
        sender.read_exact(&mut [0]).ok();
    });
    let mut tls = tls::server();
    while tls.is_handshaking() {
        tls.complete_io(&mut receiver).unwrap();
    }
    let mut came = tls::decrypted(&mut tls) as u64;
    while came < size {
        tls.read_tls(&mut receiver).unwrap();
        tls.process_new_packets().unwrap();
        came += tls::decrypted(&mut tls) as u64;
    }
    drop(receiver);
    sending.join().unwrap();
}

/// A Duologue without its window.
struct Program {
    net: Handle,
    wake_ups: Receiver<()>,
    key: PublicKey,
    folder: TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = TempDir::new_in("/dev/shm").unwrap();
        let (wake, wake_ups) = bounded(1);
        // Nobody is asked about.
        let options = Options {
            folder: Some(folder.path().to_owned()),
            siblings: Siblings::by(|_| true),
            ..Options::default()
        };
        let net = net::spawn(options, move || {
            wake.try_send(()).ok();
        });
        let mut program = Self {
            net: net.unwrap(),
            wake_ups,
            key: PublicKey::from_bytes([0; 32]),
            folder,
        };
        program.until(|event| matches!(event, Event::Contacts(_)).then_some(()));
        let identity = Identity::load_or_create(program.folder.path());
        program.key = identity.unwrap().public_key();
        program
    }

    fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let mut found = None;
        loop {
            self.net.drain(|event| {
                assert!(!matches!(event, Event::ConnectFailed { .. }), "{event:?}");
                found = wanted(&event);
                found.is_none()
            });
            if let Some(found) = found {
                return found;
            }
            self.wake_ups
                .recv_timeout(PATIENCE)
                .expect("an event in time");
        }
    }
}

/// Offers the file, accepts it, and waits until it has arrived.
fn transfer(source: &Path) -> Run {
    let (mut sender, mut receiver) = (Program::start(), Program::start());
    let downloads = TempDir::new_in("/dev/shm").unwrap();
    let listen = Command::Listen("127.0.0.1:0".parse().unwrap());
    receiver.net.send(listen).unwrap();
    let to = receiver.until(|event| match event {
        Event::Listening(listening) => Some(listening.at.clone()),
        _ => None,
    });
    let call = Call {
        to,
        also: Vec::new(),
        how: How::To(receiver.key),
    };
    sender.net.send(Command::Connect(call)).unwrap();
    for program in [&mut sender, &mut receiver] {
        program.until(messages::connected);
    }
    let before = anonymous_kib();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let offer = Command::Offer {
        id: MessageId(1),
        to: receiver.key,
        path: source.to_owned(),
        keep_location: true,
    };
    sender.net.send(offer).unwrap();
    let row: Row = receiver.until(|event| match event {
        Event::Received {
            row,
            payload: Payload::Offer { .. },
            ..
        } => *row,
        _ => None,
    });
    let hashed = start.elapsed();
    let accept = Some(downloads.path().to_owned());
    let answer = Command::AnswerFile {
        to: sender.key,
        row,
        accept,
    };
    receiver.net.send(answer).unwrap();
    let arrived = downloads.path().join(source.file_name().unwrap());
    let mut peak = 0;
    while !arrived.exists() {
        receiver.wake_ups.recv_timeout(PATIENCE).unwrap();
        receiver.net.drain(|_| true);
        sender.net.drain(|_| true);
        peak = peak.max(anonymous_kib());
    }
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu;
    drop((sender, receiver));
    assert_eq!(
        fs::metadata(&arrived).unwrap().len(),
        fs::metadata(source).unwrap().len()
    );
    Run {
        seconds,
        further: format!(
            "{cpu:.2} s of processor time, {:.2} s of it until it was offered, + {} KiB on both sides together",
            hashed.as_secs_f64(),
            peak.saturating_sub(before)
        ),
    }
}

/// An SSH server for this run alone, which lets in the key that it has made.
struct SshServer {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl SshServer {
    /// `None` if none is installed.
    fn start(folder: &Path) -> Option<Self> {
        let sshd = Path::new("/usr/sbin/sshd");
        if !sshd.exists() {
            return None;
        }
        fs::create_dir_all("/run/sshd").ok();
        for name in ["host", "client"] {
            let made = Process::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.join(name))
                .status();
            assert!(made.unwrap().success());
        }
        fs::copy(folder.join("client.pub"), folder.join("authorized")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let process = Process::new(sshd)
            .args(["-D", "-e", "-f", "/dev/null", "-p", &port.to_string()])
            .arg("-oListenAddress=127.0.0.1")
            .arg("-oStrictModes=no")
            .arg(format!("-oHostKey={}", folder.join("host").display()))
            .arg(format!(
                "-oAuthorizedKeysFile={}",
                folder.join("authorized").display()
            ))
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let folder = folder.to_owned();
        let server = Self {
            process,
            port,
            folder,
        };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > PATIENCE {
                return None;
            }
            thread::yield_now();
        }
        Some(server)
    }

    fn copy(&self, source: &Path) -> Run {
        let target = self.folder.join("copied.bin");
        let start = Instant::now();
        let copied = Process::new("scp")
            .args(["-q", "-P", &self.port.to_string()])
            .args([
                "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=/dev/null",
            ])
            .arg("-oLogLevel=ERROR")
            .arg(format!(
                "-oIdentityFile={}",
                self.folder.join("client").display()
            ))
            .arg(source)
            .arg(format!("127.0.0.1:{}", target.display()))
            .status();
        assert!(copied.unwrap().success());
        let seconds = start.elapsed().as_secs_f64();
        fs::remove_file(target).unwrap();
        Run {
            seconds,
            further: String::new(),
        }
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Processor time of this process so far, in seconds.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = [11, 12]
        .map(|at| fields[at].parse::<f64>().unwrap())
        .iter()
        .sum();
    // The kernel counts in hundredths of a second on every Linux.
    ticks / 100.0
}

/// Anonymous memory of this process, in KiB.
fn anonymous_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
