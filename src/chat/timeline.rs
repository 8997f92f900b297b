//! The messages and notes of the open conversation, in order. Only a part of them is loaded.
//!
//! Rows of the store are loaded in pages and unloaded again. Items that are not in the store (most notes, messages
//! just written, everything if no history is kept) keep their places between the rows. `Items` holds what is loaded,
//! `LoadedRange` knows which part of the conversation that is, and `Stash` holds unstored items of the other parts.

mod attached;
mod deliveries;
mod item;
mod items;
mod loaded_range;
mod message;
mod note;
mod paging;
mod stash;

use std::mem;

use crate::{store::Row, text::charset::Reading};
pub use attached::Attached;
use item::Place;
pub use item::{Content, Item, ItemId};
use items::Items;
use loaded_range::LoadedRange;
pub use message::{Delivery, Message, Speaker};
pub use note::Note;
pub(super) use stash::Stash;

/// Maximum number of loaded items of a conversation that is read from the store.
pub const MAX_LOADED: usize = 800;
/// Maximum number of items if there is no store to read from. The oldest are dropped.
pub const MAX_ITEMS: usize = 100_000;
/// Maximum number of bytes of text in the loaded items.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Timeline {
    source: Source,
    items: Items,
    range: LoadedRange,
    stash: Stash,
    /// Whether there may be items at [`Place::UNKNOWN`].
    has_unplaced: bool,
    unread: Unread,
    /// The newest row in the store that events have told of since the peer connected. Fewer or more may be loaded.
    last_row: Option<Row>,
    /// How plain text of the peer is decoded.
    reading: Reading,
    /// Whether the person has changed `reading` since the start. Only then are rows of the store decoded again.
    is_reading_chosen: bool,
    dropped: u64,
    arrived: u64,
}

/// Where items come from, apart from events.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// From nowhere.
    #[default]
    None,
    /// From the store, in pages.
    Store,
    /// The same once the store is open.
    StoreOnceOpen,
}

/// Which messages were new when the conversation was opened.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// None, or it is not known yet.
    #[default]
    None,
    /// The peer's messages after row `read` and up to row `newest`. The first of them may not be loaded yet.
    Between { read: Row, newest: Row },
    /// Those from this row on.
    From(Row),
}

/// Rows of the store that are missing at the end of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// The row before them.
    pub after: Row,
}

/// What happens to unstored items when another conversation is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unstored {
    /// They stay with the old conversation.
    SetAside,
    /// No conversation was open before, so they move to the new one.
    Carry,
}

/// Read by the window.
impl Timeline {
    /// Number of loaded items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item is loaded.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Number of items that were dropped for good, to keep the timeline bounded.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Number of items that came at the end since the program started, loaded or not.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// The oldest item to show. If there are older ones in the store, the first loaded item is not shown yet: how
    /// an item looks depends on the one before it.
    pub fn first_id(&self) -> Option<ItemId> {
        let first = self.items.first_id()?;
        let is_held_back = !self.at_start() && self.len() > 1;
        Some(ItemId(first.0 + u64::from(is_held_back)))
    }

    /// The newest loaded item.
    pub fn last_id(&self) -> Option<ItemId> {
        self.items.last_id()
    }

    /// The newest message that the peer sent while this conversation was open.
    pub fn newest_from_peer(&self) -> Option<&Item> {
        self.items.newest_received()
    }

    /// An item, if it is loaded.
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.items.get(id)
    }

    /// The loaded items, oldest first.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter()
    }

    /// Whether nothing comes before the first loaded item.
    pub fn at_start(&self) -> bool {
        self.range.at_start
    }

    /// Whether nothing comes after the last loaded item.
    pub fn at_end(&self) -> bool {
        self.range.at_end
    }

    /// The oldest and the newest row in the store; `None` if all of them are loaded.
    pub fn span(&self) -> Option<(Row, Row)> {
        self.range.stored().filter(|_| !self.range.is_whole())
    }

    /// Where an item stands in the store: its own row, or that of the item it came after.
    pub fn row_at(&self, id: ItemId) -> Option<Row> {
        self.get(id).map(|item| item.place.row)
    }

    /// The item with this row, or the next one after it; `None` if that is not loaded.
    pub fn find(&self, row: Row) -> Option<ItemId> {
        let position = self.items.position(Place::stored(row));
        let is_loaded =
            (position > 0 || self.at_start()) && (position < self.len() || self.at_end());
        let position = position.min(self.len().checked_sub(1)?);
        is_loaded.then_some(self.items.id_at(position))
    }

    /// The newest loaded row of the store.
    pub fn last_row(&self) -> Option<Row> {
        self.items.last_row()
    }

    /// The row of the first message that was new when the conversation was opened, once it is loaded.
    pub fn first_unread(&self) -> Option<Row> {
        match self.unread {
            Unread::From(row) => Some(row),
            Unread::None | Unread::Between { .. } => None,
        }
    }
}

/// Changed by the chat.
impl Timeline {
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            reading,
            ..Self::default()
        }
    }

    /// Whether the conversation can be read from the store, in pages.
    pub(super) fn is_paged(&self) -> bool {
        self.source == Source::Store
    }

    /// Sets whether the conversation can be read from the store, in pages. If not, what is loaded is all there is.
    pub(super) fn set_paged(&mut self, is_paged: bool) {
        self.source = if is_paged {
            Source::Store
        } else {
            Source::None
        };
        if !is_paged {
            self.range.at_start = true;
            self.range.at_end = true;
            self.load_stash();
        }
    }

    /// How plain text of the peer is decoded.
    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    /// Sets how plain text of the peer is decoded. [`Self::reread`] does it for items that are loaded already.
    pub(super) fn set_reading(&mut self, reading: Reading) {
        self.reading = reading;
        self.is_reading_chosen = true;
        self.items.begin_rereading();
    }

    /// Decodes some more of the loaded items, the newest first. False once all are done.
    pub(super) fn reread(&mut self) -> bool {
        let has_more = self.items.reread(self.reading);
        // The same bytes may make a longer text.
        self.trim();
        has_more
    }

    /// The peer has connected, and this is the newest row in the store. What comes now comes after it, and later rows
    /// are not unread.
    pub(super) fn set_last_row(&mut self, row: Option<Row>) {
        self.last_row = row.filter(|_| self.is_paged());
    }

    /// Adds an item that has just arrived. Returns the rows that are missing before it, if any.
    pub(super) fn add(&mut self, item: Item) -> Option<Gap> {
        self.arrived += 1;
        let is_from_peer = item.is_from_peer();
        let (gap, id) = self.add_live(item);
        if let Some(id) = id.filter(|_| is_from_peer) {
            self.items.set_newest_received(id);
        }
        self.trim();
        gap
    }

    /// These messages have changed in the store. What quotes them changes too.
    pub(super) fn take_changed(&mut self, items: Vec<Item>) {
        for newer in items {
            if let (Some(row), Content::Message(message)) = (newer.row(), &newer.content) {
                let beginning = message.beginning().to_owned();
                for item in self.all_items_mut() {
                    item.requote(row, &beginning);
                }
            }
            self.items.take_over(newer);
        }
        self.trim();
    }

    /// Puts an item that has just arrived in its place if that is loaded, and returns its id.
    fn add_live(&mut self, mut item: Item) -> (Option<Gap>, Option<ItemId>) {
        let mut gap = None;
        if let Some(row) = item.row() {
            self.resolve_unplaced(row.previous());
            let newest = self.range.newest().filter(|newest| newest.next() < row);
            gap = newest
                .filter(|_| self.at_end() && self.is_paged())
                .map(|after| Gap { after });
            self.tell_row(row);
        } else {
            let newest = self.range.newest();
            item.came_after(match item.content {
                // A page may already have rows that came after what this note tells.
                Content::Note(_) => self.last_row.or(newest),
                Content::Message(_) => newest.max(self.last_row),
            });
            self.has_unplaced |= item.place == Place::UNKNOWN;
        }
        let is_inside = item.row().is_some() && self.items.spans(item.place);
        if self.at_end() || is_inside {
            return (gap, self.items.insert(item));
        }
        self.set_aside([item]);
        (gap, None)
    }

    /// An event tells of this row.
    fn tell_row(&mut self, row: Row) {
        self.range.add_stored(Some((row, row)));
        self.last_row = self.last_row.map(|last| last.max(row));
    }

    /// Loaded items, newest first, and the stash.
    fn all_items_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        self.items.iter_mut().chain(self.stash.iter_mut())
    }

    /// Moves items at [`Place::UNKNOWN`] to the place after row `newest`.
    fn resolve_unplaced(&mut self, newest: Row) {
        if !mem::take(&mut self.has_unplaced) {
            return;
        }
        for item in self.all_items_mut() {
            if item.place == Place::UNKNOWN {
                item.place = Place::after(newest);
            }
        }
    }
}

#[cfg(test)]
mod tests;
