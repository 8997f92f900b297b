//! Who a conversation is with.

use super::PublicKey;

/// Who a conversation is with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The holder of this key, wherever it is.
    Key(PublicKey),
    /// Whoever speaks plain text at this address: `IP` where it calls, `IP:PORT` where it was called.
    Address(String),
}

impl Party {
    /// Its key, if it is encrypted.
    pub fn key(&self) -> Option<PublicKey> {
        match self {
            Self::Key(key) => Some(*key),
            Self::Address(_) => None,
        }
    }
}
