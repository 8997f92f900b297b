//! A peer made by hand that offers, wants and sends what it may not, or what does not fit.

use std::fs;

use duologue::{
    files::GROUP,
    identity::StreamId,
    millis::Millis,
    net::{
        Command, EndReason, Event, FileControl, MessageId, Payload,
        protocol::frame::{
            Ack, Body, Bye, Data, EVENTS, EndReason as Ended, FILES, Frame, Hello, Item, Reference,
            TransferFrame, Want, Whose,
        },
    },
    store::{
        FILE_NAME, FileChange, FileFailure, FileOffer, FileState, MOST_DECLINES, MOST_OFFERS, Row,
        State,
    },
};

use super::{content, message, try_message};
use crate::{
    delivery::{folder, start, until},
    support::{
        Program, messages,
        peer::{Person, RawPeer, hello},
    },
};
use tempfile::TempDir;

const THEIRS: StreamId = StreamId::from_bytes([9; 16]);

fn item(number: u64, body: Body) -> Frame {
    Frame::Item(Item {
        stream: THEIRS,
        number,
        sent_at: Millis::new(0),
        body,
    })
}

fn offer(size: u64, root: [u8; 32]) -> FileOffer {
    FileOffer {
        size,
        manifest: 0,
        files: 0,
        root,
    }
}

fn file(number: u64, size: u64, root: [u8; 32]) -> Frame {
    item(
        number,
        Body::Offer(format!("file {number}"), offer(size, root)),
    )
}

/// A program, and a peer that is connected to it and understands files.
struct Scene {
    folder: TempDir,
    downloads: TempDir,
    program: Program,
    person: Person,
    peer: RawPeer,
}

impl Scene {
    fn new() -> Self {
        let folder = folder();
        let mut program = start(&folder);
        let port = program.listen();
        let person = Person::new();
        let greeting = Hello {
            features: EVENTS | FILES,
            ..hello("a peer")
        };
        let peer = RawPeer::let_in_with(port, &person, greeting);
        program.named();
        Self {
            folder,
            downloads: crate::delivery::folder(),
            program,
            person,
            peer,
        }
    }

    /// The peer offers these bytes as its first item, we accept them, and the peer learns that. Returns the row, and what it is
    /// asked for.
    fn accepted(&mut self, size: u64, root: [u8; 32]) -> (Row, Want) {
        self.peer.say(&[file(1, size, root)]);
        let row = self.offered();
        self.accept(row);
        let answer = self.until_item();
        assert!(
            matches!(answer.body, Body::File(_, FileChange::Accept)),
            "{answer:?}"
        );
        let (stream, up_to) = (answer.stream, answer.number);
        self.peer.say(&[Frame::Ack(Ack { stream, up_to })]);
        (row, self.until_want())
    }

    /// We accept the offer in this row.
    fn accept(&mut self, row: Row) {
        let accept = Some(self.downloads.path().to_owned());
        let to = self.person.key;
        self.program.ask(&Command::AnswerFile { to, row, accept });
    }

    /// What the peer is asked for next. It acknowledges everything until then.
    #[track_caller]
    fn until_want(&mut self) -> Want {
        loop {
            match self.peer.frame().expect("the program goes on") {
                Frame::Transfer(TransferFrame::Want(want)) => return want,
                Frame::Item(Item { stream, number, .. }) => {
                    let up_to = number;
                    self.peer.say(&[Frame::Ack(Ack { stream, up_to })]);
                }
                _ => {}
            }
        }
    }

    /// The next end that the peer is told: of which want, and why.
    #[track_caller]
    fn end(&mut self) -> (u64, Ended) {
        loop {
            match self.peer.frame().expect("the program goes on") {
                Frame::Transfer(TransferFrame::End { id, why }) => return (id, why),
                Frame::Resume(_) | Frame::Ack(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    #[track_caller]
    fn offered(&mut self) -> Row {
        self.program.expect("an offer", |event| match event {
            Event::Received {
                row,
                payload: Payload::Offer { .. },
                ..
            } => *row,
            _ => None,
        })
    }

    #[track_caller]
    fn until_item(&mut self) -> Item {
        loop {
            if let Frame::Item(item) = self.peer.frame().expect("the program goes on") {
                return item;
            }
        }
    }

    /// We offer a file of this size, and the peer gets it. Returns what it is called.
    fn offers(&mut self, size: usize) -> (StreamId, u64) {
        let path = self.downloads.path().join("source");
        fs::write(&path, content(size)).expect("written");
        let to = self.person.key;
        let (id, keep_location) = (MessageId(1), false);
        self.program.ask(&Command::Offer {
            id,
            to,
            path,
            keep_location,
        });
        let item = self.until_item();
        assert!(matches!(item.body, Body::Offer(..)), "{item:?}");
        (item.stream, item.number)
    }

    fn answer(number: u64, offer: (StreamId, u64), change: FileChange) -> Frame {
        let reference = Reference {
            whose: Whose::Receivers,
            stream: offer.0,
            number: offer.1,
        };
        item(number, Body::File(reference, change))
    }

    fn state(&self, row: Row) -> FileState {
        let message = message(&self.folder, self.person.key, row);
        message.file.expect("an offer").state
    }

    fn try_state(&self, row: Row) -> Option<FileState> {
        let message = try_message(&self.folder, self.person.key, row)?;
        Some(message.file?.state)
    }

    #[track_caller]
    fn refused(&mut self, what: &str) {
        assert_eq!(self.program.ended(), EndReason::Misbehaved, "{what}");
        let frames = self.peer.frames_to_the_end();
        assert_eq!(frames.last(), Some(&Frame::Bye(Bye::Misbehaved)), "{what}");
    }
}

fn want(id: u64, (stream, number): (StreamId, u64), offset: u64) -> Frame {
    Frame::Transfer(TransferFrame::Want(Want {
        id,
        stream,
        number,
        offset,
    }))
}

fn data(id: u64, bytes: Vec<u8>) -> Frame {
    Frame::Transfer(TransferFrame::Data(Data { id, bytes }))
}

fn end(id: u64, why: Ended) -> Frame {
    Frame::Transfer(TransferFrame::End { id, why })
}

#[test]
fn a_peer_that_sends_what_was_not_wanted_is_disconnected() {
    type MakeFrames = fn(u64) -> Vec<Frame>;
    let cases: [(&str, MakeFrames); 7] = [
        ("data of no want", |id| vec![data(id + 1, vec![0; 10])]),
        ("an end of no want", |id| vec![end(id + 1, Ended::Complete)]),
        ("an end too early", |id| {
            vec![data(id, vec![0; 10]), end(id, Ended::Complete)]
        }),
        ("too much", |id| {
            vec![data(id, content(1_000)), data(id, vec![0])]
        }),
        ("other bytes", |id| vec![data(id, vec![7; 1_000])]),
        ("data after the end", |id| {
            vec![end(id, Ended::Stopped), data(id, vec![0])]
        }),
        ("a stop of what was never wanted", |_| {
            vec![Frame::Transfer(TransferFrame::Stop { id: 1 })]
        }),
    ];
    let root = *blake3::hash(&content(1_000)).as_bytes();
    for (what, frames) in cases {
        let mut scene = Scene::new();
        let (row, want) = scene.accepted(1_000, root);
        assert_eq!((want.id, want.offset), (1, 0));
        scene.peer.say(&frames(want.id));
        scene.refused(what);
        if what == "other bytes" {
            let invalid = FileState::Failed(FileFailure::Invalid);
            until("it has failed", || scene.state(row) == invalid);
            until("the part is deleted", || {
                fs::read_dir(scene.downloads.path())
                    .expect("listed")
                    .count()
                    == 0
            });
        }
    }
}

#[test]
fn a_peer_that_sends_what_was_wanted_is_heard() {
    let bytes = content(1_000);
    let mut scene = Scene::new();
    let (row, want) = scene.accepted(1_000, *blake3::hash(&bytes).as_bytes());
    // In pieces, after something that is none of its business.
    for piece in bytes.chunks(7) {
        scene.peer.say(&[data(want.id, piece.to_vec())]);
    }
    scene.peer.say(&[end(want.id, Ended::Complete)]);
    until("it has arrived", || scene.state(row) == FileState::Arrived);
    let arrived = scene.until_item();
    assert!(matches!(arrived.body, Body::File(_, FileChange::Arrived)));
    assert!(fs::read(scene.downloads.path().join("file 1")).expect("there") == bytes);
}

#[test]
fn a_peer_that_wants_what_it_may_not_is_disconnected() {
    type MakeFrames = fn((StreamId, u64)) -> Vec<Frame>;
    let cases: [(&str, MakeFrames); 5] = [
        ("an id that is not the next", |offer| {
            vec![want(2, offer, 0)]
        }),
        ("an offset within a group", |offer| vec![want(1, offer, 1)]),
        ("an offset beyond the end", |offer| {
            vec![want(1, offer, 4 * GROUP)]
        }),
        ("five at once", |offer| {
            (1..=5).map(|id| want(id, offer, 0)).collect()
        }),
        // Each is open until the peer has been told its end.
        ("many that it stops at once", |offer| {
            let both = (1..=5).map(|id| {
                let stop = Frame::Transfer(TransferFrame::Stop { id });
                [want(id, offer, 0), stop]
            });
            both.flatten().collect()
        }),
    ];
    for (what, frames) in cases {
        let mut scene = Scene::new();
        let offer = scene.offers(700_000);
        let mut all = vec![Scene::answer(1, offer, FileChange::Accept)];
        all.extend(frames(offer));
        scene.peer.say(&all);
        scene.refused(what);
    }
}

#[test]
fn a_peer_that_wants_what_is_not_to_be_sent_is_told_so() {
    let mut scene = Scene::new();
    let offer = scene.offers(700_000);
    let message = {
        let key = scene.person.key;
        scene.program.write(2, key, "a message");
        let said = scene.until_item();
        (said.stream, said.number)
    };
    let unknown = (StreamId::from_bytes([7; 16]), 1);
    // A backup that was restored here has the state of before the answer, or lacks the offer.
    for (id, what, why) in [
        (1, offer, Ended::Stopped),
        (2, unknown, Ended::Gone),
        (3, message, Ended::Gone),
    ] {
        scene.peer.say(&[want(id, what, 0)]);
        assert_eq!(scene.end(), (id, why));
    }
    let decline = Scene::answer(1, offer, FileChange::Decline);
    scene.peer.say(&[decline, want(4, offer, 0)]);
    assert_eq!(scene.end(), (4, Ended::Stopped));
}

/// The offer may have been lost when a damaged store was taken over.
#[test]
fn an_answer_to_a_message_that_is_no_offer_does_nothing() {
    let mut scene = Scene::new();
    let key = scene.person.key;
    scene.program.write(1, key, "a message");
    let said = scene.until_item();
    let answer = Scene::answer(1, (said.stream, said.number), FileChange::Accept);
    scene
        .peer
        .say(&[answer, item(2, Body::Text("it goes on".to_owned()))]);
    assert_eq!(scene.program.text(), "it goes on");
    assert_eq!(scene.try_state(Row::FIRST), None);
}

/// A peer that ends nothing keeps its wants open.
#[test]
fn no_more_than_four_files_are_wanted_at_once() {
    let mut scene = Scene::new();
    let frames: Vec<_> = (1..=6).map(|number| file(number, 10, [1; 32])).collect();
    scene.peer.say(&frames);
    let rows: Vec<_> = (1..=6).map(|_| scene.offered()).collect();
    for (id, row) in (1..).zip(rows.get(..3).expect("six")) {
        scene.accept(*row);
        assert_eq!(scene.until_want().id, id);
        let to = scene.person.key;
        let (row, control) = (*row, FileControl::Cancel);
        scene
            .program
            .ask(&Command::ControlFile { to, row, control });
    }
    // Two at the same time, while three are open.
    scene.accept(rows[3]);
    scene.accept(rows[4]);
    assert_eq!(scene.until_want().id, 4);
    scene.program.settle();
    scene.peer.say(&[Frame::Ping]);
    while let Some(frame) = scene.peer.frame() {
        match frame {
            Frame::Pong => break,
            Frame::Transfer(TransferFrame::Want(want)) => panic!("one more: {want:?}"),
            _ => {}
        }
    }
    scene.peer.say(&[end(1, Ended::Stopped)]);
    assert_eq!(scene.until_want().id, 5);
}

#[test]
fn offers_that_can_not_be_are_refused() {
    let offer = |size, manifest, files| FileOffer {
        size,
        manifest,
        files,
        root: [1; 32],
    };
    for (what, name, offer) in [
        ("2^63 bytes", "x", offer(1 << 63, 0, 0)),
        ("more than 1 TiB", "x", offer((1 << 40) + 1, 0, 0)),
        ("no name", "", offer(1, 0, 0)),
        ("a manifest beyond the stream", "x", offer(10, 11, 1)),
        ("a manifest too long", "x", offer(1 << 30, (1 << 24) + 1, 1)),
        ("too many files", "x", offer(1 << 30, 1 << 20, 100_001)),
    ] {
        let mut scene = Scene::new();
        scene
            .peer
            .say(&[item(1, Body::Offer(name.to_owned(), offer))]);
        scene.refused(what);
    }
}

#[test]
fn an_offer_beyond_the_limit_is_declined() {
    let mut scene = Scene::new();
    let most = u64::from(MOST_OFFERS);
    let frames: Vec<_> = (1..=most + 2)
        .map(|number| file(number, 10, [1; 32]))
        .collect();
    scene.peer.say(&frames);
    for number in [most + 1, most + 2] {
        let declined = scene.until_item();
        let reference = Reference {
            whose: Whose::Receivers,
            stream: THEIRS,
            number,
        };
        let decline = Body::File(reference, FileChange::Decline);
        assert_eq!(declined.body, decline);
    }
}

#[test]
fn offers_beyond_the_limit_are_counted_in_one_row() {
    let mut scene = Scene::new();
    let count = 100_000;
    for first in (1..=count).step_by(1_000) {
        let frames: Vec<_> = (first..first + 1_000)
            .map(|number| file(number, 10, [1; 32]))
            .collect();
        scene.peer.say(&frames);
    }
    let number = count + 1;
    scene
        .peer
        .say(&[item(number, Body::Text("the last".to_owned()))]);
    let counted = Row::new(u64::from(MOST_OFFERS) + 1);
    // The window may be behind, so that no event reports it.
    until("everything is stored", || {
        scene.program.settle();
        try_message(&scene.folder, scene.person.key, counted.next()).is_some()
    });
    let beyond = u32::try_from(count).expect("few") - MOST_OFFERS;
    assert_eq!(scene.state(counted), FileState::TooMany(beyond));
    let last = message(&scene.folder, scene.person.key, counted.next());
    assert_eq!(last.text, "the last");
    // Nothing grows without bound if the peer acknowledges no decline.
    let store = rusqlite::Connection::open(scene.folder.path().join(FILE_NAME)).expect("opened");
    let waiting: u32 = store
        .query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))
        .expect("read");
    assert_eq!(waiting, MOST_DECLINES);
    // Once one is answered, there is room for another one.
    let (to, row, accept) = (scene.person.key, Row::FIRST, None);
    scene.program.ask(&Command::AnswerFile { to, row, accept });
    until("it is declined", || scene.state(row) == FileState::Declined);
    scene.peer.say(&[file(number + 1, 10, [1; 32])]);
    until("it is there", || {
        scene.program.settle();
        scene.state(counted) == FileState::TooMany(beyond)
            && scene.try_state(Row::new(1_003)) == Some(FileState::Offered)
    });
}

#[test]
fn a_peer_without_files_gets_offers_once_its_program_is_newer() {
    let folder = folder();
    let mut program = start(&folder);
    let port = program.listen();
    let person = Person::new();
    let mut peer = RawPeer::let_in(port, &person);
    program.expect("LacksFiles", |event| {
        (*event == Event::LacksFiles).then_some(())
    });
    let path = folder.path().join("source");
    fs::write(&path, content(10)).expect("written");
    let (to, keep_location) = (person.key, false);
    let mut rows = Vec::new();
    for id in (1..=3).map(MessageId) {
        let path = path.clone();
        program.ask(&Command::Offer {
            id,
            to,
            path,
            keep_location,
        });
        let row = program.expect_kept("Stored", |event| {
            messages::stored(event)
                .filter(|(of, _)| *of == id.0)
                .map(|(_, row)| row)
        });
        rows.push(messages::row(row));
    }
    program.write(4, to, "a message");
    let items = crate::delivery_rules::items(&mut peer, 4);
    let (stream, up_to) = (items[3].stream, items[3].number);
    let bodies = items.into_iter().map(|item| item.body);
    let [Body::Skip, Body::Skip, Body::Skip, Body::Text(_)] = bodies.collect::<Vec<_>>()[..] else {
        panic!("nothing that it would show but the message");
    };
    peer.say(&[Frame::Ack(Ack { stream, up_to })]);
    assert_eq!(program.settled(4), State::Delivered);
    let state = |row| message(&folder, to, row).state;
    assert_eq!(state(rows[0]), State::Waiting);
    // One is given up, and one recalled.
    let (row, control) = (rows[1], FileControl::Cancel);
    program.ask(&Command::ControlFile { to, row, control });
    program.ask(&Command::Recall { to, row: rows[2] });
    program.settle();
    assert_eq!(state(rows[1]), State::Recalled);
    assert_eq!(state(rows[2]), State::Recalled);
    // Both programs start again, and that of the peer is newer.
    drop((peer, program));
    let mut program = start(&folder);
    let port = program.listen();
    let greeting = Hello {
        features: EVENTS | FILES,
        ..hello("a peer")
    };
    let mut peer = RawPeer::let_in_with(port, &person, greeting);
    // Until then it does not know what the peer understands.
    program.named();
    program.write(5, to, "the last");
    match peer.frame() {
        Some(Frame::Resume(starts)) => {
            let acks = starts.into_iter().map(|start| {
                let (stream, up_to) = (start.stream, 0);
                Frame::Ack(Ack { stream, up_to })
            });
            peer.say(&acks.collect::<Vec<_>>());
        }
        other => panic!("{other:?}"),
    }
    let items = crate::delivery_rules::items(&mut peer, 2);
    let bodies: Vec<_> = items.iter().map(|item| &item.body).collect();
    let [Body::Offer(name, _), Body::Text(_)] = bodies[..] else {
        panic!("{bodies:?}");
    };
    assert_eq!(name, "source");
    let (stream, up_to) = (items[1].stream, items[1].number);
    peer.say(&[Frame::Ack(Ack { stream, up_to })]);
    until("it is delivered", || state(rows[0]) == State::Delivered);
}
