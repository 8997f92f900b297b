//! Messages that are held since the key of their recipient was replaced: the person sends or discards them.

use super::Ledger;
use crate::{
    identity::{PeerId, PublicKey, StreamId},
    net::{Event, delivery::Delivery},
    store::{Discarded, State},
};

impl Ledger {
    /// What is held for the holder of this key waits to be delivered from now on. `delivery` is that of the connection
    /// there is.
    pub fn send_held(&mut self, to: PublicKey, delivery: Option<&mut Delivery>) -> Vec<Event> {
        let events = self.change_contacts(|store| {
            let conversation = store.find_conversation(&PeerId::Key(to))?;
            conversation.map_or(Ok(()), |id| store.send_held(id, StreamId::random()))
        });
        if let Some(delivery) = delivery.filter(|delivery| delivery.peer() == to) {
            delivery.handle_more_waiting();
        }
        events
    }

    /// Nobody gets this part of what is held for the holder of this key. Returns nothing if none of it is held.
    pub fn discard_held(&mut self, to: PublicKey, which: Discarded) -> Vec<Event> {
        let peer_id = PeerId::Key(to);
        let discarded = self.change_conversation(&peer_id, |store, conversation| {
            store.discard_held(conversation, which)
        });
        let mut events = Vec::new();
        match discarded {
            Ok(Some(rows)) if !rows.is_empty() => {
                let rows = rows.into_iter().map(|row| (row, State::Recalled)).collect();
                events.extend(self.record_result(Ok(())));
                events.push(Event::Settled { peer_id, rows });
                events.extend(self.contacts());
            }
            Ok(_) => {}
            Err(error) => events.extend(self.record_result(Err(error))),
        }
        events
    }
}
