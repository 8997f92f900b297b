//! The list of people also lists all conversations.

use duologue::{
    gui::locale::Lang,
    history::{Answer, Query, Summary},
    identity::{Contact, PeerId, PublicKey, Trust},
    net::{EndReason, Event},
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

fn of(lang: Lang, what: &str, whom: &str) -> String {
    lang.done_to(what, whom)
}

/// The description of the button for screen readers.
fn description(screen: &Screen, lang: Lang) -> String {
    let button = screen
        .harness
        .get_by_role_and_label(Role::Button, lang.people());
    button.accesskit_node().description().unwrap_or_default()
}

/// The names in the list, from top to bottom.
fn listed(screen: &Screen, lang: Lang) -> Vec<String> {
    let before = of(lang, lang.open(), "");
    let buttons = screen.harness.query_all_by_label_contains(&before);
    let mut names: Vec<_> = buttons
        .filter_map(|button| {
            let label = button.accesskit_node().label()?;
            Some((button.rect().top(), label.strip_prefix(&before)?.to_owned()))
        })
        .collect();
    names.sort_by(|one, other| one.0.total_cmp(&other.0));
    names.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn the_list_shows_last_messages_and_unread_counts() {
    for lang in Lang::ALL {
        let mut screen = Screen::listing(lang, &everybody());
        screen.reply(Answer::Conversations(list()));
        assert!(description(&screen, lang).starts_with(&lang.unread_count(3)));
        screen.click(lang.people());
        assert_eq!(screen.questions(), [Query::Conversations]);
        assert_eq!(listed(&screen, lang), ["Jun", "192.168.0.9:50000", "Mina"]);
        for text in [
            &*lang.unread_count(3),
            &*lang.waiting_count(2),
            "00:03 · 점심 먹었어요?[U+202E]",
            "00:01 · PRINTER READY",
            lang.plain_text(),
        ] {
            assert!(screen.has_text(text), "{text}");
        }
        assert_eq!(screen.focused(), of(lang, lang.open(), "Jun"));
        screen.click(&of(lang, lang.open(), "192.168.0.9:50000"));
        assert_eq!(screen.harness.state().chat().shown(), Some(&printer()));
        assert!(!screen.has(lang.close()), "closed");
        assert_eq!(screen.focused(), lang.message());
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
    screen.click(lang.people());
    assert!(
        listed(&screen, lang).len() < 15,
        "{:?}",
        listed(&screen, lang)
    );
    assert!(!screen.has(&of(lang, lang.open(), "P40")));
    for number in 0..40 {
        let name = of(lang, lang.open(), &format!("P{number}"));
        for _ in 0..8 {
            if screen.focused() == name {
                break;
            }
            screen.press(Key::Tab);
        }
        assert_eq!(screen.focused(), name);
        assert!(listed(&screen, lang).len() < 15);
    }
    for _ in 0..20 {
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::SHIFT, Key::Tab);
        screen.run();
    }
    assert!(
        screen.focused().ends_with("P35") || screen.focused().ends_with("P36"),
        "{}",
        screen.focused()
    );
}
