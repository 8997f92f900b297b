//! When Enter means "send" or "save" in a text field, while an input method may be composing.

use std::{mem, time::Duration};

use eframe::egui::{Event, Id, ImeEvent, Key, Modifiers, Ui};

use crate::{chat::MESSAGE_CAP, settings::SendKey};

/// Maximum size of a paste, in bytes. A longer one could never be sent, and would take long to lay out.
const PASTE_CAP: usize = 4 * MESSAGE_CAP;
/// How long to wait for the commit after a composition has ended, in seconds; after that it was cancelled. A busy
/// computer spreads the two, and the Enter that caused them, over several frames.
const COMMIT_COMES_IN: f64 = 0.3;

/// The input of one text field.
///
/// The field holds the syllable that is being composed, and gets it once more when the input method commits it. So
/// an Enter during composition must wait for the commit, in whatever order the two arrive; and what is typed after
/// an Enter belongs to the next message.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Which Enter means that.
    pub send_key: SendKey,
    composition: Composition,
    /// This Enter waits for the commit.
    waiting: Option<Event>,
    /// Typed after an Enter that is still to be carried out.
    held: Vec<Event>,
    /// The size of a paste that was too long, in bytes.
    pub refused_paste: Option<usize>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Composition {
    #[default]
    None,
    /// A syllable is being composed.
    Active,
    /// It has just gone; its commit may follow until this time.
    Ended { until: f64 },
}

impl Keys {
    /// Prepares this frame's events for the text field `id`, before it is shown. Returns true if Enter was pressed in
    /// it: once the field has been shown, its text is complete.
    pub fn take_enter(&mut self, ui: &Ui, id: Id) -> bool {
        if !ui.memory(|memory| memory.has_focus(id)) {
            // A composition is cancelled when the field loses the focus.
            *self = Self {
                send_key: self.send_key,
                ..Self::default()
            };
            return false;
        }
        let now = ui.input(|input| input.time);
        let enter = ui.input_mut(|input| self.filter(&mut input.events, now));
        if let Some(delay) = self.next_frame_in(now) {
            ui.ctx().request_repaint_after(delay);
        }
        enter
    }

    /// Whether a syllable is being composed, which is in the text already.
    pub fn is_composing(&self) -> bool {
        self.composition != Composition::None || self.waiting.is_some()
    }

    /// When another frame is needed even if nothing happens until then.
    fn next_frame_in(&self, now: f64) -> Option<Duration> {
        match self.composition {
            Composition::Ended { until } => Some(Duration::from_secs_f64((until - now).max(0.0))),
            Composition::None if !self.held.is_empty() => Some(Duration::ZERO),
            Composition::None | Composition::Active => None,
        }
    }

    /// Takes the events that mean "send" out of a frame that is shown at `now` (seconds), and holds back
    /// those that come after. True if the text is to be sent once the remaining events are in it.
    fn filter(&mut self, events: &mut Vec<Event>, now: f64) -> bool {
        // If more input-method events came in this frame, the commit may be among them.
        let hears_more = events.iter().any(|event| matches!(event, Event::Ime(_)));
        let mut all = mem::take(&mut self.held);
        all.append(events);
        let mut send = false;
        if self.waiting.is_some() && self.is_cancelled(now) && !hears_more {
            self.composition = Composition::None;
            send = self.release(events);
        }
        for event in all {
            let waits = self.waiting.is_some() && self.has_ended() || !self.held.is_empty();
            if (send || waits && !is_commit(&event)) && is_typing(&event) {
                self.held.push(event);
                continue;
            }
            match &event {
                Event::Ime(ImeEvent::Preedit { text, .. }) => {
                    self.composition = match (text.is_empty(), self.composition) {
                        (false, _) => Composition::Active,
                        (true, Composition::Active) => ended(now),
                        (true, other) => other,
                    };
                }
                Event::Ime(ImeEvent::Commit(_)) => {
                    self.composition = Composition::None;
                    events.push(event);
                    send = self.release(events);
                    continue;
                }
                Event::Key {
                    key: Key::Enter,
                    pressed: true,
                    modifiers,
                    ..
                } if self.waits_for_commit(*modifiers) => {
                    if let Composition::Ended { .. } = self.composition {
                        self.composition = ended(now);
                    }
                    let composes = self.composition != Composition::None;
                    self.waiting = Some(event);
                    if !composes {
                        send = self.release(events);
                    }
                    continue;
                }
                Event::Text(_) => {
                    // Typed straight in, so nothing is being composed any more.
                    self.composition = Composition::None;
                    self.waiting = None;
                }
                Event::Key { pressed: true, .. } => self.waiting = None,
                Event::Paste(text) if text.len() > PASTE_CAP => {
                    self.refused_paste = Some(text.len());
                    continue;
                }
                _ => {}
            }
            events.push(event);
        }
        // Only now: this frame may bring the commit late.
        if self.waiting.is_none() && self.is_cancelled(now) {
            self.composition = Composition::None;
        }
        send
    }

    /// Lets the Enter that waits do what it means. Returns true if that is to send; a new line is left to the field.
    fn release(&mut self, events: &mut Vec<Event>) -> bool {
        match self.waiting.take() {
            Some(Event::Key { modifiers, .. }) if self.sends(modifiers) => true,
            Some(new_line) => {
                events.push(new_line);
                false
            }
            None => false,
        }
    }

    /// Whether Enter with these modifiers sends.
    fn sends(&self, modifiers: Modifiers) -> bool {
        match self.send_key {
            SendKey::Enter => !modifiers.shift,
            SendKey::CtrlEnter => modifiers.command,
        }
    }

    /// Whether Enter with these modifiers has to wait for the commit. Enter alone always does: it also commits.
    fn waits_for_commit(&self, modifiers: Modifiers) -> bool {
        self.sends(modifiers) || !modifiers.shift
    }

    fn has_ended(&self) -> bool {
        matches!(self.composition, Composition::Ended { .. })
    }

    /// Whether a composition has ended and its commit is no longer expected.
    fn is_cancelled(&self, now: f64) -> bool {
        matches!(self.composition, Composition::Ended { until } if until <= now)
    }
}

fn ended(now: f64) -> Composition {
    let until = now + COMMIT_COMES_IN;
    Composition::Ended { until }
}

fn is_commit(event: &Event) -> bool {
    matches!(event, Event::Ime(ImeEvent::Commit(_)))
}

/// Whether an event changes the text, so that it matters whether it comes before or after an Enter.
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
    use std::collections::VecDeque;

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

    /// Seconds between frames, on a fast computer and on busy ones.
    const PACES: [f64; 3] = [0.016, 0.1, 1.5];

    /// Plays frames to a composer as the text field would, and says what is sent.
    fn sent(frames: Vec<Vec<Event>>, pace: f64) -> Vec<String> {
        let mut keys = Keys::default();
        let (mut text, mut composing, mut all) = (String::new(), String::new(), Vec::new());
        let mut now = 100.0;
        let mut frames = VecDeque::from(frames);
        loop {
            // After the last one, frames come when they are asked for.
            let asked = keys.next_frame_in(now);
            let mut frame = match (frames.pop_front(), asked) {
                (Some(frame), _) => {
                    now += pace;
                    frame
                }
                (None, Some(delay)) => {
                    now += delay.as_secs_f64();
                    vec![]
                }
                (None, None) => break,
            };
            let send = keys.filter(&mut frame, now);
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
            // X11 says it twice.
            vec![preedit(""), enter(), preedit(""), commit("녕")],
        ];
        for order in orders {
            let start = vec![text("안"), preedit("ㄴ"), preedit("녀"), preedit("녕")];
            for frames in ways_to_cut(&order) {
                for pace in PACES {
                    let apart = [vec![start.clone()], frames.clone()].concat();
                    assert_eq!(sent(apart, pace), ["안녕"], "{frames:?} every {pace} s");
                    let mut together = frames.clone();
                    together[0].splice(0..0, start.clone());
                    assert_eq!(sent(together, pace), ["안녕"], "{frames:?} every {pace} s");
                }
            }
        }
    }

    /// Every way to spread these over frames.
    fn ways_to_cut(events: &[Event]) -> Vec<Vec<Vec<Event>>> {
        (0_u32..1 << (events.len() - 1))
            .map(|cuts| {
                let mut frames: Vec<Vec<Event>> = vec![];
                for (index, event) in events.iter().enumerate() {
                    match frames.last_mut() {
                        Some(frame) if cuts & (1 << (index - 1)) == 0 => frame.push(event.clone()),
                        _ => frames.push(vec![event.clone()]),
                    }
                }
                frames
            })
            .collect()
    }

    #[test]
    fn a_late_commit_is_waited_for() {
        let idle = vec![vec![]; 5];
        for start in [
            vec![vec![preedit("녕")], vec![preedit("")], vec![enter()]],
            vec![vec![preedit("녕")], vec![enter()], vec![preedit("")]],
            vec![vec![preedit("녕")], vec![enter(), preedit("")]],
        ] {
            let frames = [start, idle.clone(), vec![vec![commit("녕")]]].concat();
            assert_eq!(sent(frames.clone(), 0.016), ["녕"], "{frames:?}");
        }
    }

    #[test]
    fn text_typed_before_a_late_commit_belongs_to_the_next_message() {
        let before = [preedit("녕"), preedit(""), enter()];
        let next = [preedit("ㄱ"), preedit("가"), preedit(""), commit("가")];
        let frames = [
            before.to_vec(),
            vec![next[0].clone()],
            vec![commit("녕")],
            next[1..].to_vec(),
            vec![enter()],
        ];
        assert_eq!(sent(frames.to_vec(), 0.016), ["녕", "가"]);
        let frames = [
            before.to_vec(),
            vec![text("b"), enter()],
            vec![commit("녕")],
        ];
        assert_eq!(sent(frames.to_vec(), 0.016), ["녕", "b"]);
        // No commit came.
        let frames = [
            [&[text("a")], &before[..]].concat(),
            vec![text("b"), enter()],
        ];
        assert_eq!(sent(frames.to_vec(), 0.016), ["a", "b"]);
    }

    #[test]
    fn a_cancelled_composition_delays_enter_by_a_moment_at_most() {
        let mut keys = Keys::default();
        keys.filter(&mut vec![preedit("ㄴ")], 10.0);
        assert_eq!(keys.next_frame_in(10.0), None);
        keys.filter(&mut vec![preedit("")], 10.0);
        keys.filter(&mut vec![], 10.0 + COMMIT_COMES_IN);
        assert!(!keys.is_composing());
        assert_eq!(keys.next_frame_in(10.5), None, "at rest");
        assert!(keys.filter(&mut vec![enter()], 11.0), "at once");

        keys.filter(&mut vec![preedit("ㄴ")], 20.0);
        keys.filter(&mut vec![preedit("")], 20.0);
        assert!(!keys.filter(&mut vec![enter()], 20.1));
        let delay = keys.next_frame_in(20.1).expect("a frame");
        assert!((delay.as_secs_f64() - COMMIT_COMES_IN).abs() < 0.001);
        assert!(keys.filter(&mut vec![], 20.1 + COMMIT_COMES_IN));
        assert_eq!(
            (keys.is_composing(), keys.next_frame_in(21.0)),
            (false, None)
        );
    }

    #[test]
    fn text_typed_after_enter_belongs_to_the_next_message() {
        let frame = vec![text("a"), enter(), text("b"), enter(), text("c"), enter()];
        assert_eq!(sent(vec![frame], 0.016), ["a", "b", "c"]);
    }

    #[test]
    fn enter_sends_after_a_cancelled_composition() {
        assert_eq!(
            sent(
                vec![
                    vec![text("a"), preedit("ㄴ")],
                    vec![preedit("")],
                    vec![enter()]
                ],
                0.016
            ),
            ["a"]
        );
        assert_eq!(
            sent(
                vec![
                    vec![text("a"), preedit("ㄴ")],
                    vec![enter()],
                    vec![preedit("")]
                ],
                0.016
            ),
            ["a"]
        );
    }

    #[test]
    fn enter_sends_after_an_interrupted_composition() {
        assert_eq!(
            sent(
                vec![
                    vec![preedit("ㄴ")],
                    vec![preedit(""), text("hi")],
                    vec![enter()]
                ],
                0.016
            ),
            ["hi"]
        );
        // Without any event for the end, as when the focus moved away in between.
        let mut keys = Keys::default();
        keys.filter(&mut vec![preedit("ㄴ")], 1.0);
        assert!(keys.filter(&mut vec![text("hi"), enter()], 1.0));
    }

    #[test]
    fn shift_enter_is_left_to_the_text_field() {
        let mut keys = Keys::default();
        let mut frame = vec![key(Key::Enter, Modifiers::SHIFT)];
        assert!(!keys.filter(&mut frame, 1.0));
        assert_eq!(frame.len(), 1);
    }

    #[test]
    fn a_paste_that_could_never_be_sent_is_refused() {
        let mut keys = Keys::default();
        let mut frame = vec![Event::Paste("x".repeat(PASTE_CAP + 1))];
        assert!(!keys.filter(&mut frame, 1.0));
        assert_eq!((frame.len(), keys.refused_paste), (0, Some(PASTE_CAP + 1)));
    }
}
