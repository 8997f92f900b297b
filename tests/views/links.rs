//! Links in messages: they open by a click only, say where they lead, and are copied by the menu.

use duologue::gui::locale::Lang;
use eframe::egui::{self, Event, Key, Modifiers, PointerButton, Pos2, Rect, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::screen::Screen;

/// The links on the screen: what a screen reader calls them, and where they are.
fn links(screen: &Screen) -> Vec<(String, Rect)> {
    let links = screen.harness.query_all_by_role(Role::Link);
    links
        .map(|link| {
            let name = link.accesskit_node().label().unwrap_or_default();
            (name, link.rect())
        })
        .collect()
}

fn names(screen: &Screen) -> Vec<String> {
    links(screen).into_iter().map(|(name, _)| name).collect()
}

/// Where this link is.
fn place(screen: &Screen, name: &str) -> Pos2 {
    let links = links(screen);
    let link = links.iter().find(|(link, _)| link == name);
    link.unwrap_or_else(|| panic!("{name} in {links:?}"))
        .1
        .center()
}

fn click(screen: &mut Screen, pos: Pos2, button: PointerButton) {
    for pressed in [true, false] {
        screen.harness.hover_at(pos);
        screen.harness.event(Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: Modifiers::NONE,
        });
        screen.run();
    }
}

#[test]
fn a_link_opens_by_a_click_and_never_by_itself() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        screen.hear("보세요: http://a.kr/b에서 (또는 c@d.kr)");
        screen.hear("file:///etc/passwd javascript:alert(1) data:text/html,x ftp://e.kr");
        screen.write(lang, "https://mine.kr.");
        screen.press(Key::Enter);
        assert_eq!(
            names(&screen),
            ["http://a.kr/b", "c@d.kr", "https://mine.kr"]
        );
        assert!(screen.opened().is_empty());
        for (name, url) in [
            ("http://a.kr/b", "http://a.kr/b"),
            ("c@d.kr", "mailto:c@d.kr"),
            ("https://mine.kr", "https://mine.kr/"),
        ] {
            let place = place(&screen, name);
            screen.harness.hover_at(place);
            screen.run();
            assert!(screen.opened().is_empty(), "the pointer is on it");
            click(&mut screen, place, PointerButton::Primary);
            assert_eq!(screen.opened(), [url]);
        }
        // Beside it is text.
        let beside = place(&screen, "http://a.kr/b") - egui::vec2(60.0, 0.0);
        click(&mut screen, beside, PointerButton::Primary);
        assert!(screen.opened().is_empty());
    }
}

#[test]
fn a_screen_reader_opens_a_link_and_hears_its_host() {
    let mut screen = Screen::connected(Lang::En);
    screen.hear("https://xn--80ak6aa92e.com and http://gооgle.com/a");
    let spelled = "http://gооgle.com/a (xn--ggle-55da.com)";
    assert_eq!(
        names(&screen),
        ["https://xn--80ak6aa92e.com (xn--80ak6aa92e.com)", spelled]
    );
    let link = (Role::Link, spelled);
    screen
        .harness
        .get_by_role_and_label(link.0, link.1)
        .click_accesskit();
    screen.run();
    assert_eq!(screen.opened(), ["http://xn--ggle-55da.com/a"]);
}

#[test]
fn the_pointer_on_a_link_shows_where_it_leads() {
    for lang in Lang::ALL {
        for (link, host, warning) in [
            ("http://good.kr@evil.kr/good.kr", "evil.kr", None),
            (
                "http://한국.kr",
                "xn--3e0b707e.kr",
                Some("한국.kr".to_owned()),
            ),
            (
                "http://gооgle.com",
                "xn--ggle-55da.com",
                Some(lang.deceptive_host("gооgle.com")),
            ),
        ] {
            let mut screen = Screen::connected_in_any_script(lang);
            screen.hear(link);
            let (_, rect) = links(&screen).remove(0);
            screen.harness.hover_at(rect.center());
            screen.run();
            screen.wait(1.0);
            screen.wait(1.0);
            assert!(screen.has(host), "{link}");
            if let Some(warning) = warning {
                assert!(screen.has(&warning), "{link}");
            }
        }
    }
}

#[test]
fn the_menu_copies_the_link_that_it_was_opened_on() {
    for lang in Lang::ALL {
        let mut screen = Screen::connected(lang);
        let many: Vec<_> = (0..9).map(|n| format!("http://{n}.kr/x")).collect();
        screen.hear(&many.join("\n"));
        let seventh = place(&screen, "http://6.kr/x");
        click(&mut screen, seventh, PointerButton::Secondary);
        screen.click(lang.copy_link());
        assert_eq!(screen.copied, ["http://6.kr/x"]);
        assert!(screen.opened().is_empty());
        // By keyboard it has the first ones.
        screen.tab_to(lang.log());
        screen.press(Key::ArrowUp);
        screen.press(Key::Enter);
        screen.click(&format!("{}: http://1.kr/x", lang.open_link()));
        assert_eq!(screen.opened(), ["http://1.kr/x"]);
    }
}

#[test]
fn text_is_selected_from_a_link_on() {
    let mut screen = Screen::connected(Lang::En);
    screen.hear("http://a.kr/b is it");
    let (_, rect) = links(&screen).remove(0);
    screen
        .harness
        .drag_at(rect.left_center() + egui::vec2(1.0, 0.0));
    screen.run();
    screen
        .harness
        .hover_at(rect.right_center() + egui::vec2(80.0, 0.0));
    screen.run();
    screen
        .harness
        .drop_at(rect.right_center() + egui::vec2(80.0, 0.0));
    screen.run();
    screen.harness.event(Event::Copy);
    screen.run();
    assert_eq!(screen.copied, ["http://a.kr/b is it"]);
    assert!(screen.opened().is_empty());
}

#[test]
fn a_link_among_right_to_left_words_is_where_it_is_seen() {
    let mut screen = Screen::connected_in_any_script(Lang::En);
    screen.hear("שלום http://a.kr/b עולם");
    assert_eq!(names(&screen), ["http://a.kr/b"]);
    let place = place(&screen, "http://a.kr/b");
    click(&mut screen, place, PointerButton::Primary);
    assert_eq!(screen.opened(), ["http://a.kr/b"]);
}

#[test]
fn a_link_that_is_cut_off_by_folding_is_none() {
    let mut screen = Screen::connected(Lang::En);
    let text = format!(
        "http://a.kr {}https://bank.kr/{}",
        "x ".repeat(985),
        "y".repeat(500)
    );
    screen.hear(&text);
    screen.harness.set_size(egui::vec2(640.0, 1_400.0));
    screen.run();
    assert_eq!(names(&screen), ["http://a.kr"]);
    screen.click(Lang::En.show_all());
    assert!(
        names(&screen)
            .iter()
            .any(|name| name.starts_with("https://bank.kr/"))
    );
}

#[test]
fn only_the_links_in_view_cost_a_frame_anything() {
    let mut screen = Screen::connected(Lang::En);
    let many: Vec<_> = (1_000..6_400).map(|n| format!("http://{n}.kr")).collect();
    // On 5,400 lines, or in one.
    for separator in ["\n", " "] {
        screen.hear(&many.join(separator));
        screen.click(Lang::En.show_all());
        assert!(!names(&screen).is_empty());
        assert!(names(&screen).len() < 400, "{}", names(&screen).len());
        screen.tab_to(Lang::En.log());
        screen.press(Key::End);
        let last = place(&screen, "http://6399.kr");
        click(&mut screen, last, PointerButton::Primary);
        assert_eq!(screen.opened(), ["http://6399.kr/"]);
        screen.click(Lang::En.show_less());
    }
}
