//! The History dialog: keep on or off, disk usage, export and erase.

use std::{io::ErrorKind, path::PathBuf};

use duologue::{
    gui::locale::Lang,
    history::{Answer, ExportError, ExportFormat, Query},
    identity::{PeerId, Trust},
    net::{Command, Event, Preferences},
};
use eframe::egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::screen::{MINA, Screen, named};

const MINAS: PeerId = PeerId::Key(MINA);

/// A window that shows the conversation with Mina, with the dialog open.
fn opened(lang: Lang) -> Screen {
    let mut screen = Screen::listing(lang, &[named(MINA, "Mina", Trust::Accepted)]);
    screen.open_row(lang, "Mina");
    open(&mut screen, lang);
    // Other commands are tested elsewhere.
    while screen.command().is_some() {}
    screen
}

fn open(screen: &mut Screen, lang: Lang) {
    if let Some(reader) = &screen.reader {
        while reader.requests.try_recv().is_ok() {}
    }
    screen.open_settings(lang);
}

fn tick(screen: &mut Screen, lang: Lang) {
    screen.click_in_view(Role::CheckBox, lang.keep_history());
}

fn keeping(keep_history: bool) -> Command {
    Command::SetPreferences(Preferences {
        keep_history,
        ..Preferences::default()
    })
}

#[test]
fn turning_history_off_asks_what_becomes_of_earlier_messages() {
    const KEPT: u64 = 1_204;
    for lang in Lang::ALL {
        for erases in [false, true] {
            let mut screen = opened(lang);
            screen.questions();
            assert!(screen.has(lang.keep_history_hint()));
            assert!(screen.has(lang.not_encrypted_on_disk()));
            tick(&mut screen, lang);
            assert_eq!(screen.questions(), [Query::Kept]);
            assert!(!screen.button_is_enabled(&lang.also_kept_so_far(None)));
            screen.reply(Answer::Kept(KEPT));
            assert!(screen.has(&lang.stop_keeping_question(Some(KEPT))));
            assert!(screen.has_text("1,204"));
            assert_eq!(screen.focused(), lang.cancel());
            screen.press(Key::Enter);
            assert_eq!(screen.command(), None, "an Enter too many changes nothing");
            assert!(screen.has(lang.keep_history_hint()));
            tick(&mut screen, lang);
            screen.reply(Answer::Kept(KEPT));
            // The dialog is centred again one frame later.
            screen.run();
            let answer = if erases {
                lang.also_kept_so_far(Some(KEPT))
            } else {
                lang.from_now_on().to_owned()
            };
            screen.click_in_view(Role::Button, &answer);
            screen.expect(keeping(false));
            let erased = screen.command();
            assert_eq!(erased, erases.then_some(Command::Clear(None)));
            tick(&mut screen, lang);
            screen.expect(keeping(true));
        }
    }
}

#[test]
fn turning_history_off_asks_nothing_if_there_are_no_messages() {
    for lang in Lang::ALL {
        let mut screen = opened(lang);
        tick(&mut screen, lang);
        screen.reply(Answer::Kept(0));
        screen.expect(keeping(false));
        assert!(screen.has(lang.keep_history_hint()));
    }
}

#[test]
fn the_question_about_earlier_messages_fits_the_smallest_window() {
    for lang in Lang::ALL {
        let mut screen = opened(lang);
        screen.harness.set_size(eframe::egui::vec2(380.0, 320.0));
        screen.run();
        tick(&mut screen, lang);
        screen.reply(Answer::Kept(1_204_000));
        screen.press_by_keyboard(&lang.also_kept_so_far(Some(1_204_000)));
        screen.expect(keeping(false));
        screen.expect(Command::Clear(None));
    }
}

#[test]
fn the_dialog_shows_disk_usage() {
    for lang in Lang::ALL {
        let mut screen = opened(lang);
        assert_eq!(screen.questions(), [Query::Size]);
        assert!(screen.has(&lang.on_disk(None)));
        screen.reply(Answer::Size(12_345_678));
        assert!(screen.has(&lang.on_disk(Some(12_345_678))));
        assert!(screen.has_text("12.3 MB"));
    }
}

#[test]
fn a_conversation_is_exported_and_its_folder_can_be_opened() {
    for lang in Lang::ALL {
        for format in [
            ExportFormat::Markdown,
            ExportFormat::Json,
            ExportFormat::Text,
        ] {
            let mut screen = opened(lang);
            assert!(screen.has_text("Downloads"));
            screen.questions();
            screen.click_in_view(Role::Button, &lang.export_as(format));
            let asked = screen.questions();
            let [
                Query::Export {
                    peer_id,
                    name,
                    format: asked,
                    folder,
                    words,
                    ..
                },
            ] = &asked[..]
            else {
                panic!("{asked:?}");
            };
            assert_eq!((peer_id, &**name, *asked), (&MINAS, "Mina", format));
            assert_eq!(
                (folder, &*words.me),
                (&PathBuf::from("Downloads"), lang.you())
            );
            assert!(!screen.has(lang.keep_history_hint()), "closed");
            let path = PathBuf::from("Downloads/Mina.md");
            screen.reply(Answer::Exported(Ok(path.clone())));
            assert!(screen.has(&lang.exported(&path)));
            screen.click(lang.open_folder());
            assert_eq!(screen.opened(), ["Downloads"]);
            let error = ExportError::Io(ErrorKind::StorageFull);
            screen.reply(Answer::Exported(Err(error)));
            assert!(screen.has(&lang.export_error(error)) && !screen.has(&lang.exported(&path)));
            screen.click(lang.close());
            assert!(!screen.has(&lang.export_error(error)));
        }
    }
}

#[test]
fn an_export_that_can_not_be_asked_for_says_why() {
    for lang in Lang::ALL {
        for error in [ExportError::Busy, ExportError::Gone] {
            let mut screen = opened(lang);
            if error == ExportError::Gone {
                screen.reader = None;
            }
            // The dialog asks for the size each time it is opened.
            while let Some(reader) = &screen.reader
                && !reader.requests.is_full()
            {
                screen.click(lang.close());
                screen.open_settings(lang);
            }
            screen.click_in_view(Role::Button, &lang.export_as(ExportFormat::Json));
            assert!(screen.has(&lang.export_error(error)));
        }
    }
}

#[test]
fn export_and_erase_need_an_open_conversation() {
    for lang in Lang::ALL {
        let mut screen = Screen::listing(lang, &[]);
        open(&mut screen, lang);
        assert!(!screen.button_is_enabled(&lang.export_as(ExportFormat::Json)));
        assert!(!screen.button_is_enabled(lang.clear_conversation()));
        assert!(screen.button_is_enabled(lang.clear_everything()));
    }
}

#[test]
fn erasing_asks_for_confirmation() {
    for lang in Lang::ALL {
        for peer_id in [Some(MINAS), None] {
            let mut screen = opened(lang);
            screen.questions();
            let button = match peer_id {
                Some(_) => lang.clear_conversation(),
                None => lang.clear_everything(),
            };
            screen.click_in_view(Role::Button, button);
            assert!(screen.has_text(lang.cant_be_undone()));
            assert_eq!(screen.focused(), lang.keep());
            screen.press(Key::Enter);
            assert_eq!(screen.command(), None, "an Enter too many erases nothing");
            screen.click_in_view(Role::Button, button);
            let contacts = screen.harness.state().chat().contacts();
            let (yes, done) = (
                lang.clear_it(contacts, peer_id.as_ref()),
                lang.cleared(contacts, peer_id.as_ref()),
            );
            screen.click_in_view(Role::Button, &yes);
            screen.expect(Command::Clear(peer_id.clone()));
            screen.report(Event::Cleared(peer_id));
            assert!(
                screen.questions().contains(&Query::Size),
                "it has become less"
            );
            screen.press(Key::Escape);
            assert!(screen.has(&done));
        }
    }
}

#[test]
fn the_dialog_works_by_keyboard_in_the_smallest_window() {
    for lang in Lang::ALL {
        let mut screen = opened(lang);
        screen.harness.set_size(eframe::egui::vec2(380.0, 320.0));
        screen.run();
        assert_eq!(screen.focused(), lang.close());
        screen.press_by_keyboard(lang.clear_everything());
        assert_eq!(screen.focused(), lang.keep());
        let node = screen.harness.get_by_label(lang.keep());
        assert!(node.accesskit_node().is_focused());
        screen.press(Key::Enter);
        screen.press(Key::Escape);
        assert_eq!(screen.focused(), lang.message());
    }
}

#[test]
fn many_notices_in_the_smallest_window_do_not_crash() {
    for lang in Lang::ALL {
        let mut screen = Screen::listing(lang, &[named(MINA, "Mina", Trust::Accepted)]);
        screen.open_row(lang, "Mina");
        screen.harness.set_size(eframe::egui::vec2(380.0, 320.0));
        let exported = PathBuf::from("a/folder/whose/name/is/long/Duologue Mina 2026-11-23.md");
        screen.reply(Answer::Exported(Ok(exported)));
        screen.report(Event::Cleared(Some(MINAS)));
        screen.report(Event::StoreSetAside("kept/duologue.db.bad".into()));
        screen.report(Event::Invite(None));
        assert!(screen.has(lang.no_invite()));
    }
}
