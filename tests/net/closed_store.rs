//! A store that can't be opened, because another program has locked it, a later version has written it, or it is
//! damaged: nobody is taken for unknown, or let in, because nobody can be looked up.

use std::{fs, path::Path};

use crate::support::{
    AT_ONCE, CLOSING, Program, clock, introduce,
    messages::{self, Who},
    part,
    peer::Person,
};
use duologue::{
    identity::{PeerId, Trust},
    net::{Command, ConnectError, ContactChange, EndReason, Event, How},
    store::{At, FILE_NAME, Lookup, ReadConnection, State, StoreError},
};
use rusqlite::Connection;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Locks the store in this folder until it is dropped, so that nobody else can even read it.
fn lock(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join(FILE_NAME)).expect("opened");
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .expect("locked");
    connection
}

/// A program that knows the key at this port of 127.0.0.1, where another key answers now.
fn fooled(home: &Path) -> (Program, u16) {
    let (mut friend, port) = Program::listening_widely();
    let mut caller = Program::start_impatient(home);
    introduce(&mut caller, &mut friend, port);
    part(&mut caller, &mut friend);
    drop((caller, friend));
    let mut other = Program::start();
    other.listen_at("0.0.0.0", port).expect("the port is free");
    (other, port)
}

#[test]
fn while_the_store_is_locked_a_known_address_is_not_called() {
    let home = folder();
    let (mut other, port) = fooled(home.path());
    let locked = lock(home.path());
    let mut caller = Program::start_impatient(home.path());
    caller.call(port, How::Encrypted);
    assert_eq!(caller.connect_failed(), ConnectError::StoreUnreadable);
    other.settle();
    assert_eq!(
        other.count(|event| matches!(event, Event::JoinRequested(_))),
        0
    );
    drop(locked);
}

#[test]
fn while_the_store_is_locked_nobody_blocked_is_let_in_unasked() {
    let home = folder();
    let mut program = Program::start_impatient(home.path());
    let port = program.listen_widely();
    let mut eve = Program::start();
    introduce(&mut eve, &mut program, port);
    part(&mut eve, &mut program);
    program.change(eve.key(), ContactChange::SetBlocked(true));
    let key = program.key();
    drop(program);
    let locked = lock(home.path());
    let mut program = Program::start_impatient(home.path());
    // A caller that is not known to be blocked is let in here without a question.
    let port = program.listen();
    eve.call(port, How::To(key));
    assert_eq!(messages::who_asks(&program.asked()), Who::Key(eve.key()));
    drop(locked);
}

#[test]
fn once_the_store_opens_a_call_made_anyway_meets_the_key_that_is_known() {
    let home = folder();
    let (mut other, port) = fooled(home.path());
    let locked = lock(home.path());
    let mut caller = Program::start_impatient(home.path());
    assert_eq!(closed_at_start(&caller), StoreError::Busy);
    caller.call(port, How::Unchecked(None));
    other.admit();
    other.named();
    caller.named();
    drop(locked);
    assert_eq!(caller.ended(), EndReason::StoreOpened);
    caller.expect("StoreOpened", |event| {
        (*event == Event::StoreOpened).then_some(())
    });
    // It is called again, and this time the other key is noticed.
    let error = caller.connect_failed();
    let ConnectError::OtherKey { seen, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(seen, other.key());
}

#[test]
fn what_is_said_before_the_store_opens_arrives_once_and_is_kept() {
    let home = folder();
    let program = Program::start_impatient(home.path());
    let key = program.key();
    drop(program);
    let locked = lock(home.path());
    let mut program = Program::start_impatient(home.path());
    let port = program.listen();
    let friends = folder();
    let mut friend = Program::start_impatient(friends.path());
    friend.call(port, How::To(key));
    program.admit();
    program.named();
    friend.named();
    friend.write(1, key, "from the friend");
    assert_eq!(program.text(), "from the friend");
    program.write(1, friend.key(), "to the friend");
    assert_eq!(friend.text(), "to the friend");
    drop(locked);
    assert_eq!(program.ended(), EndReason::StoreOpened);
    // The friend calls again, and is not asked about a second time. What was never acknowledged comes again.
    program.history.clear();
    assert_eq!(program.text(), "from the friend");
    assert_eq!(friend.settled(1), State::Delivered);
    let row = friend.write(2, key, "after that");
    assert_eq!(program.text(), "after that");
    assert_eq!(friend.settled(row), State::Delivered);
    assert_eq!(
        program.count(|event| matches!(event, Event::JoinRequested(_))),
        0
    );
    assert_eq!(friend.texts(), ["to the friend"]);
    drop(program);
    let program = Program::start_impatient(home.path());
    let known = program.known(friend.key()).expect("known");
    assert_eq!(known.trust, Trust::Accepted);
    // Both sides of the conversation.
    let reader = ReadConnection::open(home.path()).expect("opened");
    let peer_id = PeerId::Key(friend.key());
    let page = reader.read(|store| store.page(&peer_id, At::Newest));
    let messages = page.expect("read").messages.into_iter();
    let texts: Vec<_> = messages.map(|message| message.text).collect();
    assert_eq!(texts, ["to the friend", "from the friend", "after that"]);
}

#[test]
fn a_blocked_caller_who_waits_for_an_answer_is_rejected_once_the_store_opens() {
    let home = folder();
    let mut program = Program::start_impatient(home.path());
    let port = program.listen_widely();
    let mut eve = Program::start();
    introduce(&mut eve, &mut program, port);
    part(&mut eve, &mut program);
    program.change(eve.key(), ContactChange::SetBlocked(true));
    let key = program.key();
    drop(program);
    let locked = lock(home.path());
    let mut program = Program::start_impatient(home.path());
    let port = program.listen_widely();
    eve.call(port, How::To(key));
    let ask = program.asked();
    assert_eq!(
        ask.encrypted_before,
        Lookup::Unclear,
        "the person is warned"
    );
    drop(locked);
    assert_eq!(eve.connect_failed(), ConnectError::Rejected);
    program.expect("JoinRequestOver", |event| {
        (*event == Event::JoinRequestOver(ask.id)).then_some(())
    });
}

#[test]
fn a_database_of_a_later_version_makes_nobody_unknown() {
    let home = folder();
    let (_other, port) = fooled(home.path());
    Connection::open(home.path().join(FILE_NAME))
        .and_then(|database| database.pragma_update(None, "user_version", 1000))
        .expect("written");
    let mut caller = Program::start_impatient(home.path());
    assert_eq!(closed_at_start(&caller), StoreError::Newer);
    caller.call(port, How::Encrypted);
    assert_eq!(caller.connect_failed(), ConnectError::StoreUnreadable);
}

#[test]
fn a_contact_who_can_not_be_read_is_not_taken_for_unknown() {
    let home = folder();
    let mut program = Program::start_impatient(home.path());
    let port = program.listen();
    let friend = Program::start();
    Connection::open(home.path().join(FILE_NAME))
        .and_then(|database| database.execute_batch("ALTER TABLE peers RENAME TO lost"))
        .expect("changed");
    friend.call(port, How::To(program.key()));
    assert_eq!(messages::who_asks(&program.asked()), Who::Key(friend.key()));
}

#[test]
fn after_damage_nobody_is_taken_for_unknown_until_the_person_goes_on_without() {
    let home = folder();
    let (mut other, port) = fooled(home.path());
    fs::write(home.path().join(FILE_NAME), vec![0xa5; 8192]).expect("written");
    // Also after a restart.
    for _ in 0..2 {
        let mut program = Program::start_impatient(home.path());
        let is_aside = |event: &Event| matches!(event, Event::StoreSetAside(_));
        assert!(program.beginning.iter().any(is_aside));
        program.call(port, How::Encrypted);
        assert_eq!(program.connect_failed(), ConnectError::StoreUnreadable);
    }
    let mut program = Program::start_impatient(home.path());
    let here = program.listen();
    let mut caller = Program::start();
    caller.call(here, How::To(program.key()));
    program.admit();
    program.named();
    caller.named();
    part(&mut caller, &mut program);
    // Whom the person has let in since is known.
    caller.call(here, How::To(program.key()));
    program.named();
    caller.named();
    part(&mut caller, &mut program);
    program.ask(&Command::AcceptLosses);
    program.call(port, How::Encrypted);
    other.admit();
    program.named();
}

#[test]
fn a_block_that_is_recovered_ends_the_conversation() {
    let home = folder();
    let mut program = Program::start_impatient(home.path());
    let port = program.listen_widely();
    let eves = folder();
    let mut eve = Program::start_impatient(eves.path());
    introduce(&mut eve, &mut program, port);
    part(&mut eve, &mut program);
    program.change(eve.key(), ContactChange::SetBlocked(true));
    let friend = Person::new().key;
    for id in 1..=100 {
        program.write(id, friend, &"x".repeat(500));
    }
    drop(program);
    let path = home.path().join(FILE_NAME);
    let mut bytes = fs::read(&path).expect("read");
    let text = bytes.windows(100).rposition(|some| some == [b'x'; 100]);
    let page = text.expect("a message") / 4096 * 4096;
    bytes[page..page + 16].fill(0xa5);
    fs::write(&path, bytes).expect("written");
    let mut program = Program::start_impatient(home.path());
    let aside = program.beginning.iter().find_map(|event| match event {
        Event::StoreSetAside(path) => Some(path.clone()),
        _ => None,
    });
    let port = program.listen();
    eve.call(port, How::To(program.key()));
    program.admit();
    program.named();
    eve.named();
    program.ask(&Command::Salvage(aside.expect("StoreSetAside")));
    assert_eq!(program.ended(), EndReason::Blocked);
    eve.call(port, How::To(program.key()));
    assert_eq!(eve.connect_failed(), ConnectError::Rejected);
}

#[test]
fn a_lock_on_the_store_holds_up_neither_the_network_nor_the_end() {
    let home = folder();
    let mut program = Program::start_impatient(home.path());
    let port = program.listen();
    let mut friend = Program::start();
    friend.call(port, How::To(program.key()));
    program.named();
    friend.named();
    let connection = Connection::open(home.path().join(FILE_NAME)).expect("opened");
    connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
    let begin = clock();
    for id in 1..=5 {
        program.ask_to_write(id, friend.key(), "can't be kept");
        program.not_sent(id);
    }
    assert!(clock() - begin < AT_ONCE, "{:?}", clock() - begin);
    program.ask_to_write(6, friend.key(), "can't be kept");
    program.ask(&Command::SetDraft(
        PeerId::Key(friend.key()),
        "a draft".to_owned(),
    ));
    let begin = clock();
    drop(program);
    assert!(clock() - begin < CLOSING, "{:?}", clock() - begin);
    assert_eq!(friend.ended(), EndReason::PeerLeft);
}

/// Why the store could not be opened at the start.
#[track_caller]
fn closed_at_start(program: &Program) -> StoreError {
    let closed = program.beginning.iter().find_map(|event| match event {
        Event::StoreClosed(error) => Some(*error),
        _ => None,
    });
    closed.expect("StoreClosed")
}
