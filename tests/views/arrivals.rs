//! Somebody connects while the person is busy with something else.

use duologue::{
    gui::locale::Lang,
    identity::{PeerId, PublicKey, Trust},
    net::{EndReason, Event, Origin},
};
use eframe::egui::Key;

use crate::{
    history::said,
    messages::{self, Who},
    screen::{MINA, PEER, Screen, named},
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

#[test]
fn who_was_called_is_shown_whatever_is_written() {
    let mut screen = shown(Lang::En);
    screen.write(Lang::En, "half a thought");
    jun_connects(&mut screen, Origin::Dialled);
    assert_eq!(whose(&screen), Some(&PeerId::Key(JUN)));
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
