//! What is left on the disk of files that are over: parts, and copies that were offered.

use super::Transfers;
use crate::store::{Store, StoreError};

impl Transfers {
    /// Once after the start: deletes copies that were made and not offered, because the program was killed.
    pub(super) fn sweep(&mut self, store: &Store) -> Result<(), StoreError> {
        if let Some(started) = self.offers.started
            && let Some(kept) = store.sources()?
            && self.files.sweep(kept, started).is_ok()
        {
            self.offers.started = None;
        }
        Ok(())
    }

    /// Deletes some of it, as far as the disk side has room.
    pub(super) fn clean(&mut self, store: &mut Store) -> Result<(), StoreError> {
        for part in store.loose_parts()? {
            if self.discarding.contains(&part) {
                continue;
            }
            // A job may still use this one, which is no reason for the others to stay.
            if self.files.discard(part.clone()).is_err() {
                self.was_busy = true;
                continue;
            }
            self.discarding.insert(part);
        }
        for source in store.loose_sources()? {
            if self.files.forget(source.clone()).is_err() {
                self.was_busy = true;
                continue;
            }
            store.forget_source(&source)?;
            // There may be more.
            self.is_dirty = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::Arc};

    use mio::{Poll, Token, Waker};

    use super::*;
    use crate::{
        files::{Destination, Files, Kind, Offer},
        identity::StreamId,
        millis::Millis,
        store::{
            Change, Content, FileChange, FileOffer, Incoming, Row,
            samples::{Sample, mina},
        },
    };

    const OURS: StreamId = StreamId::from_bytes([1; 16]);
    const OFFER: FileOffer = FileOffer {
        size: 7,
        manifest: 0,
        files: 0,
        root: [5; 32],
    };

    /// The peer has offered a file, part of which has arrived, and it was cancelled.
    fn cancelled(sample: &mut Sample, number: u64, part: &Path) {
        let here = sample.conversation(&mina());
        let item = Incoming {
            stream: StreamId::from_bytes([8; 16]),
            number,
            missed: 0,
            sent_at: Millis::new(7),
            content: Content::Offer("a file", OFFER),
        };
        let mut batch = sample.store.batch().expect("begun");
        batch.receive(here, &item, Millis::new(7)).expect("kept");
        batch.commit().expect("kept");
        let row = Row::new(number);
        for change in [FileChange::Accept, FileChange::Cancel] {
            let mut batch = sample.store.batch().expect("begun");
            let change = Change::File(change);
            let written = batch.change(here, row, &change, OURS, Millis::new(8));
            assert!(written.expect("kept").is_some());
            batch.commit().expect("kept");
            if change == Change::File(FileChange::Accept) {
                assert_eq!(sample.store.set_part(here, row, part), Ok(true));
            }
        }
    }

    #[test]
    fn a_part_that_is_in_use_keeps_no_other_from_being_deleted() {
        let poll = Poll::new().expect("a poll");
        let waker = Waker::new(poll.registry(), Token(0)).expect("a waker");
        let folder = tempfile::tempdir().expect("a folder");
        let mut transfers = Transfers::open(Arc::new(waker), Some(folder.path()));
        let mut sample = Sample::new();
        let mut parts = [(); 2].map(|()| Files::new_part(folder.path()).expect("random"));
        // The first one that is looked at.
        parts.sort();
        for (number, part) in (1..).zip(&parts) {
            fs::write(part, "x").expect("written");
            cancelled(&mut sample, number, part);
        }
        let offer = Offer {
            name: "a file".to_owned(),
            size: OFFER.size,
            kind: Kind::File,
            root: OFFER.root,
        };
        // It waits for content.
        let into = Destination {
            folder: folder.path().to_owned(),
            offer,
            part: parts[0].clone(),
            is_begun: true,
        };
        transfers.files.receive(1, into).expect("not busy");
        transfers.clean(&mut sample.store).expect("cleaned");
        assert!(transfers.discarding.contains(&parts[1]));
        assert!(!transfers.discarding.contains(&parts[0]), "it is in use");
        assert!(transfers.was_busy, "and is deleted later");
    }
}
