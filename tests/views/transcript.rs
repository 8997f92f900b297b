//! The transcript sticks to its end, stays in place when scrolled, folds, copies, and hides nothing.

use duologue::{
    gui::locale::Lang,
    text::charset::{Charset, Reading},
};
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::{
    idle::frames_in,
    screen::{Screen, midnight},
};

fn filled(lang: Lang) -> Screen {
    let mut screen = Screen::connected(lang);
    for number in 0..60 {
        screen.hear(&format!("message {number}"));
    }
    screen
}

fn shows(screen: &Screen, text: &str) -> bool {
    screen
        .rows()
        .iter()
        .any(|row| row.ends_with(&format!(": {text}")))
}

#[test]
fn row_names_contain_sender_time_and_text() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.hear("안녕하세요");
        assert_eq!(
            screen.rows().last(),
            Some(&format!("192.168.0.5, {}: 안녕하세요", midnight(lang)))
        );
        assert!(
            screen.has("192.168.0.5: 안녕하세요"),
            "the live label says it too"
        );
    }
}

#[test]
fn it_follows_the_newest_row_until_scrolled_and_a_button_returns_there() {
    for lang in Lang::ALL {
        let mut screen = filled(lang);
        assert!(shows(&screen, "message 59") && !shows(&screen, "message 0"));
        screen.harness.hover_at(egui::pos2(300.0, 300.0));
        screen.harness.event(wheel(200.0));
        screen.run();
        let before = screen.rows();
        assert!(!shows(&screen, "message 59"), "{before:?}");
        for number in 60..63 {
            screen.hear(&format!("message {number}"));
        }
        assert_eq!(screen.rows(), before, "what is read stands still");
        screen.click(&lang.new_messages(3));
        assert!(shows(&screen, "message 62"));
        screen.hear("message 63");
        assert!(shows(&screen, "message 63"), "and follows again");
    }
}

fn wheel(by: f32) -> egui::Event {
    egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, by),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    }
}

#[test]
fn sending_scrolls_to_the_end() {
    let lang = Lang::En;
    let mut screen = filled(lang);
    screen.harness.hover_at(egui::pos2(300.0, 300.0));
    screen.harness.event(wheel(400.0));
    screen.run();
    assert!(!shows(&screen, "message 59"));
    screen.write(lang, "mine");
    screen.press(Key::Enter);
    assert!(shows(&screen, "mine") && shows(&screen, "message 59"));
}

#[test]
fn it_can_be_read_by_keyboard() {
    let lang = Lang::En;
    let mut screen = filled(lang);
    focus_log(&mut screen);
    screen.press(Key::Home);
    assert!(shows(&screen, "message 0"));
    screen.press(Key::PageDown);
    assert!(!shows(&screen, "message 0") && !shows(&screen, "message 59"));
    screen.press(Key::End);
    assert!(shows(&screen, "message 59"));
    for _ in 0..30 {
        screen.press(Key::ArrowUp);
    }
    assert!(!shows(&screen, "message 59") && shows(&screen, "message 29"));
    screen.harness.event(egui::Event::Copy);
    screen.run();
    assert_eq!(screen.copied, ["message 29"]);
}

/// Presses Tab until the transcript has the focus.
pub fn focus_log(screen: &mut Screen) {
    let id = egui::Id::unique("transcript");
    for _ in 0..30 {
        screen.press(Key::Tab);
        if screen.harness.ctx.memory(|memory| memory.has_focus(id)) {
            return;
        }
    }
    panic!("Tab never reached the log");
}

#[test]
fn the_row_with_the_keyboard_stays_in_view() {
    let mut screen = filled(Lang::En);
    focus_log(&mut screen);
    screen.press(Key::Home);
    for number in 0..40 {
        // The first row says that somebody connected.
        screen.press(Key::ArrowDown);
        assert!(
            shows(&screen, &format!("message {number}")),
            "{:?}",
            screen.rows()
        );
    }
    for number in (0..39).rev() {
        screen.press(Key::ArrowUp);
        assert!(
            shows(&screen, &format!("message {number}")),
            "{:?}",
            screen.rows()
        );
    }
}

#[test]
fn a_jump_to_the_end_overrides_the_momentum_of_the_wheel() {
    let mut screen = filled(Lang::En);
    focus_log(&mut screen);
    screen.harness.hover_at(egui::pos2(300.0, 300.0));
    screen.harness.event(wheel(400.0));
    screen.harness.step();
    screen.harness.key_press(Key::End);
    screen.harness.step();
    assert!(shows(&screen, "message 59"), "{:?}", screen.rows());
}

#[test]
fn long_messages_are_folded_until_expanded() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.hear(&format!("{}the end", "long ".repeat(600)));
        let folded = screen
            .harness
            .query_all_by_label_contains("the end")
            .count();
        assert_eq!(folded, 0);
        screen.click(lang.show_all());
        assert!(
            screen
                .harness
                .query_all_by_label_contains("the end")
                .count()
                > 0
        );
        assert!(screen.has(lang.show_less()));
    }
}

#[test]
fn characters_that_hide_or_reorder_text_are_spelled_out() {
    let mut screen = Screen::connected(Lang::En);
    screen.hear("photo\u{202e}gpj.exe\u{0}");
    assert!(
        shows(&screen, "photo[U+202E]gpj.exe[00]"),
        "{:?}",
        screen.rows()
    );
    screen.hear("");
    assert!(screen.has(Lang::En.empty_line()));
}

#[test]
fn received_messages_can_be_decoded_again_in_another_encoding() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        // "안녕" in CP949, from a peer that is read as UTF-8.
        screen.hear_bytes(b"\xbe\xc8\xb3\xe7", Reading::Fixed(Charset::UTF_8));
        screen.choose(lang, lang.encoding_in(), "UTF-8");
        assert!(!shows(&screen, "안녕"));
        screen.choose(lang, lang.encoding_in(), "CP949");
        assert!(shows(&screen, "안녕"), "{:?}", screen.rows());
        // Messages that arrive just after the choice are decoded this way, too.
        screen.hear_bytes(b"\xc7\xcf\xbc\xbc", Reading::Fixed(Charset::UTF_8));
        assert!(shows(&screen, "하세"), "{:?}", screen.rows());
    }
}

#[test]
fn the_bytes_of_a_message_can_be_shown_and_decoded_again_by_keyboard() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected_in_any_script(lang);
        screen.hear_bytes(
            b"\xbe\xc8\xb3\xe7",
            Reading::Fixed(Charset::for_label("windows-1252").expect("known")),
        );
        screen.choose(lang, lang.encoding_in(), "windows-1252");
        focus_log(&mut screen);
        screen.press(Key::End);
        screen.press(Key::Enter);
        screen.arrow_to(lang.show_bytes());
        screen.press(Key::Enter);
        assert!(screen.has("00000000  be c8 b3 e7                                       ...."));
        screen.click(lang.copy_dump());
        assert!(
            screen
                .copied
                .last()
                .is_some_and(|dump| dump.starts_with("00000000  be c8 b3 e7"))
        );
        screen.click(&lang.read_as(Charset::CP949));
        screen.press(Key::Escape);
        assert!(shows(&screen, "안녕"), "{:?}", screen.rows());
    }
}

#[test]
fn nothing_jumps_when_the_window_or_the_text_changes_size() {
    let mut screen = filled(Lang::En);
    screen.harness.hover_at(egui::pos2(300.0, 300.0));
    screen.harness.event(wheel(500.0));
    screen.run();
    let top = screen.rows().first().cloned();
    for size in [
        egui::vec2(400.0, 560.0),
        egui::vec2(900.0, 400.0),
        egui::vec2(640.0, 560.0),
    ] {
        screen.harness.set_size(size);
        screen.run();
        assert_eq!(screen.rows().first().cloned(), top, "{size:?}");
    }
    for zoom in [1.5, 0.7, 1.0] {
        screen.harness.ctx.set_zoom_factor(zoom);
        screen.run();
        assert_eq!(screen.rows().first().cloned(), top, "zoom {zoom}");
    }
}

#[test]
fn dropping_old_rows_moves_nothing_and_is_announced() {
    let lang = Lang::En;
    let mut screen = filled(lang);
    screen.harness.hover_at(egui::pos2(300.0, 300.0));
    screen.harness.event(wheel(500.0));
    screen.run();
    let before = screen.rows();
    // Up to the limit of the transcript: the oldest rows are dropped, and the visible ones stay.
    for number in 0..duologue::chat::timeline::MAX_ITEMS - 50 {
        screen.say_quietly(&format!("flood {number}"));
        if number % 1000 == 999 {
            screen.run();
        }
    }
    screen.run();
    assert!(screen.harness.state().chat().timeline().dropped() > 0);
    assert_eq!(screen.rows(), before);
    focus_log(&mut screen);
    screen.press(Key::Home);
    let dropped = screen.harness.state().chat().timeline().dropped();
    assert!(dropped > 0 && shows(&screen, &format!("message {}", dropped - 1)));
}

#[test]
fn the_scroll_bar_maps_to_row_numbers() {
    let mut screen = filled(Lang::En);
    let right = 640.0 - 6.0;
    let log = screen
        .harness
        .get_by_role_and_label(egui::Role::List, Lang::En.log())
        .rect();
    let (top, bottom) = (log.top() + 2.0, log.bottom() - 2.0);
    screen.harness.drag_at(egui::pos2(right, bottom));
    screen.run();
    screen.harness.hover_at(egui::pos2(right, top));
    screen.run();
    assert!(shows(&screen, "message 0"), "{:?}", screen.rows());
    screen
        .harness
        .hover_at(egui::pos2(right, f32::midpoint(top, bottom)));
    screen.run();
    assert!(shows(&screen, "message 28"), "{:?}", screen.rows());
    screen.harness.hover_at(egui::pos2(right, bottom + 30.0));
    screen.run();
    screen.harness.drop_at(egui::pos2(right, bottom + 30.0));
    screen.run();
    assert!(shows(&screen, "message 59"), "{:?}", screen.rows());
}

#[test]
fn the_menu_of_a_message_works_by_mouse() {
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    screen.hear("look at my bytes");
    let bubble = screen
        .harness
        .get_by_label("look at my bytes")
        .rect()
        .center();
    click_at(&mut screen, bubble, egui::PointerButton::Secondary);
    let item = screen
        .harness
        .get_by_role_and_label(egui::Role::Button, lang.show_bytes())
        .rect()
        .center();
    click_at(&mut screen, item, egui::PointerButton::Primary);
    assert!(screen.has(lang.bytes_title()));
}

fn click_at(screen: &mut Screen, pos: egui::Pos2, button: egui::PointerButton) {
    screen.harness.hover_at(pos);
    screen.run();
    for pressed in [true, false] {
        screen.harness.event(egui::Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: Modifiers::NONE,
        });
        screen.run();
    }
}

/// A screen with this message, unfolded.
fn unfolded(text: &str) -> Screen {
    let mut screen = Screen::connected(Lang::En);
    screen.hear(text);
    screen.click(Lang::En.show_all());
    screen
}

#[test]
fn a_long_message_is_unfolded_over_several_frames_and_then_rests() {
    let lang = Lang::En;
    // Every character is drawn for the first time.
    let text: String = ('가'..='힣').chain("the end".chars()).collect();
    let mut screen = Screen::connected(lang);
    screen.hear(&text);
    let frames = screen.harness.state().frames();
    screen.click(lang.show_all());
    assert!(screen.harness.state().frames() > frames + 8);
    assert!(screen.has_text("the end"));
    frames_in(&mut screen, 11.0);
    screen.harness.step();
    frames_in(&mut screen, 1.0);
    assert_eq!(frames_in(&mut screen, 10.0), 0);
    focus_log(&mut screen);
    screen.press(Key::End);
    screen.harness.event(egui::Event::Copy);
    screen.run();
    assert_eq!(screen.copied, [text]);
}

#[test]
fn what_is_selected_in_a_long_message_is_copied_as_it_is() {
    let lines: Vec<_> = (0..2_010).map(|number| format!("line {number}")).collect();
    let words: Vec<_> = (0..5_000).map(|number| format!("word{number}")).collect();
    // More than a block, which ends after 50 lines or 1,000 characters.
    for (text, length) in [(lines.join("\n"), 130), (words.join(" "), 1_200)] {
        let mut screen = unfolded(&text);
        screen.harness.set_size(egui::vec2(880.0, 900.0));
        screen.run();
        let (from, to) = (egui::pos2(120.0, 200.0), egui::pos2(210.0, 740.0));
        screen.harness.drag_at(from);
        screen.run();
        screen.harness.hover_at(to);
        screen.run();
        screen.harness.drop_at(to);
        screen.run();
        screen.harness.event(egui::Event::Copy);
        screen.run();
        let copied = screen.copied.last().expect("something is copied");
        assert!(copied.len() > length, "{copied:?}");
        assert!(text.contains(copied), "{copied:?}");
    }
}

#[test]
fn the_middle_of_a_long_message_stays_in_view_when_the_window_changes_size() {
    let lines: Vec<_> = (0..2_000).map(|number| format!("line {number}")).collect();
    let mut screen = unfolded(&lines.join("\n"));
    screen.harness.hover_at(egui::pos2(300.0, 300.0));
    for _ in 0..10 {
        screen.harness.event(wheel(1_000.0));
        screen.run();
    }
    let place = |screen: &Screen| {
        let list = (egui::Role::List, Lang::En.log());
        let list = screen.harness.get_by_role_and_label(list.0, list.1).rect();
        let rows = screen.harness.query_all_by_role(egui::Role::ListItem);
        let rows: Vec<_> = rows.map(|row| row.rect()).collect();
        assert_eq!(rows.len(), 1, "only this message is in view");
        (rows[0].top() - list.top(), rows[0].height())
    };
    let before = place(&screen);
    for width in [900.0, 400.0, 640.0] {
        screen.harness.set_size(egui::vec2(width, 560.0));
        for _ in 0..30 {
            screen.harness.step();
            let now = place(&screen);
            assert!((now.0 - before.0).abs() < 1.0, "{now:?} {before:?}");
            assert!((now.1 - before.1).abs() < 1.0, "{now:?} {before:?}");
        }
    }
}
