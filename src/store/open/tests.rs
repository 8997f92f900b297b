use crate::{
    identity::{PeerId, PublicKey, StreamId, Trust},
    millis::Millis,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::IpAddr,
    sync::Barrier,
};

use super::*;

/// How long a test waits for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(100);

pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub(super) fn meet(store: &mut Store, number: u16) -> Result<(), StoreError> {
    let mut key = [0; 32];
    key[..2].copy_from_slice(&number.to_be_bytes());
    let place = IpAddr::from([10, 0, 0, 1]);
    let endpoint = format!("10.0.0.1:{number}");
    let key = PublicKey::from_bytes(key);
    store.record_contact(
        &key,
        "Mina",
        Trust::Met,
        place,
        Some(&endpoint),
        Millis::new(1),
    )
}

/// A closed file with 200 peers in it, which makes dozens of pages.
pub(super) fn filled(folder: &Path) -> PathBuf {
    let mut store = Store::open(folder).expect("opened").store;
    for number in 0..200 {
        meet(&mut store, number).expect("kept");
    }
    folder.join(FILE_NAME)
}

/// Damages every page but the first.
fn tear(bytes: &mut [u8]) {
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0xa5);
    }
}

/// The files in the folder except the lock.
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

pub(super) fn pragma(store: &Store, name: &str) -> String {
    let read = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
    match store.connection.pragma_query_value(None, name, read) {
        Ok(rusqlite::types::Value::Integer(number)) => number.to_string(),
        Ok(rusqlite::types::Value::Text(text)) => text,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn the_pragmas_make_a_commit_survive_a_power_cut() {
    let folder = folder();
    let below = folder.path().join("not/yet/there");
    let opened = Store::open(&below).expect("opened");
    assert_eq!(opened.set_aside, None);
    for (name, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("busy_timeout", "100"),
        ("user_version", "7"),
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
    assert_eq!(pragma(&store, "user_version"), "7");
}

#[cfg(unix)]
#[test]
fn only_this_user_can_read_the_files() {
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
fn a_damaged_file_is_set_aside_unchanged() {
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
        assert!(fs::read(&kept).expect("kept") == bytes, "{what}");
        assert_eq!(store.contacts(), Ok(Vec::new()), "{what}");
        meet(&mut store, 1).expect("kept");
        drop(store);
        let again = Store::open(folder.path()).expect(what);
        assert_eq!(again.set_aside, Some(kept), "until it is taken over");
        assert_eq!(again.store.contacts().expect("read").len(), 1, "{what}");
    }
}

#[test]
fn the_log_of_a_damaged_file_is_set_aside_with_it() {
    let folder = folder();
    let crashed = folder.path().join("crashed");
    let source = folder.path().join("source");
    filled(&source);
    let mut store = Store::open(&source).expect("opened").store;
    meet(&mut store, 999).expect("kept");
    // As a crash leaves it, with the log not folded in.
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
    assert_eq!(opened.store.contacts(), Ok(Vec::new()));
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

/// A closed file that is too large to be checked at every start, with a damaged page.
fn large_and_torn(folder: &Path) -> PathBuf {
    let mut store = Store::open(folder).expect("opened").store;
    let peer_id = PeerId::Key(PublicKey::from_bytes([1; 32]));
    let id = store.conversation(&peer_id, Millis::new(0)).expect("made");
    let text = "all work and no play ".repeat(3_000);
    let mut batch = store.batch().expect("begun");
    for _ in 0..=CHECKED_ALWAYS / text.len() as u64 {
        batch
            .write(id, &text, StreamId::from_bytes([1; 16]), Millis::new(0))
            .expect("written");
    }
    batch.commit().expect("kept");
    drop(store);
    let path = folder.join(FILE_NAME);
    let mut bytes = fs::read(&path).expect("read");
    assert!(bytes.len() as u64 > CHECKED_ALWAYS);
    // A page of a long text, whose first four bytes name the page that goes on.
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4].fill(0xa5);
    fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn a_large_file_is_checked_only_after_damage_was_reported() {
    let folder = folder();
    let path = large_and_torn(folder.path());
    for _ in 0..2 {
        let opened = Store::open(folder.path()).expect("opened");
        assert_eq!(opened.set_aside, None, "a start must not read all of it");
    }
    Store::open(folder.path())
        .expect("opened")
        .store
        .report_damage();
    let opened = Store::open(folder.path()).expect("opened");
    assert_eq!(
        opened.set_aside,
        Some(folder.path().join("duologue.db.bad"))
    );
    drop(opened);
    assert!(!with_ending(&path, DOUBT_ENDING).exists(), "it was checked");
}

#[test]
fn commits_before_a_crash_are_there() {
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
    assert_eq!(opened.store.contacts(), store.contacts());
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
fn a_locked_file_is_busy_and_not_damaged() {
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
    assert_eq!(opened.store.contacts().expect("read").len(), 200);
}

#[test]
fn while_another_program_writes_reading_goes_on_and_writing_waits() {
    let folder = folder();
    let path = filled(folder.path());
    let other = Connection::open(&path).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let mut store = Store::open(folder.path()).expect("opened").store;
    assert_eq!(store.contacts().expect("read").len(), 200);
    store.connection.busy_timeout(Duration::ZERO).expect("set");
    assert_eq!(meet(&mut store, 999), Err(StoreError::Busy));
    assert_eq!(store.contacts().expect("read").len(), 200);
    other.execute_batch("ROLLBACK").expect("unlocked");
    meet(&mut store, 999).expect("kept");
}

#[test]
fn programs_that_open_at_once_share_one_store() {
    const PROGRAMS: u16 = 4;
    for damaged in [false, true].repeat(5) {
        let folder = folder();
        if damaged {
            fs::write(folder.path().join(FILE_NAME), b"no database").expect("written");
        }
        let ready = Barrier::new(usize::from(PROGRAMS));
        let program = |number: u16| {
            ready.wait();
            let mut opened = Store::open(folder.path()).expect("opened");
            // On a busy computer the others may take longer than a store waits.
            let patience = opened.store.connection.busy_timeout(PATIENCE);
            patience.expect("set");
            meet(&mut opened.store, number).expect("kept");
            opened
        };
        let programs: Vec<_> = std::thread::scope(|scope| {
            let program = &program;
            let programs: Vec<_> = (0..PROGRAMS)
                .map(|number| scope.spawn(move || program(number)))
                .collect();
            let programs = programs.into_iter();
            programs.map(|one| one.join().expect("ran")).collect()
        });
        for Opened { store, .. } in &programs {
            assert_eq!(store.contacts().expect("read").len(), usize::from(PROGRAMS));
        }
        let aside: BTreeSet<_> = programs
            .iter()
            .filter_map(|one| one.set_aside.clone())
            .collect();
        assert_eq!(aside.len(), usize::from(damaged), "one of them did it");
    }
}

#[test]
fn a_file_of_every_earlier_version_is_migrated() {
    for version in 1..VERSION {
        let folder = folder();
        let path = folder.path().join(FILE_NAME);
        let connection = Connection::open(&path).expect("opened");
        for migration in schema::MIGRATIONS.iter().take(version as usize) {
            connection.execute_batch(migration).expect("it fits");
        }
        connection
            .execute_batch(&format!(
                "INSERT INTO peers (key, their_name, trust, blocked) VALUES (zeroblob(32), 'Mina', 1, 0);
                PRAGMA user_version = {version}"
            ))
            .expect("it fits");
        // From version 2 on, messages wait.
        let waits = u64::from(version >= 2);
        if waits > 0 {
            connection
                .execute_batch(
                    "INSERT INTO conversations (id, key, active_at) VALUES (1, zeroblob(32), 0);
                    INSERT INTO messages (id, kind, state, sent_at, received_at, text)
                        VALUES (1 << 40 | 1, 1, 1, 0, 0, 'waits'), (1 << 40 | 2, 1, 3, 0, 0, 'recalled');
                    INSERT INTO streams (conversation, epoch, last) VALUES (1, zeroblob(16), 2);
                    INSERT INTO outbox (conversation, stream, number, message, skip)
                        VALUES (1, 1, 1, 1 << 40 | 1, 0), (1, 1, 2, 1 << 40 | 2, 1);",
                )
                .expect("it fits");
        }
        connection.close().expect("closed");
        let opened = Store::open(folder.path()).expect("opened");
        assert_eq!(opened.set_aside, None);
        assert_eq!(opened.store.contacts().expect("read").len(), 1);
        assert_eq!(opened.store.waiting_count(), waits);
        if waits > 0 {
            let id = opened.store.conversations().expect("read")[0];
            let items = opened
                .store
                .outbox_items(id, crate::store::OutboxPos::default(), 9);
            let texts = items
                .expect("read")
                .into_iter()
                .map(crate::store::OutboxItem::text);
            assert!(texts.eq([Some("waits".to_owned()), None]));
        }
        assert_eq!(pragma(&opened.store, "user_version"), VERSION.to_string());
        assert!(!opened.store.has_work());
    }
}

#[test]
fn a_data_folder_that_is_a_file_is_called_that() {
    let home = folder();
    let file = home.path().join("file");
    std::fs::write(&file, b"").expect("written");
    for data in [file.clone(), file.join("below"), file.join("far/below")] {
        let expected = Err(StoreError::Io(std::io::ErrorKind::NotADirectory));
        assert_eq!(Store::open(&data).map(|_| ()), expected);
    }
}
