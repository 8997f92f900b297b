//! A second program on the same data folder asks the first one to show its window: it connects to a socket in that
//! folder. No bytes are exchanged, and waiting costs nothing: the listening thread sleeps in `accept`.

use std::{
    io,
    os::unix::{
        fs::FileTypeExt as _,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
};

use super::Profile;

/// The socket's name in the data folder. It is short because a socket's whole path is limited to about 100 bytes.
const NAME: &str = "show";

/// Listens for other programs on this folder until it is dropped.
#[derive(Debug)]
pub struct InstanceListener {
    path: PathBuf,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl InstanceListener {
    /// Calls `on_activate`, from its own thread, whenever another program asks to show this one's window. `None` if
    /// this is not the first program on its folder.
    ///
    /// # Errors
    /// The socket can't be created in that folder, or the system has no thread left.
    pub fn bind(
        profile: &Profile,
        on_activate: impl Fn() + Send + 'static,
    ) -> io::Result<Option<Self>> {
        if !profile.is_first() {
            return Ok(None);
        }
        let path = profile.folder.join(NAME);
        remove_dead_socket(&path);
        let listener = UnixListener::bind(&path)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = Builder::new()
            .name("duologue-instance".to_owned())
            .spawn(move || {
                while let Ok(visitor) = listener.accept() {
                    drop(visitor);
                    if ends.load(Ordering::Acquire) {
                        return;
                    }
                    on_activate();
                }
                tracing::warn!("other programs can no longer ask for this window");
            })?;
        Ok(Some(Self {
            path,
            is_over,
            thread: Some(thread),
        }))
    }
}

/// A killed program leaves its socket here. Anything else of this name is somebody else's.
fn remove_dead_socket(path: &Path) {
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    let is_dead = || {
        UnixStream::connect(path)
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    if is_socket && is_dead() {
        std::fs::remove_file(path).ok();
    }
}

impl Drop for InstanceListener {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // `accept` returns only for a connection, so make one.
        let came = UnixStream::connect(&self.path).is_ok();
        std::fs::remove_file(&self.path).ok();
        if let Some(thread) = self.thread.take().filter(|_| came)
            && thread.join().is_err()
        {
            tracing::error!("the instance listener had panicked");
        }
    }
}

/// Asks the first program on `base` to show its window.
///
/// # Errors
/// No program is listening there.
pub fn activate(base: &Path) -> io::Result<()> {
    UnixStream::connect(base.join(NAME)).map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::profile::claim;

    #[test]
    fn the_first_program_is_activated_by_the_second_until_it_ends() {
        let base = tempfile::tempdir().expect("a folder");
        let first = claim(base.path()).expect("free");
        // What a killed program leaves behind.
        drop(UnixListener::bind(base.path().join(NAME)).expect("a socket"));
        assert!(activate(base.path()).is_err(), "nobody is there");
        let (activated, activations) = crossbeam_channel::bounded(8);
        let listener = InstanceListener::bind(&first, move || activated.send(()).expect("room"));
        let listener = listener.expect("a socket").expect("it is the first one");
        let second = claim(base.path()).expect("free");
        let none = InstanceListener::bind(&second, || {}).expect("not tried");
        assert!(none.is_none());
        for _ in 0..2 {
            activate(base.path()).expect("somebody is there");
            let activation = activations.recv_timeout(Duration::from_secs(100));
            assert_eq!(activation, Ok(()));
        }
        drop(listener);
        assert!(activate(base.path()).is_err());
        assert_eq!(
            activations.try_iter().count(),
            0,
            "ending does not activate"
        );
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join(NAME);
        std::fs::write(&path, b"somebody else's").expect("written");
        let first = claim(base.path()).expect("free");
        assert!(InstanceListener::bind(&first, || {}).is_err());
        assert_eq!(std::fs::read(&path).expect("read"), b"somebody else's");
        // So is a socket on which somebody listens.
        std::fs::remove_file(&path).expect("removed");
        let other = UnixListener::bind(&path).expect("a socket");
        assert!(InstanceListener::bind(&first, || {}).is_err());
        UnixStream::connect(&path).expect("the other one is there");
        drop(other);
    }

    #[test]
    fn a_folder_whose_name_is_too_long_for_a_socket_is_an_error() {
        let base = tempfile::tempdir().expect("a folder");
        let long = base.path().join("x".repeat(120));
        let first = claim(&long).expect("free");
        assert!(InstanceListener::bind(&first, || {}).is_err());
    }
}
