//! The disk side of files that are sent and received: what is offered is hashed and read, what arrives is verified and
//! written, and pictures are made small.
//!
//! A transfer is one stream of bytes with one BLAKE3 root. The stream of a single file is its content; that of a folder
//! is a manifest and then the contents of its files, in the order of the manifest. The stream is sent as Bao encodes
//! it, with groups of [`GROUP`] bytes, so the receiver verifies each group as it arrives.
//!
//! Must not know the network, the store or the window. Everything that waits for a disk runs on threads of [`Files`],
//! all of them bounded. They report through [`Files::poll`], and wake the owner when there is something new.

mod error;
mod event;
#[cfg(fuzzing)]
pub mod fuzzing;
mod hashing;
mod location;
mod manifest;
mod names;
mod offer;
mod open;
mod outgoing;
mod part;
mod pictures;
mod pipe;
mod place;
mod preparing;
mod receiving;
mod reports;
mod sending;
mod space;
mod stream;
#[cfg(test)]
mod tests;
mod threads;
mod tree;
mod trees;
mod walk;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::SystemTime,
};

pub use error::{Busy, PictureError, PrepareError, ReceiveError, SendError, WriteError};
pub use event::{FilesEvent, Next};
pub use names::{can_run, safe_name};
pub use offer::{Destination, Kind, Offer, Source};
pub use pictures::{Pictures, picture, picture_of};
pub use space::free_space;

use preparing::Preparer;
use receiving::{Fresh, Receiving};
use reports::Reports;
use sending::Sending;
use threads::Threads;
use trees::Trees;

/// Size of a group in bytes: what is verified, written and resumed as a whole.
pub const GROUP: u64 = 256 * 1024;
/// Maximum size of a stream in bytes.
pub const MOST_BYTES: u64 = 1 << 40;
/// Maximum number of files in a folder, and of folders in it.
pub const MOST_FILES: u32 = 100_000;
/// Maximum size of a manifest in bytes.
pub const MOST_MANIFEST: u32 = 16 << 20;
/// Maximum length of a name in bytes.
pub const MOST_NAME: usize = 255;
/// Maximum length of a path within a folder in bytes.
pub const MOST_PATH: usize = 1024;
/// Maximum number of names in a path within a folder.
pub const MOST_PARTS: usize = 32;
/// Maximum length of what [`Files::take_chunk`] returns in bytes.
pub const CHUNK: usize = 64 * 1024;
/// Maximum number of transfers that are read, and of those that are written, at the same time.
pub const MOST_MOVING: usize = 4;

/// Names a job of [`Files`]. The owner chooses it, and never uses it again.
pub type JobId = u64;

/// A small picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width in pixels, 1 to the side that was asked for.
    pub width: u32,
    /// Height in pixels, 1 to the side that was asked for.
    pub height: u32,
    /// Red, green, blue and alpha (not premultiplied) of each pixel, row by row.
    pub rgba: Vec<u8>,
    /// The size of the picture itself in pixels, turned as it is shown.
    pub full: (u32, u32),
}

/// Number of bytes in the encoding of a stream of `size` bytes from `offset` on: the stream, and 64 bytes for each node
/// of the tree above it.
pub fn encoded_len(size: u64, offset: u64) -> u64 {
    let groups = size.div_ceil(GROUP).max(1);
    let skipped = (offset / GROUP).min(groups - 1);
    // `skipped` groups are full subtrees, one for each bit, whose nodes are not sent.
    let parents = (groups - 1) - (skipped - u64::from(skipped.count_ones()));
    size.saturating_sub(skipped * GROUP) + 64 * parents
}

/// Whether a file of this name is a picture that can be shown: PNG, JPEG, WebP or GIF. The content may say otherwise.
pub fn is_picture(name: &Path) -> bool {
    let end = name.extension().and_then(|end| end.to_str()).unwrap_or("");
    ["png", "jpg", "jpeg", "webp", "gif"]
        .iter()
        .any(|known| end.eq_ignore_ascii_case(known))
}

/// Everything of files that is under way, and its threads. Dropping it stops them and waits for them; what has arrived
/// so far stays.
pub struct Files {
    outgoing: PathBuf,
    reports: Reports,
    trees: Trees,
    fresh: Fresh,
    preparer: Option<Preparer>,
    sending: HashMap<JobId, Sending>,
    receiving: HashMap<JobId, Receiving>,
    /// Jobs that were stopped and still write their parts.
    stopping: Vec<(JobId, PathBuf)>,
    /// Threads of transfers. Those that have ended are removed when another is started.
    threads: Vec<(JobId, JoinHandle<()>)>,
    senders: Threads,
    receivers: Threads,
}

impl Files {
    /// `wake` is called from the threads when there is something to poll or to take. `outgoing` is a private folder for
    /// copies of pictures without their location; it is created when it is needed.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>, outgoing: PathBuf) -> Self {
        Self {
            outgoing,
            reports: Reports::new(wake),
            trees: Trees::default(),
            fresh: Fresh::default(),
            preparer: None,
            sending: HashMap::new(),
            receiving: HashMap::new(),
            stopping: Vec::new(),
            threads: Vec::new(),
            senders: Threads::default(),
            receivers: Threads::default(),
        }
    }

    /// Reads and hashes a file or folder that is to be offered. Ends with [`FilesEvent::Prepared`] or
    /// [`FilesEvent::PrepareFailed`]; one after another, in the order of the calls. Of a single picture a copy is
    /// offered that lacks the place where it was taken, unless `keep_location`.
    ///
    /// # Errors
    /// 64 wait already.
    pub fn prepare(
        &mut self,
        job: JobId,
        source: PathBuf,
        keep_location: bool,
    ) -> Result<(), Busy> {
        self.preparer()?.prepare(job, source, keep_location)
    }

    /// Reads `source` from `offset` on (a multiple of [`GROUP`] below its size, or 0), and encodes it for
    /// [`Self::take_chunk`]. If the program was started since it was prepared, all of it is hashed first.
    ///
    /// # Errors
    /// [`MOST_MOVING`] are read already, or too many threads of stopped ones have not ended. The owner is woken when one
    /// of them has.
    pub fn send(&mut self, job: JobId, source: Source, offset: u64) -> Result<(), Busy> {
        if self.sending.len() >= MOST_MOVING {
            return Err(Busy);
        }
        let permit = self.senders.permit(&self.reports)?;
        let (trees, reports) = (self.trees.clone(), self.reports.clone());
        let (sending, thread) =
            Sending::start(job, source, offset, trees, reports, permit).map_err(|_| Busy)?;
        self.sending.insert(job, sending);
        self.keep_thread(job, thread);
        Ok(())
    }

    /// The next bytes to send. At most 1 MiB is read ahead.
    pub fn take_chunk(&mut self, job: JobId) -> Next {
        let next = self
            .sending
            .get(&job)
            .map_or(Next::End(Ok(())), Sending::next);
        if let Next::End(_) = next {
            self.sending.remove(&job);
        }
        next
    }

    /// Makes everything ready to write what arrives. Leads to [`FilesEvent::Ready`], or to
    /// [`FilesEvent::ReceiveFailed`] (among others if the disk has too little room). Waits for an older job with the
    /// same part.
    ///
    /// # Errors
    /// [`MOST_MOVING`] are written already, or too many threads of stopped ones have not ended. The owner hears of their
    /// end by [`FilesEvent::Stopped`] or [`FilesEvent::Arrived`].
    pub fn receive(&mut self, job: JobId, into: Destination) -> Result<(), Busy> {
        if self.receiving.len() >= MOST_MOVING {
            return Err(Busy);
        }
        let permit = self.receivers.permit(&self.reports)?;
        let older = self.thread_of(&into.part);
        let (fresh, reports) = (Arc::clone(&self.fresh), self.reports.clone());
        let (receiving, thread) =
            Receiving::start(job, into, older, fresh, reports, permit).map_err(|_| Busy)?;
        self.receiving.insert(job, receiving);
        self.keep_thread(job, thread);
        Ok(())
    }

    /// Hands over bytes of the encoding, in the order in which they arrived. Leads to [`FilesEvent::Progress`], and in
    /// the end to [`FilesEvent::Arrived`] or [`FilesEvent::ReceiveFailed`]. Bytes for a job that has ended are dropped.
    ///
    /// # Errors
    /// There is no room for them, and nothing was taken: a [`FilesEvent::Progress`] follows once there is more; or they
    /// go beyond the end of the encoding, which is the peer's fault.
    pub fn write(&mut self, job: JobId, bytes: &[u8]) -> Result<(), WriteError> {
        match self.receiving.get_mut(&job) {
            Some(receiving) => receiving.write(bytes),
            None => Ok(()),
        }
    }

    /// How many bytes of the encoding are still to be handed to [`Self::write`]. If the peer says that all is sent, and
    /// this is not 0, that is the peer's fault.
    pub fn missing(&self, job: JobId) -> u64 {
        self.receiving.get(&job).map_or(0, Receiving::missing)
    }

    /// Ends a job of any kind. What was handed over before is still verified and written, unless `discard`, which
    /// deletes what has arrived. [`FilesEvent::Stopped`] follows for a job that is received, and nothing else of it but
    /// [`FilesEvent::Arrived`] if it was complete. A job that is prepared ends with [`PrepareError::Stopped`].
    pub fn stop(&mut self, job: JobId, discard: bool) {
        self.sending.remove(&job);
        if let Some(receiving) = self.receiving.remove(&job) {
            self.stopping.push((job, receiving.part().to_owned()));
            receiving.stop(discard);
        }
        if let Some(preparer) = &self.preparer {
            preparer.stop(job);
        }
    }

    /// Deletes what has arrived of a transfer that is not under way, on the preparing thread. Deletes nothing whose
    /// name is not that of a part. Ends with [`FilesEvent::Discarded`].
    ///
    /// # Errors
    /// Nothing will be deleted, because 64 wait already, or because a job that is received or was stopped may still
    /// write this part or give it its name. The owner is woken when there is room, and when the job has ended.
    pub fn discard(&mut self, part: PathBuf) -> Result<(), Busy> {
        if self.job_of(&part).is_some() {
            return Err(Busy);
        }
        self.preparer()?.discard(part)
    }

    /// Deletes what has the path of a [`Source`] whose offer is gone, if it is a copy that was made for that.
    ///
    /// # Errors
    /// 64 wait already, as with [`Self::discard`].
    pub fn forget(&mut self, source: PathBuf) -> Result<(), Busy> {
        self.preparer()?.forget(source)
    }

    /// Deletes the copies of pictures that are older than this and that none of these paths needs.
    ///
    /// # Errors
    /// 64 wait already, as with [`Self::discard`].
    pub fn sweep(&mut self, kept: Vec<PathBuf>, before: SystemTime) -> Result<(), Busy> {
        self.preparer()?.sweep(kept, before)
    }

    /// A new path for what arrives of a file or folder that is received into this folder.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new_part(folder: &Path) -> io::Result<PathBuf> {
        part::new_path(folder)
    }

    /// A new path for a picture that was pasted, in the folder for outgoing pictures. The file name is `name` made safe.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn outgoing(folder: &Path, name: &str) -> io::Result<PathBuf> {
        outgoing::new_path(folder, name)
    }

    /// What has happened since the last call.
    pub fn poll(&mut self) -> Vec<FilesEvent> {
        let events = self.reports.take();
        for event in &events {
            match event {
                FilesEvent::Ready { job, offset, .. } => {
                    if let Some(receiving) = self.receiving.get_mut(job) {
                        receiving.ready(*offset);
                    }
                }
                FilesEvent::Arrived { job, .. }
                | FilesEvent::ReceiveFailed { job, .. }
                | FilesEvent::Stopped { job } => {
                    self.receiving.remove(job);
                    self.stopping.retain(|(stopping, _)| stopping != job);
                }
                _ => {}
            }
        }
        events
    }

    fn preparer(&mut self) -> Result<&Preparer, Busy> {
        if self.preparer.is_none() {
            let (trees, reports) = (self.trees.clone(), self.reports.clone());
            self.preparer =
                Some(Preparer::start(self.outgoing.clone(), trees, reports).map_err(|_| Busy)?);
        }
        self.preparer.as_ref().ok_or(Busy)
    }

    /// The newest job that has this part and has not reported its end.
    fn job_of(&self, part: &Path) -> Option<JobId> {
        let running = self
            .receiving
            .iter()
            .map(|(job, receiving)| (*job, receiving.part()));
        let stopping = self
            .stopping
            .iter()
            .map(|(job, part)| (*job, part.as_path()));
        running
            .chain(stopping)
            .filter(|(_, other)| *other == part)
            .map(|(job, _)| job)
            .max()
    }

    /// The thread that still writes this part.
    fn thread_of(&mut self, part: &Path) -> Option<JoinHandle<()>> {
        let job = self.job_of(part)?;
        let index = self.threads.iter().position(|(of, _)| *of == job)?;
        Some(self.threads.swap_remove(index).1)
    }

    fn keep_thread(&mut self, job: JobId, thread: JoinHandle<()>) {
        self.threads.retain(|(_, thread)| !thread.is_finished());
        self.threads.push((job, thread));
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.sending.clear();
        self.receiving.clear();
        self.preparer = None;
        for (_, thread) in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}
