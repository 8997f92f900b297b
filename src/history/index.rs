//! The index for searching: which messages a piece of text may be in. A file of its own beside the store's,
//! which can be made anew from that at any time.
//!
//! Every character of a message is a token together with the one behind it, or alone at the end of a word.
//! So a word of two characters or more is a phrase of tokens, wherever in a longer word it stands, and one
//! character alone is the beginning of a token: words of all lengths are found alike, in any script. Each
//! conversation has a table of its own, so that what was said in it can be erased whole: FTS5 without a copy
//! of the texts can't erase a single row.

mod batch;
mod tokens;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

use batch::Batch;
use tokens::matching;

use super::{life::Life, pages};
use crate::{
    folder,
    identity::PublicKey,
    store::{self, ConversationId, Kind, Message, StoreError},
};

pub(super) use tokens::tokens;

/// The file's name in the data folder.
pub(super) const FILE_NAME: &str = "index.db";
/// What `SQLite` puts beside its file.
const ENDINGS: [&str; 3] = ["", "-wal", "-shm"];
/// What this program writes; a file of any other version is made anew.
const VERSION: i32 = 2;
/// How long another thread may write.
const BUSY: Duration = Duration::from_secs(2);
/// What a connection remembers of its file, in KiB.
const CACHE_KIB: i64 = 1_024;

/// Which of the two files is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Index(StoreError),
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn at_fault(error: impl Into<StoreError>) -> Fault {
    Fault::Index(error.into())
}

/// A conversation, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: ConversationId,
    pub(super) key: Option<PublicKey>,
    pub(super) address: Option<String>,
    pub(super) last: u64,
    pub(super) active_at: i64,
}

/// How much of a conversation is in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    key: Option<PublicKey>,
    address: Option<String>,
    pub(super) up_to: u64,
    /// The oldest message that did not wait when it was indexed, and when it was received: erasing begins
    /// with it, or before.
    first: Option<(i64, i64)>,
    /// As many messages stood before that one, or are there at all.
    before: i64,
}

/// The conversations of the store, the one that was active last first.
pub(super) fn entries(connection: &Connection) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, key, address, last, active_at FROM conversations
        ORDER BY active_at DESC, id DESC",
    )?;
    let entries = statement.query_map([], |row| {
        let last: i64 = row.get(3)?;
        Ok(Entry {
            id: row.get(0)?,
            key: row.get(1)?,
            address: row.get(2)?,
            last: u64::try_from(last).unwrap_or(0),
            active_at: row.get(4)?,
        })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}

/// The file, opened to be read.
pub(super) fn open_to_read(folder: &Path, life: &Life) -> Result<Connection, StoreError> {
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
    life.watch("search", &connection);
    Ok(connection)
}

/// How much of this conversation is in the index.
pub(super) fn progress(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<Option<Progress>> {
    connection
        .prepare_cached(
            "SELECT key, address, up_to, first, first_at, before FROM progress
            WHERE conversation = ?1",
        )?
        .query_row([conversation], |row| {
            let up_to: i64 = row.get(2)?;
            let (first, first_at): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
            Ok(Progress {
                key: row.get(0)?,
                address: row.get(1)?,
                up_to: u64::try_from(up_to).unwrap_or(0),
                first: first.zip(first_at),
                before: row.get(5)?,
            })
        })
        .optional()
}

/// Calls `take` with the rows that may have these words in them, the newest first, until it returns false.
pub(super) fn candidates(
    connection: &Connection,
    conversation: ConversationId,
    words: &[String],
    mut take: impl FnMut(u64) -> Result<bool, StoreError>,
) -> Result<(), Fault> {
    let table = table(conversation);
    let sql = format!("SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC");
    let mut statement = connection.prepare_cached(&sql).map_err(at_fault)?;
    let mut rows = statement.query([matching(words)]).map_err(at_fault)?;
    while let Some(row) = rows.next().map_err(at_fault)? {
        let row: i64 = row.get(0).map_err(at_fault)?;
        if !take(u64::try_from(row).unwrap_or(0))? {
            break;
        }
    }
    Ok(())
}

/// The file, opened to be written.
pub(super) struct Index {
    connection: Connection,
}

impl Index {
    /// Opens it. A file that is damaged, or of another version, is [`StoreError::Damaged`].
    pub(super) fn open(folder: &Path, life: &Life) -> Result<Self, StoreError> {
        let path = folder.join(FILE_NAME);
        match folder::private_file().create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => drop(other?),
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        // What is lost with the power is indexed again; but the file must be whole, so not OFF.
        for (pragma, value) in [
            ("cache_size", -CACHE_KIB),
            ("auto_vacuum", 2),
            ("synchronous", 1),
            ("secure_delete", 1),
        ] {
            connection.pragma_update(None, pragma, value)?;
        }
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (version, tables) {
            (VERSION, _) => {}
            (0, 0) => {
                transaction.execute_batch(
                    "CREATE TABLE progress (
                        conversation INTEGER PRIMARY KEY,
                        key BLOB,
                        address TEXT,
                        up_to INTEGER NOT NULL, -- row
                        first INTEGER, -- id of a message
                        first_at INTEGER, -- milliseconds since 1970
                        before INTEGER NOT NULL
                    ) STRICT",
                )?;
                transaction.pragma_update(None, "user_version", VERSION)?;
            }
            _ => return Err(StoreError::Damaged),
        }
        transaction.commit()?;
        life.watch("index", &connection);
        Ok(Self { connection })
    }

    /// Removes the file. It must not be open.
    pub(super) fn remove(folder: &Path) -> io::Result<()> {
        for path in files(folder) {
            match fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// The conversations that something is indexed of.
    pub(super) fn known(&self) -> Result<Vec<ConversationId>, Fault> {
        let read = || {
            let sql = "SELECT conversation FROM progress";
            let mut statement = self.connection.prepare_cached(sql)?;
            let known = statement.query_map([], |row| row.get(0))?;
            known.collect::<rusqlite::Result<_>>()
        };
        read().map_err(at_fault)
    }

    /// Whether all that is indexed of this conversation is still in the store. Messages are erased from the
    /// oldest on, all but those that wait.
    pub(super) fn is_true(&self, store: &Connection, entry: &Entry) -> Result<bool, Fault> {
        let Some(progress) = progress(&self.connection, entry.id).map_err(at_fault)? else {
            return Ok(true);
        };
        if !progress.fits(entry) {
            return Ok(false);
        }
        let (oldest, _) = pages::range(entry.id);
        let ask = || {
            let behind = match progress.first {
                Some((first, first_at)) => {
                    let found: Option<i64> = store
                        .prepare_cached("SELECT received_at FROM messages WHERE id = ?1")?
                        .query_row([first], |row| row.get(0))
                        .optional()?;
                    if found != Some(first_at) {
                        return Ok(false);
                    }
                    first
                }
                None => entry.id.message(progress.up_to) + 1,
            };
            store
                .prepare_cached("SELECT count(*) FROM messages WHERE id >= ?1 AND id < ?2")?
                .query_row(
                    [oldest, behind],
                    |row| Ok(row.get(0) == Ok(progress.before)),
                )
        };
        ask().map_err(|error| Fault::Store(error.into()))
    }

    /// Whether what is indexed can be of this conversation: a number can be given to another one.
    pub(super) fn fits(&self, entry: &Entry) -> Result<bool, Fault> {
        let progress = progress(&self.connection, entry.id).map_err(at_fault)?;
        Ok(progress.is_none_or(|progress| progress.fits(entry)))
    }

    /// Up to which row this conversation is indexed.
    pub(super) fn up_to(&self, entry: &Entry) -> Result<u64, Fault> {
        let progress = progress(&self.connection, entry.id).map_err(at_fault)?;
        Ok(progress.map_or(0, |progress| progress.up_to))
    }

    /// Takes everything out that was said in this conversation. What it was is still in the file until
    /// [`Self::purge`].
    pub(super) fn forget(&mut self, conversation: ConversationId) -> Result<(), Fault> {
        let mut forget = || {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(&format!("DROP TABLE IF EXISTS {}", table(conversation)))?;
            transaction.execute(
                "DELETE FROM progress WHERE conversation = ?1",
                [conversation],
            )?;
            transaction.commit()
        };
        forget().map_err(at_fault)
    }

    /// Gives the room of what was forgotten back to the system, and leaves nothing of it in the file and
    /// its log. False if it is to be tried again, because a reader was in the way.
    pub(super) fn purge(&self) -> Result<bool, Fault> {
        let purge = || {
            self.connection.execute_batch("PRAGMA incremental_vacuum")?;
            let busy: i64 =
                self.connection
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            Ok::<_, rusqlite::Error>(busy == 0)
        };
        purge().map_err(at_fault)
    }

    /// Indexes what comes next in a conversation. Returns whether there is more.
    pub(super) fn feed(&mut self, store: &Connection, entry: &Entry) -> Result<bool, Fault> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(at_fault)?;
        // Asked again, now that nobody else can write.
        let known = progress(&transaction, entry.id).map_err(at_fault)?;
        let (mut progress, is_new) = match known {
            Some(known) => (known, false),
            None => (Progress::of(entry), true),
        };
        let batch = Batch::read(store, entry.id, &mut progress)?;
        let write = || {
            let table = table(entry.id);
            if is_new {
                transaction.execute_batch(&format!(
                    "CREATE VIRTUAL TABLE {table} USING fts5(
                        text, content = '', columnsize = 0, detail = full, tokenize = 'ascii', prefix = 1
                    )"
                ))?;
            }
            let mut insert = transaction.prepare_cached(&format!(
                "INSERT INTO {table} (rowid, text) VALUES (?1, ?2)"
            ))?;
            let mut text = String::new();
            for (row, said) in &batch.said {
                tokens(said, &mut text);
                insert.execute(params![row, text])?;
            }
            drop(insert);
            progress.write(&transaction, entry.id)
        };
        write().map_err(at_fault)?;
        transaction.commit().map_err(at_fault)?;
        Ok(batch.more)
    }

    /// Nothing is to be done for a while.
    pub(super) fn rest(&self) -> Result<(), Fault> {
        let rest = self.connection.execute_batch("PRAGMA shrink_memory");
        rest.map_err(at_fault)
    }
}

impl Progress {
    fn of(entry: &Entry) -> Self {
        Self {
            key: entry.key,
            address: entry.address.clone(),
            up_to: 0,
            first: None,
            before: 0,
        }
    }

    /// See [`Index::fits`].
    pub(super) fn fits(&self, entry: &Entry) -> bool {
        let party = (&self.key, &self.address);
        party == (&entry.key, &entry.address) && self.up_to <= entry.last
    }

    fn write(&self, connection: &Connection, conversation: ConversationId) -> rusqlite::Result<()> {
        let (first, first_at) = self.first.unzip();
        connection
            .prepare_cached(
                "INSERT INTO progress (conversation, key, address, up_to, first, first_at, before)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT (conversation) DO UPDATE SET
                    up_to = excluded.up_to,
                    first = excluded.first,
                    first_at = excluded.first_at,
                    before = excluded.before",
            )?
            .execute(params![
                conversation,
                self.key,
                self.address,
                i64::try_from(self.up_to).unwrap_or(i64::MAX),
                first,
                first_at,
                self.before
            ])?;
        Ok(())
    }
}

/// Whether a message may be found: one that was taken back is not said.
pub(super) fn is_said(message: &Message) -> bool {
    matches!(message.kind, Kind::Theirs | Kind::Mine) && message.state != store::State::Cancelled
}

/// The file, and what `SQLite` has beside it.
pub(super) fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let name = |ending| folder.join(format!("{FILE_NAME}{ending}"));
    ENDINGS.into_iter().map(name)
}

fn table(conversation: ConversationId) -> String {
    let (first, _) = pages::range(conversation);
    format!("said_{}", first >> 40)
}
