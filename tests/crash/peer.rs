//! One of the two programs that talk. It takes orders as lines on its input and reports on its output. It ends with
//! its input, so that it does not outlive the process that has started it.

mod transfers;

use std::{
    io::{BufRead as _, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, select};
use data_encoding::HEXLOWER;
use duologue::{
    endpoint::Endpoint,
    identity::PeerId,
    identity::PublicKey,
    mailbox::SendError,
    net::{
        self, Backoff, Call, Command, ConnectError, EndReason, Event, Handle, How, MessageId,
        Options, Siblings,
    },
    store::{Change, FILE_NAME, State},
};
use rusqlite::{Connection, OpenFlags};
use transfers::Transfers;

use crate::{
    chance::{self, Why},
    clock, messages,
};

/// Maximum number of messages sent to the worker and not yet stored.
const AT_ONCE: u64 = 8;
/// Messages with a multiple of this number are recalled as soon as they are stored.
const TAKEN_BACK: u64 = 7;
/// Likewise, they are edited.
const EDITED: u64 = 6;
/// Likewise, they are deleted.
const DELETED: u64 = 11;
/// Messages in rows with a multiple of this number are edited once more when they are delivered.
const EDITED_LATE: u64 = 4;
/// Likewise, they are deleted.
const DELETED_LATE: u64 = 10;
/// Messages with a multiple of this number answer the last one that was heard.
const ANSWERS: u64 = 5;
/// Messages of the other one with a multiple of this number get a reaction when they are heard.
const REACTED: u64 = 3;
/// With the next message, every other reaction is taken back.
const REACTED_BRIEFLY: u64 = 6;
/// Pause before a failed call is made again.
const PAUSE: Duration = Duration::from_millis(10);

struct Peer {
    handle: Handle,
    side: String,
    other: PublicKey,
    other_side: &'static str,
    /// The port it calls, if it is the caller.
    calls: Option<u16>,
    call_at: Option<Instant>,
    /// The last message that is stored, that was given to the worker, and that is to be sent.
    stored: u64,
    written: u64,
    target: u64,
    /// The row of the last message that was heard, and whether a reaction to it is to be taken back.
    heard: Option<(u64, bool)>,
    path: PathBuf,
    rest: Rest,
    transfers: Transfers,
}

/// Whether it is to come to rest.
enum Rest {
    /// No.
    None,
    /// It was asked to, and changes no message from now on. What it has asked the worker for before is not done yet.
    Asked,
    /// It reports when nothing waits in this database.
    Looking(Connection),
}

/// Runs with a data folder, a side, the other side's key, and the port to call if it is the caller.
pub fn run(arguments: &[String]) {
    let [folder, side, other, port] = arguments else {
        panic!("what a peer is started with: {arguments:?}");
    };
    let other = HEXLOWER.decode(other.as_bytes()).expect("a key");
    let folder = PathBuf::from(folder);
    let path = folder.join(FILE_NAME);
    let stored = last_said(&path);
    tell(&format!("from {stored}"));
    let other = PublicKey::from_bytes(other.try_into().expect("a key"));
    let (transfers, commands) = Transfers::open(folder.clone(), side, other);
    let (wake, woken) = crossbeam_channel::bounded(1);
    let options = Options {
        folder: Some(folder),
        backoff: Backoff {
            first: PAUSE,
            most: PAUSE * 8,
        },
        // As two windows on one data folder, so that nobody is asked.
        siblings: Siblings::by(|_| true),
        ..Options::default()
    };
    let handle = net::spawn(options, move || {
        wake.try_send(()).ok();
    });
    let peer = Peer {
        handle: handle.expect("a worker"),
        side: side.clone(),
        other,
        other_side: if side == "A" { "B" } else { "A" },
        calls: port.parse().ok(),
        call_at: None,
        stored,
        written: stored,
        target: stored,
        heard: None,
        path,
        rest: Rest::None,
        transfers,
    };
    peer.ask_all(&commands);
    if let Some(row) = last_heard(&peer.path) {
        // The last start was killed before it could say so.
        peer.set_read(row);
    }
    peer.run(&woken, &lines());
}

/// The orders, up to the end of the input.
fn lines() -> Receiver<String> {
    let (outbox, lines) = crossbeam_channel::bounded(16);
    let reader = std::thread::Builder::new().name("lines".to_owned());
    let read = move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if outbox.send(line).is_err() {
                return;
            }
        }
    };
    reader.spawn(read).expect("a thread");
    lines
}

/// Reports a line. It is written whole or not at all, even if this process is killed.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(format!("{line}\n").as_bytes()).is_err() || out.flush().is_err() {
        // The process that has started this one is gone.
        std::process::exit(1);
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// The number of messages in the store, and of the last one. What is not stored was never sent.
fn last_said(path: &Path) -> u64 {
    if !path.exists() {
        return 0;
    }
    let sql =
        "SELECT count(*) FROM messages WHERE kind = 1 AND id NOT IN (SELECT message FROM files)";
    let connection = open(path).expect("a database");
    let count: Result<i64, _> = connection.query_row(sql, [], |row| row.get(0));
    // Without a table, the first start was cut short.
    count.map_or(0, i64::unsigned_abs)
}

/// The row of the last message of the other one.
fn last_heard(path: &Path) -> Option<u64> {
    let sql = "SELECT max(id) & 0xffffffffff FROM messages WHERE kind = 0";
    let connection = path.exists().then(|| open(path).expect("a database"))?;
    let row: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).ok()?;
    row.map(i64::unsigned_abs)
}

impl Peer {
    fn run(mut self, woken: &Receiver<()>, lines: &Receiver<String>) {
        match self.calls {
            Some(_) => self.call(),
            None => self.ask(&Command::Listen(local(0))),
        }
        loop {
            let call_at = self
                .call_at
                .map_or_else(crossbeam_channel::never, crossbeam_channel::at);
            // An acknowledged change is not reported.
            let look_at = match self.rest {
                Rest::Looking(_) => crossbeam_channel::after(PAUSE),
                Rest::None | Rest::Asked => crossbeam_channel::never(),
            };
            select! {
                recv(woken) -> _ => {}
                recv(look_at) -> _ => {}
                recv(call_at) -> _ => self.call(),
                recv(lines) -> line => match line.as_deref().map(|line| line.split_once(' ')) {
                    Ok(Some(("say", target))) => self.target = target.parse().expect("a number"),
                    Ok(Some(("offer", target))) => {
                        let target = target.parse().expect("a number");
                        let commands = self.transfers.set_target(target);
                        self.ask_all(&commands);
                    }
                    Ok(_) => {
                        self.rest = Rest::Asked;
                        // Answered after everything that was asked for before.
                        self.ask(&Command::MakeInvite);
                    }
                    Err(_) => return,
                },
            }
            let mut events = Vec::new();
            self.handle.drain(|event| {
                events.push(event);
                true
            });
            for event in events {
                self.handle_event(&event);
            }
            self.write();
            self.look_whether_at_rest();
        }
    }

    /// Waits while the worker has too much to do.
    fn ask(&self, command: &Command) {
        while let Err(error) = self.handle.send(command.clone()) {
            assert_eq!(error, SendError::Busy);
            std::thread::yield_now();
        }
    }

    fn ask_all(&self, commands: &[Command]) {
        for command in commands {
            self.ask(command);
        }
    }

    fn call(&mut self) {
        self.call_at = None;
        let Some(port) = self.calls else { return };
        self.ask(&Command::Connect(Call {
            to: local(port),
            also: Vec::new(),
            how: How::To(self.other),
        }));
    }

    fn write(&mut self) {
        while self.written < self.target && self.written - self.stored < AT_ONCE {
            self.written += 1;
            let text = chance::text(&self.side, self.written);
            self.ask(&match self.heard {
                Some((row, _)) if self.written.is_multiple_of(ANSWERS) => Command::Reply {
                    id: MessageId(self.written),
                    to: self.other,
                    text,
                    reply_to: messages::row(row),
                },
                _ => messages::write(self.written, self.other, &text),
            });
        }
    }

    fn handle_event(&mut self, event: &Event) {
        if let Some(commands) = self.transfers.handle_event(event) {
            self.ask_all(&commands);
            if let Event::Received { row: Some(row), .. } = event {
                self.set_read(messages::row_number(*row));
            }
        } else if let Some((id, row)) = messages::stored(event) {
            self.stored = id;
            tell(&format!("stored {id}"));
            if id.is_multiple_of(EDITED) {
                let text = chance::edited(&self.side, id, Why::Stored);
                self.change(row, Change::Edit(text));
            }
            if id.is_multiple_of(DELETED) {
                self.change(row, Change::Delete);
            }
            if id.is_multiple_of(TAKEN_BACK) {
                self.ask(&messages::recall(self.other, row));
            }
        } else if let Some(rows) = messages::settled(event) {
            for (row, state) in rows {
                if self.transfers.is_offer(row) {
                    let commands = self.transfers.settled(row, state);
                    self.ask_all(&commands);
                } else if state == State::Delivered {
                    tell(&format!("delivered {row}"));
                    self.change_delivered(row);
                }
            }
        } else if let Some(said) = messages::text(event) {
            let text = said.text;
            match chance::number(self.other_side, &text) {
                Some(number) => {
                    tell(&format!("heard {number}"));
                    self.react(number, said.row);
                    self.set_read(said.row);
                }
                None => tell(&format!("trouble heard what nobody has said: {text:.40}")),
            }
        } else if messages::missed(event).is_some()
            || messages::needs_newer(event)
            || messages::not_sent(event).is_some()
        {
            tell(&format!("trouble {event:?}"));
        } else {
            self.handle_other_event(event);
        }
    }

    fn change(&self, row: u64, change: Change) {
        if matches!(self.rest, Rest::None) {
            let (to, row) = (self.other, messages::row(row));
            self.ask(&Command::Change { to, row, change });
        }
    }

    fn change_delivered(&self, row: u64) {
        if row.is_multiple_of(EDITED_LATE) {
            let sql = "SELECT count(*) FROM messages WHERE kind = 1 AND (id & 0xffffffffff) <= ?1
                AND id NOT IN (SELECT message FROM files)";
            let connection = open(&self.path).expect("a database");
            let number: i64 = connection
                .query_row(sql, [row.cast_signed()], |row| row.get(0))
                .expect("read");
            let text = chance::edited(&self.side, number.unsigned_abs(), Why::Delivered);
            self.change(row, Change::Edit(text));
        }
        if row.is_multiple_of(DELETED_LATE) {
            self.change(row, Change::Delete);
        }
    }

    fn react(&mut self, number: u64, row: u64) {
        if let Some((before, true)) = self.heard {
            self.change(before, Change::React(String::new()));
        }
        if number.is_multiple_of(REACTED) {
            self.change(row, Change::React("👍".to_owned()));
        }
        self.heard = Some((row, number.is_multiple_of(REACTED_BRIEFLY)));
    }

    fn set_read(&self, row: u64) {
        self.ask(&messages::set_read(PeerId::Key(self.other), row));
    }

    /// Handles an event that is not about a message.
    fn handle_other_event(&mut self, event: &Event) {
        match event {
            Event::Invite(_) => self.rest = Rest::Looking(open(&self.path).expect("a database")),
            Event::Listening(listening) => tell(&format!("port {}", listening.at.port)),
            Event::Redialling { wait: None, .. } => tell("redialled"),
            Event::Ended(EndReason::Misbehaved) => tell("trouble the other one misbehaved"),
            // It redials by itself.
            Event::Ended(EndReason::Lost | EndReason::Silent) => {}
            Event::Ended(_) => self.call_at = Some(clock()),
            Event::ConnectFailed { error, .. } => {
                if matches!(
                    error,
                    ConnectError::Incompatible
                        | ConnectError::OtherKey { .. }
                        | ConnectError::AnswersPlain
                        | ConnectError::StoreUnreadable
                ) {
                    tell(&format!("trouble {error}"));
                }
                self.call_at = Some(clock() + PAUSE);
            }
            Event::StoreFailed(_)
            | Event::StoreClosed(_)
            | Event::StoreSetAside(_)
            | Event::ListenFailed { .. }
            | Event::Identity(Err(_)) => tell(&format!("trouble {event:?}")),
            _ => {}
        }
    }

    fn look_whether_at_rest(&self) {
        let Rest::Looking(connection) = &self.rest else {
            return;
        };
        if self.stored < self.target {
            return;
        }
        // Whether something waits, or is not known to be read.
        let sql = "SELECT EXISTS (SELECT * FROM outbox) OR EXISTS (
                SELECT * FROM conversations WHERE seen_up_to < (
                    SELECT coalesce(max(id) & 0xffffffffff, 0) FROM messages
                    WHERE kind = 1 AND state = 2
                )
            )";
        let waits: bool = connection
            .query_row(sql, [], |row| row.get(0))
            .expect("read");
        if !waits && self.transfers.are_over() {
            tell("rest");
        }
    }
}

fn local(port: u16) -> Endpoint {
    Endpoint {
        host: "127.0.0.1".to_owned(),
        port,
    }
}
