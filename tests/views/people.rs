//! The list of contacts, our own name, and the menu.

use duologue::{
    gui::locale::Lang,
    identity::{Contact, Name, PeerId, PublicKey, Trust},
    net::{Call, Command, ContactChange, Event, How, Preferences},
    settings::{Settings, Theme},
};
use eframe::egui::{self, Event as Input, ImeEvent, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages::Who,
    screen::{ME, MINA, Screen, began, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

fn everybody() -> [Contact; 2] {
    let jun = Contact {
        my_name: Some("Jun".to_owned()),
        blocked: true,
        addresses: Vec::new(),
        held: 0,
        held_up_to: 0,
        ..named(JUN, "jun.park", Trust::Verified)
    };
    [named(MINA, "Mina", Trust::Accepted), jun]
}

/// A window that shows what is known of this contact.
fn details(lang: Lang, name: &str) -> Screen {
    let mut screen = Screen::knowing(lang, &everybody());
    screen.show_details(lang, name);
    screen
}

/// A window that shows our own name and key.
fn ourselves(lang: Lang) -> Screen {
    let mut screen = Screen::knowing(lang, &everybody());
    screen.show_list(lang);
    screen.click(&lang.seen_as("Guest"));
    screen
}

fn of(lang: Lang, what: &str, whom: &str) -> String {
    lang.done_to(what, whom)
}

fn preferences(name: &str, allow_plain: bool) -> Command {
    let name = Name::new(name);
    Command::SetPreferences(Preferences {
        name,
        allow_plain,
        keep_history: true,
        read_marks: true,
        accept_files: None,
    })
}

fn changed(key: PublicKey, change: ContactChange) -> Command {
    Command::ChangeContact(key, change)
}

#[test]
fn the_details_show_a_contact_and_its_trust() {
    for lang in Lang::ALL {
        for (name, key, others) in [
            (
                "Mina",
                MINA,
                vec![lang.accepted_before(), "192.168.0.5:50000"],
            ),
            (
                "Jun",
                JUN,
                vec![lang.verified(), lang.blocked(), "jun.park"],
            ),
        ] {
            let screen = details(lang, name);
            assert!(screen.has(name) && screen.has(&key.fingerprint()), "{name}");
            for text in others {
                assert!(screen.has_text(text), "{name}: {text}");
            }
        }
        let mut screen = ourselves(lang);
        assert!(screen.has(&ME.fingerprint()));
        screen.press(Key::Escape);
        assert!(!screen.has(&ME.fingerprint()));
    }
}

#[test]
fn our_key_can_be_copied() {
    for lang in Lang::ALL {
        let mut screen = ourselves(lang);
        screen.click(lang.copy_your_key());
        assert_eq!(screen.copied, [ME.fingerprint()]);
    }
}

#[test]
fn an_empty_list_says_so() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.show_list(lang);
        assert!(screen.has(lang.nobody_yet()));
        screen.click(lang.close());
        assert!(!screen.has(lang.nobody_yet()));
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn a_contact_is_called_at_the_address_that_answered() {
    for lang in Lang::ALL {
        let screen = details(lang, "Jun");
        let connect = of(lang, lang.connect(), "Jun");
        assert!(!screen.button_is_enabled(&connect), "no address");
        let mut screen = details(lang, "Mina");
        screen.click(&of(lang, lang.connect(), "Mina"));
        let call = Call {
            to: "192.168.0.5:50000".parse().expect("an endpoint"),
            also: Vec::new(),
            how: How::To(MINA),
        };
        assert_eq!(screen.command(), Some(Command::Connect(call)));
        assert!(!screen.has(&MINA.fingerprint()), "closed");
        assert_eq!(screen.value(lang.host()), "192.168.0.5");
        screen.report(began(Who::Key(MINA)));
        screen.show_details(lang, "Mina");
        let connect = of(lang, lang.connect(), "Mina");
        assert!(!screen.button_is_enabled(&connect), "connected");
    }
}

#[test]
fn a_contact_can_be_renamed_and_the_name_removed() {
    for lang in Lang::ALL {
        let mut screen = details(lang, "Mina");
        screen.click(&of(lang, lang.rename(), "Mina"));
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        screen.harness.event(Input::Text("  Mina Kim ".to_owned()));
        screen.run();
        screen.press(Key::Enter);
        let name = Some("Mina Kim".to_owned());
        screen.expect(changed(MINA, ContactChange::Rename(name)));
        assert_eq!(screen.focused(), of(lang, lang.rename(), "Mina"));
        let mut screen = details(lang, "Jun");
        screen.click(&of(lang, lang.rename(), "Jun"));
        let field = lang.name_for("Jun");
        let field = screen
            .harness
            .get_all_by_label(&field)
            .find(|node| node.accesskit_node().role() == Role::TextInput);
        assert_eq!(field.expect("a field").value().as_deref(), Some("Jun"));
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        screen.press(Key::Delete);
        screen.click(lang.save());
        screen.expect(changed(JUN, ContactChange::Rename(None)));
    }
}

#[test]
fn escape_closes_one_thing_after_the_other() {
    for lang in Lang::ALL {
        let mut screen = details(lang, "Mina");
        screen.click(&of(lang, lang.rename(), "Mina"));
        assert!(screen.has(lang.save()));
        screen.press(Key::Escape);
        assert!(!screen.has(lang.save()) && screen.has(&MINA.fingerprint()));
        screen.press(Key::Escape);
        assert!(!screen.has(&MINA.fingerprint()));
        assert_eq!(screen.listed(lang), ["Mina", "Jun"], "back in the list");
        screen.press(Key::Escape);
        assert_eq!(screen.focused(), lang.message());
        assert_eq!(screen.command(), None);
    }
}

#[test]
fn blocking_asks_for_confirmation_and_unblocking_does_not() {
    for lang in Lang::ALL {
        let mut screen = details(lang, "Mina");
        screen.click(&of(lang, lang.block(), "Mina"));
        let asked = (screen.command(), screen.focused());
        assert_eq!(asked, (None, lang.keep().to_owned()));
        screen.press(Key::Enter);
        assert_eq!(screen.command(), None, "an Enter too many blocks nobody");
        screen.click(&of(lang, lang.block(), "Mina"));
        let yes = lang.block_them(screen.harness.state().chat().contacts(), &MINA);
        screen.click(&yes);
        screen.expect(changed(MINA, ContactChange::SetBlocked(true)));
        let mut screen = details(lang, "Jun");
        screen.click(&of(lang, lang.unblock(), "Jun"));
        screen.expect(changed(JUN, ContactChange::SetBlocked(false)));
    }
}

#[test]
fn forgetting_asks_for_confirmation() {
    for lang in Lang::ALL {
        let mut screen = details(lang, "Mina");
        screen.click(&of(lang, lang.forget(), "Mina"));
        assert_eq!(
            (screen.command(), screen.focused()),
            (None, lang.keep().to_owned())
        );
        screen.press(Key::Enter);
        assert!(!screen.has(lang.keep()), "an Enter too many forgets nobody");
        assert_eq!(screen.focused(), of(lang, lang.forget(), "Mina"));
        screen.click(&of(lang, lang.forget(), "Mina"));
        let yes = lang.forget_them(screen.harness.state().chat().contacts(), &MINA);
        screen.click(&yes);
        screen.expect(changed(MINA, ContactChange::Forget));
        screen.expect(Command::Clear(Some(PeerId::Key(MINA))));
        screen.report(Event::Contacts([].into()));
        assert!(screen.has(lang.nobody_yet()), "back in the list");
    }
}

#[test]
fn verification_can_be_withdrawn_in_the_details() {
    for lang in Lang::ALL {
        let mut screen = details(lang, "Jun");
        screen.click(&of(lang, lang.verify(), "Jun"));
        assert!(screen.has(lang.verified_already()));
        screen.click(lang.remove_verification());
        screen.expect(changed(JUN, ContactChange::SetVerified(false)));
        assert!(screen.has(&JUN.fingerprint()), "back in the details");
        let mut screen = details(lang, "Mina");
        screen.click(&of(lang, lang.verify(), "Mina"));
        screen.click(lang.they_dont_match());
        assert!(screen.has(lang.differ_means()));
        assert!(!screen.has(lang.disconnect()), "nobody is there");
        screen.press(Key::Escape);
        assert!(screen.has(&MINA.fingerprint()));
        screen.press(Key::Escape);
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn the_list_works_by_keyboard_in_the_smallest_window() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &everybody());
        screen.harness.set_size(egui::vec2(320.0, 360.0));
        screen.run();
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
        screen.run();
        assert!(screen.focused().starts_with("Mina"), "{}", screen.focused());
        screen.press(Key::ArrowDown);
        assert!(screen.focused().starts_with("Jun"), "{}", screen.focused());
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::SHIFT, Key::F10);
        screen.run();
        screen.press_by_keyboard(lang.details_further());
        screen.press_by_keyboard(&of(lang, lang.unblock(), "Jun"));
        screen.expect(changed(JUN, ContactChange::SetBlocked(false)));
    }
}

#[test]
fn a_new_conversation_leaves_the_keyboard_in_the_field_being_edited() {
    let lang = Lang::En;
    let mut screen = details(lang, "Mina");
    screen.click(&of(lang, lang.rename(), "Mina"));
    screen
        .harness
        .key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    screen.harness.event(Input::Text("Mi".to_owned()));
    screen.run();
    screen.report(began(Who::Key(MINA)));
    screen.harness.event(Input::Text("na!".to_owned()));
    screen.run();
    screen.press(Key::Enter);
    let name = Some("Mina!".to_owned());
    screen.expect(changed(MINA, ContactChange::Rename(name)));
    assert_eq!(screen.draft(), "");
    screen.press(Key::Escape);
    screen.press(Key::Escape);
    assert_eq!(screen.focused(), lang.message());
}

#[test]
fn our_name_is_shown_before_its_first_use_and_can_be_changed_there() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        assert!(screen.has(&lang.seen_as("Guest")));
        screen.press_by_keyboard(&of(lang, lang.change(), lang.your_name()));
        assert_eq!(screen.value(lang.your_name()), "Guest");
        screen.fill(lang.your_name(), "  미나 ");
        screen.press(Key::Enter);
        screen.expect(preferences("미나", true));
        assert!(screen.has(&lang.seen_as("미나")));
        assert_eq!(screen.focused(), of(lang, lang.change(), lang.your_name()));
        screen.click(&of(lang, lang.change(), lang.your_name()));
        screen.fill(lang.your_name(), "");
        screen.click(lang.save());
        screen.expect(preferences("Guest", true));
        screen.click(&of(lang, lang.change(), lang.your_name()));
        screen.fill(lang.your_name(), "Jun");
        screen.press(Key::Escape);
        assert_eq!(screen.command(), None);
        assert!(screen.has(&lang.seen_as("Guest")));
    }
}

#[test]
fn our_name_can_be_changed_where_it_is_listed() {
    for lang in Lang::ALL {
        let mut screen = ourselves(lang);
        screen.press_by_keyboard(&of(lang, lang.change(), lang.your_name()));
        screen.fill(lang.your_name(), &"x".repeat(50));
        screen.click(lang.save());
        screen.expect(preferences(&"x".repeat(40), true));
    }
}

#[test]
fn the_last_syllable_of_a_name_is_saved_in_any_event_order() {
    let lang = Lang::Ko;
    let preedit = |text: &str| {
        Input::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: None,
        })
    };
    let commit = || Input::Ime(ImeEvent::Commit("나".to_owned()));
    let enter = || Input::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    for order in [
        vec![commit(), enter()],
        vec![enter(), commit()],
        vec![enter(), preedit(""), commit()],
    ] {
        let mut screen = Screen::new(lang);
        screen.click(&of(lang, lang.change(), lang.your_name()));
        screen.fill(lang.your_name(), "");
        for event in [Input::Text("미".to_owned()), preedit("ㄴ"), preedit("나")] {
            screen.harness.event(event);
            screen.run();
        }
        screen.harness.input_mut().events.extend(order.clone());
        screen.run();
        screen.expect(preferences("미나", true));
        assert_eq!(screen.draft(), "");
    }
}

#[test]
fn preferences_are_sent_at_start_and_on_change() {
    for lang in Lang::ALL {
        let settings = Settings {
            theme: Theme::Light,
            name: Name::new("Mina"),
            allow_plain: false,
            ..Settings::default()
        };
        // The screen itself checks the commands at the start.
        let mut screen = Screen::with(lang, settings, None);
        screen.check(lang, lang.allow_plain());
        screen.expect(preferences("Mina", true));
        screen.check(lang, lang.allow_plain());
        screen.expect(preferences("Mina", false));
        screen.crash();
        screen.click(lang.restart());
        screen.hear_how_it_begins(Preferences {
            name: Name::new("Mina"),
            allow_plain: false,
            keep_history: true,
            read_marks: true,
            accept_files: None,
        });
    }
}
