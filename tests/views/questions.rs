//! Questions whether to let somebody in: no click and no key that was meant for something else answers them.

use std::net::IpAddr;

use duologue::{
    gui::locale::Lang,
    identity::PublicKey,
    net::{Command, Event, Rejection, RequestId},
};
use eframe::egui::{self, Key, Pos2, Rect, Role, TouchDeviceId, TouchId, TouchPhase};
use egui_kittest::kittest::Queryable as _;

use crate::{
    messages::{self, Who},
    screen::{PLAIN, Screen},
};

/// An address far away from every question.
const AWAY: Pos2 = Pos2::new(300.0, 500.0);

/// A question about a stranger, who has another key and another address for each number.
fn asked(number: u8) -> Event {
    let from = IpAddr::from([192, 168, 0, number]);
    let key = PublicKey::from_bytes([number; 32]);
    messages::asked_event(number.into(), from, Who::Key(key))
}

fn over(number: u64) -> Event {
    Event::JoinRequestOver(RequestId(number))
}

fn answer(number: u64, admit: bool) -> Command {
    let request = RequestId(number);
    Command::Answer { request, admit }
}

/// Where the buttons of this name are, from top to bottom.
fn places(screen: &Screen, words: &str) -> Vec<Rect> {
    let buttons = screen.harness.query_all_by_role(Role::Button);
    let named = buttons.filter(|node| {
        use egui_kittest::kittest::NodeT as _;
        node.accesskit_node().label().as_deref() == Some(words)
    });
    let mut all: Vec<_> = named.map(|node| node.rect()).collect();
    all.sort_by(|one, other| one.top().total_cmp(&other.top()));
    all
}

fn hover(screen: &mut Screen, pos: Pos2) {
    screen.harness.hover_at(pos);
    screen.run();
}

fn press(screen: &mut Screen, pos: Pos2, pressed: bool) {
    screen.harness.event(egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    });
    screen.run();
}

fn click(screen: &mut Screen, pos: Pos2) {
    press(screen, pos, true);
    press(screen, pos, false);
}

#[test]
fn a_question_takes_no_click_before_it_has_stood_still_under_the_pointer() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.report(asked(1));
        screen.wait(5.0);
        let accept = places(&screen, lang.accept())[0].center();
        // It has stood still for long, and the pointer comes only now.
        hover(&mut screen, accept);
        click(&mut screen, accept);
        assert_eq!(screen.command(), None);
        hover(&mut screen, AWAY);
        screen.report(over(1));
        // The pointer is there, and the question comes only now.
        hover(&mut screen, accept);
        screen.wait(5.0);
        screen.report(asked(2));
        for _ in 0..2 {
            click(&mut screen, accept);
            assert_eq!(screen.command(), None);
            screen.wait(0.3);
        }
        screen.wait(0.3);
        click(&mut screen, accept);
        screen.expect(answer(2, true));
    }
}

#[test]
fn a_click_counts_from_where_the_pointer_was_pressed() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.report(asked(1));
    let accept = places(&screen, lang.accept())[0].center();
    hover(&mut screen, accept);
    press(&mut screen, accept, true);
    screen.wait(0.7);
    screen.wait(0.7);
    press(&mut screen, accept, false);
    assert_eq!(screen.command(), None, "it was pressed too early");
    click(&mut screen, accept);
    screen.expect(answer(1, true));
}

#[test]
fn a_question_that_moves_under_the_pointer_takes_no_click() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.report(asked(1));
    screen.report(asked(2));
    let second = places(&screen, lang.accept())[1].center();
    // The first one goes while the pointer is elsewhere.
    screen.wait(5.0);
    screen.report(over(1));
    let moved = places(&screen, lang.accept())[0].center();
    assert!(moved.y < second.y, "it has moved up");
    hover(&mut screen, moved);
    screen.wait(2.0);
    // Something above pushes it down, and back.
    screen.report(rejected(1));
    let pushed = places(&screen, lang.accept())[0].center();
    assert!(pushed.y > moved.y);
    hover(&mut screen, pushed);
    click(&mut screen, pushed);
    assert_eq!(screen.command(), None);
    screen.wait(1.0);
    click(&mut screen, pushed);
    screen.expect(answer(2, true));
}

#[test]
fn a_question_that_goes_leaves_its_place_until_the_pointer_has_left() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        for number in 1..=3 {
            screen.report(asked(number));
        }
        let before = places(&screen, lang.accept());
        let second = before[1].center();
        hover(&mut screen, second);
        screen.wait(1.0);
        screen.report(over(1));
        assert_eq!(places(&screen, lang.accept()), before[1..]);
        assert!(screen.has(lang.asks_no_more()));
        // The one below has not moved, so it takes the click at once.
        click(&mut screen, second);
        screen.expect(answer(2, true));
        // A second click on the same place answers nothing.
        click(&mut screen, second);
        screen.wait(1.0);
        click(&mut screen, second);
        assert_eq!(screen.command(), None);
        assert_eq!(places(&screen, lang.accept()), before[2..]);
        hover(&mut screen, AWAY);
        assert_eq!(places(&screen, lang.accept()), before[..1]);
        assert!(!screen.has(lang.asks_no_more()));
        // Nothing is left that could move.
        hover(&mut screen, before[0].center());
        screen.report(over(3));
        assert!(!screen.has(lang.asks_no_more()));
    }
}

#[test]
fn a_key_answers_only_a_question_that_has_stood_still() {
    for lang in Lang::ALL {
        for (key, words, admit) in [
            (Key::Enter, lang.accept(), true),
            (Key::Space, lang.reject(), false),
        ] {
            let mut screen = Screen::new(lang);
            // From now on the clock stands still.
            screen.wait(0.0);
            screen.report(asked(1));
            screen.tab_to(words);
            screen.press(key);
            assert_eq!(screen.command(), None);
            screen.wait(0.7);
            screen.press(key);
            assert_eq!(screen.command(), None);
            screen.wait(0.2);
            screen.press(key);
            screen.expect(answer(1, admit));
        }
    }
}

#[test]
fn a_screen_reader_answers_a_question_that_has_stood_still() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.wait(0.0);
    screen.report(asked(1));
    for expected in [None, Some(answer(1, true))] {
        let accept = screen
            .harness
            .get_by_role_and_label(Role::Button, lang.accept());
        accept.click_accesskit();
        screen.run();
        assert_eq!(screen.command(), expected);
        screen.wait(1.0);
    }
}

/// A finger has no place before it touches.
#[test]
fn a_touch_answers_a_question_that_has_stood_still() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.wait(0.0);
    screen.report(asked(1));
    let accept = places(&screen, lang.accept())[0].center();
    for expected in [None, Some(answer(1, true))] {
        let touch = |phase| egui::Event::Touch {
            device_id: TouchDeviceId(1),
            id: TouchId(1),
            phase,
            pos: accept,
            force: None,
        };
        screen.harness.event(touch(TouchPhase::Start));
        hover(&mut screen, accept);
        press(&mut screen, accept, true);
        press(&mut screen, accept, false);
        screen.harness.event(touch(TouchPhase::End));
        screen.harness.remove_cursor();
        screen.run();
        assert_eq!(screen.command(), expected);
        screen.wait(1.0);
    }
}

#[test]
fn after_three_noes_everybody_unknown_can_be_refused() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        for number in 1..=4 {
            screen.report(asked(number));
            let offered = places(&screen, lang.refuse_unknown());
            assert_eq!(offered.len(), usize::from(number == 4), "{number}");
            let words = if number == 4 {
                lang.refuse_unknown()
            } else {
                lang.reject()
            };
            screen.wait(1.0);
            screen.tab_to(words);
            screen.press(Key::Enter);
            let expected = if number == 4 {
                Command::RefuseUnknown(true)
            } else {
                answer(number.into(), false)
            };
            screen.expect(expected);
        }
        screen.report(over(4));
        screen.report(Event::UnknownRefused(true));
        assert!(screen.has(lang.unknown_refused()));
        screen.click(lang.ask_again());
        screen.expect(Command::RefuseUnknown(false));
        screen.report(Event::UnknownRefused(false));
        assert!(!screen.has(lang.unknown_refused()));
        // A plain caller, too, and counting begins again.
        screen.report(messages::asked_event(5, [192, 168, 0, 5].into(), PLAIN));
        assert!(!screen.has(lang.refuse_unknown()));
    }
}

fn rejected(count: u32) -> Event {
    Event::CallersRejected {
        why: Rejection::Busy,
        from: IpAddr::from([10, 0, 0, 1]),
        count,
    }
}

#[test]
fn rejected_callers_are_one_line_outside_the_conversation_and_no_news() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.lose_focus();
        screen.called_for = false;
        let rows = screen.rows();
        for _ in 0..3 {
            screen.report(rejected(2));
        }
        assert_eq!(screen.rows(), rows);
        assert!(screen.has_text("10.0.0.1") && screen.has_text("6"));
        assert!(!screen.called_for);
        screen.click(lang.close());
        assert!(!screen.has_text("10.0.0.1"));
    }
}
