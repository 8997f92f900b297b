//! What only confirms something is told above the composer for a moment, and goes by itself.

use std::path::PathBuf;

use duologue::{gui::locale::Lang, history::Answer};
use eframe::egui::{Role, accesskit::Live};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    idle::frames_in,
    screen::{MINA, Screen, named},
};
use duologue::identity::Trust;

fn file(number: u8) -> PathBuf {
    PathBuf::from(format!("/home/jun/Documents/Mina {number}.md"))
}

/// A window in which a conversation was exported a moment ago.
fn exported(lang: Lang) -> Screen {
    let mut screen = Screen::listing(lang, &[named(MINA, "Mina", Trust::Met)]);
    screen.wait(0.0);
    screen.reply(Answer::Exported(Ok(file(1))));
    screen
}

#[test]
fn a_toast_is_announced_goes_after_five_seconds_and_lets_the_window_rest() {
    for lang in Lang::ALL {
        let mut screen = exported(lang);
        let words = lang.exported(&file(1));
        let label = screen.harness.get_by_label(&words);
        assert_eq!(label.accesskit_node().live(), Live::Polite);
        screen.wait(4.9);
        assert!(screen.has(&words));
        screen.wait(0.2);
        assert!(!screen.has(&words));

        screen.reply(Answer::Exported(Ok(file(2))));
        frames_in(&mut screen, 6.0);
        screen.harness.step();
        assert!(!screen.has(&lang.exported(&file(2))), "it asks for a frame");
        frames_in(&mut screen, 1.0);
        assert_eq!(frames_in(&mut screen, 10.0), 0);
    }
}

#[test]
fn the_folder_of_an_export_can_be_opened() {
    for lang in Lang::ALL {
        let mut screen = exported(lang);
        screen.click(lang.open_folder());
        assert_eq!(screen.opened(), ["/home/jun/Documents"]);
        screen.click(lang.close());
        assert!(!screen.has(&lang.exported(&file(1))));
    }
}

#[test]
fn a_toast_stays_while_the_pointer_or_the_keyboard_is_on_it() {
    let lang = Lang::En;
    let words = lang.exported(&file(1));
    let mut screen = exported(lang);
    let on_it = screen.place(lang.open_folder());
    screen.harness.hover_at(on_it);
    screen.run();
    screen.wait(60.0);
    assert!(screen.has(&words), "the pointer is on it");
    screen.harness.remove_cursor();
    screen.run();
    screen.wait(4.0);
    assert!(screen.has(&words));
    screen.wait(2.0);
    assert!(!screen.has(&words));

    let mut screen = exported(lang);
    let button = screen
        .harness
        .get_by_role_and_label(Role::Button, lang.open_folder());
    button.focus();
    screen.run();
    screen.wait(60.0);
    assert!(screen.has(&words), "the keyboard is on it");
}

#[test]
fn our_new_name_and_a_copy_are_confirmed() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.click(&lang.done_to(lang.change(), lang.your_name()));
        screen.fill(lang.your_name(), "Jun");
        screen.click(lang.save());
        assert!(screen.has(lang.name_changed()));
        screen.wait(6.0);
        assert!(!screen.has(lang.name_changed()));
    }
}
