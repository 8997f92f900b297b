//! The rows of a conversation, bounded.

use std::{
    borrow::Cow,
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
};

use jiff::Timestamp;

use crate::{
    identity::PublicKey,
    net::{
        EndReason, MessageId, Origin, TurnedAway,
        charset::{Charset, Decoded, Reading, bytes_of},
    },
};

/// The log keeps the newest of so many rows,
pub const MOST_ROWS: usize = 100_000;
/// and of so many bytes of text.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Reading anew goes on for at most so many bytes and
const REREAD_BYTES: usize = 128 * 1024;
/// so many rows at a time: about a millisecond.
const REREAD_ROWS: usize = 2_000;

/// Names a row for good: rows are numbered from 0 and never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u64);

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The person at this window.
    Me,
    /// A peer in plain text, whose name is its address.
    Peer(IpAddr),
    /// The holder of this key.
    Key(PublicKey),
}

/// What became of a message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It waits for the network.
    Sending,
    /// The network has it.
    Sent,
    /// It will never go out.
    NotSent,
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// By whom.
    pub speaker: Speaker,
    /// As decoded, or as typed. Not made safe to show: see [`super::visible`].
    pub text: Box<str>,
    /// What it was decoded from, where `text` would not give that back.
    pub raw: Option<Box<[u8]>>,
    /// What it was decoded from, or encoded in.
    pub charset: Charset,
    outgoing: Option<(MessageId, Delivery)>,
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A conversation began.
    Connected {
        /// Where the other side is.
        peer: SocketAddr,
        /// Who called.
        origin: Origin,
        /// Who it is, if encrypted.
        key: Option<PublicKey>,
    },
    /// Plain text comes from where this key was last met encrypted.
    PlainNow(PublicKey),
    /// This key has given itself the name of another one that is known.
    Namesake {
        /// Who.
        key: PublicKey,
        /// The one that is known by that name.
        known: PublicKey,
    },
    /// The peer has sent something that only a later version understands.
    NeedsNewer,
    /// A conversation ended.
    Ended {
        /// With whom: where,
        peer: IpAddr,
        /// and who, if encrypted.
        key: Option<PublicKey>,
        /// Why.
        reason: EndReason,
    },
    /// Callers were sent away.
    TurnedAway {
        /// Why the last of them was.
        why: TurnedAway,
        /// The last of them.
        from: IpAddr,
        /// How many.
        count: u32,
    },
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When it was said or happened.
    pub at: Timestamp,
    /// What.
    pub content: Content,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Something said.
    Message(Message),
    /// Something that happened.
    Note(Note),
}

impl Row {
    /// What became of it, if it is a message of ours.
    pub fn delivery(&self) -> Option<Delivery> {
        match &self.content {
            Content::Message(message) => message.delivery(),
            Content::Note(_) => None,
        }
    }

    /// What it counts for against [`MOST_BYTES`].
    fn bytes(&self) -> usize {
        match &self.content {
            Content::Message(message) => {
                message.text.len() + message.raw.as_ref().map_or(0, |raw| raw.len())
            }
            Content::Note(_) => 0,
        }
    }
}

impl Message {
    /// The bytes on the wire, without their line end.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        bytes_of(self.raw.as_deref(), &self.text, self.charset)
    }

    fn reread(&mut self, reading: Reading) {
        let Decoded {
            text, charset, raw, ..
        } = reading.decode(&self.bytes());
        self.text = text.into();
        self.charset = charset;
        self.raw = raw;
    }

    /// What became of it, if it is ours.
    pub fn delivery(&self) -> Option<Delivery> {
        self.outgoing.map(|(_, delivery)| delivery)
    }
}

/// The newest rows of everything said since the program started.
#[derive(Debug, Default)]
pub struct Log {
    rows: VecDeque<Row>,
    bytes: usize,
    dropped: u64,
    /// Our messages whose fate is open, oldest first.
    sending: VecDeque<(MessageId, RowId)>,
    newest_message: Option<RowId>,
    /// The newest row that has not been read anew yet, while that is going on.
    rereading: Option<RowId>,
}

impl Log {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many older rows were dropped to keep the log bounded.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The oldest row there is.
    pub fn first_id(&self) -> Option<RowId> {
        (!self.is_empty()).then_some(RowId(self.dropped))
    }

    /// The newest row.
    pub fn last_id(&self) -> Option<RowId> {
        (!self.is_empty()).then(|| RowId(self.dropped + self.rows.len() as u64 - 1))
    }

    /// The newest thing that the peer said.
    pub fn newest_from_peer(&self) -> Option<&Row> {
        self.newest_message.and_then(|id| self.get(id))
    }

    /// A row, unless it was dropped.
    pub fn get(&self, id: RowId) -> Option<&Row> {
        let index = id.0.checked_sub(self.dropped)?;
        self.rows.get(usize::try_from(index).ok()?)
    }

    /// All rows, oldest first.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    pub(super) fn message(
        &mut self,
        speaker: Speaker,
        decoded: Decoded,
        id: Option<MessageId>,
        at: Timestamp,
    ) {
        let Decoded {
            text, charset, raw, ..
        } = decoded;
        let outgoing = id.map(|id| (id, Delivery::Sending));
        let message = Message {
            speaker,
            text: text.into(),
            raw,
            charset,
            outgoing,
        };
        self.push(Row {
            at,
            content: Content::Message(message),
        });
        match (id, self.last_id()) {
            (Some(id), Some(row)) => self.sending.push_back((id, row)),
            (None, newest) => self.newest_message = newest,
            (Some(_), None) => {}
        }
    }

    pub(super) fn begin_rereading(&mut self) {
        self.rereading = self.last_id();
    }

    /// Decodes some of the peer's messages anew, from the newest to the oldest. False at the end.
    pub(super) fn reread(&mut self, reading: Reading) -> bool {
        let mut done = 0;
        for _ in 0..REREAD_ROWS {
            let Some(id) = self.rereading else {
                return false;
            };
            self.rereading =
                id.0.checked_sub(1)
                    .map(RowId)
                    .filter(|id| id.0 >= self.dropped);
            let index =
                id.0.checked_sub(self.dropped)
                    .and_then(|index| usize::try_from(index).ok());
            let Some(row) = index.and_then(|index| self.rows.get_mut(index)) else {
                continue;
            };
            let before = row.bytes();
            if let Content::Message(message) = &mut row.content
                && matches!(message.speaker, Speaker::Peer(_))
            {
                message.reread(reading);
            }
            self.bytes = self.bytes + row.bytes() - before;
            done += before;
            if done > REREAD_BYTES {
                break;
            }
        }
        // The same bytes may make a longer text.
        self.drop_oldest();
        self.rereading.is_some()
    }

    pub(super) fn note(&mut self, note: Note, at: Timestamp) {
        // A crowd at the door is one line that counts up, not a line a second.
        if let (
            Note::TurnedAway { why, from, count },
            Some(Row {
                content:
                    Content::Note(Note::TurnedAway {
                        why: same,
                        from: before,
                        count: so_far,
                    }),
                ..
            }),
        ) = (note, self.rows.back_mut())
            && why == *same
        {
            *before = from;
            *so_far = so_far.saturating_add(count);
            return;
        }
        self.push(Row {
            at,
            content: Content::Note(note),
        });
    }

    pub(super) fn set_delivery(&mut self, id: MessageId, delivery: Delivery) {
        let Some(index) = self.sending.iter().position(|(of, _)| *of == id) else {
            return;
        };
        if let Some((_, row)) = self.sending.remove(index) {
            self.set_row_delivery(row, delivery);
        }
    }

    pub(super) fn fail_all_sending(&mut self) {
        while let Some((_, row)) = self.sending.pop_front() {
            self.set_row_delivery(row, Delivery::NotSent);
        }
    }

    fn set_row_delivery(&mut self, row: RowId, to: Delivery) {
        let index = row
            .0
            .checked_sub(self.dropped)
            .and_then(|index| usize::try_from(index).ok());
        if let Some(Row {
            content: Content::Message(message),
            ..
        }) = index.and_then(|index| self.rows.get_mut(index))
            && let Some((_, delivery)) = &mut message.outgoing
        {
            *delivery = to;
        }
    }

    fn push(&mut self, row: Row) {
        self.bytes += row.bytes();
        self.rows.push_back(row);
        self.drop_oldest();
    }

    fn drop_oldest(&mut self) {
        while self.rows.len() > MOST_ROWS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.rows.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::charset::Reading;

    fn say(log: &mut Log, text: &str) {
        let decoded = Reading::default().decode(text.as_bytes());
        log.message(
            Speaker::Peer(IpAddr::from([127, 0, 0, 1])),
            decoded,
            None,
            Timestamp::UNIX_EPOCH,
        );
    }

    #[test]
    fn the_log_keeps_the_newest_rows_and_says_how_many_are_gone() {
        let mut log = Log::default();
        for number in 0..MOST_ROWS + 10 {
            say(&mut log, &number.to_string());
        }
        assert_eq!((log.len(), log.dropped()), (MOST_ROWS, 10));
        assert_eq!(log.get(RowId(9)), None);
        let Some(Row {
            content: Content::Message(message),
            ..
        }) = log.get(RowId(10))
        else {
            panic!("row 10 is a message")
        };
        assert_eq!(&*message.text, "10");
    }

    #[test]
    fn the_log_keeps_a_bounded_number_of_bytes() {
        let mut log = Log::default();
        let text = "x".repeat(60_000);
        for _ in 0..1_000 {
            say(&mut log, &text);
        }
        assert!(log.rows().map(Row::bytes).sum::<usize>() <= MOST_BYTES);
        assert_eq!(log.len() as u64 + log.dropped(), 1_000);
    }

    #[test]
    fn reading_anew_reaches_every_row_of_the_peer_and_loses_nothing() {
        let mut log = Log::default();
        let korean = Charset::CP949.encode("안녕하세요").expect("Hangul");
        let undecodable = b"\xff\xfe half \xb0";
        let peer = Speaker::Peer(IpAddr::from([127, 0, 0, 1]));
        for _ in 0..3_000 {
            for bytes in [&korean[..], undecodable] {
                let decoded = Reading::Fixed(Charset::UTF_8).decode(bytes);
                log.message(peer, decoded, None, Timestamp::UNIX_EPOCH);
            }
        }
        let texts = |log: &Log| -> Vec<String> {
            let rows = log.rows().filter_map(|row| match &row.content {
                Content::Message(message) => Some(message.text.to_string()),
                Content::Note(_) => None,
            });
            rows.collect()
        };
        let garbled = texts(&log);
        assert!(
            garbled
                .first()
                .is_some_and(|text| text.contains('\u{fffd}'))
        );
        log.begin_rereading();
        let mut calls = 1;
        while log.reread(Reading::Fixed(Charset::CP949)) {
            calls += 1;
        }
        assert!(calls > 2, "in slices, so that no frame waits for all of it");
        assert_eq!(
            texts(&log)
                .iter()
                .filter(|text| *text == "안녕하세요")
                .count(),
            3_000
        );
        assert_eq!(log.bytes, log.rows().map(Row::bytes).sum::<usize>());
        log.begin_rereading();
        while log.reread(Reading::Fixed(Charset::UTF_8)) {}
        assert_eq!(texts(&log), garbled, "the bytes were kept");
    }

    #[test]
    fn a_crowd_at_the_door_is_one_row() {
        let mut log = Log::default();
        let turned_away = |why, count| {
            let from = IpAddr::from([1, 1, 1, 1]);
            Note::TurnedAway { why, from, count }
        };
        for _ in 0..3 {
            log.note(turned_away(TurnedAway::Busy, 2), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(log.len(), 1);
        let row = log.rows().next().map(|row| row.content.clone());
        assert_eq!(row, Some(Content::Note(turned_away(TurnedAway::Busy, 6))));
        log.note(turned_away(TurnedAway::Plain, 1), Timestamp::UNIX_EPOCH);
        assert_eq!(log.len(), 2, "for another reason");
    }
}
