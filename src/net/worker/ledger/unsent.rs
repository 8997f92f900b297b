//! Messages of ours in plain text that the session has queued and not sent; the limit of its queue limits them.

use crate::{
    identity::PeerId,
    net::{MessageId, protocol::Tag},
    store::{ConversationId, Row},
};
use std::collections::VecDeque;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Unsent {
    /// In the order of the tags. The oldest is usually the next to be taken.
    names: VecDeque<(Tag, MessageName)>,
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
        self.names.push_back((tag, MessageName::NotStored(id)));
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
        let index = self.find(tag);
        if let Some((_, name)) = index.and_then(|index| self.names.get_mut(index)) {
            *name = MessageName::Stored(peer_id, conversation, row);
        }
    }

    /// The session is done with this message.
    pub fn take(&mut self, tag: Tag) -> Option<MessageName> {
        let (_, name) = self.names.remove(self.find(tag)?)?;
        Some(name)
    }

    fn find(&self, tag: Tag) -> Option<usize> {
        self.names.binary_search_by_key(&tag, |(tag, _)| *tag).ok()
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
