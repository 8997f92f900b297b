//! Rows of a conversation, from wherever it is asked for.
//!
//! The messages of a conversation lie together in the order of their rows, so a page is read where it begins,
//! however long the conversation is.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{At, PAGE, PAGE_BYTES, Page};
use crate::{
    identity::Party,
    store::{self, ConversationId, Message, StoreError},
};

/// A row is no higher: the conversation stands above it in a message's id.
pub(super) const LAST_ROW: u64 = (1 << 40) - 1;

/// The page that is asked for. Of an unknown conversation it is empty.
pub(super) fn page(connection: &Connection, party: &Party, at: At) -> Result<Page, StoreError> {
    let mut page = Page {
        party: party.clone(),
        at,
        messages: Vec::new(),
        span: None,
        read_up_to: 0,
        draft: String::new(),
    };
    // All of it as it was at one moment.
    let connection = connection.unchecked_transaction()?;
    let Some(conversation) = store::find(&connection, party)? else {
        return Ok(page);
    };
    let read: i64;
    (read, page.draft) = connection
        .prepare_cached("SELECT read_up_to, draft FROM conversations WHERE id = ?1")?
        .query_row([conversation], |row| Ok((row.get(0)?, row.get(1)?)))?;
    page.read_up_to = u64::try_from(read).unwrap_or(0);
    page.span = span(&connection, conversation)?;
    page.messages = match at {
        At::Newest => before(&connection, conversation, LAST_ROW, PAGE, PAGE_BYTES)?,
        At::Before(0) => Vec::new(),
        At::Before(row) => before(&connection, conversation, row - 1, PAGE, PAGE_BYTES)?,
        At::After(row) => {
            let first = row.saturating_add(1);
            from(&connection, conversation, first, PAGE, PAGE_BYTES)?
        }
        At::Around(row) => {
            let (most, bytes) = (PAGE / 2, PAGE_BYTES / 2);
            let mut messages = match row.checked_sub(1) {
                Some(last) => before(&connection, conversation, last, most, bytes)?,
                None => Vec::new(),
            };
            messages.extend(from(&connection, conversation, row, most, bytes)?);
            messages
        }
    };
    Ok(page)
}

/// The oldest and the newest row.
pub(super) fn span(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<(u64, u64)>, StoreError> {
    // Two statements in one: a single one with both would read every row.
    let span: (Option<i64>, Option<i64>) = connection
        .prepare_cached(
            "SELECT (SELECT min(id) FROM messages WHERE id BETWEEN ?1 AND ?2),
                (SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2)",
        )?
        .query_row(range(conversation), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (first, last) = span;
    Ok(first.map(store::row_of).zip(last.map(store::row_of)))
}

/// Ids that messages of this conversation can have.
pub(super) fn range(conversation: ConversationId) -> (i64, i64) {
    (conversation.message(0), conversation.message(LAST_ROW))
}

/// The messages from this row on, oldest first.
pub(super) fn from(
    connection: &Connection,
    conversation: ConversationId,
    row: u64,
    most: usize,
    bytes: usize,
) -> Result<Vec<Message>, StoreError> {
    if row > LAST_ROW {
        return Ok(Vec::new());
    }
    let range = (conversation.message(row), conversation.message(LAST_ROW));
    read(connection, range, "ASC", most, bytes)
}

/// The message with this id.
pub(super) fn message(connection: &Connection, id: i64) -> Result<Option<Message>, StoreError> {
    let columns = Message::COLUMNS;
    let sql = format!("SELECT {columns} FROM messages WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([id], Message::read).optional()?)
}

/// The messages up to this row, oldest first.
fn before(
    connection: &Connection,
    conversation: ConversationId,
    row: u64,
    most: usize,
    bytes: usize,
) -> Result<Vec<Message>, StoreError> {
    let last = row.min(LAST_ROW);
    let range = (conversation.message(0), conversation.message(last));
    let mut messages = read(connection, range, "DESC", most, bytes)?;
    messages.reverse();
    Ok(messages)
}

/// At least one, if there is one, so that whoever turns the pages gets on.
fn read(
    connection: &Connection,
    (first, last): (i64, i64),
    order: &str,
    most: usize,
    bytes: usize,
) -> Result<Vec<Message>, StoreError> {
    let columns = Message::COLUMNS;
    let sql = format!(
        "SELECT {columns} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order} LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![first, last, most])?;
    let (mut messages, mut sum) = (Vec::new(), 0);
    while sum < bytes
        && let Some(row) = rows.next()?
    {
        let message = Message::read(row)?;
        sum += size(&message);
        messages.push(message);
    }
    Ok(messages)
}

/// What a message counts, in bytes.
pub(super) fn size(message: &Message) -> usize {
    message.text.len() + message.raw.as_ref().map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        history::samples::{Sample, mina},
        identity::StreamId,
        store::Deletion,
    };

    fn rows(sample: &Sample, at: At) -> Vec<u64> {
        let page = page(&sample.reading(), &mina(), at).expect("read");
        page.messages.iter().map(|message| message.row).collect()
    }

    #[test]
    fn pages_go_both_ways_and_over_what_was_cleared() {
        let mut sample = Sample::new();
        let before = sample.conversation(&Party::Address("10.0.0.1".to_owned()));
        let talked = sample.conversation(&mina());
        let behind = sample.conversation(&Party::Address("10.0.0.2".to_owned()));
        sample.say(before, &["not this one"]);
        sample.say(behind, &["nor this one"]);
        // The first two wait and outlast the clearing.
        let mut batch = sample.store.batch().expect("begun");
        for _ in 0..2 {
            batch
                .write(talked, "mine", StreamId::from_bytes([1; 16]), 1)
                .expect("kept");
        }
        batch.commit().expect("kept");
        sample.say(talked, &["theirs"; 1_000]);
        sample.store.set_read(talked, 900).expect("kept");
        sample.store.set_draft(talked, "draft").expect("kept");
        Deletion::up_to(talked, 300).run(&mut sample.store);
        let range = |first: u64, last: u64| (first..=last).collect::<Vec<_>>();

        let newest = page(&sample.reading(), &mina(), At::Newest).expect("read");
        assert_eq!(newest.span, Some((1, 1_002)));
        assert_eq!((newest.read_up_to, newest.draft.as_str()), (900, "draft"));
        assert_eq!(rows(&sample, At::Newest), range(803, 1_002));
        assert_eq!(rows(&sample, At::Before(803)), range(603, 802));
        let mut over = vec![1, 2];
        over.extend(range(301, 400));
        assert_eq!(rows(&sample, At::Before(401)), over);
        assert_eq!(rows(&sample, At::After(2)), range(301, 500));
        assert_eq!(rows(&sample, At::After(0))[..3], [1, 2, 301]);
        assert_eq!(rows(&sample, At::Around(600)), range(500, 699));
        assert_eq!(rows(&sample, At::Around(0))[..3], [1, 2, 301]);
        assert_eq!(rows(&sample, At::Around(200))[..3], [1, 2, 301]);
        for at in [
            At::Before(0),
            At::Before(1),
            At::After(1_002),
            At::After(u64::MAX),
        ] {
            assert_eq!(rows(&sample, at), range(1, 0), "{at:?}");
        }
        assert_eq!(rows(&sample, At::Before(u64::MAX)), range(803, 1_002));
        assert_eq!(rows(&sample, At::Around(u64::MAX)), range(903, 1_002));
    }

    #[test]
    fn a_page_of_long_messages_has_fewer_of_them() {
        let mut sample = Sample::new();
        let talked = sample.conversation(&mina());
        let long = "가".repeat(20_000);
        sample.say(talked, &vec![long.as_str(); 100]);
        for at in [At::Newest, At::Around(50), At::After(0)] {
            let count = rows(&sample, at).len();
            assert_eq!(count, PAGE_BYTES.div_ceil(long.len()), "{at:?}");
        }
    }

    #[test]
    fn of_somebody_unknown_there_is_an_empty_page() {
        let sample = Sample::new();
        let page = page(&sample.reading(), &mina(), At::Newest).expect("read");
        assert_eq!((page.messages.len(), page.span), (0, None));
    }
}
