//! Which Enter means "send" or "save", whatever an input method makes of it.

use std::mem;

use eframe::egui::{Event, ImeEvent, Key};

use crate::chat::MESSAGE_CAP;

/// A paste longer than this, in bytes, could never be sent, and laying it out would take long.
const PASTE_CAP: usize = 4 * MESSAGE_CAP;

/// See the [module](self).
///
/// The text field holds the syllable that is being composed, and gets it once more when the input
/// method commits it. So an Enter during composition must wait for the commit, in whatever order
/// the two arrive; and what was typed behind an Enter belongs to the next message.
#[derive(Debug, Default)]
pub(super) struct Keys {
    composition: Composition,
    /// An Enter waits for the commit.
    enter_waits: bool,
    /// Typed behind an Enter in the same frame.
    held: Vec<Event>,
    /// A paste that was too long, in bytes.
    pub refused_paste: Option<usize>,
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
    pub fn is_composing(&self) -> bool {
        self.composition != Composition::None || self.enter_waits
    }

    pub fn wants_another_frame(&self) -> bool {
        !self.held.is_empty() || (self.enter_waits && self.composition != Composition::Active)
    }

    /// Takes the events that mean "send" out of a frame, and holds back those that come after.
    /// True if the text is to be sent once the remaining events are in it.
    pub fn filter(&mut self, events: &mut Vec<Event>) -> bool {
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
    use eframe::egui::Modifiers;

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
