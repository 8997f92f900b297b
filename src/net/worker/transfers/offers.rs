//! Files that the person offers: they are read before there is a message.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    time::{Instant, SystemTime},
};

use super::{Effect, Event, FileOffer, MessageId, OfferError, PublicKey, Transfers, speed::REPORT};
use crate::files::{JobId, Kind, PrepareError, Source};

/// Maximum number of files that wait to be read.
const MOST_WAITING: usize = 1_000;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Offers {
    waiting: VecDeque<Waiting>,
    reading: BTreeMap<JobId, Reading>,
    /// When the program has started, until copies are deleted that were made before.
    pub started: Option<SystemTime>,
}

/// What is read.
#[derive(Debug)]
struct Reading {
    id: MessageId,
    to: PublicKey,
    /// When the window was told how far it is.
    reported: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    id: MessageId,
    to: PublicKey,
    path: PathBuf,
    keep_location: bool,
}

impl Offers {
    /// None. The program has started at this time.
    pub fn since(started: SystemTime) -> Self {
        Self {
            started: Some(started),
            ..Self::default()
        }
    }

    /// Whether this is read for an offer. If not, that was cancelled.
    pub fn is_reading(&self, job: JobId) -> bool {
        self.reading.contains_key(&job)
    }

    /// Notes how much of it is read. Returns the event for the window, if one is due.
    pub fn progress(&mut self, job: JobId, read: u64, size: u64, now: Instant) -> Option<Effect> {
        let reading = self.reading.get_mut(&job)?;
        let at = reading.reported.get_or_insert(now);
        if now.saturating_duration_since(*at) < REPORT {
            return None;
        }
        *at = now;
        let id = reading.id;
        Some(Effect::Report(Event::OfferProgress { id, read, size }))
    }

    /// This source can be offered, but for so many links and devices in it. Nothing if it was cancelled.
    pub fn prepared(&mut self, job: JobId, source: Source, left_out: u32) -> Vec<Effect> {
        let Some(Reading { id, to, .. }) = self.reading.remove(&job) else {
            return Vec::new();
        };
        let count = left_out;
        let left_out = (count > 0).then_some(Effect::Report(Event::LeftOut { id, count }));
        let (manifest, files) = match source.offer.kind {
            Kind::File => (0, 0),
            Kind::Folder { manifest, files } => (manifest, files),
        };
        let offer = Effect::Offer {
            id,
            to,
            name: source.offer.name,
            offer: FileOffer {
                size: source.offer.size,
                manifest,
                files,
                root: source.offer.root,
            },
            path: source.path,
        };
        left_out.into_iter().chain([offer]).collect()
    }

    /// This one can't.
    pub fn failed(&mut self, job: JobId, why: &PrepareError) -> Option<Effect> {
        let id = self.reading.remove(&job)?.id;
        let why = match why {
            PrepareError::Missing(_) => OfferError::NotFound,
            PrepareError::NoPermission(_) => OfferError::NoPermission,
            PrepareError::NoFile(_) => OfferError::NotAFile,
            PrepareError::TooManyFiles | PrepareError::NameTooLong(_) => OfferError::TooMany,
            PrepareError::SameName(_) => OfferError::SameName,
            PrepareError::TooLarge => OfferError::TooLarge,
            PrepareError::Changing(_) => OfferError::Changed,
            PrepareError::Copy(kind) | PrepareError::Io(_, kind) => OfferError::Other(*kind),
            PrepareError::Picture => OfferError::Picture,
            PrepareError::Stopped => OfferError::Cancelled,
        };
        Some(Effect::Report(Event::OfferFailed { id, why }))
    }
}

impl Transfers {
    /// The person offers a file.
    pub fn offer(&mut self, id: MessageId, to: PublicKey, path: PathBuf, keep_location: bool) {
        if self.offers.waiting.len() >= MOST_WAITING {
            let why = OfferError::Busy;
            let failed = Event::OfferFailed { id, why };
            return self.effects.push_back(Effect::Report(failed));
        }
        self.offers.waiting.push_back(Waiting {
            id,
            to,
            path,
            keep_location,
        });
    }

    /// The person offers this one no longer. It may be offered already.
    pub fn cancel_offer(&mut self, id: MessageId) {
        let waiting = self.offers.waiting.iter().position(|it| it.id == id);
        if let Some(index) = waiting {
            self.offers.waiting.remove(index);
        } else {
            let job = self.offers.reading.iter().find(|(_, it)| it.id == id);
            let Some(job) = job.map(|(job, _)| *job) else {
                return;
            };
            self.offers.reading.remove(&job);
            self.files.stop(job, true);
        }
        let why = OfferError::Cancelled;
        let failed = Event::OfferFailed { id, why };
        self.effects.push_back(Effect::Report(failed));
    }

    /// Hands the next files over to be read.
    pub(super) fn prepare_next(&mut self) {
        while let Some(next) = self.offers.waiting.front() {
            let job = self.last_job + 1;
            let path = next.path.clone();
            if self.files.prepare(job, path, next.keep_location).is_err() {
                return;
            }
            self.last_job = job;
            let reading = Reading {
                id: next.id,
                to: next.to,
                reported: None,
            };
            self.offers.reading.insert(job, reading);
            self.offers.waiting.pop_front();
        }
    }
}
