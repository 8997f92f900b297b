//! Messages to an absent peer arrive when it is back: once and in order, whatever has happened to both programs and
//! their data folders meanwhile.

use std::{
    fs, iter,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::delivery_rules::leave;
use crate::support::{
    PATIENCE, Program, clock,
    line_peer::LinePeer,
    messages, part,
    peer::{Person, RawPeer, SecurePeer, client_terms, hello, knock},
};
use duologue::{
    identity::{Identity, PeerId, PublicKey},
    millis::Millis,
    net::{
        Command, ContactChange, EndReason, Event, How,
        protocol::frame::{Frame, Hello, Knock},
    },
    store::State,
    text::{charset::Charset, line_end::LineEnd},
};
use tempfile::TempDir;

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Starts a program with this data folder, which redials after 10 to 80 ms.
pub(crate) fn start(folder: &TempDir) -> Program {
    start_at(folder.path())
}

fn start_at(folder: &Path) -> Program {
    Program::start_impatient(folder)
}

/// The key in this data folder.
pub(crate) fn key_of(folder: &TempDir) -> PublicKey {
    let identity = Identity::load_or_create(folder.path());
    identity.expect("a key").public_key()
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_millis()).expect("soon enough")
}

/// Lets `caller` call and waits until both have sent their names.
#[track_caller]
pub(crate) fn meet(caller: &mut Program, listener: &mut Program, port: u16) {
    caller.call(port, How::To(listener.key()));
    caller.named();
    listener.named();
}

/// Fails unless the program has received exactly these messages since its start.
#[track_caller]
pub(crate) fn assert_heard(program: &mut Program, texts: &[&str]) {
    while program.texts().len() < texts.len() {
        program.text();
    }
    program.settle();
    assert_eq!(program.texts(), texts);
    let missed = program.count(|event| messages::missed(event).is_some());
    assert_eq!(missed, 0, "{:?}", program.history);
}

/// Waits until all these messages are delivered, in any order.
#[track_caller]
pub(crate) fn delivered(program: &mut Program, mut rows: Vec<u64>) {
    program.expect_kept("Settled", |event| {
        rows.retain(|row| !messages::is_settled(event, *row, State::Delivered));
        rows.is_empty().then_some(())
    });
}

#[track_caller]
pub(crate) fn recall(program: &mut Program, to: PublicKey, row: u64) {
    program.recall(to, row);
    assert_eq!(program.settled(row), State::Recalled);
}

/// Waits until this is true.
#[track_caller]
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let deadline = clock() + PATIENCE;
    while !is() {
        assert!(clock() < deadline, "{what}");
        std::thread::yield_now();
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for file in fs::read_dir(from).expect("listed") {
        let file = file.expect("listed");
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[test]
fn messages_to_an_absent_peer_arrive_when_it_connects() {
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
    // The time of arrival does not matter.
    until("time goes on", || now_ms() > after);
    meet(&mut one, &mut other, port);
    for id in 1..=3 {
        let heard = other.received();
        assert_eq!((heard.text, heard.row), (format!("message {id}"), id));
        let sent_at = heard.sent_at;
        assert!((before..=after).contains(&sent_at), "{sent_at}");
    }
    assert_eq!(one.settled(3), State::Delivered);
    assert_eq!(one.expect_kept("Outbox", outbox), 0);
    one.settle();
    let sent = one.count(|event| messages::sent(event).is_some());
    assert_eq!(sent, 3);
    // From now on messages arrive at once, in both directions.
    one.write(4, key, "message 4");
    assert_eq!(other.text(), "message 4");
    let row = other.write(1, one.key(), "yes");
    assert_eq!(one.text(), "yes");
    assert_eq!(other.settled(row), State::Delivered);
}

/// The number of waiting messages, if it is 3 or 0.
fn outbox(event: &Event) -> Option<u64> {
    match event {
        Event::Outbox(count) if *count == 3 || *count == 0 => Some(*count),
        _ => None,
    }
}

#[test]
fn waiting_messages_survive_restarts_of_both_programs() {
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
    // No message arrives again, and the lost peer is waited for.
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
fn messages_taken_back_in_time_never_arrive_and_later_ones_do() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let key = other.key();
    let rows: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .zip(1..)
        .map(|(text, id)| one.write(id, key, text))
        .collect();
    recall(&mut one, key, rows[1]);
    recall(&mut one, key, rows[3]);
    let port = other.listen();
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["a", "c"]);
    assert_eq!(one.settled(rows[2]), State::Delivered);
    // The sequence numbers continue, also after a restart.
    one.write(5, key, "e");
    assert_heard(&mut other, &["a", "c", "e"]);
    drop(one);
    let mut one = start(&folders[0]);
    let row = one.write(6, key, "f");
    recall(&mut one, key, row);
    one.write(7, key, "g");
    meet(&mut one, &mut other, port);
    assert_heard(&mut other, &["a", "c", "e", "g"]);
    // A delivered message cannot be recalled.
    one.recall(key, 1);
    one.settle();
    let mut events = one.ledger.iter();
    assert!(!events.any(|event| messages::is_settled(event, 1, State::Recalled)));
}

#[test]
fn a_restored_backup_of_the_sender_delivers_nothing_twice() {
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
fn a_restored_backup_of_the_receiver_reports_how_many_messages_are_missing() {
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
    assert_eq!(other.missed(), (2, 2));
    assert_eq!(other.text(), "four");
    assert_eq!(one.settled(4), State::Delivered);
}

#[test]
fn a_folder_copied_to_two_computers_delivers_each_waiting_message_once() {
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
    // Both at the same time: the later one replaces the other, which does not redial.
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
fn a_wrong_clock_of_the_peer_is_reported() {
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
        let clock = Some(Millis::new(now_ms().saturating_add(off)));
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
fn a_window_that_takes_no_events_delays_no_delivery() {
    const MESSAGES: u64 = 6000;
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    meet(&mut one, &mut other, port);
    let text = "x".repeat(2000);
    let row = one.write_all(1, key, &vec![text; MESSAGES as usize]);
    // The other window takes no events.
    assert_eq!(one.settled(row), State::Delivered);
    let delivered = one.ledger.iter().filter_map(messages::settled);
    assert_eq!(
        delivered.map(|rows| rows.len() as u64).sum::<u64>(),
        MESSAGES
    );
    let changed = |event: &Event| match event {
        Event::Changed(peer_id) => Some(peer_id.clone()),
        _ => None,
    };
    let peer_id = other.expect("Changed", changed);
    assert_eq!(peer_id, PeerId::Key(one.key()));
    other.settle();
    let heard = other.texts().len();
    assert!((1000..2500).contains(&heard), "{heard} came one by one");
    // From now on every message is reported again.
    one.write(MESSAGES + 1, key, "the last one");
    assert_eq!(other.text_behind("the last one"), MESSAGES + 1);
}

#[test]
fn waiting_messages_are_never_sent_in_plain_text() {
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
    // A plain text message does not wait for its peer.
    program.send(3, "too late", Charset::UTF_8);
    program.not_sent(3);
    let mut peer = SecurePeer::call(port, &absent, Some(program.key()), knock(None));
    assert_eq!(peer.hear(), "this is for somebody else");
    peer.flush();
    assert_eq!(program.settled(1), State::Delivered);
}

#[test]
fn what_was_written_before_a_peer_is_forgotten_is_forgotten_too() {
    let (mut program, port) = Program::listening();
    let person = Person::new();
    for id in 0..3 {
        program.ask_to_write(id, person.key, "for nobody");
    }
    program.ask(&Command::ChangeContact(person.key, ContactChange::Forget));
    program.write(3, person.key, "hello");
    let mut peer = SecurePeer::call(port, &person, Some(program.key()), knock(None));
    assert_eq!(peer.hear(), "hello");
}

#[test]
fn each_message_is_answered_once_by_its_id_and_then_named_by_its_row() {
    let home = folder();
    let mut program = start(&home);
    let port = program.listen();
    program.set_line_end(LineEnd::Lf);
    program.send(0, "to nobody", Charset::UTF_8);
    let mut peer = LinePeer::call(port, "\n");
    peer.say("hello");
    assert_eq!(program.hear(), "hello");
    let absent = Person::new();
    program.ask_to_write(1, absent.key, "later");
    program.say(2, "hi");
    assert_eq!(peer.hear(), "hi");
    // More than the system takes, and then more than is queued.
    for id in 3..20 {
        program.send(id, &"x".repeat(900_000), Charset::UTF_8);
    }
    program.ask(&Command::Disconnect);
    assert_eq!(program.ended(), EndReason::Disconnected);
    program.settle();

    let events: Vec<_> = iter::chain(&program.history, &program.ledger).collect();
    let stored = events.iter().filter_map(|event| messages::stored(event));
    let not_stored = events.iter().filter_map(|event| messages::not_sent(event));
    let mut answered: Vec<_> = stored.map(|(id, _)| id).chain(not_stored).collect();
    answered.sort_unstable();
    assert!(answered.into_iter().eq(0..20));
    // What was heard has the first row.
    let sent = events.iter().filter_map(|event| messages::sent(event));
    let settled = events.iter().filter_map(|event| messages::settled(event));
    let not_sent = settled.flatten().map(|(row, state)| {
        assert_eq!(state, State::NotSent);
        row
    });
    let mut fates: Vec<_> = sent.map(|(_, row)| row).chain(not_sent).collect();
    fates.sort_unstable();
    assert!(fates.into_iter().eq(2..=19), "each has one fate");
}
