//! Gives what has arrived its name, without ever replacing anything.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use tempfile::TempPath;

use super::names::numbered;

/// Maximum number of names that are tried.
const MOST_TRIED: u32 = 10_000;

/// Moves a file or folder into `folder`, under this name or, if that exists, under the next free one: "a (2).txt".
///
/// # Errors
/// Those of the system; `AlreadyExists` if no name is free.
pub(super) fn place(
    from: &Path,
    folder: &Path,
    name: &str,
    is_folder: bool,
) -> io::Result<PathBuf> {
    for number in 1..=MOST_TRIED {
        let to = folder.join(numbered(name, number, is_folder));
        // Only saves the attempt: the move itself does not replace anything.
        if to.symlink_metadata().is_ok() {
            continue;
        }
        match move_to(from, &to, is_folder) {
            Ok(()) => {
                sync_folder(folder);
                return Ok(to);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// What is there under the names that [`place`] tries before the first free one: regular files, or folders.
pub(super) fn taken(folder: &Path, name: &str, is_folder: bool) -> Vec<PathBuf> {
    let names = (1..=MOST_TRIED).map(|number| folder.join(numbered(name, number, is_folder)));
    let there = names.map_while(|path| Some((path.symlink_metadata().ok()?, path)));
    let fits = |metadata: &fs::Metadata| {
        // No links.
        if is_folder {
            metadata.is_dir()
        } else {
            metadata.is_file()
        }
    };
    there
        .filter_map(|(metadata, path)| fits(&metadata).then_some(path))
        .collect()
}

/// Moves a file or folder to a name that is free.
///
/// # Errors
/// `AlreadyExists` if it is not free; those of the system.
pub(super) fn move_to(from: &Path, to: &Path, is_folder: bool) -> io::Result<()> {
    let from = TempPath::try_from_path(from)?;
    match from.persist_noclobber(to) {
        Ok(()) => Ok(()),
        Err(failed) => {
            let from = failed.path.keep()?;
            if failed.error.kind() == ErrorKind::AlreadyExists || from.symlink_metadata().is_err() {
                return Err(failed.error);
            }
            move_onto_own(&from, to, is_folder)
        }
    }
}

/// For file systems that can't move without replacing: takes the name first, then replaces what has taken it.
pub(super) fn move_onto_own(from: &Path, to: &Path, is_folder: bool) -> io::Result<()> {
    if is_folder {
        fs::create_dir(to)?;
    } else {
        fs::File::create_new(to)?;
    }
    fs::rename(from, to).inspect_err(|_| {
        // Both of these remove nothing that has content.
        if is_folder {
            fs::remove_dir(to).ok();
        } else if to
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.len() == 0)
        {
            fs::remove_file(to).ok();
        }
    })
}

/// Brings the new name to the disk. Not every file system can.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Err(error) = fs::File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::debug!(folder = %folder.display(), %error, "the folder is not synchronised");
    }
}
