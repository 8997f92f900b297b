//! What is said to somebody who is not there comes when it is, once and in order, whatever became of the two
//! programs and their folders meanwhile; and a peer that breaks the rules of delivery changes nothing.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::support::{
    PATIENCE, Program, clock,
    line_peer::LinePeer,
    part,
    peer::{Person, RawPeer, SecurePeer, client_terms, hello, knock},
};
use duologue::{
    identity::{Identity, PublicKey},
    net::{
        Backoff, Command, EndReason, Event, How, MessageId, Options, Preferences,
        charset::Charset,
        frame::{Ack, Body, Bye, Frame, Hello, Item, Knock, Start},
    },
    store::{Epoch, Party, State},
};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// One at home there, that soon calls again whom it has lost.
fn start(folder: &TempDir) -> Program {
    start_at(folder.path())
}

fn start_at(folder: &Path) -> Program {
    Program::start_with(Options {
        folder: Some(folder.to_owned()),
        backoff: Backoff {
            first: Duration::from_millis(10),
            most: Duration::from_millis(80),
        },
        ..Options::default()
    })
}

/// The key of whoever is at home there.
fn key_of(folder: &TempDir) -> PublicKey {
    let identity = Identity::load_or_create(folder.path());
    identity.expect("a key").public_key()
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("soon enough")
}

/// `caller` calls, and both have said who they are.
#[track_caller]
fn meet(caller: &mut Program, listener: &mut Program, port: u16) {
    caller.call(port, How::To(listener.key()));
    caller.named();
    listener.named();
}

/// Fails unless it has heard these since it was started, and nothing else comes.
#[track_caller]
fn assert_heard(program: &mut Program, texts: &[&str]) {
    while program.texts().len() < texts.len() {
        program.text();
    }
    program.settle();
    assert_eq!(program.texts(), texts);
    let missed = program.count(|event| matches!(event, Event::Missed { .. }));
    assert_eq!(missed, 0, "{:?}", program.history);
}

/// Waits until all of these are, in whichever order that is said of different streams.
#[track_caller]
fn delivered(program: &mut Program, mut rows: Vec<u64>) {
    program.expect_kept("Settled", |event| {
        if let Event::Settled { rows: settled, .. } = event {
            rows.retain(|row| !settled.contains(&(*row, State::Delivered)));
        }
        rows.is_empty().then_some(())
    });
}

#[track_caller]
fn take_back(program: &mut Program, to: PublicKey, row: u64) {
    program.ask(&Command::TakeBack { to, row });
    assert_eq!(program.settled(row), State::Cancelled);
}

/// Waits until that is so.
#[track_caller]
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = clock() + PATIENCE;
    while !is() {
        assert!(clock() < deadline, "{what}");
        std::thread::yield_now();
    }
}

/// Whether these bytes are in any file of this folder.
fn contains(folder: &TempDir, text: &str) -> bool {
    let files = fs::read_dir(folder.path()).expect("listed");
    files
        .map(|file| fs::read(file.expect("listed").path()).unwrap_or_default())
        .any(|bytes| memchr::memmem::find(&bytes, text.as_bytes()).is_some())
}

fn copy(from: &Path, to: &Path) {
    for file in fs::read_dir(from).expect("listed") {
        let file = file.expect("listed");
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[test]
fn what_is_written_to_somebody_who_is_not_there_comes_when_it_is() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = [start(&folders[0]), start(&folders[1])];
    let (port, key) = (other.listen(), other.key());
    let before = now_ms();
    let rows: Vec<_> = (1..=3)
        .map(|id| one.write(id, key, &format!("message {id}")))
        .collect();
    let after = now_ms();
    assert_eq!(rows, [1, 2, 3]);
    assert_eq!(one.expect_kept("Outbox", outbox), 3);
    // What the time is when it comes does not matter.
    until("time goes on", || now_ms() > after);
    meet(&mut one, &mut other, port);
    for id in 1..=3 {
        let (text, sent_at, row) = other.expect("Text", |event| match event {
            Event::Text {
                text, sent_at, row, ..
            } => Some((text.clone(), *sent_at, *row)),
            _ => None,
        });
        assert_eq!((text, row), (format!("message {id}"), id));
        assert!((before..=after).contains(&sent_at), "{sent_at}");
    }
    assert_eq!(one.settled(3), State::Delivered);
    assert_eq!(one.expect_kept("Outbox", outbox), 0);
    one.settle();
    let sent = one.count(|event| matches!(event, Event::Sent(_)));
    assert_eq!(sent, 3);
    // And from now on at once, in both directions.
    one.write(4, key, "message 4");
    assert_eq!(other.text(), "message 4");
    let row = other.write(1, one.key(), "yes");
    assert_eq!(one.text(), "yes");
    assert_eq!(other.settled(row), State::Delivered);
}

/// The last count before something else is said of the store.
fn outbox(event: &Event) -> Option<u64> {
    match event {
        Event::Outbox(count) if *count == 3 || *count == 0 => Some(*count),
        _ => None,
    }
}

#[test]
fn what_waits_outlives_either_program() {
    let folders = [folder(), folder()];
    let keys = folders.each_ref().map(key_of);
    for id in 1..=3 {
        let mut one = start(&folders[0]);
        one.write(id, keys[1], &format!("start {id}"));
        let mut other = start(&folders[1]);
        other.write(id, keys[0], &format!("answer {id}"));
    }
    let mut one = start(&folders[0]);
    let mut other = start(&folders[1]);
    one.write(4, keys[1], "start 4");
    let port = other.listen();
    meet(&mut one, &mut other, port);
    let texts = ["start 1", "start 2", "start 3", "start 4"];
    assert_heard(&mut other, &texts);
    assert_heard(&mut one, &["answer 1", "answer 2", "answer 3"]);
    delivered(&mut one, vec![1, 2, 3, 4]);
    delivered(&mut other, vec![1, 2, 3]);
    drop(other);
    // Nothing of it comes again, and the one that was lost is waited for.
    let mut other = start(&folders[1]);
    one.write(5, keys[1], "start 5");
    let port = other.listen();
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["start 5"]);
    drop(one);
    let mut one = start(&folders[0]);
    one.write(6, keys[1], "start 6");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["start 5", "start 6"]);
    one.settle();
    assert_eq!(one.texts(), [""; 0]);
}

#[test]
fn what_is_taken_back_before_it_could_go_never_comes_and_what_is_behind_it_does() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let key = other.key();
    let rows: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .zip(1..)
        .map(|(text, id)| one.write(id, key, text))
        .collect();
    take_back(&mut one, key, rows[1]);
    take_back(&mut one, key, rows[3]);
    let port = other.listen();
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["a", "c"]);
    assert_eq!(one.settled(rows[2]), State::Delivered);
    // The numbers go on, in this start of the program and in the next.
    one.write(5, key, "e");
    assert_heard(&mut other, &["a", "c", "e"]);
    drop(one);
    let mut one = start(&folders[0]);
    let row = one.write(6, key, "f");
    take_back(&mut one, key, row);
    one.write(7, key, "g");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["a", "c", "e", "g"]);
    // What is delivered is not taken back any more.
    one.ask(&Command::TakeBack { to: key, row: 1 });
    one.settle();
    let cancelled = |event: &&Event| matches!(event, Event::Settled { rows, .. } if rows.contains(&(1, State::Cancelled)));
    assert_eq!(one.ledger.iter().filter(cancelled).count(), 0);
}

/// A peer that gets in and says whatever a test wants; with what it was told first.
#[track_caller]
fn raw(program: &mut Program, port: u16, person: &Person) -> RawPeer {
    let peer = RawPeer::let_in(port, person);
    program.named();
    peer
}

/// The next frame that is not there to see whether we are.
#[track_caller]
fn frame(peer: &mut RawPeer) -> Frame {
    peer.frame().expect("the program goes on")
}

#[track_caller]
fn resumed(peer: &mut RawPeer) -> Vec<Start> {
    match frame(peer) {
        Frame::Resume(starts) => starts,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn items(peer: &mut RawPeer, count: usize) -> Vec<Item> {
    std::iter::repeat_with(|| match frame(peer) {
        Frame::Item(item) => item,
        other => panic!("{other:?}"),
    })
    .take(count)
    .collect()
}

#[track_caller]
fn leave(peer: &mut RawPeer, program: &mut Program) {
    peer.say(&[Frame::Bye(Bye::Left)]);
    assert_eq!(program.ended(), EndReason::PeerLeft);
}

#[test]
fn what_is_taken_back_too_late_turns_out_to_be_delivered() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let rows = [1, 2, 3].map(|id| program.write(id, person.key, &format!("message {id}")));
    let said = items(&mut peer, 3);
    // It is on its way.
    program.ask(&Command::TakeBack {
        to: person.key,
        row: rows[1],
    });
    program.settle();
    let epoch = said[0].epoch;
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 1 })]);
    assert_eq!(program.settled(rows[0]), State::Delivered);
    // It has all three on its disk, and the line is cut before it could say so.
    drop(peer);
    assert_eq!(program.ended(), EndReason::Lost);
    take_back(&mut program, person.key, rows[1]);
    take_back(&mut program, person.key, rows[2]);
    let mut peer = raw(&mut program, port, &person);
    assert_eq!(resumed(&mut peer), [Start { epoch, first: 2 }]);
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 2 })]);
    assert_eq!(program.settled(rows[1]), State::Delivered);
    // The third one was not there after all.
    let skipped = items(&mut peer, 1);
    assert_eq!((skipped[0].number, &skipped[0].body), (3, &Body::Skip));
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 3 })]);
    assert_eq!(program.settled(rows[2]), State::Cancelled);
    leave(&mut peer, &mut program);
    // Then there is nothing to resume.
    let mut peer = raw(&mut program, port, &person);
    program.write(4, person.key, "message 4");
    let said = items(&mut peer, 1);
    assert_eq!((said[0].number, said[0].epoch), (4, epoch));
    leave(&mut peer, &mut program);
}

#[test]
fn nothing_goes_out_before_the_peer_has_said_how_far_it_is() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let row = program.write(1, person.key, "first");
    let mut peer = raw(&mut program, port, &person);
    let starts = resumed(&mut peer);
    assert_eq!(starts.len(), 1);
    program.write(2, person.key, "second");
    peer.say(&[Frame::Ping]);
    assert_eq!(frame(&mut peer), Frame::Pong);
    let epoch = starts[0].epoch;
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 0 })]);
    let said = items(&mut peer, 2);
    assert_eq!(said[0].body, Body::Text("first".to_owned()));
    assert_eq!(said[1].number, 2);
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 2 })]);
    assert_eq!(program.settled(row), State::Delivered);
    leave(&mut peer, &mut program);
}

/// A message in any stream.
fn said(epoch: Epoch, number: u64, text: &str) -> Frame {
    Frame::Item(Item {
        epoch,
        number,
        sent_at: 0,
        body: Body::Text(text.to_owned()),
    })
}

const OTHER: Epoch = [9; 16];

#[test]
fn whoever_breaks_the_rules_of_delivery_is_sent_away_and_nothing_of_it_is_kept() {
    let (mut program, port) = Program::listening();
    let start = |first| Start {
        epoch: OTHER,
        first,
    };
    let many = |from: u64, count: u64| -> Vec<Start> {
        let starts = (from..from + count).map(|number| {
            let mut epoch = [8; 16];
            epoch[..8].copy_from_slice(&number.to_be_bytes());
            Start { epoch, first: 1 }
        });
        starts.collect()
    };
    let ack = |epoch, up_to| Frame::Ack(Ack { epoch, up_to });
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
                said([7; 16], 1, "b"),
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
    // As many in two pieces are in order.
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    peer.say(&[
        Frame::Resume(many(0, 1000)),
        Frame::Resume(many(1000, 1000)),
    ]);
    for Start { epoch, .. } in many(0, 2000) {
        assert_eq!(frame(&mut peer), ack(epoch, 0));
    }
    leave(&mut peer, &mut program);
}

#[test]
fn an_answer_to_what_was_never_said_is_misbehaviour() {
    let (mut program, port) = Program::listening();
    for beyond in [2, u64::MAX] {
        let person = Person::new();
        let mut peer = raw(&mut program, port, &person);
        program.write(beyond, person.key, "one");
        let epoch = items(&mut peer, 1)[0].epoch;
        let up_to = beyond;
        peer.say(&[Frame::Ack(Ack { epoch, up_to })]);
        assert_eq!(program.ended(), EndReason::Misbehaved);
        // It is still to be delivered.
        let mut peer = raw(&mut program, port, &person);
        assert_eq!(resumed(&mut peer), [Start { epoch, first: 1 }]);
        leave(&mut peer, &mut program);
    }
}

#[test]
fn a_number_that_is_taken_is_refused_on_another_connection_too() {
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
    // Who asks is told, and goes on behind it.
    let mut peer = raw(&mut program, port, &person);
    let first = 1;
    peer.say(&[Frame::Resume(vec![Start {
        epoch: OTHER,
        first,
    }])]);
    let known = Ack {
        epoch: OTHER,
        up_to: 2,
    };
    assert_eq!(frame(&mut peer), Frame::Ack(known));
    peer.say(&[said(OTHER, 3, "third")]);
    assert_heard(&mut program, &["first", "second", "third"]);
    // A stream is its sender's own.
    leave(&mut peer, &mut program);
    let somebody = Person::new();
    let mut peer = raw(&mut program, port, &somebody);
    peer.say(&[said(OTHER, 1, "somebody else")]);
    assert_eq!(program.text(), "somebody else");
    leave(&mut peer, &mut program);
}

#[test]
fn what_went_to_another_copy_is_counted() {
    let folder = folder();
    let mut program = start(&folder);
    let port = program.listen();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let missed = |event: &Event| match event {
        Event::Missed { count, row } => Some((*count, *row)),
        _ => None,
    };
    peer.say(&[said(OTHER, 5, "fifth")]);
    assert_eq!(program.expect("Missed", missed), (4, 1));
    assert_eq!(program.text(), "fifth");
    leave(&mut peer, &mut program);
    let mut peer = raw(&mut program, port, &person);
    peer.say(&[Frame::Resume(vec![Start {
        epoch: OTHER,
        first: 8,
    }])]);
    let up_to = 7;
    assert_eq!(
        frame(&mut peer),
        Frame::Ack(Ack {
            epoch: OTHER,
            up_to
        })
    );
    peer.say(&[said(OTHER, 8, "eighth"), said(OTHER, 9, "ninth")]);
    assert_eq!(program.expect("Missed", missed), (2, 3));
    assert_eq!(program.text(), "eighth");
    assert_eq!(program.text(), "ninth");
    leave(&mut peer, &mut program);
    assert_eq!(program.count(|event| missed(event).is_some()), 2);
}

#[test]
fn a_restored_backup_of_who_writes_says_nothing_twice() {
    let folders = [folder(), folder()];
    let backup = folder();
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    one.write(1, key, "one");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["one"]);
    part(&mut one, &mut other);
    one.write(2, key, "two");
    drop(one);
    copy(folders[0].path(), backup.path());
    let mut one = start(&folders[0]);
    one.write(3, key, "three");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["one", "two", "three"]);
    drop(one);
    let mut one = start(&backup);
    let row = one.write(4, key, "four");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["one", "two", "three", "four"]);
    delivered(&mut one, vec![2, row]);
}

#[test]
fn a_restored_backup_of_who_reads_says_how_much_is_missing() {
    let folders = [folder(), folder()];
    let backup = folder();
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    one.write(1, key, "one");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["one"]);
    drop(other);
    copy(folders[1].path(), backup.path());
    let mut other = start(&folders[1]);
    let port = other.listen();
    one.write(2, key, "two");
    one.write(3, key, "three");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["two", "three"]);
    assert_eq!(one.settled(3), State::Delivered);
    drop(other);
    let mut other = start(&backup);
    let port = other.listen();
    one.write(4, key, "four");
    meet(&mut one, &mut other, port);
    let missed = |event: &Event| match event {
        Event::Missed { count, row } => Some((*count, *row)),
        _ => None,
    };
    assert_eq!(other.expect("Missed", missed), (2, 2));
    assert_eq!(other.text(), "four");
    assert_eq!(one.settled(4), State::Delivered);
}

#[test]
fn one_folder_on_two_computers_delivers_what_waits_once() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    one.write(1, key, "one");
    one.write(2, key, "two");
    drop(one);
    let copies = [folder(), folder()];
    for to in &copies {
        copy(folders[0].path(), to.path());
    }
    let mut heard = vec!["one", "two"];
    for (folder, text) in copies.iter().zip(["of the first", "of the second"]) {
        let mut one = start(folder);
        let row = one.write(3, key, text);
        meet(&mut one, &mut other, port);
        heard.push(text);
        assert_heard(&mut other, &heard);
        delivered(&mut one, vec![1, 2, row]);
    }
    // Both at a time: the later one takes the place, and the other one does not come back for it.
    let [mut first, mut second] = copies.each_ref().map(start);
    meet(&mut first, &mut other, port);
    meet(&mut second, &mut other, port);
    assert_eq!(first.ended(), EndReason::Replaced);
    first.write(4, key, "later");
    second.write(4, key, "at once");
    heard.push("at once");
    assert_heard(&mut other, &heard);
    drop(second);
    meet(&mut first, &mut other, port);
    heard.push("later");
    assert_heard(&mut other, &heard);
}

#[test]
fn a_clock_that_was_set_back_changes_no_order() {
    const YEAR: i64 = 365 * 24 * 3600 * 1000;
    let (mut program, port) = Program::listening();
    let person = Person::new();
    let mut peer = raw(&mut program, port, &person);
    let now = now_ms();
    let times = [now, now - YEAR, now - YEAR + 1, -1, i64::MIN, i64::MAX];
    for (sent_at, number) in times.into_iter().zip(1..) {
        peer.say(&[Frame::Item(Item {
            epoch: OTHER,
            number,
            sent_at,
            body: Body::Text(number.to_string()),
        })]);
    }
    for (time, number) in times.into_iter().zip(1_u64..) {
        let heard = program.expect("Text", |event| match event {
            Event::Text {
                text, sent_at, row, ..
            } => Some((text.clone(), *sent_at, *row)),
            _ => None,
        });
        assert_eq!(heard, (number.to_string(), time, number));
    }
    leave(&mut peer, &mut program);
}

#[test]
fn a_clock_that_is_off_is_worth_a_word() {
    let (mut program, port) = Program::listening();
    for (off, said) in [
        (0, false),
        (100_000, false),
        (-100_000, false),
        (200_000, true),
        (-200_000, true),
        (i64::MIN, true),
        (i64::MAX, true),
    ] {
        program.history.clear();
        let mut peer = RawPeer::call(port, client_terms(&Person::new()));
        peer.shake().expect("the same terms");
        peer.say(&[Frame::Knock(Knock::default())]);
        assert!(matches!(peer.frame(), Some(Frame::Hello(_))));
        let clock = Some(now_ms().saturating_add(off));
        peer.say(&[Frame::Hello(Hello {
            clock,
            ..hello("a peer")
        })]);
        program.named();
        program.settle();
        let told: Vec<_> = program
            .history
            .iter()
            .filter_map(|event| match event {
                Event::ClockOff(off) => Some(*off),
                _ => None,
            })
            .collect();
        assert_eq!(told.len(), usize::from(said), "{off}: {told:?}");
        for told in told {
            assert!(told.abs_diff(off) < 10_000 || told.unsigned_abs() > 1 << 60);
        }
        leave(&mut peer, &mut program);
    }
}

#[test]
fn without_a_history_nothing_said_stays_behind_but_what_waits() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let absent = Person::new();
    for program in [&one, &other] {
        program.ask(&Command::SetPreferences(Preferences {
            keep_history: false,
            ..Preferences::default()
        }));
    }
    let (port, key) = (other.listen(), other.key());
    other.write(1, absent.key, "this waits for somebody else");
    meet(&mut one, &mut other, port);
    one.write(1, key, "this is said");
    assert_eq!(other.text(), "this is said");
    assert_eq!(one.settled(1), State::Delivered);
    assert!(contains(&folders[1], "this is said"), "it is on the disk");
    part(&mut one, &mut other);
    one.write(2, key, "this waits");
    for folder in &folders {
        until("what was said is erased", || {
            !contains(folder, "this is said")
        });
    }
    assert!(contains(&folders[0], "this waits"));
    assert!(contains(&folders[1], "this waits for somebody else"));
    meet(&mut one, &mut other, port);
    assert_eq!(other.text(), "this waits");
    assert_eq!(one.settled(2), State::Delivered);
    // The end of a program is the end of a conversation.
    drop(one);
    assert!(!contains(&folders[0], "this waits"));
    assert_eq!(other.ended(), EndReason::PeerLeft);
    let mut peer = raw(&mut other, port, &absent);
    let starts = resumed(&mut peer);
    let epoch = starts[0].epoch;
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 0 })]);
    let body = Body::Text("this waits for somebody else".to_owned());
    assert_eq!(items(&mut peer, 1)[0].body, body);
    peer.say(&[Frame::Ack(Ack { epoch, up_to: 1 })]);
    assert_eq!(other.settled(1), State::Delivered);
    leave(&mut peer, &mut other);
    until("what was said is erased", || {
        !contains(&folders[1], "this waits for")
    });
}

#[test]
fn what_is_cleared_is_in_no_file_any_more_and_what_waits_stays() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    let absent = Person::new();
    let cleared = |event: &Event| match event {
        Event::Cleared(party) => Some(party.clone()),
        _ => None,
    };
    for (round, party) in (1..).zip([Some(Party::Key(key)), None]) {
        meet(&mut one, &mut other, port);
        let said: Vec<_> = (0..3000)
            .map(|number| format!("{round} was said as number {number}"))
            .collect();
        let mut row = 0;
        for (text, number) in said.iter().zip(10_000 * round..) {
            row = one.write(number, key, text);
        }
        assert_eq!(one.settled(row), State::Delivered);
        one.ask(&Command::SetDraft(
            Party::Key(key),
            "this is a draft".to_owned(),
        ));
        part(&mut one, &mut other);
        let row = one.write(1, key, "this waits");
        let elsewhere = one.write(2, absent.key, "this waits elsewhere");
        one.ask(&Command::Clear(party.clone()));
        assert_eq!(one.expect("Cleared", cleared), party);
        for text in [&said[0], &said[1500], &said[2999]] {
            assert!(!contains(&folders[0], text), "{text}");
            assert!(contains(&folders[1], text), "it is theirs to clear");
        }
        let small = fs::metadata(folders[0].path().join("duologue.db")).expect("there");
        assert!(small.len() < 200_000, "{}", small.len());
        for text in ["this waits", "this waits elsewhere"] {
            assert!(contains(&folders[0], text), "{text}");
        }
        meet(&mut one, &mut other, port);
        other.expect("what waited", |event| match event {
            Event::Text { text, .. } => (text == "this waits").then_some(()),
            _ => None,
        });
        assert_eq!(one.settled(row), State::Delivered);
        take_back(&mut one, absent.key, elsewhere);
        part(&mut one, &mut other);
    }
}

#[test]
fn a_window_that_does_not_look_holds_up_no_delivery() {
    const MESSAGES: u64 = 6000;
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    meet(&mut one, &mut other, port);
    let text = "x".repeat(2000);
    let mut row = 0;
    for id in 1..=MESSAGES {
        row = one.write(id, key, &text);
    }
    // The other window takes nothing of it.
    assert_eq!(one.settled(row), State::Delivered);
    let delivered = one.ledger.iter().filter_map(|event| match event {
        Event::Settled { rows, .. } => Some(rows.len()),
        _ => None,
    });
    assert_eq!(delivered.sum::<usize>() as u64, MESSAGES);
    let changed = |event: &Event| match event {
        Event::Changed(party) => Some(party.clone()),
        _ => None,
    };
    let party = other.expect("Changed", changed);
    assert_eq!(party, Party::Key(one.key()));
    other.settle();
    let heard = other.texts().len();
    assert!((1000..2500).contains(&heard), "{heard} came one by one");
    // From now on it is told everything again.
    one.write(MESSAGES + 1, key, "the last one");
    assert_eq!(other.text_behind("the last one"), MESSAGES + 1);
}

#[test]
fn what_waits_is_not_for_whoever_speaks_plain_text() {
    let (mut program, port) = Program::listening();
    let absent = Person::new();
    program.write(1, absent.key, "this is for somebody else");
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    program.say(2, "hi");
    assert_eq!(peer.hear(), "hi");
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    assert_eq!(peer.hear_to_the_end(), b"");
    // Plain text waits for nobody.
    program.send(3, "too late", Charset::UTF_8);
    program.expect("NotSent", |event| {
        (*event == Event::NotSent(MessageId(3))).then_some(())
    });
    let mut peer = SecurePeer::call(port, &absent, Some(program.key()), knock(None));
    assert_eq!(peer.hear(), "this is for somebody else");
    peer.flush();
    assert_eq!(program.settled(1), State::Delivered);
}
