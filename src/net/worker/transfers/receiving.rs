//! Files that are received: we ask for them, and what arrives goes to the disk.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{
    FileStep, Link, MOST_WANTED, RECEIVED_AT_ONCE, Transfers, engine_offer, speed::Speed, want,
};
use crate::{
    files::{Destination, Files, GROUP, JobId, ReceiveError, WriteError},
    identity::PeerId,
    net::protocol::{frame::EndReason, secure::Secure},
    net::{Event, Hindrance},
    store::{FileChange, FileFailure, MessageName, Row, Store, StoreError},
};

use super::Effect;

/// How long it takes until a folder is looked for again.
const AWAY: Duration = Duration::from_secs(5);

/// How long what has arrived may wait for the disk while nothing else is read from the peer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Maximum number of files that are looked at for one that may begin.
const LOOKED_AT: usize = 64;

/// A file that is received.
#[derive(Debug)]
pub(super) struct Receiving {
    pub row: Row,
    pub name: MessageName,
    pub speed: Speed,
    size: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The disk side gets ready.
    Beginning,
    /// It is wanted, by this number.
    Wanted(u64),
    /// All of it is here, and the disk side ends.
    Ending,
}

impl Link {
    /// Whether no more files may be begun.
    fn is_full(&self) -> bool {
        let beginning = self.receiving.values();
        let beginning = beginning.filter(|one| one.stage == Stage::Beginning);
        self.receiving.len() >= RECEIVED_AT_ONCE
            || self.wants.len() + beginning.count() >= MOST_WANTED
    }

    /// Whether more than a group of some file is still to come. Then only small ones are begun: what has arrived of a group that
    /// is not whole is lost with the connection.
    fn has_long(&self, files: &Files) -> bool {
        self.receiving.iter().any(|(job, one)| match one.stage {
            Stage::Beginning => one.size > GROUP,
            Stage::Wanted(_) => files.missing(*job) > GROUP,
            Stage::Ending => false,
        })
    }
}

impl Transfers {
    /// Begins with files that are accepted and not under way.
    pub(super) fn begin_receiving(&mut self, store: &mut Store) -> Result<(), StoreError> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        if link.is_full() {
            return Ok(());
        }
        let most = u32::try_from(link.stopped.len() + LOOKED_AT).unwrap_or(u32::MAX);
        for transfer in store.wanted_files(link.conversation, most)? {
            let is_moving = link.receiving.values().any(|one| one.row == transfer.row);
            let Some(folder) = transfer.path.clone() else {
                continue;
            };
            let is_ending = self
                .ending
                .values()
                .any(|ending| *ending == (link.peer, transfer.row));
            let is_unstored = self.retry.has(link.peer, transfer.row);
            let is_stopped = link.stopped.contains(&transfer.row);
            let is_away = link.away.contains_key(&transfer.row);
            if is_moving || is_ending || is_unstored || is_stopped || is_away {
                continue;
            }
            if link.is_full() {
                break;
            }
            if transfer.offer.size > GROUP && link.has_long(&self.files) {
                continue;
            }
            let is_begun = transfer.part.is_some();
            let part = match transfer.part.clone() {
                Some(part) => part,
                None => match Files::new_part(&folder) {
                    Ok(part) => part,
                    Err(_) => break,
                },
            };
            if !is_begun {
                store.set_part(link.conversation, transfer.row, &part)?;
            }
            let job = self.last_job + 1;
            let into = Destination {
                folder,
                offer: engine_offer(&transfer),
                part,
                is_begun,
            };
            if self.files.receive(job, into).is_err() {
                break;
            }
            self.last_job = job;
            let receiving = Receiving {
                row: transfer.row,
                name: transfer.name,
                speed: Speed::new(transfer.offer.size, 0),
                size: transfer.offer.size,
                stage: Stage::Beginning,
            };
            link.receiving.insert(job, receiving);
        }
        Ok(())
    }

    /// The disk side can take what comes from this byte on.
    pub(super) fn handle_ready(&mut self, job: JobId, offset: u64, secure: &mut Secure) {
        let Some(link) = &mut self.link else { return };
        let Some(receiving) = link.receiving.get_mut(&job) else {
            return;
        };
        link.last_want += 1;
        let id = link.last_want;
        receiving.stage = Stage::Wanted(id);
        receiving.speed.restart(offset);
        link.wants.insert(id, Some(job));
        secure.want(want(id, receiving.name, offset));
    }

    /// A part of a file has arrived. Returns whether the peer may send it.
    pub(super) fn handle_data(&mut self, id: u64, bytes: Vec<u8>, now: Instant) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        match link.wants.get(&id) {
            None => false,
            Some(None) => true,
            Some(Some(job)) => {
                link.held.push_back((*job, bytes));
                self.write_held(now)
            }
        }
    }

    /// Nothing more follows of this. Returns whether that can be.
    pub(super) fn handle_end(&mut self, id: u64, why: EndReason) -> bool {
        let Some(link) = &mut self.link else {
            return false;
        };
        // There may be room for another one.
        self.is_dirty = true;
        let job = match link.wants.remove(&id) {
            None => return false,
            Some(None) => return true,
            Some(Some(job)) => job,
        };
        let Some(receiving) = link.receiving.get_mut(&job) else {
            return true;
        };
        receiving.stage = Stage::Ending;
        let row = receiving.row;
        match why {
            EndReason::Complete => {
                let held = link.held.iter().filter(|(of, _)| *of == job);
                let held: usize = held.map(|(_, bytes)| bytes.len()).sum();
                return self.files.missing(job) == held as u64;
            }
            EndReason::Stopped | EndReason::Unreadable => {
                link.stopped.insert(row);
                self.stop_receiving(job, false, None);
            }
            EndReason::Gone => {
                self.stop_receiving(job, true, None);
                let gone = FileChange::Failed(FileFailure::Unreadable);
                self.step(row, FileStep::Change(gone));
            }
        }
        true
    }

    /// The disk side has come this far.
    pub(super) fn handle_progress(&mut self, job: JobId, bytes: u64, now: Instant) {
        let Some(link) = &mut self.link else { return };
        if let Some(receiving) = link.receiving.get_mut(&job) {
            let peer = link.peer;
            let row = receiving.row;
            let report = receiving.speed.set(bytes, now, || PeerId::Key(peer), row);
            self.effects.extend(report.map(Effect::Report));
        }
    }

    /// All of it is here.
    pub(super) fn handle_arrived(&mut self, job: JobId, path: PathBuf) {
        self.is_dirty = true;
        if let Some((peer, row)) = self.ending.remove(&job) {
            let arrived = FileStep::Arrive(path);
            self.effects.push_back(Effect::Step(peer, row, arrived));
            return;
        }
        let Some(link) = &mut self.link else { return };
        if let Some(receiving) = link.receiving.remove(&job) {
            if let Stage::Wanted(id) = receiving.stage {
                // *End* is still on its way.
                link.wants.insert(id, None);
            }
            self.step(receiving.row, FileStep::Arrive(path));
        }
    }

    /// The disk side has ended a job that was stopped.
    pub(super) fn handle_stopped(&mut self, job: JobId) {
        self.is_dirty |= self.ending.remove(&job).is_some();
    }

    /// The disk side can't go on.
    pub(super) fn handle_receive_failed(
        &mut self,
        job: JobId,
        why: ReceiveError,
        store: &mut Store,
        secure: &mut Secure,
        now: Instant,
    ) -> Result<(), StoreError> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let Some(row) = link.receiving.get(&job).map(|one| one.row) else {
            return Ok(());
        };
        let conversation = link.conversation;
        if why == ReceiveError::NoFolder {
            link.away.insert(row, now + AWAY);
        }
        tracing::info!(%why, "a file can't be received");
        self.stop_receiving(job, false, Some(secure));
        // It has ended already.
        self.ending.remove(&job);
        match why {
            ReceiveError::NoSpace { .. } | ReceiveError::DiskFull => {
                self.step(row, FileStep::PauseFull);
            }
            ReceiveError::Invalid | ReceiveError::Manifest => {
                let invalid = FileChange::Failed(FileFailure::Invalid);
                self.step(row, FileStep::Change(invalid));
                self.effects.push_back(Effect::Refuse);
            }
            ReceiveError::NoFolder => self.report_hindrance(row, Hindrance::NoFolder),
            // It begins again.
            ReceiveError::Damaged => store.clear_part(conversation, row)?,
            ReceiveError::ReadOnly | ReceiveError::Io(_) => {
                let failed = FileChange::Failed(FileFailure::Unwritable);
                self.step(row, FileStep::Change(failed));
            }
        }
        Ok(())
    }

    /// Stops to receive a file. The peer is told, unless it has ended it.
    pub(super) fn stop_receiving(
        &mut self,
        job: JobId,
        discard: bool,
        secure: Option<&mut Secure>,
    ) {
        let Some(link) = &mut self.link else { return };
        let Some(receiving) = link.receiving.remove(&job) else {
            return;
        };
        self.files.stop(job, discard);
        self.ending.insert(job, (link.peer, receiving.row));
        link.held.retain(|(of, _)| *of != job);
        self.is_dirty = true;
        if let Stage::Wanted(id) = receiving.stage
            && let Some(secure) = secure
        {
            secure.stop(id);
            link.wants.insert(id, None);
        }
        let moved = receiving.speed.moved();
        self.moved.push((link.conversation, receiving.row, moved));
        let peer_id = PeerId::Key(link.peer);
        let report = receiving.speed.stopped(peer_id, receiving.row);
        self.effects.push_back(Effect::Report(report));
    }

    /// Hands what waits for the disk over, or gives a file up for now for which the disk is too slow.
    pub(super) fn drain_held(&mut self, secure: &mut Secure, now: Instant) {
        if !self.write_held(now) {
            return secure.refuse();
        }
        let Some(link) = &mut self.link else { return };
        if link.held_until.is_some_and(|until| until <= now) {
            link.held_until = None;
            if let Some((job, _)) = link.held.front() {
                let job = *job;
                tracing::info!("the disk does not keep up with a file");
                let row = link.receiving.get(&job).map(|it| it.row);
                self.stop_receiving(job, false, Some(secure));
                if let Some(row) = row {
                    self.report_hindrance(row, Hindrance::DiskSlow);
                }
            }
        }
    }

    fn report_hindrance(&mut self, row: Row, by: Hindrance) {
        if let Some(link) = &self.link {
            let peer_id = PeerId::Key(link.peer);
            let hindered = Event::FileHindered { peer_id, row, by };
            self.effects.push_back(Effect::Report(hindered));
        }
    }

    /// Files whose folder was away for a while may begin again.
    pub(super) fn look_again(&mut self, now: Instant) {
        if let Some(link) = &mut self.link {
            let before = link.away.len();
            link.away.retain(|_, until| *until > now);
            self.is_dirty |= link.away.len() < before;
        }
    }

    /// Returns whether the peer may have sent it.
    fn write_held(&mut self, now: Instant) -> bool {
        let Some(link) = &mut self.link else {
            return true;
        };
        while let Some((job, bytes)) = link.held.front() {
            let missing = self.files.missing(*job);
            match self.files.write(*job, bytes) {
                Ok(()) => {
                    // The next one may begin.
                    self.is_dirty |= missing > GROUP && self.files.missing(*job) <= GROUP;
                }
                Err(WriteError::Full) => {
                    link.held_until.get_or_insert(now + PATIENCE);
                    return true;
                }
                Err(WriteError::Beyond) => return false,
            }
            link.held.pop_front();
            link.held_until = None;
        }
        true
    }
}
