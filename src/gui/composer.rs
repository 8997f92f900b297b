//! Where the person writes.

use std::mem;

use eframe::egui::{
    self, Button, Event, Id, ImeEvent, Key, KeyboardShortcut, Modifiers, ScrollArea, TextEdit, Ui,
    text::{CCursor, CCursorRange},
};

use super::{Action, status::notice, text::Lang, theme};
use crate::{
    chat::{Chat, MESSAGE_CAP, Refusal},
    net::charset::Charset,
};

/// Lines shown before the composer scrolls.
const MOST_LINES: f32 = 6.0;
/// Between the frame and the text.
const PADDING: egui::Margin = egui::Margin::symmetric(8, 6);
/// A paste longer than this, in bytes, could never be sent, and laying it out would take long.
const PASTE_CAP: usize = 4 * MESSAGE_CAP;

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
        // Asking for what one has would cut off a syllable that is being composed.
        if mem::take(&mut self.wants_focus) && !has_focus {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let mut send = false;
        if ui.memory(|memory| memory.has_focus(id)) {
            self.recall(ui, id, chat);
            send = ui.input_mut(|input| self.keys.filter(&mut input.events));
            if let Some(bytes) = self.keys.refused_paste.take() {
                self.refusal = Some(Refusal::TooLong { bytes });
            }
            if self.keys.wants_another_frame() {
                ui.ctx().request_repaint();
            }
        } else {
            // Whatever was being composed has been given up with the keyboard.
            self.keys = Keys::default();
        }
        ui.horizontal(|ui| {
            let connected = chat.peer().is_some();
            let button_width = ui.spacing().interact_size.y + 52.0;
            let width = (ui.available_width() - button_width).max(80.0);
            let hint = if connected {
                lang.write_hint()
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
        notice(ui, ground, &sentence, |ui| match refusal {
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
        if lines > 1 && chat.peer().is_some() && self.refusal.is_none() {
            ui.weak(lang.several_lines(lines));
        }
    }

    /// Up in an empty composer brings back what was sent last.
    fn recall(&mut self, ui: &Ui, id: Id, chat: &Chat) {
        if !self.text.is_empty() || self.keys.is_composing() {
            return;
        }
        let Some(last) = chat.last_sent() else { return };
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowUp)) {
            last.clone_into(&mut self.text);
            let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let end = CCursor::new(self.text.chars().count());
            state.cursor.set_char_range(Some(CCursorRange::one(end)));
            state.store(ui.ctx(), id);
        }
    }
}

/// Finds out which Enter means "send", whatever an input method makes of it.
///
/// The text field holds the syllable that is being composed, and gets it once more when the input
/// method commits it. So an Enter during composition must wait for the commit, in whatever order
/// the two arrive; and what was typed behind an Enter belongs to the next message.
#[derive(Debug, Default)]
struct Keys {
    composition: Composition,
    /// An Enter waits for the commit.
    enter_waits: bool,
    /// Typed behind an Enter in the same frame.
    held: Vec<Event>,
    /// A paste that was too long, in bytes.
    refused_paste: Option<usize>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Composition {
    #[default]
    None,
    /// There is a syllable in the making.
    Active,
    /// It has just gone; its commit may follow in the same breath.
    Ended,
}

impl Keys {
    fn is_composing(&self) -> bool {
        self.composition != Composition::None || self.enter_waits
    }

    fn wants_another_frame(&self) -> bool {
        !self.held.is_empty() || (self.enter_waits && self.composition != Composition::Active)
    }

    /// Takes the events that mean "send" out of a frame, and holds back those that come after.
    /// True if the text is to be sent once the remaining events are in it.
    fn filter(&mut self, events: &mut Vec<Event>) -> bool {
        let mut all = mem::take(&mut self.held);
        all.append(events);
        let commit_comes = all
            .iter()
            .any(|event| matches!(event, Event::Ime(ImeEvent::Commit(_))));
        let mut send = false;
        if self.enter_waits && self.composition != Composition::Active && !commit_comes {
            // The composition was given up instead of committed.
            self.enter_waits = false;
            send = true;
        }
        if self.composition == Composition::Ended {
            self.composition = Composition::None;
        }
        for event in all {
            if send && is_typing(&event) {
                self.held.push(event);
                continue;
            }
            match &event {
                Event::Ime(ImeEvent::Preedit { text, .. }) => {
                    self.composition = match (text.is_empty(), self.composition) {
                        (false, _) => Composition::Active,
                        (true, Composition::Active) => Composition::Ended,
                        (true, other) => other,
                    };
                }
                Event::Ime(ImeEvent::Commit(_)) => {
                    self.composition = Composition::None;
                    send = mem::take(&mut self.enter_waits);
                }
                Event::Key {
                    key: Key::Enter,
                    pressed: true,
                    modifiers,
                    ..
                } if !modifiers.shift => {
                    if self.composition == Composition::None {
                        send = true;
                    } else {
                        self.enter_waits = true;
                    }
                    continue;
                }
                Event::Text(_) => {
                    // Typed straight in, so nothing is being composed any more.
                    self.composition = Composition::None;
                    self.enter_waits = false;
                }
                Event::Key { pressed: true, .. } => self.enter_waits = false,
                Event::Paste(text) if text.len() > PASTE_CAP => {
                    self.refused_paste = Some(text.len());
                    continue;
                }
                _ => {}
            }
            events.push(event);
        }
        send
    }
}

/// Whether an event changes the text, so that its place before or behind an Enter matters.
fn is_typing(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_)
            | Event::Paste(_)
            | Event::Cut
            | Event::Ime(_)
            | Event::Key { pressed: true, .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preedit(text: &str) -> Event {
        Event::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: None,
        })
    }

    fn commit(text: &str) -> Event {
        Event::Ime(ImeEvent::Commit(text.to_owned()))
    }

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    fn key(key: Key, modifiers: Modifiers) -> Event {
        Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers,
        }
    }

    fn enter() -> Event {
        key(Key::Enter, Modifiers::NONE)
    }

    /// Plays frames to a composer as the text field would, and says what is sent.
    fn sent(frames: Vec<Vec<Event>>) -> Vec<String> {
        let mut keys = Keys::default();
        let (mut text, mut composing, mut all) = (String::new(), String::new(), Vec::new());
        for mut frame in frames.into_iter().chain([vec![], vec![], vec![]]) {
            let send = keys.filter(&mut frame);
            for event in frame {
                match event {
                    Event::Text(typed) => text += &typed,
                    Event::Ime(ImeEvent::Preedit { text, .. }) => composing = text,
                    Event::Ime(ImeEvent::Commit(committed)) => {
                        text += &committed;
                        composing.clear();
                    }
                    _ => {}
                }
            }
            if send {
                all.push(mem::take(&mut text) + &composing);
            }
        }
        assert_eq!(
            (text.as_str(), composing.as_str()),
            ("", ""),
            "left in the box"
        );
        all
    }

    #[test]
    fn enter_and_commit_in_any_order_send_the_syllable_once() {
        let orders = [
            vec![commit("녕"), enter()],
            vec![enter(), commit("녕")],
            vec![enter(), preedit(""), commit("녕")],
            vec![preedit(""), enter(), commit("녕")],
            vec![preedit(""), commit("녕"), enter()],
        ];
        for order in orders {
            let start = vec![text("안"), preedit("ㄴ"), preedit("녀"), preedit("녕")];
            let one_frame = [start.clone(), order.clone()].concat();
            assert_eq!(sent(vec![one_frame]), ["안녕"], "{order:?} in one frame");
            assert_eq!(
                sent(vec![start.clone(), order.clone()]),
                ["안녕"],
                "{order:?} in two"
            );
            let each: Vec<_> = order.iter().cloned().map(|event| vec![event]).collect();
            // With its commit a frame behind, an ended composition looks like one given up.
            if order[0] != preedit("") {
                assert_eq!(
                    sent([vec![start], each].concat()),
                    ["안녕"],
                    "{order:?} in frames"
                );
            }
        }
    }

    #[test]
    fn what_is_typed_behind_enter_is_the_next_message() {
        let frame = vec![text("a"), enter(), text("b"), enter(), text("c"), enter()];
        assert_eq!(sent(vec![frame]), ["a", "b", "c"]);
    }

    #[test]
    fn a_composition_that_is_given_up_leaves_enter_its_meaning() {
        assert_eq!(
            sent(vec![
                vec![text("a"), preedit("ㄴ")],
                vec![preedit("")],
                vec![enter()]
            ]),
            ["a"]
        );
        assert_eq!(
            sent(vec![
                vec![text("a"), preedit("ㄴ")],
                vec![enter()],
                vec![preedit("")]
            ]),
            ["a"]
        );
    }

    #[test]
    fn a_composition_that_was_cut_off_leaves_enter_its_meaning() {
        assert_eq!(
            sent(vec![
                vec![preedit("ㄴ")],
                vec![preedit(""), text("hi")],
                vec![enter()]
            ]),
            ["hi"]
        );
        // No word of the end at all, as when the keyboard went elsewhere meanwhile.
        let mut keys = Keys::default();
        keys.filter(&mut vec![preedit("ㄴ")]);
        assert!(keys.filter(&mut vec![text("hi"), enter()]));
    }

    #[test]
    fn shift_enter_is_left_to_the_text_field() {
        let mut keys = Keys::default();
        let mut frame = vec![key(Key::Enter, Modifiers::SHIFT)];
        assert!(!keys.filter(&mut frame));
        assert_eq!(frame.len(), 1);
    }

    #[test]
    fn a_paste_that_could_never_be_sent_is_refused() {
        let mut keys = Keys::default();
        let mut frame = vec![Event::Paste("x".repeat(PASTE_CAP + 1))];
        assert!(!keys.filter(&mut frame));
        assert_eq!((frame.len(), keys.refused_paste), (0, Some(PASTE_CAP + 1)));
    }
}
