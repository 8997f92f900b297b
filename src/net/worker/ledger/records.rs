//! What the store keeps beside new messages, and how the person changes it: contacts, recalled messages, drafts and
//! read marks.

use std::{net::IpAddr, sync::Arc};

use super::{Connection, Ledger, wall_clock};
use crate::{
    endpoint::Endpoint,
    identity::{Contact, PeerId, PublicKey, Trust},
    net::{
        ContactChange, ConversationChange, Event, delivery::Delivery, worker::session::PeerInfo,
    },
    store::{ConversationId, Discarded, Lookup, Row, State, Store, StoreError},
};

impl Ledger {
    /// What we know of this key. While the store can't be opened, only what the person has decided since then counts.
    pub fn contact(&self, key: &PublicKey) -> Lookup<Contact> {
        if self.shelf.closed().is_some()
            && let Some(Ok(Some(contact))) = self.shelf.store().map(|store| store.contact(key))
            && (contact.blocked || contact.trust >= Trust::Accepted)
        {
            return Lookup::Found(contact);
        }
        self.look_up(|store| store.contact(key))
    }

    /// The key that was last met at this endpoint.
    pub fn key_at(&self, endpoint: &Endpoint) -> Lookup<PublicKey> {
        self.look_up(|store| store.key_at(&endpoint.canonical()))
    }

    /// The key that was last met encrypted at this address. Nothing for this computer itself, where any program may call
    /// from.
    pub fn last_at(&self, ip: IpAddr) -> Lookup<PublicKey> {
        if ip.to_canonical().is_loopback() {
            return Lookup::Nothing;
        }
        self.look_up(|store| store.last_at(ip)).map(|peer| peer.key)
    }

    /// The newest row of the conversation with this peer, `Row::ZERO` if it has none.
    pub fn last_row(&self, peer_id: &PeerId) -> Option<Row> {
        // Rows of a store that can't be opened are unknown, whatever the one in memory has.
        let store = self.shelf.known()?;
        let last_row = store.find_conversation(peer_id).and_then(|conversation| {
            conversation.map_or(Ok(Row::ZERO), |conversation| store.last_row(conversation))
        });
        last_row
            .inspect_err(|error| tracing::error!(%error, "a conversation can't be read"))
            .ok()
    }

    /// All contacts, for the window.
    pub fn contacts(&self) -> Option<Event> {
        let contacts = self.shelf.store()?.contacts();
        contacts
            .inspect_err(|error| tracing::error!(%error, "contacts can't be read"))
            .map(|contacts| Event::Contacts(contacts.into()))
            .ok()
    }

    /// Records an encrypted peer that calls itself `name` and is connected.
    pub fn record_contact(&mut self, peer: &PeerInfo, name: &str, ip: IpAddr) -> Vec<Event> {
        let PeerInfo {
            key,
            trust,
            endpoint,
            replaces,
        } = peer;
        let mut has_new_key = false;
        let mut events = self.change_contacts(|store| {
            // First, while the key is not known yet: one that is known belongs to somebody else, who replaces nobody.
            if let Some(old) = replaces {
                has_new_key = store.rekey(old, key)?;
            }
            let mut endpoint = endpoint.as_deref();
            // An invite may name any address: it takes none from the key that is known there.
            if *trust == Trust::Invited
                && let Some(at) = endpoint
                && store.key_at(at)?.is_some_and(|known| known != *key)
            {
                endpoint = None;
            }
            store.record_contact(key, name, *trust, ip, endpoint, wall_clock())
        });
        if has_new_key {
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

    /// The person goes on without contacts that may be missing.
    pub fn accept_losses(&mut self) -> Option<Event> {
        let accepted = self.shelf.store_mut()?.accept_losses();
        self.record_result(accepted)
    }

    /// The person recalls a message. `delivery` is that of the connection there is.
    pub fn recall(&mut self, to: PublicKey, row: Row, delivery: Option<&Delivery>) -> Vec<Event> {
        let held = self.discard_held(to, Discarded::Row(row));
        if !held.is_empty() {
            return held;
        }
        let delivery = delivery.filter(|delivery| delivery.peer() == to);
        let peer_id = PeerId::Key(to);
        let recalled = self.change_conversation(&peer_id, |store, conversation| {
            let pos = store.outbox_pos(conversation, row)?;
            // One that was put off has no position, and waits all the same.
            let is_open = pos
                .is_none_or(|pos| !delivery.is_some_and(|delivery| delivery.is_handed_over(pos)));
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

    /// Stores the draft of this conversation. If nothing is kept, an older one is erased.
    pub fn set_draft(&mut self, peer_id: &PeerId, draft: &str) {
        let draft = if self.keeps { draft } else { "" };
        let kept = self.change_conversation(peer_id, |store, id| store.set_draft(id, draft));
        if let Err(error) = kept {
            // The next one overwrites it.
            tracing::warn!(%error, "a draft can't be kept");
        }
    }

    /// The person has seen everything of this conversation up to this row.
    pub fn set_read(&mut self, peer_id: &PeerId, row: Row, connection: Connection<'_>) {
        let kept = self.change_conversation(peer_id, |store, id| store.set_read(id, row));
        if let Err(error) = kept {
            // The next one overwrites it.
            tracing::warn!(%error, "a read mark can't be kept");
        }
        if let (Some(store), Some((delivery, secure))) = (self.shelf.store(), connection)
            && let Err(error) = delivery.handle_own_read(store, secure)
        {
            tracing::warn!(%error, "the peer does not learn what was read");
        }
    }

    /// The person pins or mutes a conversation, which may have no messages yet.
    pub fn change_listing(&mut self, peer_id: &PeerId, change: ConversationChange) -> Vec<Event> {
        let Some(store) = self.shelf.store_mut() else {
            return Vec::new();
        };
        let changed = store
            .conversation(peer_id, wall_clock())
            .and_then(|id| match change {
                ConversationChange::SetPinned(on) => store.set_pinned(id, on),
                ConversationChange::SetMuted(on) => store.set_muted(id, on),
            });
        let mut events: Vec<_> = self.record_result(changed).into_iter().collect();
        events.push(Event::Changed(peer_id.clone()));
        events
    }

    pub(super) fn change_contacts(
        &mut self,
        change: impl FnOnce(&mut Store) -> Result<(), StoreError>,
    ) -> Vec<Event> {
        let Some(store) = self.shelf.store_mut() else {
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

    fn look_up<T>(
        &self,
        look_up: impl FnOnce(&Store) -> Result<Option<T>, StoreError>,
    ) -> Lookup<T> {
        let Some(store) = self.shelf.known() else {
            return Lookup::Unclear;
        };
        match look_up(store) {
            Ok(None) if store.may_lack_contacts() => Lookup::Unclear,
            Ok(found) => found.into(),
            Err(error) => {
                tracing::error!(%error, "contacts can't be read");
                if error == StoreError::Damaged {
                    store.report_damage();
                }
                Lookup::Unclear
            }
        }
    }

    /// Changes what is stored of this conversation, if there is one.
    pub(super) fn change_conversation<T>(
        &mut self,
        peer_id: &PeerId,
        change: impl FnOnce(&mut Store, ConversationId) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(store) = self.shelf.store_mut() else {
            return Ok(None);
        };
        let found = store.find_conversation(peer_id)?;
        found.map(|id| change(store, id)).transpose()
    }
}
