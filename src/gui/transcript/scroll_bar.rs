//! The transcript's scroll bar. It maps to row numbers, never to heights.

use eframe::egui::{Id, Rect, Sense, Ui, pos2, vec2};

use super::{
    Transcript,
    place::{Anchor, Position},
};
use crate::{
    chat::timeline::{ItemId, Timeline},
    gui::{action::Action, ctx::Ctx, theme},
};

/// Minimum height of the handle, in points.
const MIN_HANDLE: f32 = 28.0;

impl Transcript {
    /// Shows the bar. `in_view` is the number of rows in view.
    pub(super) fn show_scroll_bar(&mut self, cx: &mut Ctx<'_>, ui: &Ui, bar: Rect, in_view: usize) {
        let timeline = cx.chat.timeline();
        let Some(first) = timeline.first_id() else {
            return;
        };
        // Where not all rows are loaded, the bar goes by their numbers in the store.
        let (first, rows) = match timeline.span() {
            Some((oldest, newest)) => (oldest, newest - oldest + 1),
            None => (first.0, timeline.len() as u64),
        };
        let number = |row: ItemId| match timeline.span() {
            Some(_) => timeline.row_at(row).unwrap_or(first),
            None => row.0,
        };
        if rows <= in_view as u64 || in_view == 0 {
            return;
        }
        let movable = (rows - in_view as u64) as f32;
        let height = (bar.height() * in_view as f32 / rows as f32)
            .clamp(MIN_HANDLE.min(bar.height()), bar.height());
        let room = bar.height() - height;
        let top = self.dragged_to.or(self.top.map(|top| number(top.row)));
        let at = match (self.position, top) {
            (Position::Newest, _) | (_, None) => 1.0,
            (Position::At(_), Some(top)) => (top.saturating_sub(first) as f32 / movable).min(1.0),
        };
        let id = Id::unique("transcript bar");
        let response = ui.interact(bar, id, Sense::CLICK | Sense::DRAG);
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            let wanted = ((pointer.y - bar.top() - height / 2.0) / room.max(1.0)).clamp(0.0, 1.0);
            let row = first + (f64::from(wanted) * f64::from(movable)) as u64;
            if wanted >= 1.0 {
                self.drag_to_end(cx, timeline);
            } else {
                self.drag_to(cx, timeline, row);
            }
            ui.ctx().request_repaint();
        }
        let handle = Rect::from_min_size(
            pos2(bar.left(), bar.top() + at * room),
            vec2(theme::SCROLL_BAR, height),
        );
        let palette = theme::palette(ui);
        let colour = if response.hovered() || response.dragged() {
            palette.weak
        } else {
            palette.line
        };
        ui.painter()
            .rect_filled(handle, theme::SCROLL_BAR / 2.0, colour);
    }

    fn drag_to_end(&mut self, cx: &mut Ctx<'_>, timeline: &Timeline) {
        self.dragged_to = None;
        if timeline.at_end() {
            self.position = Position::Newest;
        } else {
            cx.push(Action::GoNewest);
        }
    }

    /// The bar was dragged to this row: a row of the store where not all of it is loaded.
    fn drag_to(&mut self, cx: &mut Ctx<'_>, timeline: &Timeline, row: u64) {
        let loaded = match timeline.span() {
            None => Some(ItemId(row)),
            Some(_) => timeline.find(row),
        };
        if let Some(row) = loaded {
            self.dragged_to = None;
            self.position = Position::At(Anchor { row, above: 0.0 });
        } else {
            self.dragged_to = Some(row);
            cx.push(Action::GoTo(row));
        }
    }
}
