//! Rejected callers, reported together at most once a second.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use crate::net::{Event, Rejection};

/// Minimum time between two reports.
const INTERVAL: Duration = Duration::from_secs(1);

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Rejections {
    /// How many have not been reported.
    count: u32,
    last: Option<(IpAddr, Rejection)>,
    next_report: Option<Instant>,
}

impl Rejections {
    pub fn add(&mut self, from: IpAddr, why: Rejection) {
        self.count = self.count.saturating_add(1);
        self.last = Some((from, why));
    }

    /// The report that is due.
    pub fn poll_event(&mut self, now: Instant) -> Option<Event> {
        let (from, why) = self.last?;
        if self.count == 0 || self.next_report.is_some_and(|at| now < at) {
            return None;
        }
        self.next_report = Some(now + INTERVAL);
        let count = std::mem::take(&mut self.count);
        Some(Event::CallersRejected { why, from, count })
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.next_report.filter(|_| self.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::any_instant;

    #[test]
    fn the_first_rejection_is_reported_at_once_and_further_ones_together() {
        let now = any_instant();
        let [one, other] = [[10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        let mut rejections = Rejections::default();
        assert_eq!(rejections.poll_event(now), None);
        rejections.add(one, Rejection::Busy);
        let event = |from, why, count| Some(Event::CallersRejected { why, from, count });
        assert_eq!(rejections.poll_event(now), event(one, Rejection::Busy, 1));
        rejections.add(one, Rejection::Busy);
        rejections.add(other, Rejection::Plain);
        assert_eq!(rejections.poll_event(now), None);
        assert_eq!(rejections.poll_deadline(), Some(now + INTERVAL));
        assert_eq!(
            rejections.poll_event(now + INTERVAL),
            event(other, Rejection::Plain, 2)
        );
        assert_eq!(rejections.poll_deadline(), None);
    }
}
