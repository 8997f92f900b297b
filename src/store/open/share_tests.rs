//! A data folder on a network share, whose file system can do less. A library that is loaded first makes the system
//! calls fail as they do there, so each case runs in a process of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    FILE_NAME, Store, StoreError,
    tests::{filled, folder, meet, pragma},
    with_ending,
};
use crate::store::{ReadConnection, Snapshot};

/// In the environment of such a process: the data folder.
const FOLDER: &str = "DUOLOGUE_SHARE";
/// What such a process prints at its end.
const DONE: &str = "done on the share";

/// Runs this test again in a process that has these variables.
fn on_a_share(test: &str, data: &Path, variables: &[(&str, &str)]) {
    let built = folder();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/open/share.c");
    let library = built.path().join("share.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]);
    let built = compiler.arg(&library).arg(source).status();
    assert!(built.expect("a C compiler").success());
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "--nocapture", test])
        .env("LD_PRELOAD", &library)
        .env(FOLDER, data)
        .envs(variables.iter().copied())
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains(DONE),
        "{said}\n{errors}"
    );
}

fn share() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

#[test]
fn without_shared_memory_the_store_has_a_rollback_journal() {
    const TEST: &str =
        "store::open::share_tests::without_shared_memory_the_store_has_a_rollback_journal";
    if let Some(data) = share() {
        let had = Store::open(&data)
            .expect("opened")
            .store
            .contacts()
            .expect("read")
            .len();
        // The second time, and with the first one's connection closed.
        let mut store = Store::open(&data).expect("opened").store;
        assert_eq!(pragma(&store, "journal_mode"), "truncate");
        meet(&mut store, 1_000).expect("kept");
        // The history reads it meanwhile, and a second program can write it.
        let reader = ReadConnection::open(&data).expect("opened");
        let conversations = reader.read(Snapshot::conversations);
        conversations.expect("read");
        let mut other = Store::open(&data).expect("opened").store;
        meet(&mut other, 1_001).expect("kept");
        assert_eq!(store.contacts().expect("read").len(), had + 2);
        println!("{DONE}");
        return;
    }
    let variables = [("NO_SHARED_MAPS", "1")];
    let data = folder();
    on_a_share(TEST, data.path(), &variables);
    // A store that was moved there.
    let data = folder();
    filled(data.path());
    on_a_share(TEST, data.path(), &variables);
    let store = Store::open(data.path()).expect("opened").store;
    assert_eq!(store.contacts().expect("read").len(), 202);
    assert_eq!(pragma(&store, "journal_mode"), "wal");
    // And one whose program was killed: what it committed last is in its log.
    let data = folder();
    let (from, to) = (folder(), data.path().join(FILE_NAME));
    let mut store = Store::open(from.path()).expect("opened").store;
    meet(&mut store, 1).expect("kept");
    let path = from.path().join(FILE_NAME);
    std::fs::copy(&path, &to).expect("copied");
    std::fs::copy(with_ending(&path, "-wal"), with_ending(&to, "-wal")).expect("copied");
    on_a_share(TEST, data.path(), &variables);
    let store = Store::open(data.path()).expect("opened").store;
    assert_eq!(store.contacts().expect("read").len(), 3);
}

#[test]
fn without_locks_the_store_says_so() {
    const TEST: &str = "store::open::share_tests::without_locks_the_store_says_so";
    if let Some(data) = share() {
        assert_eq!(Store::open(&data).map(|_| ()), Err(StoreError::NoLocks));
        println!("{DONE}");
        return;
    }
    let data = folder();
    let before = std::fs::read(filled(data.path())).expect("read");
    // ENOLCK, ENOSYS, EOPNOTSUPP and EINVAL.
    for error in ["37", "38", "95", "22"] {
        for data in [data.path(), folder().path()] {
            on_a_share(TEST, data, &[("LOCKS_FAIL", error)]);
        }
    }
    assert_eq!(
        std::fs::read(data.path().join(FILE_NAME)).expect("read"),
        before
    );
}
