//! The list of people also lists all conversations.

use duologue::{
    gui::locale::Lang,
    history::{Answer, Query, Summary},
    identity::{Contact, PeerId, PublicKey, Trust},
    net::{Command, ConversationChange, EndReason, Event},
};
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages::{Who, millis},
    screen::{MINA, Screen, began, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

fn everybody() -> [Contact; 2] {
    [
        named(MINA, "Mina", Trust::Accepted),
        named(JUN, "Jun", Trust::Verified),
    ]
}

fn summary(peer_id: PeerId, newest: &str, active_at: i64) -> Summary {
    Summary {
        peer_id,
        newest: Some(newest.to_owned()),
        draft: None,
        active_at: millis(active_at),
        unread: 0,
        waiting: 0,
        messages: 1,
        is_pinned: false,
        is_muted: false,
    }
}

fn printer() -> PeerId {
    PeerId::Address("192.168.0.9:50000".into())
}

fn list() -> Vec<Summary> {
    vec![
        Summary {
            unread: 3,
            waiting: 2,
            ..summary(PeerId::Key(JUN), "점심 먹었어요?\u{202e}", 3 * 60_000)
        },
        summary(printer(), "PRINTER READY", 60_000),
    ]
}

/// The description of the button for screen readers.
fn description(screen: &Screen, lang: Lang) -> String {
    let button = screen
        .harness
        .get_by_role_and_label(Role::Button, lang.people());
    button.accesskit_node().description().unwrap_or_default()
}

#[test]
fn the_list_shows_last_messages_and_unread_counts() {
    for lang in Lang::ALL {
        let mut screen = Screen::listing(lang, &everybody());
        screen.reply(Answer::Conversations(list()));
        assert!(description(&screen, lang).starts_with(&lang.unread_count(3)));
        screen.show_list(lang);
        assert_eq!(screen.questions(), [Query::Conversations]);
        let listed = screen.listed(lang);
        assert_eq!(listed, ["Jun", "192.168.0.9:50000", "Mina"]);
        let said = |name: &str| {
            let row = screen.row_of(lang, name).accesskit_node().label();
            row.expect("a name")
        };
        for text in [
            &*lang.unread_count(3),
            &*lang.waiting_count(2),
            "점심 먹었어요?[U+202E]",
        ] {
            assert!(said("Jun").contains(text), "{text}: {}", said("Jun"));
        }
        assert!(said("192.168.0.9:50000").ends_with(": PRINTER READY"));
        assert_eq!(screen.focused(), said("Jun"));
        screen.row_of(lang, "192.168.0.9:50000").click();
        screen.run();
        assert_eq!(screen.harness.state().chat().shown(), Some(&printer()));
        assert!(!screen.has(lang.close()), "closed");
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn the_menu_of_a_row_pins_and_mutes() {
    for lang in Lang::ALL {
        let mut screen = Screen::listing(lang, &everybody());
        screen.reply(Answer::Conversations(list()));
        screen.show_list(lang);
        for (name, peer_id, words, change) in [
            (
                "192.168.0.9:50000",
                printer(),
                lang.pin_or_unpin(false),
                ConversationChange::SetPinned(true),
            ),
            (
                "Mina",
                PeerId::Key(MINA),
                lang.mute_or_unmute(false),
                ConversationChange::SetMuted(true),
            ),
        ] {
            screen.row_of(lang, name).click_secondary();
            screen.run();
            screen.click(words);
            screen.expect(Command::ChangeConversation(peer_id, change));
        }
        let marked = vec![
            Summary {
                is_pinned: true,
                is_muted: true,
                unread: 2,
                ..summary(printer(), "PRINTER READY", 60_000)
            },
            summary(PeerId::Key(JUN), "hello", 3 * 60_000),
        ];
        screen.reply(Answer::Conversations(marked));
        screen.run();
        let listed = screen.listed(lang);
        assert_eq!(listed, ["192.168.0.9:50000", "Jun", "Mina"]);
        let row = screen.row_of(lang, "192.168.0.9:50000");
        let said = row.accesskit_node().label().expect("a name");
        assert!(said.contains(lang.pinned()) && said.contains(lang.muted()));
        assert!(said.contains(&lang.unread_count(2)), "still counted here");
        let button = description(&screen, lang);
        assert!(button.starts_with(lang.people()), "but not there: {button}");
        row.click_secondary();
        screen.run();
        assert!(screen.has(lang.pin_or_unpin(true)) && screen.has(lang.mute_or_unmute(true)));
    }
}

#[test]
fn the_newest_conversation_opens_with_two_keys() {
    let lang = Lang::En;
    let mut screen = Screen::listing(lang, &everybody());
    screen.reply(Answer::Conversations(list()));
    let keys = (egui::Modifiers::COMMAND, Key::O);
    screen.harness.key_press_modifiers(keys.0, keys.1);
    screen.run();
    screen.press(Key::Enter);
    assert_eq!(
        screen.harness.state().chat().shown(),
        Some(&PeerId::Key(JUN))
    );
    // Visible messages are read, whatever the list still shows.
    assert!(description(&screen, lang).starts_with(lang.people()));
}

#[test]
fn the_list_is_refreshed_after_changes_with_one_query_at_a_time() {
    let lang = Lang::En;
    let mut screen = Screen::listing(lang, &everybody());
    screen.report(began(Who::Key(MINA)));
    screen.questions();
    screen.reply(Answer::Conversations(list()));
    let asked = |screen: &mut Screen| {
        let questions = screen.questions();
        let lists = questions
            .iter()
            .filter(|query| **query == Query::Conversations);
        lists.count()
    };
    let elsewhere = || Event::Changed(PeerId::Key(JUN));
    screen.report(elsewhere());
    assert_eq!(asked(&mut screen), 1);
    screen.report(elsewhere());
    screen.report(elsewhere());
    assert_eq!(asked(&mut screen), 0, "one is under way");
    screen.reply(Answer::Conversations(Vec::new()));
    screen.run();
    assert_eq!(asked(&mut screen), 1, "what has changed meanwhile");
    screen.reply(Answer::Conversations(list()));
    screen.report(Event::Ended(EndReason::PeerLeft));
    assert_eq!(asked(&mut screen), 0);
    screen.click(lang.people());
    assert_eq!(asked(&mut screen), 1);
    screen.reply(Answer::Conversations(list()));
    screen.report(Event::Cleared(None));
    assert_eq!(asked(&mut screen), 1);
}

#[test]
fn only_visible_entries_of_a_long_list_are_laid_out_and_all_are_reachable() {
    let lang = Lang::En;
    let everybody: Vec<_> = (0..=255)
        .map(|byte| {
            named(
                PublicKey::from_bytes([byte; 32]),
                &format!("P{byte}"),
                Trust::Met,
            )
        })
        .collect();
    let mut screen = Screen::listing(lang, &everybody);
    screen.show_list(lang);
    let is_short = |screen: &Screen| screen.listed(lang).len() < 15;
    assert!(is_short(&screen), "{:?}", screen.listed(lang));
    for number in 1..40 {
        screen.press(Key::ArrowDown);
        let name = format!("P{number}:");
        assert!(
            screen.focused().starts_with(&name),
            "{name} {}",
            screen.focused()
        );
        assert!(is_short(&screen));
    }
    screen.press(Key::End);
    assert!(
        screen.focused().starts_with("P255:"),
        "{}",
        screen.focused()
    );
    screen.press(Key::PageUp);
    screen.press(Key::Home);
    assert!(screen.focused().starts_with("P0:"), "{}", screen.focused());
    screen.press(Key::Enter);
    let first = PeerId::Key(PublicKey::from_bytes([0; 32]));
    assert_eq!(screen.harness.state().chat().shown(), Some(&first));
}

#[test]
fn a_list_that_appears_as_the_window_becomes_wide_is_up_to_date() {
    let lang = Lang::En;
    let mut screen = Screen::listing(lang, &everybody());
    screen.report(began(Who::Key(MINA)));
    screen.reply(Answer::Conversations(list()));
    screen.questions();
    screen.hear_encrypted("written while the window was narrow");
    assert_eq!(screen.questions(), [], "nobody sees the list");
    screen.harness.set_size(egui::vec2(1200.0, 560.0));
    screen.run();
    assert_eq!(screen.questions(), [Query::Conversations]);
    screen.run();
    assert_eq!(screen.questions(), [], "once");
}

#[test]
fn a_person_is_found_in_a_list_of_ten_thousand() {
    let lang = Lang::En;
    let everybody: Vec<_> = (0..10_000_u32)
        .map(|number| {
            let mut bytes = [1; 32];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            named(
                PublicKey::from_bytes(bytes),
                &format!("P{number}"),
                Trust::Met,
            )
        })
        .collect();
    let mut screen = Screen::listing(lang, &everybody);
    screen.harness.set_size(egui::vec2(1200.0, 700.0));
    screen.run();
    assert!(screen.listed(lang).len() < 15, "those in view");
    screen.fill(lang.find_person(), "p9999");
    assert_eq!(screen.listed(lang), ["P9999"]);
    screen.press(Key::Enter);
    let last = PeerId::Key(everybody[9_999].key);
    assert_eq!(screen.harness.state().chat().shown(), Some(&last));
    assert_eq!(screen.value(lang.find_person()), "", "all are listed again");
}
