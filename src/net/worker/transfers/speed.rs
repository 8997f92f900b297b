//! How far a file has moved, and how fast.

use std::time::{Duration, Instant};

use crate::{identity::PeerId, net::Event, store::Row};

/// Minimum time between two reports of a file.
pub(super) const REPORT: Duration = Duration::from_millis(250);
/// How many reports the speed is an average of, about.
const SMOOTH: u64 = 4;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Speed {
    size: u64,
    moved: u64,
    /// When it was reported last, and how far it was then.
    reported: Option<(Instant, u64)>,
    bytes_per_second: Option<u64>,
}

impl Speed {
    pub fn new(size: u64, moved: u64) -> Self {
        Self {
            size,
            moved: moved.min(size),
            reported: None,
            bytes_per_second: None,
        }
    }

    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// It goes on from here.
    pub fn restart(&mut self, moved: u64) {
        *self = Self::new(self.size, moved);
    }

    /// It has come this far. Returns what the window is told, if it is time for that.
    pub fn set(
        &mut self,
        moved: u64,
        now: Instant,
        peer_id: impl FnOnce() -> PeerId,
        row: Row,
    ) -> Option<Event> {
        self.moved = moved.min(self.size);
        if let Some((at, before)) = self.reported {
            let elapsed = now.saturating_duration_since(at);
            if elapsed < REPORT {
                return None;
            }
            let millis = u64::try_from(elapsed.as_millis())
                .unwrap_or(u64::MAX)
                .max(1);
            let speed = self.moved.saturating_sub(before).saturating_mul(1000) / millis;
            self.bytes_per_second = Some(match self.bytes_per_second {
                None => speed,
                Some(old) => (old * (SMOOTH - 1) + speed) / SMOOTH,
            });
        }
        self.reported = Some((now, self.moved));
        Some(self.event(peer_id(), row))
    }

    /// It does not move any more.
    pub fn stopped(mut self, peer_id: PeerId, row: Row) -> Event {
        self.bytes_per_second = None;
        self.event(peer_id, row)
    }

    fn event(&self, peer_id: PeerId, row: Row) -> Event {
        Event::FileProgress {
            peer_id,
            row,
            moved: self.moved,
            size: self.size,
            bytes_per_second: self.bytes_per_second.unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::PublicKey, net::any_instant};

    #[test]
    fn progress_is_reported_four_times_a_second_with_the_speed_of_the_last_seconds() {
        let peer_id = || PeerId::Key(PublicKey::from_bytes([1; 32]));
        let start = any_instant();
        let mut speed = Speed::new(10_000_000, 0);
        let mut reports = Vec::new();
        for step in 0..=100_u32 {
            let now = start + Duration::from_millis(10) * step;
            reports.extend(speed.set(u64::from(step) * 10_000, now, peer_id, Row::FIRST));
        }
        assert_eq!(reports.len(), 5, "at the beginning and after each quarter");
        let Some(Event::FileProgress {
            moved,
            bytes_per_second,
            ..
        }) = reports.last()
        else {
            panic!("{reports:?}")
        };
        assert_eq!((*moved, *bytes_per_second), (1_000_000, 1_000_000));
        let Event::FileProgress {
            bytes_per_second: 0,
            ..
        } = speed.stopped(peer_id(), Row::FIRST)
        else {
            panic!("it has stopped")
        };
    }
}
