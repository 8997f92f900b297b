//! A message that is new in the store.

use rusqlite::{Transaction, params};

use super::our_streams::OutboxPos;
use crate::{
    identity::StreamId,
    millis::Millis,
    store::{
        columns::signed,
        message::{ConversationId, Kind, MessageName, State},
        row::Row,
    },
    text::charset::Charset,
};

/// Where a message of ours was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its row.
    pub row: Row,
    /// Its position in the outbox.
    pub pos: OutboxPos,
    /// Its stream.
    pub stream: StreamId,
    /// The message that it answers.
    pub reply_to: Option<MessageName>,
}

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

    /// Stores it in this row.
    pub fn insert(
        &self,
        transaction: &Transaction<'_>,
        conversation: ConversationId,
        row: Row,
    ) -> rusqlite::Result<()> {
        transaction
            .prepare_cached(
                "INSERT INTO messages (id, kind, state, sent_at, received_at, text, raw, charset,
                    stream, number, reply_mine, reply_stream, reply_number)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                conversation.message(row),
                self.kind,
                self.state,
                self.sent_at,
                self.received_at,
                self.text,
                self.raw,
                self.charset.map(Charset::name),
                self.name.map(|(stream, _)| stream),
                self.name.map(|(_, number)| signed(number)),
                self.reply_to.map(|name| name.mine),
                self.reply_to.map(|name| name.stream),
                self.reply_to.map(|name| signed(name.number)),
            ])?;
        Ok(())
    }
}
