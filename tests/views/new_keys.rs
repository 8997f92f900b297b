//! Another key at the address of a contact: somebody known, a key that was verified, and what waited for the old key.

use duologue::{
    gui::locale::Lang,
    identity::{Contact, PeerId, PublicKey, Trust},
    net::{Call, Command, ConnectError, Event, How},
    store::State,
};
use eframe::egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;

use crate::{
    messages::{self, Who},
    screen::{MINA, Screen, began, known},
    trust::{STRANGER, called, failed, next_call},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

fn other_key(seen: PublicKey, invited: bool) -> ConnectError {
    ConnectError::OtherKey {
        expected: MINA,
        seen,
        invited,
    }
}

fn jun(blocked: bool) -> Contact {
    Contact {
        blocked,
        addresses: vec!["jun-pc:50000".to_owned()],
        ..known(JUN, "Jun", Trust::Accepted)
    }
}

/// A window that knows Mina and Jun, in which a call to Mina was answered by this key.
fn answered(lang: Lang, trust: Trust, jun: Contact, error: ConnectError) -> (Screen, Call) {
    let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", trust), jun]);
    let call = called(&mut screen, lang);
    screen.report(failed(&call, error));
    (screen, call)
}

fn words(screen: &Screen, lang: Lang) -> String {
    let chat = screen.harness.state().chat();
    lang.problem(chat.problem().expect("it failed"), chat.contacts())
}

#[test]
fn a_key_that_is_known_is_named_and_can_be_talked_to_but_replaces_nobody() {
    for lang in Lang::ALL {
        for trust in [Trust::Accepted, Trust::Verified] {
            for invited in [false, true] {
                let error = other_key(JUN, invited);
                let (mut screen, call) = answered(lang, trust, jun(false), error);
                let said = words(&screen, lang);
                assert!(screen.has(&said) && said.contains("Jun"), "{said}");
                assert_eq!(said.contains("Mina"), !invited, "{said}");
                let contacts = screen.harness.state().chat().contacts();
                let new_key = lang.new_key_for(contacts, &MINA);
                let talk = lang.talk_to(contacts, &JUN, &MINA);
                assert!(talk.contains("Jun"), "{talk}");
                assert!(!screen.has_text(&new_key) && !screen.has(lang.someone_else()));
                screen.click_at_rest(&talk);
                let how = How::NewKey {
                    key: JUN,
                    replaces: None,
                };
                let again = next_call(&mut screen);
                assert_eq!((again.to, again.how), (call.to, how));
            }
        }
    }
}

#[test]
fn a_blocked_person_at_the_address_of_a_contact_is_named_and_not_called() {
    for lang in Lang::ALL {
        let error = other_key(JUN, false);
        let (mut screen, _) = answered(lang, Trust::Accepted, jun(true), error);
        assert!(words(&screen, lang).contains("Jun"));
        let contacts = screen.harness.state().chat().contacts();
        let talk = lang.talk_to(contacts, &JUN, &MINA);
        assert!(!screen.has(&talk) && !screen.has(lang.someone_else()));
        screen.click(lang.close());
        assert_eq!(screen.command(), None);
    }
}

#[test]
fn two_contacts_with_one_name_are_told_apart() {
    for lang in Lang::ALL {
        let other = Contact {
            their_name: "Mina".to_owned(),
            ..jun(false)
        };
        let (screen, _) = answered(lang, Trust::Accepted, other, other_key(JUN, false));
        let short: String = JUN.fingerprint().chars().take(19).collect();
        assert!(words(&screen, lang).contains(&short));
    }
}

/// The peer that answers the call can choose when the question appears.
#[test]
fn a_click_just_after_another_key_has_answered_accepts_nothing() {
    for lang in Lang::ALL {
        for button in 0..3 {
            let seen = if button == 0 { JUN } else { STRANGER };
            let error = other_key(seen, false);
            let (mut screen, _) = answered(lang, Trust::Accepted, jun(false), error);
            while screen.command().is_some() {}
            let contacts = screen.harness.state().chat().contacts();
            let words = match button {
                0 => lang.talk_to(contacts, &JUN, &MINA),
                1 => lang.someone_else().to_owned(),
                _ => lang.new_key_for(contacts, &MINA),
            };
            screen.click(&words);
            assert_eq!(screen.command(), None, "{words}");
            assert!(screen.has(&words));
            screen.click(lang.dont_connect());
            assert!(!screen.has(&words), "this may be done at once");
        }
    }
}

#[test]
fn a_verified_key_is_replaced_only_after_a_second_question() {
    for lang in Lang::ALL {
        let error = other_key(STRANGER, false);
        let (mut screen, call) = answered(lang, Trust::Verified, jun(false), error);
        let contacts = screen.harness.state().chat().contacts();
        let ask = format!("{}…", lang.new_key_for(contacts, &MINA));
        let title = lang.replace_title(contacts, &MINA);
        let question = lang.replace_question(contacts, &MINA, &STRANGER);
        assert!(question.contains(&STRANGER.fingerprint()));
        for close in [Key::Escape, Key::Enter] {
            screen.click_at_rest(&ask);
            assert!(screen.has(&title) && screen.has(&question));
            assert_eq!(
                screen.focused(),
                lang.keep_old_key(),
                "Enter changes nothing"
            );
            screen.press(close);
            assert!(!screen.has(&question), "{close:?}");
            assert_eq!(screen.command(), None);
        }
        screen.click_at_rest(&ask);
        screen
            .harness
            .get_by_role_and_label(Role::Dialog, &title)
            .get_by_role_and_label(Role::Button, lang.replace_key())
            .click();
        screen.run();
        let how = How::NewKey {
            key: STRANGER,
            replaces: Some(MINA),
        };
        screen.expect(Command::Connect(Call { how, ..call }));
        assert!(!screen.has(&question));
    }
}

#[test]
fn the_second_question_goes_with_the_first() {
    let lang = Lang::En;
    let error = other_key(STRANGER, false);
    let (mut screen, _) = answered(lang, Trust::Verified, jun(false), error);
    let contacts = screen.harness.state().chat().contacts();
    let title = lang.replace_title(contacts, &MINA);
    let ask = format!("{}…", lang.new_key_for(contacts, &MINA));
    screen.click_at_rest(&ask);
    assert!(screen.has(&title));
    // A conversation has begun, which the answer would end.
    screen.report(began(Who::Key(JUN)));
    assert!(!screen.has(&title));
}

#[test]
fn held_messages_are_counted_and_sent_or_discarded() {
    for lang in Lang::ALL {
        for (count, is_sent) in [(1, true), (1_200, false)] {
            let mut screen = Screen::encrypted(lang);
            let with = |held| {
                let mina = known(MINA, "Mina", Trust::Accepted);
                Event::Contacts([Contact { held, ..mina }].into())
            };
            screen.report(with(count));
            let contacts = screen.harness.state().chat().contacts();
            let said = lang.held(contacts, &MINA, count);
            assert!(screen.has(&said) && said.contains("Mina"), "{said}");
            assert!(said.contains(if is_sent { "1" } else { "1,200" }), "{said}");
            screen.wait(1.0);
            let (words, command) = if is_sent {
                (lang.send_held(), Command::SendHeld(MINA))
            } else {
                (lang.discard_held(), Command::DiscardHeld(MINA))
            };
            screen.press_by_keyboard(words);
            screen.expect(command);
            screen.report(with(0));
            assert!(!screen.has(&said) && !screen.has(words));
        }
    }
}

/// The holder of the new key can choose when they are shown.
#[test]
fn a_click_just_after_held_messages_are_shown_neither_sends_nor_discards_them() {
    for lang in Lang::ALL {
        for words in [lang.send_held(), lang.discard_held()] {
            let mut screen = Screen::encrypted(lang);
            while screen.command().is_some() {}
            let mina = known(MINA, "Mina", Trust::Accepted);
            screen.report(Event::Contacts([Contact { held: 2, ..mina }].into()));
            screen.wait(0.1);
            screen.click(words);
            assert_eq!(screen.command(), None);
            assert!(screen.has(words));
            screen.wait(1.0);
            screen.click(words);
            assert!(screen.command().is_some());
        }
    }
}

#[test]
fn held_messages_are_told_in_the_list_and_where_they_belong() {
    for lang in Lang::ALL {
        let mina = Contact {
            held: 2,
            ..known(MINA, "Mina", Trust::Accepted)
        };
        let mut screen = Screen::listing(lang, &[mina, jun(false)]);
        assert!(!screen.has(lang.send_held()), "no conversation is open");
        screen.report(began(Who::Key(JUN)));
        assert!(!screen.has(lang.send_held()), "it is Jun's");
        screen.show_list(lang);
        assert!(screen.has_text(&lang.held_count(2)));
        let contacts = screen.harness.state().chat().contacts();
        let name = lang.peer_id(contacts, &PeerId::Key(MINA));
        screen.row_of(lang, &name).click();
        screen.run();
        assert!(screen.has(lang.send_held()) && screen.has(lang.discard_held()));
    }
}

#[test]
fn a_held_message_is_not_said_to_wait() {
    for lang in Lang::ALL {
        let kept = vec![
            messages::mine(1, State::Delivered, "there"),
            messages::mine(2, State::Waiting, "for the old key"),
            messages::mine(3, State::Waiting, "for the new key"),
        ];
        let mut screen = Screen::keeping(lang, kept, 3);
        let with = |held, held_up_to| {
            let mina = Contact {
                held,
                held_up_to,
                ..known(MINA, "Mina", Trust::Accepted)
            };
            Event::Contacts([mina].into())
        };
        screen.report(with(1, 2));
        screen.answer();
        let marks = |screen: &Screen| -> Vec<_> {
            let marks = [lang.delivered(), lang.is_held(), lang.waiting()];
            let rows = screen.rows().into_iter();
            let mark = |row: String| marks.into_iter().find(|mark| row.contains(mark));
            rows.filter_map(mark).collect()
        };
        assert_eq!(
            marks(&screen),
            [lang.delivered(), lang.is_held(), lang.waiting()]
        );
        let beside = |screen: &Screen, mark| {
            let painted = screen.painted();
            painted.iter().any(|text| text.ends_with(mark))
        };
        assert!(beside(&screen, lang.is_held()));
        // The person has said send.
        screen.report(with(0, 0));
        assert_eq!(
            marks(&screen),
            [lang.delivered(), lang.waiting(), lang.waiting()]
        );
        assert!(!beside(&screen, lang.is_held()));
    }
}
