//! Messages of ours in plain text that the session has queued and not sent; the limit of its queue limits them.

use crate::{
    identity::PeerId,
    net::{MessageId, protocol::Tag},
    store::{ConversationId, Row},
};
use std::collections::BTreeMap;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Unsent {
    names: BTreeMap<Tag, MessageName>,
    last_tag: u64,
}

/// What a message is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum MessageName {
    NotStored(MessageId),
    Stored(PeerId, ConversationId, Row),
}

impl Unsent {
    /// Adds a message and makes up a tag for it.
    pub fn add(&mut self, id: MessageId) -> Tag {
        self.last_tag += 1;
        let tag = Tag(self.last_tag);
        self.names.insert(tag, MessageName::NotStored(id));
        tag
    }

    /// The message is in the store now.
    pub fn set_stored(
        &mut self,
        tag: Tag,
        peer_id: PeerId,
        conversation: ConversationId,
        row: Row,
    ) {
        let name = MessageName::Stored(peer_id, conversation, row);
        self.names.insert(tag, name);
    }

    /// The session is done with this message.
    pub fn take(&mut self, tag: Tag) -> Option<MessageName> {
        self.names.remove(&tag)
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
