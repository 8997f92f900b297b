//! The picker of emoji at the composer.

use duologue::gui::locale::Lang;
use eframe::egui::{Event, ImeEvent, Key, Role, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::screen::Screen;

fn opened(lang: Lang) -> Screen {
    let mut screen = Screen::connected(lang);
    screen.click(lang.emoji());
    screen.run();
    screen
}

fn type_text(screen: &mut Screen, text: &str) {
    screen.harness.event(Event::Text(text.to_owned()));
    screen.run();
}

/// The emoji in view by name, and whether each is selected.
fn offered(screen: &Screen) -> Vec<(String, bool)> {
    let cells = screen.harness.query_all_by_role(Role::ListBoxOption);
    cells
        .map(|cell| {
            let node = cell.accesskit_node();
            let name = node.label().unwrap_or_default();
            (name, node.is_selected() == Some(true))
        })
        .collect()
}

fn selected(screen: &Screen) -> Vec<String> {
    let offered = offered(screen).into_iter();
    offered
        .filter(|(_, is_selected)| *is_selected)
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn an_emoji_is_searched_for_and_goes_to_the_caret() {
    for (lang, words, name) in [
        (Lang::En, "pizza", "pizza"),
        (Lang::En, "피자", "pizza"),
        (Lang::Ko, "피자", "피자"),
        (Lang::Ko, "PIZZA", "피자"),
    ] {
        let mut screen = Screen::connected(lang);
        screen.write(lang, "ab");
        screen.press(Key::ArrowLeft);
        screen.click(lang.emoji());
        assert_eq!(screen.focused(), lang.search_emoji());
        type_text(&mut screen, words);
        assert_eq!(selected(&screen), [name]);
        screen.press(Key::Enter);
        assert_eq!(screen.draft(), "a🍕b");
        assert_eq!(offered(&screen), []);
        assert_eq!(screen.focused(), lang.message());
        type_text(&mut screen, "c");
        assert_eq!(screen.draft(), "a🍕cb", "the caret is after it");
        // It is the first of the recent ones now.
        screen.click(lang.emoji());
        assert!(screen.has_text(lang.recent_emoji()));
        assert_eq!(offered(&screen)[0].0, name);
        screen.press(Key::Enter);
        assert_eq!(screen.draft(), "a🍕c🍕b");
    }
}

#[test]
fn arrow_keys_select_and_escape_leaves_everything_as_it_was() {
    for lang in Lang::ALL {
        let mut screen = opened(lang);
        let all = offered(&screen);
        assert!(all[0].1, "{all:?}");
        let mut is_selected = |key, index: usize| {
            screen.press(key);
            assert_eq!(selected(&screen), [all[index].0.as_str()], "{key:?}");
        };
        is_selected(Key::ArrowRight, 1);
        is_selected(Key::ArrowDown, 9);
        is_selected(Key::ArrowLeft, 8);
        is_selected(Key::ArrowUp, 0);
        is_selected(Key::ArrowUp, 0);
        for _ in 0..10 {
            screen.press(Key::PageDown);
        }
        assert_eq!(selected(&screen).len(), 1, "it is in view");
        assert!(!offered(&screen).iter().any(|(name, _)| *name == all[0].0));
        screen.press(Key::Escape);
        assert_eq!(offered(&screen), []);
        assert_eq!(screen.draft(), "");
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn a_click_picks_an_emoji_and_a_group_scrolls_to_its_own() {
    for (lang, group, first) in [
        (Lang::En, "Food and drink", "grapes"),
        (Lang::Ko, "음식", "포도"),
    ] {
        let mut screen = opened(lang);
        type_text(&mut screen, "x");
        screen
            .harness
            .get_by_role_and_label(Role::Button, group)
            .click();
        screen.run();
        assert_eq!(screen.value(lang.search_emoji()), "");
        let top = offered(&screen);
        assert!(top.iter().any(|(name, _)| name == first), "{top:?}");
        screen
            .harness
            .get_by_role_and_label(Role::ListBoxOption, first)
            .click();
        screen.run();
        assert_eq!(screen.draft(), "🍇");
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn a_click_on_another_field_closes_it_and_leaves_the_keyboard_there() {
    let lang = Lang::En;
    let mut screen = opened(lang);
    let place = screen.field(lang.host()).rect().center();
    screen.harness.hover_at(place);
    screen.run();
    screen.harness.drag_at(place);
    screen.run();
    screen.harness.drop_at(place);
    screen.run();
    assert_eq!(offered(&screen), []);
    assert_eq!(screen.focused(), lang.host());
}

#[test]
fn an_unfinished_syllable_finds_emoji_and_enter_waits_for_it() {
    let lang = Lang::Ko;
    let mut screen = opened(lang);
    let preedit = |text: &str| {
        Event::Ime(ImeEvent::Preedit {
            text: text.to_owned(),
            active_range_chars: None,
        })
    };
    for text in ["ㅍ", "피"] {
        screen.harness.event(preedit(text));
        screen.run();
    }
    assert!(offered(&screen).iter().any(|(name, _)| name == "피자"));
    screen.press(Key::Enter);
    assert_eq!(screen.draft(), "");
    screen
        .harness
        .event(Event::Ime(ImeEvent::Commit("피".to_owned())));
    screen.run();
    assert_ne!(screen.draft(), "");
    assert_eq!(offered(&screen), []);
}

#[test]
fn nothing_is_found_for_other_words_and_enter_does_nothing_then() {
    for lang in Lang::ALL {
        let mut screen = opened(lang);
        type_text(&mut screen, "qqqq");
        assert_eq!(offered(&screen), []);
        assert!(screen.has_text(lang.no_emoji()));
        screen.press(Key::Enter);
        assert_eq!(screen.draft(), "");
        assert!(screen.has_text(lang.no_emoji()), "it stays open");
    }
}

#[test]
fn only_the_emoji_in_view_are_laid_out_and_the_picker_fits_into_the_window() {
    for lang in Lang::ALL {
        for (size, zoom) in [(vec2(320.0, 360.0), 1.0), (vec2(1_200.0, 800.0), 2.0)] {
            let mut screen = Screen::connected(lang);
            screen.harness.set_size(size * zoom);
            screen.harness.ctx.set_zoom_factor(zoom);
            screen.run();
            screen.click(lang.emoji());
            screen.run();
            let count = offered(&screen).len();
            assert!((10..100).contains(&count), "{count}");
            let window = screen.harness.ctx.content_rect();
            let field = screen.field(lang.search_emoji()).rect();
            assert!(window.contains_rect(field), "{field:?} in {window:?}");
            let area = field.expand2(Vec2::new(4.0, f32::INFINITY));
            for cell in screen.harness.query_all_by_role(Role::ListBoxOption) {
                let cell = cell.rect();
                let is_inside = area.x_range().contains(cell.left());
                assert!(
                    is_inside && area.x_range().contains(cell.right()),
                    "{cell:?}"
                );
                assert!(cell.left() >= window.left() && cell.right() <= window.right());
            }
        }
    }
}

#[test]
fn nothing_is_painted_while_the_picker_is_at_rest() {
    let mut screen = opened(Lang::En);
    // The caret stops blinking.
    screen.wait(11.0);
    screen.run();
    let output = screen.harness.output();
    let root = output.viewport_output.get(&eframe::egui::ViewportId::ROOT);
    let delay = root.expect("a window").repaint_delay;
    assert!(delay.as_secs() > 3_600, "{delay:?}");
}
