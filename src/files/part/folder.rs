//! The part of a folder: its manifest, and its files beside that.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    files::{
        manifest::{self, Place},
        open,
        stream::{FileContent, Stream},
    },
    folder,
};

/// In the part of a folder: its manifest.
const MANIFEST: &str = "manifest";
/// In the part of a folder: its files.
const FILES: &str = "files";

/// The part of a folder.
pub(super) struct FolderPart {
    path: PathBuf,
    /// Length of the manifest in bytes, and the number of files in it, as offered.
    manifest: u32,
    files: u32,
    /// Size of all files in bytes.
    content: u64,
    /// The beginning of the manifest, while the rest of it is missing.
    beginning: Vec<u8>,
    /// Where the files are written, once the manifest is there.
    places: Vec<Place>,
    /// The file that is written, where it begins in the content of the folder, and how far it is written.
    current: Option<(usize, File)>,
    /// The first place that is not complete, and where it begins in the content.
    next: usize,
    next_start: u64,
}

impl FolderPart {
    /// The part of a folder with this manifest at `path`.
    pub(super) fn new(path: &Path, manifest: u32, files: u32, content: u64) -> Self {
        Self {
            path: path.to_owned(),
            manifest,
            files,
            content,
            beginning: Vec::new(),
            places: Vec::new(),
            current: None,
            next: 0,
            next_start: 0,
        }
    }

    /// Where the files are, below the part.
    pub(super) fn files(&self) -> PathBuf {
        files_in(&self.path)
    }

    /// Creates the folders of the part, or finds out how much of the stream is there.
    pub(super) fn prepare(&mut self) -> io::Result<u64> {
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| !metadata.is_dir()) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        folder::make(&self.path)?;
        folder::make(&self.files())?;
        let mut bytes = Vec::new();
        match open::to_read(&self.path.join(MANIFEST), false) {
            Ok(file) => file
                .take(self.manifest.into())
                .read_to_end(&mut bytes)
                .map(drop)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // One that is damaged is asked for again.
        if bytes.len() < self.manifest as usize || self.take_manifest(&bytes).is_err() {
            return Ok(0);
        }
        let mut length = 0;
        for place in &self.places {
            let path = self.files().join(&place.path);
            let there = fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
            if !place.is_folder && there < place.size {
                length += there;
                break;
            }
            length += place.size;
        }
        Ok(u64::from(self.manifest) + length)
    }

    fn take_manifest(&mut self, bytes: &[u8]) -> io::Result<()> {
        let entries = manifest::decode(bytes, self.files, self.content);
        let entries = entries.map_err(|_| io::ErrorKind::InvalidData)?;
        self.places = manifest::places(&entries);
        Ok(())
    }

    /// Gets ready to write from this position in the stream on.
    pub(super) fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let Some(content) = offset.checked_sub(self.manifest.into()) else {
            // The groups before `offset` are on the disk only.
            self.beginning = if offset == 0 {
                Vec::new()
            } else {
                fs::read(self.path.join(MANIFEST))?
            };
            self.beginning.truncate(offset as usize);
            return Ok(());
        };
        while let Some(place) = self.places.get(self.next) {
            if self.next_start + place.size > content {
                break;
            }
            // Folders and files without content are made where they were missing.
            self.make(self.next)?;
            self.next_start += place.size;
            self.next += 1;
        }
        Ok(())
    }

    /// Writes bytes of the stream at this position; see [`Part::write`](super::Part::write).
    pub(super) fn write(&mut self, position: u64, bytes: &[u8]) -> io::Result<()> {
        let before = usize::try_from(u64::from(self.manifest).saturating_sub(position))
            .unwrap_or(usize::MAX);
        let (of_manifest, rest) = bytes.split_at(before.min(bytes.len()));
        if !of_manifest.is_empty() {
            self.beginning.extend_from_slice(of_manifest);
            if self.beginning.len() == self.manifest as usize {
                let whole = std::mem::take(&mut self.beginning);
                self.take_manifest(&whole)?;
                self.write_manifest(&whole)?;
                self.go_to(self.manifest.into())?;
            }
        }
        let position = position + of_manifest.len() as u64;
        self.write_content(position.saturating_sub(self.manifest.into()), rest)
    }

    fn write_manifest(&self, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(MANIFEST);
        let (mut file, _) = create_or_open(&path)?;
        file.set_len(0)?;
        file.write_all(bytes)
    }

    /// Writes bytes of the files, from this position among the contents of all files.
    fn write_content(&mut self, mut position: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let Some(place) = self.places.get(self.next) else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            let size = place.size;
            let within = position.saturating_sub(self.next_start);
            let left = size.saturating_sub(within);
            let now = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let (now, rest) = bytes.split_at(now);
            if self
                .current
                .as_ref()
                .is_none_or(|(open, _)| *open != self.next)
            {
                let mut file = self.make(self.next)?;
                if let Some(file) = &mut file {
                    file.seek(SeekFrom::Start(within))?;
                }
                self.current = file.map(|file| (self.next, file));
            }
            if let Some((_, file)) = &mut self.current {
                file.write_all(now)?;
                if within + now.len() as u64 == size {
                    complete(file, size)?;
                }
            }
            position += now.len() as u64;
            bytes = rest;
            if position >= self.next_start + size {
                self.current = None;
                self.next_start += size;
                self.next += 1;
            }
        }
        // So that those without content are there when the last byte is.
        while self
            .places
            .get(self.next)
            .is_some_and(|place| place.size == 0)
        {
            self.make(self.next)?;
            self.next += 1;
        }
        Ok(())
    }

    /// Creates a file or folder of the folder, and the folders above it. `None` for a folder.
    fn make(&self, index: usize) -> io::Result<Option<File>> {
        let Some(place) = self.places.get(index) else {
            return Ok(None);
        };
        let path = self.files().join(&place.path);
        if place.is_folder {
            return folder::make(&path).map(|()| None);
        }
        match create_or_open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other.map(|(file, _)| Some(file)),
        }
        if let Some(above) = path.parent() {
            folder::make(above)?;
        }
        create_or_open(&path).map(|(file, _)| Some(file))
    }

    /// Everything that is written, as one stream.
    pub(super) fn stream(&self) -> io::Result<Stream> {
        let manifest = fs::read(self.path.join(MANIFEST))?;
        let files = self.places.iter().map(|place| FileContent {
            path: self.files().join(&place.path),
            size: place.size,
            is_cleaned: false,
        });
        Ok(Stream::folder(manifest, files))
    }

    /// Brings everything to the disk.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.current = None;
        // A folder without any files.
        if self.next < self.places.len() {
            self.go_to(u64::from(self.manifest) + self.content)?;
        }
        sync_all(&self.path)
    }
}

/// Where the files of a folder are, below its part.
pub(super) fn files_in(part: &Path) -> PathBuf {
    part.join(FILES)
}

/// Opens a file to write it, at its beginning, and returns its length. A file that is created is readable by this user
/// only.
pub(super) fn create_or_open(path: &Path) -> io::Result<(File, u64)> {
    match folder::create_private(path) {
        Ok(file) => Ok((file, 0)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = open::to_write(path)?;
            let length = file.metadata()?.len();
            Ok((file, length))
        }
        Err(error) => Err(error),
    }
}

/// What is done with a file of a folder once all of it is written.
fn complete(file: &File, size: u64) -> io::Result<()> {
    if file.metadata()?.len() > size {
        file.set_len(size)?;
    }
    // Linux brings all of them to the disk at once in the end, which is many times as fast.
    if cfg!(target_os = "linux") {
        Ok(())
    } else {
        file.sync_data()
    }
}

#[cfg(target_os = "linux")]
fn sync_all(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
fn sync_all(_: &Path) -> io::Result<()> {
    Ok(())
}
