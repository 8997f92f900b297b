//! Where the first program listens, on Unix: at a socket in the data folder.

use std::{
    fs, io,
    os::unix::{fs::FileTypeExt as _, net::UnixStream},
    path::Path,
};

use interprocess::local_socket::{
    GenericFilePath, Listener, ListenerOptions, Name, Stream, ToFsName as _, traits::Stream as _,
};

/// The socket's name. It is short because a socket's whole path is limited to about 100 bytes.
const NAME: &str = "show";

/// Listens there.
pub(super) fn listen(folder: &Path) -> io::Result<Listener> {
    ListenerOptions::new().name(name(folder)?).create_sync()
}

/// Reaches who listens there.
pub(super) fn connect(folder: &Path) -> io::Result<Stream> {
    Stream::connect(name(folder)?)
}

/// Removes a socket on which nobody listens. Anything else of this name is somebody else's.
pub(super) fn clear(folder: &Path) {
    let path = folder.join(NAME);
    let is_socket =
        fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let is_dead = || {
        UnixStream::connect(&path)
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if is_socket && is_dead() {
        fs::remove_file(&path).ok();
    }
}

fn name(folder: &Path) -> io::Result<Name<'static>> {
    folder.join(NAME).to_fs_name::<GenericFilePath>()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::profile::{InstanceListener, claim};

    #[test]
    fn what_a_killed_program_leaves_is_removed() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join(NAME);
        drop(UnixListener::bind(&path).expect("a socket"));
        let first = claim(base.path()).expect("free");
        assert!(!path.exists());
        let listener = InstanceListener::bind(&first, |_| true).expect("a socket");
        assert!(path.exists());
        drop(listener);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join(NAME);
        fs::write(&path, b"somebody else's").expect("written");
        let first = claim(base.path()).expect("free");
        assert!(InstanceListener::bind(&first, |_| true).is_err());
        assert_eq!(fs::read(&path).expect("read"), b"somebody else's");
        drop(first);
        // So is a socket on which somebody listens.
        fs::remove_file(&path).expect("removed");
        let other = UnixListener::bind(&path).expect("a socket");
        let first = claim(base.path()).expect("free");
        assert!(InstanceListener::bind(&first, |_| true).is_err());
        UnixStream::connect(&path).expect("the other one is there");
        drop(other);
    }

    #[test]
    fn a_folder_whose_name_is_too_long_for_a_socket_is_an_error() {
        let base = tempfile::tempdir().expect("a folder");
        let long = base.path().join("x".repeat(120));
        let first = claim(&long).expect("free");
        assert!(InstanceListener::bind(&first, |_| true).is_err());
    }
}
