//! How much is stored of what peers send: a limit for each peer and day, and a part of the disk that stays free.
//!
//! Where one is reached, nothing more is read from the peer. It keeps what was not acknowledged, so nothing is lost.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{Ledger, wall_clock};
use crate::{
    identity::PeerId,
    net::{self, Event},
    store::StoreError,
};

/// How long to wait before looking again whether enough of the disk is free.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Maximum number of peers to remember of which the person takes no more. Above it, any one is forgotten.
const MAX_REFUSED: usize = 256;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Limits {
    given: net::Limits,
    /// Where the store is; `None` in memory.
    pub folder: Option<PathBuf>,
    /// A peer has reached the limit of its day in the last commit.
    pub is_reached: bool,
    /// The peer about which the person is asked.
    asked: Option<PeerId>,
    /// Peers of which the person takes no more within their day.
    refused: BTreeSet<PeerId>,
    /// Too little of the disk is free; when to look again.
    low_until: Option<Instant>,
}

impl Limits {
    pub fn new(limits: net::Limits) -> Self {
        Self {
            given: limits,
            ..Self::default()
        }
    }

    /// This much was received of some peers within a day.
    pub fn handle_taken(&mut self, taken: &[u64]) {
        self.is_reached |= taken.iter().any(|taken| *taken >= self.given.per_day);
    }

    /// Too little of the disk is free.
    pub fn is_low(&self) -> bool {
        self.low_until.is_some()
    }

    /// When to look at the disk again.
    pub fn poll_deadline(&self) -> Option<Instant> {
        self.low_until
    }

    fn is_disk_low(&self) -> bool {
        let Some(Ok(disk)) = self.folder.as_deref().map(fs4::statvfs) else {
            return false;
        };
        let part = disk.total_space().checked_div(self.given.free_part);
        let floor = self.given.free_disk.min(part.unwrap_or(0));
        disk.available_space() < floor
    }
}

impl Ledger {
    /// Whether nothing more is to be stored from the peer of this session at the moment.
    pub fn is_full(&self) -> bool {
        self.limits.is_low() || self.limits.asked.is_some()
    }

    /// A session with this peer begins: the person may have to be asked before anything of it is read.
    pub fn begin_session(&mut self, peer_id: &PeerId, now: Instant) -> Vec<Event> {
        // We have called it, or the day on which it was refused is over.
        self.limits.refused.remove(peer_id);
        let mut events: Vec<_> = self.look_at_disk(now).into_iter().collect();
        events.extend(self.ask_if_over(peer_id));
        events
    }

    /// The session has ended, and with it the question.
    pub fn end_session(&mut self) {
        self.limits.asked = None;
    }

    /// After a commit: asks the person if this peer has reached the limit of its day.
    pub fn poll_limit(&mut self, peer_id: Option<&PeerId>) -> Option<Event> {
        let is_reached = std::mem::take(&mut self.limits.is_reached);
        peer_id
            .filter(|_| is_reached)
            .and_then(|peer_id| self.ask_if_over(peer_id))
    }

    /// The person takes as much again of this peer.
    pub fn take_more(&mut self, peer_id: &PeerId) -> Option<Event> {
        self.limits.asked.take_if(|asked| asked == peer_id);
        self.limits.refused.remove(peer_id);
        let store = self.shelf.store_mut()?;
        let forgotten = store.find_conversation(peer_id).and_then(|found| {
            found.map_or(Ok(()), |conversation| store.forget_taken(conversation))
        });
        self.record_result(forgotten)
    }

    /// The person takes no more of this peer within its day.
    pub fn refuse_more(&mut self, peer_id: &PeerId) {
        if self.limits.refused.len() >= MAX_REFUSED {
            self.limits.refused.pop_first();
        }
        self.limits.refused.insert(peer_id.clone());
    }

    /// Whether the person takes no more of this peer today.
    pub fn has_refused_more(&self, peer_id: &PeerId) -> bool {
        self.limits.refused.contains(peer_id) && self.is_over(peer_id)
    }

    /// Looks whether enough of the disk is free, if it was not.
    pub(super) fn look_again(&mut self, now: Instant) -> Option<Event> {
        let is_due = self.limits.low_until.is_some_and(|until| until <= now);
        is_due.then(|| self.look_at_disk(now)).flatten()
    }

    /// Looks whether enough of the disk is free.
    pub(super) fn look_at_disk(&mut self, now: Instant) -> Option<Event> {
        let was_low = self.limits.is_low();
        let is_low = self.limits.is_disk_low();
        self.limits.low_until = is_low.then(|| now + LOOK_AGAIN);
        match (was_low, is_low) {
            (false, true) => {
                tracing::warn!("almost no space is left on the disk");
                self.record_result(Err(StoreError::DiskLow))
            }
            (true, false) => self.record_result(Ok(())),
            _ => None,
        }
    }

    fn ask_if_over(&mut self, peer_id: &PeerId) -> Option<Event> {
        if self.limits.asked.is_some() || !self.is_over(peer_id) {
            return None;
        }
        self.limits.asked = Some(peer_id.clone());
        Some(Event::LimitReached {
            peer_id: peer_id.clone(),
            bytes: self.limits.given.per_day,
        })
    }

    /// Whether this peer has reached the limit of its day.
    fn is_over(&self, peer_id: &PeerId) -> bool {
        let Some(store) = self.shelf.store() else {
            return false;
        };
        let taken = store.find_conversation(peer_id).and_then(|found| {
            found.map_or(Ok(0), |conversation| {
                store.taken(conversation, wall_clock())
            })
        });
        taken.is_ok_and(|taken| taken >= self.limits.given.per_day)
    }
}
