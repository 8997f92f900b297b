//! Files that the person offers, before there is a message: what is left out of them, and offers that are cancelled.

use std::{fs, path::Path};

use duologue::{
    identity::PublicKey,
    net::{Command, Event, MessageId, OfferError},
};
use tempfile::TempDir;

use crate::{
    delivery::{folder, start},
    support::Program,
};

/// Nobody is there. Offers wait.
const TO: PublicKey = PublicKey::from_bytes([1; 32]);
/// Takes minutes to read, in bytes.
const ENDLESS: u64 = 900_000_000_000;

/// A program, its data folder, and a folder with what it offers.
fn offering() -> (Program, TempDir, TempDir) {
    let data = folder();
    let program = start(&data);
    (program, data, folder())
}

fn offer(program: &mut Program, id: u64, path: &Path) {
    program.ask(&Command::Offer {
        id: MessageId(id),
        to: TO,
        path: path.to_owned(),
        keep_location: false,
    });
}

fn failed(event: &Event) -> Option<(u64, OfferError)> {
    match event {
        Event::OfferFailed { id, why } => Some((id.0, *why)),
        _ => None,
    }
}

fn stored(event: &Event) -> Option<u64> {
    match event {
        Event::Stored { id, .. } => Some(id.0),
        _ => None,
    }
}

#[test]
#[cfg(unix)]
fn links_in_a_folder_are_counted_before_it_is_offered() {
    let (mut program, _data, sources) = offering();
    let photos = sources.path().join("photos");
    fs::create_dir(&photos).expect("made");
    fs::write(photos.join("one.txt"), "1").expect("written");
    for link in ["a", "b", "c"] {
        std::os::unix::fs::symlink("/etc/passwd", photos.join(link)).expect("linked");
    }
    offer(&mut program, 5, &photos);
    let count = program.expect("what is left out", |event| match event {
        Event::LeftOut {
            id: MessageId(5),
            count,
        } => Some(*count),
        Event::Stored { .. } => panic!("it is said before"),
        _ => None,
    });
    assert_eq!(count, 3);
    assert_eq!(program.expect_kept("the offer", stored), 5);
}

#[test]
fn an_offer_that_is_read_can_be_cancelled_and_the_next_one_follows() {
    let (mut program, _data, sources) = offering();
    let endless = sources.path().join("endless.img");
    let file = fs::File::create(&endless).expect("made");
    file.set_len(ENDLESS).expect("a file with a hole");
    let small = sources.path().join("small.txt");
    fs::write(&small, "small").expect("written");
    offer(&mut program, 1, &endless);
    offer(&mut program, 2, &small);
    offer(&mut program, 3, &small);
    // One that waits, and the one that is read.
    for id in [2, 1] {
        program.ask(&Command::CancelOffer { id: MessageId(id) });
        assert_eq!(
            program.expect("cancelled", failed),
            (id, OfferError::Cancelled)
        );
    }
    assert_eq!(program.expect_kept("the offer", stored), 3);
    // It is offered already, and this one never was.
    for id in [3, 7] {
        program.ask(&Command::CancelOffer { id: MessageId(id) });
    }
    offer(&mut program, 4, &small);
    assert_eq!(program.expect_kept("the offer", stored), 4);
}
