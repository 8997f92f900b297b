//! Which part of a conversation is loaded: pages from the disk, live rows, and what is not on the disk at all.

use std::{collections::VecDeque, iter};

use super::{Delivery, Log, MOST_BYTES, MOST_ROWS, Place, Row, RowId};
use crate::{history::At, net::MessageId, store::State, text::charset::Reading};

/// So many rows of what is on the disk are loaded at most.
pub const MOST_LOADED: usize = 800;
/// So many rows that are not on the disk are remembered of a conversation while they are not loaded,
const MOST_LOOSE: usize = 1_000;
/// and of so many bytes.
const LOOSE_BYTES: usize = 1024 * 1024;
/// From one conversation to the next, rows get numbers that are so far apart.
const APART: u64 = 1 << 20;

/// What there is beside the rows that are loaded.
#[derive(Debug)]
pub(super) struct Window {
    source: Source,
    /// The oldest and the newest row there are in the store, as far as is known.
    span: Option<(u64, u64)>,
    /// Whether there is nothing before the first row that is loaded,
    at_start: bool,
    /// and nothing behind the last.
    at_end: bool,
    /// What is not on the disk and stands where nothing is loaded, in order.
    loose: VecDeque<Row>,
    /// Some rows came before it was known behind which ones.
    is_unsettled: bool,
    /// The first and the last row in view.
    view: Option<(RowId, RowId)>,
    unread: Unread,
    /// How the peer's plain text is read, if the person has chosen that since.
    reading: Option<Reading>,
}

/// Where what was said is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Here, and nowhere else.
    #[default]
    Memory,
    /// On the disk, in pages.
    Pages,
}

/// Where a conversation was left unread.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// Not known yet, or nowhere.
    #[default]
    Nothing,
    /// Behind the first and up to the second of these rows, one of which may be the first.
    Between(u64, u64),
    /// From this row on.
    From(u64),
}

impl Default for Window {
    fn default() -> Self {
        Self {
            source: Source::Memory,
            span: None,
            at_start: true,
            at_end: true,
            loose: VecDeque::new(),
            is_unsettled: false,
            view: None,
            unread: Unread::default(),
            reading: None,
        }
    }
}

/// What came of rows that were taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// They stand where they belong.
    Well,
    /// Rows behind this one are missing.
    Behind(u64),
}

/// What is remembered of a conversation that is not shown.
#[derive(Debug, Default)]
pub struct Parked {
    rows: VecDeque<Row>,
    /// The newest row in the store, if that is known.
    newest: Option<u64>,
}

impl Parked {
    /// Something came meanwhile.
    pub(in crate::chat) fn add(&mut self, mut row: Row) {
        if let Some(stored) = row.stored() {
            self.newest = self.newest.max(Some(stored));
            return;
        }
        row.place = Place::behind(self.newest.unwrap_or(u64::MAX));
        self.rows.push_back(row);
        shrink(&mut self.rows);
    }

    /// A message of ours is in the store now. False if it is not here.
    pub(in crate::chat) fn keep(&mut self, id: MessageId, stored: u64) -> bool {
        let before = self.rows.len();
        self.rows.retain(|row| !row.is_of(id));
        self.newest = self.newest.max(Some(stored));
        self.rows.len() < before
    }

    pub(in crate::chat) fn set_delivery(&mut self, id: MessageId, delivery: Delivery) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.is_of(id)) {
            row.set_delivery(delivery);
        }
    }
}

fn shrink(rows: &mut VecDeque<Row>) {
    let mut bytes: usize = rows.iter().map(Row::bytes).sum();
    while rows.len() > MOST_LOOSE || bytes > LOOSE_BYTES {
        let Some(row) = rows.pop_front() else { break };
        bytes -= row.bytes();
    }
}

impl Log {
    /// Whether there is nothing before the first row that is loaded.
    pub fn at_start(&self) -> bool {
        self.window.at_start
    }

    /// Whether there is nothing behind the last row that is loaded.
    pub fn at_end(&self) -> bool {
        self.window.at_end
    }

    /// The oldest and the newest row in the store, where not all of them are loaded.
    pub fn span(&self) -> Option<(u64, u64)> {
        let is_whole = self.window.at_start && self.window.at_end;
        self.window.span.filter(|_| !is_whole)
    }

    /// Where a row stands in the store: its own row, or the one before it.
    pub fn place(&self, id: RowId) -> Option<u64> {
        self.get(id).map(|row| row.place.row)
    }

    /// The row that is in the store as this one, or the first behind it; nothing if it is not loaded.
    pub fn find(&self, stored: u64) -> Option<RowId> {
        let place = Place::stored(stored);
        let index = self.rows.partition_point(|row| row.place < place);
        let is_inside =
            (index > 0 || self.window.at_start) && (index < self.rows.len() || self.window.at_end);
        let index = index.min(self.rows.len().checked_sub(1)?);
        is_inside.then_some(RowId(self.first + index as u64))
    }

    /// The newest row in the store that is loaded.
    pub fn last_stored(&self) -> Option<u64> {
        self.rows.iter().rev().find_map(Row::stored)
    }

    /// The row in the store above which everything had been read when this was opened.
    pub fn first_unread(&self) -> Option<u64> {
        match self.window.unread {
            Unread::From(row) => Some(row),
            Unread::Nothing | Unread::Between(..) => None,
        }
    }

    /// From now on what was said is on the disk.
    pub(in crate::chat) fn set_paged(&mut self, is_paged: bool) {
        self.window.source = if is_paged {
            Source::Pages
        } else {
            Source::Memory
        };
        if !is_paged {
            // What is loaded is all there is.
            self.window.at_start = true;
            self.window.at_end = true;
            let loose = std::mem::take(&mut self.window.loose);
            for row in loose {
                self.insert(row);
            }
        }
    }

    pub(in crate::chat) fn is_paged(&self) -> bool {
        self.window.source == Source::Pages
    }

    /// How the peer's plain text is read that comes from the disk.
    pub(in crate::chat) fn set_reading(&mut self, reading: Reading) {
        self.window.reading = Some(reading);
    }

    /// These are in view, and go last.
    pub(in crate::chat) fn set_view(&mut self, view: (RowId, RowId)) {
        self.window.view = Some(view);
    }

    /// What to ask for before the first row that is loaded.
    pub(in crate::chat) fn before(&self) -> Option<At> {
        let first = self.rows.front().filter(|_| !self.window.at_start)?;
        Some(At::Before(
            first.place.row + u64::from(first.place.is_loose),
        ))
    }

    /// What to ask for behind the last row that is loaded.
    pub(in crate::chat) fn after(&self) -> Option<At> {
        Some(At::After(self.rows.back()?.place.row)).filter(|at| *at != At::After(u64::MAX))
    }

    /// Another conversation is shown from now on. Says what is to be remembered of this one.
    /// What was shown before there was a conversation goes on in it.
    pub(in crate::chat) fn replace(&mut self, mut with: Parked, goes_on: bool) -> Parked {
        if !self.is_paged() {
            // There is nothing but this, so it stays; but rows of two conversations have the same numbers.
            for row in &mut self.rows {
                row.place = Place::behind(0);
            }
            self.window.span = None;
            return Parked::default();
        }
        let newest = self.window.span.map(|(_, newest)| newest);
        self.unload();
        let mut rows = std::mem::take(&mut self.window.loose);
        if goes_on {
            for mut row in rows.drain(..) {
                row.place = Place::behind(with.newest.unwrap_or(u64::MAX));
                with.rows.push_back(row);
            }
        }
        self.window.loose = with.rows;
        self.window.is_unsettled = true;
        self.window.span = with.newest.map(|newest| (newest, newest));
        self.window.unread = Unread::Nothing;
        self.window.at_start = true;
        self.window.at_end = true;
        self.take_loose();
        // A span of which only the end is known is none.
        if self.rows.is_empty() {
            self.window.span = None;
        }
        Parked { rows, newest }
    }

    /// What was said was erased: only what is not in the store is left.
    pub(in crate::chat) fn erase(&mut self) {
        self.unload();
        if !self.is_paged() {
            self.window.loose.clear();
        }
        self.window.span = None;
        self.window.at_start = true;
        self.window.at_end = true;
        self.window.unread = Unread::Nothing;
        self.take_loose();
    }

    /// Takes a page in. False if it does not fit to what is loaded any more.
    pub(in crate::chat) fn take_page(
        &mut self,
        at: At,
        rows: Vec<Row>,
        span: Option<(u64, u64)>,
    ) -> bool {
        let (first, last) = (
            rows.first().and_then(Row::stored),
            rows.last().and_then(Row::stored),
        );
        let has_stored = self.rows.iter().any(|row| !row.place.is_loose);
        let loaded = self.last_stored();
        let fits = match at {
            At::Before(_) => self.before() == Some(at),
            At::After(row) => {
                let oldest = self.rows.iter().find_map(Row::stored);
                let is_loaded = oldest
                    .zip(loaded)
                    .is_some_and(|(oldest, newest)| (oldest..=newest).contains(&row));
                is_loaded || self.after() == Some(at)
            }
            At::Newest => {
                let adjoins = self.window.at_end
                    && first
                        .zip(loaded)
                        .is_none_or(|(first, loaded)| first <= loaded + 1);
                if has_stored && !adjoins {
                    self.unload();
                }
                true
            }
            At::Around(_) => {
                self.unload();
                true
            }
        };
        if !fits {
            return false;
        }
        let newest = self.newest();
        self.window.span = wider(self.window.span, span);
        self.settle(self.window.span.map_or(0, |(_, newest)| newest));
        let oldest = self.rows.iter().find_map(Row::stored);
        let reaches_start = first == span.map(|(oldest, _)| oldest);
        let reaches_end = last.is_none() || last >= span.map(|(_, newest)| newest);
        match at {
            At::Before(_) => self.window.at_start = reaches_start || first.is_none(),
            At::After(_) => {
                self.window.at_end = reaches_end;
                if let Some(last) = last.filter(|_| !reaches_end) {
                    self.unload_behind(last);
                }
            }
            At::Newest => {
                let goes_further =
                    oldest.is_some_and(|oldest| first.is_none_or(|first| oldest < first));
                if !goes_further {
                    self.window.at_start = reaches_start;
                }
                self.window.at_end = true;
            }
            At::Around(_) => {
                self.window.at_start = reaches_start;
                self.window.at_end = reaches_end;
            }
        }
        for mut row in rows {
            if let Some(reading) = self.window.reading {
                row.reread(reading);
            }
            let is_new = newest.is_some_and(|newest| row.place.row > newest);
            if self.insert(row).is_some() && is_new {
                self.arrived += 1;
            }
        }
        self.take_loose();
        self.find_unread();
        self.trim();
        true
    }

    /// Everything up to this row had been read when the conversation was opened.
    pub(in crate::chat) fn set_read(&mut self, read_up_to: u64, newest: u64) {
        if newest > read_up_to {
            self.window.unread = Unread::Between(read_up_to, newest);
        }
    }

    /// A message of ours is in the store now; `delivery` is what that means for it.
    pub(in crate::chat) fn keep(
        &mut self,
        id: MessageId,
        stored: u64,
        delivery: Delivery,
    ) -> Merged {
        let index = self.rows.iter().rposition(|row| row.is_of(id));
        let row = if let Some(index) = index {
            self.remove(index)
        } else {
            let index = self.window.loose.iter().position(|row| row.is_of(id));
            index.and_then(|index| self.window.loose.remove(index))
        };
        let Some(row) = row else { return Merged::Well };
        let mut row = row.in_store(stored);
        row.forget_id();
        if row.delivery() == Some(Delivery::Sending) {
            row.set_delivery(delivery);
        }
        let (merged, _) = self.add_live(row);
        self.trim();
        merged
    }

    /// The network has taken the message in this row of the store whole.
    pub(in crate::chat) fn set_sent(&mut self, stored: u64) {
        let place = Place::stored(stored);
        let index = self.rows.partition_point(|row| row.place < place);
        if let Some(row) = self.rows.get_mut(index)
            && row.place == place
            && row.delivery().is_some_and(|before| !before.is_final())
        {
            row.set_delivery(Delivery::Sent);
        }
    }

    /// What became of messages of ours: by their rows in the store, in order.
    pub(in crate::chat) fn settle_deliveries(&mut self, states: &[(u64, State)]) {
        let mut states = states.iter().rev().peekable();
        for row in self.rows.iter_mut().rev() {
            let Some(stored) = row.stored() else { continue };
            while states.next_if(|(settled, _)| *settled > stored).is_some() {}
            match states.peek() {
                Some((settled, state)) if *settled == stored => {
                    row.set_delivery(Delivery::of(*state));
                }
                Some(_) => {}
                None => break,
            }
        }
    }

    pub(super) fn loaded_and_parked_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.rows.iter_mut().rev().chain(&mut self.window.loose)
    }

    /// Puts a row that has just come where it belongs, if that is loaded. Says as what.
    pub(super) fn add_live(&mut self, mut row: Row) -> (Merged, Option<RowId>) {
        let mut merged = Merged::Well;
        if let Some(stored) = row.stored() {
            self.settle(stored.saturating_sub(1));
            if let Some(newest) = self.newest()
                && newest + 1 < stored
                && self.window.at_end
                && self.is_paged()
            {
                merged = Merged::Behind(newest);
            }
            self.window.span = wider(self.window.span, Some((stored, stored)));
        } else {
            row.place = Place::behind(self.newest().unwrap_or(u64::MAX));
            self.window.is_unsettled |= row.place.row == u64::MAX;
        }
        if self.window.at_end {
            return (merged, self.insert(row));
        }
        if row.place.is_loose {
            self.window.loose.push_back(row);
            shrink(&mut self.window.loose);
        } else if self
            .rows
            .front()
            .is_some_and(|first| first.place < row.place)
            && self.rows.back().is_some_and(|last| row.place < last.place)
        {
            return (merged, self.insert(row));
        }
        (merged, None)
    }

    /// Lets rows go that are furthest from what is in view, while there are too many.
    pub(super) fn trim(&mut self) {
        let most = if self.is_paged() {
            MOST_LOADED
        } else {
            MOST_ROWS
        };
        while self.rows.len() > most || (self.bytes > MOST_BYTES && self.rows.len() > 1) {
            let (first, end) = (self.first, self.first + self.rows.len() as u64);
            let (top, bottom) = self
                .window
                .view
                .map_or((end, end), |(top, bottom)| (top.0, bottom.0));
            let (above, below) = (top.saturating_sub(first), end.saturating_sub(bottom));
            if above >= below || !self.is_paged() {
                let Some(oldest) = self.remove(0) else { break };
                if self.is_paged() {
                    self.window.at_start = false;
                    self.put_away(oldest);
                } else {
                    self.dropped += 1;
                }
            } else {
                let Some(newest) = self.remove(self.rows.len() - 1) else {
                    break;
                };
                self.window.at_end = false;
                self.put_away(newest);
            }
        }
    }

    /// The newest row in the store that is known of.
    fn newest(&self) -> Option<u64> {
        self.window.span.map(|(_, newest)| newest)
    }

    /// Rows that came before the newest one was known came behind this one.
    fn settle(&mut self, newest: u64) {
        if !std::mem::take(&mut self.window.is_unsettled) {
            return;
        }
        for row in self.rows.iter_mut().rev().chain(&mut self.window.loose) {
            if row.place.row == u64::MAX {
                row.place.row = newest;
            }
        }
    }

    /// Lets all rows go, and numbers those that come next anew.
    fn unload(&mut self) {
        let end = self.first + self.rows.len() as u64;
        for row in std::mem::take(&mut self.rows) {
            self.put_away(row);
        }
        self.bytes = 0;
        self.first = end + APART;
        self.newest_message = None;
        self.rereading = None;
        self.window.view = None;
    }

    /// Lets the rows behind this one go: those between are missing.
    fn unload_behind(&mut self, stored: u64) {
        while let Some(last) = self.rows.back()
            && last.place > Place::stored(stored)
        {
            let Some(row) = self.remove(self.rows.len() - 1) else {
                break;
            };
            self.put_away(row);
        }
    }

    /// Remembers a row that is no longer loaded, if the disk does not.
    fn put_away(&mut self, row: Row) {
        if row.place.is_loose {
            let index = self
                .window
                .loose
                .partition_point(|other| other.place <= row.place);
            self.window.loose.insert(index, row);
            shrink(&mut self.window.loose);
        }
    }

    /// Loads what is not on the disk and stands between what is loaded.
    fn take_loose(&mut self) {
        let stored = |row: &Row| row.stored();
        let first = self.rows.iter().find_map(stored);
        let last = self.rows.iter().rev().find_map(stored);
        let (at_start, at_end) = (self.window.at_start, self.window.at_end);
        let is_inside = |row: &Row| {
            (at_start || first.is_some_and(|first| row.place.row >= first))
                && (at_end || last.is_some_and(|last| row.place.row <= last))
        };
        let all = std::mem::take(&mut self.window.loose);
        let (inside, outside): (VecDeque<_>, VecDeque<_>) = all.into_iter().partition(is_inside);
        self.window.loose = outside;
        for row in inside {
            self.insert(row);
        }
    }

    fn find_unread(&mut self) {
        let Unread::Between(read, newest) = self.window.unread else {
            return;
        };
        let oldest = self.rows.iter().find_map(Row::stored);
        if !self.window.at_start && oldest.is_none_or(|oldest| oldest > read + 1) {
            return;
        }
        let first = self.rows.iter().find_map(|row| {
            let is_new = row
                .stored()
                .filter(|stored| (read + 1..=newest).contains(stored));
            is_new.filter(|_| !row.is_mine())
        });
        self.window.unread = first.map_or(Unread::Nothing, Unread::From);
    }

    /// Puts a row where it belongs; says as what. One that is there already only says what became of it.
    fn insert(&mut self, row: Row) -> Option<RowId> {
        let index = if self.rows.back().is_none_or(|last| {
            last.place < row.place || (last.place == row.place && row.place.is_loose)
        }) {
            self.rows.len()
        } else if row.place.is_loose {
            self.rows.partition_point(|other| other.place <= row.place)
        } else {
            self.rows.partition_point(|other| other.place < row.place)
        };
        if let Some(same) = self.rows.get_mut(index)
            && !row.place.is_loose
            && same.place == row.place
        {
            if let Some(delivery) = row.delivery()
                && delivery.is_final()
            {
                same.set_delivery(delivery);
            }
            return None;
        }
        self.bytes += row.bytes();
        let id = self.first + index as u64;
        // What is in view keeps its number.
        let is_above = self.window.view.is_some_and(|(top, _)| id <= top.0)
            || (index == 0 && !self.rows.is_empty());
        if is_above {
            self.first -= 1;
            self.renumber(|row| if row < id { row - 1 } else { row });
        } else {
            self.renumber(|row| if row >= id { row + 1 } else { row });
        }
        self.rows.insert(index, row);
        Some(RowId(self.first + index as u64))
    }

    fn remove(&mut self, index: usize) -> Option<Row> {
        let row = self.rows.remove(index)?;
        self.bytes -= row.bytes();
        let id = self.first + index as u64;
        if index == 0 {
            self.first += 1;
        } else {
            self.renumber(|row| if row > id { row - 1 } else { row });
        }
        Some(row)
    }

    /// What is remembered by its number gets the new one.
    fn renumber(&mut self, to: impl Fn(u64) -> u64) {
        for RowId(id) in iter::chain(&mut self.newest_message, &mut self.rereading) {
            *id = to(*id);
        }
    }
}

fn wider(one: Option<(u64, u64)>, other: Option<(u64, u64)>) -> Option<(u64, u64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}
