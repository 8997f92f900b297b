//! A ledger without sessions: what it stores, what it reports, and what it keeps in memory.

use std::net::IpAddr;

use rusqlite::Connection as Database;
use tempfile::TempDir;

use super::shelf::REOPEN;
use super::*;
use crate::{
    endpoint::Endpoint,
    identity::Trust,
    millis::Millis,
    net::{ContactChange, Payload, any_instant},
    store::{FILE_NAME, Kind, Lookup, Row},
    text::charset::Reading,
};

const MINA: PublicKey = PublicKey::from_bytes([1; 32]);

fn mina() -> PeerId {
    PeerId::Key(MINA)
}

fn plain() -> PeerId {
    PeerId::Address("192.168.0.5:50000".into())
}

struct Desk {
    ledger: Ledger,
    now: Instant,
    folder: Option<TempDir>,
}

impl Desk {
    fn durable() -> Self {
        Self::with(Some(tempfile::tempdir().expect("a folder")))
    }

    fn in_memory() -> Self {
        Self::with(None)
    }

    fn with(folder: Option<TempDir>) -> Self {
        let mut ledger = Ledger::new(Notifier::default(), crate::net::Limits::default());
        let now = any_instant();
        let opened = ledger.open(folder.as_ref().map(TempDir::path), now);
        assert!(matches!(&opened[..], [Event::Contacts(_)]), "{opened:?}");
        Self {
            ledger,
            now,
            folder,
        }
    }

    /// Makes every message that is written fail, or no longer.
    fn set_broken(&self, broken: bool) {
        let folder = self.folder.as_ref().expect("a folder");
        let database = Database::open(folder.path().join(FILE_NAME)).expect("opened");
        let sql = if broken {
            "CREATE TRIGGER broken BEFORE INSERT ON messages
            BEGIN SELECT raise(FAIL, 'broken'); END"
        } else {
            "DROP TRIGGER broken"
        };
        database.execute_batch(sql).expect("changed");
    }

    fn write(&mut self, id: u64) {
        self.ledger
            .write(MessageId(id), MINA, format!("message {id}"), None);
    }

    fn write_plain(&mut self, id: u64) -> Tag {
        let text = format!("message {id}");
        self.ledger
            .write_plain(MessageId(id), plain(), &text, Charset::UTF_8)
    }

    fn receive_plain(&mut self, text: &str) -> Option<Event> {
        let decoded = Reading::default().decode(text.as_bytes());
        self.ledger.receive_plain(plain(), decoded, LineEnd::Lf)
    }

    fn commit(&mut self) -> Vec<Event> {
        self.ledger.commit_due(None, self.now)
    }

    fn states(&self, peer_id: &PeerId) -> Vec<(Kind, State)> {
        let store = self.ledger.shelf.store().expect("a store");
        let conversation = store.find_conversation(peer_id).expect("read");
        let messages = conversation.map(|id| store.all_messages(id));
        let messages = messages.unwrap_or_default().into_iter();
        messages
            .map(|message| (message.kind, message.state))
            .collect()
    }
}

fn stored(id: u64, peer_id: PeerId, row: Row) -> Event {
    let id = MessageId(id);
    Event::Stored { id, peer_id, row }
}

fn not_stored(id: u64, is_sent: bool) -> Event {
    let id = MessageId(id);
    Event::NotStored { id, is_sent }
}

fn settled(peer_id: PeerId, row: Row, state: State) -> Event {
    let rows = [(row, state)].into();
    Event::Settled { peer_id, rows }
}

/// Locks the store in this folder until it is dropped, so that nobody else can even read it.
fn lock(folder: &TempDir) -> Database {
    let database = Database::open(folder.path().join(FILE_NAME)).expect("opened");
    database
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .expect("locked");
    database
}

#[test]
fn while_the_store_is_closed_nobody_can_be_looked_up_and_it_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at: Endpoint = "192.168.0.5:50000".parse().expect("an address");
    let ip = IpAddr::from([192, 168, 0, 5]);
    let mut store = Store::open(folder.path()).expect("opened").store;
    let (pin, met) = (Some("192.168.0.5:50000"), Millis::new(1));
    store
        .record_contact(&MINA, "Mina", Trust::Accepted, ip, pin, met)
        .expect("kept");
    drop(store);
    let locked = lock(&folder);
    let now = any_instant();
    let mut ledger = Ledger::new(Notifier::default(), crate::net::Limits::default());
    let opened = ledger.open(Some(folder.path()), now);
    let closed = Event::StoreClosed(StoreError::Busy);
    assert_eq!(opened, [closed.clone(), Event::Contacts([].into())]);
    assert_eq!(ledger.contact(&MINA), Lookup::Unclear);
    assert_eq!(
        ledger.contact(&PublicKey::from_bytes([9; 32])),
        Lookup::Unclear
    );
    assert_eq!(ledger.key_at(&at), Lookup::Unclear);
    assert_eq!(ledger.last_at(ip), Lookup::Unclear);
    assert_eq!(ledger.last_at([127, 0, 0, 1].into()), Lookup::Nothing);
    assert_eq!(ledger.last_row(&mina()), None);
    assert_eq!(
        ledger.erase(None),
        Some(closed),
        "it is not said to be erased"
    );
    let blocked = PublicKey::from_bytes([8; 32]);
    ledger.change_contact(&blocked, ContactChange::SetBlocked(true));
    let contact = ledger.contact(&blocked);
    assert!(matches!(contact, Lookup::Found(contact) if contact.blocked));
    ledger.write(MessageId(1), MINA, "meanwhile".to_owned(), None);
    assert_eq!(
        ledger.commit_due(None, now),
        [stored(1, mina(), Row::FIRST)]
    );

    let mut due = now + REOPEN;
    assert_eq!(ledger.poll_deadline(), Some(due));
    assert!(matches!(ledger.reopen(now), Ok(None)), "too early");
    assert!(matches!(ledger.reopen(due), Ok(None)), "still locked");
    drop(locked);
    assert!(matches!(ledger.reopen(due), Ok(None)), "too early");
    due += REOPEN;
    let opened = ledger.reopen(due).expect("no error");
    let events = ledger.take_store(opened.expect("it is free"));
    let [
        Event::StoreOpened,
        Event::Contacts(contacts),
        Event::Rewritten(peer_id),
        Event::Outbox(1),
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((contacts.len(), peer_id), (2, &mina()));
    assert_eq!(ledger.key_at(&at), Lookup::Found(MINA));
    assert_eq!(
        ledger.contact(&PublicKey::from_bytes([9; 32])),
        Lookup::Nothing
    );
    assert_eq!(ledger.poll_deadline(), None);
}

#[test]
fn what_the_store_can_not_read_is_unclear() {
    let desk = Desk::durable();
    let folder = desk.folder.as_ref().expect("a folder");
    let database = Database::open(folder.path().join(FILE_NAME)).expect("opened");
    assert_eq!(desk.ledger.contact(&MINA), Lookup::Nothing);
    database
        .execute_batch("ALTER TABLE peers RENAME TO lost")
        .expect("changed");
    assert_eq!(desk.ledger.contact(&MINA), Lookup::Unclear);
    assert_eq!(desk.ledger.last_at([10, 0, 0, 1].into()), Lookup::Unclear);
}

#[test]
fn memory_does_not_grow_with_messages_that_wait() {
    const MESSAGES: u64 = 100_000;
    let mut desk = Desk::in_memory();
    for first in (0..MESSAGES).step_by(5_000) {
        for id in first..first + 5_000 {
            desk.write(id);
        }
        let events = desk.commit();
        let expected = (first..first + 5_000).map(|id| stored(id, mina(), Row::new(id + 1)));
        assert!(events.into_iter().eq(expected));
    }
    assert_eq!(desk.ledger.poll_waiting(), Some(Event::Outbox(MESSAGES)));
    // All fields, so that a new one is looked at here.
    let Ledger {
        shelf: _,
        pending,
        unsent,
        work,
        retry_at,
        is_failing,
        waiting,
        keeps: _,
        limits: _,
        notifier: _,
    } = &desk.ledger;
    assert_eq!((pending.len(), pending.capacity()), (0, 0));
    assert!(unsent.is_empty() && work.is_empty());
    assert_eq!((*retry_at, *is_failing, *waiting), (None, false, MESSAGES));
}

#[test]
fn plain_text_is_named_by_its_row_once_it_is_stored() {
    let mut desk = Desk::durable();
    let tags = [0, 1, 2].map(|id| desk.write_plain(id));
    let expected = [0, 1, 2].map(|id| stored(id, plain(), Row::new(id + 1)));
    assert_eq!(desk.commit(), expected);
    let (peer_id, row) = (plain(), 1);
    assert_eq!(
        desk.ledger.handle_plain_sent(tags[0]),
        Some(Event::Sent {
            peer_id,
            row: Row::new(row)
        })
    );
    assert_eq!(
        desk.ledger.handle_plain_not_sent(tags[1]),
        Some(settled(plain(), Row::new(2), State::NotSent))
    );
    assert_eq!(desk.commit(), []);
    let states = [State::Sent, State::NotSent, State::NotSent];
    assert_eq!(
        desk.states(&plain()),
        states.map(|state| (Kind::Mine, state))
    );
    assert!(
        !desk.ledger.unsent.is_empty(),
        "the last one is with its session"
    );
    assert_eq!(desk.ledger.handle_plain_sent(tags[0]), None, "told once");
}

#[test]
fn plain_text_is_not_stored_in_memory() {
    let mut desk = Desk::in_memory();
    let tags = [0, 1].map(|id| desk.write_plain(id));
    assert_eq!(desk.commit(), []);
    assert_eq!(
        desk.ledger.handle_plain_sent(tags[0]),
        Some(not_stored(0, true))
    );
    assert_eq!(
        desk.ledger.handle_plain_not_sent(tags[1]),
        Some(not_stored(1, false))
    );
    let received = desk.receive_plain("hello");
    assert!(
        matches!(received, Some(Event::Received { row: None, .. })),
        "{received:?}"
    );
    assert_eq!(desk.states(&plain()), []);
    assert!(desk.ledger.unsent.is_empty());
}

#[test]
fn what_can_not_be_stored_is_answered_all_the_same() {
    let mut desk = Desk::durable();
    desk.write(0);
    assert_eq!(desk.commit(), [stored(0, mina(), Row::FIRST)]);
    desk.set_broken(true);
    desk.write(1);
    let tag = desk.write_plain(2);
    assert_eq!(desk.receive_plain("hello"), None);
    let events = desk.commit();
    let [
        Event::StoreFailed(_),
        answer,
        Event::Received {
            row: None,
            payload: Payload::PlainText { decoded, .. },
            ..
        },
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((answer, &*decoded.text), (&not_stored(1, false), "hello"));
    assert_eq!(
        desk.ledger.handle_plain_sent(tag),
        Some(not_stored(2, true)),
        "it could not wait"
    );
    assert!(desk.ledger.is_retrying() && desk.commit().is_empty());

    // It is told once, and so is the end of it.
    desk.write(3);
    assert_eq!(desk.commit(), [not_stored(3, false)]);
    desk.set_broken(false);
    desk.write(4);
    assert_eq!(
        desk.commit(),
        [Event::StoreWell, stored(4, mina(), Row::new(2))]
    );
    assert!(!desk.ledger.is_retrying());
    assert_eq!(desk.states(&mina()).len(), 2);
}

#[test]
fn after_a_failure_nothing_is_tried_before_its_time() {
    let mut desk = Desk::durable();
    desk.set_broken(true);
    desk.write(0);
    assert_eq!(desk.commit().len(), 2);
    let at = desk.ledger.poll_deadline().expect("a time to try again");
    assert_eq!(at, desk.now + RETRY);
    desk.now = at;
    assert_eq!(desk.commit(), []);
    assert_eq!(desk.ledger.poll_deadline(), None);
}

#[test]
fn a_message_that_waits_can_be_recalled_once() {
    let mut desk = Desk::durable();
    desk.write(0);
    desk.commit();
    assert_eq!(desk.ledger.poll_waiting(), Some(Event::Outbox(1)));
    let recalled = desk.ledger.recall(MINA, Row::FIRST, None);
    assert_eq!(recalled, [settled(mina(), Row::FIRST, State::Recalled)]);
    assert_eq!(desk.ledger.poll_waiting(), Some(Event::Outbox(0)));
    assert_eq!(desk.ledger.recall(MINA, Row::FIRST, None), []);
    let nobody = PublicKey::from_bytes([2; 32]);
    assert_eq!(desk.ledger.recall(nobody, Row::FIRST, None), []);
    assert_eq!(desk.ledger.poll_waiting(), None);
}

#[test]
fn erasing_is_answered_when_it_is_done_and_leaves_what_waits() {
    let mut desk = Desk::durable();
    desk.write(0);
    desk.receive_plain("hello");
    desk.commit();
    assert_eq!(desk.ledger.erase(None), None);
    let mut answers = Vec::new();
    while desk.ledger.has_work() {
        answers.extend(desk.ledger.work(desk.now));
    }
    assert_eq!(answers, [Event::Cleared(None)]);
    assert_eq!(desk.states(&plain()), []);
    assert_eq!(desk.states(&mina()), [(Kind::Mine, State::Waiting)]);
}

#[test]
fn a_conversation_that_ends_often_is_erased_once() {
    let mut desk = Desk::durable();
    assert_eq!(desk.ledger.set_keeping(false, desk.now), None);
    let mut erase_after = |ends| {
        desk.receive_plain("hello");
        desk.commit();
        for _ in 0..ends {
            desk.ledger.end_conversation(&plain());
        }
        let mut turns = 0;
        while desk.ledger.has_work() {
            assert_eq!(desk.ledger.work(desk.now), []);
            turns += 1;
        }
        turns
    };
    let once = erase_after(1);
    assert_eq!(erase_after(100), once);
    assert_eq!(desk.states(&plain()), []);
}

#[test]
fn who_was_refused_more_on_one_day_is_asked_about_on_the_next() {
    let limits = crate::net::Limits {
        per_day: 1,
        ..crate::net::Limits::default()
    };
    let mut desk = Desk::durable();
    desk.ledger = Ledger::new(Notifier::default(), limits);
    desk.ledger
        .open(desk.folder.as_ref().map(TempDir::path), desk.now);
    desk.ledger.begin_session(&plain(), desk.now);
    desk.receive_plain("a lot");
    desk.commit();
    desk.ledger.refuse_more(&plain());
    assert!(desk.ledger.has_refused_more(&plain()));
    // A day later it is let in, and sends a lot again.
    let store = desk.ledger.shelf.store_mut().expect("a store");
    let conversation = store.find_conversation(&plain()).expect("read");
    store
        .forget_taken(conversation.expect("there"))
        .expect("kept");
    assert!(!desk.ledger.has_refused_more(&plain()));
    desk.ledger.begin_session(&plain(), desk.now);
    desk.receive_plain("a lot");
    desk.commit();
    assert!(desk.ledger.poll_limit(Some(&plain())).is_some(), "asked");
    // The session ends before the person has answered.
    desk.ledger.end_session();
    assert!(!desk.ledger.has_refused_more(&plain()));
}

#[test]
fn messages_are_kept_again_although_the_store_was_locked_when_that_was_chosen() {
    let mut desk = Desk::durable();
    assert_eq!(desk.ledger.set_keeping(false, desk.now), None);
    desk.receive_plain("kept again");
    desk.commit();
    let folder = desk.folder.take().expect("a folder");
    let other = Database::open(folder.path().join(FILE_NAME)).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let failed = Event::StoreFailed(StoreError::Busy);
    assert_eq!(desk.ledger.set_keeping(true, desk.now), Some(failed));
    drop(other);
    let due = desk.ledger.poll_deadline().expect("it is tried again");
    assert_eq!(desk.ledger.commit_due(None, due), [Event::StoreWell]);
    // The program is killed, and starts again.
    drop(desk);
    let store = crate::store::Store::open(folder.path()).expect("opened");
    let store = store.store;
    let conversation = store.find_conversation(&plain()).expect("read");
    let texts = store.all_messages(conversation.expect("there")).into_iter();
    assert!(texts.map(|one| one.text).eq(["kept again"]));
}
