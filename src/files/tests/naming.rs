use proptest::prelude::*;

use super::*;

#[test]
fn names_are_safe_on_every_system_and_stay_as_they_are_where_they_can() {
    let long = format!("{}.tar.gz", "x".repeat(300));
    let cases = [
        ("report.pdf", "report.pdf"),
        ("여름 휴가.jpg", "여름 휴가.jpg"),
        // As macOS writes it.
        ("\u{110b}\u{1167}\u{1105}\u{1173}\u{11b7}.jpg", "여름.jpg"),
        ("❤️ 👩‍💻.png", "❤️ 👩‍💻.png"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("..\\x", "_._x"),
        ("\\\\server\\share", "__server_share"),
        ("C:\\Windows", "C__Windows"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Com1", "_Com1"),
        ("LPT³.x", "_LPT³.x"),
        ("COM10", "COM10"),
        ("CONIN$", "_CONIN$"),
        ("nul .txt", "_nul .txt"),
        ("console", "console"),
        ("a.", "a"),
        ("a ", "a"),
        (" . a . ", "_ a"),
        ("x:stream", "x_stream"),
        ("a\0b", "a[00]b"),
        ("a\nb\tc", "a_b_c"),
        ("photo\u{202e}gpj.exe", "photo[U+202E]gpj.exe"),
        ("a\u{200b}b", "a[U+200B]b"),
        ("a\u{3000}b", "a b"),
        ("a／b", "a_b"),
        (".bashrc", "_bashrc"),
        (".", "_"),
        ("..", "_"),
        ("", "file"),
        ("   ", "file"),
        ("...", "_"),
        (&long, &format!("{}.gz", "x".repeat(237))),
    ];
    for (name, safe) in cases {
        assert_eq!(safe_name(name), safe, "{name:?}");
    }
}

proptest! {
    #[test]
    fn a_safe_name_is_one_name_of_a_length_that_every_system_takes(name in ".{0,300}") {
        let safe = safe_name(&name);
        prop_assert!((1..=240).contains(&safe.len()));
        let forbidden = |character: char| character.is_control() || "/\\:*?\"<>|".contains(character);
        prop_assert!(!safe.contains(forbidden), "{safe:?}");
        prop_assert!(!safe.starts_with(['.', ' ']) && !safe.ends_with([' ']), "{safe:?}");
        prop_assert_eq!(Path::new(&safe).components().count(), 1);
        prop_assert_eq!(safe_name(&safe), safe);
    }
}

#[test]
fn what_can_run_is_known_by_its_name() {
    for name in [
        "a.exe",
        "A.EXE",
        "b.txt.scr",
        "c.exe.",
        "d.exe ",
        "e.desktop",
        "f.AppImage",
        "g.sh",
        "h.docm",
        "i.lnk",
        "photo[U+202E]gpj.exe",
    ] {
        assert!(can_run(Path::new(name)), "{name}");
    }
    for name in [
        "a.txt",
        "exe",
        "b.jpg",
        "c.pdf",
        "d.mp4",
        "e.zip",
        "f.docx",
        "여름.png",
        "",
    ] {
        assert!(!can_run(Path::new(name)), "{name}");
    }
}

#[test]
fn a_picture_is_known_by_its_name() {
    assert!(is_picture(Path::new("a.JPG")) && is_picture(Path::new("여름.webp")));
    assert!(!is_picture(Path::new("png")) && !is_picture(Path::new("a.png.exe")));
}

#[test]
fn offers_beyond_the_limits_are_known() {
    let offer = Offer {
        name: "a".to_owned(),
        size: 10,
        kind: Kind::File,
        root: [0; 32],
    };
    assert!(offer.is_valid());
    let folder = |manifest, files| Offer {
        kind: Kind::Folder { manifest, files },
        ..offer.clone()
    };
    assert!(folder(10, 0).is_valid() && folder(1, MOST_FILES).is_valid());
    for wrong in [
        folder(0, 0),
        folder(11, 0),
        folder(1, MOST_FILES + 1),
        Offer {
            size: MOST_BYTES,
            ..folder(MOST_MANIFEST + 1, 1)
        },
        Offer {
            size: MOST_BYTES + 1,
            ..offer.clone()
        },
        Offer {
            size: 1 << 63,
            ..offer.clone()
        },
        Offer {
            name: String::new(),
            ..offer.clone()
        },
        Offer {
            name: "x".repeat(256),
            ..offer.clone()
        },
    ] {
        assert!(!wrong.is_valid(), "{wrong:?}");
    }
}
