//! What is changed in a conversation beside adding messages: a message is recalled, drafts, what was read.

use super::Ledger;
use crate::{
    identity::{Party, PublicKey},
    net::{Event, delivery::Delivery},
    store::{ConversationId, State, Store, StoreError},
};
use std::sync::Arc;

impl Ledger {
    /// The person recalls a message. `delivery` is that of the connection there is.
    pub fn recall(&mut self, to: PublicKey, row: u64, delivery: Option<&Delivery>) -> Vec<Event> {
        let delivery = delivery.filter(|delivery| delivery.peer() == to);
        let party = Party::Key(to);
        let recalled = self.change_conversation(&party, |store, conversation| {
            let pos = store.outbox_pos(conversation, row)?;
            let is_open = pos
                .is_some_and(|pos| !delivery.is_some_and(|delivery| delivery.is_handed_over(pos)));
            Ok(is_open && store.recall(conversation, row)?)
        });
        match recalled {
            Ok(Some(true)) => {
                let rows = Arc::from([(row, State::Cancelled)]);
                let settled = Event::Settled { party, rows };
                self.note(Ok(())).into_iter().chain([settled]).collect()
            }
            Ok(Some(false) | None) => Vec::new(),
            Err(error) => self.note(Err(error)).into_iter().collect(),
        }
    }

    /// Keeps what stands in the composer of this conversation.
    pub fn set_draft(&mut self, party: &Party, draft: &str) {
        let kept = self.change_conversation(party, |store, id| store.set_draft(id, draft));
        if let Err(error) = kept {
            // The next one overwrites it.
            tracing::warn!(%error, "a draft can't be kept");
        }
    }

    /// The person has seen everything of this conversation up to this row.
    pub fn set_read(&mut self, party: &Party, row: u64) {
        let kept = self.change_conversation(party, |store, id| store.set_read(id, row));
        if let Err(error) = kept {
            // The next one overwrites it.
            tracing::warn!(%error, "a read mark can't be kept");
        }
    }

    /// Changes what is stored of this conversation, if there is one.
    fn change_conversation<T>(
        &mut self,
        party: &Party,
        change: impl FnOnce(&mut Store, ConversationId) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(store) = &mut self.store else {
            return Ok(None);
        };
        let found = store.find_conversation(party)?;
        found.map(|id| change(store, id)).transpose()
    }
}
