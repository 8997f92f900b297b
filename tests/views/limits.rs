//! The question whether to take more of a peer that has sent a lot today.

use duologue::{
    gui::locale::Lang,
    identity::{PeerId, Trust},
    net::{Command, EndReason, Event},
};
use eframe::egui::{Role, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::screen::{MINA, Screen, named};

const BYTES: u64 = 200_000_000;

fn mina() -> PeerId {
    PeerId::Key(MINA)
}

/// A window with the question about Mina, which has stood still for long enough.
fn asked(lang: Lang) -> Screen {
    let mut screen = Screen::encrypted(lang);
    while screen.command().is_some() {}
    screen.report(Event::LimitReached {
        peer_id: mina(),
        bytes: BYTES,
    });
    screen
}

fn question(screen: &Screen, lang: Lang) -> String {
    let contacts = screen.harness.state().chat().contacts();
    lang.take_more_question(contacts, &mina(), BYTES)
}

#[test]
fn the_question_whether_to_take_more_is_answered_once_with_yes_or_no() {
    for lang in Lang::ALL {
        for take in [true, false] {
            let mut screen = asked(lang);
            screen.wait(1.0);
            let question = question(&screen, lang);
            assert!(screen.has(&question) && screen.has(lang.take_more_hint()));
            assert!(
                question.contains("Mina") && question.contains("200 MB"),
                "{question}"
            );
            let button = if take {
                lang.take_more(BYTES)
            } else {
                lang.take_no_more().to_owned()
            };
            screen.press_by_keyboard(&button);
            let peer_id = mina();
            screen.expect(Command::TakeMore { peer_id, take });
            assert!(!screen.has(&question));
        }
    }
}

#[test]
fn the_question_goes_with_the_conversation() {
    for lang in Lang::ALL {
        let mut screen = asked(lang);
        assert!(screen.has(&question(&screen, lang)));
        screen.report(Event::Ended(EndReason::PeerLeft));
        assert!(!screen.has(&question(&screen, lang)));
    }
}

#[test]
fn a_click_just_after_the_question_has_appeared_does_not_answer_it() {
    for lang in Lang::ALL {
        let mut screen = asked(lang);
        screen.wait(0.1);
        screen.click(&lang.take_more(BYTES));
        assert_eq!(screen.command(), None);
        assert!(screen.has(&question(&screen, lang)));
    }
}

#[test]
fn the_question_fits_the_smallest_window() {
    for lang in Lang::ALL {
        let mut screen = asked(lang);
        screen.harness.set_size(vec2(380.0, 320.0));
        screen.run();
        screen.wait(1.0);
        // Longer than the name of most people.
        let long = named(
            MINA,
            "A name that is just as long as it may be",
            Trust::Accepted,
        );
        screen.report(Event::Contacts([long].into()));
        screen.wait(1.0);
        let composer = screen.harness.get_by_role(Role::MultilineTextInput);
        let end = composer.rect().top();
        for words in [lang.take_more(BYTES).as_str(), lang.take_no_more()] {
            let button = screen.harness.get_by_role_and_label(Role::Button, words);
            button.focus();
            screen.run();
            let button = screen.harness.get_by_role_and_label(Role::Button, words);
            assert!(
                button.rect().bottom() <= end,
                "{words}: {:?}",
                button.rect()
            );
        }
        screen.wait(1.0);
        screen.press_by_keyboard(lang.take_no_more());
        let (peer_id, take) = (mina(), false);
        screen.expect(Command::TakeMore { peer_id, take });
    }
}
