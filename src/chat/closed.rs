//! What is remembered of conversations that are not open.

use std::collections::VecDeque;

use super::timeline::{Item, Stash};
use crate::{identity::PeerId, net::MessageId, store::Row};

/// Maximum number of closed conversations that are remembered.
const MAX_CLOSED: usize = 32;

/// What is remembered of a conversation that is not open. The rest is in the store.
#[derive(Debug, Default)]
pub(super) struct ClosedConversation {
    /// What is not in the store.
    pub stash: Stash,
    /// The newest row in the store, if it is known.
    pub newest: Option<Row>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct ClosedConversations {
    /// The one that was closed last is last.
    all: VecDeque<(PeerId, ClosedConversation)>,
}

impl ClosedConversation {
    /// Adds an item that has just arrived.
    pub fn add(&mut self, mut item: Item) {
        if let Some(row) = item.row() {
            self.newest = self.newest.max(Some(row));
        } else {
            item.came_after(self.newest);
            self.stash.insert(item);
        }
    }

    /// A message of ours is in the store now.
    pub fn store(&mut self, id: MessageId, row: Row) {
        self.stash.remove_message(id);
        self.newest = self.newest.max(Some(row));
    }
}

impl ClosedConversations {
    pub fn get_mut(&mut self, peer_id: &PeerId) -> Option<&mut ClosedConversation> {
        let mut all = self.all.iter_mut();
        let (_, closed) = all.find(|(other, _)| other == peer_id)?;
        Some(closed)
    }

    /// Takes out what is remembered of a conversation that is opened now.
    pub fn take(&mut self, peer_id: &PeerId) -> ClosedConversation {
        let index = self.all.iter().position(|(other, _)| other == peer_id);
        let closed = index.and_then(|index| self.all.remove(index));
        closed.map(|(_, closed)| closed).unwrap_or_default()
    }

    /// Remembers a conversation that begins without being opened, and its newest row in the store.
    pub fn begin(&mut self, peer_id: &PeerId, newest: Option<Row>) {
        let mut closed = self.take(peer_id);
        closed.newest = closed.newest.max(newest);
        self.put(peer_id.clone(), closed);
    }

    /// Remembers a conversation that was closed.
    pub fn put(&mut self, peer_id: PeerId, closed: ClosedConversation) {
        self.all.push_back((peer_id, closed));
        if self.all.len() > MAX_CLOSED {
            self.all.pop_front();
        }
    }

    /// The worker has crashed: messages that it was about to send are lost.
    pub fn fail_sending(&mut self) {
        for (_, closed) in &mut self.all {
            closed.stash.fail_sending();
        }
    }

    /// Changes a message of ours, whichever conversation it is in.
    pub fn update(&mut self, id: MessageId, change: impl Fn(&mut Item)) {
        for (_, closed) in &mut self.all {
            closed.stash.update(id, &change);
        }
    }
}
