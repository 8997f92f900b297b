//! Time to the first frame, and memory, of the real window, beside an empty eframe window with the
//! same features.
//!
//! Run `scripts/bench-start.sh`, or `cargo bench --bench start` if there is an X11 display. This
//! benchmark runs itself as the empty window, and the program from the same build beside it.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[cfg(target_os = "linux")]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|arg| arg == "--empty") {
        linux::empty_window();
    } else if !args.iter().any(|arg| arg == "--test") {
        linux::compare();
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this benchmark runs on Linux only: it needs X11 and /proc");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        env, fs,
        io::Write as _,
        net::{TcpListener, TcpStream},
        path::Path,
        process::{Child, Command},
        time::{Duration, Instant},
    };

    use eframe::egui;
    use x11rb::{
        connection::Connection as _,
        protocol::{
            Event,
            xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask},
        },
        rust_connection::RustConnection,
    };

    const ROUNDS: usize = 11;
    const MESSAGES: usize = 100_000;

    /// An eframe window without anything of ours.
    pub(crate) fn empty_window() {
        struct Empty;
        impl eframe::App for Empty {
            fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
                egui::CentralPanel::default().show(ui, |_| {});
            }
        }
        let viewport = egui::ViewportBuilder::default().with_inner_size([640.0, 560.0]);
        let options = eframe::NativeOptions {
            viewport,
            ..Default::default()
        };
        eframe::run_native("empty", options, Box::new(|_| Ok(Box::new(Empty)))).unwrap();
    }

    pub(crate) fn compare() {
        let screen = Screen::connect();
        let folder = tempfile::tempdir().unwrap();
        let (mut empty, mut ours) = (Vec::new(), Vec::new());
        // Alternating, so that other load on the machine affects both.
        for _ in 0..ROUNDS {
            empty.push(screen.measure(Command::new(env::current_exe().unwrap()).arg("--empty")));
            ours.push(screen.measure(&mut duologue(folder.path())));
        }
        let (floor, found) = (medians(&mut empty), medians(&mut ours));
        println!("median of {ROUNDS} starts            first frame   anonymous memory");
        println!(
            "empty eframe window (floor)    {:>7.0} ms   {:>10} KiB",
            floor.0, floor.1
        );
        println!(
            "Duologue, idle                 {:>7.0} ms   {:>10} KiB",
            found.0, found.1
        );
        println!(
            "                               × {:.2}        {:+} KiB",
            found.0 / floor.0,
            found.1 - floor.1
        );
        let (bytes, kib) = screen.measure_log(folder.path());
        let more = kib - floor.1;
        println!(
            "Duologue, {MESSAGES} messages of {} KiB in all: {kib} KiB, {more:+} KiB",
            bytes / 1024
        );
        println!(
            "                               allowed by the target: {:+} KiB",
            8 * 1024 + 2 * i64::try_from(bytes).unwrap() / 1024
        );
    }

    fn duologue(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duologue"));
        command.arg("--data-dir").arg(folder).args(["--lang", "en"]);
        command
    }

    fn medians(measured: &mut [(f64, i64)]) -> (f64, i64) {
        let middle = measured.len() / 2;
        measured.sort_by(|one, other| one.0.total_cmp(&other.0));
        let time = measured[middle].0;
        measured.sort_by_key(|&(_, kib)| kib);
        (time, measured[middle].1)
    }

    struct Screen(RustConnection);

    impl Screen {
        fn connect() -> Self {
            let (connection, screen) =
                x11rb::connect(None).expect("no X11 display: use scripts/bench-start.sh");
            let root = connection.setup().roots[screen].root;
            let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
            connection
                .change_window_attributes(root, &mask)
                .unwrap()
                .check()
                .unwrap();
            Self(connection)
        }

        /// Returns the milliseconds from the start of a program to its window on the screen, and its
        /// memory in KiB once it is idle. eframe shows a window only after painting its first frame.
        fn measure(&self, command: &mut Command) -> (f64, i64) {
            while self.0.poll_for_event().unwrap().is_some() {}
            let start = Instant::now();
            let mut program = command.spawn().unwrap();
            self.wait_for_window();
            let took = start.elapsed().as_secs_f64() * 1e3;
            let kib = rested(&program);
            program.kill().unwrap();
            program.wait().unwrap();
            (took, kib)
        }

        fn wait_for_window(&self) {
            let patience = Instant::now() + Duration::from_secs(30);
            loop {
                match self.0.poll_for_event().unwrap() {
                    Some(Event::MapNotify(_)) => return,
                    Some(_) => {}
                    None => std::thread::sleep(Duration::from_micros(200)),
                }
                assert!(Instant::now() < patience, "no window appeared");
            }
        }

        /// Returns the bytes of [`MESSAGES`] messages, and the memory in KiB of a window that shows them.
        fn measure_log(&self, folder: &Path) -> (usize, i64) {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let at = format!("127.0.0.1:{port}");
            let mut program = duologue(folder).args(["--listen", &at]).spawn().unwrap();
            self.wait_for_window();
            let patience = Instant::now() + Duration::from_secs(10);
            let mut peer = loop {
                match TcpStream::connect(&at) {
                    Ok(peer) => break peer,
                    Err(_) => assert!(Instant::now() < patience, "the program does not listen"),
                }
            };
            let lines: Vec<_> = (0..MESSAGES)
                .map(|number| {
                    format!("message {number} 안녕하세요, a line of usual length to be kept\n")
                })
                .collect();
            let bytes = lines.iter().map(String::len).sum();
            peer.write_all(lines.concat().as_bytes()).unwrap();
            let kib = rested(&program);
            program.kill().unwrap();
            program.wait().unwrap();
            (bytes, kib)
        }
    }

    /// A program's anonymous memory in KiB, once it has used no CPU time for a second.
    fn rested(program: &Child) -> i64 {
        let cpu = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", program.id())).unwrap();
            let fields: Vec<_> = stat
                .rsplit(')')
                .next()
                .unwrap()
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            (fields[11].clone(), fields[12].clone())
        };
        let patience = Instant::now() + Duration::from_mins(1);
        let mut before = cpu();
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let now = cpu();
            if now == before || Instant::now() > patience {
                break;
            }
            before = now;
        }
        let status = fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}
