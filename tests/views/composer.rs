//! A message is sent once, whole, and in an encoding that the other side can read.

use duologue::{
    chat::MESSAGE_CAP,
    gui::locale::Lang,
    net::Origin,
    text::charset::{Charset, Reading},
};
use eframe::egui::{self, ImeEvent, Key, Modifiers};

use crate::{
    idle::frames_in,
    messages,
    screen::{PEER, PLAIN, Screen},
};

#[test]
fn enter_sends_and_shift_enter_breaks_the_line() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.write(lang, "one");
        screen
            .harness
            .key_press_modifiers(Modifiers::SHIFT, Key::Enter);
        screen.run();
        screen.write(lang, "two");
        assert!(
            screen.has(&lang.several_lines(2)),
            "the peer will take them for two"
        );
        assert_eq!(screen.sent(), []);
        screen.press(Key::Enter);
        assert_eq!(screen.sent(), [("one\ntwo".to_owned(), Charset::UTF_8)]);
        assert_eq!(screen.draft(), "");
        screen.press(Key::Enter);
        assert_eq!(screen.sent(), [], "an empty composer sends nothing");
    }
}

#[test]
fn the_send_button_sends_and_focus_returns_to_the_composer() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.write(lang, "hello");
        screen.click(lang.send());
        assert_eq!(screen.sent(), [("hello".to_owned(), Charset::UTF_8)]);
        screen.harness.event(egui::Event::Text("more".to_owned()));
        screen.run();
        assert_eq!(screen.draft(), "more");
    }
}

#[test]
fn a_click_into_the_log_leaves_the_caret_in_the_composer() {
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    screen.hear("hello");
    for at in [egui::pos2(300.0, 400.0), egui::pos2(60.0, 190.0)] {
        screen.harness.drag_at(at);
        screen.harness.drop_at(at);
        screen.run();
        screen.harness.event(egui::Event::Text("x".to_owned()));
        screen.run();
    }
    assert_eq!(screen.draft(), "xx");
}

#[test]
fn rows_show_whether_a_message_was_sent() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        for text in ["first", "second"] {
            screen.write(lang, text);
            screen.press(Key::Enter);
        }
        screen.report(messages::unstored_event(0, true));
        screen.report(messages::unstored_event(1, false));
        let rows = screen.rows();
        let [.., first, second] = rows.as_slice() else {
            panic!("{rows:?}")
        };
        assert!(
            first.starts_with(lang.you()) && first.ends_with(": first"),
            "{first}"
        );
        assert!(
            !first.contains(lang.not_sent()) && second.contains(lang.not_sent()),
            "{second}"
        );
    }
}

#[test]
fn up_recalls_the_last_message_with_the_caret_at_its_end() {
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    screen.write(lang, "again");
    screen.press(Key::Enter);
    screen.press(Key::ArrowUp);
    assert_eq!(screen.draft(), "again");
    screen.write(lang, "!");
    assert_eq!(screen.draft(), "again!");
    screen.press(Key::ArrowUp);
    assert_eq!(screen.draft(), "again!", "only into an empty composer");
}

#[test]
fn korean_to_a_silent_peer_asks_for_the_encoding_once() {
    for lang in Lang::ALL {
        for (button, charset) in [
            (lang.send_as_cp949(), Charset::CP949),
            (lang.send_as_utf8(), Charset::UTF_8),
        ] {
            let mut screen = Screen::connected(lang);
            screen.write(lang, "안녕하세요");
            screen.press(Key::Enter);
            assert_eq!((screen.sent(), screen.draft()), (vec![], "안녕하세요"));
            assert!(screen.has(lang.which_charset()));
            screen.click(button);
            assert_eq!(screen.sent(), [("안녕하세요".to_owned(), charset)]);
            screen.write(lang, "또");
            screen.press(Key::Enter);
            assert_eq!(screen.sent(), [("또".to_owned(), charset)], "asked once");
        }
    }
}

#[test]
fn a_peer_that_writes_cp949_is_answered_so_unasked_and_the_status_says_it() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        assert!(!screen.has_text("· CP949"));
        let cp949 = Charset::CP949.encode("안녕하세요").expect("Hangul");
        screen.hear_bytes(&cp949, Reading::default());
        assert!(screen.has_text("· CP949"));
        screen.write(lang, "치킨");
        screen.press(Key::Enter);
        assert_eq!(screen.sent(), [("치킨".to_owned(), Charset::CP949)]);
        screen.choose(lang, lang.encoding_out(), "UTF-8");
        assert!(!screen.has_text("· CP949"));
    }
}

#[test]
fn characters_missing_from_the_encoding_are_named_and_the_text_stays() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.write(lang, "좋아 😀");
        screen.press(Key::Enter);
        screen.click(lang.send_as_cp949());
        assert_eq!((screen.sent(), screen.draft()), (vec![], "좋아 😀"));
        assert!(screen.has_text("😀") && screen.has_text("CP949"));
        screen.click(lang.send_as_utf8());
        assert_eq!(screen.sent(), [("좋아 😀".to_owned(), Charset::UTF_8)]);
    }
}

#[test]
fn a_text_that_cannot_be_sent_stays_with_an_explanation() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        let long = "x".repeat(MESSAGE_CAP + 1);
        screen.write(lang, &long);
        screen.press(Key::Enter);
        assert_eq!((screen.sent(), screen.draft()), (vec![], long.as_str()));
        assert!(screen.has_text("64"));
        let mut alone = Screen::new(lang);
        alone.write(lang, "hello?");
        alone.press(Key::Enter);
        assert_eq!((alone.sent(), alone.draft()), (vec![], "hello?"));
        assert!(alone.has(lang.nobody_there()));
    }
}

fn preedit(text: &str) -> egui::Event {
    egui::Event::Ime(ImeEvent::Preedit {
        text: text.to_owned(),
        active_range_chars: None,
    })
}

fn commit(text: &str) -> egui::Event {
    egui::Event::Ime(ImeEvent::Commit(text.to_owned()))
}

fn enter() -> egui::Event {
    egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    }
}

#[test]
fn a_commit_and_enter_in_any_order_send_once() {
    let lang = Lang::Ko;
    for order in [
        vec![commit("녕"), enter()],
        vec![enter(), commit("녕")],
        vec![enter(), preedit(""), commit("녕")],
        vec![preedit(""), enter(), commit("녕")],
        vec![preedit(""), commit("녕"), enter()],
    ] {
        for in_one_frame in [true, false] {
            let mut screen = Screen::connected(lang);
            screen.hear("hi");
            screen.field(lang.message()).focus();
            screen.run();
            for event in [
                preedit("ㅇ"),
                preedit("아"),
                preedit("안"),
                commit("안"),
                preedit("ㄴ"),
                preedit("녕"),
            ] {
                screen.harness.event(event);
                screen.run();
            }
            assert_eq!(
                screen.draft(),
                "안녕",
                "the field shows what is being composed"
            );
            if in_one_frame {
                screen.harness.input_mut().events.extend(order.clone());
                screen.run();
            } else {
                for event in order.clone() {
                    screen.harness.event(event);
                    screen.harness.step();
                }
                screen.run();
            }
            assert_eq!(
                screen.sent(),
                [("안녕".to_owned(), Charset::UTF_8)],
                "{order:?} {in_one_frame}"
            );
            assert_eq!(screen.draft(), "", "{order:?} {in_one_frame}");
        }
    }
}

#[test]
fn enter_works_after_a_syllable_was_deleted() {
    let lang = Lang::Ko;
    let mut screen = Screen::connected(lang);
    screen.hear("hi");
    screen.write(lang, "안");
    for event in [preedit("ㄴ"), preedit(""), enter()] {
        screen.harness.event(event);
        screen.harness.step();
    }
    frames_in(&mut screen, 1.0);
    assert_eq!(screen.sent(), [("안".to_owned(), Charset::UTF_8)]);
    assert_eq!(screen.draft(), "");
}

#[test]
fn a_new_connection_does_not_interrupt_a_syllable() {
    let lang = Lang::Ko;
    let mut screen = Screen::new(lang);
    screen.field(lang.message()).focus();
    screen.run();
    screen.harness.event(preedit("ㅇ"));
    screen.run();
    screen.interrupted = false;
    screen.report(messages::connected_event(PEER, Origin::Accepted, PLAIN));
    for event in [preedit("아"), preedit("안"), commit("안")] {
        screen.harness.event(event);
        screen.run();
    }
    assert_eq!((screen.draft(), screen.interrupted), ("안", false));
}
