//! Taking over what can be read of a file that was set aside.

use crate::{
    identity::{Party, PublicKey, StreamId},
    store::{ConversationId, Message, Store, StoreError},
};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

/// What was taken over of a database that was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Salvage {
    /// So many people.
    pub peers: u64,
    /// So many messages.
    pub messages: u64,
}

/// The rowids of a table that are looked at, however few of them can be read.
const STEP: i64 = 256;

impl Store {
    /// Copies people and messages out of a damaged file, as far as they can be read; what is here already
    /// stays. Old messages stand before the ones that this store has. What waited is taken over as not
    /// delivered: nobody knows whether it was.
    ///
    /// # Errors
    /// Nothing of that file can be read, or nothing can be kept here.
    pub fn salvage(&mut self, path: &Path) -> Result<Salvage, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let damaged = Connection::open_with_flags(path, flags)?;
        // Fails where there is no table at all.
        damaged.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Salvage {
            peers: self.salvage_peers(&damaged)?,
            messages: self.salvage_messages(&damaged)?,
        })
    }

    fn salvage_peers(&mut self, damaged: &Connection) -> Result<u64, StoreError> {
        let mut count = 0;
        let sql = "SELECT key, my_name, their_name, trust, blocked, last_ip, first_met, last_seen FROM peers";
        let Ok(mut statement) = damaged.prepare(sql) else {
            return Ok(0);
        };
        let Ok(mut rows) = statement.query([]) else {
            return Ok(0);
        };
        let transaction = self.connection.transaction()?;
        // Up to the first page that can't be read.
        while let Ok(Some(row)) = rows.next() {
            let mut values = Vec::with_capacity(8);
            for index in 0..8 {
                let Ok(value) = row.get::<_, rusqlite::types::Value>(index) else {
                    break;
                };
                values.push(value);
            }
            let copied = transaction.execute(
                "INSERT INTO peers (key, my_name, their_name, trust, blocked, last_ip, first_met, last_seen)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                rusqlite::params_from_iter(values),
            );
            count += copied.unwrap_or(0) as u64;
        }
        transaction.commit()?;
        Ok(count)
    }

    fn salvage_messages(&mut self, damaged: &Connection) -> Result<u64, StoreError> {
        let mut count = 0;
        for (id, party) in readable_conversations(damaged) {
            let here = self.conversation(&party, 0)?;
            copy_received(damaged, id, here, &self.connection)?;
            if self.last_row(here)? > 0 {
                // Rows have their order for ever, so nothing can be put before what is here.
                continue;
            }
            let first = id << 40;
            let last: i64 = damaged
                .query_row(
                    "SELECT last FROM conversations WHERE id = ?1",
                    [id],
                    |row| row.get(0),
                )
                .unwrap_or(0);
            let transaction = self.connection.transaction()?;
            let mut highest = 0;
            let mut from = first;
            while from <= first + last {
                for message in readable_messages(damaged, from, from + STEP) {
                    highest = message.row.max(highest);
                    let state = match message.state {
                        super::State::Waiting => super::State::NotSent,
                        state => state,
                    };
                    transaction.execute(
                        "INSERT OR IGNORE INTO messages
                            (id, kind, state, sent_at, received_at, text, raw, charset)
                        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                        params![
                            here.message(message.row),
                            message.kind,
                            state,
                            message.sent_at,
                            message.received_at,
                            message.text,
                            message.raw,
                            message.charset.name()
                        ],
                    )?;
                    count += 1;
                }
                from += STEP;
            }
            transaction.execute(
                "UPDATE conversations SET last = max(last, ?2),
                    active_at = max(active_at, coalesce(
                        (SELECT received_at FROM messages WHERE id = ?3), active_at
                    ))
                WHERE id = ?1",
                params![here, super::batch::signed(highest), here.message(highest)],
            )?;
            transaction.commit()?;
        }
        Ok(count)
    }
}

/// What was received must not come twice.
fn copy_received(
    damaged: &Connection,
    id: i64,
    here: ConversationId,
    connection: &Connection,
) -> Result<(), StoreError> {
    let sql = "SELECT epoch, up_to FROM received WHERE conversation = ?1";
    let Ok(mut statement) = damaged.prepare(sql) else {
        return Ok(());
    };
    let Ok(mut rows) = statement.query([id]) else {
        return Ok(());
    };
    while let Ok(Some(row)) = rows.next() {
        let (Ok(epoch), Ok(up_to)) = (row.get::<_, StreamId>(0), row.get::<_, i64>(1)) else {
            continue;
        };
        connection.execute(
            "INSERT INTO received (conversation, epoch, up_to) VALUES (?1, ?2, ?3)
            ON CONFLICT (conversation, epoch) DO UPDATE SET up_to = max(up_to, excluded.up_to)",
            params![here, epoch, up_to],
        )?;
    }
    Ok(())
}

fn readable_conversations(damaged: &Connection) -> Vec<(i64, Party)> {
    let mut found = Vec::new();
    let Ok(mut statement) = damaged.prepare("SELECT id, key, address FROM conversations") else {
        return found;
    };
    let Ok(mut rows) = statement.query([]) else {
        return found;
    };
    while let Ok(Some(row)) = rows.next() {
        let key = row.get::<_, Option<PublicKey>>(1).ok().flatten();
        let address = row.get::<_, Option<String>>(2).ok().flatten();
        let party = key.map(Party::Key).or(address.map(Party::Address));
        if let (Ok(id), Some(party)) = (row.get(0), party) {
            found.push((id, party));
        }
    }
    found
}

/// Those from this id up to before that one: all at once, or one by one where a page is torn.
fn readable_messages(damaged: &Connection, from: i64, to: i64) -> Vec<Message> {
    let sql = format!(
        "SELECT {} FROM messages WHERE id >= ?1 AND id < ?2 ORDER BY id",
        Message::COLUMNS
    );
    let read = |from: i64, to: i64| -> rusqlite::Result<Vec<Message>> {
        let mut statement = damaged.prepare_cached(&sql)?;
        statement.query_map([from, to], Message::read)?.collect()
    };
    match read(from, to) {
        Ok(messages) => messages,
        Err(_) => (from..to)
            .filter_map(|id| read(id, id + 1).ok())
            .flatten()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::StreamId,
        store::{FILE_NAME, Incoming, Kind, find, row_of},
    };

    #[test]
    fn what_can_be_read_of_a_torn_file_is_taken_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = PublicKey::from_bytes([7; 32]);
        let party = Party::Key(key);
        let mut store = Store::open(folder.path()).expect("opened").store;
        let id = store.conversation(&party, 1).expect("made");
        let text = "가나다".repeat(40);
        for number in 1..=500 {
            let mut batch = store.batch().expect("begun");
            let item = Incoming::Text(&text);
            batch
                .receive(id, (StreamId::from_bytes([1; 16]), number), 0, item, (5, 6))
                .expect("kept");
            batch.commit().expect("kept");
        }
        drop(store);
        let path = folder.path().join(FILE_NAME);
        let mut bytes = std::fs::read(&path).expect("read");
        let pages = bytes.len() / 4096;
        for page in bytes.chunks_mut(4096).skip(pages / 2).take(3) {
            page.fill(0xa5);
        }
        let aside = folder.path().join("aside");
        std::fs::write(&aside, &bytes).expect("written");
        std::fs::remove_file(&path).expect("removed");

        let mut store = Store::open(folder.path()).expect("opened").store;
        let salvage = store.salvage(&aside).expect("something");
        assert!(
            (400..500).contains(&salvage.messages),
            "{salvage:?} of 500, with 3 pages torn"
        );
        let id = store
            .find_conversation(&party)
            .expect("read")
            .expect("there");
        assert_eq!(
            store
                .received_up_to(id, StreamId::from_bytes([1; 16]))
                .expect("read"),
            500
        );
        assert_eq!(store.last_row(id).expect("read"), 500);
        let all = readable_messages(&store.connection, id.message(0), id.message(600));
        assert_eq!(all.len() as u64, salvage.messages);
        assert!(
            all.iter()
                .all(|said| said.kind == Kind::Theirs && said.text == text)
        );
        let again = store.salvage(&aside).expect("read");
        assert_eq!(again.messages, 0, "once is enough");
        assert!(find(&store.connection, &party).expect("read").is_some());
        assert_eq!(row_of(id.message(9)), 9);
    }

    #[test]
    fn a_file_without_a_table_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::in_memory().expect("opened");
        let path = folder.path().join("aside");
        std::fs::write(&path, vec![0xa5; 8192]).expect("written");
        assert!(store.salvage(&path).is_err());
        assert!(store.salvage(&folder.path().join("nothing")).is_err());
    }
}
