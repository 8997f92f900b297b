//! Every view fits: in both languages, at three widths and two zooms nothing is cut off or in the way of something else,
//! and every control has a name.

use duologue::{
    gui::locale::Lang,
    history::Answer,
    identity::{Contact, PublicKey, Trust},
    net::ConnectError,
};
use eframe::egui::{Key, Modifiers, Rect, Role, vec2};
use egui_kittest::{
    Node,
    kittest::{NodeT as _, Queryable as _},
};

use crate::{
    files,
    messages::{self, Who},
    screen::{Begin, MINA, PEER, PLAIN, Screen, began, listening, named},
    trust::{called, failed},
};

const JUN: PublicKey = PublicKey::from_bytes([2; 32]);
/// High enough for every view, so that nothing is scrolled out of sight.
const HEIGHT: f32 = 4_800.0;
/// Rounding, in points.
const ROUNDING: f32 = 1.5;
const LONG: &str =
    "A message that is long enough to be wrapped in every window, 한국어로도 충분히 길게 씁니다.";

fn everybody() -> [Contact; 2] {
    [
        named(MINA, "Mina", Trust::Accepted),
        named(
            JUN,
            "A name that is just as long as it may be",
            Trust::Verified,
        ),
    ]
}

/// In conversation with Mina.
fn talking(lang: Lang) -> Screen {
    let mut screen = Screen::listing(lang, &everybody());
    screen.reply(Answer::Conversations(Vec::new()));
    screen.report(began(Who::Key(MINA)));
    screen.hear_encrypted("one");
    screen.hear_encrypted(LONG);
    screen
}

fn called_in_vain(lang: Lang, error: ConnectError) -> Screen {
    let mut screen = Screen::knowing(lang, &everybody());
    let call = called(&mut screen, lang);
    screen.report(failed(&call, error));
    screen
}

fn asked(lang: Lang, who: Who) -> Screen {
    let mut screen = Screen::knowing(lang, &everybody());
    screen.report(listening());
    screen.report(messages::asked_event(1, PEER.ip(), who));
    screen.wait(1.0);
    screen
}

fn with_menu_of(lang: Lang, message: &str, words: &str) -> Screen {
    let mut screen = talking(lang);
    screen.harness.get_by_label(message).click_secondary();
    screen.run();
    if !words.is_empty() {
        screen.click(words);
    }
    screen
}

fn with_keys(lang: Lang, modifiers: Modifiers, key: Key) -> Screen {
    let mut screen = talking(lang);
    screen.harness.key_press_modifiers(modifiers, key);
    screen.run();
    screen
}

fn with_details(lang: Lang, words: &str) -> Screen {
    let mut screen = Screen::knowing(lang, &everybody());
    screen.show_details(lang, "Mina");
    if !words.is_empty() {
        screen.click(&lang.done_to(words, "Mina"));
    }
    screen
}

/// A window in this language that shows the view.
type View = fn(Lang) -> Screen;

const VIEWS: [(&str, View); 33] = [
    ("the first start", |lang| {
        let begin = Begin {
            is_new: true,
            ..Begin::default()
        };
        Screen::begun(lang, begin)
    }),
    ("start", Screen::new),
    ("waiting", |lang| {
        let mut screen = Screen::new(lang);
        screen.report(listening());
        screen
    }),
    ("request", |lang| {
        asked(lang, Who::Key(PublicKey::from_bytes([3; 32])))
    }),
    ("request in plain text", |lang| asked(lang, PLAIN)),
    ("other key", |lang| {
        called_in_vain(
            lang,
            ConnectError::OtherKey {
                expected: MINA,
                seen: PublicKey::from_bytes([9; 32]),
                invited: false,
            },
        )
    }),
    ("answers in plain text", |lang| {
        called_in_vain(lang, ConnectError::AnswersPlain)
    }),
    ("nobody answers", |lang| {
        called_in_vain(lang, ConnectError::TimedOut)
    }),
    ("conversation", talking),
    ("plain text", |lang| {
        let mut screen = Screen::connected(lang);
        screen.hear(LONG);
        screen
    }),
    ("menu of a message", |lang| with_menu_of(lang, "one", "")),
    ("selected messages", |lang| {
        with_menu_of(lang, "one", lang.pick())
    }),
    ("forward", |lang| {
        with_menu_of(lang, "one", lang.forward_further())
    }),
    ("bytes", |lang| with_menu_of(lang, "one", lang.show_bytes())),
    ("markup", |lang| {
        let mut screen = talking(lang);
        screen.hear_encrypted("**굵게** `code that is longer than a narrow window is wide`");
        screen.hear_encrypted("```\nlet a = 1;\n```");
        screen
    }),
    ("emoji", |lang| {
        let mut screen = talking(lang);
        screen.click(lang.emoji());
        screen
    }),
    ("search", |lang| with_keys(lang, Modifiers::COMMAND, Key::F)),
    ("date", |lang| with_keys(lang, Modifiers::COMMAND, Key::G)),
    ("settings", |lang| {
        with_keys(lang, Modifiers::COMMAND, Key::Comma)
    }),
    ("shortcuts", |lang| {
        with_keys(lang, Modifiers::NONE, Key::F1)
    }),
    ("list", |lang| with_keys(lang, Modifiers::COMMAND, Key::K)),
    ("about", |lang| {
        let mut screen = talking(lang);
        screen.click(lang.menu());
        screen.click(lang.about());
        screen
    }),
    ("details", |lang| with_details(lang, "")),
    ("rename", |lang| with_details(lang, lang.rename())),
    ("block", |lang| with_details(lang, lang.block())),
    ("delete", |lang| with_details(lang, lang.forget())),
    ("verify", |lang| {
        let mut screen = talking(lang);
        screen.click(lang.verify());
        screen
    }),
    ("offered file", |lang| {
        files::connected(lang, files::offered())
    }),
    ("file on its way", files::moving),
    ("file that arrived", |lang| {
        files::connected(lang, files::arrived())
    }),
    ("file that failed", |lang| {
        files::connected(lang, files::failed())
    }),
    ("warning before a program", |lang| {
        let mut screen = files::connected(lang, files::arrived());
        screen.click(&files::button(lang.open(), files::LONG));
        screen
    }),
    ("kinds of files to send", |lang| {
        let mut screen = files::connected(lang, files::offered());
        screen.click(lang.attach());
        screen
    }),
];

/// What can be seen: controls, and texts that say something.
fn visible<'a>(screen: &'a Screen) -> Vec<(Role, String, Rect)> {
    let root = screen.harness.root();
    // A dialog or a menu covers everything else.
    let covers = [Role::Dialog, Role::Menu];
    let over = root
        .children_recursive()
        .filter(|node| covers.contains(&node.accesskit_node().role()));
    let dialogs: Vec<Node<'a>> = over.collect();
    let nodes: Vec<_> = match dialogs.last() {
        Some(dialog) => dialog.children_recursive().collect(),
        None => root.children_recursive().collect(),
    };
    let seen = nodes.into_iter().filter_map(|node| {
        let role = node.accesskit_node().role();
        let name = node.accesskit_node().label();
        let name = name
            .or_else(|| node.accesskit_node().value())
            .unwrap_or_default();
        // The dump of bytes scrolls sideways.
        let is_dump = name.starts_with("00000000 ");
        let is_text = matches!(role, Role::Label | Role::Heading) && !name.is_empty();
        let is_seen = is_control(role) || is_text && !is_dump;
        // Parts of a text have no place of their own.
        let has_place = node.accesskit_node().bounding_box().is_some();
        (is_seen && has_place).then(|| (role, name, node.rect()))
    });
    // The newest message is announced by a label that nobody sees.
    seen.filter(|(_, _, rect)| rect.width() > 0.0 && rect.height() > 0.0)
        .collect()
}

fn is_control(role: Role) -> bool {
    matches!(
        role,
        Role::Button
            | Role::CheckBox
            | Role::ComboBox
            | Role::Link
            | Role::ListItem
            | Role::MultilineTextInput
            | Role::RadioButton
            | Role::TextInput
    )
}

/// What is wrong with what can be seen.
fn faults(screen: &Screen) -> Vec<String> {
    let window = screen.harness.ctx.content_rect().expand(ROUNDING);
    let seen = visible(screen);
    let mut faults = Vec::new();
    if !seen.iter().any(|(role, ..)| is_control(*role)) {
        faults.push("nothing is there".to_owned());
    }
    for (index, (role, name, rect)) in seen.iter().enumerate() {
        if name.is_empty() {
            faults.push(format!("a {role:?} at {rect:?} has no name"));
        }
        if !window.contains_rect(*rect) {
            faults.push(format!("{name:?} is cut off: {rect:?}"));
        }
        for (_, other, taken) in seen.iter().skip(index + 1) {
            let is_within = rect.expand(ROUNDING).contains_rect(*taken)
                || taken.expand(ROUNDING).contains_rect(*rect);
            if rect.shrink(ROUNDING).intersects(taken.shrink(ROUNDING)) && !is_within {
                faults.push(format!(
                    "{name:?} {rect:?} is in the way of {other:?} {taken:?}"
                ));
            }
        }
    }
    faults
}

#[test]
fn every_view_fits_in_both_languages_at_three_widths_and_two_zooms() {
    let mut all = Vec::new();
    for lang in Lang::ALL {
        for (name, view) in VIEWS {
            for width in [320.0, 640.0, 1200.0] {
                let mut screen = view(lang);
                for zoom in [1.0, 2.0] {
                    // The smallest window is smaller only in points.
                    if width / zoom < 320.0 {
                        continue;
                    }
                    screen.harness.ctx.set_zoom_factor(zoom);
                    screen.harness.set_size(vec2(width / zoom, HEIGHT));
                    screen.run();
                    let of_view = faults(&screen).into_iter();
                    let what = format!("{name}, {lang:?}, {width} points, zoom {zoom}");
                    all.extend(of_view.map(|fault| format!("{what}: {fault}")));
                }
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
