//! The conversation on the screen: only the rows in view are laid out, from an anchor.
//!
//! The anchor is a row and how far it is scrolled out of view, never a sum of heights, so rows that come, go or change
//! their height elsewhere move nothing. The scroll bar maps to row numbers.

mod below;
mod bubble;
mod file;
mod file_acts;
mod file_words;
mod keyboard;
mod links;
mod look;
mod menu;
mod picked;
mod place;
mod quote;
mod row;
mod scroll_bar;
mod set_aside;
mod text;
mod unfolded;
mod words;

use std::collections::BTreeSet;

use eframe::egui::{
    self, Align2, Id, Key, Rect, Response, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use self::{
    look::{Highlight, Part, State},
    place::{Anchor, Loaded, Placed, Position},
    set_aside::SetAside,
    unfolded::Unfolded,
};
use crate::{
    chat::timeline::{Content, ItemId, Timeline},
    gui::{action::Action, badge, ctx::Ctx, focus::focus_stroke, icon::Icon, theme},
    store::Row,
};

pub(super) use self::{
    place::BELOW,
    quote::{Quoted, truncated},
    words::conversation,
};

/// Space above a row that was found, in points.
const ABOVE_FOUND: f32 = 120.0;
/// A day that begins this near to the top of the view has no second line there, in points.
const NEAR_DAY: f32 = 40.0;
/// Diameter of the button that leads to the newest row, and its distance to the edges, in points.
const JUMP: (f32, f32) = (36.0, 14.0);

/// Where the transcript is scrolled to, and what is selected in it.
#[derive(Debug, Default)]
pub struct Transcript {
    position: Position,
    /// The top of the view in the last frame.
    top: Option<Anchor>,
    /// The last item in view in the last frame.
    bottom: Option<ItemId>,
    /// How many rows had come when the newest one was last in view.
    seen: u64,
    /// The item that the keyboard is on.
    selected: Option<ItemId>,
    /// The item that was found, until the next click.
    found: Option<ItemId>,
    /// The row of the store to which the scroll bar was dragged, until that row is loaded.
    dragged_to: Option<Row>,
    unfolded: Unfolded,
    /// The messages that are picked, while they are.
    picked: Option<BTreeSet<ItemId>>,
    set_aside: SetAside,
}

impl Transcript {
    /// The first and the last item in view.
    pub fn in_view(&self) -> Option<(ItemId, ItemId)> {
        Some((self.top?.item, self.bottom?))
    }

    /// Goes to the newest row and stays with it.
    pub fn follow(&mut self) {
        self.position = Position::Newest;
        // The rest of a smooth scroll does not count from here.
        self.top = None;
    }

    /// Another conversation is shown, from its end.
    pub fn begin(&mut self, timeline: &Timeline) {
        *self = Self {
            seen: timeline.arrived(),
            ..Self::default()
        };
    }

    /// Goes to an item that is loaded.
    pub fn go_to(&mut self, item: ItemId) {
        self.go_to_anchor(Anchor { item, above: 0.0 });
    }

    /// Goes to an item that is loaded and was found, and marks it.
    pub fn go_to_hit(&mut self, item: ItemId) {
        self.found = Some(item);
        self.selected = Some(item);
        // Some of the rows before it are shown, too.
        let above = -ABOVE_FOUND;
        self.go_to_anchor(Anchor { item, above });
    }

    /// Whether an item is marked because it was found.
    pub fn marks_hit(&self) -> bool {
        self.found.is_some()
    }

    /// Whether the newest row of all is in view.
    pub fn is_at_end(&self, timeline: &Timeline) -> bool {
        timeline.at_end() && self.position == Position::Newest && self.bottom == timeline.last_id()
    }

    /// Fills the rest of `ui`.
    pub(super) fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let timeline = cx.chat.timeline();
        let area = ui.available_rect_before_wrap();
        let id = id();
        // Focused by Tab only: a click selects text, and leaves the caret where it is.
        let response = ui.interact(area, id, Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, cx.lang.log()));
        if response.has_focus() {
            show_focus(ui, area);
        }
        self.forget_dropped(timeline);
        self.unfolded.begin_frame();
        if ui.input(|input| input.pointer.any_pressed()) {
            self.found = None;
        }
        // Over the margin of the rows.
        let left = area.right() - theme::SCROLL_BAR - 2.0;
        let bar = Rect::from_min_max(pos2(left, area.top()), area.max);
        let view = area;
        self.scroll(cx, ui, &response, view.height());
        let in_view = self.show_rows(cx, ui, view, &response);
        self.show_scroll_bar(cx, ui, bar, in_view);
        if self.position == Position::Newest && !timeline.at_end() {
            // There are newer rows than are loaded.
            cx.push(Action::GoNewest);
        }
        if self.position == Position::Newest {
            self.seen = timeline.arrived();
        } else {
            self.show_jump(cx, ui, view);
        }
        ui.advance_cursor_after_rect(area);
        announce(cx, ui);
    }

    fn go_to_anchor(&mut self, anchor: Anchor) {
        self.top = None;
        self.dragged_to = None;
        self.position = Position::At(anchor);
    }

    /// Scrolls by wheel and keyboard.
    fn scroll(&mut self, cx: &mut Ctx<'_>, ui: &Ui, response: &Response, view_height: f32) {
        let mut scroll = if ui.rect_contains_pointer(response.rect) {
            ui.input(|input| input.smooth_scroll_delta.y)
        } else {
            0.0
        };
        if response.has_focus() {
            scroll += self.handle_keys(cx, ui, response.id, view_height);
        }
        if scroll != 0.0
            && let Some(top) = self.top
        {
            self.dragged_to = None;
            self.position = Position::At(Anchor {
                above: top.above - scroll,
                ..top
            });
        }
    }

    /// Shows the rows in view. Returns how many they are.
    fn show_rows(
        &mut self,
        cx: &mut Ctx<'_>,
        ui: &mut Ui,
        view: Rect,
        response: &Response,
    ) -> usize {
        let has_focus = response.has_focus();
        let is_pressed = has_focus
            && ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
        let mut list = ui.new_child(
            UiBuilder::new()
                .id_salt("rows")
                .max_rect(view)
                .accessibility_role(Role::List)
                .accessibility_label(cx.lang.log()),
        );
        list.shrink_clip_rect(view);
        look::set_bounds(&list, view);
        let width = view.width().min(theme::COLUMN_WIDTH);
        let mut column = Rect::from_center_size(view.center(), vec2(width, view.height()));
        if self.picked.is_some() {
            column.set_left(column.left() + picked::MARKS);
        }
        let placed = self.place(cx, &list, column);
        for Placed { id, rect, layout } in &placed {
            let is_selected = has_focus && self.selected == Some(*id);
            let highlight = match self.found {
                Some(found) if found == *id => Highlight::Found,
                _ if is_selected => Highlight::Keyboard,
                _ => Highlight::None,
            };
            let state = State {
                highlight,
                open_menu: is_selected && is_pressed && self.picked.is_none(),
                unfolded: self.unfolded.contains(*id),
                picked: self.picked.as_ref().map(|picked| picked.contains(id)),
            };
            if is_selected && is_pressed && self.picked.is_some() {
                cx.push(Action::Pick(*id));
            }
            let show = || layout.show(cx, &mut list, *id, *rect, state);
            match self.set_aside.attempt(*id, show) {
                Some(true) => self.unfolded.toggle(*id),
                Some(false) => {}
                // The next frame shows a sentence in its place.
                None => ui.ctx().request_repaint(),
            }
        }
        self.top = placed.first().map(|placed| Anchor {
            item: placed.id,
            above: view.top() - placed.rect.top(),
        });
        self.bottom = placed.last().map(|placed| placed.id);
        self.show_sticky_day(cx, &list, view, &placed);
        placed.len()
    }

    /// Shows the day of the first row at the top while the person reads further up.
    fn show_sticky_day(&self, cx: &mut Ctx<'_>, ui: &Ui, view: Rect, placed: &[Placed]) {
        let is_near = |placed: &Placed| {
            placed.layout.begins_with_day() && placed.rect.top() < view.top() + NEAR_DAY
        };
        let in_view = |placed: &&Placed| placed.rect.top() >= view.top() - NEAR_DAY;
        let Some(first) = placed.first().filter(|_| self.position != Position::Newest) else {
            return;
        };
        if placed.iter().filter(in_view).any(is_near) {
            return;
        }
        if let Some(item) = cx.chat.timeline().get(first.id) {
            row::show_day(cx, ui, view.center_top() + vec2(0.0, theme::GAP), item);
        }
    }

    /// Lays out the rows in view. Corrects the position where it is out of bounds.
    fn place(&mut self, cx: &Ctx<'_>, ui: &Ui, view: Rect) -> Vec<Placed> {
        let Some(loaded) = Loaded::of(cx.chat.timeline()) else {
            return Vec::new();
        };
        let layout = |id| {
            let part = if self.unfolded.contains(id) {
                Part::Whole(&self.unfolded)
            } else {
                Part::Folded
            };
            self.set_aside.lay_out(cx, ui, id, view.width(), part)
        };
        if let Position::At(anchor) = self.position {
            match loaded.place_down(anchor, view, &layout) {
                Some(placed) => return placed,
                // The end came into view: from now on it stays.
                None if cx.chat.timeline().at_end() => self.position = Position::Newest,
                None => {}
            }
        }
        let placed = loaded.place_up(view, &layout);
        if self.position != Position::Newest
            && let Some(first) = placed.first()
        {
            // There are more rows, which will come below.
            let above = view.top() - first.rect.top();
            let item = first.id;
            self.position = Position::At(Anchor { item, above });
        }
        placed
    }

    /// Moves on from rows that are no longer kept.
    fn forget_dropped(&mut self, timeline: &Timeline) {
        let Some(first) = timeline.first_id() else {
            return;
        };
        let raise = |anchor: Anchor| {
            if anchor.item < first {
                Anchor {
                    item: first,
                    above: 0.0,
                }
            } else {
                anchor
            }
        };
        if let Position::At(anchor) = self.position {
            self.position = Position::At(raise(anchor));
        }
        self.top = self.top.map(raise);
        self.selected = self.selected.map(|item| item.max(first));
        self.unfolded.forget_before(first);
    }

    /// The button that leads back to the newest row.
    fn show_jump(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, view: Rect) {
        let newer = cx.chat.timeline().arrived().saturating_sub(self.seen);
        let (palette, lang) = (theme::palette(ui), cx.lang);
        let name = match newer {
            0 => lang.jump_to_newest().to_owned(),
            count => lang.new_messages(count),
        };
        let (size, edge) = JUMP;
        let corner = view.right_bottom() - vec2(edge, edge);
        let rect = Align2::RIGHT_BOTTOM.anchor_size(corner, Vec2::splat(size));
        let icon = Icon::ArrowDown.text(theme::ICON).color(palette.text);
        let button = egui::Button::new(icon)
            .fill(palette.bar)
            .corner_radius((size / 2.0) as u8);
        let button = ui
            .put(rect, button)
            .on_hover_text(&name)
            .accessible_name(name);
        if button.clicked() {
            cx.push(Action::GoNewest);
            ui.ctx().request_repaint();
        }
        if newer > 0 {
            badge::show(ui, newer, Align2::CENTER_CENTER, rect.center_top());
        }
    }
}

/// What has the keyboard when the transcript has it.
pub(super) fn id() -> Id {
    Id::unique("transcript")
}

/// Inside, because it fills the window from one side to the other.
fn show_focus(ui: &Ui, area: Rect) {
    ui.painter().rect_stroke(
        area.shrink(1.0),
        4,
        focus_stroke(ui),
        egui::StrokeKind::Inside,
    );
}

/// One invisible live label with the newest message of the peer. The rows are not live themselves: a live row would be
/// announced again whenever it scrolls into view.
fn announce(cx: &Ctx<'_>, ui: &Ui) {
    let Some(item) = cx.chat.timeline().newest_from_peer() else {
        return;
    };
    let Content::Message(message) = &item.content else {
        return;
    };
    let text = words::announcement(cx, message);
    let rect = Rect::from_min_size(ui.max_rect().min, Vec2::ZERO);
    let response = ui.interact(rect, Id::unique("newest message"), Sense::hover());
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Label);
        node.set_live(egui::accesskit::Live::Polite);
        node.set_value(text);
    });
}
