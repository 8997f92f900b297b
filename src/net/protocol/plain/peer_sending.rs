//! Whether the peer still sends. Once it has closed its direction, it may read on, or it may be gone: TCP shows the
//! same for both, until a reset answers what we write.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::net::protocol::Tag;

/// A message to a peer that no longer sends counts as sent if no reset has answered it by then: longer than a round
/// trip takes.
const RESET_WITHIN: Duration = Duration::from_secs(1);

/// See the [module](self).
#[derive(Debug)]
pub(super) enum PeerSending {
    Continues,
    Finished {
        /// When to report that, and to go on writing; `None` once it is done.
        report_at: Option<Instant>,
        /// Messages that were written since, oldest first, and when each counts as sent.
        unconfirmed: VecDeque<(Tag, Instant)>,
    },
}

impl PeerSending {
    /// The peer has closed its direction.
    pub fn finish(&mut self, report_at: Instant) {
        *self = Self::Finished {
            report_at: Some(report_at),
            unconfirmed: VecDeque::new(),
        };
    }

    /// A new message has to wait.
    pub fn holds(&self) -> bool {
        self.report_at().is_some()
    }

    /// New messages wait no longer, and nothing is reported.
    pub fn release(&mut self) {
        if let Self::Finished { report_at, .. } = self {
            *report_at = None;
        }
    }

    /// Whether it is time to report that the peer has finished. True once.
    pub fn poll_report(&mut self, now: Instant) -> bool {
        let is_due = self.report_at().is_some_and(|at| at <= now);
        if is_due {
            self.release();
        }
        is_due
    }

    /// The system has taken this message. Returns it if it counts as sent at once.
    pub fn transmitted(&mut self, tag: Tag, now: Instant) -> Option<Tag> {
        match self {
            Self::Continues => Some(tag),
            Self::Finished { unconfirmed, .. } => {
                unconfirmed.push_back((tag, now + RESET_WITHIN));
                None
            }
        }
    }

    /// The next message that no reset has answered in time.
    pub fn poll_confirmed(&mut self, now: Instant) -> Option<Tag> {
        match self {
            Self::Continues => None,
            Self::Finished { unconfirmed, .. } => {
                let (tag, _) = unconfirmed.pop_front_if(|(_, at)| *at <= now)?;
                Some(tag)
            }
        }
    }

    /// The connection is gone, and another one may follow. Returns the messages that are not known to be sent.
    pub fn reset(&mut self) -> impl Iterator<Item = Tag> + use<> {
        let unconfirmed = match std::mem::replace(self, Self::Continues) {
            Self::Continues => VecDeque::new(),
            Self::Finished { unconfirmed, .. } => unconfirmed,
        };
        unconfirmed.into_iter().map(|(tag, _)| tag)
    }

    /// Whether every message that was written counts as sent.
    pub fn is_confirmed(&self) -> bool {
        match self {
            Self::Continues => true,
            Self::Finished { unconfirmed, .. } => unconfirmed.is_empty(),
        }
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        match self {
            Self::Continues => None,
            Self::Finished {
                report_at,
                unconfirmed,
            } => {
                let confirm_at = unconfirmed.front().map(|(_, at)| *at);
                [*report_at, confirm_at].into_iter().flatten().min()
            }
        }
    }

    fn report_at(&self) -> Option<Instant> {
        match self {
            Self::Continues => None,
            Self::Finished { report_at, .. } => *report_at,
        }
    }
}
