//! Somebody connects while the person is busy with something else.

use duologue::{
    gui::locale::Lang,
    identity::{PeerId, PublicKey, Trust},
    net::{Command, EndReason, Event, How, Origin},
};
use eframe::egui::Key;

use crate::{
    changes,
    history::said,
    messages::{self, Who},
    screen::{MINA, PEER, Screen, call, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

/// A conversation with Mina is shown, and Jun is known.
fn shown(lang: Lang) -> Screen {
    let mut screen = Screen::keeping(lang, said(20), 20);
    let people = [
        named(MINA, "Mina", Trust::Accepted),
        named(JUN, "Jun", Trust::Accepted),
    ];
    screen.report(Event::Contacts(people.into()));
    screen.answer();
    screen
}

fn jun_connects(screen: &mut Screen, origin: Origin) {
    screen.report(messages::connected_event(PEER, origin, Who::Key(JUN)));
    screen.answer();
}

fn whose(screen: &Screen) -> Option<&PeerId> {
    screen.harness.state().chat().shown()
}

/// What the window says of Jun.
fn words(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Jun has connected.",
        Lang::Ko => "Jun이 연결했습니다.",
    }
}

#[test]
fn what_is_written_to_one_person_never_goes_to_another_who_connects() {
    for lang in Lang::ALL {
        let mut screen = shown(lang);
        screen.write(lang, "a secret for Mina");
        jun_connects(&mut screen, Origin::Accepted);
        assert_eq!(whose(&screen), Some(&PeerId::Key(MINA)));
        screen.write(lang, " only");
        assert_eq!(screen.draft(), "a secret for Mina only");
        assert!(screen.has_text(words(lang)), "{:?}", screen.painted());
        screen.press(Key::Enter);
        let message = std::iter::from_fn(|| screen.command())
            .find_map(|command| messages::outgoing(&command))
            .expect("it was sent");
        assert_eq!(message.to, Some(MINA));
        // One click leads there.
        screen.click(lang.open());
        screen.answer();
        assert_eq!(whose(&screen), Some(&PeerId::Key(JUN)));
        assert!(!screen.has_text(words(lang)));
    }
}

#[test]
fn a_caller_is_shown_at_once_to_somebody_who_writes_nothing() {
    let mut screen = shown(Lang::En);
    jun_connects(&mut screen, Origin::Accepted);
    assert_eq!(whose(&screen), Some(&PeerId::Key(JUN)));
    assert!(!screen.has_text(words(Lang::En)));
}

/// The person calls an address, and Jun has answered there.
fn call_jun(screen: &mut Screen, lang: Lang) {
    screen.fill(lang.host(), "192.168.0.5:50000");
    screen.press(Key::Enter);
    let call = std::iter::from_fn(|| screen.command()).find_map(|command| match command {
        Command::Connect(call) => Some(call),
        _ => None,
    });
    let to = call.expect("a call").to;
    screen.report(Event::Waiting { to, key: JUN });
}

#[test]
fn who_was_called_is_shown_unless_something_was_written_since() {
    let lang = Lang::En;
    // His call may cross ours.
    for origin in [Origin::Dialled, Origin::Accepted] {
        for writes in [false, true] {
            let mut screen = shown(lang);
            screen.write(lang, "half a thought");
            call_jun(&mut screen, lang);
            if writes {
                screen.write(lang, " and more");
            }
            jun_connects(&mut screen, origin);
            let expected = if writes { MINA } else { JUN };
            assert_eq!(whose(&screen), Some(&PeerId::Key(expected)), "{origin:?}");
        }
    }
}

#[test]
fn a_connection_that_comes_back_by_itself_takes_nothing_away() {
    let lang = Lang::En;
    let mut screen = shown(lang);
    jun_connects(&mut screen, Origin::Dialled);
    screen.report(Event::Redialling {
        call: call(How::To(JUN)),
        key: JUN,
        wait: None,
    });
    screen.open_row(lang, "Mina");
    screen.answer();
    screen.write(lang, "a secret for Mina");
    jun_connects(&mut screen, Origin::Dialled);
    assert_eq!(whose(&screen), Some(&PeerId::Key(MINA)));
}

#[test]
fn an_answer_that_has_no_word_yet_is_writing_too() {
    let lang = Lang::En;
    let mut screen = changes::connected(lang, changes::kept());
    changes::open_menu(&mut screen, "hello");
    screen.click(lang.reply());
    screen.report(Event::Ended(EndReason::PeerLeft));
    screen.wait(5.0);
    jun_connects(&mut screen, Origin::Accepted);
    assert_eq!(whose(&screen), Some(&PeerId::Key(MINA)));
}

#[test]
fn who_was_let_in_is_shown_whatever_is_written() {
    let lang = Lang::En;
    let mut screen = shown(lang);
    screen.write(lang, "half a thought");
    screen.report(messages::asked_event(1, PEER.ip(), Who::Key(JUN)));
    screen.wait(1.0);
    screen.click_at_rest(lang.accept());
    jun_connects(&mut screen, Origin::Accepted);
    assert_eq!(whose(&screen), Some(&PeerId::Key(JUN)));
}

#[test]
fn a_caller_does_not_take_the_keyboard_from_another_field() {
    let lang = Lang::En;
    let mut screen = shown(lang);
    screen
        .harness
        .key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::F);
    screen.run();
    let field = screen.focused();
    jun_connects(&mut screen, Origin::Accepted);
    assert_eq!(screen.focused(), field);
    assert!(screen.has_text(words(lang)));
    // Nothing is said about who has left.
    screen.report(Event::Ended(EndReason::PeerLeft));
    assert!(!screen.has_text(words(lang)));
}
