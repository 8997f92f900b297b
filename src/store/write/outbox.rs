//! The outbox: what waits to be delivered. And how far the streams of both sides were delivered.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::{
    apply::{DELETE, EDIT, FILE, skip_edits},
    our_streams::OutboxPos,
};
use crate::{
    identity::StreamId,
    millis::Millis,
    store::{
        Store, StoreError,
        columns::{signed, unsigned},
        file::{FileChange, FileOffer},
        message::{Change, ConversationId, MessageName, State, row_of},
        row::Row,
    },
};

/// A stream of ours with items that the peer has not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnackedStream {
    /// The stream.
    pub stream: StreamId,
    /// The position of the first such item.
    pub first: OutboxPos,
}

/// An item that waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its stream.
    pub stream: StreamId,
    /// Its position in the outbox.
    pub pos: OutboxPos,
    /// Its row in the conversation; a change has none.
    pub row: Option<Row>,
    /// When it was written.
    pub sent_at: Millis,
    /// What it is; `None` if it was recalled.
    pub what: Option<Outgoing>,
}

/// What waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// A message, and the one that it answers.
    Text(String, Option<MessageName>),
    /// An offer of a file of this name.
    Offer(String, FileOffer),
    /// A change of this message.
    Change(MessageName, Change),
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// The streams to this peer with unacknowledged items that are not [held](Self::held_count), oldest first, after the one at this position; at most `most`.
    pub fn unacked_streams(
        &self,
        conversation: ConversationId,
        after: OutboxPos,
        most: u32,
    ) -> Result<Vec<UnackedStream>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT streams.epoch, min(outbox.number), outbox.stream
            FROM outbox JOIN streams ON streams.id = outbox.stream
            WHERE outbox.conversation = ?1 AND outbox.stream > ?2 AND outbox.skip < 3
            GROUP BY outbox.stream ORDER BY outbox.stream LIMIT ?3",
        )?;
        let found = statement.query_map(params![conversation, after.stream, most], |row| {
            Ok(UnackedStream {
                stream: row.get(0)?,
                first: OutboxPos {
                    stream: row.get(2)?,
                    number: unsigned(row.get(1)?),
                },
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The items that wait for this peer after this position and are not [held](Self::held_count), oldest first; at most `most`.
    pub fn outbox_items(
        &self,
        conversation: ConversationId,
        after: OutboxPos,
        most: u32,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT streams.epoch, outbox.stream, outbox.number, outbox.message,
                coalesce(outbox.sent_at, messages.sent_at), outbox.skip, change,
                coalesce(outbox.text, messages.text),
                coalesce(of_mine, reply_mine), coalesce(of_stream, reply_stream),
                coalesce(of_number, reply_number),
                files.size, files.manifest, files.files, files.root
            FROM outbox
            JOIN streams ON streams.id = outbox.stream
            LEFT JOIN messages ON messages.id = outbox.message
            LEFT JOIN files ON files.message = outbox.message
            WHERE outbox.conversation = ?1 AND (outbox.stream, outbox.number) > (?2, ?3)
                AND outbox.skip < 3
            ORDER BY outbox.stream, outbox.number LIMIT ?4",
        )?;
        let (stream, number) = (after.stream, signed(after.number));
        let found = statement.query_map(params![conversation, stream, number, most], |row| {
            Ok(OutboxItem {
                stream: row.get(0)?,
                pos: OutboxPos {
                    stream: row.get(1)?,
                    number: unsigned(row.get(2)?),
                },
                row: row.get::<_, Option<i64>>(3)?.map(row_of),
                sent_at: row.get::<_, Option<Millis>>(4)?.unwrap_or(Millis::new(0)),
                what: match row.get(5)? {
                    0 => Some(Outgoing::read(row)?),
                    _ => None,
                },
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The number of messages that wait, in all conversations. Held ones do not count: nothing but the person sends them.
    pub fn waiting_count(&self) -> u64 {
        self.waiting
    }

    /// The peer has none of the items that wait after this position, and will never get an earlier form of the next `most`: of
    /// these, what was recalled becomes a skip, and a message that was edited is sent as it is now, so that its edits become
    /// skips too. Returns the rows of those messages; nobody has seen their earlier texts, which are gone.
    pub fn settle_unsent(
        &mut self,
        conversation: ConversationId,
        after: OutboxPos,
        most: u32,
    ) -> Result<Vec<Row>, StoreError> {
        let unsettled: Vec<(i64, i64, Option<i64>)> = self
            .connection
            .prepare_cached(
                "SELECT stream, number, message FROM (
                    SELECT stream, number, message, skip FROM outbox
                    WHERE conversation = ?1 AND (stream, number) > (?2, ?3) AND skip < 3
                    ORDER BY stream, number LIMIT ?4
                ) AS next
                WHERE skip = 1 OR EXISTS (SELECT * FROM edits WHERE edits.message = next.message)",
            )?
            .query_map(
                params![conversation, after.stream, signed(after.number), most],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?
            .collect::<Result<_, _>>()?;
        if unsettled.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut edited = Vec::new();
        for (stream, number, message) in unsettled {
            transaction
                .prepare_cached(
                    "UPDATE outbox SET skip = 2
                    WHERE conversation = ?1 AND stream = ?2 AND number = ?3 AND skip = 1",
                )?
                .execute(params![conversation, stream, number])?;
            let forgotten = transaction
                .prepare_cached("DELETE FROM edits WHERE message = ?1")?
                .execute([message])?;
            if forgotten > 0 {
                skip_edits(&transaction, conversation, message)?;
                edited.extend(message.map(row_of));
            }
        }
        transaction.commit()?;
        Ok(edited)
    }

    /// The position of a message in the outbox, if it waits.
    pub fn outbox_pos(
        &self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<Option<OutboxPos>, StoreError> {
        let found = self
            .connection
            .prepare_cached("SELECT stream, number FROM outbox WHERE message = ?1 AND skip = 0")?
            .query_row([conversation.message(row)], |row| {
                Ok(OutboxPos {
                    stream: row.get(0)?,
                    number: unsigned(row.get(1)?),
                })
            })
            .optional()?;
        Ok(found)
    }

    /// Recalls a message that waits. If the peer turns out to have it already, it is delivered after all. False if it does
    /// not wait; see [`Self::discard_held`] for one that is held.
    pub fn recall(&mut self, conversation: ConversationId, row: Row) -> Result<bool, StoreError> {
        let message = conversation.message(row);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut changed = transaction.execute(
            "UPDATE outbox SET skip = 1 WHERE message = ?1 AND skip = 0",
            [message],
        )?;
        // The peer has never heard of one that was put off.
        changed += transaction.execute(
            "DELETE FROM outbox WHERE message = ?1 AND skip = 4",
            [message],
        )?;
        if changed > 0 {
            transaction.execute(
                "UPDATE messages SET state = ?2 WHERE id = ?1",
                params![message, State::Recalled],
            )?;
        }
        transaction.commit()?;
        self.waiting = self.waiting.saturating_sub(changed as u64);
        Ok(changed > 0)
    }

    /// The number given last in this stream of ours, if it is the one of this start of the program.
    pub fn last_of_this_run(
        &self,
        conversation: ConversationId,
        stream: StreamId,
    ) -> Result<Option<u64>, StoreError> {
        let id = self.streams.get(&conversation);
        let found = self
            .connection
            .prepare_cached("SELECT last FROM streams WHERE id = ?1 AND epoch = ?2")?
            .query_row(params![id, stream], |row| row.get(0))
            .optional()?;
        Ok(found.map(unsigned))
    }

    /// The number up to which this stream of the peer's was received; 0 if nothing was.
    pub fn received_up_to(
        &self,
        conversation: ConversationId,
        stream: StreamId,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT up_to FROM received WHERE conversation = ?1 AND epoch = ?2";
        let found = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![conversation, stream], |row| row.get(0))
            .optional()?;
        Ok(found.map_or(0, unsigned))
    }
}

#[cfg(test)]
impl OutboxItem {
    /// The text of a message.
    pub(crate) fn text(self) -> Option<String> {
        match self.what {
            Some(Outgoing::Text(text, _)) => Some(text),
            _ => None,
        }
    }
}

impl Outgoing {
    /// Reads it of the columns of [`Store::outbox_items`].
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let name = match row.get::<_, Option<bool>>(8)? {
            Some(mine) => Some(MessageName {
                mine,
                stream: row.get(9)?,
                number: unsigned(row.get(10)?),
            }),
            None => None,
        };
        let text: Option<String> = row.get(7)?;
        let text = text.unwrap_or_default();
        Ok(match (row.get::<_, Option<i64>>(6)?, name) {
            (Some(EDIT), Some(name)) => Self::Change(name, Change::Edit(text)),
            (Some(DELETE), Some(name)) => Self::Change(name, Change::Delete),
            (Some(FILE), Some(name)) => match FileChange::from_code(&text) {
                Some(change) => Self::Change(name, Change::File(change)),
                None => return Err(rusqlite::Error::InvalidQuery),
            },
            (Some(_), Some(name)) => Self::Change(name, Change::React(text)),
            (_, reply_to) => match row.get::<_, Option<i64>>(11)? {
                None => Self::Text(text, reply_to),
                Some(size) => Self::Offer(
                    text,
                    FileOffer {
                        size: unsigned(size),
                        manifest: row.get(12)?,
                        files: row.get(13)?,
                        root: row.get(14)?,
                    },
                ),
            },
        })
    }
}

/// Counts the messages that wait, in all conversations.
pub(in crate::store) fn count_waiting(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT count(message) FROM outbox WHERE skip IN (0, 4)";
    let count = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(unsigned(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{PeerId, PublicKey};

    fn key(byte: u8) -> PublicKey {
        PublicKey::from_bytes([byte; 32])
    }

    #[test]
    fn waiting_messages_are_counted_through_every_change() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut store = Store::open(folder.path()).expect("opened").store;
        for byte in [1, 2] {
            let peer_id = PeerId::Key(key(byte));
            let id = store.conversation(&peer_id, Millis::new(0)).expect("made");
            let mut batch = store.batch().expect("begun");
            for _ in 0..4 {
                batch
                    .write(
                        id,
                        "later",
                        StreamId::from_bytes([byte; 16]),
                        Millis::new(0),
                    )
                    .expect("written");
            }
            drop(batch);
            assert_eq!(store.waiting_count(), 4 * u64::from(byte - 1), "not kept");
            let mut batch = store.batch().expect("begun");
            for _ in 0..4 {
                batch
                    .write(
                        id,
                        "later",
                        StreamId::from_bytes([byte; 16]),
                        Millis::new(0),
                    )
                    .expect("written");
            }
            batch.commit().expect("kept");
        }
        assert_eq!(store.waiting_count(), 8);
        let id = store
            .conversation(&PeerId::Key(key(1)), Millis::new(0))
            .expect("known");
        for _ in 0..2 {
            store.recall(id, Row::new(2)).expect("recalled");
            assert_eq!(store.waiting_count(), 7);
        }
        let mut batch = store.batch().expect("begun");
        batch
            .acknowledge(id, StreamId::from_bytes([1; 16]), 3)
            .expect("kept");
        batch.commit().expect("kept");
        assert_eq!(store.waiting_count(), 5, "the second did not wait");
        drop(store);
        let mut store = Store::open(folder.path()).expect("opened").store;
        assert_eq!(store.waiting_count(), 5);
        store.forget(&key(2)).expect("forgotten");
        assert_eq!(store.waiting_count(), 1);
        store.rekey(&key(1), &key(3)).expect("kept");
        assert_eq!(store.waiting_count(), 0, "it is held");
    }
}
