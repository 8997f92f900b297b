//! What waits to be encrypted.

use std::collections::{BTreeMap, VecDeque};

use super::transfers::Transfers;
use crate::{
    identity::StreamId,
    net::protocol::{
        Tag,
        frame::{Ack, Body, Frame, Item, ReadMark},
    },
};

/// Above these limits, in bytes of text and in items, there is no room for another item.
pub(super) const MAX_BYTES: usize = 256 * 1024;
const MAX_ITEMS: usize = 1024;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Frames that go before all items.
    pub(super) control: VecDeque<Frame>,
    /// How far each of the peer's streams has come. They go after the other control frames, and before all items.
    pub(super) acks: BTreeMap<StreamId, u64>,
    items: VecDeque<(Tag, Item)>,
    /// Of all items.
    pub(super) bytes: usize,
    /// The content of files. It goes when nothing else waits.
    pub transfers: Transfers,
}

impl Queue {
    pub fn has_room(&self) -> bool {
        self.bytes < MAX_BYTES && self.items.len() < MAX_ITEMS
    }

    pub fn push_item(&mut self, tag: Tag, item: Item) {
        self.bytes += length(&item);
        self.items.push_back((tag, item));
    }

    pub fn pop_item(&mut self) -> Option<(Tag, Item)> {
        let (tag, item) = self.items.pop_front()?;
        self.bytes = self.bytes.saturating_sub(length(&item));
        Some((tag, item))
    }

    pub fn push_control(&mut self, frame: Frame) {
        self.control.push_back(frame);
    }

    /// Does nothing if the same frame waits already.
    pub fn push_once(&mut self, frame: Frame) {
        if !self.control.contains(&frame) {
            self.control.push_back(frame);
        }
    }

    /// Replaces an earlier one for the same stream: the highest number is enough. A peer that does not read can have one
    /// waiting for each of its many streams, so this must not look through all of them.
    pub fn push_ack(&mut self, ack: Ack) {
        self.acks.insert(ack.stream, ack.up_to);
    }

    /// Replaces an earlier one.
    pub fn push_typing(&mut self, typing: bool) {
        self.control
            .retain(|frame| !matches!(frame, Frame::Typing(_)));
        self.control.push_back(Frame::Typing(typing));
    }

    /// Replaces an earlier one.
    pub fn push_read(&mut self, read: ReadMark) {
        self.control
            .retain(|frame| !matches!(frame, Frame::Read(_)));
        self.control.push_back(Frame::Read(read));
    }

    /// Moves all control frames to `plain`.
    pub fn take_control(&mut self, plain: &mut Vec<u8>) {
        for frame in self.control.drain(..) {
            frame.append_to(plain);
        }
        for (stream, up_to) in std::mem::take(&mut self.acks) {
            Frame::Ack(Ack { stream, up_to }).append_to(plain);
        }
    }

    pub fn clear_control(&mut self) {
        self.control.clear();
        self.acks.clear();
    }

    /// Removes all items, and returns their tags.
    pub fn clear_items(&mut self) -> impl Iterator<Item = Tag> {
        self.bytes = 0;
        self.items.drain(..).map(|(tag, _)| tag)
    }

    pub fn has_items(&self) -> bool {
        !self.items.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.control.is_empty() && self.acks.is_empty()
    }
}

/// What an item counts for, in bytes.
pub(super) fn length(item: &Item) -> usize {
    match &item.body {
        Body::Text(text) | Body::Reply(_, text) | Body::Edit(_, text) | Body::Reaction(_, text) => {
            text.len()
        }
        Body::Offer(name, _) => name.len(),
        Body::Delete(_) | Body::File(..) | Body::Skip | Body::Unknown(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_stream_the_last_acknowledgement_waits_after_other_control_frames() {
        let [one, other] = [1, 2].map(|byte| StreamId::from_bytes([byte; 16]));
        let ack = |stream, up_to| Ack { stream, up_to };
        let mut queue = Queue::default();
        queue.push_ack(ack(other, 1));
        for up_to in 1..=3 {
            queue.push_ack(ack(one, up_to));
        }
        queue.push_control(Frame::Ping);
        assert!(!queue.is_empty());
        let mut expected = Vec::new();
        for frame in [
            Frame::Ping,
            Frame::Ack(ack(one, 3)),
            Frame::Ack(ack(other, 1)),
        ] {
            frame.append_to(&mut expected);
        }
        let mut plain = Vec::new();
        queue.take_control(&mut plain);
        assert_eq!(plain, expected);
        assert!(queue.is_empty());
    }
}
