//! Damaged files whose contacts may be missing in the store. Until all of them were taken over, or the person has said to
//! go on without them, nobody can be taken for unknown.
//!
//! Their names are in a file of its own, one a line, because that has to be written before the damaged store is moved.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    folder,
    store::{Store, StoreError},
};

const NAME: &str = "duologue.db.lost";

/// Adds a file that is about to be set aside in this folder.
pub(super) fn add(folder: &Path, file: &Path) -> io::Result<()> {
    let mut names = read(folder)?;
    if let Some(name) = file.file_name().and_then(|name| name.to_str()) {
        names.retain(|other| other != name);
        names.push(name.to_owned());
    }
    write(folder, &names)
}

/// The names of the files in this folder, oldest first, without those that the person has removed.
pub(super) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = read(folder)?;
    names.retain(|name| folder.join(name).exists());
    Ok(names)
}

fn read(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_to_string(folder.join(NAME)) {
        Ok(names) => Ok(names.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn write(folder: &Path, names: &[String]) -> io::Result<()> {
    let path = folder.join(NAME);
    if names.is_empty() {
        return fs::remove_file(path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
    }
    let mut file = folder::private_file()
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(names.join("\n").as_bytes())?;
    file.sync_all()
}

impl Store {
    /// Whether contacts, addresses and blocks of a damaged file may be missing here.
    pub fn may_lack_contacts(&self) -> bool {
        !self.losses.is_empty()
    }

    /// The damaged file that was set aside last and from which something may be missing here.
    pub(super) fn last_loss(&self) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        self.losses.last().map(|name| path.with_file_name(name))
    }

    /// The person goes on without the contacts that may be missing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn accept_losses(&mut self) -> Result<(), StoreError> {
        self.set_losses(Vec::new())
    }

    /// All contacts of this file are here now.
    pub(in crate::store) fn made_good(&mut self, file: &str) -> Result<(), StoreError> {
        let mut losses = self.losses.clone();
        losses.retain(|name| name != file);
        self.set_losses(losses)
    }

    /// Whether contacts of this file may be missing here.
    pub(in crate::store) fn has_lost_of(&self, file: &str) -> bool {
        self.losses.iter().any(|name| name == file)
    }

    fn set_losses(&mut self, losses: Vec<String>) -> Result<(), StoreError> {
        if let Some(folder) = self.path.as_ref().and_then(|path| path.parent()) {
            write(folder, &losses)?;
        }
        self.losses = losses;
        Ok(())
    }
}
