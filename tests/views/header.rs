//! The header belongs to the conversation below it, and its two buttons keep their places.

use std::time::Duration;

use duologue::{
    gui::locale::Lang,
    identity::{Contact, PeerId, PublicKey, Trust},
    net::{Command, ConnectError, ContactChange, EndReason, Event, How},
};
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages::Who,
    screen::{MINA, PLAIN, Screen, began, call, listening, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

fn both(is_blocked: bool) -> [Contact; 2] {
    let jun = Contact {
        blocked: is_blocked,
        addresses: vec!["192.168.0.9:7".to_owned()],
        ..named(JUN, "Jun", Trust::Verified)
    };
    [named(MINA, "Mina", Trust::Accepted), jun]
}

fn title(screen: &Screen) -> String {
    let root = screen.harness.root();
    root.accesskit_node().label().unwrap_or_default()
}

/// The names of the focused controls, from this one on, as Tab goes.
fn tab_from(screen: &mut Screen, first: &str, count: usize) -> Vec<String> {
    screen.tab_to(first);
    let mut names = vec![screen.focused()];
    while names.len() < count {
        screen.press(Key::Tab);
        names.push(screen.focused());
    }
    names
}

/// Both sides may call at the same moment, and the button changes under the pointer.
#[test]
fn a_click_that_was_meant_for_connect_does_not_disconnect() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        // The clock stands still.
        screen.wait(0.0);
        screen.report(began(Who::Key(MINA)));
        screen.click(lang.disconnect());
        assert_eq!(screen.command(), None);
        screen
            .harness
            .get_by_role_and_label(Role::Button, lang.disconnect())
            .focus();
        screen.press(Key::Space);
        assert_eq!(screen.command(), None, "nor does a key");
        screen.wait(1.0);
        screen.click(lang.disconnect());
        assert_eq!(screen.command(), Some(Command::Disconnect));
    }
}

#[test]
fn the_header_and_the_title_belong_to_the_conversation_that_is_shown() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &both(false));
        screen.report(began(Who::Key(MINA)));
        screen.report(Event::Ended(EndReason::PeerLeft));
        screen.report(began(Who::Key(JUN)));
        assert_eq!(title(&screen), "Jun – Duologue");
        screen.open_row(lang, "Mina");
        assert_eq!(title(&screen), "Mina – Duologue");
        assert!(!screen.has_text(lang.encrypted_verified()), "that is Jun's");
        let contacts = screen.harness.state().chat().contacts();
        let chip = lang.connected_to(contacts, &PeerId::Key(JUN), 0);
        assert!(screen.has(lang.disconnect()), "still connected");
        screen.click(&chip);
        assert_eq!(title(&screen), "Jun – Duologue");
        assert!(screen.has_text(lang.encrypted_verified()) && !screen.has(&chip));
    }
}

#[test]
fn each_of_the_two_buttons_has_a_place_of_its_own() {
    let lang = Lang::En;
    let mut screen = Screen::knowing(lang, &both(false));
    let (listen, connect) = (screen.place(lang.listen()), screen.place(lang.connect()));
    screen.report(listening());
    assert_eq!(screen.place(lang.stop()), listen);
    screen.click(lang.connect());
    assert_eq!(screen.place(lang.cancel()), connect);
    screen.report(began(Who::Key(MINA)));
    assert_eq!(screen.place(lang.disconnect()), connect);
    screen.report(Event::Ended(EndReason::Lost));
    screen.report(Event::Redialling {
        call: call(How::To(MINA)),
        key: MINA,
        wait: Some(Duration::from_secs(30)),
    });
    assert_eq!(screen.place(lang.stop_reconnecting()), connect);
}

#[test]
fn nothing_in_the_header_is_greyed_while_one_talks() {
    for lang in Lang::ALL {
        let screen = Screen::encrypted(lang);
        for name in [
            lang.host(),
            lang.port(),
            lang.encryption(),
            lang.recent(),
            lang.listen(),
            lang.disconnect(),
            lang.verify(),
            lang.search_messages(),
            lang.menu(),
        ] {
            let node = screen.harness.get_all_by_label(name);
            let mut nodes = node.map(|node| node.accesskit_node().is_disabled());
            assert!(nodes.all(|is_disabled| !is_disabled), "{name}");
        }
    }
}

#[test]
fn tab_goes_from_what_one_writes_to_what_one_reads_and_then_to_the_header() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.hear_encrypted("hello");
        screen.write(lang, "answer");
        let wanted = [
            lang.message(),
            lang.send(),
            lang.emoji(),
            lang.log(),
            lang.people(),
            &lang.done_to(lang.details(), "Mina"),
            lang.verify(),
            lang.host(),
            lang.encryption(),
            lang.recent(),
            lang.port(),
            lang.listen(),
            lang.disconnect(),
            lang.search_messages(),
            lang.menu(),
            lang.message(),
        ];
        let names = tab_from(&mut screen, lang.message(), wanted.len());
        assert_eq!(names, wanted);
    }
}

#[test]
fn the_choice_of_encryption_says_its_value() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let value = |screen: &Screen| {
            let choice = screen
                .harness
                .get_by_role_and_label(Role::ComboBox, lang.encryption());
            choice.accesskit_node().value()
        };
        assert_eq!(value(&screen).as_deref(), Some(lang.encrypted()));
        screen
            .harness
            .get_by_role_and_label(Role::ComboBox, lang.encryption())
            .click();
        screen.run();
        screen.click(lang.in_plain_text());
        assert_eq!(value(&screen).as_deref(), Some(lang.in_plain_text()));
    }
}

#[test]
fn the_caret_is_in_the_host_field_at_the_start() {
    for lang in Lang::ALL {
        assert_eq!(Screen::new(lang).focused(), lang.host());
    }
}

#[test]
fn a_port_that_is_pasted_with_the_host_goes_into_its_field() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    for (pasted, host, port) in [
        ("192.168.0.9:7", "192.168.0.9", "7"),
        ("[fe80::1%2]:4711", "fe80::1%2", "4711"),
        ("mina-pc 8080", "mina-pc", "8080"),
        ("mina-pc", "mina-pc", "8080"),
    ] {
        screen.fill(lang.host(), "");
        screen.harness.event(egui::Event::Paste(pasted.to_owned()));
        screen.run();
        assert_eq!(screen.value(lang.host()), host, "{pasted}");
        assert_eq!(screen.value(lang.port()), port, "{pasted}");
    }
    // While it is typed, each digit would be a port.
    screen.fill(lang.host(), "10.0.0.1:5");
    screen.harness.event(egui::Event::Text("0001".to_owned()));
    screen.run();
    assert_eq!(screen.value(lang.host()), "10.0.0.1:50001");
    screen.press(Key::Tab);
    assert_eq!(screen.value(lang.host()), "10.0.0.1");
    assert_eq!(screen.value(lang.port()), "50001");
}

#[test]
fn a_contact_can_be_called_from_the_header_also_while_others_can_connect() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &both(false));
        screen.report(listening());
        screen.open_row(lang, "Jun");
        assert!(screen.has(&lang.waiting_on(50_000)));
        let contacts = screen.harness.state().chat().contacts();
        let connect = lang.connect_to(contacts, &JUN);
        screen.click(&connect);
        let Some(Command::Connect(call)) = screen.command() else {
            panic!("no call")
        };
        assert_eq!(
            (call.to.to_string().as_str(), call.how),
            ("192.168.0.9:7", How::To(JUN))
        );
    }
}

#[test]
fn somebody_blocked_can_not_be_written_to_and_is_unblocked_in_the_header() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &both(true));
        screen.open_row(lang, "Jun");
        assert!(screen.has(lang.blocked()) && screen.has(lang.blocked_no_writing()));
        assert!(!screen.has(lang.message()));
        let frames = screen.harness.state().frames();
        screen.wait(5.0);
        let painted = screen.harness.state().frames() - frames;
        assert!(painted < 5, "{painted} frames at rest");
        screen.click(lang.unblock());
        let change = ContactChange::SetBlocked(false);
        screen.expect(Command::ChangeContact(JUN, change));
        screen.report(Event::Contacts(both(false).into()));
        assert!(screen.has(lang.message()) && !screen.has(lang.blocked()));
    }
}

#[test]
fn a_changed_key_is_said_in_the_header_of_the_contact() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &both(false));
        screen.click(lang.connect());
        let Some(Command::Connect(call)) = screen.command() else {
            panic!("no call")
        };
        let failed = Event::ConnectFailed {
            call,
            error: ConnectError::OtherKey {
                expected: MINA,
                seen: PublicKey::from_bytes([9; 32]),
                invited: false,
            },
        };
        screen.report(failed);
        assert!(
            !screen.has(lang.security_key_changed()),
            "hers is not shown"
        );
        screen.open_row(lang, "Mina");
        assert!(screen.has(lang.security_key_changed()));
    }
}

#[test]
fn plain_text_is_said_to_be_so() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.report(began(PLAIN));
        assert!(screen.has(lang.plain_text()) && !screen.has(lang.verify()));
    }
}

#[test]
fn everything_in_the_header_stands_on_one_line() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.harness.set_size(egui::vec2(640.0, 480.0));
        screen.run();
        let middle = |role, name| {
            let node = screen.harness.get_by_role_and_label(role, name);
            node.rect().center().y
        };
        let menu = middle(Role::Button, lang.menu());
        for (role, name) in [
            (Role::TextInput, lang.host()),
            (Role::ComboBox, lang.encryption()),
            (Role::Button, lang.recent()),
            (Role::TextInput, lang.port()),
            (Role::Button, lang.listen()),
            (Role::Button, lang.connect()),
            (Role::Button, lang.search_messages()),
        ] {
            let other = middle(role, name);
            assert!((other - menu).abs() < 0.6, "{name}: {other} and {menu}");
        }
    }
}
