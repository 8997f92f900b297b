//! Takes over everything but the messages: people, addresses, conversations, and how far streams were received.

use std::net::IpAddr;

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter, types::Value};

use super::{
    damaged::{Damaged, Scan},
    insert_if_valid, number_aside,
};
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{
        Store, StoreError,
        columns::signed,
        message::{ConversationId, LAST_ROW, row_of},
        row::Row,
        work::transfer::Transfer,
        write::{find_or_create, last_row},
    },
};

/// The highest last row that is believed. It leaves room for as many new rows.
const PLAUSIBLE: Row = Row::new(LAST_ROW.number() / 2);

/// How far the listing has come.
#[derive(Debug, Default)]
pub(super) struct Listing {
    table: Table,
    /// What is left of the table; `None` if nothing was read of it yet.
    scan: Option<Scan>,
    /// The conversations so far.
    conversations: Vec<Pair>,
}

/// A conversation's number in the damaged file, and here.
type Pair = (ConversationId, ConversationId);

#[derive(Debug, Clone, Copy, Default)]
enum Table {
    #[default]
    Peers,
    Addresses,
    Conversations,
    /// Those of the conversation with this index in [`Listing::conversations`].
    Received(usize),
    /// Transfers and salvages that were unfinished in the damaged file.
    Work,
}

/// A row of `conversations`.
struct Conversation {
    id: ConversationId,
    peer_id: PeerId,
    last: i64,
    read_up_to: i64,
    draft: String,
    active_at: Millis,
    is_pinned: bool,
    is_muted: bool,
}

impl Listing {
    /// Takes over a piece. Returns whether there is more.
    pub(super) fn step(
        &mut self,
        damaged: &Damaged,
        file: &str,
        store: &mut Store,
    ) -> Result<bool, StoreError> {
        let scan = self
            .scan
            .clone()
            .unwrap_or_else(|| self.all_of_table(damaged));
        let transaction = store.connection.transaction()?;
        let (mut peers, mut conversations) = (0, Vec::new());
        let left = match self.table {
            Table::Peers => {
                let (rows, left) = damaged.rows(&scan, values);
                for row in rows {
                    peers += take_peer(&transaction, row)?;
                }
                left
            }
            Table::Addresses => {
                let (rows, left) = damaged.rows(&scan, values);
                for row in rows {
                    take_address(&transaction, &row)?;
                }
                left
            }
            Table::Conversations => {
                let (rows, left) = damaged.rows(&scan, conversation);
                for row in rows {
                    conversations.extend(take_conversation(&transaction, damaged, file, &row)?);
                }
                left
            }
            Table::Received(at) => {
                let (rows, left) = damaged.rows(&scan, values);
                if let Some((_, here)) = self.conversations.get(at) {
                    // Without this, messages could come twice.
                    let sql = format!(
                        "INSERT INTO received (conversation, epoch, up_to) VALUES ({}, ?1, ?2)
                        ON CONFLICT (conversation, epoch)
                        DO UPDATE SET up_to = max(up_to, excluded.up_to)",
                        here.0
                    );
                    for row in rows {
                        insert_if_valid(&transaction, &sql, params_from_iter(row))?;
                    }
                }
                left
            }
            Table::Work => {
                take_work(&transaction, damaged, file, &self.conversations)?;
                None
            }
        };
        let table = match &left {
            Some(_) => Some(self.table),
            None => self.next_table(self.conversations.len() + conversations.len()),
        };
        transaction.execute(
            "UPDATE salvages SET peers = peers + ?2, listed = ?3 WHERE file = ?1",
            params![file, signed(peers), table.is_none()],
        )?;
        transaction.commit()?;
        if table.is_none()
            && ["peers", "addresses"]
                .iter()
                .all(|one| damaged.is_whole(one))
        {
            store.made_good(file)?;
        }
        // Only after the commit: after a failure the same piece is due again.
        self.scan = left;
        self.conversations.extend(conversations);
        self.table = table.unwrap_or_default();
        Ok(table.is_some())
    }

    fn next_table(&self, conversations: usize) -> Option<Table> {
        let received = |at| {
            if at < conversations {
                Table::Received(at)
            } else {
                Table::Work
            }
        };
        match self.table {
            Table::Peers => Some(Table::Addresses),
            Table::Addresses => Some(Table::Conversations),
            Table::Conversations => Some(received(0)),
            Table::Received(at) => Some(received(at + 1)),
            Table::Work => None,
        }
    }

    fn all_of_table(&self, damaged: &Damaged) -> Scan {
        match self.table {
            Table::Peers => Scan::by_bytes(
                "peers",
                "key",
                "my_name, their_name, trust, blocked, last_ip, first_met, last_seen",
            ),
            Table::Addresses => Scan::by_number("addresses", "rowid", "endpoint, key"),
            // The work is not scanned.
            Table::Conversations | Table::Work => Scan::by_number(
                "conversations",
                "id",
                if damaged.has_column("conversations", "pinned") {
                    "key, address, last, read_up_to, draft, active_at, pinned, muted"
                } else {
                    "key, address, last, read_up_to, draft, active_at, FALSE, FALSE"
                },
            ),
            Table::Received(at) => {
                let there = self.conversations.get(at).map_or(0, |(there, _)| there.0);
                Scan::by_bytes("received", "epoch", "up_to").only(format!("conversation = {there}"))
            }
        }
    }
}

fn values(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Value>> {
    let columns = row.as_ref().column_count();
    (0..columns).map(|at| row.get(at)).collect()
}

fn conversation(row: &rusqlite::Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: row.get(0)?,
        peer_id: PeerId::from_columns(row, 1)?,
        last: row.get(3)?,
        read_up_to: row.get(4)?,
        draft: row.get(5)?,
        active_at: row.get(6)?,
        is_pinned: row.get(7).unwrap_or_default(),
        is_muted: row.get(8).unwrap_or_default(),
    })
}

/// Takes over a contact: what makes no sense of it is replaced by what trusts it least. Of a contact that is here already,
/// what the person has decided is taken over, and the names here stay. Returns the number of new ones: 1 or 0.
fn take_peer(connection: &Connection, values: Vec<Value>) -> Result<u64, StoreError> {
    let Ok(
        [
            key,
            my_name,
            their_name,
            trust,
            blocked,
            last_ip,
            first_met,
            last_seen,
        ],
    ) = <[Value; 8]>::try_from(values)
    else {
        return Ok(0);
    };
    let text = |value, or| match value {
        Value::Text(text) => Value::Text(text),
        _ => or,
    };
    let number = |value, valid: std::ops::RangeInclusive<i64>, or| match value {
        Value::Integer(number) if valid.contains(&number) => Value::Integer(number),
        _ => or,
    };
    // An invalid address would make this store look damaged.
    let last_ip = match last_ip {
        Value::Text(ip) if ip.parse::<IpAddr>().is_ok() => Value::Text(ip),
        _ => Value::Null,
    };
    let values = [
        key,
        text(my_name, Value::Null),
        text(their_name, Value::Text(String::new())),
        number(trust, 0..=3, Value::Integer(0)),
        number(blocked, 0..=1, Value::Integer(1)),
        last_ip,
        number(first_met, 0..=i64::MAX, Value::Null),
        number(last_seen, 0..=i64::MAX, Value::Null),
    ];
    let insert = "INSERT INTO peers
            (key, my_name, their_name, trust, blocked, last_ip, first_met, last_seen)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    let inserted = insert_if_valid(connection, insert, params_from_iter(&values))?;
    if inserted == 0 {
        let merge = "UPDATE peers SET
                my_name = coalesce(my_name, ?2),
                trust = max(trust, ?4),
                blocked = max(blocked, ?5),
                last_ip = coalesce(last_ip, ?6),
                first_met = coalesce(min(first_met, ?7), first_met, ?7),
                last_seen = coalesce(last_seen, ?8)
            WHERE key = ?1 AND ?3 IS NOT NULL";
        insert_if_valid(connection, merge, params_from_iter(&values))?;
    }
    Ok(inserted)
}

/// Takes over the key that answered at an address. It counts more than one that has answered there since, because that
/// one could not be checked. Its contact may be unreadable: then it is one that the person has not accepted.
fn take_address(connection: &Connection, values: &[Value]) -> Result<(), StoreError> {
    let contact = "INSERT INTO peers (key, their_name, trust, blocked)
        SELECT ?3, '', 0, FALSE WHERE typeof(?2) = 'text' AND ?1 IS NOT NULL
        ON CONFLICT DO NOTHING";
    insert_if_valid(connection, contact, params_from_iter(values))?;
    let address = "INSERT INTO addresses (endpoint, key) SELECT ?2, ?3 WHERE ?1 IS NOT NULL
        ON CONFLICT (endpoint) DO UPDATE SET key = excluded.key";
    insert_if_valid(connection, address, params_from_iter(values))?;
    Ok(())
}

/// Creates the conversation if necessary, and reserves rows for its messages unless it has some here. Returns both of its
/// numbers.
fn take_conversation(
    connection: &Connection,
    damaged: &Damaged,
    file: &str,
    there: &Conversation,
) -> Result<Option<Pair>, StoreError> {
    if !there.id.is_valid() {
        return Ok(None);
    }
    // Listed before, it may have got another key since.
    let listed = connection
        .prepare_cached("SELECT conversation FROM transfers WHERE file = ?1 AND source = ?2")?
        .query_row(params![file, there.id], |row| row.get(0))
        .optional()?;
    let here = match listed {
        Some(here) => here,
        None => find_or_create(connection, &there.peer_id, there.active_at)?,
    };
    if last_row(connection, here)? == Row::ZERO {
        let last = highest_row(damaged, there);
        connection.execute(
            "UPDATE conversations SET last = ?2, read_up_to = min(max(?3, 0), ?2),
                draft = iif(draft = '', ?4, draft), active_at = max(active_at, ?5),
                pinned = max(pinned, ?6), muted = max(muted, ?7)
            WHERE id = ?1",
            params![
                here,
                last,
                there.read_up_to,
                there.draft,
                there.active_at,
                there.is_pinned,
                there.is_muted
            ],
        )?;
        if last > Row::ZERO {
            let transfer = Transfer {
                file: file.to_owned(),
                from: there.id,
                to: here,
                shift: 0,
                rows: [Row::FIRST, last],
            };
            transfer.insert(connection)?;
        }
    }
    Ok(Some((there.id, here)))
}

/// The highest row that a message of this conversation may have.
fn highest_row(damaged: &Damaged, there: &Conversation) -> Row {
    let given = u64::try_from(there.last).ok().map(Row::new);
    let given = given.filter(|last| *last <= PLAUSIBLE);
    let readable = damaged.highest(there.id.ids(Row::FIRST..=PLAUSIBLE));
    let readable = readable.map(|highest| highest.map_or(Row::ZERO, row_of));
    match (given, readable) {
        (Some(given), Ok(readable)) => given.max(readable),
        (Some(last), Err(_)) | (None, Ok(last)) => last,
        (None, Err(_)) => PLAUSIBLE,
    }
}

/// Takes over the transfers that were unfinished in the damaged file, if they go to a conversation that gets its messages,
/// and the salvages.
fn take_work(
    connection: &Connection,
    damaged: &Damaged,
    file: &str,
    conversations: &[Pair],
) -> Result<(), StoreError> {
    for there in damaged.transfers() {
        let Some((_, here)) = conversations.iter().find(|(id, _)| *id == there.to) else {
            continue;
        };
        let is_ours: bool = connection.query_row(
            "SELECT EXISTS (SELECT * FROM transfers WHERE file = ?1 AND source = ?2)",
            params![file, there.to],
            |row| row.get(0),
        )?;
        let [next, last] = there.rows;
        let is_valid = there.from.is_valid()
            && next <= last
            && last.plus(there.shift) <= last_row(connection, *here)?;
        if is_ours && is_valid {
            let file = match there.file.as_str() {
                "" => file.to_owned(),
                _ => there.file,
            };
            let to = *here;
            Transfer { to, file, ..there }.insert(connection)?;
        }
    }
    for (name, listed) in damaged.salvages() {
        // Only older ones, or two files that name each other would be taken over without end.
        if number_aside(&name).is_some_and(|older| Some(older) < number_aside(file)) {
            connection.execute(
                "INSERT INTO salvages (file, listed, peers, messages) VALUES (?1, ?2, 0, 0)
                ON CONFLICT DO NOTHING",
                params![name, listed],
            )?;
        }
    }
    Ok(())
}
