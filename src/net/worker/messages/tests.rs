//! The worker in an encrypted session, one turn at a time, with a peer that says whatever a test wants. The clock is
//! the test's.

use std::{io::Write as _, net::TcpStream, time::Duration};

use mio::Events;
use rusqlite::Connection as Database;
use tempfile::TempDir;

use super::*;
use crate::{
    endpoint::Endpoint,
    identity::{StreamId, Trust},
    mailbox,
    millis::Millis,
    net::{
        Command, Options, Origin, Payload, Siblings, any_instant,
        delivery::Delivery,
        protocol::{
            frame::{Body, Frame, Item, Knock},
            secure::Secure,
        },
        worker::{
            account::Account,
            session::{Encrypted, PeerInfo},
            testing,
        },
    },
    store::{Changes, FILE_NAME, changes},
};

/// Far above what the system takes to move bytes on this computer.
const LIMIT: Duration = Duration::from_secs(100);

struct Scene {
    worker: Worker,
    client: mailbox::Client<Command, Event>,
    changes: Changes,
    peer: Secure,
    far: TcpStream,
    now: Instant,
    folder: TempDir,
}

impl Scene {
    /// Both sides have said *Hello*.
    fn open() -> Self {
        let now = any_instant();
        let folder = tempfile::tempdir().expect("a folder");
        let (client, server) = mailbox::pair(1, 1024, || {});
        let (notifier, changes) = changes();
        let options = Options {
            folder: Some(folder.path().to_owned()),
            notifier,
            ..Options::default()
        };
        let (mut worker, _) = Worker::new(server, options).expect("a worker");
        worker.open(any_instant());
        let mut account = Account::new(None, Siblings::default());
        let key = account.load().expect("a key in memory");
        let (tls, hello) = (account.tls().expect("TLS"), account.hello());
        let mut peer = Secure::call(tls, None, Knock::default(), hello, now).expect("TLS");
        let ours = &worker.shared.account;
        let mut secure = Secure::accept(ours.tls().expect("TLS"), now);
        let hello = loop {
            pass(&mut peer, &mut secure, now);
            match secure.poll_output() {
                Some(secure::Output::Knocked { .. }) => secure.admit(ours.hello(), now),
                Some(secure::Output::Open(hello)) => break hello,
                output => assert_eq!(output, None),
            }
            pass(&mut secure, &mut peer, now);
        };
        let (socket, address, far) = testing::connection(&mut worker.shared);
        let info = PeerInfo {
            key,
            trust: Trust::Accepted,
            endpoint: None,
            replaces: None,
        };
        let encrypted = Encrypted::new(secure, info, None, now);
        let session = Session::encrypted(socket, address, Origin::Accepted, encrypted);
        worker.seat.session = Some(session);
        worker.handle_hello(hello, now);
        let mut scene = Self {
            worker,
            client,
            changes,
            peer,
            far,
            now,
            folder,
        };
        scene.worker.commit_turn(now);
        scene.events();
        scene.has_committed();
        scene
    }

    /// The peer says these frames in one TLS record, which is read whole or not at all.
    fn say(&mut self, frames: &[Frame]) {
        let mut plain = Vec::new();
        for frame in frames {
            frame.append_to(&mut plain);
        }
        assert!(plain.len() < 16 * 1024, "{}", plain.len());
        self.peer.inject(&plain);
        while let Some(bytes) = self.peer.poll_transmit() {
            let count = bytes.len();
            self.far.write_all(bytes).expect("a connection");
            self.peer.transmitted(count);
        }
    }

    /// Reads what the peer said last. Returns whether any of it was committed at once.
    fn read(&mut self) -> bool {
        loop {
            let session = self.worker.seat.session.as_mut().expect("a session");
            session.expect_bytes();
            self.worker.read_session(self.now);
            let is_committed = self.has_committed();
            if is_committed || self.is_staged() {
                return is_committed;
            }
        }
    }

    /// Whether something was committed since the last call.
    fn has_committed(&self) -> bool {
        self.changes.receiver().try_recv().is_ok()
    }

    /// Waits until the poll reports something, and passes it on.
    fn poll(&mut self) {
        let mut ready = Events::with_capacity(8);
        let polled = self.worker.poll.poll(&mut ready, Some(LIMIT));
        polled.expect("a poll");
        assert!(!ready.is_empty(), "nothing has arrived");
        for event in &ready {
            let readiness = event.into();
            self.worker.handle_ready(event.token(), readiness, self.now);
        }
    }

    /// Runs this statement on the database.
    fn execute(&self, sql: &str) {
        let database = Database::open(self.folder.path().join(FILE_NAME)).expect("opened");
        database.execute_batch(sql).expect("changed");
    }

    fn is_staged(&self) -> bool {
        self.worker.seat.delivery().is_some_and(Delivery::is_staged)
    }

    /// What the window is told.
    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.worker.flush_reports();
        self.client.drain(|event| {
            events.push(event);
            true
        });
        events
    }
}

/// Moves all bytes that `from` has to send.
fn pass(from: &mut Secure, to: &mut Secure, now: Instant) {
    while let Some(bytes) = from.poll_transmit() {
        let bytes = bytes.to_owned();
        from.transmitted(bytes.len());
        to.handle_bytes(&bytes, now);
    }
}

fn item(number: u64, body: Body) -> Frame {
    Frame::Item(Item {
        stream: StreamId::from_bytes([1; 16]),
        number,
        sent_at: Millis::new(0),
        body,
    })
}

fn text(number: u64) -> Frame {
    item(number, Body::Text("hello".to_owned()))
}

#[test]
fn a_peer_that_types_between_its_messages_causes_one_commit_in_a_turn() {
    const ITEMS: u64 = 200;
    let mut scene = Scene::open();
    let skips = (1..ITEMS).map(|number| item(number, Body::Skip));
    let frames: Vec<_> = skips
        .chain([text(ITEMS)])
        .flat_map(|item| [item, Frame::Typing(true)])
        .collect();
    scene.say(&frames);
    assert!(!scene.read(), "committed before the end of the turn");
    scene.worker.commit_turn(scene.now);
    assert!(scene.has_committed());
    match &*scene.events() {
        [
            Event::Received {
                payload: Payload::Text { .. },
                ..
            },
            Event::Typing(true),
        ] => {}
        events => panic!("{events:?}"),
    }
}

#[test]
fn a_message_ends_the_typing_before_it() {
    let mut scene = Scene::open();
    for (number, typing, expected) in [
        (1, vec![true], None),
        (2, vec![true, false], Some(Event::Typing(false))),
    ] {
        let mut frames: Vec<_> = typing.into_iter().map(Frame::Typing).collect();
        frames.push(text(number));
        scene.say(&frames);
        scene.read();
        scene.worker.commit_turn(scene.now);
        let mut events = scene.events().into_iter();
        assert!(matches!(events.next(), Some(Event::Received { .. })));
        assert_eq!(events.next(), expected);
        assert_eq!(events.next(), None);
    }
}

#[test]
fn nothing_is_read_from_an_encrypted_peer_while_the_store_fails_whoever_calls() {
    let mut scene = Scene::open();
    let (host, port) = ("127.0.0.1".to_owned(), 0);
    let Worker { door, shared, .. } = &mut scene.worker;
    door.entrance.listen(Endpoint { host, port }, shared);
    let port = match &*scene.events() {
        [Event::Listening(listening)] => listening.at.port,
        events => panic!("{events:?}"),
    };
    // The store fails.
    scene.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON messages BEGIN SELECT raise(FAIL, 'broken'); END",
    );
    let key = scene.worker.seat.delivery().expect("a delivery").peer();
    let ledger = &mut scene.worker.shared.ledger;
    ledger.write(MessageId(1), key, "hello".to_owned(), None);
    scene.worker.commit_turn(scene.now);
    assert!(scene.worker.shared.ledger.is_retrying());
    scene.events();
    // Now the peer says something, and somebody calls.
    let session = scene.worker.seat.session.as_mut().expect("a session");
    assert!(session.read(scene.now).is_none());
    assert!(!scene.worker.seat.is_readable());
    scene.say(&[text(1)]);
    while !scene.worker.seat.is_readable() {
        scene.poll();
    }
    let _caller = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    while scene.worker.door.poll_deadline().is_none() {
        scene.poll();
        scene.worker.handle_callers(scene.now);
    }
    assert!(!scene.is_staged());
    // The store is well again.
    scene.execute("DROP TRIGGER broken");
    scene.now += LIMIT;
    scene.worker.commit_turn(scene.now);
    scene.read();
    scene.worker.commit_turn(scene.now);
    let received = |event: &Event| matches!(event, Event::Received { .. });
    assert!(scene.events().iter().any(received));
}
