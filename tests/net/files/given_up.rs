//! Files that are declined, cancelled, changed, erased or can't be written.

use std::fs;

use duologue::{
    files::Files,
    identity::PeerId,
    net::{Command, Event, FileControl, How, MessageId, OfferError},
    store::FileState,
};

use super::{Pair, content, message};
use crate::{delivery::start, support::messages};

#[test]
fn what_is_declined_does_not_move() {
    let mut pair = Pair::meeting();
    let path = pair.source("no", 5_000);
    let rows = pair.offer(0, &path);
    let to = pair.keys[0];
    let (row, accept) = (rows[1], None);
    pair.program(1)
        .ask(&Command::AnswerFile { to, row, accept });
    pair.becomes(0, rows[0], FileState::Declined);
    // A later answer changes nothing.
    pair.accept(1, rows[1]);
    pair.program(1).settle();
    assert_eq!(pair.file(1, rows[1]).state, FileState::Declined);
    assert_eq!(pair.downloaded(), Vec::<String>::new());
}

#[test]
fn either_side_cancels_and_nothing_is_left_of_it() {
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("cancel", 48_000_000);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        pair.control(side, rows[side], FileControl::Cancel);
        pair.becomes(side, rows[side], FileState::Cancelled { by_me: true });
        pair.becomes(
            1 - side,
            rows[1 - side],
            FileState::Cancelled { by_me: false },
        );
        crate::delivery::until("the part is deleted", || pair.downloaded().is_empty());
        // The conversation goes on.
        let key = pair.keys[1];
        pair.program(0).write(1, key, "never mind");
        assert_eq!(pair.program(1).text(), "never mind");
    }
}

#[test]
fn a_source_that_changes_is_never_mixed() {
    let mut pair = Pair::meeting();
    let path = pair.source("changes", 3_000_000);
    let rows = pair.offer(0, &path);
    fs::write(&path, content(2_999_999)).expect("written");
    pair.accept(1, rows[1]);
    pair.becomes(1, rows[1], FileState::Changed);
    pair.becomes(0, rows[0], FileState::Changed);
    crate::delivery::until("the part is deleted", || pair.downloaded().is_empty());
}

#[test]
fn what_can_not_be_offered_is_said_so() {
    let mut pair = Pair::meeting();
    let to = pair.keys[1];
    let (id, keep_location) = (MessageId(1), false);
    let path = pair.sources.path().join("missing");
    pair.program(0).ask(&Command::Offer {
        id,
        to,
        path,
        keep_location,
    });
    let why = pair.program(0).expect("OfferFailed", |event| match event {
        Event::OfferFailed {
            id: MessageId(1),
            why,
        } => Some(*why),
        _ => None,
    });
    assert_eq!(why, OfferError::NotFound);
}

#[test]
fn an_offer_that_is_deleted_or_erased_ends() {
    let mut pair = Pair::meeting();
    let path = pair.source("gone", 48_000_000);
    // Deleted for both.
    let rows = pair.offer(0, &path);
    pair.accept(1, rows[1]);
    pair.moves(1, rows[1]);
    let (to, row) = (pair.keys[1], rows[0]);
    let change = duologue::store::Change::Delete;
    pair.program(0).ask(&Command::Change { to, row, change });
    crate::delivery::until("the part is deleted", || pair.downloaded().is_empty());
    let message = message(&pair.folders[1], pair.keys[0], rows[1]);
    assert!(message.marks.is_deleted && message.file.is_none());
    // Erased on the sender's side before it is accepted.
    let rows = pair.offer(0, &path);
    let to = pair.keys[1];
    pair.program(0).expect_kept("delivered", |event| {
        let rows = messages::settled(event)?;
        rows.iter().any(|(row, _)| *row == 2).then_some(())
    });
    pair.program(0).ask(&Command::Clear(Some(PeerId::Key(to))));
    pair.program(0).expect("Cleared", |event| {
        matches!(event, Event::Cleared(_)).then_some(())
    });
    pair.accept(1, rows[1]);
    let failed = FileState::Failed(duologue::store::FileFailure::Unreadable);
    pair.becomes(1, rows[1], failed);
}

#[test]
fn a_folder_that_can_not_be_written_fails_the_file_and_not_the_conversation() {
    let mut pair = Pair::meeting();
    let path = pair.source("a file", 300_000);
    let rows = pair.offer(0, &path);
    // Its folder is a file.
    let accept = Some(path.clone());
    let (to, row) = (pair.keys[0], rows[1]);
    pair.program(1)
        .ask(&Command::AnswerFile { to, row, accept });
    let failed = FileState::Failed(duologue::store::FileFailure::Unwritable);
    pair.becomes(1, rows[1], failed);
    pair.becomes(0, rows[0], failed);
    let key = pair.keys[1];
    pair.program(0).write(1, key, "never mind");
    assert_eq!(pair.program(1).text(), "never mind");
}

#[test]
fn a_file_that_moves_goes_on_when_its_conversation_is_erased() {
    for side in 0..2 {
        let mut pair = Pair::meeting();
        let path = pair.source("moves", 48_000_000);
        let rows = pair.offer(0, &path);
        pair.accept(1, rows[1]);
        pair.moves(1, rows[1]);
        let peer_id = PeerId::Key(pair.keys[1 - side]);
        pair.program(side).ask(&Command::Clear(Some(peer_id)));
        pair.becomes(1, rows[1], FileState::Arrived);
        pair.becomes(0, rows[0], FileState::Arrived);
        assert_eq!(pair.downloaded(), ["moves"]);
    }
}

/// A pasted picture, or one without the place where it was taken.
#[test]
fn a_copy_that_was_offered_is_deleted_with_its_message() {
    for erases in [false, true] {
        let mut pair = Pair::meeting();
        let outgoing = pair.folders[0].path().join("outgoing");
        let copy = Files::outgoing(&outgoing, "pasted.png").expect("a folder");
        fs::write(&copy, content(100)).expect("written");
        let (to, keep_location) = (pair.keys[1], true);
        pair.program(0).ask(&Command::Offer {
            id: MessageId(99),
            to,
            path: copy.clone(),
            keep_location,
        });
        let row = pair.offered(1);
        pair.accept(1, row);
        pair.becomes(1, row, FileState::Arrived);
        pair.becomes(0, row, FileState::Arrived);
        assert!(copy.exists(), "it is shown, and may be sent again");
        let change = duologue::store::Change::Delete;
        pair.program(0).ask(&if erases {
            Command::Clear(Some(PeerId::Key(to)))
        } else {
            Command::Change { to, row, change }
        });
        crate::delivery::until("the copy is deleted", || !copy.exists());
    }
}

/// It was made, and the program was killed before there was an offer of it.
#[test]
fn a_copy_that_was_never_offered_is_deleted_at_the_next_start() {
    let mut pair = Pair::meeting();
    let outgoing = pair.folders[0].path().join("outgoing");
    let copies = ["offered.png", "left behind.png"].map(|name| {
        let copy = Files::outgoing(&outgoing, name).expect("a folder");
        fs::write(&copy, content(100)).expect("written");
        copy
    });
    let rows = pair.offer(0, &copies[0]);
    pair.programs[0] = None;
    pair.programs[0] = Some(start(&pair.folders[0]));
    crate::delivery::until("it is deleted", || !copies[1].exists());
    assert!(copies[0].exists(), "it is offered");
    let (port, key) = (pair.port, pair.keys[1]);
    pair.program(0).call(port, How::To(key));
    pair.accept(1, rows[1]);
    pair.becomes(1, rows[1], FileState::Arrived);
}
