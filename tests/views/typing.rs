//! The typing line, on a virtual clock.

use duologue::{
    gui::locale::Lang,
    net::{Command, EndReason, Event},
    settings::{Settings, Theme},
};
use eframe::egui::{Key, Modifiers};

use crate::{
    idle::frames_in,
    messages::Who,
    screen::{MINA, PLAIN, Screen, began},
};

fn shows_writing(screen: &Screen, lang: Lang) -> bool {
    let contacts = screen.harness.state().chat().contacts();
    screen.has(&lang.is_typing(contacts, &MINA))
}

/// The typing commands since the last call.
fn told(screen: &mut Screen) -> Vec<bool> {
    std::iter::from_fn(|| screen.command())
        .filter_map(|command| match command {
            Command::SetTyping(typing) => Some(typing),
            _ => None,
        })
        .collect()
}

#[test]
fn the_typing_line_is_shown_while_the_peer_types() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        assert!(!shows_writing(&screen, lang));
        screen.report(Event::Typing(true));
        assert!(shows_writing(&screen, lang));
        screen.report(Event::Typing(false));
        assert!(!shows_writing(&screen, lang));
        screen.report(Event::Typing(true));
        screen.hear_encrypted("done");
        assert!(
            !shows_writing(&screen, lang),
            "the message was what was written"
        );
        screen.report(Event::Typing(true));
        screen.report(Event::Ended(EndReason::PeerLeft));
        assert!(!shows_writing(&screen, lang));
    }
}

#[test]
fn the_typing_line_disappears_by_itself_and_costs_nothing_then() {
    let lang = Lang::En;
    let mut screen = Screen::encrypted(lang);
    // The caret stops blinking, too.
    frames_in(&mut screen, 11.0);
    screen.harness.step();
    frames_in(&mut screen, 1.0);
    screen.report(Event::Typing(true));
    let frames = frames_in(&mut screen, 7.0);
    assert_eq!(frames, 0, "nothing changes for 8 s");
    screen.harness.step();
    assert!(shows_writing(&screen, lang));
    let frames = frames_in(&mut screen, 5.0);
    assert!(
        (1..=3).contains(&frames),
        "{frames} frames for the end of it"
    );
    assert!(!shows_writing(&screen, lang));
    screen.harness.step();
    frames_in(&mut screen, 1.0);
    assert_eq!(frames_in(&mut screen, 20.0), 0);
}

#[test]
fn nothing_jumps_when_the_typing_line_appears_or_disappears() {
    let mut screen = Screen::encrypted(Lang::En);
    for number in 0..60 {
        screen.hear_encrypted(&format!("message {number}"));
    }
    let before = (screen.rows(), screen.harness.state().rows_in_view());
    screen.report(Event::Typing(true));
    assert_eq!(
        (screen.rows(), screen.harness.state().rows_in_view()),
        before
    );
    screen.report(Event::Typing(false));
    assert_eq!(
        (screen.rows(), screen.harness.state().rows_in_view()),
        before
    );
}

#[test]
fn typing_is_sent_but_not_with_every_key() {
    let lang = Lang::En;
    let mut screen = Screen::encrypted(lang);
    screen.write(lang, "h");
    assert_eq!(told(&mut screen), [true]);
    screen.write(lang, "e");
    screen.write(lang, "l");
    assert!(told(&mut screen).is_empty(), "said already");
    frames_in(&mut screen, 6.0);
    assert!(told(&mut screen).is_empty(), "thinking is not writing");
    screen.write(lang, "l");
    assert_eq!(told(&mut screen), [true], "still at it");
    screen.fill(lang.message(), "");
    assert_eq!((told(&mut screen), screen.draft()), (vec![false], ""));
    screen.write(lang, "hello");
    assert_eq!(told(&mut screen), [true]);
    screen.press(Key::Enter);
    assert!(
        told(&mut screen).is_empty(),
        "the message says that it is written"
    );
    screen.write(lang, "and");
    assert_eq!(told(&mut screen), [true]);
    // A new conversation starts with nothing.
    screen.report(Event::Ended(EndReason::PeerLeft));
    screen.report(began(Who::Key(MINA)));
    screen.write(lang, "!");
    assert_eq!(told(&mut screen), [true]);
}

#[test]
fn shift_enter_counts_as_typing() {
    let lang = Lang::En;
    let mut screen = Screen::encrypted(lang);
    screen.field(lang.message()).focus();
    screen.run();
    screen
        .harness
        .key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    screen.run();
    assert_eq!(told(&mut screen), [true]);
}

#[test]
fn typing_is_not_sent_in_plain_text_or_when_turned_off() {
    for lang in Lang::ALL {
        let mut plain = Screen::connected(lang);
        plain.write(lang, "hello");
        assert!(told(&mut plain).is_empty());

        let settings = Settings {
            theme: Theme::Light,
            show_typing: false,
            ..Settings::default()
        };
        let mut screen = Screen::with(lang, settings, None);
        screen.report(began(Who::Key(MINA)));
        screen.write(lang, "hello");
        assert!(told(&mut screen).is_empty());
    }
}

#[test]
fn turning_typing_off_works_at_once() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.write(lang, "hello");
        assert_eq!(told(&mut screen), [true]);
        screen.check(lang, lang.show_typing());
        assert_eq!(told(&mut screen), [false]);
        screen.write(lang, "!");
        assert!(told(&mut screen).is_empty());
        screen.check(lang, lang.show_typing());
        screen.write(lang, "!");
        assert_eq!(told(&mut screen), [true]);
    }
}

#[test]
fn typing_is_not_shown_in_plain_text() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.report(began(PLAIN));
    screen.report(Event::Typing(true));
    assert!(!screen.has_text("writing"));
    // A wrong clock of the peer changes nothing here.
    let mut screen = Screen::encrypted(lang);
    screen.hear_encrypted_of("late", i64::MIN);
    assert!(
        screen
            .rows()
            .last()
            .is_some_and(|row| row.ends_with(": late"))
    );
}
