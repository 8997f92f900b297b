//! Markup in messages, and the words that a search has found in them.

use duologue::{
    gui::{
        locale::Lang,
        theme::{LIGHT, strong_family},
    },
    history::{Answer, Found, Hit},
    identity::PeerId,
    settings::{Markup, Settings},
};
use eframe::egui::{
    self, Event, FontFamily, Key, Modifiers, PointerButton, Pos2, Role, Shape,
    epaint::text::TextFormat, vec2,
};
use egui_kittest::kittest::Queryable as _;

use crate::{
    messages,
    screen::{MINA, PLAIN, Screen, began},
};

/// The parts of the message with this text as it is painted, and where it is.
fn painted(screen: &Screen, text: &str) -> (Vec<(String, TextFormat)>, Pos2) {
    let shapes = screen.harness.output().shapes.iter();
    let mut texts = shapes.filter_map(|shape| match &shape.shape {
        Shape::Text(shape) if shape.galley.text() == text => Some(shape),
        _ => None,
    });
    let shape = texts
        .next()
        .unwrap_or_else(|| panic!("{text:?} is not painted"));
    let sections = shape.galley.job.sections.iter().map(|section| {
        let range = section.byte_range.start.0..section.byte_range.end.0;
        (text[range].to_owned(), section.format.clone())
    });
    (sections.collect(), shape.pos)
}

/// Just inside the first such letter of the message with this text.
fn place_of(screen: &Screen, text: &str, letter: char) -> Pos2 {
    let shapes = screen.harness.output().shapes.iter();
    let mut texts = shapes.filter_map(|shape| match &shape.shape {
        Shape::Text(shape) if shape.galley.text() == text => Some(shape),
        _ => None,
    });
    let shape = texts.next().expect("painted");
    let row = &shape.galley.rows[0];
    let glyph = row.glyphs.iter().find(|glyph| glyph.chr == letter);
    shape.pos + vec2(glyph.expect("a letter").pos.x + 1.0, row.size.y / 2.0)
}

/// The parts of a message, each with letters for how it looks.
fn looks(screen: &Screen, text: &str) -> Vec<(String, String)> {
    let (parts, _) = painted(screen, text);
    let parts = parts.into_iter().map(|(part, format)| {
        let mut look = String::new();
        for (is_so, letter) in [
            (format.font_id.family == strong_family(), 'b'),
            (format.italics, 'i'),
            (format.font_id.family == FontFamily::Monospace, 'c'),
            (format.font_id.size < 1.0, '-'),
            (format.color == LIGHT.link, 'l'),
            (format.background == LIGHT.found, 'f'),
        ] {
            if is_so {
                look.push(letter);
            }
        }
        (part, look)
    });
    parts.collect()
}

fn named(parts: &[(&str, &str)]) -> Vec<(String, String)> {
    let parts = parts.iter();
    parts
        .map(|(part, look)| ((*part).to_owned(), (*look).to_owned()))
        .collect()
}

/// A window in the light theme, with a conversation in plain text. The harness begins with the dark one.
fn connected(lang: Lang) -> Screen {
    let mut screen = Screen::connected(lang);
    screen.harness.ctx.set_theme(egui::Theme::Light);
    screen.run();
    screen
}

#[test]
fn marks_are_not_seen_and_what_is_between_them_looks_different() {
    for lang in Lang::ALL {
        let mut screen = connected(lang);
        let text = "**굵게** *it* `a **b**` http://a.kr";
        screen.hear(text);
        let wanted = [
            ("**", "-"),
            ("굵게", "b"),
            ("**", "-"),
            (" ", ""),
            ("*", "-"),
            ("it", "i"),
            ("*", "-"),
            (" ", ""),
            ("`", "-"),
            ("a **b**", "c"),
            ("`", "-"),
            (" ", ""),
            ("http://a.kr", "l"),
        ];
        assert_eq!(looks(&screen, text), named(&wanted));
        // A screen reader reads what was written, and so does the person who copies it.
        assert!(
            screen
                .harness
                .query_by_role_and_label(Role::Label, text)
                .is_some()
        );
        let (parts, _) = painted(&screen, text);
        assert!(
            parts
                .iter()
                .filter(|(part, _)| part == "**")
                .all(|(_, format)| { format.color == egui::Color32::TRANSPARENT })
        );
        screen.tab_to(lang.log());
        screen.press(Key::ArrowUp);
        screen.harness.event(Event::Copy);
        screen.run();
        assert_eq!(screen.copied, [text]);
    }
}

#[test]
fn hidden_marks_take_no_room() {
    let mut screen = connected(Lang::En);
    screen.hear("**bold**");
    screen.hear("````\nx\n````");
    let place = screen
        .harness
        .get_by_role_and_label(Role::Label, "**bold**");
    let rect = place.rect();
    let code = screen
        .harness
        .get_by_role_and_label(Role::Label, "````\nx\n````");
    // One line of code, and less than another one for its fences.
    assert!(code.rect().height() < 36.0, "{:?}", code.rect());
    let width = |text: &str| {
        let mut screen = connected(Lang::En);
        screen.hear(text);
        screen
            .harness
            .get_by_role_and_label(Role::Label, text)
            .rect()
            .width()
    };
    assert!(rect.width() < width("bold") * 1.15 && width("**bold") > width("bold") + 8.0);
}

/// Where something is on the screen.
type Place<'a> = &'a dyn Fn(&Screen) -> Pos2;

/// Selects from one place to another with the pointer, and copies that.
fn copy(screen: &mut Screen, from: Pos2, to: Pos2) -> String {
    let button = |pos: Pos2, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let events = [
        Event::PointerMoved(from),
        button(from, true),
        Event::PointerMoved(to),
        button(to, false),
    ];
    for event in events {
        screen.harness.event(event);
        screen.run();
    }
    screen.harness.event(Event::Copy);
    screen.run();
    screen.copied.pop().unwrap_or_default()
}

#[test]
fn marks_are_copied_in_pairs() {
    let text = "see **bold** and `code`";
    let whole = |screen: &Screen| {
        screen
            .harness
            .get_by_role_and_label(Role::Label, text)
            .rect()
    };
    let before = |screen: &Screen| whole(screen).left_center();
    let after = |screen: &Screen| whole(screen).right_center() - vec2(1.0, 0.0);
    let bold = |screen: &Screen| place_of(screen, text, 'b');
    let code = |screen: &Screen| place_of(screen, text, 'c');
    let letter = |screen: &Screen| place_of(screen, text, 'o');
    let bold_end = |screen: &Screen| place_of(screen, text, 'd') + vec2(7.0, 0.0);
    let cases: [(Place<'_>, Place<'_>, &str); 6] = [
        (&before, &after, text),
        // The pointer can't tell a letter from the mark before it.
        (&bold, &after, "**bold** and `code`"),
        (&before, &code, "see **bold** and "),
        (&bold, &code, "**bold** and "),
        (&letter, &after, "old and `code`"),
        (&bold, &bold_end, "bold"),
    ];
    for (from, to, copied) in cases {
        let mut screen = connected(Lang::En);
        screen.hear(text);
        let (from, to) = (from(&screen), to(&screen));
        assert_eq!(copy(&mut screen, from, to), copied);
    }
    let rtl = "שלום **עולם** `קוד`";
    let mut screen = Screen::connected_in_any_script(Lang::En);
    screen.hear(rtl);
    let place = screen
        .harness
        .get_by_role_and_label(Role::Label, rtl)
        .rect();
    let (from, to) = (place.right_center(), place.left_center());
    let inside = vec2(1.0, 0.0);
    assert_eq!(copy(&mut screen, from - inside, to + inside), rtl);
}

#[test]
fn a_link_in_bold_text_or_code_opens_by_a_click() {
    let mut screen = connected(Lang::En);
    screen.hear("**see http://a.kr/b** and `http://c.kr`");
    for (name, url) in [
        ("http://a.kr/b", "http://a.kr/b"),
        ("http://c.kr", "http://c.kr/"),
    ] {
        let link = screen
            .harness
            .get_by_role_and_label(Role::Link, name)
            .rect();
        let name_width = link.width();
        assert!(name_width > 40.0, "{name_width}");
        screen.harness.hover_at(link.center());
        screen.run();
        screen.harness.drag_at(link.center());
        screen.harness.drop_at(link.center());
        screen.run();
        assert_eq!(screen.opened(), [url]);
    }
}

#[test]
fn code_has_a_ground_of_its_own_in_both_bubbles() {
    let mut screen = connected(Lang::En);
    screen.hear("a `b` c");
    screen.write(Lang::En, "```\nx\n\ny\n```");
    screen.press(Key::Enter);
    let ground = |colour| {
        let shapes = screen.harness.output().shapes.iter();
        let flat = shapes.flat_map(|shape| match &shape.shape {
            Shape::Vec(shapes) => shapes.clone(),
            shape => vec![shape.clone()],
        });
        let grounds = flat.filter_map(|shape| match shape {
            Shape::Rect(rect) if rect.fill == colour => Some(rect.rect),
            _ => None,
        });
        grounds.collect::<Vec<_>>()
    };
    let [theirs, mine] = [LIGHT.code_in_theirs, LIGHT.code_in_mine].map(ground);
    assert_eq!(
        (theirs.len(), mine.len()),
        (1, 1),
        "one for all lines of a block"
    );
    assert!(theirs[0].width() < 20.0, "{theirs:?}");
    assert!(mine[0].height() > 60.0, "{mine:?}");
}

#[test]
fn without_the_setting_everything_is_as_it_was_typed() {
    for lang in Lang::ALL {
        let mut screen = connected(lang);
        let text = "**a** `b`";
        screen.hear(text);
        assert_eq!(looks(&screen, text).len(), 7);
        screen.check(lang, lang.show_markup());
        assert_eq!(looks(&screen, text), named(&[(text, "")]));
        let mut off = Screen::with(
            lang,
            Settings {
                markup: Markup::AsTyped,
                theme: duologue::settings::Theme::Light,
                ..Settings::default()
            },
            None,
        );
        off.report(began(PLAIN));
        off.hear(text);
        assert_eq!(looks(&off, text), named(&[(text, "")]));
    }
}

#[test]
fn a_long_message_has_its_markup_folded_and_unfolded() {
    let mut screen = connected(Lang::En);
    let text = format!("```\n{}```\n**end**", "line\n".repeat(40));
    screen.hear(&text);
    screen.harness.set_size(vec2(640.0, 1_600.0));
    screen.run();
    let folded = format!("```{}…", "\nline".repeat(19));
    let looks_folded = looks(&screen, &folded);
    assert_eq!(looks_folded[0], ("```".to_owned(), "-".to_owned()));
    assert!(
        looks_folded
            .iter()
            .any(|(part, look)| look == "c" && part.starts_with("line\n"))
    );
    screen.click(Lang::En.show_all());
    let shapes = screen.harness.output().shapes.iter();
    let is_code = shapes.filter_map(|shape| match &shape.shape {
        Shape::Text(shape) => Some(shape),
        _ => None,
    });
    // The rows of a long text have no formats of their own any more: the width of a letter tells.
    let mut rows = is_code.flat_map(|shape| shape.galley.rows.clone());
    let row = rows
        .find(|row| row.text().trim_end() == "line")
        .expect("a line");
    let widths: Vec<_> = row.glyphs.iter().map(|glyph| glyph.advance_width).collect();
    assert!(
        widths.windows(2).all(|two| (two[0] - two[1]).abs() < 0.1),
        "{widths:?}"
    );
}

/// A window that shows these messages of Mina, and has searched them.
fn searched(lang: Lang, texts: &[&str], words: &str) -> Screen {
    let kept = (1..).zip(texts);
    let kept: Vec<_> = kept
        .map(|(row, text)| messages::theirs(row, (0, 0), text))
        .collect();
    let mut screen = Screen::keeping(lang, kept.clone(), texts.len() as u64);
    screen.harness.ctx.set_theme(egui::Theme::Light);
    screen.answer();
    screen.open_row(lang, "Mina");
    screen.answer();
    screen
        .harness
        .key_press_modifiers(egui::Modifiers::COMMAND, Key::F);
    screen.run();
    screen.harness.event(Event::Text(words.to_owned()));
    screen.run();
    let hits = kept.into_iter().take(1).map(|message| Hit {
        peer_id: PeerId::Key(MINA),
        message,
        ranges: Vec::new(),
    });
    screen.reply(Answer::Found(Found {
        peer_id: Some(PeerId::Key(MINA)),
        words: words.to_owned(),
        hits: hits.collect(),
        more: false,
        behind: 0,
        left_out: 0,
    }));
    screen
}

#[test]
fn found_words_are_marked_in_the_bubbles_whatever_their_case_and_width() {
    for lang in Lang::ALL {
        let texts = [
            "Tea and ＴＥＡ, **tea** http://tea.kr",
            "coffee",
            "a tea",
            "한글 tea",
        ];
        let mut screen = searched(lang, &texts, "tea A");
        let marked = |screen: &Screen, text: &str| {
            let parts = looks(screen, text).into_iter();
            let marked = parts.filter(|(_, look)| look.contains('f'));
            marked.map(|(part, _)| part).collect::<Vec<_>>()
        };
        assert_eq!(
            marked(&screen, texts[0]),
            ["Tea", "a", "ＴＥＡ", "tea", "tea"]
        );
        assert_eq!(marked(&screen, texts[1]), [""; 0]);
        assert_eq!(marked(&screen, texts[2]), ["a", "tea"]);
        let (parts, _) = painted(&screen, texts[0]);
        assert!(
            parts
                .iter()
                .any(|(part, format)| part == "Tea" && format.color == LIGHT.text)
        );
        // The bar is closed.
        screen.press(Key::Escape);
        assert_eq!(marked(&screen, texts[0]), [""; 0]);
    }
}
