//! What is left on the disk of files that are over: parts, and copies that were offered.

use super::Transfers;
use crate::store::{Store, StoreError};

impl Transfers {
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
