//! The questions on the screen, each at its place.
//!
//! A question that goes leaves its place empty while the pointer is among the questions and others are left, so that none
//! of them moves under it.

use eframe::egui::{Pos2, Rect};

use super::stillness::Stillness;
use crate::net::{JoinRequest, RequestId};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Cards {
    all: Vec<Card>,
    /// Where they were painted last.
    area: Rect,
    /// The question on which the pointer was pressed when a click could answer it.
    pressed: Option<RequestId>,
}

/// What is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    Pointer,
    Touch,
}

/// A question, or the place of one that is gone.
#[derive(Debug)]
pub(super) struct Card {
    pub request: JoinRequest,
    pub stillness: Stillness,
    pub is_gone: bool,
    /// Its details are shown.
    pub is_open: bool,
}

impl Default for Cards {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            area: Rect::NOTHING,
            pressed: None,
        }
    }
}

impl Cards {
    /// Takes over the requests that wait for an answer, oldest first.
    pub fn follow(&mut self, requests: &[JoinRequest], pointer: Option<Pos2>, now: f64) {
        for card in &mut self.all {
            card.is_gone = !requests.contains(&card.request);
        }
        let could_move = pointer.is_some_and(|pointer| self.area.contains(pointer));
        if requests.is_empty() || !could_move {
            self.all.retain(|card| !card.is_gone);
        }
        for request in requests {
            if !self.all.iter().any(|card| card.request == *request) {
                self.all.push(Card {
                    request: request.clone(),
                    stillness: Stillness::new(now),
                    is_gone: false,
                    is_open: false,
                });
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Card> {
        self.all.iter_mut()
    }

    /// They are painted here.
    pub fn set_area(&mut self, area: Rect) {
        self.area = area;
    }

    /// Something is pressed at this place. Whether it answers a question is decided now.
    pub fn press(&mut self, press: Press, place: Pos2, now: f64) {
        let is_ready = |card: &&Card| {
            let stillness = &card.stillness;
            stillness.place().contains(place)
                && match press {
                    Press::Pointer => stillness.wait_for_click(now) == Some(0.0),
                    Press::Touch => stillness.wait_for_key(now) <= 0.0,
                }
        };
        self.pressed = self.all.iter().find(is_ready).map(|card| card.request.id);
    }

    /// Whether this is the question on which the pointer was pressed last, when a click could answer it.
    pub fn was_pressed(&self, request: RequestId) -> bool {
        self.pressed == Some(request)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use eframe::egui::{pos2, vec2};

    use super::*;
    use crate::{identity::PeerId, store::Lookup};

    fn requests(ids: &[u64]) -> Vec<JoinRequest> {
        let one = |id: &u64| JoinRequest {
            id: RequestId(*id),
            from: IpAddr::from([10, 0, 0, 1]),
            peer_id: PeerId::Address("10.0.0.1".into()),
            encrypted_before: Lookup::Nothing,
        };
        ids.iter().map(one).collect()
    }

    fn shown(cards: &Cards) -> Vec<(u64, bool)> {
        let all = cards.all.iter();
        all.map(|card| (card.request.id.0, card.is_gone)).collect()
    }

    #[test]
    fn a_question_that_goes_leaves_its_place_until_the_pointer_has_left() {
        let (here, away) = (Some(pos2(10.0, 10.0)), Some(pos2(10.0, 500.0)));
        let mut cards = Cards::default();
        cards.follow(&requests(&[1, 2, 3]), here, 0.0);
        cards.set_area(Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 200.0)));
        cards.follow(&requests(&[2, 3]), here, 1.0);
        assert_eq!(shown(&cards), [(1, true), (2, false), (3, false)]);
        cards.follow(&requests(&[3, 4]), here, 2.0);
        assert_eq!(
            shown(&cards),
            [(1, true), (2, true), (3, false), (4, false)]
        );
        cards.follow(&requests(&[3, 4]), away, 3.0);
        assert_eq!(shown(&cards), [(3, false), (4, false)]);
        cards.follow(&requests(&[4]), None, 4.0);
        assert_eq!(shown(&cards), [(4, false)]);
        cards.follow(&[], away, 5.0);
        assert!(cards.is_empty());
    }

    #[test]
    fn a_press_counts_where_the_question_has_stood_still() {
        let mut cards = Cards::default();
        cards.follow(&requests(&[1, 2]), None, 0.0);
        let place = |y| Rect::from_min_size(pos2(0.0, y), vec2(300.0, 80.0));
        for (card, (y, is_pointed_at)) in cards.iter_mut().zip([(0.0, false), (80.0, true)]) {
            card.stillness.follow(place(y), is_pointed_at, 0.0);
        }
        let [first, second] = [pos2(10.0, 40.0), pos2(10.0, 120.0)];
        for press in [Press::Pointer, Press::Touch] {
            cards.press(press, second, 0.5);
            assert!(!cards.was_pressed(RequestId(2)));
            cards.press(press, second, 1.0);
            assert!(cards.was_pressed(RequestId(2)) && !cards.was_pressed(RequestId(1)));
            // A touch needs no pointer that was there before.
            cards.press(press, first, 1.0);
            assert_eq!(cards.was_pressed(RequestId(1)), press == Press::Touch);
        }
    }
}
