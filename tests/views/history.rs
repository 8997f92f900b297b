//! Messages of earlier conversations: paging, scrolling, unread marks and drafts.

use duologue::{
    chat::timeline::MAX_LOADED,
    gui::locale::Lang,
    history::{At, Query},
    identity::PeerId,
    net::{Command, EndReason, Event},
    store::{Message, State},
};
use eframe::egui::{self, Key, Role};
use egui_kittest::kittest::Queryable as _;

use crate::{
    idle::frames_in,
    messages::{self, Who, row, row_number},
    screen::{MINA, PEER, PLAIN, Screen, began},
};

fn mina() -> PeerId {
    PeerId::Key(MINA)
}

/// This many messages, of which every fifth is ours.
pub fn said(count: u64) -> Vec<Message> {
    let rows = (1..=count).map(|row| {
        let text = format!("message {row}");
        if row % 5 == 0 {
            messages::mine(row, State::Delivered, &text)
        } else {
            messages::theirs(row, (0, 0), &text)
        }
    });
    rows.collect()
}

/// A window that shows a conversation with Mina.
fn restored(lang: Lang, count: u64) -> Screen {
    let mut screen = Screen::keeping(lang, said(count), count);
    screen.answer();
    screen
}

fn shows(screen: &Screen, text: &str) -> bool {
    let ending = format!(": {text}");
    screen.rows().iter().any(|row| row.ends_with(&ending))
}

fn commands(screen: &mut Screen) -> Vec<Command> {
    std::iter::from_fn(|| screen.command()).collect()
}

#[test]
fn the_last_conversation_is_shown_at_start_without_a_call() {
    for lang in Lang::ALL {
        let mut screen = Screen::keeping(lang, said(300), 300);
        screen.kept_draft = "half a thought".to_owned();
        assert!(screen.has(lang.idle_title()), "not known yet");
        let mut asked = screen.answer();
        assert_eq!(asked.first(), Some(&Query::Conversations));
        // Once more, because contacts were reported meanwhile.
        asked.retain(|query| *query != Query::Conversations);
        assert_eq!(
            asked,
            [Query::Page {
                peer_id: mina(),
                at: At::Newest
            }]
        );
        assert!(shows(&screen, "message 300") && !screen.has(lang.idle_title()));
        assert!(screen.has("Mina") && screen.has(lang.not_connected()));
        assert_eq!(screen.draft(), "half a thought");
        assert_eq!(commands(&mut screen), []);
        let connect = lang.connect_to(screen.harness.state().chat().contacts(), &MINA);
        screen.click(&connect);
        let commands = commands(&mut screen);
        let [Command::Connect(call)] = commands.as_slice() else {
            panic!("{commands:?}")
        };
        assert_eq!(call.to.to_string(), PEER.to_string());
        assert!(!screen.has(&connect), "it is on its way");
    }
}

#[test]
fn the_welcome_page_stays_without_a_conversation() {
    for lang in Lang::ALL {
        let mut screen = Screen::keeping(lang, vec![], 0);
        let asked = screen.answer();
        assert!(asked.iter().all(|query| *query == Query::Conversations));
        assert!(screen.has(lang.idle_title()));
    }
}

#[test]
fn visible_rows_stay_in_place_while_pages_load() {
    let mut screen = restored(Lang::En, 1_300);
    focus_log(&mut screen);
    for (key, end) in [(Key::PageUp, "message 1"), (Key::PageDown, "message 1300")] {
        let mut pages = 0;
        while !shows(&screen, end) {
            screen.press(key);
            let before = (screen.rows(), tops(&screen));
            pages += screen.answer().len();
            assert_eq!((screen.rows(), tops(&screen)), before);
            let loaded = screen.harness.state().chat().timeline().len();
            assert!(loaded <= MAX_LOADED, "{loaded}");
        }
        assert!(pages >= 3, "{pages}");
    }
}

fn focus_log(screen: &mut Screen) {
    let id = egui::Id::unique("transcript");
    screen
        .harness
        .ctx
        .memory_mut(|memory| memory.request_focus(id));
    screen.run();
}

/// The vertical position of each row.
fn tops(screen: &Screen) -> Vec<f32> {
    let rows = screen.harness.query_all_by_role(Role::ListItem);
    let mut tops: Vec<_> = rows.map(|row| row.rect().top()).collect();
    tops.sort_by(f32::total_cmp);
    tops
}

#[test]
fn the_scroll_bar_spans_the_whole_conversation() {
    let lang = Lang::En;
    let mut screen = restored(lang, 10_000);
    let log = screen
        .harness
        .get_by_role_and_label(Role::List, lang.log())
        .rect();
    let at = |part: f32| egui::pos2(634.0, log.top() + log.height() * part);
    screen.harness.drag_at(at(0.98));
    screen.run();
    screen.harness.hover_at(at(0.5));
    screen.run();
    let before = screen.rows();
    assert!(
        shows(&screen, "message 10000"),
        "no frame waits: {before:?}"
    );
    let asked = screen.answer();
    let Some(Query::Page {
        at: At::Around(row),
        ..
    }) = asked.first()
    else {
        panic!("{asked:?}");
    };
    assert!((4_000..=6_000).contains(&row_number(*row)), "{asked:?}");
    assert!(!shows(&screen, "message 10000"));
    screen.harness.drop_at(at(0.5));
    screen.run();
    screen.answer();
    assert!(
        screen
            .rows()
            .iter()
            .any(|row| row.contains("message 5") || row.contains("message 4"))
    );
    screen.click(lang.jump_to_newest());
    assert_eq!(screen.answer().len(), 1);
    assert!(shows(&screen, "message 10000"));
}

#[test]
fn home_and_end_go_to_the_ends_of_the_conversation() {
    let mut screen = restored(Lang::En, 3_000);
    focus_log(&mut screen);
    screen.press(Key::Home);
    screen.answer();
    assert!(shows(&screen, "message 1"), "{:?}", screen.rows());
    screen.press(Key::End);
    screen.answer();
    assert!(shows(&screen, "message 3000"), "{:?}", screen.rows());
}

#[test]
fn unread_messages_begin_below_a_line() {
    for lang in Lang::ALL {
        let mut screen = Screen::keeping(lang, said(20), 18);
        screen.answer();
        let unread: Vec<_> = screen
            .rows()
            .into_iter()
            .filter(|row| row.contains(lang.unread()))
            .collect();
        assert_eq!(unread.len(), 1, "{unread:?}");
        assert!(unread[0].ends_with("message 19"), "{unread:?}");
        let read = messages::set_read(mina(), 20);
        assert_eq!(commands(&mut screen), [read], "it has been seen now");
    }
}

#[test]
fn read_marks_are_sent_once_a_second_and_only_by_a_focused_window() {
    let lang = Lang::En;
    let mut screen = restored(lang, 20);
    assert_eq!(commands(&mut screen), [], "known already");
    screen.report(began(Who::Key(MINA)));
    screen.rows_kept = 20;
    screen.lose_focus();
    screen.hear_encrypted("unseen");
    assert_eq!(commands(&mut screen), []);
    let input = screen.harness.input_mut();
    let root = input.viewports.entry(egui::ViewportId::ROOT).or_default();
    root.focused = Some(true);
    input.focused = true;
    screen.run();
    assert_eq!(commands(&mut screen), [messages::set_read(mina(), 21)]);
    screen.hear_encrypted("one");
    screen.hear_encrypted("two");
    assert_eq!(commands(&mut screen), [], "not with every message");
    frames_in(&mut screen, 2.0);
    screen.harness.step();
    assert_eq!(commands(&mut screen), [messages::set_read(mina(), 23)]);
}

#[test]
fn a_draft_is_saved_after_a_pause_and_cleared_when_sent() {
    let lang = Lang::En;
    let mut screen = restored(lang, 3);
    screen.write(lang, "half a");
    assert_eq!(commands(&mut screen), []);
    frames_in(&mut screen, 4.0);
    screen.harness.step();
    let draft = |text: &str| Command::SetDraft(mina(), text.to_owned());
    assert_eq!(commands(&mut screen), [draft("half a")]);
    screen.write(lang, " thought");
    screen.press(Key::Enter);
    let all = commands(&mut screen);
    let [sent, gone] = &all[..] else {
        panic!("{all:?}");
    };
    let sent = messages::outgoing(sent).expect("a message");
    assert_eq!((sent.to, &*sent.text), (Some(MINA), "half a thought"));
    assert_eq!(*gone, draft(""));
}

/// Calls and connects. Returns what was asked of the worker besides.
fn call_and_reach(screen: &mut Screen, who: Who) -> Vec<Command> {
    screen.fill(Lang::En.host(), &PEER.to_string());
    screen.press(Key::Enter);
    let mut asked = commands(screen);
    let before = asked.len();
    asked.retain(|command| !matches!(command, Command::Connect(_)));
    assert_eq!(asked.len(), before - 1, "one call");
    screen.report(began(who));
    screen.answer();
    asked.extend(commands(screen));
    asked
}

#[test]
fn each_conversation_keeps_its_own_draft() {
    let lang = Lang::En;
    let mut screen = restored(lang, 3);
    screen.write(lang, "for Mina");
    let asked = call_and_reach(&mut screen, PLAIN);
    assert_eq!(screen.draft(), "");
    let kept = Command::SetDraft(mina(), "for Mina".to_owned());
    assert_eq!(asked, [kept]);
    screen.write(lang, "for whom ever");
    screen.report(Event::Ended(EndReason::PeerLeft));
    commands(&mut screen);
    call_and_reach(&mut screen, Who::Key(MINA));
    assert_eq!(screen.draft(), "for Mina");
}

#[test]
fn an_unfinished_syllable_is_not_saved_in_the_draft() {
    let lang = Lang::Ko;
    let mut screen = restored(lang, 3);
    screen.field(lang.message()).focus();
    screen.run();
    screen
        .harness
        .event(egui::Event::Ime(egui::ImeEvent::Preedit {
            text: "아".to_owned(),
            active_range_chars: None,
        }));
    screen.run();
    frames_in(&mut screen, 5.0);
    screen.harness.step();
    assert_eq!(commands(&mut screen), []);
    let commit = egui::Event::Ime(egui::ImeEvent::Commit("안".to_owned()));
    screen.harness.event(commit);
    screen.run();
    frames_in(&mut screen, 5.0);
    screen.harness.step();
    let kept = Command::SetDraft(mina(), "안".to_owned());
    assert_eq!(commands(&mut screen), [kept]);
}

#[test]
fn changes_that_were_not_reported_are_read_from_the_store() {
    let mut screen = restored(Lang::En, 20);
    screen.kept = said(25);
    screen.report(Event::Changed(mina()));
    let at = At::After(row(20));
    let peer_id = mina();
    let mut asked = screen.answer().into_iter();
    assert_eq!(asked.next(), Some(Query::Page { peer_id, at }));
    assert!(shows(&screen, "message 25"));
    // Any of the others may have changed.
    let rows = asked.flat_map(|query| match query {
        Query::Messages { rows, .. } => rows,
        other => panic!("{other:?}"),
    });
    let rows: Vec<_> = rows.map(row_number).collect();
    assert_eq!(rows, (1..=20).rev().collect::<Vec<_>>());
}

#[test]
fn a_window_with_history_paints_nothing_while_idle() {
    let mut screen = restored(Lang::En, 300);
    frames_in(&mut screen, 12.0);
    screen.harness.step();
    frames_in(&mut screen, 1.0);
    assert_eq!(frames_in(&mut screen, 20.0), 0);
}
