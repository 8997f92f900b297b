//! Databases that are locked, damaged or of a later version. A message that cannot be stored is not acknowledged, and
//! delivery continues when it can be.

use std::fs;

use crate::support::{Program, endpoint, messages, peer::Person, plain};
use duologue::{
    identity::PublicKey,
    net::{Call, Command, ContactChange, Event, How},
    store::{FILE_NAME, Salvage, State, StoreError},
};
use rusqlite::Connection;
use tempfile::TempDir;

pub fn call(program: &Program, port: u16, key: PublicKey) {
    let how = How::To(key);
    program.ask(&Command::Connect(Call {
        how,
        ..plain(endpoint("127.0.0.1", port))
    }));
}

#[track_caller]
pub fn store_failed(program: &mut Program) -> StoreError {
    program.expect("StoreFailed", |event| match event {
        Event::StoreFailed(error) => Some(*error),
        _ => None,
    })
}

#[track_caller]
pub fn store_well(program: &mut Program) {
    if program.count(|event| *event == Event::StoreWell) == 0 {
        program.expect("StoreWell", |event| {
            (*event == Event::StoreWell).then_some(())
        });
    }
    let failed = program.count(|event| matches!(event, Event::StoreFailed(_)));
    assert_eq!(failed, 1, "{:?}", program.history);
}

/// Why the store could not be opened at the start.
#[track_caller]
pub fn failed_at_start(program: &mut Program) -> StoreError {
    let from_the_start = program.beginning.iter().find_map(|event| match event {
        Event::StoreClosed(error) => Some(*error),
        _ => None,
    });
    from_the_start.expect("StoreClosed")
}

#[test]
fn a_locked_database_is_tried_again_until_it_is_free() {
    let homes = [(), ()].map(|()| tempfile::tempdir().expect("a folder"));
    let [mut one, mut other] = homes
        .each_ref()
        .map(|home| Program::start_impatient(home.path()));
    let (port, key) = (other.listen(), other.key());
    call(&one, port, key);
    one.named();
    other.named();
    one.write(1, key, "first");
    assert_eq!(other.text(), "first");
    let hold = |home: &TempDir| {
        let connection = Connection::open(home.path().join(FILE_NAME)).expect("opened");
        connection.execute_batch("BEGIN EXCLUSIVE").expect("begun");
        connection
    };
    // The database of the receiver.
    let locked = hold(&homes[1]);
    let row = one.write(2, key, "second");
    assert_eq!(store_failed(&mut other), StoreError::Busy);
    drop(locked);
    store_well(&mut other);
    assert_eq!(other.text(), "second");
    assert_eq!(one.settled(row), State::Delivered);
    // The database of the sender.
    let locked = hold(&homes[0]);
    one.ask_to_write(3, key, "third");
    one.not_sent(3);
    drop(locked);
    let row = one.write(4, key, "fourth");
    assert_eq!(other.text(), "fourth");
    assert_eq!(one.settled(row), State::Delivered);
    store_well(&mut one);
}

#[test]
fn the_store_is_well_again_after_a_change_that_succeeds() {
    let home = tempfile::tempdir().expect("a folder");
    let key = Person::new().key;
    let mut program = Program::start_impatient(home.path());
    let row = program.write(1, key, "waits");
    let rename =
        |name: &str| Command::ChangeContact(key, ContactChange::Rename(Some(name.to_owned())));
    let recall = messages::recall(key, row);
    for (failing, well) in [
        (rename("Mina"), rename("Mina")),
        (recall.clone(), rename("Jun")),
        (rename("Jun"), recall),
    ] {
        program.history.clear();
        let connection = Connection::open(home.path().join(FILE_NAME)).expect("opened");
        connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
        program.ask(&failing);
        assert_eq!(store_failed(&mut program), StoreError::Busy);
        drop(connection);
        program.ask(&well);
        store_well(&mut program);
    }
}

#[test]
fn a_damaged_database_is_set_aside_and_salvaged() {
    let home = tempfile::tempdir().expect("a folder");
    let friend = Person::new();
    let mut program = Program::start_impatient(home.path());
    for id in 1..=200 {
        program.write(id, friend.key, &format!("{id} {}", "x".repeat(500)));
    }
    drop(program);
    let path = home.path().join(FILE_NAME);
    let mut bytes = fs::read(&path).expect("read");
    let pages = bytes.len() / 4096;
    // Behind the tables, which are in the first half.
    for page in bytes.chunks_mut(4096).skip(pages / 4 * 3).take(2) {
        page.fill(0xa5);
    }
    fs::write(&path, bytes).expect("written");
    let mut program = Program::start_impatient(home.path());
    let aside = program.beginning.iter().find_map(|event| match event {
        Event::StoreSetAside(path) => Some(path.clone()),
        _ => None,
    });
    let aside = aside.expect("StoreSetAside");
    program.ask(&Command::Salvage(aside));
    let salvaged = program.expect("Salvaged", |event| match event {
        Event::Salvaged(salvaged) => Some(*salvaged),
        _ => None,
    });
    let Ok(Salvage { messages, .. }) = salvaged else {
        panic!("{salvaged:?}")
    };
    assert!((150..200).contains(&messages), "{messages}");
    // Row numbers continue after the salvaged messages, and no salvaged message waits.
    assert_eq!(program.write(1, friend.key, "new"), 201);
    let waiting = program.expect_kept("Outbox", |event| match event {
        Event::Outbox(count) => Some(*count),
        _ => None,
    });
    assert_eq!(waiting, 1);
}

#[test]
fn a_database_of_a_later_version_is_not_changed() {
    let home = tempfile::tempdir().expect("a folder");
    let friend = Person::new();
    let mut program = Program::start_impatient(home.path());
    program.write(1, friend.key, "kept");
    drop(program);
    let path = home.path().join(FILE_NAME);
    Connection::open(&path)
        .and_then(|database| database.pragma_update(None, "user_version", 1000))
        .expect("written");
    let before = fs::read(&path).expect("read");
    let mut program = Program::start_impatient(home.path());
    assert_eq!(failed_at_start(&mut program), StoreError::Newer);
    program.write(1, friend.key, "for now");
    drop(program);
    assert_eq!(fs::read(&path).expect("read"), before);
}
