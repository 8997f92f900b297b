//! The transcript's scroll bar. It maps to row numbers, never to heights.

use eframe::egui::{Id, Rect, Sense, Ui, pos2, vec2};

use super::{
    Transcript,
    place::{Anchor, Position},
};
use crate::{
    chat::timeline::{ItemId, Timeline},
    gui::{action::Action, ctx::Ctx, theme},
    store::Row,
};

/// Minimum height of the handle, in points.
const MIN_HANDLE: f32 = 28.0;

/// What the bar maps to.
#[derive(Debug, Clone, Copy)]
enum Scale {
    /// The loaded items, if that is all there is.
    Items { first: ItemId },
    /// The rows of the store, of which only some are loaded.
    Rows { oldest: Row },
}

impl Transcript {
    /// Shows the bar. `in_view` is the number of rows in view.
    pub(super) fn show_scroll_bar(&mut self, cx: &mut Ctx<'_>, ui: &Ui, bar: Rect, in_view: usize) {
        let timeline = cx.chat.timeline();
        let Some(first) = timeline.first_id() else {
            return;
        };
        let (scale, rows) = match timeline.span() {
            Some((oldest, newest)) => (Scale::Rows { oldest }, newest.since(oldest) + 1),
            None => (Scale::Items { first }, timeline.len() as u64),
        };
        if rows <= in_view as u64 || in_view == 0 {
            return;
        }
        let movable = (rows - in_view as u64) as f32;
        let height = (bar.height() * in_view as f32 / rows as f32)
            .clamp(MIN_HANDLE.min(bar.height()), bar.height());
        let room = bar.height() - height;
        let above = match (scale, self.dragged_to) {
            (Scale::Rows { oldest }, Some(row)) => Some(row.since(oldest)),
            _ => self.top.map(|top| scale.above(top.item, timeline)),
        };
        let at = match (self.position, above) {
            (Position::Newest, _) | (_, None) => 1.0,
            (Position::At(_), Some(above)) => (above as f32 / movable).min(1.0),
        };
        let id = Id::unique("transcript bar");
        let response = ui.interact(bar, id, Sense::CLICK | Sense::DRAG);
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            let wanted = ((pointer.y - bar.top() - height / 2.0) / room.max(1.0)).clamp(0.0, 1.0);
            let above = (f64::from(wanted) * f64::from(movable)) as u64;
            match scale {
                _ if wanted >= 1.0 => self.drag_to_end(cx, timeline),
                Scale::Items { first } => self.drag_to_item(ItemId(first.0 + above)),
                Scale::Rows { oldest } => self.drag_to_row(cx, timeline, oldest.plus(above)),
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

    fn drag_to_row(&mut self, cx: &mut Ctx<'_>, timeline: &Timeline, row: Row) {
        if let Some(item) = timeline.find(row) {
            self.drag_to_item(item);
        } else {
            self.dragged_to = Some(row);
            cx.push(Action::GoTo(row));
        }
    }

    fn drag_to_item(&mut self, item: ItemId) {
        self.dragged_to = None;
        self.position = Position::At(Anchor { item, above: 0.0 });
    }
}

impl Scale {
    /// The number of rows above this one.
    fn above(self, item: ItemId, timeline: &Timeline) -> u64 {
        match self {
            Self::Items { first } => item.0.saturating_sub(first.0),
            Self::Rows { oldest } => timeline.row_at(item).map_or(0, |row| row.since(oldest)),
        }
    }
}
