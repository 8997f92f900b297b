//! What the disk side reports.

use std::time::Instant;

use super::Transfers;
use crate::{
    files::FilesEvent,
    net::protocol::secure::Secure,
    store::{Store, StoreError},
};

impl Transfers {
    pub(super) fn handle_event(
        &mut self,
        event: FilesEvent,
        store: Option<&mut Store>,
        secure: Option<&mut Secure>,
        now: Instant,
    ) -> Result<(), StoreError> {
        match event {
            FilesEvent::Prepared {
                job,
                source,
                left_out,
            } => {
                if let (false, Some(store)) = (self.offers.is_reading(job), store) {
                    store.add_loose_source(&source.path)?;
                    self.is_dirty = true;
                }
                let effects = self.offers.prepared(job, source, left_out);
                self.effects.extend(effects);
            }
            FilesEvent::PrepareFailed { job, why } => {
                self.effects.extend(self.offers.failed(job, &why));
            }
            FilesEvent::Progress { job, bytes, of } => {
                self.handle_progress(job, bytes, now);
                self.effects
                    .extend(self.offers.progress(job, bytes, of, now));
            }
            FilesEvent::Ready { job, offset } => {
                if let Some(secure) = secure {
                    self.handle_ready(job, offset, secure);
                }
            }
            FilesEvent::Discarded { part } => {
                self.discarding.remove(&part);
                if let Some(store) = store {
                    store.forget_part(&part)?;
                }
                // There may be more.
                self.is_dirty = true;
            }
            FilesEvent::Arrived { job, path } => self.handle_arrived(job, path),
            FilesEvent::ReceiveFailed { job, why } => {
                self.handle_stopped(job);
                if let (Some(store), Some(secure)) = (store, secure) {
                    self.handle_receive_failed(job, why, store, secure, now)?;
                }
            }
            FilesEvent::Stopped { job } => self.handle_stopped(job),
        }
        Ok(())
    }
}
