//! Verifies and writes what arrives, on a thread for each transfer.

use std::{
    collections::HashSet,
    fs,
    io::{self, ErrorKind},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use super::{
    Destination, FilesEvent, JobId, Kind, ReceiveError, WriteError, encoded_len,
    hashing::hash,
    names::safe_name,
    part::{self, Part},
    pipe::{self, Inlet, Outlet},
    place::{self, place},
    reports::Reports,
    space::free_space,
    stream::Stream,
    threads::Permit,
    tree::{self, Broken},
    walk::{self, Folder, Location},
};

/// Parts whose whole content was written by this run of the program, so that it can't have been lost by a power failure.
pub(super) type Fresh = Arc<Mutex<HashSet<PathBuf>>>;

/// What arrives of one transfer. Dropping it ends the thread when all that was handed over is written.
pub(super) struct Receiving {
    inlet: Inlet,
    part: PathBuf,
    end: Arc<Mutex<End>>,
    /// How many bytes of the encoding are still to come; known once the thread is ready.
    missing: Option<u64>,
    size: u64,
}

/// How the thread is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It was not stopped.
    Whole,
    /// What was written stays.
    Stop,
    /// What was written is deleted.
    Discard,
}

struct Task {
    job: JobId,
    into: Destination,
    outlet: Outlet,
    end: Arc<Mutex<End>>,
    fresh: Fresh,
    reports: Reports,
}

impl Receiving {
    /// Starts writing, once the `older` thread for the same part has ended.
    ///
    /// # Errors
    /// The system has no thread left, or no random numbers.
    pub(super) fn start(
        job: JobId,
        into: Destination,
        older: Option<JoinHandle<()>>,
        fresh: Fresh,
        reports: Reports,
        permit: Permit,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let mut into = into;
        let part = into.part.clone();
        // Another folder may be on another disk, where nothing can be moved to.
        if let Some(folder) = part.parent() {
            folder.clone_into(&mut into.folder);
        }
        let (inlet, outlet) = pipe::pipe();
        let end = Arc::new(Mutex::new(End::Whole));
        let size = into.offer.size;
        let task = Task {
            job,
            into,
            outlet,
            end: Arc::clone(&end),
            fresh,
            reports,
        };
        let thread = permit.start("duologue-receive", move |permit| {
            if let Some(older) = older {
                older.join().ok();
            }
            task.run(permit);
        })?;
        Ok((
            Self {
                inlet,
                part,
                end,
                missing: None,
                size,
            },
            thread,
        ))
    }

    /// Where it is written.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// The thread is ready for bytes from here on.
    pub(super) fn ready(&mut self, offset: u64) {
        self.missing = Some(encoded_len(self.size, offset));
    }

    /// See [`Files::missing`](super::Files::missing).
    pub(super) fn missing(&self) -> u64 {
        self.missing.unwrap_or(0)
    }

    /// See [`Files::write`](super::Files::write).
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let left = self
            .missing()
            .checked_sub(bytes.len() as u64)
            .ok_or(WriteError::Beyond)?;
        if !self.inlet.put(bytes) {
            return Err(WriteError::Full);
        }
        self.missing = Some(left);
        Ok(())
    }

    /// Ends it; see [`Files::stop`](super::Files::stop).
    pub(super) fn stop(self, discard: bool) {
        if discard {
            *self.end.lock().unwrap_or_else(PoisonError::into_inner) = End::Discard;
            self.inlet.clear();
        }
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if *end == End::Whole {
            *end = End::Stop;
        }
    }
}

impl Task {
    fn run(mut self, permit: Permit) {
        let result = catch_unwind(AssertUnwindSafe(|| self.receive()));
        let result = result.unwrap_or(Err(Some(ReceiveError::Io(ErrorKind::Other))));
        let end = *self.end.lock().unwrap_or_else(PoisonError::into_inner);
        if end == End::Discard && result.is_err() {
            self.delete();
        }
        let job = self.job;
        // There is room for another one when the owner hears that this is over.
        drop(permit);
        self.reports.push(match (result, end) {
            // It may have been complete when it was stopped.
            (Ok(path), _) => FilesEvent::Arrived { job, path },
            (Err(Some(why)), End::Whole) => FilesEvent::ReceiveFailed { job, why },
            (Err(_), _) => FilesEvent::Stopped { job },
        });
    }

    /// Everything up to the path under which it has arrived. `None` as the error if it was cut short.
    fn receive(&mut self) -> Result<PathBuf, Option<ReceiveError>> {
        let failed = |error: io::Error| Some(failure(&error));
        // A path from the store that is no part would be overwritten and deleted.
        if !part::is_part(&self.into.part) {
            return Err(Some(ReceiveError::Io(ErrorKind::InvalidInput)));
        }
        if let Some(path) = self.find_arrived()? {
            self.delete();
            return Ok(path);
        }
        let is_new = fs::symlink_metadata(&self.into.part).is_err();
        if is_new {
            if self.into.is_begun && !self.into.folder.is_dir() {
                return Err(Some(ReceiveError::NoFolder));
            }
            // The folder of the person, not one of ours: with the permissions that it gets from the system.
            fs::create_dir_all(&self.into.folder).map_err(failed)?;
            self.check_room(0)?;
            self.fresh().insert(self.into.part.clone());
        }
        let opened = Part::open(self.into.part.clone(), &self.into.offer);
        let (mut part, offset) = opened.map_err(|error| {
            if is_new {
                self.delete();
            }
            failed(error)
        })?;
        self.check_room(offset)?;
        self.reports.push(FilesEvent::Ready {
            job: self.job,
            offset,
        });
        self.decode(&mut part, offset)?;
        self.check_whole(&part)?;
        self.finish(part).map_err(failed)
    }

    /// Where it has arrived, if an earlier run was killed between giving it its name and saying so: then there is no part
    /// any more, and something with that name is what was offered.
    fn find_arrived(&self) -> Result<Option<PathBuf>, Option<ReceiveError>> {
        let Destination {
            folder,
            offer,
            part,
            is_begun,
        } = &self.into;
        let is_folder = matches!(offer.kind, Kind::Folder { .. });
        if !is_begun || part::has_content(part, is_folder) {
            return Ok(None);
        }
        // It took the last of them, if none was renamed since.
        for path in place::taken(folder, &safe_name(&offer.name), is_folder)
            .into_iter()
            .rev()
        {
            let stream = if is_folder {
                let found = walk::folder(&path, &Location::Kept, || self.goes_on());
                found.ok().map(Folder::stream)
            } else {
                let found = fs::symlink_metadata(&path).ok();
                found.map(|found| Stream::file(&path, found.len()))
            };
            let stream = stream.filter(|stream| stream.size() == offer.size);
            let Some(stream) = stream else { continue };
            match hash(&stream, |_| self.goes_on()) {
                Ok(tree) if tree.root() == offer.root => return Ok(Some(path)),
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(None),
                _ => {}
            }
        }
        Ok(None)
    }

    fn decode(&mut self, part: &mut Part, offset: u64) -> Result<(), Option<ReceiveError>> {
        let (offer, reports, job) = (&self.into.offer, &self.reports, self.job);
        let write = |position: u64, bytes: &[u8]| {
            part.write(position, bytes)?;
            reports.push(FilesEvent::Progress {
                job,
                bytes: position + bytes.len() as u64,
                of: offer.size,
            });
            Ok(())
        };
        let decoded = tree::decode(offer.root, offer.size, offset, &mut self.outlet, write);
        decoded.map_err(|broken| match broken {
            Broken::Cut => None,
            Broken::Invalid => Some(ReceiveError::Invalid),
            Broken::Write(error) if error.kind() == ErrorKind::InvalidData => {
                self.delete();
                Some(ReceiveError::Manifest)
            }
            Broken::Write(error) => Some(failure(&error)),
        })
    }

    /// What an earlier run has written is read again, because the disk may have lost it.
    fn check_whole(&mut self, part: &Part) -> Result<(), Option<ReceiveError>> {
        if self.fresh().contains(&self.into.part) {
            return Ok(());
        }
        let hashed = part
            .stream()
            .and_then(|stream| hash(&stream, |_| self.goes_on()));
        match hashed {
            Ok(tree) if tree.root() == self.into.offer.root => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(None),
            other => {
                tracing::warn!(part = %self.into.part.display(), error = ?other.err(), "a part was damaged");
                self.delete();
                Err(Some(ReceiveError::Damaged))
            }
        }
    }

    fn finish(&mut self, part: Part) -> io::Result<PathBuf> {
        let written = part.finish()?;
        let is_folder = matches!(self.into.offer.kind, Kind::Folder { .. });
        let path = place(
            &written,
            &self.into.folder,
            &safe_name(&self.into.offer.name),
            is_folder,
        )?;
        self.delete();
        Ok(path)
    }

    fn check_room(&self, offset: u64) -> Result<(), Option<ReceiveError>> {
        let needed = part::needed(&self.into, offset);
        let Some(free) = free_space(&self.into.folder) else {
            // Not every file system says. Then the disk may become full.
            return Ok(());
        };
        if free < needed {
            Err(Some(ReceiveError::NoSpace { needed, free }))
        } else {
            Ok(())
        }
    }

    fn goes_on(&self) -> bool {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) == End::Whole
    }

    fn fresh(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes what is left of the part.
    fn delete(&self) {
        self.fresh().remove(&self.into.part);
        if let Err(error) = part::delete(&self.into.part) {
            tracing::warn!(part = %self.into.part.display(), %error, "a part can't be deleted");
        }
    }
}

fn failure(error: &io::Error) -> ReceiveError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ReceiveError::DiskFull,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => ReceiveError::ReadOnly,
        kind => ReceiveError::Io(kind),
    }
}
