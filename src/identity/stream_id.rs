//! The name of a stream of messages.

/// The name of a stream of numbered messages (`docs/protocol.md`): 128 random bits, drawn by the sender for each
/// start of its program and each peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId([u8; 16]);

impl StreamId {
    /// A new stream, as random as keys are.
    pub fn random() -> Self {
        let mut id = [0; 16];
        if aws_lc_rs::rand::fill(&mut id).is_err() {
            tracing::error!("the system has no randomness");
        }
        Self(id)
    }

    /// The stream with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}
