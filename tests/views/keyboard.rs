//! Every control can be reached by Tab and used by keyboard.

use duologue::{
    gui::locale::Lang,
    net::{Call, Command, How},
};
use eframe::egui::{Key, Role};
use egui_kittest::kittest::NodeT as _;

use crate::screen::Screen;

/// The names of the focused controls in one round of Tab.
fn tab_round(screen: &mut Screen) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..20 {
        screen.press(Key::Tab);
        let root = screen.harness.root();
        let focused = focused_name(&root);
        names.push(focused);
    }
    names
}

fn focused_name(node: &egui_kittest::Node<'_>) -> String {
    if node.accesskit_node().is_focused() && node.accesskit_node().role() != Role::Window {
        return name(node);
    }
    node.children()
        .map(|child| focused_name(&child))
        .find(|name| !name.is_empty())
        .unwrap_or_default()
}

fn name(node: &egui_kittest::Node<'_>) -> String {
    let node = node.accesskit_node();
    let labels: Vec<_> = node
        .labelled_by()
        .filter_map(|label| label.value().or(label.label()))
        .collect();
    node.label()
        .filter(|label| !label.is_empty())
        .unwrap_or_else(|| labels.join(" "))
}

#[test]
fn tab_reaches_every_control() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        let names = tab_round(&mut screen);
        let wanted = [
            lang.host(),
            lang.recent(),
            lang.port(),
            lang.encryption(),
            lang.listen(),
            lang.connect(),
            lang.menu(),
            lang.people(),
            lang.message(),
        ];
        for name in wanted {
            assert!(
                names.iter().any(|reached| reached == name),
                "{name} is not among {names:?}"
            );
        }
        let mut connected = Screen::connected(lang);
        let names = tab_round(&mut connected);
        for name in [lang.disconnect(), lang.send(), lang.message()] {
            assert!(
                names.iter().any(|reached| reached == name),
                "{name} is not among {names:?}"
            );
        }
    }
}

#[test]
fn buttons_work_by_space_and_enter() {
    for key in [Key::Space, Key::Enter] {
        let lang = Lang::En;
        let mut screen = Screen::new(lang);
        for _ in 0..20 {
            screen.press(Key::Tab);
            if focused_name(&screen.harness.root()) == lang.listen() {
                break;
            }
        }
        screen.press(key);
        assert!(
            matches!(screen.command(), Some(Command::Listen(_))),
            "{key:?}"
        );
    }
}

#[test]
fn enter_in_the_host_field_connects() {
    let lang = Lang::En;
    let mut screen = Screen::new(lang);
    screen.fill(lang.host(), "192.168.0.9:7");
    screen.press(Key::Enter);
    assert_eq!(
        screen.command(),
        Some(Command::Connect(Call {
            to: "192.168.0.9:7".parse().expect("an endpoint"),
            also: Vec::new(),
            how: How::Encrypted,
        }))
    );
}
