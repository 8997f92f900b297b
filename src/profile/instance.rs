//! What a second program on the same data folder asks of the first one: to show its window, or to open a link.
//!
//! It writes one line to a local socket and gets one byte once that is taken in. Must not know what a link means. Waiting
//! costs nothing: the listening thread sleeps in `accept`.

#[cfg_attr(unix, path = "instance/unix.rs")]
#[cfg_attr(windows, path = "instance/windows.rs")]
mod place;

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Builder, JoinHandle},
    time::Duration,
};

use interprocess::local_socket::{Stream, traits::Listener as _, traits::Stream as _};

use super::{Profile, is_in_use};

/// Maximum length of a link, in bytes: four times the longest invite.
const MOST: u64 = 8 * 1024;
/// How many visitors may be under way at the same time.
const VISITORS: usize = 4;
/// How long a visitor may be silent. Only on Unix, because named pipes have no such limit: there it keeps its place.
const SILENCE: Duration = Duration::from_secs(2);
/// How long the first program may take to answer. It answers from a thread that has nothing else to do.
const ANSWER: Duration = Duration::from_secs(10);
/// How often, and after how long each time, a program that has just been started is looked for: it listens only once its
/// window is open.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);
/// The answer.
const TAKEN: u8 = b'+';

/// What another program asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// To show the window.
    Show,
    /// The same, and to open this link. Its content is not checked yet.
    Open(String),
}

/// Listens for other programs on this folder until it is dropped.
#[derive(Debug)]
pub struct InstanceListener {
    folder: PathBuf,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl InstanceListener {
    /// Calls `on_ask`, from threads of its own, whenever another program asks for something. It returns whether it takes
    /// that in. `None` if this is not the first program on its folder.
    ///
    /// # Errors
    /// The socket can't be created in that folder, or the system has no thread left.
    pub fn bind(
        profile: &Profile,
        on_ask: impl Fn(Ask) -> bool + Send + Sync + 'static,
    ) -> io::Result<Option<Self>> {
        if !profile.is_first() {
            return Ok(None);
        }
        let listener = place::listen(&profile.folder)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        // Each visitor has a clone.
        let on_ask = Arc::new(on_ask);
        let thread = Builder::new()
            .name("duologue-instance".to_owned())
            .spawn(move || {
                while let Ok(visitor) = listener.accept() {
                    if ends.load(Ordering::Acquire) {
                        return;
                    }
                    if Arc::strong_count(&on_ask) <= VISITORS {
                        receive(visitor, Arc::clone(&on_ask));
                    }
                }
                tracing::warn!("other programs can no longer ask for this window");
            })?;
        Ok(Some(Self {
            folder: profile.folder.clone(),
            is_over,
            thread: Some(thread),
        }))
    }
}

/// Hears a visitor on a thread of its own, so that a silent one keeps nobody waiting.
fn receive(visitor: Stream, on_ask: Arc<impl Fn(Ask) -> bool + Send + Sync + 'static>) {
    let spawned = Builder::new()
        .name("duologue-visitor".to_owned())
        .spawn(move || {
            let is_taken = hear(&visitor).map(&*on_ask);
            // Its place is free before it learns that.
            drop(on_ask);
            match is_taken {
                // A visitor that doesn't wait for the answer has been heard all the same.
                Ok(true) => drop((&visitor).write_all(&[TAKEN])),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "another program asked for nothing we know"),
            }
        });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for another program");
    }
}

fn hear(visitor: &Stream) -> io::Result<Ask> {
    visitor.set_recv_timeout(Some(SILENCE)).ok();
    let mut line = Vec::new();
    BufReader::new(visitor)
        .take(MOST)
        .read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let line = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(if line.is_empty() {
        Ask::Show
    } else {
        Ask::Open(line)
    })
}

impl Drop for InstanceListener {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // `accept` returns only for a connection, so make one. It has to last until then: a pipe that was left before it was
        // accepted may never be.
        let visit = place::connect(&self.folder);
        if let Some(thread) = self.thread.take().filter(|_| visit.is_ok())
            && thread.join().is_err()
        {
            tracing::error!("the instance listener had panicked");
        }
        drop(visit);
        place::clear(&self.folder);
    }
}

/// Removes what a killed program has left in this folder, of which this is now the first program.
pub(super) fn clear(folder: &Path) {
    place::clear(folder);
}

/// Asks the first program on `base` for this.
///
/// # Errors
/// No program listens there, or it doesn't take that in.
pub fn ask(base: &Path, ask: &Ask) -> io::Result<()> {
    say(place::connect(base)?, ask)
}

/// The same, and waits for a first program that was just started. Returns whether it has taken that in; false at once if
/// there is no first program.
pub fn hand_over(base: &Path, ask: &Ask) -> bool {
    for _ in 0..TRIES {
        if let Ok(first) = place::connect(base) {
            return say(first, ask)
                .inspect_err(|error| tracing::warn!(%error, "the first program takes nothing in"))
                .is_ok();
        }
        if !is_in_use(base) {
            return false;
        }
        thread::sleep(BETWEEN_TRIES);
    }
    false
}

/// On a thread of its own, because named pipes have no limit of time.
fn say(first: Stream, ask: &Ask) -> io::Result<()> {
    let mut line = match ask {
        Ask::Show => String::new(),
        Ask::Open(link) => link.clone(),
    };
    line.push('\n');
    let (answered, answer) = crossbeam_channel::bounded(1);
    Builder::new()
        .name("duologue-ask".to_owned())
        .spawn(move || {
            let mut byte = [0];
            let said = (&first).write_all(line.as_bytes());
            let heard = said.and_then(|()| (&first).read_exact(&mut byte));
            // Nobody waits any more if this fails.
            answered.send(heard.map(|()| byte)).ok();
        })?;
    match answer.recv_timeout(ANSWER) {
        Ok(Ok([TAKEN])) => Ok(()),
        Ok(Ok(_)) => Err(io::ErrorKind::InvalidData.into()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::profile::claim;

    /// How long a test waits for what happens at once.
    const PATIENCE: Duration = Duration::from_secs(100);

    /// The first program on `base`, which takes in everything but "no".
    fn first(base: &Path) -> (Profile, InstanceListener, crossbeam_channel::Receiver<Ask>) {
        let profile = claim(base).expect("free");
        let (asked, asks) = crossbeam_channel::bounded(64);
        let listener = InstanceListener::bind(&profile, move |ask| {
            let is_taken = ask != Ask::Open("no".to_owned());
            asked.send(ask).expect("room");
            is_taken
        });
        let listener = listener.expect("a socket").expect("it is the first one");
        (profile, listener, asks)
    }

    #[test]
    fn the_first_program_is_asked_until_it_ends() {
        let base = tempfile::tempdir().expect("a folder");
        let base = base.path();
        assert!(ask(base, &Ask::Show).is_err(), "nobody is there");
        assert!(!hand_over(base, &Ask::Show), "nobody is there");
        let (profile, listener, asks) = first(base);
        let second = claim(base).expect("free");
        let none = InstanceListener::bind(&second, |_| true).expect("not tried");
        assert!(none.is_none());
        let longest = "x".repeat(usize::try_from(MOST).expect("small") - 1);
        for text in ["", "duologue://", "한국어", &longest] {
            let said = match text {
                "" => Ask::Show,
                link => Ask::Open(link.to_owned()),
            };
            ask(base, &said).expect("taken in");
            assert_eq!(asks.recv_timeout(PATIENCE), Ok(said.clone()));
            assert!(hand_over(base, &said));
            assert_eq!(asks.recv_timeout(PATIENCE), Ok(said));
        }
        drop(listener);
        assert!(ask(base, &Ask::Show).is_err());
        assert_eq!(asks.try_iter().count(), 0, "ending asks for nothing");
        drop(profile);
        assert!(!hand_over(base, &Ask::Show));
    }

    #[test]
    fn what_is_not_taken_in_is_an_error_and_does_no_harm() {
        let base = tempfile::tempdir().expect("a folder");
        let base = base.path();
        let (_profile, _listener, asks) = first(base);
        let too_long = "x".repeat(usize::try_from(MOST).expect("small"));
        assert!(ask(base, &Ask::Open(too_long)).is_err());
        for bad in [&b"\xff\xfe\n"[..], b"no end"] {
            let mut visitor = place::connect(base).expect("there");
            visitor.write_all(bad).expect("room");
            drop(visitor);
        }
        assert!(ask(base, &Ask::Open("no".to_owned())).is_err());
        assert_eq!(
            asks.recv_timeout(PATIENCE),
            Ok(Ask::Open("no".to_owned())),
            "and nothing before that"
        );
        ask(base, &Ask::Show).expect("taken in");
    }

    #[test]
    fn silent_visitors_keep_nobody_waiting() {
        let base = tempfile::tempdir().expect("a folder");
        let base = base.path();
        let (_profile, listener, _asks) = first(base);
        let silent = [(); VISITORS - 1].map(|()| place::connect(base).expect("there"));
        ask(base, &Ask::Show).expect("taken in");
        // The end doesn't wait for them either.
        drop(listener);
        drop(silent);
    }

    #[test]
    fn a_program_that_has_just_been_started_is_waited_for() {
        let base = tempfile::tempdir().expect("a folder");
        let profile = claim(base.path()).expect("free");
        let path = base.path().to_owned();
        let asking = Builder::new().spawn(move || hand_over(&path, &Ask::Show));
        let asks = Arc::new(Mutex::new(0));
        let heard = Arc::clone(&asks);
        let listener = InstanceListener::bind(&profile, move |_| {
            *heard.lock().expect("sound") += 1;
            true
        });
        let listener = listener.expect("a socket");
        assert!(asking.expect("a thread").join().expect("no panic"));
        drop(listener);
        assert_eq!(*asks.lock().expect("sound"), 1);
    }
}
