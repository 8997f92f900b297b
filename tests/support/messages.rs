//! The commands and events that carry messages, with message ids, rows and times as plain numbers. Tests and benches
//! build and read them here only, so that a change of those types changes this file.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::{
    net::{IpAddr, SocketAddr},
    time::SystemTime,
};

use duologue::{
    identity::{PeerId, PublicKey},
    millis::Millis,
    net::{Command, Event, JoinRequest, MessageId, Origin, Payload, RequestId},
    store::{Kind, Lookup, Marks, Message, Row, State},
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};

/// A row of the store.
pub fn row(number: u64) -> Row {
    Row::new(number)
}

/// The number of a row of the store.
pub fn row_number(row: Row) -> u64 {
    row.number()
}

/// A time in milliseconds since 1970.
pub fn millis(number: i64) -> Millis {
    Millis::new(number)
}

/// Who somebody is, as far as an event tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Anybody: plain text proves nothing.
    Plain {
        /// The key last met encrypted at this address.
        encrypted_before: Option<PublicKey>,
    },
    /// The holder of this key.
    Key(PublicKey),
}

impl Who {
    fn of(peer_id: &PeerId, encrypted_before: Option<PublicKey>) -> Self {
        match peer_id {
            PeerId::Key(key) => {
                assert_eq!(encrypted_before, None, "it is encrypted now");
                Self::Key(*key)
            }
            PeerId::Address(_) => Self::Plain { encrypted_before },
        }
    }

    fn into_peer_id(self, address: String) -> (PeerId, Option<PublicKey>) {
        match self {
            Self::Key(key) => (PeerId::Key(key), None),
            Self::Plain { encrypted_before } => (PeerId::Address(address.into()), encrypted_before),
        }
    }
}

/// Sends a message to whomever.
pub fn send(id: u64, to: PeerId, text: &str, charset: Charset) -> Command {
    Command::Send {
        id: MessageId(id),
        to,
        text: text.to_owned(),
        charset,
    }
}

/// Sends a message to the holder of this key, now or when it is there.
pub fn write(id: u64, to: PublicKey, text: &str) -> Command {
    send(id, PeerId::Key(to), text, Charset::UTF_8)
}

/// Recalls a message to the holder of this key.
pub fn recall(to: PublicKey, row: u64) -> Command {
    Command::Recall {
        to,
        row: self::row(row),
    }
}

/// Marks a conversation as read up to this row.
pub fn set_read(peer_id: PeerId, row: u64) -> Command {
    Command::SetRead(peer_id, self::row(row))
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
        Command::Send {
            id,
            to,
            text,
            charset,
        } => Some(Outgoing {
            id: id.0,
            to: to.key(),
            text: text.clone(),
            charset: *charset,
        }),
        _ => None,
    }
}

/// What was found, if anything; whether it could be looked up does not matter here.
fn found(lookup: &Lookup<PublicKey>) -> Option<PublicKey> {
    match lookup {
        Lookup::Found(key) => Some(*key),
        Lookup::Nothing | Lookup::Unclear => None,
    }
}

/// Whom a conversation begins with.
pub fn connected(event: &Event) -> Option<(PeerId, Who)> {
    match event {
        Event::Connected {
            peer_id,
            encrypted_before,
            ..
        } => Some((peer_id.clone(), Who::of(peer_id, found(encrypted_before)))),
        _ => None,
    }
}

/// Who asks to be let in.
pub fn who_asks(ask: &JoinRequest) -> Who {
    Who::of(&ask.peer_id, found(&ask.encrypted_before))
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
        Event::Received {
            row: Some(row),
            payload: Payload::Text { text, sent_at },
            ..
        } => Some(Received {
            text: text.clone(),
            sent_at: sent_at.number(),
            row: row.number(),
        }),
        _ => None,
    }
}

/// Whether a message was received, encrypted or in plain text. Copies nothing.
pub fn is_received(event: &Event) -> bool {
    matches!(
        event,
        Event::Received {
            payload: Payload::Text { .. } | Payload::PlainText { .. },
            ..
        }
    )
}

/// A message received in plain text, and its line end.
pub fn plain_text(event: &Event) -> Option<(Decoded, LineEnd)> {
    match event {
        Event::Received {
            payload: Payload::PlainText { decoded, end },
            ..
        } => Some((decoded.clone(), *end)),
        _ => None,
    }
}

/// How many messages went to another copy of the data, and the row that says so.
pub fn missed(event: &Event) -> Option<(u64, u64)> {
    match event {
        Event::Received {
            row: Some(row),
            payload: Payload::Missed(count),
            ..
        } => Some((*count, row.number())),
        _ => None,
    }
}

/// Whether a message was received that only a later version understands.
pub fn needs_newer(event: &Event) -> bool {
    matches!(
        event,
        Event::Received {
            payload: Payload::NeedsNewer,
            ..
        }
    )
}

/// The id of a message that was stored, and its row.
pub fn stored(event: &Event) -> Option<(u64, u64)> {
    match event {
        Event::Stored { id, row, .. } => Some((id.0, row.number())),
        _ => None,
    }
}

/// The conversation and the row of a message that was sent.
pub fn sent(event: &Event) -> Option<(PeerId, u64)> {
    match event {
        Event::Sent { peer_id, row } => Some((peer_id.clone(), row.number())),
        _ => None,
    }
}

/// The id of a message that was sent without being stored.
pub fn sent_unstored(event: &Event) -> Option<u64> {
    match event {
        Event::NotStored { id, is_sent: true } => Some(id.0),
        _ => None,
    }
}

/// Whether a message was sent, stored or not.
pub fn is_sent(event: &Event) -> bool {
    sent(event).is_some() || sent_unstored(event).is_some()
}

/// The id of a message that was not stored and will not be sent.
pub fn not_sent(event: &Event) -> Option<u64> {
    match event {
        Event::NotStored { id, is_sent: false } => Some(id.0),
        _ => None,
    }
}

/// The rows of messages that were delivered or recalled, with their new states.
pub fn settled(event: &Event) -> Option<Vec<(u64, State)>> {
    match event {
        Event::Settled { rows, .. } => {
            let rows = rows.iter().map(|(row, state)| (row.number(), *state));
            Some(rows.collect())
        }
        _ => None,
    }
}

/// Whether the message in this row has got this state.
pub fn is_settled(event: &Event, row: u64, state: State) -> bool {
    settled(event).is_some_and(|rows| rows.contains(&(row, state)))
}

/// A conversation begins.
pub fn connected_event(peer: SocketAddr, origin: Origin, who: Who) -> Event {
    let address = match origin {
        Origin::Dialled => peer.to_string(),
        Origin::Accepted => peer.ip().to_string(),
    };
    let (peer_id, encrypted_before) = who.into_peer_id(address);
    Event::Connected {
        peer,
        origin,
        peer_id,
        encrypted_before: encrypted_before.into(),
        last_row: None,
    }
}

/// Somebody asks to be let in.
pub fn asked_event(id: u64, from: IpAddr, who: Who) -> Event {
    let (peer_id, encrypted_before) = who.into_peer_id(from.to_string());
    Event::JoinRequested(JoinRequest {
        id: RequestId(id),
        from,
        peer_id,
        encrypted_before: encrypted_before.into(),
    })
}

/// An encrypted peer has sent a message.
pub fn text_event(peer_id: PeerId, text: &str, sent_at: i64, row: u64) -> Event {
    let text = text.to_owned();
    received_event(
        peer_id,
        Some(row),
        Payload::Text {
            text,
            sent_at: millis(sent_at),
        },
    )
}

/// A peer has sent a message in plain text; it has no row.
pub fn plain_event(peer_id: PeerId, decoded: Decoded, at: SystemTime) -> Event {
    let end = LineEnd::Lf;
    Event::Received {
        peer_id,
        row: None,
        at,
        payload: Payload::PlainText { decoded, end },
    }
}

/// This many messages went to another copy of the data.
pub fn missed_event(peer_id: PeerId, count: u64, row: u64) -> Event {
    received_event(peer_id, Some(row), Payload::Missed(count))
}

/// A peer has sent a message that only a later version understands.
pub fn needs_newer_event(peer_id: PeerId, row: u64) -> Event {
    received_event(peer_id, Some(row), Payload::NeedsNewer)
}

fn received_event(peer_id: PeerId, row: Option<u64>, payload: Payload) -> Event {
    Event::Received {
        peer_id,
        row: row.map(self::row),
        at: SystemTime::UNIX_EPOCH,
        payload,
    }
}

/// A message was stored.
pub fn stored_event(peer_id: PeerId, id: u64, row: u64) -> Event {
    let id = MessageId(id);
    Event::Stored {
        id,
        peer_id,
        row: self::row(row),
    }
}

/// A stored message was sent.
pub fn sent_event(peer_id: PeerId, row: u64) -> Event {
    Event::Sent {
        peer_id,
        row: self::row(row),
    }
}

/// What became of a message that was not stored.
pub fn unstored_event(id: u64, is_sent: bool) -> Event {
    let id = MessageId(id);
    Event::NotStored { id, is_sent }
}

/// A message was delivered or recalled.
pub fn settled_event(peer_id: PeerId, row: u64, state: State) -> Event {
    let rows = [(self::row(row), state)].into();
    Event::Settled { peer_id, rows }
}

/// A message of the peer as the store keeps it, with when it was sent and received in milliseconds since 1970.
pub fn theirs(row: u64, (sent_at, received_at): (i64, i64), text: &str) -> Message {
    Message {
        row: self::row(row),
        kind: Kind::Theirs,
        state: State::Received,
        sent_at: millis(sent_at),
        received_at: millis(received_at),
        text: text.to_owned(),
        raw: None,
        charset: Charset::UTF_8,
        marks: Marks::default(),
        file: None,
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
