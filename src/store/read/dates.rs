//! Finds messages by when they came.

use rusqlite::{OptionalExtension as _, params};

use super::Snapshot;
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        StoreError,
        message::{LAST_ROW, row_of},
        row::Row,
    },
};

impl Snapshot {
    /// The first message of this conversation that came at this time or later; `None` if there is none. Rows are in
    /// the order in which messages came, so few of them are read. After the clock was set back it may be one nearby.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn first_since(&self, peer_id: &PeerId, at: Millis) -> Result<Option<Row>, StoreError> {
        let Some(conversation) = self.find(peer_id)? else {
            return Ok(None);
        };
        let Some((first, last)) = self.span(conversation)? else {
            return Ok(None);
        };
        let mut statement = self.0.prepare_cached(
            "SELECT id, received_at FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1",
        )?;
        let mut from = |row: Row| {
            let [low, high] = conversation.ids(row..=LAST_ROW);
            let found = statement.query_row(params![low, high], |found| {
                Ok((row_of(found.get(0)?), found.get::<_, Millis>(1)?))
            });
            found.optional()
        };
        // The first one is in `low` or later, and there is none from `high` on.
        let (mut low, mut high, mut found) = (first, last.next(), None);
        while low < high {
            let middle = low.plus(high.since(low) / 2);
            match from(middle)? {
                Some((row, came)) if came < at => low = row.next(),
                Some((row, _)) => (high, found) = (middle, Some(row)),
                None => high = middle,
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Deletion,
        samples::{Sample, mina},
    };

    #[test]
    fn the_first_message_since_a_time_is_found_across_gaps() {
        let mut sample = Sample::new();
        let talked = sample.conversation(&mina());
        let texts: Vec<_> = (0..40).map(|number| number.to_string()).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        sample.say(talked, &texts);
        // Each came 10 ms after the one before.
        sample
            .store
            .connection
            .execute_batch(
                "UPDATE messages SET received_at = 10 * (id & 1099511627775);
                DELETE FROM messages WHERE (id & 1099511627775) BETWEEN 11 AND 20",
            )
            .expect("changed");
        for (at, row) in [
            (0, Some(1)),
            (10, Some(1)),
            (11, Some(2)),
            (100, Some(10)),
            (101, Some(21)),
            (210, Some(21)),
            (400, Some(40)),
            (401, None),
        ] {
            let found = sample.read(|store| store.first_since(&mina(), Millis::new(at)));
            assert_eq!(found, row.map(Row::new), "{at}");
        }
        Deletion::up_to(talked, Row::new(40)).run(&mut sample.store);
        let found = sample.read(|store| store.first_since(&mina(), Millis::new(0)));
        assert_eq!(found, None);
    }
}
