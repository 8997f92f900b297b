//! The number of a message in its conversation.

/// The number of a message in its conversation. The first message has 1 and a later one a higher number; no number is used
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Row(u64);

impl Row {
    /// Comes before the first message.
    pub const ZERO: Self = Self(0);
    /// The first message.
    pub const FIRST: Self = Self(1);
    /// Comes after every message.
    pub const MAX: Self = Self(u64::MAX);

    /// The row with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The row after it.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The row before it; [`Self::ZERO`] has none and stays.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The row that comes this many rows later.
    #[must_use]
    pub const fn plus(self, rows: u64) -> Self {
        Self(self.0.saturating_add(rows))
    }

    /// How many rows it comes after `earlier`; 0 if it comes before.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_without_overflow() {
        assert_eq!(Row::ZERO.previous(), Row::ZERO);
        assert_eq!(Row::new(2).previous(), Row::new(1));
        assert_eq!(Row::MAX.next(), Row::MAX);
        assert_eq!(Row::new(7).since(Row::new(4)), 3);
        assert_eq!(Row::new(4).since(Row::new(7)), 0);
    }
}
