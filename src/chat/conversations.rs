//! The list of all conversations, as the reader of the store found it last.
//!
//! Requested again whenever something has changed, but only once at a time: a large store takes a while to look
//! through.

use std::mem;

use super::Chat;
use crate::{history::Summary, identity::PeerId, net::Event};

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Conversations {
    /// The pinned ones, then the most recently active one first.
    all: Vec<Summary>,
    /// Grows with every change of the list.
    revision: u64,
    freshness: Freshness,
    /// Something in the open conversation has changed that the list does not show.
    has_missed: bool,
}

/// How the list compares with the store.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Freshness {
    /// It is up to date.
    #[default]
    Fresh,
    /// Something has changed.
    Stale,
    /// A new list was requested.
    Requested,
    /// A new list was requested, and something has changed since.
    RequestedAndStale,
}

impl Conversations {
    /// All conversations: the pinned ones, then the most recently active one first.
    pub fn iter(&self) -> impl Iterator<Item = &Summary> {
        self.all.iter()
    }

    /// A number that grows whenever the list changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The conversation at this place.
    pub fn at(&self, index: usize) -> Option<&Summary> {
        self.all.get(index)
    }

    /// The person has left this unsent text in a conversation. The store has it a moment later.
    pub fn set_draft(&mut self, peer_id: &PeerId, text: &str) {
        let of = self
            .all
            .iter_mut()
            .find(|summary| summary.peer_id == *peer_id);
        if let Some(summary) = of {
            summary.draft = (!text.trim().is_empty()).then(|| text.to_owned());
            self.revision += 1;
        }
    }

    /// Number of unread messages in all conversations except one, and except the muted ones.
    pub fn unread(&self, except: Option<&PeerId>) -> u64 {
        let others = self
            .all
            .iter()
            .filter(|summary| Some(&summary.peer_id) != except && !summary.is_muted);
        others.map(|summary| summary.unread).sum()
    }

    /// Whether the desktop is not notified of messages of this conversation.
    pub fn is_muted(&self, peer_id: &PeerId) -> bool {
        let of = self.all.iter().find(|summary| summary.peer_id == *peer_id);
        of.is_some_and(|summary| summary.is_muted)
    }

    /// Number of unread messages in this conversation.
    pub fn unread_of(&self, peer_id: &PeerId) -> u64 {
        let of = self.all.iter().find(|summary| summary.peer_id == *peer_id);
        of.map_or(0, |summary| summary.unread)
    }

    /// Takes in an event of the worker, before the chat does. A change in the open conversation matters only
    /// while the list `is_open`.
    pub fn apply(&mut self, event: &Event, chat: &Chat, is_open: bool) {
        let peer_id = match event {
            Event::Contacts(_)
            | Event::Cleared(_)
            | Event::Rewritten(_)
            | Event::Salvaged(_)
            | Event::StoreWell
            | Event::StoreOpened
            | Event::StoreSetAside(_) => return self.mark_stale(),
            Event::Received { peer_id, .. }
            | Event::Stored { peer_id, .. }
            | Event::Settled { peer_id, .. }
            | Event::MessageChanged { peer_id, .. }
            | Event::Changed(peer_id) => peer_id,
            _ => return,
        };
        if is_open || Some(peer_id) != chat.shown() {
            self.mark_stale();
        } else {
            self.has_missed = true;
        }
    }

    /// The list is open: what has changed while it was not matters now.
    pub fn catch_up(&mut self) {
        if mem::take(&mut self.has_missed) {
            self.mark_stale();
        }
    }

    /// Something has changed.
    pub fn mark_stale(&mut self) {
        self.freshness = match self.freshness {
            Freshness::Fresh | Freshness::Stale => Freshness::Stale,
            Freshness::Requested | Freshness::RequestedAndStale => Freshness::RequestedAndStale,
        };
    }

    /// Whether to request a new list now.
    pub fn should_refresh(&self) -> bool {
        self.freshness == Freshness::Stale
    }

    /// A new list was requested.
    pub fn mark_requested(&mut self) {
        self.freshness = Freshness::Requested;
    }

    /// Takes a new list; `None` if the request failed, which is repeated only after the next change.
    pub fn set(&mut self, all: Option<Vec<Summary>>) {
        if let Some(all) = all {
            self.all = all;
            self.revision += 1;
        }
        self.freshness = match self.freshness {
            Freshness::Stale | Freshness::RequestedAndStale => Freshness::Stale,
            Freshness::Fresh | Freshness::Requested => Freshness::Fresh,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{identity::PublicKey, millis::Millis, net::Payload, store::Row};

    const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
    const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

    fn summary(key: PublicKey, unread: u64) -> Summary {
        Summary {
            peer_id: PeerId::Key(key),
            newest: None,
            draft: None,
            active_at: Millis::new(0),
            unread,
            waiting: 0,
            messages: unread,
            is_pinned: false,
            is_muted: false,
        }
    }

    #[test]
    fn one_request_is_pending_at_a_time() {
        let mut list = Conversations::default();
        assert!(!list.should_refresh(), "before the store is open");
        list.mark_stale();
        assert!(list.should_refresh());
        list.mark_requested();
        assert!(!list.should_refresh());
        list.mark_stale();
        list.mark_stale();
        assert!(!list.should_refresh());
        list.set(Some(Vec::new()));
        assert!(list.should_refresh(), "it changed in the meantime");
        list.mark_requested();
        list.set(None);
        assert!(
            !list.should_refresh(),
            "no new request until the next change"
        );
    }

    #[test]
    fn a_change_in_the_open_conversation_does_not_refresh_the_list() {
        let changed = |event: Event, shown, is_open| {
            let mut chat = Chat::default();
            chat.open(PeerId::Key(shown));
            let mut list = Conversations::default();
            list.apply(&event, &chat, is_open);
            list.should_refresh()
        };
        let received = || Event::Received {
            peer_id: PeerId::Key(MINA),
            row: Some(Row::FIRST),
            at: SystemTime::UNIX_EPOCH,
            payload: Payload::NeedsNewer,
        };
        assert!(!changed(received(), MINA, false));
        assert!(changed(received(), MINA, true));
        assert!(changed(received(), JUN, false));
        let elsewhere = || Event::Changed(PeerId::Key(JUN));
        assert!(!changed(elsewhere(), JUN, false));
        assert!(changed(elsewhere(), MINA, false));
        assert!(changed(Event::Cleared(None), MINA, false));
        assert!(!changed(Event::ListeningStopped, MINA, true));
    }

    #[test]
    fn unread_leaves_out_the_open_conversation() {
        let mut list = Conversations::default();
        list.set(Some(vec![summary(MINA, 3), summary(JUN, 4)]));
        let jun = PeerId::Key(JUN);
        assert_eq!((list.unread(None), list.unread(Some(&jun))), (7, 3));
        list.set(None);
        assert_eq!(list.unread(None), 7, "the old list stays");
    }
}
