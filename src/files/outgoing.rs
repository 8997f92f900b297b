//! The folder for pictures that are sent and are no file of the person: pasted ones, and copies without their location.
//! Each has a folder of its own, so that it keeps its name.

use std::{
    fs, io,
    path::{Path, PathBuf},
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

/// Deletes this file and its own folder, if it is one of these.
pub(super) fn delete(outgoing: &Path, path: &Path) {
    let Some(own) = path.parent().filter(|own| own.parent() == Some(outgoing)) else {
        return;
    };
    if let Err(error) = fs::remove_file(path).and_then(|()| fs::remove_dir(own)) {
        tracing::warn!(path = %path.display(), %error, "a copy of a picture can't be deleted");
    }
}
