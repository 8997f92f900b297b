//! Plain text where a contact was encrypted: nothing offers it, and it is never remembered.

use duologue::{
    args::{Args, Start},
    gui::locale::Lang,
    identity::{Contact, PeerId, Trust},
    net::{Call, ConnectError, EndReason, Event, How},
    settings::{Saver, Settings},
};

use crate::{
    invites::{choice, choose, saved, saving},
    screen::{Begin, MINA, PEER, PLAIN, Screen, began, known},
    trust::{STRANGER, called, failed, next_call},
};

const ANSWERS: [ConnectError; 2] = [ConnectError::AnswersPlain, ConnectError::NotEncrypted];

/// At [`PEER`].
fn mina() -> Contact {
    known(MINA, "Mina", Trust::Accepted)
}

fn knowing_mina(lang: Lang) -> Screen {
    Screen::knowing(lang, &[mina()])
}

/// Fails unless the window names Mina and offers no plain text.
#[track_caller]
fn assert_not_offered(screen: &mut Screen, lang: Lang, call: &Call, error: ConnectError) {
    screen.report(failed(call, error));
    let chat = screen.harness.state().chat();
    let said = lang.problem(chat.problem().expect("it failed"), chat.contacts());
    assert!(said.contains("Mina") && screen.has(&said), "{said}");
    assert!(!screen.has(lang.connect_in_plain()), "{call:?}");
    screen.click(lang.close());
    assert_eq!(screen.command(), None);
}

#[test]
fn a_typed_address_of_a_contact_that_answers_in_plain_text_is_not_called_so() {
    for lang in Lang::ALL {
        for error in ANSWERS {
            for (host, port) in [
                ("192.168.0.5", "50000"),
                ("::ffff:192.168.0.5", "50000"),
                // Mina was last connected from there.
                ("192.168.0.5", "7"),
            ] {
                let mut screen = knowing_mina(lang);
                screen.fill(lang.host(), host);
                screen.fill(lang.port(), port);
                let call = called(&mut screen, lang);
                assert_eq!(call.how, How::Encrypted);
                assert_not_offered(&mut screen, lang, &call, error);
            }
        }
    }
}

#[test]
fn a_contact_called_from_the_list_or_by_another_key_is_not_called_in_plain_text() {
    for lang in Lang::ALL {
        for error in ANSWERS {
            let mut screen = knowing_mina(lang);
            let contacts = screen.harness.state().chat().contacts();
            let name = lang.peer_id(contacts, &PeerId::Key(MINA));
            screen.show_details(lang, &name);
            screen.click(&lang.done_to(lang.connect(), &name));
            let call = next_call(&mut screen);
            assert_eq!(call.how, How::To(MINA));
            assert_not_offered(&mut screen, lang, &call, error);

            let call = called(&mut screen, lang);
            let other_key = ConnectError::OtherKey {
                expected: MINA,
                seen: STRANGER,
                invited: false,
            };
            screen.report(failed(&call, other_key));
            let contacts = screen.harness.state().chat().contacts();
            let button = lang.new_key_for(contacts, &MINA);
            screen.click_at_rest(&button);
            let call = next_call(&mut screen);
            assert!(matches!(call.how, How::NewKey { .. }));
            assert_not_offered(&mut screen, lang, &call, error);
        }
    }
}

#[test]
fn a_lost_connection_to_a_contact_is_not_made_again_in_plain_text() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.report(Event::Ended(EndReason::Lost));
        let call = Call {
            to: "192.168.0.5:50000".parse().expect("an address"),
            also: Vec::new(),
            how: How::To(MINA),
        };
        screen.report(Event::Redialling {
            call: call.clone(),
            key: MINA,
            wait: None,
        });
        assert_not_offered(&mut screen, lang, &call, ConnectError::AnswersPlain);
    }
}

/// Without a store, the address may be anybody's.
#[test]
fn an_address_that_could_not_be_checked_is_not_called_in_plain_text() {
    for lang in Lang::ALL {
        for error in ANSWERS {
            let mut screen = Screen::new(lang);
            let call = called(&mut screen, lang);
            screen.report(failed(&call, ConnectError::StoreUnreadable));
            screen.click_at_rest(lang.call_anyway());
            let call = next_call(&mut screen);
            screen.report(failed(&call, error));
            assert!(screen.has_text(lang.unclear_plain()));
            assert!(!screen.has(lang.connect_in_plain()));
            screen.click(lang.close());
        }
    }
}

#[test]
fn plain_text_to_a_contact_is_warned_about_and_not_remembered() {
    for lang in Lang::ALL {
        let (mut screen, folder) = saving(lang);
        screen.report(Event::Contacts([mina()].into()));
        screen.fill(lang.host(), "192.168.0.5");
        let contacts = screen.harness.state().chat().contacts();
        let warning = lang.plain_to_contact(contacts, &MINA);
        assert!(!screen.has(&warning));
        choose(&mut screen, lang, lang.in_plain_text());
        assert!(
            screen.has(&warning) && warning.contains("Mina"),
            "{warning}"
        );
        screen.click(lang.connect());
        assert_eq!(
            next_call(&mut screen).how,
            How::Plain,
            "the person's own choice"
        );
        screen.report(began(PLAIN));
        screen.report(Event::Ended(EndReason::PeerLeft));
        assert_eq!(choice(&screen, lang), lang.encrypted());
        screen.click(lang.recent());
        let contacts = screen.harness.state().chat().contacts();
        let name = lang.peer_id(contacts, &PeerId::Key(MINA));
        screen.click(&format!("{name} · 192.168.0.5:50000"));
        assert_eq!(choice(&screen, lang), lang.encrypted());
        let settings: Settings = toml::from_str(&saved(screen, &folder)).expect("read");
        assert!(settings.plain.is_empty(), "{:?}", settings.plain);
    }
}

#[test]
fn a_choice_for_another_address_does_not_count_for_that_of_a_contact() {
    for lang in Lang::ALL {
        let mut screen = knowing_mina(lang);
        screen.fill(lang.host(), "old-pc");
        choose(&mut screen, lang, lang.in_plain_text());
        screen.fill(lang.host(), "192.168.0.5");
        assert_eq!(choice(&screen, lang), lang.encrypted());
        assert_eq!(called(&mut screen, lang).how, How::Encrypted);
    }
}

/// The address was called in plain text before, or was written into the file, in whatever spelling.
#[test]
fn an_address_that_becomes_a_contacts_is_forgotten_as_plain() {
    for lang in Lang::ALL {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings {
            host: "[::ffff:192.168.0.5]".to_owned(),
            plain: [
                "old-pc:50000",
                "192.168.0.5:50000",
                "[::ffff:192.168.0.5]:50000",
            ]
            .map(str::to_owned)
            .into(),
            ..Settings::default()
        };
        let saver = Saver::start(folder.path().to_owned()).expect("started");
        let begin = Begin {
            settings,
            saver: Some(saver),
            ..Begin::default()
        };
        let mut screen = Screen::begun(lang, begin);
        assert_eq!(choice(&screen, lang), lang.in_plain_text());
        screen.report(Event::Contacts([mina()].into()));
        assert_eq!(choice(&screen, lang), lang.encrypted());
        assert_eq!(called(&mut screen, lang).how, How::Encrypted);
        // Even if the contact is forgotten again.
        screen.report(Event::Contacts([].into()));
        let settings: Settings = toml::from_str(&saved(screen, &folder)).expect("read");
        assert_eq!(settings.plain, ["old-pc:50000"]);
    }
}

#[test]
fn a_remembered_address_on_the_command_line_is_called_once_contacts_are_known() {
    for (contacts, how) in [(vec![mina()], How::Encrypted), (Vec::new(), How::Plain)] {
        let begin = Begin {
            args: Args {
                start: Start::Connect {
                    to: PEER.to_string().parse().expect("an address"),
                    plain: false,
                },
                ..Args::default()
            },
            settings: Settings {
                plain: vec![PEER.to_string()],
                ..Settings::default()
            },
            ..Begin::default()
        };
        let mut screen = Screen::begun(Lang::En, begin);
        assert_eq!(screen.command(), None);
        screen.report(Event::Contacts(contacts.into()));
        assert_eq!(next_call(&mut screen).how, how);
        screen.report(Event::Contacts([].into()));
        assert_eq!(screen.command(), None, "it is called once");
    }
}
