//! How far the files have come that move.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{files::GROUP, net::Hindrance, store::Row};

/// How long nothing may be heard of a file until it is taken to stand still, beyond the time that it takes to move what is
/// verified as a whole.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// In bytes.
    pub moved: u64,
    /// In bytes.
    pub size: u64,
    /// As measured in the last seconds.
    pub bytes_per_second: u64,
}

impl Progress {
    /// From 0 to 1.
    pub fn fraction(self) -> f32 {
        if self.size == 0 {
            1.0
        } else {
            (self.moved as f64 / self.size as f64).clamp(0.0, 1.0) as f32
        }
    }

    /// How long the rest takes at this speed; `None` while nothing moves.
    pub fn left(self) -> Option<Duration> {
        let rest = self.size.saturating_sub(self.moved);
        let seconds = rest.div_ceil(self.bytes_per_second.max(1));
        (self.bytes_per_second > 0).then(|| Duration::from_secs(seconds))
    }
}

/// What was heard of a file last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heard {
    progress: Progress,
    /// If nothing is heard until then, it stands still. By the window's clock.
    until: Timestamp,
}

/// The files that move over a connection. The worker moves only a few at a time, so there are few.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moving {
    all: BTreeMap<Row, Heard>,
    /// Those that wait for our disk, and why.
    hindered: BTreeMap<Row, Hindrance>,
}

impl Moving {
    /// The file in this row has come this far.
    pub(super) fn set(&mut self, row: Row, progress: Progress, now: Timestamp) {
        if progress.bytes_per_second > 0 {
            self.hindered.remove(&row);
        }
        let until = now.checked_add(patience(progress)).unwrap_or(now);
        self.all.insert(row, Heard { progress, until });
    }

    /// Takes files of which nothing was heard for long to stand still. Returns how long until the next may.
    pub(super) fn stall(&mut self, now: Timestamp) -> Option<SignedDuration> {
        let mut next: Option<SignedDuration> = None;
        for heard in self.all.values_mut() {
            let left = heard.until.duration_since(now);
            if left <= SignedDuration::ZERO {
                heard.progress.bytes_per_second = 0;
            } else if heard.progress.bytes_per_second > 0 {
                next = Some(next.map_or(left, |next| next.min(left)));
            }
        }
        next
    }

    /// The file in this row waits for our disk.
    pub(super) fn set_hindered(&mut self, row: Row, by: Hindrance) {
        self.hindered.insert(row, by);
    }

    /// Why it waits for our disk, if it does.
    pub fn hindrance(&self, row: Row) -> Option<Hindrance> {
        self.hindered.get(&row).copied()
    }

    /// Something else has become of it. If it moves on, that will be said.
    pub(super) fn forget(&mut self, row: Row) {
        self.all.remove(&row);
        self.hindered.remove(&row);
    }

    /// Of the file in this row.
    pub fn get(&self, row: Row) -> Option<Progress> {
        self.all.get(&row).map(|heard| heard.progress)
    }

    /// Each of them, and how far it has come, in bytes.
    pub(super) fn moved(&self) -> impl Iterator<Item = (Row, u64)> {
        let all = self.all.iter();
        all.map(|(row, heard)| (*row, heard.progress.moved))
    }

    /// All of them together, in percent; `None` if nothing moves.
    pub fn percent(&self) -> Option<u64> {
        let is_moving = |it: &&Progress| it.bytes_per_second > 0 && it.moved < it.size;
        let sum = |bytes: fn(&Progress) -> u64| -> u128 {
            let all = self.all.values().map(|heard| &heard.progress);
            let all = all.filter(is_moving);
            all.map(bytes).map(u128::from).sum()
        };
        let (moved, size) = (sum(|it| it.moved), sum(|it| it.size));
        (size > 0).then(|| u64::try_from(moved * 100 / size).unwrap_or(100).min(100))
    }
}

fn patience(progress: Progress) -> SignedDuration {
    let group = 2 * GROUP / progress.bytes_per_second.max(1);
    PATIENCE.saturating_add(SignedDuration::from_secs(
        i64::try_from(group).unwrap_or(i64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn progress(moved: u64, size: u64, bytes_per_second: u64) -> Progress {
        Progress {
            moved,
            size,
            bytes_per_second,
        }
    }

    #[test]
    fn progress_of_any_numbers_is_between_nothing_and_all() {
        for (moved, size, fraction) in [
            (0, 0, 1.0),
            (0, 10, 0.0),
            (5, 10, 0.5),
            (20, 10, 1.0),
            (u64::MAX, u64::MAX, 1.0),
        ] {
            let now = progress(moved, size, 0);
            assert!((now.fraction() - fraction).abs() < 1e-6, "{now:?}");
            assert_eq!(now.left(), None, "nothing moves");
        }
        let left = progress(0, u64::MAX, 1).left();
        assert_eq!(left, Some(Duration::from_secs(u64::MAX)));
        assert_eq!(progress(9, 10, 5).left(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn all_that_moves_is_added_up() {
        let mut moving = Moving::default();
        assert_eq!(moving.percent(), None);
        moving.set(Row::new(1), progress(u64::MAX - 1, u64::MAX, 1), NOW);
        assert_eq!(moving.percent(), Some(99));
        moving.set(Row::new(1), progress(7, 7, 1), NOW);
        assert_eq!(moving.percent(), None, "it is there");
        moving.set(Row::new(1), progress(6, 7, 0), NOW);
        assert_eq!(moving.percent(), None, "it stands still");
        moving.set(Row::new(1), progress(10, 100, 1), NOW);
        moving.set(Row::new(2), progress(90, 300, 1), NOW);
        assert_eq!(moving.percent(), Some(25));
        moving.forget(Row::new(2));
        assert_eq!(moving.percent(), Some(10));
        assert_eq!(moving.get(Row::new(2)), None);
        moving.forget(Row::new(1));
        assert_eq!(moving.percent(), None);
    }

    #[test]
    fn a_file_that_nothing_is_heard_of_stands_still() {
        let mut moving = Moving::default();
        let after = |seconds| NOW + SignedDuration::from_secs(seconds);
        let is_moving =
            |moving: &Moving, row| moving.get(Row::new(row)).map(|it| it.bytes_per_second > 0);
        moving.set(Row::new(1), progress(10, 100, 5_000_000), NOW);
        // A group takes it 10 s.
        moving.set(Row::new(2), progress(10, 100, GROUP / 10), NOW);
        assert_eq!(moving.stall(after(4)), Some(SignedDuration::from_secs(1)));
        assert_eq!(moving.stall(after(5)), Some(SignedDuration::from_secs(20)));
        assert_eq!(is_moving(&moving, 1), Some(false));
        assert_eq!(is_moving(&moving, 2), Some(true));
        assert_eq!(moving.stall(after(25)), None);
        assert_eq!(is_moving(&moving, 2), Some(false));
        moving.set(Row::new(1), progress(20, 100, 5_000_000), after(30));
        assert_eq!(is_moving(&moving, 1), Some(true));
        moving.set(Row::new(1), progress(20, 100, 0), after(30));
        assert_eq!(moving.stall(after(31)), None);
    }
}
