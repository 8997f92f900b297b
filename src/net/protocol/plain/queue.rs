//! Messages that wait to be written.

use std::collections::VecDeque;

use super::QUEUE_CAP;
use crate::net::protocol::Tag;

/// A message of ours, encoded, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub tag: Tag,
    pub text: Vec<u8>,
    pub is_exit: bool,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Queue {
    messages: VecDeque<Outgoing>,
    /// Of all messages.
    bytes: usize,
}

impl Queue {
    /// Whether another message of this many bytes fits.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.bytes + bytes <= QUEUE_CAP
    }

    pub fn push(&mut self, message: Outgoing) {
        self.bytes += message.text.len();
        self.messages.push_back(message);
    }

    /// Puts a message that was not written back before all others.
    pub fn put_back(&mut self, message: Outgoing) {
        self.bytes += message.text.len();
        self.messages.push_front(message);
    }

    pub fn pop(&mut self) -> Option<Outgoing> {
        let message = self.messages.pop_front()?;
        self.bytes = self.bytes.saturating_sub(message.text.len());
        Some(message)
    }

    /// Removes all messages, and returns their tags.
    pub fn clear(&mut self) -> impl Iterator<Item = Tag> {
        self.bytes = 0;
        self.messages.drain(..).map(|message| message.tag)
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u64, bytes: usize) -> Outgoing {
        Outgoing {
            tag: Tag(tag),
            text: vec![b'x'; bytes],
            is_exit: false,
        }
    }

    #[test]
    fn room_is_counted_through_every_change() {
        let mut queue = Queue::default();
        queue.push(message(1, QUEUE_CAP - 2));
        queue.push(message(2, 1));
        assert!(queue.has_room(1) && !queue.has_room(2));
        let first = queue.pop().expect("a message");
        assert!(queue.has_room(QUEUE_CAP - 1) && !queue.has_room(QUEUE_CAP));
        queue.put_back(first);
        assert!(queue.has_room(1) && !queue.has_room(2));
        assert_eq!(queue.clear().collect::<Vec<_>>(), [Tag(1), Tag(2)]);
        assert!(queue.is_empty() && queue.has_room(QUEUE_CAP));
    }
}
