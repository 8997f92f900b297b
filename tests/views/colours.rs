//! Colours as they are painted: everything can be read.

use duologue::{
    gui::locale::Lang,
    settings::{Settings, Theme},
};
use eframe::egui::{self, Color32, Shape, epaint::text::PlacedRow};
use egui_kittest::kittest::Queryable as _;

use crate::screen::{Begin, PLAIN, Screen, began};

/// The minimum contrast of text with what is behind it (WCAG 2.2, 1.4.3).
const TEXT: f32 = 4.5;

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
    let settings = Settings {
        theme,
        ..Settings::default()
    };
    let begin = Begin {
        settings,
        ..Begin::default()
    };
    let mut screen = Screen::begun(Lang::En, begin);
    screen.report(began(PLAIN));
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
