//! Files that are offered, and to whom.

use jiff::{SignedDuration, Timestamp};

use super::{
    Chat, Link, Progress,
    timeline::{Item, Message},
};
use crate::{
    identity::{Contact, PeerId, PublicKey},
    net::{Command, Hindrance, MessageId},
    store::Row,
};

/// Why no file can be sent in the conversation that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CantSend {
    /// None is shown.
    NoConversation,
    /// It is in plain text.
    Plain,
    /// The peer has a version without files.
    NeedsNewer,
    /// The person has blocked the peer.
    Blocked,
    /// There is no store to read from, so that the window would not learn what becomes of a file.
    NoStore,
}

impl Chat {
    /// To whom files are sent: the holder of the key with whom the conversation is that is shown.
    ///
    /// # Errors
    /// Why none can be sent.
    pub fn file_recipient(&self) -> Result<PublicKey, CantSend> {
        let peer_id = self.shown().ok_or(CantSend::NoConversation)?;
        let to = peer_id.key().ok_or(CantSend::Plain)?;
        if !self.is_paged() {
            return Err(CantSend::NoStore);
        }
        let is_blocked = |contact: &Contact| contact.blocked && !self.is_present();
        if self.contacts.get(&to).is_some_and(is_blocked) {
            return Err(CantSend::Blocked);
        }
        let lacks = matches!(&self.link, Link::Connected(peer) if peer.lacks_files);
        if self.is_present() && lacks {
            return Err(CantSend::NeedsNewer);
        }
        Ok(to)
    }

    /// Names the next message or offer.
    pub fn next_id(&self) -> MessageId {
        MessageId(self.compose.next_id)
    }

    /// The worker has taken this offer. It is shown at once if its conversation is.
    pub fn add_offer(&mut self, command: &Command, now: Timestamp) {
        let Command::Offer { id, to, path, .. } = command else {
            return;
        };
        self.compose.next_id += 1;
        if self.shown() != Some(&PeerId::Key(*to)) {
            // The person has gone to another conversation meanwhile. The store will have it.
            return;
        }
        let message = Message::preparing(*id, path);
        self.open.add(Item::message(message, now));
        self.open.go_newest();
    }

    /// Whether an offer that is being prepared is in the conversation that is shown.
    pub fn shows_offer(&self, id: MessageId) -> bool {
        self.open.timeline.has_unstored(id)
    }

    /// Why the file in this row of the open conversation does not arrive for now, if our disk is in the way.
    pub fn hindrance(&self, row: Row) -> Option<Hindrance> {
        let peer = self.peer().filter(|_| self.is_present())?;
        peer.moving.hindrance(row)
    }

    /// How far the file in this row of the open conversation has come, while it moves.
    pub fn progress(&self, row: Row) -> Option<Progress> {
        let peer = self.peer().filter(|_| self.is_present())?;
        peer.moving.get(row)
    }

    /// Takes files of which nothing was heard for long to stand still, by the window's clock. Returns how long until the
    /// next may.
    pub fn stall_files(&mut self, now: Timestamp) -> Option<SignedDuration> {
        match &mut self.link {
            Link::Connected(peer) => peer.moving.stall(now),
            _ => None,
        }
    }

    /// How far all files that move have come, in percent.
    pub fn percent_moved(&self) -> Option<u64> {
        self.peer()?.moving.percent()
    }
}
