//! Times as they are stored and sent.

use std::time::SystemTime;

use jiff::Timestamp;

/// A time in milliseconds since 1970 (UTC). A peer and a damaged file can send any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(i64);

impl Millis {
    /// The time with this number.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// How many milliseconds it comes after `earlier`; negative if it comes before.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// For a calendar; `None` before the year -9999 and after 9999.
    pub fn timestamp(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.0).ok()
    }
}

impl From<SystemTime> for Millis {
    /// 1970, if the clock says an earlier time.
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis());
        Self(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn any_number_is_a_time_but_not_always_of_a_calendar() {
        let wild = Millis::new(i64::MAX);
        assert_eq!(wild.timestamp(), None);
        assert_eq!(wild.since(Millis::new(i64::MIN)), i64::MAX);
        assert_eq!(Millis::new(5).since(Millis::new(7)), -2);
        let second = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        assert_eq!(Millis::from(second), Millis::new(1_000));
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Millis::from(before), Millis::new(0));
    }
}
