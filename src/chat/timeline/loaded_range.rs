//! Which part of a conversation is loaded, and how a page from the store joins it.

use super::{Item, Items};
use crate::{history::At, store::Row};

/// Which part of a conversation is loaded. The items themselves are in [`Items`]; between the first and the last
/// of them no row of the store is missing.
#[derive(Debug)]
pub(super) struct LoadedRange {
    /// The oldest and the newest row in the store, as far as is known.
    stored: Option<(Row, Row)>,
    /// Whether nothing comes before the first loaded item.
    pub at_start: bool,
    /// Whether nothing comes after the last loaded item.
    pub at_end: bool,
}

/// The rows of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageRows {
    /// The first and the last of them; `None` if there are none.
    rows: Option<(Row, Row)>,
    /// Whether the store has none before them.
    reaches_start: bool,
    /// Whether the store has none after them.
    reaches_end: bool,
}

/// How a page joins what is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Join {
    /// What stays loaded.
    pub keep: Keep,
    /// [`LoadedRange::at_start`] once the page is in.
    at_start: bool,
    /// [`LoadedRange::at_end`] once the page is in.
    at_end: bool,
}

/// What stays loaded when a page comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Everything: the page adjoins it.
    All,
    /// Items up to this row: rows between the page and the later ones are missing.
    UpTo(Row),
    /// Nothing: rows between it and the page are missing.
    Nothing,
}

impl Default for LoadedRange {
    /// All of a conversation that has nothing in the store.
    fn default() -> Self {
        Self {
            stored: None,
            at_start: true,
            at_end: true,
        }
    }
}

impl PageRows {
    /// `stored` are the oldest and the newest row in the store.
    pub fn new(items: &[Item], stored: Option<(Row, Row)>) -> Self {
        let first = items.first().and_then(Item::row);
        let last = items.last().and_then(Item::row);
        Self {
            rows: first.zip(last),
            reaches_start: first == stored.map(|(oldest, _)| oldest),
            reaches_end: last.is_none() || last >= stored.map(|(_, newest)| newest),
        }
    }
}

impl LoadedRange {
    /// All of a conversation whose newest row in the store is known.
    pub fn with_newest(newest: Option<Row>) -> Self {
        Self {
            stored: newest.map(|newest| (newest, newest)),
            ..Self::default()
        }
    }

    /// The oldest and the newest row in the store, as far as is known.
    pub fn stored(&self) -> Option<(Row, Row)> {
        self.stored
    }

    /// The newest row in the store, as far as is known.
    pub fn newest(&self) -> Option<Row> {
        self.stored.map(|(_, newest)| newest)
    }

    /// Whether the whole conversation is loaded.
    pub fn is_whole(&self) -> bool {
        self.at_start && self.at_end
    }

    /// The store has these rows and those between.
    pub fn add_stored(&mut self, stored: Option<(Row, Row)>) {
        self.stored = match (self.stored, stored) {
            (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
            (one, other) => one.or(other),
        };
    }

    /// Nothing is known any more of what is in the store.
    pub fn forget_stored(&mut self) {
        self.stored = None;
    }

    /// The page before the loaded items; `None` if there is nothing there.
    pub fn before(&self, items: &Items) -> Option<At> {
        let first = items.first().filter(|_| !self.at_start)?.place;
        let before = if first.is_unstored {
            first.row.next()
        } else {
            first.row
        };
        Some(At::Before(before))
    }

    /// The page after the loaded items; `None` if it is not known which row they end with.
    pub fn after(items: &Items) -> Option<At> {
        Some(At::After(items.last()?.place.row)).filter(|at| *at != At::After(Row::MAX))
    }

    /// How a page that was asked for with `at` joins the loaded items; `None` if it no longer does.
    pub fn join(&self, at: At, page: PageRows, items: &Items) -> Option<Join> {
        match at {
            At::Before(_) => self.join_before(at, page, items),
            At::After(row) => self.join_after(row, page, items),
            At::Newest => Some(self.join_newest(page, items)),
            At::Around(_) => Some(Join {
                keep: Keep::Nothing,
                at_start: page.reaches_start,
                at_end: page.reaches_end,
            }),
        }
    }

    /// The page is in.
    pub fn apply(&mut self, join: Join) {
        self.at_start = join.at_start;
        self.at_end = join.at_end;
    }

    fn join_before(&self, at: At, page: PageRows, items: &Items) -> Option<Join> {
        (self.before(items) == Some(at)).then_some(Join {
            keep: Keep::All,
            at_start: page.reaches_start || page.rows.is_none(),
            at_end: self.at_end,
        })
    }

    fn join_after(&self, row: Row, page: PageRows, items: &Items) -> Option<Join> {
        let loaded = items.first_row().zip(items.last_row());
        let is_loaded = loaded.is_some_and(|(oldest, newest)| (oldest..=newest).contains(&row));
        if !is_loaded && Self::after(items) != Some(At::After(row)) {
            return None;
        }
        Some(Join {
            keep: match page.rows {
                Some((_, last)) if !page.reaches_end => Keep::UpTo(last),
                _ => Keep::All,
            },
            at_start: self.at_start,
            at_end: page.reaches_end,
        })
    }

    fn join_newest(&self, page: PageRows, items: &Items) -> Join {
        let first = page.rows.map(|(first, _)| first);
        let Some((oldest, newest)) = items.first_row().zip(items.last_row()) else {
            return Join {
                keep: Keep::All,
                at_start: page.reaches_start,
                at_end: true,
            };
        };
        let adjoins = self.at_end && first.is_none_or(|first| first <= newest.next());
        let goes_further_back = first.is_none_or(|first| oldest < first);
        Join {
            keep: if adjoins { Keep::All } else { Keep::Nothing },
            at_start: if adjoins && goes_further_back {
                self.at_start
            } else {
                page.reaches_start
            },
            at_end: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{chat::timeline::Note, store::Row};

    fn item(row: u64) -> Item {
        Item::note(Note::Missed(row), Timestamp::UNIX_EPOCH).stored_as(Row::new(row))
    }

    /// Rows 10 to 20 are loaded.
    fn loaded(at_start: bool, at_end: bool) -> (LoadedRange, Items) {
        let mut items = Items::default();
        for row in 10..=20 {
            items.insert(item(row));
        }
        let range = LoadedRange {
            stored: Some((Row::new(10), Row::new(20))),
            at_start,
            at_end,
        };
        (range, items)
    }

    /// How a page with these rows joins, if the store has rows 1 to 30: what stays loaded, and whether the start
    /// and the end are loaded then.
    fn join(
        (range, items): &(LoadedRange, Items),
        at: At,
        rows: std::ops::RangeInclusive<u64>,
    ) -> Option<(Keep, bool, bool)> {
        let page: Vec<_> = rows.map(item).collect();
        let join = range.join(
            at,
            PageRows::new(&page, Some((Row::FIRST, Row::new(30)))),
            items,
        )?;
        Some((join.keep, join.at_start, join.at_end))
    }

    #[test]
    fn a_page_before_joins_only_the_first_item() {
        let range = loaded(false, true);
        let keep = Keep::All;
        assert_eq!(
            join(&range, At::Before(Row::new(10)), 5..=9),
            Some((keep, false, true))
        );
        assert_eq!(
            join(&range, At::Before(Row::new(10)), 1..=9),
            Some((keep, true, true))
        );
        assert_eq!(join(&range, At::Before(Row::new(11)), 5..=10), None);
        let from_start = loaded(true, true);
        assert_eq!(join(&from_start, At::Before(Row::new(10)), 5..=9), None);
    }

    #[test]
    fn a_page_after_keeps_what_is_loaded_up_to_its_last_row() {
        let range = loaded(true, false);
        let all = Some((Keep::All, true, true));
        assert_eq!(join(&range, At::After(Row::new(20)), 21..=30), all);
        let part = Some((Keep::UpTo(Row::new(25)), true, false));
        assert_eq!(join(&range, At::After(Row::new(20)), 21..=25), part);
        assert_eq!(join(&range, At::After(Row::new(15)), 16..=30), all);
        assert_eq!(join(&range, At::After(Row::new(25)), 26..=30), None);
    }

    #[test]
    fn the_newest_page_replaces_what_it_does_not_adjoin() {
        let range = loaded(true, true);
        let all = Some((Keep::All, true, true));
        assert_eq!(join(&range, At::Newest, 21..=30), all);
        let nothing = Some((Keep::Nothing, false, true));
        assert_eq!(join(&range, At::Newest, 22..=30), nothing);
        let not_at_end = loaded(true, false);
        assert_eq!(join(&not_at_end, At::Newest, 15..=30), nothing);
    }

    #[test]
    fn a_page_around_a_row_replaces_everything() {
        let range = loaded(true, true);
        let middle = Some((Keep::Nothing, false, false));
        assert_eq!(join(&range, At::Around(Row::new(15)), 12..=18), middle);
        let whole = Some((Keep::Nothing, true, true));
        assert_eq!(join(&range, At::Around(Row::new(15)), 1..=30), whole);
    }

    #[test]
    fn the_page_before_an_unstored_item_includes_the_row_it_came_after() {
        let (range, mut items) = loaded(false, true);
        let mut note = Item::note(Note::NeedsNewer, Timestamp::UNIX_EPOCH);
        note.came_after(Some(Row::new(9)));
        items.insert(note);
        assert_eq!(range.before(&items), Some(At::Before(Row::new(10))));
    }
}
