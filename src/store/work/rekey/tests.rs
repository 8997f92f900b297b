use super::*;
use crate::{
    identity::StreamId,
    millis::Millis,
    store::{Content, Deletion, Discarded, Finished, Incoming, Message, OutboxPos, State},
};

fn peer_id(byte: u8) -> PeerId {
    PeerId::Key(PublicKey::from_bytes([byte; 32]))
}

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

/// The peer with this key says `NAME 1`, `NAME 2`…
fn receive(store: &mut Store, byte: u8, name: &str, count: u64) {
    let id = store
        .conversation(&peer_id(byte), Millis::new(0))
        .expect("made");
    let mut batch = store.batch().expect("begun");
    for number in 1..=count {
        let text = format!("{name} {number}");
        let item = Incoming {
            stream: StreamId::from_bytes([byte; 16]),
            number,
            missed: 0,
            sent_at: Millis::new(0),
            content: Content::Text(&text),
        };
        batch.receive(id, &item, Millis::new(0)).expect("kept");
    }
    batch.commit().expect("kept");
}

/// We write `NAME 1`, `NAME 2`…
fn write(store: &mut Store, byte: u8, name: &str, count: u64) {
    let id = store
        .conversation(&peer_id(byte), Millis::new(0))
        .expect("made");
    let mut batch = store.batch().expect("begun");
    for number in 1..=count {
        let stream = StreamId::from_bytes([byte * 16 + name.len() as u8; 16]);
        let text = format!("{name} {number}");
        batch
            .write(id, &text, stream, Millis::new(0))
            .expect("kept");
    }
    batch.commit().expect("kept");
}

fn messages(store: &Store, byte: u8) -> Vec<Message> {
    let id = store.find_conversation(&peer_id(byte)).expect("read");
    id.map_or(Vec::new(), |id| store.all_messages(id))
}

/// The texts, and whether their rows have no gap.
fn texts(store: &Store, byte: u8) -> (Vec<String>, bool) {
    let messages = messages(store, byte);
    let has_no_gap = messages
        .iter()
        .map(|one| one.row.number())
        .eq(1..=messages.len() as u64);
    let texts = messages.into_iter().map(|one| one.text).collect();
    (texts, has_no_gap)
}

fn numbered(name: &str, count: u64) -> impl Iterator<Item = String> {
    (1..=count).map(move |number| format!("{name} {number}"))
}

/// The items that wait for this peer: texts and rows.
fn waiting(store: &Store, byte: u8) -> Vec<(String, u64)> {
    let id = store.find_conversation(&peer_id(byte)).expect("read");
    let items = store
        .outbox_items(id.expect("there"), OutboxPos::default(), 10_000)
        .expect("read");
    items
        .into_iter()
        .map(|item| {
            let row = item.row.expect("a message").number();
            (item.text().expect("not recalled"), row)
        })
        .collect()
}

fn finish(store: &mut Store) -> Vec<Finished> {
    let mut all = Vec::new();
    while store.has_work() {
        all.extend(store.step().expect("kept"));
    }
    all
}

/// A conversation with key 1, which has 10 messages of which 2 wait, and one with key 2, which has 5,000 and 3.
fn sample() -> Store {
    let mut store = Store::restored(None);
    receive(&mut store, 1, "old", 8);
    write(&mut store, 1, "to old", 2);
    receive(&mut store, 2, "new", 4_000);
    write(&mut store, 2, "to new", 3);
    receive(&mut store, 2, "newer", 997);
    store
}

fn expected() -> Vec<String> {
    numbered("old", 8)
        .chain(numbered("to old", 2))
        .chain(numbered("new", 4_000))
        .chain(numbered("to new", 3))
        .chain(numbered("newer", 997))
        .collect()
}

#[test]
fn a_crash_between_any_two_pieces_loses_and_doubles_nothing() {
    let mut store = sample();
    store.rekey(&key(1), &key(2)).expect("kept");
    let mut expected = expected();
    let mut steps = 0;
    loop {
        // What waits has its final row at once.
        let to_new = |number: u64| (format!("to new {number}"), 4_010 + number);
        let all = [to_new(1), to_new(2), to_new(3)];
        let waits = waiting(&store, 2);
        assert_eq!(waits[..3], all, "after step {steps}");
        let rows: Vec<_> = messages(&store, 2)
            .iter()
            .map(|one| one.row.number())
            .collect();
        assert!(rows.contains(&4_011) && rows.contains(&4_013));

        let mut other = Store::restored(Some(&store.snapshot()));
        let work = other.has_work();
        let finished = finish(&mut other);
        let over = Finished::Conversation(peer_id(2));
        assert_eq!(finished, if work { vec![over] } else { Vec::new() });
        assert_eq!(texts(&other, 2), (expected.clone(), true), "{steps}");
        assert_eq!(messages(&other, 1), []);
        assert_eq!(other.conversations().expect("read").len(), 1);
        let id = other.find_conversation(&peer_id(2)).expect("read");
        let id = id.expect("there");
        for (byte, up_to) in [(1, 8), (2, 4_000)] {
            let stream = StreamId::from_bytes([byte; 16]);
            let received = other.received_up_to(id, stream).expect("read");
            assert!(received >= up_to || byte == 2);
        }
        assert_eq!(other.waiting_count(), waits.len() as u64);
        assert_eq!(
            other.held_count(id),
            Ok(2),
            "what was written to the old key"
        );
        if !store.has_work() {
            break;
        }
        store.step().expect("kept");
        steps += 1;
        if steps == 1 {
            write(&mut store, 2, "meanwhile", 1);
            expected.push("meanwhile 1".to_owned());
        }
    }
    assert!(steps >= 2, "{steps}");
}

#[test]
fn a_number_is_not_reused_before_all_its_messages_are_moved() {
    let mut store = sample();
    store.rekey(&key(1), &key(2)).expect("kept");
    assert!(store.has_work());
    receive(&mut store, 3, "somebody else", 1_000);
    finish(&mut store);
    assert_eq!(texts(&store, 2), (expected(), true));
    let others = numbered("somebody else", 1_000).collect();
    assert_eq!(texts(&store, 3), (others, true));
}

#[test]
fn a_conversation_that_is_being_moved_can_get_another_key() {
    // Once the conversation that gets the messages is itself moved, once another one is moved into it.
    for (old, new) in [(3, 2), (2, 3)] {
        let mut store = sample();
        receive(&mut store, 3, "third", 3_000);
        store.rekey(&key(1), &key(2)).expect("kept");
        assert!(store.has_work());
        store.rekey(&key(old), &key(new)).expect("kept");
        let mut copy = Store::restored(Some(&store.snapshot()));
        for store in [&mut store, &mut copy] {
            finish(store);
            let third = numbered("third", 3_000);
            let all = if old == 3 {
                third.chain(expected()).collect()
            } else {
                expected().into_iter().chain(third).collect()
            };
            assert_eq!(texts(store, new), (all, true), "{old} {new}");
            let id = store.find_conversation(&peer_id(new)).expect("read");
            // Those to key 2 wait for it, or are held too once it is replaced.
            let held = store.held_count(id.expect("there")).expect("read");
            let waits = waiting(store, new).len();
            assert_eq!((held, waits), if old == 3 { (2, 3) } else { (5, 0) });
        }
    }
}

#[test]
fn messages_erased_during_a_move_do_not_come_back() {
    let mut store = sample();
    store.rekey(&key(1), &key(2)).expect("kept");
    assert!(store.has_work());
    let deletion = Deletion::new(&mut store, Some(&peer_id(2))).expect("begun");
    write(&mut store, 2, "later", 1);
    deletion.run(&mut store);
    assert_eq!(finish(&mut store), []);
    // What waits is not erased.
    let left: Vec<_> = numbered("to old", 2)
        .chain(numbered("to new", 3))
        .chain(numbered("later", 1))
        .collect();
    assert_eq!(texts(&store, 2).0, left);
    assert_eq!(waiting(&store, 2).len(), 4);
}

/// Nothing that waited for key 1 goes to key 2 by itself, also after a restart.
#[test]
fn what_waits_is_held_when_the_key_is_replaced() {
    let mut store = Store::restored(None);
    write(&mut store, 1, "to old", 3);
    let id = store.find_conversation(&peer_id(1)).expect("read");
    let id = id.expect("there");
    assert_eq!(store.recall(id, Row::new(2)), Ok(true));
    assert_eq!(store.rekey(&key(1), &key(2)), Ok(true));
    write(&mut store, 2, "to new", 1);
    let restarted = Store::restored(Some(&store.snapshot()));
    for store in [&store, &restarted] {
        let wait = vec![("to new 1".to_owned(), 4)];
        assert_eq!((waiting(store, 2), store.waiting_count()), (wait, 1));
        let streams = store.unacked_streams(id, OutboxPos::default(), 9);
        assert_eq!(
            streams.expect("read").len(),
            1,
            "the old key's is not resumed"
        );
        assert_eq!(store.held_count(id), Ok(2), "the recalled one is dropped");
    }
}

#[test]
fn what_is_held_is_sent_after_what_was_written_since() {
    let mut store = Store::restored(None);
    write(&mut store, 1, "to old", 3);
    assert_eq!(store.rekey(&key(1), &key(2)), Ok(true));
    write(&mut store, 2, "to new", 1);
    let id = store.find_conversation(&peer_id(2)).expect("read");
    let id = id.expect("there");
    assert_eq!(
        store.discard_held(id, Discarded::Row(Row::new(2))),
        Ok(vec![Row::new(2)])
    );
    assert_eq!(
        store.discard_held(id, Discarded::Row(Row::new(4))),
        Ok(vec![])
    );
    let new_stream = StreamId::from_bytes([99; 16]);
    store.send_held(id, new_stream).expect("kept");
    write(&mut store, 2, "later", 1);
    let all = [
        ("to new 1", 4),
        ("to old 1", 1),
        ("to old 3", 3),
        ("later 1", 5),
    ];
    let all: Vec<_> = all.map(|(text, row)| (text.to_owned(), row)).into();
    assert_eq!(waiting(&store, 2), all);
    let items = store.outbox_items(id, OutboxPos::default(), 9);
    let numbers = items.expect("read").into_iter();
    let numbers: Vec<_> = numbers.map(|item| (item.stream, item.pos.number)).collect();
    let stream = numbers[0].0;
    assert_eq!(
        numbers,
        [1, 2, 3, 4].map(|number| (stream, number)),
        "one stream, without a gap"
    );
    assert_eq!((store.held_count(id), store.waiting_count()), (Ok(0), 4));
}

#[test]
fn what_is_held_can_be_discarded() {
    let mut store = Store::restored(None);
    write(&mut store, 1, "to old", 2);
    assert_eq!(store.rekey(&key(1), &key(2)), Ok(true));
    write(&mut store, 2, "to new", 1);
    let id = store.find_conversation(&peer_id(2)).expect("read");
    let id = id.expect("there");
    let rows = store.discard_held(id, Discarded::All);
    assert_eq!(rows, Ok(vec![Row::new(1), Row::new(2)]));
    let states = messages(&store, 2).into_iter().map(|one| one.state);
    assert!(states.eq([State::Recalled, State::Recalled, State::Waiting]));
    assert_eq!(store.held_count(id), Ok(0));
    store
        .send_held(id, StreamId::from_bytes([99; 16]))
        .expect("nothing");
    assert_eq!(waiting(&store, 2), [("to new 1".to_owned(), 3)]);
}

#[test]
fn what_is_not_to_be_kept_moves_along() {
    let mut store = Store::restored(None);
    receive(&mut store, 1, "old", 3);
    receive(&mut store, 2, "new", 2);
    store.set_keeping(false).expect("set");
    for (byte, name) in [(1, "old unkept"), (2, "new unkept")] {
        let id = store.find_conversation(&peer_id(byte)).expect("read");
        let mut batch = store.batch().expect("begun");
        let item = Incoming {
            stream: StreamId::from_bytes([byte + 10; 16]),
            number: 1,
            missed: 0,
            sent_at: Millis::new(0),
            content: Content::Text(name),
        };
        let id = id.expect("there");
        batch.receive(id, &item, Millis::new(0)).expect("kept");
        batch.commit().expect("kept");
    }
    store.rekey(&key(1), &key(2)).expect("kept");
    finish(&mut store);
    assert_eq!(texts(&store, 2).0.len(), 7);
    let deletion = Deletion::of_unkept(&store, None).expect("begun");
    deletion.run(&mut store);
    let kept: Vec<_> = numbered("old", 3).chain(numbered("new", 2)).collect();
    assert_eq!(texts(&store, 2).0, kept);
}
