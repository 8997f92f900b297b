//! An idle window paints no frames, on a virtual clock.

use std::time::Duration;

use duologue::{
    gui::locale::Lang,
    net::{Event, Listening},
};
use eframe::egui::ViewportId;

use crate::{
    files, messages,
    screen::{MINA, PEER, PLAIN, Screen},
};

/// Plays the event loop for some seconds without events and counts the frames that the window asks for.
pub fn frames_in(screen: &mut Screen, seconds: f64) -> u64 {
    let start = screen.harness.ctx.input(|input| input.time);
    let mut now = start;
    let before = screen.harness.state().frames();
    loop {
        let output = screen.harness.output();
        let delay = output
            .viewport_output
            .get(&ViewportId::ROOT)
            .map(|viewport| viewport.repaint_delay);
        let delay = delay.expect("a root viewport");
        if delay >= Duration::from_hours(1) {
            break;
        }
        now += delay.as_secs_f64().max(1.0 / 60.0);
        if now > start + seconds {
            break;
        }
        screen.harness.input_mut().time = Some(now);
        screen.harness.step();
    }
    screen.harness.input_mut().time = Some(start + seconds);
    screen.harness.state().frames() - before
}

fn assert_rests(mut screen: Screen, what: &str) {
    // Fades and the blinking caret may take their ten seconds, at two frames a second.
    let first = frames_in(&mut screen, 11.0);
    assert!(first <= 60, "{what}: {first} frames in the first 11 s");
    screen.harness.step();
    frames_in(&mut screen, 1.0);
    assert_eq!(frames_in(&mut screen, 10.0), 0, "{what}");
}

#[test]
fn nothing_is_painted_while_nothing_happens() {
    assert_rests(Screen::new(Lang::En), "idle");

    let mut listening = Screen::new(Lang::En);
    let at = "127.0.0.1:50000".parse().expect("an endpoint");
    listening.report(Event::Listening(Listening {
        at,
        reachable: vec![],
        only_here: true,
    }));
    assert_rests(listening, "listening");

    let mut connected = Screen::connected(Lang::Ko);
    connected.hear("안녕");
    assert_rests(connected, "connected, the caret in the composer");

    let mut ended = Screen::connected(Lang::Ko);
    ended.report(Event::Ended(duologue::net::EndReason::PeerLeft));
    assert_rests(ended, "ended");
}

#[test]
fn nothing_is_painted_while_waiting_for_an_answer() {
    let lang = Lang::En;
    let mut asked = Screen::new(lang);
    asked.report(messages::asked_event(1, PEER.ip(), PLAIN));
    assert_rests(asked, "somebody asks");

    let mut waiting = Screen::new(lang);
    waiting.click(lang.connect());
    let to = "127.0.0.1:50000".parse().expect("an endpoint");
    waiting.report(Event::Waiting { to, key: MINA });
    assert_rests(waiting, "to be let in");

    let mut encrypted = Screen::encrypted(lang);
    encrypted.hear_encrypted("hello");
    assert_rests(encrypted, "encrypted");

    let mut verifying = Screen::encrypted(lang);
    verifying.click(lang.verify());
    assert_rests(verifying, "numbers to compare");

    let mut people = Screen::encrypted(lang);
    people.click(lang.people());
    assert_rests(people, "the list of people");
}

#[test]
fn a_file_that_moves_costs_few_frames_and_none_when_it_stands_still() {
    for lang in Lang::ALL {
        let mut screen = files::moving(lang);
        frames_in(&mut screen, 12.0);
        let before = screen.harness.state().frames();
        // As often as the worker reports it.
        for step in 0..40 {
            screen.say_progress((step + 1) * 100_000, 400_000);
            screen.harness.step();
            frames_in(&mut screen, 0.25);
        }
        let frames = screen.harness.state().frames() - before;
        assert!((40..=100).contains(&frames), "{frames} frames in 10 s");
        // It comes to a halt: that is shown once.
        let halting = frames_in(&mut screen, 10.0);
        assert!(halting <= 3, "{halting}");
        assert_eq!(frames_in(&mut screen, 20.0), 0, "it stands still");

        // One that waits for an answer, with its place on the disk.
        let offered = files::connected(lang, files::offered());
        assert_rests(offered, "an offer");
    }
}

#[test]
fn events_are_drained_without_painting() {
    let mut screen = Screen::connected(Lang::En);
    let frames = screen.harness.state().frames();
    let ctx = screen.harness.ctx.clone();
    let rows = screen.harness.state().chat().timeline().len();
    screen.say_quietly("while hidden");
    screen.harness.state_mut().drain(&ctx);
    assert_eq!(screen.harness.state().chat().timeline().len(), rows + 1);
    assert_eq!(screen.harness.state().frames(), frames);
}
