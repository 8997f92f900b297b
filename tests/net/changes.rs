//! A peer made by hand that answers, edits, deletes, reacts and reads, as it may and as it may not.

use crate::{
    delivery_rules::{items, leave, raw, resumed},
    support::{
        Program,
        messages::{self, row},
        peer::{Person, RawPeer, hello},
    },
};
use duologue::{
    identity::{PublicKey, StreamId},
    millis::Millis,
    net::{
        Command, EndReason, Event, MessageId,
        protocol::frame::{Ack, Body, Bye, Frame, Item, READ_MARKS, ReadMark, Reference, Whose},
    },
    store::Change,
};

const THEIRS: StreamId = StreamId::from_bytes([9; 16]);

fn item(number: u64, body: Body) -> Frame {
    Frame::Item(Item {
        stream: THEIRS,
        number,
        sent_at: Millis::new(0),
        body,
    })
}

fn text(number: u64) -> Frame {
    item(number, Body::Text("theirs".to_owned()))
}

/// A message of the peer's own.
fn own(number: u64) -> Reference {
    Reference {
        whose: Whose::Senders,
        stream: THEIRS,
        number,
    }
}

/// A message of the program's.
fn others(stream: StreamId, number: u64) -> Reference {
    Reference {
        whose: Whose::Receivers,
        stream,
        number,
    }
}

fn x() -> String {
    "x".to_owned()
}

fn change(program: &mut Program, to: PublicKey, of: u64, change: Change) {
    let row = row(of);
    program.ask(&Command::Change { to, row, change });
    program.expect("MessageChanged", |event| match event {
        Event::MessageChanged { row: changed, .. } => (*changed == row).then_some(()),
        _ => None,
    });
}

/// Makes a frame, given the program's stream.
type MakeFrame = fn(StreamId) -> Frame;

#[test]
fn a_peer_that_changes_what_it_may_not_is_disconnected() {
    let (mut program, port) = Program::listening();
    let unknown = StreamId::from_bytes([7; 16]);
    let cases: [(&str, MakeFrame); 14] = [
        ("an edit of another's message", |stream| {
            item(2, Body::Edit(others(stream, 1), x()))
        }),
        ("a deletion of another's message", |stream| {
            item(2, Body::Delete(others(stream, 1)))
        }),
        ("an edit of itself", |_| item(2, Body::Edit(own(2), x()))),
        ("an edit of a later one", |_| {
            item(2, Body::Edit(own(3), x()))
        }),
        ("a deletion of a later one", |_| {
            item(2, Body::Delete(own(u64::MAX)))
        }),
        ("a deletion of number 0", |_| item(2, Body::Delete(own(0)))),
        ("a reply to a later one", |_| {
            item(2, Body::Reply(own(9), x()))
        }),
        ("a reaction to what was not sent", |stream| {
            item(2, Body::Reaction(others(stream, 2), x()))
        }),
        ("a reply to what was not sent", |stream| {
            item(2, Body::Reply(others(stream, 2), x()))
        }),
        ("an emoji of two characters", |stream| {
            item(2, Body::Reaction(others(stream, 1), "👍👍".to_owned()))
        }),
        ("an emoji of 65 bytes", |stream| {
            // One character, with 32 marks above it.
            let emoji = format!("x{}", "\u{301}".repeat(32));
            item(2, Body::Reaction(others(stream, 1), emoji))
        }),
        ("an edit that is too long", |_| {
            let long = "x".repeat(64 * 1024 + 1);
            item(2, Body::Edit(own(1), long))
        }),
        ("read beyond what was sent", |stream| {
            Frame::Read(ReadMark { stream, up_to: 2 })
        }),
        ("read beyond every number", |stream| {
            let up_to = u64::MAX;
            Frame::Read(ReadMark { stream, up_to })
        }),
    ];
    for (what, frame) in cases {
        let person = Person::new();
        let mut peer = raw(&mut program, port, &person);
        program.write(1, person.key, "ours");
        let stream = items(&mut peer, 1)[0].stream;
        program.history.clear();
        peer.say(&[text(1), frame(stream), text(3)]);
        assert_eq!(program.ended(), EndReason::Misbehaved, "{what}");
        assert_eq!(program.texts(), ["theirs"], "{what}");
        let last = peer.frames_to_the_end().pop();
        assert_eq!(last, Some(Frame::Bye(Bye::Misbehaved)), "{what}");
    }
    // What is not here any more may be named.
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    program.write(1, person.key, "ours");
    let stream = items(&mut peer, 1)[0].stream;
    peer.say(&[
        text(5),
        item(6, Body::Edit(own(4), x())),
        item(7, Body::Reaction(others(unknown, 9), x())),
        item(8, Body::Reply(others(unknown, 9), x())),
        Frame::Read(ReadMark {
            stream: unknown,
            up_to: 9,
        }),
        item(9, Body::Reaction(others(stream, 1), "👩‍👩‍👧‍👦".to_owned())),
        item(10, Body::Reaction(others(stream, 1), String::new())),
        item(11, Body::Delete(own(5))),
    ]);
    leave(&mut peer, &mut program);
}

#[test]
fn a_stream_of_this_start_is_known_before_it_is_used_again() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    program.write(1, person.key, "ours");
    let stream = items(&mut peer, 1)[0].stream;
    peer.say(&[Frame::Ack(Ack { stream, up_to: 1 })]);
    leave(&mut peer, &mut program);
    for (number, is_allowed) in [(1, true), (2, false)] {
        let mut peer = raw(&mut program, port, &person);
        let reaction = Body::Reaction(others(stream, number), "👍".to_owned());
        let frame = Frame::Item(Item {
            stream: StreamId::from_bytes([number as u8; 16]),
            number: 1,
            sent_at: Millis::new(0),
            body: reaction,
        });
        peer.say(&[frame]);
        if is_allowed {
            leave(&mut peer, &mut program);
        } else {
            assert_eq!(program.ended(), EndReason::Misbehaved);
        }
    }
}

#[test]
fn what_the_person_changes_is_said_in_order() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let ours = program.write(1, person.key, "ours");
    let stream = items(&mut peer, 1)[0].stream;
    peer.say(&[Frame::Ack(Ack { stream, up_to: 1 }), text(1)]);
    let theirs = program.expect("a text", messages::text).row;
    change(&mut program, person.key, ours, Change::Edit(x()));
    let react = Change::React("👍".to_owned());
    change(&mut program, person.key, theirs, react);
    program.ask(&Command::Reply {
        id: MessageId(2),
        to: person.key,
        text: "an answer".to_owned(),
        reply_to: row(theirs),
    });
    change(&mut program, person.key, ours, Change::Delete);
    // What nobody can do is not done: it is another's, has two characters, or is deleted.
    for (of, change) in [
        (theirs, Change::Edit(x())),
        (theirs, Change::Delete),
        (theirs, Change::React("👍👍".to_owned())),
        (ours, Change::Edit(x())),
    ] {
        let (to, row) = (person.key, row(of));
        program.ask(&Command::Change { to, row, change });
    }
    program.write(3, person.key, "the last one");
    let ours = Reference {
        whose: Whose::Senders,
        stream,
        number: 1,
    };
    let theirs = others(THEIRS, 1);
    let bodies: Vec<_> = items(&mut peer, 5)
        .into_iter()
        .map(|item| item.body)
        .collect();
    assert_eq!(
        bodies,
        [
            Body::Edit(ours, x()),
            Body::Reaction(theirs, "👍".to_owned()),
            Body::Reply(theirs, "an answer".to_owned()),
            Body::Delete(ours),
            Body::Text("the last one".to_owned()),
        ]
    );
    leave(&mut peer, &mut program);
}

#[test]
fn a_message_that_may_have_arrived_is_edited_and_deleted_after_a_cut() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let rows = [1, 2, 3].map(|id| program.write(id, person.key, &format!("message {id}")));
    let stream = items(&mut peer, 3)[0].stream;
    // It has stored the first two, and the connection ends before it acknowledges them.
    drop(peer);
    assert_eq!(program.ended(), EndReason::Lost);
    change(&mut program, person.key, rows[0], Change::Edit(x()));
    change(&mut program, person.key, rows[1], Change::Delete);
    change(&mut program, person.key, rows[2], Change::Edit(x()));
    let mut peer = raw(&mut program, port, &person);
    assert_eq!(resumed(&mut peer).len(), 1);
    peer.say(&[Frame::Ack(Ack { stream, up_to: 2 })]);
    let name = |number| Reference {
        whose: Whose::Senders,
        stream,
        number,
    };
    let bodies: Vec<_> = items(&mut peer, 4)
        .into_iter()
        .map(|item| item.body)
        .collect();
    assert_eq!(
        bodies,
        [
            Body::Text(x()),
            Body::Edit(name(1), x()),
            Body::Delete(name(2)),
            Body::Skip,
        ]
    );
    leave(&mut peer, &mut program);
}

#[test]
fn a_peer_without_changes_gets_messages_only() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut old = hello("an old program");
    old.features = READ_MARKS;
    // Written while it is not there, so that the person can't be told.
    let first = program.write(1, person.key, "first");
    let second = program.write(2, person.key, "second");
    change(
        &mut program,
        person.key,
        first,
        Change::Edit("edited".to_owned()),
    );
    change(&mut program, person.key, second, Change::Delete);
    let mut peer = RawPeer::let_in_with(port, &person, old.clone());
    program.expect("LacksChanges", |event| {
        (*event == Event::LacksChanges).then_some(())
    });
    let stream = resumed(&mut peer)[0].stream;
    peer.say(&[Frame::Ack(Ack { stream, up_to: 0 })]);
    let bodies = |items: Vec<Item>| items.into_iter().map(|item| item.body).collect::<Vec<_>>();
    assert_eq!(
        bodies(items(&mut peer, 4)),
        [
            Body::Text("edited".to_owned()),
            Body::Skip,
            Body::Skip,
            Body::Skip,
        ]
    );
    peer.say(&[Frame::Ack(Ack { stream, up_to: 4 }), text(1)]);
    program.ask(&Command::Reply {
        id: MessageId(3),
        to: person.key,
        text: "an answer".to_owned(),
        reply_to: row(1),
    });
    change(
        &mut program,
        person.key,
        first,
        Change::Edit("again".to_owned()),
    );
    let answers = bodies(items(&mut peer, 2));
    assert_eq!(answers, [Body::Text("an answer".to_owned()), Body::Skip]);
    leave(&mut peer, &mut program);
}
