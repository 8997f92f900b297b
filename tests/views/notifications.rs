//! Notifications of the desktop, which come only while the window is not in front.

use duologue::{
    desktop::{Notification, Request, Response},
    gui::locale::Lang,
    history::{Answer, Summary},
    identity::{PeerId, PublicKey, Trust},
    net::{Event, Payload, RequestId},
    settings::{Notifications, Notify, Settings},
    store::FileState,
};

use crate::{
    files,
    messages::{self, Who},
    screen::{MINA, PEER, Screen, began, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

/// In conversation with Mina, who is known by that name, and behind another window.
fn behind(lang: Lang, settings: Settings) -> Screen {
    let mut screen = Screen::with(lang, settings, None);
    let contacts = [
        named(MINA, "Mina", Trust::Accepted),
        named(JUN, "Jun", Trust::Accepted),
    ];
    screen.report(Event::Contacts(contacts.into()));
    screen.report(began(Who::Key(MINA)));
    screen.lose_focus();
    assert_eq!(screen.notifications(), []);
    screen
}

fn shown(requests: &[Request]) -> &Notification {
    match requests {
        [Request::Show(notification)] => notification,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_is_shown_once_with_its_sender_and_text() {
    for lang in Lang::ALL {
        let mut screen = behind(lang, Settings::default());
        screen.hear_encrypted("점심 먹을래?\u{202e}\nor tea <b>");
        let requests = screen.notifications();
        let notification = shown(&requests);
        assert_eq!(notification.title, "Mina");
        assert!(notification.body.starts_with("점심 먹을래?"));
        assert!(!notification.body.contains(['\u{202e}', '\n']));
        assert!(notification.body.ends_with("or tea <b>"));
        assert_eq!(notification.reply.as_deref(), Some(lang.reply()));
        assert!(!notification.has_sound);
        assert_eq!(screen.notifications(), [], "only once");

        let about = notification.about;
        screen.wait(1.0);
        screen.hear_encrypted("well?");
        let requests = screen.notifications();
        let second = shown(&requests);
        assert_eq!((&*second.title, &*second.body), ("Mina (2)", "well?"));
        assert_eq!(second.about, about, "in place of the first");
    }
}

#[test]
fn a_file_is_told_of_by_the_name_that_it_will_have_on_the_disk() {
    for lang in Lang::ALL {
        let mut screen = behind(lang, Settings::default());
        screen.report(Event::Received {
            peer_id: PeerId::Key(MINA),
            row: None,
            at: std::time::SystemTime::UNIX_EPOCH,
            payload: Payload::Offer {
                name: "a/../photo\u{202e}gpj.exe".to_owned(),
                sent_at: messages::millis(0),
                file: files::info(FileState::Offered, None),
            },
        });
        let requests = screen.notifications();
        let said = &shown(&requests).body;
        let name = duologue::files::safe_name("a/../photo\u{202e}gpj.exe");
        assert_eq!(*said, lang.file_named(&name));
        assert!(!said.contains('\u{202e}'), "{said}");
    }
}

#[test]
fn a_flood_of_messages_is_one_notification_a_second() {
    let mut screen = behind(Lang::En, Settings::default());
    // The clock stands still.
    screen.wait(0.0);
    screen.hear_encrypted("1");
    assert_eq!(shown(&screen.notifications()).body, "1");
    for number in 2..=100 {
        screen.hear_encrypted(&number.to_string());
    }
    assert_eq!(screen.notifications(), [], "within the second");
    screen.wait(1.0);
    let requests = screen.notifications();
    let second = shown(&requests);
    assert_eq!((&*second.title, &*second.body), ("Mina (100)", "100"));
    screen.wait(2.0);
    assert_eq!(screen.notifications(), [], "nothing new has come");
    screen.hear_encrypted("101");
    assert_eq!(shown(&screen.notifications()).body, "101", "at once");
}

#[test]
fn a_window_in_front_notifies_of_nothing_and_takes_back_what_was_shown() {
    let mut screen = behind(Lang::En, Settings::default());
    screen.hear_encrypted("hello");
    let requests = screen.notifications();
    let about = shown(&requests).about;
    screen.set_focus(true);
    assert_eq!(screen.notifications(), [Request::Withdraw(about)]);
    screen.hear_encrypted("seen at once");
    assert_eq!(screen.notifications(), []);
    screen.lose_focus();
    assert_eq!(screen.notifications(), [], "it was seen");
    screen.hear_encrypted("unseen");
    let requests = screen.notifications();
    assert_eq!(shown(&requests).title, "Mina", "counted from here");
}

#[test]
fn a_notification_says_only_that_something_came_or_is_not_shown_at_all() {
    let hidden = Settings {
        notifications: Notifications {
            show: Notify::Hidden,
            sound: true,
        },
        ..Settings::default()
    };
    for lang in Lang::ALL {
        let mut screen = behind(lang, hidden.clone());
        screen.hear_encrypted("a secret");
        let requests = screen.notifications();
        let notification = shown(&requests);
        let said = format!("{notification:?}");
        assert!(!said.contains("secret") && !said.contains("Mina"), "{said}");
        assert_eq!(notification.title, lang.messages_came(1));
        assert!(notification.has_sound);
    }
    let off = Settings {
        notifications: Notifications {
            show: Notify::Off,
            sound: false,
        },
        ..Settings::default()
    };
    let mut screen = behind(Lang::En, off);
    screen.hear_encrypted("hello");
    assert_eq!(screen.notifications(), []);
}

#[test]
fn a_muted_conversation_notifies_of_nothing() {
    let mut screen = Screen::listing(Lang::En, &[named(MINA, "Mina", Trust::Accepted)]);
    screen.report(began(Who::Key(MINA)));
    screen.lose_focus();
    let muted = |is_muted| Summary {
        peer_id: PeerId::Key(MINA),
        newest: None,
        newest_is_file: false,
        draft: None,
        active_at: messages::millis(1),
        unread: 1,
        waiting: 0,
        messages: 1,
        is_pinned: false,
        is_muted,
    };
    screen.reply(Answer::Conversations(vec![muted(true)]));
    screen.run();
    screen.hear_encrypted("hello");
    assert_eq!(screen.notifications(), [], "nor a number on the task bar");
    screen.reply(Answer::Conversations(vec![muted(false)]));
    screen.run();
    assert_eq!(screen.notifications(), [Request::Unread(1)]);
    screen.hear_encrypted("and again");
    let requests = screen.notifications();
    assert_eq!(shown(&requests).body, "and again");
}

#[test]
fn a_caller_who_waits_is_shown_until_answered() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.lose_focus();
        screen.report(messages::asked_event(1, PEER.ip(), Who::Key(JUN)));
        let requests = screen.notifications();
        let notification = shown(&requests);
        assert_eq!(notification.title, lang.someone_calls());
        let about = notification.about;
        screen.report(Event::JoinRequestOver(RequestId(1)));
        assert_eq!(screen.notifications(), [Request::Withdraw(about)]);
    }
}

#[test]
fn a_click_brings_the_window_to_the_front_and_opens_the_conversation() {
    let mut screen = behind(Lang::En, Settings::default());
    screen.report(messages::text_event(PeerId::Key(JUN), "hi from Jun", 0, 1));
    let requests = screen.notifications();
    let notification = shown(&requests);
    assert_eq!(notification.title, "Jun");
    assert_eq!(
        screen.harness.state().chat().shown(),
        Some(&PeerId::Key(MINA))
    );
    screen.react(Response::Opened(notification.about));
    assert_eq!(
        screen.harness.state().chat().shown(),
        Some(&PeerId::Key(JUN))
    );
    assert!(screen.front_requests > 0, "the window was not asked for");
    screen.react(Response::Opened(99));
    assert_eq!(
        screen.harness.state().chat().shown(),
        Some(&PeerId::Key(JUN))
    );
}

#[test]
fn a_reply_from_a_notification_is_sent_in_its_conversation() {
    let mut screen = behind(Lang::En, Settings::default());
    screen.report(messages::text_event(PeerId::Key(JUN), "hi from Jun", 0, 1));
    let requests = screen.notifications();
    let about = shown(&requests).about;
    while screen.command().is_some() {}
    screen.react(Response::Replied(about, "on my way".to_owned()));
    let sent = std::iter::from_fn(|| screen.command())
        .find_map(|command| messages::outgoing(&command).map(|sent| (sent.to, sent.text)));
    assert_eq!(sent, Some((Some(JUN), "on my way".to_owned())));
    screen.react(Response::Replied(about, "  ".to_owned()));
    let sent = std::iter::from_fn(|| screen.command())
        .find_map(|command| messages::outgoing(&command).map(|sent| sent.text));
    assert_eq!(sent, None, "nothing to send");
}
