//! One data folder per running program: the second program gets a numbered profile inside the first one's folder,
//! with its own key and store.
//!
//! Many people try this program with two windows on one computer. With one key the two would be the same person and
//! could not talk.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::folder;

mod instance;
pub use instance::{Ask, InstanceListener, ask, hand_over};

/// The file that is locked while a program uses the folder.
const LOCK_NAME: &str = "lock";
/// Maximum number of profiles in one data folder.
const MOST: u32 = 100;

/// A data folder that no other program uses at the same time.
#[derive(Debug)]
pub struct Profile {
    /// Where it is.
    pub folder: PathBuf,
    /// 1 for the first program; the title shows it from 2 on.
    pub number: u32,
    /// The system releases it when the program ends, however it ends.
    lock: Option<File>,
}

impl Profile {
    /// The first profile without a lock. For a folder that can't be written: then there is nothing to keep apart.
    pub fn unclaimed(base: &Path) -> Self {
        Self {
            folder: base.to_owned(),
            number: 1,
            lock: None,
        }
    }

    /// Whether this is the first profile and it is locked.
    fn is_first(&self) -> bool {
        self.number == 1 && self.lock.is_some()
    }
}

/// Locks the first free profile of `base`: `base` itself, or `profile-2`, `profile-3`… in it.
///
/// # Errors
/// The folder can't be created or written, or 100 profiles are in use.
pub fn claim(base: &Path) -> io::Result<Profile> {
    for number in 1..=MOST {
        let folder = folder_of(base, number);
        folder::make(&folder)?;
        let file = folder::private_file()
            .create(true)
            .truncate(false)
            .open(folder.join(LOCK_NAME))?;
        let lock = match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => {
                // Some network file systems have no locks. Sharing a folder is better than having none.
                tracing::warn!(%error, "the data folder can't be locked");
                None
            }
        };
        if number == 1 && lock.is_some() {
            instance::clear(&folder);
        }
        return Ok(Profile {
            folder,
            number,
            lock,
        });
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Whether a program uses the first profile of `base`.
fn is_in_use(base: &Path) -> bool {
    let file = folder::private_file().open(base.join(LOCK_NAME));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// The folders of all profiles in `base` so far, whether or not a program uses them.
pub fn folders(base: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = (1..=MOST).map(|number| folder_of(base, number));
    // A program takes the first free number.
    folders.take_while(|folder| folder.is_dir())
}

fn folder_of(base: &Path, number: u32) -> PathBuf {
    match number {
        1 => base.to_owned(),
        _ => base.join(format!("profile-{number}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_of_all_profiles_are_known() {
        let base = tempfile::tempdir().expect("a folder");
        let base = base.path();
        assert_eq!(folders(&base.join("none")).count(), 0);
        let held = [(); 3].map(|()| claim(base).expect("free"));
        drop(held);
        let all: Vec<_> = folders(base).collect();
        let expected = [
            base.to_owned(),
            base.join("profile-2"),
            base.join("profile-3"),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn each_program_has_its_own_folder_until_it_ends() {
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
    fn a_folder_that_cannot_be_created_is_an_error() {
        let base = tempfile::tempdir().expect("a folder");
        let file = base.path().join("file");
        std::fs::write(&file, b"").expect("a file");
        assert!(claim(&file).is_err());
    }
}
