//! Files: what we offer, and what becomes of offers.

use std::path::PathBuf;

use super::{Connection, Ledger, PendingWrite, wall_clock};
use crate::{
    identity::{PeerId, PublicKey, StreamId},
    net::{Event, MessageId, worker::transfers::FileStep},
    store::{Change, FileOffer, OutboxItem, Outgoing, Row, Store, StoreError, WrittenChange},
};

impl Ledger {
    /// The store, to read and write how far files have come.
    pub fn store_mut(&mut self) -> Option<&mut Store> {
        self.shelf.store_mut()
    }

    /// Takes an offer of a file of ours.
    pub fn offer(
        &mut self,
        id: MessageId,
        to: PublicKey,
        name: String,
        offer: FileOffer,
        path: PathBuf,
    ) {
        self.pending.push(PendingWrite::Offer {
            id,
            to,
            name,
            offer,
            path,
            at: wall_clock(),
            written: None,
        });
    }

    /// Something becomes of the file in this row of the conversation with the holder of this key. What is pending must have been
    /// [committed](Self::commit). Returns what the window is told.
    ///
    /// # Errors
    /// It can't be stored; also with what the window is told.
    pub fn change_file(
        &mut self,
        to: PublicKey,
        row: Row,
        step: &FileStep,
        connection: Connection<'_>,
    ) -> Result<Vec<Event>, Vec<Event>> {
        let now = wall_clock();
        let peer_id = PeerId::Key(to);
        let change = Change::File(step.change());
        let written = self.change_conversation(&peer_id, |store, conversation| {
            let mut batch = store.batch()?;
            match step {
                FileStep::Accept(folder) => batch.set_destination(conversation, row, folder)?,
                FileStep::Arrive(path) => batch.set_arrived(conversation, row, path)?,
                FileStep::PauseFull | FileStep::Change(_) => {}
            }
            let written = batch.change(conversation, row, &change, StreamId::random(), now)?;
            if *step == FileStep::PauseFull {
                batch.set_disk_full(conversation, row)?;
            }
            batch.commit()?;
            Ok::<_, StoreError>(written)
        });
        let written = match written {
            Ok(written) => written.flatten(),
            Err(error) => return Err(self.record_result(Err(error)).into_iter().collect()),
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
                what: Some(Outgoing::Change(name, change)),
            };
            delivery.handle_stored(item, secure);
        }
        let changed = written.map(|_| Event::MessageChanged { peer_id, row });
        Ok(self
            .record_result(Ok(()))
            .into_iter()
            .chain(changed)
            .collect())
    }
}
