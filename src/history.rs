//! What was said, as the window reads it: pages, searches, exports, and a list of all conversations.
//!
//! A named thread with a connection of its own to the store's file, which it only reads. Questions go in and
//! answers come out over bounded channels, so that the window never waits for the disk. A second thread keeps
//! the index for searching behind it, in a file of its own. Must not know egui or sockets.

mod export;
mod file;
mod fold;
mod index;
mod indexer;
mod life;
mod list;
mod pages;
mod reader;
#[cfg(test)]
mod samples;
mod search;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::Builder,
};

use jiff::Zoned;

use crate::{
    identity::Party,
    mailbox,
    store::{Changes, Message, StoreError},
};

/// As many rows are in a page at most.
pub const PAGE: usize = 200;
/// A page ends early where it has so many bytes of text.
pub const PAGE_BYTES: usize = 1024 * 1024;
/// As many hits are in an answer at most.
pub const MOST_HITS: usize = 200;
/// As many conversations are in the list at most.
pub const MOST_CONVERSATIONS: usize = 1_000;
/// What is unread is counted up to here.
pub const MOST_UNREAD: u64 = 1_000;

/// Questions that may wait for the thread.
const QUERIES: usize = 64;
/// Answers that may wait for the window.
const ANSWERS: usize = 64;

/// What the window wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// All conversations. Answered by [`Answer::Conversations`].
    Conversations,
    /// Rows of a conversation. Answered by [`Answer::Page`].
    Page {
        /// Of which one.
        party: Party,
        /// Which rows.
        at: At,
    },
    /// Messages with all of these words, the newest first. A word is whatever stands between spaces, and is
    /// found inside of longer ones too; capitals and small letters are the same. A newer search makes one
    /// that waits void: that one gets no answer. Answered by [`Answer::Found`].
    Search {
        /// In which conversation; in all of them where none is named.
        party: Option<Party>,
        /// What to look for, as typed.
        words: String,
    },
    /// Writes a conversation into a new file. Answered by [`Answer::Exported`].
    Export {
        /// Which one.
        party: Party,
        /// What the person calls its peer.
        name: String,
        /// How.
        format: ExportFormat,
        /// The folder the file is made in.
        folder: PathBuf,
        /// When it is, and where: days and times are told in this zone.
        now: Zoned,
        /// What is said in it beside the messages.
        words: Box<ExportWords>,
    },
    /// How much room all of it takes. Answered by [`Answer::Size`].
    Size,
}

/// Which rows of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest ones.
    Newest,
    /// Those just before this row.
    Before(u64),
    /// Those just behind this row.
    After(u64),
    /// Those on both sides of this row, and the row itself.
    Around(u64),
}

/// What a conversation is exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// For people.
    Markdown,
    /// For programs.
    Json,
    /// For everything.
    Text,
}

/// Words in an export for people, in the person's language. What went as it should needs none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportWords {
    /// Who we are.
    pub me: String,
    /// Behind a message of ours: it waits to be delivered.
    pub waiting: String,
    /// It was taken back before that.
    pub cancelled: String,
    /// It did not go out.
    pub not_sent: String,
    /// In place of a message that only a later version understands.
    pub needs_newer: String,
    /// Before a colon, and how many messages are missing.
    pub missed: String,
}

/// What the window is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// All conversations with something in them, the one that was active last first; at most
    /// [`MOST_CONVERSATIONS`].
    Conversations(Vec<Summary>),
    /// Rows of a conversation, oldest first, at most [`PAGE`], and [`PAGE_BYTES`] of text.
    Page(Page),
    /// What a search has found.
    Found(Found),
    /// Where a conversation was written.
    Exported(Result<PathBuf, ExportError>),
    /// How much room the store and the index take, in bytes.
    Size(u64),
    /// The store can't be read.
    Failed(StoreError),
}

/// A conversation, in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Who it is with.
    pub party: Party,
    /// The newest thing said, its first line, cut where that is long; nothing if there is none.
    pub newest: Option<String>,
    /// When it was active last, in milliseconds since 1970.
    pub active_at: i64,
    /// So many messages of the peer have not been read, counted up to [`MOST_UNREAD`].
    pub unread: u64,
    /// So many messages of ours wait to be delivered.
    pub waiting: u64,
    /// About how many messages there are; those cleared from between others count too.
    pub messages: u64,
}

/// Rows of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Of which one.
    pub party: Party,
    /// What was asked for.
    pub at: At,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// The oldest and the newest row there are; nothing in an empty conversation. What lies between is
    /// all there, but for what was cleared.
    pub span: Option<(u64, u64)>,
    /// Up to which row the person had read.
    pub read_up_to: u64,
    /// What stood in the composer.
    pub draft: String,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As asked for.
    pub party: Option<Party>,
    /// As asked for.
    pub words: String,
    /// The newest first, at most [`MOST_HITS`].
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// So many messages have not been looked at, because the index is still behind.
    pub behind: u64,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// In which conversation.
    pub party: Party,
    /// The message.
    pub message: Message,
    /// Where in its text the words are, as ranges of bytes, in order.
    pub ranges: Vec<std::ops::Range<usize>>,
}

/// Why a conversation can't be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be written.
    #[error("the file can't be written: {0}")]
    Io(std::io::ErrorKind),
}

/// The window's end. Dropping it ends the threads, whatever they are about.
pub type Handle = mailbox::Client<Query, Answer>;

/// Starts reading the store in `folder`, which may be created later, and following its `changes`. `wake_window` is
/// called from the thread whenever there are answers.
///
/// # Errors
/// The system has no thread left.
pub fn spawn(
    folder: &Path,
    changes: Changes,
    wake_window: impl Fn() + Send + Sync + 'static,
) -> io::Result<Handle> {
    let (mut handle, server) = mailbox::pair(QUERIES, ANSWERS, wake_window);
    let (mut end, life) = life::life();
    handle.on_close(move || end.come());
    let shelf = Arc::new(Mutex::new(search::Shelf::new(folder.to_owned())));
    let shared = (Arc::clone(&shelf), changes.notifier());
    let reader = reader::Reader::new(folder, server, shared, life.clone());
    let indexer = indexer::Indexer::new(folder, changes, shelf, life);
    let thread = Builder::new().name("duologue-history".to_owned());
    handle.join_on_drop(thread.spawn(move || reader.run())?);
    let thread = Builder::new().name("duologue-index".to_owned());
    handle.join_on_drop(thread.spawn(move || indexer.run())?);
    Ok(handle)
}

/// A history that a test plays itself.
pub type FakeHistory = mailbox::FakeServer<Query, Answer>;

/// A [`Handle`] without a thread behind it, for tests of the window.
pub fn fake(wake_window: impl Fn() + Send + Sync + 'static) -> (Handle, FakeHistory) {
    mailbox::fake(QUERIES, ANSWERS, wake_window)
}

#[cfg(test)]
mod tests;
