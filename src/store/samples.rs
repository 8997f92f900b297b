//! A store with messages in it, for tests.

use crate::{
    identity::{PeerId, PublicKey},
    millis::Millis,
    store::{ConversationId, ReadConnection, Snapshot, Store, StoreError},
    text::charset::{Charset, Reading},
};

pub(crate) fn mina() -> PeerId {
    PeerId::Key(PublicKey::from_bytes([1; 32]))
}

pub(crate) struct Sample {
    // In this order: the store is closed before its folder is removed.
    pub(crate) store: Store,
    pub(crate) folder: tempfile::TempDir,
}

impl Sample {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(folder.path()).expect("opened").store;
        Self { store, folder }
    }

    pub(crate) fn conversation(&mut self, peer_id: &PeerId) -> ConversationId {
        self.store
            .conversation(peer_id, Millis::new(0))
            .expect("made")
    }

    /// The peer says this, at 1 ms after 1970 and 1 ms after each other.
    pub(crate) fn say(&mut self, conversation: ConversationId, texts: &[&str]) {
        let mut batch = self.store.batch().expect("begun");
        for (at, text) in (1..).zip(texts) {
            let decoded = Reading::Fixed(Charset::UTF_8).decode(text.as_bytes());
            batch
                .receive_plain(conversation, &decoded, Millis::new(at))
                .expect("kept");
        }
        batch.commit().expect("kept");
    }

    /// What another thread reads of it now.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> T {
        let reading = ReadConnection::open(self.folder.path()).expect("opened");
        reading.read(read).expect("read")
    }
}
