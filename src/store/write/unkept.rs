//! Messages that are erased when their conversation ends, because the person has turned off that they are kept.
//!
//! The table `unkept` has their rows, as ranges. The first message that is written while nothing is kept begins a range, in the
//! same transaction; the end of the conversation ends it. So after a crash the next start knows what to erase. Nothing in a range
//! is indexed for searches, because messages that are erased leave the index only with
//! their whole conversation.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::last_row;
use crate::store::{Store, StoreError, message::ConversationId, row::Row};

/// A range of rows whose conversation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Unkept {
    pub conversation: ConversationId,
    pub first: Row,
    pub last: Row,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// Sets whether messages that are written from now on outlive their conversation. If so, those of conversations that have
    /// not ended do too. After an error nothing has changed.
    pub fn set_keeping(&mut self, keeps: bool) -> Result<(), StoreError> {
        if keeps {
            self.connection
                .execute("DELETE FROM unkept WHERE up_to IS NULL", [])?;
        }
        self.keeps = keeps;
        Ok(())
    }

    /// Whether messages that are written now outlive their conversation.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// This conversation has ended. What is not to be kept of it is erased by a [`Deletion`](crate::store::Deletion); its draft is
    /// erased at once.
    pub fn end_conversation(&mut self, conversation: ConversationId) -> Result<(), StoreError> {
        if !self.keeps {
            end_range(&self.connection, conversation)?;
            self.set_draft(conversation, "")?;
        }
        Ok(())
    }

    /// What is to be erased of this conversation, or of all.
    pub(in crate::store) fn unkept(
        &self,
        conversation: Option<ConversationId>,
    ) -> Result<Vec<Unkept>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT conversation, after, up_to FROM unkept
            WHERE up_to IS NOT NULL AND (?1 IS NULL OR conversation = ?1)",
        )?;
        let found = statement.query_map([conversation], |row| {
            Ok(Unkept {
                conversation: row.get(0)?,
                first: row.get::<_, Row>(1)?.next(),
                last: row.get(2)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Erases what the last run was to erase and did not, because it was killed. All of it at once, so that nobody sees it.
    pub(in crate::store) fn erase_leftovers(&mut self) -> Result<(), StoreError> {
        let any = "SELECT EXISTS (SELECT * FROM unkept)";
        if !self.connection.query_row(any, [], |row| row.get(0))? {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        end_all(&transaction)?;
        let erased = transaction.execute(
            "DELETE FROM messages WHERE id IN (
                SELECT messages.id FROM unkept JOIN messages
                ON messages.id BETWEEN (conversation << 40) + after + 1 AND (conversation << 40) + up_to
            ) AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT NULL)
                AND id NOT IN (SELECT message FROM files WHERE state < 2 AND state IN (0, 1))",
            [],
        )?;
        remove_empty(&transaction)?;
        transaction.commit()?;
        if erased > 0 {
            let connection = &self.connection;
            connection.execute_batch("PRAGMA incremental_vacuum")?;
            // A reader may be in the way; then the log is overwritten later.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }
}

/// A message is about to be written in this conversation, and is not to be kept. Returns the row before it.
pub(super) fn begin_range(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<Row> {
    let last = last_row(connection, conversation)?;
    let known: Option<bool> = connection
        .prepare_cached("SELECT TRUE FROM unkept WHERE conversation = ?1 AND up_to IS NULL")?
        .query_row([conversation], |row| row.get(0))
        .optional()?;
    if known.is_none() {
        connection
            .prepare_cached("INSERT OR REPLACE INTO unkept (conversation, after) VALUES (?1, ?2)")?
            .execute(params![conversation, last])?;
    }
    Ok(last)
}

/// This conversation has ended.
pub(in crate::store) fn end_range(
    connection: &Connection,
    conversation: ConversationId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE unkept SET up_to = (SELECT last FROM conversations WHERE id = conversation)
            WHERE conversation = ?1 AND up_to IS NULL",
        )?
        .execute([conversation])?;
    Ok(())
}

/// Every conversation has ended.
pub(in crate::store) fn end_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE unkept SET up_to = (SELECT last FROM conversations WHERE id = conversation)
        WHERE up_to IS NULL",
        [],
    )?;
    Ok(())
}

/// Forgets the ranges in which nothing is left. Messages that wait to be delivered stay in theirs.
pub(in crate::store) fn remove_empty(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM unkept WHERE up_to IS NOT NULL
        AND NOT EXISTS (
            SELECT * FROM messages
            WHERE id BETWEEN (conversation << 40) + after + 1 AND (conversation << 40) + up_to
        )
        AND NOT EXISTS (SELECT * FROM transfers WHERE transfers.conversation = unkept.conversation)",
        [],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::{
        identity::{PeerId, StreamId},
        millis::Millis,
        store::{
            Deletion, Snapshot,
            samples::{Sample, mina},
        },
    };

    fn texts(store: &Store, conversation: ConversationId) -> Vec<String> {
        let messages = store.all_messages(conversation).into_iter();
        messages.map(|message| message.text).collect()
    }

    /// A copy of the folder as a kill would leave it.
    fn killed(folder: &TempDir) -> TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        for entry in fs::read_dir(folder.path()).expect("listed") {
            let entry = entry.expect("listed");
            // Shared memory, which the next program makes again.
            if !entry.file_name().to_string_lossy().ends_with("-shm") {
                fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
            }
        }
        copy
    }

    fn write(store: &mut Store, conversation: ConversationId, text: &str) {
        let mut batch = store.batch().expect("begun");
        let stream = StreamId::from_bytes([1; 16]);
        batch
            .write(conversation, text, stream, Millis::new(9))
            .expect("kept");
        batch.commit().expect("kept");
    }

    #[test]
    fn after_a_kill_the_next_start_erases_what_was_not_to_be_kept() {
        let mut sample = Sample::new();
        let plain = PeerId::Address("10.0.0.1:7".into());
        let (secret, other) = (sample.conversation(&mina()), sample.conversation(&plain));
        sample.say(secret, &["kept so far"]);
        sample.store.set_keeping(false).expect("set");
        sample.say(secret, &["said while off"]);
        write(&mut sample.store, secret, "waits");
        sample.say(secret, &["said while off, too"]);
        sample.say(other, &["said while off, elsewhere"]);
        let folder = killed(&sample.folder);
        let mut store = Store::open(folder.path()).expect("opened").store;
        assert_eq!(texts(&store, secret), ["kept so far", "waits"]);
        assert_eq!(texts(&store, other), [""; 0]);
        for entry in fs::read_dir(folder.path()).expect("listed") {
            let bytes = fs::read(entry.expect("listed").path()).expect("read");
            let found = memchr::memmem::find(&bytes, b"said while off");
            assert_eq!(found, None, "it is in no file");
        }
        // The message that waits is erased with the end of the conversation in which it was delivered.
        let stream = StreamId::from_bytes([1; 16]);
        let mut batch = store.batch().expect("begun");
        batch.acknowledge(secret, stream, 1).expect("kept");
        batch.commit().expect("kept");
        store.set_keeping(false).expect("set");
        store.end_conversation(secret).expect("ended");
        let deletion = Deletion::of_unkept(&store, Some(&mina()));
        deletion.expect("begun").run(&mut store);
        assert_eq!(texts(&store, secret), ["kept so far"]);
        assert_eq!(store.unkept(None), Ok(Vec::new()));
    }

    #[test]
    fn what_has_ended_while_nothing_was_kept_is_erased_although_messages_are_kept_again() {
        let mut sample = Sample::new();
        let conversation = sample.conversation(&mina());
        sample.store.set_keeping(false).expect("set");
        sample.say(conversation, &["ended"]);
        sample.store.end_conversation(conversation).expect("ended");
        sample.say(conversation, &["goes on"]);
        sample.store.set_keeping(true).expect("set");
        sample.say(conversation, &["kept"]);
        let deletion = Deletion::of_unkept(&sample.store, None).expect("begun");
        let killed = killed(&sample.folder);
        deletion.run(&mut sample.store);
        assert_eq!(texts(&sample.store, conversation), ["goes on", "kept"]);
        let store = Store::open(killed.path()).expect("opened").store;
        assert_eq!(texts(&store, conversation), ["goes on", "kept"]);
    }

    #[test]
    fn messages_that_wait_are_not_counted_as_kept() {
        let mut sample = Sample::new();
        let conversation = sample.conversation(&mina());
        sample.say(conversation, &["one", "two"]);
        write(&mut sample.store, conversation, "waits");
        assert_eq!(sample.read(Snapshot::kept), 2);
    }
}
