//! Files and folders that the person picks in the system's dialogs, or has copied in a file manager, and pictures that are
//! written into files.
//!
//! All of that takes as long as it takes, so each has a thread of its own, and its answer comes in a later frame.

use std::{
    io,
    path::{Path, PathBuf},
    thread,
};

use crossbeam_channel::{Receiver, Sender};
use eframe::egui::Context;

use crate::identity::PublicKey;

/// Maximum number of answers that wait for the next frame. There are no more questions than the person asks.
const MAX_ANSWERS: usize = 16;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Any number of files.
    Files,
    /// A folder to send.
    Folder,
    /// A folder in which something is kept; the dialog begins in this one.
    FolderNear(PathBuf),
    /// The files on the clipboard.
    Copied,
}

/// Takes the paths that were picked; none if the person has changed their mind. `None` if the system has no such dialog.
pub type TakePaths = Box<dyn FnOnce(Option<Vec<PathBuf>>) + Send>;

/// Asks for files or folders, with this title on the dialog. Returns at once.
pub type PickPaths = Box<dyn Fn(Wanted, &str, TakePaths)>;

/// Asks on a thread of its own.
pub fn pick_paths(wanted: Wanted, title: &str, take: TakePaths) {
    let title = title.to_owned();
    let spawned = thread::Builder::new()
        .name("pick files".to_owned())
        .spawn(move || take(ask(wanted, title)));
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread to pick files");
    }
}

fn ask(wanted: Wanted, title: String) -> Option<Vec<PathBuf>> {
    /// Whether a dialog that gives nothing was cancelled. Those of Linux give an empty list then.
    const NOTHING_IS_CANCELLED: bool = cfg!(any(windows, target_os = "macos"));
    let dialog = rfd::FileDialog::new().set_title(title);
    let picked = match wanted {
        Wanted::Files => dialog.pick_files(),
        // `pick_folder` would not tell a cancelled dialog from none.
        Wanted::Folder => dialog.pick_folders(),
        Wanted::FolderNear(folder) => dialog.set_directory(folder).pick_folders(),
        Wanted::Copied => copied()
            .inspect_err(|error| tracing::debug!(%error, "no files on the clipboard"))
            .ok(),
    };
    picked.or_else(|| NOTHING_IS_CANCELLED.then(Vec::new))
}

fn copied() -> Result<Vec<PathBuf>, arboard::Error> {
    let files = arboard::Clipboard::new()?.get().file_list()?;
    Ok(files
        .into_iter()
        .filter(|path| path.is_absolute())
        .collect())
}

/// What has been picked for.
#[derive(Debug, PartialEq)]
pub(super) enum Picked {
    /// To send to this peer.
    ToSend(PublicKey, Vec<PathBuf>),
    /// This text was pasted for this peer; these are the files that were copied with it, if it was files.
    Pasted {
        to: PublicKey,
        text: String,
        files: Vec<PathBuf>,
    },
    /// A folder for files that are received.
    Downloads(PathBuf),
    /// A picture for this peer was written into this file, or why not.
    Written(PublicKey, Result<PathBuf, io::ErrorKind>),
    /// Nothing: the person has changed their mind.
    Nothing,
    /// Nothing: the system has no dialog for what is sent.
    NoDialog,
    /// Nothing: the system has no dialog for a folder.
    NoFolderDialog,
}

/// Asks, and keeps the answers until the next frame.
pub(super) struct Picker {
    pick: PickPaths,
    answers: Receiver<Picked>,
    /// For the questions.
    answer: Sender<Picked>,
}

impl Picker {
    pub fn new(pick: PickPaths) -> Self {
        let (answer, answers) = crossbeam_channel::bounded(MAX_ANSWERS);
        Self {
            pick,
            answers,
            answer,
        }
    }

    /// Asks for files to send to this peer.
    pub fn to_send(&self, ctx: &Context, to: PublicKey, wanted: Wanted, title: &str) {
        self.ask(ctx, wanted, title, move |paths| match paths {
            None => Picked::NoDialog,
            Some(paths) if paths.is_empty() => Picked::Nothing,
            Some(paths) => Picked::ToSend(to, paths),
        });
    }

    /// Asks whether files were copied, because this text was pasted, which may be their paths.
    pub fn pasted(&self, ctx: &Context, to: PublicKey, text: String) {
        self.ask(ctx, Wanted::Copied, "", move |files| Picked::Pasted {
            to,
            text,
            files: files.unwrap_or_default(),
        });
    }

    /// Asks for a folder for files that are received, beginning in this one.
    pub fn downloads(&self, ctx: &Context, folder: &Path, title: &str) {
        let wanted = Wanted::FolderNear(folder.to_owned());
        self.ask(ctx, wanted, title, move |paths| match paths {
            None => Picked::NoFolderDialog,
            Some(paths) => {
                let first = paths.into_iter().next();
                first.map_or(Picked::Nothing, Picked::Downloads)
            }
        });
    }

    /// Writes a picture for this peer on a thread of its own.
    pub fn write(
        &self,
        ctx: &Context,
        to: PublicKey,
        write: impl FnOnce() -> Result<PathBuf, io::ErrorKind> + Send + 'static,
    ) {
        let (answer, ctx) = (self.answer.clone(), ctx.clone());
        let work = move || {
            answer.try_send(Picked::Written(to, write())).ok();
            ctx.request_repaint();
        };
        let spawned = thread::Builder::new()
            .name("write picture".to_owned())
            .spawn(work);
        if let Err(error) = spawned {
            let failed = Picked::Written(to, Err(error.kind()));
            self.answer.try_send(failed).ok();
        }
    }

    /// The answers since the last frame.
    pub fn answers(&self) -> Vec<Picked> {
        self.answers.try_iter().collect()
    }

    fn ask(
        &self,
        ctx: &Context,
        wanted: Wanted,
        title: &str,
        picked: impl FnOnce(Option<Vec<PathBuf>>) -> Picked + Send + 'static,
    ) {
        let (answer, ctx) = (self.answer.clone(), ctx.clone());
        let take = move |paths| {
            // If there is no room, the person has asked 16 times since the last frame.
            answer.try_send(picked(paths)).ok();
            ctx.request_repaint();
        };
        (self.pick)(wanted, title, Box::new(take));
    }
}
