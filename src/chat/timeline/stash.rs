//! Items that are not in the store, for as long as they are not loaded.

use std::{collections::VecDeque, mem};

use super::Item;
use crate::{net::MessageId, store::Row};

/// Maximum number of items in a stash.
const MAX_STASHED: usize = 1_000;
/// Maximum size of the text of all items in a stash, in bytes.
const MAX_STASHED_BYTES: usize = 1024 * 1024;

/// Items that are not in the store, in order. The oldest are dropped when there are too many.
#[derive(Debug, Default)]
pub(in crate::chat) struct Stash {
    items: VecDeque<Item>,
}

impl Stash {
    /// Puts an item in its place, after those with the same place.
    pub fn insert(&mut self, item: Item) {
        let index = self
            .items
            .partition_point(|other| other.place <= item.place);
        self.items.insert(index, item);
        self.drop_oldest();
    }

    /// Takes out the items that are wanted.
    pub fn take(&mut self, is_wanted: impl Fn(&Item) -> bool) -> VecDeque<Item> {
        let (taken, left) = mem::take(&mut self.items).into_iter().partition(is_wanted);
        self.items = left;
        taken
    }

    pub fn remove_message(&mut self, id: MessageId) -> Option<Item> {
        let index = self.items.iter().position(|item| item.has_id(id))?;
        self.items.remove(index)
    }

    /// Changes a message of ours, if it is here.
    pub fn update(&mut self, id: MessageId, change: impl Fn(&mut Item)) {
        if let Some(item) = self.items.iter_mut().find(|item| item.has_id(id)) {
            change(item);
        }
    }

    /// The worker has crashed: messages that it was about to send are lost.
    pub fn fail_sending(&mut self) {
        self.iter_mut().for_each(Item::fail_sending);
    }

    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.items.iter()
    }

    /// For changes that leave their order and their size alone.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        self.items.iter_mut()
    }

    /// Adds the items of another stash: they came after row `newest` of the store.
    pub fn append(&mut self, other: Self, newest: Option<Row>) {
        for mut item in other.items {
            item.came_after(newest);
            self.insert(item);
        }
    }

    fn drop_oldest(&mut self) {
        let mut bytes: usize = self.items.iter().map(Item::bytes).sum();
        while self.items.len() > MAX_STASHED || bytes > MAX_STASHED_BYTES {
            let Some(item) = self.items.pop_front() else {
                break;
            };
            bytes -= item.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{
        chat::timeline::{Message, Speaker},
        text::charset::Reading,
    };

    fn filled(count: usize, text: &str) -> Stash {
        let mut stash = Stash::default();
        for _ in 0..count {
            let decoded = Reading::default().decode(text.as_bytes());
            let message = Message::received(Speaker::Me, decoded);
            stash.insert(Item::message(message, Timestamp::UNIX_EPOCH));
        }
        stash
    }

    #[test]
    fn a_stash_has_a_bounded_number_of_items_and_bytes() {
        assert_eq!(filled(MAX_STASHED + 9, "x").items.len(), MAX_STASHED);
        let text = "x".repeat(MAX_STASHED_BYTES / 10);
        assert_eq!(filled(20, &text).items.len(), 10);
    }
}
