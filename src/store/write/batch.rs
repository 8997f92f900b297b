//! What one turn of the worker keeps: all of it in one commit, or nothing.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{
    conversation::{find_or_create, last_row},
    incoming::{Content, Incoming, ReceivedRows},
    new_message::{NewMessage, Written},
    our_streams::OurStreams,
    received, taken,
    unkept::begin_range,
};
use crate::{
    identity::{PeerId, StreamId},
    millis::Millis,
    store::{
        Notifier, Rewritten, Store, StoreError,
        columns::signed,
        message::{ConversationId, Kind, LAST_ROW, MessageName, State, row_of},
        row::Row,
    },
    text::charset::{Charset, Decoded},
};

/// What one turn of the worker keeps. Nothing of it has happened before [`Batch::commit`].
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) streams: OurStreams<'a>,
    /// The row given last, and when.
    rows: BTreeMap<ConversationId, (Row, Millis)>,
    /// The number up to which each of the peer's streams was received, and when.
    received: BTreeMap<(ConversationId, StreamId), (u64, Millis)>,
    /// How many bytes were received from each peer.
    taken: BTreeMap<ConversationId, (u64, Millis)>,
    /// How many offers of each peer wait for an answer, as far as that was counted.
    pub(super) offers: BTreeMap<ConversationId, u32>,
    /// How many changes of ours wait for each peer, as far as that was counted.
    pub(super) changes: BTreeMap<ConversationId, u32>,
    waiting: &'a mut u64,
    /// See [`Store::set_keeping`].
    keeps: bool,
    /// What this batch adds to the number of messages that wait.
    pub(super) more_waiting: i64,
    notifier: &'a Notifier,
    /// The texts that this batch edits or deletes.
    pub(super) rewritten: Vec<Rewritten>,
    /// See [`Store::has_work`].
    has_work: &'a mut bool,
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
            streams: OurStreams::new(&mut self.streams),
            rows: BTreeMap::new(),
            received: BTreeMap::new(),
            taken: BTreeMap::new(),
            offers: BTreeMap::new(),
            changes: BTreeMap::new(),
            waiting: &mut self.waiting,
            keeps: self.keeps,
            more_waiting: 0,
            notifier: &self.notifier,
            rewritten: Vec::new(),
            has_work: &mut self.has_work,
        })
    }
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Batch<'_> {
    /// The conversation with this peer; it is created if there is none.
    pub fn conversation(
        &mut self,
        peer_id: &PeerId,
        now: Millis,
    ) -> Result<ConversationId, StoreError> {
        Ok(find_or_create(&self.transaction, peer_id, now)?)
    }

    /// Puts a message of ours into the outbox. The first one to a peer since the start of the program begins `new_stream`.
    pub fn write(
        &mut self,
        conversation: ConversationId,
        text: &str,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<Written, StoreError> {
        self.write_reply(conversation, text, None, new_stream, now)
    }

    /// The same; the message answers the one in this row. Where that has no name on the wire, it answers nothing.
    pub fn write_reply(
        &mut self,
        conversation: ConversationId,
        text: &str,
        reply_to: Option<Row>,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<Written, StoreError> {
        let reply_to = match reply_to {
            Some(row) => self.name_of(conversation, row)?,
            None => None,
        };
        self.write_message(conversation, text, reply_to, new_stream, now)
    }

    /// Puts a message of ours into the outbox.
    pub(super) fn write_message(
        &mut self,
        conversation: ConversationId,
        text: &str,
        reply_to: Option<MessageName>,
        new_stream: StreamId,
        now: Millis,
    ) -> Result<Written, StoreError> {
        let (pos, stream) = self
            .streams
            .next_pos(&self.transaction, conversation, new_stream)?;
        let message = NewMessage {
            name: Some((stream, pos.number)),
            reply_to,
            ..NewMessage::at(now, Kind::Mine, State::Waiting, text)
        };
        let row = self.insert(conversation, &message)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO outbox (conversation, stream, number, message) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                conversation,
                pos.stream,
                signed(pos.number),
                conversation.message(row)
            ])?;
        self.more_waiting += 1;
        Ok(Written {
            row,
            pos,
            stream,
            reply_to,
        })
    }

    /// Keeps an item of the peer's, and that everything up to it was received.
    pub fn receive(
        &mut self,
        conversation: ConversationId,
        item: &Incoming<'_>,
        now: Millis,
    ) -> Result<ReceivedRows, StoreError> {
        let missed = if item.missed > 0 {
            let text = item.missed.to_string();
            let message = NewMessage::at(now, Kind::Missed, State::Received, &text);
            Some(self.insert(conversation, &message)?)
        } else {
            None
        };
        let message = match item.content {
            Content::Text(text) => Some((Kind::Theirs, text, None)),
            Content::Reply(reply_to, text) => Some((Kind::Theirs, text, Some(reply_to))),
            Content::Offer(name, _) if self.has_room_for_offer(conversation)? => {
                Some((Kind::Theirs, name, None))
            }
            Content::Unknown => Some((Kind::NeedsNewer, "", None)),
            Content::Offer(..) | Content::Change(..) | Content::Skip => None,
        };
        let row = match message {
            Some((kind, text, reply_to)) => {
                let message = NewMessage {
                    sent_at: item.sent_at,
                    name: Some((item.stream, item.number)),
                    reply_to,
                    ..NewMessage::at(now, kind, State::Received, text)
                };
                Some(self.insert(conversation, &message)?)
            }
            None => None,
        };
        let mut counting = None;
        let changed = match item.content {
            Content::Change(name, change) => {
                self.take(conversation, change.text().len(), now);
                self.receive_change(conversation, name, change, item.sent_at)?
            }
            Content::Offer(_, offer) => {
                if let Some(row) = row {
                    self.insert_offer(conversation, row, &offer)?;
                    None
                } else {
                    let (row, is_new) = self.count_offer(conversation, now)?;
                    counting = is_new.then_some(row);
                    (!is_new).then_some(row)
                }
            }
            _ => None,
        };
        self.received
            .insert((conversation, item.stream), (item.number, now));
        Ok(ReceivedRows {
            item: row.or(counting),
            missed,
            changed,
            too_many: counting.is_some(),
            no_room: matches!(item.content, Content::Offer(..)) && row.is_none(),
        })
    }

    /// The peer has everything of this stream of ours up to `up_to` on its disk. Returns the rows for which that is new, and
    /// what became of each: [`State::Delivered`] or [`State::Recalled`].
    pub fn acknowledge(
        &mut self,
        conversation: ConversationId,
        stream: StreamId,
        up_to: u64,
    ) -> Result<Vec<(Row, State)>, StoreError> {
        let Some(stream) = self.stream(conversation, stream)? else {
            return Ok(Vec::new());
        };
        let settled: Vec<(Option<i64>, i64)> = self
            .transaction
            .prepare_cached(
                "SELECT message, skip FROM outbox
                WHERE conversation = ?1 AND stream = ?2 AND number BETWEEN 1 AND ?3 ORDER BY number",
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
                "DELETE FROM outbox
                WHERE conversation = ?1 AND stream = ?2 AND number BETWEEN 1 AND ?3",
            )?
            .execute(params![conversation, stream, signed(up_to)])?;
        let mut rows = Vec::with_capacity(settled.len());
        for (message, skip) in settled {
            let Some(message) = message else { continue };
            if skip == 0 {
                self.more_waiting -= 1;
            }
            let state = match skip {
                2 => State::Recalled,
                _ => State::Delivered,
            };
            self.set_state_of(message, state)?;
            rows.push((row_of(message), state));
        }
        Ok(rows)
    }

    /// Keeps a message of ours in plain text. It counts as not sent until [`Self::set_state`] says otherwise.
    pub fn write_plain(
        &mut self,
        conversation: ConversationId,
        text: &str,
        charset: Charset,
        now: Millis,
    ) -> Result<Row, StoreError> {
        let message = NewMessage {
            charset: Some(charset),
            ..NewMessage::at(now, Kind::Mine, State::NotSent, text)
        };
        self.insert(conversation, &message)
    }

    /// Keeps a plain-text message of the peer's.
    pub fn receive_plain(
        &mut self,
        conversation: ConversationId,
        decoded: &Decoded,
        now: Millis,
    ) -> Result<Row, StoreError> {
        let message = NewMessage {
            charset: Some(decoded.charset),
            raw: decoded.raw.as_deref(),
            ..NewMessage::at(now, Kind::Theirs, State::Received, &decoded.text)
        };
        self.insert(conversation, &message)
    }

    /// Sets what became of a message of ours.
    pub fn set_state(
        &mut self,
        conversation: ConversationId,
        row: Row,
        state: State,
    ) -> Result<(), StoreError> {
        self.set_state_of(conversation.message(row), state)
    }

    /// Commits everything. When this returns, it is on the disk.
    pub fn commit(self) -> Result<(), StoreError> {
        self.commit_counting().map(drop)
    }

    /// The same. Returns how much the peers that have sent something have sent within a day, in bytes; see [`Store::taken`].
    pub fn commit_counting(self) -> Result<Vec<u64>, StoreError> {
        let mut taken = Vec::new();
        for (conversation, (row, now)) in &self.rows {
            self.transaction
                .prepare_cached("UPDATE conversations SET last = ?2, active_at = ?3 WHERE id = ?1")?
                .execute(params![conversation, row, now])?;
        }
        for (conversation, (bytes, now)) in &self.taken {
            taken.push(taken::add(&self.transaction, *conversation, *bytes, *now)?);
        }
        self.streams.write(&self.transaction)?;
        let mut grown = None;
        for ((conversation, stream), (up_to, now)) in &self.received {
            if received::record(&self.transaction, *conversation, *stream, *up_to, *now)? {
                grown = Some(*conversation);
            }
        }
        if let Some(conversation) = grown {
            received::forget_oldest(&self.transaction, conversation)?;
        }
        let is_deleted = |one: &Rewritten| one.after.is_empty();
        // It is still in the log.
        *self.has_work |= self.rewritten.iter().any(is_deleted);
        let transaction = self.transaction;
        self.notifier
            .commit(self.rewritten, || transaction.commit())?;
        self.streams.handle_commit();
        *self.waiting = self.waiting.saturating_add_signed(self.more_waiting);
        self.notifier.changed();
        Ok(taken)
    }

    pub(super) fn set_state_of(&self, message: i64, state: State) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE messages SET state = ?2 WHERE id = ?1")?
            .execute(params![message, state])?;
        Ok(())
    }

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
        message.insert(&self.transaction, conversation, row)?;
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

    /// The number of this stream of ours in the store.
    fn stream(
        &self,
        conversation: ConversationId,
        stream: StreamId,
    ) -> Result<Option<i64>, StoreError> {
        let found = self
            .transaction
            .prepare_cached("SELECT id FROM streams WHERE epoch = ?2 AND conversation = ?1")?
            .query_row(params![conversation, stream], |row| row.get(0))
            .optional()?;
        Ok(found)
    }
}
