//! Who a conversation is with.

use std::sync::Arc;

use super::PublicKey;

/// Who a conversation is with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerId {
    /// The holder of this key, at any address.
    Key(PublicKey),
    /// A plain-text peer at this address: `IP` if it called us, `IP:PORT` if we called it.
    Address(Arc<str>),
}

impl PeerId {
    /// The key, if the conversation is encrypted.
    pub fn key(&self) -> Option<PublicKey> {
        match self {
            Self::Key(key) => Some(*key),
            Self::Address(_) => None,
        }
    }
}
