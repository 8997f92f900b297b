use super::{folders::tree, *};

/// Receives all of it, and is then told to receive into the same part again, as after a kill between the rename and the
/// commit. Returns where it has arrived, and what happens then.
fn received_twice(
    both: &mut Both,
    source: &Source,
    between: impl FnOnce(&Path, &Path),
) -> (PathBuf, FilesEvent) {
    let (encoding, _) = both.sender.encode(source, 0);
    let mut into = both.destination(source);
    let (job, _, part) = both.receiver.ready(&into);
    both.receiver.write(job, &encoding);
    let FilesEvent::Arrived { path, .. } = both.receiver.event() else {
        panic!("not there")
    };
    assert!(part.symlink_metadata().is_err());
    both.receiver = Side::new(&both.at.path().join("outgoing"));
    between(&path, &part);
    into.part = part;
    into.is_begun = true;
    let job = both.receiver.job();
    both.receiver.files.receive(job, into).expect("not busy");
    (path, both.receiver.event())
}

#[test]
fn a_file_that_had_its_name_before_a_kill_is_not_received_again() {
    for others in [&[][..], &["a.bin"], &["a.bin", "a (2).bin"]] {
        let mut both = Both::new();
        let bytes = content(GROUP as usize * 2 + 5);
        for other in others {
            // Of the same size, and something else.
            fs::write(both.to().join(other), vec![1; bytes.len()]).expect("written");
        }
        let path = both.file("a.bin", &bytes);
        let source = both.sender.prepare(&path);
        let (path, event) = received_twice(&mut both, &source, |_, _| {});
        assert_eq!(
            event,
            FilesEvent::Arrived {
                job: 1,
                path: path.clone()
            }
        );
        assert_eq!(fs::read(path).expect("there"), bytes);
        assert_eq!(both.arrived().len(), others.len() + 1);
    }
}

#[test]
fn a_folder_that_had_its_name_before_a_kill_is_not_received_again() {
    // The kill may come before what is left of the part is deleted, and after that.
    for is_part_left in [false, true] {
        let mut both = Both::new();
        both.file("folder/a/사진.bin", &content(300_000));
        both.file("folder/b", b"b");
        let before = both.from("folder");
        fs::create_dir(both.to().join("folder")).expect("made");
        let source = both.sender.prepare(&before);
        let (path, event) = received_twice(&mut both, &source, |_, part| {
            if is_part_left {
                fs::create_dir(part).expect("made");
            }
        });
        assert_eq!(
            event,
            FilesEvent::Arrived {
                job: 1,
                path: path.clone()
            }
        );
        assert_eq!(path, both.to().join("folder (2)"));
        assert_eq!(tree(&path), tree(&before));
    }
}

#[test]
fn what_has_the_name_and_another_content_is_not_taken_for_what_was_offered() {
    let mut both = Both::new();
    let bytes = content(GROUP as usize * 2 + 5);
    let path = both.file("a.bin", &bytes);
    let source = both.sender.prepare(&path);
    let (_, event) = received_twice(&mut both, &source, |path, _| {
        let mut bytes = fs::read(path).expect("there");
        bytes[GROUP as usize] ^= 1;
        fs::write(path, bytes).expect("written");
    });
    assert!(
        matches!(event, FilesEvent::Ready { offset: 0, .. }),
        "{event:?}"
    );
}
