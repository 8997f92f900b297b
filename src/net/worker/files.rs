//! Files: between the person, the transfers and the ledger.

use std::{path::PathBuf, time::Instant};

use super::{
    Worker,
    transfers::{Effect, FileStep},
};
use crate::{
    identity::{PeerId, PublicKey, Trust},
    net::{Command, Event, FileControl, Payload},
    store::{FileChange, FileState, Lookup, Row},
};

/// Maximum number of times that files are handed over and written in one turn of the loop, 256 KiB each.
const ROUNDS: usize = 16;

impl Worker {
    /// Commands about files.
    pub(super) fn handle_file_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Offer {
                id,
                to,
                path,
                keep_location,
            } => self.transfers.offer(id, to, path, keep_location),
            Command::CancelOffer { id } => self.transfers.cancel_offer(id),
            Command::AnswerFile { to, row, accept } => {
                let step = match accept {
                    Some(folder) => FileStep::Accept(folder),
                    None => FileStep::Change(FileChange::Decline),
                };
                self.change_file(to, row, &step, now);
            }
            Command::ControlFile { to, row, control } => {
                let change = match control {
                    FileControl::Pause => FileChange::Pause,
                    FileControl::Resume => FileChange::Resume,
                    FileControl::Cancel => FileChange::Cancel,
                };
                self.change_file(to, row, &FileStep::Change(change), now);
            }
            _ => {}
        }
    }

    /// Carries on with files, once all that was received is stored.
    pub(super) fn move_files(&mut self, now: Instant) {
        let connection = self.seat.connection();
        let is_staged = matches!(&connection, Some((delivery, _)) if delivery.is_staged());
        if is_staged {
            return;
        }
        let secure = connection.map(|(_, secure)| secure);
        let store = self.shared.ledger.store_mut();
        let advanced = self.transfers.advance(store, secure, now);
        self.carry_out_effects(now);
        if let Err(error) = advanced {
            tracing::error!(%error, "files can't be received or sent");
            let event = self.shared.ledger.record_result(Err(error));
            self.report_all(event);
        }
    }

    /// Writes what there is to write to the peer. Files go while there is nothing else.
    pub(super) fn write_files(&mut self, now: Instant) {
        self.transfers.has_more = false;
        for _ in 0..ROUNDS {
            let Some(session) = self.seat.session.as_mut() else {
                break;
            };
            let Some((_, secure)) = session.delivery() else {
                break;
            };
            let is_filled = self.transfers.fill(secure, now);
            let had_data = secure.has_data();
            session.write(now);
            // What there was has gone, so there is room for more.
            self.transfers.has_more = (is_filled || had_data) && session.is_writable();
            if !self.transfers.has_more {
                break;
            }
        }
        self.carry_out_effects(now);
        self.handle_outputs(now);
    }

    /// Whether there is more to write at once.
    pub(super) fn may_write_files(&self) -> bool {
        self.transfers.has_more
    }

    /// Events that may mean something for files. Returns the offers that are to be accepted without a question, with the folder
    /// that each goes into.
    pub(super) fn note_file_events(&mut self, events: &[Event]) -> Vec<(PublicKey, Row, PathBuf)> {
        let mut accepted = Vec::new();
        for event in events {
            match event {
                Event::MessageChanged { row, .. } => self.transfers.handle_changes([*row]),
                Event::Cleared(_) => self.transfers.handle_changes([]),
                Event::Received {
                    peer_id: PeerId::Key(key),
                    row: Some(row),
                    payload: Payload::Offer { file, .. },
                    ..
                } if file.state == FileState::Offered => {
                    let folder = self.accepted_into(*key, file.size);
                    accepted.extend(folder.map(|folder| (*key, *row, folder)));
                }
                _ => {}
            }
        }
        accepted
    }

    /// Accepts these offers.
    pub(super) fn accept_files(&mut self, offers: Vec<(PublicKey, Row, PathBuf)>, now: Instant) {
        for (key, row, folder) in offers {
            self.change_file(key, row, &FileStep::Accept(folder), now);
        }
    }

    /// The connection is over.
    pub(super) fn end_files(&mut self, now: Instant) {
        let store = self.shared.ledger.store_mut();
        self.transfers.end(store);
        self.carry_out_effects(now);
    }

    /// Where a file of this size from this peer goes without a question.
    fn accepted_into(&self, key: PublicKey, size: u64) -> Option<PathBuf> {
        let accept = self.shared.account.preferences.accept_files.as_ref()?;
        let contact = self.shared.ledger.contact(&key);
        let is_verified =
            matches!(contact, Lookup::Found(contact) if contact.trust == Trust::Verified);
        (is_verified && size <= accept.up_to).then(|| accept.folder.clone())
    }

    fn carry_out_effects(&mut self, now: Instant) {
        while let Some(effect) = self.transfers.poll_effect() {
            match effect {
                Effect::Offer {
                    id,
                    to,
                    name,
                    offer,
                    path,
                } => {
                    self.shared.ledger.offer(id, to, name, offer, path);
                    self.commit(now);
                }
                Effect::Step(peer, row, step) => {
                    if !self.change_file(peer, row, &step, now) {
                        self.transfers.step_failed(peer, row, step, now);
                    }
                }
                Effect::Report(event) => self.report(event),
                Effect::Refuse => {
                    if let Some((_, secure)) = self.seat.connection() {
                        secure.refuse();
                    }
                }
            }
        }
    }

    /// False if it can't be stored, which is reported.
    fn change_file(&mut self, to: PublicKey, row: Row, step: &FileStep, now: Instant) -> bool {
        // What is pending is numbered first.
        self.commit(now);
        let connection = self.seat.connection();
        let ledger = &mut self.shared.ledger;
        let changed = ledger.change_file(to, row, step, connection);
        let is_stored = changed.is_ok();
        if is_stored {
            self.transfers.handle_changes([row]);
        }
        let (Ok(events) | Err(events)) = changed;
        self.report_all(events);
        is_stored
    }
}
