//! How far our messages have come.

use std::collections::BTreeSet;

use super::{Delivery, Gap, Item, Timeline};
use crate::{
    net::MessageId,
    store::{Row, State},
};

impl Timeline {
    /// A message of ours is in the store now, at `row`. If it was [`Delivery::Sending`], it is at `delivery` now.
    /// Returns the rows that are missing before it, if any.
    pub(in crate::chat) fn store(
        &mut self,
        id: MessageId,
        row: Row,
        delivery: Delivery,
    ) -> Option<Gap> {
        let item = self.items.remove_message(id);
        let mut item = item.or_else(|| self.stash.remove_message(id))?;
        if item.delivery() == Some(Delivery::Sending) {
            item.set_delivery(delivery);
        }
        let (gap, _) = self.add_live(item.stored_as(row));
        self.trim();
        gap
    }

    /// Whether a message of ours is here that is not in the store.
    pub(in crate::chat) fn has_unstored(&self, id: MessageId) -> bool {
        let all = self.items.iter().chain(self.stash.iter());
        all.into_iter().any(|item| item.has_id(id))
    }

    /// Changes a message of ours that is not in the store. False if it is not here.
    pub(in crate::chat) fn update(&mut self, id: MessageId, change: impl Fn(&mut Item)) -> bool {
        let item = self.all_items_mut().find(|item| item.has_id(id));
        let is_here = item.is_some();
        if let Some(item) = item {
            change(item);
        }
        is_here
    }

    /// The network has taken the message in this row.
    pub(in crate::chat) fn set_sent(&mut self, row: Row) {
        if let Some(item) = self.items.stored_mut(row)
            && item.delivery().is_some_and(|before| !before.is_final())
        {
            item.set_delivery(Delivery::Sent);
        }
    }

    /// Sets the final states of messages of ours. `states` are sorted by row.
    pub(in crate::chat) fn settle_deliveries(&mut self, states: &[(Row, State)]) {
        let mut states = states.iter().rev().peekable();
        for item in self.items.iter_mut() {
            let Some(row) = item.row() else { continue };
            while states.next_if(|(settled, _)| *settled > row).is_some() {}
            match states.peek() {
                Some((settled, state)) if *settled == row => item.set_delivery((*state).into()),
                Some(_) => {}
                None => break,
            }
        }
    }

    /// The network has taken the messages in these rows. In the store they still wait to be delivered.
    pub(in crate::chat) fn mark_sent(&mut self, rows: &BTreeSet<Row>) {
        if rows.is_empty() {
            return;
        }
        for item in self.items.iter_mut() {
            let is_sent = item.row().is_some_and(|row| rows.contains(&row));
            if is_sent && item.delivery() == Some(Delivery::Waiting) {
                item.set_delivery(Delivery::Sent);
            }
        }
    }

    /// The connection has ended: stored messages that are not delivered wait for the next one.
    pub(in crate::chat) fn mark_waiting(&mut self) {
        for item in self.items.iter_mut() {
            let is_open = matches!(item.delivery(), Some(Delivery::Sending | Delivery::Sent));
            if is_open && item.row().is_some() {
                item.set_delivery(Delivery::Waiting);
            }
        }
    }

    /// The file in this row has come this far, and does not move any more.
    pub(in crate::chat) fn set_moved(&mut self, row: Row, moved: u64) {
        if let Some(item) = self.items.stored_mut(row) {
            item.set_moved(moved);
        }
    }

    /// The worker has crashed: messages that it was about to send are lost.
    pub(in crate::chat) fn fail_sending(&mut self) {
        self.all_items_mut().for_each(Item::fail_sending);
    }
}
