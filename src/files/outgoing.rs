//! The folder for pictures that are sent and are no file of the person: pasted ones, and copies without their location.
//! Each has a folder of its own, so that it keeps its name.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::names::safe_name;
use crate::folder;

/// A new path for a file of this name; its folder exists.
///
/// # Errors
/// Those of the system.
pub(super) fn new_path(outgoing: &Path, name: &str) -> io::Result<PathBuf> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::ErrorKind::Other)?;
    let own = outgoing.join(data_encoding::HEXLOWER.encode(&random));
    folder::make(&own)?;
    Ok(own.join(safe_name(name)))
}

/// Deletes what is in the folder and is older than this, unless it belongs to one of these paths. A program that was killed
/// leaves such copies behind.
pub(super) fn sweep(outgoing: &Path, kept: &[PathBuf], before: SystemTime) {
    let own = |path: &PathBuf| path.parent()?.file_name().map(ToOwned::to_owned);
    let kept: HashSet<_> = kept.iter().filter_map(own).collect();
    let entries = fs::read_dir(outgoing).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| !kept.contains(&entry.file_name())) {
        let is_old = |made: SystemTime| made < before;
        let made = entry.metadata().and_then(|metadata| metadata.modified());
        if !made.is_ok_and(is_old) {
            continue;
        }
        let path = entry.path();
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(path = %path.display(), %error, "a copy of a picture can't be deleted");
        }
    }
}

/// Deletes this file and its own folder, if it is one of these.
pub(super) fn delete(outgoing: &Path, path: &Path) {
    let Some(own) = path.parent().filter(|own| own.parent() == Some(outgoing)) else {
        return;
    };
    if let Err(error) = fs::remove_file(path).and_then(|()| fs::remove_dir(own)) {
        tracing::warn!(path = %path.display(), %error, "a copy of a picture can't be deleted");
    }
}
