//! Disks that are full or can't be written.

#[path = "../../../tests/support/mounts.rs"]
mod mounts;

use mounts::{in_own_mounts, mount};

use super::*;

const G: usize = GROUP as usize;

#[test]
fn a_disk_that_becomes_full_keeps_what_was_written_and_the_transfer_goes_on_later() {
    if !in_own_mounts(
        module_path!(),
        "a_disk_that_becomes_full_keeps_what_was_written_and_the_transfer_goes_on_later",
    ) {
        return;
    }
    for is_folder in [false, true] {
        let mut both = Both::new();
        mount(&both.to(), "size=16m");
        let bytes = content(5 * G);
        let path = both.file("folder/a", &bytes);
        let path = if is_folder { both.from("folder") } else { path };
        let source = both.sender.prepare(&path);
        let (encoding, _) = both.sender.encode(&source, 0);
        let mut into = both.destination(&source);
        let (job, ..) = both.receiver.ready(&into);
        // Somebody else fills the disk.
        let filler = both.to().join("filler");
        let left = 2 * G as u64 + 50_000;
        let free = fs4::available_space(both.to()).expect("known") - left;
        fs::write(&filler, vec![0xa5; free as usize]).expect("written");
        both.receiver.write(job, &encoding);
        assert_eq!(
            both.receiver.event(),
            FilesEvent::ReceiveFailed {
                job,
                why: ReceiveError::DiskFull
            }
        );
        fs::remove_file(filler).expect("deleted");

        into.is_begun = true;
        let (job, offset, _) = both.receiver.ready(&into);
        assert_eq!(offset, 2 * GROUP, "folder: {is_folder}");
        let (rest, _) = both.sender.encode(&source, offset);
        both.receiver.write(job, &rest);
        let event = both.receiver.event();
        let FilesEvent::Arrived { path, .. } = event else {
            panic!("{event:?}")
        };
        let path = if is_folder { path.join("a") } else { path };
        assert_eq!(fs::read(path).expect("there"), bytes);
    }
}

#[test]
fn a_small_disk_is_noticed_before_anything_is_written() {
    if !in_own_mounts(
        module_path!(),
        "a_small_disk_is_noticed_before_anything_is_written",
    ) {
        return;
    }
    let mut both = Both::new();
    mount(&both.to(), "size=2m");
    let path = both.file("a", &content(8 * G));
    let source = both.sender.prepare(&path);
    let into = both.destination(&source);
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    let event = both.receiver.event();
    let is_refused = matches!(event, FilesEvent::ReceiveFailed { why: ReceiveError::NoSpace { needed, .. }, .. } if needed >= 8 * GROUP);
    assert!(is_refused, "{event:?}");
    assert!(both.arrived().is_empty());
}

#[test]
fn a_folder_that_can_not_be_written_is_said_to_be_so() {
    if !in_own_mounts(
        module_path!(),
        "a_folder_that_can_not_be_written_is_said_to_be_so",
    ) {
        return;
    }
    let mut both = Both::new();
    mount(&both.to(), "size=100m,ro");
    let path = both.file("a", b"content");
    let source = both.sender.prepare(&path);
    let into = both.destination(&source);
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    assert_eq!(
        both.receiver.event(),
        FilesEvent::ReceiveFailed {
            job,
            why: ReceiveError::ReadOnly
        }
    );
}
