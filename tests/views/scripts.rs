//! Text of any script: shown in its order, copied in its order, and never the end of the window.

use duologue::{gui::locale::Lang, identity::Trust};
use eframe::egui::{self, Event, Modifiers, PointerButton, Pos2, Rect, Role};
use egui_kittest::kittest::Queryable as _;

use crate::messages::Who;
use crate::screen::{MINA, Screen, began, known};

/// Where the text of a bubble is.
fn label(screen: &Screen, text: &str) -> Rect {
    screen
        .harness
        .get_by_role_and_label(Role::Label, text)
        .rect()
}

/// Drags over text with the mouse, and copies what is selected.
fn copy_between(screen: &mut Screen, from: Pos2, to: Pos2) -> Vec<String> {
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [
        Event::PointerMoved(from),
        button(from, true),
        Event::PointerMoved(to),
    ] {
        screen.harness.event(event);
        screen.run();
    }
    screen.harness.event(button(to, false));
    screen.run();
    copy(screen)
}

fn click(screen: &mut Screen, pos: Pos2) {
    for pressed in [true, false] {
        screen.harness.hover_at(pos);
        screen.harness.event(Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        screen.run();
    }
}

fn copy(screen: &mut Screen) -> Vec<String> {
    screen.copied.clear();
    screen.harness.event(Event::Copy);
    screen.run();
    std::mem::take(&mut screen.copied)
}

#[test]
fn what_is_copied_is_in_the_order_of_the_text() {
    let mut screen = Screen::connected_in_any_script(Lang::En);
    let text = "שלום abc עולם";
    screen.hear(text);
    let rect = label(&screen, text);
    let middle = rect.center().y;
    let at = |part: f32| egui::pos2(egui::lerp(rect.x_range(), part), middle);
    // The last word is at the left.
    let copied = copy_between(&mut screen, at(0.0), at(0.2));
    assert!(
        copied.len() == 1 && text.ends_with(&copied[0]) && copied[0].len() > 2,
        "{copied:?}"
    );
    let copied = copy_between(&mut screen, at(1.0), at(0.8));
    assert!(
        copied.len() == 1 && text.starts_with(&copied[0]) && copied[0].len() > 2,
        "{copied:?}"
    );
    assert_eq!(copy_between(&mut screen, at(0.0), at(1.0)), [text]);
}

#[test]
fn several_bubbles_are_copied_together() {
    let mut screen = Screen::connected_in_any_script(Lang::En);
    for text in ["before", "שלום abc\nעולם", "after"] {
        screen.hear(text);
    }
    let from = label(&screen, "before").left_center();
    let to = label(&screen, "after").right_center();
    let copied = copy_between(&mut screen, from, to);
    assert_eq!(copied.len(), 1);
    let words: Vec<_> = copied[0].lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(words, ["before", "שלום abc", "עולם", "after"]);
}

#[test]
fn right_to_left_text_is_edited_where_the_pointer_is() {
    let lang = Lang::En;
    let mut screen = Screen::connected_in_any_script(lang);
    screen.write(lang, "שלום abc עולם");
    let field = screen.field(lang.message()).rect();
    let middle = field.center().y;
    // The text begins at the right of the field; what is left of its end is its end.
    for (x, character, expected) in [
        (field.right() - 2.0, "<", "<שלום abc עולם"),
        (field.left() + 40.0, ">", "<שלום abc עולם>"),
    ] {
        click(&mut screen, egui::pos2(x, middle));
        screen.harness.event(Event::Text(character.to_owned()));
        screen.run();
        assert_eq!(screen.draft(), expected);
    }
}

#[test]
fn a_name_is_shown_in_its_order() {
    let lang = Lang::En;
    let peers = [known(MINA, "שלום abc", Trust::Accepted)];
    let mut screen = Screen::knowing_in_any_script(lang, &peers);
    screen.report(began(Who::Key(MINA)));
    // A screen reader, which orders it itself, gets it as it is; the eye gets it ordered.
    assert!(screen.has("“\u{2068}שלום abc\u{2069}”"));
    let shown = screen.painted();
    let is_ordered = |text: &String| text == "“\u{2068}abc םולש\u{2069}”";
    assert!(shown.iter().any(is_ordered), "{shown:?}");
}

#[test]
fn a_text_that_cannot_be_laid_out_is_set_aside_and_can_still_be_copied() {
    for lang in Lang::ALL {
        // The harness panics on a character that the bundled fonts lack, as a broken font might.
        let mut screen = Screen::connected(lang);
        screen.may_set_aside = true;
        screen.hear("before");
        screen.hear("漢字");
        screen.hear("after");
        let rows = screen.rows();
        assert!(rows.iter().any(|row| row.ends_with(": 漢字")), "{rows:?}");
        assert!(screen.has(lang.cannot_be_shown()), "in {lang:?}");
        assert!(screen.has("before") && screen.has("after"));

        let sentence = label(&screen, lang.cannot_be_shown()).center();
        screen.harness.hover_at(sentence);
        screen.harness.event(Event::PointerButton {
            pos: sentence,
            button: PointerButton::Secondary,
            pressed: true,
            modifiers: Modifiers::NONE,
        });
        screen.harness.event(Event::PointerButton {
            pos: sentence,
            button: PointerButton::Secondary,
            pressed: false,
            modifiers: Modifiers::NONE,
        });
        screen.run();
        assert!(screen.has(lang.show_bytes()));
        screen.click(lang.copy());
        assert_eq!(screen.copied, ["漢字"]);
    }
}

/// Panics once, when a wide bubble under the pointer is painted, which is after it was laid out.
#[derive(Default)]
struct Fragile {
    has_panicked: bool,
}

impl egui::Plugin for Fragile {
    fn debug_name(&self) -> &'static str {
        "a panic of the tests"
    }

    fn on_widget_under_pointer(&mut self, _: &egui::Context, widget: &egui::WidgetRect) {
        let is_bubble =
            widget.rect.height() < 100.0 && (300.0..500.0).contains(&widget.rect.width());
        if is_bubble && !self.has_panicked {
            self.has_panicked = true;
            panic!("a panic of the tests");
        }
    }
}

#[test]
fn a_row_that_cannot_be_painted_is_set_aside() {
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    screen.may_set_aside = true;
    let text = "a text of some words ".repeat(5);
    screen.hear(&text);
    screen.harness.ctx.add_plugin(Fragile::default());
    screen.harness.hover_at(label(&screen, &text).center());
    screen.run();
    assert!(screen.has(lang.cannot_be_shown()));
    screen.hear("after");
    assert!(screen.has("after"));
}
