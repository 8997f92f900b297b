//! Rows of the open conversation that have changed since they were loaded, and are read again.

use std::collections::BTreeSet;

use crate::{
    history::{MOST_ROWS, Query},
    identity::PeerId,
    store::Row,
};

/// Maximum number of rows that are remembered. The oldest are forgotten: they are the least likely to be loaded.
const MAX_CHANGED: usize = 2_000;

/// See the [module](self). One query is pending at a time, so rows that change often are read once for several changes.
#[derive(Debug, Default)]
pub(super) struct Changed {
    rows: BTreeSet<Row>,
    /// The rows that were requested last, until they come.
    pending: Option<Vec<Row>>,
}

impl Changed {
    pub fn add(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.rows.extend(rows);
        while self.rows.len() > MAX_CHANGED {
            self.rows.pop_first();
        }
    }

    /// The next request, if it is time for one: the newest rows first. From now on it is pending.
    pub fn next(&mut self, peer_id: &PeerId) -> Option<Query> {
        if self.pending.is_some() || self.rows.is_empty() {
            return None;
        }
        let rows: Vec<_> = self.rows.iter().rev().take(MOST_ROWS).copied().collect();
        for row in &rows {
            self.rows.remove(row);
        }
        self.pending = Some(rows.clone());
        let peer_id = peer_id.clone();
        Some(Query::Messages { peer_id, rows })
    }

    /// The last request could not be sent, so its rows are wanted again.
    pub fn not_sent(&mut self) {
        let rows = self.pending.take();
        self.rows.extend(rows.into_iter().flatten());
    }

    /// The rows have come.
    pub fn answered(&mut self) {
        self.pending = None;
    }

    /// Nothing is wanted any more: another conversation is open, or the store can't be read.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::PublicKey;

    const MINA: PeerId = PeerId::Key(PublicKey::from_bytes([1; 32]));

    fn rows(query: Option<Query>) -> Vec<u64> {
        match query {
            Some(Query::Messages { rows, .. }) => rows.into_iter().map(Row::number).collect(),
            None => Vec::new(),
            Some(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn changes_are_read_together_and_one_request_is_pending() {
        let mut changed = Changed::default();
        changed.add((1..=40).map(Row::new));
        let newest: Vec<_> = (25..=40).rev().collect();
        assert_eq!(rows(changed.next(&MINA)), newest);
        changed.add([Row::new(7), Row::new(7)]);
        assert_eq!(rows(changed.next(&MINA)), [0; 0], "one is pending");
        changed.not_sent();
        assert_eq!(rows(changed.next(&MINA)), newest, "again");
        changed.answered();
        assert_eq!(rows(changed.next(&MINA)).len(), MOST_ROWS);
        changed.answered();
        assert_eq!(rows(changed.next(&MINA)), (1..=8).rev().collect::<Vec<_>>());
        changed.answered();
        assert_eq!(rows(changed.next(&MINA)), [0; 0]);
    }

    #[test]
    fn only_so_many_rows_are_remembered() {
        let mut changed = Changed::default();
        changed.add((1..=3_000).map(Row::new));
        assert_eq!(changed.rows.len(), MAX_CHANGED);
        assert_eq!(changed.rows.last(), Some(&Row::new(3_000)));
    }
}
