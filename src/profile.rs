//! One program, one data folder: whoever starts second gets a numbered profile below the first one's, with
//! a key and a memory of its own.
//!
//! Two windows on one computer, talking with each other, are the first use that anybody makes of this program;
//! with one key they would be one person.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::folder;

#[cfg(unix)]
mod bell;
#[cfg(unix)]
pub use bell::{Bell, ring};

/// The file that is locked while a program uses the folder.
const LOCK_NAME: &str = "lock";
/// As many programs share one data folder at once.
const MOST: u32 = 100;

/// A data folder that no other program uses meanwhile.
#[derive(Debug)]
pub struct Profile {
    /// Where it is.
    pub folder: PathBuf,
    /// 1 for the first one; shown in the title from 2 on.
    pub number: u32,
    /// Let go of when the program ends, however it ends.
    lock: Option<File>,
}

impl Profile {
    /// The first one, whether others use it or not: where nothing can be written, there is nothing to
    /// keep apart.
    pub fn unclaimed(base: &Path) -> Self {
        Self {
            folder: base.to_owned(),
            number: 1,
            lock: None,
        }
    }

    /// Whether this is the first one, and nobody else can be.
    #[cfg(unix)]
    fn is_first(&self) -> bool {
        self.number == 1 && self.lock.is_some()
    }
}

/// Takes the first profile of `base` that is free: `base` itself, or `profile-2`, `profile-3`… in it.
///
/// # Errors
/// The folder can't be made or written, or a hundred are taken.
pub fn claim(base: &Path) -> io::Result<Profile> {
    for number in 1..=MOST {
        let folder = match number {
            1 => base.to_owned(),
            _ => base.join(format!("profile-{number}")),
        };
        folder::make(&folder)?;
        let file = folder::private_file()
            .create(true)
            .truncate(false)
            .open(folder.join(LOCK_NAME))?;
        let lock = match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => {
                // Some network file systems have no locks. Better one folder for two than none.
                tracing::warn!(%error, "the data folder can't be locked");
                None
            }
        };
        return Ok(Profile {
            folder,
            number,
            lock,
        });
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_has_a_folder_of_its_own_and_gives_it_back() {
        let base = tempfile::tempdir().expect("a folder");
        let first = claim(base.path()).expect("free");
        let second = claim(base.path()).expect("free");
        let third = claim(base.path()).expect("free");
        assert_eq!([first.number, second.number, third.number], [1, 2, 3]);
        assert_eq!(first.folder, base.path());
        assert_eq!(second.folder, base.path().join("profile-2"));
        drop(second);
        assert_eq!(claim(base.path()).expect("free").number, 2);
        drop(first);
        assert_eq!(claim(base.path()).expect("free").number, 1);
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_an_error() {
        let base = tempfile::tempdir().expect("a folder");
        let file = base.path().join("file");
        std::fs::write(&file, b"").expect("a file");
        assert!(claim(&file).is_err());
    }
}
