//! The field for the message, and Send.

mod attach;
mod purpose;
mod refusal;

use std::{borrow::Cow, mem};

use eframe::egui::{
    self, Button, Frame, Id, Key, KeyboardShortcut, Margin, Modifiers, Rect, ScrollArea, Sense,
    Shape, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2,
    epaint::RectShape,
    pos2,
    text::{CCursor, CCursorRange, LayoutJob},
    vec2,
};

use crate::{
    chat::{Chat, Peer, Refusal},
    gui::{
        action::{Action, WithMessage},
        ctx::Ctx,
        emoji::{self, EmojiButton, Outcome},
        focus::focus_stroke,
        icon::Icon,
        keys::Keys,
        theme, typeset,
    },
    identity::PeerId,
    settings::SendKey,
};

use attach::Pasted;
use purpose::Purpose;
pub(super) use purpose::Use;

/// Maximum number of lines shown; more scroll.
const MAX_LINES: f32 = 8.0;
/// Maximum number of characters of a hint with a name in it.
const MAX_HINT: usize = 30;
/// Space between the frame and the text at the sides, in points.
const SIDE: f32 = 16.0;
/// Space between the text and the right edge of the frame, where the button for emoji is, in points.
const EMOJI: f32 = theme::CONTROL + theme::GAP;
/// In a window no wider than this, at a large zoom, the field needs all the room, in points.
const NARROW: f32 = 200.0;
/// A text longer than this, in bytes, is taken to fill the composer: laying it out only to measure it would take long.
const LONG: usize = 4_000;

/// The message being written.
#[derive(Debug, Default)]
pub struct Composer {
    text: String,
    keys: Keys,
    /// Why the text was not sent, until it is edited.
    refusal: Option<Refusal>,
    purpose: Purpose,
    wants_focus: bool,
    emoji: EmojiButton,
    pasted: Pasted,
}

impl Composer {
    /// What is written so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text was sent: starts over with an empty one.
    pub fn clear(&mut self) {
        self.text.clear();
        self.purpose = Purpose::New;
        self.refusal = None;
        self.pasted.forget();
        self.wants_focus = true;
    }

    /// Replaces the text.
    pub fn put(&mut self, text: String) {
        self.text = text;
        self.purpose = Purpose::New;
        self.refusal = None;
    }

    /// Whether something is being written: a text, a syllable of one, an answer or an edit that has none yet.
    pub fn is_in_use(&self) -> bool {
        !self.text.is_empty() || self.is_composing() || !matches!(self.purpose, Purpose::New)
    }

    /// Whether a syllable is being composed, which is in the text already.
    pub fn is_composing(&self) -> bool {
        self.keys.is_composing()
    }

    /// The text was not sent, and stays.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
        self.wants_focus = true;
    }

    /// Takes the reason back: it was about another peer.
    pub fn forget_refusal(&mut self) {
        self.refusal = None;
    }

    /// Puts the caret here in the next frame.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Shows it, with what there is to say about the text above it.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let id = id();
        self.show_refusal(cx, ui);
        self.show_hint(cx, ui);
        self.show_purpose(cx, ui, id);
        self.take_focus(ui, id);
        if ui.memory(|memory| memory.has_focus(id)) {
            self.recall(cx, ui);
        }
        self.keys.send_key = cx.settings.send_key;
        let mut send = self.keys.take_enter(ui, id);
        if ui.memory(|memory| memory.has_focus(id)) {
            attach::take_paste(cx, ui);
        }
        self.show_paths(cx, ui);
        if let Some(bytes) = self.keys.refused_paste.take() {
            self.refusal = Some(Refusal::TooLong { bytes });
        }
        ui.horizontal(|ui| {
            // Shown after the field, for who moves by Tab.
            let attach = (ui.available_width() > NARROW).then(|| {
                let size = Vec2::splat(theme::CONTROL);
                ui.allocate_exact_size(size, Sense::hover()).0
            });
            let width = ui.available_width() - theme::COMPOSER - theme::GAP;
            let (edit, place) = self.show_field(cx, ui, id, width.max(80.0));
            if edit.changed() {
                self.refusal = None;
                self.pasted.forget();
                cx.push(Action::Edited);
            }
            send |= show_send(cx, ui);
            if let Some(attach) = attach {
                attach::show(cx, ui, attach, place);
            }
            self.show_emoji(cx, ui, id, place);
        });
        if send && !self.text.trim().is_empty() {
            cx.push(Action::SendText);
        }
    }

    fn take_focus(&mut self, ui: &Ui, id: Id) {
        // Below a dialog it would take the keyboard from where the person is writing. And asking for the focus while
        // having it would cut off a syllable that is being composed.
        let is_covered = ui.memory(|memory| memory.top_modal_layer().is_some());
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        if !is_covered && mem::take(&mut self.wants_focus) && !has_focus {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
    }

    /// Shows the button for emoji inside the frame of the field, and puts the emoji that is picked at the caret.
    fn show_emoji(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, id: Id, frame: Rect) {
        let size = Vec2::splat(theme::CONTROL);
        // Beside the last line.
        let edge = (theme::COMPOSER - theme::CONTROL) / 2.0;
        let place = Rect::from_min_size(frame.right_bottom() - size - vec2(edge, edge), size);
        let outcome = self.emoji.show(cx, ui, place);
        if let Outcome::Picked(emoji) = &outcome {
            self.insert(ui, id, emoji);
            self.refusal = None;
            cx.push(Action::Edited);
        } else if outcome == Outcome::Nothing || !emoji::has_lost_focus(ui) {
            // After a click on another field, that one has the keyboard.
            return;
        }
        self.wants_focus = true;
        ui.ctx().request_repaint();
    }

    /// Puts this in place of what is selected, and the caret after it.
    fn insert(&mut self, ui: &Ui, id: Id, inserted: &str) {
        let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
        let end = CCursor::new(self.text.chars().count());
        let range = state.cursor.char_range().unwrap_or(CCursorRange::one(end));
        let [from, to] = range.sorted_cursors().map(|caret| caret.index.0);
        let byte = |character| {
            let mut places = self.text.char_indices();
            places.nth(character).map_or(self.text.len(), |(at, _)| at)
        };
        self.text.replace_range(byte(from)..byte(to), inserted);
        let caret = CCursor::new(from + inserted.chars().count());
        state.cursor.set_char_range(Some(CCursorRange::one(caret)));
        state.store(ui.ctx(), id);
    }

    /// Returns the place of its frame, too.
    fn show_field(
        &mut self,
        cx: &Ctx<'_>,
        ui: &mut Ui,
        id: Id,
        width: f32,
    ) -> (egui::Response, Rect) {
        let lang = cx.lang;
        let hint = if cx.chat.is_present() {
            // A longer one has no room in a narrow window.
            let to = cx.shown().and_then(PeerId::key);
            let to = to.map(|key| lang.message_to(cx.chat.contacts(), &key));
            let fits = |to: &String| to.chars().count() <= MAX_HINT;
            to.filter(fits)
                .map_or(Cow::Borrowed(lang.write_hint()), Cow::Owned)
        } else if cx.chat.can_write() {
            Cow::Borrowed(lang.write_for_later())
        } else {
            Cow::Borrowed(lang.write_when_connected())
        };
        let new_line = match cx.settings.send_key {
            SendKey::Enter => KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter),
            SendKey::CtrlEnter => KeyboardShortcut::new(Modifiers::NONE, Key::Enter),
        };
        ui.scope(|ui| {
            let style = ui.style_mut();
            style
                .text_styles
                .insert(TextStyle::Body, theme::message_font());
            let line = ui.text_style_height(&TextStyle::Body);
            ui.spacing_mut().extra_text_line_spacing = theme::MESSAGE_LINE - line;
            // A field of one line is no higher than that.
            ui.spacing_mut().interact_size.y = theme::MESSAGE_LINE;
            let inner = width - SIDE - EMOJI;
            let height = self.height(ui, inner);
            let margin = vec2(SIDE, (theme::COMPOSER - theme::MESSAGE_LINE) / 2.0);
            let size = vec2(width, height + 2.0 * margin.y);
            let (place, _) = ui.allocate_exact_size(size, Sense::hover());
            let ground = ui.painter().add(Shape::Noop);
            let area = ScrollArea::vertical()
                // Both limits, or the area would stay as high as the panel was before.
                .min_scrolled_height(height)
                .max_height(height)
                .max_width(inner);
            let text = Rect::from_min_size(place.min + margin, vec2(inner, height));
            let builder = UiBuilder::new().max_rect(text);
            let edit = ui.scope_builder(builder, |ui| {
                area.show(ui, |ui| {
                    typeset::multiline(ui, &mut self.text, |field| {
                        field
                            .id(id)
                            .hint_text(&*hint)
                            .desired_rows(1)
                            .desired_width(inner)
                            .frame(Frame::NONE)
                            .margin(Margin::ZERO)
                            .return_key(new_line)
                    })
                    .accessible_name(lang.message())
                })
                .inner
            });
            let edit = edit.inner;
            // The frame stays whole where the text is scrolled.
            let palette = theme::palette(ui);
            let stroke = if edit.has_focus() {
                focus_stroke(ui)
            } else {
                Stroke::new(1.0, palette.border)
            };
            let corner = (theme::COMPOSER / 2.0) as u8;
            let frame = RectShape::new(place, corner, palette.bar, stroke, StrokeKind::Inside);
            ui.painter().set(ground, frame);
            (edit, place)
        })
        .inner
    }

    /// The height of the text, at most [`MAX_LINES`], in points.
    fn height(&self, ui: &Ui, width: f32) -> f32 {
        let line = theme::MESSAGE_LINE;
        let most = line * MAX_LINES;
        if self.text.len() > LONG {
            most
        } else {
            // With a mark at the end, so that an empty last line counts.
            let text = format!("{}|", self.text);
            let font = theme::message_font();
            let mut job = LayoutJob::simple(text, font, egui::Color32::PLACEHOLDER, width);
            for section in &mut job.sections {
                section.format.line_height = Some(line);
            }
            let layout = typeset::layout_or_boxes(ui.painter(), job);
            layout.size().y.clamp(line, most)
        }
    }

    fn show_hint(&self, cx: &Ctx<'_>, ui: &mut Ui) {
        let lines = Chat::lines_in(&self.text);
        // Encrypted messages arrive as they were written.
        let is_plain =
            cx.chat.is_present() && cx.chat.peer().is_some_and(|peer| Peer::key(peer).is_none());
        if lines > 1 && is_plain && self.refusal.is_none() {
            ui.weak(cx.lang.several_lines(lines));
        }
    }

    /// Up in an empty composer edits the last message, or brings its text back where it can't be edited.
    fn recall(&mut self, cx: &mut Ctx<'_>, ui: &Ui) {
        let is_new = matches!(self.purpose, Purpose::New);
        if !self.text.is_empty() || !is_new || self.keys.is_composing() {
            return;
        }
        let last = cx.chat.conversation().last_sent();
        // Looked for only then.
        let editable = ui
            .input(|input| input.key_pressed(Key::ArrowUp))
            .then(|| cx.chat.last_editable())
            .flatten();
        if last.is_none() && editable.is_none() {
            return;
        }
        if !ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowUp)) {
            return;
        }
        if let Some(row) = editable {
            cx.push(Action::Begin(row, WithMessage::Edit));
        } else if let Some(last) = last {
            last.clone_into(&mut self.text);
            self.put_caret_at_end(ui.ctx());
        }
    }

    fn put_caret_at_end(&self, ctx: &egui::Context) {
        let mut state = egui::text_edit::TextEditState::load(ctx, id()).unwrap_or_default();
        let end = CCursor::new(self.text.chars().count());
        state.cursor.set_char_range(Some(CCursorRange::one(end)));
        state.store(ctx, id());
    }
}

/// What has the keyboard while the person writes.
pub(super) fn id() -> Id {
    Id::unique("composer")
}

/// Returns true if it was clicked.
fn show_send(cx: &Ctx<'_>, ui: &mut Ui) -> bool {
    let (palette, enabled) = (theme::palette(ui), cx.chat.can_write());
    let colour = if enabled {
        palette.on_accent
    } else {
        palette.weak
    };
    ui.spacing_mut().button_padding = Vec2::ZERO;
    let mut button = Button::new(Icon::Send.text(theme::ICON).color(colour))
        .min_size(Vec2::splat(theme::COMPOSER))
        .corner_radius((theme::COMPOSER / 2.0) as u8);
    if enabled {
        button = button.fill(palette.accent);
    }
    // Beside the last line.
    let bottom = ui.min_rect().bottom();
    let place = Rect::from_min_size(
        pos2(ui.cursor().left(), bottom - theme::COMPOSER),
        Vec2::splat(theme::COMPOSER),
    );
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
        ui.add_enabled(enabled, button)
    })
    .inner
    .on_hover_text(cx.lang.send())
    .accessible_name(cx.lang.send())
    .clicked()
}
