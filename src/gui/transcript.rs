//! The log on the screen: only the rows in view are laid out, round an anchor.
//!
//! The anchor is a row and how far it is scrolled out of view, never a sum of heights, so rows that
//! come, go or change their height elsewhere move nothing. The scroll bar maps to row numbers.

mod bubble;
mod row;

use std::collections::{BTreeSet, VecDeque};

use eframe::egui::{
    self, Align2, Event, EventFilter, Id, Key, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, vec2,
};
use jiff::{Timestamp, tz::TimeZone};

use self::row::{Choice, RowLayout, State};
use crate::{
    chat::{
        contacts::Contacts,
        timeline::{Content, ItemId, Timeline},
    },
    gui::{Action, locale::Lang, theme},
    identity::Party,
};

/// Space above the first and below the last row, in points.
const END_SPACE: f32 = 10.0;
/// Room above a row that was looked for, in points.
const LOOKED_FOR: f32 = 120.0;
/// So many long messages stay unfolded.
const MOST_UNFOLDED: usize = 64;

/// Where the transcript stands.
#[derive(Debug, Default)]
pub struct Transcript {
    position: Position,
    /// Where the top of the view was in the last frame.
    top: Option<Anchor>,
    /// The last row in view in the last frame.
    bottom: Option<ItemId>,
    /// How many rows had come when the newest one was in view last.
    seen: u64,
    /// The row that the keyboard is on.
    chosen: Option<ItemId>,
    /// The row that was looked for, until the next click.
    marked: Option<ItemId>,
    /// Where the scroll bar was dragged to, until that is loaded: a row in the store.
    dragged_to: Option<u64>,
    /// Long messages shown whole.
    unfolded: BTreeSet<ItemId>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Position {
    /// The newest row is at the bottom, and stays there.
    #[default]
    Newest,
    At(Anchor),
}

/// A row, and how much of it is scrolled out above the view, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Anchor {
    row: ItemId,
    above: f32,
}

/// What rows are laid out with.
pub(super) struct Context<'a> {
    pub log: &'a Timeline,
    /// Whose conversation it is.
    pub shown: Option<&'a Party>,
    pub contacts: &'a Contacts,
    pub lang: Lang,
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

impl Transcript {
    /// The first and the last row in view.
    pub fn in_view(&self) -> Option<(ItemId, ItemId)> {
        Some((self.top?.row, self.bottom?))
    }

    /// Goes to the newest row and stays with it.
    pub fn follow(&mut self) {
        self.position = Position::Newest;
        // What is left of a wheel's swing does not count from here.
        self.top = None;
    }

    /// Another conversation is shown, from its end.
    pub fn begin(&mut self, log: &Timeline) {
        *self = Self {
            seen: log.arrived(),
            ..Self::default()
        };
    }

    /// Goes to a row that is loaded; one that was looked for is marked.
    pub fn go_to(&mut self, row: ItemId, is_marked: bool) {
        self.top = None;
        self.dragged_to = None;
        let above = if is_marked {
            self.marked = Some(row);
            self.chosen = Some(row);
            // With something of what was said before.
            -LOOKED_FOR
        } else {
            0.0
        };
        self.position = Position::At(Anchor { row, above });
    }

    /// Whether the newest row of all is in view.
    pub fn is_at_end(&self, log: &Timeline) -> bool {
        log.at_end() && self.position == Position::Newest && self.bottom == log.last_id()
    }

    /// Fills the rest of `ui`.
    pub(super) fn show(&mut self, ui: &mut Ui, context: &Context<'_>, actions: &mut Vec<Action>) {
        let log = context.log;
        let area = ui.available_rect_before_wrap();
        let id = Id::unique("transcript");
        // By Tab only: a click into the log is for selecting text, and leaves the caret alone.
        let response = ui.interact(area, id, Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, context.lang.log()));
        if response.has_focus() {
            ui.painter().rect_stroke(
                area.shrink(1.0),
                4,
                ui.visuals().selection.stroke,
                egui::StrokeKind::Inside,
            );
        }
        self.forget_dropped(log);
        if ui.input(|input| input.pointer.any_pressed()) {
            self.marked = None;
        }
        let bar = Rect::from_min_max(
            pos2(area.right() - theme::SCROLL_BAR - 2.0, area.top()),
            area.max,
        );
        let view = Rect::from_min_max(area.min, pos2(bar.left() - 2.0, area.bottom()));

        let mut scroll = if ui.rect_contains_pointer(area) {
            ui.input(|input| input.smooth_scroll_delta.y)
        } else {
            0.0
        };
        let mut open_menu = false;
        if response.has_focus() {
            scroll += self.handle_keys(ui, id, context, view, actions);
            open_menu =
                ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
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

        let mut list = ui.new_child(
            UiBuilder::new()
                .id_salt("rows")
                .max_rect(view)
                .accessibility_role(Role::List)
                .accessibility_label(context.lang.log()),
        );
        list.shrink_clip_rect(view);
        row::set_bounds(&list, view);
        let placed = self.place(&list, context, view);
        for (id, rect, layout) in &placed {
            let chosen = self.chosen == Some(*id) && response.has_focus();
            let choice = match self.marked {
                Some(marked) if marked == *id => Choice::LookedFor,
                _ if chosen => Choice::Keyboard,
                _ => Choice::Nothing,
            };
            let state = State {
                choice,
                open_menu: chosen && open_menu,
                unfolded: self.unfolded.contains(id),
            };
            if layout.show(&mut list, context, *id, *rect, state, actions) {
                self.toggle_fold(*id);
            }
        }
        self.top = placed.first().map(|(row, rect, _)| Anchor {
            row: *row,
            above: view.top() - rect.top(),
        });
        self.bottom = placed.last().map(|(row, ..)| *row);
        self.show_scroll_bar(ui, log, bar, placed.len(), actions);
        if self.position == Position::Newest && !log.at_end() {
            // More has come than is loaded.
            actions.push(Action::GoNewest);
        }
        if self.position == Position::Newest {
            self.seen = log.arrived();
        } else {
            self.show_jump(ui, log, context.lang, view, actions);
        }
        ui.advance_cursor_after_rect(area);
        announce(ui, context);
    }

    /// Lays out the rows in view. Settles the position where it is out of bounds.
    fn place(
        &mut self,
        ui: &Ui,
        context: &Context<'_>,
        view: Rect,
    ) -> Vec<(ItemId, Rect, RowLayout)> {
        let (Some(first), Some(last)) = (context.log.first_id(), context.log.last_id()) else {
            return Vec::new();
        };
        let layout =
            |id: ItemId| RowLayout::new(ui, context, id, view.width(), self.unfolded.contains(&id));
        if let Position::At(anchor) = self.position {
            let is_whole = (context.log.at_start(), context.log.at_end());
            match place_down(anchor, (first, last), is_whole, view, &layout) {
                Some(placed) => {
                    return placed;
                }
                // The end came into view: from now on it stays.
                None if context.log.at_end() => self.position = Position::Newest,
                None => {}
            }
        }
        let was_at_end = self.position == Position::Newest;
        let placed = place_up(first, last, view, &layout);
        if !was_at_end && let Some((row, rect, _)) = placed.first() {
            // There is more, which will come below.
            let above = view.top() - rect.top();
            self.position = Position::At(Anchor { row: *row, above });
        }
        placed
    }

    /// The keys of a focused transcript; says how far to scroll.
    fn handle_keys(
        &mut self,
        ui: &Ui,
        id: Id,
        context: &Context<'_>,
        view: Rect,
        actions: &mut Vec<Action>,
    ) -> f32 {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        let page = view.height() * 0.9;
        if pressed(Key::Home)
            && let Some((oldest, _)) = context.log.span().filter(|_| !context.log.at_start())
        {
            actions.push(Action::GoTo(oldest));
        } else if pressed(Key::Home)
            && let Some(row) = context.log.first_id()
        {
            self.position = Position::At(Anchor { row, above: 0.0 });
            self.top = None;
            self.chosen = Some(row);
        }
        if pressed(Key::End) && !context.log.at_end() {
            actions.push(Action::GoNewest);
        } else if pressed(Key::End) {
            self.follow();
            self.chosen = context.log.last_id();
        }
        if pressed(Key::ArrowUp) {
            self.choose(context.log, -1);
        }
        if pressed(Key::ArrowDown) {
            self.choose(context.log, 1);
        }
        let copy = ui.input(|input| input.events.contains(&Event::Copy)) && !has_selection(ui);
        if copy
            && let Some(row) = self.chosen.and_then(|id| context.log.get(id))
            && let Content::Message(message) = &row.content
        {
            actions.push(Action::Copy(message.text.to_string()));
        }
        f32::from(i8::from(pressed(Key::PageUp)) - i8::from(pressed(Key::PageDown))) * page
    }

    /// Moves the keyboard's row, and brings it into view.
    fn choose(&mut self, log: &Timeline, by: i64) {
        let (Some(first), Some(last)) = (log.first_id(), log.last_id()) else {
            return;
        };
        let row = match self.chosen {
            Some(ItemId(row)) => ItemId(row.saturating_add_signed(by).clamp(first.0, last.0)),
            None => last,
        };
        self.chosen = Some(row);
        match (self.top, self.bottom) {
            // Above the view, or cut by its edge.
            (Some(top), _) if row <= top.row => {
                self.position = Position::At(Anchor { row, above: 0.0 });
            }
            _ if row == last => self.follow(),
            // Below it, or cut by its edge: as many rows up as came into view.
            (Some(top), Some(bottom)) if row >= bottom => {
                let down = row.0 - bottom.0 + 1;
                let row = ItemId(top.row.0.saturating_add(down).min(row.0));
                self.position = Position::At(Anchor { row, above: 0.0 });
            }
            _ => {}
        }
    }

    fn toggle_fold(&mut self, id: ItemId) {
        if !self.unfolded.remove(&id) {
            if self.unfolded.len() >= MOST_UNFOLDED {
                self.unfolded.pop_first();
            }
            self.unfolded.insert(id);
        }
    }

    /// Rows that the log has dropped can't be stood on.
    fn forget_dropped(&mut self, log: &Timeline) {
        let Some(first) = log.first_id() else { return };
        let raise = |anchor: Anchor| {
            if anchor.row < first {
                Anchor {
                    row: first,
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
        self.chosen = self.chosen.map(|row| row.max(first));
        while self.unfolded.first().is_some_and(|row| *row < first) {
            self.unfolded.pop_first();
        }
    }

    fn show_scroll_bar(
        &mut self,
        ui: &Ui,
        log: &Timeline,
        bar: Rect,
        in_view: usize,
        actions: &mut Vec<Action>,
    ) {
        let Some(first) = log.first_id() else { return };
        // Where not all of it is loaded, the bar goes by the rows in the store.
        let (first, rows) = match log.span() {
            Some((oldest, newest)) => (oldest, newest - oldest + 1),
            None => (first.0, log.len() as u64),
        };
        let number = |row: ItemId| match log.span() {
            Some(_) => log.row_at(row).unwrap_or(first),
            None => row.0,
        };
        if rows <= in_view as u64 || in_view == 0 {
            return;
        }
        let movable = (rows - in_view as u64) as f32;
        let height = (bar.height() * in_view as f32 / rows as f32)
            .clamp(28.0_f32.min(bar.height()), bar.height());
        let room = bar.height() - height;
        let top = self.dragged_to.or(self.top.map(|top| number(top.row)));
        let at = match (self.position, top) {
            (Position::Newest, _) | (_, None) => 1.0,
            (Position::At(_), Some(top)) => (top.saturating_sub(first) as f32 / movable).min(1.0),
        };
        let response = ui.interact(
            bar,
            Id::unique("transcript bar"),
            Sense::CLICK | Sense::DRAG,
        );
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            let wanted = ((pointer.y - bar.top() - height / 2.0) / room.max(1.0)).clamp(0.0, 1.0);
            let row = first + (f64::from(wanted) * f64::from(movable)) as u64;
            self.drag_to(log, row, wanted >= 1.0, actions);
            ui.ctx().request_repaint();
        }
        let palette = theme::palette(ui);
        let handle = Rect::from_min_size(
            pos2(bar.left(), bar.top() + at * room),
            vec2(theme::SCROLL_BAR, height),
        );
        let colour = if response.hovered() || response.dragged() {
            palette.weak
        } else {
            palette.line
        };
        ui.painter()
            .rect_filled(handle, theme::SCROLL_BAR / 2.0, colour);
    }

    /// The bar was dragged to this row: of the store, where not all of it is loaded.
    fn drag_to(&mut self, log: &Timeline, row: u64, is_end: bool, actions: &mut Vec<Action>) {
        self.dragged_to = None;
        let loaded = match log.span() {
            None => Some(ItemId(row)),
            Some(_) => log.find(row),
        };
        match loaded {
            _ if is_end && log.at_end() => self.position = Position::Newest,
            _ if is_end => actions.push(Action::GoNewest),
            Some(row) => self.position = Position::At(Anchor { row, above: 0.0 }),
            None => {
                self.dragged_to = Some(row);
                actions.push(Action::GoTo(row));
            }
        }
    }

    /// The button that leads back to the newest row.
    fn show_jump(
        &mut self,
        ui: &mut Ui,
        log: &Timeline,
        lang: Lang,
        view: Rect,
        actions: &mut Vec<Action>,
    ) {
        let newer = log.arrived().saturating_sub(self.seen);
        let palette = theme::palette(ui);
        let (words, name) = match newer {
            0 => ("↓".to_owned(), lang.jump_to_newest().to_owned()),
            count => (lang.new_messages(count), lang.new_messages(count)),
        };
        let size = vec2(if newer == 0 { 34.0 } else { 150.0 }, 30.0);
        let rect =
            Align2::CENTER_BOTTOM.anchor_size(view.center_bottom() - Vec2::new(0.0, 10.0), size);
        let text = egui::RichText::new(words).color(palette.on_accent);
        let button = egui::Button::new(text)
            .fill(palette.accent)
            .corner_radius(15);
        if ui.put(rect, button).accessible_name(name).clicked() {
            actions.push(Action::GoNewest);
            ui.ctx().request_repaint();
        }
    }
}

/// From an anchor downwards. `None` if the end comes into view before the view is full.
fn place_down(
    anchor: Anchor,
    (first, last): (ItemId, ItemId),
    (at_start, at_end): (bool, bool),
    view: Rect,
    layout: &impl Fn(ItemId) -> RowLayout,
) -> Option<Vec<(ItemId, Rect, RowLayout)>> {
    let Anchor {
        row: mut start,
        mut above,
    } = anchor;
    start = ItemId(start.0.clamp(first.0, last.0));
    while above < 0.0 && start > first {
        start.0 -= 1;
        above += layout(start).height();
    }
    if start == first {
        let space = if at_start { END_SPACE } else { 0.0 };
        above = above.max(-space);
    }
    let mut placed = Vec::new();
    let mut y = view.top() - above;
    let mut id = start;
    while y < view.bottom() {
        if id > last {
            return None;
        }
        let row = layout(id);
        let bottom = y + row.height();
        if bottom > view.top() {
            let rect = Rect::from_min_max(pos2(view.left(), y), pos2(view.right(), bottom));
            placed.push((id, rect, row));
        }
        y = bottom;
        id.0 += 1;
    }
    // The last row counts with the space below it.
    if id > last && at_end && y + END_SPACE < view.bottom() {
        None
    } else {
        Some(placed)
    }
}

/// From the newest row upwards; a log that does not fill the view stands at its top.
fn place_up(
    first: ItemId,
    last: ItemId,
    view: Rect,
    layout: &impl Fn(ItemId) -> RowLayout,
) -> Vec<(ItemId, Rect, RowLayout)> {
    let mut placed = VecDeque::new();
    let mut y = view.bottom() - END_SPACE;
    let mut id = last;
    loop {
        let row = layout(id);
        let top = y - row.height();
        let rect = Rect::from_min_max(pos2(view.left(), top), pos2(view.right(), y));
        placed.push_front((id, rect, row));
        y = top;
        if y <= view.top() || id == first {
            break;
        }
        id.0 -= 1;
    }
    let slack = y - view.top() - END_SPACE;
    if slack > 0.0 {
        for (_, rect, _) in &mut placed {
            *rect = rect.translate(vec2(0.0, -slack));
        }
    }
    placed.into()
}

fn has_selection(ui: &Ui) -> bool {
    let selection = ui
        .ctx()
        .plugin::<egui::text_selection::LabelSelectionState>();
    let selection = selection.lock();
    selection.has_selection()
}

/// One invisible live label with what the peer said last. The rows are not live themselves: a live
/// row would be announced again whenever it scrolls into view.
fn announce(ui: &mut Ui, context: &Context<'_>) {
    let Some(row) = context.log.newest_from_peer() else {
        return;
    };
    let Content::Message(message) = &row.content else {
        return;
    };
    let text = row::announced(context, message);
    let rect = Rect::from_min_size(ui.max_rect().min, Vec2::ZERO);
    let response = ui.interact(rect, Id::unique("newest message"), Sense::hover());
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Label);
        node.set_live(egui::accesskit::Live::Polite);
        node.set_value(text);
    });
}
