//! Who may connect, who is connected, and what is known about them.

use std::net::IpAddr;

use duologue::{
    gui::locale::Lang,
    identity::{Contact, IdentityError, PeerId, PublicKey, SafetyNumber, Trust},
    net::{
        Call, Command, ConnectError, ContactChange, EndReason, Event, How, JoinRequest, Origin,
        RequestId,
    },
    store::{Lookup, StoreError},
    text::charset::Charset,
};
use eframe::egui::{self, ImeEvent, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    idle::frames_in,
    messages::{self, Who},
    screen::{ME, MINA, PEER, PLAIN, Screen, began, known, midnight},
};

/// The key of a stranger.
pub(crate) const STRANGER: PublicKey = PublicKey::from_bytes([9; 32]);

fn asked(number: u64, who: Who) -> Event {
    let from = IpAddr::from([192, 168, 0, 9]);
    messages::asked_event(number, from, who)
}

fn answer(number: u64, admit: bool) -> Command {
    let request = RequestId(number);
    Command::Answer { request, admit }
}

pub(crate) fn failed(call: &Call, error: ConnectError) -> Event {
    let call = call.clone();
    Event::ConnectFailed { call, error }
}

/// Calls the address in the fields and returns how.
pub(crate) fn called(screen: &mut Screen, lang: Lang) -> Call {
    // The button may have been Cancel until now.
    screen.wait(1.0);
    screen.click(lang.connect());
    next_call(screen)
}

pub(crate) fn next_call(screen: &mut Screen) -> Call {
    match screen.command() {
        Some(Command::Connect(call)) => call,
        other => panic!("{other:?} is no call"),
    }
}

#[test]
fn the_status_shows_the_peer_and_its_trust() {
    for lang in Lang::ALL {
        for (trust, words, can_verify) in [
            (Trust::Met, lang.encrypted_not_verified(), true),
            (Trust::Accepted, lang.encrypted_not_verified(), true),
            (Trust::Invited, lang.encrypted_invited(), true),
            (Trust::Verified, lang.encrypted_verified(), false),
        ] {
            let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", trust)]);
            screen.report(began(Who::Key(MINA)));
            assert!(
                screen.has_text("Mina") && screen.has_text(words),
                "{trust:?}"
            );
            assert_eq!(screen.has(lang.verify()), can_verify, "{trust:?}");
            assert!(!screen.has_text(lang.plain_text_hint()));
            screen.click(lang.disconnect());
            assert_eq!(screen.command(), Some(Command::Disconnect));
        }
    }
}

#[test]
fn a_peer_without_a_name_is_shown_by_its_fingerprint() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[]);
        screen.report(began(Who::Key(STRANGER)));
        screen.hear_encrypted("hello");
        let short: String = STRANGER.fingerprint().chars().take(19).collect();
        assert!(screen.has(&short));
        assert_eq!(
            screen.rows().last(),
            Some(&format!("{short}, {}: hello", midnight(lang)))
        );
    }
}

#[test]
fn a_call_shows_that_the_callee_is_being_asked() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Met)]);
        let call = called(&mut screen, lang);
        assert_eq!(call.how, How::Encrypted);
        assert!(screen.has(&lang.connecting_to(&call.to)));
        let to = call.to.clone();
        screen.report(Event::Waiting { to, key: MINA });
        let contacts = screen.harness.state().chat().contacts();
        assert!(screen.has(&lang.waiting_for(contacts, &MINA)) && screen.has_text("Mina"));
        let to = call.to.clone();
        screen.report(Event::Waiting { to, key: STRANGER });
        let contacts = screen.harness.state().chat().contacts();
        assert!(screen.has(&lang.waiting_for(contacts, &STRANGER)));
        screen.click(lang.cancel());
        assert_eq!(screen.command(), Some(Command::Cancel));
    }
}

#[test]
fn a_caller_is_accepted_or_rejected_by_name() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Met)]);
        screen.report(asked(1, Who::Key(MINA)));
        screen.report(asked(2, Who::Key(STRANGER)));
        screen.report(asked(3, PLAIN));
        let contacts = screen.harness.state().chat().contacts();
        let stranger = lang.person(contacts, &STRANGER);
        for (name, admit, number) in [
            (stranger.as_str(), false, 2),
            ("192.168.0.9", true, 3),
            (
                lang.person(screen.harness.state().chat().contacts(), &MINA)
                    .as_str(),
                true,
                1,
            ),
        ] {
            let words = if admit { lang.accept() } else { lang.reject() };
            let question = screen.harness.get_by_role_and_label(Role::Group, name);
            let button = question.get_by_role_and_label(Role::Button, words);
            button.hover();
            screen.run();
            // It takes a click once it has stood still under the pointer.
            screen.wait(1.0);
            let question = screen.harness.get_by_role_and_label(Role::Group, name);
            question.get_by_role_and_label(Role::Button, words).click();
            screen.run();
            screen.expect(answer(number, admit));
            screen.harness.remove_cursor();
            screen.run();
            assert!(
                screen
                    .harness
                    .query_by_role_and_label(Role::Group, name)
                    .is_none()
            );
        }
        assert!(screen.harness.state().chat().requests().is_empty());
    }
}

#[test]
fn a_question_shows_the_address_and_what_is_known() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Met)]);
        screen.report(asked(1, Who::Key(MINA)));
        let whole_key = MINA.fingerprint();
        assert!(screen.has_text("192.168.0.9") && !screen.has_text(&whole_key));
        let contacts = screen.harness.state().chat().contacts();
        let details = lang.done_to(lang.details(), &lang.person(contacts, &MINA));
        screen.click(&details);
        assert!(screen.has_text(&whole_key));
        screen.click(&details);
        assert!(!screen.has_text(&whole_key));
        assert!(!screen.has_text(lang.plain_text_hint()));
        screen.report(Event::JoinRequestOver(RequestId(1)));
        assert!(!screen.has(lang.accept()), "gone again");

        screen.report(asked(2, PLAIN));
        assert!(screen.has_text(lang.plain_text_hint()));
        let contacts = screen.harness.state().chat().contacts();
        let warning = lang.encrypted_before(contacts, &MINA);
        assert!(!screen.has(&warning));
        screen.report(Event::JoinRequestOver(RequestId(2)));
        screen.report(asked(
            3,
            Who::Plain {
                encrypted_before: Some(MINA),
            },
        ));
        assert!(
            screen.has(&warning) && warning.contains("Mina"),
            "{warning}"
        );
    }
}

#[test]
fn a_name_that_equals_a_contacts_name_is_marked() {
    let other = STRANGER;
    for lang in Lang::ALL {
        let mina = Contact {
            my_name: Some("Mina".to_owned()),
            ..known(MINA, "m.kim", Trust::Verified)
        };
        let mut screen = Screen::knowing(lang, &[known(other, "mina", Trust::Met), mina]);
        screen.report(asked(1, Who::Key(other)));
        let contacts = screen.harness.state().chat().contacts();
        let ask = screen.harness.state().chat().requests()[0].clone();
        let who = lang.who_asks(contacts, &ask);
        assert!(who.contains("mina") && who.contains("Mina"), "{who}");
        screen.harness.get_by_role_and_label(Role::Group, &who);
        // After it was accepted, it is noted once more.
        screen.wait(1.0);
        screen.press_by_keyboard(lang.accept());
        screen.report(began(Who::Key(other)));
        screen.report(Event::Named("mina".to_owned()));
        let rows = screen.rows();
        assert!(
            rows.last().is_some_and(|row| row.contains("Mina")),
            "{rows:?}"
        );
    }
}

#[test]
fn a_question_can_be_answered_by_keyboard() {
    for lang in Lang::ALL {
        for (words, admit) in [(lang.accept(), true), (lang.reject(), false)] {
            let mut screen = Screen::new(lang);
            screen.report(asked(1, PLAIN));
            screen.wait(1.0);
            screen.press_by_keyboard(words);
            screen.expect(answer(1, admit));
            assert_eq!(screen.focused(), lang.message());
        }
    }
}

#[test]
fn three_questions_can_be_answered_in_the_smallest_window() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.harness.set_size(egui::vec2(380.0, 320.0));
        for number in 1..=3 {
            screen.report(asked(number, Who::Key(STRANGER)));
        }
        for _ in 1..=3 {
            screen.tab_to(lang.reject());
            // It may have scrolled into view.
            screen.wait(1.0);
            screen.wait(1.0);
            screen.press(Key::Enter);
            assert!(matches!(screen.command(), Some(Command::Answer { .. })));
        }
    }
}

#[test]
fn a_question_requests_attention_for_a_background_window() {
    let mut screen = Screen::new(Lang::En);
    screen.report(asked(1, PLAIN));
    assert!(!screen.called_for, "it is in front");
    screen.lose_focus();
    assert!(!screen.called_for, "nothing is new");
    screen.report(asked(2, PLAIN));
    assert!(screen.called_for);
    screen.called_for = false;
    screen.report(Event::JoinRequestOver(RequestId(2)));
    assert!(!screen.called_for);
}

#[test]
fn a_question_does_not_interrupt_a_syllable() {
    let lang = Lang::Ko;
    let mut screen = Screen::encrypted(lang);
    screen.hear_encrypted("hi");
    screen.field(lang.message()).focus();
    screen.run();
    let preedit = |text: &str| {
        egui::Event::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: None,
        })
    };
    screen.harness.event(preedit("ㅇ"));
    screen.run();
    screen.interrupted = false;
    screen.report(asked(1, PLAIN));
    let commit = egui::Event::Ime(ImeEvent::Commit("안".to_owned()));
    for event in [preedit("아"), preedit("안"), commit] {
        screen.harness.event(event);
        screen.run();
    }
    assert_eq!((screen.draft(), screen.interrupted), ("안", false));
    assert_eq!(screen.focused(), lang.message());
}

#[test]
fn a_slow_click_counts_even_if_a_question_appears_meanwhile() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    let connect = screen
        .harness
        .get_by_role_and_label(Role::Button, lang.connect());
    let pos = connect.rect().center();
    screen.harness.hover_at(pos);
    screen.run();
    let pointer = |pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    screen.harness.event(pointer(true));
    screen.run();
    screen.report(asked(1, Who::Key(STRANGER)));
    frames_in(&mut screen, 3.0);
    screen.harness.event(pointer(false));
    screen.run();
    assert!(matches!(screen.command(), Some(Command::Connect(_))));
}

#[test]
fn safety_numbers_are_compared_and_the_answer_is_saved() {
    for lang in Lang::ALL {
        let number = SafetyNumber::of(&ME, &MINA).to_string();
        let mut screen = Screen::encrypted(lang);
        screen.press_by_keyboard(lang.verify());
        screen.wait_for(&number);
        assert!(screen.has(lang.verify_hint()));
        assert_eq!(
            screen.focused(),
            lang.close(),
            "a second Enter answers nothing"
        );
        screen.press_by_keyboard(lang.they_match());
        let verified = ContactChange::SetVerified(true);
        assert_eq!(
            screen.command(),
            Some(Command::ChangeContact(MINA, verified))
        );
        assert!(!screen.has(&number));
        assert_eq!(screen.focused(), lang.message());
        screen.report(Event::Contacts(
            [known(MINA, "Mina", Trust::Verified)].into(),
        ));
        assert!(screen.has_text(lang.encrypted_verified()) && !screen.has(lang.verify()));
    }
}

#[test]
fn differing_safety_numbers_are_explained() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.click(lang.verify());
        screen.click(lang.they_dont_match());
        assert!(screen.has(lang.differ_means()));
        assert_eq!(screen.command(), None, "nothing is kept of it");
        screen
            .harness
            .get_by_role_and_label(Role::Dialog, &title(&screen, lang))
            .get_by_role_and_label(Role::Button, lang.disconnect())
            .click();
        screen.run();
        assert_eq!(screen.command(), Some(Command::Disconnect));
        assert!(!screen.has(lang.differ_means()));
    }
}

fn title(screen: &Screen, lang: Lang) -> String {
    lang.verify_title(screen.harness.state().chat().contacts(), &MINA)
}

#[test]
fn escape_closes_the_safety_numbers_and_returns_the_keyboard() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        for key in [Key::Escape, Key::Enter] {
            screen.click(lang.verify());
            assert!(screen.has(lang.verify_hint()));
            screen.press(key);
            assert!(!screen.has(lang.verify_hint()), "{key:?}");
            assert_eq!(screen.focused(), lang.message(), "{key:?}");
        }
        screen.harness.event(egui::Event::Text("and on".to_owned()));
        screen.run();
        assert_eq!(screen.draft(), "and on");
    }
}

#[test]
fn an_unencrypted_peer_is_called_in_plain_text_only_on_request() {
    for lang in Lang::ALL {
        for error in [ConnectError::AnswersPlain, ConnectError::NotEncrypted] {
            let mut screen = Screen::new(lang);
            let call = called(&mut screen, lang);
            screen.report(failed(&call, error));
            assert_eq!(screen.command(), None);
            screen.click_at_rest(lang.connect_in_plain());
            let again = next_call(&mut screen);
            assert_eq!((&again.to, &again.how), (&call.to, &How::Plain));
            // From now on the address is called this way.
            screen.report(failed(&again, ConnectError::Refused));
            assert_eq!(called(&mut screen, lang).how, How::Plain);
        }
    }
}

#[test]
fn another_key_is_someone_else_until_the_person_decides() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Accepted)]);
        let call = called(&mut screen, lang);
        let error = |invited| ConnectError::OtherKey {
            expected: MINA,
            seen: STRANGER,
            invited,
        };
        screen.report(failed(&call, error(false)));
        assert!(screen.has_text("Mina") && screen.has_text(&call.to.to_string()));
        let whole_key = STRANGER.fingerprint();
        assert!(screen.has_text(&whole_key), "to compare by phone");
        screen.click(lang.dont_connect());
        assert!(!screen.has(lang.someone_else()));
        assert_eq!(screen.command(), None);

        let call = called(&mut screen, lang);
        screen.report(failed(&call, error(false)));
        screen.click_at_rest(lang.someone_else());
        let (key, replaces) = (STRANGER, None);
        assert_eq!(next_call(&mut screen).how, How::NewKey { key, replaces });

        screen.report(failed(
            &Call {
                how: How::NewKey { key, replaces },
                ..call
            },
            error(false),
        ));
        let words = lang.new_key_for(screen.harness.state().chat().contacts(), &MINA);
        screen.click_at_rest(&words);
        let replaces = Some(MINA);
        let again = next_call(&mut screen);
        assert_eq!(again.how, How::NewKey { key, replaces });

        screen.report(failed(&again, error(true)));
        assert!(!screen.has(lang.someone_else()) && !screen.has(&words));
        screen.click(lang.close());
    }
}

#[test]
fn every_other_call_failure_is_explained_with_a_next_step() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        for error in [
            ConnectError::Incompatible,
            ConnectError::OwnKey,
            ConnectError::Busy,
            ConnectError::Rejected,
            ConnectError::Undecided,
            ConnectError::HungUp,
            ConnectError::NoIdentity,
        ] {
            let call = called(&mut screen, lang);
            screen.report(failed(&call, error));
            let problem = screen.harness.state().chat().problem().cloned();
            let contacts = screen.harness.state().chat().contacts();
            let sentence = lang.problem(&problem.expect("it failed"), contacts);
            assert!(screen.has(&sentence), "{sentence}");
            assert!(!screen.has(lang.connect_in_plain()));
            screen.click(lang.close());
            assert!(!screen.has(&sentence));
        }
    }
}

#[test]
fn a_damaged_key_is_replaced_only_on_request() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let damaged = || IdentityError::Damaged("kept/identity.key".into());
        screen.report(Event::Identity(Err(damaged())));
        assert!(screen.has_text("kept/identity.key"));
        screen.click(lang.close());
        // It is shown again where a key is needed.
        let call = called(&mut screen, lang);
        screen.report(failed(&call, ConnectError::NoIdentity));
        screen.click(lang.make_new_key());
        assert_eq!(screen.command(), Some(Command::ReplaceIdentity));
        screen.report(Event::Identity(Ok(ME)));
        assert!(!screen.has_text("kept/identity.key"));

        let unreadable = IdentityError::Unreadable(
            "kept/identity.key".into(),
            std::io::ErrorKind::PermissionDenied,
        );
        screen.report(Event::Identity(Err(unreadable)));
        assert!(screen.has_text("kept/identity.key") && !screen.has(lang.make_new_key()));
    }
}

#[test]
fn a_failing_store_is_reported_until_closed() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.report(Event::StoreSetAside("kept/people.bad".into()));
        assert!(screen.has_text("kept/people.bad") && screen.has_text(lang.store_set_aside()));
        screen.click(lang.close());
        assert!(!screen.has_text("kept/people.bad"));
        for error in [
            StoreError::Newer,
            StoreError::Busy,
            StoreError::Io(std::io::ErrorKind::StorageFull),
            StoreError::Damaged,
        ] {
            for _ in 0..2 {
                screen.report(Event::StoreFailed(error));
            }
            assert!(screen.has(&lang.store_error(error)));
            screen.click(lang.close());
            assert!(!screen.has(&lang.store_error(error)), "said once");
        }
    }
}

#[test]
fn a_store_that_can_not_be_opened_is_told_until_all_is_well_again() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        for error in [StoreError::Busy, StoreError::Newer] {
            screen.report(Event::StoreClosed(error));
            assert!(screen.has(&lang.store_closed(error)));
        }
        assert!(!screen.has(&lang.store_closed(StoreError::Busy)));
        screen.report(Event::StoreOpened);
        assert!(!screen.has(&lang.store_closed(StoreError::Newer)));
        assert!(screen.has(lang.store_well()));
        screen.click(lang.close());
        assert!(!screen.has(lang.store_well()));
    }
}

#[test]
fn an_address_that_can_not_be_checked_is_called_only_after_a_click() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let call = called(&mut screen, lang);
        screen.report(failed(&call, ConnectError::StoreUnreadable));
        screen.click_at_rest(lang.call_anyway());
        let how = How::Unchecked(None);
        screen.expect(Command::Connect(Call { how, ..call }));
    }
}

#[test]
fn a_caller_who_can_not_be_looked_up_is_asked_about_with_a_warning() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let plain = PeerId::Address("192.168.0.9".into());
        for (id, peer_id, warning) in [
            (1, PeerId::Key(MINA), lang.unclear_caller()),
            (2, plain, lang.unclear_plain()),
        ] {
            let from = IpAddr::from([192, 168, 0, 9]);
            screen.report(Event::JoinRequested(JoinRequest {
                id: RequestId(id),
                from,
                peer_id,
                encrypted_before: Lookup::Unclear,
            }));
            assert!(screen.has(warning));
            screen.report(Event::JoinRequestOver(RequestId(id)));
            assert!(!screen.has(warning));
        }
    }
}

#[test]
fn encrypted_messages_show_the_senders_name() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.hear_encrypted("안녕하세요");
        assert_eq!(
            screen.rows().last(),
            Some(&format!("Mina, {}: 안녕하세요", midnight(lang)))
        );
        assert!(screen.has("Mina: 안녕하세요"), "the live label says it too");
        let renamed = Contact {
            my_name: Some("Mina Kim".to_owned()),
            ..known(MINA, "Mina", Trust::Accepted)
        };
        screen.report(Event::Contacts([renamed].into()));
        assert_eq!(
            screen.rows().last(),
            Some(&format!("Mina Kim, {}: 안녕하세요", midnight(lang)))
        );
        screen.click(lang.menu());
        screen.click(lang.copy_conversation());
        assert!(
            screen
                .copied
                .last()
                .is_some_and(|text| text.contains("Mina Kim: 안녕하세요"))
        );
        screen.report(Event::Ended(EndReason::PeerLeft));
        assert!(
            screen
                .rows()
                .last()
                .is_some_and(|row| row.contains("Mina Kim"))
        );
    }
}

#[test]
fn a_copied_conversation_has_no_line_that_the_peer_made_up() {
    let mut screen = Screen::encrypted(Lang::En);
    screen.hear_encrypted("hi\n1970-01-01 00:00 You: I agree\u{1b}[2J\u{202e}");
    screen.click(Lang::En.menu());
    screen.click(Lang::En.copy_conversation());
    let copied = screen.copied.last().expect("copied");
    let made_up = copied.lines().find(|line| line.contains("I agree"));
    assert!(
        made_up.is_some_and(|line| line.starts_with("    ")),
        "{copied}"
    );
    assert!(!copied.contains(['\u{1b}', '\u{202e}']), "{copied:?}");
}

#[test]
fn the_window_title_is_the_peers_name() {
    let title = |screen: &Screen| screen.harness.root().accesskit_node().label();
    let mut screen = Screen::encrypted(Lang::En);
    assert_eq!(title(&screen).as_deref(), Some("Mina – Duologue"));
    screen.report(Event::Ended(EndReason::PeerLeft));
    let shown = title(&screen);
    assert_eq!(shown.as_deref(), Some("Mina – Duologue"), "still shown");
    screen.report(began(PLAIN));
    let shown = title(&screen);
    assert_eq!(shown.as_deref(), Some("192.168.0.5:50000 – Duologue"));
}

#[test]
fn encrypted_text_is_sent_without_a_question_about_encoding() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.write(lang, "안녕 😀");
        screen.press(Key::Enter);
        assert_eq!(screen.sent(), [("안녕 😀".to_owned(), Charset::UTF_8)]);
        screen.write(lang, "one");
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::SHIFT, Key::Enter);
        screen.run();
        screen.write(lang, "two");
        assert!(!screen.has(&lang.several_lines(2)), "it arrives as one");
        screen.press(Key::Enter);
        assert_eq!(screen.sent(), [("one\ntwo".to_owned(), Charset::UTF_8)]);
        screen.write(lang, "#exit");
        screen.press(Key::Enter);
        assert_eq!(screen.sent(), [("#exit".to_owned(), Charset::UTF_8)]);
        assert!(
            screen.harness.state().chat().peer().is_some(),
            "an ordinary word"
        );
    }
}

#[test]
fn encrypted_bytes_can_be_shown_but_not_decoded_again() {
    let lang = Lang::En;
    let mut screen = Screen::encrypted(lang);
    screen.hear_encrypted("look");
    let bubble = screen.harness.get_by_label("look");
    bubble.click_secondary();
    screen.run();
    screen.click(lang.show_bytes());
    assert!(screen.has(lang.bytes_title()));
    assert!(!screen.has(lang.reads_as_hint()) && !screen.has(&lang.read_as(Charset::CP949)));
    screen.press(Key::Escape);
    assert!(!screen.has(lang.bytes_title()));
    assert_eq!(screen.focused(), lang.message());
}

#[test]
fn plain_text_from_an_address_that_encrypted_before_is_noted() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Accepted)]);
        let encrypted_before = Some(MINA);
        screen.report(messages::connected_event(
            PEER,
            Origin::Accepted,
            Who::Plain { encrypted_before },
        ));
        let contacts = screen.harness.state().chat().contacts();
        let warning = lang.encrypted_before(contacts, &MINA);
        let warning = warning.trim_end_matches('.');
        assert_eq!(screen.rows().last().map(String::as_str), Some(warning));
    }
}

#[test]
fn messages_that_need_a_newer_version_are_noted() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.report(messages::needs_newer_event(screen.peer_id(), 1));
        assert!(
            screen
                .rows()
                .last()
                .is_some_and(|row| row.contains("Duologue"))
        );
    }
}
