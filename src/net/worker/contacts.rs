//! The person changes a contact, or sends what is held for it.

use std::time::Instant;

use super::Worker;
use crate::{
    identity::PublicKey,
    net::{ContactChange, EndReason, protocol::admission::CallerId},
};

impl Worker {
    pub(super) fn change_contact(&mut self, key: PublicKey, change: ContactChange, now: Instant) {
        match change {
            ContactChange::SetBlocked(true) => {
                self.door.reject_key(key, &mut self.shared, now);
                let session = self.seat.session.as_ref();
                if session.is_some_and(|session| session.key() == Some(key)) {
                    self.end(EndReason::Blocked, now);
                }
            }
            ContactChange::SetBlocked(false) => self.door.forgive(CallerId::Key(key)),
            // What was written before is forgotten too.
            ContactChange::Forget => self.commit(now),
            ContactChange::Rename(_) | ContactChange::SetVerified(_) => {}
        }
        let events = self.shared.ledger.change_contact(&key, change);
        self.transfers.handle_changes([]);
        self.report_all(events);
    }
    /// Sends what is held for the holder of this key.
    pub(super) fn send_held(&mut self, key: PublicKey, now: Instant) {
        // What is pending is numbered first.
        self.commit(now);
        let delivery = self.seat.connection().map(|(delivery, _)| delivery);
        let events = self.shared.ledger.send_held(key, delivery);
        self.report_all(events);
    }
}
