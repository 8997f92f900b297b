use super::*;
use crate::{
    identity::{PeerId, PublicKey},
    store::{
        Change, Content, Deletion, Incoming, OutboxPos, Outgoing,
        samples::{Sample, mina},
    },
};

const OFFER: FileOffer = FileOffer {
    size: 7,
    manifest: 0,
    files: 0,
    root: [5; 32],
};
const OURS: StreamId = StreamId::from_bytes([1; 16]);

/// The peer offers a file, as the item of this number.
fn receive(sample: &mut Sample, here: ConversationId, number: u64) -> Row {
    let mut batch = sample.store.batch().expect("begun");
    let item = Incoming {
        stream: StreamId::from_bytes([8; 16]),
        number,
        missed: 0,
        sent_at: Millis::new(7),
        content: Content::Offer("a file", OFFER),
    };
    let rows = batch.receive(here, &item, Millis::new(7)).expect("kept");
    batch.commit().expect("kept");
    rows.item.expect("it has a row")
}

fn change(sample: &mut Sample, here: ConversationId, row: Row, change: FileChange) {
    let mut batch = sample.store.batch().expect("begun");
    let folder = Path::new("/downloads");
    batch.set_destination(here, row, folder).expect("kept");
    let written = batch.change(here, row, &Change::File(change), OURS, Millis::new(8));
    assert!(written.expect("kept").is_some());
    batch.commit().expect("kept");
}

fn state(sample: &Sample, here: ConversationId, row: Row) -> Option<FileState> {
    let transfer = sample.store.transfer(here, row).expect("read");
    transfer.map(|transfer| transfer.state)
}

#[test]
fn offers_of_a_contact_that_is_forgotten_wait_for_an_answer_again() {
    let mut sample = Sample::new();
    let here = sample.conversation(&mina());
    let rows: Vec<_> = (1..=4)
        .map(|number| receive(&mut sample, here, number))
        .collect();
    change(&mut sample, here, rows[0], FileChange::Accept);
    change(&mut sample, here, rows[1], FileChange::Decline);
    change(&mut sample, here, rows[2], FileChange::Accept);
    change(&mut sample, here, rows[2], FileChange::Pause);
    let PeerId::Key(key) = mina() else {
        panic!("a key")
    };
    sample.store.forget(&key).expect("forgotten");
    let paused = FileState::Paused {
        by_me: true,
        by_them: false,
        disk_full: false,
    };
    for (row, expected) in [
        (rows[0], FileState::Offered),
        (rows[1], FileState::Declined),
        (rows[2], paused),
        (rows[3], FileState::Offered),
    ] {
        assert_eq!(state(&sample, here, row), Some(expected));
    }
}

/// A network that fails for a moment ends a conversation, too.
#[test]
fn offers_that_wait_outlive_a_conversation_that_is_not_kept() {
    let mut sample = Sample::new();
    let here = sample.conversation(&mina());
    sample.store.set_keeping(false).expect("set");
    let rows: Vec<_> = (1..=3)
        .map(|number| receive(&mut sample, here, number))
        .collect();
    change(&mut sample, here, rows[1], FileChange::Accept);
    change(&mut sample, here, rows[2], FileChange::Decline);
    sample.store.end_conversation(here).expect("ended");
    let deletion = Deletion::of_unkept(&sample.store, Some(&mina()));
    deletion.expect("begun").run(&mut sample.store);
    let states = rows.iter().map(|row| state(&sample, here, *row));
    let expected = [Some(FileState::Offered), Some(FileState::Accepted), None];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    // The same at the next start.
    let Sample { store, folder } = sample;
    drop(store);
    let store = Store::open(folder.path()).expect("opened").store;
    let mut sample = Sample { store, folder };
    let states = rows.iter().map(|row| state(&sample, here, *row));
    assert_eq!(states.collect::<Vec<_>>(), expected);
    // The person erases what waits, and not what moves.
    let deletion = Deletion::new(&mut sample.store, Some(&mina()));
    deletion.expect("begun").run(&mut sample.store);
    let states = rows.iter().map(|row| state(&sample, here, *row));
    let expected = [None, Some(FileState::Accepted), None];
    assert_eq!(states.collect::<Vec<_>>(), expected);
}

/// A file that is offered twice has one copy.
#[test]
fn a_source_is_loose_once_no_offer_has_it() {
    let mut sample = Sample::new();
    let here = sample.conversation(&mina());
    let source = Path::new("/outgoing/1.png");
    let mut rows = Vec::new();
    for _ in 0..2 {
        let mut batch = sample.store.batch().expect("begun");
        let offer = batch.offer(here, "1.png", &OFFER, source, OURS, Millis::new(8));
        rows.push(offer.expect("kept").row);
        batch.commit().expect("kept");
    }
    for (row, expected) in rows.into_iter().zip([vec![], vec![source.to_owned()]]) {
        let mut batch = sample.store.batch().expect("begun");
        let written = batch.change(here, row, &Change::Delete, OURS, Millis::new(9));
        assert!(written.expect("kept").is_some());
        batch.commit().expect("kept");
        assert_eq!(sample.store.loose_sources(), Ok(expected));
    }
    sample.store.forget_source(source).expect("kept");
    assert_eq!(sample.store.loose_sources(), Ok(vec![]));
}

/// Further ones that are still in use come first.
#[test]
fn only_sources_that_no_offer_has_are_loose_whatever_their_number() {
    let mut sample = Sample::new();
    let here = sample.conversation(&mina());
    for number in 0..200 {
        let source = PathBuf::from(format!("/outgoing/{number:03}.png"));
        let mut batch = sample.store.batch().expect("begun");
        let offer = batch.offer(here, "1.png", &OFFER, &source, OURS, Millis::new(8));
        offer.expect("kept");
        batch.commit().expect("kept");
        sample.store.add_loose_source(&source).expect("kept");
    }
    assert_eq!(sample.store.loose_sources(), Ok(vec![]));
    let loose = Path::new("/outgoing/999.png");
    sample.store.add_loose_source(loose).expect("kept");
    assert_eq!(sample.store.loose_sources(), Ok(vec![loose.to_owned()]));
}

/// The peer understands no files, or somebody else holds the key: neither ever hears of them.
#[test]
fn offers_that_are_over_are_neither_put_off_nor_held() {
    for is_rekeyed in [false, true] {
        let mut sample = Sample::new();
        let here = sample.conversation(&mina());
        let mut batch = sample.store.batch().expect("begun");
        let offer = batch.offer(here, "1", &OFFER, Path::new("/1"), OURS, Millis::new(8));
        let row = offer.expect("kept").row;
        batch.commit().expect("kept");
        let mut batch = sample.store.batch().expect("begun");
        let cancel = Change::File(FileChange::Cancel);
        let written = batch.change(here, row, &cancel, OURS, Millis::new(9));
        assert!(written.expect("kept").is_some());
        batch.commit().expect("kept");
        if is_rekeyed {
            let (PeerId::Key(old), new) = (mina(), PublicKey::from_bytes([9; 32])) else {
                panic!("a key")
            };
            sample.store.rekey(&old, &new).expect("kept");
            assert_eq!(sample.store.held_count(here), Ok(0));
        } else {
            let put_off = sample.store.put_off_offers(here, OutboxPos::default(), 9);
            put_off.expect("kept");
            sample.store.send_put_off(&mina(), OURS).expect("kept");
        }
        let items = sample.store.outbox_items(here, OutboxPos::default(), 9);
        let items = items.expect("read");
        let offers = items
            .iter()
            .filter(|item| matches!(item.what, Some(Outgoing::Offer(..))));
        assert_eq!(offers.count(), 0);
        assert_eq!(sample.store.waiting_count(), 0);
    }
}

#[test]
fn a_reply_to_an_offer_that_was_put_off_quotes_it_once_it_is_sent() {
    let mut sample = Sample::new();
    let here = sample.conversation(&mina());
    let mut batch = sample.store.batch().expect("begun");
    let source = Path::new("/a file");
    let offer = batch.offer(here, "a file", &OFFER, source, OURS, Millis::new(8));
    let row = offer.expect("kept").row;
    batch.commit().expect("kept");
    let mut batch = sample.store.batch().expect("begun");
    let reply = batch.write_reply(here, "look at it", Some(row), OURS, Millis::new(9));
    reply.expect("kept");
    batch.commit().expect("kept");
    let put_off = sample.store.put_off_offers(here, OutboxPos::default(), 9);
    put_off.expect("kept");
    sample.store.send_put_off(&mina(), OURS).expect("kept");
    let rows = [row, row.next()];
    let messages = sample.read(|snapshot| snapshot.messages_at(&mina(), &rows));
    let quote = messages[1].marks.quote.as_ref().expect("a quote");
    assert!(quote.mine);
    assert_eq!(quote.source, Some((row, "a file".to_owned())));
}

/// One of them was put off, because the holder of the old key understood no files.
#[test]
fn offers_that_wait_are_held_when_the_key_of_the_contact_is_replaced() {
    let mut sample = Sample::new();
    let here = sample.conversation(&mina());
    for name in ["put off", "waits"] {
        let mut batch = sample.store.batch().expect("begun");
        let source = Path::new("/a file");
        let offer = batch.offer(here, name, &OFFER, source, OURS, Millis::new(8));
        offer.expect("kept");
        batch.commit().expect("kept");
        if name == "put off" {
            let put_off = sample.store.put_off_offers(here, OutboxPos::default(), 9);
            put_off.expect("kept");
        }
    }
    let waiting = |store: &Store| -> Vec<_> {
        let items = store.outbox_items(here, OutboxPos::default(), 9);
        let items = items.expect("read").into_iter();
        items
            .filter_map(|item| match item.what {
                Some(Outgoing::Offer(name, _)) => Some(name),
                _ => None,
            })
            .collect()
    };
    assert_eq!(waiting(&sample.store), ["waits"]);
    assert_eq!(sample.store.waiting_count(), 2);
    let (PeerId::Key(old), new) = (mina(), PublicKey::from_bytes([9; 32])) else {
        panic!("a key")
    };
    sample.store.rekey(&old, &new).expect("kept");
    assert_eq!(waiting(&sample.store), [""; 0]);
    assert_eq!(sample.store.held_count(here), Ok(2));
    // Nothing but the person sends them.
    let new = PeerId::Key(new);
    sample.store.send_put_off(&new, OURS).expect("kept");
    assert_eq!(waiting(&sample.store), [""; 0]);
    let stream = StreamId::from_bytes([2; 16]);
    sample.store.send_held(here, stream).expect("kept");
    assert_eq!(waiting(&sample.store), ["put off", "waits"]);
}
