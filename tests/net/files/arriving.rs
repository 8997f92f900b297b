//! What is sent arrives whole and once, and messages overtake it.

use std::fs;

use duologue::{
    net::{AcceptFiles, Command, ContactChange, Event, FileControl, How, MessageId, Preferences},
    store::FileState,
};

use super::{Pair, content};
use crate::{
    peers::proxy::{Harm, Proxy, Way},
    support::messages,
};

#[test]
fn files_of_any_size_arrive_whole_in_both_directions() {
    let mut pair = Pair::meeting();
    for (from, size) in [(0, 0), (1, 1), (0, 262_144), (1, 262_145), (0, 3_000_000)] {
        let path = pair.source(&format!("{size} 바이트.bin"), size);
        let rows = pair.offer(from, &path);
        assert_eq!(pair.file(from, rows[from]).state, FileState::Offered);
        pair.accept(1 - from, rows[1 - from]);
        let file = pair.becomes(1 - from, rows[1 - from], FileState::Arrived);
        pair.becomes(from, rows[from], FileState::Arrived);
        let arrived = file.path.expect("it is there");
        assert_eq!(arrived.parent(), Some(pair.downloads.path()));
        assert!(fs::read(&arrived).expect("read") == content(size), "{size}");
        assert_eq!(file.size, size as u64);
    }
    assert_eq!(
        pair.downloaded().len(),
        5,
        "and nothing else: {:?}",
        pair.downloaded()
    );
}

#[test]
fn a_folder_arrives_with_everything_in_it() {
    let mut pair = Pair::meeting();
    let source = pair.sources.path().join("photos");
    fs::create_dir_all(source.join("a/b")).expect("made");
    for (name, size) in [("one", 10), ("a/two", 700_000), ("a/b/three", 0)] {
        fs::write(source.join(name), content(size)).expect("written");
    }
    let rows = pair.offer(0, &source);
    assert_eq!(pair.file(1, rows[1]).files, Some(3));
    pair.accept(1, rows[1]);
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    let arrived = file.path.expect("it is there");
    for (name, size) in [("one", 10), ("a/two", 700_000), ("a/b/three", 0)] {
        assert!(fs::read(arrived.join(name)).expect("read") == content(size));
    }
}

/// Its files have other names here, so it can't be found again by what is in it.
#[test]
fn a_folder_that_arrives_while_the_store_is_busy_arrives_once() {
    let mut pair = Pair::apart();
    let source = pair.sources.path().join("photos");
    fs::create_dir(&source).expect("made");
    let size = 8 << 20;
    // Windows takes what follows a colon for something else than a part of the name.
    let name = if cfg!(windows) { "a_b.bin" } else { "a:b.bin" };
    fs::write(source.join(name), content(size)).expect("written");
    let proxy = Proxy::before(pair.port);
    proxy.carry(Harm::Hold(Way::There, size / 2));
    let (key, port) = (pair.keys[1], proxy.port());
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(port, How::To(key));
    one.named();
    other.named();
    let rows = pair.offer(0, &source);
    pair.accept(1, rows[1]);
    pair.moves(1, rows[1]);
    let store = pair.folders[1].path().join(duologue::store::FILE_NAME);
    let other = rusqlite::Connection::open(store).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    proxy.release();
    pair.program(1).expect("StoreFailed", |event| {
        matches!(event, Event::StoreFailed(_)).then_some(())
    });
    assert_eq!(pair.file(1, rows[1]).state, FileState::Accepted);
    other.execute_batch("ROLLBACK").expect("unlocked");
    for side in [1, 0] {
        pair.becomes(side, rows[side], FileState::Arrived);
    }
    assert_eq!(pair.downloaded(), ["photos"]);
}

#[test]
fn an_empty_folder_arrives() {
    let mut pair = Pair::meeting();
    let source = pair.sources.path().join("nothing in it");
    fs::create_dir(&source).expect("made");
    let rows = pair.offer(0, &source);
    for (side, row) in rows.into_iter().enumerate() {
        assert_eq!(pair.file(side, row).files, Some(0), "a folder");
    }
    pair.accept(1, rows[1]);
    let file = pair.becomes(1, rows[1], FileState::Arrived);
    pair.becomes(0, rows[0], FileState::Arrived);
    let arrived = fs::read_dir(file.path.expect("it is there"));
    assert_eq!(arrived.expect("a folder").count(), 0);
}

#[test]
fn an_offer_waits_for_an_absent_peer() {
    let mut pair = Pair::apart();
    let path = pair.source("later", 5_000);
    let to = pair.keys[1];
    let id = MessageId(99);
    let keep_location = false;
    pair.program(0).ask(&Command::Offer {
        id,
        to,
        path,
        keep_location,
    });
    let row = pair.program(0).expect_kept("Stored", |event| {
        messages::stored(event).map(|(_, row)| messages::row(row))
    });
    let port = pair.port;
    let [Some(one), Some(other)] = &mut pair.programs else {
        panic!("both run")
    };
    one.call(port, How::To(other.key()));
    let there = pair.offered(1);
    pair.accept(1, there);
    pair.becomes(1, there, FileState::Arrived);
    pair.becomes(0, row, FileState::Arrived);
}

#[test]
fn messages_overtake_a_file() {
    let mut pair = Pair::meeting();
    let path = pair.source("large", 100_000_000);
    let rows = pair.offer(0, &path);
    pair.accept(1, rows[1]);
    pair.moves(1, rows[1]);
    let key = pair.keys[1];
    for id in 1..=20 {
        let text = format!("message {id}");
        pair.program(0).write(id, key, &text);
        assert_eq!(pair.program(1).text(), text);
    }
    assert_eq!(
        pair.file(1, rows[1]).state,
        FileState::Accepted,
        "it is slower"
    );
    pair.control(1, rows[1], FileControl::Cancel);
    pair.becomes(0, rows[0], FileState::Cancelled { by_me: false });
}

#[test]
fn files_from_verified_peers_are_accepted_up_to_a_size() {
    let mut pair = Pair::meeting();
    let preferences = Preferences {
        accept_files: Some(AcceptFiles {
            folder: pair.downloads.path().to_owned(),
            up_to: 1_000,
        }),
        ..Preferences::default()
    };
    pair.program(1).ask(&Command::SetPreferences(preferences));
    let small = pair.source("small", 1_000);
    let rows = pair.offer(0, &small);
    pair.program(1).settle();
    assert_eq!(
        pair.file(1, rows[1]).state,
        FileState::Offered,
        "not verified"
    );
    let key = pair.keys[0];
    pair.program(1)
        .change(key, ContactChange::SetVerified(true));
    let rows = pair.offer(0, &small);
    pair.becomes(1, rows[1], FileState::Arrived);
    let large = pair.source("larger", 1_001);
    let rows = pair.offer(0, &large);
    pair.program(1).settle();
    assert_eq!(pair.file(1, rows[1]).state, FileState::Offered, "too large");
}
