//! The cost of a long history: its newest page, scrolling, memory, searching, and building the index.
//!
//! Run `cargo bench --bench history`, with `-- --messages 100000` for a shorter run. The store is made once and kept
//! in `target/tmp`.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic when it fails")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

#[path = "support/million.rs"]
mod million;

use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use duologue::{
    history::{self, Answer, At, Found, Handle, Query},
    identity::StreamId,
    millis::Millis,
    store::{self, Notifier, Row, Store},
};
use million::{COMMON, Chance, made, mina};

use crossbeam_channel::Receiver;
use rusqlite::Connection;

const MESSAGES: u64 = 1_000_000;
const ROUNDS: usize = 11;
const PAGES: usize = 2_000;
const SEARCHES: usize = 1_000;
/// Additions that take about as long as a common search.
const ADDITIONS: u64 = 500_000;
/// Few, because each scans the whole table.
const SCANS: usize = 3;
fn main() {
    let args: Vec<String> = env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    if let Some(folder) = value("--memory") {
        return memory_of(Path::new(&folder));
    }
    let messages = value("--messages").map_or(MESSAGES, |number| number.parse().unwrap());
    let (long, empty) = (made(messages), made(0));
    let sizes = Sizes::of(&long);
    println!(
        "{messages} messages in one conversation, {} KiB of text",
        sizes.text / 1024
    );
    newest(&long, &empty);
    build(&long, messages, &sizes);
    scrolling(&long, messages);
    searching(&long);
    memory(&long, &empty);
}

struct Sizes {
    text: u64,
    store: u64,
}

impl Sizes {
    fn of(folder: &Path) -> Self {
        let store = Connection::open(folder.join("duologue.db")).unwrap();
        let sql = "SELECT sum(octet_length(text)) FROM messages";
        let text: i64 = store.query_row(sql, [], |row| row.get(0)).unwrap();
        Self {
            text: text.unsigned_abs(),
            store: fs::metadata(folder.join("duologue.db")).unwrap().len(),
        }
    }
}

/// A history handle, as the window has one.
struct Window {
    handle: Handle,
    wake_ups: Receiver<()>,
    _notifier: Notifier,
}

impl Window {
    fn open(folder: &Path) -> Self {
        let (woken, wake_ups) = crossbeam_channel::bounded(1);
        let (notifier, changes) = store::changes();
        let wake = move || {
            woken.try_send(()).ok();
        };
        Self {
            handle: history::spawn(folder, changes, wake).unwrap(),
            wake_ups,
            _notifier: notifier,
        }
    }

    fn ask(&self, query: Query) -> Answer {
        self.handle.send(query).unwrap();
        let mut answer = None;
        while answer.is_none() {
            self.wake_ups.recv_timeout(Duration::from_mins(1)).unwrap();
            self.handle.drain(|one| {
                answer = Some(one);
                true
            });
        }
        answer.unwrap()
    }

    fn page(&self, at: At) -> usize {
        let peer_id = mina();
        match self.ask(Query::Page { peer_id, at }) {
            Answer::Page(page) => page.messages.len(),
            other => panic!("{other:?}"),
        }
    }

    fn search(&self, words: &str) -> Found {
        let (peer_id, words) = (Some(mina()), words.to_owned());
        match self.ask(Query::Search { peer_id, words }) {
            Answer::Found(found) => found,
            other => panic!("{other:?}"),
        }
    }
}

fn newest(long: &Path, empty: &Path) {
    println!("\nfrom the start of the threads to the newest page, {ROUNDS} rounds, alternating");
    let (mut floor, mut found) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (folder, times) in [(empty, &mut floor), (long, &mut found)] {
            let start = Instant::now();
            let window = Window::open(folder);
            window.page(At::Newest);
            times.push(milliseconds(start));
        }
    }
    row("an empty conversation (floor)", &mut floor);
    row("the long one", &mut found);
}

fn scrolling(long: &Path, messages: u64) {
    println!("\n{PAGES} pages of {} rows", history::PAGE);
    let window = Window::open(long);
    let mut chance = Chance(7);
    let mut newest = timed(PAGES, || {
        window.page(At::Newest);
    });
    let mut anywhere = timed(PAGES, || {
        window.page(At::Around(Row::new(chance.below(messages))));
    });
    row("the newest (floor)", &mut newest);
    row("anywhere", &mut anywhere);
}

/// Rebuilds the index while another store on the same disk is written.
fn build(long: &Path, messages: u64, sizes: &Sizes) {
    println!("\nrebuilding the index");
    for ending in ["", "-wal", "-shm"] {
        fs::remove_file(long.join(format!("index.db{ending}"))).ok();
    }
    let other = tempfile::tempdir_in(long.parent().unwrap()).unwrap();
    let mut alone = commits(other.path(), Some(Duration::from_secs(3)), || false);
    let start = Instant::now();
    let window = Window::open(long);
    // Commits go to another store on the same disk, because this one must stay as it is.
    let mut beside = commits(other.path(), None, || window.search("쀍").behind == 0);
    let took = start.elapsed().as_secs_f64();
    let Answer::Size(all) = window.ask(Query::Size) else {
        return;
    };
    println!(
        "{took:.1} s, {:.0} messages/s; peak of memory {} KiB",
        messages as f64 / took,
        status_kib("VmHWM:")
    );
    println!(
        "store {:.2} × text, index {:.2} × text",
        sizes.store as f64 / sizes.text as f64,
        (all - sizes.store) as f64 / sizes.text as f64
    );
    row("commits of one message, alone (floor)", &mut alone);
    row("while the index is built", &mut beside);
}

/// Measures commits of one message, in milliseconds, for `last` or until `is_over`.
fn commits(folder: &Path, last: Option<Duration>, is_over: impl Fn() -> bool) -> Vec<f64> {
    let mut store = Store::open(folder).unwrap().store;
    let talked = store.conversation(&mina(), Millis::new(0)).unwrap();
    let stream = [u8::from(last.is_some()); 16];
    let begin = Instant::now();
    let mut times = Vec::new();
    while last.is_none_or(|last| begin.elapsed() < last) && !(times.len() % 50 == 49 && is_over()) {
        let start = Instant::now();
        let mut batch = store.batch().unwrap();
        batch
            .write(
                talked,
                "a message 안녕",
                StreamId::from_bytes(stream),
                Millis::new(1),
            )
            .unwrap();
        batch.commit().unwrap();
        times.push(milliseconds(start));
        std::thread::sleep(Duration::from_millis(1));
    }
    times
}

fn searching(long: &Path) {
    println!(
        "\n{SEARCHES} searches of each kind, alternating with bare arithmetic; beside {SCANS} LIKE scans of the table"
    );
    let window = Window::open(long);
    let store = Connection::open(long.join("duologue.db")).unwrap();
    for (name, words) in [
        ("1 syllable, common", vec!["이", "요", "가", "다", "e"]),
        ("1 syllable, rare", vec!["쀍"]),
        ("1 syllable, absent", vec!["쫣"]),
        (
            "2 syllables, common",
            vec!["니다", "이것", "오늘", "th", "ㅋㅋ"],
        ),
        ("2 syllables, random", vec!["가각", "다름", "송곳", "돌담"]),
        ("2 syllables, rare", vec!["뷁꿹"]),
        ("2 syllables, absent", vec!["쫣뙓", "꿹뷁"]),
        (
            "3 syllables, common",
            vec!["습니다", "이것은", "hec", "ㅋㅋㅋ"],
        ),
        ("3 syllables, rare", vec!["쭗뼸춝"]),
        ("3 syllables, absent", vec!["쫣뙓퓱"]),
        (
            "absent, of common pairs",
            vec!["하세요오늘", "니다니", "요해", "있어요해요"],
        ),
        ("two words, common", vec!["이것 오늘", "file 네"]),
        ("two words, one rare", vec!["이 쀍"]),
    ] {
        let mut next = words.iter().cycle();
        let mut hits = 0;
        let (mut found, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..SEARCHES {
            found.extend(timed(1, || {
                hits = window.search(next.next().unwrap()).hits.len();
            }));
            bare.extend(timed(1, add));
        }
        let mut next = words.iter().cycle();
        let mut scan = timed(SCANS, || scan(&store, next.next().unwrap()));
        println!("{name}: {hits} hits");
        row("    LIKE (floor)", &mut scan);
        row("    bare arithmetic", &mut bare);
        row("    the index", &mut found);
    }
}

/// Needs neither disk nor memory, so where this is slow, something else had the processor.
fn add() {
    let mut sum = 0_u64;
    for number in 0..ADDITIONS {
        sum = std::hint::black_box(sum.wrapping_add(number));
    }
}

fn scan(store: &Connection, words: &str) {
    let sql = "SELECT id, text FROM messages WHERE text LIKE '%' || ?1 || '%'
        ORDER BY id DESC LIMIT 201";
    let mut statement = store.prepare_cached(sql).unwrap();
    let word = words.split(' ').next_back().unwrap();
    let mut rows = statement.query([word]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        std::hint::black_box(row.get::<_, String>(1).unwrap());
    }
}

/// Measures the memory of the history after some use, each in its own process.
fn memory(long: &Path, empty: &Path) {
    println!("\nanonymous memory of a program that scrolled and searched, in KiB");
    let of = |folder: &Path| {
        let mut program = Command::new(env::current_exe().unwrap());
        let output = program.arg("--memory").arg(folder).output().unwrap();
        let kib: i64 = String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        kib
    };
    let (floor, found) = (of(empty), of(long));
    println!("an empty conversation (floor)  {floor}");
    println!(
        "the long one                   {found}   {:+}   target +8192",
        found - floor
    );
}

fn memory_of(folder: &Path) {
    let window = Window::open(folder);
    let mut chance = Chance(7);
    for _ in 0..200 {
        window.page(At::Around(Row::new(chance.below(MESSAGES))));
        window.search(COMMON[usize::try_from(chance.below(48)).unwrap()]);
    }
    println!("{}", status_kib("RssAnon:"));
}

fn timed(times: usize, mut what: impl FnMut()) -> Vec<f64> {
    let one = |_| {
        let start = Instant::now();
        what();
        milliseconds(start)
    };
    (0..times).map(one).collect()
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn row(name: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    println!(
        "{name:<40} p50 {:>8.2} ms   p99 {:>8.2} ms",
        at(0.5),
        at(0.99)
    );
}

/// A line of `/proc/self/status`, in KiB; 0 if the system does not report it.
fn status_kib(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
