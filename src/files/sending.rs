//! Reads and encodes what is sent, on a thread for each transfer.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::{
    CHUNK, FilesEvent, JobId, Kind, Next, PrepareError, SendError, Source,
    hashing::hash,
    reports::Reports,
    stream::Stream,
    threads::Permit,
    trees::{Known, Trees},
    walk::{self, Cleaned, Location},
};

/// Maximum number of chunks that are read ahead: 1 MiB.
const AHEAD: usize = 16;

/// What is sent of one source. Dropping it ends its thread.
pub(super) struct Sending {
    chunks: Receiver<Result<Vec<u8>, End>>,
    owner: Arc<Owner>,
}

/// What the thread has to know of the owner.
#[derive(Default)]
struct Owner {
    /// It has found no chunk, and waits to be woken.
    is_hungry: AtomicBool,
    /// It wants no more.
    is_gone: AtomicBool,
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.owner.is_gone.store(true, Ordering::SeqCst);
    }
}

type End = Result<(), SendError>;

impl Sending {
    /// Starts reading.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn start(
        job: JobId,
        source: Source,
        offset: u64,
        trees: Trees,
        reports: Reports,
        permit: Permit,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (sender, chunks) = crossbeam_channel::bounded(AHEAD);
        let owner = Arc::new(Owner::default());
        owner.is_hungry.store(true, Ordering::SeqCst);
        let into = Chunks {
            sender,
            buffer: Vec::new(),
            owner: Arc::clone(&owner),
            reports: reports.clone(),
        };
        let thread = permit.start("duologue-send", move |_permit| {
            send(job, &source, offset, &trees, &reports, into);
        })?;
        Ok((Self { chunks, owner }, thread))
    }

    /// The next chunk.
    pub(super) fn next(&self) -> Next {
        match self.chunks.try_recv() {
            Err(TryRecvError::Empty) => {}
            other => return next(other),
        }
        // First said, then looked again: else a chunk that comes in between would wake nobody.
        self.owner.is_hungry.store(true, Ordering::SeqCst);
        next(self.chunks.try_recv())
    }
}

fn next(received: Result<Result<Vec<u8>, End>, TryRecvError>) -> Next {
    match received {
        Ok(Ok(chunk)) => Next::Chunk(chunk),
        Ok(Err(end)) => Next::End(end),
        Err(TryRecvError::Empty) => Next::NotYet,
        // The thread has panicked.
        Err(TryRecvError::Disconnected) => Next::End(Err(SendError::Io(io::ErrorKind::Other))),
    }
}

fn send(
    job: JobId,
    source: &Source,
    offset: u64,
    trees: &Trees,
    reports: &Reports,
    mut into: Chunks,
) {
    let end = encode(job, source, offset, trees, reports, &mut into);
    into.end(end);
}

fn encode(
    job: JobId,
    source: &Source,
    offset: u64,
    trees: &Trees,
    reports: &Reports,
    into: &mut Chunks,
) -> Result<(), SendError> {
    let known = trees.find(&source.offer.root);
    let (stream, cleaned) = open(source, known.as_ref(), into)?;
    let tree = if let Some(known) = known {
        known.tree
    } else {
        let of = stream.size();
        let step = |bytes| {
            reports.push(FilesEvent::Progress { job, bytes, of });
            into.is_wanted()
        };
        Arc::new(hash(&stream, step).map_err(|error| failure(&error))?)
    };
    if tree.root() != source.offer.root {
        return Err(SendError::Changed);
    }
    let result = tree
        .encode(&stream, offset, &mut *into)
        .and_then(|()| into.flush());
    trees.keep(Known { tree, cleaned });
    result.map_err(|error| failure(&error))
}

/// The stream of a source as it is now, if it can still be what was offered.
fn open(
    source: &Source,
    known: Option<&Known>,
    into: &Chunks,
) -> Result<(Stream, Arc<Cleaned>), SendError> {
    let size = source.offer.size;
    if source.offer.kind == Kind::File {
        return Ok((Stream::file(&source.path, size), Arc::default()));
    }
    if let Some(known) = known {
        let location = Location::RemovedAs(Arc::clone(&known.cleaned));
        return open_folder(source, &location, into)?.ok_or(SendError::Changed);
    }
    // The offer does not say whether pictures lack their location, but then they are shorter.
    for location in [Location::Kept, Location::Removed] {
        if let Some(found) = open_folder(source, &location, into)? {
            return Ok(found);
        }
    }
    Err(SendError::Changed)
}

/// The folder as a stream, if it has the size of the offer, and its pictures that are sent without their location.
fn open_folder(
    source: &Source,
    location: &Location,
    into: &Chunks,
) -> Result<Option<(Stream, Arc<Cleaned>)>, SendError> {
    match walk::folder(&source.path, location, || into.is_wanted()) {
        Ok(folder) => {
            let cleaned = Arc::new(folder.cleaned.clone());
            let stream = folder.stream();
            Ok((stream.size() == source.offer.size).then_some((stream, cleaned)))
        }
        Err(PrepareError::Missing(_)) => Err(SendError::Io(io::ErrorKind::NotFound)),
        Err(PrepareError::NoPermission(_)) => Err(SendError::Io(io::ErrorKind::PermissionDenied)),
        Err(PrepareError::Io(_, kind)) => Err(SendError::Io(kind)),
        Err(_) => Err(SendError::Changed),
    }
}

fn failure(error: &io::Error) -> SendError {
    match error.kind() {
        io::ErrorKind::InvalidData
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidInput => SendError::Changed,
        kind => SendError::Io(kind),
    }
}

/// Where the encoding is written: into chunks.
struct Chunks {
    sender: Sender<Result<Vec<u8>, End>>,
    buffer: Vec<u8>,
    owner: Arc<Owner>,
    reports: Reports,
}

impl Chunks {
    fn is_wanted(&self) -> bool {
        !self.owner.is_gone.load(Ordering::SeqCst)
    }

    fn end(&self, end: End) {
        self.send(Err(end)).ok();
    }

    fn send(&self, item: Result<Vec<u8>, End>) -> io::Result<()> {
        self.sender
            .send(item)
            .map_err(|_| io::ErrorKind::BrokenPipe)?;
        if self.owner.is_hungry.swap(false, Ordering::SeqCst) {
            self.reports.wake();
        }
        Ok(())
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.capacity() == 0 {
            self.buffer = Vec::with_capacity(CHUNK);
        }
        let fitting = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer
            .extend_from_slice(bytes.get(..fitting).unwrap_or_default());
        if self.buffer.len() == CHUNK {
            self.flush()?;
        }
        Ok(fitting)
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.buffer);
        if chunk.is_empty() {
            Ok(())
        } else {
            self.send(Ok(chunk))
        }
    }
}
