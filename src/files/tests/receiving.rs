use super::*;

const G: usize = GROUP as usize;

/// A transfer of six groups and a bit, that is offered.
fn offered(both: &mut Both) -> (Source, Vec<u8>, Vec<u8>) {
    let bytes = content(6 * G + 99);
    let path = both.file("a.bin", &bytes);
    let source = both.sender.prepare(&path);
    let (encoding, _) = both.sender.encode(&source, 0);
    (source, bytes, encoding)
}

/// Hands over a part of the encoding, and ends like a cut connection.
fn cut(both: &mut Both, into: &Destination, encoding: &[u8]) -> PathBuf {
    let (job, _, part) = both.receiver.ready(into);
    both.receiver.write(job, encoding);
    both.receiver.files.stop(job, false);
    assert_eq!(both.receiver.event(), FilesEvent::Stopped { job });
    part
}

#[test]
fn a_cut_transfer_goes_on_at_the_last_group_in_the_same_run_and_in_the_next() {
    for has_restarted in [false, true] {
        let mut both = Both::new();
        let (source, bytes, encoding) = offered(&mut both);
        let mut into = both.destination(&source);
        let part = cut(&mut both, &into, &encoding[..4 * G + 1000]);
        assert!(!part.starts_with("a.bin") && part::is_part(&part));
        if has_restarted {
            both.receiver = Side::new(&both.at.path().join("outgoing"));
        }
        into.part = part;
        into.is_begun = true;
        let (job, offset, _) = both.receiver.ready(&into);
        assert_eq!(offset, 4 * GROUP);
        let (rest, end) = both.sender.encode(&source, offset);
        assert_eq!(end, Ok(()));
        assert_eq!(both.receiver.files.missing(job), rest.len() as u64);
        both.receiver.write(job, &rest);
        let path = both.to().join("a.bin");
        assert_eq!(
            both.receiver.event(),
            FilesEvent::Arrived {
                job,
                path: path.clone()
            }
        );
        assert_eq!(fs::read(path).expect("there"), bytes);
        assert_eq!(both.arrived(), ["a.bin"]);
    }
}

#[test]
fn a_transfer_that_goes_on_at_once_waits_until_what_came_before_is_written() {
    let mut both = Both::new();
    let (source, bytes, encoding) = offered(&mut both);
    let mut into = both.destination(&source);
    let (first, _, part) = both.receiver.ready(&into);
    both.receiver.write(first, &encoding[..5 * G + 1000]);
    both.receiver.files.stop(first, false);
    into.part = part;
    into.is_begun = true;
    // Not waiting for the event.
    let second = both.receiver.job();
    both.receiver.files.receive(second, into).expect("not busy");
    assert_eq!(both.receiver.event(), FilesEvent::Stopped { job: first });
    let FilesEvent::Ready { offset, .. } = both.receiver.event() else {
        panic!("not ready")
    };
    assert_eq!(offset, 5 * GROUP);
    let (rest, _) = both.sender.encode(&source, offset);
    both.receiver.write(second, &rest);
    let FilesEvent::Arrived { path, .. } = both.receiver.event() else {
        panic!("not there")
    };
    assert_eq!(fs::read(path).expect("there"), bytes);
}

#[test]
fn a_part_that_lost_its_content_is_not_taken_for_what_was_offered() {
    for damage in ["zeros", "longer", "deleted"] {
        let mut both = Both::new();
        let (source, bytes, encoding) = offered(&mut both);
        let mut into = both.destination(&source);
        let part = cut(&mut both, &into, &encoding[..4 * G + 1000]);
        let file = || fs::File::options().write(true).open(&part).expect("there");
        match damage {
            "zeros" => {
                file().set_len(GROUP).expect("cut");
                file().set_len(4 * GROUP).expect("with zeros");
            }
            "longer" => file().set_len(1 << 30).expect("longer"),
            _ => fs::remove_file(&part).expect("deleted"),
        }
        both.receiver = Side::new(&both.at.path().join("outgoing"));
        into.part = part.clone();
        into.is_begun = true;
        let (job, offset, _) = both.receiver.ready(&into);
        let (rest, _) = both.sender.encode(&source, offset);
        both.receiver.write(job, &rest);
        let why = match (damage, both.receiver.event()) {
            ("zeros" | "longer", FilesEvent::ReceiveFailed { why, .. }) => why,
            ("deleted", FilesEvent::Arrived { path, .. }) => {
                assert_eq!((offset, fs::read(path).expect("there")), (0, bytes));
                continue;
            }
            (_, other) => panic!("{damage}: {other:?}"),
        };
        assert_eq!(why, ReceiveError::Damaged);
        // From the beginning it arrives.
        into.part = part::new_path(&both.to()).expect("a path");
        into.is_begun = false;
        let path = both.receiver.receive(&into, &encoding).expect("it arrives");
        assert_eq!(fs::read(path).expect("there"), bytes);
        assert_eq!(both.arrived(), ["a.bin"]);
    }
}

#[test]
fn a_wrong_byte_is_found_in_its_group_and_the_groups_before_it_stay() {
    let mut both = Both::new();
    let (source, bytes, encoding) = offered(&mut both);
    for at in [0, 63, 64, 1000, 3 * G, encoding.len() - 1] {
        let mut wrong = encoding.clone();
        wrong[at] ^= 0x10;
        let into = both.destination(&source);
        let (job, _, part) = both.receiver.ready(&into);
        // Nothing after the wrong group is needed to find it.
        both.receiver
            .write(job, &wrong[..(at + G + 64 * 8).min(wrong.len())]);
        assert_eq!(
            both.receiver.event(),
            FilesEvent::ReceiveFailed {
                job,
                why: ReceiveError::Invalid
            }
        );
        let there = fs::read(&part).expect("the part");
        assert_eq!(there, bytes[..there.len()]);
        assert_eq!(there.len() / G, at.saturating_sub(64 * 4) / G, "{at}");
        // Later bytes change nothing.
        assert_eq!(both.receiver.files.write(job, &[1; 100]), Ok(()));
        fs::remove_file(part).expect("deleted");
    }
    assert!(both.arrived().is_empty());
}

#[test]
fn a_size_that_is_a_lie_is_found_in_both_directions() {
    let mut both = Both::new();
    let (source, _, encoding) = offered(&mut both);
    for size in [
        0,
        1,
        G as u64,
        source.offer.size - 1,
        source.offer.size + 1,
        source.offer.size + GROUP,
    ] {
        let mut into = both.destination(&source);
        into.offer.size = size;
        let (job, _, part) = both.receiver.ready(&into);
        let limit = usize::try_from(both.receiver.files.missing(job)).expect("small");
        // For 0 bytes there is nothing to wait for.
        both.receiver
            .write(job, &encoding[..limit.min(encoding.len())]);
        if size > source.offer.size {
            assert!(both.receiver.files.missing(job) > 0);
            both.receiver.files.stop(job, false);
        }
        let event = both.receiver.event();
        let is_found = matches!(
            event,
            FilesEvent::ReceiveFailed {
                why: ReceiveError::Invalid,
                ..
            } | FilesEvent::Stopped { .. }
        );
        assert!(is_found, "{size}: {event:?}");
        assert!(part.exists());
        fs::remove_file(part).expect("deleted");
    }
    assert!(both.arrived().is_empty());
}

#[test]
fn bytes_beyond_the_end_are_not_taken() {
    let mut both = Both::new();
    let (source, _, encoding) = offered(&mut both);
    let into = both.destination(&source);
    let (job, _, _) = both.receiver.ready(&into);
    both.receiver.write(job, &encoding[..encoding.len() - 10]);
    assert_eq!(
        both.receiver.files.write(job, &[0; 11]),
        Err(WriteError::Beyond)
    );
    both.receiver.write(job, &encoding[encoding.len() - 10..]);
    assert!(matches!(both.receiver.event(), FilesEvent::Arrived { .. }));
}

#[test]
fn a_disk_that_does_not_keep_up_is_not_given_more_than_fits() {
    let mut both = Both::new();
    let (source, ..) = offered(&mut both);
    let mut into = both.destination(&source);
    into.offer.size = 1 << 30;
    let (job, ..) = both.receiver.ready(&into);
    assert_eq!(
        both.receiver.files.write(job, &vec![0; pipe::ROOM + 1]),
        Err(WriteError::Full)
    );
}

#[test]
fn what_arrives_never_replaces_anything() {
    let mut both = Both::new();
    let path = both.file("a.tar.gz", b"new");
    fs::write(both.to().join("a.tar.gz"), b"old").expect("written");
    fs::create_dir(both.to().join("a.tar (2).gz")).expect("made");
    let arrived = both.transfer(&path);
    assert_eq!(arrived, both.to().join("a.tar (3).gz"));
    assert_eq!(fs::read(both.to().join("a.tar.gz")).expect("there"), b"old");
    #[cfg(unix)]
    {
        // A link to nowhere, which `exists` does not see.
        let outside = both.at.path().join("outside");
        std::os::unix::fs::symlink(&outside, both.to().join("b")).expect("linked");
        let path = both.file("b", b"new");
        assert_eq!(both.transfer(&path), both.to().join("b (2)"));
        assert!(outside.symlink_metadata().is_err());
    }
}

#[test]
fn a_file_that_appears_between_looking_and_moving_stays() {
    let at = tempfile::tempdir().expect("a folder");
    let from = at.path().join("from");
    let to = at.path().join("to");
    fs::write(&from, b"new").expect("written");
    fs::write(&to, b"old").expect("written");
    // As if it was not there when `place` looked.
    let error = place::move_to(&from, &to, false).expect_err("not replaced");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    let error = place::move_onto_own(&from, &to, false).expect_err("not replaced");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(
        (
            fs::read(&from).expect("there"),
            fs::read(&to).expect("there")
        ),
        (b"new".into(), b"old".into())
    );
    fs::remove_file(&to).expect("deleted");
    place::move_onto_own(&from, &to, false).expect("moved");
    assert_eq!(fs::read(&to).expect("there"), b"new");
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_part_is_not_followed() {
    let mut both = Both::new();
    let (source, _, encoding) = offered(&mut both);
    let outside = both.at.path().join("outside");
    fs::write(&outside, b"outside").expect("written");
    for kind in [
        Kind::File,
        Kind::Folder {
            manifest: 1,
            files: 0,
        },
    ] {
        let mut into = both.destination(&source);
        let part = part::new_path(&both.to()).expect("a path");
        std::os::unix::fs::symlink(&outside, &part).expect("linked");
        into.offer.kind = kind;
        into.part = part;
        into.is_begun = true;
        let job = both.receiver.job();
        both.receiver.files.receive(job, into).expect("not busy");
        assert!(matches!(
            both.receiver.event(),
            FilesEvent::ReceiveFailed {
                why: ReceiveError::Io(_),
                ..
            }
        ));
        both.receiver
            .files
            .write(job, &encoding[..1000])
            .expect("dropped");
    }
    assert_eq!(fs::read(outside).expect("there"), b"outside");
}

#[test]
fn a_path_from_the_store_that_is_no_part_is_neither_written_nor_deleted() {
    let mut both = Both::new();
    let (source, ..) = offered(&mut both);
    let own = both.file("own.txt", b"own");
    let mut into = both.destination(&source);
    into.part = own.clone();
    into.is_begun = true;
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    let why = ReceiveError::Io(io::ErrorKind::InvalidInput);
    assert_eq!(
        both.receiver.event(),
        FilesEvent::ReceiveFailed { job, why }
    );
    both.receiver.files.discard(own.clone()).expect("not busy");
    let source = Source {
        path: own.clone(),
        offer: source.offer,
    };
    both.receiver
        .files
        .forget(source.path.clone())
        .expect("not busy");
    both.receiver.files = Files::new(Box::new(|| {}), PathBuf::new());
    assert_eq!(fs::read(own).expect("there"), b"own");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_what_arrives() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut both = Both::new();
    let (source, _, encoding) = offered(&mut both);
    let into = both.destination(&source);
    let part = cut(&mut both, &into, &encoding[..G]);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&part), 0o600);
    let path = both.file("folder/a", b"a");
    let folder = both.transfer(path.parent().expect("a folder"));
    assert_eq!((mode(&folder), mode(&folder.join("a"))), (0o700, 0o600));
}

#[test]
fn a_transfer_that_is_cancelled_leaves_nothing_behind() {
    let mut both = Both::new();
    let (source, _, encoding) = offered(&mut both);
    let into = both.destination(&source);
    let (job, ..) = both.receiver.ready(&into);
    both.receiver.write(job, &encoding[..3 * G]);
    both.receiver.files.stop(job, true);
    assert_eq!(both.receiver.event(), FilesEvent::Stopped { job });
    assert!(both.arrived().is_empty());
    // And one that is not under way.
    let part = cut(&mut both, &into, &encoding[..3 * G]);
    both.receiver.files.discard(part).expect("not busy");
    // Dropping it waits for what was asked for.
    both.receiver.files = Files::new(Box::new(|| {}), PathBuf::new());
    assert!(both.arrived().is_empty());
}

#[test]
fn a_part_is_not_deleted_while_a_thread_may_still_write_it() {
    let mut both = Both::new();
    let (source, _, encoding) = offered(&mut both);
    let into = both.destination(&source);
    let (job, _, part) = both.receiver.ready(&into);
    assert_eq!(both.receiver.files.discard(part.clone()), Err(Busy));
    both.receiver.write(job, &encoding[..3 * G]);
    both.receiver.files.stop(job, false);
    assert_eq!(both.receiver.files.discard(part.clone()), Err(Busy));
    // Another part is deleted meanwhile.
    let other = part::new_path(&both.to()).expect("a path");
    both.receiver.files.discard(other).expect("not busy");
    // The owner is woken when the thread has ended.
    while both.receiver.files.discard(part.clone()).is_err() {
        both.receiver.wait();
        both.receiver.files.poll();
    }
    // Dropping it waits for what was asked for.
    both.receiver.files = Files::new(Box::new(|| {}), PathBuf::new());
    assert!(both.arrived().is_empty());
}

#[test]
fn a_transfer_that_does_not_fit_on_the_disk_is_not_begun() {
    let mut both = Both::new();
    let (source, ..) = offered(&mut both);
    let mut into = both.destination(&source);
    into.offer.size = MOST_BYTES;
    let free = fs4::available_space(both.to()).expect("known");
    assert!(
        free < MOST_BYTES,
        "this test needs a disk with less than a terabyte free"
    );
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    let event = both.receiver.event();
    let is_refused = matches!(event, FilesEvent::ReceiveFailed { why: ReceiveError::NoSpace { needed, free }, .. } if free < needed);
    assert!(is_refused, "{event:?}");
    assert!(both.arrived().is_empty());
}
