//! The list of conversations and contacts: beside the transcript in a wide window, over it in others.

mod entries;
mod foot;
pub(super) mod row;
pub(super) mod rows;

use eframe::egui::{
    Align2, CursorIcon, EventFilter, Frame, Id, Key, Margin, Modifiers, Rect, Role, ScrollArea,
    Sense, Stroke, Ui, UiBuilder, vec2,
};

use self::rows::Rows;
use super::{
    action::{Action, OpenedFrom, Setting},
    address_bar::AddressBar,
    ctx::Ctx,
    focus::FocusOnce,
    icon::{self, Icon},
    menu, theme, typeset,
};
use crate::identity::PeerId;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct List {
    rows: Rows,
    /// Only these are listed.
    filter: String,
    /// The row that Tab reaches; the arrow keys move it.
    current: Option<PeerId>,
    focus: FocusOnce<Target>,
    /// While the person drags the border, in points.
    dragged_to: Option<f32>,
}

/// What gets the keyboard focus.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// The first row, or the search field if there is none.
    First,
    Row(PeerId),
}

/// Where the list stands.
pub(super) enum Place<'a> {
    /// Beside the transcript, with the address controls below it.
    Beside(&'a mut AddressBar),
    /// Over the transcript, until a row is chosen.
    Over,
}

/// What the person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    Nothing,
    /// A row, or to close the list.
    Something,
}

impl List {
    /// Puts the keyboard focus on the row that is shown, or on the first one.
    pub fn focus(&mut self, cx_shown: Option<&PeerId>) {
        self.filter.clear();
        self.current = cx_shown.cloned();
        self.focus.set(Target::First);
    }

    /// How wide it is beside the transcript, in points.
    pub fn width(&self, cx: &Ctx<'_>) -> f32 {
        let (least, most) = theme::LIST_WIDTHS;
        let kept = cx.settings.list_width.filter(|width| width.is_finite());
        let width = self.dragged_to.or(kept).unwrap_or(theme::LIST_WIDTH);
        width.clamp(least, most)
    }

    /// Shows it on all of `ui`.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, place: Place<'_>) -> Chosen {
        let whole = ui.max_rect();
        let palette = theme::palette(ui);
        ui.painter().rect_filled(whole, 0.0, palette.bar);
        let is_beside = matches!(place, Place::Beside(_));
        if is_beside {
            let line = Stroke::new(1.0, palette.line);
            ui.painter().vline(whole.right(), whole.y_range(), line);
        }
        self.rows.update(cx, &self.filter);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut chosen = self.show_head(cx, ui, is_beside);
        let foot = match place {
            Place::Beside(_) => theme::LIST_ADDRESS + theme::LIST_OWN,
            Place::Over => theme::LIST_OWN,
        };
        let height = (ui.available_height() - foot).max(theme::LIST_ROW);
        let size = vec2(whole.width(), height);
        let clicked = ui.allocate_ui(size, |ui| {
            ui.set_min_size(size);
            self.show_rows(cx, ui)
        });
        if clicked.inner == Chosen::Something {
            chosen = Chosen::Something;
        }
        if let Place::Beside(bar) = place {
            foot::show_address(bar, cx, ui);
            self.show_handle(cx, ui, whole);
        }
        foot::show_own(cx, ui);
        chosen
    }

    /// The search field, with the menu or a button that closes the list beside it.
    fn show_head(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, is_beside: bool) -> Chosen {
        let margin = Margin::symmetric(theme::EDGE, 0);
        let mut chosen = Chosen::Nothing;
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.set_height(theme::HEADER);
            ui.horizontal_centered(|ui| {
                let width = ui.available_width() - theme::CONTROL - theme::GAP;
                theme::secondary(ui);
                let words = cx.lang.find_person();
                let field = typeset::singleline(ui, &mut self.filter, |field| {
                    field
                        .id(Id::unique("find person"))
                        .hint_text(words)
                        .margin(Margin::symmetric(theme::FIELD_PADDING, 0))
                        .min_size(vec2(0.0, theme::CONTROL))
                        .align(Align2::LEFT_CENTER)
                        .desired_width(width)
                })
                .accessible_name(words);
                if self.rows.is_empty() && self.focus.take(&Target::First) {
                    field.request_focus();
                }
                let down = |ui: &Ui| ui.input(|input| input.key_pressed(Key::ArrowDown));
                if field.has_focus() && down(ui) {
                    self.current = None;
                    self.focus.set(Target::First);
                }
                if field.lost_focus()
                    && ui.input(|input| input.key_pressed(Key::Enter))
                    && let Some(first) = self.rows.peer_id(0)
                {
                    cx.push(Action::Open(first.clone()));
                    self.filter.clear();
                    chosen = Chosen::Something;
                }
                if is_beside {
                    menu::show(cx, ui);
                } else if icon::button(ui, Icon::Close, cx.lang.close()).clicked() {
                    chosen = Chosen::Something;
                }
            });
        });
        chosen
    }

    fn show_rows(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) -> Chosen {
        if self.rows.is_empty() {
            let words = if self.filter.is_empty() {
                cx.lang.nobody_yet()
            } else {
                cx.lang.nothing_found()
            };
            Frame::new().inner_margin(theme::EDGE).show(ui, |ui| {
                theme::secondary(ui);
                ui.weak(words);
            });
            return Chosen::Nothing;
        }
        let current = self.current_index(cx);
        if self.focus.take(&Target::First)
            && let Some(peer_id) = self.rows.peer_id(current)
        {
            self.focus.set(Target::Row(peer_id.clone()));
        }
        let mut area = ScrollArea::vertical()
            .id_salt("conversations")
            .auto_shrink(false);
        if let Some(Target::Row(wanted)) = self.focus.target()
            && let Some(index) = self.rows.index_of(wanted)
        {
            area = area.vertical_scroll_offset(self.offset_for(ui, index));
        }
        let builder = UiBuilder::new()
            .id_salt("conversations")
            .accessibility_role(Role::List)
            .accessibility_label(cx.lang.people());
        let mut chosen = Chosen::Nothing;
        ui.scope_builder(builder, |ui| {
            let count = self.rows.len();
            let shown = area.show_rows(ui, theme::LIST_ROW, count, |ui, range| {
                for index in range {
                    if self.show_row(cx, ui, index, current) == Chosen::Something {
                        chosen = Chosen::Something;
                    }
                }
            });
            self.rows.offset = shown.state.clamped_offset().y;
            self.rows.height = shown.inner_rect.height();
        });
        chosen
    }

    fn show_row(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, index: usize, current: usize) -> Chosen {
        let Some(shown) = self.rows.get(cx, index) else {
            return Chosen::Nothing;
        };
        let is_current = index == current;
        let response = row::show(cx, ui, &shown, is_current);
        if is_current && self.focus.take(&Target::Row(shown.peer_id.clone())) {
            response.request_focus();
        }
        if response.has_focus() {
            self.move_by_keys(ui, response.id, index);
        }
        row::menu(cx, &response, &shown, OpenedFrom::List);
        if response.clicked() {
            cx.push(Action::Open(shown.peer_id.clone()));
            self.filter.clear();
            return Chosen::Something;
        }
        Chosen::Nothing
    }

    /// The arrow keys, Home and End move the focus to another row.
    fn move_by_keys(&mut self, ui: &Ui, id: Id, index: usize) {
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let last = self.rows.len().saturating_sub(1);
        let page = (self.rows.height / theme::LIST_ROW) as usize;
        let keys = [
            (Key::ArrowDown, index.saturating_add(1)),
            (Key::ArrowUp, index.saturating_sub(1)),
            (Key::PageDown, index.saturating_add(page)),
            (Key::PageUp, index.saturating_sub(page)),
            (Key::Home, 0),
            (Key::End, last),
        ];
        for (key, to) in keys {
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
                && let Some(peer_id) = self.rows.peer_id(to.min(last))
            {
                self.current = Some(peer_id.clone());
                self.focus.set(Target::Row(peer_id.clone()));
                ui.ctx().request_repaint();
            }
        }
    }

    /// The row that Tab reaches: the one the arrow keys have moved to, or the one that is shown, or the first.
    fn current_index(&self, cx: &Ctx<'_>) -> usize {
        let index = |peer_id: &PeerId| self.rows.index_of(peer_id);
        let current = self.current.as_ref().and_then(index);
        current.or_else(|| cx.shown().and_then(index)).unwrap_or(0)
    }

    /// How far down to scroll so that this row is in view, as little as possible.
    fn offset_for(&self, _ui: &Ui, index: usize) -> f32 {
        let top = index as f32 * theme::LIST_ROW;
        let (offset, height) = (self.rows.offset, self.rows.height);
        if height <= 0.0 || top < offset {
            top
        } else if top + theme::LIST_ROW > offset + height {
            top + theme::LIST_ROW - height
        } else {
            offset
        }
    }

    /// The border, which can be dragged.
    fn show_handle(&mut self, cx: &mut Ctx<'_>, ui: &Ui, whole: Rect) {
        let mut place = whole;
        place.set_left(whole.right() - theme::FIELD_INSET);
        let handle = ui.interact(place, Id::unique("list border"), Sense::DRAG);
        if handle.hovered() || handle.dragged() {
            ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        if let Some(at) = handle.interact_pointer_pos().filter(|_| handle.dragged()) {
            self.dragged_to = Some(at.x - whole.left());
        }
        if handle.drag_stopped() {
            let width = self.width(cx);
            self.dragged_to = None;
            cx.push(Action::Set(Setting::ListWidth(width)));
        }
    }
}
