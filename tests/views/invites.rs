//! How an address is called, and invites, whose token must stay secret.

use std::{fs, net::IpAddr};

use duologue::{
    args::{Args, Start},
    endpoint::Endpoint,
    gui::locale::Lang,
    identity::{
        PublicKey, Trust,
        invite::{Invite, InviteError, Token},
    },
    net::{Call, Command, ConnectError, EndReason, Event, How, Listening},
    settings::{FILE_NAME, Saver, Settings, Theme},
};
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages::Who,
    screen::{Begin, MINA, PLAIN, Screen, began, known},
};

const TOKEN: &str = "AgICAgICAgICAgICAgICAg";

fn endpoint(text: &str) -> Endpoint {
    text.parse().expect("an endpoint")
}

pub(crate) fn invite() -> Invite {
    Invite {
        hosts: vec![endpoint("mina-pc:7"), endpoint("10.0.0.3:8")],
        key: MINA,
        token: Token::from_bytes([2; 16]),
    }
}

fn next_call(screen: &mut Screen) -> Call {
    match screen.command() {
        Some(Command::Connect(call)) => call,
        other => panic!("{other:?} is no call"),
    }
}

pub(crate) fn choice(screen: &Screen, lang: Lang) -> String {
    let choice = screen
        .harness
        .get_by_role_and_label(Role::ComboBox, lang.encryption());
    choice.accesskit_node().value().unwrap_or_default()
}

pub(crate) fn choose(screen: &mut Screen, lang: Lang, option: &str) {
    screen
        .harness
        .get_by_role_and_label(Role::ComboBox, lang.encryption())
        .click();
    screen.run();
    screen.click(option);
}

/// A window that saves its settings, and the folder of these.
pub(crate) fn saving(lang: Lang) -> (Screen, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings {
        theme: Theme::Light,
        ..Settings::default()
    };
    let saver = Saver::start(folder.path().to_owned()).expect("started");
    let begin = Begin {
        settings,
        saver: Some(saver),
        ..Begin::default()
    };
    (Screen::begun(lang, begin), folder)
}

/// The settings that were saved.
pub(crate) fn saved(mut screen: Screen, folder: &tempfile::TempDir) -> String {
    screen.harness.state_mut().close();
    fs::read_to_string(folder.path().join(FILE_NAME)).expect("saved")
}

#[test]
fn calls_are_encrypted_by_default_and_the_choice_is_remembered() {
    for lang in Lang::ALL {
        let (mut screen, folder) = saving(lang);
        assert_eq!(choice(&screen, lang), lang.encrypted());
        screen.fill(lang.host(), "old-pc");
        choose(&mut screen, lang, lang.in_plain_text());
        assert_eq!(choice(&screen, lang), lang.in_plain_text());
        screen.click(lang.connect());
        let plain = next_call(&mut screen);
        assert_eq!(
            (plain.to.to_string().as_str(), &plain.how),
            ("old-pc:50000", &How::Plain)
        );
        screen.report(began(PLAIN));
        screen.report(Event::Ended(EndReason::PeerLeft));
        // Another address is called encrypted, and the choice for the old one stays.
        screen.fill(lang.host(), "new-pc");
        assert_eq!(choice(&screen, lang), lang.encrypted());
        screen.click(lang.connect());
        let encrypted = next_call(&mut screen);
        assert_eq!(encrypted.how, How::Encrypted);
        screen.click(lang.cancel());
        screen.command();
        screen.fill(lang.host(), "old-pc");
        assert_eq!(choice(&screen, lang), lang.in_plain_text());
        let settings: Settings = toml::from_str(&saved(screen, &folder)).expect("read");
        assert_eq!(settings.plain, ["old-pc:50000"]);
    }
}

#[test]
fn a_plain_text_address_can_be_called_encrypted_again() {
    for lang in Lang::ALL {
        let settings = Settings {
            host: "old-pc".to_owned(),
            plain: vec!["old-pc:50000".to_owned()],
            recent: vec!["old-pc:50000".to_owned(), "mina-pc:7".to_owned()],
            ..Settings::default()
        };
        let mut screen = Screen::with(lang, settings, None);
        assert_eq!(choice(&screen, lang), lang.in_plain_text());
        // A choice by hand is for the address that was in the field.
        choose(&mut screen, lang, lang.encrypted());
        screen.click(lang.recent());
        screen.click("old-pc:50000");
        assert_eq!(choice(&screen, lang), lang.in_plain_text());
        screen.click(lang.recent());
        screen.click("mina-pc:7");
        assert_eq!(choice(&screen, lang), lang.encrypted());
        screen.click(lang.recent());
        screen.click("old-pc:50000");
        choose(&mut screen, lang, lang.encrypted());
        screen.click(lang.connect());
        assert_eq!(next_call(&mut screen).how, How::Encrypted);
        assert_eq!(choice(&screen, lang), lang.encrypted());
    }
}

#[test]
fn encryption_is_chosen_by_keyboard() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.press_by_keyboard(lang.encryption());
    screen.press_by_keyboard(lang.in_plain_text());
    assert_eq!(choice(&screen, lang), lang.in_plain_text());
}

#[test]
fn every_control_is_reachable_in_the_smallest_window() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let smallest = egui::vec2(380.0, 320.0);
        screen.harness.set_size(smallest);
        screen.run();
        for name in [lang.listen(), lang.connect(), lang.menu(), lang.recent()] {
            let rect = screen
                .harness
                .get_by_role_and_label(Role::Button, name)
                .rect();
            let window = egui::Rect::from_min_size(egui::Pos2::ZERO, smallest);
            assert!(window.contains_rect(rect), "{name} at {rect:?}");
        }
        let top = |screen: &Screen, name| {
            let button = screen.harness.get_by_role_and_label(Role::Button, name);
            button.rect().top()
        };
        for width in (380_u16..=640).step_by(20) {
            screen.harness.set_size(egui::vec2(f32::from(width), 560.0));
            screen.run();
            let [listen, connect] = [lang.listen(), lang.connect()].map(|name| top(&screen, name));
            assert!((listen - connect).abs() < 1.0, "side by side at {width}");
        }
        let difference = top(&screen, lang.connect()) - top(&screen, lang.menu());
        assert!(difference.abs() < 4.0, "one line");
    }
}

#[test]
fn an_invite_in_the_host_field_is_recognised_and_called() {
    for lang in Lang::ALL {
        let (mut screen, folder) = saving(lang);
        screen.fill(lang.host(), &format!(" {}\n", invite()));
        assert!(screen.has(lang.invite_hint()));
        // Settings are saved meanwhile, for another reason.
        screen.choose(lang, lang.theme(), lang.theme_dark());
        screen.field(lang.host()).focus();
        screen.run();
        screen.press(Key::Enter);
        let call = next_call(&mut screen);
        assert_eq!(
            (call.to.to_string().as_str(), call.also.len()),
            ("mina-pc:7", 1)
        );
        let How::Invited(key, token) = &call.how else {
            panic!("{call:?} is by no invite")
        };
        assert_eq!((key, token.as_bytes()), (&MINA, &[2; 16]));
        assert!(!format!("{call:?}").contains("2, 2"), "not in the log");
        let fields = [screen.value(lang.host()), screen.value(lang.port())];
        assert_eq!(fields, ["mina-pc", "7"]);
        assert!(!screen.has(lang.invite_hint()));
        // Neither undo nor a failed call brings it back.
        screen.report(Event::ConnectFailed {
            call,
            error: ConnectError::TimedOut,
        });
        screen.field(lang.host()).focus();
        screen.run();
        for _ in 0..4 {
            screen
                .harness
                .key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
            screen.run();
        }
        assert!(!screen.value(lang.host()).contains(TOKEN));
        let text = saved(screen, &folder);
        assert!(!text.contains(TOKEN) && !text.contains("token"), "{text}");
        assert!(text.contains("mina-pc"), "{text}");
    }
}

#[test]
fn an_invite_in_the_host_field_is_not_saved() {
    let whole = invite().to_string();
    let without_beginning = whole.replacen("duologue://", "", 1);
    let only_the_end = whole.split_once("?key=").expect("a key").1.to_owned();
    for text in [&whole, &without_beginning, &only_the_end] {
        let (mut screen, folder) = saving(Lang::En);
        screen.fill(Lang::En.host(), text);
        screen.choose(Lang::En, Lang::En.theme(), Lang::En.theme_dark());
        let saved = saved(screen, &folder);
        assert!(!saved.contains(TOKEN), "{saved}");
        assert!(saved.contains("host = \"127.0.0.1\""), "{saved}");
    }
}

#[test]
fn a_damaged_invite_is_reported_and_changes_nothing() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let damaged = invite().to_string().replace("token=A", "token=");
        screen.fill(lang.host(), &damaged);
        screen.click(lang.connect());
        assert_eq!(screen.command(), None);
        assert!(screen.has(lang.invite_error(InviteError::BadToken)));
        assert_eq!(screen.value(lang.host()), damaged);
        assert_eq!(screen.value(lang.port()), "50000");
        screen.fill(lang.host(), "mina-pc");
        assert!(!screen.has(lang.invite_error(InviteError::BadToken)));
    }
}

#[test]
fn an_invite_is_never_called_in_plain_text() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        choose(&mut screen, lang, lang.in_plain_text());
        screen.fill(lang.host(), &invite().to_string());
        assert_eq!(choice(&screen, lang), lang.encrypted());
        screen.click(lang.connect());
        let call = next_call(&mut screen);
        screen.report(Event::ConnectFailed {
            call,
            error: ConnectError::AnswersPlain,
        });
        assert!(!screen.has(lang.connect_in_plain()));
        screen.click(lang.close());
    }
}

#[test]
fn an_invite_or_an_address_on_the_command_line_is_called_at_once() {
    let begun = |start, wait| {
        let args = Args {
            start,
            ..Args::default()
        };
        let settings = Settings {
            plain: vec!["old-pc:50000".to_owned()],
            ..Settings::default()
        };
        let begin = Begin {
            args,
            settings,
            ..Begin::default()
        };
        let mut screen = Screen::begun(Lang::En, begin);
        if wait {
            assert_eq!(screen.command(), None, "it may be the address of a contact");
            screen.report(Event::Contacts([].into()));
        }
        let call = next_call(&mut screen);
        assert_eq!(screen.value(Lang::En.host()), call.to.host);
        call.how
    };
    assert!(matches!(
        begun(Start::Invited(invite()), false),
        How::Invited(MINA, _)
    ));
    let connect = |to, plain, wait| {
        let to = endpoint(to);
        begun(Start::Connect { to, plain }, wait)
    };
    assert_eq!(connect("mina-pc:7", false, false), How::Encrypted);
    assert_eq!(connect("mina-pc:7", true, false), How::Plain);
    assert_eq!(connect("old-pc:50000", true, false), How::Plain);
    assert_eq!(
        connect("old-pc:50000", false, true),
        How::Plain,
        "as was chosen for it"
    );
}

#[test]
fn an_invite_of_another_program_calls_at_once_but_ends_no_conversation() {
    for lang in Lang::ALL {
        let (hand_in, invites) = crossbeam_channel::bounded(8);
        let begin = Begin {
            invites: Some(invites),
            ..Begin::default()
        };
        let mut screen = Screen::begun(lang, begin);
        hand_in.send(Ok(invite())).expect("room");
        screen.run();
        assert!(matches!(next_call(&mut screen).how, How::Invited(MINA, _)));
        assert_eq!(screen.value(lang.host()), "mina-pc");

        screen.report(began(PLAIN));
        hand_in.send(Ok(invite())).expect("room");
        screen.run();
        assert_eq!(screen.command(), None);
        assert!(screen.has(lang.invite_waits()));
        assert_eq!(screen.value(lang.host()), invite().to_string());

        screen.click(lang.disconnect());
        assert_eq!(screen.command(), Some(Command::Disconnect));
        screen.report(Event::Ended(EndReason::Disconnected));
        screen.click(lang.connect());
        assert!(matches!(next_call(&mut screen).how, How::Invited(MINA, _)));
        assert!(!screen.has(lang.invite_waits()));
    }
}

#[test]
fn a_damaged_link_is_explained_whether_it_starts_the_program_or_reaches_an_open_one() {
    for lang in Lang::ALL {
        let error = InviteError::BadKey;
        let (hand_in, invites) = crossbeam_channel::bounded(8);
        let begin = Begin {
            invites: Some(invites),
            args: Args {
                start: Start::BadInvite(error),
                ..Args::default()
            },
            ..Begin::default()
        };
        let mut screen = Screen::begun(lang, begin);
        assert!(screen.has(lang.invite_error(error)));
        screen.click(lang.close());
        assert!(!screen.has(lang.invite_error(error)));
        hand_in.send(Err(error)).expect("room");
        screen.run();
        assert!(screen.has(lang.invite_error(error)));
        assert_eq!(screen.command(), None, "nobody is called");
    }
}

#[test]
fn an_invite_can_be_copied_while_listening() {
    let wide = || Listening {
        at: endpoint("[::]:50000"),
        reachable: vec![IpAddr::from([192, 168, 0, 7])],
        only_here: false,
    };
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        // One click listens for others, too.
        screen.click(lang.copy_invite());
        assert_eq!(
            screen.command(),
            Some(Command::Listen(endpoint("[::]:50000")))
        );
        assert_eq!(screen.command(), Some(Command::MakeInvite));
        screen.report(Event::Listening(wide()));
        screen.click(lang.copy_invite());
        assert_eq!(screen.command(), Some(Command::MakeInvite));
        screen.report(Event::Invite(Some(invite())));
        assert_eq!(screen.copied, [invite().to_string()]);
        assert!(screen.has(lang.invite_copied()));
        assert!(
            screen.has(&format!("{}: 192.168.0.7:50000", lang.copy_address()))
                || screen.has_text("192.168.0.7:50000")
        );

        // One sentence is enough.
        if !screen.has(lang.copy_invite()) {
            screen.click(&lang.waiting_on(50_000));
        }
        screen.click(lang.copy_invite());
        assert_eq!(screen.command(), Some(Command::MakeInvite));
        screen.report(Event::Invite(None));
        assert!(screen.has(lang.no_invite()) && !screen.has(lang.invite_copied()));
        assert_eq!(screen.copied.len(), 1);
        screen.click(lang.close());
        assert!(!screen.has(lang.no_invite()));

        let only_here = true;
        screen.report(Event::Listening(Listening {
            only_here,
            reachable: vec![],
            ..wide()
        }));
        assert!(
            !screen.has(lang.copy_invite()),
            "not where it is in the way"
        );
        screen.report(Event::Invite(Some(invite())));
        assert!(screen.has_text(lang.invite_copied()));
        screen.report(Event::ListeningStopped);
        assert!(
            !screen.has_text(lang.invite_copied()),
            "it lets nobody in any more"
        );
    }
}

/// On either side: the link may have been changed on its way.
#[test]
fn an_invite_is_not_shown_as_a_verification() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[known(MINA, "Mina", Trust::Invited)]);
        screen.report(began(Who::Key(MINA)));
        let words = lang.encrypted_invited();
        let not_verified = ["not verified", "확인 전"];
        assert!(
            not_verified.iter().any(|end| words.ends_with(end)),
            "{words}"
        );
        assert!(screen.has_text(words));
        screen.click(lang.verify());
        assert!(screen.has(lang.verify_hint()) && !screen.has(lang.verified_already()));
        for link in ["invite", "초대"] {
            assert!(!lang.verified_already().contains(link));
        }
    }
}

#[test]
fn the_sample_invite_contains_its_token() {
    // Guards the test above against looking for the wrong text.
    assert!(invite().to_string().contains(TOKEN));
    assert_eq!(invite().key, PublicKey::from_bytes([1; 32]));
}
