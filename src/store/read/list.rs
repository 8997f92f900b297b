//! All conversations at a glance.
//!
//! Reads only the newest rows of each, however long it is.

use std::collections::BTreeMap;

use rusqlite::params;

use super::Snapshot;
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        StoreError,
        columns::unsigned,
        message::{ConversationId, Kind, LAST_ROW, State},
        row::Row,
    },
};

/// Maximum number of conversations in the list.
pub const MOST_CONVERSATIONS: usize = 1_000;
/// Unread messages are counted up to this number.
pub const MOST_UNREAD: u64 = 1_000;
/// Maximum length of the newest line, in characters.
const LINE: usize = 120;
/// Maximum number of rows that are searched for the newest line.
const NEWEST_ROWS: u32 = 100;
/// Maximum number of rows that are looked at to count what is unread.
const UNREAD_ROWS: u32 = 5_000;

/// A conversation, in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Who it is with.
    pub peer_id: PeerId,
    /// The first line of the newest message that isn't empty, at most 120 characters of it; nothing if there is no
    /// message.
    pub newest: Option<String>,
    /// Whether that is the name of a file that was offered.
    pub newest_is_file: bool,
    /// The beginning of the unsent text in its composer, if there is one.
    pub draft: Option<String>,
    /// When it was active last.
    pub active_at: Millis,
    /// Number of the peer's messages that have not been read, counted up to [`MOST_UNREAD`].
    pub unread: u64,
    /// Number of our messages that wait to be delivered.
    pub waiting: u64,
    /// About how many messages there are: rows erased from between others count too.
    pub messages: u64,
    /// Whether it is first in the list.
    pub is_pinned: bool,
    /// Whether the desktop is not notified of its messages.
    pub is_muted: bool,
}

impl Snapshot {
    /// All conversations that have messages, or are pinned or muted: the pinned ones first, then the one that was active
    /// last; at most [`MOST_CONVERSATIONS`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn summaries(&self) -> Result<Vec<Summary>, StoreError> {
        let waiting = self.waiting()?;
        let mut statement = self.0.prepare_cached(
            "SELECT id, key, address, active_at, read_up_to, draft, pinned, muted FROM conversations
            ORDER BY pinned DESC, active_at DESC, id DESC",
        )?;
        let mut rows = statement.query([])?;
        let mut summaries = Vec::new();
        while summaries.len() < MOST_CONVERSATIONS
            && let Some(row) = rows.next()?
        {
            let conversation = row.get(0)?;
            let (is_pinned, is_muted) = (row.get(6)?, row.get(7)?);
            let messages = match self.span(conversation)? {
                Some((first, last)) => last.since(first) + 1,
                None if is_pinned || is_muted => 0,
                None => continue,
            };
            let (newest, newest_is_file) = self.newest(conversation)?.unzip();
            summaries.push(Summary {
                peer_id: PeerId::from_columns(row, 1)?,
                newest,
                newest_is_file: newest_is_file.unwrap_or(false),
                draft: draft(row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?),
                active_at: row.get(3)?,
                unread: self.unread(conversation, row.get(4)?)?,
                waiting: waiting.get(&conversation).copied().unwrap_or(0),
                messages,
                is_pinned,
                is_muted,
            });
        }
        Ok(summaries)
    }

    /// Number of messages in all conversations, without those that wait to be delivered.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn kept(&self) -> Result<u64, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM messages) - (SELECT count(message) FROM outbox)";
        let count = self.0.query_row(sql, [], |row| row.get(0))?;
        Ok(unsigned(count))
    }

    /// How many messages wait in each conversation.
    fn waiting(&self) -> Result<BTreeMap<ConversationId, u64>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT conversation, count(message) FROM outbox WHERE skip IN (0, 4) GROUP BY conversation",
        )?;
        let counts = statement.query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
        Ok(counts.collect::<Result<_, _>>()?)
    }

    /// The first line of the newest message, and whether it is a file.
    fn newest(&self, conversation: ConversationId) -> Result<Option<(String, bool)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT kind, state, text, EXISTS (SELECT * FROM files WHERE message = messages.id) FROM messages WHERE id BETWEEN ?1 AND ?2 AND deleted = 0
            ORDER BY id DESC LIMIT ?3",
        )?;
        let [first, last] = conversation.ids(Row::ZERO..=LAST_ROW);
        let mut rows = statement.query(params![first, last, NEWEST_ROWS])?;
        while let Some(row) = rows.next()? {
            let (kind, state): (Kind, State) = (row.get(0)?, row.get(1)?);
            if matches!(kind, Kind::Theirs | Kind::Mine) && state != State::Recalled {
                let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
                return Ok(Some((first_line(text), row.get(3)?)));
            }
        }
        Ok(None)
    }

    /// How many of the peer's messages after this row there are.
    fn unread(&self, conversation: ConversationId, read_up_to: Row) -> Result<u64, StoreError> {
        let [first, last] = conversation.ids(read_up_to..=LAST_ROW);
        let count = self
            .0
            .prepare_cached(
                "SELECT count(*) FROM (
                    SELECT kind FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3
                ) WHERE kind IN (?4, ?5)",
            )?
            .query_row(
                params![first, last, UNREAD_ROWS, Kind::Theirs, Kind::NeedsNewer],
                |row| row.get(0),
            )?;
        Ok(unsigned(count).min(MOST_UNREAD))
    }
}

fn draft(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| first_line(text))
}

/// The first line that isn't empty, cut where it is long.
fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::StreamId,
        store::{
            Content, Deletion, Incoming,
            samples::{Sample, mina},
        },
    };

    #[test]
    fn the_list_shows_the_newest_message_and_leaves_out_empty_conversations() {
        let mut sample = Sample::new();
        let (peer, other) = (mina(), PeerId::Address("10.0.0.1:7".into()));
        let (talked, plain) = (sample.conversation(&peer), sample.conversation(&other));
        sample.conversation(&PeerId::Address("10.0.0.2".into()));
        sample.say(plain, &["  \n 첫 줄\nsecond"]);
        sample.say(talked, &["one", "two"]);
        sample.store.set_read(talked, Row::FIRST).expect("kept");
        let mut batch = sample.store.batch().expect("begun");
        for (missed, content) in [(0, Content::Unknown), (1, Content::Skip)] {
            let item = Incoming {
                stream: StreamId::from_bytes([7; 16]),
                number: missed + 1,
                missed,
                sent_at: Millis::new(1),
                content,
            };
            batch.receive(talked, &item, Millis::new(50)).expect("kept");
        }
        for text in ["mine", "recalled"] {
            batch
                .write(talked, text, StreamId::from_bytes([1; 16]), Millis::new(60))
                .expect("kept");
        }
        batch.commit().expect("kept");
        assert!(sample.store.recall(talked, Row::new(6)).expect("kept"));

        let list = sample.read(Snapshot::summaries);
        assert_eq!(
            list,
            [
                Summary {
                    peer_id: peer,
                    draft: None,
                    newest: Some("mine".to_owned()),
                    newest_is_file: false,
                    active_at: Millis::new(60),
                    unread: 2,
                    waiting: 1,
                    messages: 6,
                    is_pinned: false,
                    is_muted: false,
                },
                Summary {
                    peer_id: other,
                    draft: None,
                    newest: Some("첫 줄".to_owned()),
                    newest_is_file: false,
                    active_at: Millis::new(1),
                    unread: 1,
                    waiting: 0,
                    messages: 1,
                    is_pinned: false,
                    is_muted: false,
                },
            ]
        );
        Deletion::up_to(plain, Row::FIRST).run(&mut sample.store);
        let list = sample.read(Snapshot::summaries);
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn pinned_conversations_come_first_and_stay_when_they_are_empty() {
        let mut sample = Sample::new();
        let (peer, other) = (mina(), PeerId::Address("10.0.0.1:7".into()));
        let (talked, plain) = (sample.conversation(&peer), sample.conversation(&other));
        sample.say(talked, &["one"]);
        assert_eq!(sample.read(Snapshot::summaries).len(), 1);
        sample.store.set_pinned(plain, true).expect("kept");
        sample.store.set_muted(talked, true).expect("kept");
        let list = sample.read(Snapshot::summaries);
        let marks = list
            .iter()
            .map(|one| (&one.peer_id, one.is_pinned, one.is_muted, one.messages));
        assert_eq!(
            marks.collect::<Vec<_>>(),
            [(&other, true, false, 0), (&peer, false, true, 1)]
        );
        sample.store.set_pinned(plain, false).expect("kept");
        assert_eq!(sample.read(Snapshot::summaries).len(), 1);
    }

    #[test]
    fn a_line_is_cut_between_characters() {
        assert_eq!(first_line(&"가".repeat(1_000)), "가".repeat(LINE));
        assert_eq!(first_line("\n \n"), "");
    }
}
