//! What the store keeps beside new messages, and how the person changes it: contacts, recalled messages, drafts and
//! read marks.

use std::{net::IpAddr, sync::Arc};

use super::{Ledger, wall_clock};
use crate::{
    endpoint::Endpoint,
    identity::{Contact, PeerId, PublicKey, Trust},
    net::{ContactChange, Event, delivery::Delivery, worker::session::PeerInfo},
    store::{ConversationId, Row, State, Store, StoreError},
};

impl Ledger {
    /// What we know of this key.
    pub fn contact(&self, key: &PublicKey) -> Option<Contact> {
        self.look_up(|store| store.contact(key)).flatten()
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
        self.look_up(|store| store.last_at(ip))
            .flatten()
            .map(|peer| peer.key)
    }

    /// The newest row of the conversation with this peer, `Row::ZERO` if it has none.
    pub fn last_row(&self, peer_id: &PeerId) -> Option<Row> {
        self.look_up(|store| {
            let conversation = store.find_conversation(peer_id)?;
            conversation.map_or(Ok(Row::ZERO), |conversation| store.last_row(conversation))
        })
    }

    /// All contacts, for the window.
    pub fn contacts(&self) -> Option<Event> {
        self.look_up(Store::contacts)
            .map(|contacts| Event::Contacts(contacts.into()))
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
            let mut endpoint = endpoint.as_deref();
            // An invite may name any address: it takes none from the key that is known there.
            if *trust == Trust::Invited
                && let Some(at) = endpoint
                && store.key_at(at)?.is_some_and(|known| known != *key)
            {
                endpoint = None;
            }
            store.record_contact(key, name, *trust, ip, endpoint, wall_clock())?;
            match replaces {
                Some(old) => store.rekey(old, key),
                None => Ok(()),
            }
        });
        if replaces.is_some() {
            events.push(Event::Rewritten(PeerId::Key(*key)));
        }
        events
    }

    /// The person changes a contact.
    pub fn change_contact(&mut self, key: &PublicKey, change: ContactChange) -> Vec<Event> {
        self.change_contacts(|store| match change {
            ContactChange::Rename(name) => store.rename(key, name.as_deref()),
            ContactChange::SetVerified(verified) => store.set_verified(key, verified),
            ContactChange::SetBlocked(blocked) => store.set_blocked(key, blocked),
            ContactChange::Forget => store.forget(key),
        })
    }

    /// The person recalls a message. `delivery` is that of the connection there is.
    pub fn recall(&mut self, to: PublicKey, row: Row, delivery: Option<&Delivery>) -> Vec<Event> {
        let delivery = delivery.filter(|delivery| delivery.peer() == to);
        let peer_id = PeerId::Key(to);
        let recalled = self.change_conversation(&peer_id, |store, conversation| {
            let pos = store.outbox_pos(conversation, row)?;
            let is_open = pos
                .is_some_and(|pos| !delivery.is_some_and(|delivery| delivery.is_handed_over(pos)));
            Ok(is_open && store.recall(conversation, row)?)
        });
        match recalled {
            Ok(Some(true)) => {
                let rows = Arc::from([(row, State::Recalled)]);
                let settled = Event::Settled { peer_id, rows };
                self.record_result(Ok(()))
                    .into_iter()
                    .chain([settled])
                    .collect()
            }
            Ok(Some(false) | None) => Vec::new(),
            Err(error) => self.record_result(Err(error)).into_iter().collect(),
        }
    }

    /// Stores the draft of this conversation.
    pub fn set_draft(&mut self, peer_id: &PeerId, draft: &str) {
        let kept = self.change_conversation(peer_id, |store, id| store.set_draft(id, draft));
        if let Err(error) = kept {
            // The next one overwrites it.
            tracing::warn!(%error, "a draft can't be kept");
        }
    }

    /// The person has seen everything of this conversation up to this row.
    pub fn set_read(&mut self, peer_id: &PeerId, row: Row) {
        let kept = self.change_conversation(peer_id, |store, id| store.set_read(id, row));
        if let Err(error) = kept {
            // The next one overwrites it.
            tracing::warn!(%error, "a read mark can't be kept");
        }
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
            tracing::error!(%error, "contacts can't be written");
        }
        let mut events = Vec::new();
        events.extend(self.record_result(changed));
        events.extend(self.contacts());
        events
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

    /// Changes what is stored of this conversation, if there is one.
    fn change_conversation<T>(
        &mut self,
        peer_id: &PeerId,
        change: impl FnOnce(&mut Store, ConversationId) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(store) = &mut self.store else {
            return Ok(None);
        };
        let found = store.find_conversation(peer_id)?;
        found.map(|id| change(store, id)).transpose()
    }
}
