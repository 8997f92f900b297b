//! Several messages are picked, and copied or forwarded together.

use duologue::{
    gui::locale::Lang,
    history::{Answer, Summary},
    identity::{PeerId, PublicKey, Trust},
};
use eframe::egui::{Event, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages::{Who, millis},
    screen::{MINA, Screen, began, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

/// In conversation with Mina, who has said "one", "two" and "three".
fn talking(lang: Lang) -> Screen {
    let contacts = [
        named(MINA, "Mina", Trust::Accepted),
        named(JUN, "Jun", Trust::Accepted),
    ];
    let mut screen = Screen::listing(lang, &contacts);
    screen.reply(Answer::Conversations(Vec::new()));
    screen.report(began(Who::Key(MINA)));
    for text in ["one", "two", "three"] {
        screen.hear_encrypted(text);
    }
    screen
}

fn choose(screen: &mut Screen, message: &str, words: &str) {
    screen.harness.get_by_label(message).click_secondary();
    screen.run();
    screen.click(words);
}

/// Clicks on the row of this message, which is a check box now.
fn tick(screen: &mut Screen, message: &str) {
    let boxes = screen.harness.query_all_by_role(Role::CheckBox);
    let is_of = |name: Option<String>| name.is_some_and(|name| name.contains(message));
    let of_message: Vec<_> = boxes
        .filter(|node| is_of(node.accesskit_node().label()))
        .collect();
    of_message.first().expect("a check box").click();
    screen.run();
}

/// Chooses Jun in the dialog.
fn forward_to_jun(screen: &mut Screen) {
    let rows = screen.harness.query_all_by_role(Role::ListItem);
    let is_jun = |name: Option<String>| name.is_some_and(|name| name.starts_with("Jun"));
    let mut jun = rows.filter(|row| is_jun(row.accesskit_node().label()));
    jun.next_back().expect("listed").click();
    drop(jun);
    screen.run();
}

#[test]
fn several_messages_are_copied_with_names_and_times() {
    for lang in Lang::ALL {
        let mut screen = talking(lang);
        choose(&mut screen, "one", lang.pick());
        assert!(screen.has(&lang.picked_count(1)));
        tick(&mut screen, "three");
        tick(&mut screen, "two");
        tick(&mut screen, "two");
        assert!(screen.has(&lang.picked_count(2)));
        screen.click(lang.copy());
        let copied = screen.copied.pop().expect("a text");
        let lines: Vec<_> = copied.lines().collect();
        assert_eq!(lines.len(), 2, "{copied}");
        for (line, text) in lines.into_iter().zip(["one", "three"]) {
            assert!(line.starts_with("1970-01-01 "), "{line}");
            assert!(line.ends_with(&format!(" Mina: {text}")), "{line}");
        }
        assert!(!screen.has(&lang.picked_count(2)), "it is over");
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn escape_and_the_last_message_put_back_end_it() {
    let lang = Lang::En;
    let mut screen = talking(lang);
    screen.write(lang, "a draft");
    choose(&mut screen, "two", lang.pick());
    screen.press(Key::Escape);
    assert!(!screen.has(&lang.picked_count(1)));
    assert_eq!(
        screen.field(lang.message()).value().as_deref(),
        Some("a draft")
    );
    choose(&mut screen, "two", lang.pick());
    tick(&mut screen, "two");
    assert!(!screen.has(&lang.picked_count(1)));
    choose(&mut screen, "two", lang.pick());
    screen.harness.event(Event::Copy);
    screen.run();
    assert!(
        screen
            .copied
            .pop()
            .is_some_and(|text| text.ends_with("Mina: two\n"))
    );
}

#[test]
fn a_forwarded_message_goes_into_the_composer_of_another_conversation() {
    for lang in Lang::ALL {
        let mut screen = talking(lang);
        choose(&mut screen, "two", lang.forward_further());
        assert!(screen.has(lang.forward_to()));
        forward_to_jun(&mut screen);
        let shown = screen.harness.state().chat().shown().cloned();
        assert_eq!(shown, Some(PeerId::Key(JUN)));
        screen.answer();
        assert_eq!(screen.field(lang.message()).value().as_deref(), Some("two"));
        assert_eq!(screen.sent(), [], "the person sends it");
    }
}

#[test]
fn a_forwarded_message_comes_after_the_draft_that_is_there() {
    let lang = Lang::En;
    let mut screen = talking(lang);
    screen.reply(Answer::Conversations(vec![Summary {
        peer_id: PeerId::Key(JUN),
        newest: None,
        newest_is_file: false,
        draft: None,
        active_at: millis(1),
        unread: 0,
        waiting: 0,
        messages: 0,
        is_pinned: false,
        is_muted: false,
    }]));
    screen.run();
    screen.open_row(lang, "Jun");
    screen.answer();
    screen.write(lang, "look at this:");
    screen.open_row(lang, "Mina");
    screen.answer();
    screen.hear_encrypted("two");
    choose(&mut screen, "two", lang.forward_further());
    forward_to_jun(&mut screen);
    screen.answer();
    let text = screen.field(lang.message()).value();
    assert_eq!(text.as_deref(), Some("look at this:\ntwo"));
}
