//! Messages, and the ids under which they are stored.

use std::{fmt, ops::RangeInclusive};

use super::{
    file::{FileChange, FileInfo, FileState, path_of},
    row::Row,
};
use crate::{identity::StreamId, millis::Millis, text::charset::Charset};

/// The number of a conversation in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub(super) i64);

/// Bits of a message's id that are its row. The conversation stands above them, so the messages of a conversation lie
/// together in the file, in order.
const ROW_BITS: u32 = 40;
/// The highest number of a conversation; the table says so too.
const LAST_CONVERSATION: i64 = (1 << 22) - 1;
/// The highest row that a message's id has room for.
pub(super) const LAST_ROW: Row = Row::new((1 << ROW_BITS) - 1);

impl ConversationId {
    /// Whether a conversation can have this number: one that was read of a damaged file may be any.
    pub(super) fn is_valid(self) -> bool {
        (1..=LAST_CONVERSATION).contains(&self.0)
    }

    /// The id of the message in this row.
    pub(super) fn message(self, row: Row) -> i64 {
        (self.0 << ROW_BITS) | i64::try_from(row.min(LAST_ROW).number()).unwrap_or(0)
    }

    /// The lowest and the highest id that messages in these rows can have.
    pub(super) fn ids(self, rows: RangeInclusive<Row>) -> [i64; 2] {
        [self.message(*rows.start()), self.message(*rows.end())]
    }
}

/// The row in an id made by [`ConversationId::message`].
pub(super) fn row_of(message: i64) -> Row {
    Row::new(u64::try_from(message & ((1 << ROW_BITS) - 1)).unwrap_or(0))
}

impl fmt::Display for ConversationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// From here on a number of missing messages is not shown exactly: the peer says it, and may say any.
pub const MANY_MISSED: u64 = 1_000;

/// What a row of a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The peer said it.
    Theirs,
    /// We said it.
    Mine,
    /// The peer said something that only a later version understands.
    NeedsNewer,
    /// Messages went to another copy of this data, such as a restored backup or a cloned folder; its text is their number,
    /// in digits.
    Missed,
}

/// What became of a message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is not ours.
    Received,
    /// It waits in the outbox, is on its way, or has arrived without our knowing.
    Waiting,
    /// It is on the peer's disk.
    Delivered,
    /// The person recalled it before it was delivered.
    Recalled,
    /// Our system took all of it; plain text has no receipts.
    Sent,
    /// Plain text that was not sent completely, and will not be.
    NotSent,
}

/// What a message of an encrypted conversation is called on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageName {
    /// Whether it is ours.
    pub mine: bool,
    /// The writer's stream.
    pub stream: StreamId,
    /// Its number there.
    pub number: u64,
}

/// What somebody does to a message that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It has this text from now on.
    Edit(String),
    /// Its text is deleted for both sides.
    Delete,
    /// This is the only reaction of who made it; an empty one takes it back.
    React(String),
    /// It is an offer of a file, and this becomes of it.
    File(FileChange),
}

/// What has become of a message since it was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// It can be answered, edited, deleted and reacted to: both sides have a name for it.
    pub is_named: bool,
    /// Its text is not the first one.
    pub is_edited: bool,
    /// Its writer has deleted it for both; it has no text.
    pub is_deleted: bool,
    /// The reactions, if there are any. In a box, as the next one, because few messages have them.
    pub reactions: Option<Box<Reactions>>,
    /// What it answers.
    pub quote: Option<Box<Quote>>,
}

/// The reactions to a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reactions {
    /// Ours.
    pub mine: Option<String>,
    /// The peer's.
    pub theirs: Option<String>,
}

/// What a reply answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Whether that message is ours.
    pub mine: bool,
    /// Its row, and the beginning of its text, which is empty if it was deleted; `None` if it is not here.
    pub source: Option<(Row, String)>,
}

/// A row of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number in its conversation.
    pub row: Row,
    /// What it is.
    pub kind: Kind,
    /// What became of it.
    pub state: State,
    /// When it was written; by the writer's clock.
    pub sent_at: Millis,
    /// When it was stored here, likewise by our clock.
    pub received_at: Millis,
    /// The text.
    pub text: String,
    /// The bytes on the wire, where encoding the text would not give them back.
    pub raw: Option<Vec<u8>>,
    /// The encoding of plain text; UTF-8 where encrypted.
    pub charset: Charset,
    /// What has become of it since.
    pub marks: Marks,
    /// If it is an offer of a file: everything but the name, which is its text.
    pub file: Option<FileInfo>,
}

impl Message {
    /// The columns that [`Self::read`] takes, in order.
    pub(super) const COLUMNS: &str =
        "messages.id, kind, state, sent_at, received_at, text, raw, charset,
        stream IS NOT NULL, EXISTS (SELECT * FROM edits WHERE message = messages.id), deleted,
        (SELECT emoji FROM reactions WHERE message = messages.id AND mine = 1),
        (SELECT emoji FROM reactions WHERE message = messages.id AND mine = 0),
        reply_mine,
        (SELECT source.id FROM messages AS source
            WHERE source.stream = messages.reply_stream AND source.number = messages.reply_number
            AND source.kind = messages.reply_mine AND source.id >> 40 = messages.id >> 40),
        (SELECT substr(source.text, 1, 200) FROM messages AS source
            WHERE source.stream = messages.reply_stream AND source.number = messages.reply_number
            AND source.kind = messages.reply_mine AND source.id >> 40 = messages.id >> 40),
        (SELECT size - manifest FROM files WHERE message = messages.id),
        (SELECT files FROM files WHERE message = messages.id),
        (SELECT path FROM files WHERE message = messages.id),
        (SELECT min(moved, size - manifest) FROM files WHERE message = messages.id),
        (SELECT state FROM files WHERE message = messages.id),
        (SELECT paused FROM files WHERE message = messages.id),
        (SELECT manifest > 0 FROM files WHERE message = messages.id)";

    /// Reads a row of [`Self::COLUMNS`].
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let charset: Option<String> = row.get(7)?;
        Ok(Self {
            row: row_of(row.get(0)?),
            kind: row.get(1)?,
            state: row.get(2)?,
            sent_at: row.get(3)?,
            received_at: row.get(4)?,
            text: row.get(5)?,
            raw: row.get(6)?,
            charset: charset
                .and_then(|label| Charset::for_label(&label))
                .unwrap_or(Charset::UTF_8),
            marks: Marks::read(row)?,
            file: FileInfo::read(row)?,
        })
    }
}

impl FileInfo {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Self>> {
        let Some(state) = row.get(20)? else {
            return Ok(None);
        };
        let files: u32 = row.get(17)?;
        Ok(Some(Self {
            size: u64::try_from(row.get::<_, i64>(16)?).unwrap_or(0),
            files: row.get::<_, bool>(22)?.then_some(files),
            path: row.get::<_, Option<Vec<u8>>>(18)?.map(path_of),
            moved: u64::try_from(row.get::<_, i64>(19)?).unwrap_or(0),
            state: FileState::from_columns(state, row.get(21)?, files)
                .ok_or(rusqlite::Error::IntegralValueOutOfRange(20, state))?,
        }))
    }
}

impl Marks {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let reply: Option<bool> = row.get(13)?;
        let source: Option<i64> = row.get(14)?;
        let text: Option<String> = row.get(15)?;
        Ok(Self {
            is_named: row.get(8)?,
            is_edited: row.get(9)?,
            is_deleted: row.get(10)?,
            reactions: Reactions::of(row.get(11)?, row.get(12)?),
            quote: reply.map(|mine| {
                let source = source.map(row_of).zip(text);
                Box::new(Quote { mine, source })
            }),
        })
    }

    /// Our reaction.
    pub fn mine(&self) -> Option<&str> {
        self.reactions.as_ref()?.mine.as_deref()
    }

    /// The peer's reaction.
    pub fn theirs(&self) -> Option<&str> {
        self.reactions.as_ref()?.theirs.as_deref()
    }
}

impl Reactions {
    /// Ours and the peer's; `None` if there is neither.
    pub fn of(mine: Option<String>, theirs: Option<String>) -> Option<Box<Self>> {
        let is_there = mine.is_some() || theirs.is_some();
        is_there.then(|| Box::new(Self { mine, theirs }))
    }
}
