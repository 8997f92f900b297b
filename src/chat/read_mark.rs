//! How far the conversation that is shown has been read, and when that is saved.

use crate::store::Row;

use std::time::Duration;

/// Minimum time between two saves, in seconds.
const SAVE_EVERY: f64 = 1.0;

/// The last row that was read. Times are seconds on the window's clock.
#[derive(Debug, Default)]
pub struct ReadMark {
    /// The row in the store that was saved last.
    saved: Row,
    saved_at: Option<f64>,
}

/// What to do about a row that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadUpdate {
    /// It is saved already.
    Known,
    /// Save it now.
    Save,
    /// Ask again after this time.
    Later(Duration),
}

impl ReadMark {
    /// Another conversation is shown, read up to this row.
    pub fn begin(&mut self, read_up_to: Row) {
        self.saved = read_up_to;
    }

    /// Everything up to this row has been seen at `now`.
    pub fn seen(&mut self, row: Row, now: f64) -> ReadUpdate {
        if row <= self.saved {
            return ReadUpdate::Known;
        }
        let since = self.saved_at.map_or(SAVE_EVERY, |at| now - at);
        if since < SAVE_EVERY {
            return ReadUpdate::Later(Duration::from_secs_f64(SAVE_EVERY - since));
        }
        self.saved = row;
        self.saved_at = Some(now);
        ReadUpdate::Save
    }

    /// The conversation is left, read up to this row. Returns whether that has to be saved.
    pub fn leave(&mut self, row: Row) -> bool {
        let is_new = row > self.saved;
        self.saved = self.saved.max(row);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_read_mark_is_saved_at_most_once_a_second() {
        let mut mark = ReadMark::default();
        mark.begin(Row::new(3));
        assert_eq!(mark.seen(Row::new(3), 0.0), ReadUpdate::Known);
        assert_eq!(mark.seen(Row::new(4), 0.0), ReadUpdate::Save);
        let later = ReadUpdate::Later(Duration::from_millis(750));
        assert_eq!(mark.seen(Row::new(5), 0.25), later);
        assert!(mark.leave(Row::new(5)) && !mark.leave(Row::new(5)));
    }
}
