//! The settings, the sheet of shortcuts, and About.

use duologue::{
    gui::locale::Lang,
    identity::Trust,
    settings::{SendKey, Settings},
};
use eframe::egui::{Key, Modifiers, Role, Vec2, style::ScrollAnimation};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::screen::{MINA, Screen, named};

const WIDTHS: [f32; 3] = [320.0, 640.0, 1200.0];
/// Rounding, in points.
const ROUNDING: f32 = 1.0;

fn press(screen: &mut Screen, modifiers: Modifiers, key: Key) {
    screen.harness.key_press_modifiers(modifiers, key);
    screen.run();
}

#[test]
fn the_menu_has_five_entries() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let before = screen.harness.query_all_by_role(Role::Button).count();
        screen.click(lang.menu());
        let after = screen.harness.query_all_by_role(Role::Button).count();
        assert_eq!(after - before, 5);
    }
}

#[test]
fn each_key_opens_its_dialog_and_escape_closes_it() {
    for lang in Lang::ALL {
        for (modifiers, key, title) in [
            (Modifiers::COMMAND, Key::Comma, lang.settings()),
            (Modifiers::NONE, Key::F1, lang.keyboard_shortcuts()),
            (Modifiers::COMMAND, Key::Slash, lang.keyboard_shortcuts()),
        ] {
            let mut screen = Screen::new(lang);
            press(&mut screen, modifiers, key);
            assert!(screen.has(title), "{key:?}");
            assert_eq!(screen.focused(), lang.close());
            screen.press(Key::Escape);
            assert!(!screen.has(title), "{key:?}");
        }
    }
}

#[test]
fn every_dialog_fits_into_the_window() {
    for lang in Lang::ALL {
        for width in WIDTHS {
            for zoom in [1.0, 2.0] {
                for title in [lang.settings(), lang.keyboard_shortcuts(), lang.about()] {
                    let mut screen = Screen::new(lang);
                    screen.harness.set_size(Vec2::new(width, 560.0));
                    screen.harness.ctx.set_zoom_factor(zoom);
                    screen.run();
                    if title == lang.settings() {
                        press(&mut screen, Modifiers::COMMAND, Key::Comma);
                    } else if title == lang.keyboard_shortcuts() {
                        screen.press(Key::F1);
                    } else {
                        screen.click(lang.menu());
                        screen.click(lang.about());
                    }
                    let window = screen.harness.ctx.content_rect().expand(ROUNDING);
                    assert!(screen.has(title), "{title} {width} {zoom}");
                    let place = window;
                    let close = screen
                        .harness
                        .get_by_role_and_label(Role::Button, lang.close());
                    assert!(place.expand(ROUNDING).contains_rect(close.rect()));
                    for node in screen.harness.root().children_recursive() {
                        let is_control = matches!(
                            node.accesskit_node().role(),
                            Role::CheckBox | Role::ComboBox
                        );
                        if !is_control {
                            continue;
                        }
                        let sides = node.rect().x_range();
                        assert!(
                            place.left() - ROUNDING <= sides.min
                                && sides.max <= place.right() + ROUNDING,
                            "{title} {width} {zoom}: {:?} at {sides:?} in {place}",
                            node.accesskit_node().label()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_choice_says_its_value() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.choose(lang, lang.theme(), lang.theme_dark());
        screen.open_settings(lang);
        let list = screen
            .harness
            .get_by_role_and_label(Role::ComboBox, lang.theme());
        assert_eq!(
            list.accesskit_node().value().as_deref(),
            Some(lang.theme_dark())
        );
    }
}

#[test]
fn with_reduced_motion_nothing_moves() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let style = |screen: &Screen| screen.harness.ctx.global_style();
        screen.write(lang, "a");
        assert!(style(&screen).visuals.text_cursor.blink);
        // The harness has turned it off.
        let ctx = screen.harness.ctx.clone();
        ctx.all_styles_mut(|style| style.animation_time = 1.0);
        screen.check(lang, lang.reduce_motion());
        screen.write(lang, "b");
        assert!(!style(&screen).visuals.text_cursor.blink);
        assert!(style(&screen).animation_time.abs() < f32::EPSILON);
        assert_eq!(style(&screen).scroll_animation, ScrollAnimation::none());
    }
}

#[test]
fn the_groups_are_headings() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.open_settings(lang);
        for group in [
            lang.you(),
            lang.appearance(),
            lang.writing(),
            lang.notifications(),
            lang.privacy_and_history(),
            lang.plain_text_and_encodings(),
        ] {
            screen.harness.get_by_role_and_label(Role::Heading, group);
        }
    }
}

#[test]
fn text_size_is_changed_at_once() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.choose(lang, lang.text_size(), "150 %");
        assert!((screen.harness.ctx.zoom_factor() - 1.5).abs() < 0.01);
    }
}

#[test]
fn ctrl_enter_sends_and_enter_begins_a_line_if_that_is_chosen() {
    for lang in Lang::ALL {
        let mut screen = Screen::encrypted(lang);
        screen.choose(lang, lang.send_with(), "Ctrl+Enter");
        screen.write(lang, "one");
        screen.press(Key::Enter);
        assert_eq!(screen.draft(), "one\n");
        press(&mut screen, Modifiers::SHIFT, Key::Enter);
        assert_eq!(screen.draft(), "one\n\n");
        press(&mut screen, Modifiers::COMMAND, Key::Enter);
        assert_eq!(screen.draft(), "");
    }
}

#[test]
fn the_sheet_shows_the_key_that_sends() {
    let settings = Settings {
        send_key: SendKey::CtrlEnter,
        ..Settings::default()
    };
    let mut screen = Screen::with(Lang::En, settings, None);
    screen.press(Key::F1);
    assert!(screen.has("Ctrl+Enter") && screen.has("Enter"));
}

#[test]
fn about_shows_licences_opens_the_folder_and_copies_a_report() {
    for lang in Lang::ALL {
        let mut screen = Screen::knowing(lang, &[named(MINA, "Mina", Trust::Accepted)]);
        screen.click(lang.menu());
        screen.click(lang.about());
        assert!(screen.has(concat!("Duologue ", env!("CARGO_PKG_VERSION"))));
        screen.click_in_view(Role::Button, lang.open_folder());
        assert_eq!(screen.opened(), ["Data"]);
        screen.click_in_view(Role::Button, lang.copy_report());
        let report = screen.copied.last().expect("copied");
        assert!(
            report.contains(&format!("Language: {}", lang.tag())),
            "{report}"
        );
        assert!(
            !report.contains("Mina") && !report.contains("192.168"),
            "{report}"
        );
        screen.click_in_view(Role::Button, lang.show_licences());
        assert!(screen.has_text("ab_glyph"));
        screen.click(lang.back());
        assert!(screen.has(lang.data_folder()), "back to About");
        screen.press(Key::Escape);
        assert!(!screen.has(lang.data_folder()));
    }
}
