//! Offers that were put off: the peer understands no files yet. It gets something that it skips in their place, and the offer
//! itself once its program is newer.

use rusqlite::{TransactionBehavior, params};

use super::our_streams::OutboxPos;
use crate::{
    identity::{PeerId, StreamId},
    store::{Store, StoreError, columns::signed, message::ConversationId},
};

/// The `skip` of what was put off.
pub(super) const PUT_OFF: i64 = 4;

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// Puts off the offers among the next `most` items that wait for this peer after this position. The peer must have none of
    /// them. It never gets those that are over.
    pub fn put_off_offers(
        &mut self,
        conversation: ConversationId,
        after: OutboxPos,
        most: u32,
    ) -> Result<(), StoreError> {
        let offers: Vec<(i64, i64, bool)> = self
            .connection
            .prepare_cached(
                "SELECT stream, number, files.state > 1 FROM (
                    SELECT stream, number, message, skip FROM outbox
                    WHERE conversation = ?1 AND (stream, number) > (?2, ?3) AND skip < 3
                    ORDER BY stream, number LIMIT ?4
                ) AS next JOIN files ON files.message = next.message
                WHERE skip = 0",
            )?
            .query_map(
                params![conversation, after.stream, signed(after.number), most],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?
            .collect::<Result<_, _>>()?;
        if offers.is_empty() {
            return Ok(());
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut over = 0;
        for (stream, number, is_over) in offers {
            if is_over {
                over += transaction
                    .prepare_cached(
                        "UPDATE outbox SET skip = 2
                        WHERE conversation = ?1 AND stream = ?2 AND number = ?3",
                    )?
                    .execute(params![conversation, stream, number])?;
                continue;
            }
            transaction
                .prepare_cached(
                    "UPDATE outbox SET skip = 4, number = -number
                    WHERE conversation = ?1 AND stream = ?2 AND number = ?3",
                )?
                .execute(params![conversation, stream, number])?;
            transaction
                .prepare_cached(
                    "INSERT INTO outbox (conversation, stream, number, change, text, skip)
                    VALUES (?1, ?2, ?3, 3, '', 2)",
                )?
                .execute(params![conversation, stream, number])?;
        }
        transaction.commit()?;
        self.waiting = self.waiting.saturating_sub(over as u64);
        Ok(())
    }

    /// The peer understands files: offers that were put off wait for it from now on, in the stream of this start of the program.
    /// If there is none yet, `new_stream` begins.
    pub fn send_put_off(
        &mut self,
        peer_id: &PeerId,
        new_stream: StreamId,
    ) -> Result<(), StoreError> {
        let Some(conversation) = self.find_conversation(peer_id)? else {
            return Ok(());
        };
        let any: bool = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT * FROM outbox WHERE conversation = ?1 AND skip = 4)",
            )?
            .query_row([conversation], |row| row.get(0))?;
        if !any {
            return Ok(());
        }
        let mut batch = self.batch()?;
        batch.send_again(conversation, PUT_OFF, new_stream)?;
        batch.commit()
    }
}
