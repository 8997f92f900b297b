//! Messages that are not to be kept are in no file any more. Those that still wait are.

use std::fs;

use crate::{
    delivery::{folder, meet, recall, start, until},
    delivery_rules::{items, leave, raw, resumed},
    support::{Program, part, peer::Person},
};
use duologue::{
    identity::PeerId,
    net::{
        Command, EndReason, Event, Preferences,
        protocol::frame::{Ack, Body, Frame},
    },
    store::State,
};
use tempfile::TempDir;

/// Whether these bytes are in any file of this folder.
fn contains(folder: &TempDir, text: &str) -> bool {
    let files = fs::read_dir(folder.path()).expect("listed");
    files
        .map(|file| fs::read(file.expect("listed").path()).unwrap_or_default())
        .any(|bytes| memchr::memmem::find(&bytes, text.as_bytes()).is_some())
}

#[test]
fn with_history_off_only_waiting_messages_stay_on_the_disk() {
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
    // The end of a program ends its conversation.
    drop(one);
    assert!(!contains(&folders[0], "this waits"));
    assert_eq!(other.ended(), EndReason::PeerLeft);
    let mut peer = raw(&mut other, port, &absent);
    let starts = resumed(&mut peer);
    let stream = starts[0].stream;
    peer.say(&[Frame::Ack(Ack { stream, up_to: 0 })]);
    let body = Body::Text("this waits for somebody else".to_owned());
    assert_eq!(items(&mut peer, 1)[0].body, body);
    peer.say(&[Frame::Ack(Ack { stream, up_to: 1 })]);
    assert_eq!(other.settled(1), State::Delivered);
    leave(&mut peer, &mut other);
    until("what was said is erased", || {
        !contains(&folders[1], "this waits for")
    });
}

#[test]
fn turning_history_off_leaves_earlier_messages_and_turning_it_on_again_keeps_later_ones() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    let set_keeping = |program: &Program, keep_history| {
        program.ask(&Command::SetPreferences(Preferences {
            keep_history,
            ..Preferences::default()
        }));
    };
    let say = |one: &mut Program, other: &mut Program, text: &str| {
        let row = one.write(1, key, text);
        assert_eq!(other.text(), text);
        assert_eq!(one.settled(row), State::Delivered);
    };
    let draft = |one: &Program, text: &str| {
        one.ask(&Command::SetDraft(PeerId::Key(key), text.to_owned()));
    };
    meet(&mut one, &mut other, port);
    say(&mut one, &mut other, "said in an earlier conversation");
    part(&mut one, &mut other);
    meet(&mut one, &mut other, port);
    say(&mut one, &mut other, "said before it was turned off");
    draft(&one, "written before it was turned off");
    set_keeping(&one, false);
    say(&mut one, &mut other, "said while it was off");
    draft(&one, "written while it was off");
    part(&mut one, &mut other);
    until("what was said is erased", || {
        !contains(&folders[0], "said while it was off")
    });
    for text in ["written before it was", "written while it was off"] {
        assert!(!contains(&folders[0], text), "{text}");
    }
    meet(&mut one, &mut other, port);
    say(&mut one, &mut other, "said before it was turned on");
    set_keeping(&one, true);
    say(&mut one, &mut other, "said after it was turned on");
    part(&mut one, &mut other);
    set_keeping(&one, false);
    drop(one);
    for text in [
        "said in an earlier conversation",
        "said before it was turned off",
        "said before it was turned on",
        "said after it was turned on",
    ] {
        assert!(contains(&folders[0], text), "{text}");
    }
}

#[test]
fn cleared_messages_are_in_no_file_and_waiting_ones_stay() {
    let folders = [folder(), folder()];
    let [mut one, mut other] = folders.each_ref().map(start);
    let (port, key) = (other.listen(), other.key());
    let absent = Person::new();
    let cleared = |event: &Event| match event {
        Event::Cleared(peer_id) => Some(peer_id.clone()),
        _ => None,
    };
    for (round, peer_id) in (1..).zip([Some(PeerId::Key(key)), None]) {
        meet(&mut one, &mut other, port);
        let said: Vec<_> = (0..3000)
            .map(|number| format!("{round} was said as number {number}"))
            .collect();
        let row = one.write_all(10_000 * round, key, &said);
        assert_eq!(one.settled(row), State::Delivered);
        one.ask(&Command::SetDraft(
            PeerId::Key(key),
            "this is a draft".to_owned(),
        ));
        part(&mut one, &mut other);
        let row = one.write(1, key, "this waits");
        let elsewhere = one.write(2, absent.key, "this waits elsewhere");
        one.ask(&Command::Clear(peer_id.clone()));
        assert_eq!(one.expect("Cleared", cleared), peer_id);
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
        other.text_behind("this waits");
        assert_eq!(one.settled(row), State::Delivered);
        recall(&mut one, absent.key, elsewhere);
        part(&mut one, &mut other);
    }
}
