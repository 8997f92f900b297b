//! assets/LICENCES.txt lists the parts that the program is built from. `scripts/licences.py` writes it.

use std::{collections::BTreeSet, env, process::Command};

const LICENCES: &str = include_str!("../assets/LICENCES.txt");

#[test]
fn every_part_is_listed_with_its_licence() {
    // As in the script.
    let arguments = "tree --locked --offline -e normal --target all --prefix none -f {p}|{l}";
    let tree = Command::new(env::var("CARGO").expect("set by cargo"))
        .args(arguments.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let tree = String::from_utf8(tree.stdout).expect("UTF-8");
    let parts: BTreeSet<String> = tree.lines().filter_map(part).collect();
    assert!(parts.len() > 100, "only {} parts were found", parts.len());
    let listed: BTreeSet<String> = LICENCES
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| {
            let of_asset = [": OFL", ": ISC", ": Unicode-3.0"];
            !of_asset.iter().any(|licence| line.ends_with(licence)) || parts.contains(*line)
        })
        .map(str::to_owned)
        .collect();
    let differ: Vec<_> = parts.symmetric_difference(&listed).collect();
    assert!(differ.is_empty(), "run scripts/licences.py: {differ:?}");
}

/// "NAME VERSION: LICENCE", of other parts than the program itself.
fn part(line: &str) -> Option<String> {
    let (package, licence) = line.rsplit_once('|').expect("a licence");
    let licence = licence.trim_end_matches(" (*)");
    let mut words = package.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    (name != "duologue").then(|| format!("{name} {version}: {licence}"))
}

#[test]
fn the_texts_of_the_licences_of_assets_are_there() {
    for text in [
        include_str!("../assets/OFL.txt"),
        include_str!("../assets/ISC.txt"),
        include_str!("../assets/Unicode-3.0.txt"),
    ] {
        let first = text.lines().next().expect("a line");
        assert!(LICENCES.contains(first), "{first}");
    }
}
