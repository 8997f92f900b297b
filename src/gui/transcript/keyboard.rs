//! The keys of a focused transcript.

use eframe::egui::{Event, EventFilter, Id, Key, Ui, text_selection::LabelSelectionState};

use super::{
    Transcript,
    place::{Anchor, Position},
};
use crate::{
    chat::timeline::{Content, ItemId, Timeline},
    gui::{action::Action, ctx::Ctx},
};

/// How far Page Up and Page Down scroll, as a part of the view.
const PAGE: f32 = 0.9;

impl Transcript {
    /// Returns how far to scroll, in points.
    pub(super) fn handle_keys(
        &mut self,
        cx: &mut Ctx<'_>,
        ui: &Ui,
        id: Id,
        view_height: f32,
    ) -> f32 {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let timeline = cx.chat.timeline();
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Home) {
            self.go_to_start(cx, timeline);
        }
        if pressed(Key::End) {
            self.go_to_end(cx, timeline);
        }
        if pressed(Key::ArrowUp) {
            self.select(timeline, -1);
        }
        if pressed(Key::ArrowDown) {
            self.select(timeline, 1);
        }
        let copy = ui.input(|input| input.events.contains(&Event::Copy)) && !has_selection(ui);
        if copy
            && let Some(item) = self.selected.and_then(|id| timeline.get(id))
            && let Content::Message(message) = &item.content
        {
            cx.push(Action::Copy(message.text.to_string()));
        }
        let pages = i8::from(pressed(Key::PageUp)) - i8::from(pressed(Key::PageDown));
        f32::from(pages) * view_height * PAGE
    }

    fn go_to_start(&mut self, cx: &mut Ctx<'_>, timeline: &Timeline) {
        if let Some((oldest, _)) = timeline.span().filter(|_| !timeline.at_start()) {
            cx.push(Action::GoTo(oldest));
        } else if let Some(item) = timeline.first_id() {
            self.position = Position::At(Anchor { item, above: 0.0 });
            self.top = None;
            self.selected = Some(item);
        }
    }

    fn go_to_end(&mut self, cx: &mut Ctx<'_>, timeline: &Timeline) {
        if timeline.at_end() {
            self.follow();
            self.selected = timeline.last_id();
        } else {
            cx.push(Action::GoNewest);
        }
    }

    /// Selects another row, this many further down, and brings it into view.
    fn select(&mut self, timeline: &Timeline, by: i64) {
        let (Some(first), Some(last)) = (timeline.first_id(), timeline.last_id()) else {
            return;
        };
        let item = match self.selected {
            Some(ItemId(id)) => ItemId(id.saturating_add_signed(by).clamp(first.0, last.0)),
            None => last,
        };
        self.selected = Some(item);
        match (self.top, self.bottom) {
            // Above the view, or cut off by its edge.
            (Some(top), _) if item <= top.item => {
                self.position = Position::At(Anchor { item, above: 0.0 });
            }
            _ if item == last => self.follow(),
            // Below the view, or cut off by its edge: scrolled up by the number of rows that come into view.
            (Some(top), Some(bottom)) if item >= bottom => {
                let down = item.0 - bottom.0 + 1;
                let item = ItemId(top.item.0.saturating_add(down).min(item.0));
                self.position = Position::At(Anchor { item, above: 0.0 });
            }
            _ => {}
        }
    }
}

fn has_selection(ui: &Ui) -> bool {
    let selection = ui.ctx().plugin::<LabelSelectionState>();
    let selection = selection.lock();
    selection.has_selection()
}
