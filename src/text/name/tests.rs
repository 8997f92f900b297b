use super::*;

fn alike(one: &str, other: &str) -> bool {
    Comparable::new(one).looks_like(&Comparable::new(other))
}

#[test]
fn names_that_look_alike_are_found() {
    for (one, others) in [
        (
            "Mina",
            &[
                "MINA",
                "mina",
                " Mina ",
                "Ｍｉｎａ",
                "𝐌𝐢𝐧𝐚",
                "Ⓜⓘⓝⓐ",
                // Cyrillic and Greek letters, one or all of them.
                "Minа",
                "Mіna",
                "Μina",
                "Mιna",
                "ΜΙΝΑ",
                // Other letters of Latin, digits and signs.
                "M1na",
                "Mlna",
                "MINΑ",
                "M|na",
                "Mına",
                "Mi\u{307}na",
                "rnina",
                "RNlNA",
                "Mⅰna",
                // Cherokee.
                "Ꮇina",
                // What is invisible or blank.
                "Mi\u{ad}na",
                "Mina\u{200d}",
                "Mi\u{200b}na",
                "M\u{34f}ina",
                "\u{2068}Mina\u{2069}",
                "\u{202e}Mina",
                "Mina\u{3164}",
                "Mi\u{ffa0}na",
                "\u{2800}Mina",
                "Mina\u{fe0f}",
                "Mi\u{200a}na",
                "Mina\u{fff9}",
                "Mina\u{13430}",
                "Mina\u{13441}",
                "\u{13442}Mina\u{1d159}",
                "Mina\u{16fe4}",
                "Mina\u{7}",
                "Mina\u{e0041}",
                "M ina",
                "Mina\n",
                // Signs beside it.
                "Mina ✓",
                "Mina ✔",
                "★Mina★",
                "“Mina”",
                "Mina.",
                "(Mina)",
                "Mi-na",
            ][..],
        ),
        ("Paul", &["Pau1", "PauI", "PAUL", "Раul", "PaUl", "Pаυl"]),
        ("Bob", &["B0b", "Воb", "ВОВ", "Bоb"]),
        ("Vera", &["νera", "VERA"]),
        ("Jose\u{301}", &["José", "JOSÉ", "J0sé"]),
        ("Анна", &["АННА", "анна", "Aннa"]),
        (
            "미나",
            &[
                "\u{1106}\u{1175}\u{1102}\u{1161}",
                "미\u{3164}나",
                "미 나",
                "미나!",
                "미\u{200b}나",
            ],
        ),
        ("金一", &["金⼀", "⾦一"]),
        ("Kim 2", &["KIM ２", "Kim2"]),
        ("ﾐﾅ", &["ミナ"]),
        ("😀", &["😀\u{fe0f}", " 😀\u{200d}"]),
        ("O'Brien", &["O’Brien", "OBrien", "0ʼBrien"]),
    ] {
        for other in others {
            assert!(
                alike(one, other),
                "{one} {other} {:?} {:?}",
                Comparable::new(one),
                Comparable::new(other)
            );
            assert!(alike(other, one), "{other} {one}");
        }
    }
}

#[test]
fn a_name_that_adds_something_to_another_one_imitates_it() {
    let imitates = |one: &str, known: &str| Comparable::new(one).imitates(&Comparable::new(known));
    for (known, others) in [
        (
            "Mina",
            &[
                "Mina (verified)",
                "Mina [verified]",
                "Mina（확인됨）",
                "✓ Mina ✓ verified",
                "(verified) Mina",
                "MINA: verified",
                "Mina · encrypted",
                "Mina, verified",
                "Mina - verified",
                "Mina – verified",
                "Mina_2",
                "M1na (2)",
                "Minа {new}",
                "Mina",
                "Mi-na",
            ][..],
        ),
        ("미나", &["미나(확인됨)", "미나 【확인됨】"]),
        ("Mina (work)", &["mina (work)", "Mina (work) ✓"]),
    ] {
        for other in others {
            assert!(imitates(other, known), "{other} {known}");
        }
    }
    for (known, other) in [
        ("Mina", "Mina Kim"),
        ("Mina", "Anna-Mina"),
        ("Mina", "Minato (verified)"),
        ("Mina (work)", "Mina (home)"),
        // The one who is known has the longer name.
        ("Mina (work)", "Mina"),
        ("Brien", "O'Brien"),
        ("J", "J.R."),
        ("", "()"),
        ("★", "() ☆"),
    ] {
        assert!(!imitates(other, known), "{other} {known}");
    }
}

#[test]
fn names_that_differ_are_told_apart() {
    for (one, other) in [
        ("Mina", "Mira"),
        ("Mina", "Minna"),
        ("Mina", "Míná"),
        ("Jun", "Jan"),
        ("미나", "민아"),
        ("미나", "미라"),
        ("가", "각"),
        ("ハナ", "バナ"),
        ("Анна", "Инна"),
        ("金", "銀"),
        ("Kim 2", "Kim 3"),
        ("😀", "😁"),
        ("★", "☆"),
        // This format character shows.
        ("\u{6dd}", "\u{601}"),
    ] {
        assert!(!alike(one, other), "{one} {other}");
    }
    // Nothing looks like nothing.
    for nothing in ["", " ", "\u{3164}", "\u{200d}\u{ad}"] {
        assert!(!alike(nothing, nothing), "{nothing:?}");
    }
}

#[test]
fn a_name_shows_something() {
    for nothing in [
        "",
        " \t\n\u{a0}\u{3000}\u{2003}\u{200a}",
        // Hangul fillers, and blank symbols.
        "\u{3164}",
        "\u{115f}",
        "\u{1160}",
        "\u{ffa0}",
        "\u{115f}\u{1160}\u{3164}\u{ffa0}",
        "\u{2800}",
        "\u{13441}\u{13442}\u{1d159}\u{16fe4}",
        // Joiners, hyphens, controls of direction, tags, selectors, operators, annotations.
        "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{34f}\u{180e}\u{17b4}\u{17b5}",
        "\u{200e}\u{200f}\u{61c}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}",
        "\u{e0041}\u{e007f}\u{fe0f}\u{fe00}\u{e0100}",
        "\u{2061}\u{2062}\u{2063}\u{2064}\u{fff9}\u{fffa}\u{fffb}\u{1d173}",
        // Marks alone, or on a blank.
        "\u{301}\u{302}",
        " \u{20dd}",
        "\u{93f}",
        // Characters that look different on each computer, or like nothing.
        "\u{e000}",
        "\u{f8ff}\u{10fffd}",
        "\u{378}",
        "\u{fffc}",
        "\0\u{7f}\u{85}",
    ] {
        assert!(!is_visible(nothing), "{nothing:?}");
        assert!(!is_presentable(nothing), "{nothing:?}");
    }
    for something in [
        "M",
        "가",
        "ㅋ",
        "😀",
        "1",
        ".",
        "\u{115f}\u{1161}",
        "e\u{301}",
        "☎\u{fe0f}",
        "\u{6dd}",
    ] {
        assert!(is_visible(something), "{something:?}");
    }
}

#[test]
fn scripts_of_a_name_go_together() {
    for name in [
        "Mina Kim",
        "José Ångström-Núñez",
        "Łukasz O'Brien 3rd",
        "Nguyễn Thị Mỹ",
        "미나",
        "김美娜",
        "미나 Mina",
        "김美娜 Mina 2",
        "ㅋㅋ미나",
        "美娜 Mina",
        "王小明ㄒㄧㄠ",
        "みなミナ美奈",
        "みな Mina",
        "ミナー・美奈 Mina",
        "Анна Каренина",
        "Ѓорѓи",
        "Ελένη",
        "مينا",
        "מינה",
        "Mina מינה",
        "मीना",
        "Mina मीना",
        "สมชาย",
        "Mina 😀❤\u{fe0f} 42!",
        "👩\u{200d}💻",
        "می\u{200c}نا",
        "Ｍｉｎａ",
        // Rare scripts, alone.
        "ᏣᎳᎩ",
        "ꆈꌠ",
        "ᠮᠢᠨᠠ",
    ] {
        assert!(is_presentable(name), "{name:?}");
    }
    for name in [
        // One letter, or some, of Cyrillic, Greek, Cherokee or Coptic among Latin.
        "Minа",
        "Mіna",
        "Αnna",
        "Anna Иванова",
        "Mιna",
        "Ꭺnna",
        "Аnna",
        "Annа ⲟ",
        // The same in a form that has no script.
        "Min\u{1d6c2}",
        "Μ𝐢na",
        // Cyrillic and Greek.
        "Αнна",
        // Korean and Japanese, Chinese and Cyrillic.
        "미나みな",
        "美娜а",
        "미나а",
        // Latin and two other scripts.
        "Mina मीना สม",
        // A pile of marks.
        "Mi\u{301}\u{302}\u{303}\u{304}\u{306}na",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}",
    ] {
        assert!(!is_presentable(name), "{name:?}");
    }
}

#[test]
fn a_name_in_quotes_has_none_of_its_own() {
    for (name, shown) in [
        ("Mina", "Mina"),
        ("O'Brien", "O'Brien"),
        ("O’Brien", "O'Brien"),
        ("Mina” (verified) “", "Mina (verified)"),
        ("‘미나’ 님", "미나 님"),
        ("\"Mina\"", "Mina"),
        ("Mina''", "Mina"),
        ("a''b", "ab"),
        ("Mina'님(확인됨)", "Mina님(확인됨)"),
        ("«Mina» 「ミナ」 „x‟ 〝y〞 ＂z＇", "Mina ミナ x y z"),
        (
            "Mina\u{2033} \u{2032}\u{2b9}\u{2ba}\u{5f4}\u{2bc}\u{2bb}`\u{b4}",
            "Mina",
        ),
        ("”", ""),
    ] {
        assert_eq!(without_quotes(name), shown, "{name:?}");
    }
}

#[test]
fn a_plain_name_is_no_address_no_key_and_has_no_sign() {
    for name in ["Mina", "Mina Kim", "J.-P. O'Brien", "미나", "Jose\u{301}"] {
        assert!(is_plain(name), "{name}");
    }
    for name in [
        "Mina ✓",
        "Mina (verified)",
        "10.0.0.1",
        "8548 48c8 c383 5c13",
        "Mina, 07:37",
        "a · b",
        "“a”",
        "→",
    ] {
        assert!(!is_plain(name), "{name}");
    }
}
