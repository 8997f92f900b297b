//! A list of rows of any height, of which only those in view are laid out, and some beside them for the keyboard.

use std::collections::BTreeMap;

use eframe::egui::{Ui, vec2};

/// What a row that was never in view is taken to be high, in points.
const USUAL: f32 = 130.0;
/// So much is laid out on either side of the view, in points: more than a row, so that Tab finds the next one.
const BESIDE: f32 = 400.0;

/// How high each row was when it was in view last: out of it, it takes as much room.
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
    /// Shows a row with `content` if it is in view, or `needed` anyway. Nothing if it is not.
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
