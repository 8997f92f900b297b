//! Opening files of which somebody else may have made something else meanwhile.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Opens a file to read it.
///
/// # Errors
/// Those of the system; `InvalidInput` if it is no regular file. Never waits for the other end of a pipe.
pub(super) fn to_read(path: &Path, follow_link: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    careful(&mut options, follow_link);
    regular(
        options
            .open(path)
            .map_err(|error| no_regular(error, path))?,
    )
}

/// Opens an existing file to go on writing it.
///
/// # Errors
/// Those of the system; `InvalidInput` if it is a link or no regular file.
pub(super) fn to_write(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    careful(&mut options, false);
    regular(
        options
            .open(path)
            .map_err(|error| no_regular(error, path))?,
    )
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

/// A link that was not followed is no regular file.
#[cfg(unix)]
fn no_regular(error: io::Error, _path: &Path) -> io::Error {
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return io::ErrorKind::InvalidInput.into();
    }
    error
}

/// Nor is a folder, which can't be opened at all.
#[cfg(windows)]
fn no_regular(error: io::Error, path: &Path) -> io::Error {
    if error.kind() == io::ErrorKind::PermissionDenied && path.is_dir() {
        return io::ErrorKind::InvalidInput.into();
    }
    error
}

#[cfg(unix)]
fn careful(options: &mut OpenOptions, follow_link: bool) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut flags = OFlags::NONBLOCK;
    if !follow_link {
        flags |= OFlags::NOFOLLOW;
    }
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(windows)]
fn careful(options: &mut OpenOptions, follow_link: bool) {
    use std::os::windows::fs::OpenOptionsExt as _;

    /// `FILE_FLAG_OPEN_REPARSE_POINT`: opens a link itself, which is no regular file.
    const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    if !follow_link {
        options.custom_flags(OPEN_REPARSE_POINT);
    }
}
