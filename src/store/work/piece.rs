//! How much of a long piece of work on messages is done in one transaction, so that the worker's turn stays short.

use rusqlite::{Connection, params};

/// Maximum number of messages in a piece.
pub(super) const ROWS: i64 = 2_000;
/// A piece ends early once its messages have this many bytes of text.
pub(super) const BYTES: i64 = 1024 * 1024;

/// Where a piece ends that begins with the first of these messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With this message; others may follow.
    At(i64),
    /// With the last one.
    Last,
}

/// Measures the next piece of the messages whose ids lie between these two.
pub(super) fn end(connection: &Connection, [first, last]: [i64; 2]) -> rusqlite::Result<End> {
    let mut statement = connection.prepare_cached(
        "SELECT id, octet_length(text) + coalesce(octet_length(raw), 0) + coalesce(
            (SELECT sum(octet_length(edits.text)) FROM edits WHERE message = messages.id), 0
        ) FROM messages
        WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![first, last, ROWS])?;
    let (mut count, mut bytes) = (0, 0);
    while let Some(row) = rows.next()? {
        count += 1;
        bytes += row.get::<_, i64>(1)?;
        if count == ROWS || bytes >= BYTES {
            return Ok(End::At(row.get(0)?));
        }
    }
    Ok(End::Last)
}
