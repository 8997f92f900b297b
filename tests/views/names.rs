//! How people are called: what somebody calls themselves is only a claim, and stands in quotes wherever it is shown.

use std::net::IpAddr;

use duologue::{
    gui::locale::Lang,
    history::{Answer, ExportFormat, Found, Hit, Query},
    identity::{Contact, Name, PeerId, PublicKey, Trust},
    net::{Call, ConnectError, EndReason, Event, How, RequestId},
    settings::Settings,
};
use eframe::egui::{self, Key};
use egui_kittest::kittest::NodeT as _;

use crate::{
    messages::{self, Who},
    screen::{MINA, PEER, Screen, began, known},
};

const OTHER: PublicKey = PublicKey::from_bytes([9; 32]);

/// Everything that can be seen or heard.
fn texts(screen: &Screen) -> Vec<String> {
    let root = screen.harness.root();
    let nodes = root.children_recursive().chain([root]);
    let heard = nodes.flat_map(|node| {
        let node = node.accesskit_node();
        [node.label(), node.value(), node.description()]
    });
    heard.flatten().chain(screen.painted()).collect()
}

fn quoted(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En => format!("“{name}”"),
        Lang::Ko => format!("‘{name}’"),
    }
}

/// Fails unless this name is shown, and in quotes each time.
#[track_caller]
fn assert_quoted(lang: Lang, texts: &[String], name: &str) {
    let shown = texts.iter().filter(|text| text.contains(name));
    let shown: Vec<_> = shown.collect();
    assert!(!shown.is_empty(), "{name} is not shown: {texts:#?}");
    for text in shown {
        let quoted = text.matches(&quoted(lang, name)).count();
        assert_eq!(quoted, text.matches(name).count(), "{text:?}");
    }
}

fn short(key: &PublicKey) -> String {
    key.fingerprint().chars().take(19).collect()
}

fn asked(screen: &mut Screen, key: PublicKey) {
    let from = IpAddr::from([192, 168, 0, 9]);
    screen.report(messages::asked_event(1, from, Who::Key(key)));
}

/// The name that is shown of somebody who calls themselves so, in each place of the window.
fn every_place(lang: Lang, contact: &Contact) -> Vec<String> {
    let key = contact.key;
    let contacts = [contact.clone()];
    let mut all = Vec::new();
    // A question, the status, the title, the transcript, the clipboard, what they do.
    let mut screen = Screen::knowing(lang, &contacts);
    asked(&mut screen, key);
    all.extend(texts(&screen));
    screen.report(Event::JoinRequestOver(RequestId(1)));
    let call = Call {
        to: PEER.to_string().parse().expect("an endpoint"),
        also: Vec::new(),
        how: How::Encrypted,
    };
    let error = ConnectError::OtherKey {
        expected: key,
        seen: OTHER,
        invited: false,
    };
    screen.report(Event::ConnectFailed { call, error });
    all.extend(texts(&screen));
    screen.report(began(Who::Key(key)));
    screen.report(Event::Named(contact.their_name.clone()));
    screen.hear_encrypted("hello");
    screen.report(Event::ClockOff(720_000));
    screen.report(Event::Typing(true));
    all.extend(texts(&screen));
    screen.click(lang.menu());
    screen.click(lang.copy_conversation());
    all.extend(screen.copied.last().cloned());
    screen.report(Event::Ended(EndReason::PeerLeft));
    all.extend(texts(&screen));
    screen.click(lang.people());
    all.extend(texts(&screen));
    let name = screen.listed(lang).remove(0);
    screen.press(Key::Escape);
    screen.show_details(lang, &name);
    all.extend(texts(&screen));
    // Search results and exports.
    let mut screen = Screen::listing(lang, &contacts);
    screen.show_list(lang);
    let names = screen.listed(lang);
    screen.row_of(lang, &names[0]).click();
    screen.run();
    screen.questions();
    let (modifiers, find) = (egui::Modifiers::COMMAND, Key::F);
    screen.harness.key_press_modifiers(modifiers, find);
    screen.run();
    screen.harness.event(egui::Event::Text("hello".to_owned()));
    screen.run();
    screen.reply(Answer::Found(Found {
        peer_id: Some(PeerId::Key(key)),
        words: "hello".to_owned(),
        hits: vec![Hit {
            peer_id: PeerId::Key(key),
            message: messages::theirs(1, (0, 0), "hello"),
            ranges: std::iter::once(0..5).collect(),
        }],
        more: false,
        behind: 0,
        left_out: 0,
    }));
    all.extend(texts(&screen));
    screen.press(Key::Escape);
    screen.questions();
    screen.open_settings(lang);
    all.extend(texts(&screen));
    screen.questions();
    screen.click_in_view(
        egui::accesskit::Role::Button,
        &lang.export_as(ExportFormat::Text),
    );
    let exported = screen
        .questions()
        .into_iter()
        .find_map(|query| match query {
            Query::Export { name, .. } => Some(name),
            _ => None,
        });
    all.push(exported.expect("an export"));
    all
}

#[test]
fn a_name_that_somebody_chose_stands_in_quotes_everywhere() {
    for lang in Lang::ALL {
        for trust in [Trust::Met, Trust::Accepted, Trust::Invited] {
            let texts = every_place(lang, &known(MINA, "Boss", trust));
            assert_quoted(lang, &texts, "Boss");
        }
    }
}

#[test]
fn a_name_that_the_person_gave_or_verified_stands_without_quotes() {
    for lang in Lang::ALL {
        let verified = known(MINA, "Boss", Trust::Verified);
        let named = Contact {
            my_name: Some("Boss".to_owned()),
            ..known(MINA, "Chef", Trust::Accepted)
        };
        for contact in [verified, named] {
            let texts = every_place(lang, &contact);
            assert!(texts.iter().any(|text| text.contains("Boss")));
            let quoted = quoted(lang, "Boss");
            assert!(!texts.iter().any(|text| text.contains(&quoted)));
            if contact.my_name.is_some() {
                assert_quoted(lang, &texts, "Chef");
            }
        }
    }
}

#[test]
fn a_name_that_deceives_or_shows_nothing_is_replaced_by_the_key() {
    for lang in Lang::ALL {
        // Cyrillic and Greek among Latin; fillers, blanks, joiners, marks alone.
        for name in [
            "Min\u{430}",
            "Μina",
            "\u{3164}\u{115f}\u{1160}\u{ffa0}",
            "\u{2800}",
            "\u{200d}\u{ad}\u{2060}",
            "\u{301}\u{302}",
            "\u{e000}",
        ] {
            let texts = every_place(lang, &known(MINA, name, Trust::Accepted));
            assert!(texts.iter().any(|text| text.contains(&short(&MINA))));
            let shown = texts.iter().find(|text| text.contains(name));
            assert_eq!(shown, None, "{name:?}");
        }
    }
}

#[test]
fn a_name_that_is_not_shown_is_explained_on_both_sides() {
    for lang in Lang::ALL {
        let peers = [known(MINA, "Min\u{430}", Trust::Accepted)];
        let mut screen = Screen::knowing(lang, &peers);
        assert!(!screen.has(lang.own_name_hidden()));
        screen.show_list(lang);
        let name = screen.listed(lang).remove(0);
        screen.press(Key::Escape);
        screen.show_details(lang, &name);
        assert!(screen.has_text(lang.name_hidden()));
        let settings = Settings {
            name: Name::new("Min\u{430}"),
            ..Settings::default()
        };
        let screen = Screen::with(lang, settings, None);
        assert!(screen.has(lang.own_name_hidden()));
    }
}

#[test]
fn a_caller_whose_name_looks_like_a_contacts_is_asked_about_as_somebody_else() {
    for lang in Lang::ALL {
        let paul = Contact {
            my_name: Some("Paul".to_owned()),
            ..known(MINA, "p", Trust::Verified)
        };
        // A digit, a capital letter and Cyrillic letters that look the same, and a tick.
        for name in ["Pau1", "PauI", "Рau\u{406}", "РаuӀ", "Paul ✓", "Pa\u{ad}ul"] {
            let known = [known(OTHER, name, Trust::Met), paul.clone()];
            let mut screen = Screen::knowing(lang, &known);
            asked(&mut screen, OTHER);
            let says = match lang {
                Lang::En => "(not the Paul you know)",
                Lang::Ko => "(알고 계신 Paul이 아닌 사람)",
            };
            let mixes = name.contains('Р');
            assert_eq!(screen.has_text(says), !mixes, "{name:?}");
            assert!(screen.has_text(lang.accept()));
        }
    }
}

#[test]
fn no_name_can_imitate_the_window() {
    for lang in Lang::ALL {
        for trust in [Trust::Met, Trust::Verified] {
            for (name, shown) in [
                ("Mina (verified)", "Mina (verified)"),
                ("Mina ✔", "Mina ✔"),
                ("You", "You"),
                ("나", "나"),
                ("10.0.0.1", "10.0.0.1"),
                // It can't end the quotes, nor begin a line.
                ("Mina” (verified) “", "Mina (verified)"),
                ("Mina’ (확인됨) ‘", "Mina (확인됨)"),
                ("Mina\" ''(ok)«»「」", "Mina (ok)"),
                ("Mina\nYou: yes", "Mina You: yes"),
                ("Mina\u{2028}\u{202e}x (y)", "Mina[U+2028][U+202E]x (y)"),
            ] {
                let contacts = [known(MINA, name, trust)];
                let screen = Screen::knowing_in_any_script(lang, &contacts);
                let contacts = screen.harness.state().chat().contacts();
                let label = lang.peer_id(contacts, &PeerId::Key(MINA));
                assert_eq!(label, quoted(lang, shown), "{name:?}");
                let person = lang.person(contacts, &MINA);
                assert!(person.starts_with(&quoted(lang, shown)), "{person:?}");
            }
        }
    }
}
