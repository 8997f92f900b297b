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
            if self.files.discard(part.clone()).is_err() {
                self.was_busy = true;
                return Ok(());
            }
            self.discarding.insert(part);
        }
        for source in store.loose_sources()? {
            if self.files.forget(source.clone()).is_err() {
                self.was_busy = true;
                return Ok(());
            }
            store.forget_source(&source)?;
            // There may be more.
            self.is_dirty = true;
        }
        Ok(())
    }
}
