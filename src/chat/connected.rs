//! A connection begins.

use jiff::Timestamp;

use super::{Chat, Link, Peer, timeline::Note};
use crate::{
    identity::{PeerId, PublicKey},
    net::{How, Origin},
    store::{Lookup, Row},
};

impl Chat {
    /// A connection with this peer has begun. `last_row` is the newest row of its conversation in the store.
    pub(super) fn connect(
        &mut self,
        peer: Peer,
        encrypted_before: Lookup<PublicKey>,
        last_row: Option<Row>,
        now: Timestamp,
    ) {
        let is_admitted = self.requests.take_admitted().as_ref() == Some(&peer.peer_id);
        let is_shown = self.shown() == Some(&peer.peer_id);
        if !is_shown && !is_admitted && !self.is_called(&peer) && self.is_kept_open() {
            self.closed.begin(&peer.peer_id, last_row);
        } else {
            // If it is open already, the person may be reading further up.
            if !is_shown {
                self.open(peer.peer_id.clone());
            }
            self.open.timeline.set_last_row(last_row);
        }
        self.begin(peer, encrypted_before, now);
    }

    /// Whether the person has called this peer, and waited for that since. A call that crosses ours is also one.
    fn is_called(&self, peer: &Peer) -> bool {
        let Link::Dialling { call, at } = &self.link else {
            return false;
        };
        let is_theirs = || {
            let key = peer.key();
            let called = match &call.how {
                How::To(key) | How::Invited(key, _) => Some(*key),
                _ => self.contacts.pinned_at(&call.to),
            };
            key.is_some() && [*at, called].contains(&key)
        };
        !self.compose.has_edited && (peer.origin == Origin::Dialled || is_theirs())
    }

    /// Whether the next keys are meant for the conversation that is shown, so that another one waits until the person opens it.
    /// Without a store to read from, all are in one timeline.
    fn is_kept_open(&self) -> bool {
        self.compose.is_writing && self.shown().is_some() && self.is_paged()
    }

    fn begin(&mut self, peer: Peer, encrypted_before: Lookup<PublicKey>, now: Timestamp) {
        let peer_id: PeerId = peer.peer_id.clone();
        let note = Note::Connected {
            peer: peer.address,
            origin: peer.origin,
            key: peer.key(),
        };
        self.put_note(&peer_id, note, now);
        match encrypted_before {
            Lookup::Found(key) => self.put_note(&peer_id, Note::PlainNow(key), now),
            Lookup::Unclear => self.put_note(&peer_id, Note::UncheckedPlain, now),
            Lookup::Nothing => {}
        }
        if peer.origin == Origin::Dialled {
            self.calling = None;
        }
        self.link = Link::Connected(peer);
        self.problem = None;
    }
}
