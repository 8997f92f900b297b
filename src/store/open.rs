//! The file behind the store: found whole, made anew, or put aside where it is damaged.
//!
//! Knows the tables and what `SQLite` does to files; must not know what is asked of them.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior, config::DbConfig};

use super::{Store, StoreError};
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

/// The version that this program writes.
pub(crate) const VERSION: u32 = MIGRATIONS.len() as u32;

/// What brings the file from one version to the next. The version is how many were applied; one
/// that was released is never changed.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE peers (
        key BLOB NOT NULL PRIMARY KEY CHECK (length(key) = 32),
        my_name TEXT,
        their_name TEXT NOT NULL,
        trust INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 3),
        blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
        last_ip TEXT,
        first_met INTEGER, -- milliseconds since 1970
        last_seen INTEGER
    ) STRICT, WITHOUT ROWID;
    -- Names of computers have no case (RFC 4343).
    CREATE TABLE addresses (
        endpoint TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
        key BLOB NOT NULL REFERENCES peers ON DELETE CASCADE
    ) STRICT;
",
    "
    CREATE TABLE conversations (
        id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4194303),
        key BLOB UNIQUE CHECK (length(key) = 32),
        address TEXT UNIQUE, -- in plain text
        last INTEGER NOT NULL DEFAULT 0, -- row given last; stays when the history is cleared
        read_up_to INTEGER NOT NULL DEFAULT 0, -- row
        draft TEXT NOT NULL DEFAULT '',
        active_at INTEGER NOT NULL, -- milliseconds since 1970
        CHECK ((key IS NULL) <> (address IS NULL))
    ) STRICT;
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY, -- conversation << 40 | row; rows count from 1 in each conversation
        kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3),
        state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
        sent_at INTEGER NOT NULL, -- by the writer's clock
        received_at INTEGER NOT NULL, -- by ours
        text TEXT NOT NULL,
        raw BLOB, -- where encoding the text would not give the bytes back
        charset TEXT -- in plain text
    ) STRICT;
    -- One for each start of the program and each peer that was written to.
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversations,
        epoch BLOB NOT NULL UNIQUE CHECK (length(epoch) = 16),
        last INTEGER NOT NULL -- number given last
    ) STRICT;
    CREATE INDEX streams_of ON streams (conversation);
    CREATE TABLE outbox (
        conversation INTEGER NOT NULL REFERENCES conversations,
        stream INTEGER NOT NULL REFERENCES streams,
        number INTEGER NOT NULL,
        message INTEGER NOT NULL REFERENCES messages,
        -- 0: to be said. 1: taken back, unless it turns out to be there already. 2: left out.
        skip INTEGER NOT NULL DEFAULT 0 CHECK (skip BETWEEN 0 AND 2),
        PRIMARY KEY (conversation, stream, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outbox_of ON outbox (message);
    CREATE TABLE received (
        conversation INTEGER NOT NULL REFERENCES conversations,
        epoch BLOB NOT NULL CHECK (length(epoch) = 16),
        up_to INTEGER NOT NULL,
        PRIMARY KEY (conversation, epoch)
    ) STRICT, WITHOUT ROWID;
",
];

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
        store.migrate()?;
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
        store.migrate().expect("migrated");
        store.drop_old_streams().expect("dropped");
        store
    }

    fn on(connection: Connection, durable: bool) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self {
            connection,
            durable,
            doubt: None,
            streams: BTreeMap::new(),
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
        store.doubt = Some(doubt);
        store.examine(is_doubtful)?;
        store.configure()?;
        store.migrate()?;
        match store.drop_old_streams() {
            // The next start does it.
            Err(StoreError::Busy) => {}
            other => other?,
        }
        store
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        if let Some(doubt) = &store.doubt
            && let Err(error) = fs::remove_file(doubt)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the next start looks at the database again");
        }
        Ok(store)
    }

    /// The next start looks at all of the file: something in it makes no sense.
    pub fn doubt(&self) {
        if let Some(path) = &self.doubt
            && let Err(error) = folder::private_file()
                .create(true)
                .truncate(true)
                .open(path)
        {
            tracing::warn!(%error, "the next start does not know that the database is damaged");
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
            self.waiting_count()?;
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

    fn migrate(&mut self) -> Result<(), StoreError> {
        while version(&self.connection)? < VERSION {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Asked again, now that nobody else can write: another window may have been faster.
            let version = version(&transaction)?;
            if let Some(step) = MIGRATIONS.get(version as usize) {
                transaction.execute_batch(step)?;
                transaction.pragma_update(None, "user_version", version + 1)?;
            }
            transaction.commit()?;
        }
        Ok(())
    }
}

fn version(connection: &Connection) -> Result<u32, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    u32::try_from(version).map_err(|_| StoreError::Damaged)
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, net::IpAddr, sync::Barrier};

    use super::*;
    use crate::{identity::PublicKey, store::Trust};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder")
    }

    fn meet(store: &mut Store, number: u16) -> Result<(), StoreError> {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        let place = IpAddr::from([10, 0, 0, 1]);
        let endpoint = format!("10.0.0.1:{number}");
        let key = PublicKey::from_bytes(key);
        store.met(&key, "Mina", Trust::Met, place, Some(&endpoint), 1)
    }

    /// A closed file with 200 peers in it, which makes dozens of pages.
    fn filled(folder: &Path) -> PathBuf {
        let mut store = Store::open(folder).expect("opened").store;
        for number in 0..200 {
            meet(&mut store, number).expect("kept");
        }
        folder.join(FILE_NAME)
    }

    /// Leaves nothing whole but the first page.
    fn tear(bytes: &mut [u8]) {
        for page in bytes.chunks_mut(4096).skip(1) {
            page[..64].fill(0xa5);
        }
    }

    /// What is in the folder, but for the lock.
    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).expect("listed");
        entries
            .map(|entry| entry.expect("listed"))
            .map(|entry| {
                let name = entry.file_name().into_string().expect("UTF-8");
                (name, fs::read(entry.path()).expect("read"))
            })
            .filter(|(name, _)| name != LOCK_NAME)
            .collect()
    }

    fn pragma(store: &Store, name: &str) -> String {
        let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
        match store.connection.pragma_query_value(None, name, read) {
            Ok(rusqlite::types::Value::Integer(number)) => number.to_string(),
            Ok(rusqlite::types::Value::Text(text)) => text,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn what_was_kept_survives_a_power_cut() {
        let folder = folder();
        let below = folder.path().join("not/yet/there");
        let opened = Store::open(&below).expect("opened");
        assert_eq!(opened.set_aside, None);
        for (name, expected) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("foreign_keys", "1"),
            ("busy_timeout", "2000"),
            ("user_version", "2"),
            ("secure_delete", "1"),
        ] {
            assert_eq!(pragma(&opened.store, name), expected, "{name}");
        }
        let stored = opened
            .store
            .connection
            .db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE);
        assert_eq!(stored, Ok(false));
        drop(opened);
        let names: Vec<_> = files(&below).into_keys().collect();
        assert_eq!(names, [FILE_NAME], "closing folds the log in");

        let store = Store::in_memory().expect("opened");
        assert_eq!(pragma(&store, "foreign_keys"), "1");
        assert_eq!(pragma(&store, "user_version"), "2");
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_read_who_was_met() {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = |path: &Path| {
            let metadata = fs::metadata(path).expect("it exists");
            metadata.permissions().mode() & 0o777
        };
        let folder = folder();
        let below = folder.path().join("below");
        let mut store = Store::open(&below).expect("opened").store;
        meet(&mut store, 1).expect("kept");
        assert_eq!(mode(&below), 0o700);
        for name in [
            "duologue.db",
            "duologue.db-wal",
            "duologue.db-shm",
            LOCK_NAME,
        ] {
            assert_eq!(mode(&below.join(name)), 0o600, "{name}");
        }
        drop(store);
        let path = below.join(FILE_NAME);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).expect("widened");
        Store::open(&below).expect("opened");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_damaged_file_is_put_aside_as_it_is() {
        let good = {
            let folder = folder();
            fs::read(filled(folder.path())).expect("read")
        };
        let without = |sql: &str| {
            let folder = folder();
            let path = filled(folder.path());
            let connection = Connection::open(&path).expect("opened");
            connection.execute_batch(sql).expect("changed");
            connection.close().expect("closed");
            fs::read(path).expect("read")
        };
        let mut torn = good.clone();
        tear(&mut torn);
        let folder = folder();
        for (number, (what, bytes)) in [
            ("two letters", b"no".to_vec()),
            ("text", b"no database at all\n".repeat(1000)),
            ("zeroes", vec![0; 8192]),
            ("cut short", good[..good.len() / 2].to_vec()),
            ("the header alone", good[..100].to_vec()),
            ("torn pages", torn),
            (
                "no peers",
                without("DROP TABLE addresses; DROP TABLE peers"),
            ),
            ("no addresses", without("DROP TABLE addresses")),
            (
                "no column",
                without("ALTER TABLE peers DROP COLUMN my_name"),
            ),
            (
                "a row that makes no sense",
                without("PRAGMA ignore_check_constraints = 1; UPDATE peers SET trust = 7"),
            ),
            (
                "an address that is none",
                without("UPDATE peers SET last_ip = 'here'"),
            ),
            (
                "somebody else's",
                without(
                    "DROP TABLE addresses; DROP TABLE peers;
                    CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 0",
                ),
            ),
            ("a version below 0", without("PRAGMA user_version = -1")),
            (
                "an old journal mode, and no addresses",
                without("DROP TABLE addresses; PRAGMA journal_mode = DELETE"),
            ),
        ]
        .into_iter()
        .enumerate()
        {
            fs::write(folder.path().join(FILE_NAME), &bytes).expect("written");
            let Opened {
                mut store,
                set_aside,
            } = Store::open(folder.path()).expect(what);
            let name = match number {
                0 => "duologue.db.bad".to_owned(),
                _ => format!("duologue.db.bad{}", number + 1),
            };
            let kept = set_aside.expect(what);
            assert_eq!(kept, folder.path().join(name), "{what}");
            assert!(fs::read(kept).expect("kept") == bytes, "{what}");
            assert_eq!(store.peers(), Ok(Vec::new()), "{what}");
            meet(&mut store, 1).expect("kept");
            drop(store);
            let again = Store::open(folder.path()).expect(what);
            assert_eq!(again.set_aside, None);
            assert_eq!(again.store.peers().expect("read").len(), 1, "{what}");
        }
    }

    #[test]
    fn the_log_of_a_damaged_file_goes_with_it() {
        let folder = folder();
        let crashed = folder.path().join("crashed");
        let source = folder.path().join("source");
        filled(&source);
        let mut store = Store::open(&source).expect("opened").store;
        meet(&mut store, 999).expect("kept");
        // As a crash would leave it, with the log not folded in.
        fs::create_dir(&crashed).expect("made");
        for (name, mut bytes) in files(&source) {
            if name == FILE_NAME {
                tear(&mut bytes);
            }
            fs::write(crashed.join(name), bytes).expect("written");
        }
        let before = files(&crashed);
        assert!(!before["duologue.db-wal"].is_empty());
        let opened = Store::open(&crashed).expect("opened");
        assert_eq!(opened.set_aside, Some(crashed.join("duologue.db.bad")));
        assert_eq!(opened.store.peers(), Ok(Vec::new()));
        let after = files(&crashed);
        for (ending, bytes) in [
            ("", &before["duologue.db"]),
            ("-wal", &before["duologue.db-wal"]),
        ] {
            let kept = &after[&format!("duologue.db.bad{ending}")];
            assert!(kept == bytes, "{ending}");
        }
        drop(store);
    }

    #[test]
    fn what_was_kept_before_a_crash_is_there() {
        let folder = folder();
        let crashed = folder.path().join("crashed");
        let source = folder.path().join("source");
        let mut store = Store::open(&source).expect("opened").store;
        meet(&mut store, 1).expect("kept");
        fs::create_dir(&crashed).expect("made");
        for (name, bytes) in files(&source) {
            fs::write(crashed.join(name), bytes).expect("written");
        }
        let opened = Store::open(&crashed).expect("opened");
        assert_eq!(opened.set_aside, None);
        assert_eq!(opened.store.peers(), store.peers());
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = folder();
        let path = filled(folder.path());
        let connection = Connection::open(&path).expect("opened");
        connection
            .execute_batch(&format!(
                "DROP TABLE addresses; PRAGMA user_version = {}",
                VERSION + 1
            ))
            .expect("changed");
        connection.close().expect("closed");
        let before = fs::read(&path).expect("read");
        for _ in 0..2 {
            let error = Store::open(folder.path()).expect_err("newer");
            assert_eq!(error, StoreError::Newer);
            assert!(fs::read(&path).expect("read") == before);
        }
        let aside: Vec<_> = files(folder.path())
            .into_keys()
            .filter(|name| name.starts_with(ASIDE_NAME))
            .collect();
        assert_eq!(aside, Vec::<String>::new());
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_reported() {
        let folder = folder();
        let file = folder.path().join("a file");
        fs::write(&file, b"its text").expect("written");
        for place in [file.clone(), file.join("below it")] {
            let error = Store::open(&place).expect_err("no folder");
            assert!(matches!(error, StoreError::Io(_)), "{error:?}");
        }
        assert_eq!(fs::read(&file).expect("still there"), b"its text");

        let path = folder.path().join(FILE_NAME);
        fs::create_dir(&path).expect("made");
        let error = Store::open(folder.path()).expect_err("a folder");
        assert!(matches!(error, StoreError::Io(_)), "{error:?}");
        assert!(path.is_dir());
    }

    #[test]
    fn a_file_that_somebody_keeps_to_themselves_is_busy_and_not_damaged() {
        let folder = folder();
        let path = filled(folder.path());
        let other = Connection::open(&path).expect("opened");
        other
            .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE")
            .expect("locked");
        let error = Store::open(folder.path()).expect_err("locked");
        assert_eq!(error, StoreError::Busy);
        drop(other);
        let opened = Store::open(folder.path()).expect("opened");
        assert_eq!(opened.set_aside, None);
        assert_eq!(opened.store.peers().expect("read").len(), 200);
    }

    #[test]
    fn while_another_window_writes_reading_goes_on_and_writing_waits() {
        let folder = folder();
        let path = filled(folder.path());
        let other = Connection::open(&path).expect("opened");
        other.execute_batch("BEGIN IMMEDIATE").expect("locked");
        let mut store = Store::open(folder.path()).expect("opened").store;
        assert_eq!(store.peers().expect("read").len(), 200);
        store.connection.busy_timeout(Duration::ZERO).expect("set");
        assert_eq!(meet(&mut store, 999), Err(StoreError::Busy));
        assert_eq!(store.peers().expect("read").len(), 200);
        other.execute_batch("ROLLBACK").expect("unlocked");
        meet(&mut store, 999).expect("kept");
    }

    #[test]
    fn windows_that_open_at_once_share_one_store() {
        const WINDOWS: u16 = 4;
        for damaged in [false, true].repeat(5) {
            let folder = folder();
            if damaged {
                fs::write(folder.path().join(FILE_NAME), b"no database").expect("written");
            }
            let ready = Barrier::new(usize::from(WINDOWS));
            let window = |number: u16| {
                ready.wait();
                let mut opened = Store::open(folder.path()).expect("opened");
                meet(&mut opened.store, number).expect("kept");
                opened
            };
            let windows: Vec<_> = std::thread::scope(|scope| {
                let window = &window;
                let windows: Vec<_> = (0..WINDOWS)
                    .map(|number| scope.spawn(move || window(number)))
                    .collect();
                let windows = windows.into_iter();
                windows.map(|one| one.join().expect("ran")).collect()
            });
            for Opened { store, .. } in &windows {
                assert_eq!(store.peers().expect("read").len(), usize::from(WINDOWS));
            }
            let aside = windows.iter().filter(|one| one.set_aside.is_some());
            assert_eq!(aside.count(), usize::from(damaged));
        }
    }
}
