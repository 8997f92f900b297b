//! One conversation in plain text, as it outlives single connections.
//!
//! Sans-IO, described by kinds of method: `handle_*` tell it what happened, `send` and
//! the setters change it, `poll_*` say what to do next. Time is an argument; sockets are the
//! worker's.

mod framer;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

pub use framer::{HALF_CHARACTER, LINE_CAP, LineEnd, QUIET};

use super::{
    MessageId,
    charset::{Charset, Decoded, Reading},
};
use framer::{Framer, append_with_line_ends};

/// The most that may wait to be written, in bytes. Past it a message is not sent, and says so.
pub const QUEUE_CAP: usize = 1024 * 1024;

/// Messages without a line end are told apart by the pause between them, so there must be one:
/// twice what the other side takes for the end of a message.
const PACE: Duration = QUIET.saturating_mul(2);

/// Messages that end themselves on the wire go to the system together, up to so many bytes.
const BATCH: usize = 16 * 1024;

/// How messages are written and read in this conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// How incoming bytes are read.
    pub reading: Reading,
    /// What ends an outgoing message; `None` mirrors the peer's last one.
    pub line_end: Option<LineEnd>,
}

/// What a session has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The peer said this.
    Message(Decoded, LineEnd),
    /// The kernel has all bytes of this message.
    Sent(MessageId),
    /// This message never went out whole, and never will.
    NotSent(MessageId),
    /// The peer ended the chat with `#exit`.
    ExitReceived,
    /// Our own `#exit` has gone out.
    ExitSent,
}

#[derive(Debug)]
struct Outgoing {
    id: MessageId,
    text: Vec<u8>,
    is_exit: bool,
}

/// What is being written: one message, or several that end themselves on the wire.
#[derive(Debug)]
struct Writing {
    /// The messages with their line ends, one after the other.
    bytes: Vec<u8>,
    written: usize,
    /// Where the last message that is out whole ends.
    done: usize,
    /// The messages that are not out whole yet, each with where it ends in `bytes`.
    messages: VecDeque<(Outgoing, usize)>,
    paced: bool,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Plain {
    format: Format,
    framer: Framer,
    peer_end: LineEnd,
    queue: VecDeque<Outgoing>,
    queued: usize,
    writing: Option<Writing>,
    /// Nothing goes out before this.
    hold_until: Option<Instant>,
    unread: bool,
    over: bool,
    outputs: VecDeque<Output>,
}

impl Plain {
    /// Begins with nothing said.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            framer: Framer::new(format.reading),
            peer_end: LineEnd::None,
            queue: VecDeque::new(),
            queued: 0,
            writing: None,
            hold_until: None,
            unread: false,
            over: false,
            outputs: VecDeque::new(),
        }
    }

    /// Bytes arrived.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        self.framer.push(bytes, now);
        self.read_lines();
    }

    /// Whether bytes may have arrived that were not handed over yet. While so, it is we who are
    /// late, and that the peer says nothing ends no message.
    pub fn set_unread(&mut self, unread: bool) {
        self.unread = unread;
    }

    /// `poll_deadline` may have come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.hold_until = self.hold_until.filter(|until| now < *until);
        if !self.unread {
            self.framer.handle_timeout(now);
            self.read_lines();
        }
    }

    /// The connection is gone. What arrived is complete now; a message of which only a part went
    /// out is not sent; whole ones wait for the next connection of the same peer.
    pub fn handle_link_lost(&mut self) {
        self.framer.finish();
        self.read_lines();
        self.hold_until = None;
        let Some(mut writing) = self.writing.take() else {
            return;
        };
        // Newest first, so that they stand in the queue in order again.
        while let Some((message, _)) = writing.messages.pop_back() {
            let start = writing
                .messages
                .back()
                .map_or(writing.done, |(_, end)| *end);
            if start < writing.written {
                self.outputs.push_back(Output::NotSent(message.id));
            } else {
                // Nothing of it is out: it may still go whole.
                self.queued += message.text.len();
                self.queue.push_front(message);
            }
        }
    }

    /// There will be no further connection: what waits is not sent.
    pub fn handle_end(&mut self) {
        self.handle_link_lost();
        self.queued = 0;
        self.outputs.extend(
            self.queue
                .drain(..)
                .map(|message| Output::NotSent(message.id)),
        );
    }

    /// Queues a message, to be encoded in `charset`.
    pub fn send(&mut self, id: MessageId, text: &str, charset: Charset) {
        match charset.encode(text) {
            Ok(text_bytes) if self.queued + text_bytes.len() <= QUEUE_CAP && !self.over => {
                self.queued += text_bytes.len();
                let is_exit = is_exit(text);
                self.queue.push_back(Outgoing {
                    id,
                    text: text_bytes,
                    is_exit,
                });
            }
            // The window has checked the encoding before; a full queue is a peer that does not read.
            _ => self.outputs.push_back(Output::NotSent(id)),
        }
    }

    /// Changes how the rest of the conversation is read and written.
    pub fn set_format(&mut self, format: Format) {
        self.format = format;
        self.framer.set_reading(format.reading);
    }

    /// Whether nothing waits to be written.
    pub fn is_flushed(&self) -> bool {
        self.writing.is_none() && self.queue.is_empty()
    }

    /// What to tell the window, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle_timeout`, or `poll_transmit` again.
    pub fn poll_deadline(&self) -> Option<Instant> {
        let quiet = if self.unread {
            None
        } else {
            self.framer.deadline()
        };
        let pace = if self.is_flushed() {
            None
        } else {
            self.hold_until
        };
        [quiet, pace].into_iter().flatten().min()
    }

    /// The bytes to write now, if any; say with `transmitted` how many of them went.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<&[u8]> {
        if self.writing.is_none() {
            if self.hold_until.is_some_and(|until| now < until) {
                return None;
            }
            self.writing = self.next_batch();
        }
        self.writing
            .as_ref()
            .and_then(|writing| writing.bytes.get(writing.written..))
    }

    /// The kernel took `count` bytes of the last `poll_transmit`.
    pub fn transmitted(&mut self, count: usize, now: Instant) {
        let Some(writing) = &mut self.writing else {
            return;
        };
        writing.written += count;
        while let Some((message, end)) = writing
            .messages
            .pop_front_if(|(_, end)| *end <= writing.written)
        {
            writing.done = end;
            self.outputs.push_back(Output::Sent(message.id));
            if message.is_exit {
                self.over = true;
                self.outputs.push_back(Output::ExitSent);
            }
        }
        if writing.messages.is_empty() {
            self.hold_until = writing.paced.then(|| now + PACE);
            self.writing = None;
        }
    }

    /// Takes from the queue what can go out in one piece.
    fn next_batch(&mut self) -> Option<Writing> {
        let end = self.format.line_end.unwrap_or(self.peer_end);
        let paced = end == LineEnd::None;
        let mut batch = Writing {
            bytes: Vec::new(),
            written: 0,
            done: 0,
            messages: VecDeque::new(),
            paced,
        };
        while let Some(message) = self.queue.pop_front() {
            self.queued = self.queued.saturating_sub(message.text.len());
            append_with_line_ends(&mut batch.bytes, &message.text, end);
            let last = message.is_exit || paced || batch.bytes.len() >= BATCH;
            batch.messages.push_back((message, batch.bytes.len()));
            if last {
                break;
            }
        }
        (!batch.messages.is_empty()).then_some(batch)
    }

    fn read_lines(&mut self) {
        while let Some(line) = self.framer.poll_line() {
            if self.over {
                continue;
            }
            self.peer_end = line.end;
            let decoded = self.format.reading.decode(&line.bytes);
            if is_exit(&decoded.text) {
                self.over = true;
                self.outputs.push_back(Output::ExitReceived);
            } else {
                self.outputs.push_back(Output::Message(decoded, line.end));
            }
        }
    }
}

/// Whether a message is the word that ends a chat, as in the original programs.
pub fn is_exit(text: &str) -> bool {
    text.trim() == "#exit"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::any_instant;
    use proptest::prelude::*;

    /// Two sessions and the wire between them, on one virtual clock.
    struct Pair {
        now: Instant,
        sides: [Plain; 2],
        heard: [Vec<String>; 2],
        states: [Vec<Output>; 2],
    }

    impl Pair {
        fn new(formats: [Format; 2]) -> Self {
            Self {
                now: any_instant(),
                sides: formats.map(Plain::new),
                heard: Default::default(),
                states: Default::default(),
            }
        }

        /// Moves bytes in pieces of `piece` until nothing happens any more.
        fn drive(&mut self, piece: usize) {
            loop {
                let mut moved = false;
                for from in 0..2 {
                    let now = self.now;
                    while let Some(bytes) = self.sides[from].poll_transmit(now) {
                        let part = bytes[..bytes.len().min(piece)].to_vec();
                        self.sides[from].transmitted(part.len(), now);
                        self.sides[1 - from].handle_bytes(&part, now);
                        moved = true;
                    }
                    self.collect(from);
                }
                let next = self.sides.iter().filter_map(Plain::poll_deadline).min();
                match next {
                    Some(at) => {
                        self.now = self.now.max(at);
                        for side in &mut self.sides {
                            side.handle_timeout(self.now);
                        }
                    }
                    None if !moved => break,
                    None => {}
                }
            }
            (0..2).for_each(|side| self.collect(side));
        }

        fn collect(&mut self, side: usize) {
            while let Some(output) = self.sides[side].poll_output() {
                match output {
                    Output::Message(decoded, _) => self.heard[side].push(decoded.text),
                    other => self.states[side].push(other),
                }
            }
        }
    }

    fn fixed(end: LineEnd) -> Format {
        Format {
            line_end: Some(end),
            ..Format::default()
        }
    }

    #[test]
    fn quick_messages_without_line_ends_stay_apart() {
        let mut pair = Pair::new([Format::default(); 2]);
        for (id, text) in ["하나", "둘", "셋"].into_iter().enumerate() {
            pair.sides[0].send(MessageId(id as u64), text, Charset::UTF_8);
        }
        pair.drive(usize::MAX);
        assert_eq!(pair.heard[1], ["하나", "둘", "셋"]);
        assert_eq!(
            pair.states[0],
            (0..3)
                .map(|id| Output::Sent(MessageId(id)))
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_peers_line_end_is_mirrored() {
        let mut session = Plain::new(Format::default());
        let now = any_instant();
        for (heard, expected) in [(&b"x\r\n"[..], &b"y\r\n"[..]), (b"x\n", b"y\n")] {
            session.handle_bytes(heard, now);
            session.send(MessageId(0), "y", Charset::UTF_8);
            let bytes = session.poll_transmit(now).expect("bytes").to_vec();
            assert_eq!(bytes, expected);
            session.transmitted(bytes.len(), now);
        }
        session.handle_bytes(b"x", now);
        session.handle_timeout(now + QUIET);
        session.send(MessageId(0), "y\nz", Charset::UTF_8);
        assert_eq!(session.poll_transmit(now), Some(&b"y\nz"[..]));
    }

    #[test]
    fn exit_ends_the_chat_on_both_sides_and_nothing_after_it_counts() {
        let mut pair = Pair::new([fixed(LineEnd::Lf); 2]);
        pair.sides[0].send(MessageId(1), " #exit ", Charset::UTF_8);
        pair.sides[0].send(MessageId(2), "too late?", Charset::UTF_8);
        pair.drive(3);
        assert_eq!(
            pair.states[0][..2],
            [Output::Sent(MessageId(1)), Output::ExitSent]
        );
        assert_eq!(pair.states[1], [Output::ExitReceived]);
        assert_eq!(pair.heard[1], [""; 0]);
        let mut said = Pair::new([fixed(LineEnd::Lf); 2]);
        said.sides[0].send(MessageId(1), "type #exit to leave", Charset::UTF_8);
        said.drive(5);
        assert_eq!(said.heard[1], ["type #exit to leave"]);
    }

    #[test]
    fn what_waits_survives_a_reconnect_and_half_a_message_does_not() {
        let mut session = Plain::new(fixed(LineEnd::Lf));
        let now = any_instant();
        session.send(MessageId(1), "half", Charset::UTF_8);
        session.send(MessageId(2), "whole", Charset::UTF_8);
        assert_eq!(session.poll_transmit(now), Some(&b"half\nwhole\n"[..]));
        session.transmitted(2, now);
        session.handle_link_lost();
        assert_eq!(session.poll_output(), Some(Output::NotSent(MessageId(1))));
        assert_eq!(session.poll_transmit(now), Some(&b"whole\n"[..]));
        session.handle_link_lost();
        assert_eq!(
            session.poll_transmit(now),
            Some(&b"whole\n"[..]),
            "nothing of it was out"
        );
        session.handle_end();
        assert_eq!(session.poll_output(), Some(Output::NotSent(MessageId(2))));
        assert_eq!(session.poll_transmit(now), None);
    }

    #[test]
    fn a_peer_that_never_reads_fills_a_bounded_queue() {
        let mut session = Plain::new(Format::default());
        let text = "x".repeat(60_000);
        for id in 0..100 {
            session.send(MessageId(id), &text, Charset::UTF_8);
        }
        assert!(session.queued <= QUEUE_CAP);
        let refused = std::iter::from_fn(|| session.poll_output()).count();
        assert_eq!(refused, 100 - QUEUE_CAP / 60_000);
    }

    #[test]
    fn a_peer_that_does_not_read_is_not_asked_again_and_again() {
        let mut session = Plain::new(Format::default());
        let now = any_instant();
        for id in 0..2 {
            session.send(MessageId(id), "x", Charset::UTF_8);
        }
        assert!(session.poll_transmit(now).is_some());
        session.transmitted(1, now);
        assert_eq!(session.poll_deadline(), Some(now + PACE));
        // The socket takes nothing, so nobody calls `poll_transmit`.
        session.handle_timeout(now + PACE);
        assert_eq!(session.poll_deadline(), None);
        assert!(session.poll_transmit(now + PACE).is_some());
        assert_eq!(session.poll_deadline(), None);
    }

    #[test]
    fn silence_ends_no_message_while_something_is_unread() {
        let mut session = Plain::new(Format::default());
        let now = any_instant();
        session.handle_bytes(b"first half, ", now);
        session.set_unread(true);
        assert_eq!(session.poll_deadline(), None);
        session.handle_timeout(now + 10 * QUIET);
        assert_eq!(session.poll_output(), None);
        session.set_unread(false);
        assert_eq!(session.poll_deadline(), Some(now + QUIET));
        session.handle_timeout(now + QUIET);
        assert!(matches!(session.poll_output(), Some(Output::Message(..))));
    }

    #[test]
    fn unencodable_text_is_not_sent_rather_than_replaced() {
        let mut session = Plain::new(Format::default());
        session.send(MessageId(7), "😀", Charset::CP949);
        assert_eq!(session.poll_output(), Some(Output::NotSent(MessageId(7))));
        assert_eq!(session.poll_transmit(any_instant()), None);
    }

    proptest! {
        #[test]
        fn two_sessions_hear_each_other_however_the_wire_splits(
            texts in proptest::collection::vec((any::<bool>(), "[a-z가-힣 ]{1,20}"), 1..12),
            piece in 1_usize..9,
            end in prop_oneof![Just(LineEnd::Lf), Just(LineEnd::CrLf)],
        ) {
            let mut pair = Pair::new([fixed(end); 2]);
            let mut said: [Vec<String>; 2] = Default::default();
            for (id, (second, text)) in texts.into_iter().enumerate() {
                let side = usize::from(second);
                pair.sides[side].send(MessageId(id as u64), &text, Charset::UTF_8);
                said[1 - side].push(text);
            }
            pair.drive(piece);
            prop_assert_eq!(pair.heard, said);
        }
    }
}
