//! Messages on their way into a conversation: out of another one that it has absorbed (a contact's new key), or out of
//! a damaged file ([`salvage`](super::salvage)).
//!
//! Their rows are reserved when it begins, so new messages get rows behind them, and their order is final. The table
//! `transfers` says what is left; a step moves or copies a piece of it and writes that down in the same
//! transaction. So whatever a crash cuts short goes on with the next start, and no message is lost or doubled.
//! Until it is over, readers see a conversation with a gap, and the index stops before the gap
//! ([`Snapshot::conversations`](super::Snapshot)).

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{
    identity::Party,
    store::{
        Salvage, Store, StoreError,
        columns::{signed, unsigned},
        message::{ConversationId, row_of},
        piece::{self, End},
    },
};

/// Rows that are still to be moved or copied.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Where they go.
    pub(super) to: ConversationId,
    /// The damaged file that they come from; empty for this one.
    pub(super) file: String,
    /// The conversation that they come from, by its number there.
    pub(super) from: ConversationId,
    /// Added to a row on its way.
    pub(super) shift: u64,
    /// The first and the last row, as they are numbered there, that have not been transferred.
    pub(super) rows: [u64; 2],
}

/// A long piece of work that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// All messages of this conversation are where they belong: what was read of it before is out of date.
    Conversation(Party),
    /// Everything that can be read of a damaged file was taken over.
    Salvage(Result<Salvage, StoreError>),
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// Whether [`Self::step`] has something to do.
    pub fn has_work(&self) -> bool {
        self.has_work
    }

    /// Does a piece of the work that is too long for one turn of the worker. Returns what it has finished, if
    /// anything. After an error the same piece is due again.
    pub fn step(&mut self) -> Result<Option<Finished>, StoreError> {
        let finished = self.piece()?;
        self.has_work = has_work(&self.connection).unwrap_or(true);
        Ok(finished)
    }

    fn piece(&mut self) -> Result<Option<Finished>, StoreError> {
        let next = next(&self.connection, "file = ''", [])?;
        if let Some(transfer) = next {
            let more = self.move_piece(&transfer)?;
            return if more {
                Ok(None)
            } else {
                self.finished_conversation(transfer.to)
            };
        }
        let file: Option<String> = self
            .connection
            .prepare_cached("SELECT file FROM salvages ORDER BY file LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        match file {
            Some(file) => self.salvage_piece(&file),
            None => Ok(None),
        }
    }

    /// For what is about to be erased: moves a piece of what is on its way into this conversation. What would be
    /// copied out of a damaged file stays there. Returns whether there is more to do.
    pub(super) fn settle_transfers(
        &mut self,
        conversation: ConversationId,
    ) -> Result<bool, StoreError> {
        if !self.has_work {
            return Ok(false);
        }
        let of_this = "file = '' AND conversation = ?1";
        if let Some(transfer) = next(&self.connection, of_this, [conversation])? {
            self.move_piece(&transfer)?;
            return Ok(true);
        }
        self.connection.execute(
            "DELETE FROM transfers WHERE conversation = ?1",
            [conversation],
        )?;
        Ok(false)
    }

    /// Returns whether there is more to do.
    fn move_piece(&mut self, transfer: &Transfer) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction()?;
        let more = move_piece(&transaction, transfer)?;
        transaction.commit()?;
        self.notifier.changed();
        Ok(more)
    }

    /// Nothing is on its way into this conversation any more.
    pub(super) fn finished_conversation(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<Finished>, StoreError> {
        let sql = "SELECT key, address FROM conversations
            WHERE id = ?1 AND NOT EXISTS (SELECT * FROM transfers WHERE conversation = ?1)";
        let party = self
            .connection
            .prepare_cached(sql)?
            .query_row([conversation], |row| Party::from_columns(row, 0))
            .optional()?;
        Ok(party.map(Finished::Conversation))
    }
}

impl Transfer {
    /// The columns that [`Self::read`] takes, in order.
    pub(super) const COLUMNS: &str = "file, source, conversation, shift, next, last";

    /// Reads a row of [`Self::COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            file: row.get(0)?,
            from: row.get(1)?,
            to: row.get(2)?,
            shift: unsigned(row.get(3)?),
            rows: [unsigned(row.get(4)?), unsigned(row.get(5)?)],
        })
    }

    /// Writes down what is to be done.
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
                signed(next),
                signed(last)
            ],
        )?;
        Ok(())
    }

    /// Writes down that everything before this row of the source has been transferred.
    pub(super) fn advance(&self, connection: &Connection, next: u64) -> rusqlite::Result<()> {
        if next <= self.rows[1] {
            connection
                .prepare_cached("UPDATE transfers SET next = ?3 WHERE file = ?1 AND source = ?2")?
                .execute(params![self.file, self.from, signed(next)])?;
        } else {
            connection
                .prepare_cached("DELETE FROM transfers WHERE file = ?1 AND source = ?2")?
                .execute(params![self.file, self.from])?;
        }
        Ok(())
    }
}

/// Whether something is left to do.
pub(super) fn has_work(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT * FROM transfers) OR EXISTS (SELECT * FROM salvages)";
    connection.query_row(sql, [], |row| row.get(0))
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
    let by = transfer.to.message(transfer.shift) - transfer.from.message(0);
    connection
        .prepare_cached("UPDATE messages SET id = id + ?3 WHERE id BETWEEN ?1 AND ?2")?
        .execute(params![first, end, by])?;
    transfer.advance(connection, row_of(end) + 1)?;
    Ok(end < last)
}
