//! Searching for words in conversations.

use duologue::{
    gui::locale::Lang,
    history::{Answer, Found, Hit, Query},
    identity::{PeerId, PublicKey, Trust},
    net::Event,
    store::Kind,
};
use eframe::egui::{self, Event as Input, ImeEvent, Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use jiff::civil::date;

use crate::{
    messages,
    screen::{MINA, Screen, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

/// A window that shows the conversation with Mina, or none, with the search open.
fn opened(lang: Lang, shows: bool) -> Screen {
    let everybody = [
        named(MINA, "Mina", Trust::Accepted),
        named(JUN, "Jun", Trust::Verified),
    ];
    let mut screen = Screen::listing(lang, &everybody);
    if shows {
        screen.open_row(lang, "Mina");
    }
    screen.questions();
    open(&mut screen);
    screen
}

fn open(screen: &mut Screen) {
    let (modifiers, key) = (egui::Modifiers::COMMAND, Key::F);
    screen.harness.key_press_modifiers(modifiers, key);
    screen.run();
}

fn type_text(screen: &mut Screen, text: &str) {
    screen.harness.event(Input::Text(text.to_owned()));
    screen.run();
}

fn searches(screen: &mut Screen) -> Vec<(Option<PeerId>, String)> {
    let questions = screen.questions();
    let searches = questions.into_iter().filter_map(|query| match query {
        Query::Search { peer_id, words } => Some((peer_id, words)),
        _ => None,
    });
    searches.collect()
}

fn hit(peer_id: PeerId, row: u64, text: &str, word: &str) -> Hit {
    let words = text.match_indices(word);
    let mut message = messages::theirs(row, (0, row.cast_signed() * 60_000), text);
    if row.is_multiple_of(2) {
        message.kind = Kind::Mine;
    }
    Hit {
        peer_id,
        message,
        ranges: words.map(|(at, found)| at..at + found.len()).collect(),
    }
}

fn found(peer_id: Option<PeerId>, words: &str, hits: Vec<Hit>) -> Answer {
    Answer::Found(Found {
        peer_id,
        words: words.to_owned(),
        hits,
        more: false,
        behind: 0,
        left_out: 0,
    })
}

/// How the time of a hit is shown.
fn at_minute(lang: Lang, minute: i8) -> String {
    let at = date(1970, 1, 1).at(0, minute, 0, 0);
    lang.moment(at, date(2026, 11, 22))
}

/// The visible hits, from top to bottom, and whether each is selected.
fn hits(screen: &Screen) -> Vec<(String, bool)> {
    let rows = screen.harness.query_all_by_role(Role::ListBoxOption);
    let mut rows: Vec<_> = rows
        .map(|row| {
            let node = row.accesskit_node();
            let chosen = node.is_selected() == Some(true);
            (row.rect().top(), node.label().unwrap_or_default(), chosen)
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter()
        .map(|(_, name, chosen)| (name, chosen))
        .collect()
}

fn shown(screen: &Screen) -> Option<&PeerId> {
    screen.harness.state().chat().shown()
}

#[test]
fn each_change_of_the_words_is_one_query_in_the_chosen_scope() {
    for lang in Lang::ALL {
        let mina = Some(PeerId::Key(MINA));
        let mut screen = opened(lang, true);
        assert_eq!(screen.focused(), lang.search());
        assert_eq!(searches(&mut screen), []);
        type_text(&mut screen, "lun");
        assert_eq!(searches(&mut screen), [(mina.clone(), "lun".to_owned())]);
        screen.run();
        screen.run();
        type_text(&mut screen, " ");
        assert_eq!(searches(&mut screen), [], "nothing new to ask");
        screen
            .harness
            .get_by_role_and_label(Role::CheckBox, lang.all_conversations())
            .click();
        screen.run();
        assert_eq!(searches(&mut screen), [(None, "lun".to_owned())]);
        screen.reply(found(None, "lun", Vec::new()));
        assert!(screen.has(lang.nothing_found()));

        let mut nowhere = opened(lang, false);
        type_text(&mut nowhere, "lun");
        assert_eq!(searches(&mut nowhere), [(None, "lun".to_owned())]);
    }
}

#[test]
fn hits_show_sender_and_time_and_open_the_message() {
    for lang in Lang::ALL {
        let mut screen = opened(lang, false);
        type_text(&mut screen, "점심");
        let all = vec![
            hit(PeerId::Key(JUN), 4, "우리 점심\n먹을까요?\u{202e}", "점심"),
            hit(PeerId::Key(MINA), 3, "점심!", "점심"),
            hit(PeerId::Address("10.0.0.1".into()), 1, "점심", "점심"),
        ];
        screen.reply(found(None, "오래된 답", all.clone()));
        assert_eq!(hits(&screen), [], "an answer to something else");
        screen.reply(found(None, "점심", all));
        let [four, three, one] = [4, 3, 1].map(|minute| at_minute(lang, minute));
        let first = format!("Jun · {} · {four}: 우리 점심 먹을까요?[U+202E]", lang.you());
        let wanted = [
            (first, true),
            (format!("Mina · {three}: 점심!"), false),
            (format!("10.0.0.1 · {one}: 점심"), false),
        ];
        assert_eq!(hits(&screen), wanted);
        assert!(screen.has(&lang.found(3, false)));
        screen.press(Key::ArrowDown);
        assert!(hits(&screen)[1].1, "the second one is chosen");
        assert_eq!(screen.focused(), lang.search(), "one goes on typing");
        screen.press(Key::Enter);
        assert_eq!(shown(&screen), Some(&PeerId::Key(MINA)));
        assert_eq!(hits(&screen), []);
        assert_eq!(screen.focused(), lang.message());

        // The next conversation, without the list and with it.
        screen.press(Key::F3);
        assert_eq!(shown(&screen), Some(&PeerId::Address("10.0.0.1".into())));
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::SHIFT, Key::F3);
        screen.run();
        assert_eq!(shown(&screen), Some(&PeerId::Key(MINA)));
        open(&mut screen);
        assert_eq!(screen.value(lang.search()), "점심");
        screen.harness.get_by_label(&wanted[0].0).click();
        screen.run();
        assert_eq!(shown(&screen), Some(&PeerId::Key(JUN)));
    }
}

#[test]
fn repeating_a_query_keeps_the_selected_hit() {
    let mut screen = opened(Lang::En, false);
    let jun = || PeerId::Key(JUN);
    let old = || {
        vec![
            hit(jun(), 3, "lunch", "lunch"),
            hit(jun(), 1, "lunch?", "lunch"),
        ]
    };
    type_text(&mut screen, "lunch");
    screen.reply(found(None, "lunch", old()));
    screen.press(Key::ArrowDown);
    screen.press(Key::Escape);
    open(&mut screen);
    assert_eq!(searches(&mut screen).len(), 2, "more may have been said");
    let newer = [vec![hit(jun(), 5, "lunch!", "lunch")], old()].concat();
    screen.reply(found(None, "lunch", newer));
    let chosen: Vec<_> = hits(&screen).iter().map(|(_, chosen)| *chosen).collect();
    assert_eq!(chosen, [false, false, true]);
    // All of it is selected, so typing replaces it.
    type_text(&mut screen, "tea");
    assert_eq!(searches(&mut screen), [(None, "tea".to_owned())]);
    screen.reply(found(None, "tea", vec![hit(jun(), 7, "tea", "tea")]));
    assert!(hits(&screen)[0].1);
}

#[test]
fn enter_before_the_answer_takes_effect_when_it_arrives() {
    let mut screen = opened(Lang::En, false);
    type_text(&mut screen, "tea");
    screen.press(Key::Enter);
    assert_eq!(shown(&screen), None);
    screen.reply(found(
        None,
        "tea",
        vec![hit(PeerId::Key(JUN), 7, "tea", "tea")],
    ));
    assert_eq!(shown(&screen), Some(&PeerId::Key(JUN)));
}

#[test]
fn an_unfinished_syllable_is_searched_for() {
    let lang = Lang::Ko;
    let mut screen = opened(lang, false);
    let preedit = |text: &str| {
        Input::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: None,
        })
    };
    screen.interrupted = false;
    for text in ["ㅊ", "차"] {
        screen.harness.event(preedit(text));
        screen.run();
    }
    let last = searches(&mut screen).pop();
    assert_eq!(last, Some((None, "차".to_owned())));
    let tea = || vec![hit(PeerId::Key(JUN), 7, "차 한 잔", "차")];
    screen.reply(found(None, "차", tea()));
    assert!(!screen.interrupted, "nothing has cut it off");
    let enter = Input::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    };
    screen.harness.event(enter);
    screen.run();
    assert_eq!(shown(&screen), None, "Enter waits for the commit");
    screen
        .harness
        .event(Input::Ime(ImeEvent::Commit("차".to_owned())));
    screen.run();
    assert_eq!(shown(&screen), Some(&PeerId::Key(JUN)));
    assert_eq!(screen.draft(), "");
}

#[test]
fn only_visible_hits_are_laid_out_and_keys_reach_the_others() {
    for lang in Lang::ALL {
        let mut screen = opened(lang, false);
        screen.harness.set_size(egui::vec2(380.0, 320.0));
        type_text(&mut screen, "x");
        let many = (0..200)
            .rev()
            .map(|row| hit(PeerId::Key(JUN), row, &format!("x{row}"), "x"));
        screen.reply(Answer::Found(Found {
            peer_id: None,
            words: "x".to_owned(),
            hits: many.collect(),
            more: true,
            behind: 1_234,
            left_out: 56,
        }));
        assert!(screen.has(&lang.found(200, true)));
        assert!(screen.has(&lang.index_behind(1_234)));
        assert!(screen.has(&lang.index_leaves_out(56)));
        assert!(hits(&screen).len() < 12, "{}", hits(&screen).len());
        for _ in 0..50 {
            screen.press(Key::ArrowDown);
        }
        let chosen: Vec<_> = hits(&screen)
            .into_iter()
            .filter(|(_, chosen)| *chosen)
            .collect();
        assert!(
            chosen.len() == 1 && chosen[0].0.ends_with("x149"),
            "{chosen:?}"
        );
        screen.press(Key::Tab);
        screen.press_by_keyboard(lang.close());
        assert_eq!(hits(&screen), []);
    }
}

#[test]
fn an_index_that_lags_is_queried_again() {
    let mut screen = opened(Lang::En, false);
    type_text(&mut screen, "x");
    searches(&mut screen);
    let answer = |behind| {
        Answer::Found(Found {
            peer_id: None,
            words: "x".to_owned(),
            hits: Vec::new(),
            more: false,
            behind,
            left_out: 0,
        })
    };
    screen.reply(answer(7));
    let now = screen.harness.ctx.input(|input| input.time);
    screen.harness.input_mut().time = Some(now + 1.5);
    screen.run();
    assert!(!searches(&mut screen).is_empty());
    screen.reply(answer(0));
    searches(&mut screen);
    screen.harness.input_mut().time = Some(now + 9.0);
    screen.run();
    assert_eq!(searches(&mut screen), [], "it has everything");
}

#[test]
fn the_bar_goes_through_the_hits_of_the_conversation_and_says_which_one_it_is_at() {
    for lang in Lang::ALL {
        let mut screen = opened(lang, true);
        let mina = || Some(PeerId::Key(MINA));
        type_text(&mut screen, "tea");
        let three = [5, 3, 1].map(|row| hit(PeerId::Key(MINA), row, "tea", "tea"));
        screen.reply(found(mina(), "tea", three.into()));
        assert!(screen.has(&lang.found(3, false)));
        assert_eq!(hits(&screen), [], "the conversation stays in view");
        let at = |number| lang.hit_of(number, 3, false);
        // Enter goes to the newest one, and then back in time.
        for number in [1, 2, 3, 3] {
            screen.press(Key::Enter);
            assert!(screen.has(&at(number)), "{number}");
            assert_eq!(screen.focused(), lang.search(), "one goes on typing");
        }
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::SHIFT, Key::Enter);
        screen.run();
        assert!(screen.has(&at(2)));
        screen.click(lang.newer_hit());
        assert!(screen.has(&at(1)));
        screen.click(lang.older_hit());
        assert!(screen.has(&at(2)));
        screen.press(Key::F3);
        assert!(screen.has(&at(3)));
        screen.press(Key::Escape);
        assert!(!screen.has(lang.all_conversations()));
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn what_was_found_and_is_deleted_is_looked_for_again() {
    let lang = Lang::En;
    let mut screen = opened(lang, true);
    screen
        .harness
        .get_by_role_and_label(Role::CheckBox, lang.all_conversations())
        .click();
    screen.run();
    type_text(&mut screen, "secret");
    screen.questions();
    let hits_of = |rows: &[u64]| {
        let hit = |row: &u64| hit(PeerId::Key(JUN), *row, "a secret", "secret");
        found(None, "secret", rows.iter().map(hit).collect())
    };
    screen.reply(hits_of(&[5, 3]));
    assert_eq!(hits(&screen).len(), 2);
    let changed = |row| Event::MessageChanged {
        peer_id: PeerId::Key(JUN),
        row: messages::row(row),
    };
    screen.report(changed(4));
    assert_eq!(searches(&mut screen), [], "it was not found");
    screen.report(changed(5));
    assert_eq!(searches(&mut screen), [(None, "secret".to_owned())]);
    screen.reply(hits_of(&[3]));
    assert_eq!(hits(&screen).len(), 1);
}
