//! CPU time of a frame of the window: while scrolling short and long conversations, while files move, and during a flood of
//! messages.
//!
//! Run `cargo bench --bench frames`. Needs no display: it runs layout and tessellation, and draws nothing.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "../tests/support/messages.rs"]
mod messages;
#[path = "support/million.rs"]
mod million;

use std::{
    cell::RefCell,
    fs,
    io::{BufWriter, Write as _},
    net::TcpStream,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

use duologue::{
    args::{Args, Start},
    chat::{Door, timeline::Content},
    gui::{App, Outside, Setup, StartWorker},
    history,
    identity::{PeerId, PublicKey},
    net::{self, FakeWorker, Origin},
    settings::Loaded,
    store,
    text::charset::Reading,
};
use eframe::egui::{
    self, Context, Id, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect,
    TouchPhase, Vec2, pos2, vec2,
};

const SIZE: Vec2 = Vec2::new(640.0, 560.0);
/// Distance the wheel scrolls per frame, in points: small enough that the short conversation outlasts the frames.
const SWING: f32 = 24.0;
const WARM_UP: usize = 50;
const FRAMES: usize = 1_500;
const ROUNDS: usize = 3;
const FLOOD: usize = 1_000_000;
/// Number of messages in the conversation with files, files included.
const MESSAGES: u64 = 1_000;
const FILES: u64 = 20;
/// How many of them move. The worker receives two at a time and sends at most four.
const MOVING: u64 = 6;
/// In bytes.
const SIZE_OF_FILE: u64 = 4_000_000_000;

fn main() {
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    scrolling();
    stored();
    files();
    large_texts();
    flood();
}

/// A window without a display.
struct Window {
    ctx: Context,
    app: App,
    time: f64,
}

impl Window {
    fn new(start: Start, start_worker: StartWorker) -> Self {
        Self::with(start, start_worker, None)
    }

    fn with(start: Start, start_worker: StartWorker, history: Option<history::Handle>) -> Self {
        let ctx = Context::default();
        let setup = Setup {
            args: Args {
                start,
                ..Args::default()
            },
            loaded: Loaded::default(),
            saver: None,
            start_worker,
            history,
            desktop: None,
            export_folder: None,
            read_zone: Box::new(|| jiff::tz::TimeZone::UTC),
            data_folder: None,
            outside: Outside {
                show_first: None,
                open: Box::new(|_| {}),
                pick: Box::new(|_, _, _| {}),
                free_space: Box::new(|_, _| {}),
            },
            profile: 1,
            invites: crossbeam_channel::never(),
        };
        let app = App::new(&ctx, setup);
        let mut window = Self {
            ctx,
            app,
            time: 0.0,
        };
        window.frame(vec![]);
        window
    }

    /// Runs one frame and returns how long it took.
    fn frame(&mut self, events: Vec<egui::Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let start = Instant::now();
        let output = self.ctx.run_ui(input, |ui| {
            self.app.drain(&ui.ctx().clone());
            self.app.show(ui);
        });
        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        std::hint::black_box(shapes);
        start.elapsed()
    }
}

fn scrolling() {
    println!(
        "CPU time of a frame while scrolling, {FRAMES} frames each way, median of {ROUNDS} rounds"
    );
    let mut results = Vec::new();
    for rows in [1_000, 100_000] {
        let mut window = filled(rows);
        let mut rounds: Vec<_> = (0..ROUNDS).map(|_| scroll(&mut window)).collect();
        rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (p50, p99) = rounds[ROUNDS / 2];
        println!(
            "{rows:>7} messages of mixed heights and scripts   p50 {p50:.2} ms   p99 {p99:.2} ms"
        );
        results.push((p50, p99));
        for (name, key) in [("the beginning", Key::Home), ("the end", Key::End)] {
            let took = jump(&mut window, key);
            println!("        to {name} in one frame: {took:.2} ms");
        }
    }
    println!(
        "ratio                                         p50 {:.2}      p99 {:.2}\n",
        results[1].0 / results[0].0,
        results[1].1 / results[0].1
    );
}

/// A window with a conversation of this many messages.
fn filled(rows: usize) -> Window {
    let stages: Rc<RefCell<Vec<FakeWorker>>> = Rc::default();
    let theirs = Rc::clone(&stages);
    let mut window = Window::new(
        Start::Nothing,
        Box::new(move |_| {
            let (handle, stage) = net::fake(|| {});
            theirs.borrow_mut().push(stage);
            Ok(handle)
        }),
    );
    let report = |event| stages.borrow()[0].replies.try_send(event).unwrap();
    let peer = "192.168.0.5:50000";
    let plain = messages::Who::Plain {
        encrypted_before: None,
    };
    report(messages::connected_event(
        peer.parse().unwrap(),
        Origin::Dialled,
        plain,
    ));
    for number in 0..rows {
        let decoded = Reading::default().decode(message(number).as_bytes());
        report(messages::plain_event(
            PeerId::Address(peer.into()),
            decoded,
            SystemTime::now(),
        ));
        if number % 500 == 0 {
            window.app.drain(&window.ctx.clone());
        }
    }
    window.frame(vec![]);
    assert_eq!(window.app.chat().timeline().len(), (rows + 1).min(100_000));
    window
}

/// Scrolls conversations that are in the store, whose pages come from the thread that reads it.
fn stored() {
    println!("CPU time of a frame while scrolling stored messages, {FRAMES} frames each way");
    let mut results = Vec::new();
    for rows in [1_000, 1_000_000] {
        let folder = million::made(rows);
        let (notifier, changes) = store::changes();
        let handle = history::spawn(&folder, changes, || {}).unwrap();
        let (worker, stage) = net::fake(|| {});
        let worker = RefCell::new(Some(worker));
        let start_worker = move |_: &Context| Ok(worker.take().unwrap());
        let mut window = Window::with(Start::Nothing, Box::new(start_worker), Some(handle));
        let connected = messages::connected_event(
            "192.168.0.5:50000".parse().unwrap(),
            Origin::Dialled,
            messages::Who::Key(key()),
        );
        stage.replies.try_send(connected).unwrap();
        let has_rows = |window: &Window| window.app.chat().timeline().len() > 100;
        let start = Instant::now();
        while !has_rows(&window) {
            window.frame(vec![]);
            assert!(start.elapsed() < Duration::from_mins(1), "no page comes");
        }
        window.frame(vec![egui::Event::PointerMoved(pos2(300.0, 300.0))]);
        let mut times = Vec::new();
        for direction in [1.0, -1.0] {
            for _ in 0..FRAMES {
                let took = window.frame(vec![wheel(direction * SWING)]);
                times.push(took.as_secs_f64() * 1e3);
                // A part of the time between two frames, so that pages can come as they do on a screen.
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let worst = times.iter().copied().fold(0.0, f64::max);
        let (p50, p99) = percentiles(&mut times);
        println!("{rows:>9} messages   p50 {p50:.2} ms   p99 {p99:.2} ms   worst {worst:.2} ms");
        results.push((p50, p99));
        drop(notifier);
    }
    println!(
        "ratio                p50 {:.2}      p99 {:.2}\n",
        results[1].0 / results[0].0,
        results[1].1 / results[0].1
    );
}

fn key() -> PublicKey {
    match million::mina() {
        PeerId::Key(key) => key,
        PeerId::Address(_) => unreachable!(),
    }
}

/// Scrolls and types in a conversation with files, while none of them moves and while [`MOVING`] do.
fn files() {
    println!(
        "CPU time of a frame with {MESSAGES} messages and {FILES} files, {FRAMES} frames each, median of {ROUNDS} rounds"
    );
    for moving in [0, MOVING] {
        let mut rounds: Vec<_> = (0..ROUNDS).map(|_| with_files(moving)).collect();
        rounds.sort_by(|one, other| one.0.1.total_cmp(&other.0.1));
        let ((scroll50, scroll99), (type50, type99)) = rounds[ROUNDS / 2];
        println!(
            "{moving} files move   scrolling p50 {scroll50:.2} ms   p99 {scroll99:.2} ms   typing p50 {type50:.2} ms   \
             p99 {type99:.2} ms"
        );
    }
    println!();
}

/// The times of frames while scrolling and while typing, in ms.
fn with_files(moving: u64) -> ((f64, f64), (f64, f64)) {
    let (worker, stage) = net::fake(|| {});
    let worker = RefCell::new(Some(worker));
    let start_worker = move |_: &Context| Ok(worker.take().unwrap());
    let mut window = Window::new(Start::Nothing, Box::new(start_worker));
    let report = |event| stage.replies.try_send(event).unwrap();
    report(messages::connected_event(
        "192.168.0.5:50000".parse().unwrap(),
        Origin::Dialled,
        messages::Who::Key(key()),
    ));
    for row in 1..=MESSAGES {
        // The files are among the newest, where they are seen.
        let is_file = row > MESSAGES - 2 * FILES && row % 2 == 0;
        report(if is_file {
            offer_event(row)
        } else {
            let number = usize::try_from(row).unwrap();
            messages::text_event(million::mina(), &message(number), 0, row)
        });
        if row % 500 == 0 {
            window.app.drain(&window.ctx.clone());
        }
    }
    window.frame(vec![egui::Event::PointerMoved(pos2(300.0, 300.0))]);
    let mut run = |events: &dyn Fn(usize) -> Vec<egui::Event>| {
        let mut times = Vec::new();
        for frame in 0..WARM_UP + FRAMES {
            // Four times a second.
            if frame % 15 == 0 {
                for file in 0..moving {
                    report(progress_event(MESSAGES - 2 * file, frame as u64));
                }
            }
            let took = window.frame(events(frame));
            if frame >= WARM_UP {
                times.push(took.as_secs_f64() * 1e3);
            }
        }
        percentiles(&mut times)
    };
    // To and fro among the files.
    let scrolling = run(&|frame| {
        let is_up = frame / 60 % 2 == 0;
        vec![wheel(if is_up { SWING } else { -SWING })]
    });
    let typing = run(&|frame| match frame % 5 {
        0 => vec![egui::Event::Text("가".to_owned())],
        _ => vec![],
    });
    (scrolling, typing)
}

/// A file of the peer's that is on its way.
fn offer_event(row: u64) -> net::Event {
    net::Event::Received {
        peer_id: million::mina(),
        row: Some(messages::row(row)),
        at: SystemTime::now(),
        payload: net::Payload::Offer {
            name: format!("film {row} 여름 휴가.mkv"),
            sent_at: messages::millis(0),
            file: store::FileInfo {
                size: SIZE_OF_FILE,
                files: None,
                path: Some("Downloads".into()),
                moved: 0,
                state: store::FileState::Accepted,
            },
        },
    }
}

fn progress_event(row: u64, step: u64) -> net::Event {
    net::Event::FileProgress {
        peer_id: million::mina(),
        row: messages::row(row),
        moved: step * 1_000_000,
        size: SIZE_OF_FILE,
        bytes_per_second: 60_000_000 + step,
    }
}

/// The frame that takes longest when a large text is pasted, or comes.
fn large_texts() {
    println!("the slowest frame of 100, in CPU time, median of {ROUNDS} rounds");
    let words = "a longer line that is wrapped in its bubble, ".repeat(23_302);
    let korean = "오늘 점심 같이 먹을래? ".repeat(32_000);
    let marks = format!("a{}", "\u{301}".repeat(10_000));
    for (name, text) in [
        ("1 MB of English", &words),
        ("1 MB of Korean", &korean),
        ("10,000 combining marks", &marks),
    ] {
        let mut pasted: Vec<_> = (0..ROUNDS).map(|_| slowest(Some(text), None)).collect();
        pasted.sort_by(f64::total_cmp);
        let mut heard: Vec<_> = (0..ROUNDS)
            .map(|_| slowest(None, Some(text.get(..65_536).unwrap_or(text))))
            .collect();
        heard.sort_by(f64::total_cmp);
        println!(
            "{name:>24}   pasted {:.2} ms   received, at most 64 KiB of it {:.2} ms",
            pasted[ROUNDS / 2],
            heard[ROUNDS / 2]
        );
    }
    println!();
}

/// The time of the slowest frame, in ms, after this text was pasted into the composer, or this one came.
fn slowest(paste: Option<&str>, hear: Option<&str>) -> f64 {
    let (worker, stage) = net::fake(|| {});
    let worker = RefCell::new(Some(worker));
    let start_worker = move |_: &Context| Ok(worker.take().unwrap());
    let mut window = Window::new(Start::Nothing, Box::new(start_worker));
    let connected = messages::connected_event(
        "192.168.0.5:50000".parse().unwrap(),
        Origin::Dialled,
        messages::Who::Key(key()),
    );
    stage.replies.try_send(connected).unwrap();
    for _ in 0..20 {
        window.frame(vec![]);
    }
    if let Some(text) = hear {
        let event = messages::text_event(million::mina(), text, 0, 1);
        stage.replies.try_send(event).unwrap();
    }
    let mut events = paste.map(|text| egui::Event::Paste(text.to_owned()));
    let times = (0..100).map(|_| window.frame(events.take().into_iter().collect()));
    times.max().unwrap().as_secs_f64() * 1e3
}

/// A message text: heights and scripts vary, and no two are equal.
fn message(number: usize) -> String {
    match number % 5 {
        0 => format!("{number} ok"),
        1 => format!("{number} 안녕하세요! 오늘 점심 같이 먹을래? 새로 생긴 식당이 있어."),
        2 => format!(
            "{number} {}",
            "a longer line that is wrapped in its bubble, ".repeat(4)
        ),
        3 => format!("{number}\nseveral\nlines\n여러 줄"),
        _ => format!("{number} mixed 한글 and Latin, 12:34, ½ → ∞ 😀"),
    }
}

fn scroll(window: &mut Window) -> (f64, f64) {
    window.frame(vec![egui::Event::PointerMoved(pos2(300.0, 300.0))]);
    let mut times = Vec::new();
    for direction in [1.0, -1.0] {
        for frame in 0..WARM_UP + FRAMES {
            let took = window.frame(vec![wheel(direction * SWING)]);
            if frame >= WARM_UP {
                times.push(took.as_secs_f64() * 1e3);
            }
        }
    }
    percentiles(&mut times)
}

fn percentiles(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    (at(0.5), at(0.99))
}

fn wheel(by: f32) -> egui::Event {
    egui::Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, by),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    }
}

/// Jumps by key, and checks that the very next frame shows the destination.
fn jump(window: &mut Window, key: Key) -> f64 {
    window
        .ctx
        .memory_mut(|memory| memory.request_focus(Id::unique("transcript")));
    window.frame(vec![]);
    let press = |pressed| egui::Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let took = window.frame(vec![press(true), press(false)]).as_secs_f64() * 1e3;
    let log = window.app.chat().timeline();
    let wanted = if key == Key::Home {
        log.first_id()
    } else {
        log.last_id()
    };
    let (first, last) = window.app.rows_in_view().unwrap();
    assert!(
        wanted == Some(first) || wanted == Some(last),
        "one frame must be enough"
    );
    took
}

fn flood() {
    let mut window = Window::new(
        Start::Listen("127.0.0.1:0".parse().unwrap()),
        Box::new(|_| net::spawn(None, || {})),
    );
    let address = loop {
        if let Door::Open(listening) = window.app.chat().door() {
            break listening.at.to_string();
        }
        window.frame(vec![]);
    };
    let before = anonymous_kib();
    let (done, finished) = crossbeam_channel::bounded(1);
    std::thread::Builder::new()
        .name("flood".to_owned())
        .spawn(move || {
            let mut peer = BufWriter::new(TcpStream::connect(address).unwrap());
            for number in 0..FLOOD {
                writeln!(peer, "message {number} 안녕").unwrap();
            }
            peer.flush().unwrap();
            // Keeps the connection open until the window has everything.
            finished.recv().ok();
        })
        .unwrap();
    let (mut times, mut peak) = (Vec::new(), 0);
    let start = Instant::now();
    let seen = |window: &Window| {
        let log = window.app.chat().timeline();
        log.len() as u64 + log.dropped()
    };
    // Plus one: the first row says that the peer has connected.
    while seen(&window) < FLOOD as u64 + 1 {
        times.push(window.frame(vec![]).as_secs_f64() * 1e3);
        if times.len() % 16 == 0 {
            peak = peak.max(anonymous_kib());
        }
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "the flood does not end"
        );
    }
    let seconds = start.elapsed().as_secs_f64();
    done.send(()).unwrap();
    let log = window.app.chat().timeline();
    let newest = log.newest_from_peer().map(|row| match &row.content {
        Content::Message(message) => message.text.to_string(),
        Content::Note(_) => String::new(),
    });
    assert_eq!(newest, Some(format!("message {} 안녕", FLOOD - 1)));
    let bytes: usize = log
        .items()
        .map(|row| match &row.content {
            Content::Message(message) => message.text.len(),
            Content::Note(_) => 0,
        })
        .sum();
    let frames = times.len();
    let (p50, p99) = percentiles(&mut times);
    println!(
        "a flood of {FLOOD} messages: {:.0} messages/s, {frames} frames",
        FLOOD as f64 / seconds
    );
    println!("frame during the flood                        p50 {p50:.2} ms   p99 {p99:.2} ms");
    println!(
        "kept {} rows with {} KiB of text, {} reported as dropped, none lost",
        log.len(),
        bytes / 1024,
        log.dropped()
    );
    println!("anonymous memory                              before {before} KiB, peak {peak} KiB");
}

/// Anonymous memory of this process, in KiB; 0 if the system does not report it.
fn anonymous_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
