//! The contacts in the store: what is known of other keys.

use std::{net::IpAddr, path::Path, time::Instant};

use super::{Worker, keeping::Keeping, now_ms, session::PeerInfo};
use crate::{
    endpoint::Endpoint,
    identity::{Contact, PublicKey},
    net::{EndReason, Event, PeerChange, protocol::admission::CallerId},
    store::{Store, StoreError},
};

impl Keeping {
    /// What is known of this key.
    pub fn contact(&self, key: &PublicKey) -> Option<Contact> {
        self.look_up(|store| store.peer(key)).flatten()
    }

    /// The key that was last met at this endpoint.
    ///
    /// # Errors
    /// It can't be looked up. Then nobody may be taken for a stranger.
    pub fn key_at(&self, endpoint: &Endpoint) -> Result<Option<PublicKey>, StoreError> {
        match &self.store {
            Some(store) => store.key_at(&endpoint.canonical()),
            None => Err(StoreError::Damaged),
        }
    }

    /// The key that was last met encrypted at this address.
    pub fn last_at(&self, ip: IpAddr) -> Option<PublicKey> {
        let contact = self.look_up(|store| store.last_at(ip)).flatten();
        contact.map(|contact| contact.key)
    }

    fn look_up<T>(&self, look_up: impl FnOnce(&Store) -> Result<T, StoreError>) -> Option<T> {
        match look_up(self.store.as_ref()?) {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::error!(%error, "contacts can't be read");
                None
            }
        }
    }
}

impl Worker {
    /// Records the peer of the encrypted session that has just begun.
    pub(super) fn record_contact(&mut self, name: &str) {
        let Some(session) = &self.seat.session else {
            return;
        };
        let Some(encrypted) = session.as_encrypted() else {
            return;
        };
        let ip = session.peer.ip();
        let PeerInfo {
            key,
            trust,
            endpoint,
            replaces,
        } = encrypted.peer.clone();
        self.change_contacts(|store| {
            store.met(&key, name, trust, ip, endpoint.as_deref(), now_ms())?;
            match replaces {
                Some(old) => store.rekey(&old, &key),
                None => Ok(()),
            }
        });
        if replaces.is_some() {
            self.shared.ledger.tell_erased();
        }
    }

    /// Opens key and store, and reports both.
    pub(super) fn open(&mut self, folder: Option<&Path>) {
        let loaded = self.shared.account.load();
        self.report(Event::Identity(loaded));
        let opened = match folder {
            Some(folder) => Store::open(folder).map(|opened| (opened.store, opened.set_aside)),
            None => Store::in_memory().map(|store| (store, None)),
        };
        let store = match opened {
            Ok((store, set_aside)) => {
                if let Some(path) = set_aside {
                    self.report(Event::StoreSetAside(path));
                }
                Ok(store)
            }
            Err(error) => {
                self.report(Event::StoreFailed(error));
                // Then nothing is kept, and the window says so.
                Store::in_memory()
            }
        };
        match store {
            Ok(store) => {
                self.shared.reports.set_store_shared(store.is_durable());
                self.shared.ledger.store = Some(store);
            }
            Err(error) => tracing::error!(%error, "no store at all"),
        }
        self.report_contacts();
        self.shared.ledger.look_at_waiting();
        self.report_waiting();
    }

    /// Takes over what can be read of a file that was set aside.
    pub(super) fn salvage(&mut self, path: &Path) {
        let Some(store) = &mut self.shared.ledger.store else {
            return;
        };
        let salvaged = store.salvage(path);
        self.report(Event::Salvaged(salvaged));
        self.shared.ledger.tell_erased();
        self.report_contacts();
    }

    pub(super) fn change_peer(&mut self, key: PublicKey, change: PeerChange, now: Instant) {
        if change == PeerChange::SetBlocked(true) {
            self.door.reject_key(key, &mut self.shared, now);
            let session = self.seat.session.as_ref();
            if session.is_some_and(|session| session.key() == Some(key)) {
                self.end(EndReason::Blocked, now);
            }
        }
        if change == PeerChange::SetBlocked(false) {
            self.door.forgive(CallerId::Key(key));
        }
        self.change_contacts(|store| match change {
            PeerChange::Rename(name) => store.rename(&key, name.as_deref()),
            PeerChange::SetVerified(verified) => store.set_verified(&key, verified),
            PeerChange::SetBlocked(blocked) => store.set_blocked(&key, blocked),
            PeerChange::Forget => store.forget(&key),
        });
    }

    fn change_contacts(&mut self, change: impl FnOnce(&mut Store) -> Result<(), StoreError>) {
        if let Some(store) = &mut self.shared.ledger.store {
            let changed = change(store);
            if let Err(error) = &changed {
                tracing::error!(%error, "contacts can't be written");
            }
            self.report_store(changed);
            self.report_contacts();
        }
    }

    pub(super) fn report_contacts(&mut self) {
        if let Some(contacts) = self.shared.ledger.look_up(Store::peers) {
            self.report(Event::Peers(contacts.into()));
        }
    }
}
