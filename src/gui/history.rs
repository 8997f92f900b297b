//! The history reader as the window sees it, and the list of conversations that it last answered with.

use crate::{
    chat::conversations::Conversations,
    history::{Answer, Handle, Query, Summary},
    identity::PeerId,
    mailbox::{Drained, SendError},
};

/// See the [module](self).
pub(super) struct History {
    /// `None` if nothing is kept, or the reader has ended.
    handle: Option<Handle>,
    pub conversations: Conversations,
    /// The next list of conversations is the first one.
    is_starting: bool,
}

impl History {
    pub fn new(handle: Option<Handle>) -> Self {
        Self {
            handle,
            conversations: Conversations::default(),
            is_starting: true,
        }
    }

    /// Ends the reader and waits for that.
    pub fn stop(&mut self) {
        self.handle = None;
    }

    /// Asks the reader.
    ///
    /// # Errors
    /// It is busy or gone.
    pub fn query(&mut self, query: Query) -> Result<(), SendError> {
        let handle = self.handle.as_ref().ok_or(SendError::Gone)?;
        let sent = handle.send(query);
        if sent == Err(SendError::Gone) {
            self.lose();
        }
        sent
    }

    /// Hands answers to `take`, until there are none or `take` returns false.
    pub fn drain(&mut self, take: impl FnMut(Answer) -> bool) -> Drained {
        let Some(handle) = &self.handle else {
            return Drained::Empty;
        };
        let drained = handle.drain(take);
        if drained == Drained::Gone {
            self.lose();
        }
        drained
    }

    /// Takes the list of conversations. Returns the most recent one if this is the first list.
    pub fn take_conversations(&mut self, list: Vec<Summary>) -> Option<PeerId> {
        let is_first = std::mem::take(&mut self.is_starting);
        let newest = list.first().map(|newest| newest.peer_id.clone());
        self.conversations.set(Some(list));
        newest.filter(|_| is_first)
    }

    fn lose(&mut self) {
        tracing::error!("the history reader is gone");
        self.handle = None;
    }
}
