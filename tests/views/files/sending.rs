//! Files that are picked, dropped and pasted, until they are offered.

use std::{fs, path::PathBuf, sync::Arc};

use duologue::{
    chat::notices::NotOffered,
    gui::{locale::Lang, picker::Wanted},
    net::{Command, Event, FileControl, MessageId, OfferError},
    settings::{Settings, Theme},
    store::{FileState, State},
};
use eframe::egui::{self, Event as Input, Key};

use crate::{
    changes::{absent, commands},
    messages::{self, row},
    screen::{Begin, MINA, PLAIN, Screen, began},
};

use super::{
    MEGABYTE, button, connected, connected_in, control, failed, info, mina, mine, offered,
    offered_paths, row_with, theirs,
};

#[test]
fn files_are_picked_in_the_dialog_of_the_system() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        screen.click(lang.attach());
        screen.click(lang.pick_files());
        assert_eq!(screen.pick(&[]), Wanted::Files);
        assert!(offered_paths(&mut screen).is_empty(), "changed their mind");
        assert!(!screen.has_text(lang.no_file_dialog()));
        screen.click(lang.attach());
        screen.click(lang.pick_files());
        screen.pick(&["/tmp/one.txt", "/tmp/둘.png"]);
        assert_eq!(offered_paths(&mut screen), ["/tmp/one.txt", "/tmp/둘.png"]);
        assert!(screen.has_text("one.txt") && screen.has_text(lang.file_preparing()));
        screen.click(lang.attach());
        screen.click(lang.pick_folder());
        assert_eq!(screen.pick(&["/tmp/photos"]), Wanted::Folder);
        assert_eq!(offered_paths(&mut screen), ["/tmp/photos"]);
    }
}

#[test]
fn a_system_without_a_dialog_for_files_is_told_of() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        screen.click(lang.attach());
        screen.click(lang.pick_files());
        screen.lack_dialog();
        assert!(screen.has_text(lang.no_file_dialog()));
    }
}

#[test]
fn an_offer_that_waits_for_a_newer_version_says_so() {
    for lang in Lang::ALL {
        let mut message = mine("data.bin", info(FileState::Offered, Some("/tmp/data.bin")));
        message.state = State::Waiting;
        let mut screen = connected(lang, message);
        assert!(!screen.has_text(lang.lacks_files()));
        screen.report(Event::LacksFiles);
        assert!(screen.has_text(lang.lacks_files()));
    }
}

#[test]
fn what_becomes_of_a_file_of_ours_is_read_once_it_is_offered() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        drop_files(&mut screen, &["/tmp/data.bin"]);
        let [Command::Offer { id, .. }] = commands(&mut screen)[..] else {
            panic!("no offer");
        };
        let mut stored = mine("data.bin", info(FileState::Offered, Some("/tmp/data.bin")));
        stored.row = row(2);
        screen.kept.push(stored);
        screen.report(Event::Stored {
            id,
            peer_id: mina(),
            row: row(2),
        });
        screen.answer();
        assert!(!screen.has_text(lang.file_preparing()));
        assert!(screen.has_text(lang.file_offered()) && screen.has_text("40.0 MB"));
    }
}

#[test]
fn an_offer_that_was_taken_back_can_only_be_sent_again() {
    for lang in Lang::ALL {
        let file = info(FileState::Offered, Some("/tmp/data.bin"));
        let mut message = mine("data.bin", file);
        message.state = State::Recalled;
        let mut screen = connected(lang, message);
        assert!(!screen.has(&button(lang.cancel(), "data.bin")));
        screen.click(&button(lang.send_again(), "data.bin"));
        assert_eq!(offered_paths(&mut screen), ["/tmp/data.bin"]);
    }
}

#[test]
fn what_can_not_be_offered_says_why_and_can_be_sent_again() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        drop_files(&mut screen, &["/tmp/data.bin"]);
        let [Command::Offer { id, .. }] = commands(&mut screen)[..] else {
            panic!("no offer");
        };
        let why = OfferError::NoPermission;
        screen.report(Event::OfferFailed { id, why });
        assert!(screen.has_text(lang.offer_error(why)));
        screen.click(&button(lang.send_again(), "data.bin"));
        assert_eq!(offered_paths(&mut screen), ["/tmp/data.bin"]);
    }
}

fn hover_files(screen: &mut Screen, paths: &[&str]) {
    let files = paths.iter().map(|path| egui::HoveredFile {
        path: Some(PathBuf::from(path)),
        ..egui::HoveredFile::default()
    });
    screen.harness.input_mut().hovered_files = files.collect();
    screen.run();
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("only its path is used".to_owned())
    }
}

fn drop_files(screen: &mut Screen, paths: &[&str]) {
    let input = screen.harness.input_mut();
    input.hovered_files.clear();
    for path in paths {
        let file = Dropped(PathBuf::from(path));
        input.dropped_files.push(Arc::new(file));
    }
    screen.run();
}

#[test]
fn dropped_files_are_sent_and_the_window_says_to_whom() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        hover_files(&mut screen, &["/tmp/a.txt"]);
        let words = lang.drop_to_send(screen.harness.state().chat().contacts(), &MINA);
        assert!(screen.has_text(&words));
        drop_files(&mut screen, &["/tmp/a.txt", "/tmp/b"]);
        assert!(!screen.has_text(&words));
        assert_eq!(offered_paths(&mut screen), ["/tmp/a.txt", "/tmp/b"]);
    }
}

#[test]
fn no_file_is_sent_in_plain_text_or_to_who_lacks_files() {
    for lang in Lang::ALL {
        let begin = Begin {
            settings: Settings {
                theme: Theme::Light,
                ..Settings::default()
            },
            keeps: true,
            ..Begin::default()
        };
        let mut plain = Screen::begun(lang, begin);
        plain.report(began(PLAIN));
        plain.answer();
        let mut old = connected(lang, messages::theirs(1, (0, 0), "hello"));
        old.report(Event::LacksFiles);
        for (mut screen, words) in [(plain, lang.not_in_plain_text()), (old, lang.lacks_files())] {
            commands(&mut screen);
            assert!(!screen.button_is_enabled(lang.attach()));
            hover_files(&mut screen, &["/tmp/a.txt"]);
            assert!(screen.has_text(words));
            drop_files(&mut screen, &["/tmp/a.txt"]);
            assert!(offered_paths(&mut screen).is_empty());
            assert!(screen.has_text(words), "it stays to be read");
        }
    }
}

#[test]
fn files_wait_for_who_is_away() {
    let lang = Lang::En;
    let mut screen = absent(lang, vec![messages::theirs(1, (0, 0), "hello")]);
    drop_files(&mut screen, &["/tmp/a.txt"]);
    assert_eq!(offered_paths(&mut screen), ["/tmp/a.txt"]);
}

fn paste(screen: &mut Screen, lang: Lang, event: Input) {
    screen.field(lang.message()).focus();
    screen.run();
    screen.harness.event(event);
    screen.run();
}

#[test]
fn copied_files_are_sent_after_a_question() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        let text = "/home/me/a.txt\n/home/me/사진.png".to_owned();
        paste(&mut screen, lang, Input::Paste(text));
        assert_eq!(
            screen.pick(&["/home/me/a.txt", "/home/me/사진.png"]),
            Wanted::Copied
        );
        let title = lang.send_to_question(screen.harness.state().chat().contacts(), &MINA);
        assert!(screen.has(&title) && screen.has("사진.png"));
        assert!(offered_paths(&mut screen).is_empty());
        assert_eq!(screen.focused(), lang.send());
        screen.press(Key::Enter);
        assert_eq!(
            offered_paths(&mut screen),
            ["/home/me/a.txt", "/home/me/사진.png"]
        );
        assert_eq!(screen.draft(), "");
    }
}

#[test]
fn a_pasted_path_is_text_and_can_be_sent_as_a_file() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        screen.write(lang, "see ");
        let text = "file:///home/me/%EC%82%AC%EC%A7%84.png".to_owned();
        paste(&mut screen, lang, Input::Paste(text.clone()));
        // No files were copied.
        screen.pick(&[]);
        assert_eq!(screen.draft(), format!("see {text}"));
        screen.click(lang.send_as_file());
        assert_eq!(offered_paths(&mut screen), ["/home/me/사진.png"]);
        assert_eq!(screen.draft(), "");
        // What is typed on makes it text.
        paste(&mut screen, lang, Input::Paste(text.clone()));
        screen.pick(&[]);
        assert!(screen.has(lang.send_as_file()));
        screen.write(lang, "!");
        assert!(!screen.has(lang.send_as_file()));
        assert_eq!(screen.draft(), format!("{text}!"));
        // Any other text is not asked about.
        paste(&mut screen, lang, Input::Paste("hello".to_owned()));
        assert!(!screen.is_picking());
    }
}

#[test]
fn a_pasted_picture_is_written_into_a_file_and_sent() {
    for lang in Lang::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let mut screen = connected_in(lang, folder.path());
        let image = egui::ColorImage::filled([30, 20], egui::Color32::RED);
        paste(
            &mut screen,
            lang,
            Input::PasteImage(Arc::new(image.clone())),
        );
        assert!(screen.has(lang.pasted_picture()), "it is shown");
        screen.click(lang.cancel());
        assert!(offered_paths(&mut screen).is_empty());
        paste(&mut screen, lang, Input::PasteImage(Arc::new(image)));
        screen.press(Key::Enter);
        screen.wait_for(lang.file_preparing());
        let paths = offered_paths(&mut screen);
        let [path] = &paths[..] else {
            panic!("{paths:?}");
        };
        let picture = fs::read(path).expect("a file");
        assert!(picture.starts_with(b"\x89PNG"), "{path}");
        assert!(
            path.starts_with(&folder.path().display().to_string()),
            "{path}"
        );
    }
}

#[test]
fn more_files_than_the_worker_takes_at_once_follow_one_after_another() {
    let mut screen = connected(Lang::En, messages::theirs(1, (0, 0), "hello"));
    let paths: Vec<_> = (0..300).map(|number| format!("/tmp/{number}")).collect();
    let all: Vec<_> = paths.iter().map(String::as_str).collect();
    drop_files(&mut screen, &all);
    let mut offered = Vec::new();
    loop {
        let offers = commands(&mut screen);
        if offers.is_empty() {
            break;
        }
        assert!(offers.len() <= 32, "{}", offers.len());
        for offer in offers {
            let Command::Offer { id, path, .. } = offer else {
                panic!("{offer:?}");
            };
            offered.push(path.display().to_string());
            let why = OfferError::NotFound;
            screen.report(Event::OfferFailed { id, why });
        }
    }
    assert_eq!(offered, paths);
}

#[test]
fn a_picked_file_is_shown_in_the_conversation_it_was_picked_for() {
    let lang = Lang::En;
    let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
    screen.click(lang.attach());
    screen.click(lang.pick_files());
    screen.report(messages::connected_event(
        crate::screen::PEER,
        duologue::net::Origin::Dialled,
        PLAIN,
    ));
    screen.answer();
    commands(&mut screen);
    screen.pick(&["/tmp/for Mina.txt"]);
    assert_eq!(offered_paths(&mut screen), ["/tmp/for Mina.txt"]);
    assert!(!screen.has_text("for Mina"), "it is not for this one");
}

/// The number under which the only offer since the last call was handed over.
fn offer_id(screen: &mut Screen) -> MessageId {
    match commands(screen)[..] {
        [Command::Offer { id, .. }] => id,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_being_prepared_can_be_cancelled() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        drop_files(&mut screen, &["/tmp/everything"]);
        let id = offer_id(&mut screen);
        let cancel = button(lang.cancel(), "everything");
        screen.click(&cancel);
        assert_eq!(commands(&mut screen), [Command::CancelOffer { id }]);
        let why = OfferError::Cancelled;
        screen.report(Event::OfferFailed { id, why });
        assert!(screen.has_text(lang.file_cancelled_by_me()) && !screen.has(&cancel));
        assert!(!row_with(&screen, "everything").contains(lang.not_sent()));
        screen.click(&button(lang.send_again(), "everything"));
        let id = offer_id(&mut screen);

        // It may be offered by then. It is cancelled all the same.
        screen.click(&cancel);
        assert_eq!(commands(&mut screen), [Command::CancelOffer { id }]);
        screen.report(Event::Stored {
            id,
            peer_id: mina(),
            row: row(2),
        });
        assert_eq!(
            commands(&mut screen),
            [Command::ControlFile {
                to: MINA,
                row: row(2),
                control: FileControl::Cancel,
            }]
        );
    }
}

#[test]
fn a_large_file_says_how_much_of_it_is_prepared() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        drop_files(&mut screen, &["/tmp/film.mkv"]);
        let id = offer_id(&mut screen);
        assert!(screen.has_text(&lang.preparing_file(None)));
        for (read, percent) in [(0, 0), (21 * MEGABYTE, 52), (40 * MEGABYTE, 100)] {
            let size = 40 * MEGABYTE;
            screen.report(Event::OfferProgress { id, read, size });
            let words = lang.preparing_file(Some(percent));
            assert!(screen.has_text(&words), "{words}: {:?}", screen.rows());
        }
    }
}

#[test]
fn a_file_that_can_not_be_offered_is_told_of_in_another_conversation() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        drop_files(&mut screen, &["/tmp/first.txt", "/tmp/사진.jpg"]);
        let offers = commands(&mut screen);
        let [
            Command::Offer { id: first, .. },
            Command::Offer { id: second, .. },
        ] = offers[..]
        else {
            panic!("{offers:?}");
        };
        // The row says it.
        let why = OfferError::NotFound;
        screen.report(Event::OfferFailed { id: first, why });
        let is_said = |screen: &Screen, name, why, more| {
            let failed = NotOffered {
                to: MINA,
                name: String::from(name),
                why,
                more,
            };
            let contacts = screen.harness.state().chat().contacts();
            let words = lang.not_offered(contacts, &failed);
            screen.has_text(&words)
        };
        assert!(!is_said(&screen, "first.txt", Some(why), 0));
        screen.report(messages::connected_event(
            crate::screen::PEER,
            duologue::net::Origin::Dialled,
            PLAIN,
        ));
        screen.answer();
        let why = OfferError::Picture;
        screen.report(Event::OfferFailed { id: second, why });
        assert!(is_said(&screen, "사진.jpg", Some(why), 0));
    }
}

#[test]
fn links_that_are_left_out_of_folders_are_told_of() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        drop_files(&mut screen, &["/tmp/photos"]);
        let id = offer_id(&mut screen);
        screen.report(Event::LeftOut { id, count: 3 });
        assert!(screen.has_text(&lang.left_out("photos", false, 3)));
        drop_files(&mut screen, &["/tmp/films"]);
        let id = offer_id(&mut screen);
        screen.report(Event::LeftOut { id, count: 1 });
        assert!(screen.has_text(&lang.left_out("films", true, 4)));
    }
}
