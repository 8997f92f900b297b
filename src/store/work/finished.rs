//! What long work has come to.

use crate::{identity::PeerId, store::StoreError};

/// A long piece of work that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// All messages of this conversation are in their places: what was read of it before is out of date.
    Conversation(PeerId),
    /// Everything that can be read of a damaged file was taken over.
    Salvage(Result<Salvage, StoreError>),
}

/// What was taken over of a database that was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Salvage {
    /// Number of contacts.
    pub contacts: u64,
    /// Number of messages.
    pub messages: u64,
    /// Whether contacts, addresses or blocks may have been lost.
    pub has_losses: bool,
}
