//! Which file in a folder has our settings. A folder that the person names may have one of another program.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{FILE_NAME, MAX_BYTES};

/// The name of our file where the other name is somebody else's.
const SECOND_NAME: &str = "duologue.toml";
/// Maximum number of symbolic links in a chain; a longer one goes in a circle. Linux has the same limit.
const MOST_LINKS: u32 = 40;
/// The settings in our file.
pub(super) const KEYS: [&str; 27] = [
    "address_row",
    "list_width",
    "host",
    "port",
    "recent",
    "theme",
    "motion",
    "language",
    "encoding_in",
    "encoding_out",
    "line_end",
    "window",
    "window_state",
    "zoom",
    "name",
    "allow_plain",
    "listen_at_start",
    "keep_history",
    "read_marks",
    "show_typing",
    "markup",
    "send_key",
    "recent_emoji",
    "notifications",
    "files",
    "plain",
    "answers",
];

/// Where the settings of this folder are: in `settings.toml`, unless that is somebody else's.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    let path = folder.join(FILE_NAME);
    // What is too long is not ours either, but it was damaged by a program, not written by one.
    let text = fs::metadata(&path)
        .is_ok_and(|file| file.len() <= MAX_BYTES)
        .then(|| fs::read(&path));
    match text {
        Some(Ok(bytes)) if is_foreign(&String::from_utf8_lossy(&bytes)) => folder.join(SECOND_NAME),
        _ => path,
    }
}

/// The file that this path leads to through symbolic links. It need not exist.
///
/// # Errors
/// Those of the system, and links that go in a circle.
pub(super) fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    let mut links = 0;
    while target.is_symlink() {
        links += 1;
        if links > MOST_LINKS {
            let path = path.display();
            return Err(io::Error::other(format!(
                "{path} is a symbolic link that leads back to itself"
            )));
        }
        let next = fs::read_link(&target)?;
        // A relative one starts at the folder of the link.
        target = target
            .parent()
            .map(|folder| folder.join(&next))
            .unwrap_or(next);
    }
    Ok(target)
}

/// Whether another program has written this: most of its settings are none of ours. Ours may have some of a later version,
/// and lines that a person has damaged.
fn is_foreign(text: &str) -> bool {
    let (mut ours, mut others) = (0, 0);
    let mut count = |key: &str| {
        let is_ours = KEYS.contains(&key.trim().trim_matches('"'));
        *(if is_ours { &mut ours } else { &mut others }) += 1;
    };
    if let Ok(table) = text.parse::<toml::Table>() {
        table.keys().for_each(|key| count(key));
    } else {
        // Up to the first table, where keys may be anything.
        let lines = text.lines().take_while(|line| !line.starts_with('['));
        let keys = lines.filter_map(|line| line.split_once(['=', ':']));
        keys.for_each(|(key, _)| count(key));
    }
    others > ours
}
