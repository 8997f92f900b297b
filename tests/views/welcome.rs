//! What is asked at the first start of all.

use duologue::{
    args::{Args, Start},
    gui::locale::Lang,
    identity::Name,
    net::{Command, Preferences},
    settings::Settings,
};
use eframe::egui::{Event, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::screen::{Begin, Screen, listening};

fn first_start(lang: Lang) -> Screen {
    let begin = Begin {
        is_new: true,
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
