//! Texts that were edited or deleted after they were indexed.
//!
//! The index has no copy of a text, so it can remove one only with the help of the store, which passes on what it has
//! rewritten. Each of these changes is counted. If one was missed, because the program was killed or there were too many, the
//! conversation is indexed again.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::{Fault, Index, Watermark, at_fault, flush, has_room, insert, size_of, table, tokens};
use crate::store::{ConversationId, Rewritten, Row};

impl Index {
    /// Follows what was rewritten in a conversation since it was indexed, in order, until it was rewritten `up_to` times. False if something is missing of that: then
    /// nothing is different, and it has to be [forgotten](Self::forget).
    pub(in crate::history) fn rewrite(
        &mut self,
        conversation: ConversationId,
        rewritten: &[Rewritten],
        up_to: u64,
    ) -> Result<bool, Fault> {
        let mut rewrite = || -> rusqlite::Result<bool> {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let Some(mut watermark) = Watermark::read(&transaction, conversation)? else {
                return Ok(true);
            };
            for one in rewritten {
                if one.conversation != conversation || one.number <= watermark.rewritten {
                    continue;
                }
                if one.number > watermark.rewritten + 1
                    || !replace(&transaction, conversation, &mut watermark, one)?
                {
                    return Ok(false);
                }
                watermark.rewritten = one.number;
            }
            if watermark.rewritten != up_to {
                return Ok(false);
            }
            watermark.write(&transaction, conversation)?;
            transaction.commit()?;
            Ok(true)
        };
        rewrite().map_err(at_fault)
    }
}

/// Removes the tokens of the text before, and adds those of the text after. False if it can't be told whether the text before
/// is in the index.
fn replace(
    connection: &Connection,
    conversation: ConversationId,
    watermark: &mut Watermark,
    one: &Rewritten,
) -> rusqlite::Result<bool> {
    if one.row > watermark.up_to {
        return Ok(true);
    }
    let table = table(conversation);
    let mut folded = String::new();
    tokens(&one.before, &mut folded);
    let Some(first) = folded.split(' ').next().filter(|first| !first.is_empty()) else {
        return Ok(false);
    };
    // Texts that there was no room for, and those that are not to be kept, are not in it.
    if !has_token(connection, &table, first, one.row)? {
        return Ok(true);
    }
    let size = size_of(connection)?;
    connection
        .prepare_cached(&format!(
            "INSERT INTO {table} ({table}, rowid, text) VALUES ('delete', ?1, ?2)"
        ))?
        .execute(params![one.row, folded])?;
    connection.execute_batch(&flush(&table))?;
    let (before, after) = (one.before.len() as u64, one.after.len() as u64);
    watermark.bytes = watermark.bytes.saturating_add(after).saturating_sub(before);
    tokens(&one.after, &mut folded);
    if !folded.is_empty() && has_room(connection, size, watermark)? {
        connection
            .prepare_cached(&insert(&table))?
            .execute(params![one.row, folded])?;
        connection.execute_batch(&flush(&table))?;
    } else if !folded.is_empty() {
        watermark.left_out += 1;
    }
    let larger = watermark.size.saturating_add(size_of(connection)?);
    watermark.size = larger.saturating_sub(size);
    Ok(true)
}

fn has_token(
    connection: &Connection,
    table: &str,
    token: &str,
    row: Row,
) -> rusqlite::Result<bool> {
    let sql = format!("SELECT TRUE FROM {table} WHERE {table} MATCH ?1 AND rowid = ?2");
    let token = format!("\"{}\"", token.replace('"', "\"\""));
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement
        .query_row(params![token, row], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}
