use super::*;
use crate::{
    identity::PeerId,
    store::{
        Change, Content, Deletion, Incoming,
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
