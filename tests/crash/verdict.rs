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
    /// Its own messages: row, number and state.
    said: Vec<(u64, u64, i64)>,
    /// The numbers of the messages it has received, in order.
    pub heard: Vec<u64>,
}

/// Reads the database of a side that was to send this many messages.
///
/// # Errors
/// What is wrong within this database.
pub fn read(folder: &Path, name: &str, target: u64) -> Result<Found, String> {
    let found = look(folder, name).map_err(|error| format!("{name}: {error}"))??;
    let numbers: Vec<_> = found.said.iter().map(|(_, number, _)| *number).collect();
    let expected: Vec<_> = (1..=target).collect();
    if numbers != expected {
        return Err(difference(
            &format!("what {name} has said"),
            &expected,
            &numbers,
        ));
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
    let mut found = Found {
        name: name.to_owned(),
        said: Vec::new(),
        heard: Vec::new(),
    };
    let other = if name == "A" { "B" } else { "A" };
    let mut statement = connection
        .prepare("SELECT id & 0xffffffffff, kind, state, text FROM messages ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, kind, state): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let text: String = row.get(3)?;
        let side = if kind == 1 { name } else { other };
        let Some(number) = chance::number(side, &text) else {
            return Ok(Err(format!("{name}: nobody has said this: {text:.60}")));
        };
        if kind == 1 {
            found.said.push((id.unsigned_abs(), number, state));
        } else {
            found.heard.push(number);
        }
    }
    Ok(Ok(found))
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
    if told.heard != one.heard.last().copied().unwrap_or(0) {
        return Err(format!(
            "{name} was told of {} last, and has {:?}",
            told.heard,
            one.heard.last()
        ));
    }
    for (_, number, state) in said {
        if ![DELIVERED, CANCELLED].contains(state) {
            return Err(format!("{name}: message {number} is in state {state}"));
        }
    }
    for row in &told.delivered {
        if !said
            .iter()
            .any(|(of, _, state)| of == row && *state == DELIVERED)
        {
            return Err(format!("{name} was told that row {row} is delivered"));
        }
    }
    let delivered = said.iter().filter(|(_, _, state)| *state == DELIVERED);
    let delivered: Vec<_> = delivered.map(|(_, number, _)| *number).collect();
    if delivered != other.heard {
        let what = format!("what {name} takes for delivered, and {} has", other.name);
        return Err(difference(&what, &delivered, &other.heard));
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
