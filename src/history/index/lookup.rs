//! Asking the index, while another thread writes it.

use std::{fs, io, path::Path};

use rusqlite::{Connection, OpenFlags, params};

use super::{
    BUSY, CACHE_KIB, FILE_NAME, Fault, VERSION, at_fault, table,
    tokens::{are_short, matching},
};
use crate::{
    history::shutdown::Shutdown,
    store::{ConversationId, Row, StoreError},
};

/// Number of the newest messages that are looked at without the index, for words that many messages have.
const NEWEST: u64 = 1_000;

/// The file, opened to be read.
pub(in crate::history) fn open_to_read(
    folder: &Path,
    shutdown: &Shutdown,
) -> Result<Connection, StoreError> {
    let path = folder.join(FILE_NAME);
    if fs::metadata(&path)?.len() == 0 {
        return Err(StoreError::Io(io::ErrorKind::NotFound));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        return Err(StoreError::Io(io::ErrorKind::NotFound));
    }
    shutdown.watch("search", connection.get_interrupt_handle());
    Ok(connection)
}

/// Calls `take` with the rows up to this one that may have these words in them, the newest first, until it returns false.
pub(in crate::history) fn candidates(
    connection: &Connection,
    conversation: ConversationId,
    words: &[String],
    up_to: Row,
    mut take: impl FnMut(Row) -> Result<bool, StoreError>,
) -> Result<(), Fault> {
    let expression = matching(words);
    let mut row = up_to;
    let end = match expression {
        Some(_) if are_short(words) => Row::new(up_to.number().saturating_sub(NEWEST)),
        Some(_) => up_to,
        None => Row::ZERO,
    };
    while row > end {
        if !take(row)? {
            return Ok(());
        }
        row = row.previous();
    }
    let Some(expression) = expression else {
        return Ok(());
    };
    let table = table(conversation);
    let sql = format!(
        "SELECT rowid FROM {table} WHERE {table} MATCH ?1 AND rowid <= ?2 ORDER BY rowid DESC"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(at_fault)?;
    let mut rows = statement
        .query(params![expression, row])
        .map_err(at_fault)?;
    while let Some(row) = rows.next().map_err(at_fault)? {
        if !take(row.get(0).map_err(at_fault)?)? {
            break;
        }
    }
    Ok(())
}
