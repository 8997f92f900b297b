//! New messages: each gets the next row of its conversation.

use rusqlite::params;

use super::{batch::Batch, conversation::last_row, taken, unkept::begin_range};
use crate::{
    identity::StreamId,
    millis::Millis,
    store::{
        StoreError,
        columns::signed,
        message::{ConversationId, Kind, LAST_ROW, MessageName, State},
        row::Row,
    },
    text::charset::Charset,
};

/// A message, before it has a row.
pub(super) struct NewMessage<'a> {
    pub kind: Kind,
    pub state: State,
    pub sent_at: Millis,
    pub received_at: Millis,
    pub text: &'a str,
    /// In plain text: the encoding.
    pub charset: Option<Charset>,
    /// The bytes, where encoding the text would not give them back.
    pub raw: Option<&'a [u8]>,
    /// In an encrypted conversation: its stream, and its number there.
    pub name: Option<(StreamId, u64)>,
    /// The message that it answers.
    pub reply_to: Option<MessageName>,
}

impl Batch<'_> {
    /// Gives a message its row.
    pub(super) fn insert(
        &mut self,
        conversation: ConversationId,
        message: &NewMessage<'_>,
    ) -> Result<Row, StoreError> {
        let last = match self.rows.get(&conversation) {
            Some((row, _)) => *row,
            None if self.keeps => last_row(&self.transaction, conversation)?,
            None => begin_range(&self.transaction, conversation)?,
        };
        if last >= LAST_ROW {
            return Err(StoreError::Damaged);
        }
        let row = last.next();
        self.transaction
            .prepare_cached(
                "INSERT INTO messages (id, kind, state, sent_at, received_at, text, raw, charset,
                    stream, number, reply_mine, reply_stream, reply_number)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                conversation.message(row),
                message.kind,
                message.state,
                message.sent_at,
                message.received_at,
                message.text,
                message.raw,
                message.charset.map(Charset::name),
                message.name.map(|(stream, _)| stream),
                message.name.map(|(_, number)| signed(number)),
                message.reply_to.map(|name| name.mine),
                message.reply_to.map(|name| name.stream),
                message.reply_to.map(|name| signed(name.number)),
            ])?;
        if message.kind != Kind::Mine {
            let raw = message.raw.map_or(0, <[u8]>::len);
            self.take(conversation, message.text.len() + raw, message.received_at);
        }
        self.rows.insert(conversation, (row, message.received_at));
        Ok(row)
    }

    /// Counts something of the peer's with a text of this many bytes.
    pub(super) fn take(&mut self, conversation: ConversationId, text: usize, now: Millis) {
        let (bytes, at) = self.taken.entry(conversation).or_insert((0, now));
        *bytes += (taken::MESSAGE + text) as u64;
        *at = now;
    }
}

impl<'a> NewMessage<'a> {
    /// A message without an encoding, written and received at this time.
    pub fn at(now: Millis, kind: Kind, state: State, text: &'a str) -> Self {
        Self {
            kind,
            state,
            sent_at: now,
            received_at: now,
            text,
            charset: None,
            raw: None,
            name: None,
            reply_to: None,
        }
    }
}
