//! Held messages: they waited for a contact when its key was replaced. Only the person decides whether the holder of the new
//! key gets them.

use rusqlite::{Connection, TransactionBehavior, params};

use super::{batch::Batch, our_streams::OutboxPos};
use crate::{
    identity::StreamId,
    store::{
        Store, StoreError,
        columns::{signed, unsigned},
        message::{ConversationId, LAST_ROW, State, row_of},
        row::Row,
    },
};

/// The `skip` of what is held.
const HELD: i64 = 3;

/// Which held messages of a conversation to discard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discarded {
    /// All of them.
    All,
    /// The one in this row.
    Row(Row),
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// The number of messages that are held in this conversation.
    pub fn held_count(&self, conversation: ConversationId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM outbox WHERE conversation = ?1 AND skip = 3";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(unsigned(
            statement.query_row([conversation], |row| row.get(0))?,
        ))
    }

    /// The held messages of this conversation wait for its peer from now on, in the stream of this start of the program.
    /// If there is none yet, `new_stream` begins.
    pub fn send_held(
        &mut self,
        conversation: ConversationId,
        new_stream: StreamId,
    ) -> Result<(), StoreError> {
        let mut batch = self.batch()?;
        batch.send_held(conversation, new_stream)?;
        batch.commit()
    }

    /// Held messages of this conversation are recalled: nobody gets them. Returns their rows, in order.
    pub fn discard_held(
        &mut self,
        conversation: ConversationId,
        which: Discarded,
    ) -> Result<Vec<Row>, StoreError> {
        let only = match which {
            Discarded::All => None,
            Discarded::Row(row) => Some(conversation.message(row)),
        };
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut messages: Vec<i64> = transaction
            .prepare_cached(
                "DELETE FROM outbox
                WHERE conversation = ?1 AND skip = 3 AND message = coalesce(?2, message)
                RETURNING message",
            )?
            .query_map(params![conversation, only], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        messages.sort_unstable();
        for message in &messages {
            transaction
                .prepare_cached("UPDATE messages SET state = ?2 WHERE id = ?1")?
                .execute(params![message, State::Recalled])?;
        }
        transaction.commit()?;
        Ok(messages.into_iter().map(row_of).collect())
    }
}

impl Batch<'_> {
    fn send_held(
        &mut self,
        conversation: ConversationId,
        new_stream: StreamId,
    ) -> Result<(), StoreError> {
        let sent = self.send_again(conversation, HELD, new_stream)?;
        self.more_waiting += sent;
        Ok(())
    }

    /// The messages that are out of the stream for this reason (`skip`) wait for the peer from now on, at its end. Returns their
    /// number.
    pub(super) fn send_again(
        &mut self,
        conversation: ConversationId,
        skip: i64,
        new_stream: StreamId,
    ) -> Result<i64, StoreError> {
        let waiting: Vec<(i64, i64)> = self
            .transaction
            .prepare_cached(
                "SELECT stream, number FROM outbox WHERE conversation = ?1 AND skip = ?2
                ORDER BY stream, abs(number)",
            )?
            .query_map(params![conversation, skip], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
        for (stream, number) in waiting {
            let (pos, name) = self
                .streams
                .next_pos(&self.transaction, conversation, new_stream)?;
            let OutboxPos {
                stream: to,
                number: at,
            } = pos;
            self.transaction
                .prepare_cached(
                    "UPDATE outbox SET stream = ?4, number = ?5, skip = 0
                    WHERE conversation = ?1 AND stream = ?2 AND number = ?3",
                )?
                .execute(params![conversation, stream, number, to, signed(at)])?;
            // What answers it goes on doing so.
            let last = conversation.message(LAST_ROW);
            self.transaction
                .prepare_cached(
                    "UPDATE messages SET reply_stream = ?5, reply_number = ?3
                    FROM (
                        SELECT answered.id, answered.stream, answered.number
                        FROM outbox JOIN messages AS answered ON answered.id = outbox.message
                        WHERE outbox.conversation = ?1 AND outbox.stream = ?2 AND outbox.number = ?3
                    ) AS answered
                    WHERE messages.id BETWEEN answered.id AND ?4 AND reply_mine = 1
                    AND reply_stream = answered.stream AND reply_number = answered.number",
                )?
                .execute(params![conversation, to, signed(at), last, name])?;
            self.transaction
                .prepare_cached(
                    "UPDATE messages SET stream = ?4, number = ?3 WHERE id = (
                        SELECT message FROM outbox
                        WHERE conversation = ?1 AND stream = ?2 AND number = ?3
                    )",
                )?
                .execute(params![conversation, to, signed(at), name])?;
        }
        Ok(count)
    }
}

/// The key of this conversation is replaced: holds what waits. What was recalled is dropped, because only the old key could
/// say whether it has arrived.
pub(in crate::store) fn hold(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    // The holder of the new key never hears of files that are over.
    connection.execute(
        "UPDATE messages SET state = ?2 WHERE id IN (
            SELECT message FROM outbox JOIN files USING (message)
            WHERE conversation = ?1 AND files.state > 1
        )",
        params![conversation, State::Recalled],
    )?;
    connection.execute(
        "DELETE FROM outbox
        WHERE conversation = ?1 AND message IN (SELECT message FROM files WHERE state > 1)",
        [conversation],
    )?;
    connection.execute(
        // Changes are of messages that only the holder of the old key has.
        "DELETE FROM outbox WHERE conversation = ?1 AND (skip IN (1, 2) OR message IS NULL)",
        [conversation],
    )?;
    // The holder of the new key gets each with its last text.
    connection.execute(
        "DELETE FROM edits WHERE message IN (SELECT message FROM outbox WHERE conversation = ?1)",
        [conversation],
    )?;
    connection.execute(
        "UPDATE outbox SET skip = 3 WHERE conversation = ?1",
        [conversation],
    )?;
    Ok(())
}
