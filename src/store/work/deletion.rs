//! Erases messages.

use rusqlite::params;

use super::piece::{self, End};
use crate::{
    identity::PeerId,
    store::{
        Store, StoreError,
        message::ConversationId,
        row::Row,
        write::{end_all, remove_empty},
    },
};

/// Maximum number of pages of the file that are freed in one piece.
const PAGES: u32 = 512;

/// Erases conversations, up to the newest message that each has when the deletion is created. Messages that wait to be
/// delivered stay. So do the numbers of streams, or messages could come twice.
#[derive(Debug)]
pub struct Deletion {
    /// What is left to erase.
    rest: Vec<Rest>,
}

#[derive(Debug)]
struct Rest {
    conversation: ConversationId,
    /// The ids of its messages that are left.
    ids: [i64; 2],
    /// All of it is erased, also what is on its way out of a damaged file.
    is_whole: bool,
}

impl Deletion {
    /// Of the conversation with this peer, or of all; then drafts are erased too, at once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn new(store: &mut Store, peer_id: Option<&PeerId>) -> Result<Self, StoreError> {
        let conversations = match peer_id {
            Some(peer_id) => store.find_conversation(peer_id)?.into_iter().collect(),
            None => store.conversations()?,
        };
        let mut rest = Vec::with_capacity(conversations.len());
        for conversation in conversations {
            rest.push(Rest::new(conversation, store.last_row(conversation)?));
            if peer_id.is_none() {
                store.set_draft(conversation, "")?;
            }
        }
        Ok(Self { rest })
    }

    /// Of what is [not to be kept](Store::set_keeping) of conversations that have ended: of the one with this peer, or of all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn of_unkept(store: &Store, peer_id: Option<&PeerId>) -> Result<Self, StoreError> {
        let conversation = match peer_id {
            None => None,
            Some(peer_id) => Some(store.find_conversation(peer_id)?),
        };
        let unkept = match conversation {
            Some(None) => Vec::new(),
            Some(conversation) => store.unkept(conversation)?,
            None => {
                end_all(&store.connection)?;
                store.unkept(None)?
            }
        };
        let rest = unkept.into_iter().map(|range| Rest {
            conversation: range.conversation,
            ids: range.conversation.ids(range.first..=range.last),
            is_whole: false,
        });
        Ok(Self {
            rest: rest.collect(),
        })
    }

    /// Whether there is nothing to erase.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Of the rows of one conversation up to this one.
    #[cfg(test)]
    pub(crate) fn up_to(conversation: ConversationId, row: Row) -> Self {
        let rest = vec![Rest::new(conversation, row)];
        Self { rest }
    }

    /// Erases a piece, or frees a piece of the file. Returns whether there is more to do.
    ///
    /// # Errors
    /// See [`StoreError`]. What was erased before stays erased.
    pub fn step(&mut self, store: &mut Store) -> Result<bool, StoreError> {
        let more = match self.rest.last_mut() {
            Some(rest) => match rest.step(store) {
                Ok(true) => Ok(true),
                Ok(false) => {
                    self.rest.pop();
                    remove_empty(&store.connection)?;
                    Ok(true)
                }
                Err(error) => Err(error),
            },
            None => store.shrink(),
        };
        if !matches!(more, Ok(true)) {
            store.notifier.erased();
        }
        more
    }

    /// All of it at once.
    #[cfg(test)]
    pub(crate) fn run(mut self, store: &mut Store) {
        while self.step(store).expect("erased") {}
    }
}

impl Rest {
    fn new(conversation: ConversationId, last: Row) -> Self {
        let ids = conversation.ids(Row::FIRST..=last);
        Self {
            conversation,
            ids,
            is_whole: true,
        }
    }

    /// Returns whether there is more to do.
    fn step(&mut self, store: &mut Store) -> Result<bool, StoreError> {
        // Messages on their way into this conversation belong to it.
        if store.settle_transfers(self.conversation, self.is_whole)? {
            return Ok(true);
        }
        let [first, last] = self.ids;
        let (end, more) = match piece::end(&store.connection, self.ids)? {
            End::At(end) => (end, end < last),
            End::Last => (last, false),
        };
        store
            .connection
            .prepare_cached(
                "DELETE FROM messages
                WHERE id BETWEEN ?1 AND ?2 AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT NULL)
                AND id NOT IN (
                    SELECT message FROM files WHERE state < 2 AND (state = 1 OR (state = 0 AND NOT ?3))
                )",
            )?
            .execute(params![first, end, self.is_whole])?;
        self.ids = [end + 1, last];
        Ok(more)
    }
}

impl Store {
    /// Frees unused pages of the file, a piece at a time, and finally empties the write-ahead log, so that erased messages are
    /// in neither. Returns whether there may be more to do.
    fn shrink(&mut self) -> Result<bool, StoreError> {
        let connection = &self.connection;
        let free =
            || connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0));
        let before = free()?;
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let after = free()?;
        // A file of an early version may be unable to shrink.
        if (1..before).contains(&after) {
            return Ok(true);
        }
        self.empty_log()?;
        Ok(false)
    }
}
