//! A list of rows of any height. Only those in view are laid out, and a few next to them for the keyboard.

use std::collections::BTreeMap;

use eframe::egui::{Ui, vec2};

/// Assumed height of a row that was never in view, in points.
const USUAL: f32 = 130.0;
/// How much is laid out above and below the view, in points: more than one row, so that Tab finds the next one.
const BESIDE: f32 = 400.0;

/// The height of each row when it was last in view. Out of view, that much space is left for it.
#[derive(Debug)]
pub(super) struct InView<K> {
    heights: BTreeMap<K, f32>,
}

impl<K> Default for InView<K> {
    fn default() -> Self {
        Self {
            heights: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone> InView<K> {
    /// Shows a row with `content` if it is in view or needed. Returns `None` if it was not shown.
    pub fn show<R>(
        &mut self,
        ui: &mut Ui,
        key: &K,
        is_needed: bool,
        content: impl FnOnce(&mut Ui) -> R,
    ) -> Option<R> {
        let height = self.heights.get(key).copied().unwrap_or(USUAL);
        let (top, view) = (ui.cursor().top(), ui.clip_rect());
        let is_in_view = top < view.bottom() + BESIDE && top + height > view.top() - BESIDE;
        if !is_in_view && !is_needed {
            ui.allocate_space(vec2(ui.available_width(), height));
            return None;
        }
        let shown = ui.scope(content);
        self.heights
            .insert(key.clone(), shown.response.rect.height());
        Some(shown.inner)
    }
}
