//! Reading what was said, for the window: pages, searches, exports, and a list of all conversations.
//!
//! A named thread reads the store through a connection of its own. Queries go in and answers come out over bounded
//! channels, so the window never waits for the disk. A second thread keeps the search index up to date with the
//! store, in a file of its own. Must not know egui or sockets.

mod export;
mod index;
mod indexer;
mod reader;
mod search;
mod shutdown;
mod store_reader;

use std::{
    io,
    path::{Path, PathBuf},
    thread::Builder,
};

use jiff::Zoned;

use crate::{
    identity::PeerId,
    mailbox::{self, SendError},
    millis::Millis,
    store::{Changes, Message, Row, StoreError},
};

pub use crate::store::{At, MOST_CONVERSATIONS, MOST_UNREAD, PAGE, PAGE_BYTES, Page, Summary};

/// Maximum number of hits in an answer.
pub const MOST_HITS: usize = 200;
/// Maximum number of rows in a [`Query::Messages`].
pub const MOST_ROWS: usize = 16;

/// Maximum number of queries that wait for the thread.
const QUERIES: usize = 64;
/// Maximum number of answers that wait for the window.
const ANSWERS: usize = 64;

/// What the window asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// All conversations. Answered by [`Answer::Conversations`].
    Conversations,
    /// Rows of a conversation. Answered by [`Answer::Page`].
    Page {
        /// Which conversation.
        peer_id: PeerId,
        /// Which rows.
        at: At,
    },
    /// Messages that have changed since they were read. Answered by [`Answer::Messages`].
    Messages {
        /// Of which conversation.
        peer_id: PeerId,
        /// Their rows, at most [`MOST_ROWS`].
        rows: Vec<Row>,
    },
    /// The earlier texts of an edited message. Answered by [`Answer::EarlierTexts`].
    EarlierTexts {
        /// Of which conversation.
        peer_id: PeerId,
        /// The message's row.
        row: Row,
    },
    /// The first message of a conversation that came at this time or later. Answered by [`Answer::FirstSince`].
    FirstSince {
        /// Which conversation.
        peer_id: PeerId,
        /// Which time.
        at: Millis,
    },
    /// Messages with all of these words, the newest first. Words are separated by spaces, are found inside longer ones
    /// too, and ignore case. A newer search cancels one that waits: that one gets no answer. Answered by
    /// [`Answer::Found`].
    Search {
        /// In which conversation; in all if `None`.
        peer_id: Option<PeerId>,
        /// The words, as typed.
        words: String,
    },
    /// Writes a conversation into a new file. Answered by [`Answer::Exported`].
    Export {
        /// Which one.
        peer_id: PeerId,
        /// What the person calls its peer.
        name: String,
        /// In which format.
        format: ExportFormat,
        /// The folder that the file is created in.
        folder: PathBuf,
        /// The current time; its time zone is used for days and times in the file.
        now: Zoned,
        /// The words in it that are not from messages.
        words: Box<ExportWords>,
    },
    /// How much disk space all of it takes. Answered by [`Answer::Size`].
    Size,
    /// How many messages are kept. Answered by [`Answer::Kept`].
    Kept,
}

/// The format of an exported conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// For people.
    Markdown,
    /// For programs.
    Json,
    /// For everything.
    Text,
}

/// Words in an export for people, in the person's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportWords {
    /// Our name for ourselves.
    pub me: String,
    /// After a message of ours that waits to be delivered.
    pub waiting: String,
    /// After one that was recalled before that.
    pub cancelled: String,
    /// After one that was not sent.
    pub not_sent: String,
    /// After one that was edited.
    pub edited: String,
    /// In place of one that was deleted.
    pub deleted: String,
    /// After the name of a file that was offered.
    pub file: String,
    /// In place of a message that only a later version understands.
    pub needs_newer: String,
    /// Before a colon and the number of missing messages.
    pub missed: String,
}

/// What the window gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// All conversations with something in them, the one that was active last first; at most
    /// [`MOST_CONVERSATIONS`].
    Conversations(Vec<Summary>),
    /// Rows of a conversation, oldest first, at most [`PAGE`], and [`PAGE_BYTES`] of text.
    Page(Page),
    /// Messages as they are now. Those that are not there any more are missing.
    Messages {
        /// Of which conversation.
        peer_id: PeerId,
        /// In the order in which they were asked for.
        messages: Vec<Message>,
    },
    /// The earlier texts of an edited message, and when each was replaced.
    EarlierTexts {
        /// Of which conversation.
        peer_id: PeerId,
        /// The message's row.
        row: Row,
        /// Oldest first.
        texts: Vec<(String, Millis)>,
    },
    /// The message that was asked for; `None` if there is none.
    FirstSince(PeerId, Option<Row>),
    /// What a search has found.
    Found(Found),
    /// Where a conversation was written.
    Exported(Result<PathBuf, ExportError>),
    /// The size of the store and the index, in bytes.
    Size(u64),
    /// Number of messages in all conversations, without those that wait to be delivered.
    Kept(u64),
    /// The store can't be read.
    Failed(StoreError),
    /// The thread that keeps the index up to date has ended: what is new is not found by searches. Told once, after
    /// another answer.
    IndexEnded,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As asked for.
    pub peer_id: Option<PeerId>,
    /// As asked for.
    pub words: String,
    /// The newest first, at most [`MOST_HITS`].
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// Number of messages that were not searched, because the index is behind.
    pub behind: u64,
    /// Number of messages that are not searched, because the index would be larger than the texts.
    pub left_out: u64,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// In which conversation.
    pub peer_id: PeerId,
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
    /// Too many queries or exports wait already.
    #[error("too many queries or exports wait already")]
    Busy,
    /// The threads that read the history have ended.
    #[error("the history is not read any more")]
    Gone,
}

impl From<SendError> for ExportError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Busy => Self::Busy,
            SendError::Gone => Self::Gone,
        }
    }
}

/// The window's end. Dropping it stops the threads, whatever they are doing.
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
    let (mut trigger, shutdown) = shutdown::shutdown();
    handle.on_close(move || trigger.fire());
    let index = index::SharedIndex::new(folder);
    let (notifier, stop) = (changes.notifier(), shutdown.clone());
    let reader = reader::Reader::new(folder, server, index.clone(), notifier, stop);
    let indexer = indexer::Indexer::new(folder, changes, index, shutdown);
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
