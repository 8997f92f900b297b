//! The person edits, deletes and reacts to messages that are there already.

use super::{Connection, Ledger, wall_clock};
use crate::{
    identity::{PeerId, PublicKey, StreamId},
    net::Event,
    store::{Change, OutboxItem, Outgoing, Row, StoreError, WrittenChange},
};

impl Ledger {
    /// Changes the message in this row of the conversation with the holder of this key. What is pending must have been
    /// [committed](Self::commit).
    pub fn change(
        &mut self,
        to: PublicKey,
        row: Row,
        change: &Change,
        connection: Connection<'_>,
    ) -> Vec<Event> {
        let now = wall_clock();
        let peer_id = PeerId::Key(to);
        let written = self.change_conversation(&peer_id, |store, conversation| {
            let mut batch = store.batch()?;
            let written = batch.change(conversation, row, change, StreamId::random(), now)?;
            batch.commit()?;
            Ok::<_, StoreError>(written)
        });
        let written = match written {
            Ok(written) => written.flatten(),
            Err(error) => return self.record_result(Err(error)).into_iter().collect(),
        };
        let connection = connection.filter(|(delivery, _)| delivery.peer() == to);
        if let (Some(WrittenChange::Waits { pos, stream, name }), Some((delivery, secure))) =
            (written, connection)
        {
            let item = OutboxItem {
                stream,
                pos,
                row: None,
                sent_at: now,
                what: Some(Outgoing::Change(name, change.clone())),
            };
            delivery.handle_stored(item, secure);
        }
        let changed = written.map(|_| Event::MessageChanged { peer_id, row });
        self.record_result(Ok(()))
            .into_iter()
            .chain(changed)
            .collect()
    }
}
