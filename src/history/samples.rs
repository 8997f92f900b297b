//! A store with things said in it, for tests.

use rusqlite::Connection;

use crate::{
    identity::{Party, PublicKey},
    store::{ConversationId, FILE_NAME, Store},
    text::charset::Reading,
};

pub(super) fn mina() -> Party {
    Party::Key(PublicKey::from_bytes([1; 32]))
}

pub(super) struct Sample {
    // In this order: the store is closed before its folder is removed.
    pub(super) store: Store,
    pub(super) folder: tempfile::TempDir,
}

impl Sample {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(folder.path()).expect("opened").store;
        Self { store, folder }
    }

    pub(super) fn conversation(&mut self, party: &Party) -> ConversationId {
        self.store.conversation(party, 0).expect("made")
    }

    /// The peer says this, at 1 ms after 1970 and 1 ms after each other.
    pub(super) fn say(&mut self, conversation: ConversationId, texts: &[&str]) {
        let mut batch = self.store.batch().expect("begun");
        for (at, text) in (1..).zip(texts) {
            let decoded = Reading::default().decode(text.as_bytes());
            batch
                .receive_plain(conversation, &decoded, at)
                .expect("kept");
        }
        batch.commit().expect("kept");
    }

    /// A connection as the history has one.
    pub(super) fn reading(&self) -> Connection {
        Connection::open(self.folder.path().join(FILE_NAME)).expect("opened")
    }
}
