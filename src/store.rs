//! Contacts and conversations: keys, names, addresses, trust; messages, and how far each was delivered. One `SQLite` file
//! in the data folder.
//!
//! The only part of the program that knows the tables. The worker alone writes; others read through a
//! [`ReadConnection`]. Must not know egui or sockets, and never asks what time it is: times are arguments.

mod changes;
mod columns;
mod error;
mod file;
mod journal;
mod lookup;
mod message;
mod open;
mod read;
mod row;
#[cfg(test)]
pub(crate) mod samples;
mod schema;
mod work;
mod write;

use std::{collections::BTreeMap, path::PathBuf};

use rusqlite::Connection;

pub(crate) use columns::{signed, unsigned};
pub(crate) use journal::Journal;
use open::ASIDE_NAME;
pub use {
    changes::{Changes, Notifier, Rewritten, changes},
    error::StoreError,
    file::{FileChange, FileFailure, FileInfo, FileOffer, FileState, MOST_DECLINES, MOST_OFFERS},
    lookup::Lookup,
    message::{
        Change, ConversationId, Kind, MANY_MISSED, Marks, Message, MessageName, Quote, Reactions,
        State,
    },
    open::{FILE_NAME, Opened, report_damage},
    read::{
        At, IndexedConversation, MOST_CONVERSATIONS, MOST_UNREAD, PAGE, PAGE_BYTES, Page,
        ReadConnection, Snapshot, Summary, Texts,
    },
    row::Row,
    work::{Deletion, Finished, Salvage},
    write::{
        Batch, Content, Discarded, Incoming, Kept, OutboxItem, OutboxPos, Outgoing, ReceivedRows,
        Transfer, UnackedStream, Written, WrittenChange,
    },
};

/// See the [module](self).
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// See [`Store::is_durable`].
    durable: bool,
    /// The file, if there is one.
    path: Option<PathBuf>,
    /// Our streams since the start of the program.
    streams: BTreeMap<ConversationId, i64>,
    /// See [`Store::waiting_count`]. Counted at the start, because every turn of the worker asks.
    waiting: u64,
    /// See [`Store::has_work`].
    has_work: bool,
    /// The damaged file that is being salvaged, while it is open.
    salvage: Option<work::SalvageJob>,
    /// See [`Store::may_lack_contacts`]: the names of damaged files.
    losses: Vec<String>,
    notifier: Notifier,
    /// See [`Store::set_keeping`].
    keeps: bool,
}

impl Store {
    /// Whether messages here outlive the program. Those that do not are not acknowledged.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Notifies of every commit from now on that adds, erases or moves messages.
    pub fn announce_to(&mut self, notifier: Notifier) {
        self.notifier = notifier;
    }
}
