//! What the settings say of files.

use std::path::PathBuf;

use duologue::{
    gui::{locale::Lang, picker::Wanted},
    identity::Trust,
    net::{AcceptFiles, Command, Event},
    settings::{FileSettings, Settings},
};
use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    changes::commands,
    messages::Who,
    screen::{Begin, MINA, Screen, began, named},
};

use super::MEGABYTE;
use super::sending::drop_files;

#[test]
fn the_settings_say_where_files_go_and_which_are_accepted() {
    for lang in Lang::ALL {
        let mut screen = Screen::new(lang);
        screen.harness.set_size(egui::vec2(640.0, 4000.0));
        screen.run();
        screen
            .harness
            .key_press_modifiers(Modifiers::COMMAND, Key::Comma);
        screen.run();
        assert!(screen.has("Downloads"));
        let change = format!("{} {}", lang.download_folder(), lang.change_further());
        screen.click(&change);
        screen.lack_dialog();
        assert!(screen.has(lang.no_folder_dialog()));
        screen.click(&change);
        assert!(!screen.has(lang.no_folder_dialog()));
        let wanted = screen.pick(&["/srv/받은 파일"]);
        assert_eq!(wanted, Wanted::FolderNear(PathBuf::from("Downloads")));
        assert!(screen.has("/srv/받은 파일"));
        screen
            .harness
            .get_by_role_and_label(Role::ComboBox, lang.accept_by_itself())
            .click();
        screen.run();
        let words = lang.accept_up_to(Some(10 * MEGABYTE));
        screen.harness.get_by_label(&words).click();
        screen.run();
        let accept = std::iter::from_fn(|| screen.command()).last();
        let Some(Command::SetPreferences(preferences)) = accept else {
            panic!("{accept:?}");
        };
        assert_eq!(
            preferences.accept_files,
            Some(AcceptFiles {
                folder: PathBuf::from("/srv/받은 파일"),
                up_to: 10 * MEGABYTE,
            })
        );
    }
}

#[test]
fn the_location_stays_in_a_picture_only_if_that_is_set() {
    for keep_location in [false, true] {
        let files = FileSettings {
            keep_location,
            ..FileSettings::default()
        };
        let begin = Begin {
            settings: Settings {
                files,
                ..Settings::default()
            },
            keeps: true,
            ..Begin::default()
        };
        let mut screen = Screen::begun(Lang::En, begin);
        screen.report(Event::Contacts(
            [named(MINA, "Mina", Trust::Accepted)].into(),
        ));
        screen.report(began(Who::Key(MINA)));
        screen.answer();
        commands(&mut screen);
        drop_files(&mut screen, &["/tmp/cat.jpg"]);
        let offers = commands(&mut screen);
        let [
            Command::Offer {
                keep_location: kept,
                ..
            },
        ] = offers[..]
        else {
            panic!("{offers:?}");
        };
        assert_eq!(kept, keep_location);
    }
}
