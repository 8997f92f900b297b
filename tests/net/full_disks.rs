//! Disks that are full or read-only. What cannot be stored is not acknowledged, and goes on when it can be.

#[path = "../support/mounts.rs"]
mod mounts;

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::PathBuf,
    process::Command as Process,
};

use mounts::{in_own_mounts, mount};

use crate::{
    files::Pair,
    store_failures::{call, failed_at_start, store_failed, store_well},
    support::{Program, messages},
};
use duologue::{
    net::{AcceptFiles, Command, ContactChange, Event, FileControl, Preferences},
    store::{FileState, State, StoreError},
};
use tempfile::TempDir;

/// A disk in memory of `size` KiB.
struct Disk {
    at: TempDir,
}

impl Disk {
    fn new(size: u32) -> Self {
        let at = tempfile::tempdir().expect("a folder");
        mount(at.path(), &format!("size={size}k"));
        Self { at }
    }

    fn folder(&self) -> PathBuf {
        self.at.path().join("data")
    }

    /// Fills the disk.
    fn fill(&self) {
        let mut filler = fs::File::create(self.at.path().join("filler")).expect("made");
        let mut piece = vec![0xa5; 64 * 1024];
        while !piece.is_empty() {
            match filler.write_all(&piece) {
                Ok(()) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::StorageFull);
                    piece.truncate(piece.len() / 2);
                }
            }
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.at.path().join("filler")).expect("removed");
    }

    fn set_writable(&self, writable: bool) {
        let how = if writable { "remount,rw" } else { "remount,ro" };
        mount(self.at.path(), how);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It ends with the process in any case.
        Process::new("umount")
            .arg("--lazy")
            .arg(self.at.path())
            .status()
            .ok();
    }
}

/// A message of 30 KB.
fn long(number: u64) -> String {
    format!("{number} {}", "x".repeat(30_000))
}

#[test]
fn a_disk_that_is_full_pauses_a_file_until_there_is_room() {
    if !in_own_mounts(
        module_path!(),
        "a_disk_that_is_full_pauses_a_file_until_there_is_room",
    ) {
        return;
    }
    // A transfer leaves 64 MiB of it free.
    let disk = Disk::new(80 * 1024);
    let mut pair = Pair::meeting();
    let path = pair.source("a file", 1_000_000);
    let rows = pair.offer(0, &path);
    disk.fill();
    pair.accept_into(1, rows[1], disk.at.path());
    let paused = |by_me, disk_full| FileState::Paused {
        by_me,
        by_them: !by_me,
        disk_full,
    };
    pair.becomes(1, rows[1], paused(true, true));
    pair.becomes(0, rows[0], paused(false, false));
    disk.make_room();
    pair.control(1, rows[1], FileControl::Resume);
    pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    assert!(disk.at.path().join("a file").exists());
}

#[test]
fn files_that_are_accepted_without_a_question_leave_a_part_of_the_disk_free() {
    if !in_own_mounts(
        module_path!(),
        "files_that_are_accepted_without_a_question_leave_a_part_of_the_disk_free",
    ) {
        return;
    }
    let disk = Disk::new(200_000);
    let mut pair = Pair::meeting();
    let size = 30_000_000;
    let preferences = Preferences {
        accept_files: Some(AcceptFiles {
            folder: disk.at.path().to_owned(),
            up_to: size as u64,
        }),
        ..Preferences::default()
    };
    let other = pair.key(0);
    let receiver = pair.program(1);
    receiver.ask(&Command::SetPreferences(preferences));
    receiver.change(other, ContactChange::SetVerified(true));
    let path = pair.source("film", size);
    for _ in 0..6 {
        let rows = pair.offer(0, &path);
        pair.becomes(1, rows[1], FileState::Arrived);
    }
    let rows = pair.offer(0, &path);
    let paused = FileState::Paused {
        by_me: true,
        by_them: false,
        disk_full: true,
    };
    pair.becomes(1, rows[1], paused);
    let free = fs4::available_space(disk.at.path()).expect("known");
    assert!(free >= 200_000 * 1024 / 20, "{free} bytes are free");
}

#[test]
fn a_full_disk_of_the_receiver_delays_delivery_until_there_is_room() {
    if !in_own_mounts(
        module_path!(),
        "a_full_disk_of_the_receiver_delays_delivery_until_there_is_room",
    ) {
        return;
    }
    let disk = Disk::new(2048);
    let home = tempfile::tempdir().expect("a folder");
    let [mut one, mut other] = [
        Program::start_impatient(home.path()),
        Program::start_impatient(&disk.folder()),
    ];
    let (port, key) = (other.listen(), other.key());
    call(&one, port, key);
    one.named();
    other.named();
    one.write(1, key, "there is room");
    assert_eq!(other.text(), "there is room");
    disk.fill();
    let rows: Vec<_> = (2..=10).map(|id| one.write(id, key, &long(id))).collect();
    assert_eq!(
        store_failed(&mut other),
        StoreError::Io(ErrorKind::StorageFull)
    );
    // Messages for which there was room may have arrived. The others are not marked as delivered.
    one.settle();
    let delivered = |program: &Program, row: u64| {
        let mut events = program.ledger.iter();
        events.any(|event| messages::is_settled(event, row, State::Delivered))
    };
    assert!(!delivered(&one, rows[8]));
    let heard = other.texts().len();
    assert!(heard < 10, "{heard}");
    disk.make_room();
    store_well(&mut other);
    assert_eq!(one.settled(rows[8]), State::Delivered);
    other.text_behind(&long(10));
    let expected: Vec<_> = (2..=10).map(long).collect();
    assert_eq!(other.texts()[1..], expected);
    // The conversation has not ended.
    for program in [&one, &other] {
        assert_eq!(program.count(|event| matches!(event, Event::Ended(_))), 0);
    }
    drop(other);
    let mut other = Program::start_impatient(&disk.folder());
    assert!(
        !other
            .beginning
            .iter()
            .any(|event| matches!(event, Event::StoreSetAside(_)))
    );
    let row = other.write(1, one.key(), "and here");
    assert_eq!(row, 11);
}

#[test]
fn on_a_full_disk_a_message_is_reported_as_not_sent_at_once() {
    if !in_own_mounts(
        module_path!(),
        "on_a_full_disk_a_message_is_reported_as_not_sent_at_once",
    ) {
        return;
    }
    let disk = Disk::new(2048);
    let home = tempfile::tempdir().expect("a folder");
    let [mut one, mut other] = [
        Program::start_impatient(&disk.folder()),
        Program::start_impatient(home.path()),
    ];
    let (port, key) = (other.listen(), other.key());
    call(&one, port, key);
    one.named();
    other.named();
    one.write(1, key, "there is room");
    assert_eq!(one.settled(1), State::Delivered);
    disk.fill();
    // Some may still fit into the space that the database has.
    for id in 2..=8 {
        one.ask_to_write(id, key, &long(id));
    }
    assert_eq!(
        store_failed(&mut one),
        StoreError::Io(ErrorKind::StorageFull)
    );
    one.settle();
    let unsent: Vec<_> = one.history.iter().filter_map(messages::not_sent).collect();
    assert!(!unsent.is_empty());
    disk.make_room();
    one.write(9, key, "there is room again");
    store_well(&mut one);
    other.text_behind("there is room again");
    let expected: Vec<_> = (2..=8)
        .filter(|id| !unsent.contains(id))
        .map(long)
        .collect();
    let texts = other.texts();
    assert_eq!(texts[1..texts.len() - 1], expected);
    for program in [&one, &other] {
        assert_eq!(program.count(|event| matches!(event, Event::Ended(_))), 0);
    }
}

#[test]
fn messages_received_in_a_read_only_folder_are_delivered_again() {
    if !in_own_mounts(
        module_path!(),
        "messages_received_in_a_read_only_folder_are_delivered_again",
    ) {
        return;
    }
    let disk = Disk::new(2048);
    let home = tempfile::tempdir().expect("a folder");
    let mut one = Program::start_impatient(home.path());
    let other = Program::start_impatient(&disk.folder());
    let key = other.key();
    drop(other);
    // One message is delivered before, so that the stream has begun.
    let mut other = Program::start_impatient(&disk.folder());
    let port = other.listen();
    one.write(1, key, "before");
    call(&one, port, key);
    assert_eq!(other.text(), "before");
    assert_eq!(one.settled(1), State::Delivered);
    drop(other);

    disk.set_writable(false);
    let mut other = Program::start_impatient(&disk.folder());
    assert!(matches!(failed_at_start(&mut other), StoreError::Io(_)));
    assert_eq!(other.key(), key);
    let port = other.listen();
    one.write(2, key, "meanwhile");
    for is_known in [false, true] {
        call(&one, port, key);
        if !is_known {
            // Nobody can be looked up there.
            other.admit();
        }
        other.named();
        other.settle();
    }
    one.write(3, key, "and this");
    other.text_behind("and this");
    other.write(1, one.key(), "talking works");
    assert_eq!(one.text(), "talking works");
    other.settle();
    // Each arrived once, although they came over two connections, and none went to another copy.
    assert_eq!(other.texts(), ["meanwhile", "and this"]);
    assert_eq!(other.count(|event| messages::missed(event).is_some()), 0);
    one.settle();
    let settled = one.ledger.iter().filter_map(messages::settled);
    assert_eq!(settled.count(), 1, "{:?}", one.ledger);
    drop(other);

    disk.set_writable(true);
    let mut other = Program::start_impatient(&disk.folder());
    let port = other.listen();
    call(&one, port, key);
    other.text_behind("and this");
    assert_eq!(other.texts(), ["meanwhile", "and this"]);
    assert_eq!(other.count(|event| messages::missed(event).is_some()), 0);
    assert_eq!(one.settled(3), State::Delivered);
}
