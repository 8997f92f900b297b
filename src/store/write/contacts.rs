//! Contacts: keys, names, addresses, and how far the person trusts each.

use std::net::IpAddr;

use rusqlite::{OptionalExtension as _, TransactionBehavior, params};

use super::outbox::count_waiting;
use crate::{
    identity::{Contact, PublicKey, Trust},
    millis::Millis,
    store::{Store, StoreError, columns::unsigned, message::row_of},
};

#[expect(
    clippy::missing_errors_doc,
    reason = "every one of them fails for the reasons of `StoreError`"
)]
impl Store {
    /// All contacts, the one seen last first.
    pub fn contacts(&self) -> Result<Vec<Contact>, StoreError> {
        self.contacts_where("TRUE", [])
    }

    /// The contact with this key.
    pub fn contact(&self, key: &PublicKey) -> Result<Option<Contact>, StoreError> {
        let mut found = self.contacts_where("peers.key = ?1", [key])?;
        Ok(found.pop())
    }

    /// The key that answered at this address, `HOST:PORT`, when it was called last.
    pub fn key_at(&self, endpoint: &str) -> Result<Option<PublicKey>, StoreError> {
        let sql = "SELECT key FROM addresses WHERE endpoint = ?1";
        let key = self
            .connection
            .query_row(sql, [endpoint], |row| row.get(0))
            .optional()?;
        Ok(key)
    }

    /// The contact that was at this IP address last, to warn of plain text from there. Never a blocked one; none for this
    /// computer itself, where any program may call from.
    pub fn last_at(&self, ip: IpAddr) -> Result<Option<Contact>, StoreError> {
        let ip = ip.to_canonical();
        if ip.is_loopback() {
            return Ok(None);
        }
        let condition = "peers.key = (
            SELECT key FROM peers WHERE last_ip = ?1 AND NOT blocked
            ORDER BY last_seen DESC, key LIMIT 1
        )";
        let mut found = self.contacts_where(condition, [ip.to_string()])?;
        Ok(found.pop())
    }

    /// A conversation has begun: keeps the peer's name, where it is and when that was; raises its trust to `trust` if it
    /// has less. The `endpoint` that was called, if any, is pinned to this key from now on.
    pub fn record_contact(
        &mut self,
        key: &PublicKey,
        their_name: &str,
        trust: Trust,
        ip: IpAddr,
        endpoint: Option<&str>,
        now: Millis,
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
            params![key, their_name, trust, ip, now],
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

    /// Sets the person's own name for this contact; with `None`, its own name counts. An unknown key stays unknown.
    pub fn rename(&mut self, key: &PublicKey, name: Option<&str>) -> Result<(), StoreError> {
        self.connection.execute(
            "UPDATE peers SET my_name = ?2 WHERE key = ?1",
            params![key, name],
        )?;
        Ok(())
    }

    /// Sets whether the two people have compared the safety number. Without it, a verified contact becomes an accepted one;
    /// others keep their trust. An unknown key stays unknown.
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

    /// Sets whether this contact is kept out. Blocking makes an unknown key known, without a name: strangers can be blocked
    /// too.
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

    /// Forgets this contact, and drops what waits for it. Its messages stay until a [`Deletion`](crate::store::Deletion). How far
    /// its streams were received is kept for ever, or a message could come twice.
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

    fn contacts_where(
        &self,
        condition: &str,
        params: impl rusqlite::Params,
    ) -> Result<Vec<Contact>, StoreError> {
        let mut statement = self.connection.prepare(&format!(
            "SELECT peers.key, my_name, their_name, trust, blocked, last_ip, last_seen, endpoint, first_met, (
                SELECT count(*) FROM outbox JOIN conversations ON conversations.id = conversation
                WHERE conversations.key = peers.key AND skip = 3
            ), (
                SELECT coalesce(max(message), 0) FROM outbox JOIN conversations ON conversations.id = conversation
                WHERE conversations.key = peers.key AND skip = 3
            )
            FROM peers LEFT JOIN addresses ON addresses.key = peers.key
            WHERE {condition}
            ORDER BY last_seen DESC, peers.key, endpoint"
        ))?;
        let mut rows = statement.query(params)?;
        // A row for each address, or one without.
        let mut contacts: Vec<Contact> = Vec::new();
        while let Some(row) = rows.next()? {
            let key = row.get(0)?;
            let address: Option<String> = row.get(7)?;
            match contacts.last_mut() {
                Some(contact) if contact.key == key => contact.addresses.extend(address),
                _ => contacts.push(contact_of(key, row, address)?),
            }
        }
        Ok(contacts)
    }
}

fn contact_of(
    key: PublicKey,
    row: &rusqlite::Row<'_>,
    address: Option<String>,
) -> Result<Contact, StoreError> {
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
        held: unsigned(row.get(9)?),
        held_up_to: row_of(row.get(10)?).number(),
    })
}

#[cfg(test)]
mod tests;
