//! How pages of the store are loaded and unloaded.

use std::mem;

use super::{
    Item, ItemId, MAX_BYTES, MAX_ITEMS, MAX_LOADED, Place, Source, Stash, Timeline, Unread,
    Unstored,
    loaded_range::{Keep, LoadedRange, PageRows},
};
use crate::{chat::closed::ClosedConversation, history::At, store::Row};

impl Timeline {
    /// Sets which items are in view. They are the last to be unloaded.
    pub(in crate::chat) fn set_view(&mut self, first: ItemId, last: ItemId) {
        self.items.set_view(first, last);
    }

    /// The page before the loaded items; `None` if there is nothing there.
    pub(in crate::chat) fn before(&self) -> Option<At> {
        self.range.before(&self.items)
    }

    /// The page after the loaded items; `None` if it is not known which row they end with.
    pub(in crate::chat) fn after(&self) -> Option<At> {
        LoadedRange::after(&self.items)
    }

    /// Sets which messages are unread, before the first page of a conversation is added: those after row `read`.
    /// `newest` is the newest row in the store. Messages that arrived while the conversation was open are not unread.
    pub(in crate::chat) fn set_unread(&mut self, read: Row, newest: Option<Row>) {
        let newest = newest.unwrap_or_default();
        let arrived = self.items.first_row().map(Row::previous);
        let newest = [arrived, self.last_row]
            .into_iter()
            .flatten()
            .fold(newest, Row::min);
        if newest > read {
            self.unread = Unread::Between { read, newest };
        }
    }

    /// Adds the page that was requested with `at`. `stored` is the oldest and the newest row in the store. False
    /// if the page no longer joins what is loaded.
    pub(in crate::chat) fn take_page(
        &mut self,
        at: At,
        items: Vec<Item>,
        stored: Option<(Row, Row)>,
    ) -> bool {
        let page = PageRows::new(&items, stored);
        let Some(join) = self.range.join(at, page, &self.items) else {
            return false;
        };
        let newest_before = self.range.newest();
        self.range.add_stored(stored);
        self.resolve_unplaced(self.range.newest().unwrap_or_default());
        match join.keep {
            Keep::All => {}
            Keep::UpTo(row) => self.unload_after(row),
            Keep::Nothing => self.unload(),
        }
        self.range.apply(join);
        for mut item in items {
            if self.is_reading_chosen {
                item.reread(self.reading);
            }
            let is_new = newest_before.is_some_and(|newest| item.place.row > newest);
            if self.items.insert(item).is_some() && is_new {
                self.arrived += 1;
            }
        }
        self.load_stash();
        self.find_unread();
        self.trim();
        true
    }

    /// Opens another conversation: `with` is what is remembered of it. Returns what to remember of this one.
    pub(in crate::chat) fn replace(
        &mut self,
        mut with: ClosedConversation,
        unstored: Unstored,
    ) -> ClosedConversation {
        if !self.is_paged() {
            // Unloaded items could not be loaded again, so they stay. Their row numbers mean nothing in the other
            // conversation.
            self.items.forget_rows();
            self.range.forget_stored();
            return ClosedConversation::default();
        }
        let newest = self.range.newest();
        self.unload();
        let mut stash = mem::take(&mut self.stash);
        if unstored == Unstored::Carry {
            with.stash.append(mem::take(&mut stash), with.newest);
        }
        self.stash = with.stash;
        self.has_unplaced = true;
        self.range = LoadedRange::with_newest(with.newest);
        self.unread = Unread::None;
        self.last_row = None;
        self.load_stash();
        if self.is_empty() {
            // Only its newest row is known, which is not a range.
            self.range.forget_stored();
        }
        ClosedConversation { stash, newest }
    }

    /// The conversation was erased from the store. Unstored items stay, unless there is no store to read from.
    pub(in crate::chat) fn erase(&mut self) {
        self.unload();
        if !self.is_paged() {
            self.stash = Stash::default();
        }
        self.range = LoadedRange::default();
        self.unread = Unread::None;
        self.last_row = None;
        self.load_stash();
    }

    /// The store can't be opened: what is loaded is all there is.
    pub(in crate::chat) fn store_closed(&mut self) {
        if self.is_paged() {
            self.set_paged(false);
            self.source = Source::StoreOnceOpen;
        }
    }

    /// The store is open at last. Items that are not stored come after what is there; the others had rows of a store in
    /// memory, and are dropped. False if the conversation can't be read from the store all the same.
    pub(in crate::chat) fn store_opened(&mut self) -> bool {
        if self.source != Source::StoreOnceOpen {
            return false;
        }
        self.source = Source::Store;
        for mut item in self.items.take_all() {
            if item.place.is_unstored {
                item.place = Place::UNKNOWN;
                self.stash.insert(item);
            }
        }
        self.has_unplaced = true;
        self.range = LoadedRange::default();
        self.unread = Unread::None;
        self.last_row = None;
        self.load_stash();
        true
    }

    /// Unloads items, or drops them if there is no store to read from, until there are not too many.
    pub(super) fn trim(&mut self) {
        let most = if self.is_paged() {
            MAX_LOADED
        } else {
            MAX_ITEMS
        };
        while self.len() > most || (self.items.bytes() > MAX_BYTES && self.len() > 1) {
            let unloaded = if !self.is_paged() {
                self.dropped += 1;
                self.items.remove_first();
                continue;
            } else if self.items.has_more_above() {
                self.range.at_start = false;
                self.items.remove_first()
            } else {
                self.range.at_end = false;
                self.items.remove_last()
            };
            self.set_aside(unloaded);
        }
    }

    /// Unloads everything.
    fn unload(&mut self) {
        let items = self.items.take_all();
        self.set_aside(items);
    }

    /// Unloads the items after this row.
    fn unload_after(&mut self, row: Row) {
        let is_after = |last: &Item| last.place > Place::stored(row);
        while self.items.last().is_some_and(is_after) {
            let last = self.items.remove_last();
            self.set_aside(last);
        }
    }

    /// Keeps those of the unloaded items that are not in the store.
    pub(super) fn set_aside(&mut self, items: impl IntoIterator<Item = Item>) {
        for item in items {
            if item.place.is_unstored {
                self.stash.insert(item);
            }
        }
    }

    /// Loads the items of the stash whose places are loaded.
    pub(super) fn load_stash(&mut self) {
        let (first, last) = (self.items.first_row(), self.items.last_row());
        let (at_start, at_end) = (self.at_start(), self.at_end());
        let is_inside = |item: &Item| {
            (at_start || first.is_some_and(|first| item.place.row >= first))
                && (at_end || last.is_some_and(|last| item.place.row <= last))
        };
        for item in self.stash.take(is_inside) {
            self.items.insert(item);
        }
    }

    /// Finds the first unread message, once it must be loaded.
    fn find_unread(&mut self) {
        let Unread::Between { read, newest } = self.unread else {
            return;
        };
        let oldest = self.items.first_row();
        if !self.at_start() && oldest.is_none_or(|oldest| oldest > read.next()) {
            return;
        }
        let mut theirs = self.items.iter().filter(|item| !item.is_mine());
        let first = theirs.find_map(|item| {
            let is_unread = |row: &Row| read < *row && *row <= newest;
            item.row().filter(is_unread)
        });
        self.unread = first.map_or(Unread::None, Unread::From);
    }
}
