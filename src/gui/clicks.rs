//! Lets no click get lost that shares a frame with other movements of the pointer.
//!
//! egui looks only at where the pointer is after all events of a frame, and takes every press and release of that frame
//! to be there. So a frame ends before the pointer leaves the place of a press or release, before a button is pressed
//! again, and between a click and what is typed. The events that follow wait for the next frame.

use std::mem;

use eframe::egui::{Context, Event, Plugin, RawInput};

/// To be called once, at the start.
pub(super) fn install(ctx: &Context) {
    ctx.add_plugin(Clicks::default());
}

#[derive(Default)]
struct Clicks {
    /// The events that wait, in order.
    waiting: Vec<Event>,
}

impl Plugin for Clicks {
    fn debug_name(&self) -> &'static str {
        "clicks"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        self.waiting.append(&mut input.events);
        let rest = self.waiting.split_off(one_frame(&self.waiting));
        input.events = mem::replace(&mut self.waiting, rest);
        if !self.waiting.is_empty() {
            ctx.request_repaint();
        }
    }
}

/// The number of events that one frame can take.
fn one_frame(events: &[Event]) -> usize {
    let mut last_button = None;
    let mut is_typed = false;
    let ends = |event: &Event| {
        match (event, last_button) {
            (Event::PointerButton { pos, pressed, .. }, None) => {
                last_button = Some((*pos, *pressed));
                is_typed
            }
            (Event::PointerButton { pos, pressed, .. }, Some((place, was_pressed))) => {
                last_button = Some((place, *pressed));
                *pos != place || *pressed && !was_pressed
            }
            (Event::PointerMoved(pos), Some((place, _))) => *pos != place,
            (Event::PointerGone, Some(_)) => true,
            // A click moves the keyboard focus, and egui gives a frame's typing to what has it at the end.
            (event, is_clicked) if is_typing(event) => {
                is_typed = true;
                is_clicked.is_some()
            }
            _ => false,
        }
    };
    events.iter().position(ends).unwrap_or(events.len())
}

fn is_typing(event: &Event) -> bool {
    matches!(
        event,
        Event::Text(_)
            | Event::Paste(_)
            | Event::Cut
            | Event::Copy
            | Event::Ime(_)
            | Event::Key { pressed: true, .. }
    )
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Modifiers, PointerButton, pos2};
    use proptest::prelude::*;

    use super::*;

    fn moved(x: u8) -> Event {
        Event::PointerMoved(pos2(x.into(), 0.0))
    }

    fn button(x: u8, pressed: bool) -> Event {
        Event::PointerButton {
            pos: pos2(x.into(), 0.0),
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }
    }

    fn text() -> Event {
        Event::Text("a".to_owned())
    }

    /// What each frame gets if these events come in one.
    fn frames(mut events: Vec<Event>) -> Vec<Vec<Event>> {
        let mut frames = Vec::new();
        while !events.is_empty() {
            let rest = events.split_off(one_frame(&events));
            frames.push(mem::replace(&mut events, rest));
        }
        frames
    }

    #[test]
    fn a_click_is_in_one_frame() {
        let click = vec![
            moved(1),
            moved(2),
            button(2, true),
            moved(2),
            button(2, false),
        ];
        assert_eq!(frames(click.clone()), [click]);
    }

    #[test]
    fn the_pointer_leaves_after_a_click_in_the_next_frame() {
        let click = vec![moved(1), button(1, true), button(1, false)];
        for leave in [moved(2), Event::PointerGone] {
            let mut all = click.clone();
            all.extend([leave.clone(), text()]);
            assert_eq!(frames(all), [click.clone(), vec![leave, text()]]);
        }
    }

    #[test]
    fn what_is_typed_has_another_frame_than_a_click() {
        let all = vec![
            text(),
            text(),
            button(1, true),
            button(1, false),
            text(),
            moved(2),
        ];
        let sizes: Vec<_> = frames(all).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2, 2]);
    }

    #[test]
    fn each_click_has_a_frame() {
        let clicks = vec![
            button(1, true),
            button(1, false),
            button(1, true),
            button(1, false),
            moved(2),
            button(2, true),
            moved(3),
            button(3, false),
        ];
        let sizes: Vec<_> = frames(clicks).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2, 2, 2]);
    }

    proptest! {
        #[test]
        fn no_event_is_lost_doubled_or_moved(kinds in prop::collection::vec((0_u8..5, 0_u8..3), 0..40)) {
            let events: Vec<_> = kinds
                .iter()
                .map(|&(kind, x)| match kind {
                    0 => moved(x),
                    1 => button(x, true),
                    2 => button(x, false),
                    3 => Event::PointerGone,
                    _ => text(),
                })
                .collect();
            let frames = frames(events.clone());
            prop_assert!(frames.iter().all(|frame| !frame.is_empty()));
            prop_assert_eq!(frames.concat(), events);
        }
    }
}
