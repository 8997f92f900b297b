//! Takes over what was said and decided while the store could not be opened, from the store in memory that stood in.
//!
//! Contacts: the person's decisions. What is here already stays; nobody is unblocked, and no address gets another key.
//! Messages of ours: those that wait keep their streams and their numbers, so that none arrives twice. Messages of
//! peers are left out: nothing in memory was acknowledged, so their senders send them again.

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params, types::Value};

use super::{
    files::FILE_COLUMNS, find_or_create, last_row, outbox::count_waiting, unkept::begin_range,
};
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        Store, StoreError,
        message::{ConversationId, LAST_ROW},
        row::Row,
    },
};

/// Which messages of ours are taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// All of them.
    All,
    /// Those that wait to be delivered.
    Waiting,
}

/// The columns of a message of ours, beside its id.
const MESSAGE: &str = "kind, state, sent_at, received_at, text, stream, number, reply_mine, \
    reply_stream, reply_number, deleted";
/// The columns of a change in the outbox, beside its conversation and its stream.
const CHANGE: &str = "number, skip, sent_at, change, of_mine, of_stream, of_number, text";
/// The columns of a contact.
const CONTACT: &str = "key, my_name, their_name, trust, blocked, last_ip, first_met, last_seen";

impl Store {
    /// Takes over contacts and messages of ours from a store in memory that stood in for this one. Returns the conversations with the holders of keys that are in `memory`.
    ///
    /// # Errors
    /// See [`StoreError`]; then nothing is taken over.
    pub fn take_over(&mut self, memory: &Self, kept: Kept) -> Result<Vec<PeerId>, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        take_contacts(&transaction, memory)?;
        let mut peers = Vec::new();
        let mut statement = memory
            .connection
            .prepare("SELECT id, key, address, active_at FROM conversations ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (from, peer_id) = (row.get(0)?, PeerId::from_columns(row, 1)?);
            if peer_id.key().is_some() {
                take_messages(&transaction, memory, from, &peer_id, row.get(3)?, kept)?;
                peers.push(peer_id);
            }
        }
        let waiting = count_waiting(&transaction)?;
        transaction.commit()?;
        self.waiting = waiting;
        self.notifier.changed();
        Ok(peers)
    }
}

fn take_contacts(transaction: &Transaction<'_>, memory: &Store) -> Result<(), StoreError> {
    let insert = format!(
        "INSERT INTO peers ({CONTACT}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (key) DO UPDATE SET
            my_name = coalesce(excluded.my_name, peers.my_name),
            their_name = excluded.their_name,
            trust = max(peers.trust, excluded.trust),
            blocked = max(peers.blocked, excluded.blocked),
            last_ip = coalesce(excluded.last_ip, peers.last_ip),
            last_seen = coalesce(excluded.last_seen, peers.last_seen)"
    );
    copy(
        memory,
        &format!("SELECT {CONTACT} FROM peers"),
        transaction,
        &insert,
    )?;
    copy(
        memory,
        "SELECT endpoint, key FROM addresses",
        transaction,
        "INSERT INTO addresses (endpoint, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )
}

/// Copies what `select` finds in `memory`.
fn copy(
    memory: &Store,
    select: &str,
    transaction: &Transaction<'_>,
    insert: &str,
) -> Result<(), StoreError> {
    let mut statement = memory.connection.prepare_cached(select)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values: Vec<Value> = (0..columns)
            .map(|at| row.get(at))
            .collect::<Result<_, _>>()?;
        transaction
            .prepare_cached(insert)?
            .execute(rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

/// The same, with these values before those that are found. `insert` has no list of values yet.
fn copy_with(
    memory: &Store,
    select: &str,
    transaction: &Transaction<'_>,
    insert: &str,
    before: &[Value],
) -> Result<(), StoreError> {
    let mut statement = memory.connection.prepare(select)?;
    let columns = statement.column_count();
    let places = vec!["?"; before.len() + columns].join(", ");
    let mut inserting = transaction.prepare_cached(&format!("{insert} VALUES ({places})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let found = (0..columns).map(|at| row.get(at));
        let values: Vec<Value> = before
            .iter()
            .cloned()
            .map(Ok)
            .chain(found)
            .collect::<Result<_, _>>()?;
        inserting.execute(rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

/// Appends the messages of ours in this conversation.
fn take_messages(
    transaction: &Transaction<'_>,
    memory: &Store,
    from: ConversationId,
    peer_id: &PeerId,
    active_at: Millis,
    kept: Kept,
) -> Result<(), StoreError> {
    let here = find_or_create(transaction, peer_id, active_at)?;
    let mut statement = memory.connection.prepare(
        "SELECT id, state FROM messages WHERE id BETWEEN ?1 AND ?2 AND kind = ?3 ORDER BY id",
    )?;
    let [first, last] = from.ids(Row::ZERO..=LAST_ROW);
    let mine = crate::store::Kind::Mine;
    let mut rows = statement.query(params![first, last, mine])?;
    let mut row_here = match kept {
        Kept::All => last_row(transaction, here)?,
        Kept::Waiting => begin_range(transaction, here)?,
    };
    while let Some(row) = rows.next()? {
        let there: i64 = row.get(0)?;
        let waits = memory
            .connection
            .prepare_cached(
                "SELECT streams.epoch, streams.last, outbox.number, outbox.skip
                FROM outbox JOIN streams ON streams.id = outbox.stream WHERE message = ?1",
            )?
            .query_row([there], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        if kept == Kept::Waiting && waits.is_none() {
            continue;
        }
        row_here = row_here.next();
        let id = here.message(row_here);
        for (table, columns) in [
            ("messages", MESSAGE),
            ("edits", "number, text, replaced_at"),
            ("reactions", "mine, emoji"),
            ("files", FILE_COLUMNS),
        ] {
            let key = if table == "messages" { "id" } else { "message" };
            copy_with(
                memory,
                &format!("SELECT {columns} FROM {table} WHERE {key} = {there}"),
                transaction,
                &format!("INSERT INTO {table} ({key}, {columns})"),
                &[Value::Integer(id)],
            )?;
        }
        let waits: Option<(Vec<u8>, i64, i64, i64)> = waits;
        if let Some((stream, last_number, number, skip)) = waits {
            let stream = stream_here(transaction, here, &stream, last_number)?;
            transaction
                .prepare_cached(
                    "INSERT INTO outbox (conversation, stream, number, message, skip)
                    VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![here, stream, number, id, skip])?;
        }
    }
    take_changes(transaction, memory, from, here)?;
    transaction.execute(
        "UPDATE conversations SET last = ?2, active_at = max(active_at, ?3) WHERE id = ?1",
        params![here, row_here, active_at],
    )?;
    Ok(())
}

/// Takes over what waits of our changes: without them, numbers of their stream would be missing.
fn take_changes(
    transaction: &Transaction<'_>,
    memory: &Store,
    from: ConversationId,
    here: ConversationId,
) -> Result<(), StoreError> {
    let mut streams = memory
        .connection
        .prepare("SELECT id, epoch, last FROM streams WHERE conversation = ?1 ORDER BY id")?;
    let mut rows = streams.query([from])?;
    while let Some(row) = rows.next()? {
        let there: i64 = row.get(0)?;
        let any = "SELECT EXISTS (SELECT * FROM outbox WHERE stream = ?1 AND change IS NOT NULL)";
        if memory
            .connection
            .query_row(any, [there], |row| row.get(0))?
        {
            let stream = stream_here(transaction, here, &row.get::<_, Vec<u8>>(1)?, row.get(2)?)?;
            copy_with(
                memory,
                &format!(
                    "SELECT {CHANGE} FROM outbox WHERE stream = {there} AND change IS NOT NULL"
                ),
                transaction,
                &format!("INSERT INTO outbox (conversation, stream, {CHANGE})"),
                &[Value::Integer(here.0), Value::Integer(stream)],
            )?;
        }
    }
    Ok(())
}

/// The number of this stream of ours here; it is added if necessary.
fn stream_here(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    epoch: &[u8],
    last: i64,
) -> Result<i64, StoreError> {
    let known = transaction
        .prepare_cached("SELECT id FROM streams WHERE epoch = ?1")?
        .query_row([epoch], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    transaction.execute(
        "INSERT INTO streams (conversation, epoch, last) VALUES (?1, ?2, ?3)",
        params![conversation, epoch, last],
    )?;
    Ok(transaction.last_insert_rowid())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::{
        identity::{PublicKey, StreamId, Trust},
        store::{Content, Incoming, OutboxPos, State},
    };

    const MINA: PublicKey = PublicKey::from_bytes([7; 32]);
    const EVE: PublicKey = PublicKey::from_bytes([8; 32]);

    fn mina() -> PeerId {
        PeerId::Key(MINA)
    }

    fn meet(store: &mut Store, key: &PublicKey, trust: Trust, at: &str) {
        let ip = IpAddr::from([10, 0, 0, 1]);
        store
            .record_contact(key, "Mina", trust, ip, Some(at), Millis::new(1))
            .expect("kept");
    }

    /// Writes these texts in a stream of this number.
    fn write(store: &mut Store, stream: u8, texts: &[&str]) -> ConversationId {
        let mut batch = store.batch().expect("begun");
        let id = batch.conversation(&mina(), Millis::new(1)).expect("made");
        for text in texts {
            batch
                .write(id, text, StreamId::from_bytes([stream; 16]), Millis::new(2))
                .expect("kept");
        }
        batch.commit().expect("kept");
        id
    }

    #[test]
    fn nobody_is_unblocked_and_no_address_gets_another_key() {
        let mut store = Store::restored(None);
        meet(&mut store, &MINA, Trust::Verified, "mina-pc:7");
        meet(&mut store, &EVE, Trust::Accepted, "eve-pc:7");
        store.set_blocked(&EVE, true).expect("kept");
        let mut memory = Store::in_memory().expect("opened");
        meet(&mut memory, &EVE, Trust::Accepted, "mina-pc:7");
        meet(&mut memory, &MINA, Trust::Accepted, "elsewhere:7");
        store.take_over(&memory, Kept::All).expect("kept");
        assert_eq!(store.key_at("mina-pc:7"), Ok(Some(MINA)));
        assert_eq!(store.key_at("elsewhere:7"), Ok(Some(MINA)));
        let known = |key| store.contact(key).expect("read").expect("known");
        assert_eq!(known(&MINA).trust, Trust::Verified);
        assert!(known(&EVE).blocked);
    }

    #[test]
    fn messages_of_ours_follow_those_that_are_here_and_keep_their_numbers() {
        for kept in [Kept::All, Kept::Waiting] {
            let mut store = Store::restored(None);
            write(&mut store, 1, &["before"]);
            let mut memory = Store::in_memory().expect("opened");
            let there = write(&mut memory, 2, &["delivered", "waits", "recalled"]);
            let mut batch = memory.batch().expect("begun");
            let stream = StreamId::from_bytes([2; 16]);
            batch.acknowledge(there, stream, 1).expect("kept");
            let item = Incoming {
                stream: StreamId::from_bytes([9; 16]),
                number: 1,
                missed: 0,
                sent_at: Millis::new(3),
                content: Content::Text("theirs"),
            };
            batch.receive(there, &item, Millis::new(3)).expect("kept");
            batch.commit().expect("kept");
            assert!(memory.recall(there, Row::new(3)).expect("kept"));
            assert_eq!(store.take_over(&memory, kept), Ok(vec![mina()]));
            let here = store.find_conversation(&mina()).expect("read");
            let here = here.expect("there");
            let messages = store.all_messages(here).into_iter();
            let messages: Vec<_> = messages.map(|one| (one.text, one.state)).collect();
            let mut expected = vec![
                ("before".to_owned(), State::Waiting),
                ("delivered".to_owned(), State::Delivered),
                ("waits".to_owned(), State::Waiting),
                ("recalled".to_owned(), State::Recalled),
            ];
            if kept == Kept::Waiting {
                expected.remove(1);
            }
            assert_eq!(messages, expected);
            let unknown = store.received_up_to(here, item.stream);
            assert_eq!(unknown, Ok(0), "the peer sends it again");
            let items = store.outbox_items(here, OutboxPos::default(), 9);
            let items = items.expect("read").into_iter();
            let items: Vec<_> = items
                .map(|item| (item.stream, item.pos.number, item.text()))
                .collect();
            assert_eq!(
                items,
                [
                    (StreamId::from_bytes([1; 16]), 1, Some("before".to_owned())),
                    (stream, 2, Some("waits".to_owned())),
                    (stream, 3, None),
                ]
            );
            assert_eq!(store.waiting_count(), 2);
        }
    }
}
