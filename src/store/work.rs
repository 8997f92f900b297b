//! Work that takes longer than a turn of the worker may: it is done in pieces, one in each turn. A crash between two pieces
//! loses nothing and doubles nothing, and the next start goes on.

mod deletion;
mod finished;
mod piece;
mod rekey;
mod salvage;
mod transfer;

use rusqlite::{Connection, OptionalExtension as _};

use super::{Store, StoreError};

pub(super) use salvage::Job as SalvageJob;
pub use {
    deletion::Deletion,
    finished::{Finished, Salvage},
};

#[expect(
    clippy::missing_errors_doc,
    reason = "both of them fail for the reasons of `StoreError`"
)]
impl Store {
    /// Whether [`Self::step`] has something to do.
    pub fn has_work(&self) -> bool {
        self.has_work
    }

    /// Does a piece of the work: moves or copies messages into a conversation. After the last one, and after a text was deleted, it
    /// empties the log. Returns what it has finished, if anything.
    /// After an error the same piece is due again.
    pub fn step(&mut self) -> Result<Option<Finished>, StoreError> {
        let finished = self.piece()?;
        self.has_work = has_work(&self.connection).unwrap_or(true);
        if !self.has_work
            && let Err(error) = self.empty_log()
        {
            tracing::warn!(%error, "deleted texts may be in the log until it is overwritten");
        }
        Ok(finished)
    }

    /// Nothing that was erased is left in the write-ahead log after this. A reader may be in the way; then the log is overwritten
    /// later.
    fn empty_log(&self) -> Result<(), StoreError> {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.connection.query_row(sql, [], |_| Ok(()))?)
    }

    fn piece(&mut self) -> Result<Option<Finished>, StoreError> {
        if let Some(transfer) = transfer::next(&self.connection, "file = ''", [])? {
            let more = self.move_piece(&transfer)?;
            return if more {
                Ok(None)
            } else {
                Ok(transfer::finished(&self.connection, transfer.to)?)
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
}

/// Whether something is left to do.
pub(super) fn has_work(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT * FROM transfers) OR EXISTS (SELECT * FROM salvages)";
    connection.query_row(sql, [], |row| row.get(0))
}
