//! The open conversation: its timeline, and which part of it is loaded next.
//!
//! Nothing waits for an answer: what is loaded is shown in the meantime.

mod changed;
mod requests;

use std::mem;

use super::{
    closed::ClosedConversation,
    timeline::{Delivery, Gap, Item, ItemId, Speaker, Timeline, Unstored},
};
use crate::{
    history::{At, Page, Query},
    identity::PeerId,
    net::MessageId,
    store::{self, Row},
    text::charset::Reading,
};
use changed::Changed;
use requests::PageRequests;

/// The next page is requested when fewer items than this are left beyond the view.
const AHEAD: u64 = 60;

/// The open conversation.
#[derive(Debug, Default)]
pub struct OpenConversation {
    /// Who it is with; `None` until one is opened. The peer need not be connected.
    peer_id: Option<PeerId>,
    pub(super) timeline: Timeline,
    requests: PageRequests,
    changed: Changed,
    /// Where to scroll once that row is loaded.
    jump: Option<Jump>,
    scroll_target: Option<ScrollTarget>,
    /// Whether the next page is the first one since it was opened.
    awaits_first_page: bool,
    draft: Option<String>,
    read_up_to: Row,
    /// The newest message of ours that the peer has read.
    seen_up_to: Row,
    /// What was sent last.
    pub(super) last_sent: Option<String>,
}

/// Where the transcript is to scroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScrollTarget {
    /// Another conversation is open: to its end.
    Opened,
    /// To the end.
    Newest,
    /// To this item.
    Item(ItemId),
    /// To this item, which a search has found.
    Hit(ItemId),
}

/// A [`ScrollTarget`] that may not be loaded yet.
#[derive(Debug, Clone, Copy)]
struct Jump {
    row: Row,
    target: fn(ItemId) -> ScrollTarget,
}

impl OpenConversation {
    /// Nothing is open yet. `reading` says how plain text of peers is decoded.
    pub(super) fn new(reading: Reading) -> Self {
        Self {
            timeline: Timeline::new(reading),
            ..Self::default()
        }
    }

    /// Who it is with; `None` until one is opened. The peer need not be connected.
    pub fn peer_id(&self) -> Option<&PeerId> {
        self.peer_id.as_ref()
    }

    /// Its messages and notes.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What was sent last, for recalling it.
    pub fn last_sent(&self) -> Option<&str> {
        self.last_sent.as_deref()
    }

    /// The row of the store up to which the person had read when the conversation was opened.
    pub fn read_up_to(&self) -> Row {
        self.read_up_to
    }

    /// The newest message of ours that the peer has read, as far as it says so.
    pub fn seen_up_to(&self) -> Row {
        self.seen_up_to
    }

    /// Scrolls to this row of the store, once it is loaded.
    pub fn go_to(&mut self, row: Row) {
        self.jump(Jump {
            row,
            target: ScrollTarget::Item,
        });
    }

    /// Scrolls to this row of the store, which a search has found.
    pub fn go_to_hit(&mut self, row: Row) {
        self.jump(Jump {
            row,
            target: ScrollTarget::Hit,
        });
    }

    /// Scrolls to the end, once it is loaded.
    pub fn go_newest(&mut self) {
        if self.timeline.at_end() {
            self.scroll_target = Some(ScrollTarget::Newest);
        } else {
            self.requests.want_once(At::Newest);
        }
    }

    /// Sets which items are in view. What is next to them is loaded ahead of time.
    pub fn look_at(&mut self, first: ItemId, last: ItemId) {
        self.timeline.set_view(first, last);
        let (Some(oldest), Some(newest), false) = (
            self.timeline.first_id(),
            self.timeline.last_id(),
            self.requests.is_busy(),
        ) else {
            return;
        };
        if first.0.saturating_sub(oldest.0) < AHEAD
            && let Some(before) = self.timeline.before()
        {
            self.requests.want(before);
        } else if newest.0.saturating_sub(last.0) < AHEAD
            && !self.timeline.at_end()
            && let Some(after) = self.timeline.after()
        {
            self.requests.want(after);
        }
    }

    /// The query to send to the reader of the store now, if any. Returned once.
    pub fn take_query(&mut self) -> Option<Query> {
        let peer_id = self.peer_id.as_ref().filter(|_| self.timeline.is_paged())?;
        let page = self.requests.next(peer_id);
        page.or_else(|| self.changed.next(peer_id))
    }

    /// This query, which was taken last, could not be sent, because the reader is busy.
    pub fn query_not_sent(&mut self, query: &Query) {
        match query {
            Query::Messages { .. } => self.changed.not_sent(),
            _ => self.requests.not_sent(),
        }
    }

    /// The store can't be read: no query until there is a reason to try again.
    pub fn queries_failed(&mut self) {
        self.requests.fail();
        self.changed.forget();
        self.jump = None;
    }

    /// Where to scroll, if anywhere. Returned once.
    pub fn take_scroll_target(&mut self) -> Option<ScrollTarget> {
        self.scroll_target.take()
    }

    /// The draft in the store, once it is known. Returned once.
    pub fn take_draft(&mut self) -> Option<String> {
        self.draft.take()
    }

    /// Whether the store has not said yet what the draft is.
    pub fn awaits_draft(&self) -> bool {
        self.awaits_first_page || self.draft.is_some()
    }

    /// Opens another conversation: `closed` is what is remembered of it. Returns what to remember of the one before,
    /// if there was one.
    pub(super) fn switch(
        &mut self,
        peer_id: PeerId,
        closed: ClosedConversation,
    ) -> Option<(PeerId, ClosedConversation)> {
        let before = self.peer_id.replace(peer_id);
        let unstored = match before {
            Some(_) => Unstored::SetAside,
            None => Unstored::Carry,
        };
        let closed = self.timeline.replace(closed, unstored);
        self.requests.forget();
        self.changed.forget();
        self.jump = None;
        self.scroll_target = Some(ScrollTarget::Opened);
        self.awaits_first_page = true;
        self.draft = None;
        (self.read_up_to, self.seen_up_to) = (Row::ZERO, Row::ZERO);
        // What was sent to one peer is not to be recalled for another.
        self.last_sent = None;
        before.map(|before| (before, closed))
    }

    /// Requests the newest page.
    pub(super) fn load_newest(&mut self) {
        self.requests.want(At::Newest);
    }

    /// There is a reason to try again after [`Self::queries_failed`]. True if they had failed.
    pub(super) fn allow_queries(&mut self) -> bool {
        self.requests.allow()
    }

    /// Adds a page that the reader has found.
    pub(super) fn take_page(&mut self, page: Page) {
        let Page {
            peer_id,
            at,
            messages,
            span,
            read_up_to,
            draft,
            seen_up_to,
        } = page;
        if !self.requests.answered(&peer_id, at) || self.peer_id() != Some(&peer_id) {
            return;
        }
        self.seen(seen_up_to);
        if mem::take(&mut self.awaits_first_page) {
            self.draft = Some(draft);
            self.read_up_to = read_up_to;
            let newest = span.map(|(_, newest)| newest);
            self.timeline.set_unread(read_up_to, newest);
        }
        let jump = self.jump.filter(|jump| at == At::Around(jump.row));
        if matches!(at, At::Around(_)) && jump.is_none() {
            // The person has gone elsewhere in the meantime.
            return;
        }
        let peer = Speaker::of(&peer_id);
        let items = messages.into_iter();
        let items = items.map(|message| Item::from_store(message, peer));
        let last_before = self.timeline.last_id();
        if !self.timeline.take_page(at, items.collect(), span) {
            return;
        }
        if let Some(jump) = jump {
            self.jump = None;
            self.scroll_to_row(jump);
        } else if at == At::Newest {
            let first = self.timeline.first_id();
            let is_elsewhere = first
                .zip(last_before)
                .is_some_and(|(first, last)| first > last);
            if is_elsewhere {
                self.scroll_target = Some(ScrollTarget::Newest);
            }
        }
    }

    /// The peer has read everything up to this row.
    pub(super) fn seen(&mut self, row: Row) {
        self.seen_up_to = self.seen_up_to.max(row);
    }

    /// The message in this row has changed in the store.
    pub(super) fn message_changed(&mut self, row: Row) {
        self.changed.add([row]);
    }

    /// Takes messages that have changed in the store.
    pub(super) fn take_changed(&mut self, of: &PeerId, messages: Vec<store::Message>) {
        if self.peer_id() != Some(of) {
            return;
        }
        self.changed.answered();
        let peer = Speaker::of(of);
        let items = messages.into_iter();
        let items = items.map(|message| Item::from_store(message, peer));
        self.timeline.take_changed(items.collect());
    }

    /// The store has more than was reported, and any message may have changed.
    pub(super) fn load_changes(&mut self) {
        self.changed
            .add(self.timeline.items().filter_map(Item::row));
        self.timeline.set_last_row(None);
        if self.timeline.at_end() {
            let last = self.timeline.last_row();
            self.requests.want(last.map_or(At::Newest, At::After));
        }
    }

    /// The conversation was erased from the store.
    pub(super) fn erase(&mut self) {
        self.timeline.erase();
        self.scroll_target = Some(ScrollTarget::Opened);
        self.jump = None;
        self.load_newest();
    }

    /// The store is open at last. What was not stored stays, after what is there.
    pub(super) fn store_opened(&mut self) {
        if self.timeline.store_opened() {
            self.requests.allow();
            self.seen_up_to = Row::ZERO;
            self.awaits_first_page = true;
            self.scroll_target = Some(ScrollTarget::Opened);
            self.load_newest();
        }
    }

    /// Adds an item that has just arrived.
    pub(super) fn add(&mut self, item: Item) {
        let gap = self.timeline.add(item);
        self.fill(gap);
    }

    /// A message of ours is in the store now, at `row`. If it was [`Delivery::Sending`], it is at `delivery` now.
    pub(super) fn store(&mut self, id: MessageId, row: Row, delivery: Delivery) {
        let gap = self.timeline.store(id, row, delivery);
        self.fill(gap);
        let item = self.timeline.find(row);
        let item = item.and_then(|id| self.timeline.get(id));
        if item.is_some_and(|item| item.row() == Some(row) && item.is_preparing()) {
            // Only the store has its size.
            self.message_changed(row);
        }
    }

    fn jump(&mut self, jump: Jump) {
        self.requests.allow();
        if !self.scroll_to_row(jump) {
            self.jump = Some(jump);
            self.requests.want_once(At::Around(jump.row));
        }
    }

    /// False if the row is not loaded.
    fn scroll_to_row(&mut self, jump: Jump) -> bool {
        let target = self.timeline.find(jump.row).map(jump.target);
        self.scroll_target = target.or(self.scroll_target);
        target.is_some()
    }

    /// Requests rows that are missing.
    fn fill(&mut self, gap: Option<Gap>) {
        if let Some(gap) = gap {
            self.requests.want(At::After(gap.after));
        }
    }
}

#[cfg(test)]
mod tests;
