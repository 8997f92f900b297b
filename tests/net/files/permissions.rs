//! Files and folders that may not be read or written.
//!
//! Root may do both, so as root each test runs again in a process that lacks this right.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command as Process,
};

use duologue::{
    net::{Command, Event, MessageId, OfferError},
    store::{FileFailure, FileState},
};

use super::Pair;
use crate::delivery::{folder, until};

/// Set in a process that lacks the right of root.
const WITHOUT_RIGHTS: &str = "DUOLOGUE_TEST_WITHOUT_RIGHTS";

/// Whether this process may not read what it is forbidden. If it may, the test runs again in one that may not.
#[track_caller]
fn is_bound_by_permissions(test: &str) -> bool {
    let probe = folder();
    let path = probe.path().join("probe");
    fs::write(&path, "x").expect("written");
    forbid(&path);
    if fs::File::open(&path).is_err() {
        return true;
    }
    let is_second = std::env::var_os(WITHOUT_RIGHTS).is_some();
    assert!(!is_second, "it may still read everything");
    let (_, module) = module_path!().split_once("::").expect("a module");
    let output = Process::new("setpriv")
        .arg("--bounding-set=-dac_override,-dac_read_search")
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
        .env(WITHOUT_RIGHTS, "1")
        .output()
        .expect("setpriv runs");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // A test that is not found is a success, too.
    let has_passed = output.status.success() && said.contains("1 passed");
    assert!(has_passed, "{test}: {}: {said}", output.status);
    false
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

fn forbid(path: &Path) {
    set_mode(path, 0);
}

#[test]
fn what_may_not_be_read_is_not_offered_and_the_person_is_told() {
    if !is_bound_by_permissions("what_may_not_be_read_is_not_offered_and_the_person_is_told") {
        return;
    }
    let mut pair = Pair::meeting();
    let file = pair.source("secret.txt", 1_000);
    let sources = file.parent().expect("a folder").to_owned();
    let with_file = sources.join("with a file");
    let with_folder = sources.join("with a folder");
    let inner = with_folder.join("inner");
    for folder in [&with_file, &inner] {
        fs::create_dir_all(folder).expect("made");
        fs::write(folder.join("open"), "everybody may read it").expect("written");
    }
    let in_it = with_file.join("secret.txt");
    fs::write(&in_it, "nobody may").expect("written");
    for path in [&file, &in_it, &inner] {
        forbid(path);
    }
    let to = pair.key(1);
    for (id, path) in (1..).zip([&file, &with_file, &with_folder]) {
        let id = MessageId(id);
        pair.program(0).ask(&Command::Offer {
            id,
            to,
            path: path.clone(),
            keep_location: false,
        });
        let why = pair.program(0).expect("OfferFailed", |event| match event {
            Event::OfferFailed { id: of, why } if *of == id => Some(*why),
            _ => None,
        });
        assert_eq!(why, OfferError::NoPermission, "{}", path.display());
    }
    // The conversation goes on, and nothing was said in it before.
    pair.program(0).write(9, to, "never mind");
    let received = pair.program(1).received();
    assert_eq!((received.text.as_str(), received.row), ("never mind", 1));
    // So that it can be deleted.
    set_mode(&inner, 0o700);
}

#[test]
fn a_file_that_may_not_be_read_any_more_fails_and_the_conversation_goes_on() {
    if !is_bound_by_permissions(
        "a_file_that_may_not_be_read_any_more_fails_and_the_conversation_goes_on",
    ) {
        return;
    }
    let mut pair = Pair::meeting();
    let path = pair.source("secret.txt", 300_000);
    let rows = pair.offer(0, &path);
    forbid(&path);
    let downloads = folder();
    pair.accept_into(1, rows[1], downloads.path());
    let failed = FileState::Failed(FileFailure::Unreadable);
    for side in [1, 0] {
        pair.becomes(side, rows[side], failed);
    }
    until("nothing is left of it", || {
        names(downloads.path()).is_empty()
    });
    let to = pair.key(1);
    pair.program(0).write(9, to, "never mind");
    assert_eq!(pair.program(1).text(), "never mind");
}

#[test]
fn a_folder_that_may_not_be_written_fails_the_file_and_not_the_conversation() {
    if !is_bound_by_permissions(
        "a_folder_that_may_not_be_written_fails_the_file_and_not_the_conversation",
    ) {
        return;
    }
    let mut pair = Pair::meeting();
    let path = pair.source("a file", 300_000);
    let rows = pair.offer(0, &path);
    let downloads = folder();
    set_mode(downloads.path(), 0o500);
    pair.accept_into(1, rows[1], downloads.path());
    let failed = FileState::Failed(FileFailure::Unwritable);
    for side in [1, 0] {
        pair.becomes(side, rows[side], failed);
    }
    let to = pair.key(1);
    pair.program(0).write(9, to, "never mind");
    assert_eq!(pair.program(1).text(), "never mind");
    assert_eq!(names(downloads.path()), Vec::<PathBuf>::new());
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("listed");
    entries.map(|entry| entry.expect("listed").path()).collect()
}
