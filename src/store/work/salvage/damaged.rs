//! Reads a file in which any page may be torn and any number wild. Every read is bounded and ends.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags, ToSql,
    limits::Limit,
    params,
    types::{ToSqlOutput, Value, ValueRef},
};

use crate::store::{
    StoreError,
    message::{ConversationId, LAST_ROW},
    row::Row,
    work::{
        piece::{BYTES, ROWS},
        transfer::Transfer,
    },
    write::FILE_COLUMNS,
};

/// How much `SQLite` may do for one piece, in steps of its virtual machine. A piece of a good file takes a tenth of that; this
/// takes some tens of milliseconds.
const STEPS: u32 = 1_000_000;
/// `SQLite` asks this often, in steps, whether to go on.
const STEPS_AT_ONCE: u32 = 1_000;
/// Maximum length of a value, in bytes. Far above that of a message.
const LENGTH: i32 = 4 * 1024 * 1024;

/// A damaged file, opened to be read.
#[derive(Debug)]
pub(super) struct Damaged {
    connection: Connection,
    /// The columns of a message that this file has.
    columns: &'static str,
    /// The steps that are left for this piece.
    left: Arc<AtomicU32>,
}

/// What is left to read of a table: forwards from its beginning until that fails, then backwards from its end.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    table: &'static str,
    /// The columns to read, after the key.
    columns: &'static str,
    key: &'static str,
    /// An SQL condition on the rows.
    condition: String,
    /// Only keys between these two are left.
    after: Key,
    before: Key,
    backwards: bool,
}

/// The key of a row. Numbers come first, as in `SQLite`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Number(i64),
    Bytes(Vec<u8>),
}

/// Messages: the id, then the columns of [`MESSAGE`].
pub(super) type Message = (i64, Vec<Value>);

/// The columns of a message beside its id.
const MESSAGE: &str = "kind, state, sent_at, received_at, text, raw, charset, \
    stream, number, reply_mine, reply_stream, reply_number, deleted";
/// The same in a file of an earlier version.
const EARLIER: &str = "kind, state, sent_at, received_at, text, raw, charset, \
    NULL, NULL, NULL, NULL, NULL, 0";

/// Tables of what belongs to a message, and their columns beside its id.
pub(super) const MARKS: [(&str, &str); 3] = [
    ("edits", "number, text, replaced_at"),
    ("reactions", "mine, emoji"),
    ("files", FILE_COLUMNS),
];

/// Where a read of messages ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Before this id, because it was enough.
    At(i64),
    /// At this id, because it can't be read.
    Torn(i64),
    /// At the last message.
    Last,
}

impl Damaged {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        // Another program may have it.
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LENGTH)?;
        let left = Arc::new(AtomicU32::new(STEPS));
        let steps = Arc::clone(&left);
        // Whatever the file contains, every statement ends.
        let handler = move || {
            let left = steps.load(Ordering::Relaxed);
            steps.store(left.saturating_sub(STEPS_AT_ONCE), Ordering::Relaxed);
            left == 0
        };
        connection.progress_handler(STEPS_AT_ONCE.cast_signed(), Some(handler))?;
        // Fails if there is no table at all.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let has_names = connection.prepare("SELECT stream FROM messages").is_ok();
        let columns = if has_names { MESSAGE } else { EARLIER };
        Ok(Self {
            connection,
            columns,
            left,
        })
    }

    /// A new piece of the work begins.
    pub(super) fn begin_piece(&self) {
        self.left.store(STEPS, Ordering::Relaxed);
    }

    /// Whether the table has this column; one of an earlier version may not.
    pub(super) fn has_column(&self, table: &str, column: &str) -> bool {
        let sql = format!("SELECT {column} FROM {table}");
        self.connection.prepare(&sql).is_ok()
    }

    /// Whether every row of this table can be read, and makes sense to `SQLite`.
    pub(super) fn is_whole(&self, table: &str) -> bool {
        let sql = format!("PRAGMA integrity_check({table})");
        let verdict = self
            .connection
            .query_row(&sql, [], |row| row.get::<_, String>(0));
        verdict.is_ok_and(|verdict| verdict == "ok")
    }

    /// The next rows of a table, and what is left after them. Skips a row for which `read` fails.
    pub(super) fn rows<T>(
        &self,
        scan: &Scan,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> (Vec<T>, Option<Scan>) {
        let mut left = scan.clone();
        let mut found = Vec::new();
        let mut count = 0;
        let mut read_all = || {
            let mut statement = self.connection.prepare_cached(&scan.sql())?;
            let mut rows = statement.query(params![scan.after, scan.before])?;
            while let Some(row) = rows.next()? {
                count += 1;
                // A damaged tree can yield rows in any order, and endlessly.
                if !left.narrow(row.get_ref(0)?) {
                    return Ok(false);
                }
                found.extend(read(row));
            }
            Ok::<_, rusqlite::Error>(true)
        };
        let is_readable = read_all() == Ok(true);
        let left = match (is_readable, scan.backwards) {
            (true, _) => (count == ROWS).then_some(left),
            (false, false) => Some(Scan {
                backwards: true,
                ..left
            }),
            (false, true) => None,
        };
        (found, left)
    }

    /// The messages between these two ids, oldest first, as many as fit into a piece; and where that ended.
    pub(super) fn messages(&self, [first, last]: [i64; 2]) -> (Vec<Message>, End) {
        let (mut messages, mut next) = (Vec::new(), first);
        let (mut count, mut bytes) = (0, 0);
        let mut read_all = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT id, octet_length(text) + coalesce(octet_length(raw), 0), {}
                FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                self.columns
            ))?;
            let columns = statement.column_count();
            let mut rows = statement.query([first, last])?;
            while count < ROWS
                && bytes < BYTES
                && let Some(row) = rows.next()?
            {
                let id: i64 = row.get(0)?;
                if !(next..=last).contains(&id) {
                    return Ok(End::Torn(next));
                }
                next = id + 1;
                count += 1;
                bytes += row.get::<_, i64>(1).unwrap_or(0);
                let values: rusqlite::Result<_> = (2..columns).map(|at| row.get(at)).collect();
                messages.extend(values.map(|values| (id, values)));
            }
            let is_last = (count < ROWS && bytes < BYTES) || next > last;
            Ok::<_, rusqlite::Error>(if is_last { End::Last } else { End::At(next) })
        };
        let end = read_all();
        let end = end.unwrap_or(End::Torn(next));
        (messages, end)
    }

    /// The unfinished transfers in this file, at most [`ROWS`].
    pub(super) fn transfers(&self) -> Vec<Transfer> {
        let sql = format!("SELECT {} FROM transfers LIMIT {ROWS}", Transfer::COLUMNS);
        self.all(&sql, Transfer::read)
    }

    /// The unfinished salvages in this file: the other file's name, and whether it was listed. At most [`ROWS`].
    pub(super) fn salvages(&self) -> Vec<(String, bool)> {
        let sql = format!("SELECT file, listed FROM salvages LIMIT {ROWS}");
        self.all(&sql, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The ids of the messages that were not to be kept, in at most [`ROWS`] ranges.
    pub(super) fn unkept(&self) -> Vec<[i64; 2]> {
        let sql = format!("SELECT conversation, after, up_to FROM unkept LIMIT {ROWS}");
        self.all(&sql, |row| {
            let (conversation, after, last): (ConversationId, Row, Option<Row>) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(conversation.ids(after.next()..=last.unwrap_or(LAST_ROW)))
        })
    }

    /// The rows of one of the [`MARKS`] of this message: the columns there.
    pub(super) fn marks(&self, (table, columns): (&str, &str), message: i64) -> Vec<Vec<Value>> {
        let sql = format!("SELECT {columns} FROM {table} WHERE message = {message} LIMIT {ROWS}");
        let count = columns.split(',').count();
        self.all(&sql, |row| (0..count).map(|at| row.get(at)).collect())
    }

    /// The highest id of a message between these two, if there is one.
    pub(super) fn highest(&self, ids: [i64; 2]) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2";
        self.connection.query_row(sql, ids, |row| row.get(0))
    }

    /// What a statement finds before reading fails.
    fn all<T>(
        &self,
        sql: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        let mut read_all = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                found.extend(read(row));
            }
            Ok::<_, rusqlite::Error>(())
        };
        if let Err(error) = read_all() {
            tracing::debug!(%error, sql, "of a damaged database");
        }
        found
    }
}

impl Scan {
    /// All rows of a table whose key is a number.
    pub(super) fn by_number(table: &'static str, key: &'static str, columns: &'static str) -> Self {
        Self {
            table,
            columns,
            key,
            condition: "TRUE".to_owned(),
            after: Key::Number(i64::MIN),
            before: Key::Number(i64::MAX),
            backwards: false,
        }
    }

    /// All rows of a table whose key is at most 32 bytes.
    pub(super) fn by_bytes(table: &'static str, key: &'static str, columns: &'static str) -> Self {
        Self {
            after: Key::Bytes(Vec::new()),
            before: Key::Bytes(vec![0xff; 33]),
            ..Self::by_number(table, key, columns)
        }
    }

    /// Only the rows that meet this SQL condition.
    pub(super) fn only(self, condition: String) -> Self {
        Self { condition, ..self }
    }

    fn sql(&self) -> String {
        let Self {
            table,
            columns,
            key,
            condition,
            ..
        } = self;
        let order = if self.backwards { "DESC" } else { "ASC" };
        format!(
            "SELECT {key}, {columns} FROM {table} WHERE {condition} AND {key} > ?1 AND {key} < ?2
            ORDER BY {key} {order} LIMIT {ROWS}"
        )
    }

    /// Leaves out the rows up to this one. False if its key is out of order.
    fn narrow(&mut self, key: ValueRef<'_>) -> bool {
        let key = match key {
            ValueRef::Integer(number) => Key::Number(number),
            ValueRef::Blob(bytes) => Key::Bytes(bytes.to_owned()),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) => return false,
        };
        let is_left = self.after < key && key < self.before;
        if is_left && self.backwards {
            self.before = key;
        } else if is_left {
            self.after = key;
        }
        is_left
    }
}

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Number(number) => number.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}
