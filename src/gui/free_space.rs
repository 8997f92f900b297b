//! How much room the disk has into which files are received. A disk may take its time to say, so it is asked on a thread
//! of its own.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    thread,
};

use crossbeam_channel::{Receiver, TryRecvError};
use eframe::egui::Context;

use crate::files;

/// How long an answer counts, in seconds of the window's clock. After that, the disk is asked again once it matters.
const FRESH: f64 = 2.0;

/// Takes how many bytes can be received; `None` if nobody knows.
pub type TakeFree = Box<dyn FnOnce(Option<u64>) + Send>;

/// Asks how much can be received into this folder. Returns at once.
pub type AskFree = Box<dyn Fn(PathBuf, TakeFree)>;

/// Asks the disk on a thread of its own.
pub fn ask_free_space(folder: PathBuf, take: TakeFree) {
    let ask = move || take(files::free_space(&folder));
    let spawned = thread::Builder::new()
        .name("free space".to_owned())
        .spawn(ask);
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread to ask how much is free");
    }
}

/// See the [module](self).
pub(super) struct FreeSpace {
    ask: AskFree,
    known: RefCell<Known>,
}

/// What is known of one folder.
#[derive(Default)]
struct Known {
    folder: PathBuf,
    free: Option<u64>,
    /// Until this time of the window's clock.
    counts_until: Option<f64>,
    /// Of a question that is not answered yet. There is one at a time, however long the disk takes.
    answer: Option<Receiver<Option<u64>>>,
}

impl FreeSpace {
    pub fn new(ask: AskFree) -> Self {
        Self {
            ask,
            known: RefCell::default(),
        }
    }

    /// How many bytes can be received into this folder, as far as it is known.
    pub fn in_folder(&self, folder: &Path) -> Option<u64> {
        let known = self.known.borrow();
        known.free.filter(|_| known.folder == folder)
    }

    /// It matters now how much that is. If it was asked too long ago, it is asked again, and a frame is painted once there
    /// is an answer.
    pub fn look_at(&self, ctx: &Context, folder: &Path) {
        let mut known = self.known.borrow_mut();
        if known.folder != folder {
            *known = Known {
                folder: folder.to_owned(),
                ..Known::default()
            };
        }
        let now = ctx.input(|input| input.time);
        if let Some(answer) = &known.answer {
            match answer.try_recv() {
                Ok(free) => known.take(free, now),
                Err(TryRecvError::Disconnected) => known.take(None, now),
                Err(TryRecvError::Empty) => return,
            }
        }
        if known.counts_until.is_some_and(|until| now <= until) {
            return;
        }
        let (answer, answers) = crossbeam_channel::bounded(1);
        let ctx = ctx.clone();
        let take = move |free| {
            answer.try_send(free).ok();
            ctx.request_repaint();
        };
        known.answer = Some(answers);
        (self.ask)(folder.to_owned(), Box::new(take));
    }
}

impl Known {
    fn take(&mut self, free: Option<u64>, now: f64) {
        self.free = free;
        self.counts_until = Some(now + FRESH);
        self.answer = None;
    }
}
