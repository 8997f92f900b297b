//! Messages that wait for their peer, redialling, failing stores, and closing the window meanwhile.

use std::time::Duration;

use duologue::{
    gui::locale::Lang,
    identity::PeerId,
    net::{Call, Command, ConnectError, EndReason, Event, How},
    store::{Salvage, State, StoreError},
};
use eframe::egui::{self, Key, Role, ViewportCommand, ViewportEvent};
use egui_kittest::kittest::Queryable as _;

use crate::{
    history::said,
    idle::frames_in,
    messages::{self, Who},
    screen::{MINA, Screen, began},
};

fn mina() -> PeerId {
    PeerId::Key(MINA)
}

/// A window that shows Mina's conversation, not connected.
fn alone(lang: Lang) -> Screen {
    let mut screen = Screen::keeping(lang, said(2), 2);
    screen.answer();
    screen
}

/// Returns the id of the message.
fn write(screen: &mut Screen, lang: Lang, text: &str) -> u64 {
    screen.write(lang, text);
    screen.press(Key::Enter);
    let mut all = std::iter::from_fn(|| screen.command());
    let sent = all.find_map(|command| messages::outgoing(&command));
    let sent = sent.expect("it was handed over");
    assert_eq!(sent.to, Some(MINA));
    sent.id
}

fn last_row(screen: &Screen) -> String {
    screen.rows().pop().expect("a row")
}

fn stored(id: u64, row: u64) -> Event {
    messages::stored_event(mina(), id, row)
}

fn settled(row: u64, state: State) -> Event {
    messages::settled_event(mina(), row, state)
}

#[test]
fn a_message_to_an_absent_peer_is_shown_as_waiting_then_sent_then_delivered() {
    for lang in Lang::ALL {
        let mut screen = alone(lang);
        assert!(screen.button_is_enabled(lang.send()) || screen.draft().is_empty());
        let id = write(&mut screen, lang, "for later");
        screen.report(stored(id, 3));
        assert!(
            last_row(&screen).contains(lang.waiting()),
            "{}",
            last_row(&screen)
        );
        screen.report(began(Who::Key(MINA)));
        screen.answer();
        screen.report(messages::sent_event(mina(), 3));
        let row = row_with(&screen, "for later");
        assert!(row.contains(lang.sent()), "{row}");
        screen.report(Event::Ended(EndReason::Lost));
        let row = row_with(&screen, "for later");
        assert!(row.contains(lang.waiting()), "{row}");
        screen.report(settled(3, State::Delivered));
        let row = row_with(&screen, "for later");
        assert!(row.contains(lang.delivered()), "{row}");
    }
}

fn row_with(screen: &Screen, text: &str) -> String {
    let row = screen.rows().into_iter().find(|row| row.ends_with(text));
    row.expect("a row")
}

#[test]
fn a_waiting_message_can_be_taken_back_by_mouse_and_keyboard() {
    for lang in Lang::ALL {
        for by_mouse in [true, false] {
            let mut screen = alone(lang);
            let id = write(&mut screen, lang, "a slip");
            screen.report(stored(id, 3));
            if by_mouse {
                let bubble = screen.harness.get_by_label("a slip").rect().center();
                screen.harness.hover_at(bubble);
                screen.run();
                for pressed in [true, false] {
                    screen.harness.event(egui::Event::PointerButton {
                        pos: bubble,
                        button: egui::PointerButton::Secondary,
                        pressed,
                        modifiers: egui::Modifiers::NONE,
                    });
                    screen.run();
                }
                screen.click(lang.cancel_message());
            } else {
                let id = egui::Id::unique("transcript");
                screen
                    .harness
                    .ctx
                    .memory_mut(|memory| memory.request_focus(id));
                screen.run();
                screen.press(Key::End);
                screen.press(Key::Enter);
                screen.arrow_to(lang.cancel_message());
                screen.press(Key::Enter);
            }
            let mut commands = std::iter::from_fn(|| screen.command());
            assert!(commands.any(|command| command == messages::recall(MINA, 3)));
            screen.report(settled(3, State::Recalled));
            assert!(last_row(&screen).contains(lang.cancelled()));
            let bubble = screen.harness.get_by_label("a slip").rect().center();
            assert!(bubble.x > 0.0, "it still stands there");
            assert!(!screen.has(lang.cancel_message()));
        }
    }
}

#[test]
fn a_late_message_shows_when_it_was_sent_and_received() {
    for lang in Lang::ALL {
        let late = messages::theirs(1, (60_000, 3_600_000), "hello");
        let mut screen = Screen::keeping(lang, vec![late], 1);
        screen.answer();
        let row = last_row(&screen);
        assert!(row.contains("12:01") && row.contains("1:00"), "{row}");
    }
}

fn cut(wait: Option<u64>) -> Event {
    Event::Redialling {
        call: call(),
        key: MINA,
        wait: wait.map(Duration::from_secs),
    }
}

fn call() -> Call {
    Call {
        to: "192.168.0.5:50000".parse().expect("an endpoint"),
        also: Vec::new(),
        how: How::To(MINA),
    }
}

#[test]
fn a_lost_connection_counts_down_to_the_next_call() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.report(Event::Ended(EndReason::Lost));
        screen.report(cut(Some(5)));
        assert!(screen.has(&lang.reconnecting_in(5)));
        assert!(!screen.has(lang.connect()), "it is calling");
        let frames = frames_in(&mut screen, 3.1);
        assert!(
            frames <= 14,
            "{frames} frames in 3 s: the caret blinks, too"
        );
        screen.harness.step();
        assert!(screen.has(&lang.reconnecting_in(2)));
        screen.click(lang.reconnect_now());
        screen.expect(Command::TryNow);
        screen.report(cut(None));
        assert!(screen.has(lang.reconnecting()) && !screen.has(lang.reconnect_now()));
        screen.click(lang.stop_reconnecting());
        screen.expect(Command::Cancel);
        assert!(!screen.has(lang.reconnecting()));
    }
}

#[test]
fn messages_written_while_redialling_wait_and_a_failed_call_ends_redialling() {
    let lang = Lang::En;
    let mut screen = Screen::encrypted(lang);
    screen.report(Event::Ended(EndReason::Lost));
    screen.report(cut(Some(30)));
    let id = write(&mut screen, lang, "are you there?");
    screen.report(stored(id, 1));
    assert!(last_row(&screen).contains(lang.waiting()));
    let (call, error) = (call(), ConnectError::Rejected);
    screen.report(Event::ConnectFailed { call, error });
    assert!(!screen.has(lang.reconnect_now()) && screen.has(lang.not_connected()));
}

#[test]
fn a_lost_connection_paints_nothing_after_its_countdown() {
    let mut screen = Screen::encrypted(Lang::En);
    screen.report(Event::Ended(EndReason::Lost));
    screen.report(cut(Some(2)));
    frames_in(&mut screen, 14.0);
    screen.harness.step();
    frames_in(&mut screen, 1.0);
    assert_eq!(frames_in(&mut screen, 20.0), 0);
}

fn ask_to_close(screen: &mut Screen) {
    let input = screen.harness.input_mut();
    let root = input.viewports.entry(egui::ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    screen.harness.step();
    let input = screen.harness.input_mut();
    let root = input.viewports.entry(egui::ViewportId::ROOT).or_default();
    root.events.clear();
}

/// The answers of the window to a request to close.
fn said_of_closing(screen: &mut Screen) -> Vec<ViewportCommand> {
    let output = screen.harness.output();
    let root = output.viewport_output.get(&egui::ViewportId::ROOT);
    let commands = root.map_or(&[][..], |viewport| &viewport.commands);
    let said = commands
        .iter()
        .filter(|command| {
            matches!(
                command,
                ViewportCommand::Close | ViewportCommand::CancelClose
            )
        })
        .cloned();
    said.collect()
}

#[test]
fn the_window_closes_at_once_when_nothing_waits() {
    let mut screen = alone(Lang::En);
    screen.report(Event::Outbox(1));
    screen.report(Event::Outbox(0));
    ask_to_close(&mut screen);
    assert_eq!(said_of_closing(&mut screen), []);
}

#[test]
fn closing_with_waiting_messages_asks_once() {
    for lang in Lang::ALL {
        let mut screen = alone(lang);
        screen.report(Event::Outbox(3));
        ask_to_close(&mut screen);
        assert_eq!(said_of_closing(&mut screen), [ViewportCommand::CancelClose]);
        screen.run();
        assert!(screen.has(&lang.not_delivered_yet(3)));
        screen
            .harness
            .get_by_role_and_label(Role::Dialog, lang.undelivered());
        assert_eq!(screen.focused(), lang.keep_open());
        screen.click(lang.keep_open());
        assert!(!screen.has(&lang.not_delivered_yet(3)));
        ask_to_close(&mut screen);
        assert_eq!(said_of_closing(&mut screen), [ViewportCommand::CancelClose]);
        screen.run();
        ask_to_close(&mut screen);
        assert_eq!(said_of_closing(&mut screen), [], "who asks again means it");
        screen.close_commands.clear();
        screen.click(lang.close_anyway());
        assert_eq!(screen.close_commands, [ViewportCommand::Close]);
        ask_to_close(&mut screen);
        assert_eq!(said_of_closing(&mut screen), []);
    }
}

#[test]
fn a_failing_store_is_explained_until_it_is_well() {
    for lang in Lang::ALL {
        let mut screen = alone(lang);
        let full = StoreError::Io(std::io::ErrorKind::StorageFull);
        screen.report(Event::StoreFailed(full));
        assert!(screen.has(lang.disk_full()));
        screen.report(Event::StoreWell);
        assert!(!screen.has(lang.disk_full()));
    }
}

#[test]
fn a_damaged_store_can_be_salvaged() {
    for lang in Lang::ALL {
        let mut screen = alone(lang);
        let path = std::path::PathBuf::from("kept/duologue.db.bad");
        screen.report(Event::StoreSetAside(path.clone()));
        screen.click(lang.recover());
        screen.expect(Command::Salvage(path));
        let mut salvage = Salvage {
            has_losses: false,
            contacts: 2,
            messages: 1_234,
        };
        screen.report(Event::Salvaged(Ok(salvage)));
        assert!(screen.has(&lang.salvaged(salvage)) && !screen.has(lang.recover()));
        assert!(!screen.has(lang.go_on_without()));
        salvage.has_losses = true;
        for result in [Ok(salvage), Err(StoreError::Damaged)] {
            screen.report(Event::Salvaged(result));
            assert!(screen.has_text(lang.contacts_lost()));
            screen.click(lang.go_on_without());
            screen.expect(Command::AcceptLosses);
            assert!(!screen.has_text(lang.contacts_lost()));
        }
    }
}

#[test]
fn missed_messages_and_a_wrong_clock_are_noted() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.report(messages::missed_event(mina(), 3, 1));
        assert!(last_row(&screen).contains('3'));
        screen.report(Event::ClockOff(720_000));
        assert!(last_row(&screen).contains("12") && last_row(&screen).contains("Mina"));
    }
}
