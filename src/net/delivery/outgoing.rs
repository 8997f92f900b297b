//! Our messages in one connection: what the peer has, what was handed to the session, and what waits in the store.

use std::collections::BTreeMap;

use crate::{
    identity::StreamId,
    net::protocol::{
        Tag,
        frame::{Ack, Body, EVENTS, FILES, Item, RESUME_CAP, Reference, Start, Whose},
        secure::Secure,
    },
    store::{
        self, Change, ConversationId, MessageName, OutboxItem, OutboxPos, Row, Store, StoreError,
    },
};

/// Maximum number of our streams that are resumed in one connection.
const MAX_RESUMED: usize = super::MAX_STREAMS;
/// Number of items read from the store at a time.
const READ_AHEAD: u32 = 64;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Outgoing {
    conversation: ConversationId,
    /// What the peer understands.
    features: u64,
    /// Our streams about which the peer has not answered yet, with the first number asked about.
    asked: BTreeMap<StreamId, u64>,
    /// The last number of each stream that was handed to the session, or that the peer had already.
    pub handed: BTreeMap<StreamId, u64>,
    /// Everything up to here has been handed to the session.
    cursor: OutboxPos,
    /// Nothing after the cursor waits in the store.
    caught_up: bool,
}

impl Outgoing {
    /// Asks the peer how far our streams have come.
    pub fn begin(
        conversation: ConversationId,
        features: u64,
        store: &Store,
        secure: &mut Secure,
    ) -> Result<Self, StoreError> {
        let mut asked = BTreeMap::new();
        let mut last = OutboxPos::default();
        while asked.len() < MAX_RESUMED {
            let unacked = store.unacked_streams(conversation, last, RESUME_CAP as u32)?;
            let Some(newest) = unacked.last() else { break };
            last = newest.first;
            let starts = unacked.iter().map(|unacked| Start {
                stream: unacked.stream,
                first: unacked.first.number,
            });
            asked.extend(starts.clone().map(|start| (start.stream, start.first)));
            secure.resume(starts.collect());
        }
        Ok(Self {
            conversation,
            features,
            asked,
            handed: BTreeMap::new(),
            cursor: OutboxPos::default(),
            caught_up: false,
        })
    }

    /// The peer has this much of a stream. False if that can't be.
    pub fn handle_ack(&mut self, ack: Ack) -> bool {
        let may_be = match self.asked.remove(&ack.stream) {
            // It may know more of a stream than we do, if ours is a restored backup.
            Some(first) => ack.up_to >= first - 1,
            None => self
                .handed
                .get(&ack.stream)
                .is_some_and(|handed| ack.up_to <= *handed),
        };
        if may_be {
            let handed = self.handed.entry(ack.stream).or_default();
            *handed = (*handed).max(ack.up_to);
        }
        may_be
    }

    /// This message is on the disk. Hands it over at once if nothing waits before it.
    pub fn handle_stored(&mut self, item: OutboxItem, secure: &mut Secure) {
        let is_put_off =
            matches!(item.what, Some(store::Outgoing::Offer(..))) && self.lacks_files();
        if self.caught_up && secure.has_room() && !is_put_off {
            self.hand_over(item, secure);
        } else {
            self.caught_up = false;
        }
    }

    /// More waits in the store, after everything that has waited before.
    pub fn handle_more_waiting(&mut self) {
        self.caught_up = false;
    }

    /// Whether the message at this position has been handed over.
    pub fn is_handed_over(&self, pos: OutboxPos) -> bool {
        pos <= self.cursor
    }

    /// Hands over what waits in the store, as far as the session has room. Returns the rows of messages that were edited and
    /// are sent with their last text only.
    pub fn pump(&mut self, store: &mut Store, secure: &mut Secure) -> Result<Vec<Row>, StoreError> {
        let mut changed = Vec::new();
        // How far a stream has come must be known, and stored, before any of it is sent again.
        while !self.caught_up && self.asked.is_empty() && secure.has_room() {
            // The peer has said that it does not have these.
            changed.extend(store.settle_unsent(self.conversation, self.cursor, READ_AHEAD)?);
            if self.lacks_files() {
                store.put_off_offers(self.conversation, self.cursor, READ_AHEAD)?;
            }
            let waiting = store.outbox_items(self.conversation, self.cursor, READ_AHEAD)?;
            self.caught_up = waiting.is_empty();
            for item in waiting {
                self.hand_over(item, secure);
            }
        }
        Ok(changed)
    }

    fn hand_over(&mut self, item: OutboxItem, secure: &mut Secure) {
        self.cursor = item.pos;
        self.handed.insert(item.stream, item.pos.number);
        // A change has no row, so there is nothing to report.
        let tag = Tag(item.row.unwrap_or(Row::ZERO).number());
        let item = Item {
            stream: item.stream,
            number: item.pos.number,
            sent_at: item.sent_at,
            body: match item.what {
                Some(what) => self.body(what),
                None => Body::Skip,
            },
        };
        secure.send(tag, item);
    }

    fn lacks_files(&self) -> bool {
        self.features & FILES == 0
    }

    /// What the peer gets of this. What it would show as something that needs a newer version is left out.
    fn body(&self, what: store::Outgoing) -> Body {
        let needed = match &what {
            store::Outgoing::Text(..) => 0,
            store::Outgoing::Offer(..) | store::Outgoing::Change(_, Change::File(_)) => FILES,
            store::Outgoing::Change(..) => EVENTS,
        };
        match what {
            store::Outgoing::Text(text, _) if self.features & EVENTS == 0 => Body::Text(text),
            what if self.features & needed == needed => body(what),
            _ => Body::Skip,
        }
    }
}

fn body(what: store::Outgoing) -> Body {
    match what {
        store::Outgoing::Text(text, None) => Body::Text(text),
        store::Outgoing::Text(text, Some(name)) => Body::Reply(reference(name), text),
        store::Outgoing::Offer(name, offer) => Body::Offer(name, offer),
        store::Outgoing::Change(name, Change::Edit(text)) => Body::Edit(reference(name), text),
        store::Outgoing::Change(name, Change::Delete) => Body::Delete(reference(name)),
        store::Outgoing::Change(name, Change::React(emoji)) => {
            Body::Reaction(reference(name), emoji)
        }
        store::Outgoing::Change(name, Change::File(change)) => Body::File(reference(name), change),
    }
}

/// What we call a message, as it is on the wire.
fn reference(name: MessageName) -> Reference {
    let whose = if name.mine {
        Whose::Senders
    } else {
        Whose::Receivers
    };
    Reference {
        whose,
        stream: name.stream,
        number: name.number,
    }
}
