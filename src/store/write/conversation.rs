//! Conversations as a whole: who they are with, drafts, what was read.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::lost_answers::ask_again;
use crate::{
    identity::{PeerId, PublicKey},
    millis::Millis,
    store::{
        Store, StoreError,
        message::{ConversationId, LAST_ROW},
        row::Row,
    },
};

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// The conversation with this peer; it is created if there is none.
    pub fn conversation(
        &mut self,
        peer_id: &PeerId,
        now: Millis,
    ) -> Result<ConversationId, StoreError> {
        Ok(find_or_create(&self.connection, peer_id, now)?)
    }

    /// The conversation with this peer, if there is one.
    pub fn find_conversation(
        &self,
        peer_id: &PeerId,
    ) -> Result<Option<ConversationId>, StoreError> {
        Ok(find(&self.connection, peer_id)?)
    }

    /// All conversations.
    pub fn conversations(&self) -> Result<Vec<ConversationId>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM conversations ORDER BY id")?;
        let found = statement.query_map([], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Sets the unsent text in the composer of this conversation.
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

    /// Sets whether this conversation is first in the list.
    pub fn set_pinned(&mut self, conversation: ConversationId, on: bool) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE conversations SET pinned = ?2 WHERE id = ?1")?
            .execute(params![conversation, on])?;
        Ok(())
    }

    /// Sets whether the desktop is not notified of messages of this conversation.
    pub fn set_muted(&mut self, conversation: ConversationId, on: bool) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE conversations SET muted = ?2 WHERE id = ?1")?
            .execute(params![conversation, on])?;
        Ok(())
    }

    /// Sets the row up to which the person has read. Never goes back.
    pub fn set_read(&mut self, conversation: ConversationId, row: Row) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE conversations SET read_up_to = ?2 WHERE id = ?1 AND read_up_to < ?2",
            )?
            .execute(params![conversation, row])?;
        Ok(())
    }

    /// The row given last in this conversation.
    pub fn last_row(&self, conversation: ConversationId) -> Result<Row, StoreError> {
        Ok(last_row(&self.connection, conversation)?)
    }

    /// Drops what waits for this peer, and our streams to it.
    pub(in crate::store) fn forget_outbox(
        connection: &Connection,
        key: &PublicKey,
    ) -> Result<Option<ConversationId>, StoreError> {
        let Some(conversation) = find(connection, &PeerId::Key(*key))? else {
            return Ok(None);
        };
        for sql in [
            "DELETE FROM outbox WHERE conversation = ?1",
            "DELETE FROM streams WHERE conversation = ?1",
            "UPDATE conversations SET draft = '' WHERE id = ?1",
        ] {
            connection.execute(sql, [conversation])?;
        }
        ask_again(connection, conversation.ids(Row::FIRST..=LAST_ROW))?;
        Ok(Some(conversation))
    }

    /// Every message of a conversation, oldest first.
    #[cfg(test)]
    pub(crate) fn all_messages(&self, conversation: ConversationId) -> Vec<crate::store::Message> {
        let sql = format!(
            "SELECT {} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
            crate::store::Message::COLUMNS
        );
        let mut statement = self.connection.prepare_cached(&sql).expect("it fits");
        let ids = conversation.ids(Row::FIRST..=crate::store::message::LAST_ROW);
        let found = statement.query_map(ids, crate::store::Message::read);
        found
            .expect("read")
            .collect::<Result<_, _>>()
            .expect("messages")
    }

    /// Drops the streams of earlier starts that have nothing waiting.
    pub(in crate::store) fn drop_old_streams(&mut self) -> Result<(), StoreError> {
        let old = "FROM streams WHERE id NOT IN (SELECT stream FROM outbox)";
        let any = format!("SELECT EXISTS (SELECT * {old})");
        if self.connection.query_row(&any, [], |row| row.get(0))? {
            self.connection.execute(&format!("DELETE {old}"), [])?;
        }
        Ok(())
    }
}

/// The conversation with this peer; it is created if there is none.
pub(in crate::store) fn find_or_create(
    connection: &Connection,
    peer_id: &PeerId,
    now: Millis,
) -> rusqlite::Result<ConversationId> {
    if let Some(found) = find(connection, peer_id)? {
        return Ok(found);
    }
    insert(connection, peer_id, now)
}

/// The conversation with this peer.
pub(in crate::store) fn find(
    connection: &Connection,
    peer_id: &PeerId,
) -> rusqlite::Result<Option<ConversationId>> {
    let (key, address) = peer_id.columns();
    connection
        .prepare_cached("SELECT id FROM conversations WHERE key = ?1 OR address = ?2")?
        .query_row(params![key, address], |row| row.get(0))
        .optional()
}

/// Creates one. A number is not given again while messages are on their way out of the conversation that had it.
fn insert(
    connection: &Connection,
    peer_id: &PeerId,
    active_at: Millis,
) -> rusqlite::Result<ConversationId> {
    let (key, address) = peer_id.columns();
    connection.query_row(
        "INSERT INTO conversations (id, key, address, active_at) VALUES (
            1 + max(
                (SELECT coalesce(max(id), 0) FROM conversations),
                (SELECT coalesce(max(source), 0) FROM transfers WHERE file = '')
            ), ?1, ?2, ?3
        ) RETURNING id",
        params![key, address, active_at],
        |row| row.get(0),
    )
}

/// The row given last in this conversation.
pub(in crate::store) fn last_row(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<Row> {
    connection
        .prepare_cached("SELECT last FROM conversations WHERE id = ?1")?
        .query_row([conversation], |row| row.get(0))
}
