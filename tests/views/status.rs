//! Each state of the window is explained and offers the next step.

use std::{cell::RefCell, net::IpAddr, rc::Rc};

use duologue::{
    endpoint::Endpoint,
    gui::{first_window::TakeShown, locale::Lang},
    net::{
        Call, Command, ConnectError, EndReason, Event, How, ListenError, Listening, Origin,
        Preferences,
    },
    settings::Settings,
};
use eframe::egui::{Role, ViewportCommand};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages,
    screen::{Begin, PEER, PLAIN, Screen},
};

fn endpoint(text: &str) -> Endpoint {
    text.parse().expect("an endpoint")
}

#[test]
fn an_idle_window_offers_every_action_by_name() {
    let names = [
        (
            Lang::En,
            [
                "Host", "Port", "Listen", "Connect", "Message", "Send", "Menu",
            ],
        ),
        (
            Lang::Ko,
            [
                "호스트",
                "포트",
                "연결 받기",
                "연결",
                "메시지",
                "보내기",
                "메뉴",
            ],
        ),
    ];
    for (lang, [host, port, listen, connect, message, send, menu]) in names {
        let screen = Screen::new(lang);
        assert_eq!(
            screen.field(host).accesskit_node().value().as_deref(),
            Some("127.0.0.1")
        );
        assert_eq!(
            screen.field(port).accesskit_node().value().as_deref(),
            Some("50000")
        );
        assert_eq!(
            screen.field(message).accesskit_node().role(),
            Role::MultilineTextInput
        );
        for name in [listen, connect, menu] {
            assert!(screen.button_is_enabled(name), "{name}");
        }
        assert!(!screen.button_is_enabled(send), "nobody is there");
        assert!(screen.has(lang.idle_hint()) && screen.has(lang.not_connected()));
    }
}

fn choose(screen: &mut Screen, name: &str) {
    let option = screen
        .harness
        .get_by_role_and_label(Role::RadioButton, name);
    option.click();
    screen.run();
}

#[test]
fn listening_shows_who_can_connect() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.click(lang.listen());
        assert_eq!(
            screen.command(),
            Some(Command::Listen(endpoint("127.0.0.1:50000")))
        );
        assert!(
            screen.button_is_enabled(lang.stop()),
            "the look-up can be stopped"
        );
        let here = Listening {
            at: endpoint("127.0.0.1:50000"),
            reachable: vec![],
            only_here: true,
        };
        screen.report(Event::Listening(here));
        assert!(screen.has(&lang.waiting_on(50_000)) && screen.has(lang.only_here_hint()));
        choose(&mut screen, lang.let_others_connect());
        assert_eq!(
            screen.command(),
            Some(Command::Listen(endpoint("[::]:50000")))
        );
        let reachable = vec![IpAddr::from([192, 168, 0, 7])];
        let wide = Listening {
            at: endpoint("[::]:50000"),
            reachable,
            only_here: false,
        };
        screen.report(Event::Listening(wide));
        screen.click(&format!("{}: 192.168.0.7:50000", lang.copy_address()));
        assert_eq!(screen.copied, ["192.168.0.7:50000"]);
        // And back again.
        choose(&mut screen, lang.this_computer_only());
        screen.expect(Command::Listen(endpoint("127.0.0.1:50000")));
        screen.click(lang.stop());
        assert_eq!(screen.command(), Some(Command::StopListening));
        screen.report(Event::ListeningStopped);
        assert!(screen.button_is_enabled(lang.listen()));
    }
}

#[test]
fn a_failed_listen_offers_an_address_that_works() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.click(lang.listen());
        screen.command();
        let at = endpoint("127.0.0.1:50000");
        let instead = endpoint("127.0.0.1:50001");
        let error = ListenError::PortInUse;
        screen.report(Event::ListenFailed {
            at: at.clone(),
            error,
            instead: Some(instead.clone()),
        });
        assert!(screen.has_text("50000") && screen.has_text("50001"));
        screen.click(&lang.use_instead(&at, &instead));
        assert_eq!(screen.command(), Some(Command::Listen(instead)));
        assert_eq!(
            screen
                .field(lang.port())
                .accesskit_node()
                .value()
                .as_deref(),
            Some("50001")
        );
    }
}

#[test]
fn invalid_fields_are_marked_and_nothing_is_sent() {
    for lang in Lang::ALL {
        for (host, port) in [
            ("127.0.0.1", ""),
            ("127.0.0.1", "abc"),
            ("127.0.0.1", "65536"),
            ("127.0.0.1", "0"),
            ("", "1"),
            ("a b", "1"),
        ] {
            let mut screen = Screen::new(lang);
            screen.fill(lang.host(), host);
            screen.fill(lang.port(), port);
            screen.click(lang.connect());
            assert_eq!(screen.command(), None, "{host:?} {port:?}");
            let error = Endpoint::from_fields(host, port)
                .and_then(Endpoint::connectable)
                .expect_err("bad");
            assert!(screen.has(lang.field_error(error)), "{host:?} {port:?}");
            screen.fill(lang.port(), "7");
            assert!(
                !screen.has(lang.field_error(error)),
                "editing takes the mark away"
            );
        }
    }
}

#[test]
fn a_call_can_be_cancelled_and_its_failure_is_explained() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.fill(lang.host(), "mina-pc");
        screen.click(lang.connect());
        let to = endpoint("mina-pc:50000");
        let call = Call {
            to: to.clone(),
            also: Vec::new(),
            how: How::Encrypted,
        };
        assert_eq!(screen.command(), Some(Command::Connect(call.clone())));
        assert!(screen.has(&lang.connecting_to(&to)));
        screen.click(lang.cancel());
        assert_eq!(screen.command(), Some(Command::Cancel));
        screen.click(lang.connect());
        for error in [
            ConnectError::UnknownHost,
            ConnectError::Refused,
            ConnectError::TimedOut,
            ConnectError::Unreachable,
        ] {
            screen.click(if screen.has(lang.cancel()) {
                lang.cancel()
            } else {
                lang.connect()
            });
            if screen.has(lang.cancel()) {
                let call = call.clone();
                screen.report(Event::ConnectFailed { call, error });
            } else {
                screen.click(lang.connect());
                let call = call.clone();
                screen.report(Event::ConnectFailed { call, error });
            }
            assert!(screen.has_text("mina-pc"));
            screen.click(lang.close());
        }
    }
}

#[test]
fn a_plain_conversation_shows_the_peer_and_how_it_ended() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.report(messages::connected_event(PEER, Origin::Accepted, PLAIN));
        assert!(screen.has("192.168.0.5") && screen.has_text(lang.plain_text()));
        assert!(screen.button_is_enabled(lang.send()));
        assert!(screen.button_is_enabled(lang.disconnect()), "in its place");
        assert!(!screen.has(lang.connect()));
        assert!(
            screen.field(lang.message()).accesskit_node().is_focused(),
            "one can type at once"
        );
        assert!(!screen.has_text(lang.has_finished()));
        screen.report(Event::PeerFinished);
        assert!(screen.has_text(lang.has_finished()));
        assert!(
            screen.button_is_enabled(lang.send()),
            "one can still answer"
        );
        screen.click(lang.disconnect());
        assert_eq!(screen.command(), Some(Command::Disconnect));
        screen.report(Event::Ended(EndReason::PeerLeft));
        assert!(screen.has(lang.not_connected()));
        assert!(
            screen
                .rows()
                .last()
                .is_some_and(|row| row.contains("192.168.0.5"))
        );
        assert!(screen.button_is_enabled(lang.connect()));
    }
}

#[test]
fn a_crash_is_reported_and_a_restart_keeps_the_draft() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.write(lang, "half a thought");
        screen.crash();
        assert!(screen.has(lang.crashed()));
        assert_eq!(screen.draft(), "half a thought");
        screen.click(lang.restart());
        assert!(!screen.has(lang.crashed()));
        screen.hear_how_it_begins(Preferences::default());
        screen.click(lang.listen());
        assert!(matches!(screen.command(), Some(Command::Listen(_))));
        assert_eq!(screen.draft(), "half a thought");
    }
}

#[test]
fn a_damaged_settings_file_is_reported_until_closed() {
    for lang in Lang::ALL {
        let mut screen = Screen::with(
            lang,
            Settings::default(),
            Some("kept/settings.toml.bad".into()),
        );
        assert!(screen.has_text("settings.toml.bad"));
        screen.click(lang.close());
        assert!(!screen.has_text("settings.toml.bad"));
    }
}

#[test]
fn a_recent_host_fills_the_fields() {
    for lang in Lang::ALL {
        let recent = vec!["[::1]:7".to_owned(), "mina-pc:50001".to_owned()];
        let settings = Settings {
            recent,
            ..Settings::default()
        };
        let mut screen = Screen::with(lang, settings, None);
        screen.click(lang.recent());
        screen.click("mina-pc:50001");
        let value = |field| screen.field(field).accesskit_node().value();
        assert_eq!(value(lang.host()).as_deref(), Some("mina-pc"));
        assert_eq!(value(lang.port()).as_deref(), Some("50001"));
        assert_eq!(screen.command(), None, "chosen, not called yet");
    }
}

#[test]
fn the_settings_change_the_language_at_once() {
    let mut screen = Screen::new(Lang::En);
    screen.choose(Lang::En, "Language", "한국어");
    assert!(screen.button_is_enabled("연결 받기"));
}

#[test]
fn a_further_profile_can_show_the_first_window_instead() {
    for lang in Lang::ALL {
        for is_there in [true, false] {
            let rings: Rc<RefCell<Vec<TakeShown>>> = Rc::default();
            let heard = Rc::clone(&rings);
            let ring = move |take| heard.borrow_mut().push(take);
            let begin = Begin {
                profile: 2,
                show_first: Some(Box::new(ring)),
                ..Begin::default()
            };
            let mut screen = Screen::begun(lang, begin);
            screen.click(lang.show_first());
            screen.click(lang.show_first());
            let mut asked = rings.take();
            assert_eq!(asked.len(), 1, "one question at a time");
            // The window goes on meanwhile.
            assert!(screen.close_commands.is_empty() && !screen.has(lang.no_first()));
            asked.remove(0)(is_there);
            screen.run();
            let closes = screen.close_commands == [ViewportCommand::Close];
            assert_eq!(closes, is_there);
            assert_eq!(screen.has(lang.no_first()), !is_there);
        }
    }
}

#[test]
fn a_further_profile_offers_only_what_is_possible() {
    let lang = Lang::En;
    let begin = Begin {
        profile: 2,
        ..Begin::default()
    };
    let screen = Screen::begun(lang, begin);
    assert!(screen.has(&lang.further_profile(2)) && !screen.has(lang.show_first()));
}

#[test]
fn the_start_card_calls_an_address_with_its_port_and_says_what_is_wrong_with_one() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        // From now on the clock stands still.
        screen.wait(0.0);
        screen.fill(lang.address_or_invite(), "a b");
        screen.click(lang.connect_to_this());
        assert_eq!(screen.command(), None);
        assert_eq!(screen.focused(), lang.address_or_invite());
        screen.fill(lang.address_or_invite(), "192.168.0.9:4000");
        screen.click(lang.connect_to_this());
        let Some(Command::Connect(call)) = screen.command() else {
            panic!("it calls");
        };
        assert_eq!(call.to, endpoint("192.168.0.9:4000"));
        // A card says what is tried, and cancels it.
        assert!(screen.has(&lang.connecting_to(&call.to)) && screen.has(&lang.tried_for(0)));
        screen.wait(2.5);
        assert!(screen.has(&lang.tried_for(2)));
        screen.click(&lang.done_to(lang.cancel(), "192.168.0.9:4000"));
        screen.expect(Command::Cancel);
    }
}
