//! How much each peer has sent within a day, so that nobody fills the disk unnoticed.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    millis::Millis,
    store::{
        Store, StoreError,
        columns::{signed, unsigned},
        message::ConversationId,
    },
};

/// A day begins with the first message after the day before, whatever the time zone. In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
/// What a message takes on the disk beside its text, in bytes, about.
pub(super) const MESSAGE: usize = 100;

impl Store {
    /// How many bytes the peer of this conversation has sent within a day, as they take space on the disk, about.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn taken(&self, conversation: ConversationId, now: Millis) -> Result<u64, StoreError> {
        let taken = self
            .connection
            .prepare_cached(
                "SELECT taken FROM conversations WHERE id = ?1 AND ?2 - taken_since BETWEEN 0 AND ?3",
            )?
            .query_row(params![conversation, now, DAY], |row| row.get(0))
            .optional()?;
        Ok(taken.map_or(0, unsigned))
    }

    /// Counts from 0 again: the person takes as much once more within the same day.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_taken(&mut self, conversation: ConversationId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE conversations SET taken = 0 WHERE id = ?1")?
            .execute([conversation])?;
        Ok(())
    }
}

/// Adds what was received in a turn. Returns how much it is within a day.
pub(super) fn add(
    connection: &Connection,
    conversation: ConversationId,
    bytes: u64,
    now: Millis,
) -> rusqlite::Result<u64> {
    let taken = connection
        .prepare_cached(
            "UPDATE conversations SET
                taken = ?2 + iif(?3 - taken_since BETWEEN 0 AND ?4, taken, 0),
                taken_since = iif(?3 - taken_since BETWEEN 0 AND ?4, taken_since, ?3)
            WHERE id = ?1 RETURNING taken",
        )?
        .query_row(params![conversation, signed(bytes), now, DAY], |row| {
            row.get(0)
        })?;
    Ok(unsigned(taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::StreamId,
        store::{
            Batch, Content, Incoming,
            samples::{Sample, mina},
            write::received,
        },
    };

    fn item(stream: u32, number: u64, content: Content<'_>) -> Incoming<'_> {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&stream.to_be_bytes());
        Incoming {
            stream: StreamId::from_bytes(id),
            number,
            missed: 0,
            sent_at: Millis::new(0),
            content,
        }
    }

    #[test]
    fn what_a_peer_sends_is_counted_for_a_day() {
        let mut sample = Sample::new();
        let conversation = sample.conversation(&mina());
        let text = "x".repeat(1_000);
        let mut receive = |number, at| {
            let mut batch = sample.store.batch().expect("begun");
            let item = item(1, number, Content::Text(&text));
            batch.receive(conversation, &item, at).expect("kept");
            let stream = StreamId::from_bytes([2; 16]);
            // What we write does not count.
            batch.write(conversation, &text, stream, at).expect("kept");
            let taken = batch.commit_counting().expect("kept");
            assert_eq!(taken, [sample.store.taken(conversation, at).expect("read")]);
            taken[0]
        };
        let one = (text.len() + MESSAGE) as u64;
        let start = 10 * DAY;
        assert_eq!(receive(1, Millis::new(start)), one);
        assert_eq!(receive(2, Millis::new(start + DAY)), 2 * one);
        assert_eq!(receive(3, Millis::new(start + DAY + 1)), one, "a new day");
        // A clock that was set back begins a new one too.
        assert_eq!(receive(4, Millis::new(start)), one);
        sample.store.forget_taken(conversation).expect("kept");
        assert_eq!(sample.store.taken(conversation, Millis::new(start)), Ok(0));
    }

    #[test]
    fn the_streams_of_a_peer_are_limited_and_the_newest_are_known() {
        let mut sample = Sample::new();
        let conversation = sample.conversation(&mina());
        let most = received::MOST;
        let receive = |batch: &mut Batch<'_>, stream: u32| {
            let at = Millis::new(i64::from(stream));
            let item = item(stream, 1, Content::Skip);
            batch.receive(conversation, &item, at).expect("kept");
        };
        for first in (0..2 * most).step_by(512) {
            let mut batch = sample.store.batch().expect("begun");
            for stream in first..first + 512 {
                receive(&mut batch, stream);
            }
            batch.commit().expect("kept");
        }
        let count = |sample: &Sample| -> u32 {
            let sql = "SELECT count(*) FROM received";
            let store = &sample.store;
            store
                .connection
                .query_row(sql, [], |row| row.get(0))
                .expect("read")
        };
        assert_eq!(count(&sample), most);
        for (stream, known) in [(0, 0), (most - 1, 0), (most, 1), (2 * most - 1, 1)] {
            let stream = item(stream, 1, Content::Skip).stream;
            assert_eq!(sample.store.received_up_to(conversation, stream), Ok(known));
        }
    }

    #[test]
    fn the_stream_that_is_being_received_is_known_although_the_clock_was_set_back() {
        let mut sample = Sample::new();
        let conversation = sample.conversation(&mina());
        let mut receive = |streams: std::ops::Range<u32>, number, at| {
            let mut batch = sample.store.batch().expect("begun");
            for stream in streams {
                let item = item(stream, number, Content::Skip);
                batch.receive(conversation, &item, at).expect("kept");
            }
            batch.commit().expect("kept");
        };
        receive(0..received::MOST, 1, Millis::new(DAY));
        let new = received::MOST;
        receive(new..new + 1, 1, Millis::new(0));
        receive(new..new + 1, 2, Millis::new(1));
        let stream = item(new, 1, Content::Skip).stream;
        assert_eq!(sample.store.received_up_to(conversation, stream), Ok(2));
    }
}
