//! Conversations as a whole: whom they are with, drafts, what was read, and clearing them.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    identity::{Party, PublicKey},
    store::{Store, StoreError, batch::signed, message::ConversationId},
};

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// The conversation with this party; it is made if there is none. `now_ms` is in milliseconds since 1970.
    pub fn conversation(
        &mut self,
        party: &Party,
        now_ms: i64,
    ) -> Result<ConversationId, StoreError> {
        Ok(find_or_create(&self.connection, party, now_ms)?)
    }

    /// The conversation with this party, if there was one.
    pub fn find_conversation(&self, party: &Party) -> Result<Option<ConversationId>, StoreError> {
        Ok(find(&self.connection, party)?)
    }

    /// All conversations.
    pub fn conversations(&self) -> Result<Vec<ConversationId>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM conversations ORDER BY id")?;
        let found = statement.query_map([], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// What stands in the composer of this conversation.
    pub fn set_draft(
        &mut self,
        conversation: ConversationId,
        draft: &str,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE conversations SET draft = ?2 WHERE id = ?1")?
            .execute(params![conversation, draft])?;
        Ok(())
    }

    /// The person has seen everything up to this row. Never goes back.
    pub fn set_read(&mut self, conversation: ConversationId, row: u64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE conversations SET read_up_to = ?2 WHERE id = ?1 AND read_up_to < ?2",
            )?
            .execute(params![conversation, signed(row)])?;
        Ok(())
    }

    /// The row given last in this conversation.
    pub fn last_row(&self, conversation: ConversationId) -> Result<u64, StoreError> {
        let last: i64 = self
            .connection
            .prepare_cached("SELECT last FROM conversations WHERE id = ?1")?
            .query_row([conversation], |row| row.get(0))?;
        Ok(super::batch::unsigned(last))
    }

    /// Erases the oldest messages of this conversation up to this row, at most `most` of them; those that
    /// wait to be delivered stay. Returns whether there may be more. What was received, and the streams,
    /// are not touched.
    pub fn clear(
        &mut self,
        conversation: ConversationId,
        up_to: u64,
        most: u32,
    ) -> Result<bool, StoreError> {
        let erased = self.connection.execute(
            "DELETE FROM messages WHERE id IN (
                SELECT id FROM messages
                WHERE id BETWEEN ?1 AND ?2 AND id NOT IN (SELECT message FROM outbox)
                ORDER BY id LIMIT ?3
            )",
            params![conversation.message(0), conversation.message(up_to), most],
        )?;
        Ok(erased == most as usize)
    }

    /// Gives the room of what was erased back to the system, a part of it at a time, and leaves nothing
    /// of it in the write-ahead log. Returns whether there may be more.
    pub fn shrink(&mut self) -> Result<bool, StoreError> {
        const PAGES: u32 = 512;
        let connection = &self.connection;
        let free =
            || connection.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>(0));
        let before = free()?;
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let after = free()?;
        // A file of an earlier version may be unable to shrink.
        if (1..before).contains(&after) {
            return Ok(true);
        }
        // A reader may be in the way; then the log is written over later.
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(false)
    }

    /// Drops what waits for this peer, and our streams to it.
    pub(super) fn forget_outbox(
        connection: &Connection,
        key: &PublicKey,
    ) -> Result<Option<ConversationId>, StoreError> {
        let Some(conversation) = find(connection, &Party::Key(*key))? else {
            return Ok(None);
        };
        for sql in [
            "DELETE FROM outbox WHERE conversation = ?1",
            "DELETE FROM streams WHERE conversation = ?1",
            "UPDATE conversations SET draft = '' WHERE id = ?1",
        ] {
            connection.execute(sql, [conversation])?;
        }
        Ok(Some(conversation))
    }

    /// The conversation with `old` is one with `new` from now on. What was said with `new` already stands
    /// behind it.
    pub(super) fn move_conversation(
        connection: &Connection,
        old: &PublicKey,
        new: &PublicKey,
    ) -> Result<(), StoreError> {
        let Some(old) = find(connection, &Party::Key(*old))? else {
            return Ok(());
        };
        if let Some(other) = find(connection, &Party::Key(*new))? {
            let last: i64 = connection.query_row(
                "SELECT last FROM conversations WHERE id = ?1",
                [old],
                |row| row.get(0),
            )?;
            let by = old.message(0) - other.message(0) + last;
            connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
            for sql in [
                "UPDATE messages SET id = id + ?3 WHERE id BETWEEN ?4 AND ?5",
                "UPDATE outbox SET conversation = ?1, message = message + ?3 WHERE conversation = ?2",
                "UPDATE streams SET conversation = ?1 WHERE conversation = ?2",
                "INSERT INTO received (conversation, epoch, up_to)
                SELECT ?1, epoch, up_to FROM received WHERE conversation = ?2
                ON CONFLICT (conversation, epoch) DO UPDATE SET up_to = max(up_to, excluded.up_to)",
                "DELETE FROM received WHERE conversation = ?2",
                "UPDATE conversations SET
                    last = last + (SELECT last FROM conversations WHERE id = ?2),
                    active_at = max(active_at, (SELECT active_at FROM conversations WHERE id = ?2))
                WHERE id = ?1",
                "DELETE FROM conversations WHERE id = ?2",
            ] {
                let mut statement = connection.prepare(sql)?;
                let all: [&dyn rusqlite::ToSql; 5] = [
                    &old,
                    &other,
                    &by,
                    &other.message(0),
                    &other.message((1 << 40) - 1),
                ];
                let used = statement.parameter_count();
                for (index, value) in all.iter().enumerate().take(used) {
                    statement.raw_bind_parameter(index + 1, value)?;
                }
                statement.raw_execute()?;
            }
        }
        connection.execute(
            "UPDATE conversations SET key = ?2 WHERE id = ?1",
            params![old, new],
        )?;
        Ok(())
    }

    /// Every message of a conversation, oldest first.
    #[cfg(test)]
    pub(crate) fn all_messages(&self, conversation: ConversationId) -> Vec<super::Message> {
        let sql = format!(
            "SELECT {} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
            super::Message::COLUMNS
        );
        let mut statement = self.connection.prepare_cached(&sql).expect("it fits");
        let range = [conversation.message(0), conversation.message((1 << 40) - 1)];
        let found = statement.query_map(range, super::Message::read);
        found
            .expect("read")
            .collect::<Result<_, _>>()
            .expect("messages")
    }

    /// Streams of earlier starts of which nothing waits are of no use any more.
    pub(super) fn drop_old_streams(&mut self) -> Result<(), StoreError> {
        let old = "FROM streams WHERE id NOT IN (SELECT stream FROM outbox)";
        let any = format!("SELECT EXISTS (SELECT * {old})");
        if self.connection.query_row(&any, [], |row| row.get(0))? {
            self.connection.execute(&format!("DELETE {old}"), [])?;
        }
        Ok(())
    }
}

/// The conversation with this party; it is created if there is none.
pub(super) fn find_or_create(
    connection: &Connection,
    party: &Party,
    now_ms: i64,
) -> rusqlite::Result<ConversationId> {
    if let Some(found) = find(connection, party)? {
        return Ok(found);
    }
    let (key, address) = columns(party);
    connection.execute(
        "INSERT INTO conversations (key, address, active_at) VALUES (?1, ?2, ?3)",
        params![key, address, now_ms],
    )?;
    Ok(ConversationId(connection.last_insert_rowid()))
}

/// The conversation with this party.
pub(crate) fn find(
    connection: &Connection,
    party: &Party,
) -> rusqlite::Result<Option<ConversationId>> {
    let (key, address) = columns(party);
    connection
        .prepare_cached("SELECT id FROM conversations WHERE key = ?1 OR address = ?2")?
        .query_row(params![key, address], |row| row.get(0))
        .optional()
}

fn columns(party: &Party) -> (Option<&PublicKey>, Option<&str>) {
    match party {
        Party::Key(key) => (Some(key), None),
        Party::Address(address) => (None, Some(address)),
    }
}
