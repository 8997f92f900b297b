//! The commands and events that carry messages, with message ids, rows and times as plain numbers. Tests and benches
//! build and read them here only, so that a change of those types changes this file.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::time::SystemTime;

use duologue::{
    identity::PublicKey,
    net::{
        Command, Event, MessageId,
        charset::{Charset, Decoded},
        plain::LineEnd,
    },
    store::{Kind, Message, Party, State},
};

/// A row of the store.
pub fn row(number: u64) -> u64 {
    number
}

/// The number of a row of the store.
pub fn row_number(row: u64) -> u64 {
    row
}

/// A time or a length of time in milliseconds.
pub fn millis(number: i64) -> i64 {
    number
}

/// Sends a message to the peer of the current conversation.
pub fn send(id: u64, text: &str, charset: Charset) -> Command {
    Command::Send {
        id: MessageId(id),
        text: text.to_owned(),
        charset,
    }
}

/// Sends a message to the holder of this key, now or when it is there.
pub fn write(id: u64, to: PublicKey, text: &str) -> Command {
    Command::Write {
        id: MessageId(id),
        to,
        text: text.to_owned(),
    }
}

/// Takes back a message to the holder of this key.
pub fn take_back(to: PublicKey, row: u64) -> Command {
    Command::TakeBack { to, row }
}

/// Marks a conversation as read up to this row.
pub fn set_read(party: Party, row: u64) -> Command {
    Command::SetRead(party, row)
}

/// A message that a command sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub id: u64,
    /// The key, for a message that can wait for its peer.
    pub to: Option<PublicKey>,
    pub text: String,
    pub charset: Charset,
}

/// The message that this command sends.
pub fn outgoing(command: &Command) -> Option<Outgoing> {
    match command {
        Command::Send { id, text, charset } => Some(Outgoing {
            id: id.0,
            to: None,
            text: text.clone(),
            charset: *charset,
        }),
        Command::Write { id, to, text } => Some(Outgoing {
            id: id.0,
            to: Some(*to),
            text: text.clone(),
            charset: Charset::UTF_8,
        }),
        _ => None,
    }
}

/// A message received from an encrypted peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub text: String,
    /// In milliseconds since 1970.
    pub sent_at: i64,
    pub row: u64,
}

/// A message received from an encrypted peer.
pub fn text(event: &Event) -> Option<Received> {
    match event {
        Event::Text {
            text, sent_at, row, ..
        } => Some(Received {
            text: text.clone(),
            sent_at: *sent_at,
            row: *row,
        }),
        _ => None,
    }
}

/// Whether a message was received, encrypted or in plain text. Copies nothing.
pub fn is_received(event: &Event) -> bool {
    matches!(event, Event::Text { .. } | Event::Message { .. })
}

/// A message received in plain text, and its line end.
pub fn plain_text(event: &Event) -> Option<(Decoded, LineEnd)> {
    match event {
        Event::Message { decoded, end, .. } => Some((decoded.clone(), *end)),
        _ => None,
    }
}

/// How many messages went to another copy of the data, and the row that says so.
pub fn missed(event: &Event) -> Option<(u64, u64)> {
    match event {
        Event::Missed { count, row } => Some((*count, *row)),
        _ => None,
    }
}

/// Whether a message was received that only a later version understands.
pub fn needs_newer(event: &Event) -> bool {
    matches!(event, Event::NeedsNewer { .. })
}

/// The id of a message that was stored, and its row.
pub fn stored(event: &Event) -> Option<(u64, u64)> {
    match event {
        Event::Stored { id, row, .. } => Some((id.0, *row)),
        _ => None,
    }
}

/// The id of a message that was sent.
pub fn sent(event: &Event) -> Option<u64> {
    match event {
        Event::Sent(id) => Some(id.0),
        _ => None,
    }
}

/// The id of a message that will not be sent.
pub fn not_sent(event: &Event) -> Option<u64> {
    match event {
        Event::NotSent(id) => Some(id.0),
        _ => None,
    }
}

/// The rows of messages that were delivered or taken back, with their new states.
pub fn settled(event: &Event) -> Option<Vec<(u64, State)>> {
    match event {
        Event::Settled { rows, .. } => Some(rows.to_vec()),
        _ => None,
    }
}

/// Whether the message in this row has got this state.
pub fn is_settled(event: &Event, row: u64, state: State) -> bool {
    settled(event).is_some_and(|rows| rows.contains(&(row, state)))
}

/// An encrypted peer has sent a message.
pub fn text_event(text: &str, sent_at: i64, row: u64) -> Event {
    Event::Text {
        text: text.to_owned(),
        sent_at,
        at: SystemTime::UNIX_EPOCH,
        row,
    }
}

/// A peer has sent a message in plain text; it has no row.
pub fn plain_event(decoded: Decoded, at: SystemTime) -> Event {
    Event::Message {
        decoded,
        end: LineEnd::Lf,
        at,
        row: None,
    }
}

/// This many messages went to another copy of the data.
pub fn missed_event(count: u64, row: u64) -> Event {
    Event::Missed { count, row }
}

/// A peer has sent a message that only a later version understands.
pub fn needs_newer_event(row: u64) -> Event {
    Event::NeedsNewer { row }
}

/// A message was stored.
pub fn stored_event(party: Party, id: u64, row: u64) -> Event {
    let id = MessageId(id);
    Event::Stored { id, party, row }
}

/// A message was sent.
pub fn sent_event(id: u64) -> Event {
    Event::Sent(MessageId(id))
}

/// A message will not be sent.
pub fn not_sent_event(id: u64) -> Event {
    Event::NotSent(MessageId(id))
}

/// A message was delivered or taken back.
pub fn settled_event(party: Party, row: u64, state: State) -> Event {
    let rows = [(row, state)].into();
    Event::Settled { party, rows }
}

/// A message of the peer as the store keeps it, with when it was sent and received in milliseconds since 1970.
pub fn theirs(row: u64, (sent_at, received_at): (i64, i64), text: &str) -> Message {
    Message {
        row,
        kind: Kind::Theirs,
        state: State::Received,
        sent_at,
        received_at,
        text: text.to_owned(),
        raw: None,
        charset: Charset::UTF_8,
    }
}

/// A message of ours as the store keeps it.
pub fn mine(row: u64, state: State, text: &str) -> Message {
    Message {
        kind: Kind::Mine,
        state,
        ..theirs(row, (0, 0), text)
    }
}
