//! Looking for words in what was said: a field, and the messages that have them.

use std::sync::Arc;

use eframe::egui::{
    self, Galley, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, TextEdit,
    TextFormat, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo,
    text::{CCursor, CCursorRange, LayoutJob, TextWrapping},
    text_edit::TextEditState,
    vec2,
};

use crate::{
    chat::snippet::{Piece, plain, snippet},
    gui::{Action, dialog, keys::Keys, locale::Lang, theme},
    history::{Found, Hit, Query},
    identity::Party,
    store::Kind,
};

/// Room for what stands above and below the list, in points.
const BESIDE_LIST: f32 = 150.0;
/// Lines of a message that are shown.
const LINES: usize = 2;
/// Inside a row, in points.
const PADDING: Vec2 = Vec2::new(8.0, 5.0);
/// While the index is behind, it is asked again after so long, in seconds.
const AGAIN_AFTER: f64 = 1.0;

/// What is looked for, and what was found. Stays when it is closed, for the next hit.
#[derive(Debug, Default)]
pub(super) struct Search {
    words: String,
    scope: Scope,
    keys: Keys,
    /// It has just been opened: the field is to have the keyboard, with all of it selected.
    is_new: bool,
    asked: Option<Question>,
    /// When, in egui's time.
    asked_at: f64,
    found: Option<Found>,
    /// Which of the hits the arrow keys are on.
    chosen: usize,
    /// They have moved since the hits came: a screen reader says where they are.
    has_moved: bool,
    /// What is to be done about it in the next frame.
    then: Then,
    /// How far the list is scrolled, and how high it is, in points.
    scrolled: (f32, f32),
}

/// Where to look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// In the conversation that is shown, or everywhere if none is.
    #[default]
    Shown,
    Everywhere,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    party: Option<Party>,
    words: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Then {
    #[default]
    Nothing,
    /// The chosen hit is brought into view.
    Show,
    /// Enter was pressed before the answer had come.
    Jump,
}

impl Search {
    /// It is opened, perhaps once more.
    pub fn open(&mut self) {
        self.is_new = true;
        self.keys = Keys::default();
        self.then = Then::Show;
        // More may have been said since.
        self.asked = None;
    }

    /// An answer has come.
    pub fn take(&mut self, found: Found) {
        let is_asked = self.asked.as_ref().is_some_and(|asked| asked.is_of(&found));
        if !is_asked {
            return;
        }
        // The same question asked again leaves the choice where it is.
        let before = self.found.take();
        let before = before.filter(|old| old.party == found.party && old.words == found.words);
        let hit = before.and_then(|old| old.hits.into_iter().nth(self.chosen));
        let is_it = |other: &Hit| {
            hit.as_ref()
                .is_some_and(|hit| hit.party == other.party && hit.message.row == other.message.row)
        };
        self.chosen = found.hits.iter().position(is_it).unwrap_or(0);
        self.found = Some(found);
        self.has_moved = false;
        if self.then == Then::Nothing {
            self.then = Then::Show;
        }
    }

    /// The reader is busy: the next frame asks again.
    pub fn was_not_asked(&mut self) {
        self.asked = None;
    }

    /// The next older hit, or the next newer one, without the window of it.
    pub fn step(&mut self, by: i64) -> Option<Action> {
        self.move_by(by);
        self.chosen_hit().map(jump_to)
    }

    /// Shows it over the window. False once it is to be closed.
    pub fn show(
        &mut self,
        ui: &Ui,
        context: &dialog::Context<'_>,
        actions: &mut Vec<Action>,
    ) -> bool {
        let (title, width) = (context.lang.search(), theme::SEARCH_WIDTH);
        dialog::frame(ui, "search", title, width, |ui, height| {
            let enter = self.show_field(ui, context.lang);
            self.show_scope(ui, context);
            self.ask(ui, context, actions);
            let clicked = self.show_found(ui, height - BESIDE_LIST, context);
            let is_settled = self.is_settled();
            if enter && !is_settled && self.asked.is_some() {
                self.then = Then::Jump;
            }
            let jumps = is_settled && (enter || self.then == Then::Jump);
            if jumps || clicked {
                self.then = Then::Nothing;
                if let Some(hit) = self.chosen_hit() {
                    actions.push(jump_to(hit));
                    return false;
                }
            }
            !ui.button(context.lang.close()).clicked()
        })
    }

    /// The field. True if Enter was pressed in it.
    fn show_field(&mut self, ui: &mut Ui, lang: Lang) -> bool {
        let id = Id::unique("search field");
        let mut enter = false;
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        if has_focus {
            // With a syllable still being composed, Enter waits for it as in the composer.
            let now = ui.input(|input| input.time);
            enter = ui.input_mut(|input| self.keys.filter(&mut input.events, now));
            if let Some(delay) = self.keys.next_frame_in(now) {
                ui.ctx().request_repaint_after(delay);
            }
        } else {
            self.keys = Keys::default();
        }
        if !self.keys.is_composing() {
            let pressed =
                |key| ui.input_mut(|input| i64::from(input.consume_key(Modifiers::NONE, key)));
            let by = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
            if by != 0 {
                self.move_by(by);
                self.has_moved = true;
                self.then = Then::Show;
                if !has_focus {
                    ui.memory_mut(|memory| memory.request_focus(id));
                }
            }
        }
        let field = TextEdit::singleline(&mut self.words)
            .id(id)
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name(lang.search());
        if std::mem::take(&mut self.is_new) {
            let end = CCursor::new(self.words.chars().count());
            let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let all = CCursorRange::two(CCursor::default(), end);
            state.cursor.set_char_range(Some(all));
            state.store(ui.ctx(), id);
            field.request_focus();
        }
        enter
    }

    fn show_scope(&mut self, ui: &mut Ui, context: &dialog::Context<'_>) {
        let lang = context.lang;
        ui.horizontal_wrapped(|ui| {
            let is_shown = context.shown().is_some();
            let here = is_shown && self.scope == Scope::Shown;
            ui.add_enabled_ui(is_shown, |ui| {
                if ui.radio(here, lang.this_conversation()).clicked() {
                    self.scope = Scope::Shown;
                }
            });
            if ui.radio(!here, lang.all_conversations()).clicked() {
                self.scope = Scope::Everywhere;
            }
        });
    }

    /// Asks if there is something new to ask.
    fn ask(&mut self, ui: &Ui, context: &dialog::Context<'_>, actions: &mut Vec<Action>) {
        let words = self.words.trim();
        if words.is_empty() {
            (self.asked, self.found) = (None, None);
            return;
        }
        let question = Question {
            party: context
                .shown()
                .filter(|_| self.scope == Scope::Shown)
                .cloned(),
            words: words.to_owned(),
        };
        let now = ui.input(|input| input.time);
        let mut is_new = self.asked.as_ref() != Some(&question);
        let is_behind = self.found.as_ref().is_some_and(|found| found.behind > 0);
        if !is_new && is_behind && self.is_settled() {
            let left = self.asked_at + AGAIN_AFTER - now;
            is_new = left <= 0.0;
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs_f64(left.max(0.0)));
        }
        if is_new {
            let Question { party, words } = question.clone();
            actions.push(Action::AskHistory(Query::Search { party, words }));
            self.asked = Some(question);
            self.asked_at = now;
        }
    }

    /// Whether what was found is what is asked for.
    fn is_settled(&self) -> bool {
        match (&self.asked, &self.found) {
            (Some(asked), Some(found)) => asked.is_of(found),
            _ => false,
        }
    }

    fn chosen_hit(&self) -> Option<&Hit> {
        self.found.as_ref()?.hits.get(self.chosen)
    }

    fn move_by(&mut self, by: i64) {
        let hits = self.found.as_ref().map_or(0, |found| found.hits.len());
        let moved = (self.chosen as u64).saturating_add_signed(by);
        self.chosen = usize::try_from(moved)
            .unwrap_or(usize::MAX)
            .min(hits.saturating_sub(1));
    }

    /// The hits in view, and how many there are. True if the chosen one was clicked on.
    fn show_found(&mut self, ui: &mut Ui, height: f32, context: &dialog::Context<'_>) -> bool {
        let Some(found) = &self.found else {
            return false;
        };
        let lang = context.lang;
        let sentence = lang.found(found.hits.len(), found.more);
        ui.weak(&sentence);
        if found.behind > 0 {
            ui.weak(lang.index_behind(found.behind));
        }
        announce(ui, || match self.chosen_hit() {
            Some(hit) if self.has_moved => lang.hit(
                &heading(hit, found.party.is_none(), context),
                &plain(&line(hit)),
            ),
            _ => sentence.clone(),
        });
        let row = row_height(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut area = dialog::scroll_area("hits", height);
        if self.then == Then::Show {
            self.then = Then::Nothing;
            let (offset, view) = self.scrolled;
            let top = self.chosen as f32 * row;
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
                    let response = self.show_hit(ui, index, hit, context);
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
            self.chosen = index;
        }
        ui.spacing_mut().item_spacing.y = theme::GAP;
        ui.add_space(theme::GAP);
        clicked.is_some()
    }

    fn show_hit(
        &self,
        ui: &mut Ui,
        index: usize,
        hit: &Hit,
        context: &dialog::Context<'_>,
    ) -> Response {
        let palette = theme::palette(ui);
        let is_chosen = index == self.chosen;
        let size = vec2(ui.available_width(), row_height(ui));
        let (_, rect) = ui.allocate_space(size);
        let response = ui.interact(rect, ui.make_persistent_id(("hit", index)), Sense::CLICK);
        let everywhere = self
            .found
            .as_ref()
            .is_some_and(|found| found.party.is_none());
        let (heading, line) = (heading(hit, everywhere, context), line(hit));
        let name = context.lang.hit(&heading, &plain(&line));
        response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, true, &name));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_selected(is_chosen));
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        if is_chosen || response.hovered() {
            let ground = if is_chosen {
                palette.hint_background
            } else {
                palette.background
            };
            painter.rect_filled(rect, 6.0, ground);
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.5, palette.accent);
            painter.rect_stroke(rect, 6.0, stroke, StrokeKind::Inside);
        }
        let at = rect.min + PADDING;
        let width = rect.width() - 2.0 * PADDING.x;
        let small = format(ui, &TextStyle::Small, palette.weak);
        let heading = lay_out(ui, [(&*heading, small)], width, 1);
        let body = format(ui, &TextStyle::Body, palette.text);
        let marked = TextFormat {
            background: palette.found,
            ..body.clone()
        };
        let pieces = line.iter().map(|piece| {
            let format = if piece.is_match { &marked } else { &body };
            (&*piece.text, format.clone())
        });
        let line = lay_out(ui, pieces, width, LINES);
        let below = at + vec2(0.0, line_height(ui, &TextStyle::Small));
        painter.galley(at, heading, palette.weak);
        painter.galley(below, line, palette.text);
        response.on_hover_cursor(egui::CursorIcon::PointingHand)
    }
}

impl Question {
    fn is_of(&self, found: &Found) -> bool {
        self.party == found.party && self.words == found.words
    }
}

fn jump_to(hit: &Hit) -> Action {
    Action::OpenAt(hit.party.clone(), hit.message.row)
}

fn line(hit: &Hit) -> Vec<Piece> {
    snippet(&hit.message.text, &hit.ranges)
}

/// Who said it, with whom if that may be anybody, and when.
fn heading(hit: &Hit, everywhere: bool, context: &dialog::Context<'_>) -> String {
    let lang = context.lang;
    let name = lang.party(context.chat.contacts(), &hit.party);
    let when = context.moment(hit.message.received_at);
    match (hit.message.kind, everywhere) {
        (Kind::Mine, true) => format!("{name} · {} · {when}", lang.you()),
        (Kind::Mine, false) => format!("{} · {when}", lang.you()),
        _ => format!("{name} · {when}"),
    }
}

fn row_height(ui: &Ui) -> f32 {
    let body = line_height(ui, &TextStyle::Body) * LINES as f32;
    line_height(ui, &TextStyle::Small) + body + 2.0 * PADDING.y
}

/// The same for every script.
fn line_height(ui: &Ui, style: &TextStyle) -> f32 {
    (style.resolve(ui.style()).size * 1.35).round()
}

fn format(ui: &Ui, style: &TextStyle, colour: egui::Color32) -> TextFormat {
    TextFormat {
        line_height: Some(line_height(ui, style)),
        ..TextFormat::simple(style.resolve(ui.style()), colour)
    }
}

fn lay_out<'a>(
    ui: &Ui,
    pieces: impl IntoIterator<Item = (&'a str, TextFormat)>,
    width: f32,
    rows: usize,
) -> Arc<Galley> {
    let mut job = LayoutJob {
        wrap: TextWrapping {
            max_width: width,
            max_rows: rows,
            break_anywhere: rows == 1,
            ..TextWrapping::default()
        },
        ..LayoutJob::default()
    };
    for (text, format) in pieces {
        job.append(text, 0.0, format);
    }
    ui.painter().layout_job(job)
}

/// One invisible live label: the rows are not live, or scrolling would announce them.
fn announce(ui: &Ui, words: impl FnOnce() -> String) {
    let rect = Rect::from_min_size(ui.max_rect().min, Vec2::ZERO);
    let response = ui.interact(rect, Id::unique("search announcement"), Sense::hover());
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Label);
        node.set_live(egui::accesskit::Live::Polite);
        node.set_value(words());
    });
}
