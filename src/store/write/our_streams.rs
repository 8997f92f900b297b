//! The streams in which a batch sends: which one belongs to which conversation, and the number given last in each.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use crate::{
    identity::StreamId,
    store::{
        StoreError,
        columns::{signed, unsigned},
        message::ConversationId,
    },
};

/// A position in the outbox of a conversation. A later message has a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct OutboxPos {
    /// The stream's number in the store.
    pub(in crate::store) stream: i64,
    /// Counts from 1 in its stream.
    pub number: u64,
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct OurStreams<'a> {
    /// Those since the start of the program.
    committed: &'a mut BTreeMap<ConversationId, i64>,
    new: BTreeMap<ConversationId, i64>,
    /// The number given last in each.
    last: BTreeMap<i64, (u64, StreamId)>,
}

impl<'a> OurStreams<'a> {
    /// `committed` are those since the start of the program.
    pub fn new(committed: &'a mut BTreeMap<ConversationId, i64>) -> Self {
        Self {
            committed,
            new: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    /// The next position in the stream of this conversation, and that stream. If there is none, `new_stream` begins.
    pub fn next_pos(
        &mut self,
        transaction: &Transaction<'_>,
        conversation: ConversationId,
        new_stream: StreamId,
    ) -> Result<(OutboxPos, StreamId), StoreError> {
        let known = self.new.get(&conversation);
        let stream = match known.or_else(|| self.committed.get(&conversation)) {
            Some(stream) => *stream,
            None => self.begin(transaction, conversation, new_stream)?,
        };
        let (last, id) = match self.last.get(&stream) {
            Some(known) => *known,
            None => transaction
                .prepare_cached("SELECT last, epoch FROM streams WHERE id = ?1")?
                .query_row([stream], |row| Ok((unsigned(row.get(0)?), row.get(1)?)))?,
        };
        let number = last + 1;
        self.last.insert(stream, (number, id));
        Ok((OutboxPos { stream, number }, id))
    }

    /// Writes the numbers that were given.
    pub fn write(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        for (stream, (number, _)) in &self.last {
            transaction
                .prepare_cached("UPDATE streams SET last = ?2 WHERE id = ?1")?
                .execute(params![stream, signed(*number)])?;
        }
        Ok(())
    }

    /// The batch is committed: its new streams stay.
    pub fn handle_commit(self) {
        self.committed.extend(self.new);
    }

    fn begin(
        &mut self,
        transaction: &Transaction<'_>,
        conversation: ConversationId,
        new_stream: StreamId,
    ) -> Result<i64, StoreError> {
        transaction.execute(
            "INSERT INTO streams (conversation, epoch, last) VALUES (?1, ?2, 0)",
            params![conversation, new_stream],
        )?;
        let stream = transaction.last_insert_rowid();
        self.new.insert(conversation, stream);
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// The table, and one position in the stream of conversation 1.
    fn next(
        connection: &mut Connection,
        committed: &mut BTreeMap<ConversationId, i64>,
        is_kept: bool,
    ) -> (u64, StreamId) {
        let transaction = connection.transaction().expect("begun");
        let mut streams = OurStreams::new(committed);
        let conversation = ConversationId(1);
        let mut next = || {
            let new = StreamId::from_bytes([7; 16]);
            let (pos, id) = streams
                .next_pos(&transaction, conversation, new)
                .expect("a position");
            (pos.number, id)
        };
        let (first, _) = next();
        let (number, id) = next();
        assert_eq!(number, first + 1);
        if is_kept {
            streams.write(&transaction).expect("written");
            transaction.commit().expect("kept");
            streams.handle_commit();
        }
        (number, id)
    }

    #[test]
    fn a_stream_begins_again_only_if_the_batch_was_lost() {
        let mut connection = Connection::open_in_memory().expect("opened");
        let table = "CREATE TABLE streams (id INTEGER PRIMARY KEY, conversation, epoch, last)";
        connection.execute_batch(table).expect("made");
        let mut committed = BTreeMap::new();
        let id = StreamId::from_bytes([7; 16]);
        assert_eq!(next(&mut connection, &mut committed, false), (2, id));
        assert_eq!(committed.len(), 0);
        assert_eq!(next(&mut connection, &mut committed, true), (2, id));
        assert_eq!(committed.len(), 1);
        assert_eq!(next(&mut connection, &mut committed, true), (4, id));
    }
}
