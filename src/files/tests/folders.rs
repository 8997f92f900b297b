use super::*;

/// The files in a folder, with their paths in it, and the empty folders with `/` at the end.
pub(super) fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let name = |path: &Path| {
            path.strip_prefix(folder)
                .expect("below")
                .to_str()
                .expect("text")
                .replace('\\', "/")
        };
        let mut is_empty = true;
        for entry in fs::read_dir(&next).expect("a folder") {
            is_empty = false;
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((name(&path), fs::read(&path).expect("there")));
            }
        }
        if is_empty {
            found.push((format!("{}/", name(&next)), Vec::new()));
        }
    }
    found.sort();
    found
}

/// A folder with files of many sizes, one over several groups.
fn sample(both: &Both) -> PathBuf {
    for (name, size) in [
        ("사진/여름.jpg", 300_000),
        ("사진/빈 파일.txt", 0),
        ("a", 1),
        ("a.d/b", 1_000_000),
        ("a.d/deep/er/c", GROUP as usize),
        ("z", 0),
        (".hidden", 5),
    ] {
        both.file(&format!("folder/{name}"), &content(size));
    }
    fs::create_dir_all(both.from("folder/empty/inside")).expect("made");
    both.from("folder")
}

#[test]
fn a_folder_arrives_as_it_is() {
    let mut both = Both::new();
    let path = sample(&both);
    let arrived = both.transfer(&path);
    assert_eq!(arrived, both.to().join("folder"));
    assert_eq!(tree(&arrived), tree(&path));
    // A second time beside the first one.
    assert_eq!(both.transfer(&path), both.to().join("folder (2)"));
    assert_eq!(both.arrived(), ["folder", "folder (2)"]);
}

#[test]
fn folders_without_content_arrive_too() {
    let mut both = Both::new();
    let path = both.from("nothing");
    fs::create_dir(&path).expect("made");
    assert_eq!(tree(&both.transfer(&path)), [("/".to_owned(), Vec::new())]);
    both.file("empty/a/b", b"");
    both.file("empty/c", b"");
    let path = both.from("empty");
    let arrived = both.transfer(&path);
    assert_eq!(tree(&arrived), tree(&path));
}

#[test]
fn a_folder_that_is_cut_anywhere_goes_on_and_arrives_as_it_is() {
    let mut both = Both::new();
    let path = sample(&both);
    let source = both.sender.prepare(&path);
    let (encoding, _) = both.sender.encode(&source, 0);
    let borders =
        (0..encoding.len())
            .step_by(GROUP as usize / 2)
            .chain([10, 200, encoding.len() - 1]);
    for end in borders {
        for has_restarted in [false, true] {
            let mut into = both.destination(&source);
            let (job, _, part) = both.receiver.ready(&into);
            both.receiver.write(job, &encoding[..end]);
            both.receiver.files.stop(job, false);
            assert_eq!(both.receiver.event(), FilesEvent::Stopped { job });
            if has_restarted {
                both.receiver = Side::new(&both.at.path().join("outgoing"));
            }
            into.part = part;
            into.is_begun = true;
            let (job, offset, _) = both.receiver.ready(&into);
            // What was verified is not sent again.
            let verified = tree::resume_at(end.saturating_sub(64 * 16) as u64, source.offer.size);
            assert!(offset >= verified, "{offset} after {end}");
            let (rest, _) = both.sender.encode(&source, offset);
            both.receiver.write(job, &rest);
            let event = both.receiver.event();
            let FilesEvent::Arrived { path: arrived, .. } = event else {
                panic!("cut at {end}: {event:?}")
            };
            assert_eq!(tree(&arrived), tree(&path), "cut at {end}");
            fs::remove_dir_all(arrived).expect("deleted");
            assert!(both.arrived().is_empty());
        }
    }
}

#[test]
fn a_folder_with_a_long_manifest_is_cut_within_it_and_arrives() {
    let mut both = Both::new();
    let name = "n".repeat(200);
    for number in 0..3000 {
        both.file(
            &format!("many/{number:05}{name}"),
            &number.to_string().into_bytes(),
        );
    }
    let path = both.from("many");
    let source = both.sender.prepare(&path);
    let Kind::Folder { manifest, files } = source.offer.kind else {
        panic!("a folder")
    };
    assert!(u64::from(manifest) > 2 * GROUP && files == 3000);
    let (encoding, _) = both.sender.encode(&source, 0);
    for end in [
        GROUP + 500,
        u64::from(manifest) + 200,
        2 * GROUP + 500,
        encoding.len() as u64 - 1,
    ] {
        let mut into = both.destination(&source);
        let (job, _, part) = both.receiver.ready(&into);
        both.receiver.write(job, &encoding[..end as usize]);
        both.receiver.files.stop(job, false);
        assert_eq!(both.receiver.event(), FilesEvent::Stopped { job });
        into.part = part;
        into.is_begun = true;
        let (job, offset, _) = both.receiver.ready(&into);
        let (rest, _) = both.sender.encode(&source, offset);
        both.receiver.write(job, &rest);
        let event = both.receiver.event();
        let FilesEvent::Arrived { path: arrived, .. } = event else {
            panic!("cut at {end}: {event:?}")
        };
        assert_eq!(tree(&arrived), tree(&path), "cut at {end}");
        fs::remove_dir_all(arrived).expect("deleted");
    }
}

#[cfg(unix)]
#[test]
fn links_and_devices_in_a_folder_are_left_out_and_counted() {
    let mut both = Both::new();
    let path = sample(&both);
    both.file("secret", b"secret");
    std::os::unix::fs::symlink(both.from("secret"), path.join("link")).expect("linked");
    std::os::unix::fs::symlink(both.at.path(), path.join("up")).expect("linked");
    std::os::unix::fs::symlink(&path, path.join("round")).expect("linked");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(path.join("pipe"))
            .status()
            .expect("mkfifo")
            .success()
    );
    let (source, left_out) = both
        .sender
        .try_prepare(&path, false)
        .expect("it can be offered");
    assert_eq!(left_out, 4);
    let (encoding, _) = both.sender.encode(&source, 0);
    let into = both.destination(&source);
    let arrived = both.receiver.receive(&into, &encoding).expect("it arrives");
    for name in ["link", "up", "round", "pipe"] {
        assert!(!arrived.join(name).exists());
    }
}

#[test]
fn a_folder_that_changes_after_it_was_offered_is_not_sent() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 5] = [
        ("more", |path| {
            fs::write(path.join("new"), b"").expect("written");
        }),
        ("fewer", |path| {
            fs::remove_file(path.join("a")).expect("deleted");
        }),
        ("renamed", |path| {
            fs::rename(path.join("z"), path.join("y")).expect("renamed");
        }),
        ("content", |path| {
            fs::write(path.join("a"), b"?").expect("written");
        }),
        ("replaced", |path| {
            fs::remove_file(path.join("a")).expect("deleted");
            #[cfg(unix)]
            std::os::unix::fs::symlink("/etc/passwd", path.join("a")).expect("linked");
        }),
    ];
    for (what, change) in changes {
        let mut both = Both::new();
        let path = sample(&both);
        let source = both.sender.prepare(&path);
        change(&path);
        assert_eq!(
            both.sender.encode(&source, 0).1,
            Err(SendError::Changed),
            "{what}"
        );
    }
}

#[test]
fn folders_beyond_the_limits_are_refused_without_reading_them_to_the_end() {
    let mut both = Both::new();
    let deep = format!("deep/{}", vec!["d"; MOST_PARTS].join("/"));
    both.file(&format!("{deep}/a"), b"");
    let refused = both.sender.try_prepare(&both.from("deep"), false);
    assert!(
        matches!(refused, Err(PrepareError::NameTooLong(_))),
        "{refused:?}"
    );

    let long = vec!["d".repeat(200); 6].join("/");
    both.file(&format!("long/{long}"), b"");
    let refused = both.sender.try_prepare(&both.from("long"), false);
    assert!(
        matches!(refused, Err(PrepareError::NameTooLong(_))),
        "{refused:?}"
    );

    both.file("large/a", b"");
    for name in ["a", "b"] {
        let file = fs::File::create(both.from("large").join(name)).expect("made");
        file.set_len(MOST_BYTES / 2 + 1).expect("long");
    }
    assert_eq!(
        both.sender.try_prepare(&both.from("large"), false),
        Err(PrepareError::TooLarge)
    );

    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        for bytes in [b"x\xff", b"x\xfe"] {
            both.file("twice/a", b"");
            fs::write(
                both.from("twice").join(std::ffi::OsStr::from_bytes(bytes)),
                b"",
            )
            .expect("written");
        }
        let refused = both.sender.try_prepare(&both.from("twice"), false);
        assert!(
            matches!(refused, Err(PrepareError::SameName(_))),
            "{refused:?}"
        );
    }
}

/// Hard links, because they take no room of their own.
#[test]
fn a_folder_with_a_million_names_is_refused_at_the_limit() {
    let mut both = Both::new();
    let file = both.file("many/first", b"x");
    let mut target = file.clone();
    for number in 0..=MOST_FILES {
        let link = both.from("many").join(number.to_string());
        if fs::hard_link(&target, &link).is_err() {
            // A file may have 65,000 names on some systems.
            fs::write(&link, b"x").expect("written");
            target = link;
        }
    }
    assert_eq!(
        both.sender.try_prepare(&both.from("many"), false),
        Err(PrepareError::TooManyFiles)
    );
}
