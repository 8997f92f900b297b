//! What waits to be encrypted.

use std::collections::VecDeque;

use crate::net::protocol::{
    Tag,
    frame::{Ack, Body, Frame, Item},
};

/// Above these limits, in bytes of text and in items, there is no room for another item.
pub(super) const MAX_BYTES: usize = 256 * 1024;
const MAX_ITEMS: usize = 1024;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Frames that go before all items.
    pub(super) control: VecDeque<Frame>,
    items: VecDeque<(Tag, Item)>,
    /// Of all items.
    pub(super) bytes: usize,
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

    /// Replaces an earlier one for the same stream: the highest number is enough.
    pub fn push_ack(&mut self, ack: Ack) {
        let is_same = |frame: &Frame| matches!(frame, Frame::Ack(Ack { stream, .. }) if *stream == ack.stream);
        self.control.retain(|frame| !is_same(frame));
        self.control.push_back(Frame::Ack(ack));
    }

    /// Replaces an earlier one.
    pub fn push_typing(&mut self, typing: bool) {
        self.control
            .retain(|frame| !matches!(frame, Frame::Typing(_)));
        self.control.push_back(Frame::Typing(typing));
    }

    /// Moves all control frames to `plain`.
    pub fn take_control(&mut self, plain: &mut Vec<u8>) {
        for frame in self.control.drain(..) {
            frame.append_to(plain);
        }
    }

    pub fn clear_control(&mut self) {
        self.control.clear();
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
        self.items.is_empty() && self.control.is_empty()
    }
}

/// What an item counts for, in bytes.
pub(super) fn length(item: &Item) -> usize {
    match &item.body {
        Body::Text(text) => text.len(),
        Body::Skip | Body::Unknown(_) => 0,
    }
}
