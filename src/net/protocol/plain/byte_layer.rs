//! What lies between the bytes of a plain-text connection and its text: Telnet's commands, and UTF-16.
//!
//! Sans-IO. Each connection has a new one.

use std::{borrow::Cow, time::Instant};

use super::{
    telnet::Telnet,
    utf16::{self, Start, Utf16},
};

#[derive(Debug)]
enum State {
    /// The first bytes, too few to tell what they are.
    Start(Vec<u8>),
    Text,
    Utf16(Utf16),
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct ByteLayer {
    state: State,
    /// When it began to hold bytes back.
    held_since: Option<Instant>,
    telnet: Telnet,
}

impl ByteLayer {
    pub fn new() -> Self {
        Self {
            state: State::Start(Vec::new()),
            held_since: None,
            telnet: Telnet::new(),
        }
    }

    /// The text in bytes that arrived. `is_letter` says that byte 255 is a letter of the encoding.
    pub fn receive<'a>(&mut self, bytes: &'a [u8], is_letter: bool, now: Instant) -> Cow<'a, [u8]> {
        let bytes = match &mut self.state {
            State::Start(held) => {
                held.extend_from_slice(bytes);
                let mut first = std::mem::take(held);
                match utf16::start(&first) {
                    Start::Unknown => {
                        if !first.is_empty() {
                            self.held_since.get_or_insert(now);
                        }
                        *held = first;
                        return Cow::Borrowed(&[]);
                    }
                    Start::Other => self.state = State::Text,
                    Start::Utf16(utf16, mark) => {
                        self.state = State::Utf16(utf16);
                        first.drain(..mark);
                    }
                }
                self.held_since = None;
                Cow::Owned(first)
            }
            State::Text | State::Utf16(_) => Cow::Borrowed(bytes),
        };
        match &mut self.state {
            State::Utf16(utf16) => {
                let mut text = Vec::new();
                utf16.receive(&bytes, &mut text);
                Cow::Owned(text)
            }
            State::Start(_) | State::Text if self.telnet.is_text_only(&bytes) => bytes,
            State::Start(_) | State::Text => {
                let mut text = Vec::with_capacity(bytes.len());
                self.telnet.receive(&bytes, is_letter, &mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Since when bytes are held back that are too few to tell what they are.
    pub fn held_since(&self) -> Option<Instant> {
        self.held_since
    }

    /// No more bytes come for now: the text in those that were held back.
    pub fn release(&mut self, is_letter: bool) -> Vec<u8> {
        self.held_since = None;
        let mut text = Vec::new();
        if let State::Start(held) = &mut self.state {
            let held = std::mem::take(held);
            self.state = State::Text;
            self.telnet.receive(&held, is_letter, &mut text);
        }
        text
    }

    /// The peer has finished: the text in bytes that were held back.
    pub fn finish(&mut self, is_letter: bool) -> Vec<u8> {
        let mut text = if self.held_since.is_some() {
            self.release(is_letter)
        } else {
            Vec::new()
        };
        self.telnet.finish(&mut text);
        text
    }

    /// Whether the peer speaks UTF-16, so that its text arrives and ours is expected as UTF-8.
    pub fn is_utf16(&self) -> bool {
        matches!(self.state, State::Utf16(_))
    }

    /// Whether text goes over the wire as it is.
    pub fn is_transparent(&self) -> bool {
        !self.is_utf16() && !self.telnet.is_certain()
    }

    /// Appends a message, with its line ends, as it goes over the wire.
    pub fn append(&self, message: &[u8], bytes: &mut Vec<u8>) {
        match &self.state {
            State::Utf16(utf16) => bytes.extend(utf16.send(message)),
            State::Start(_) | State::Text if self.telnet.is_certain() => {
                for part in message.split_inclusive(|byte| *byte == 255) {
                    bytes.extend_from_slice(part);
                    if part.ends_with(&[255]) {
                        bytes.push(255);
                    }
                }
            }
            State::Start(_) | State::Text => bytes.extend_from_slice(message),
        }
    }

    /// Replies to Telnet's commands, to be sent between messages.
    pub fn take_replies(&mut self) -> Vec<u8> {
        self.telnet.take_replies()
    }

    /// Whether there are such replies.
    pub fn has_replies(&self) -> bool {
        self.telnet.has_replies()
    }
}
