//! The rows of a conversation that are loaded, bounded.
//!
//! What is kept on the disk comes and goes in pages (`log/window.rs`); what happened since the program started, and
//! what is not kept yet, stands between in the order of its time.

mod window;

use std::{
    borrow::Cow,
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    identity::{Party, PublicKey},
    net::{EndReason, MessageId, Origin, TurnedAway},
    store::{self, Kind},
    text::charset::{Charset, Decoded, Reading, bytes_of},
};
pub use window::{MOST_LOADED, Merged, Parked};

/// Where nothing is on the disk, the log keeps the newest of so many rows.
pub const MOST_ROWS: usize = 100_000;
/// It keeps so many bytes of text at most.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Reading anew goes on for at most so many bytes and
const REREAD_BYTES: usize = 128 * 1024;
/// so many rows at a time: about a millisecond.
const REREAD_ROWS: usize = 2_000;
/// The first row, so that there is room for older ones before it.
const FIRST: u64 = 1 << 40;
/// What came so much later than it was sent was under way for long.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// Names a row while it is loaded: rows follow each other without a gap.
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
    /// It was given to the worker just now.
    Sending,
    /// It is kept, and goes out when the peer is there.
    Waiting,
    /// The network has it.
    Sent,
    /// The peer has it.
    Delivered,
    /// The person took it back.
    Cancelled,
    /// It will never go out.
    NotSent,
}

impl Delivery {
    /// What the store says of a message of ours.
    fn of(state: store::State) -> Self {
        match state {
            store::State::Waiting => Self::Waiting,
            store::State::Delivered => Self::Delivered,
            store::State::Cancelled => Self::Cancelled,
            store::State::NotSent => Self::NotSent,
            store::State::Sent | store::State::Received => Self::Sent,
        }
    }

    /// Whether nothing more will become of it.
    fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Cancelled | Self::NotSent)
    }
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// By whom.
    pub speaker: Speaker,
    /// As decoded, or as typed. Not made safe to show: see [`crate::text::visible`].
    pub text: Box<str>,
    /// What it was decoded from, where `text` would not give that back.
    pub raw: Option<Box<[u8]>>,
    /// What it was decoded from, or encoded in.
    pub charset: Charset,
    /// What became of it, if it is ours.
    pub delivery: Option<Delivery>,
    /// What the worker calls it, if it is ours and not in the store yet.
    id: Option<MessageId>,
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
    /// So many messages of the peer went to another copy of this data.
    Missed(u64),
    /// The clock of this one is so many milliseconds ahead of ours; behind, if negative.
    ClockOff(PublicKey, i64),
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
    /// When it came, if that was much later.
    pub arrived: Option<Timestamp>,
    /// What.
    pub content: Content,
    place: Place,
}

/// Where a row stands. The order is that of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Its own row in the store, or the one it came behind; `u64::MAX` while that is not known.
    row: u64,
    /// Whether it is not in the store itself.
    is_loose: bool,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Something said.
    Message(Message),
    /// Something that happened.
    Note(Note),
}

impl Place {
    fn stored(row: u64) -> Self {
        let is_loose = false;
        Self { row, is_loose }
    }

    fn behind(row: u64) -> Self {
        let is_loose = true;
        Self { row, is_loose }
    }
}

impl Row {
    /// A message that is not in the store, or not yet.
    pub(super) fn loose(message: Message, at: Timestamp) -> Self {
        Self {
            at,
            arrived: None,
            content: Content::Message(message),
            place: Place::behind(u64::MAX),
        }
    }

    /// Something that happened, which is not in the store.
    pub(super) fn note(note: Note, at: Timestamp) -> Self {
        Self {
            at,
            arrived: None,
            content: Content::Note(note),
            place: Place::behind(u64::MAX),
        }
    }

    /// As it came from the store.
    pub(super) fn kept(message: store::Message, party: &Party) -> Self {
        let received = Timestamp::from_millisecond(message.received_at).unwrap_or_default();
        let content = match message.kind {
            Kind::NeedsNewer => Content::Note(Note::NeedsNewer),
            Kind::Missed => Content::Note(Note::Missed(message.text.parse().unwrap_or(1))),
            Kind::Theirs | Kind::Mine => {
                let is_mine = message.kind == Kind::Mine;
                Content::Message(Message {
                    speaker: if is_mine {
                        Speaker::Me
                    } else {
                        speaker_of(party)
                    },
                    text: message.text.into(),
                    raw: message.raw.map(Vec::into_boxed_slice),
                    charset: message.charset,
                    delivery: is_mine.then(|| Delivery::of(message.state)),
                    id: None,
                })
            }
        };
        let row = Self {
            at: received,
            arrived: None,
            content,
            place: Place::behind(u64::MAX),
        };
        row.sent(message.sent_at, received).in_store(message.row)
    }

    /// With its row in the store.
    pub(super) fn in_store(mut self, row: u64) -> Self {
        self.place = Place::stored(row);
        self
    }

    /// With the time when it was sent, by the clock of whoever wrote it, in milliseconds since 1970; and that when
    /// it came here.
    pub(super) fn sent(mut self, sent_at: i64, received: Timestamp) -> Self {
        // Nothing comes before it was sent: then a clock is wrong, and ours is the one that is looked at.
        let sent = Timestamp::from_millisecond(sent_at).unwrap_or(received);
        self.at = sent.min(received);
        let is_late = received.duration_since(self.at) >= LATE;
        self.arrived = is_late.then_some(received);
        self
    }

    /// Its row in the store, if it is there.
    pub fn stored(&self) -> Option<u64> {
        (!self.place.is_loose).then_some(self.place.row)
    }

    /// What became of it, if it is a message of ours.
    pub fn delivery(&self) -> Option<Delivery> {
        match &self.content {
            Content::Message(message) => message.delivery,
            Content::Note(_) => None,
        }
    }

    fn set_delivery(&mut self, to: Delivery) {
        if let Content::Message(message) = &mut self.content
            && message.delivery.is_some()
        {
            message.delivery = Some(to);
        }
    }

    /// The network has taken it whole, if it is not further yet.
    pub(super) fn on_way(mut self) -> Self {
        if self.delivery() == Some(Delivery::Waiting) {
            self.set_delivery(Delivery::Sent);
        }
        self
    }

    /// It is in the store: the worker calls it by its row from now on.
    fn forget_id(&mut self) {
        if let Content::Message(message) = &mut self.content {
            message.id = None;
        }
    }

    fn is_of(&self, id: MessageId) -> bool {
        matches!(&self.content, Content::Message(message) if message.id == Some(id))
    }

    fn is_mine(&self) -> bool {
        self.delivery().is_some()
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

/// Who says what a peer says in this conversation.
pub(super) fn speaker_of(party: &Party) -> Speaker {
    match party {
        Party::Key(key) => Speaker::Key(*key),
        Party::Address(text) => {
            let with_port = text.parse().map(|address: SocketAddr| address.ip());
            let ip = with_port.or_else(|_| text.parse());
            Speaker::Peer(ip.unwrap_or(IpAddr::from([0, 0, 0, 0])))
        }
    }
}

impl Message {
    /// Something that was said.
    pub(super) fn heard(speaker: Speaker, decoded: Decoded) -> Self {
        let Decoded {
            text, charset, raw, ..
        } = decoded;
        Self {
            speaker,
            text: text.into(),
            raw,
            charset,
            delivery: None,
            id: None,
        }
    }

    /// Something that we say.
    pub(super) fn mine(id: MessageId, text: String, charset: Charset) -> Self {
        Self {
            speaker: Speaker::Me,
            text: text.into(),
            raw: None,
            charset,
            delivery: Some(Delivery::Sending),
            id: Some(id),
        }
    }

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
}

/// See the [module](self).
#[derive(Debug)]
pub struct Log {
    rows: VecDeque<Row>,
    bytes: usize,
    /// The number of the first of them.
    first: u64,
    /// Rows that are gone for good.
    dropped: u64,
    /// Rows that have come at the end, in view or not.
    arrived: u64,
    newest_message: Option<RowId>,
    /// The newest row that has not been read anew yet, while that is going on.
    rereading: Option<RowId>,
    window: window::Window,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            rows: VecDeque::new(),
            bytes: 0,
            first: FIRST,
            dropped: 0,
            arrived: 0,
            newest_message: None,
            rereading: None,
            window: window::Window::default(),
        }
    }
}

impl Log {
    /// How many rows are loaded.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many older rows were dropped for good, to keep the log bounded.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many rows have come at the end since the program started, loaded or not.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// The oldest row to show. Where there are older ones on the disk, the first one that is loaded is kept
    /// back: what stands above a row depends on the one before it.
    pub fn first_id(&self) -> Option<RowId> {
        let kept_back = !self.at_start() && self.rows.len() > 1;
        (!self.is_empty()).then_some(RowId(self.first + u64::from(kept_back)))
    }

    /// The newest row that is loaded.
    pub fn last_id(&self) -> Option<RowId> {
        (!self.is_empty()).then(|| RowId(self.first + self.rows.len() as u64 - 1))
    }

    /// The newest thing that the peer has said while this was shown.
    pub fn newest_from_peer(&self) -> Option<&Row> {
        self.newest_message.and_then(|id| self.get(id))
    }

    /// A row, if it is loaded.
    pub fn get(&self, id: RowId) -> Option<&Row> {
        self.rows.get(self.index(id)?)
    }

    /// All rows that are loaded, oldest first.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    fn index(&self, id: RowId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.first)?).ok()
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
                    .filter(|id| id.0 >= self.first);
            let index = self.index(id);
            let Some(row) = index.and_then(|index| self.rows.get_mut(index)) else {
                continue;
            };
            let before = row.bytes();
            row.reread(reading);
            self.bytes = self.bytes + row.bytes() - before;
            done += before;
            if done > REREAD_BYTES {
                break;
            }
        }
        // The same bytes may make a longer text.
        self.trim();
        self.rereading.is_some()
    }

    /// Takes in a row that has just come; says what is to be asked for, if rows before it are missing.
    pub(super) fn add(&mut self, row: Row) -> Merged {
        self.arrived += 1;
        let is_heard =
            matches!(&row.content, Content::Message(message) if message.delivery.is_none());
        let (merged, id) = self.add_live(row);
        if is_heard && id.is_some() {
            self.newest_message = id;
        }
        self.trim();
        merged
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
        self.add(Row::note(note, at));
    }

    /// What became of a message of ours that is not in the store. False if it is not here.
    pub(super) fn set_delivery(&mut self, id: MessageId, delivery: Delivery) -> bool {
        let row = self.loaded_and_parked_mut().find(|row| row.is_of(id));
        let is_here = row.is_some();
        if let Some(row) = row {
            row.set_delivery(delivery);
        }
        is_here
    }

    /// The connection is gone: what has not been delivered waits.
    pub(super) fn wait_again(&mut self) {
        for row in &mut self.rows {
            let is_open = matches!(row.delivery(), Some(Delivery::Sending | Delivery::Sent));
            if is_open && row.stored().is_some() {
                row.set_delivery(Delivery::Waiting);
            }
        }
    }

    pub(super) fn fail_all_sending(&mut self) {
        for row in self.loaded_and_parked_mut() {
            if row.delivery() == Some(Delivery::Sending) {
                row.set_delivery(Delivery::NotSent);
            }
        }
    }
}

impl Row {
    fn reread(&mut self, reading: Reading) {
        if let Content::Message(message) = &mut self.content
            && matches!(message.speaker, Speaker::Peer(_))
        {
            message.reread(reading);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::charset::Reading;

    fn say(log: &mut Log, text: &str) {
        let decoded = Reading::default().decode(text.as_bytes());
        let speaker = Speaker::Peer(IpAddr::from([127, 0, 0, 1]));
        let message = Message::heard(speaker, decoded);
        log.add(Row::loose(message, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn the_log_keeps_the_newest_rows_and_says_how_many_are_gone() {
        let mut log = Log::default();
        for number in 0..MOST_ROWS + 10 {
            say(&mut log, &number.to_string());
        }
        assert_eq!((log.len(), log.dropped()), (MOST_ROWS, 10));
        assert_eq!(log.get(RowId(FIRST + 9)), None);
        let Some(Row {
            content: Content::Message(message),
            ..
        }) = log.get(RowId(FIRST + 10))
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
                let message = Message::heard(peer, decoded);
                log.add(Row::loose(message, Timestamp::UNIX_EPOCH));
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
