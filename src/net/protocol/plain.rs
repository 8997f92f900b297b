//! One session in plain text, over one or several connections.
//!
//! Sans-IO, with three kinds of method: `handle_*` tell it what has happened; `send` and the setters change it; `poll_*`
//! say what to do next. Time is an argument. The worker owns the sockets.

mod byte_layer;
mod framer;
mod peer_sending;
mod queue;
mod telnet;
mod utf16;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

pub use crate::net::protocol::plain::framer::{HALF_CHARACTER, LINE_CAP, QUIET};

use crate::{
    net::protocol::{
        Tag,
        plain::{
            byte_layer::ByteLayer,
            framer::{Framer, append_with_line_ends},
            peer_sending::PeerSending,
            queue::{Outgoing, Queue},
        },
    },
    text::{
        charset::{Charset, Decoded, Reading},
        detect::Detector,
        line_end::LineEnd,
    },
};

/// Maximum size of the queue, in bytes. Above it a message is not sent, and that is reported.
pub const QUEUE_CAP: usize = 1024 * 1024;

/// Minimum pause between messages without line ends, because the pause is all that separates them: twice the silence
/// that ends a message.
const PACE: Duration = QUIET.saturating_mul(2);

/// Messages with line ends are written together up to about this size, in bytes.
const BATCH: usize = 16 * 1024;

/// How messages are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Format {
    /// How incoming bytes are read.
    pub reading: Reading,
    /// The line end of outgoing messages; `None` mirrors that of the peer's last message.
    pub line_end: Option<LineEnd>,
}

/// What a session reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The peer sent this message.
    Message(Decoded, LineEnd),
    /// The system has taken all bytes of this message, and if the peer no longer sends, no reset has answered it.
    Sent(Tag),
    /// This message was not sent whole, and will not be.
    NotSent(Tag),
    /// The peer ended the chat with `#exit`.
    ExitReceived,
    /// Our own `#exit` was sent.
    ExitSent,
    /// The peer has closed its direction. It may read on, or be gone.
    PeerFinished,
}

/// What is being written: one message, or several with line ends.
#[derive(Debug)]
struct Writing {
    /// The messages with their line ends.
    bytes: Vec<u8>,
    written: usize,
    /// The end of the last message that is written whole.
    done: usize,
    /// The messages that are not written whole, each with its end in `bytes`.
    messages: VecDeque<(Outgoing, usize)>,
    paced: bool,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Plain {
    format: Format,
    detector: Detector,
    layer: ByteLayer,
    framer: Framer,
    peer_end: LineEnd,
    peer_sending: PeerSending,
    queue: Queue,
    writing: Option<Writing>,
    /// Nothing is written before this.
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
            detector: Detector::new(format.reading),
            layer: ByteLayer::new(),
            framer: Framer::new(format.reading),
            peer_end: LineEnd::None,
            peer_sending: PeerSending::Continues,
            queue: Queue::default(),
            writing: None,
            hold_until: None,
            unread: false,
            over: false,
            outputs: VecDeque::new(),
        }
    }

    /// Bytes arrived.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        let text = self
            .layer
            .receive(bytes, self.format.reading.has_letter_255(), now);
        self.framer.push(&text, now);
        self.read_lines();
    }

    /// Whether bytes may have arrived that were not passed to `handle_bytes`. While so, we are the ones who are late, and
    /// silence ends no message.
    pub fn set_unread(&mut self, unread: bool) {
        self.unread = unread;
    }

    /// `poll_deadline` may have come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.hold_until = self.hold_until.filter(|until| now < *until);
        if self.peer_sending.poll_report(now) {
            self.outputs.push_back(Output::PeerFinished);
        }
        while let Some(tag) = self.peer_sending.poll_confirmed(now) {
            self.outputs.push_back(Output::Sent(tag));
        }
        if !self.unread {
            let held_since = self.layer.held_since();
            if held_since.is_some_and(|since| since + QUIET <= now) {
                let text = self.layer.release(self.format.reading.has_letter_255());
                self.framer.push(&text, now);
            }
            self.framer.handle_timeout(now);
            self.read_lines();
        }
    }

    /// The peer has closed its direction: what has arrived is complete. No new message is begun until `report_at`,
    /// when this is reported: a peer that reconnects for every message may be back by then, and it may have shown that
    /// it has left.
    pub fn handle_peer_finished(&mut self, report_at: Instant) {
        self.finish_reading();
        self.peer_sending.finish(report_at);
    }

    /// What waits because the peer has finished goes out now.
    pub fn hurry(&mut self) {
        self.peer_sending.release();
    }

    /// The connection is gone. What has arrived is complete. A message that was written in part is not sent; the others
    /// wait for the next connection of the same peer.
    pub fn handle_link_lost(&mut self) {
        self.finish_reading();
        self.layer = ByteLayer::new();
        self.hold_until = None;
        let lost = self.peer_sending.reset();
        self.outputs.extend(lost.map(Output::NotSent));
        let Some(mut writing) = self.writing.take() else {
            return;
        };
        // Newest first, so that the queue is in order again.
        while let Some((message, _)) = writing.messages.pop_back() {
            let start = writing
                .messages
                .back()
                .map_or(writing.done, |(_, end)| *end);
            if start < writing.written {
                self.outputs.push_back(Output::NotSent(message.tag));
            } else {
                // Nothing of it is written: it can still be sent whole.
                self.queue.put_back(message);
            }
        }
    }

    /// No further connection will follow: what waits is not sent.
    pub fn handle_end(&mut self) {
        let sent = self.peer_sending.reset();
        self.outputs.extend(sent.map(Output::Sent));
        self.handle_link_lost();
        self.outputs.extend(self.queue.clear().map(Output::NotSent));
    }

    /// Queues a message, to be encoded in `charset`.
    pub fn send(&mut self, tag: Tag, text: &str, charset: Charset) {
        let charset = if self.layer.is_utf16() {
            Charset::UTF_8
        } else {
            charset
        };
        match charset.encode(text) {
            Ok(bytes) if self.queue.has_room(bytes.len()) && !self.over => {
                self.queue.push(Outgoing {
                    tag,
                    text: bytes,
                    is_exit: is_exit(text),
                });
            }
            // The window has checked the encoding; the queue is full if the peer does not read.
            _ => self.outputs.push_back(Output::NotSent(tag)),
        }
    }

    /// Changes how the rest of the session is read and written.
    pub fn set_format(&mut self, format: Format) {
        self.format = format;
        self.detector.set_reading(format.reading);
        self.framer.set_reading(format.reading);
    }

    /// Whether there is nothing left to write.
    pub fn is_flushed(&self) -> bool {
        !self.has_more_to_write() && self.peer_sending.is_confirmed()
    }

    /// What has happened, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle_timeout`, or `poll_transmit` again.
    pub fn poll_deadline(&self) -> Option<Instant> {
        let quiet = if self.unread {
            None
        } else {
            let held = self.layer.held_since().map(|since| since + QUIET);
            [self.framer.deadline(), held].into_iter().flatten().min()
        };
        let pace = if self.has_more_to_write() {
            self.hold_until
        } else {
            None
        };
        let finished = self.peer_sending.poll_deadline();
        [quiet, pace, finished].into_iter().flatten().min()
    }

    /// The bytes to write now, if any; say with `transmitted` how many of them went.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<&[u8]> {
        if self.writing.is_none() {
            self.writing = self.replies();
        }
        if self.writing.is_none() {
            if self.peer_sending.holds() || self.hold_until.is_some_and(|until| now < until) {
                return None;
            }
            self.writing = self.next_batch();
        }
        self.writing
            .as_ref()
            .and_then(|writing| writing.bytes.get(writing.written..))
    }

    /// The system took `count` bytes of the last `poll_transmit`.
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
            let sent = self.peer_sending.transmitted(message.tag, now);
            self.outputs.extend(sent.map(Output::Sent));
            if message.is_exit {
                self.over = true;
                self.outputs.push_back(Output::ExitSent);
            }
        }
        if writing.messages.is_empty() && writing.written >= writing.bytes.len() {
            if writing.paced {
                self.hold_until = Some(now + PACE);
            }
            self.writing = None;
        }
    }

    /// Replies to the peer's commands, which belong to no message.
    fn replies(&mut self) -> Option<Writing> {
        self.layer.has_replies().then(|| Writing {
            bytes: self.layer.take_replies(),
            written: 0,
            done: 0,
            messages: VecDeque::new(),
            paced: false,
        })
    }

    /// Takes from the queue what can be written together.
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
        while let Some(message) = self.queue.pop() {
            if self.layer.is_transparent() {
                append_with_line_ends(&mut batch.bytes, &message.text, end);
            } else {
                let mut text = Vec::new();
                append_with_line_ends(&mut text, &message.text, end);
                self.layer.append(&text, &mut batch.bytes);
            }
            let last = message.is_exit || paced || batch.bytes.len() >= BATCH;
            batch.messages.push_back((message, batch.bytes.len()));
            if last {
                break;
            }
        }
        (!batch.messages.is_empty()).then_some(batch)
    }

    fn has_more_to_write(&self) -> bool {
        self.writing.is_some() || !self.queue.is_empty() || self.layer.has_replies()
    }

    fn finish_reading(&mut self) {
        let text = self.layer.finish(self.format.reading.has_letter_255());
        self.framer.finish_with(&text);
        self.read_lines();
    }

    fn read_lines(&mut self) {
        while let Some(line) = self.framer.poll_line() {
            if self.over {
                continue;
            }
            self.peer_end = line.end;
            let decoded = if self.layer.is_utf16() {
                Decoded {
                    reading: self.format.reading,
                    ..Reading::Fixed(Charset::UTF_8).decode(&line.bytes)
                }
            } else {
                self.detector.decode(&line.bytes)
            };
            if is_exit(&decoded.text) {
                self.over = true;
                self.outputs.push_back(Output::ExitReceived);
            } else {
                self.outputs.push_back(Output::Message(decoded, line.end));
            }
        }
    }
}

/// Whether this message ends the chat, as in the original programs.
pub fn is_exit(text: &str) -> bool {
    text.trim() == "#exit"
}

#[cfg(test)]
mod tests;
