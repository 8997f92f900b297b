//! What is known of other people.

use super::{Ledger, now_ms};
use crate::{
    endpoint::Endpoint,
    identity::{Contact, Party, PublicKey},
    net::{Event, PeerChange, worker::session::PeerInfo},
    store::{Store, StoreError},
};
use std::net::IpAddr;

impl Ledger {
    /// What is known of this key.
    pub fn contact(&self, key: &PublicKey) -> Option<Contact> {
        self.read(|store| store.peer(key)).flatten()
    }

    /// The key that was last met at this address.
    ///
    /// # Errors
    /// That can't be found out. Then nobody may be taken for a stranger.
    pub fn key_at(&self, endpoint: &Endpoint) -> Result<Option<PublicKey>, StoreError> {
        match &self.store {
            Some(store) => store.key_at(&endpoint.canonical()),
            None => Err(StoreError::Damaged),
        }
    }

    /// The key that was last met encrypted at this address.
    pub fn last_at(&self, ip: IpAddr) -> Option<PublicKey> {
        self.read(|store| store.last_at(ip))
            .flatten()
            .map(|peer| peer.key)
    }

    /// All contacts.
    pub fn peers(&self) -> Option<Event> {
        self.read(Store::peers)
            .map(|peers| Event::Peers(peers.into()))
    }

    /// Records an encrypted peer that calls itself `name` and is connected.
    pub fn record_contact(&mut self, peer: &PeerInfo, name: &str, ip: IpAddr) -> Vec<Event> {
        let PeerInfo {
            key,
            trust,
            endpoint,
            replaces,
        } = peer;
        let mut events = self.change_contacts(|store| {
            store.record_contact(key, name, *trust, ip, endpoint.as_deref(), now_ms())?;
            match replaces {
                Some(old) => store.rekey(old, key),
                None => Ok(()),
            }
        });
        if replaces.is_some() {
            events.push(Event::Rewritten(Party::Key(*key)));
        }
        events
    }

    /// The person changes what is known of this key.
    pub fn change_peer(&mut self, key: &PublicKey, change: PeerChange) -> Vec<Event> {
        self.change_contacts(|store| match change {
            PeerChange::Rename(name) => store.rename(key, name.as_deref()),
            PeerChange::SetVerified(verified) => store.set_verified(key, verified),
            PeerChange::SetBlocked(blocked) => store.set_blocked(key, blocked),
            PeerChange::Forget => store.forget(key),
        })
    }

    fn change_contacts(
        &mut self,
        change: impl FnOnce(&mut Store) -> Result<(), StoreError>,
    ) -> Vec<Event> {
        let Some(store) = &mut self.store else {
            return Vec::new();
        };
        let changed = change(store);
        if let Err(error) = &changed {
            tracing::error!(%error, "what is known of others can't be kept");
        }
        let mut events = Vec::new();
        events.extend(self.note(changed));
        events.extend(self.peers());
        events
    }

    fn read<T>(&self, look: impl FnOnce(&Store) -> Result<T, StoreError>) -> Option<T> {
        match look(self.store.as_ref()?) {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::error!(%error, "what is known of others can't be read");
                None
            }
        }
    }
}
