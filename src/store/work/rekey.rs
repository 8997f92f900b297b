//! "New key for Mina": moves a contact and its conversation to another key.

#[cfg(test)]
mod tests;

use rusqlite::{Connection, TransactionBehavior, params};

use super::{
    has_work,
    transfer::{self, Transfer},
};
use crate::{
    identity::{PeerId, PublicKey, Trust},
    store::{
        Store, StoreError,
        columns::signed,
        message::{ConversationId, LAST_ROW, row_of},
        row::Row,
        write::{count_waiting, end_range, find, hold, last_row},
    },
};

impl Store {
    /// Gives the name, the addresses and the conversation of `old` to `new`, and forgets `old`. Nobody has verified the new
    /// key, so its trust is [`Trust::Accepted`]; if `old` is blocked, it is blocked. What waits for `old` is
    /// [held](Store::held_count). Returns false, and changes nothing, if `new` is a contact already: two people are never
    /// made one.
    ///
    /// There may be a conversation with `new` all the same, after its contact was forgotten. Then its messages are moved to the
    /// end of the other one. Those that wait are moved at once, so that they can be delivered; the rest is moved in
    /// pieces by [`Store::step`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn rekey(&mut self, old: &PublicKey, new: &PublicKey) -> Result<bool, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_known: bool = transaction.query_row(
            "SELECT EXISTS (SELECT * FROM peers WHERE key = ?1)",
            [new],
            |row| row.get(0),
        )?;
        if is_known || old == new {
            return Ok(false);
        }
        transaction.execute(
            "INSERT INTO peers (key, my_name, their_name, trust, blocked, last_ip, first_met, last_seen)
            SELECT ?2, my_name, their_name, ?3, blocked, last_ip, first_met, last_seen
            FROM peers WHERE key = ?1",
            params![old, new, Trust::Accepted],
        )?;
        transaction.execute(
            "UPDATE addresses SET key = ?2 WHERE key = ?1",
            params![old, new],
        )?;
        transaction.execute("DELETE FROM peers WHERE key = ?1", [old])?;
        rekey_conversation(&transaction, old, new)?;
        let (has_work, waiting) = (has_work(&transaction)?, count_waiting(&transaction)?);
        transaction.commit()?;
        (self.has_work, self.waiting) = (has_work, waiting);
        // Later messages begin new streams.
        self.streams.clear();
        // A listing has to see the changed conversations.
        self.salvage = None;
        self.notifier.erased();
        Ok(true)
    }
}

fn rekey_conversation(
    connection: &Connection,
    old: &PublicKey,
    new: &PublicKey,
) -> Result<(), StoreError> {
    let Some(conversation) = find(connection, &PeerId::Key(*old))? else {
        return Ok(());
    };
    hold(connection, conversation)?;
    if let Some(other) = find(connection, &PeerId::Key(*new))? {
        absorb(connection, conversation, other)?;
    }
    connection.execute(
        "UPDATE conversations SET key = ?2 WHERE id = ?1",
        params![conversation, new],
    )?;
    Ok(())
}

/// Moves the messages of `other` to the end of `conversation`, and removes `other`.
fn absorb(
    connection: &Connection,
    conversation: ConversationId,
    other: ConversationId,
) -> Result<(), StoreError> {
    let last = last_row(connection, conversation)?;
    let shift = last.number();
    let last_of_other = last_taken(connection, other)?;
    if last_of_other.plus(shift) > LAST_ROW {
        return Err(StoreError::Damaged);
    }
    let by = conversation.message(last) - other.message(Row::ZERO);
    connection.execute_batch("PRAGMA defer_foreign_keys = ON")?;
    connection.execute(
        "UPDATE messages SET id = id + ?2
        WHERE id IN (SELECT message FROM outbox WHERE conversation = ?1)",
        params![other, by],
    )?;
    connection.execute(
        "UPDATE outbox SET conversation = ?1, message = message + ?3 WHERE conversation = ?2",
        params![conversation, other, by],
    )?;
    connection.execute(
        "UPDATE streams SET conversation = ?1 WHERE conversation = ?2",
        [conversation, other],
    )?;
    connection.execute(
        "INSERT INTO received (conversation, epoch, up_to, seen_at)
        SELECT ?1, epoch, up_to, seen_at FROM received WHERE conversation = ?2
        ON CONFLICT (conversation, epoch) DO UPDATE SET
            up_to = max(up_to, excluded.up_to), seen_at = max(seen_at, excluded.seen_at)",
        [conversation, other],
    )?;
    connection.execute("DELETE FROM received WHERE conversation = ?1", [other])?;
    // The rows of the other one follow, and are none of the rows that this one's range is for.
    end_range(connection, conversation)?;
    end_range(connection, other)?;
    connection.execute(
        "UPDATE unkept SET conversation = ?1, after = after + ?3, up_to = up_to + ?3
        WHERE conversation = ?2",
        params![conversation, other, signed(shift)],
    )?;
    connection.execute(
        "UPDATE transfers SET conversation = ?1, shift = shift + ?3 WHERE conversation = ?2",
        params![conversation, other, signed(shift)],
    )?;
    connection.execute(
        "UPDATE conversations SET
            last = conversations.last + ?3,
            seen_up_to = iif(other.seen_up_to = 0, conversations.seen_up_to, other.seen_up_to + ?4),
            draft = iif(conversations.draft = '', other.draft, conversations.draft),
            active_at = max(conversations.active_at, other.active_at),
            pinned = max(conversations.pinned, other.pinned),
            muted = max(conversations.muted, other.muted)
        FROM conversations AS other
        WHERE conversations.id = ?1 AND other.id = ?2",
        params![conversation, other, last_of_other, signed(shift)],
    )?;
    connection.execute("DELETE FROM conversations WHERE id = ?1", [other])?;
    if last_of_other > Row::ZERO {
        let moved = Transfer {
            to: conversation,
            file: String::new(),
            from: other,
            shift,
            rows: [Row::FIRST, last_of_other],
        };
        moved.insert(connection)?;
        // At once, so that a short conversation is never seen half moved.
        transfer::move_piece(connection, &moved)?;
    }
    Ok(())
}

/// The highest row of this conversation that has a message or is reserved for one.
fn last_taken(connection: &Connection, conversation: ConversationId) -> Result<Row, StoreError> {
    let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
    let highest: Option<i64> = connection.query_row(
        "SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2",
        [first, last],
        |row| row.get(0),
    )?;
    let reserved: Option<Row> = connection.query_row(
        "SELECT max(last + shift) FROM transfers WHERE conversation = ?1",
        [conversation],
        |row| row.get(0),
    )?;
    Ok(highest.map(row_of).max(reserved).unwrap_or(Row::ZERO))
}
