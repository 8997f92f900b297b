//! Whether a question may be answered: only once it has stood still for a moment, so that no click or key that was meant
//! for something else answers it.
//!
//! Knows no widgets. Times are the window's input time, in seconds.

use eframe::egui::Rect;

/// How long a question must have stood still, under the pointer for a click, in seconds.
pub(super) const STILL: f64 = 0.8;

/// Opacity of buttons that do nothing yet.
pub(in crate::gui) const NOT_YET: f32 = 0.4;

/// How long one question has stood still.
#[derive(Debug, Clone, Copy)]
pub(in crate::gui) struct Stillness {
    place: Rect,
    since: f64,
    /// Since when the pointer has been on it without it moving.
    pointed_at_since: Option<f64>,
}

impl Stillness {
    /// It is shown for the first time, at no place yet.
    pub fn new(now: f64) -> Self {
        Self {
            place: Rect::NOTHING,
            since: now,
            pointed_at_since: None,
        }
    }

    pub fn place(&self) -> Rect {
        self.place
    }

    /// It is shown here now.
    pub fn follow(&mut self, place: Rect, is_pointed_at: bool, now: f64) {
        if place != self.place {
            self.place = place;
            self.since = now;
            self.pointed_at_since = None;
        }
        self.pointed_at_since = is_pointed_at.then(|| self.pointed_at_since.unwrap_or(now));
    }

    /// How long until a click answers it, in seconds, 0 if it does now; `None` if the pointer is not on it.
    pub fn wait_for_click(&self, now: f64) -> Option<f64> {
        let since = self.pointed_at_since?;
        Some((since + STILL - now).max(0.0))
    }

    /// How long until a key, a touch or a screen reader answers it, in seconds; 0 if it does now.
    pub fn wait_for_key(&self, now: f64) -> f64 {
        (self.since + STILL - now).max(0.0)
    }

    /// How long until it is answered by what can answer it now, in seconds; 0 if it is now.
    pub fn wait(&self, now: f64) -> f64 {
        self.wait_for_click(now)
            .unwrap_or_else(|| self.wait_for_key(now))
    }
}

/// A question of which there is at most one, about `T`. One about something else has not stood still yet.
#[derive(Debug)]
pub(in crate::gui) struct OneQuestion<T>(Option<(T, Stillness)>);

impl<T> Default for OneQuestion<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: PartialEq> OneQuestion<T> {
    /// It is about this now.
    pub fn about(&mut self, what: T, now: f64) -> &mut Stillness {
        self.0.take_if(|(before, _)| *before != what);
        let (_, stillness) = self.0.get_or_insert_with(|| (what, Stillness::new(now)));
        stillness
    }

    /// There is none now.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;

    fn place(y: f32) -> Rect {
        Rect::from_min_size(pos2(0.0, y), vec2(300.0, 80.0))
    }

    fn may_click(stillness: &Stillness, now: f64) -> bool {
        stillness.wait_for_click(now) == Some(0.0)
    }

    #[test]
    fn keys_wait_until_it_has_stood_still() {
        let mut stillness = Stillness::new(10.0);
        stillness.follow(place(0.0), false, 10.0);
        stillness.follow(place(0.0), false, 10.5);
        assert!(stillness.wait_for_key(10.5) > 0.0);
        assert!(stillness.wait_for_key(10.0 + STILL) <= 0.0);
        stillness.follow(place(1.0), false, 11.0);
        assert!(stillness.wait_for_key(11.5) > 0.0, "it has moved");
        assert!(stillness.wait_for_key(11.0 + STILL) <= 0.0);
    }

    #[test]
    fn clicks_wait_until_it_has_stood_still_under_the_pointer() {
        let mut stillness = Stillness::new(10.0);
        stillness.follow(place(0.0), false, 10.0);
        assert!(!may_click(&stillness, 99.0), "the pointer is elsewhere");
        stillness.follow(place(0.0), true, 20.0);
        assert!(!may_click(&stillness, 20.5) && may_click(&stillness, 20.0 + STILL));
        // It moves under the pointer.
        stillness.follow(place(5.0), true, 30.0);
        assert!(!may_click(&stillness, 30.5) && may_click(&stillness, 30.0 + STILL));
        // The pointer leaves and comes back.
        stillness.follow(place(5.0), false, 40.0);
        stillness.follow(place(5.0), true, 40.1);
        assert!(!may_click(&stillness, 40.5) && may_click(&stillness, 40.1 + STILL));
    }

    #[test]
    fn a_question_about_somebody_else_has_not_stood_still_in_the_same_place() {
        let mut question = OneQuestion::default();
        question.about("Mina", 10.0).follow(place(0.0), true, 10.0);
        assert!(question.about("Mina", 11.0).wait(11.0) <= 0.0);
        assert!(question.about("Jun", 11.0).wait(11.0) > 0.0);
        question.about("Jun", 11.0).follow(place(0.0), true, 11.0);
        assert!(question.about("Jun", 12.0).wait(12.0) <= 0.0);
    }
}
