//! What gets into a field, and what a screen reader is told.

use duologue::{gui::locale::Lang, identity::Name, settings::Settings};
use eframe::egui::{self, Event, ImeEvent, Key, Modifiers};

use egui_kittest::kittest::NodeT as _;

use crate::{screen::Screen, transcript::focus_log};

/// Text with every line break and some control characters in it.
const DIRTY: &str = "a\0b\u{1b}c\u{7f}d\u{9b}e\rf\r\ng\u{b}h\u{c}i\u{85}j\u{2028}k\u{2029}l\tm";
const SEVERAL_LINES: &str = "abcde\nf\ng\nh\ni\nj\nk\nl\tm";
const ONE_LINE: &str = "abcde f g h i j k l\tm";

/// The ways into a field, other than a key.
fn ways(text: &str) -> [Event; 3] {
    [
        Event::Paste(text.to_owned()),
        Event::Text(text.to_owned()),
        Event::Ime(ImeEvent::Commit(text.to_owned())),
    ]
}

/// Puts the text into the focused field in every way, each time instead of what is there.
fn check(screen: &mut Screen, name: &'static str, expected: &str) {
    for way in ways(DIRTY) {
        let what = format!("{name}: {way:?}");
        let select = |screen: &mut Screen| {
            let harness = &screen.harness;
            harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
            screen.run();
        };
        select(screen);
        screen.harness.event(way);
        screen.run();
        assert_eq!(screen.value(name), expected, "{what}");
        // The caret is at the end.
        screen.harness.event(Event::Text("!".to_owned()));
        screen.run();
        assert_eq!(screen.value(name), format!("{expected}!"), "{what}");
    }
}

#[test]
fn no_control_character_gets_into_the_composer() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.write(lang, "");
        check(&mut screen, lang.message(), SEVERAL_LINES);
        assert_eq!(screen.draft(), format!("{SEVERAL_LINES}!"));
    }
}

#[test]
fn no_control_character_gets_into_the_fields_of_one_line() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    for name in [lang.host(), lang.port()] {
        screen.field(name).focus();
        screen.run();
        check(&mut screen, name, ONE_LINE);
    }
    screen.click(&lang.done_to(lang.change(), lang.your_name()));
    check(&mut screen, lang.your_name(), ONE_LINE);

    let mut screen = Screen::listing(lang, &[]);
    screen
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::F);
    screen.run();
    check(&mut screen, lang.search(), ONE_LINE);
}

#[test]
fn what_is_pasted_or_typed_first_replaces_an_address_or_a_name() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        assert_eq!(screen.focused(), lang.host(), "at the start");
        screen.harness.event(Event::Paste("10.0.0.9".to_owned()));
        screen.run();
        assert_eq!(screen.value(lang.host()), "10.0.0.9");
        screen.click(&lang.done_to(lang.change(), lang.your_name()));
        assert_ne!(screen.value(lang.your_name()), "");
        screen.harness.event(Event::Text("Mina".to_owned()));
        screen.run();
        assert_eq!(screen.value(lang.your_name()), "Mina");
        screen.harness.event(Event::Text("h".to_owned()));
        screen.run();
        assert_eq!(screen.value(lang.your_name()), "Minah", "only the first");
    }
}

#[test]
fn a_screen_reader_cannot_put_a_control_character_into_a_field() {
    use egui::accesskit::{Action, ActionData, ActionRequest, TreeId};
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    for (name, expected) in [(lang.message(), SEVERAL_LINES), (lang.host(), ONE_LINE)] {
        for action in [Action::ReplaceSelectedText, Action::SetValue] {
            screen.fill(name, "");
            let (target_node, target_tree) = screen.field(name).accesskit_node().locate();
            assert_eq!(target_tree, TreeId::ROOT);
            screen
                .harness
                .event(Event::AccessKitActionRequest(ActionRequest {
                    action,
                    target_tree,
                    target_node,
                    data: Some(ActionData::Value(DIRTY.into())),
                }));
            screen.run();
            assert_eq!(screen.value(name), expected, "{name} {action:?}");
        }
    }
}

#[test]
fn no_control_character_of_the_settings_is_in_a_field() {
    let lang = Lang::En;
    let settings = Settings {
        host: "exa\0mple\r\n".to_owned(),
        port: "50\u{1b}000".to_owned(),
        name: Name::new("Mi\0na"),
        ..Settings::default()
    };
    let screen = Screen::with(lang, settings, None);
    assert_eq!(screen.value(lang.host()), "example ");
    assert_eq!(screen.value(lang.port()), "50000");
}

#[test]
fn a_message_with_nul_is_copied_as_it_is_and_pasted_without() {
    let lang = Lang::En;
    let mut screen = Screen::connected(lang);
    screen.hear("hel\0lo");
    focus_log(&mut screen);
    screen.press(Key::End);
    screen.harness.event(Event::Copy);
    screen.run();
    let copied = screen.copied.pop().expect("a copied text");
    assert_eq!(copied, "hel\0lo");
    screen.write(lang, "");
    screen.harness.event(Event::Paste(copied));
    screen.run();
    assert_eq!(screen.value(lang.message()), "hello");
}
