//! What waits to be delivered, and how far everything has come, on both sides.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::batch::Place;
use crate::{
    identity::StreamId,
    store::{
        Store, StoreError,
        columns::{signed, unsigned},
        message::{ConversationId, State, row_of},
    },
};

/// A stream of ours of which something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The stream.
    pub epoch: StreamId,
    /// Its first number that waits.
    pub first: u64,
    /// That one's place.
    pub place: Place,
}

/// An item that waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its stream.
    pub epoch: StreamId,
    /// Its place in the outbox.
    pub place: Place,
    /// Its row in the conversation.
    pub row: u64,
    /// When it was written, in milliseconds since 1970.
    pub sent_at: i64,
    /// What it says; nothing if it was taken back.
    pub text: Option<String>,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// The streams to this peer of which something waits, oldest first, from behind this place on, at most
    /// `most` of them.
    pub fn pending(
        &self,
        conversation: ConversationId,
        after: Place,
        most: u32,
    ) -> Result<Vec<Pending>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT streams.epoch, min(outbox.number), outbox.stream
            FROM outbox JOIN streams ON streams.id = outbox.stream
            WHERE outbox.conversation = ?1 AND outbox.stream > ?2
            GROUP BY outbox.stream ORDER BY outbox.stream LIMIT ?3",
        )?;
        let found = statement.query_map(params![conversation, after.stream, most], |row| {
            let (stream, first) = (row.get(2)?, unsigned(row.get(1)?));
            Ok(Pending {
                epoch: row.get(0)?,
                first,
                place: Place {
                    stream,
                    number: first,
                },
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// What waits for this peer behind this place, oldest first, at most `most` items.
    pub fn waiting(
        &self,
        conversation: ConversationId,
        after: Place,
        most: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT streams.epoch, outbox.stream, outbox.number, outbox.message, messages.sent_at,
                iif(outbox.skip = 0, messages.text, NULL)
            FROM outbox
            JOIN streams ON streams.id = outbox.stream
            JOIN messages ON messages.id = outbox.message
            WHERE outbox.conversation = ?1 AND (outbox.stream, outbox.number) > (?2, ?3)
            ORDER BY outbox.stream, outbox.number LIMIT ?4",
        )?;
        let after = (after.stream, signed(after.number));
        let found = statement.query_map(params![conversation, after.0, after.1, most], |row| {
            Ok(Waiting {
                epoch: row.get(0)?,
                place: Place {
                    stream: row.get(1)?,
                    number: unsigned(row.get(2)?),
                },
                row: row_of(row.get(3)?),
                sent_at: row.get(4)?,
                text: row.get(5)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// How many messages wait, for anybody.
    pub fn waiting_count(&self) -> u64 {
        self.waiting
    }

    /// What was taken back at this place is left out from now on, whatever happens: the peer does not
    /// have it.
    pub fn leave_out(
        &mut self,
        conversation: ConversationId,
        place: Place,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE outbox SET skip = 2
                WHERE conversation = ?1 AND stream = ?2 AND number = ?3 AND skip = 1",
            )?
            .execute(params![conversation, place.stream, signed(place.number)])?;
        Ok(())
    }

    /// Where a message that waits stands in the outbox.
    pub fn place_of(
        &self,
        conversation: ConversationId,
        row: u64,
    ) -> Result<Option<Place>, StoreError> {
        let found = self
            .connection
            .prepare_cached("SELECT stream, number FROM outbox WHERE message = ?1 AND skip = 0")?
            .query_row([conversation.message(row)], |row| {
                Ok(Place {
                    stream: row.get(0)?,
                    number: unsigned(row.get(1)?),
                })
            })
            .optional()?;
        Ok(found)
    }

    /// Takes a message back that waits. If it should turn out that the peer has it already, it is delivered
    /// after all. False if it does not wait.
    pub fn cancel(&mut self, conversation: ConversationId, row: u64) -> Result<bool, StoreError> {
        let message = conversation.message(row);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changed = transaction.execute(
            "UPDATE outbox SET skip = 1 WHERE message = ?1 AND skip = 0",
            [message],
        )?;
        if changed > 0 {
            transaction.execute(
                "UPDATE messages SET state = ?2 WHERE id = ?1",
                params![message, State::Cancelled],
            )?;
        }
        transaction.commit()?;
        self.waiting = self.waiting.saturating_sub(changed as u64);
        Ok(changed > 0)
    }

    /// Up to which number everything of this stream of the peer's was received; 0 if nothing was.
    pub fn received_up_to(
        &self,
        conversation: ConversationId,
        epoch: StreamId,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT up_to FROM received WHERE conversation = ?1 AND epoch = ?2";
        let found = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![conversation, epoch], |row| row.get(0))
            .optional()?;
        Ok(found.map_or(0, unsigned))
    }
}

/// How many messages wait, for anybody: counted one by one.
pub(in crate::store) fn count_waiting(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM outbox WHERE skip = 0";
    let count = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(unsigned(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Party, PublicKey};

    fn key(byte: u8) -> PublicKey {
        PublicKey::from_bytes([byte; 32])
    }

    #[test]
    fn waiting_messages_are_counted_through_every_change() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut store = Store::open(folder.path()).expect("opened").store;
        for byte in [1, 2] {
            let party = Party::Key(key(byte));
            let id = store.conversation(&party, 0).expect("made");
            let mut batch = store.batch().expect("begun");
            for _ in 0..4 {
                batch
                    .write(id, "later", StreamId::from_bytes([byte; 16]), 0)
                    .expect("written");
            }
            drop(batch);
            assert_eq!(store.waiting_count(), 4 * u64::from(byte - 1), "not kept");
            let mut batch = store.batch().expect("begun");
            for _ in 0..4 {
                batch
                    .write(id, "later", StreamId::from_bytes([byte; 16]), 0)
                    .expect("written");
            }
            batch.commit().expect("kept");
        }
        assert_eq!(store.waiting_count(), 8);
        let id = store.conversation(&Party::Key(key(1)), 0).expect("known");
        for _ in 0..2 {
            store.cancel(id, 2).expect("taken back");
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
        assert_eq!(store.waiting_count(), 1);
    }
}
