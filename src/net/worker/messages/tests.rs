//! The worker in an encrypted session, one turn at a time, with a peer that says whatever a test wants. The clock is
//! the test's.

use std::{io::Write as _, net::TcpStream};

use tempfile::TempDir;

use super::*;
use crate::{
    identity::{StreamId, Trust},
    mailbox,
    millis::Millis,
    net::{
        Command, Options, Origin, Payload, any_instant,
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
    store::{Changes, changes},
};

struct Scene {
    worker: Worker,
    client: mailbox::Client<Command, Event>,
    changes: Changes,
    peer: Secure,
    far: TcpStream,
    now: Instant,
    _folder: TempDir,
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
        worker.open();
        let mut account = Account::new(None);
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
            _folder: folder,
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
            let delivery = self.worker.seat.delivery().expect("a delivery");
            if is_committed || delivery.is_staged() {
                return is_committed;
            }
        }
    }

    /// Whether something was committed since the last call.
    fn has_committed(&self) -> bool {
        self.changes.receiver().try_recv().is_ok()
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
