//! The loaded items: in order, each with an id that stays the same while it is in view.

use std::{
    collections::{VecDeque, vec_deque},
    iter::{self, Rev},
    mem,
};

use super::{Item, ItemId, Place};
use crate::{net::MessageId, store::Row, text::charset::Reading};

/// One call of [`Items::reread`] stops after this many bytes of text
const REREAD_BYTES: usize = 128 * 1024;
/// or this many items: about a millisecond.
const REREAD_ITEMS: usize = 2_000;
/// The id of the first item. Ids count down for older items that are loaded before it.
pub(super) const FIRST: u64 = 1 << 40;
/// The distance between the ids before and after [`Items::take_all`].
const APART: u64 = 1 << 20;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Items {
    all: VecDeque<Item>,
    /// The sum of [`Item::bytes`].
    bytes: usize,
    /// The id of the first item.
    first: u64,
    /// The first and the last item in view.
    view: Option<(ItemId, ItemId)>,
    /// The newest message of the peer that arrived while it was loaded.
    newest_received: Option<ItemId>,
    /// The next item for [`Self::reread`].
    rereading: Option<ItemId>,
}

impl Default for Items {
    fn default() -> Self {
        Self {
            all: VecDeque::new(),
            bytes: 0,
            first: FIRST,
            view: None,
            newest_received: None,
            rereading: None,
        }
    }
}

impl Items {
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The sum of [`Item::bytes`].
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn first_id(&self) -> Option<ItemId> {
        (!self.is_empty()).then_some(ItemId(self.first))
    }

    pub fn last_id(&self) -> Option<ItemId> {
        (!self.is_empty()).then(|| ItemId(self.end() - 1))
    }

    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.all.get(self.index(id)?)
    }

    pub fn first(&self) -> Option<&Item> {
        self.all.front()
    }

    pub fn last(&self) -> Option<&Item> {
        self.all.back()
    }

    /// The oldest row of the store among them.
    pub fn first_row(&self) -> Option<Row> {
        self.iter().find_map(Item::row)
    }

    /// The newest row of the store among them.
    pub fn last_row(&self) -> Option<Row> {
        self.iter().rev().find_map(Item::row)
    }

    /// Oldest first.
    pub fn iter(&self) -> vec_deque::Iter<'_, Item> {
        self.all.iter()
    }

    /// Newest first, for changes that leave their order and their size alone.
    pub fn iter_mut(&mut self) -> Rev<vec_deque::IterMut<'_, Item>> {
        self.all.iter_mut().rev()
    }

    /// The item in this row of the store, for changes that leave its place and its size alone.
    pub fn stored_mut(&mut self, row: Row) -> Option<&mut Item> {
        let place = Place::stored(row);
        let position = self.position(place);
        let item = self.all.get_mut(position)?;
        (item.place == place).then_some(item)
    }

    /// Where this place is, or would be, among them: 0 before the first, [`Self::len`] after the last.
    pub fn position(&self, place: Place) -> usize {
        self.all.partition_point(|item| item.place < place)
    }

    /// The id of the item at this position.
    pub fn id_at(&self, position: usize) -> ItemId {
        ItemId(self.first + position as u64)
    }

    /// Whether this place is between the first and the last of them.
    pub fn spans(&self, place: Place) -> bool {
        self.first().is_some_and(|first| first.place < place)
            && self.last().is_some_and(|last| place < last.place)
    }

    /// Puts an item in its place, after those with the same place. An item with the same row is kept and takes
    /// over the delivery; the answer is `None` then.
    pub fn insert(&mut self, item: Item) -> Option<ItemId> {
        let place = item.place;
        let is_last = self
            .last()
            .is_none_or(|last| last.place < place || (last.place == place && place.is_unstored));
        let index = if is_last {
            self.all.len()
        } else if place.is_unstored {
            self.all.partition_point(|other| other.place <= place)
        } else {
            self.position(place)
        };
        if let Some(same) = self.all.get_mut(index)
            && same.place == place
            && !place.is_unstored
        {
            // The store knows nothing of the network, so only a final state of it is newer than ours.
            if let Some(delivery) = item.delivery().filter(|delivery| delivery.is_final()) {
                same.set_delivery(delivery);
            }
            return None;
        }
        self.bytes += item.bytes();
        let id = self.first + index as u64;
        // What is in view keeps its id, so what is above it makes room upwards.
        let is_above =
            self.view.is_some_and(|(top, _)| id <= top.0) || (index == 0 && !self.all.is_empty());
        if is_above {
            self.first -= 1;
            self.renumber(|other| if other < id { other - 1 } else { other });
        } else {
            self.renumber(|other| if other >= id { other + 1 } else { other });
        }
        self.all.insert(index, item);
        Some(self.id_at(index))
    }

    /// The item in this row takes over what has become of it.
    pub fn take_over(&mut self, newer: Item) {
        let position = self.position(newer.place);
        if let Some(item) = self.all.get_mut(position)
            && item.place == newer.place
        {
            let before = item.bytes();
            item.take_over(newer);
            self.bytes = self.bytes + item.bytes() - before;
        }
    }

    pub fn remove_first(&mut self) -> Option<Item> {
        self.remove(0)
    }

    pub fn remove_last(&mut self) -> Option<Item> {
        self.remove(self.all.len().checked_sub(1)?)
    }

    /// Removes our message with this id.
    pub fn remove_message(&mut self, id: MessageId) -> Option<Item> {
        let index = self.all.iter().rposition(|item| item.has_id(id))?;
        self.remove(index)
    }

    /// Removes all of them. The ids so far are not given to the next ones.
    pub fn take_all(&mut self) -> VecDeque<Item> {
        let first = self.end() + APART;
        let before = mem::replace(
            self,
            Self {
                first,
                ..Self::default()
            },
        );
        before.all
    }

    /// Makes all of them unstored, in the order in which they are.
    pub fn forget_rows(&mut self) {
        for item in &mut self.all {
            item.place = Place::after(Row::ZERO);
        }
    }

    /// Sets which items are in view.
    pub fn set_view(&mut self, first: ItemId, last: ItemId) {
        self.view = Some((first, last));
    }

    /// Whether there is more above the view than below it. Where no view is known, it is at the end.
    pub fn has_more_above(&self) -> bool {
        let (top, bottom) = self
            .view
            .map_or((self.end(), self.end()), |(top, bottom)| (top.0, bottom.0));
        top.saturating_sub(self.first) >= self.end().saturating_sub(bottom)
    }

    /// The newest message of the peer that arrived while it was loaded.
    pub fn newest_received(&self) -> Option<&Item> {
        self.get(self.newest_received?)
    }

    pub fn set_newest_received(&mut self, id: ItemId) {
        self.newest_received = Some(id);
    }

    /// Lets [`Self::reread`] begin at the newest item.
    pub fn begin_rereading(&mut self) {
        self.rereading = self.last_id();
    }

    /// Decodes some of the peer's plain text again, from the newest item to the oldest. False once all of it
    /// is done.
    pub fn reread(&mut self, reading: Reading) -> bool {
        let mut done = 0;
        for _ in 0..REREAD_ITEMS {
            let Some(id) = self.rereading else {
                return false;
            };
            let next = id.0.checked_sub(1).filter(|next| *next >= self.first);
            self.rereading = next.map(ItemId);
            let index = self.index(id);
            let Some(item) = index.and_then(|index| self.all.get_mut(index)) else {
                continue;
            };
            let before = item.bytes();
            item.reread(reading);
            self.bytes = self.bytes + item.bytes() - before;
            done += before;
            if done > REREAD_BYTES {
                break;
            }
        }
        self.rereading.is_some()
    }

    /// The id after the last one.
    fn end(&self) -> u64 {
        self.first + self.all.len() as u64
    }

    fn index(&self, id: ItemId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.first)?).ok()
    }

    fn remove(&mut self, index: usize) -> Option<Item> {
        let item = self.all.remove(index)?;
        self.bytes -= item.bytes();
        let id = self.first + index as u64;
        if index == 0 {
            self.first += 1;
        } else {
            self.renumber(|other| if other > id { other - 1 } else { other });
        }
        Some(item)
    }

    /// Gives the remembered ids their new numbers.
    fn renumber(&mut self, to: impl Fn(u64) -> u64) {
        for ItemId(id) in iter::chain(&mut self.newest_received, &mut self.rereading) {
            *id = to(*id);
        }
    }
}
