//! Who was met and what was said: keys, names, addresses, how far the person trusts each; messages, and how
//! far they have come. One `SQLite` file in the data folder.
//!
//! Written by the worker alone; what the window reads of it comes through [`crate::history`]. Must not know
//! egui, any socket, or the clock: time is an argument.

use std::{collections::BTreeMap, io, net::IpAddr, path::PathBuf};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::identity::{Contact, PublicKey, Trust};

mod batch;
mod changes;
mod columns;
mod conversation;
mod deletion;
mod message;
mod open;
mod outbox;
mod piece;
mod read;
mod rekey;
mod salvage;
#[cfg(test)]
pub(crate) mod samples;
mod schema;
mod transfer;

pub use batch::{Batch, Incoming, Place, Written};
pub use changes::{Changes, Notifier, changes};
pub(crate) use columns::{signed, unsigned};
pub use deletion::Deletion;
pub use message::{ConversationId, Kind, Message, State};
pub use open::{FILE_NAME, Opened, report_damage};
use outbox::count_waiting;
pub use outbox::{Pending, Waiting};
pub use read::{
    At, IndexedConversation, MOST_CONVERSATIONS, MOST_UNREAD, PAGE, PAGE_BYTES, Page,
    ReadConnection, Snapshot, Summary, Texts,
};
pub use salvage::Salvage;
pub use transfer::Finished;

/// See the [module](self).
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// Whether it outlives the program.
    durable: bool,
    /// The file, if there is one.
    path: Option<PathBuf>,
    /// Our streams of this start of the program.
    streams: BTreeMap<ConversationId, i64>,
    /// See [`Store::waiting_count`]: counted at the start, because every turn of the worker asks.
    waiting: u64,
    /// See [`Store::has_work`].
    has_work: bool,
    /// The damaged file that is being salvaged, while it is open.
    salvage: Option<salvage::Job>,
    /// Told of every commit that adds, erases or moves messages.
    notifier: Notifier,
}

/// Why something can't be kept or found. What it was about is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file is of a newer Duologue. It was left as it is.
    #[error("the database was written by a newer version of this program")]
    Newer,
    /// Another program has kept the file to itself for two seconds.
    #[error("another program is using the store")]
    Busy,
    /// The system said no.
    #[error("the database can't be read or written: {0}")]
    Io(io::ErrorKind),
    /// What is in the file makes no sense. The next [`Store::open`] puts it aside.
    #[error("the database is damaged")]
    Damaged,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// Whether what is kept here outlives the program: what is not, is not acknowledged.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Tells `notifier` of every commit from now on that adds, erases or moves messages.
    pub fn announce_to(&mut self, notifier: Notifier) {
        self.notifier = notifier;
    }

    /// Everybody, the one seen last first.
    pub fn peers(&self) -> Result<Vec<Contact>, StoreError> {
        self.peers_where("TRUE", [])
    }

    /// The peer with this key.
    pub fn peer(&self, key: &PublicKey) -> Result<Option<Contact>, StoreError> {
        let mut found = self.peers_where("peers.key = ?1", [key])?;
        Ok(found.pop())
    }

    /// Whose key answered at this address, `HOST:PORT`, when it was called last.
    pub fn key_at(&self, endpoint: &str) -> Result<Option<PublicKey>, StoreError> {
        let sql = "SELECT key FROM addresses WHERE endpoint = ?1";
        let key = self
            .connection
            .query_row(sql, [endpoint], |row| row.get(0))
            .optional()?;
        Ok(key)
    }

    /// The peer that was at this address last, to warn of plain text from there. Nobody who is
    /// blocked; and nobody for this computer itself, where anything may call from.
    pub fn last_at(&self, ip: IpAddr) -> Result<Option<Contact>, StoreError> {
        let ip = ip.to_canonical();
        if ip.is_loopback() {
            return Ok(None);
        }
        let condition = "peers.key = (
            SELECT key FROM peers WHERE last_ip = ?1 AND NOT blocked
            ORDER BY last_seen DESC, key LIMIT 1
        )";
        let mut found = self.peers_where(condition, [ip.to_string()])?;
        Ok(found.pop())
    }

    /// A conversation has begun. Keeps what the peer is called and where and when it was; raises its
    /// trust to `trust` if it has less. An `endpoint` that was called is theirs from now on, whosever
    /// it was. `now_ms` is in milliseconds since 1970 (UTC).
    pub fn met(
        &mut self,
        key: &PublicKey,
        their_name: &str,
        trust: Trust,
        ip: IpAddr,
        endpoint: Option<&str>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        // A socket for both families says ::ffff:10.0.0.1 where one for IPv4 says 10.0.0.1.
        let ip = ip.to_canonical().to_string();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "INSERT INTO peers (key, their_name, trust, blocked, last_ip, first_met, last_seen)
            VALUES (?1, ?2, ?3, FALSE, ?4, ?5, ?5)
            ON CONFLICT (key) DO UPDATE SET
                first_met = coalesce(peers.first_met, excluded.first_met),
                their_name = excluded.their_name,
                trust = max(peers.trust, excluded.trust),
                last_ip = excluded.last_ip,
                last_seen = excluded.last_seen",
            params![key, their_name, trust, ip, now_ms],
        )?;
        if let Some(endpoint) = endpoint {
            transaction.execute(
                "INSERT INTO addresses (endpoint, key) VALUES (?1, ?2)
                ON CONFLICT (endpoint) DO UPDATE SET key = excluded.key",
                params![endpoint, key],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// What the person calls this peer; with none, what it calls itself. An unknown key stays so.
    pub fn rename(&mut self, key: &PublicKey, name: Option<&str>) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE peers SET my_name = ?2 WHERE key = ?1",
            params![key, name],
        )?;
        Ok(())
    }

    /// Whether the two people have compared the safety number. Taken back, the peer is one that was
    /// accepted; one that wasn't verified keeps the trust it has. An unknown key stays so.
    pub fn set_verified(&mut self, key: &PublicKey, verified: bool) -> Result<(), StoreError> {
        if verified {
            self.connection.execute(
                "UPDATE peers SET trust = ?2 WHERE key = ?1",
                params![key, Trust::Verified],
            )?;
        } else {
            self.connection.execute(
                "UPDATE peers SET trust = ?2 WHERE key = ?1 AND trust = ?3",
                params![key, Trust::Accepted, Trust::Verified],
            )?;
        }
        Ok(())
    }

    /// Whether this peer is not to be let in. A key that is unknown becomes known by being blocked,
    /// without a name: "no" must hold for strangers too.
    pub fn set_blocked(&mut self, key: &PublicKey, blocked: bool) -> Result<(), StoreError> {
        if blocked {
            self.connection.execute(
                "INSERT INTO peers (key, their_name, trust, blocked) VALUES (?1, '', ?2, TRUE)
                ON CONFLICT (key) DO UPDATE SET blocked = TRUE",
                params![key, Trust::Met],
            )?;
        } else {
            self.connection
                .execute("UPDATE peers SET blocked = FALSE WHERE key = ?1", [key])?;
        }
        Ok(())
    }

    /// As if this peer had never been met. What waits for it is dropped; what was said with it is to be
    /// [cleared](Self::clear). What was received from it is known for ever, or it could come twice.
    pub fn forget(&mut self, key: &PublicKey) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("DELETE FROM peers WHERE key = ?1", [key])?;
        let conversation = Self::forget_outbox(&transaction, key)?;
        let waiting = count_waiting(&transaction)?;
        transaction.commit()?;
        self.waiting = waiting;
        if let Some(conversation) = conversation {
            self.streams.remove(&conversation);
        }
        Ok(())
    }

    fn peers_where(
        &self,
        condition: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<Contact>, StoreError> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT peers.key, my_name, their_name, trust, blocked, last_ip, last_seen, endpoint, first_met
            FROM peers LEFT JOIN addresses ON addresses.key = peers.key
            WHERE {condition}
            ORDER BY last_seen DESC, peers.key, endpoint"
        ))?;
        let mut rows = statement.query(params)?;
        // A row for each address, or one without.
        let mut peers: Vec<Contact> = Vec::new();
        while let Some(row) = rows.next()? {
            let key = row.get(0)?;
            let address: Option<String> = row.get(7)?;
            match peers.last_mut() {
                Some(peer) if peer.key == key => peer.addresses.extend(address),
                _ => peers.push(peer_of(key, row, address)?),
            }
        }
        Ok(peers)
    }
}

fn peer_of(key: PublicKey, row: &Row<'_>, address: Option<String>) -> Result<Contact, StoreError> {
    let last_ip: Option<String> = row.get(5)?;
    let last_ip = last_ip.map(|ip| ip.parse().map_err(|_| StoreError::Damaged));
    Ok(Contact {
        key,
        my_name: row.get(1)?,
        their_name: row.get(2)?,
        trust: row.get(3)?,
        blocked: row.get(4)?,
        last_ip: last_ip.transpose()?,
        first_met: row.get(8)?,
        last_seen: row.get(6)?,
        addresses: address.into_iter().collect(),
    })
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        tracing::warn!(%error, "store");
        Self::Io(error.kind())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error;

        tracing::warn!(%error, "store");
        match error {
            Error::SqliteFailure(error, _) | Error::SqlInputError { error, .. } => {
                match error.code {
                    // Unknown is SQLITE_ERROR: a statement of ours doesn't fit the tables.
                    ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => {
                        Self::Damaged
                    }
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::FileLockingProtocolFailed => Self::Busy,
                    ErrorCode::DiskFull => Self::Io(io::ErrorKind::StorageFull),
                    ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                        Self::Io(io::ErrorKind::PermissionDenied)
                    }
                    ErrorCode::OutOfMemory => Self::Io(io::ErrorKind::OutOfMemory),
                    _ => Self::Io(io::ErrorKind::Other),
                }
            }
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..) => Self::Damaged,
            _ => Self::Io(io::ErrorKind::Other),
        }
    }
}

#[cfg(test)]
mod tests;
