//! The search: a bar below the header that goes through the hits in the conversation that is shown, and in place of the
//! transcript the hits in all conversations.

mod hit;
mod hits;

use std::rc::Rc;

use eframe::egui::{
    Id, Key, Modifiers, Popup, Rect, Role, Sense, Ui, Vec2,
    accesskit::Live,
    text::{CCursor, CCursorRange},
    text_edit::TextEditState,
    vec2,
};

use self::hits::Hits;
use crate::{
    chat::{
        search::{Scope, Search},
        snippet::plain,
    },
    gui::{
        action::Action,
        ctx::Ctx,
        focus::FocusOnce,
        icon::{self, Icon},
        keys::Keys,
        theme, typeset,
    },
    history::{Found, Hit},
    identity::PeerId,
    store::Row,
    text::find,
};

/// See the [module](self). What was found stays when the bar is closed, for the next hit.
#[derive(Debug, Default)]
pub(super) struct SearchBar {
    is_open: bool,
    search: Search,
    /// The words of the last answer, folded.
    looked_for: Rc<[String]>,
    keys: Keys,
    focus: FocusOnce<Caret>,
    /// The person has moved among the hits since they came: a screen reader says which one is selected.
    has_moved: bool,
    /// The selected hit is in view in the conversation.
    is_there: bool,
    pending: Pending,
    hits: Hits,
}

/// Where the caret goes with the focus.
#[derive(Debug, PartialEq, Eq)]
enum Caret {
    /// All of the text is selected.
    Over,
    /// Where it was.
    Stays,
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

impl SearchBar {
    /// The bar is opened, perhaps again.
    pub fn open(&mut self) {
        self.is_open = true;
        self.focus.set(Caret::Over);
        self.keys = Keys::default();
        self.pending = Pending::Show;
        self.is_there = false;
        self.search.ask_again();
    }

    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the hits stand in place of the transcript.
    pub fn shows_hits(&self, cx: &Ctx<'_>) -> bool {
        self.is_open && self.is_everywhere(cx) && self.search.found().is_some()
    }

    /// The words of the last answer, folded.
    pub fn looked_for(&self) -> Rc<[String]> {
        Rc::clone(&self.looked_for)
    }

    /// Takes an answer.
    pub fn take(&mut self, found: Found) {
        let words = find::words(&found.words);
        if self.search.take(found) {
            self.looked_for = words.into();
            (self.has_moved, self.is_there) = (false, false);
            if self.pending == Pending::Nothing {
                self.pending = Pending::Show;
            }
        }
    }

    /// The reader was too busy to be asked: the next frame asks again.
    pub fn ask_again(&mut self) {
        self.search.ask_again();
    }

    /// This message was edited or deleted.
    pub fn message_changed(&mut self, peer_id: &PeerId, row: Row) {
        self.search.message_changed(peer_id, row);
    }

    /// Selects the next older hit, or the next newer one if `by` is negative, and opens it.
    pub fn step(&mut self, by: i64) -> Option<Action> {
        self.search.move_by(by);
        (self.has_moved, self.is_there) = (true, true);
        self.search.selected_hit().map(open)
    }

    /// Shows the bar, if it is open.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        if !self.is_open {
            return;
        }
        let is_covered = ui.memory(|memory| memory.top_modal_layer().is_some());
        let is_topmost = !is_covered && !Popup::is_any_open(ui.ctx());
        if is_topmost && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            self.is_open = false;
            return;
        }
        let is_everywhere = self.is_everywhere(cx);
        let mut by = None;
        // For the ring around the field.
        ui.add_space(theme::FOCUS_WIDTH + theme::FOCUS_GAP);
        let enter = ui
            .horizontal(|ui| {
                let buttons = if is_everywhere { 1.0 } else { 3.0 };
                let beside = buttons * (theme::CONTROL + ui.spacing().item_spacing.x);
                let width = (ui.available_width() - beside).max(0.0);
                let enter = self.show_field(cx, ui, width, &mut by);
                if !is_everywhere {
                    if icon::button(ui, Icon::ArrowUp, cx.lang.older_hit()).clicked() {
                        by = Some(1);
                    }
                    if icon::button(ui, Icon::ArrowDown, cx.lang.newer_hit()).clicked() {
                        by = Some(-1);
                    }
                }
                if icon::button(ui, Icon::Close, cx.lang.close()).clicked() {
                    self.is_open = false;
                }
                enter
            })
            .inner;
        self.show_scope(cx, ui);
        self.query(cx, ui);
        self.go(cx, ui, enter, by);
        self.announce(cx, ui);
    }

    /// Shows the hits in all conversations, in the rest of `ui`.
    pub fn show_hits(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(found) = self.search.found() else {
            return;
        };
        let is_shown = self.pending == Pending::Show;
        let chosen = self
            .hits
            .show(cx, ui, found, self.search.selected(), is_shown);
        if is_shown {
            self.pending = Pending::Nothing;
        }
        if let Some(index) = chosen.selected {
            self.search.select(index);
        }
        if chosen.is_clicked {
            self.open_selected(cx);
        }
    }

    /// Whether all conversations are searched.
    fn is_everywhere(&self, cx: &Ctx<'_>) -> bool {
        self.search.scope == Scope::All || cx.shown().is_none()
    }

    fn open_selected(&mut self, cx: &mut Ctx<'_>) {
        if let Some(hit) = self.search.selected_hit() {
            cx.push(open(hit));
            if self.is_everywhere(cx) {
                // Also when it is opened again, although a conversation is shown then.
                self.search.scope = Scope::All;
                self.is_open = false;
            }
            self.is_there = true;
            // To go on, the person types or presses Enter again.
            self.focus.set(Caret::Stays);
        }
    }

    /// Moves by this many hits, or opens the selected one.
    fn go(&mut self, cx: &mut Ctx<'_>, ui: &Ui, enter: bool, by: Option<i64>) {
        if self.is_everywhere(cx) {
            if let Some(by) = by {
                // Up is the hit above, which is newer.
                self.search.move_by(-by);
                self.has_moved = true;
                self.pending = Pending::Show;
                ui.ctx().request_repaint();
            }
        } else if by.is_some() || enter && self.is_there {
            self.search
                .move_by(if self.is_there { by.unwrap_or(1) } else { 0 });
            self.has_moved = true;
            self.open_selected(cx);
            return;
        }
        if enter && self.search.is_waiting() {
            self.pending = Pending::Open;
        }
        if self.search.is_answered() && (enter || self.pending == Pending::Open) {
            self.pending = Pending::Nothing;
            self.open_selected(cx);
        }
    }

    /// Returns true if Enter was pressed in the field. `by` is how many hits the keys go back.
    fn show_field(&mut self, cx: &Ctx<'_>, ui: &mut Ui, width: f32, by: &mut Option<i64>) -> bool {
        let id = Id::unique("search field");
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        if has_focus && !self.keys.is_composing() {
            let pressed =
                |modifiers, key| ui.input_mut(|input| i64::from(input.consume_key(modifiers, key)));
            let older = pressed(Modifiers::NONE, Key::ArrowUp);
            let newer =
                pressed(Modifiers::NONE, Key::ArrowDown) + pressed(Modifiers::SHIFT, Key::Enter);
            *by = (older != newer).then_some(older - newer);
        }
        let enter = self.keys.take_enter(ui, id);
        let field = typeset::singleline(ui, &mut self.search.words, |field| {
            field
                .id(id)
                .hint_text(cx.lang.search_messages())
                .align(eframe::egui::Align2::LEFT_CENTER)
                .min_size(vec2(width, theme::CONTROL))
                .desired_width(width)
        })
        .accessible_name(cx.lang.search());
        if self.focus.take(&Caret::Over) {
            let end = CCursor::new(self.search.words.chars().count());
            let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let all = CCursorRange::two(CCursor::default(), end);
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
            field.request_focus();
        }
        self.focus.apply(&Caret::Stays, &field);
        enter
    }

    /// Where to look, how much was found, and what a search leaves out.
    fn show_scope(&mut self, cx: &Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        ui.horizontal_wrapped(|ui| {
            theme::secondary(ui);
            let mut everywhere = self.is_everywhere(cx);
            ui.add_enabled_ui(cx.shown().is_some(), |ui| {
                if ui
                    .checkbox(&mut everywhere, lang.all_conversations())
                    .changed()
                {
                    self.focus.set(Caret::Stays);
                    self.search.scope = if everywhere { Scope::All } else { Scope::Shown };
                }
            });
            let Some(found) = self.search.found() else {
                return;
            };
            let count = found.hits.len();
            if self.is_there && count > 0 && !everywhere {
                ui.weak(lang.hit_of(self.search.selected() + 1, count, found.more));
            } else {
                ui.weak(lang.found(count, found.more));
            }
            if found.behind > 0 {
                ui.weak(lang.index_behind(found.behind));
            }
            if found.left_out > 0 {
                ui.weak(lang.index_leaves_out(found.left_out));
            }
        });
    }

    fn query(&mut self, cx: &mut Ctx<'_>, ui: &Ui) {
        let now = ui.input(|input| input.time);
        if let Some(query) = self.search.take_query(cx.shown(), now) {
            cx.push(Action::Query(query));
        }
        if self.search.found().is_none() {
            self.looked_for = Rc::default();
        }
        if let Some(delay) = self.search.again_in(now) {
            ui.ctx().request_repaint_after(delay);
        }
    }

    /// One invisible live label. The rows are not live, or scrolling would announce them.
    fn announce(&self, cx: &Ctx<'_>, ui: &Ui) {
        let Some(found) = self.search.found() else {
            return;
        };
        let rect = Rect::from_min_size(ui.max_rect().min, Vec2::ZERO);
        let response = ui.interact(rect, Id::unique("search announcement"), Sense::hover());
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(Role::Label);
            node.set_live(Live::Polite);
            node.set_value(match self.search.selected_hit() {
                Some(hit) if self.has_moved => {
                    let heading = hit::heading(cx, hit, found.peer_id.is_none());
                    cx.lang.hit(&heading, &plain(&hit::line(hit)))
                }
                _ => cx.lang.found(found.hits.len(), found.more),
            });
        });
    }
}

fn open(hit: &Hit) -> Action {
    Action::OpenAt(hit.peer_id.clone(), hit.message.row)
}
