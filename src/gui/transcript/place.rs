//! Which rows are in view, and where. Rows are laid out from an anchor, never by summing up all heights.

use std::collections::VecDeque;

use eframe::egui::{Rect, pos2, vec2};

use super::row::RowLayout;
use crate::chat::timeline::{ItemId, Timeline};

/// Space above the first row, in points.
const ABOVE: f32 = 12.0;
/// Space below the last row, in points. That the peer is typing stands there.
pub(in crate::gui) const BELOW: f32 = 28.0;

/// An item, and how much of its row is scrolled out above the view, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Anchor {
    pub item: ItemId,
    pub above: f32,
}

/// Where the transcript is scrolled to.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) enum Position {
    /// The newest row is at the bottom, and stays there.
    #[default]
    Newest,
    At(Anchor),
}

/// The rows that are loaded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loaded {
    first: ItemId,
    last: ItemId,
    /// Whether there are none before `first`.
    at_start: bool,
    /// Whether there are none after `last`.
    at_end: bool,
}

/// A row that is in view.
pub(super) struct Placed {
    pub id: ItemId,
    pub rect: Rect,
    pub layout: RowLayout,
}

impl Loaded {
    /// `None` if there are no rows.
    pub fn of(timeline: &Timeline) -> Option<Self> {
        Some(Self {
            first: timeline.first_id()?,
            last: timeline.last_id()?,
            at_start: timeline.at_start(),
            at_end: timeline.at_end(),
        })
    }

    /// Lays rows out from an anchor downwards. Returns `None` if the end comes into view before the view is full.
    pub fn place_down(
        &self,
        anchor: Anchor,
        view: Rect,
        layout: &impl Fn(ItemId) -> RowLayout,
    ) -> Option<Vec<Placed>> {
        let mut above = anchor.above;
        let mut start = ItemId(anchor.item.0.clamp(self.first.0, self.last.0));
        while above < 0.0 && start > self.first {
            start.0 -= 1;
            above += layout(start).height();
        }
        if start == self.first {
            let space = if self.at_start { ABOVE } else { 0.0 };
            above = above.max(-space);
        }
        let mut placed = Vec::new();
        let mut y = view.top() - above;
        let mut id = start;
        while y < view.bottom() {
            if id > self.last {
                return None;
            }
            let layout = layout(id);
            let bottom = y + layout.height();
            if bottom > view.top() {
                let rect = Rect::from_min_max(pos2(view.left(), y), pos2(view.right(), bottom));
                placed.push(Placed { id, rect, layout });
            }
            y = bottom;
            id.0 += 1;
        }
        // The space below the last row counts, too.
        let is_end = id > self.last && self.at_end && y + BELOW < view.bottom();
        (!is_end).then_some(placed)
    }

    /// Lays rows out from the newest one upwards. Rows that do not fill the view begin at its top.
    pub fn place_up(&self, view: Rect, layout: &impl Fn(ItemId) -> RowLayout) -> Vec<Placed> {
        let mut placed = VecDeque::new();
        let mut y = view.bottom() - BELOW;
        let mut id = self.last;
        loop {
            let layout = layout(id);
            let top = y - layout.height();
            let rect = Rect::from_min_max(pos2(view.left(), top), pos2(view.right(), y));
            placed.push_front(Placed { id, rect, layout });
            y = top;
            if y <= view.top() || id == self.first {
                break;
            }
            id.0 -= 1;
        }
        let slack = y - view.top() - ABOVE;
        if slack > 0.0 {
            for placed in &mut placed {
                placed.rect = placed.rect.translate(vec2(0.0, -slack));
            }
        }
        placed.into()
    }
}
