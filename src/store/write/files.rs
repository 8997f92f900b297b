//! Files that are offered, by us and by peers, and how far each transfer has come.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{batch::Batch, new_message::NewMessage, new_message::Written};
use crate::{
    identity::StreamId,
    millis::Millis,
    store::{
        Change, FileChange, FileOffer, FileState, MOST_DECLINES, MOST_OFFERS, Store, StoreError,
        columns::{signed, unsigned},
        file::{path_bytes, path_of},
        message::{ConversationId, Kind, LAST_ROW, MessageName, State, row_of},
        row::Row,
    },
};

/// A transfer of a file: an offer and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its row in the conversation.
    pub row: Row,
    /// What it is called on the wire. It is ours if `name.mine` is.
    pub name: MessageName,
    /// The name of the file.
    pub file_name: String,
    /// What was offered.
    pub offer: FileOffer,
    /// Of ours: the source. Of the peer's: the folder it goes into, once it is accepted, and then what has arrived.
    pub path: Option<PathBuf>,
    /// What has arrived so far.
    pub part: Option<PathBuf>,
    /// What became of it.
    pub state: FileState,
}

/// The columns of the table that are copied with a message. What has arrived so far is not: it begins again.
pub(in crate::store) const FILE_COLUMNS: &str =
    "mine, size, manifest, files, root, path, moved, state, paused";

/// The columns that [`read`] takes, in order.
const COLUMNS: &str = "messages.id, messages.kind, messages.stream, messages.number, messages.text,
    files.size, files.manifest, files.files, files.root, files.path, files.part, files.state, files.paused
    FROM files JOIN messages ON messages.id = files.message";

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Batch<'_> {
    /// Puts an offer of a file of ours into the outbox.
    pub fn offer(
        &mut self,
        conversation: ConversationId,
        name: &str,
        offer: &FileOffer,
        path: &Path,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<Written, StoreError> {
        let written = self.write_message(conversation, name, None, new_stream, now)?;
        let message = conversation.message(written.row);
        self.insert_file(message, true, offer, Some(path))?;
        Ok(written)
    }

    /// Sets the folder into which a file is received.
    pub fn set_destination(
        &mut self,
        conversation: ConversationId,
        row: Row,
        folder: &Path,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE files SET path = ?2 WHERE message = ?1 AND mine = 0 AND state = 0",
            )?
            .execute(params![conversation.message(row), path_bytes(folder)])?;
        Ok(())
    }

    /// A transfer that we have just paused is paused because our disk is full.
    pub fn set_disk_full(
        &mut self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE files SET paused = paused | 4 WHERE message = ?1 AND paused & 1",
            )?
            .execute([conversation.message(row)])?;
        Ok(())
    }

    /// A file of the peer's is whole, and has this path.
    pub fn set_arrived(
        &mut self,
        conversation: ConversationId,
        row: Row,
        path: &Path,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE files SET path = ?2, part = NULL, moved = size WHERE message = ?1",
            )?
            .execute(params![conversation.message(row), path_bytes(path)])?;
        Ok(())
    }

    /// Whether another offer of the peer may wait for an answer.
    pub(super) fn has_room_for_offer(
        &mut self,
        conversation: ConversationId,
    ) -> Result<bool, StoreError> {
        if let Some(waiting) = self.offers.get(&conversation) {
            return Ok(*waiting < MOST_OFFERS);
        }
        let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
        let waiting: u32 = self
            .transaction
            .prepare_cached(
                "SELECT count(*) FROM files WHERE state < 2 AND mine = 0 AND state = 0
                AND message BETWEEN ?1 AND ?2",
            )?
            .query_row([first, last], |row| row.get(0))?;
        self.offers.insert(conversation, waiting);
        Ok(waiting < MOST_OFFERS)
    }

    /// An offer of the peer has no room. Returns the row that counts it, and whether that is new.
    pub(super) fn count_offer(
        &mut self,
        conversation: ConversationId,
        now: Millis,
    ) -> Result<(Row, bool), StoreError> {
        let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
        let counting: Option<i64> = self
            .transaction
            .prepare_cached(
                "UPDATE files SET files = files + 1 WHERE message = (
                    SELECT max(message) FROM files WHERE state < 2 AND mine = 0 AND state = -1
                    AND message BETWEEN ?1 AND ?2
                ) RETURNING message",
            )?
            .query_row([first, last], |row| row.get(0))
            .optional()?;
        if let Some(message) = counting {
            self.take(conversation, 0, now);
            return Ok((row_of(message), false));
        }
        let message = NewMessage::at(now, Kind::Theirs, State::Received, "");
        let row = self.insert(conversation, &message)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO files (message, mine, size, manifest, files, root, state)
                VALUES (?1, 0, 0, 0, 1, zeroblob(32), -1)",
            )?
            .execute([conversation.message(row)])?;
        Ok((row, true))
    }

    /// Declines an offer of the peer for which there is no room. Does nothing while [`MOST_DECLINES`] changes wait for the peer:
    /// one that acknowledges nothing must not fill the disk.
    pub fn decline(
        &mut self,
        conversation: ConversationId,
        name: MessageName,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<(), StoreError> {
        let waiting = match self.changes.get(&conversation) {
            Some(waiting) => *waiting,
            None => self
                .transaction
                .prepare_cached(
                    "SELECT count(*) FROM outbox WHERE conversation = ?1 AND change IS NOT NULL",
                )?
                .query_row([conversation], |row| row.get(0))?,
        };
        let has_room = waiting < MOST_DECLINES;
        self.changes
            .insert(conversation, waiting + u32::from(has_room));
        if !has_room {
            return Ok(());
        }
        let decline = Change::File(FileChange::Decline);
        self.push_change(conversation, name, &decline, new_stream, now)?;
        Ok(())
    }

    pub(super) fn insert_file(
        &self,
        message: i64,
        mine: bool,
        offer: &FileOffer,
        path: Option<&Path>,
    ) -> Result<(), StoreError> {
        let (state, paused) = FileState::Offered.columns();
        self.transaction
            .prepare_cached(
                "INSERT INTO files (message, mine, size, manifest, files, root, path, state, paused)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                message,
                mine,
                signed(offer.size),
                offer.manifest,
                offer.files,
                offer.root.as_slice(),
                path.map(path_bytes),
                state,
                paused
            ])?;
        Ok(())
    }

    /// An offer of the peer waits for an answer.
    pub(super) fn insert_offer(
        &mut self,
        conversation: ConversationId,
        row: Row,
        offer: &FileOffer,
    ) -> Result<(), StoreError> {
        self.insert_file(conversation.message(row), false, offer, None)?;
        if let Some(waiting) = self.offers.get_mut(&conversation) {
            *waiting += 1;
        }
        Ok(())
    }
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// The file that is offered in this row.
    pub fn transfer(
        &self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<Option<Transfer>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} WHERE files.message = ?1 AND messages.stream IS NOT NULL");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found = statement.query_row([conversation.message(row)], read);
        Ok(found.optional()?)
    }

    /// The offer of this name; `None` if it is not here any more, or is no offer.
    pub fn find_transfer(
        &self,
        conversation: ConversationId,
        name: MessageName,
    ) -> Result<Option<Transfer>, StoreError> {
        let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
        let kind = if name.mine { Kind::Mine } else { Kind::Theirs };
        let sql = format!(
            "SELECT {COLUMNS} WHERE messages.stream = ?1 AND messages.number = ?2
            AND messages.kind = ?3 AND messages.id BETWEEN ?4 AND ?5"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found = statement.query_row(
            params![name.stream, signed(name.number), kind, first, last],
            read,
        );
        Ok(found.optional()?)
    }

    /// The files of the peer's that are to be received, oldest first; at most `most`. None that is paused, and
    /// none whose sender does not know yet that it was accepted or goes on.
    pub fn wanted_files(
        &self,
        conversation: ConversationId,
        most: u32,
    ) -> Result<Vec<Transfer>, StoreError> {
        let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
        let sql = format!(
            "SELECT {COLUMNS} WHERE files.state < 2 AND files.mine = 0 AND files.state = 1
            AND files.message BETWEEN ?1 AND ?2 AND paused & 3 = 0 AND messages.stream IS NOT NULL
            AND NOT EXISTS (
                SELECT * FROM outbox WHERE conversation = ?4 AND change = 3
                AND of_stream = messages.stream AND of_number = messages.number AND of_mine = 0
            )
            ORDER BY files.message LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found = statement.query_map(params![first, last, most, conversation], read)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// What has arrived of a file is here from now on. False if it is not to be received any more.
    pub fn set_part(
        &mut self,
        conversation: ConversationId,
        row: Row,
        part: &Path,
    ) -> Result<bool, StoreError> {
        let changed = self
            .connection
            .prepare_cached("UPDATE files SET part = ?2 WHERE message = ?1 AND state = 1")?
            .execute(params![conversation.message(row), path_bytes(part)])?;
        Ok(changed > 0)
    }

    /// What had arrived of a file is gone.
    pub fn clear_part(&mut self, conversation: ConversationId, row: Row) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE files SET part = NULL WHERE message = ?1")?
            .execute([conversation.message(row)])?;
        Ok(())
    }

    /// A transfer stops, and this much has moved.
    pub fn set_moved(
        &mut self,
        conversation: ConversationId,
        row: Row,
        moved: u64,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE files SET moved = ?2 WHERE message = ?1 AND moved <> ?2")?
            .execute(params![conversation.message(row), signed(moved)])?;
        Ok(())
    }

    /// Parts of files that will never be whole; at most 64.
    pub fn loose_parts(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT path FROM loose_parts LIMIT 64")?;
        let found = statement.query_map([], |row| Ok(path_of(row.get(0)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// This part was deleted.
    pub fn forget_part(&mut self, part: &Path) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM loose_parts WHERE path = ?1")?
            .execute([path_bytes(part)])?;
        Ok(())
    }
}

/// Somebody does this to the offer in this message. Returns whether anything is different.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    message: i64,
    change: FileChange,
    by_me: bool,
) -> rusqlite::Result<bool> {
    let found: Option<(bool, i64, i64)> = transaction
        .prepare_cached("SELECT mine, state, paused FROM files WHERE message = ?1")?
        .query_row([message], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((is_mine, state, paused)) = found else {
        return Ok(false);
    };
    let state = FileState::from_columns(state, paused, 0);
    let Some(after) = state.and_then(|state| state.after(change, by_me, is_mine)) else {
        return Ok(false);
    };
    let (state, paused) = after.columns();
    transaction
        .prepare_cached("UPDATE files SET state = ?2, paused = ?3 WHERE message = ?1")?
        .execute(params![message, state, paused])?;
    Ok(true)
}

/// Whether this message is an offer.
pub(super) fn is_offer(connection: &Connection, message: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT * FROM files WHERE message = ?1)")?
        .query_row([message], |row| row.get(0))
}

/// Reads a row of [`COLUMNS`].
fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Transfer> {
    let (state, files) = (row.get(11)?, row.get(7)?);
    Ok(Transfer {
        row: row_of(row.get(0)?),
        name: MessageName {
            mine: row.get::<_, Kind>(1)? == Kind::Mine,
            stream: row.get(2)?,
            number: unsigned(row.get(3)?),
        },
        file_name: row.get(4)?,
        offer: FileOffer {
            size: unsigned(row.get(5)?),
            manifest: row.get(6)?,
            files,
            root: row.get(8)?,
        },
        path: row.get::<_, Option<Vec<u8>>>(9)?.map(path_of),
        part: row.get::<_, Option<Vec<u8>>>(10)?.map(path_of),
        state: FileState::from_columns(state, row.get(12)?, files)
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(11, state))?,
    })
}
