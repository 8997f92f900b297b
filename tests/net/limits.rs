//! What is stored of peers is limited: by day, and by what stays free of the disk. Nothing is lost: it waits at the sender.

use std::io::Write as _;

use crate::{
    delivery::{folder, key_of, meet},
    support::{PATIENCE, Program, call, messages, part, thread},
};
use duologue::{
    identity::{PeerId, PublicKey},
    net::{Command, EndReason, Event, How, Limits, Options},
    store::{State, StoreError},
};
use tempfile::TempDir;

/// Bytes from a peer within a day.
const PER_DAY: u64 = 300_000;
/// Above what arrives together before it is committed and counted: eight reads of 16 KiB.
const AT_ONCE: u64 = 8 * 16 * 1024 + 64 * 1024;
const NO_LIMITS: Limits = Limits {
    per_day: u64::MAX,
    free_disk: 0,
    free_part: 1,
};

fn start(folder: &TempDir, limits: Limits) -> Program {
    Program::start_with(Options {
        folder: Some(folder.path().to_owned()),
        limits,
        ..Options::default()
    })
}

fn limited(per_day: u64) -> Limits {
    Limits {
        per_day,
        ..NO_LIMITS
    }
}

/// Numbered messages of 20 KB.
fn long(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{number} {}", "x".repeat(20_000)))
        .collect()
}

/// Which peer has reached the limit of its day.
fn limit_reached(program: &mut Program) -> PeerId {
    program.expect("LimitReached", |event| match event {
        Event::LimitReached { peer_id, bytes } => {
            assert_eq!(*bytes, PER_DAY);
            Some(peer_id.clone())
        }
        _ => None,
    })
}

/// How many bytes were received and stored.
fn received(program: &Program) -> u64 {
    program.texts().iter().map(|text| text.len() as u64).sum()
}

fn take(program: &Program, key: PublicKey, take: bool) {
    program.ask(&Command::TakeMore {
        peer_id: PeerId::Key(key),
        take,
    });
}

#[test]
fn above_the_limit_of_a_day_the_person_is_asked_and_the_rest_waits_at_the_sender() {
    let folders = [folder(), folder()];
    let mut one = start(&folders[0], NO_LIMITS);
    let mut other = start(&folders[1], limited(PER_DAY));
    let (port, key) = (other.listen(), other.key());
    let peer = one.key();
    let texts = long(120);
    meet(&mut one, &mut other, port);
    let last = one.write_all(1, key, &texts);
    for round in 1..=3 {
        assert_eq!(limit_reached(&mut other), PeerId::Key(peer));
        other.settle();
        let so_far = received(&other);
        assert!(so_far >= PER_DAY - 10_000, "{so_far}");
        assert!(so_far <= round * (PER_DAY + AT_ONCE), "{so_far}");
        // The peer can still be written to.
        other.write(round, peer, "one moment");
        take(&other, peer, true);
    }
    assert_eq!(limit_reached(&mut other), PeerId::Key(peer));
    take(&other, peer, false);
    assert_eq!(other.ended(), EndReason::TookEnough);
    one.ended();
    // Calls of the peer are turned away without a question.
    one.call(port, How::To(key));
    one.connect_failed();
    drop(other);
    // The next program takes everything.
    let mut other = start(&folders[1], NO_LIMITS);
    let port = other.listen();
    let before = texts.len();
    meet(&mut one, &mut other, port);
    other.text_behind(&texts[before - 1]);
    assert_eq!(one.settled(last), State::Delivered);
    part(&mut one, &mut other);
    let reader = duologue::store::ReadConnection::open(folders[1].path()).expect("opened");
    let kept = reader
        .read(duologue::store::Snapshot::summaries)
        .expect("read");
    let messages = kept.iter().map(|summary| summary.messages).sum::<u64>();
    assert_eq!(messages, texts.len() as u64 + 3, "each of them once");
}

#[test]
fn who_has_reached_the_limit_is_asked_about_again_at_the_next_connection() {
    let folders = [folder(), folder()];
    let mut one = start(&folders[0], NO_LIMITS);
    let mut other = start(&folders[1], limited(PER_DAY));
    let (port, key) = (other.listen(), other.key());
    let peer = one.key();
    meet(&mut one, &mut other, port);
    one.write_all(1, key, &long(40));
    limit_reached(&mut other);
    other.settle();
    let so_far = received(&other);
    for _ in 0..3 {
        one.ask(&Command::Disconnect);
        one.ended();
        one.call(port, How::To(key));
        // Until it knows that it is connected, there is nothing that `Disconnect` could end.
        one.connected();
        limit_reached(&mut other);
    }
    other.settle();
    assert_eq!(received(&other), so_far, "nothing more is taken");
    drop(other);
    let mut other = start(&folders[1], limited(PER_DAY));
    let port = other.listen();
    one.call(port, How::To(key_of(&folders[1])));
    assert_eq!(limit_reached(&mut other), PeerId::Key(peer));
}

#[test]
fn plain_text_is_limited_too() {
    let folder = folder();
    let mut program = start(&folder, limited(PER_DAY));
    let port = program.listen();
    let mut peer = call(port);
    let writer = thread("writer", move || {
        for text in long(60) {
            peer.write_all(text.as_bytes()).expect("taken");
            peer.write_all(b"\n").expect("taken");
        }
        peer
    });
    let peer_id = limit_reached(&mut program);
    program.settle();
    let so_far = program.count(|event| messages::plain_text(event).is_some());
    assert!((10..25).contains(&so_far), "{so_far}");
    for _ in 0..3 {
        let take = true;
        let peer_id = peer_id.clone();
        program.ask(&Command::TakeMore { peer_id, take });
        limit_reached(&mut program);
    }
    let take = true;
    program.ask(&Command::TakeMore { peer_id, take });
    while program.count(|event| messages::plain_text(event).is_some()) < 60 {
        program.event_within(PATIENCE).expect("an event");
    }
    drop(writer.join().expect("it has written everything"));
}

#[test]
fn on_a_disk_that_is_almost_full_nothing_is_stored_from_peers() {
    let folders = [folder(), folder()];
    let mut one = start(&folders[0], NO_LIMITS);
    let low = Limits {
        free_disk: u64::MAX,
        ..NO_LIMITS
    };
    let mut other = start(&folders[1], low);
    let (port, key) = (other.listen(), other.key());
    let peer = one.key();
    meet(&mut one, &mut other, port);
    let told = other.count(|event| matches!(event, Event::StoreFailed(StoreError::DiskLow)));
    assert_eq!(told, 1);
    let row = one.write(1, key, "this waits");
    // Our own messages are stored and sent.
    other.write(1, peer, "this does not");
    assert_eq!(one.text(), "this does not");
    other.settle();
    assert_eq!(other.texts(), [""; 0]);
    drop(other);
    one.ended();
    let mut other = start(&folders[1], NO_LIMITS);
    let port = other.listen();
    meet(&mut one, &mut other, port);
    assert_eq!(other.text(), "this waits");
    assert_eq!(one.settled(row), State::Delivered);
}
