//! The list of the files in a folder, which is the beginning of the stream of the folder.
//!
//! In CBOR, an array with an array of two for each file: its path (text, with `/` between the names) and its size in
//! bytes. The paths are in ascending order of their bytes. A path that ends with `/` is a folder without files.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use minicbor::{Decoder, Encoder};
use unicode_normalization::UnicodeNormalization;

use super::{
    MOST_BYTES, MOST_FILES, MOST_NAME, MOST_PARTS, MOST_PATH,
    names::{numbered, safe_part},
};

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The path within the folder.
    pub(super) path: String,
    /// In bytes.
    pub(super) size: u64,
}

/// Where the content of one file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Below the folder, with safe names.
    pub(super) path: PathBuf,
    /// In bytes.
    pub(super) size: u64,
    /// Whether it is a folder without files.
    pub(super) is_folder: bool,
}

/// It is no manifest, or one that no Duologue makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// The bytes of a manifest.
pub(super) fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    // Writing to a Vec cannot fail.
    encoder.array(entries.len() as u64).ok();
    for entry in entries {
        encoder
            .array(2)
            .and_then(|it| it.str(&entry.path))
            .and_then(|it| it.u64(entry.size))
            .ok();
    }
    bytes
}

/// The entries of a manifest, `files` of them, whose contents are `content` bytes together.
///
/// # Errors
/// It is not that, or not well-formed, or goes beyond the limits.
pub(super) fn decode(bytes: &[u8], files: u32, content: u64) -> Result<Vec<Entry>, Malformed> {
    let mut decoder = Decoder::new(bytes);
    let length = decoder.array().map_err(|_| Malformed)?.ok_or(Malformed)?;
    if files > MOST_FILES || length != u64::from(files) {
        return Err(Malformed);
    }
    // Each takes at least four bytes, so the list can't be much larger than what arrived.
    let mut entries: Vec<Entry> = Vec::with_capacity((files as usize).min(bytes.len() / 4));
    let mut total = 0_u64;
    for _ in 0..files {
        let entry = entry(&mut decoder)?;
        total = total
            .checked_add(entry.size)
            .filter(|total| *total <= MOST_BYTES)
            .ok_or(Malformed)?;
        if entries.last().is_some_and(|last| last.path >= entry.path) {
            return Err(Malformed);
        }
        entries.push(entry);
    }
    if decoder.position() != bytes.len()
        || total != content
        || folders(&entries) > MOST_FILES as usize
    {
        return Err(Malformed);
    }
    Ok(entries)
}

/// Number of folders within the folder, of entries in ascending order.
pub(super) fn folders(entries: &[Entry]) -> usize {
    let mut before = "";
    let mut count = 0;
    for entry in entries {
        let same = entry.path.bytes().zip(before.bytes());
        let same = same.take_while(|(one, other)| one == other).count();
        // The entries in a folder follow each other, so one that the entry before is not in is new.
        let new = entry.path.bytes().skip(same).filter(|byte| *byte == b'/');
        count += new.count();
        before = &entry.path;
    }
    count
}

/// Where each entry is written. Names that are not safe are replaced, and get a number where that, or a system that
/// takes upper and lower case for the same, makes two of them equal. The same entries always get the same places.
pub(super) fn places(entries: &[Entry]) -> Vec<Place> {
    let mut naming = Naming::default();
    entries.iter().map(|entry| naming.place(entry)).collect()
}

/// Whether this is a path that may be in a manifest.
pub(super) fn is_valid_path(path: &str) -> bool {
    let names = path.strip_suffix('/').unwrap_or(path);
    path.len() <= MOST_PATH
        && names.split('/').count() <= MOST_PARTS
        && names.split('/').all(|name| {
            !matches!(name, "" | "." | "..") && name.len() <= MOST_NAME && !name.contains('\0')
        })
}

fn entry(decoder: &mut Decoder<'_>) -> Result<Entry, Malformed> {
    if decoder.array().map_err(|_| Malformed)? != Some(2) {
        return Err(Malformed);
    }
    let path = decoder.str().map_err(|_| Malformed)?;
    let size = decoder.u64().map_err(|_| Malformed)?;
    if !is_valid_path(path) || path.ends_with('/') && size != 0 {
        return Err(Malformed);
    }
    Ok(Entry {
        path: path.to_owned(),
        size,
    })
}

/// Gives every name of a folder one that is safe and its own.
#[derive(Default)]
struct Naming {
    /// The safe path for each folder of the manifest.
    folders: HashMap<String, PathBuf>,
    /// Safe paths that are taken, as systems compare them that ignore case, and the next number to try for each.
    taken: HashMap<String, u32>,
}

impl Naming {
    fn place(&mut self, entry: &Entry) -> Place {
        if let Some(folder) = entry.path.strip_suffix('/') {
            return Place {
                path: self.folder(folder),
                size: 0,
                is_folder: true,
            };
        }
        let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let folder = self.folder(folder);
        Place {
            path: self.take(&folder, name, false),
            size: entry.size,
            is_folder: false,
        }
    }

    /// The safe path of a folder. Not recursive over more than [`MOST_PARTS`] names.
    fn folder(&mut self, path: &str) -> PathBuf {
        if path.is_empty() {
            return PathBuf::new();
        }
        if let Some(known) = self.folders.get(path) {
            return known.clone();
        }
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let above = self.folder(above);
        let safe = self.take(&above, name, true);
        self.folders.insert(path.to_owned(), safe.clone());
        safe
    }

    fn take(&mut self, folder: &Path, name: &str, is_folder: bool) -> PathBuf {
        let safe = safe_part(name);
        let first = key(&folder.join(&safe));
        // A hundred thousand names that become the same one must not be tried from the first number on.
        let mut number = self.taken.get(&first).copied().unwrap_or(1);
        loop {
            let path = folder.join(numbered(&safe, number, is_folder));
            number += 1;
            let is_free = self.taken.insert(key(&path), 2).is_none();
            if is_free {
                self.taken.insert(first, number);
                return path;
            }
        }
    }
}

/// A path as systems compare it that ignore case.
fn key(path: &Path) -> String {
    path.to_string_lossy().to_lowercase().nfc().collect()
}
