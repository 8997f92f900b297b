//! How the tables change with a message that is edited, deleted or reacted to.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::files;
use crate::{
    millis::Millis,
    store::{
        columns::signed,
        message::{Change, ConversationId, Kind, LAST_ROW, MessageName},
        row::Row,
    },
};

/// Maximum number of earlier texts of a message that are kept: the first one, and the newest of the others.
pub(super) const MOST_EDITS: i64 = 100;

/// The numbers of changes in the outbox.
pub(super) const EDIT: i64 = 0;
pub(super) const DELETE: i64 = 1;
pub(super) const REACTION: i64 = 2;
pub(super) const FILE: i64 = 3;

impl Change {
    /// The new text, or the emoji.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Edit(text) | Self::React(text) => text.into(),
            Self::Delete => "".into(),
            Self::File(change) => change.code().into(),
        }
    }

    pub(super) fn number(&self) -> i64 {
        match self {
            Self::Edit(_) => EDIT,
            Self::Delete => DELETE,
            Self::React(_) => REACTION,
            Self::File(_) => FILE,
        }
    }
}

/// The id of the message with this name, if it is here.
pub(super) fn find(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    name: MessageName,
) -> rusqlite::Result<Option<i64>> {
    let [first, last] = conversation.ids(Row::FIRST..=LAST_ROW);
    let kind = if name.mine { Kind::Mine } else { Kind::Theirs };
    transaction
        .prepare_cached(
            "SELECT id FROM messages WHERE stream = ?1 AND number = ?2 AND kind = ?3
            AND id BETWEEN ?4 AND ?5",
        )?
        .query_row(
            params![name.stream, signed(name.number), kind, first, last],
            |row| row.get(0),
        )
        .optional()
}

/// Changes a message. `mine` is whose change it is. Returns whether anything is different.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    message: i64,
    change: &Change,
    mine: bool,
    at: Millis,
) -> rusqlite::Result<bool> {
    let is_deleted: bool = transaction
        .prepare_cached("SELECT deleted FROM messages WHERE id = ?1")?
        .query_row([message], |row| row.get(0))?;
    if is_deleted {
        return Ok(false);
    }
    if matches!(change, Change::Edit(_)) && files::is_offer(transaction, message)? {
        return Ok(false);
    }
    match change {
        Change::Edit(text) => {
            let kept = transaction
                .prepare_cached(
                    "INSERT INTO edits (message, number, text, replaced_at)
                    SELECT id, 1 + coalesce((SELECT max(number) FROM edits WHERE message = ?1), 0), text, ?3
                    FROM messages WHERE id = ?1 AND text <> ?2",
                )?
                .execute(params![message, text, at])?;
            if kept == 0 {
                return Ok(false);
            }
            transaction
                .prepare_cached(
                    "DELETE FROM edits WHERE message = ?1 AND number > 1 AND number <=
                        (SELECT max(number) FROM edits WHERE message = ?1) - ?2",
                )?
                .execute(params![message, MOST_EDITS - 1])?;
            set_text(transaction, message, text)
        }
        Change::Delete => {
            for sql in [
                "DELETE FROM edits WHERE message = ?1",
                "DELETE FROM reactions WHERE message = ?1",
                "DELETE FROM files WHERE message = ?1",
                "UPDATE messages SET text = '', raw = NULL, deleted = 1,
                    reply_mine = NULL, reply_stream = NULL, reply_number = NULL WHERE id = ?1",
            ] {
                transaction.prepare_cached(sql)?.execute([message])?;
            }
            Ok(true)
        }
        Change::File(change) => files::apply(transaction, message, *change, mine),
        Change::React(emoji) if emoji.is_empty() => {
            let removed = transaction
                .prepare_cached("DELETE FROM reactions WHERE message = ?1 AND mine = ?2")?
                .execute(params![message, mine])?;
            Ok(removed > 0)
        }
        Change::React(emoji) => {
            let changed = transaction
                .prepare_cached(
                    "INSERT INTO reactions (message, mine, emoji) VALUES (?1, ?2, ?3)
                    ON CONFLICT DO UPDATE SET emoji = ?3 WHERE emoji <> ?3",
                )?
                .execute(params![message, mine, emoji])?;
            Ok(changed > 0)
        }
    }
}

pub(super) fn text_of(transaction: &Transaction<'_>, message: i64) -> rusqlite::Result<String> {
    transaction
        .prepare_cached("SELECT text FROM messages WHERE id = ?1")?
        .query_row([message], |row| row.get(0))
}

pub(super) fn set_text(
    transaction: &Transaction<'_>,
    message: i64,
    text: &str,
) -> rusqlite::Result<bool> {
    let changed = transaction
        .prepare_cached("UPDATE messages SET text = ?2 WHERE id = ?1 AND text <> ?2")?
        .execute(params![message, text])?;
    Ok(changed > 0)
}

/// The edits of this message that wait are not sent.
pub(super) fn skip_edits(
    connection: &Connection,
    conversation: ConversationId,
    message: Option<i64>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE outbox SET skip = 2, text = '' WHERE conversation = ?1 AND change = ?2
            AND of_mine = 1 AND (of_stream, of_number) = (
                SELECT stream, number FROM messages WHERE id = ?3
            )",
        )?
        .execute(params![conversation, EDIT, message])?;
    Ok(())
}
