use super::{folders::tree, *};

/// A folder that a hostile peer offers: everything verifies, and the manifest says what this does.
fn hostile(manifest: &[u8], files: u32, contents: &[u8]) -> (Both, Result<PathBuf, ReceiveError>) {
    let mut both = Both::new();
    let stream = [manifest, contents].concat();
    // The peer may encode whatever it likes.
    let path = both.file("stream", &stream);
    let mut source = both.sender.prepare(&path);
    let (encoding, _) = both.sender.encode(&source, 0);
    source.offer.name = "folder".to_owned();
    source.offer.kind = Kind::Folder {
        manifest: manifest.len() as u32,
        files,
    };
    let into = both.destination(&source);
    let result = both.receiver.receive(&into, &encoding);
    (both, result)
}

fn entries(list: &[(&str, u64)]) -> Vec<u8> {
    let list: Vec<_> = list
        .iter()
        .map(|(path, size)| manifest::Entry {
            path: (*path).to_owned(),
            size: *size,
        })
        .collect();
    manifest::encode(&list)
}

#[test]
fn a_manifest_that_makes_no_sense_leaves_nothing_on_the_disk() {
    let long = "n".repeat(MOST_NAME + 1);
    let deep = vec!["d"; MOST_PARTS + 1].join("/");
    let cases: [(Vec<u8>, u32, &[u8]); 22] = [
        (entries(&[("../a", 1)]), 1, b"x"),
        (entries(&[("a/../../b", 1)]), 1, b"x"),
        (entries(&[("/etc/passwd", 1)]), 1, b"x"),
        (entries(&[("", 1)]), 1, b"x"),
        (entries(&[(".", 1)]), 1, b"x"),
        (entries(&[("a//b", 1)]), 1, b"x"),
        (entries(&[("a\0b", 1)]), 1, b"x"),
        (entries(&[(&long, 1)]), 1, b"x"),
        (entries(&[(&deep, 1)]), 1, b"x"),
        (entries(&[("a/", 1)]), 1, b"x"),
        // The same twice, and in the wrong order.
        (entries(&[("a", 1), ("a", 1)]), 2, b"xy"),
        (entries(&[("b", 1), ("a", 1)]), 2, b"xy"),
        // Sizes that are a lie.
        (entries(&[("a", 2)]), 1, b"x"),
        (entries(&[("a", 1)]), 1, b"xy"),
        (entries(&[("a", u64::MAX), ("b", 2)]), 2, b"x"),
        // Another number of files than was offered.
        (entries(&[("a", 1)]), 2, b"x"),
        (entries(&[]), 1, b""),
        // No CBOR, something after it, a length without an end, one that is huge, too many fields.
        (b"\xff\xff".to_vec(), 1, b"x"),
        ([entries(&[("a", 1)]), vec![0]].concat(), 1, b"x"),
        (b"\x9f\x82\x61a\x01\xff".to_vec(), 1, b"x"),
        (
            b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            100_000,
            b"x",
        ),
        (b"\x81\x83\x61a\x01\x01".to_vec(), 1, b"x"),
    ];
    for (manifest, files, contents) in cases {
        let (both, result) = hostile(&manifest, files, contents);
        assert_eq!(
            result,
            Err(ReceiveError::Manifest),
            "{}",
            String::from_utf8_lossy(&manifest)
        );
        assert!(both.arrived().is_empty());
        let beside = fs::read_dir(both.at.path()).expect("a folder").count();
        assert_eq!(beside, 2, "something is beside the folder");
    }
}

#[test]
fn names_in_a_folder_are_made_safe_and_stay_apart() {
    let list: [(&str, u64); 12] = [
        ("..\\up", 1),
        ("A", 1),
        ("C:/x", 1),
        ("CON", 1),
        ("a", 1),
        ("a ", 1),
        ("a.", 1),
        ("a:", 1),
        ("a?", 1),
        ("a_", 1),
        ("photo\u{202e}gpj.exe", 1),
        ("x:stream", 1),
    ];
    let (_both, result) = hostile(&entries(&list), list.len() as u32, b"abcdefghijkl");
    let arrived = result.expect("it arrives");
    let found: Vec<_> = tree(&arrived)
        .into_iter()
        .map(|(name, content)| (name, content[0] as char))
        .collect();
    let expected = [
        (".._up", 'a'),
        ("A", 'b'),
        ("C_/x", 'c'),
        ("_CON", 'd'),
        ("a (2)", 'e'),
        ("a (3)", 'f'),
        ("a (4)", 'g'),
        ("a_", 'h'),
        ("a_ (2)", 'i'),
        ("a_ (3)", 'j'),
        ("photo[U+202E]gpj.exe", 'k'),
        ("x_stream", 'l'),
    ];
    assert_eq!(
        found,
        expected.map(|(name, letter)| (name.to_owned(), letter))
    );
}

#[test]
fn a_hundred_thousand_names_that_become_the_same_are_told_apart_in_time() {
    let list: Vec<_> = (0..MOST_FILES)
        .map(|number| {
            // Ten characters of which each becomes the same one.
            let digit = |at: u32| {
                char::from(b"<>:\"|?*\\\x01\x02"[(number / 10_u32.pow(at) % 10) as usize])
            };
            manifest::Entry {
                path: (0..5).map(digit).collect(),
                size: 0,
            }
        })
        .collect();
    let places = manifest::places(&list);
    let different: std::collections::HashSet<_> = places.iter().map(|place| &place.path).collect();
    assert_eq!(different.len(), list.len());
}

#[test]
fn a_manifest_with_more_folders_than_are_allowed_is_refused() {
    let entry = |path: String| manifest::Entry { path, size: 0 };
    // Each path is a new folder with 31 folders in it: three million folders in 7 MiB.
    let bomb: Vec<_> = (0..MOST_FILES)
        .map(|number| {
            let digits = format!("{number:05}");
            let parts = digits.chars().chain(['x'; MOST_PARTS - 5]);
            let parts: Vec<_> = parts.map(String::from).collect();
            entry(parts.join("/"))
        })
        .collect();
    let decode = |entries: &[manifest::Entry]| {
        manifest::decode(&manifest::encode(entries), entries.len() as u32, 0)
    };
    assert_eq!(decode(&bomb), Err(manifest::Malformed));
    let mut most: Vec<_> = (1..MOST_FILES)
        .map(|number| entry(format!("a/{number:06}/")))
        .collect();
    assert_eq!(decode(&most).as_ref(), Ok(&most));
    most.push(entry("b/".to_owned()));
    assert_eq!(decode(&most), Err(manifest::Malformed));
    most.pop();
    // A file of this name beside the folder, and between it and its content in the order of the bytes.
    most.insert(0, entry("a".to_owned()));
    assert_eq!(decode(&most).as_ref(), Ok(&most));
}

#[test]
fn a_folder_with_more_folders_than_are_allowed_is_not_offered() {
    let mut both = Both::new();
    for number in 0..=MOST_FILES / 25 {
        let mut path = both.from("many").join(number.to_string());
        path.extend(["d"; 24]);
        fs::create_dir_all(&path).expect("made");
    }
    assert_eq!(
        both.sender.try_prepare(&both.from("many"), false),
        Err(PrepareError::TooManyFiles)
    );
}
