//! The search index: which messages a piece of text may be in. It is a file of its own beside the store's, and can be
//! built from that again at any time.
//!
//! A token is up to three characters in a row (`tokens`). Each conversation has a table of its own, so that everything in it
//! can be erased: an FTS5 table without a copy of the texts can delete a row only while somebody knows its text (`rewrite`).

mod lookup;
mod rewrite;
mod shared;
mod tokens;
mod watermark;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::{shutdown::Shutdown, store_reader::StoreReader};
use crate::{
    folder,
    store::{ConversationId, IndexedConversation, Journal, StoreError, unsigned},
};

pub(super) use self::{
    lookup::{candidates, open_to_read},
    shared::{EndWatch, SharedIndex},
    watermark::Watermark,
};
#[cfg(test)]
pub(super) use tokens::tokens;
#[cfg(not(test))]
use tokens::tokens;

/// The file's name in the data folder. Nobody else has a file of this name, so it may be removed whatever it contains.
pub(super) const FILE_NAME: &str = "duologue-index.db";
/// The name it had at first. Somebody else may have a file of that name.
const FIRST_NAME: &str = "index.db";
/// What `SQLite` puts beside its file.
const ENDINGS: [&str; 3] = ["", "-wal", "-shm"];
/// The version that this program writes; a file of any other version is built again.
const VERSION: i32 = 5;
/// The file is at most this much larger than the texts that were to be indexed, in bytes. More is left out of the conversations
/// whose part of it is larger than their texts: a peer could send texts whose index is several times as large.
const ABOVE_TEXTS: u64 = 4 * 1024 * 1024;
/// How long to wait for another thread that writes.
const BUSY: Duration = Duration::from_secs(2);
/// Size of a connection's page cache, in KiB.
const CACHE_KIB: i64 = 1_024;

/// Which of the two files failed.
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

/// The file, opened to be written.
pub(super) struct Index {
    connection: Connection,
}

impl Index {
    /// Opens it. A file that is damaged or of another version is [`StoreError::Damaged`].
    pub(super) fn open(folder: &Path, shutdown: &Shutdown) -> Result<Self, StoreError> {
        Journal::choose(|journal| Self::open_with(folder, shutdown, journal))
    }

    fn open_with(folder: &Path, shutdown: &Shutdown, journal: Journal) -> Result<Self, StoreError> {
        let path = folder.join(FILE_NAME);
        match folder::create_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => drop(other?),
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        journal.prepare(&connection)?;
        // A power cut may lose the newest commits, which are indexed again. But the file must stay whole, so not OFF.
        for (pragma, value) in [
            ("cache_size", -CACHE_KIB),
            ("auto_vacuum", 2),
            ("synchronous", 1),
            ("secure_delete", 1),
        ] {
            connection.pragma_update(None, pragma, value)?;
        }
        journal.set(&connection)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        match (version, tables) {
            (VERSION, _) => {}
            (0, 0) => {
                transaction.execute_batch(
                    "CREATE TABLE watermarks (
                        conversation INTEGER PRIMARY KEY,
                        key BLOB,
                        address TEXT,
                        up_to INTEGER NOT NULL, -- row
                        oldest INTEGER, -- row
                        oldest_at INTEGER, -- milliseconds since 1970
                        before INTEGER NOT NULL,
                        bytes INTEGER NOT NULL, -- of the texts up to there
                        size INTEGER NOT NULL, -- bytes, of their part of this file
                        left_out INTEGER NOT NULL, -- messages
                        rewritten INTEGER NOT NULL -- how many texts had been, in the store
                    ) STRICT",
                )?;
                transaction.pragma_update(None, "user_version", VERSION)?;
            }
            _ => return Err(StoreError::Damaged),
        }
        transaction.commit()?;
        shutdown.watch("index", connection.get_interrupt_handle());
        Ok(Self { connection })
    }

    /// Removes the file. It must not be open.
    pub(super) fn remove(folder: &Path) -> io::Result<()> {
        remove_all(files(folder))
    }

    /// Removes the file under its first name, if it is ours: what is erased must not stay in it.
    pub(super) fn remove_first(folder: &Path) {
        let path = folder.join(FIRST_NAME);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let is_ours = path.exists()
            && Connection::open_with_flags(&path, flags).is_ok_and(|file| {
                let sql = "SELECT conversation, up_to, oldest, oldest_at FROM watermarks LIMIT 1";
                file.prepare(sql).is_ok()
            });
        if is_ours && let Err(error) = remove_all(files_of(folder, FIRST_NAME)) {
            tracing::warn!(%error, "the index under its first name stays");
        }
    }

    /// The conversations that have something in the index.
    pub(super) fn known(&self) -> Result<Vec<ConversationId>, Fault> {
        let read = || {
            let sql = "SELECT conversation FROM watermarks";
            let mut statement = self.connection.prepare_cached(sql)?;
            let known = statement.query_map([], |row| row.get(0))?;
            known.collect::<rusqlite::Result<_>>()
        };
        read().map_err(at_fault)
    }

    /// How much of this conversation is indexed.
    pub(super) fn watermark(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<Watermark>, Fault> {
        Watermark::read(&self.connection, conversation).map_err(at_fault)
    }

    /// Removes everything of this conversation. Its bytes stay in the file until [`Self::purge`].
    pub(super) fn forget(&mut self, conversation: ConversationId) -> Result<(), Fault> {
        let mut forget = || {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(&format!("DROP TABLE IF EXISTS {}", table(conversation)))?;
            transaction.execute(
                "DELETE FROM watermarks WHERE conversation = ?1",
                [conversation],
            )?;
            transaction.commit()
        };
        forget().map_err(at_fault)
    }

    /// Gives free room back to the system, and leaves nothing of what was forgotten in the file and its log. False if
    /// it has to be tried again, because a reader was in the way.
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

    /// Indexes the next messages of a conversation. Returns whether there are more.
    pub(super) fn add_next(
        &mut self,
        store: &mut StoreReader,
        conversation: &IndexedConversation,
    ) -> Result<bool, Fault> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(at_fault)?;
        // Read inside the transaction, so that nobody else can add the same messages.
        let known = Watermark::read(&transaction, conversation.id).map_err(at_fault)?;
        let is_new = known.is_none();
        let mut watermark = known.unwrap_or_else(|| Watermark::new(&conversation.peer_id));
        let texts = store.read_once(|store| watermark.advance(store, conversation.id))?;
        let Some(texts) = texts else {
            return Ok(true);
        };
        let mut write = || {
            let table = table(conversation.id);
            if is_new {
                transaction.execute_batch(&format!(
                    "CREATE VIRTUAL TABLE {table} USING fts5(
                        text, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
                    );
                    -- Without it, the tokens of a deleted row stay in the file.
                    INSERT INTO {table} ({table}, rank) VALUES ('secure-delete', 1)"
                ))?;
            }
            let size = size_of(&transaction)?;
            if has_room(&transaction, size, &watermark)? {
                let mut insert = transaction.prepare_cached(&insert(&table))?;
                let mut folded = String::new();
                for (row, text) in &texts.rows {
                    tokens(text, &mut folded);
                    insert.execute(params![row, folded])?;
                }
                // Now rather than with the commit, to see how much it is.
                transaction.execute_batch(&flush(&table))?;
                let larger = watermark.size.saturating_add(size_of(&transaction)?);
                watermark.size = larger.saturating_sub(size);
            } else {
                watermark.left_out += texts.rows.len() as u64;
            }
            watermark.write(&transaction, conversation.id)
        };
        write().map_err(at_fault)?;
        transaction.commit().map_err(at_fault)?;
        Ok(texts.more)
    }

    /// Frees memory: nothing is left to do for a while.
    pub(super) fn rest(&self) -> Result<(), Fault> {
        let rest = self.connection.execute_batch("PRAGMA shrink_memory");
        rest.map_err(at_fault)
    }
}

/// Size of the file without free pages, in bytes.
fn size_of(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    Ok(unsigned(pages * pragma("page_size")?))
}

/// Whether more of this conversation may be indexed: see [`ABOVE_TEXTS`]. The file has this size; the watermark is at the end of
/// what is to be indexed.
fn has_room(connection: &Connection, size: u64, watermark: &Watermark) -> rusqlite::Result<bool> {
    if watermark.size <= watermark.bytes {
        return Ok(true);
    }
    let sql = "SELECT coalesce(sum(bytes), 0) FROM watermarks";
    let texts: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(size <= unsigned(texts) + ABOVE_TEXTS)
}

/// The file, and what `SQLite` has beside it.
pub(super) fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    files_of(folder, FILE_NAME)
}

fn files_of(folder: &Path, name: &str) -> impl Iterator<Item = PathBuf> {
    ENDINGS
        .into_iter()
        .map(move |ending| folder.join(format!("{name}{ending}")))
}

fn remove_all(paths: impl Iterator<Item = PathBuf>) -> io::Result<()> {
    for path in paths {
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

/// Adds a row to a table, with its tokens.
fn insert(table: &str) -> String {
    format!("INSERT INTO {table} (rowid, text) VALUES (?1, ?2)")
}

/// Writes what was added to a table into the file.
fn flush(table: &str) -> String {
    format!("INSERT INTO {table} ({table}) VALUES ('flush')")
}

fn table(conversation: ConversationId) -> String {
    format!("said_{conversation}")
}
