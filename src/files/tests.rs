//! Transfers from disk to disk, without a network in between.

mod cleaning;
#[cfg(target_os = "linux")]
mod disks;
mod folders;
mod manifests;
mod naming;
mod panics;
mod receiving;
mod restarts;
mod sending;
mod threads;
mod thumbnails;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use tempfile::TempDir;

use super::*;

/// Far above what anything here takes.
const LIMIT: Duration = Duration::from_secs(100);

/// [`Files`] and a way to wait for it.
struct Side {
    files: Files,
    woken: Arc<(Mutex<bool>, Condvar)>,
    events: Vec<FilesEvent>,
    next_job: JobId,
}

impl Side {
    fn new(outgoing: &Path) -> Self {
        let woken = Arc::new((Mutex::new(false), Condvar::new()));
        let waker = Arc::clone(&woken);
        let wake = move || {
            *waker.0.lock().expect("no panic") = true;
            waker.1.notify_all();
        };
        Self {
            files: Files::new(Box::new(wake), outgoing.to_owned()),
            woken,
            events: Vec::new(),
            next_job: 0,
        }
    }

    fn job(&mut self) -> JobId {
        self.next_job += 1;
        self.next_job
    }

    /// Waits until the threads wake the owner.
    fn wait(&self) {
        let is_woken = self.woken.0.lock().expect("no panic");
        let (mut is_woken, waited) = self
            .woken
            .1
            .wait_timeout_while(is_woken, LIMIT, |is_woken| !*is_woken)
            .expect("no panic");
        assert!(!waited.timed_out(), "nothing has happened");
        *is_woken = false;
    }

    /// The next event that is not about progress.
    fn event(&mut self) -> FilesEvent {
        loop {
            self.events.extend(self.files.poll());
            while !self.events.is_empty() {
                let event = self.events.remove(0);
                if !matches!(event, FilesEvent::Progress { .. }) {
                    return event;
                }
            }
            self.wait();
        }
    }

    fn try_prepare(
        &mut self,
        path: &Path,
        keep_location: bool,
    ) -> Result<(Source, u32), PrepareError> {
        let job = self.job();
        self.files
            .prepare(job, path.to_owned(), keep_location)
            .expect("not busy");
        match self.event() {
            FilesEvent::Prepared {
                source, left_out, ..
            } => Ok((source, left_out)),
            FilesEvent::PrepareFailed { why, .. } => Err(why),
            other => panic!("{other:?}"),
        }
    }

    fn prepare(&mut self, path: &Path) -> Source {
        self.try_prepare(path, false).expect("it can be offered").0
    }

    /// The whole encoding from `offset` on, and how it has ended.
    fn encode(&mut self, source: &Source, offset: u64) -> (Vec<u8>, Result<(), SendError>) {
        let job = self.job();
        self.files
            .send(job, source.clone(), offset)
            .expect("not busy");
        let mut encoding = Vec::new();
        loop {
            match self.files.take_chunk(job) {
                Next::Chunk(chunk) => {
                    assert!((1..=CHUNK).contains(&chunk.len()));
                    encoding.extend(chunk);
                }
                Next::NotYet => {
                    self.files.poll();
                    self.wait();
                }
                Next::End(end) => return (encoding, end),
            }
        }
    }

    /// Starts to receive, and waits until it can.
    fn ready(&mut self, into: &Destination) -> (JobId, u64, PathBuf) {
        let job = self.job();
        self.files.receive(job, into.clone()).expect("not busy");
        match self.event() {
            FilesEvent::Ready { offset, .. } => (job, offset, into.part.clone()),
            other => panic!("{other:?}"),
        }
    }

    /// Hands over all of these bytes.
    fn write(&mut self, job: JobId, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK) {
            while self.files.write(job, chunk) == Err(WriteError::Full) {
                self.wait();
                let events = self.files.poll();
                self.events.extend(events);
            }
        }
    }

    /// Receives everything, and says where it is.
    fn receive(&mut self, into: &Destination, encoding: &[u8]) -> Result<PathBuf, ReceiveError> {
        let (job, _, _) = self.ready(into);
        self.write(job, encoding);
        match self.event() {
            FilesEvent::Arrived { path, .. } => Ok(path),
            FilesEvent::ReceiveFailed { why, .. } => Err(why),
            other => panic!("{other:?}"),
        }
    }
}

/// A sender, a receiver, and folders for both.
struct Both {
    at: TempDir,
    sender: Side,
    receiver: Side,
}

impl Both {
    fn new() -> Self {
        let at = tempfile::tempdir().expect("a folder");
        for name in ["from", "to"] {
            fs::create_dir(at.path().join(name)).expect("made");
        }
        let side = || Side::new(&at.path().join("outgoing"));
        let (sender, receiver) = (side(), side());
        Self {
            at,
            sender,
            receiver,
        }
    }

    /// Where the sender has this file.
    fn from(&self, name: &str) -> PathBuf {
        self.at.path().join("from").join(name)
    }

    fn to(&self) -> PathBuf {
        self.at.path().join("to")
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.from(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, content).expect("written");
        path
    }

    fn destination(&self, source: &Source) -> Destination {
        Destination {
            folder: self.to(),
            offer: source.offer.clone(),
            part: part::new_path(&self.to()).expect("a path"),
            is_begun: false,
        }
    }

    /// Offers, sends and receives.
    fn transfer(&mut self, path: &Path) -> PathBuf {
        let source = self.sender.prepare(path);
        let (encoding, end) = self.sender.encode(&source, 0);
        assert_eq!(end, Ok(()));
        assert_eq!(encoding.len() as u64, encoded_len(source.offer.size, 0));
        let into = self.destination(&source);
        self.receiver.receive(&into, &encoding).expect("it arrives")
    }

    /// The names in the folder that it is received into.
    fn arrived(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.to())
            .expect("a folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("text")
            })
            .collect();
        names.sort();
        names
    }
}

/// Bytes that no group has twice.
fn content(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ length as u64;
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
