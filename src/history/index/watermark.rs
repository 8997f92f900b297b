//! How much of a conversation is in the index, and whether that is still in the store.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        ConversationId, IndexedConversation, Row, Snapshot, StoreError, Texts, signed, unsigned,
    },
};

/// Maximum number of messages that are indexed in one commit.
const BATCH_ROWS: usize = 5_000;
/// A commit ends early once its messages have this many bytes of text.
const BATCH_BYTES: usize = 1024 * 1024;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::history) struct Watermark {
    peer_id: PeerId,
    /// The row up to which the conversation is indexed.
    pub(in crate::history) up_to: Row,
    /// The oldest message that did not wait to be delivered when it was indexed: its row, and when it was received.
    /// Erasing removes this one or an older one.
    oldest: Option<(Row, Millis)>,
    /// The number of messages before that one; of all, if there is none.
    before: u64,
    /// The size of the texts up to there, indexed or left out.
    pub(super) bytes: u64,
    /// By how much the file has grown with what is indexed of it, in bytes, about.
    pub(super) size: u64,
    /// The number of messages up to there that are not in the index, because it had no room for them.
    pub(in crate::history) left_out: u64,
    /// How many texts had been [rewritten](crate::store::Rewritten) when this was indexed.
    pub(in crate::history) rewritten: u64,
}

impl Watermark {
    /// Of a conversation that nothing is indexed of.
    pub(super) fn new(peer_id: &PeerId) -> Self {
        Self {
            peer_id: peer_id.clone(),
            up_to: Row::ZERO,
            oldest: None,
            before: 0,
            bytes: 0,
            size: 0,
            left_out: 0,
            rewritten: 0,
        }
    }

    pub(in crate::history) fn read(
        connection: &Connection,
        conversation: ConversationId,
    ) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(
                "SELECT key, address, up_to, oldest, oldest_at, before, bytes, size, left_out, rewritten
                FROM watermarks
                WHERE conversation = ?1",
            )?
            .query_row([conversation], |row| {
                let (oldest, oldest_at): (Option<Row>, Option<Millis>) = (row.get(3)?, row.get(4)?);
                Ok(Self {
                    peer_id: PeerId::from_columns(row, 0)?,
                    up_to: row.get(2)?,
                    oldest: oldest.zip(oldest_at),
                    before: unsigned(row.get(5)?),
                    bytes: unsigned(row.get(6)?),
                    size: unsigned(row.get(7)?),
                    left_out: unsigned(row.get(8)?),
                    rewritten: unsigned(row.get(9)?),
                })
            })
            .optional()
    }

    pub(super) fn write(
        &self,
        connection: &Connection,
        conversation: ConversationId,
    ) -> rusqlite::Result<()> {
        let (key, address) = self.peer_id.columns();
        let (oldest, oldest_at) = self.oldest.unzip();
        connection
            .prepare_cached(
                "INSERT INTO watermarks (
                    conversation, key, address, up_to, oldest, oldest_at, before, bytes, size, left_out,
                    rewritten
                ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                ON CONFLICT (conversation) DO UPDATE SET
                    up_to = excluded.up_to,
                    oldest = excluded.oldest,
                    oldest_at = excluded.oldest_at,
                    before = excluded.before,
                    bytes = excluded.bytes,
                    size = excluded.size,
                    left_out = excluded.left_out,
                    rewritten = excluded.rewritten",
            )?
            .execute(params![
                conversation,
                key,
                address,
                self.up_to,
                oldest,
                oldest_at,
                signed(self.before),
                signed(self.bytes),
                signed(self.size),
                signed(self.left_out),
                signed(self.rewritten)
            ])?;
        Ok(())
    }

    /// Whether it can be of this conversation: a number can be given to another one.
    pub(in crate::history) fn fits(&self, conversation: &IndexedConversation) -> bool {
        self.peer_id == conversation.peer_id && self.up_to <= conversation.last
    }

    /// Whether everything that is indexed of this conversation is still in the store. Erasing removes the oldest messages
    /// first, except those that wait to be delivered.
    pub(in crate::history) fn is_true(
        &self,
        conversation: &IndexedConversation,
        store: &Snapshot,
    ) -> Result<bool, StoreError> {
        if !self.fits(conversation) {
            return Ok(false);
        }
        let end = match self.oldest {
            Some((row, received_at)) => {
                if store.received_at(conversation.id, row)? != Some(received_at) {
                    return Ok(false);
                }
                row
            }
            None => self.up_to.next(),
        };
        Ok(store.count_between(conversation.id, Row::ZERO, end)? == self.before)
    }

    /// Reads the next texts, and moves the watermark past them. Returns `None`, and reads nothing, if texts before it were
    /// rewritten: the index has every text as it was at one moment.
    pub(super) fn advance(
        &mut self,
        store: &Snapshot,
        conversation: ConversationId,
    ) -> Result<Option<Texts>, StoreError> {
        let rewritten = store.rewritten(conversation)?;
        if self.up_to == Row::ZERO {
            self.rewritten = rewritten;
        } else if self.rewritten != rewritten {
            return Ok(None);
        }
        let after = self.up_to;
        let texts = store.texts_after(conversation, after, BATCH_ROWS, BATCH_BYTES)?;
        if self.oldest.is_none() {
            self.oldest = store.oldest_settled(conversation, after, texts.up_to)?;
            let end = self.oldest.map_or(texts.up_to.next(), |(row, _)| row);
            self.before += store.count_between(conversation, after, end)?;
        }
        self.up_to = texts.up_to;
        self.bytes += texts.bytes();
        Ok(Some(texts))
    }
}
