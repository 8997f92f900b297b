//! Finds the files in a folder that is to be offered.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use unicode_normalization::UnicodeNormalization;

use super::{
    MOST_BYTES, MOST_FILES, MOST_MANIFEST, PrepareError,
    location::{self, Located},
    manifest::{self, Entry, is_valid_path},
    stream::{FileContent, Stream},
};

/// A folder as it is offered.
pub(super) struct Folder {
    /// Its manifest.
    pub(super) manifest: Vec<u8>,
    /// Number of entries in it.
    pub(super) files: u32,
    /// Its files, in the order of the manifest.
    contents: Vec<FileContent>,
    /// The pictures that are sent without their location.
    pub(super) cleaned: Cleaned,
    /// Number of links and devices, which are left out.
    pub(super) left_out: u32,
}

impl Folder {
    /// The stream of the folder.
    pub(super) fn stream(self) -> Stream {
        Stream::folder(self.manifest, self.contents.into_iter())
    }
}

/// What becomes of the location in pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// It is sent too.
    Kept,
    /// They are sent without it. Each is read, to know how long it is then.
    Removed,
    /// As it was when these were removed, without reading the pictures.
    RemovedAs(Arc<Cleaned>),
}

/// How long the pictures of a folder that have a location are without it, in bytes, by their paths in the manifest.
pub(super) type Cleaned = BTreeMap<String, u64>;

/// Finds everything in `folder`, and follows no link. `go_on` is asked at each name.
///
/// # Errors
/// See [`PrepareError`].
pub(super) fn folder(
    folder: &Path,
    location: &Location,
    mut go_on: impl FnMut() -> bool,
) -> Result<Folder, PrepareError> {
    let mut walk = Walk {
        location,
        found: Vec::new(),
        cleaned: Cleaned::new(),
        left_out: 0,
        names: 0,
        content: 0,
    };
    // A list instead of recursion.
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = folders.pop() {
        walk.read(&path, &prefix, &mut folders, &mut go_on)?;
    }
    walk.finish(folder)
}

/// What can go wrong with one path.
pub(super) fn failure(path: &Path, error: &io::Error) -> PrepareError {
    match error.kind() {
        io::ErrorKind::NotFound => PrepareError::Missing(path.to_owned()),
        io::ErrorKind::PermissionDenied => PrepareError::NoPermission(path.to_owned()),
        io::ErrorKind::UnexpectedEof => PrepareError::Changing(path.to_owned()),
        io::ErrorKind::BrokenPipe => PrepareError::Stopped,
        kind => PrepareError::Io(path.to_owned(), kind),
    }
}

struct Walk<'a> {
    location: &'a Location,
    found: Vec<(Entry, FileContent)>,
    cleaned: Cleaned,
    left_out: u32,
    /// Everything that was seen, folders and links too.
    names: u32,
    /// In bytes.
    content: u64,
}

impl Walk<'_> {
    fn read(
        &mut self,
        folder: &Path,
        prefix: &str,
        folders: &mut Vec<(PathBuf, String)>,
        go_on: &mut impl FnMut() -> bool,
    ) -> Result<(), PrepareError> {
        let entries = fs::read_dir(folder).map_err(|error| failure(folder, &error))?;
        let mut is_empty = true;
        for entry in entries {
            if !go_on() {
                return Err(PrepareError::Stopped);
            }
            let entry = entry.map_err(|error| failure(folder, &error))?;
            let path = entry.path();
            self.names += 1;
            // Folders and links are bounded as well, or a folder of a million links would be read to its end.
            if self.names > 2 * MOST_FILES {
                return Err(PrepareError::TooManyFiles);
            }
            let name: String = entry.file_name().to_string_lossy().nfc().collect();
            let relative = format!("{prefix}{name}");
            if !is_valid_path(&relative) {
                return Err(PrepareError::NameTooLong(path));
            }
            is_empty = false;
            // Not followed: it is about the link itself.
            let metadata = entry.metadata().map_err(|error| failure(&path, &error))?;
            if metadata.is_dir() {
                folders.push((path, format!("{relative}/")));
            } else if metadata.is_file() {
                let content = self.content_of(path, &relative, metadata.len())?;
                self.add(relative, content)?;
            } else {
                self.left_out += 1;
            }
        }
        if is_empty && !prefix.is_empty() {
            let content = FileContent {
                path: folder.to_owned(),
                size: 0,
                is_cleaned: false,
            };
            self.add(prefix.to_owned(), content)?;
        }
        Ok(())
    }

    /// What is sent of a file.
    fn content_of(
        &mut self,
        path: PathBuf,
        relative: &str,
        size: u64,
    ) -> Result<FileContent, PrepareError> {
        let cleaned = match self.location {
            Location::Kept => None,
            Location::RemovedAs(cleaned) => cleaned.get(relative).copied(),
            Location::Removed if size == 0 => None,
            Location::Removed => {
                let located = location::read_without(&path, false);
                match located.map_err(|error| failure(&path, &error))? {
                    Located::Nowhere => None,
                    Located::Damaged => return Err(PrepareError::Picture),
                    Located::Removed(bytes) => Some(bytes.len() as u64),
                }
            }
        };
        if let Some(size) = cleaned {
            self.cleaned.insert(relative.to_owned(), size);
        }
        Ok(FileContent {
            path,
            size: cleaned.unwrap_or(size),
            is_cleaned: cleaned.is_some(),
        })
    }

    fn add(&mut self, path: String, content: FileContent) -> Result<(), PrepareError> {
        if self.found.len() as u64 >= u64::from(MOST_FILES) {
            return Err(PrepareError::TooManyFiles);
        }
        self.content = self.content.saturating_add(content.size);
        if self.content > MOST_BYTES {
            return Err(PrepareError::TooLarge);
        }
        let size = content.size;
        self.found.push((Entry { path, size }, content));
        Ok(())
    }

    fn finish(mut self, folder: &Path) -> Result<Folder, PrepareError> {
        self.found.sort_by(|(a, _), (b, _)| a.cmp(b));
        // Two names that differ only in how a letter is composed, or that are not UTF-8.
        let mut pairs = self.found.windows(2);
        if let Some([_, (_, twice)]) =
            pairs.find(|pair| matches!(pair, [(a, _), (b, _)] if a.path == b.path))
        {
            return Err(PrepareError::SameName(twice.path.clone()));
        }
        let (entries, contents): (Vec<_>, Vec<_>) = self.found.into_iter().unzip();
        if manifest::folders(&entries) > MOST_FILES as usize {
            return Err(PrepareError::TooManyFiles);
        }
        let bytes = manifest::encode(&entries);
        if bytes.len() as u64 > u64::from(MOST_MANIFEST) {
            return Err(PrepareError::NameTooLong(folder.to_owned()));
        }
        if bytes.len() as u64 + self.content > MOST_BYTES {
            return Err(PrepareError::TooLarge);
        }
        Ok(Folder {
            manifest: bytes,
            files: entries.len() as u32,
            contents,
            cleaned: self.cleaned,
            left_out: self.left_out,
        })
    }
}
