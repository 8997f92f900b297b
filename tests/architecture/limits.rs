//! How long a file may be, and how many fields a struct may have.

use std::{fmt::Write as _, path::Path};

use super::{assert_none, imports::Source, sources};

/// Maximum number of lines of a file, without its tests.
const MAX_LINES: usize = 400;
/// Longer files, and why they are.
const LONG_FILES: [(&str, &str); 2] = [
    ("gui/locale.rs", "a table: the texts of the window"),
    ("gui/locale/errors.rs", "a table: a text for every error"),
];

/// Maximum number of fields of a struct in [`NARROW`].
const MAX_FIELDS: usize = 12;
/// The modules whose structs hold the state of the program.
const NARROW: [&str; 3] = ["net", "chat", "gui"];
/// Structs with more fields, and why they have them.
const WIDE_STRUCTS: [(&str, &str); 1] = [("Palette", "a table: a colour for every use")];

/// The files that are too long, each as `file: lines`.
fn long_files(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.lines > MAX_LINES)
        .filter(|source| !LONG_FILES.iter().any(|(name, _)| *name == source.name))
        .map(|source| format!("{}: {} lines", source.name, source.lines))
        .collect()
}

/// The structs that have too many fields, each as `file: struct: fields`.
fn wide_structs(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        if !NARROW.contains(&source.top().as_str()) {
            continue;
        }
        for (name, fields) in structs(&source.code) {
            if fields > MAX_FIELDS && !WIDE_STRUCTS.iter().any(|(wide, _)| *wide == name) {
                found.push(format!("{}: {name}: {fields} fields", source.name));
            }
        }
    }
    found
}

/// The structs with named fields in this code, and how many fields each has.
fn structs(code: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for after in code.split("struct ").skip(1) {
        let name = after.split(|c: char| !c.is_alphanumeric() && c != '_');
        let body = after.find(['{', '(', ';']).map(|at| &after[at..]);
        if let (Some(name), Some(body)) = (name.into_iter().next(), body)
            && let Some(body) = body.strip_prefix('{')
        {
            found.push((name, fields(body)));
        }
    }
    found
}

/// The number of fields before the brace that closes `body`.
fn fields(body: &str) -> usize {
    // An arrow closes no bracket.
    let body = body.replace("->", "");
    let (mut depth, mut count, mut is_empty) = (0_u32, 0, true);
    for c in body.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => is_empty = true,
            '(' | '[' | '<' | '{' => depth += 1,
            ')' | ']' | '>' | '}' => depth -= 1,
            // The first letter of `pub` or of the name. Attributes are in brackets.
            c if depth == 0 && is_empty && c.is_alphabetic() => {
                (count, is_empty) = (count + 1, false);
            }
            _ => {}
        }
    }
    count
}

#[test]
fn no_file_is_too_long() {
    assert_none("files that are too long", &long_files(&sources()));
}

#[test]
fn no_struct_has_too_many_fields() {
    assert_none("structs with too many fields", &wide_structs(&sources()));
}

#[test]
fn every_exception_is_needed() {
    let sources = sources();
    for (file, why) in LONG_FILES {
        let is_long = |source: &Source| source.name == file && source.lines > MAX_LINES;
        assert!(sources.iter().any(is_long), "{file} ({why})");
    }
    for (wide, why) in WIDE_STRUCTS {
        let mut all = sources.iter().flat_map(|source| structs(&source.code));
        let is_wide = all.any(|(name, fields)| name == wide && fields > MAX_FIELDS);
        assert!(is_wide, "{wide} ({why})");
    }
}

#[test]
fn a_long_file_is_found_and_its_tests_do_not_count() {
    let file = |lines: usize| {
        let tests = "#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n";
        let text = "// x\n".repeat(lines - 1) + tests + "fn last() {}\n";
        Source::new(Path::new("store.rs"), &text)
    };
    assert_eq!(long_files(&[file(MAX_LINES)]), [""; 0]);
    assert_eq!(long_files(&[file(MAX_LINES + 1)]), ["store.rs: 401 lines"]);
}

#[test]
fn a_struct_with_too_many_fields_is_found() {
    let file = |path: &str, plain_fields: usize| {
        let mut text = "pub(super) struct A<'a> {
            /// The first, {of} <three>.
            #[serde(default, rename = \"a, b\")]
            pub(in crate::net) map: BTreeMap<u8, (u8, u8)>,
            start: Box<dyn Fn(u8, [u8; 2]) -> Result<u8, u8>>,
            last: &'a str"
            .to_owned();
        for number in 0..plain_fields {
            write!(text, ",\n            pub field_{number}: u8").expect("a string");
        }
        text += "\n}\nstruct B(u8, u8);\nstruct C;\nstruct D {\n    x: u8,\n}\n";
        Source::new(Path::new(path), &text)
    };
    let all: Vec<_> = structs(&file("net/a.rs", 9).code)
        .into_iter()
        .map(|(name, fields)| format!("{name} {fields}"))
        .collect();
    assert_eq!(all, ["A 12", "D 1"]);
    assert_eq!(wide_structs(&[file("net/a.rs", 9)]), [""; 0]);
    assert_eq!(
        wide_structs(&[file("net/a.rs", 10)]),
        ["net/a.rs: A: 13 fields"]
    );
    assert_eq!(wide_structs(&[file("store.rs", 10)]), [""; 0]);
}
