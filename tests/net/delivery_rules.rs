//! A peer made by hand keeps the rules of delivery, or breaks them and changes nothing.

use crate::{
    delivery::{assert_heard, folder, now_ms, recall, start},
    support::{
        Program, messages,
        peer::{Person, RawPeer},
    },
};
use duologue::{
    identity::StreamId,
    millis::Millis,
    net::{
        EndReason,
        protocol::frame::{Ack, Body, Bye, Frame, Item, Start},
    },
    store::State,
};

/// Connects a peer that sends whatever a test wants.
#[track_caller]
pub(crate) fn raw(program: &mut Program, port: u16, person: &Person) -> RawPeer {
    let peer = RawPeer::let_in(port, person);
    program.named();
    peer
}

/// The next frame.
#[track_caller]
fn frame(peer: &mut RawPeer) -> Frame {
    peer.frame().expect("the program goes on")
}

#[track_caller]
pub(crate) fn resumed(peer: &mut RawPeer) -> Vec<Start> {
    match frame(peer) {
        Frame::Resume(starts) => starts,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn items(peer: &mut RawPeer, count: usize) -> Vec<Item> {
    std::iter::repeat_with(|| match frame(peer) {
        Frame::Item(item) => item,
        other => panic!("{other:?}"),
    })
    .take(count)
    .collect()
}

#[track_caller]
pub(crate) fn leave(peer: &mut RawPeer, program: &mut Program) {
    peer.say(&[Frame::Bye(Bye::Left)]);
    assert_eq!(program.ended(), EndReason::PeerLeft);
}

#[test]
fn a_message_taken_back_too_late_becomes_delivered() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let rows = [1, 2, 3].map(|id| program.write(id, person.key, &format!("message {id}")));
    let said = items(&mut peer, 3);
    // It was sent already.
    program.recall(person.key, rows[1]);
    program.settle();
    let stream = said[0].stream;
    peer.say(&[Frame::Ack(Ack { stream, up_to: 1 })]);
    assert_eq!(program.settled(rows[0]), State::Delivered);
    // It has stored all three, and the connection ends before it acknowledges them.
    drop(peer);
    assert_eq!(program.ended(), EndReason::Lost);
    recall(&mut program, person.key, rows[1]);
    recall(&mut program, person.key, rows[2]);
    let mut peer = raw(&mut program, port, &person);
    assert_eq!(resumed(&mut peer), [Start { stream, first: 2 }]);
    peer.say(&[Frame::Ack(Ack { stream, up_to: 2 })]);
    assert_eq!(program.settled(rows[1]), State::Delivered);
    // The third one was not received after all.
    let skipped = items(&mut peer, 1);
    assert_eq!((skipped[0].number, &skipped[0].body), (3, &Body::Skip));
    peer.say(&[Frame::Ack(Ack { stream, up_to: 3 })]);
    assert_eq!(program.settled(rows[2]), State::Recalled);
    leave(&mut peer, &mut program);
    // Then there is nothing to resume.
    let mut peer = raw(&mut program, port, &person);
    program.write(4, person.key, "message 4");
    let said = items(&mut peer, 1);
    assert_eq!((said[0].number, said[0].stream), (4, stream));
    leave(&mut peer, &mut program);
}

#[test]
fn nothing_is_sent_before_the_peer_has_said_where_to_resume() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let row = program.write(1, person.key, "first");
    let mut peer = raw(&mut program, port, &person);
    let starts = resumed(&mut peer);
    assert_eq!(starts.len(), 1);
    program.write(2, person.key, "second");
    peer.say(&[Frame::Ping]);
    assert_eq!(frame(&mut peer), Frame::Pong);
    let stream = starts[0].stream;
    peer.say(&[Frame::Ack(Ack { stream, up_to: 0 })]);
    let said = items(&mut peer, 2);
    assert_eq!(said[0].body, Body::Text("first".to_owned()));
    assert_eq!(said[1].number, 2);
    peer.say(&[Frame::Ack(Ack { stream, up_to: 2 })]);
    assert_eq!(program.settled(row), State::Delivered);
    leave(&mut peer, &mut program);
}

/// A frame with a message in this stream.
fn said(stream: StreamId, number: u64, text: &str) -> Frame {
    Frame::Item(Item {
        stream,
        number,
        sent_at: Millis::new(0),
        body: Body::Text(text.to_owned()),
    })
}

const OTHER: StreamId = StreamId::from_bytes([9; 16]);

#[test]
fn a_peer_that_breaks_the_delivery_rules_is_disconnected_and_what_broke_them_is_not_stored() {
    let (mut program, port) = Program::listening();
    let start = |first| Start {
        stream: OTHER,
        first,
    };
    let many = |from: u64, count: u64| -> Vec<Start> {
        let starts = (from..from + count).map(|number| {
            let mut stream = [8; 16];
            stream[..8].copy_from_slice(&number.to_be_bytes());
            let stream = StreamId::from_bytes(stream);
            Start { stream, first: 1 }
        });
        starts.collect()
    };
    let ack = |stream, up_to| Frame::Ack(Ack { stream, up_to });
    for (what, frames, kept) in [
        ("an answer to nothing", vec![ack(OTHER, 0)], vec![]),
        ("an answer to nothing", vec![ack(OTHER, 1)], vec![]),
        ("number 0", vec![said(OTHER, 0, "a")], vec![]),
        ("the last number", vec![said(OTHER, u64::MAX, "a")], vec![]),
        ("a start at 0", vec![Frame::Resume(vec![start(0)])], vec![]),
        (
            "a start at the end",
            vec![Frame::Resume(vec![start(u64::MAX)])],
            vec![],
        ),
        (
            "one stream twice",
            vec![Frame::Resume(vec![start(1), start(1)])],
            vec![],
        ),
        (
            "one stream twice",
            vec![Frame::Resume(vec![start(1)]), Frame::Resume(vec![start(2)])],
            vec![],
        ),
        (
            "a stream that has begun",
            vec![said(OTHER, 1, "a"), Frame::Resume(vec![start(2)])],
            vec!["a"],
        ),
        ("2000 at once", vec![Frame::Resume(many(0, 2000))], vec![]),
        (
            "a jump",
            vec![said(OTHER, 1, "a"), said(OTHER, 3, "c")],
            vec!["a"],
        ),
        (
            "a way back",
            vec![
                said(OTHER, 1, "a"),
                said(OTHER, 2, "b"),
                said(OTHER, 1, "c"),
            ],
            vec!["a", "b"],
        ),
        (
            "a way back, between others",
            vec![
                said(OTHER, 1, "a"),
                said(StreamId::from_bytes([7; 16]), 1, "b"),
                said(OTHER, 1, "c"),
            ],
            vec!["a", "b"],
        ),
        (
            "a jump behind a start",
            vec![Frame::Resume(vec![start(1)]), said(OTHER, 2, "b")],
            vec![],
        ),
    ] {
        let person = Person::new();
        program.history.clear();
        let mut peer = raw(&mut program, port, &person);
        peer.say(&frames);
        assert_eq!(program.ended(), EndReason::Misbehaved, "{what}");
        assert_eq!(program.texts(), kept, "{what}");
        let last = peer.frames_to_the_end().pop();
        assert_eq!(last, Some(Frame::Bye(Bye::Misbehaved)), "{what}");
    }
    // The same number in two frames is allowed.
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    peer.say(&[
        Frame::Resume(many(0, 1000)),
        Frame::Resume(many(1000, 1000)),
    ]);
    for Start { stream, .. } in many(0, 2000) {
        assert_eq!(frame(&mut peer), ack(stream, 0));
    }
    leave(&mut peer, &mut program);
}

#[test]
fn an_ack_of_a_message_that_was_never_sent_is_misbehaviour() {
    let (mut program, port) = Program::listening();
    for beyond in [2, u64::MAX] {
        let person = Person::new();
        let mut peer = raw(&mut program, port, &person);
        program.write(beyond, person.key, "one");
        let stream = items(&mut peer, 1)[0].stream;
        let up_to = beyond;
        peer.say(&[Frame::Ack(Ack { stream, up_to })]);
        assert_eq!(program.ended(), EndReason::Misbehaved);
        // It is still to be delivered.
        let mut peer = raw(&mut program, port, &person);
        assert_eq!(resumed(&mut peer), [Start { stream, first: 1 }]);
        leave(&mut peer, &mut program);
    }
}

#[test]
fn a_used_sequence_number_is_refused_on_a_later_connection_too() {
    let folder = folder();
    let mut program = start(&folder);
    let port = program.listen();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    peer.say(&[said(OTHER, 1, "first"), said(OTHER, 2, "second")]);
    assert_heard(&mut program, &["first", "second"]);
    leave(&mut peer, &mut program);
    for number in [1, 2] {
        let mut peer = raw(&mut program, port, &person);
        peer.say(&[said(OTHER, number, "forged"), said(OTHER, 3, "behind it")]);
        assert_eq!(program.ended(), EndReason::Misbehaved);
        assert_heard(&mut program, &["first", "second"]);
    }
    // A peer that asks is told where to continue.
    let mut peer = raw(&mut program, port, &person);
    let first = 1;
    peer.say(&[Frame::Resume(vec![Start {
        stream: OTHER,
        first,
    }])]);
    let known = Ack {
        stream: OTHER,
        up_to: 2,
    };
    assert_eq!(frame(&mut peer), Frame::Ack(known));
    peer.say(&[said(OTHER, 3, "third")]);
    assert_heard(&mut program, &["first", "second", "third"]);
    // Each sender has its own streams.
    leave(&mut peer, &mut program);
    let somebody = Person::new();
    let mut peer = raw(&mut program, port, &somebody);
    peer.say(&[said(OTHER, 1, "somebody else")]);
    assert_eq!(program.text(), "somebody else");
    leave(&mut peer, &mut program);
}

#[test]
fn messages_that_went_to_another_copy_are_counted() {
    let folder = folder();
    let mut program = start(&folder);
    let port = program.listen();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    peer.say(&[said(OTHER, 5, "fifth")]);
    assert_eq!(program.missed(), (4, 1));
    assert_eq!(program.text(), "fifth");
    leave(&mut peer, &mut program);
    let mut peer = raw(&mut program, port, &person);
    peer.say(&[Frame::Resume(vec![Start {
        stream: OTHER,
        first: 8,
    }])]);
    let up_to = 7;
    assert_eq!(
        frame(&mut peer),
        Frame::Ack(Ack {
            stream: OTHER,
            up_to
        })
    );
    peer.say(&[said(OTHER, 8, "eighth"), said(OTHER, 9, "ninth")]);
    assert_eq!(program.missed(), (2, 3));
    assert_eq!(program.text(), "eighth");
    assert_eq!(program.text(), "ninth");
    leave(&mut peer, &mut program);
    let missed = program.count(|event| messages::missed(event).is_some());
    assert_eq!(missed, 2);
}

#[test]
fn a_clock_that_is_set_back_does_not_change_the_order() {
    const YEAR: i64 = 365 * 24 * 3600 * 1000;
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let now = now_ms();
    let times = [now, now - YEAR, now - YEAR + 1, -1, i64::MIN, i64::MAX];
    for (sent_at, number) in times.into_iter().zip(1..) {
        peer.say(&[Frame::Item(Item {
            stream: OTHER,
            number,
            sent_at: Millis::new(sent_at),
            body: Body::Text(number.to_string()),
        })]);
    }
    for (time, number) in times.into_iter().zip(1_u64..) {
        let heard = program.received();
        assert_eq!(heard.text, number.to_string());
        assert_eq!((heard.sent_at, heard.row), (time, number));
    }
    leave(&mut peer, &mut program);
}
