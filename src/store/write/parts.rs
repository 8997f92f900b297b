//! What is on the disk for files that move: what has arrived so far, and copies that we offer. And what is left of those.

use std::path::{Path, PathBuf};

use rusqlite::params;

use crate::store::{
    Store, StoreError,
    columns::signed,
    file::{path_bytes, path_of},
    message::ConversationId,
    row::Row,
};

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
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

    /// Sources of offers of ours that are erased or deleted, and that no other offer has; at most 64. A copy that was made of one is
    /// of no use any more.
    pub fn loose_sources(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT path FROM loose_sources
            WHERE NOT EXISTS (SELECT * FROM files WHERE mine = 1 AND files.path = loose_sources.path)
            LIMIT 64",
        )?;
        let found = statement.query_map([], |row| Ok(path_of(row.get(0)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The sources of all offers of ours; `None` if offers may be missing here that are in another file.
    pub fn sources(&self) -> Result<Option<Vec<PathBuf>>, StoreError> {
        if self.path.is_none() || !self.losses.is_empty() || self.has_work {
            return Ok(None);
        }
        let mut statement = self
            .connection
            .prepare("SELECT path FROM files WHERE mine = 1 AND path IS NOT NULL")?;
        let found = statement.query_map([], |row| Ok(path_of(row.get(0)?)))?;
        Ok(Some(found.collect::<Result<_, _>>()?))
    }

    /// There is no offer of this source after all.
    pub fn add_loose_source(&mut self, source: &Path) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO loose_sources (path) VALUES (?1)")?
            .execute([path_bytes(source)])?;
        Ok(())
    }

    /// The copy that was made of this source is being deleted, if there was one.
    pub fn forget_source(&mut self, source: &Path) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM loose_sources WHERE path = ?1")?
            .execute([path_bytes(source)])?;
        Ok(())
    }
}
