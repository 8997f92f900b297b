//! The messages that items name: what we call them, and whether the peer may name them.

use super::{Delivery, DeliveryError};
use crate::{
    identity::StreamId,
    net::protocol::frame::{Body, Item, Reference, Whose},
    store::{Change, FileChange, MessageName, Store, StoreError},
};

impl Delivery {
    /// Whether the peer may name this message. It edits and deletes only messages of its own, and names none that has not been
    /// sent yet. What is erased, or went to another copy of this data, is unknown, so it may be named.
    pub(super) fn check_references(&self, item: &Item, store: &Store) -> Result<(), DeliveryError> {
        let (reference, is_own_only) = match &item.body {
            Body::Edit(reference, _) | Body::Delete(reference) => (reference, true),
            Body::Reply(reference, _) | Body::Reaction(reference, _) => (reference, false),
            Body::File(reference, change) => {
                check_side(reference.whose, *change)?;
                (reference, false)
            }
            Body::Text(_) | Body::Offer(..) | Body::Skip | Body::Unknown(_) => return Ok(()),
        };
        let sent_up_to = match reference.whose {
            Whose::Senders if reference.stream == item.stream => Some(item.number - 1),
            Whose::Senders => self
                .streams
                .get(&reference.stream)
                .map(|stream| stream.up_to),
            Whose::Receivers if is_own_only => return Err(DeliveryError::Misbehaved),
            Whose::Receivers => self.sent_up_to(reference.stream, store)?,
        };
        if reference.number == 0 || sent_up_to.is_some_and(|up_to| up_to < reference.number) {
            return Err(DeliveryError::Misbehaved);
        }
        Ok(())
    }

    /// How much of this stream of ours the peer may have. That is known of a stream that was used in this connection, and of
    /// the one of this start of the program; of any other, another copy of our data may have sent more.
    pub(super) fn sent_up_to(
        &self,
        stream: StreamId,
        store: &Store,
    ) -> Result<Option<u64>, StoreError> {
        match self.outgoing.handed.get(&stream) {
            Some(handed) => Ok(Some(*handed)),
            None => store.last_of_this_run(self.conversation, stream),
        }
    }
}

/// Whether the peer may do this to an offer of that side. A message that is no offer is not looked for: it may have been one
/// before a damaged store was taken over.
fn check_side(whose: Whose, change: FileChange) -> Result<(), DeliveryError> {
    let is_theirs = whose == Whose::Senders;
    let may = match change {
        FileChange::Accept | FileChange::Decline | FileChange::Arrived => !is_theirs,
        FileChange::Changed => is_theirs,
        FileChange::Cancel | FileChange::Pause | FileChange::Resume | FileChange::Failed(_) => true,
    };
    if may {
        Ok(())
    } else {
        Err(DeliveryError::Misbehaved)
    }
}

/// What the item changes, if it changes anything.
pub(super) fn change(body: &Body) -> Option<(MessageName, Change)> {
    match body {
        Body::Edit(reference, text) => Some((name(*reference), Change::Edit(text.clone()))),
        Body::Delete(reference) => Some((name(*reference), Change::Delete)),
        Body::Reaction(reference, emoji) => Some((name(*reference), Change::React(emoji.clone()))),
        Body::File(reference, change) => Some((name(*reference), Change::File(*change))),
        Body::Text(_) | Body::Reply(..) | Body::Offer(..) | Body::Skip | Body::Unknown(_) => None,
    }
}

/// What we call a message that the peer names.
pub(super) fn name(reference: Reference) -> MessageName {
    MessageName {
        mine: reference.whose == Whose::Receivers,
        stream: reference.stream,
        number: reference.number,
    }
}
