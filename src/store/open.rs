//! The store's file: opened, checked, migrated; set aside if it is damaged.
//!
//! Knows what `SQLite` does to files; must not know what is asked of the tables.

mod losses;

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, config::DbConfig};

use super::{
    Journal, Notifier, Store, StoreError,
    schema::{self, VERSION, version},
    work::has_work,
    write::count_waiting,
};
use crate::folder::{self, with_ending};

/// The file's name in the data folder.
pub const FILE_NAME: &str = "duologue.db";
/// The name under which a damaged file is set aside; the second one gets a 2 at its end.
pub(super) const ASIDE_NAME: &str = "duologue.db.bad";
/// Locked while a program opens the store. A file of its own, so that a damaged store can be locked too.
const LOCK_NAME: &str = "duologue.db.lock";
/// What `SQLite` puts beside its file.
const ENDINGS: [&str; 4] = ["-wal", "-shm", "-journal", DOUBT_ENDING];
/// A file of this name exists while something in the store is known to make no sense.
const DOUBT_ENDING: &str = "-doubt";
/// Maximum size, in bytes, of a file that is checked at every start. That takes a moment.
const CHECKED_ALWAYS: u64 = 8 * 1024 * 1024;
/// How long to wait at the start for another program that has locked the file.
const PATIENCE: Duration = Duration::from_secs(2);
/// The same once the store is open. Nobody who waits for the network or the end of the program notices that.
const BUSY: Duration = Duration::from_millis(100);

/// What [`Store::open`] found.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Where a damaged file was moved, now or before, if contacts of it may be missing here; see
    /// [`Store::may_lack_contacts`].
    pub set_aside: Option<PathBuf>,
}

impl Opened {
    fn new(store: Store) -> Self {
        let set_aside = store.last_loss();
        Self { store, set_aside }
    }
}

impl Store {
    /// Opens the file in this folder, or creates it. A damaged file is set aside under the first free name of
    /// `duologue.db.bad`, `duologue.db.bad2`…, with the files that `SQLite` has beside it, and a new one is
    /// created. Waits up to `patience` for another program that has locked the file.
    ///
    /// # Errors
    /// See [`StoreError`]; `Damaged` is none of them.
    pub fn open_within(folder: &Path, patience: Duration) -> Result<Opened, StoreError> {
        folder::make(folder)?;
        // One program at a time, or a second one could set aside the new file of the first.
        let _lock = lock(folder, patience)?;
        let path = folder.join(FILE_NAME);
        let open_file = || Journal::choose(|journal| Self::open_file(&path, journal, patience));
        match open_file() {
            Err(StoreError::Damaged) => {}
            Err(StoreError::Busy) if !has_locks(folder) => return Err(StoreError::NoLocks),
            other => {
                return other.map(Opened::new);
            }
        }
        let kept = folder::free_name(&ENDINGS, &folder.join(ASIDE_NAME))?;
        // First, or after a crash in between nobody would know.
        losses::add(folder, &kept)?;
        folder::move_all(&path, &ENDINGS, &kept)?;
        tracing::warn!(path = %path.display(), kept = %kept.display(), "the database was damaged");
        open_file().map(Opened::new)
    }

    /// The same; waits up to 2 s.
    ///
    /// # Errors
    /// See [`StoreError`]; `Damaged` is none of them.
    pub fn open(folder: &Path) -> Result<Opened, StoreError> {
        Self::open_within(folder, PATIENCE)
    }

    /// A store in memory.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        let mut store = Self::on(connection, false);
        store.configure(Journal::WriteAhead)?;
        schema::migrate(&mut store.connection)?;
        Ok(store)
    }

    /// Everything that is committed, as bytes, as in a backup.
    #[cfg(test)]
    pub(crate) fn snapshot(&mut self) -> Vec<u8> {
        self.connection
            .serialize(MAIN_DB)
            .expect("in memory")
            .to_vec()
    }

    /// A store in memory that behaves like one on a disk, with the content of a snapshot, if any, as after a start of the
    /// program.
    #[cfg(test)]
    pub(crate) fn restored(snapshot: Option<&[u8]>) -> Self {
        let mut connection = Connection::open_in_memory().expect("opened");
        if let Some(bytes) = snapshot {
            connection
                .deserialize_read_exact(MAIN_DB, bytes, bytes.len(), false)
                .expect("a snapshot");
        }
        let mut store = Self::on(connection, true);
        store.configure(Journal::WriteAhead).expect("configured");
        schema::migrate(&mut store.connection).expect("migrated");
        store.drop_old_streams().expect("dropped");
        store.erase_leftovers().expect("erased");
        store.waiting = count_waiting(&store.connection).expect("counted");
        store.has_work = has_work(&store.connection).expect("read");
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
            losses: Vec::new(),
            notifier: Notifier::default(),
            keeps: true,
        }
    }

    fn open_file(path: &Path, journal: Journal, patience: Duration) -> Result<Self, StoreError> {
        // Created here rather than by SQLite because of its mode, which SQLite copies to the files beside it. Only SQLite may
        // open an existing file: closing it would release the locks of every other connection in this process
        // (https://sqlite.org/howtocorrupt.html, 2.2).
        match folder::create_private(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                folder::close_to_others(path);
            }
            other => drop(other?),
        }
        let log = fs::metadata(with_ending(path, "-wal"));
        let doubt = with_ending(path, DOUBT_ENDING);
        // The last program crashed, or found something wrong; or checking is quick.
        let is_small = fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_ALWAYS);
        let is_doubtful = is_small || log.is_ok_and(|log| log.len() > 0) || doubt.exists();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(patience)?;
        journal.prepare(&connection)?;
        // Until it is clear that this file is ours and whole, closing must not fold the log into it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        if connection.is_readonly(MAIN_DB)? {
            return Err(StoreError::Io(io::ErrorKind::PermissionDenied));
        }
        let mut store = Self::on(connection, true);
        store.path = Some(path.to_owned());
        store.examine(is_doubtful)?;
        store.configure(journal)?;
        schema::migrate(&mut store.connection)?;
        match store.drop_old_streams() {
            // The next start will do it.
            Err(StoreError::Busy) => {}
            other => other?,
        }
        // Before anybody reads it.
        store.erase_leftovers()?;
        store.waiting = count_waiting(&store.connection)?;
        store.has_work = has_work(&store.connection)?;
        if let Some(folder) = path.parent() {
            store.losses = losses::names(folder)?;
        }
        store.connection.busy_timeout(match journal {
            Journal::WriteAhead => BUSY,
            // There the history that reads is in the way of a commit.
            Journal::Rollback => PATIENCE,
        })?;
        store
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        if let Err(error) = fs::remove_file(doubt)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the next start checks the database again");
        }
        Ok(store)
    }

    /// Makes the next start check the whole file, because something in it makes no sense.
    pub fn report_damage(&self) {
        if let Some(folder) = self.path.as_ref().and_then(|path| path.parent()) {
            report_damage(folder);
        }
    }

    /// Whether the file is ours and whole. Only reads; reads all of it only if `is_doubtful`, because that takes a second
    /// for every million messages.
    fn examine(&self, is_doubtful: bool) -> Result<(), StoreError> {
        // First, because this version could take the content of a newer file for damage.
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
            let is_foreign = self.connection.query_row(sql, [], |row| row.get(0))?;
            if is_foreign {
                return Err(StoreError::Damaged);
            }
        }
        if version == VERSION {
            // Fails on missing tables and columns, and on rows that make no sense.
            self.contacts()?;
            self.conversations()?;
            count_waiting(&self.connection)?;
        }
        Ok(())
    }

    fn configure(&self, journal: Journal) -> Result<(), StoreError> {
        let connection = &self.connection;
        if version(connection)? == 0 {
            // Lets the file shrink when messages are erased. Takes effect only in a file without tables.
            connection.pragma_update(None, "auto_vacuum", "incremental")?;
        }
        journal.set(connection)?;
        // SQLite doesn't report a pragma that it ignores.
        for (pragma, value) in [
            ("synchronous", 2),
            ("fullfsync", 1),
            ("foreign_keys", 1),
            ("secure_delete", 1),
        ] {
            connection.pragma_update(None, pragma, value)?;
            let taken: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
            if taken != value {
                tracing::error!(pragma, taken, "a pragma was ignored");
                return Err(StoreError::Io(io::ErrorKind::Unsupported));
            }
        }
        Ok(())
    }
}

/// Locks the opening of the store until the result is dropped. Waits for another program up to `patience`, which it
/// measures by its own pauses.
fn lock(folder: &Path, patience: Duration) -> Result<File, StoreError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let file = folder::private_file()
        .create(true)
        .truncate(false)
        .open(folder.join(LOCK_NAME))?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if waited < patience => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
            // A file system without locks. Two programs seldom start at the same moment.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "opening the store without a lock");
                return Ok(file);
            }
        }
    }
}

/// Whether `SQLite` can lock files in this folder. Where it can't, it calls every file busy, even one that nobody else
/// knows of.
fn has_locks(folder: &Path) -> bool {
    let locked = tempfile::NamedTempFile::new_in(folder)
        .map_err(StoreError::from)
        .and_then(|file| {
            let connection = Connection::open(file.path())?;
            Ok(connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?)
        });
    locked != Err(StoreError::Busy)
}

/// Makes the next start check the whole store in this folder, because something in it makes no sense.
pub fn report_damage(folder: &Path) {
    let mark = with_ending(&folder.join(FILE_NAME), DOUBT_ENDING);
    let marked = folder::private_file()
        .create(true)
        .truncate(true)
        .open(mark);
    if let Err(error) = marked {
        tracing::warn!(%error, "the next start will not know that the database is damaged");
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod share_tests;
#[cfg(test)]
mod tests;
