//! A window that gets another size is laid out for it in the first frame. It rests afterwards, so a part in the wrong
//! place would stay there.

use duologue::{
    gui::locale::Lang,
    identity::Trust,
    net::{Call, ConnectError},
};
use eframe::egui::{Pos2, Rect, Role, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    screen::{MINA, Screen, known},
    trust::{STRANGER, called, failed},
};

const SMALLEST: Vec2 = vec2(380.0, 320.0);
/// From one to the next, the bars or a dialog or both get another size. The last but one is the smallest.
const SIZES: [Vec2; 7] = [
    vec2(500.0, 560.0),
    vec2(490.0, 560.0),
    vec2(480.0, 560.0),
    vec2(470.0, 560.0),
    vec2(460.0, 560.0),
    SMALLEST,
    vec2(640.0, 560.0),
];

/// A window in which another key than Mina's has answered.
fn answered(lang: Lang) -> (Screen, Call) {
    let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Verified)]);
    let call = called(&mut screen, lang);
    let error = ConnectError::OtherKey {
        expected: MINA,
        seen: STRANGER,
        invited: false,
    };
    screen.report(failed(&call, error));
    (screen, call)
}

/// Where everything is, and where what is painted is cut off.
fn layout(screen: &Screen) -> (Vec<String>, Vec<Rect>) {
    let nodes = screen.harness.query_all_by(|_| true);
    let bounds = nodes.filter_map(|node| node.accesskit_node().raw_bounds());
    let bounds = bounds.map(|bounds| format!("{bounds:?}"));
    let mut cut: Vec<Rect> = Vec::new();
    for shape in &screen.harness.output().shapes {
        if !cut.contains(&shape.clip_rect) {
            cut.push(shape.clip_rect);
        }
    }
    (bounds.collect(), cut)
}

#[track_caller]
fn assert_laid_out_at_once(mut screen: Screen, what: &str) {
    for size in SIZES {
        screen.harness.set_size(size);
        screen.harness.step();
        let at_once = layout(&screen);
        screen.run();
        assert_eq!(at_once, layout(&screen), "{what} at {size}");
    }
}

#[test]
fn bars_are_as_high_as_their_content() {
    for lang in Lang::ALL {
        assert_laid_out_at_once(answered(lang).0, "a problem");
    }
}

#[test]
fn a_dialog_is_in_the_middle() {
    for lang in Lang::ALL {
        let (mut screen, _) = answered(lang);
        let contacts = screen.harness.state().chat().contacts();
        screen.click(&format!("{}…", lang.new_key_for(contacts, &MINA)));
        assert_laid_out_at_once(screen, "the second question");

        let mut screen = Screen::encrypted(lang);
        screen.click(lang.verify());
        assert_laid_out_at_once(screen, "numbers to compare");

        let mut screen = Screen::encrypted(lang);
        screen.click(lang.people());
        assert_laid_out_at_once(screen, "people");
    }
}

#[test]
fn every_button_about_a_changed_key_can_be_reached_in_the_smallest_window() {
    for lang in Lang::ALL {
        let name = "A name that is just as long as it may be";
        let mut screen = Screen::knowing(lang, &[known(MINA, name, Trust::Verified)]);
        let call = called(&mut screen, lang);
        let error = ConnectError::OtherKey {
            expected: MINA,
            seen: STRANGER,
            invited: false,
        };
        screen.harness.set_size(SMALLEST);
        screen.report(failed(&call, error));
        let window = Rect::from_min_size(Pos2::ZERO, SMALLEST);
        let composer = screen.harness.get_by_role(Role::MultilineTextInput).rect();
        assert!(window.contains_rect(composer), "{composer:?}");
        let contacts = screen.harness.state().chat().contacts();
        let new_key = format!("{}…", lang.new_key_for(contacts, &MINA));
        for words in [lang.dont_connect(), lang.someone_else(), &new_key] {
            let button = screen.harness.get_by_role_and_label(Role::Button, words);
            button.focus();
            screen.run();
            let button = screen.harness.get_by_role_and_label(Role::Button, words);
            let rect = button.rect();
            assert!(window.contains_rect(rect), "{words}: {rect:?}");
            assert!(rect.bottom() <= composer.top(), "{words}: {rect:?}");
        }
    }
}
