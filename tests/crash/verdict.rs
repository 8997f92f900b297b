//! What each program has stored in the end, and whether that fits together.

use std::path::Path;

use duologue::store::FILE_NAME;
use rusqlite::{Connection, OpenFlags};

use crate::{chance, driver::Ledger};

/// The numbers of [`duologue::store::State`] in the file.
const DELIVERED: i64 = 2;
const CANCELLED: i64 = 3;

/// What one of the programs has stored.
#[derive(Debug)]
pub struct Found {
    name: String,
    /// Its own messages, in order: the message with number n is the n-th.
    said: Vec<Said>,
    /// The messages that it has received, in order.
    pub heard: Vec<(Name, Content)>,
    /// The row up to which the other one has read.
    seen_up_to: u64,
    /// The last row of an offer that was delivered.
    last_offer: u64,
}

/// A message of its own.
#[derive(Debug)]
struct Said {
    row: u64,
    state: i64,
    name: Name,
    content: Content,
}

/// What a message is called: its stream, and its number there.
type Name = (Vec<u8>, i64);

/// What a message has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    text: String,
    /// The number in its text; a deleted message has none.
    number: Option<u64>,
    is_deleted: bool,
    /// Earlier texts.
    edits: Vec<String>,
    /// The reactions of its writer and of its reader.
    reactions: [Option<String>; 2],
    /// Whether it answers a message of its writer, and which.
    answers: Option<(bool, Name)>,
}

/// Reads the database of a side that was to send this many messages.
///
/// # Errors
/// What is wrong within this database.
pub fn read(folder: &Path, name: &str, target: u64) -> Result<Found, String> {
    let found = look(folder, name).map_err(|error| format!("{name}: {error}"))??;
    if found.said.len() as u64 != target {
        let count = found.said.len();
        return Err(format!("{name} has said {count} of {target}"));
    }
    for (expected, said) in (1..).zip(&found.said) {
        let number = said.content.number.unwrap_or(expected);
        if number != expected {
            return Err(format!("{name} has said {number} in place of {expected}"));
        }
    }
    Ok(found)
}

fn look(folder: &Path, name: &str) -> rusqlite::Result<Result<Found, String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(folder.join(FILE_NAME), flags)?;
    for (sql, expected) in [
        ("SELECT integrity_check FROM pragma_integrity_check", "ok"),
        ("SELECT cast(count(*) AS TEXT) FROM outbox", "0"),
        ("SELECT cast(count(*) AS TEXT) FROM conversations", "1"),
        (
            "SELECT cast(count(*) AS TEXT) FROM messages WHERE kind > 1",
            "0",
        ),
    ] {
        let got: String = connection.query_row(sql, [], |row| row.get(0))?;
        if got != expected {
            return Ok(Err(format!("{name}: {sql}: {got}")));
        }
    }
    let seen = "SELECT seen_up_to FROM conversations";
    let seen: i64 = connection.query_row(seen, [], |row| row.get(0))?;
    let mut found = Found {
        name: name.to_owned(),
        said: Vec::new(),
        heard: Vec::new(),
        seen_up_to: seen.unsigned_abs(),
        last_offer: connection
            .query_row(
                "SELECT coalesce(max(id) & 0xffffffffff, 0) FROM messages
                WHERE kind = 1 AND state = 2 AND id IN (SELECT message FROM files)",
                [],
                |row| row.get::<_, i64>(0),
            )?
            .unsigned_abs(),
    };
    let other = if name == "A" { "B" } else { "A" };
    let mut edits =
        connection.prepare("SELECT text FROM edits WHERE message = ?1 ORDER BY number")?;
    let mut statement = connection.prepare(
        "SELECT id, kind, state, text, deleted, stream, number,
            (SELECT emoji FROM reactions WHERE message = id AND mine = kind),
            (SELECT emoji FROM reactions WHERE message = id AND mine <> kind),
            reply_mine = kind, reply_stream, reply_number
        FROM messages WHERE id NOT IN (SELECT message FROM files) ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, kind, state): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (text, is_deleted): (String, bool) = (row.get(3)?, row.get(4)?);
        let side = if kind == 1 { name } else { other };
        let number = chance::number(side, &text);
        if number.is_none() && !(is_deleted && text.is_empty()) {
            return Ok(Err(format!("{name}: nobody has said this: {text:.60}")));
        }
        let answers = match row.get::<_, Option<bool>>(9)? {
            Some(its_own) => Some((its_own, (row.get(10)?, row.get(11)?))),
            None => None,
        };
        let texts = edits.query_map([id], |row| row.get(0))?;
        let content = Content {
            text,
            number,
            is_deleted,
            edits: texts.collect::<Result<_, _>>()?,
            reactions: [row.get(7)?, row.get(8)?],
            answers,
        };
        let called = (row.get(5)?, row.get(6)?);
        if kind == 1 {
            found.said.push(Said {
                row: id.unsigned_abs() & 0xff_ffff_ffff,
                state,
                name: called,
                content,
            });
        } else {
            found.heard.push((called, content));
        }
    }
    Ok(Ok(found))
}

impl Found {
    /// The number of a message of its own.
    fn number(&self, name: &Name) -> Option<u64> {
        let at = self.said.iter().position(|said| said.name == *name)?;
        Some(at as u64 + 1)
    }

    /// How many messages of its own were edited, deleted, and got a reaction.
    pub fn changes(&self) -> [usize; 3] {
        let count =
            |is: fn(&Content) -> bool| self.said.iter().filter(|said| is(&said.content)).count();
        [
            count(|content| !content.edits.is_empty()),
            count(|content| content.is_deleted),
            count(|content| content.reactions[1].is_some()),
        ]
    }
}

/// Checks that `other` has received what `one` has marked as delivered, and nothing else.
///
/// # Errors
/// What it has not received, or should not have received.
pub fn check(one: &Found, told: &Ledger, other: &Found) -> Result<(), String> {
    let Found { name, said, .. } = one;
    if told.stored != said.len() as u64 {
        let have = said.len();
        return Err(format!(
            "{name} was told that {} are stored, and has {have}",
            told.stored
        ));
    }
    let numbers = one
        .heard
        .iter()
        .map(|(name, _)| other.number(name).unwrap_or(0));
    let heard: Vec<_> = numbers.collect();
    if told.heard != heard.last().copied().unwrap_or(0) {
        return Err(format!(
            "{name} was told of {} last, and has {:?}",
            told.heard,
            heard.last()
        ));
    }
    for Said { row, state, .. } in said {
        if ![DELIVERED, CANCELLED].contains(state) {
            return Err(format!("{name}: row {row} is in state {state}"));
        }
    }
    for row in &told.delivered {
        let is_delivered = |said: &Said| said.row == *row && said.state == DELIVERED;
        if !said.iter().any(is_delivered) {
            return Err(format!("{name} was told that row {row} is delivered"));
        }
    }
    let delivered: Vec<_> = said.iter().filter(|said| said.state == DELIVERED).collect();
    let numbers = delivered.iter().filter_map(|said| one.number(&said.name));
    let numbers: Vec<_> = numbers.collect();
    let others = other
        .heard
        .iter()
        .map(|(name, _)| one.number(name).unwrap_or(0));
    let others: Vec<_> = others.collect();
    if numbers != others {
        let what = format!("what {name} takes for delivered, and {} has", other.name);
        return Err(difference(&what, &numbers, &others));
    }
    for (said, (_, heard)) in delivered.iter().zip(&other.heard) {
        if said.content != *heard {
            return Err(format!(
                "row {} of {name} is not the same on both sides: {:?} and {heard:?}",
                said.row, said.content
            ));
        }
    }
    let newest = delivered.last().map_or(0, |said| said.row);
    let newest = newest.max(one.last_offer);
    if one.seen_up_to != newest {
        let seen = one.seen_up_to;
        return Err(format!(
            "{name} has delivered up to {newest}, and {seen} was read"
        ));
    }
    Ok(())
}

fn difference(what: &str, expected: &[u64], got: &[u64]) -> String {
    let at = expected
        .iter()
        .zip(got)
        .take_while(|(one, other)| one == other)
        .count();
    let part = |numbers: &[u64]| -> Vec<u64> {
        numbers
            .iter()
            .skip(at.saturating_sub(2))
            .take(10)
            .copied()
            .collect()
    };
    let missing: Vec<_> = expected
        .iter()
        .filter(|number| !got.contains(number))
        .collect();
    format!(
        "{what}: {} and {}; from {at} on {:?} and {:?}; missing: {missing:?}",
        expected.len(),
        got.len(),
        part(expected),
        part(got),
    )
}
