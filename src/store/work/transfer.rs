//! Messages on their way into a conversation: out of another one that it has absorbed ([`rekey`](super::rekey)), or out
//! of a damaged file ([`salvage`](super::salvage)).
//!
//! Their rows are reserved at the beginning, so that new messages get rows after them and the order is final. The table
//! `transfers` says what is left. Each piece moves or copies some messages and updates that table in the same
//! transaction. Until the end, readers see a conversation with a gap, and the index stops before the gap
//! ([`IndexedConversation::complete_up_to`](crate::store::IndexedConversation)).

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    finished::Finished,
    piece::{self, End},
};
use crate::{
    identity::PeerId,
    store::{
        Store, StoreError,
        columns::{signed, unsigned},
        message::{ConversationId, row_of},
        row::Row,
    },
};

/// Rows that are left to be moved or copied.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Where they go.
    pub(super) to: ConversationId,
    /// The damaged file that they come from; empty for this one.
    pub(super) file: String,
    /// The conversation that they come from, by its number there.
    pub(super) from: ConversationId,
    /// What is added to a row.
    pub(super) shift: u64,
    /// The first and the last row, by their numbers there, that are left.
    pub(super) rows: [Row; 2],
}

impl Transfer {
    /// The columns that [`Self::read`] takes, in order.
    pub(super) const COLUMNS: &str = "file, source, conversation, shift, next, last";

    /// Reads a row of [`Self::COLUMNS`].
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            file: row.get(0)?,
            from: row.get(1)?,
            to: row.get(2)?,
            shift: unsigned(row.get(3)?),
            rows: [row.get(4)?, row.get(5)?],
        })
    }

    /// What is added to the id of a message.
    pub(super) fn id_shift(&self) -> i64 {
        self.to.message(Row::ZERO.plus(self.shift)) - self.from.message(Row::ZERO)
    }

    /// Adds it to the table.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let [next, last] = self.rows;
        connection.execute(
            "INSERT INTO transfers (file, source, conversation, shift, next, last)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            params![
                self.file,
                self.from,
                self.to,
                signed(self.shift),
                next,
                last
            ],
        )?;
        Ok(())
    }

    /// Marks everything before this row of the source as transferred.
    pub(super) fn advance(&self, connection: &Connection, next: Row) -> rusqlite::Result<()> {
        if next <= self.rows[1] {
            connection
                .prepare_cached("UPDATE transfers SET next = ?3 WHERE file = ?1 AND source = ?2")?
                .execute(params![self.file, self.from, next])?;
        } else {
            connection
                .prepare_cached("DELETE FROM transfers WHERE file = ?1 AND source = ?2")?
                .execute(params![self.file, self.from])?;
        }
        Ok(())
    }
}

impl Store {
    /// Moves a piece of a conversation. Returns whether there is more to do.
    pub(super) fn move_piece(&mut self, transfer: &Transfer) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction()?;
        let more = move_piece(&transaction, transfer)?;
        transaction.commit()?;
        self.notifier.changed();
        Ok(more)
    }

    /// For a conversation that is about to be erased: moves a piece of what is on its way into it. If all of it is erased, what
    /// would be copied out of a damaged file stays there. Returns whether there is more to do.
    pub(super) fn settle_transfers(
        &mut self,
        conversation: ConversationId,
        is_whole: bool,
    ) -> Result<bool, StoreError> {
        if !self.has_work {
            return Ok(false);
        }
        let of_this = "file = '' AND conversation = ?1";
        if let Some(transfer) = next(&self.connection, of_this, [conversation])? {
            self.move_piece(&transfer)?;
            return Ok(true);
        }
        if is_whole {
            self.connection.execute(
                "DELETE FROM transfers WHERE conversation = ?1",
                [conversation],
            )?;
        }
        Ok(false)
    }
}

/// The first transfer of which this is true.
pub(super) fn next(
    connection: &Connection,
    condition: &str,
    params: impl rusqlite::Params,
) -> rusqlite::Result<Option<Transfer>> {
    let columns = Transfer::COLUMNS;
    let sql =
        format!("SELECT {columns} FROM transfers WHERE {condition} ORDER BY file, source LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row(params, Transfer::read).optional()
}

/// Gives a piece of the messages their new ids. Returns whether there is more to do.
pub(super) fn move_piece(connection: &Connection, transfer: &Transfer) -> rusqlite::Result<bool> {
    let [first, last] = transfer.from.ids(transfer.rows[0]..=transfer.rows[1]);
    let end = match piece::end(connection, [first, last])? {
        End::At(end) => end,
        End::Last => last,
    };
    connection
        .prepare_cached("UPDATE messages SET id = id + ?3 WHERE id BETWEEN ?1 AND ?2")?
        .execute(params![first, end, transfer.id_shift()])?;
    transfer.advance(connection, row_of(end).next())?;
    Ok(end < last)
}

/// The conversation with its peer, if nothing is on its way into it any more.
pub(super) fn finished(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<Option<Finished>> {
    let peer_id = connection
        .prepare_cached(
            "SELECT key, address FROM conversations
            WHERE id = ?1 AND NOT EXISTS (SELECT * FROM transfers WHERE conversation = ?1)",
        )?
        .query_row([conversation], |row| PeerId::from_columns(row, 0))
        .optional()?;
    Ok(peer_id.map(Finished::Conversation))
}
