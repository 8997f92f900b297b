//! The search: a field, and the messages that were found.

mod hit;

use eframe::egui::{
    Id, Key, Modifiers, Rect, Role, Sense, Ui, UiBuilder, Vec2,
    text::{CCursor, CCursorRange},
    text_edit::TextEditState,
};

use super::frame::{Head, frame, scroll_area};
use crate::{
    chat::{
        search::{Scope, Search},
        snippet::plain,
    },
    gui::{action::Action, ctx::Ctx, focus::FocusOnce, keys::Keys, theme, typeset},
    history::{Found, Hit},
};

/// Height of what is above and below the list, in points.
const BESIDE_LIST: f32 = 110.0;

/// The search and its dialog. It stays when the dialog is closed, for the next hit.
#[derive(Debug, Default)]
pub(in crate::gui) struct SearchDialog {
    search: Search,
    keys: Keys,
    /// On the field, with all of its text selected.
    focus: FocusOnce<()>,
    /// The arrow keys were used since the hits came: a screen reader says which one is selected.
    has_moved: bool,
    pending: Pending,
    /// How far the list is scrolled, and its height, in points.
    scrolled: (f32, f32),
}

/// What to do about the selected hit in the next frame.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Pending {
    #[default]
    Nothing,
    /// Scroll it into view.
    Show,
    /// Open it: Enter was pressed before the answer came.
    Open,
}

impl SearchDialog {
    /// The dialog is opened, perhaps again.
    pub fn open(&mut self) {
        self.focus.set(());
        self.keys = Keys::default();
        self.pending = Pending::Show;
        self.search.ask_again();
    }

    /// Takes an answer.
    pub fn take(&mut self, found: Found) {
        if self.search.take(found) {
            self.has_moved = false;
            if self.pending == Pending::Nothing {
                self.pending = Pending::Show;
            }
        }
    }

    /// The reader was too busy to be asked: the next frame asks again.
    pub fn ask_again(&mut self) {
        self.search.ask_again();
    }

    /// Selects the next older hit, or the next newer one if `by` is negative, and opens it. For use without the dialog.
    pub fn step(&mut self, by: i64) -> Option<Action> {
        self.search.move_by(by);
        self.search.selected_hit().map(open)
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let head = Head {
            id: "search",
            title: cx.lang.search(),
            width: theme::SEARCH_WIDTH,
        };
        frame(ui, cx.lang, head, |ui, height, _| {
            let enter = self.show_field(cx, ui);
            self.show_scope(cx, ui);
            self.query(cx, ui);
            let clicked = self.show_found(cx, ui, height - BESIDE_LIST);
            if enter && self.search.is_waiting() {
                self.pending = Pending::Open;
            }
            let is_answered = self.search.is_answered();
            if clicked || is_answered && (enter || self.pending == Pending::Open) {
                self.pending = Pending::Nothing;
                if let Some(hit) = self.search.selected_hit() {
                    cx.push(open(hit));
                    return false;
                }
            }
            true
        })
    }

    /// Returns true if Enter was pressed in the field.
    fn show_field(&mut self, cx: &Ctx<'_>, ui: &mut Ui) -> bool {
        let id = Id::unique("search field");
        let enter = self.keys.take_enter(ui, id);
        if !self.keys.is_composing() {
            let pressed =
                |key| ui.input_mut(|input| i64::from(input.consume_key(Modifiers::NONE, key)));
            let by = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
            if by != 0 {
                self.search.move_by(by);
                self.has_moved = true;
                self.pending = Pending::Show;
                if !ui.memory(|memory| memory.has_focus(id)) {
                    ui.memory_mut(|memory| memory.request_focus(id));
                }
            }
        }
        let field = typeset::singleline(ui, &mut self.search.words, |field| {
            field.id(id).desired_width(f32::INFINITY)
        })
        .accessible_name(cx.lang.search());
        if self.focus.take(&()) {
            let end = CCursor::new(self.search.words.chars().count());
            let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let all = CCursorRange::two(CCursor::default(), end);
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
            field.request_focus();
        }
        enter
    }

    fn show_scope(&mut self, cx: &Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        ui.horizontal_wrapped(|ui| {
            let is_shown = cx.shown().is_some();
            let here = is_shown && self.search.scope == Scope::Shown;
            ui.add_enabled_ui(is_shown, |ui| {
                if ui.radio(here, lang.this_conversation()).clicked() {
                    self.search.scope = Scope::Shown;
                }
            });
            if ui.radio(!here, lang.all_conversations()).clicked() {
                self.search.scope = Scope::All;
            }
        });
    }

    fn query(&mut self, cx: &mut Ctx<'_>, ui: &Ui) {
        let now = ui.input(|input| input.time);
        if let Some(query) = self.search.take_query(cx.shown(), now) {
            cx.push(Action::Query(query));
        }
        if let Some(delay) = self.search.again_in(now) {
            ui.ctx().request_repaint_after(delay);
        }
    }

    /// Shows the hits in view, and how many there are. Returns true if one was clicked.
    fn show_found(&mut self, cx: &Ctx<'_>, ui: &mut Ui, height: f32) -> bool {
        let Some(found) = self.search.found() else {
            return false;
        };
        let lang = cx.lang;
        let sentence = lang.found(found.hits.len(), found.more);
        ui.weak(&sentence);
        if found.behind > 0 {
            ui.weak(lang.index_behind(found.behind));
        }
        if found.left_out > 0 {
            ui.weak(lang.index_leaves_out(found.left_out));
        }
        let names_peer = found.peer_id.is_none();
        announce(ui, || match self.search.selected_hit() {
            Some(hit) if self.has_moved => {
                let heading = hit::heading(cx, hit, names_peer);
                lang.hit(&heading, &plain(&hit::line(hit)))
            }
            _ => sentence.clone(),
        });
        let row = hit::height(ui);
        let selected = self.search.selected();
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = scroll_area("hits", height);
        if self.pending == Pending::Show {
            self.pending = Pending::Nothing;
            let (offset, view) = self.scrolled;
            let top = selected as f32 * row;
            area = area.vertical_scroll_offset(offset.min(top).max(top + row - view));
        }
        let mut clicked = None;
        let mut focused = None;
        let shown = area.show_rows(ui, row, found.hits.len(), |ui, rows| {
            let builder = UiBuilder::new()
                .accessibility_role(Role::ListBox)
                .accessibility_label(&sentence);
            ui.scope_builder(builder, |ui| {
                for index in rows {
                    let Some(hit) = found.hits.get(index) else {
                        continue;
                    };
                    let row = hit::HitRow {
                        index,
                        hit,
                        is_selected: index == selected,
                        names_peer,
                    };
                    let response = row.show(cx, ui);
                    if response.gained_focus() {
                        response.scroll_to_me(None);
                        focused = Some(index);
                    }
                    if response.clicked() {
                        clicked = Some(index);
                    }
                }
            });
        });
        self.scrolled = (shown.state.clamped_offset().y, shown.inner_rect.height());
        if let Some(index) = clicked.or(focused) {
            self.search.select(index);
        }
        ui.spacing_mut().item_spacing.y = theme::GAP;
        ui.add_space(theme::GAP);
        clicked.is_some()
    }
}

fn open(hit: &Hit) -> Action {
    Action::OpenAt(hit.peer_id.clone(), hit.message.row)
}

/// One invisible live label. The rows are not live, or scrolling would announce them.
fn announce(ui: &Ui, words: impl FnOnce() -> String) {
    let rect = Rect::from_min_size(ui.max_rect().min, Vec2::ZERO);
    let response = ui.interact(rect, Id::unique("search announcement"), Sense::hover());
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Label);
        node.set_live(eframe::egui::accesskit::Live::Polite);
        node.set_value(words());
    });
}
