//! What has arrived of a transfer, on the disk: hidden, readable by this user only, and named so that it can't be
//! mistaken for anything else.
//!
//! The part of a single file is a file. That of a folder is a folder with the manifest and the files in it, so that
//! nothing has to be copied in the end.

mod folder;

use std::{
    fs::{self, File},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{Destination, GROUP, Kind, Offer, stream::Stream, tree::resume_at};
use folder::FolderPart;

/// How the name of a part begins and ends; 32 hexadecimal digits are in between.
const NAME: (&str, &str) = (".duologue-", ".part");
/// A part that is written.
pub(super) struct Part {
    path: PathBuf,
    size: u64,
    content: Content,
}

enum Content {
    File(File),
    Folder(Box<FolderPart>),
}

/// A new path for a part in this folder.
pub(super) fn new_path(folder: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::ErrorKind::Other)?;
    let digits = data_encoding::HEXLOWER.encode(&random);
    Ok(folder.join(format!("{}{digits}{}", NAME.0, NAME.1)))
}

/// Whether this is the path of a part, by its name.
pub(super) fn is_part(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    let digits = name
        .strip_prefix(NAME.0)
        .and_then(|name| name.strip_suffix(NAME.1));
    digits.is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Whether there is a part of a file, or of a folder with the files in it. They are not there any more when these have got
/// their name.
pub(super) fn has_content(part: &Path, is_folder: bool) -> bool {
    let content = if is_folder {
        folder::files_in(part)
    } else {
        part.to_owned()
    };
    content.symlink_metadata().is_ok()
}

/// Deletes a part, whatever it is. What is no part by its name stays.
///
/// # Errors
/// Those of the system.
pub(super) fn delete(path: &Path) -> io::Result<()> {
    if !is_part(path) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    match fs::symlink_metadata(path) {
        // Removes links in it, not what they lead to.
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

impl Part {
    /// Creates the part of this transfer at `path`, or goes on with what is there. Returns from where on the stream is
    /// missing.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn open(path: PathBuf, offer: &Offer) -> io::Result<(Self, u64)> {
        let (content, length) = match offer.kind {
            Kind::File => {
                let (file, length) = folder::create_or_open(&path)?;
                (Content::File(file), length)
            }
            Kind::Folder { manifest, files } => {
                let mut folder = FolderPart::new(&path, manifest, files, offer.content());
                let length = folder.prepare()?;
                (Content::Folder(Box::new(folder)), length)
            }
        };
        let offset = resume_at(length, offer.size);
        let mut part = Self {
            path,
            size: offer.size,
            content,
        };
        part.go_to(offset)?;
        Ok((part, offset))
    }

    /// Writes the group at this position. Groups come in order, without a gap.
    ///
    /// # Errors
    /// Those of the system; `InvalidData` if the manifest makes no sense.
    pub(super) fn write(&mut self, position: u64, bytes: &[u8]) -> io::Result<()> {
        match &mut self.content {
            Content::File(file) => file.write_all(bytes),
            Content::Folder(folder) => folder.write(position, bytes),
        }
    }

    /// Everything that is written, as one stream.
    pub(super) fn stream(&self) -> io::Result<Stream> {
        match &self.content {
            Content::File(_) => Ok(Stream::file(&self.path, self.size)),
            Content::Folder(folder) => folder.stream(),
        }
    }

    /// Brings everything to the disk. Returns what is to be renamed.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn finish(self) -> io::Result<PathBuf> {
        match self.content {
            Content::File(file) => {
                // Somebody else may have made it longer.
                file.set_len(self.size)?;
                file.sync_all()?;
                Ok(self.path)
            }
            Content::Folder(mut folder) => {
                folder.finish()?;
                Ok(folder.files())
            }
        }
    }

    fn go_to(&mut self, offset: u64) -> io::Result<()> {
        match &mut self.content {
            Content::File(file) => {
                file.set_len(offset)?;
                file.seek(SeekFrom::Start(offset)).map(drop)
            }
            Content::Folder(folder) => folder.go_to(offset),
        }
    }
}

/// How much room a transfer takes on the disk from `offset` on, in bytes.
pub(super) fn needed(into: &Destination, offset: u64) -> u64 {
    /// What a small file takes beyond its size.
    const FILE: u64 = 4096;
    let files = match into.offer.kind {
        Kind::File => 1,
        Kind::Folder { files, .. } => u64::from(files) + 1,
    };
    (into.offer.size.saturating_sub(offset))
        .saturating_add(files * FILE)
        .saturating_add(GROUP)
}
