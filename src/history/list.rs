//! All conversations at a glance.
//!
//! Reads nothing but the newest rows of each, however long it is.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{MOST_CONVERSATIONS, MOST_UNREAD, Summary, pages};
use crate::{
    identity::{Party, PublicKey},
    store::{ConversationId, Kind, State, StoreError},
};

/// Characters of the newest line.
const LINE: usize = 120;
/// Rows that are looked at for the newest line, and for what is unread.
const NEWEST_ROWS: u32 = 100;
const UNREAD_ROWS: u32 = 5_000;

/// The list.
pub(super) fn conversations(connection: &Connection) -> Result<Vec<Summary>, StoreError> {
    // All of it as it was at one moment.
    let connection = connection.unchecked_transaction()?;
    let waiting = waiting(&connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, key, address, active_at, read_up_to FROM conversations
        ORDER BY active_at DESC, id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut summaries = Vec::new();
    while summaries.len() < MOST_CONVERSATIONS
        && let Some(row) = rows.next()?
    {
        let conversation = row.get(0)?;
        let key: Option<PublicKey> = row.get(1)?;
        let party = match key {
            Some(key) => Party::Key(key),
            None => Party::Address(row.get(2)?),
        };
        let Some((first, last)) = pages::span(&connection, conversation)? else {
            continue;
        };
        let read_up_to: i64 = row.get(4)?;
        let read_up_to = u64::try_from(read_up_to).unwrap_or(0);
        summaries.push(Summary {
            party,
            newest: newest(&connection, conversation)?,
            active_at: row.get(3)?,
            unread: unread(&connection, conversation, read_up_to)?,
            waiting: waiting.get(&conversation).copied().unwrap_or(0),
            messages: last - first + 1,
        });
    }
    Ok(summaries)
}

/// So many messages wait in each conversation.
fn waiting(connection: &Connection) -> Result<BTreeMap<ConversationId, u64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation, count(*) FROM outbox WHERE skip = 0 GROUP BY conversation",
    )?;
    let counts = statement.query_map([], |row| {
        let count: i64 = row.get(1)?;
        Ok((row.get(0)?, u64::try_from(count).unwrap_or(0)))
    })?;
    Ok(counts.collect::<Result<_, _>>()?)
}

/// The newest thing said, its first line.
fn newest(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, state, text FROM messages WHERE id BETWEEN ?1 AND ?2
        ORDER BY id DESC LIMIT ?3",
    )?;
    let (first, last) = pages::range(conversation);
    let mut rows = statement.query(params![first, last, NEWEST_ROWS])?;
    while let Some(row) = rows.next()? {
        let (kind, state): (Kind, State) = (row.get(0)?, row.get(1)?);
        if matches!(kind, Kind::Theirs | Kind::Mine) && state != State::Cancelled {
            let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
            return Ok(Some(line(text)));
        }
    }
    Ok(None)
}

fn line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(LINE).collect()
}

/// So many rows behind this one the person has not seen.
fn unread(
    connection: &Connection,
    conversation: ConversationId,
    read_up_to: u64,
) -> Result<u64, StoreError> {
    let (_, last) = pages::range(conversation);
    let first = conversation.message(read_up_to.min(pages::LAST_ROW));
    let count: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM (
                SELECT kind FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3
            ) WHERE kind IN (?4, ?5)",
        )?
        .query_row(
            params![first, last, UNREAD_ROWS, Kind::Theirs, Kind::NeedsNewer],
            |row| row.get(0),
        )?;
    Ok(u64::try_from(count).unwrap_or(0).min(MOST_UNREAD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::samples::{Sample, mina},
        identity::StreamId,
        store::{Deletion, Incoming},
    };

    #[test]
    fn the_list_shows_what_is_new_and_leaves_out_what_is_empty() {
        let mut sample = Sample::new();
        let (peer, other) = (mina(), Party::Address("10.0.0.1:7".to_owned()));
        let (talked, plain) = (sample.conversation(&peer), sample.conversation(&other));
        sample.conversation(&Party::Address("10.0.0.2".to_owned()));
        sample.say(plain, &["  \n 첫 줄\nsecond"]);
        sample.say(talked, &["one", "two"]);
        sample.store.set_read(talked, 1).expect("kept");
        let mut batch = sample.store.batch().expect("begun");
        let items = [Incoming::Unknown, Incoming::Skip];
        for (number, item) in items.into_iter().enumerate() {
            let place = (StreamId::from_bytes([7; 16]), 1 + number as u64);
            batch
                .receive(talked, place, number as u64, item, (1, 50))
                .expect("kept");
        }
        for text in ["mine", "taken back"] {
            batch
                .write(talked, text, StreamId::from_bytes([1; 16]), 60)
                .expect("kept");
        }
        batch.commit().expect("kept");
        assert!(sample.store.cancel(talked, 6).expect("kept"));

        let list = conversations(&sample.reading()).expect("read");
        assert_eq!(
            list,
            [
                Summary {
                    party: peer,
                    newest: Some("mine".to_owned()),
                    active_at: 60,
                    unread: 2,
                    waiting: 1,
                    messages: 6,
                },
                Summary {
                    party: other,
                    newest: Some("첫 줄".to_owned()),
                    active_at: 1,
                    unread: 1,
                    waiting: 0,
                    messages: 1,
                },
            ]
        );
        Deletion::up_to(plain, 1).run(&mut sample.store);
        let list = conversations(&sample.reading()).expect("read");
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn a_line_is_cut_between_characters() {
        assert_eq!(line(&"가".repeat(1_000)), "가".repeat(LINE));
        assert_eq!(line("\n \n"), "");
    }
}
