//! How far each person has read, if both want to tell. A state and no items: each side says it after *Hello* and whenever it
//! changes, and the other one keeps the highest.

use super::{Delivery, DeliveryError};
use crate::{
    net::protocol::{frame::ReadMark, secure::Secure},
    store::{Batch, ConversationId, Row, Store, StoreError},
};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct ReadMarks {
    /// Both sides want them.
    are_wanted: bool,
    /// What the peer was told last.
    told: Option<ReadMark>,
    /// What the peer has said, and what is not on the disk yet.
    heard: Option<ReadMark>,
    /// The row that the last batch has made of it, if it is news.
    row: Option<Row>,
}

impl ReadMarks {
    pub fn new(are_wanted: bool) -> Self {
        Self {
            are_wanted,
            told: None,
            heard: None,
            row: None,
        }
    }

    pub fn is_staged(&self) -> bool {
        self.heard.is_some()
    }

    /// Tells the peer how far the person has read, if that has changed.
    pub fn send(
        &mut self,
        conversation: ConversationId,
        store: &Store,
        secure: &mut Secure,
    ) -> Result<(), StoreError> {
        if !self.are_wanted {
            return Ok(());
        }
        let newest = store.newest_read(conversation)?;
        let newest = newest.map(|(stream, up_to)| ReadMark { stream, up_to });
        if newest != self.told {
            self.told = newest;
            if let Some(read) = newest {
                secure.read(read);
            }
        }
        Ok(())
    }

    pub fn write(
        &mut self,
        conversation: ConversationId,
        batch: &mut Batch<'_>,
    ) -> Result<(), StoreError> {
        if let Some(read) = self.heard {
            self.row = batch.set_seen(conversation, read.stream, read.up_to)?;
        }
        Ok(())
    }

    /// The batch is on the disk. Returns the row up to which the peer has read, if that is news.
    pub fn committed(&mut self) -> Option<Row> {
        self.heard = None;
        self.row.take()
    }
}

impl Delivery {
    /// The peer's person has read this much. Only the last of several in a turn counts.
    pub(super) fn handle_read(
        &mut self,
        read: ReadMark,
        store: &Store,
    ) -> Result<(), DeliveryError> {
        let sent = self.sent_up_to(read.stream, store)?;
        if sent.is_some_and(|sent| sent < read.up_to) {
            return Err(DeliveryError::Misbehaved);
        }
        if self.read_marks.are_wanted {
            self.read_marks.heard = Some(read);
        }
        Ok(())
    }

    /// The person has read on.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn handle_own_read(
        &mut self,
        store: &Store,
        secure: &mut Secure,
    ) -> Result<(), StoreError> {
        self.read_marks.send(self.conversation, store, secure)
    }

    /// The person doesn't want read marks any more. Those who want them again get them in the next connection, because
    /// *Hello* has said whether they do.
    pub fn stop_read_marks(&mut self) {
        self.read_marks.are_wanted = false;
    }
}
