//! How far the files have come that move.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::store::Row;

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

/// The files that move over a connection. There are at most as many as the worker moves at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moving {
    all: BTreeMap<Row, Progress>,
    /// Those that wait for our disk.
    slow: BTreeSet<Row>,
}

impl Moving {
    /// The file in this row has come this far.
    pub(super) fn set(&mut self, row: Row, progress: Progress) {
        if progress.bytes_per_second > 0 {
            self.slow.remove(&row);
        }
        self.all.insert(row, progress);
    }

    /// The file in this row waits for our disk.
    pub(super) fn set_slow(&mut self, row: Row) {
        self.slow.insert(row);
    }

    /// Whether it does.
    pub fn is_slow(&self, row: Row) -> bool {
        self.slow.contains(&row)
    }

    /// Something else has become of it. If it moves on, that will be said.
    pub(super) fn forget(&mut self, row: Row) {
        self.all.remove(&row);
        self.slow.remove(&row);
    }

    /// Of the file in this row.
    pub fn get(&self, row: Row) -> Option<Progress> {
        self.all.get(&row).copied()
    }

    /// All of them together, in percent; `None` if nothing moves.
    pub fn percent(&self) -> Option<u64> {
        let is_moving = |it: &&Progress| it.bytes_per_second > 0 && it.moved < it.size;
        let sum = |bytes: fn(&Progress) -> u64| -> u128 {
            let all = self.all.values().filter(is_moving);
            all.map(bytes).map(u128::from).sum()
        };
        let (moved, size) = (sum(|it| it.moved), sum(|it| it.size));
        (size > 0).then(|| u64::try_from(moved * 100 / size).unwrap_or(100).min(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        moving.set(Row::new(1), progress(u64::MAX - 1, u64::MAX, 1));
        assert_eq!(moving.percent(), Some(99));
        moving.set(Row::new(1), progress(7, 7, 1));
        assert_eq!(moving.percent(), None, "it is there");
        moving.set(Row::new(1), progress(6, 7, 0));
        assert_eq!(moving.percent(), None, "it stands still");
        moving.set(Row::new(1), progress(10, 100, 1));
        moving.set(Row::new(2), progress(90, 300, 1));
        assert_eq!(moving.percent(), Some(25));
        moving.forget(Row::new(2));
        assert_eq!(moving.percent(), Some(10));
        assert_eq!(moving.get(Row::new(2)), None);
        moving.forget(Row::new(1));
        assert_eq!(moving.percent(), None);
    }
}
