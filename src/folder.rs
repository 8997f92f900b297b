//! Private files in the data folder, and where damaged ones are moved.
//!
//! Must not know what the files contain.

#[cfg_attr(unix, path = "folder/unix.rs")]
#[cfg_attr(windows, path = "folder/windows.rs")]
mod access;

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Maximum number of damaged files of one name; it ends the search for a free name.
const MOST_ASIDE: u32 = 1000;

/// Creates the folder and its parents, readable by this user only. An existing folder keeps its permissions, which
/// somebody chose.
///
/// # Errors
/// Those of the system; `NotADirectory` if there is a file of this name.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    access::make(folder).map_err(|error| match error.kind() {
        // An existing folder is no error.
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
}

/// Creates this file, readable by this user only.
///
/// # Errors
/// Those of the system; `AlreadyExists` if there is a file of this name.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let file = private_file().create_new(true).open(path)?;
    // On Unix it has its mode from the start.
    #[cfg(windows)]
    close_to_others(path);
    Ok(file)
}

/// Options for writing a file which, if this creates it, only this user can read. On Windows that holds in a folder
/// created by [`make`]: its files inherit its access list.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Who may use something that is this user's only, in the system's format for access lists.
///
/// # Errors
/// The system does not say who the user is.
#[cfg(windows)]
pub(crate) fn access_list() -> io::Result<String> {
    access::list("")
}

/// Takes the permissions of other users away from a file. A failure (a file system without permissions, somebody else's
/// file) leaves the file usable, so it is only logged.
pub(crate) fn close_to_others(path: &Path) {
    if let Err(error) = access::close_file(path) {
        tracing::warn!(path = %path.display(), %error, "others may be able to read this file");
    }
}

/// Moves `path` and the files named `path` + one of `endings` to the first free name of `aside`, `aside2`,
/// `aside3`… with the same endings. Returns that name.
///
/// # Errors
/// Those of the system, and `AlreadyExists` if no name is free.
pub(crate) fn set_aside(path: &Path, endings: &[&str], aside: &Path) -> io::Result<PathBuf> {
    let kept = free_name(endings, aside)?;
    move_all(path, endings, &kept)?;
    Ok(kept)
}

/// The name to which [`set_aside`] would move a file now.
///
/// # Errors
/// `AlreadyExists` if no name is free.
pub(crate) fn free_name(endings: &[&str], aside: &Path) -> io::Result<PathBuf> {
    let all = || endings.iter().copied().chain([""]);
    (1..=MOST_ASIDE)
        .map(|number| match number {
            1 => aside.to_owned(),
            _ => with_ending(aside, &number.to_string()),
        })
        // Not `exists`, which reports false for a link to nowhere.
        .find(|name| all().all(|end| with_ending(name, end).symlink_metadata().is_err()))
        .ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}

/// Moves `path` and the files named `path` + one of `endings` to `kept` with the same endings.
///
/// # Errors
/// Those of the system.
pub(crate) fn move_all(path: &Path, endings: &[&str], kept: &Path) -> io::Result<()> {
    // The file itself goes last: after a crash in between, the next start finds it damaged again.
    for ending in endings.iter().copied().chain([""]) {
        match fs::rename(with_ending(path, ending), with_ending(kept, ending)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

/// This path with `ending` appended to its name.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_set_aside_are_never_overwritten() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        let aside = folder.path().join("a.bad");
        fs::write(folder.path().join("a.bad2-wal"), b"of an older one").expect("written");
        for (text, name) in [("one", "a.bad"), ("two", "a.bad3"), ("three", "a.bad4")] {
            fs::write(&path, text).expect("written");
            fs::write(with_ending(&path, "-wal"), format!("{text}'s")).expect("written");
            let kept = set_aside(&path, &["-wal", "-shm"], &aside).expect("set aside");
            assert_eq!(kept, folder.path().join(name));
            assert_eq!(fs::read_to_string(&kept).expect("kept"), text);
            let log = fs::read_to_string(with_ending(&kept, "-wal")).expect("kept");
            assert_eq!(log, format!("{text}'s"));
            assert!(!path.exists() && !with_ending(&path, "-wal").exists());
        }
        for number in 5..=MOST_ASIDE {
            fs::write(with_ending(&aside, &number.to_string()), b"").expect("written");
        }
        fs::write(&path, b"one too many").expect("written");
        let error = set_aside(&path, &["-wal"], &aside).expect_err("no name is free");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).expect("still there"), b"one too many");
    }

    #[cfg(unix)]
    #[test]
    fn new_files_and_folders_are_readable_only_by_their_user() {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = |path: &Path| {
            let metadata = fs::metadata(path).expect("it exists");
            metadata.permissions().mode() & 0o777
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let below = folder.path().join("not/yet/there");
        make(&below).expect("made");
        assert_eq!(mode(&below), 0o700);
        fs::set_permissions(&below, fs::Permissions::from_mode(0o750)).expect("widened");
        make(&below).expect("made already");
        assert_eq!(mode(&below), 0o750);

        let file = below.join("a");
        private_file().create_new(true).open(&file).expect("made");
        assert_eq!(mode(&file), 0o600);
        for (before, after) in [
            (0o644, 0o600),
            (0o640, 0o600),
            (0o602, 0o600),
            (0o400, 0o400),
        ] {
            fs::set_permissions(&file, fs::Permissions::from_mode(before)).expect("changed");
            close_to_others(&file);
            assert_eq!(mode(&file), after, "{before:o}");
        }
    }
}
