//! Colours as they are painted: everything can be read.

use duologue::gui::{
    locale::Lang,
    theme::{self, DARK, HIGH_CONTRAST_DARK, HIGH_CONTRAST_LIGHT, LIGHT},
};
use eframe::egui::{self, Color32, Rect, Shape, Theme, epaint::text::PlacedRow};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::screen::Screen;

/// Minimum contrast of text with its background (WCAG 2.2, 1.4.3).
const TEXT: f32 = 4.5;
/// The minimum contrast of what shows that something is a control, or has the keyboard (WCAG 2.2, 1.4.11).
const CONTROL: f32 = 3.0;
/// The same of text where the person has chosen high contrast (WCAG 2.2, 1.4.6), and of controls.
const HIGH_TEXT: f32 = 7.0;
const HIGH_CONTROL: f32 = 4.5;

/// How much two colours differ in lightness, from 1 to 21 (WCAG 2.2, "contrast ratio").
fn contrast(one: Color32, other: Color32) -> f32 {
    let luminance = |colour: Color32| {
        let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(|part| {
            let part = f32::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A conversation in plain text, in this theme.
fn connected(theme: Theme) -> Screen {
    let mut screen = Screen::connected(Lang::En);
    // The harness begins with the dark one.
    screen.harness.ctx.set_theme(theme);
    screen.run();
    screen
}

/// The row of text with these words, as it is painted.
fn row(screen: &Screen, words: &str) -> PlacedRow {
    let shapes = screen.harness.output().shapes.iter();
    let texts = shapes.filter_map(|shape| match &shape.shape {
        Shape::Text(text) => Some(text),
        _ => None,
    });
    let mut rows = texts.flat_map(|text| text.galley.rows.clone());
    let found = rows.find(|row| row.text() == words);
    found.unwrap_or_else(|| panic!("{words:?} is not painted"))
}

#[test]
fn selected_text_can_be_read_in_both_bubbles() {
    for theme in [Theme::Light, Theme::Dark] {
        let mut screen = connected(theme);
        screen.hear("theirs");
        screen.write(Lang::En, "mine");
        screen.press(egui::Key::Enter);
        for words in ["theirs", "mine"] {
            let label = (egui::Role::Label, words);
            let place = screen.harness.get_by_role_and_label(label.0, label.1);
            let (from, to) = (place.rect().left_center(), place.rect().right_center());
            let plain = row(&screen, words);
            screen.harness.drag_at(from);
            screen.run();
            screen.harness.hover_at(to);
            screen.run();
            screen.harness.drop_at(to);
            screen.run();
            let selected = row(&screen, words);
            let mesh = &selected.visuals.mesh;
            let text = mesh.vertices[selected.visuals.glyph_vertex_range.start].color;
            // egui adds the rectangle of the selection to the mesh.
            let ground = mesh.vertices[plain.visuals.mesh.vertices.len()..][0].color;
            assert_eq!(ground.a(), 255, "what is below does not shine through");
            let contrast = contrast(text, ground);
            assert!(contrast >= TEXT, "{theme:?} {words}: {contrast:.2}");
        }
    }
}

#[test]
fn every_colour_stands_out_from_what_it_is_painted_on() {
    let keys = (0..=u8::MAX).map(Some).chain([None]);
    let faces: Vec<_> = keys.map(theme::face).collect();
    let themes = [
        ("light", LIGHT, TEXT, CONTROL),
        ("dark", DARK, TEXT, CONTROL),
        (
            "light, high contrast",
            HIGH_CONTRAST_LIGHT,
            HIGH_TEXT,
            HIGH_CONTROL,
        ),
        (
            "dark, high contrast",
            HIGH_CONTRAST_DARK,
            HIGH_TEXT,
            HIGH_CONTROL,
        ),
    ];
    for (theme, it, least_text, least_control) in themes {
        let banners = [it.bad_background, it.hint_background];
        let areas = [it.background, it.bar, it.raised];
        let on = |name: &'static str, colour: Color32, grounds: &[Color32]| {
            let grounds = grounds.iter().copied();
            grounds
                .map(|ground| (name, colour, ground))
                .collect::<Vec<_>>()
        };
        let everywhere = [&areas[..], &banners].concat();
        let texts = [
            on("text", it.text, &everywhere),
            on("text of a button", it.text, &[it.raised, it.pressed]),
            on("found text", it.text, &[it.found]),
            on("selected text", it.text, &[it.selection]),
            on("selected text of theirs", it.on_theirs, &[it.selection]),
            on("weak", it.weak, &everywhere),
            on("weak of theirs", it.weak, &[it.theirs]),
            on("day", it.weak, &[it.pressed]),
            on("mine", it.on_mine, &[it.mine]),
            on(
                "selected of mine",
                it.selected_in_mine,
                &[it.selection_in_mine],
            ),
            on("theirs", it.on_theirs, &[it.theirs]),
            on("code of mine", it.on_mine, &[it.code_in_mine]),
            on("code of theirs", it.on_theirs, &[it.code_in_theirs]),
            on("button", it.on_accent, &[it.accent]),
            on(
                "link",
                it.link,
                &[it.theirs, it.background, it.bar, it.code_in_theirs],
            ),
            on("good", it.good, &areas),
            on("waiting", it.waiting, &everywhere),
            on("bad", it.bad, &everywhere),
            on("what went wrong with a file", it.bad, &[it.theirs]),
            on("name of a file", it.text, &[it.theirs]),
        ];
        let controls = [
            on("border", it.border, &everywhere),
            on("focus", it.focus, &everywhere),
            on("primary button", it.accent, &areas),
            on(
                "our reaction",
                it.link,
                &[it.hint_background, it.background],
            ),
            on("progress", it.accent, &[it.code_in_theirs]),
            on("kind of a file", it.link, &[it.hint_background]),
            on("line of a quote", it.link, &[it.theirs, it.bar]),
            on("line of a quote in mine", it.on_mine, &[it.mine]),
            // It shows where the selection is.
            on("selection of mine", it.selection_in_mine, &[it.mine]),
        ];
        let least = [
            // The name is beside it.
            (on("initial", theme::ON_FACE, &faces), TEXT),
            (texts.concat(), least_text),
            (controls.concat(), least_control),
        ];
        for (pairs, least) in least {
            for (name, colour, ground) in pairs {
                let contrast = contrast(colour, ground);
                let pair = format!("{theme}: {name} {colour:?} on {ground:?}");
                assert!(contrast >= least, "{pair}: {contrast:.2}");
            }
        }
    }
}

/// The ring around what has the keyboard.
fn ring(screen: &Screen) -> Option<Rect> {
    let shapes = screen.harness.output().shapes.iter();
    let mut rings = shapes.filter_map(|shape| match &shape.shape {
        Shape::Rect(rect) if rect.stroke.color == LIGHT.focus && rect.stroke.width > 1.5 => {
            Some(rect.rect)
        }
        _ => None,
    });
    let ring = rings.next();
    assert!(rings.next().is_none(), "there is one ring");
    ring
}

#[test]
fn whatever_has_the_keyboard_has_a_ring() {
    let lang = Lang::En;
    let mut screen = connected(Theme::Light);
    screen.hear("theirs");
    let window = screen.harness.ctx.content_rect();
    let mut seen = Vec::new();
    for step in 0..40 {
        if step == 20 {
            screen.click(lang.menu());
        }
        screen.press(egui::Key::Tab);
        let nodes = screen.harness.root().children_recursive();
        let mut focused = nodes.filter(|node| node.accesskit_node().is_focused());
        let Some(focused) = focused.next() else {
            continue;
        };
        let name = screen.focused();
        let ring = ring(&screen).unwrap_or_else(|| panic!("{name} has none"));
        assert!(window.contains_rect(ring), "{name}: {ring} is cut off");
        // The transcript has it inside.
        if name != lang.log() {
            let rect = focused.rect();
            assert!(
                ring.contains_rect(rect.expand(1.9)),
                "{name}: {ring} {rect}"
            );
        }
        seen.push(name);
    }
    for name in [
        lang.send(),
        lang.message(),
        lang.menu(),
        lang.log(),
        lang.disconnect(),
    ] {
        assert!(seen.iter().any(|seen| seen == name), "{name} in {seen:?}");
    }
}

#[test]
fn high_contrast_is_shown_as_soon_as_it_is_chosen() {
    let themes = [
        (
            Lang::theme_high_contrast_light as fn(Lang) -> &'static str,
            HIGH_CONTRAST_LIGHT,
        ),
        (Lang::theme_high_contrast_dark, HIGH_CONTRAST_DARK),
    ];
    for (name, palette) in themes {
        for lang in Lang::ALL {
            let mut screen = Screen::connected(lang);
            screen.choose(lang, lang.theme(), name(lang));
            screen.press(egui::Key::Escape);
            screen.hear("theirs");
            screen.write(lang, "mine");
            screen.press(egui::Key::Enter);
            let shapes = format!("{:?}", screen.harness.output().shapes);
            let is_painted = |colour: Color32| shapes.contains(&format!("{colour:?}"));
            for colour in [palette.mine, palette.border, palette.weak] {
                assert!(is_painted(colour), "{} {colour:?}", name(lang));
            }
            for other in [LIGHT, DARK] {
                assert!(!is_painted(other.mine), "{}", name(lang));
                assert!(!is_painted(other.border), "{}", name(lang));
            }
        }
    }
}

#[test]
fn plain_text_is_amber_and_never_green() {
    for (theme, palette) in [(Theme::Light, LIGHT), (Theme::Dark, DARK)] {
        let mut screen = connected(theme);
        screen.hear("theirs");
        let shapes = format!("{:?}", screen.harness.output().shapes);
        let is_painted = |colour: Color32| shapes.contains(&format!("{colour:?}"));
        assert!(is_painted(palette.waiting), "{theme:?}");
        assert!(!is_painted(palette.good), "{theme:?}");
    }
}
