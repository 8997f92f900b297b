//! Nothing in the window is cut off or in the way of something else, and the header stays low, in every state of the
//! connection, in both languages, in windows of different sizes.

use std::time::Duration;

use duologue::{
    gui::locale::Lang,
    identity::{Contact, PublicKey, Trust},
    net::{Command, EndReason, Event, How},
};
use eframe::egui::{self, Key, Rect, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    messages::Who,
    screen::{MINA, PLAIN, Screen, began, call, listening, named},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

/// The widths of the windows, in points.
pub const WIDTHS: [f32; 7] = [320.0, 380.0, 600.0, 640.0, 899.0, 900.0, 1200.0];
/// The greatest height of the header while connected, and in any state, in points.
const CONNECTED: f32 = 56.0;
const ANY: f32 = 96.0;
/// Rounding, in points.
const ROUNDING: f32 = 1.0;

fn everybody() -> [Contact; 2] {
    let jun = Contact {
        blocked: true,
        ..named(JUN, "A name that is just as long as it may be", Trust::Met)
    };
    [named(MINA, "Mina", Trust::Accepted), jun]
}

/// The window in each state of the connection, and how high its header may be.
fn states(lang: Lang) -> Vec<(&'static str, Screen, f32)> {
    let fresh = || Screen::knowing(lang, &everybody());
    let with = |events: Vec<Event>| {
        let mut screen = fresh();
        for event in events {
            screen.report(event);
        }
        screen
    };
    let encrypted = || began(Who::Key(MINA));
    let mut dialling = fresh();
    dialling.click(lang.connect());
    let mut knocking = fresh();
    knocking.click(lang.connect());
    let Some(Command::Connect(to)) = knocking.command() else {
        panic!("it calls")
    };
    knocking.report(Event::Waiting {
        to: to.to,
        key: JUN,
    });
    let mut elsewhere = with(vec![encrypted(), Event::Ended(EndReason::PeerLeft)]);
    elsewhere.report(began(Who::Key(JUN)));
    elsewhere.open_row(lang, "Mina");
    let mut blocked = with(vec![
        began(Who::Key(JUN)),
        Event::Ended(EndReason::PeerLeft),
    ]);
    blocked.run();
    let cut = Event::Redialling {
        call: call(How::To(MINA)),
        key: MINA,
        wait: Some(Duration::from_secs(30)),
    };
    vec![
        ("idle", fresh(), ANY),
        ("listening", with(vec![listening()]), ANY),
        ("dialling", dialling, ANY),
        ("waiting to be accepted", knocking, ANY),
        ("encrypted", with(vec![encrypted()]), CONNECTED),
        (
            "listening too",
            with(vec![listening(), encrypted()]),
            CONNECTED,
        ),
        ("plain", with(vec![began(PLAIN)]), CONNECTED),
        ("connected elsewhere", elsewhere, CONNECTED),
        (
            "cut",
            with(vec![encrypted(), Event::Ended(EndReason::Lost), cut]),
            CONNECTED,
        ),
        ("blocked", blocked, ANY),
        (
            "not connected",
            with(vec![encrypted(), Event::Ended(EndReason::PeerLeft)]),
            ANY,
        ),
        (
            "not connected, listening",
            with(vec![
                encrypted(),
                Event::Ended(EndReason::PeerLeft),
                listening(),
            ]),
            ANY,
        ),
    ]
}

/// The names and places of everything that can be clicked or typed into, other than on the cards in the middle, which
/// scroll.
fn controls(screen: &Screen) -> Vec<(String, Rect)> {
    let is_on_card = |name: &str| {
        Lang::ALL.iter().any(|lang| {
            name == lang.done_to(lang.change(), lang.your_name())
                || name == lang.done_to(lang.start_waiting(), lang.listen())
                || name == lang.address_or_invite()
                || name == lang.connect_to_this()
                || name == lang.copy_invite()
                || name.starts_with(&format!("{}:", lang.copy_address()))
                || name.starts_with(&format!("{}:", lang.cancel()))
                || name.starts_with(&format!("{}:", lang.recently()))
        })
    };
    let nodes = screen.harness.root().children_recursive();
    let controls = nodes.filter(|node| {
        matches!(
            node.accesskit_node().role(),
            Role::Button | Role::ComboBox | Role::TextInput | Role::MultilineTextInput
        )
    });
    let named = controls.map(|node| {
        let label = node.accesskit_node().label().unwrap_or_default();
        (label, node.rect())
    });
    named.filter(|(name, _)| !is_on_card(name)).collect()
}

/// Fails if a control is cut off by the window, has no name or is in the way of another one. One that is within another
/// has its own place there.
#[track_caller]
pub fn assert_in_order(screen: &Screen, what: &str) {
    let window = screen.harness.ctx.content_rect().expand(ROUNDING);
    let controls = controls(screen);
    for (name, place) in &controls {
        assert!(!name.is_empty(), "{what}: one at {place:?} has no name");
        assert!(
            window.contains_rect(*place),
            "{what}: {name} is cut off: {place:?}"
        );
        assert!(
            place.width() >= 12.0 && place.height() >= 12.0,
            "{what}: {name} is too small: {place:?}"
        );
    }
    for (index, (name, place)) in controls.iter().enumerate() {
        for (other, taken) in controls.iter().skip(index + 1) {
            let is_within = place.contains_rect(*taken) || taken.contains_rect(*place);
            let is_apart = !place.shrink(ROUNDING).intersects(taken.shrink(ROUNDING));
            assert!(
                is_apart || is_within,
                "{what}: {name} {place:?} is in the way of {other} {taken:?}"
            );
        }
    }
}

/// How high the header is: what is above the conversation, or above what is in its place.
fn header_height(screen: &Screen, lang: Lang) -> f32 {
    let bottom = |name: &str| {
        let found = screen.harness.query_all_by_label(name);
        let below = found.map(|node| node.rect().bottom());
        below.fold(0.0, f32::max)
    };
    let names = [
        lang.search_messages(),
        lang.host(),
        lang.port(),
        lang.listen(),
        lang.stop(),
        lang.disconnect(),
    ];
    names.map(bottom).into_iter().fold(0.0, f32::max)
}

#[test]
fn nothing_is_cut_off_or_in_the_way_and_the_header_is_low() {
    for lang in Lang::ALL {
        for (state, mut screen, most) in states(lang) {
            for width in WIDTHS {
                screen.harness.set_size(egui::vec2(width, 560.0));
                screen.run();
                let what = format!("{state}, {lang:?}, {width} points");
                assert_in_order(&screen, &what);
                if width < 900.0 {
                    let height = header_height(&screen, lang);
                    assert!(height <= most, "{what}: the header is {height} points high");
                }
            }
        }
    }
}

#[test]
fn everything_fits_at_twice_the_size() {
    for lang in Lang::ALL {
        for (state, mut screen, _) in states(lang) {
            screen.harness.ctx.set_zoom_factor(2.0);
            for width in [640.0, 1200.0] {
                // The harness counts in points at this zoom.
                screen.harness.set_size(egui::vec2(width / 2.0, 360.0));
                screen.run();
                assert_in_order(&screen, &format!("{state}, {lang:?}, {width} pixels"));
            }
        }
    }
}

#[test]
fn the_address_controls_fold_while_one_talks_in_a_narrow_window_and_open_again() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.harness.set_size(egui::vec2(380.0, 560.0));
        screen.run();
        assert!(!screen.has(lang.host()) && !screen.has(lang.disconnect()));
        screen.click(lang.address_row());
        assert_eq!(screen.focused(), lang.host());
        assert!(screen.has(lang.disconnect()));
        screen.click(lang.address_row());
        assert!(!screen.has(lang.host()));
        screen
            .harness
            .key_press_modifiers(egui::Modifiers::COMMAND, Key::L);
        screen.run();
        assert_eq!(screen.focused(), lang.host());
        screen.report(Event::Ended(EndReason::PeerLeft));
        assert!(screen.has(lang.host()) && !screen.has(lang.address_row()));
        screen.report(began(Who::Key(MINA)));
        assert!(!screen.has(lang.host()), "folded again");
        screen.check(lang, lang.always_show_address());
        assert!(screen.has(lang.host()) && screen.has(lang.disconnect()));
    }
}

#[test]
fn the_list_over_a_window_that_becomes_wide_is_beside_the_transcript() {
    let lang = Lang::En;
    let mut screen = Screen::knowing(lang, &everybody());
    screen.show_list(lang);
    for width in [1200.0, 640.0] {
        screen.harness.set_size(egui::vec2(width, 560.0));
        screen.run();
        assert_eq!(screen.has(lang.find_person()), width > 900.0);
    }
}

#[test]
fn escape_in_the_menu_of_a_row_leaves_the_keyboard_on_the_row() {
    let lang = Lang::En;
    let mut screen = Screen::knowing(lang, &everybody());
    screen.show_list(lang);
    let row = screen.focused();
    assert!(row.starts_with("Mina"), "{row}");
    screen.press(Key::Menu);
    assert!(screen.has(lang.details_further()));
    screen.press(Key::Escape);
    assert_eq!(screen.focused(), row);
    screen.press(Key::Enter);
    let mina = duologue::identity::PeerId::Key(MINA);
    assert_eq!(screen.harness.state().chat().shown(), Some(&mina));
}

#[test]
fn the_details_of_a_contact_open_again_and_again() {
    let lang = Lang::En;
    let mut screen = Screen::knowing(lang, &everybody());
    for _ in 0..3 {
        screen.show_details(lang, "Mina");
        assert!(screen.has(&MINA.fingerprint()));
        screen.press(Key::Escape);
        assert!(!screen.has(&MINA.fingerprint()));
        assert_eq!(
            screen.listed(lang).first().map(String::as_str),
            Some("Mina")
        );
        screen.press(Key::Escape);
        assert!(!screen.has(lang.find_person()));
    }
}
