//! Our messages in one connection: what the peer has, what was handed to the session, and what waits in the store.

use std::collections::BTreeMap;

use crate::{
    identity::StreamId,
    net::protocol::{
        Tag,
        frame::{Ack, Body, Item, RESUME_CAP, Start},
        secure::Secure,
    },
    store::{ConversationId, OutboxItem, OutboxPos, Store, StoreError},
};

/// Maximum number of our streams that are resumed in one connection.
const MAX_RESUMED: usize = super::MAX_STREAMS;
/// Number of items read from the store at a time.
const READ_AHEAD: u32 = 64;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Outgoing {
    conversation: ConversationId,
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
        if self.caught_up && secure.has_room() {
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

    /// Hands over what waits in the store, as far as the session has room.
    pub fn pump(&mut self, store: &mut Store, secure: &mut Secure) -> Result<(), StoreError> {
        // How far a stream has come must be known, and stored, before any of it is sent again.
        while !self.caught_up && self.asked.is_empty() && secure.has_room() {
            let waiting = store.outbox_items(self.conversation, self.cursor, READ_AHEAD)?;
            self.caught_up = waiting.is_empty();
            for item in waiting {
                if item.text.is_none() {
                    // The peer has said that it does not have it.
                    store.replace_with_skip(self.conversation, item.pos)?;
                }
                self.hand_over(item, secure);
            }
        }
        Ok(())
    }

    fn hand_over(&mut self, item: OutboxItem, secure: &mut Secure) {
        self.cursor = item.pos;
        self.handed.insert(item.stream, item.pos.number);
        let tag = Tag(item.row.number());
        let item = Item {
            stream: item.stream,
            number: item.pos.number,
            sent_at: item.sent_at,
            body: item.text.map_or(Body::Skip, Body::Text),
        };
        secure.send(tag, item);
    }
}
