//! Starts both programs, kills them and cuts their connection, lets them finish, and compares what they have stored.

use std::{
    collections::BTreeMap,
    fmt,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use duologue::identity::{Identity, PublicKey};

use crate::{
    PEER,
    chance::Chance,
    clock,
    files::{self, GROUP, Outcome},
    line::{Cut, Line},
    verdict,
};

/// Time limit for each step towards the end of both programs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Approximate number of bytes of a connection before the first message.
const HANDSHAKE: u64 = 5_000;

/// Maximum number of bytes that files may move before they are interrupted.
const MOVED: u64 = 3 << 20;

/// Bytes for what is sent even without a kill or cut: messages, handshakes, offers.
const OVERHEAD: u64 = 4 << 20;

/// `ERROR_INTERNAL_ERROR`: under Wine 8, a new process is sometimes gone before it has begun. Windows does not say that.
const WINE_HAS_LOST_IT: i32 = 1359;

/// How many kills and cuts to make, and how long they may take.
#[derive(Debug)]
pub struct Plan {
    /// Number of kills and cuts together.
    pub kills: u64,
    /// Whether files move meanwhile.
    pub has_files: bool,
    pub seed: u64,
    /// Time limit for all of it.
    pub limit: Duration,
}

/// What has been done.
#[derive(Debug, Default)]
pub struct Report {
    kills: u64,
    cuts: u64,
    stops: u64,
    redialled: u64,
    said: [u64; 2],
    delivered: [u64; 2],
    /// Messages that were edited, deleted, and got a reaction.
    changes: [usize; 3],
    files: Option<Outcome>,
    /// Bytes over all connections.
    passed: u64,
    took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            cuts,
            stops,
            redialled,
            said: [one, other],
            delivered: [to_other, to_one],
            changes: [edited, deleted, reacted],
            files,
            passed,
            took,
        } = self;
        if let Some(Outcome {
            arrived,
            declined,
            cancelled,
            bytes,
            ..
        }) = files
        {
            let harm = (kills + cuts + stops).max(1);
            let more = |than: u64| passed.saturating_sub(than) / 1024 / harm;
            writeln!(
                f,
                "{arrived} files arrived as they were, {declined} were declined, {cancelled} cancelled; {passed} bytes \
                passed for {bytes} of files that arrived. For each kill, cut and stop: {} KiB more than these, {} KiB \
                more than 1.1 times these",
                more(*bytes),
                more(bytes * 11 / 10),
            )?;
        }
        write!(
            f,
            "{kills} kills, {cuts} cuts, {stops} orderly stops, {redialled} calls again; {one} and {other} messages \
            said, {to_other} and {to_one} delivered, each once and in order, the others recalled; {edited} are edited, \
            {deleted} deleted, {reacted} have a reaction, the same on both sides; {:.1} s",
            took.as_secs_f64()
        )
    }
}

/// What one of the programs has reported since its first start.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The number of the last message that it has reported as stored.
    pub stored: u64,
    /// The number of the last message that it has received.
    pub heard: u64,
    /// The rows that it has reported as delivered.
    pub delivered: Vec<u64>,
    redialled: u64,
    port: Option<u16>,
    at_rest: bool,
    /// How often something of a file was reported.
    moved: u64,
    /// How many bytes of a file it has received and verified, at most; by its row.
    verified: BTreeMap<u64, u64>,
    /// The first thing that it should never have done.
    trouble: Option<String>,
}

impl Ledger {
    fn note(&mut self, line: &str) {
        let (what, of) = line.split_once(' ').unwrap_or((line, ""));
        let number = of.parse().unwrap_or(0);
        match what {
            "from" if number < self.stored => self.fail(format!(
                "{} was on its disk, and only {number} is after a new start",
                self.stored
            )),
            "from" | "stored" => self.stored = number,
            "heard" if number <= self.heard => {
                self.fail(format!("heard {number} behind {}", self.heard));
            }
            "heard" => self.heard = number,
            "delivered" => self.delivered.push(number),
            "redialled" => self.redialled += 1,
            "port" => self.port = Some(number as u16),
            "rest" => self.at_rest = true,
            "moved" => self.moved += 1,
            "verified" => {
                self.moved += 1;
                if let Some((Ok(row), Ok(now))) = of
                    .split_once('/')
                    .map(|(row, now)| (row.parse(), now.parse()))
                {
                    self.verify(row, now);
                }
            }
            _ => self.fail(line.to_owned()),
        }
    }

    /// Of the file in this row, this much is verified. What was before survives every kill and cut; but for the last group,
    /// if only a part of it was there.
    fn verify(&mut self, row: u64, now: u64) {
        let most = self.verified.entry(row).or_default();
        // It says 0 if it is interrupted before it knows where it goes on.
        if now > 0 && now < *most / GROUP * GROUP {
            let before = *most;
            return self.fail(format!(
                "{before} bytes of the file in row {row} were verified, and later only {now}"
            ));
        }
        *most = now.max(*most);
    }

    fn fail(&mut self, trouble: String) {
        self.trouble.get_or_insert(trouble);
    }
}

type Shared = Arc<(Mutex<Ledger>, Condvar)>;

struct Running {
    child: Child,
    reader: JoinHandle<()>,
}

/// One of the two programs.
struct Side {
    name: &'static str,
    folder: PathBuf,
    other: PublicKey,
    /// The port it calls, if it is the caller.
    calls: Option<u16>,
    target: u64,
    /// Number of files that it is to offer.
    files: u64,
    ledger: Shared,
    running: Option<Running>,
}

impl Side {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger.0)
    }

    fn start(&mut self) -> Result<(), String> {
        if self.running.is_some() {
            return Ok(());
        }
        self.ledger().port = None;
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let port = self
            .calls
            .map_or("listen".to_owned(), |port| port.to_string());
        let mut command = Command::new(own);
        command
            .arg(PEER)
            .arg(&self.folder)
            .arg(self.name)
            .arg(HEXLOWER.encode(self.other.as_bytes()))
            .arg(port)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .or_else(|error| match error.raw_os_error() {
                Some(WINE_HAS_LOST_IT) if cfg!(windows) => command.spawn(),
                _ => Err(error),
            })
            .map_err(|error| format!("{} does not start: {error}", self.name))?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        let ledger = Arc::clone(&self.ledger);
        let reader = std::thread::Builder::new()
            .name(format!("reader of {}", self.name))
            .spawn(move || {
                // The last line may have been cut short by a kill, and has no end then.
                for line in lines.split(b'\n').map_while(Result::ok) {
                    lock(&ledger.0).note(&String::from_utf8_lossy(&line));
                    ledger.1.notify_all();
                }
            })
            .map_err(|error| error.to_string())?;
        self.running = Some(Running { child, reader });
        self.tell(&format!("offer {}", self.files));
        self.tell(&format!("say {}", self.target));
        Ok(())
    }

    /// Sends it a line, if it runs. A program that was just killed does not receive it.
    fn tell(&mut self, line: &str) {
        if let Some(running) = &mut self.running
            && let Some(stdin) = &mut running.child.stdin
        {
            writeln!(stdin, "{line}").ok();
        }
    }

    fn say(&mut self, more: u64) {
        self.target += more;
        self.tell(&format!("say {}", self.target));
    }

    fn offer(&mut self, files: u64) {
        if self.files != files {
            self.files = files;
            self.tell(&format!("offer {files}"));
        }
    }

    fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.child.kill().ok();
            running.child.wait().ok();
            // Everything that it has reported is noted.
            running.reader.join().ok();
        }
    }

    /// Lets it end in order.
    fn stop(&mut self) -> Result<(), String> {
        if let Some(mut running) = self.running.take() {
            drop(running.child.stdin.take());
            running.reader.join().ok();
            let status = running.child.wait().map_err(|error| error.to_string())?;
            if !status.success() {
                return Err(format!("{} ended with {status}", self.name));
            }
        }
        Ok(())
    }

    /// Fails if it has reported trouble or has ended by itself.
    fn check(&mut self) -> Result<(), String> {
        if let Some(trouble) = &self.ledger().trouble {
            return Err(format!("{}: {trouble}", self.name));
        }
        if let Some(running) = &mut self.running
            && let Ok(Some(status)) = running.child.try_wait()
        {
            return Err(format!("{} ended by itself with {status}", self.name));
        }
        Ok(())
    }

    /// The port it listens on, or `None` after this time.
    fn port(&self, patience: Duration) -> Option<u16> {
        let waits = |ledger: &mut Ledger| ledger.port.is_none() && ledger.trouble.is_none();
        let (ledger, _) = self
            .ledger
            .1
            .wait_timeout_while(self.ledger(), patience, waits)
            .unwrap_or_else(PoisonError::into_inner);
        ledger.port
    }

    fn come_to_rest(&mut self, until: Instant) -> Result<(), String> {
        self.tell("rest");
        let mut before = (0, 0, 0);
        loop {
            self.check()?;
            let waits = |ledger: &mut Ledger| {
                !ledger.at_rest
                    && ledger.trouble.is_none()
                    && (ledger.stored, ledger.heard, ledger.moved) == before
            };
            let (ledger, waited) = self
                .ledger
                .1
                .wait_timeout_while(self.ledger(), PATIENCE, waits)
                .unwrap_or_else(PoisonError::into_inner);
            if ledger.at_rest {
                return Ok(());
            }
            before = (ledger.stored, ledger.heard, ledger.moved);
            if waited.timed_out() || clock() > until {
                return Err(format!(
                    "{} does not come to rest; {} of {} are stored, up to {} are heard",
                    self.name, ledger.stored, self.target, ledger.heard
                ));
            }
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Carries out the plan.
///
/// # Errors
/// What went wrong, and where the data folders are.
pub fn run(plan: &Plan) -> Result<Report, String> {
    let folders = tempfile::tempdir().map_err(|error| error.to_string())?;
    let done = Run::new(plan, folders.path()).and_then(|mut run| {
        run.go().map_err(|failure| {
            let Report { kills, cuts, .. } = run.report;
            format!("after {kills} kills and {cuts} cuts: {failure}")
        })
    });
    done.map_err(|failure| format!("{failure}\nThe folders: {}", folders.keep().display()))
}

struct Run {
    chance: Chance,
    kills: u64,
    has_files: bool,
    until: Instant,
    begun: Instant,
    line: Line,
    sides: [Side; 2],
    report: Report,
}

impl Run {
    fn new(plan: &Plan, folders: &Path) -> Result<Self, String> {
        let line = Line::new().map_err(|error| error.to_string())?;
        let places = ["A", "B"].map(|name| (name, folders.join(name)));
        let mut keys = Vec::new();
        for (_, folder) in &places {
            let identity = Identity::load_or_create(folder).map_err(|error| error.to_string())?;
            keys.push(identity.public_key());
        }
        let mut others = keys.into_iter().rev();
        let sides = places.map(|(name, folder)| Side {
            name,
            folder,
            other: others.next().expect("two keys"),
            calls: (name == "A").then(|| line.port()),
            target: 0,
            files: 0,
            ledger: Arc::default(),
            running: None,
        });
        let mut chance = Chance::new(plan.seed);
        if plan.has_files {
            for side in &sides {
                files::make(&side.folder, side.name, plan.kills, &mut chance)
                    .map_err(|error| format!("the files can't be made: {error}"))?;
            }
        }
        let begun = clock();
        Ok(Self {
            chance,
            kills: plan.kills,
            has_files: plan.has_files,
            until: begun + plan.limit,
            begun,
            line,
            sides,
            report: Report::default(),
        })
    }

    fn go(&mut self) -> Result<Report, String> {
        while self.report.kills + self.report.cuts < self.kills {
            // One that does not listen yet is killed before it does.
            let is_patient = self.chance.percent(80);
            self.start(if is_patient { PATIENCE } else { Duration::ZERO })?;
            let done = self.report.kills + self.report.cuts;
            for side in &mut self.sides {
                side.say(self.chance.below(20));
                if self.has_files {
                    // All of them in the first half.
                    let most = files::COUNT / 2;
                    side.offer((most * 2 * (done + 1) / self.kills).min(most));
                }
            }
            self.do_harm()?;
            if clock() > self.until {
                return Err("the time is over".to_owned());
            }
        }
        self.start(PATIENCE)?;
        for side in &mut self.sides {
            // A program that was killed between storing and reporting reports only what follows.
            side.say(1);
            if self.has_files {
                side.offer(files::COUNT / 2);
            }
            side.come_to_rest(self.until + PATIENCE)?;
        }
        // Nothing arrives any more, so the order of the ends does not matter.
        for side in &mut self.sides {
            side.stop()?;
            side.check()?;
        }
        let [one, other] = &self.sides;
        let found = [one, other].map(|side| verdict::read(&side.folder, side.name, side.target));
        let [one_has, other_has] = found;
        let (one_has, other_has) = (one_has?, other_has?);
        verdict::check(&one_has, &one.ledger(), &other_has)?;
        verdict::check(&other_has, &other.ledger(), &one_has)?;
        let files = self.has_files.then(|| self.check_files()).transpose()?;
        let [one, other] = &self.sides;
        Ok(Report {
            files,
            passed: self.line.passed(),
            redialled: one.ledger().redialled + other.ledger().redialled,
            said: [one.target, other.target],
            delivered: [other_has.heard.len() as u64, one_has.heard.len() as u64],
            changes: std::array::from_fn(|at| one_has.changes()[at] + other_has.changes()[at]),
            took: self.begun.elapsed(),
            ..self.report
        })
    }

    /// What has become of the files. What had arrived of one when it was interrupted is not sent again, but for one group each
    /// time on average: not every cut meets files that move both ways.
    fn check_files(&self) -> Result<Outcome, String> {
        let [one, other] = &self.sides;
        let mut outcome = Outcome::default();
        outcome.check(&one.folder, one.name, &other.folder)?;
        outcome.check(&other.folder, other.name, &one.folder)?;
        let Report {
            kills, cuts, stops, ..
        } = self.report;
        let most = (outcome.bytes + outcome.cancelled_bytes) * 11 / 10
            + GROUP * (kills + cuts + stops)
            + OVERHEAD;
        let passed = self.line.passed();
        if passed > most {
            return Err(format!(
                "{passed} bytes were sent, and at most {most} should be"
            ));
        }
        Ok(outcome)
    }

    /// Starts both if needed, and connects the line to the one that listens, if it does within this time.
    fn start(&mut self, patience: Duration) -> Result<(), String> {
        for side in &mut self.sides {
            side.check()?;
            side.start()?;
        }
        let [_, listener] = &self.sides;
        self.line.lead_to(listener.port(patience));
        Ok(())
    }

    fn do_harm(&mut self) -> Result<(), String> {
        if self.has_files && self.chance.percent(60) {
            // Files move for a while first.
            let bytes = self.chance.below(MOVED);
            self.line.wait_for(bytes, Duration::from_secs(1));
        }
        // As often in the middle of a handshake as after it.
        let bytes = if self.chance.percent(50) {
            self.chance.of_any_size(100_000)
        } else {
            HANDSHAKE + self.chance.below(8_000)
        };
        let moment = Duration::from_micros(self.chance.of_any_size(300_000));
        let what = self.chance.below(100);
        if what < 45 {
            let how = if self.chance.percent(50) {
                Cut::Reset
            } else {
                Cut::Close
            };
            let patience = Duration::from_millis(500);
            self.report.cuts += u64::from(self.line.cut(bytes, how, patience));
            return Ok(());
        }
        if self.chance.percent(50) {
            self.line.wait_for(bytes, moment * 2);
        } else {
            std::thread::sleep(moment);
        }
        let (first, both) = (self.chance.below(2) as usize, self.chance.percent(10));
        for index in [first, 1 - first] {
            if index != first && !both {
                continue;
            }
            if index == 1 {
                self.line.lead_to(None);
            }
            if what < 92 {
                self.sides[index].kill();
                self.report.kills += 1;
            } else {
                self.sides[index].stop()?;
                self.report.stops += 1;
            }
        }
        if self.chance.percent(25) {
            // The other side sends messages to an absent peer and takes some of them back.
            for side in &mut self.sides {
                side.say(self.chance.below(20));
            }
            let moment = Duration::from_micros(self.chance.of_any_size(100_000));
            std::thread::sleep(moment);
        }
        Ok(())
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
