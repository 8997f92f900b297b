//! Which pages of the open conversation are requested from the reader of the store.

use std::{collections::VecDeque, mem};

use crate::{
    history::{At, Query},
    identity::PeerId,
};

/// One page is requested at a time. A page that is wanted replaces the one that was wanted before.
#[derive(Debug, Default)]
pub(super) struct PageRequests {
    /// The page to request next.
    wanted: Option<At>,
    /// The requests that have no answer yet, oldest first.
    pending: VecDeque<Pending>,
    /// The store could not be read, so nothing is requested until there is a reason to try again.
    is_unreadable: bool,
}

#[derive(Debug)]
struct Pending {
    peer_id: PeerId,
    at: At,
    /// Whether the conversation is still open.
    is_wanted: bool,
}

impl PageRequests {
    /// Wants this page next, in place of any other.
    pub fn want(&mut self, at: At) {
        self.wanted = Some(at);
    }

    /// Wants this page next, unless it is on its way.
    pub fn want_once(&mut self, at: At) {
        let mut pending = self.pending.iter();
        if !pending.any(|pending| pending.is_wanted && pending.at == at) {
            self.want(at);
        }
    }

    /// Whether a page is wanted or on its way.
    pub fn is_busy(&self) -> bool {
        self.wanted.is_some() || self.is_waiting()
    }

    /// The next request, if it is time for one. From now on it is pending.
    pub fn next(&mut self, peer_id: &PeerId) -> Option<Query> {
        if self.is_unreadable || self.is_waiting() {
            return None;
        }
        let at = self.wanted.take()?;
        self.pending.push_back(Pending {
            peer_id: peer_id.clone(),
            at,
            is_wanted: true,
        });
        let peer_id = peer_id.clone();
        Some(Query::Page { peer_id, at })
    }

    /// The last request could not be sent, so its page is wanted again.
    pub fn not_sent(&mut self) {
        if let Some(pending) = self.pending.pop_back() {
            self.wanted.get_or_insert(pending.at);
        }
    }

    /// A page has come. False if nobody wants it any more.
    pub fn answered(&mut self, peer_id: &PeerId, at: At) -> bool {
        let is_this = |pending: &Pending| pending.at == at && pending.peer_id == *peer_id;
        let Some(index) = self.pending.iter().position(is_this) else {
            return false;
        };
        // Answers come in order, so those before it will get none.
        let answered = self.pending.drain(..=index).next_back();
        answered.is_some_and(|pending| pending.is_wanted)
    }

    /// Another conversation is open: what is wanted or pending is of no use.
    pub fn forget(&mut self) {
        self.wanted = None;
        for pending in &mut self.pending {
            pending.is_wanted = false;
        }
    }

    /// The store can't be read: what is pending gets no answer.
    pub fn fail(&mut self) {
        self.wanted = None;
        self.pending.clear();
        self.is_unreadable = true;
    }

    /// There is a reason to try again after [`Self::fail`]. True if that was called.
    pub fn allow(&mut self) -> bool {
        mem::take(&mut self.is_unreadable)
    }

    fn is_waiting(&self) -> bool {
        self.pending.iter().any(|pending| pending.is_wanted)
    }
}
