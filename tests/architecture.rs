//! The layers of the program, checked: which module may import which, what the protocol must not name, that no files
//! import each other in a circle, and how long files and structs may be. ARCHITECTURE.md has the same table.

#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/limits.rs"]
mod limits;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use imports::{Source, code_of, imports_of};

/// Which module may import which others. A top-level module is a file in `src` and the folder of the same name.
const MODULES: &str = "
main → gui args settings profile history net store desktop identity
gui → chat args settings history net files store desktop identity text endpoint mailbox millis lang
args → identity text endpoint lang
chat → history net files store identity text endpoint millis
settings → identity text endpoint folder lang
net → files store identity profile text endpoint mailbox millis
history → store identity text folder mailbox millis
files → text folder
store → identity files text folder millis
identity → text endpoint folder millis
profile → folder
desktop → mailbox
text →
mailbox →
millis →
endpoint →
folder →
lang →
";

/// The same for the parts of `net`. What lies in `net.rs`, `command.rs` and `event.rs` is its face, open to all of them
/// but the protocol.
const NET: &str = "
net/worker → net/socket net/delivery net/protocol
net/socket → net/protocol
net/delivery → net/protocol
net/protocol →
";

/// What sans-IO code must not name (as code; comments may).
const NOT_IN_PROTOCOL: [&str; 12] = [
    "mio",
    "socket2",
    "crossbeam_channel",
    "rusqlite",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::fs",
    "fs::",
    "std::thread",
    "Instant::now",
    "SystemTime",
];

/// What only the window may name.
const ONLY_IN_GUI: [&str; 3] = ["egui", "eframe", "winit"];

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src can be read") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                let path = path.strip_prefix(&root).expect("below src");
                found.push(Source::new(path, &text));
            }
        }
    }
    found.retain(|source| !source.is_test);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 100, "only {} files were found", found.len());
    found
}

fn table(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let rows = lines.map(|line| {
        let (module, others) = line.split_once('→').expect("an arrow");
        (module.trim(), others.split_whitespace().collect())
    });
    rows.collect()
}

/// The arrows that are not in the table, each as `file: import`.
fn forbidden_imports(sources: &[Source]) -> Vec<String> {
    let table = table(MODULES);
    let mut found = Vec::new();
    for source in sources {
        let from = source.top();
        for import in imports_of(source, sources) {
            let Some(to) = import.first().filter(|to| **to != from) else {
                continue;
            };
            // `main` is a crate of its own, and `lib` only names the modules.
            if from != "lib"
                && !table
                    .get(from.as_str())
                    .is_some_and(|may| may.contains(to.as_str()))
            {
                found.push(format!("{}: {}", source.name, import.join("::")));
            }
        }
    }
    found
}

/// The same inside `net`.
fn forbidden_in_net(sources: &[Source]) -> Vec<String> {
    let table = table(NET);
    let part = |path: &[String]| match path {
        [net, part, ..] if net == "net" => Some(format!("net/{part}")),
        _ => None,
    };
    let mut found = Vec::new();
    for source in sources {
        let Some(from) = part(&source.module) else {
            continue;
        };
        let Some(may) = table.get(from.as_str()) else {
            continue;
        };
        for import in imports_of(source, sources) {
            let is_net = import.first().is_some_and(|module| module == "net");
            let to = part(&import).filter(|part| table.contains_key(part.as_str()));
            let is_allowed = match &to {
                Some(to) => *to == from || may.contains(to.as_str()),
                None => from != "net/protocol",
            };
            if is_net && !is_allowed {
                found.push(format!("{}: {}", source.name, import.join("::")));
            }
        }
    }
    found
}

/// Words of `words` in the code of the files that `is_meant`, each as `file: word`.
fn forbidden_words(
    sources: &[Source],
    words: &[&str],
    is_meant: impl Fn(&Source) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| is_meant(source)) {
        for word in words {
            let is_edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let named = source.code.match_indices(word).any(|(at, _)| {
                is_edge(source.code[..at].chars().next_back())
                    && (word.ends_with(':')
                        || is_edge(source.code[at + word.len()..].chars().next()))
            });
            if named {
                found.push(format!("{}: {word}", source.name));
            }
        }
    }
    found
}

/// Files that import each other in a loop. A file and those in its folder are parts of one module: arrows between
/// them do not count.
fn circles(sources: &[Source]) -> Vec<Vec<String>> {
    let arrows: BTreeMap<&str, BTreeSet<String>> = sources
        .iter()
        .map(|source| {
            let to = imports_of(source, sources)
                .into_iter()
                .filter_map(|import| {
                    let target = imports::file_of(&import, sources)?;
                    let is_family = source.module.starts_with(&target.module)
                        || target.module.starts_with(&source.module);
                    (!is_family).then(|| target.name.clone())
                });
            (source.name.as_str(), to.collect())
        })
        .collect();
    let reached_from = |start: &str| {
        let mut reached = BTreeSet::new();
        let mut rest = vec![start.to_owned()];
        while let Some(file) = rest.pop() {
            for next in arrows.get(file.as_str()).into_iter().flatten() {
                if reached.insert(next.clone()) {
                    rest.push(next.clone());
                }
            }
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<String>> = arrows
        .keys()
        .map(|file| (*file, reached_from(file)))
        .collect();
    let mut found = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(*file) {
            let circle = others
                .iter()
                .filter(|other| reached[other.as_str()].contains(*file));
            found.insert(circle.cloned().collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

fn assert_none(what: &str, found: &[String]) {
    let mut list = String::new();
    for line in found {
        writeln!(list, "  {line}").expect("a string");
    }
    assert!(found.is_empty(), "{what}:\n{list}");
}

#[test]
fn modules_import_only_what_the_table_allows() {
    assert_none(
        "arrows that are not in the table",
        &forbidden_imports(&sources()),
    );
}

#[test]
fn the_parts_of_net_import_only_what_the_table_allows() {
    assert_none(
        "arrows that are not in the table",
        &forbidden_in_net(&sources()),
    );
}

#[test]
fn the_protocol_names_no_socket_file_thread_or_clock() {
    let is_protocol = |source: &Source| source.name.starts_with("net/protocol");
    let found = forbidden_words(&sources(), &NOT_IN_PROTOCOL, is_protocol);
    assert_none("input or output in sans-IO code", &found);
}

#[test]
fn only_the_window_names_egui() {
    let found = forbidden_words(&sources(), &ONLY_IN_GUI, |source| source.top() != "gui");
    assert_none("egui outside of gui", &found);
}

#[test]
fn what_somebody_calls_themselves_is_shown_in_one_way() {
    let is_window = |source: &Source| {
        let is_above_store = ["chat", "gui"].contains(&source.top().as_str());
        is_above_store && source.name != "chat/contacts.rs"
    };
    let mut found = forbidden_words(&sources(), &["their_name"], is_window);
    // Words of the window, with the quotes.
    found.extend(forbidden_words(&sources(), &["Called::"], |source| {
        is_window(source) && source.name != "gui/locale/people.rs"
    }));
    assert_none("names that may be shown without quotes", &found);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let found: Vec<_> = circles(&sources())
        .into_iter()
        .map(|circle| circle.join(" "))
        .collect();
    assert_none("circles", &found);
}

#[test]
fn the_document_has_the_same_tables() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for table in [MODULES, NET] {
        assert!(
            document.contains(table.trim()),
            "ARCHITECTURE.md does not have this table:\n{table}"
        );
    }
}

/// The checks themselves: each finds one forbidden arrow of its kind.
mod checks {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(Path::new(path), text)
    }

    #[test]
    fn a_module_that_imports_a_higher_one_is_found_however_it_is_written() {
        let gui = source("gui.rs", "pub mod theme;");
        for text in [
            "use crate::gui::theme::Theme;",
            "use crate::{\n    identity::PeerId,\n    gui::{self, theme},\n};",
            "use super::gui;",
            "fn f() { crate::gui::theme::dark() }",
            "pub(crate) use crate::gui::theme as looks;",
            "#[cfg(unix)]\nmod inner { use super::super::gui::theme; }",
        ] {
            let store = source("store.rs", text);
            let found = forbidden_imports(&[gui.clone(), store]);
            assert!(!found.is_empty(), "{text}");
            assert!(found[0].starts_with("store.rs: gui"), "{found:?}");
        }
        for text in [
            "// use crate::gui::theme;",
            "/// [`crate::gui`]\nfn f() {}",
            "const A: &str = \"crate::gui::theme\";",
            "use crate::identity::PeerId;",
            "#[cfg(test)]\nmod tests {\n    use crate::gui::theme;\n}\n",
        ] {
            let store = source("store.rs", text);
            assert_eq!(forbidden_imports(&[gui.clone(), store]), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_protocol_that_imports_the_face_or_a_socket_is_found() {
        for (path, text) in [
            ("net/protocol/plain.rs", "use crate::net::MessageId;"),
            (
                "net/protocol/plain.rs",
                "use crate::net::socket::stream::Socket;",
            ),
            (
                "net/protocol/plain/framer.rs",
                "use super::super::super::event::Event;",
            ),
            ("net/socket/dial.rs", "use crate::net::worker::Worker;"),
            ("net/delivery.rs", "use super::socket::stream::Socket;"),
        ] {
            let found = forbidden_in_net(&[source(path, text)]);
            assert_eq!(found.len(), 1, "{path}: {text}");
        }
        let worker = source(
            "net/worker.rs",
            "use super::{Event, protocol::frame, socket::dial};",
        );
        assert_eq!(forbidden_in_net(&[worker]), [""; 0]);
    }

    #[test]
    fn forbidden_words_are_found_in_code_only() {
        let is_meant = |_: &Source| true;
        for word in NOT_IN_PROTOCOL {
            let code = source(
                "net/protocol/a.rs",
                &format!("fn f() {{ {word}x; {word} }}"),
            );
            assert_eq!(
                forbidden_words(&[code], &[word], is_meant).len(),
                1,
                "{word}"
            );
            let comment = source("net/protocol/a.rs", &format!("// {word}\nfn f() {{}}"));
            assert_eq!(forbidden_words(&[comment], &[word], is_meant), [""; 0]);
        }
        let egui = source("chat.rs", "use eframe::egui;");
        assert_eq!(forbidden_words(&[egui], &ONLY_IN_GUI, is_meant).len(), 2);
    }

    #[test]
    fn circles_are_found_through_names_that_are_handed_on() {
        let parent = source(
            "gui.rs",
            "mod a;\nmod b;\nmod c;\npub use b::B;\npub struct App;",
        );
        let a = source("gui/a.rs", "use super::{App, B};\npub struct A;");
        let b = source("gui/b.rs", "use crate::gui::c::C;\npub struct B;");
        let c = source("gui/c.rs", "use super::a::A;\npub struct C;");
        let files = [parent, a, b, c];
        assert_eq!(circles(&files), [["gui/a.rs", "gui/b.rs", "gui/c.rs"]]);
        assert!(circles(&files[..3]).is_empty());
    }

    #[test]
    fn code_is_told_from_comments_and_texts() {
        let text = "a // b\n/* c /* d */ e */ f \"g \\\" h\" 'i' '\\'' j r#\"k\" l\"# 'm: loop";
        let code = code_of(text);
        for (word, is_code) in [
            ("a", true),
            ("b", false),
            ("c", false),
            ("e", false),
            ("f", true),
            ("g", false),
            ("h", false),
            ("j", true),
            ("k", false),
            ("l\"", false),
            ("loop", true),
        ] {
            assert_eq!(code.contains(word), is_code, "{word} in {code}");
        }
    }
}
