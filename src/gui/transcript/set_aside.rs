//! Rows that a library panics on. A sentence is shown in their place, so that the window stays open.

use std::{cell::RefCell, collections::BTreeSet};

use eframe::egui::Ui;

use super::{look::Part, row::RowLayout};
use crate::{
    chat::timeline::ItemId,
    gui::{ctx::Ctx, panics},
};

/// Maximum number of rows remembered. A forgotten one is tried again.
const MAX_ROWS: usize = 1_000;

/// Rows that could not be laid out or painted.
#[derive(Debug, Default)]
pub(super) struct SetAside(RefCell<BTreeSet<ItemId>>);

impl SetAside {
    /// Measures a row of this width, or the sentence in its place.
    pub fn lay_out(
        &self,
        cx: &Ctx<'_>,
        ui: &Ui,
        id: ItemId,
        width: f32,
        part: Part<'_>,
    ) -> RowLayout {
        let attempt = |part| self.attempt(id, || RowLayout::new(cx, ui, id, width, part));
        let row = (!self.contains(id)).then(|| attempt(part));
        row.flatten()
            .or_else(|| attempt(Part::Nothing))
            .unwrap_or_else(|| RowLayout::nothing(ui))
    }

    fn contains(&self, id: ItemId) -> bool {
        self.0.borrow().contains(&id)
    }

    /// Does something with a row. `None` if that panics: from then on the row is set aside.
    pub fn attempt<T>(&self, id: ItemId, work: impl FnOnce() -> T) -> Option<T> {
        let result = panics::caught(work);
        if result.is_none() {
            let mut rows = self.0.borrow_mut();
            if rows.len() >= MAX_ROWS {
                rows.pop_first();
            }
            rows.insert(id);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_panics_is_set_aside() {
        let rows = SetAside::default();
        assert_eq!(rows.attempt(ItemId(1), || 7), Some(7));
        assert_eq!(rows.attempt(ItemId(2), || panic!("tried")), None::<()>);
        assert!(!rows.contains(ItemId(1)) && rows.contains(ItemId(2)));
        for id in 0..=MAX_ROWS as u64 {
            let result = rows.attempt(ItemId(id), || panic!("tried"));
            assert_eq!(result, None::<()>);
        }
        assert_eq!(rows.0.borrow().len(), MAX_ROWS);
    }
}
