//! Reads and hashes what is to be offered, on one thread, and deletes there what is not needed any more.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::{Builder, JoinHandle},
    time::SystemTime,
};

use crossbeam_channel::{Receiver, Sender};
use unicode_normalization::UnicodeNormalization;

use super::{
    Busy, FilesEvent, JobId, Kind, MOST_BYTES, MOST_NAME, Offer, PrepareError, Source,
    hashing::hash,
    location::{self, Located},
    outgoing, part,
    reports::Reports,
    stream::Stream,
    tree::Tree,
    trees::{Known, Trees},
    walk::{self, Cleaned, Location, failure},
};
use crate::folder;

/// Maximum number of tasks that wait.
const MOST_WAITING: usize = 64;

/// The thread and what waits for it. Dropping it ends the thread.
pub(super) struct Preparer {
    tasks: Option<Sender<Task>>,
    stopped: Stopped,
    thread: Option<JoinHandle<()>>,
}

/// Jobs that are not to go on.
type Stopped = Arc<Mutex<Jobs>>;

#[derive(Default)]
struct Jobs {
    /// Those that wait or run.
    known: HashSet<JobId>,
    stopped: HashSet<JobId>,
    /// All of them.
    is_ending: bool,
}

enum Task {
    Prepare {
        job: JobId,
        path: PathBuf,
        keep_location: bool,
    },
    Discard(PathBuf),
    Forget(PathBuf),
    Sweep(Vec<PathBuf>, SystemTime),
}

impl Preparer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has none left.
    pub(super) fn start(outgoing: PathBuf, trees: Trees, reports: Reports) -> io::Result<Self> {
        let (sender, tasks) = crossbeam_channel::bounded(MOST_WAITING);
        let stopped = Stopped::default();
        let worker = Worker {
            tasks,
            stopped: Arc::clone(&stopped),
            outgoing,
            trees,
            reports,
        };
        let thread = Builder::new()
            .name("duologue-files".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            tasks: Some(sender),
            stopped,
            thread: Some(thread),
        })
    }

    /// See [`Files::prepare`](super::Files::prepare).
    pub(super) fn prepare(
        &self,
        job: JobId,
        path: PathBuf,
        keep_location: bool,
    ) -> Result<(), Busy> {
        lock(&self.stopped).known.insert(job);
        let sent = self.add(Task::Prepare {
            job,
            path,
            keep_location,
        });
        sent.inspect_err(|_| lock(&self.stopped).end(job))
    }

    /// See [`Files::discard`](super::Files::discard).
    pub(super) fn discard(&self, part: PathBuf) -> Result<(), Busy> {
        self.add(Task::Discard(part))
    }

    /// See [`Files::forget`](super::Files::forget).
    pub(super) fn forget(&self, copy: PathBuf) -> Result<(), Busy> {
        self.add(Task::Forget(copy))
    }

    /// See [`Files::sweep`](super::Files::sweep).
    pub(super) fn sweep(&self, kept: Vec<PathBuf>, before: SystemTime) -> Result<(), Busy> {
        self.add(Task::Sweep(kept, before))
    }

    /// Ends a job that waits or runs.
    pub(super) fn stop(&self, job: JobId) {
        let mut jobs = lock(&self.stopped);
        if jobs.known.contains(&job) {
            jobs.stopped.insert(job);
        }
    }

    fn add(&self, task: Task) -> Result<(), Busy> {
        let tasks = self.tasks.as_ref().ok_or(Busy)?;
        tasks.try_send(task).map_err(|_| Busy)
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        lock(&self.stopped).is_ending = true;
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Jobs {
    fn goes_on(&self, job: JobId) -> bool {
        !self.is_ending && !self.stopped.contains(&job)
    }

    fn end(&mut self, job: JobId) {
        self.known.remove(&job);
        self.stopped.remove(&job);
    }
}

struct Worker {
    tasks: Receiver<Task>,
    stopped: Stopped,
    outgoing: PathBuf,
    trees: Trees,
    reports: Reports,
}

impl Worker {
    fn run(self) {
        for task in &self.tasks {
            match task {
                Task::Prepare {
                    job,
                    path,
                    keep_location,
                } => {
                    let prepare = || self.prepare(job, &path, keep_location);
                    let other = |_| Err(PrepareError::Io(path.clone(), io::ErrorKind::Other));
                    let result = catch_unwind(AssertUnwindSafe(prepare)).unwrap_or_else(other);
                    lock(&self.stopped).end(job);
                    self.reports.push(match result {
                        Ok((source, left_out)) => FilesEvent::Prepared {
                            job,
                            source,
                            left_out,
                        },
                        Err(why) => FilesEvent::PrepareFailed { job, why },
                    });
                }
                Task::Discard(part) => {
                    if let Err(error) = part::delete(&part) {
                        tracing::warn!(part = %part.display(), %error, "a part can't be deleted");
                    }
                    self.reports.push(FilesEvent::Discarded { part });
                }
                Task::Forget(copy) => {
                    // The owner may wait for room.
                    self.reports.wake();
                    outgoing::delete(&self.outgoing, &copy);
                }
                Task::Sweep(kept, before) => outgoing::sweep(&self.outgoing, &kept, before),
            }
        }
    }

    fn prepare(
        &self,
        job: JobId,
        path: &Path,
        keep_location: bool,
    ) -> Result<(Source, u32), PrepareError> {
        if !self.goes_on(job) {
            return Err(PrepareError::Stopped);
        }
        // The store keeps it, and the next run may have another current folder.
        let path = &std::path::absolute(path).map_err(|error| failure(path, &error))?;
        let name = name_of(path)?;
        let metadata = fs::metadata(path).map_err(|error| failure(path, &error))?;
        if metadata.is_dir() {
            let location = if keep_location {
                Location::Kept
            } else {
                Location::Removed
            };
            let mut folder = walk::folder(path, &location, || self.goes_on(job))?;
            let cleaned = std::mem::take(&mut folder.cleaned);
            let kind = Kind::Folder {
                manifest: folder.manifest.len() as u32,
                files: folder.files,
            };
            let left_out = folder.left_out;
            let (offer, tree) = self.hash_source(job, path, name, kind, &folder.stream())?;
            self.keep(tree, cleaned);
            return Ok((
                Source {
                    path: path.to_owned(),
                    offer,
                },
                left_out,
            ));
        }
        if !metadata.is_file() {
            return Err(PrepareError::NoFile(path.to_owned()));
        }
        let copy = if keep_location {
            None
        } else {
            self.without_location(path, &name)?
        };
        let read = copy.as_deref().unwrap_or(path);
        let size = fs::metadata(read)
            .map_err(|error| failure(path, &error))?
            .len();
        if size > MOST_BYTES {
            return Err(PrepareError::TooLarge);
        }
        let hashed = self.hash_source(job, path, name, Kind::File, &Stream::file(read, size));
        let (offer, tree) = hashed.inspect_err(|_| {
            if let Some(copy) = &copy {
                outgoing::delete(&self.outgoing, copy);
            }
        })?;
        self.keep(tree, Cleaned::new());
        Ok((
            Source {
                path: read.to_owned(),
                offer,
            },
            0,
        ))
    }

    fn hash_source(
        &self,
        job: JobId,
        path: &Path,
        name: String,
        kind: Kind,
        stream: &Stream,
    ) -> Result<(Offer, Tree), PrepareError> {
        let of = stream.size();
        let step = |bytes| {
            self.reports.push(FilesEvent::Progress { job, bytes, of });
            self.goes_on(job)
        };
        let tree = hash(stream, step);
        let tree = tree.map_err(|error| failure(stream.read_last().unwrap_or(path), &error))?;
        let offer = Offer {
            name,
            size: stream.size(),
            kind,
            root: tree.root(),
        };
        Ok((offer, tree))
    }

    fn keep(&self, tree: Tree, cleaned: Cleaned) {
        self.trees.keep(Known {
            tree: Arc::new(tree),
            cleaned: Arc::new(cleaned),
        });
    }

    /// A copy of a picture without the location, if it has one.
    fn without_location(&self, path: &Path, name: &str) -> Result<Option<PathBuf>, PrepareError> {
        let located = location::read_without(path, true);
        match located.map_err(|error| failure(path, &error))? {
            Located::Nowhere => Ok(None),
            Located::Damaged => Err(PrepareError::Picture),
            Located::Removed(bytes) => {
                let write = || {
                    let copy = outgoing::new_path(&self.outgoing, name)?;
                    folder::create_private(&copy)?.write_all(&bytes)?;
                    Ok(copy)
                };
                let failed = |error: io::Error| PrepareError::Copy(error.kind());
                write().map(Some).map_err(failed)
            }
        }
    }

    fn goes_on(&self, job: JobId) -> bool {
        lock(&self.stopped).goes_on(job)
    }
}

/// The name under which a path is offered.
fn name_of(path: &Path) -> Result<String, PrepareError> {
    // "." and ".." have no name in them.
    let full = match path.file_name() {
        Some(_) => path.to_owned(),
        None => fs::canonicalize(path).map_err(|error| failure(path, &error))?,
    };
    let name = full.file_name().unwrap_or(full.as_os_str());
    let name: String = name.to_string_lossy().nfc().collect();
    if name.len() > MOST_NAME {
        Err(PrepareError::NameTooLong(path.to_owned()))
    } else {
        Ok(name)
    }
}

fn lock(jobs: &Stopped) -> std::sync::MutexGuard<'_, Jobs> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner)
}
