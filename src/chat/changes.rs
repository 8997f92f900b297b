//! What can be done with a message that is there already: answer it, edit it, delete it, react to it.

use super::{
    Chat, Link,
    timeline::{Content, Delivery, Item, ItemId, Message},
};
use crate::{
    identity::{Contact, PeerId, PublicKey},
    store::{self, Change, Quote, Row},
};

/// A message that can be changed: whose conversation it is in, and its row in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changeable {
    /// Whose conversation.
    pub to: PublicKey,
    /// The row in the store.
    pub row: Row,
    /// Whether it is ours, so that it can be edited and deleted too.
    pub is_mine: bool,
}

impl Chat {
    /// A message of the open conversation, if it can be answered and reacted to. It needs a name that both sides know: a
    /// message in plain text has none, nor has one that was stored by an earlier version. Without a store to read from, the
    /// window would not learn what becomes of it. Nothing is written to who is blocked.
    pub fn changeable(&self, item: &Item) -> Option<Changeable> {
        let Content::Message(message) = &item.content else {
            return None;
        };
        let can_be =
            self.is_paged() && !self.lacks_changes() && message.marks.is_named && !is_gone(message);
        let to = self.shown().and_then(PeerId::key).filter(|_| can_be)?;
        let is_blocked = |contact: &Contact| contact.blocked && !self.is_present();
        if self.contacts.get(&to).is_some_and(is_blocked) {
            return None;
        }
        Some(Changeable {
            to,
            row: item.row()?,
            is_mine: item.is_mine(),
        })
    }

    /// Whether the peer of the open conversation is connected, and understands no changes of messages.
    pub fn lacks_changes(&self) -> bool {
        self.is_present() && matches!(&self.link, Link::Connected(peer) if peer.lacks_changes)
    }

    /// The newest message of ours that can be edited, if the end of the conversation is loaded.
    pub fn last_editable(&self) -> Option<Row> {
        let timeline = self.timeline();
        let (first, last) = timeline.first_id().zip(timeline.last_id())?;
        let newest_first = (first.0..=last.0).rev().map(ItemId);
        let mut items = newest_first.filter_map(|id| timeline.get(id));
        let editable = items.find_map(|item| self.changeable(item).filter(|it| it.is_mine));
        editable.filter(|_| timeline.at_end()).map(|it| it.row)
    }

    /// The message in this row, if it is loaded.
    pub fn message(&self, row: Row) -> Option<&Message> {
        let timeline = self.timeline();
        let item = timeline.get(timeline.find(row)?)?;
        match &item.content {
            Content::Message(message) if item.row() == Some(row) => Some(message),
            _ => None,
        }
    }

    /// What a reply to the message in this row shows of it; `None` if it is not loaded.
    pub fn quote(&self, row: Row) -> Option<Quote> {
        let message = self.message(row)?;
        Some(Quote {
            mine: message.delivery.is_some(),
            source: Some((row, message.beginning().to_owned())),
        })
    }

    /// Whether the message in this row has been deleted or cancelled, as far as is known.
    pub fn is_gone(&self, row: Row) -> bool {
        self.message(row).is_some_and(is_gone)
    }

    /// The change after which this emoji is our reaction to a message, or is not any more if it was.
    pub fn toggled(message: &Message, emoji: &str) -> Change {
        let is_given = message.marks.mine() == Some(emoji);
        Change::React(if is_given { "" } else { emoji }.to_owned())
    }

    /// Takes messages of this conversation that have changed in the store.
    pub fn take_changed(&mut self, peer_id: &PeerId, messages: Vec<store::Message>) {
        self.open.take_changed(peer_id, messages);
    }
}

fn is_gone(message: &Message) -> bool {
    message.marks.is_deleted || message.delivery == Some(Delivery::Recalled)
}
