//! A day is chosen in a month, and the conversation scrolls to it.

use duologue::{
    gui::locale::Lang,
    history::{Answer, Query},
    identity::{PeerId, Trust},
    store::Row,
};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use jiff::civil::date;

use crate::{
    messages::{Who, millis},
    screen::{MINA, Screen, began, named},
};

fn talking(lang: Lang) -> Screen {
    let mut screen = Screen::listing(lang, &[named(MINA, "Mina", Trust::Accepted)]);
    screen.reply(Answer::Conversations(Vec::new()));
    screen.report(began(Who::Key(MINA)));
    screen.answer();
    // On 1 January 1970.
    screen.hear_encrypted("hello");
    screen
}

#[test]
fn a_click_on_the_day_of_messages_leads_to_another_day() {
    for lang in Lang::ALL {
        let mut screen = talking(lang);
        let days = screen
            .harness
            .query_all_by_role_and_label(Role::Button, lang.go_to_date());
        days.last().expect("a day").click();
        screen.run();
        let today = jiff::Timestamp::now();
        let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
        assert!(screen.has(&lang.month(date(1970, 1, 1))), "{lang:?}");
        assert_eq!(screen.focused(), lang.day(date(1970, 1, 1), today));
        screen.click(lang.month_before());
        assert!(screen.has(&lang.month(date(1969, 12, 1))));
        screen.click(lang.month_after());
        screen.questions();
        screen.click(&lang.day(date(1970, 1, 3), today));
        let peer_id = PeerId::Key(MINA);
        let at = millis(2 * 86_400_000);
        let asked = Query::FirstSince {
            peer_id: peer_id.clone(),
            at,
        };
        assert_eq!(screen.questions(), [asked]);
        screen.reply(Answer::FirstSince(peer_id.clone(), Some(Row::new(1))));
        screen.run();
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn the_keys_open_this_month_and_nothing_later_can_be_chosen() {
    let lang = Lang::En;
    let mut screen = talking(lang);
    screen
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::G);
    screen.run();
    let today = jiff::Timestamp::now();
    let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
    assert!(screen.has(&lang.month(today)));
    assert!(!screen.button_is_enabled(lang.month_after()));
    screen.press(Key::Escape);
    assert!(!screen.has(&lang.month(today)));
    let mut screen = Screen::new(lang);
    screen
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::G);
    screen.run();
    assert!(!screen.has(lang.month_before()), "there is no conversation");
}
