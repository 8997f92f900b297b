//! Encrypted bytes that are being written, and the messages in them.

use std::collections::VecDeque;

use super::tls::Tls;
use crate::net::protocol::Tag;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct SendBuffer {
    bytes: Vec<u8>,
    /// How many of them are written.
    written: usize,
    /// The messages that are not written whole, each with its end in `bytes`.
    marks: VecDeque<(Tag, usize)>,
}

impl SendBuffer {
    /// Whether everything is written.
    pub fn is_written(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// The bytes to write, if any.
    pub fn unwritten(&self) -> Option<&[u8]> {
        let rest = self.bytes.get(self.written..);
        rest.filter(|bytes| !bytes.is_empty())
    }

    /// `count` more bytes are written. Returns the messages that are whole by that.
    pub fn advance(&mut self, count: usize) -> impl Iterator<Item = Tag> {
        self.written += count;
        std::iter::from_fn(|| {
            let whole = self.marks.pop_front_if(|(_, end)| *end <= self.written);
            whole.map(|(tag, _)| tag)
        })
    }

    /// Starts again once everything is written.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.written = 0;
    }

    /// The number of bytes, written ones included.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Encrypts `plain`, which holds the messages `tags`, and empties both.
    pub fn encrypt(&mut self, plain: &mut Vec<u8>, tags: &mut Vec<Tag>, tls: &mut Tls) {
        if !plain.is_empty() {
            tls.write(plain);
            tls.take_output(&mut self.bytes);
            plain.clear();
        }
        let end = self.bytes.len();
        self.marks.extend(tags.drain(..).map(|tag| (tag, end)));
    }

    /// Takes what TLS itself has to say.
    pub fn take_from(&mut self, tls: &mut Tls) {
        tls.take_output(&mut self.bytes);
    }

    /// Forgets the messages that are not written whole, and returns their tags.
    pub fn clear_marks(&mut self) -> impl Iterator<Item = Tag> {
        self.marks.drain(..).map(|(tag, _)| tag)
    }
}
