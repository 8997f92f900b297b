//! The store's file: opened, checked, migrated; set aside if it is damaged.
//!
//! Knows what `SQLite` does to files; must not know what is asked of the tables.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, config::DbConfig};

use super::{
    Notifier, Store, StoreError, count_waiting,
    schema::{self, VERSION, version},
    transfer,
};
use crate::folder::{self, with_ending};

/// The file's name in the data folder.
pub const FILE_NAME: &str = "duologue.db";
/// What a damaged file is called from then on; the second one has a 2 behind it.
const ASIDE_NAME: &str = "duologue.db.bad";
/// Locked while a window opens the file. Not part of it, so that a damaged one can be locked too.
const LOCK_NAME: &str = "duologue.db.lock";
/// What `SQLite` puts beside its file.
const ENDINGS: [&str; 4] = ["-wal", "-shm", "-journal", DOUBT_ENDING];
/// There while something in the file is known to make no sense.
const DOUBT_ENDING: &str = "-doubt";
/// A file of so many bytes is looked through at every start: that takes a moment.
const CHECKED_ALWAYS: u64 = 8 * 1024 * 1024;
/// How long another window may keep the file to itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// What [`Store::open`] found.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Where a damaged file was put, if there was one.
    pub set_aside: Option<PathBuf>,
}

impl Store {
    /// Opens the file in this folder, a new one if there is none. A damaged file is put aside under
    /// the first free name of `duologue.db.bad`, `duologue.db.bad2`…, with the files that
    /// `SQLite` has beside it, and a new one begun. May wait a few seconds for another window.
    ///
    /// # Errors
    /// See [`StoreError`]; `Damaged` is none of them.
    pub fn open(folder: &Path) -> Result<Opened, StoreError> {
        folder::make(folder)?;
        // One window at a time, or a second one could put aside what the first has begun anew.
        let _turn = turn(folder)?;
        let path = folder.join(FILE_NAME);
        match Self::open_file(&path) {
            Err(StoreError::Damaged) => {}
            other => {
                return other.map(|store| Opened {
                    store,
                    set_aside: None,
                });
            }
        }
        let kept = folder::set_aside(&path, &ENDINGS, &folder.join(ASIDE_NAME))?;
        tracing::warn!(path = %path.display(), kept = %kept.display(), "the database was damaged");
        Ok(Opened {
            store: Self::open_file(&path)?,
            set_aside: Some(kept),
        })
    }

    /// A store that is gone when it is dropped.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        let mut store = Self::on(connection, false);
        store.configure()?;
        schema::migrate(&mut store.connection)?;
        Ok(store)
    }

    /// All that is committed, as bytes: what a backup has.
    #[cfg(test)]
    pub(crate) fn snapshot(&mut self) -> Vec<u8> {
        self.connection
            .serialize(MAIN_DB)
            .expect("in memory")
            .to_vec()
    }

    /// A store in memory that takes itself for one on a disk, with what is in a snapshot, if any. As at a
    /// start of the program.
    #[cfg(test)]
    pub(crate) fn restored(snapshot: Option<&[u8]>) -> Self {
        let mut connection = Connection::open_in_memory().expect("opened");
        if let Some(bytes) = snapshot {
            connection
                .deserialize_read_exact(MAIN_DB, bytes, bytes.len(), false)
                .expect("a snapshot");
        }
        let mut store = Self::on(connection, true);
        store.configure().expect("configured");
        schema::migrate(&mut store.connection).expect("migrated");
        store.drop_old_streams().expect("dropped");
        store.waiting = count_waiting(&store.connection).expect("counted");
        store.has_work = transfer::has_work(&store.connection).expect("read");
        store
    }

    fn on(connection: Connection, durable: bool) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self {
            connection,
            durable,
            path: None,
            streams: BTreeMap::new(),
            waiting: 0,
            has_work: false,
            salvage: None,
            notifier: Notifier::default(),
        }
    }

    fn open_file(path: &Path) -> Result<Self, StoreError> {
        // Made here rather than by SQLite, for its mode, which SQLite gives to the files beside it.
        // One that exists must not be opened but by SQLite: closing it again would undo the locks
        // of every other connection of this process (https://sqlite.org/howtocorrupt.html, 2.2).
        match folder::private_file().create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                folder::close_to_others(path);
            }
            other => drop(other?),
        }
        let log = fs::metadata(with_ending(path, "-wal"));
        let doubt = with_ending(path, DOUBT_ENDING);
        // Whoever had it last has not closed it, or has found something wrong; or it is quick.
        let is_small = fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_ALWAYS);
        let is_doubtful = is_small || log.is_ok_and(|log| log.len() > 0) || doubt.exists();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // Until it is clear that this file is ours and whole: closing it must leave it as it is, and
        // not fold the log into it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        if connection.is_readonly(MAIN_DB)? {
            return Err(StoreError::Io(io::ErrorKind::PermissionDenied));
        }
        let mut store = Self::on(connection, true);
        store.path = Some(path.to_owned());
        store.examine(is_doubtful)?;
        store.configure()?;
        schema::migrate(&mut store.connection)?;
        match store.drop_old_streams() {
            // The next start does it.
            Err(StoreError::Busy) => {}
            other => other?,
        }
        store.waiting = count_waiting(&store.connection)?;
        store.has_work = transfer::has_work(&store.connection)?;
        store
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        if let Err(error) = fs::remove_file(doubt)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the next start looks at the database again");
        }
        Ok(store)
    }

    /// Has the next start check the whole file: something in it makes no sense.
    pub fn report_damage(&self) {
        if let Some(folder) = self.path.as_ref().and_then(|path| path.parent()) {
            report_damage(folder);
        }
    }

    /// Whether the file is one of ours and whole. Only reads it; all of it only where there is a reason to,
    /// for that takes a second for every million messages.
    fn examine(&self, is_doubtful: bool) -> Result<(), StoreError> {
        // First of all: a newer file may hold what this version would take for damage.
        let version = version(&self.connection)?;
        if version > VERSION {
            return Err(StoreError::Newer);
        }
        if is_doubtful {
            let verdict: String =
                self.connection
                    .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if verdict != "ok" {
                tracing::warn!(verdict, "the database");
                return Err(StoreError::Damaged);
            }
        }
        if version == 0 {
            let sql = "SELECT EXISTS (SELECT * FROM sqlite_schema)";
            let is_somebody_elses = self.connection.query_row(sql, [], |row| row.get(0))?;
            if is_somebody_elses {
                return Err(StoreError::Damaged);
            }
        }
        if version == VERSION {
            // Finds missing tables and columns, and rows that make no sense.
            self.peers()?;
            self.conversations()?;
            count_waiting(&self.connection)?;
        }
        Ok(())
    }

    fn configure(&self) -> Result<(), StoreError> {
        let connection = &self.connection;
        if version(connection)? == 0 {
            // Takes effect in a file without tables: what is erased makes it smaller.
            connection.pragma_update(None, "auto_vacuum", "incremental")?;
        }
        let journal: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if journal != "wal" && journal != "memory" {
            // Some network file systems can't. What SQLite has instead is as safe, only slower.
            tracing::warn!(journal, "the database is kept without a write-ahead log");
        }
        // SQLite keeps silent about a pragma it doesn't take.
        for (pragma, value) in [
            ("synchronous", 2),
            ("fullfsync", 1),
            ("foreign_keys", 1),
            ("secure_delete", 1),
        ] {
            connection.pragma_update(None, pragma, value)?;
            let taken: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
            if taken != value {
                tracing::error!(pragma, taken, "not what was asked for");
                return Err(StoreError::Io(io::ErrorKind::Unsupported));
            }
        }
        Ok(())
    }
}

/// The right to open the file, which ends when this is dropped.
fn turn(folder: &Path) -> Result<File, StoreError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let lock = folder::private_file()
        .create(true)
        .truncate(false)
        .open(folder.join(LOCK_NAME))?;
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
            // A file system without locks. Two windows seldom start at the same moment.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "opening the known peers without a lock");
                return Ok(lock);
            }
        }
    }
}

/// Has the next start check the whole store in this folder: something in it makes no sense.
pub fn report_damage(folder: &Path) {
    let mark = with_ending(&folder.join(FILE_NAME), DOUBT_ENDING);
    let marked = folder::private_file()
        .create(true)
        .truncate(true)
        .open(mark);
    if let Err(error) = marked {
        tracing::warn!(%error, "the next start does not know that the database is damaged");
    }
}

#[cfg(test)]
mod tests;
