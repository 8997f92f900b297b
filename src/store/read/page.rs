//! Rows of a conversation, from wherever they are asked for.
//!
//! The messages of a conversation lie together in the order of their rows, so a page is read where it begins, however
//! long the conversation is.

use rusqlite::{OptionalExtension as _, params};

use super::Snapshot;
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        StoreError,
        message::{ConversationId, LAST_ROW, Message, row_of},
        row::Row,
    },
};

/// Maximum number of rows in a page.
pub const PAGE: usize = 200;
/// A page ends early once its messages have this many bytes.
pub const PAGE_BYTES: usize = 1024 * 1024;

/// Which rows of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest ones.
    Newest,
    /// Those just before this row.
    Before(Row),
    /// Those just after this row.
    After(Row),
    /// Those on both sides of this row, and the row itself.
    Around(Row),
}

/// Rows of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which conversation.
    pub peer_id: PeerId,
    /// What was asked for.
    pub at: At,
    /// Oldest first; at most [`PAGE`].
    pub messages: Vec<Message>,
    /// The oldest and the newest row there is; nothing in an empty conversation. Between them a row is missing only if
    /// it was erased or is still on its way (see [`Store::step`](crate::store::Store::step)).
    pub span: Option<(Row, Row)>,
    /// The row up to which the person had read.
    pub read_up_to: Row,
    /// The newest message of ours that the peer has read, as far as it says so.
    pub seen_up_to: Row,
    /// The unsent text in the composer.
    pub draft: String,
}

/// Which end of a range of rows is read first.
#[derive(Debug, Clone, Copy)]
enum From {
    Oldest,
    Newest,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Snapshot {
    /// The page that is asked for; an empty one if there is no such conversation.
    pub fn page(&self, peer_id: &PeerId, at: At) -> Result<Page, StoreError> {
        let mut page = Page {
            peer_id: peer_id.clone(),
            at,
            messages: Vec::new(),
            span: None,
            read_up_to: Row::ZERO,
            seen_up_to: Row::ZERO,
            draft: String::new(),
        };
        let Some(conversation) = self.find(peer_id)? else {
            return Ok(page);
        };
        (page.read_up_to, page.seen_up_to, page.draft) = self
            .0
            .prepare_cached(
                "SELECT read_up_to, seen_up_to, draft FROM conversations WHERE id = ?1",
            )?
            .query_row([conversation], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        page.span = self.span(conversation)?;
        page.messages = match at {
            At::Newest => self.messages_up_to(conversation, LAST_ROW, PAGE, PAGE_BYTES)?,
            At::Before(row) => {
                self.messages_up_to(conversation, row.previous(), PAGE, PAGE_BYTES)?
            }
            At::After(row) => self.messages_from(conversation, row.next(), PAGE, PAGE_BYTES)?,
            At::Around(row) => {
                let (most, bytes) = (PAGE / 2, PAGE_BYTES / 2);
                let mut messages =
                    self.messages_up_to(conversation, row.previous(), most, bytes)?;
                messages.extend(self.messages_from(conversation, row, most, bytes)?);
                messages
            }
        };
        Ok(page)
    }

    /// The oldest and the newest row.
    pub fn span(&self, conversation: ConversationId) -> Result<Option<(Row, Row)>, StoreError> {
        // Two statements in one: a single one with both would read every row.
        let (first, last): (Option<i64>, Option<i64>) = self
            .0
            .prepare_cached(
                "SELECT (SELECT min(id) FROM messages WHERE id BETWEEN ?1 AND ?2),
                    (SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2)",
            )?
            .query_row(conversation.ids(Row::ZERO..=LAST_ROW), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(first.map(row_of).zip(last.map(row_of)))
    }

    /// The messages from this row on, oldest first: at most `most`, and no more once they have this many `bytes`.
    pub fn messages_from(
        &self,
        conversation: ConversationId,
        row: Row,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Message>, StoreError> {
        if row > LAST_ROW {
            return Ok(Vec::new());
        }
        let ids = conversation.ids(row..=LAST_ROW);
        self.messages(ids, From::Oldest, most, bytes)
    }

    /// The message in this row.
    pub fn message(
        &self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<Option<Message>, StoreError> {
        let columns = Message::COLUMNS;
        let sql = format!("SELECT {columns} FROM messages WHERE id = ?1");
        let mut statement = self.0.prepare_cached(&sql)?;
        Ok(statement
            .query_row([conversation.message(row)], Message::read)
            .optional()?)
    }

    /// The messages in these rows of a conversation, as far as there are such.
    pub fn messages_at(&self, peer_id: &PeerId, rows: &[Row]) -> Result<Vec<Message>, StoreError> {
        let Some(conversation) = self.find(peer_id)? else {
            return Ok(Vec::new());
        };
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            messages.extend(self.message(conversation, *row)?);
        }
        Ok(messages)
    }

    /// The earlier texts of the message in this row, oldest first, and when each was replaced.
    pub fn earlier_texts_of(
        &self,
        peer_id: &PeerId,
        row: Row,
    ) -> Result<Vec<(String, Millis)>, StoreError> {
        match self.find(peer_id)? {
            Some(conversation) => self.earlier_texts(conversation, row),
            None => Ok(Vec::new()),
        }
    }

    /// The earlier texts of the message in this row, oldest first, and when each was replaced.
    pub fn earlier_texts(
        &self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<Vec<(String, Millis)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT text, replaced_at FROM edits WHERE message = ?1 ORDER BY number",
        )?;
        let found = statement.query_map([conversation.message(row)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// The messages up to this row, oldest first.
    fn messages_up_to(
        &self,
        conversation: ConversationId,
        row: Row,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let ids = conversation.ids(Row::ZERO..=row);
        let mut messages = self.messages(ids, From::Newest, most, bytes)?;
        messages.reverse();
        Ok(messages)
    }

    /// At least one, if there is one, so that turning the pages always gets on.
    fn messages(
        &self,
        [first, last]: [i64; 2],
        from: From,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let columns = Message::COLUMNS;
        let order = match from {
            From::Oldest => "ASC",
            From::Newest => "DESC",
        };
        let sql = format!(
            "SELECT {columns} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order} LIMIT ?3"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![first, last, most])?;
        let (mut messages, mut sum) = (Vec::new(), 0);
        while sum < bytes
            && let Some(row) = rows.next()?
        {
            let message = Message::read(row)?;
            sum += message.size();
            messages.push(message);
        }
        Ok(messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::StreamId,
        millis::Millis,
        store::{
            Deletion,
            samples::{Sample, mina},
        },
    };

    fn rows(sample: &Sample, at: At) -> Vec<u64> {
        let page = sample.read(|store| store.page(&mina(), at));
        let rows = page.messages.iter().map(|message| message.row);
        rows.map(Row::number).collect()
    }

    #[test]
    fn pages_go_both_ways_and_over_erased_rows() {
        let mut sample = Sample::new();
        let before = sample.conversation(&PeerId::Address("10.0.0.1".into()));
        let talked = sample.conversation(&mina());
        let after = sample.conversation(&PeerId::Address("10.0.0.2".into()));
        sample.say(before, &["not this one"]);
        sample.say(after, &["nor this one"]);
        // The first two wait, so they are not erased.
        let mut batch = sample.store.batch().expect("begun");
        for _ in 0..2 {
            batch
                .write(
                    talked,
                    "mine",
                    StreamId::from_bytes([1; 16]),
                    Millis::new(1),
                )
                .expect("kept");
        }
        batch.commit().expect("kept");
        sample.say(talked, &["theirs"; 1_000]);
        sample.store.set_read(talked, Row::new(900)).expect("kept");
        sample.store.set_draft(talked, "draft").expect("kept");
        Deletion::up_to(talked, Row::new(300)).run(&mut sample.store);
        let range = |first: u64, last: u64| (first..=last).collect::<Vec<_>>();

        let newest = sample.read(|store| store.page(&mina(), At::Newest));
        assert_eq!(newest.span, Some((Row::FIRST, Row::new(1_002))));
        assert_eq!(
            (newest.read_up_to, newest.draft.as_str()),
            (Row::new(900), "draft")
        );
        assert_eq!(rows(&sample, At::Newest), range(803, 1_002));
        assert_eq!(rows(&sample, At::Before(Row::new(803))), range(603, 802));
        let mut over = vec![1, 2];
        over.extend(range(301, 400));
        assert_eq!(rows(&sample, At::Before(Row::new(401))), over);
        assert_eq!(rows(&sample, At::After(Row::new(2))), range(301, 500));
        assert_eq!(rows(&sample, At::After(Row::ZERO))[..3], [1, 2, 301]);
        assert_eq!(rows(&sample, At::Around(Row::new(600))), range(500, 699));
        assert_eq!(rows(&sample, At::Around(Row::ZERO))[..3], [1, 2, 301]);
        assert_eq!(rows(&sample, At::Around(Row::new(200)))[..3], [1, 2, 301]);
        for at in [
            At::Before(Row::ZERO),
            At::Before(Row::FIRST),
            At::After(Row::new(1_002)),
            At::After(Row::MAX),
        ] {
            assert_eq!(rows(&sample, at), range(1, 0), "{at:?}");
        }
        assert_eq!(rows(&sample, At::Before(Row::MAX)), range(803, 1_002));
        assert_eq!(rows(&sample, At::Around(Row::MAX)), range(903, 1_002));
    }

    #[test]
    fn a_page_of_long_messages_has_fewer_of_them() {
        let mut sample = Sample::new();
        let talked = sample.conversation(&mina());
        let long = "가".repeat(20_000);
        sample.say(talked, &vec![long.as_str(); 100]);
        for at in [At::Newest, At::Around(Row::new(50)), At::After(Row::ZERO)] {
            let count = rows(&sample, at).len();
            assert_eq!(count, PAGE_BYTES.div_ceil(long.len()), "{at:?}");
        }
    }

    #[test]
    fn an_unknown_peer_has_an_empty_page() {
        let sample = Sample::new();
        let page = sample.read(|store| store.page(&mina(), At::Newest));
        assert_eq!((page.messages.len(), page.span), (0, None));
    }
}
