//! What one turn of the worker keeps: all of it in one commit, or nothing.

use crate::{
    identity::{Party, StreamId},
    text::charset::{Charset, Decoded},
};
use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::conversation::find_or_create;
use crate::store::{
    Notifier, Store, StoreError,
    columns::{signed, unsigned},
    message::{ConversationId, Kind, LAST_ROW, State, row_of},
};

/// Where a message of ours stands in its stream, and in its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its row.
    pub row: u64,
    /// Its place among all that waits.
    pub place: Place,
    /// Its stream.
    pub epoch: StreamId,
}

/// A place in the outbox of a conversation: what was written later has a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    pub(in crate::store) stream: i64,
    /// Counts from 1 in its stream.
    pub number: u64,
}

/// What an item is that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A message.
    Text(&'a str),
    /// Nothing: its sender has taken it back.
    Skip,
    /// Something of a later version.
    Unknown,
}

/// What one turn of the worker keeps. Dropped without [`Batch::commit`], nothing of it has happened.
#[derive(Debug)]
pub struct Batch<'a> {
    transaction: Transaction<'a>,
    /// Of this start of the program, by conversation.
    streams: &'a mut BTreeMap<ConversationId, i64>,
    new_streams: BTreeMap<ConversationId, i64>,
    /// The row given last, and when.
    rows: BTreeMap<ConversationId, (u64, i64)>,
    /// The number given last.
    numbers: BTreeMap<i64, (u64, StreamId)>,
    received: BTreeMap<(ConversationId, StreamId), u64>,
    waiting: &'a mut u64,
    notifier: &'a Notifier,
    /// So many more wait, or fewer.
    more_waiting: i64,
}

impl Store {
    /// Begins a batch.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn batch(&mut self) -> Result<Batch<'_>, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Batch {
            transaction,
            streams: &mut self.streams,
            new_streams: BTreeMap::new(),
            rows: BTreeMap::new(),
            numbers: BTreeMap::new(),
            received: BTreeMap::new(),
            waiting: &mut self.waiting,
            notifier: &self.notifier,
            more_waiting: 0,
        })
    }
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Batch<'_> {
    /// The conversation with this party; it is created if there is none. `now_ms` is in milliseconds since 1970 (UTC),
    /// here and below.
    pub fn conversation(
        &mut self,
        party: &Party,
        now_ms: i64,
    ) -> Result<ConversationId, StoreError> {
        Ok(find_or_create(&self.transaction, party, now_ms)?)
    }

    /// Puts a message of ours into the outbox. `epoch` is used if this is the first one to this peer since
    /// the program was started.
    pub fn write(
        &mut self,
        conversation: ConversationId,
        text: &str,
        epoch: StreamId,
        now_ms: i64,
    ) -> Result<Written, StoreError> {
        let (stream, epoch, number) = self.next_number(conversation, epoch)?;
        let row = self.insert(
            conversation,
            (Kind::Mine, State::Waiting),
            (now_ms, now_ms),
            text,
            None,
        )?;
        self.transaction
            .prepare_cached(
                "INSERT INTO outbox (conversation, stream, number, message) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                conversation,
                stream,
                signed(number),
                conversation.message(row)
            ])?;
        self.more_waiting += 1;
        let place = Place { stream, number };
        Ok(Written { row, place, epoch })
    }

    /// Keeps an item of the peer, and that everything up to it was received. So many before it are `missed`
    /// for good. Returns the row of the item, if it has one, and that of the missed ones, if any are.
    pub fn receive(
        &mut self,
        conversation: ConversationId,
        (epoch, number): (StreamId, u64),
        missed: u64,
        item: Incoming<'_>,
        (sent_at, now_ms): (i64, i64),
    ) -> Result<(Option<u64>, Option<u64>), StoreError> {
        let gap = if missed > 0 {
            let kind = (Kind::Missed, State::Received);
            let text = missed.to_string();
            Some(self.insert(conversation, kind, (now_ms, now_ms), &text, None)?)
        } else {
            None
        };
        let kind = match item {
            Incoming::Text(_) => Some(Kind::Theirs),
            Incoming::Unknown => Some(Kind::NeedsNewer),
            Incoming::Skip => None,
        };
        let text = match item {
            Incoming::Text(text) => text,
            Incoming::Skip | Incoming::Unknown => "",
        };
        let row = match kind {
            Some(kind) => Some(self.insert(
                conversation,
                (kind, State::Received),
                (sent_at, now_ms),
                text,
                None,
            )?),
            None => None,
        };
        self.received.insert((conversation, epoch), number);
        Ok((row, gap))
    }

    /// The peer has everything of this stream of ours up to `up_to` on its disk. Returns the rows that this
    /// is news of, and what became of each: [`State::Delivered`], or [`State::Cancelled`].
    pub fn acknowledge(
        &mut self,
        conversation: ConversationId,
        epoch: StreamId,
        up_to: u64,
    ) -> Result<Vec<(u64, State)>, StoreError> {
        let Some(stream) = self.stream(conversation, epoch)? else {
            return Ok(Vec::new());
        };
        let settled: Vec<(i64, i64)> = self
            .transaction
            .prepare_cached(
                "SELECT message, skip FROM outbox
                WHERE conversation = ?1 AND stream = ?2 AND number <= ?3 ORDER BY number",
            )?
            .query_map(params![conversation, stream, signed(up_to)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        if settled.is_empty() {
            return Ok(Vec::new());
        }
        self.transaction
            .prepare_cached(
                "DELETE FROM outbox WHERE conversation = ?1 AND stream = ?2 AND number <= ?3",
            )?
            .execute(params![conversation, stream, signed(up_to)])?;
        let mut rows = Vec::with_capacity(settled.len());
        for (message, skip) in settled {
            if skip == 0 {
                self.more_waiting -= 1;
            }
            let state = match skip {
                2 => State::Cancelled,
                _ => State::Delivered,
            };
            self.set_state_of(message, state)?;
            rows.push((row_of(message), state));
        }
        Ok(rows)
    }

    /// Keeps a message of ours in plain text. Until [`Self::set_state`] says otherwise it was not sent.
    pub fn write_plain(
        &mut self,
        conversation: ConversationId,
        text: &str,
        charset: Charset,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let kind = (Kind::Mine, State::NotSent);
        self.insert(
            conversation,
            kind,
            (now_ms, now_ms),
            text,
            Some((charset, None)),
        )
    }

    /// Keeps what a peer said in plain text.
    pub fn receive_plain(
        &mut self,
        conversation: ConversationId,
        decoded: &Decoded,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let kind = (Kind::Theirs, State::Received);
        let wire = Some((decoded.charset, decoded.raw.as_deref()));
        self.insert(conversation, kind, (now_ms, now_ms), &decoded.text, wire)
    }

    /// What became of a message of ours.
    pub fn set_state(
        &mut self,
        conversation: ConversationId,
        row: u64,
        state: State,
    ) -> Result<(), StoreError> {
        self.set_state_of(conversation.message(row), state)
    }

    /// Makes all of it last. When this returns, it is on the disk.
    pub fn commit(self) -> Result<(), StoreError> {
        for (conversation, (row, now_ms)) in &self.rows {
            self.transaction
                .prepare_cached("UPDATE conversations SET last = ?2, active_at = ?3 WHERE id = ?1")?
                .execute(params![conversation, signed(*row), now_ms])?;
        }
        for (stream, (number, _)) in &self.numbers {
            self.transaction
                .prepare_cached("UPDATE streams SET last = ?2 WHERE id = ?1")?
                .execute(params![stream, signed(*number)])?;
        }
        for ((conversation, epoch), up_to) in &self.received {
            self.transaction
                .prepare_cached(
                    "INSERT INTO received (conversation, epoch, up_to) VALUES (?1, ?2, ?3)
                    ON CONFLICT (conversation, epoch) DO UPDATE SET up_to = excluded.up_to",
                )?
                .execute(params![conversation, epoch, signed(*up_to)])?;
        }
        self.transaction.commit()?;
        self.streams.extend(self.new_streams);
        *self.waiting = self.waiting.saturating_add_signed(self.more_waiting);
        self.notifier.changed();
        Ok(())
    }

    fn set_state_of(&self, message: i64, state: State) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE messages SET state = ?2 WHERE id = ?1")?
            .execute(params![message, state])?;
        Ok(())
    }

    fn insert(
        &mut self,
        conversation: ConversationId,
        (kind, state): (Kind, State),
        (sent_at, now_ms): (i64, i64),
        text: &str,
        wire: Option<(Charset, Option<&[u8]>)>,
    ) -> Result<u64, StoreError> {
        let last = match self.rows.get(&conversation) {
            Some((row, _)) => *row,
            None => unsigned(
                self.transaction
                    .prepare_cached("SELECT last FROM conversations WHERE id = ?1")?
                    .query_row([conversation], |row| row.get(0))?,
            ),
        };
        if last >= LAST_ROW {
            return Err(StoreError::Damaged);
        }
        let row = last + 1;
        let (charset, raw) =
            wire.map_or((None, None), |(charset, raw)| (Some(charset.name()), raw));
        self.transaction
            .prepare_cached(
                "INSERT INTO messages (id, kind, state, sent_at, received_at, text, raw, charset)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                conversation.message(row),
                kind,
                state,
                sent_at,
                now_ms,
                text,
                raw,
                charset
            ])?;
        self.rows.insert(conversation, (row, now_ms));
        Ok(row)
    }

    /// The stream of this start of the program to this peer, and the next number in it.
    fn next_number(
        &mut self,
        conversation: ConversationId,
        epoch: StreamId,
    ) -> Result<(i64, StreamId, u64), StoreError> {
        let known = self
            .new_streams
            .get(&conversation)
            .or_else(|| self.streams.get(&conversation));
        let stream = if let Some(stream) = known {
            *stream
        } else {
            self.transaction.execute(
                "INSERT INTO streams (conversation, epoch, last) VALUES (?1, ?2, 0)",
                params![conversation, epoch],
            )?;
            let stream = self.transaction.last_insert_rowid();
            self.new_streams.insert(conversation, stream);
            stream
        };
        let (last, epoch) = match self.numbers.get(&stream) {
            Some(known) => *known,
            None => self
                .transaction
                .prepare_cached("SELECT last, epoch FROM streams WHERE id = ?1")?
                .query_row([stream], |row| Ok((unsigned(row.get(0)?), row.get(1)?)))?,
        };
        let number = last + 1;
        self.numbers.insert(stream, (number, epoch));
        Ok((stream, epoch, number))
    }

    fn stream(
        &self,
        conversation: ConversationId,
        epoch: StreamId,
    ) -> Result<Option<i64>, StoreError> {
        let found = self
            .transaction
            .prepare_cached("SELECT id FROM streams WHERE epoch = ?2 AND conversation = ?1")?
            .query_row(params![conversation, epoch], |row| row.get(0))
            .optional()?;
        Ok(found)
    }
}
