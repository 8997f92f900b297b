//! Where the person writes.

use std::mem;

use eframe::egui::{
    self, Button, Id, Key, KeyboardShortcut, Modifiers, ScrollArea, TextEdit, Ui,
    text::{CCursor, CCursorRange},
};

use crate::{
    chat::{Chat, Peer, Refusal},
    gui::{Action, keys::Keys, locale::Lang, notices::notice, theme},
    text::charset::Charset,
};

/// Lines shown before the composer scrolls.
const MOST_LINES: f32 = 6.0;
/// Between the frame and the text.
const PADDING: egui::Margin = egui::Margin::symmetric(8, 6);

/// What is being written.
#[derive(Debug, Default)]
pub struct Composer {
    text: String,
    keys: Keys,
    /// Why the text was not sent, until it is edited.
    refusal: Option<Refusal>,
    wants_focus: bool,
}

impl Composer {
    /// What is written so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text was sent: begin anew.
    pub fn clear(&mut self) {
        self.text.clear();
        self.refusal = None;
        self.wants_focus = true;
    }

    /// Another text stands here now.
    pub fn put(&mut self, text: String) {
        self.text = text;
        self.refusal = None;
    }

    /// Whether a syllable is in the making, which is in the text already.
    pub fn is_composing(&self) -> bool {
        self.keys.is_composing()
    }

    /// The text was not sent, and stays.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.refusal = Some(refusal);
        self.wants_focus = true;
    }

    /// What was said of the text is of the past.
    pub fn forget_refusal(&mut self) {
        self.refusal = None;
    }

    /// Puts the caret here at the next frame.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Shows it, with what there is to say about the text above it.
    pub fn show(&mut self, ui: &mut Ui, chat: &Chat, lang: Lang, actions: &mut Vec<Action>) {
        let id = Id::unique("composer");
        self.show_refusal(ui, lang, actions);
        self.show_hint(ui, chat, lang);
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        // Under a dialog it would take the keyboard from where the person writes just now. And asking for
        // what one has would cut off a syllable that is being composed.
        let is_covered = ui.memory(|memory| memory.top_modal_layer().is_some());
        if !is_covered && mem::take(&mut self.wants_focus) && !has_focus {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let mut send = false;
        if ui.memory(|memory| memory.has_focus(id)) {
            self.recall(ui, id, chat);
            let now = ui.input(|input| input.time);
            send = ui.input_mut(|input| self.keys.filter(&mut input.events, now));
            if let Some(bytes) = self.keys.refused_paste.take() {
                self.refusal = Some(Refusal::TooLong { bytes });
            }
            if let Some(delay) = self.keys.next_frame_in(now) {
                ui.ctx().request_repaint_after(delay);
            }
        } else {
            // Whatever was being composed has been given up with the keyboard.
            self.keys = Keys::default();
        }
        ui.horizontal(|ui| {
            let connected = chat.can_write();
            let button_width = ui.spacing().interact_size.y + 52.0;
            let width = (ui.available_width() - button_width).max(80.0);
            let hint = if chat.is_present() {
                lang.write_hint()
            } else if connected {
                lang.write_for_later()
            } else {
                lang.write_when_connected()
            };
            let height = self.height(ui, width - 2.0 * f32::from(PADDING.left));
            let edit = ScrollArea::vertical()
                // Said both ways, or the area would stay as high as the panel was before.
                .min_scrolled_height(height)
                .max_height(height)
                .max_width(width)
                .show(ui, |ui| {
                    let edit = TextEdit::multiline(&mut self.text)
                        .id(id)
                        .hint_text(hint)
                        .desired_rows(1)
                        .desired_width(width)
                        .margin(PADDING)
                        .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
                    ui.add(edit).accessible_name(lang.message())
                })
                .inner;
            if edit.changed() {
                self.refusal = None;
                actions.push(Action::Wrote);
            }
            let palette = theme::palette(ui);
            let text = egui::RichText::new(lang.send()).color(if connected {
                palette.on_accent
            } else {
                palette.weak
            });
            let mut button = Button::new(text).min_size(egui::vec2(
                ui.available_width(),
                edit.rect.height().min(32.0),
            ));
            if connected {
                button = button.fill(palette.accent);
            }
            send |= ui.add_enabled(connected, button).clicked();
        });
        if send && !self.text.trim().is_empty() {
            actions.push(Action::Send);
        }
    }

    fn show_refusal(&mut self, ui: &mut Ui, lang: Lang, actions: &mut Vec<Action>) {
        let palette = theme::palette(ui);
        let Some(refusal) = &self.refusal else { return };
        let Some(sentence) = lang.refusal(refusal) else {
            return;
        };
        let ground = match refusal {
            Refusal::WhichCharset => palette.hint_background,
            _ => palette.bad_background,
        };
        let mut action = None;
        let mut close = false;
        let room = theme::NOTICE_BUTTONS;
        notice(ui, ground, &sentence, room, |ui| match refusal {
            Refusal::WhichCharset => {
                if ui.button(lang.send_as_cp949()).clicked() {
                    action = Some(Action::SendAs(Charset::CP949));
                }
                if ui.button(lang.send_as_utf8()).clicked() {
                    action = Some(Action::SendAs(Charset::UTF_8));
                }
            }
            Refusal::Unencodable(_) => {
                if ui.button(lang.send_as_utf8()).clicked() {
                    action = Some(Action::SendOnceAs(Charset::UTF_8));
                }
                close = ui.button(lang.close()).clicked();
            }
            Refusal::Empty | Refusal::NotConnected | Refusal::TooLong { .. } => {
                close = ui.button(lang.close()).clicked();
            }
        });
        actions.extend(action);
        if close {
            self.refusal = None;
        }
    }

    /// As high as the text, up to [`MOST_LINES`], in points.
    fn height(&self, ui: &Ui, width: f32) -> f32 {
        let font = egui::TextStyle::Body.resolve(ui.style());
        let line = ui.text_style_height(&egui::TextStyle::Body);
        let most = line * MOST_LINES;
        // Laying out a long text only to see that it is long would be a waste.
        let is_long = self.text.len() > 4_000;
        let text = if is_long {
            most
        } else {
            // With a mark at the end, so that an empty last line counts.
            let text = format!("{}|", self.text);
            let layout = ui
                .painter()
                .layout(text, font, egui::Color32::PLACEHOLDER, width);
            layout.size().y.clamp(line, most)
        };
        text + 2.0 * f32::from(PADDING.top)
    }

    fn show_hint(&self, ui: &mut Ui, chat: &Chat, lang: Lang) {
        let lines = Chat::lines_in(&self.text);
        // Encrypted messages arrive as they were written.
        let is_plain =
            chat.is_present() && chat.peer().is_some_and(|peer| Peer::key(peer).is_none());
        if lines > 1 && is_plain && self.refusal.is_none() {
            ui.weak(lang.several_lines(lines));
        }
    }

    /// Up in an empty composer brings back what was sent last.
    fn recall(&mut self, ui: &Ui, id: Id, chat: &Chat) {
        if !self.text.is_empty() || self.keys.is_composing() {
            return;
        }
        let Some(last) = chat.conversation().last_sent() else {
            return;
        };
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowUp)) {
            last.clone_into(&mut self.text);
            let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let end = CCursor::new(self.text.chars().count());
            state.cursor.set_char_range(Some(CCursorRange::one(end)));
            state.store(ui.ctx(), id);
        }
    }
}
