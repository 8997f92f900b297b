//! What comes next in the store.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::Progress;
use crate::{
    history::pages::LAST_ROW,
    store::{self, ConversationId, Kind, StoreError},
};

/// What is indexed in one commit.
const BATCH_ROWS: usize = 5_000;
const BATCH_BYTES: usize = 1024 * 1024;

/// What is indexed in one commit.
pub(super) struct Batch {
    /// Rows, and what was said in them.
    pub(super) said: Vec<(i64, String)>,
    pub(super) more: bool,
}

impl Batch {
    /// Reads what comes behind `progress`, and moves that on.
    pub(super) fn read(
        store: &Connection,
        conversation: ConversationId,
        progress: &mut Progress,
    ) -> Result<Self, StoreError> {
        // All of it as it was at one moment.
        let store = store.unchecked_transaction()?;
        let (oldest, newest) = (
            conversation.message(progress.up_to) + 1,
            conversation.message(LAST_ROW),
        );
        let last: i64 = store
            .prepare_cached("SELECT last FROM conversations WHERE id = ?1")?
            .query_row([conversation], |row| row.get(0))?;
        let mut statement = store.prepare_cached(
            "SELECT id, kind, text FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        )?;
        let mut rows = statement.query([oldest, newest])?;
        let (mut said, mut bytes) = (Vec::new(), 0);
        let (mut count, mut at) = (0, oldest - 1);
        let mut more = false;
        while let Some(row) = rows.next()? {
            if count == BATCH_ROWS || bytes >= BATCH_BYTES {
                more = true;
                break;
            }
            count += 1;
            at = row.get(0)?;
            let text = text_of(row)?;
            if let Some(text) = text {
                bytes += text.len();
                said.push((i64::try_from(store::row_of(at)).unwrap_or(0), text));
            }
        }
        if progress.first.is_none() {
            progress.first = store
                .prepare_cached(
                    "SELECT id, received_at FROM messages
                    WHERE id BETWEEN ?1 AND ?2 AND id NOT IN (SELECT message FROM outbox)
                    ORDER BY id LIMIT 1",
                )?
                .query_row([oldest, at], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let behind = progress.first.map_or(at + 1, |(first, _)| first);
            let before: i64 = store
                .prepare_cached("SELECT count(*) FROM messages WHERE id >= ?1 AND id < ?2")?
                .query_row([oldest, behind], |row| row.get(0))?;
            progress.before += before;
        }
        progress.up_to = if more {
            store::row_of(at)
        } else {
            u64::try_from(last).unwrap_or(0)
        };
        Ok(Self { said, more })
    }
}

/// What is to be found of a row of `id, kind, text`.
fn text_of(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let text: String = match row.get(1)? {
        Kind::Theirs | Kind::Mine => row.get(2)?,
        Kind::NeedsNewer | Kind::Missed => return Ok(None),
    };
    Ok((!text.is_empty()).then_some(text))
}
