//! What the search index reads: which conversations there are, and which texts come next in one of them.

use rusqlite::OptionalExtension as _;

use super::Snapshot;
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        StoreError,
        columns::unsigned,
        message::{ConversationId, Kind, row_of},
        row::Row,
    },
};

/// A conversation, as far as the index has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedConversation {
    /// Its number. It can be given to another one later.
    pub id: ConversationId,
    /// Who it is with.
    pub peer_id: PeerId,
    /// The row given last.
    pub last: Row,
    /// Up to this row nothing more will be inserted, and everything is to be kept.
    pub complete_up_to: Row,
    /// The row up to which messages are to be indexed: those after it are [not to be kept](crate::store::Store::set_keeping).
    pub kept_up_to: Row,
    /// How often a text was [rewritten](crate::store::Rewritten).
    pub rewritten: u64,
    /// When it was active last.
    pub active_at: Millis,
}

/// Texts of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The rows, and what is said in them.
    pub rows: Vec<(Row, String)>,
    /// The row up to which these are all.
    pub up_to: Row,
    /// Whether there are more.
    pub more: bool,
}

impl Texts {
    /// Their size.
    pub fn bytes(&self) -> u64 {
        self.rows.iter().map(|(_, text)| text.len() as u64).sum()
    }
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Snapshot {
    /// All conversations, the one that was active last first.
    pub fn conversations(&self) -> Result<Vec<IndexedConversation>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, key, address, last, active_at, rewritten,
                (SELECT min(next + shift) FROM transfers WHERE conversation = conversations.id),
                (SELECT after FROM unkept WHERE conversation = conversations.id AND up_to IS NULL)
            FROM conversations ORDER BY active_at DESC, id DESC",
        )?;
        let found = statement.query_map([], |row| {
            let last = row.get(3)?;
            let missing: Option<Row> = row.get(6)?;
            let kept_up_to = row.get::<_, Option<Row>>(7)?.unwrap_or(last);
            Ok(IndexedConversation {
                id: row.get(0)?,
                peer_id: PeerId::from_columns(row, 1)?,
                last,
                complete_up_to: missing.map_or(last, Row::previous).min(kept_up_to),
                kept_up_to,
                rewritten: unsigned(row.get(5)?),
                active_at: row.get(4)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// How often a text of this conversation was [rewritten](crate::store::Rewritten).
    pub fn rewritten(&self, conversation: ConversationId) -> Result<u64, StoreError> {
        let sql = "SELECT rewritten FROM conversations WHERE id = ?1";
        let mut statement = self.0.prepare_cached(sql)?;
        let count = statement.query_row([conversation], |row| row.get(0));
        Ok(count.optional()?.map_or(0, unsigned))
    }

    /// The texts after this row, oldest first: at most `most` rows, and no more once they have this many `bytes`.
    pub fn texts_after(
        &self,
        conversation: ConversationId,
        row: Row,
        most: usize,
        bytes: usize,
    ) -> Result<Texts, StoreError> {
        let last = self
            .0
            .prepare_cached(
                "SELECT min(
                    coalesce(
                        (SELECT min(next + shift) - 1 FROM transfers WHERE conversation = ?1), last
                    ),
                    coalesce(
                        (SELECT after FROM unkept WHERE conversation = ?1 AND up_to IS NULL), last
                    )
                ) FROM conversations WHERE id = ?1",
            )?
            .query_row([conversation], |row| row.get(0))?;
        let mut texts = Texts {
            rows: Vec::new(),
            up_to: row.max(last),
            more: false,
        };
        let mut statement = self.0.prepare_cached(
            "SELECT id, kind, text, EXISTS (
                SELECT * FROM unkept WHERE conversation = messages.id >> 40
                AND messages.id BETWEEN (conversation << 40) + after + 1 AND (conversation << 40) + up_to
            ) FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id",
        )?;
        let ids = conversation.ids(row..=texts.up_to);
        let mut rows = statement.query(ids)?;
        let (mut count, mut sum, mut at) = (0, 0, row);
        while let Some(found) = rows.next()? {
            if count == most || sum >= bytes {
                texts.up_to = at;
                texts.more = true;
                break;
            }
            count += 1;
            at = row_of(found.get(0)?);
            let text: String = match found.get(1)? {
                Kind::Theirs | Kind::Mine if !found.get(3)? => found.get(2)?,
                _ => continue,
            };
            if !text.is_empty() {
                sum += text.len();
                texts.rows.push((at, text));
            }
        }
        Ok(texts)
    }

    /// The oldest message after this row and up to that one that does not wait to be delivered, so that it can be erased:
    /// its row, and when it was received.
    pub fn oldest_settled(
        &self,
        conversation: ConversationId,
        after: Row,
        up_to: Row,
    ) -> Result<Option<(Row, Millis)>, StoreError> {
        let found = self
            .0
            .prepare_cached(
                "SELECT id, received_at FROM messages
                WHERE id > ?1 AND id <= ?2 AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT NULL)
                AND NOT EXISTS (
                    SELECT * FROM unkept WHERE conversation = messages.id >> 40
                    AND messages.id BETWEEN (conversation << 40) + after + 1 AND (conversation << 40) + up_to
                )
                ORDER BY id LIMIT 1",
            )?
            .query_row(conversation.ids(after..=up_to), |row| {
                Ok((row_of(row.get(0)?), row.get(1)?))
            })
            .optional()?;
        Ok(found)
    }

    /// When the message in this row was received, if it is there.
    pub fn received_at(
        &self,
        conversation: ConversationId,
        row: Row,
    ) -> Result<Option<Millis>, StoreError> {
        let found = self
            .0
            .prepare_cached("SELECT received_at FROM messages WHERE id = ?1")?
            .query_row([conversation.message(row)], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// The number of messages after this row and before that one.
    pub fn count_between(
        &self,
        conversation: ConversationId,
        after: Row,
        before: Row,
    ) -> Result<u64, StoreError> {
        let ids = conversation.ids(after..=before);
        let count = self
            .0
            .prepare_cached("SELECT count(*) FROM messages WHERE id > ?1 AND id < ?2")?
            .query_row(ids, |row| row.get(0))?;
        Ok(unsigned(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::PublicKey,
        store::samples::{Sample, mina},
    };

    #[test]
    fn texts_end_before_messages_that_are_still_on_their_way() {
        let mut sample = Sample::new();
        let new = PublicKey::from_bytes([2; 32]);
        let (one, two) = (
            sample.conversation(&mina()),
            sample.conversation(&PeerId::Key(new)),
        );
        sample.say(one, &["old 1", "old 2"]);
        sample.say(two, &vec!["new"; 5_000]);
        let PeerId::Key(old) = mina() else {
            panic!("a key")
        };
        sample.store.rekey(&old, &new).expect("kept");
        sample.say(one, &["later"]);
        let mut gaps = 0;
        loop {
            let has_gap = sample.store.has_work();
            let all = sample.read(Snapshot::conversations);
            let [conversation] = &all[..] else {
                panic!("{all:?}")
            };
            assert_eq!(conversation.last, Row::new(5_003));
            let texts = sample.read(|store| store.texts_after(one, Row::ZERO, 10_000, usize::MAX));
            assert_eq!(texts.up_to, conversation.complete_up_to);
            let rows: Vec<_> = texts.rows.iter().map(|(row, _)| row.number()).collect();
            let expected: Vec<_> = (1..=texts.up_to.number()).collect();
            assert_eq!(rows, expected, "without a gap");
            assert_eq!(texts.up_to < Row::new(5_003), has_gap);
            if !has_gap {
                break;
            }
            gaps += 1;
            sample.store.step().expect("kept");
        }
        assert!(gaps >= 2, "{gaps}");
        let ends = sample.read(|store| store.texts_after(one, Row::ZERO, 3, usize::MAX));
        assert_eq!(
            (ends.rows.len(), ends.up_to, ends.more),
            (3, Row::new(3), true)
        );
        let ends = sample.read(|store| store.texts_after(one, Row::new(5_001), 3, usize::MAX));
        assert_eq!(
            (ends.rows.len(), ends.up_to, ends.more),
            (2, Row::new(5_003), false)
        );
    }
}
