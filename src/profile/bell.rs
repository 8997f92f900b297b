//! How a further program asks the first one on its folder to show its window: it connects to a socket there. Nothing
//! is said on it, and waiting for it costs nothing.

use std::{
    io,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
};

use super::Profile;

/// The socket in the data folder. A short name, as its whole path has to fit into about a hundred bytes.
const NAME: &str = "show";

/// Answers until it is dropped.
#[derive(Debug)]
pub struct Bell {
    path: PathBuf,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Bell {
    /// Calls `on_ring`, from a thread of its own, whenever another program asks for this one's window. `None` if
    /// this is not the first program on its folder.
    ///
    /// # Errors
    /// There can be no socket in that folder, or the system has no thread left.
    pub fn hang(
        profile: &Profile,
        on_ring: impl Fn() + Send + 'static,
    ) -> io::Result<Option<Self>> {
        if !profile.is_first() {
            return Ok(None);
        }
        let path = profile.folder.join(NAME);
        // Left behind by one that was killed: who has the lock is the only one who listens here.
        std::fs::remove_file(&path).ok();
        let listener = UnixListener::bind(&path)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let thread = Builder::new()
            .name("duologue-bell".to_owned())
            .spawn(move || {
                while let Ok(visitor) = listener.accept() {
                    drop(visitor);
                    if ends.load(Ordering::Acquire) {
                        return;
                    }
                    on_ring();
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

impl Drop for Bell {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // A last visitor, or it would wait for ever.
        let came = UnixStream::connect(&self.path).is_ok();
        std::fs::remove_file(&self.path).ok();
        if let Some(thread) = self.thread.take().filter(|_| came)
            && thread.join().is_err()
        {
            tracing::error!("the bell had panicked");
        }
    }
}

/// Asks the first program on `base` to show its window.
///
/// # Errors
/// It is not there any more, or listens to nobody.
pub fn ring(base: &Path) -> io::Result<()> {
    UnixStream::connect(base.join(NAME)).map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::profile::claim;

    #[test]
    fn the_first_program_hears_the_second_one_until_it_ends() {
        let base = tempfile::tempdir().expect("a folder");
        let first = claim(base.path()).expect("free");
        // As one that was killed leaves it behind.
        drop(UnixListener::bind(base.path().join(NAME)).expect("a socket"));
        assert!(ring(base.path()).is_err(), "nobody is there");
        let (heard, rings) = crossbeam_channel::bounded(8);
        let bell = Bell::hang(&first, move || heard.send(()).expect("room"));
        let bell = bell.expect("a socket").expect("it is the first one");
        let second = claim(base.path()).expect("free");
        assert!(Bell::hang(&second, || {}).expect("not tried").is_none());
        for _ in 0..2 {
            ring(base.path()).expect("somebody is there");
            let heard = rings.recv_timeout(Duration::from_secs(100));
            assert_eq!(heard, Ok(()));
        }
        drop(bell);
        assert!(ring(base.path()).is_err());
        assert_eq!(rings.try_iter().count(), 0, "its end is no ring");
    }

    #[test]
    fn a_folder_with_too_long_a_name_has_no_bell_and_that_is_said() {
        let base = tempfile::tempdir().expect("a folder");
        let long = base.path().join("x".repeat(120));
        let first = claim(&long).expect("free");
        assert!(Bell::hang(&first, || {}).is_err());
    }
}
