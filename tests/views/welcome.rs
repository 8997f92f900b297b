//! What is asked at the first start of all.

use duologue::{
    args::{Args, Start},
    endpoint::Endpoint,
    gui::locale::Lang,
    identity::Name,
    net::{Command, ListenError, Listening, Preferences},
    settings::Settings,
};
use eframe::egui::{Event, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    invites::invite,
    screen::{Begin, Screen, listening},
};

fn first_start(lang: Lang) -> Screen {
    let begin = Begin {
        is_new: true,
        ..Begin::default()
    };
    Screen::begun(lang, begin)
}

/// The first start, by a click on an invite.
fn invited(lang: Lang) -> Screen {
    let begin = Begin {
        is_new: true,
        args: Args {
            start: Start::Invited(invite()),
            ..Args::default()
        },
        ..Begin::default()
    };
    Screen::begun(lang, begin)
}

fn named(name: &str) -> Command {
    let settings = Settings::default();
    Command::SetPreferences(Preferences {
        name: Name::new(name),
        allow_plain: settings.allow_plain,
        keep_history: settings.keep_history,
        read_marks: settings.read_marks,
        accept_files: None,
    })
}

#[test]
fn only_a_start_without_settings_and_arguments_asks() {
    let lang = Lang::En;
    assert!(first_start(lang).has(lang.welcome()));
    assert!(!Screen::new(lang).has(lang.welcome()));
    let at = "127.0.0.1:50000".parse().expect("an endpoint");
    let begin = Begin {
        is_new: true,
        args: Args {
            start: Start::Listen(at),
            ..Args::default()
        },
        ..Begin::default()
    };
    assert!(!Screen::begun(lang, begin).has(lang.welcome()));
}

#[test]
fn who_was_invited_is_asked_for_a_name_before_the_call() {
    let lang = Lang::En;
    for skips in [false, true] {
        let mut screen = invited(lang);
        assert!(screen.has(lang.welcome()) && screen.has(lang.welcome_invited()));
        // What the worker says does not start the call either.
        screen.report(duologue::net::Event::Contacts([].into()));
        assert_eq!(screen.command(), None);
        if skips {
            screen.click(lang.skip());
        } else {
            screen.harness.event(Event::Text("Jun".to_owned()));
            screen.run();
            screen.press(Key::Enter);
            screen.expect(named("Jun"));
            assert!(!screen.has(lang.name_changed()), "it had none before");
        }
        assert!(matches!(screen.command(), Some(Command::Connect(_))));
        assert!(!screen.has(lang.welcome()));
    }
}

#[test]
fn a_name_and_enter_are_enough() {
    for lang in Lang::ALL {
        let mut screen = first_start(lang);
        assert_eq!(screen.focused(), lang.your_name());
        screen.harness.event(Event::Text("미나".to_owned()));
        screen.run();
        screen.press(Key::Enter);
        screen.expect(named("미나"));
        assert_eq!(screen.command(), None, "no socket is opened");
        assert!(screen.has(lang.idle_title()) && !screen.has(lang.welcome()));
    }
}

#[test]
fn skipping_it_changes_nothing() {
    let lang = Lang::En;
    for by_key in [false, true] {
        let mut screen = first_start(lang);
        screen.harness.event(Event::Text("Mina".to_owned()));
        screen.run();
        if by_key {
            screen.press(Key::Escape);
        } else {
            screen.click(lang.skip());
        }
        assert_eq!(screen.command(), None);
        assert!(!screen.has(lang.welcome()));
    }
}

#[test]
fn the_language_changes_at_once() {
    let mut screen = first_start(Lang::En);
    screen
        .harness
        .get_by_role_and_label(Role::RadioButton, Lang::Ko.name())
        .click();
    screen.run();
    assert!(screen.has(Lang::Ko.welcome()) && !screen.has(Lang::En.welcome()));
}

#[test]
fn others_can_connect_from_then_on_if_that_is_ticked() {
    let lang = Lang::En;
    let mut screen = first_start(lang);
    screen.click_in_view(Role::CheckBox, lang.listen_from_the_start());
    assert_eq!(screen.command(), None, "only with the button");
    screen.click(lang.start());
    let wide = Command::Listen("[::]:50000".parse().expect("an endpoint"));
    screen.expect(wide.clone());
    // It can be turned off again, and on the next start it listens by itself.
    screen.open_settings(lang);
    let name = lang.listen_from_the_start();
    let toggled = screen.harness.get_by_role_and_label(Role::CheckBox, name);
    assert_eq!(
        toggled.accesskit_node().toggled(),
        Some(eframe::egui::accesskit::Toggled::True)
    );
    let settings = Settings {
        listen_at_start: Some(50_000),
        ..Settings::default()
    };
    let mut again = Screen::with(lang, settings, None);
    again.expect(wide);
}

#[test]
fn an_invite_that_arrives_at_the_first_start_waits_for_the_name() {
    let lang = Lang::En;
    let (hand_in, invites) = crossbeam_channel::bounded(8);
    let begin = Begin {
        is_new: true,
        invites: Some(invites),
        ..Begin::default()
    };
    let mut screen = Screen::begun(lang, begin);
    screen.harness.event(Event::Text("Jun".to_owned()));
    screen.run();
    hand_in.send(Ok(invite())).expect("room");
    screen.run();
    assert_eq!(screen.command(), None);
    assert!(screen.has(lang.welcome_invited()));
    screen.press(Key::Enter);
    screen.expect(named("Jun"));
    assert!(matches!(screen.command(), Some(Command::Connect(_))));
}

#[test]
fn an_invite_is_used_at_once_if_the_first_page_is_left_another_way() {
    let lang = Lang::En;
    let mut screen = invited(lang);
    screen.click(lang.listen());
    assert!(matches!(screen.command(), Some(Command::Listen(_))));
    assert!(matches!(screen.command(), Some(Command::Connect(_))));
    // Not a second time, once somebody else is there.
    screen.report(duologue::net::Event::Contacts([].into()));
    assert_eq!(screen.command(), None);
}

#[test]
fn the_setting_to_let_others_connect_acts_at_once() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    // It is not enough to listen for this computer.
    screen.click(lang.listen());
    assert!(matches!(screen.command(), Some(Command::Listen(_))));
    let only_here = Listening {
        at: "127.0.0.1:50000".parse().expect("an endpoint"),
        reachable: vec![],
        only_here: true,
    };
    screen.report(duologue::net::Event::Listening(only_here));
    screen.open_settings(lang);
    let name = lang.listen_from_the_start();
    screen.click_in_view(Role::CheckBox, name);
    screen.expect(Command::Listen("[::]:50000".parse().expect("an endpoint")));
    screen.report(listening());
    screen.click_in_view(Role::CheckBox, name);
    screen.expect(Command::StopListening);
    screen.report(duologue::net::Event::ListeningStopped);
    assert_eq!(screen.command(), None);
}

#[test]
fn another_port_for_the_start_is_remembered_and_leaves_the_address_alone() {
    let lang = Lang::En;
    let settings = Settings {
        listen_at_start: Some(50_000),
        host: "192.0.2.2".to_owned(),
        ..Settings::default()
    };
    let mut screen = Screen::with(lang, settings, None);
    let wide = |port| Endpoint {
        host: "::".to_owned(),
        port,
    };
    screen.expect(Command::Listen(wide(50_000)));
    screen.report(duologue::net::Event::ListenFailed {
        at: wide(50_000),
        error: ListenError::PortInUse,
        instead: Some(wide(50_001)),
    });
    screen.click(&lang.use_instead(&wide(50_000), &wide(50_001)));
    screen.expect(Command::Listen(wide(50_001)));
    assert_eq!(screen.value(lang.host()), "192.0.2.2");
    assert_eq!(screen.value(lang.port()), "50000");
    screen.open_settings(lang);
    screen.click_in_view(Role::CheckBox, lang.listen_from_the_start());
    assert_eq!(screen.command(), Some(Command::StopListening));
}

#[test]
fn the_header_works_meanwhile() {
    let lang = Lang::En;
    let mut screen = first_start(lang);
    screen.click(lang.listen());
    assert!(matches!(screen.command(), Some(Command::Listen(_))));
    screen.report(listening());
    assert!(!screen.has(lang.welcome()));
    screen.report(duologue::net::Event::ListeningStopped);
    assert!(!screen.has(lang.welcome()), "it does not come back");
}
