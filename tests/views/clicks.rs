//! A click counts, whatever else comes in the same frame.

use duologue::gui::locale::Lang;
use eframe::egui::{Event, Modifiers, PointerButton, Pos2, pos2};

use crate::screen::Screen;

fn click(at: Pos2) -> [Event; 3] {
    let button = |pressed| Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    [Event::PointerMoved(at), button(true), button(false)]
}

/// All of this happens between two frames.
fn at_once(screen: &mut Screen, events: impl IntoIterator<Item = Event>) {
    screen.harness.input_mut().events.extend(events);
    screen.run();
}

#[test]
fn a_click_counts_if_the_pointer_leaves_at_once() {
    for lang in Lang::ALL {
        for leave in [Event::PointerMoved(pos2(300.0, 300.0)), Event::PointerGone] {
            let mut screen = Screen::connected(lang);
            screen.write(lang, "hello");
            let send = screen.place(lang.send());
            at_once(&mut screen, click(send).into_iter().chain([leave]));
            assert_eq!(screen.sent().len(), 1);
        }
    }
}

#[test]
fn two_clicks_at_once_count_where_they_are() {
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    screen.write(lang, "hello");
    let (send, host) = (screen.place(lang.send()), screen.field(lang.host()).rect());
    let clicks = [click(send), click(host.center())].concat();
    at_once(&mut screen, clicks);
    assert_eq!(screen.sent().len(), 1);
    // What is typed goes on in order.
    screen.write(lang, "");
    let typed = Event::Text("typed".to_owned());
    let clicks = [&click(host.center())[..], &[typed], &click(send)].concat();
    at_once(&mut screen, clicks);
    assert!(screen.value(lang.host()).contains("typed"));
}
