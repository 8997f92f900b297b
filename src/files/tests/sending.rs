use super::*;

const G: usize = GROUP as usize;

/// Sizes around the borders of chunks and groups.
const SIZES: [usize; 13] = [
    0,
    1,
    1023,
    1024,
    1025,
    G - 1,
    G,
    G + 1,
    2 * G,
    2 * G + 1,
    5 * G - 1,
    8 * G,
    11 * G + 12_345,
];

#[test]
fn a_file_of_any_size_arrives_as_it_is_under_its_name() {
    let mut both = Both::new();
    for size in SIZES {
        let bytes = content(size);
        let name = format!("{size}.bin");
        let path = both.file(&name, &bytes);
        let arrived = both.transfer(&path);
        assert_eq!(arrived, both.to().join(&name));
        assert_eq!(fs::read(&arrived).expect("there"), bytes);
    }
    // Nothing else is left.
    assert_eq!(both.arrived().len(), SIZES.len());
}

#[test]
fn the_root_is_the_blake3_hash_of_the_content() {
    let mut both = Both::new();
    for size in SIZES {
        let bytes = content(size);
        let path = both.file("a", &bytes);
        let source = both.sender.prepare(&path);
        assert_eq!(source.offer.root, *blake3::hash(&bytes).as_bytes());
        assert_eq!(
            (source.offer.size, source.offer.kind),
            (size as u64, Kind::File)
        );
    }
}

#[test]
fn what_is_sent_from_an_offset_on_has_the_length_that_is_announced() {
    let mut both = Both::new();
    for size in SIZES {
        let path = both.file("a", &content(size));
        let source = both.sender.prepare(&path);
        for offset in (0..size.max(1)).step_by(G) {
            let (encoding, end) = both.sender.encode(&source, offset as u64);
            assert_eq!(end, Ok(()));
            assert_eq!(
                encoding.len() as u64,
                encoded_len(size as u64, offset as u64),
                "{size} from {offset}"
            );
        }
    }
}

#[test]
fn a_restarted_sender_hashes_again_and_sends_the_same() {
    let mut both = Both::new();
    let path = both.file("a", &content(3 * G + 7));
    let source = both.sender.prepare(&path);
    let before = both.sender.encode(&source, GROUP);
    both.sender = Side::new(&both.at.path().join("outgoing"));
    assert_eq!(both.sender.encode(&source, GROUP), before);
}

/// What the file becomes, and whether the sender has restarted since the offer.
#[test]
fn a_source_that_was_changed_is_never_mixed_into_what_was_offered() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("a byte", |path| {
            let mut bytes = fs::read(path).expect("there");
            bytes[4 * G + 1] ^= 1;
            fs::write(path, bytes).expect("written");
        }),
        ("shorter", |path| {
            fs::File::options()
                .write(true)
                .open(path)
                .expect("there")
                .set_len(4 * GROUP)
                .expect("cut");
        }),
        ("longer", |path| {
            fs::File::options()
                .write(true)
                .open(path)
                .expect("there")
                .set_len(9 * GROUP)
                .expect("longer");
        }),
        ("a folder", |path| {
            fs::remove_file(path).expect("deleted");
            fs::create_dir(path).expect("made");
        }),
    ];
    for (what, change) in changes {
        for has_restarted in [false, true] {
            let mut both = Both::new();
            let bytes = content(6 * G);
            let path = both.file("a", &bytes);
            let source = both.sender.prepare(&path);
            change(&path);
            if has_restarted {
                both.sender = Side::new(&both.at.path().join("outgoing"));
            }
            let (encoding, end) = both.sender.encode(&source, 0);
            assert_eq!(end, Err(SendError::Changed), "{what}");
            // What was sent before the change was noticed is what was offered.
            let into = both.destination(&source);
            let (job, _, part) = both.receiver.ready(&into);
            both.receiver.write(job, &encoding);
            both.receiver.files.stop(job, false);
            assert_eq!(both.receiver.event(), FilesEvent::Stopped { job }, "{what}");
            let there = fs::read(part).expect("the part");
            assert!(bytes.starts_with(&there), "{what}");
        }
    }
}

/// A stick that was unplugged, a share that is not mounted: the file may be there again later, as it was.
#[test]
fn a_source_that_is_not_there_can_not_be_read_but_has_not_changed() {
    for is_folder in [false, true] {
        for has_restarted in [false, true] {
            let mut both = Both::new();
            let path = both.file("stick/folder/a", &content(3 * G));
            let folder = both.from("stick/folder");
            let source = both.sender.prepare(if is_folder { &folder } else { &path });
            let before = both.sender.encode(&source, 0);
            let (there, away) = (both.from("stick"), both.from("away"));
            fs::rename(&there, &away).expect("renamed");
            if has_restarted {
                both.sender = Side::new(&both.at.path().join("outgoing"));
            }
            let missing = Err(SendError::Io(io::ErrorKind::NotFound));
            assert_eq!(both.sender.encode(&source, 0).1, missing);
            // A file where the folder was.
            fs::write(&there, b"").expect("written");
            let end = both.sender.encode(&source, 0).1;
            let kind = if cfg!(windows) {
                io::ErrorKind::NotFound
            } else {
                io::ErrorKind::NotADirectory
            };
            assert_eq!(end, Err(SendError::Io(kind)));
            fs::remove_file(&there).expect("deleted");
            fs::rename(&away, &there).expect("renamed");
            assert_eq!(both.sender.encode(&source, 0), before);
        }
    }
}

#[test]
fn a_source_that_changes_while_it_is_sent_ends_the_transfer() {
    let mut both = Both::new();
    // More than is read ahead.
    let path = both.file("a", &content(40 * G));
    let source = both.sender.prepare(&path);
    let job = both.sender.job();
    both.sender.files.send(job, source, 0).expect("not busy");
    let mut changed = false;
    loop {
        match both.sender.files.take_chunk(job) {
            Next::Chunk(_) if !changed => {
                fs::File::options()
                    .write(true)
                    .open(&path)
                    .expect("there")
                    .set_len(30 * GROUP)
                    .expect("cut");
                changed = true;
            }
            Next::Chunk(_) => {}
            Next::NotYet => both.sender.wait(),
            Next::End(end) => {
                assert_eq!(end, Err(SendError::Changed));
                break;
            }
        }
    }
}

#[test]
fn no_more_is_read_ahead_than_is_allowed_and_dropping_ends_the_threads() {
    let mut both = Both::new();
    let path = both.file("a", &content(40 * G));
    let source = both.sender.prepare(&path);
    for job in 100..100 + MOST_MOVING as JobId {
        both.sender
            .files
            .send(job, source.clone(), 0)
            .expect("not busy");
    }
    assert_eq!(both.sender.files.send(1, source, 0), Err(Busy));
    both.sender.wait();
    // Waits for the threads, which have no room for more chunks.
    drop(both);
}

#[test]
fn a_file_that_is_no_file_can_not_be_offered() {
    let mut both = Both::new();
    let missing = both.from("missing");
    assert_eq!(
        both.sender.try_prepare(&missing, false),
        Err(PrepareError::Missing(missing.clone()))
    );
    #[cfg(unix)]
    {
        let device = Path::new("/dev/zero");
        assert_eq!(
            both.sender.try_prepare(device, false),
            Err(PrepareError::NoFile(device.to_owned()))
        );
        let pipe = both.from("pipe");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .expect("mkfifo")
                .success()
        );
        assert_eq!(
            both.sender.try_prepare(&pipe, false),
            Err(PrepareError::NoFile(pipe.clone()))
        );
        // A link that the person chose is followed.
        let path = both.file("a", b"content");
        std::os::unix::fs::symlink(&path, both.from("link")).expect("linked");
        assert_eq!(both.sender.prepare(&both.from("link")).offer.size, 7);
    }
}

#[cfg(unix)]
#[test]
fn a_file_replaced_by_a_pipe_does_not_hang_the_thread() {
    let mut both = Both::new();
    let path = both.file("a", b"content");
    let source = both.sender.prepare(&path);
    fs::remove_file(&path).expect("deleted");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .expect("mkfifo")
            .success()
    );
    assert_eq!(both.sender.encode(&source, 0).1, Err(SendError::Changed));
}

#[test]
fn a_job_that_is_stopped_while_it_is_hashed_ends() {
    let mut both = Both::new();
    let path = both.from("large");
    // Without content on the disk, but hours of hashing in a debug build.
    fs::File::create(&path)
        .expect("made")
        .set_len(MOST_BYTES)
        .expect("long");
    both.sender
        .files
        .prepare(7, path.clone(), false)
        .expect("not busy");
    both.sender.files.prepare(8, path, false).expect("not busy");
    both.sender.wait();
    both.sender.files.stop(8, false);
    both.sender.files.stop(7, false);
    assert_eq!(
        both.sender.event(),
        FilesEvent::PrepareFailed {
            job: 7,
            why: PrepareError::Stopped
        }
    );
    assert_eq!(
        both.sender.event(),
        FilesEvent::PrepareFailed {
            job: 8,
            why: PrepareError::Stopped
        }
    );
}
