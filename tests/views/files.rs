//! Rows of files and folders: offered, accepted, on their way, arrived.

mod sending;
mod settings;

use std::{fs, path::PathBuf};

use duologue::{
    gui::locale::Lang,
    identity::{PeerId, Trust},
    net::{Command, EndReason, Event, FileControl, Hindrance, Payload},
    settings::{Settings, Theme},
    store::{FileFailure, FileInfo, FileState, Message, State},
};
use eframe::egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    changes::{self, absent, commands},
    header::title,
    messages::{self, Who, millis, row},
    screen::{Begin, MINA, Screen, began, named},
};

const MEGABYTE: u64 = 1_000_000;

fn mina() -> PeerId {
    PeerId::Key(MINA)
}

/// A file of 40 MB.
pub fn info(state: FileState, path: Option<&str>) -> FileInfo {
    FileInfo {
        size: 40 * MEGABYTE,
        files: None,
        path: path.map(PathBuf::from),
        moved: 0,
        state,
    }
}

/// A file of Mina's in row 1.
pub fn theirs(name: &str, file: FileInfo) -> Message {
    let mut message = messages::theirs(1, (0, 0), name);
    message.marks.is_named = true;
    message.file = Some(file);
    message
}

/// A file of ours in row 1.
pub fn mine(name: &str, file: FileInfo) -> Message {
    let mut message = messages::mine(1, State::Delivered, name);
    message.marks.is_named = true;
    message.file = Some(file);
    message
}

/// A name that is longer than a line of any bubble.
pub const LONG: &str =
    "setup of a program with a name that nobody would choose, 이름이 아주 긴 프로그램 2026.exe";

/// With a long name, and waiting for an answer.
pub fn offered() -> Message {
    theirs(LONG, info(FileState::Offered, None))
}

/// With a long name, and here.
pub fn arrived() -> Message {
    theirs(LONG, info(FileState::Arrived, Some("/tmp/setup.exe")))
}

/// With a long name, and a sentence about what went wrong.
pub fn failed() -> Message {
    let failure = FileState::Failed(FileFailure::Invalid);
    mine(LONG, info(failure, Some("/tmp/setup.exe")))
}

/// A file with a long name that is on its way.
pub fn moving(lang: Lang) -> Screen {
    let mut screen = connected(lang, theirs(LONG, info(FileState::Accepted, None)));
    screen.report(progress(10 * MEGABYTE, 5 * MEGABYTE));
    screen
}

/// A window that shows this message with Mina, who is connected.
pub fn connected(lang: Lang, message: Message) -> Screen {
    changes::connected(lang, vec![message])
}

/// This becomes of the file in row 1.
fn becomes(screen: &mut Screen, state: FileState, path: Option<&str>) {
    let kept = screen.kept.first_mut().expect("a message");
    let file = kept.file.as_mut().expect("a file");
    file.state = state;
    file.path = path.map(PathBuf::from).or(file.path.take());
    screen.report(Event::MessageChanged {
        peer_id: mina(),
        row: row(1),
    });
    screen.answer();
}

fn progress(moved: u64, bytes_per_second: u64) -> Event {
    Event::FileProgress {
        peer_id: mina(),
        row: row(1),
        moved,
        size: 40 * MEGABYTE,
        bytes_per_second,
    }
}

fn control(control: FileControl) -> Command {
    Command::ControlFile {
        to: MINA,
        row: row(1),
        control,
    }
}

fn row_with(screen: &Screen, part: &str) -> String {
    let rows = screen.rows();
    let found = rows.iter().find(|row| row.contains(part));
    found
        .cloned()
        .unwrap_or_else(|| panic!("no {part:?} in {rows:?}"))
}

/// The name of a button in the row of a file.
pub fn button(words: &str, name: &str) -> String {
    format!("{words}: {name}")
}

fn offered_paths(screen: &mut Screen) -> Vec<String> {
    let offers = commands(screen).into_iter();
    let path = |command| match command {
        Command::Offer { to, path, .. } => {
            assert_eq!(to, MINA);
            path.display().to_string()
        }
        other => panic!("{other:?}"),
    };
    offers.map(path).collect()
}

#[test]
fn an_offer_is_accepted_watched_and_opened() {
    for lang in Lang::ALL {
        let name = "보고서 2026.pdf";
        let mut screen = connected(lang, theirs(name, info(FileState::Offered, None)));
        let said = row_with(&screen, name);
        assert!(said.contains("보고서 2026.pdf, 40.0 MB"), "{said}");
        // Where it will be.
        assert!(screen.has_text("Downloads"));
        screen.click(&button(lang.accept(), name));
        assert_eq!(
            commands(&mut screen),
            [Command::AnswerFile {
                to: MINA,
                row: row(1),
                accept: Some(PathBuf::from("Downloads")),
            }]
        );
        becomes(&mut screen, FileState::Accepted, Some("Downloads"));
        assert!(screen.has_text(lang.file_starts()));
        screen.report(progress(10 * MEGABYTE, 5 * MEGABYTE));
        assert!(screen.has_text(&lang.bytes_of(10 * MEGABYTE, 40 * MEGABYTE)));
        let speed = lang.bytes_per_second(5 * MEGABYTE);
        let left = lang.time_left(std::time::Duration::from_secs(6));
        assert!(screen.has_text(&format!("{speed} · {left}")));
        let bar = button(lang.file_progress(), name);
        let bar = screen
            .harness
            .get_by_role_and_label(Role::ProgressIndicator, &bar);
        assert_eq!(bar.accesskit_node().numeric_value(), Some(25.0));
        assert!(title(&screen).starts_with("25% · "), "{}", title(&screen));

        screen.click(&button(lang.pause(), name));
        assert_eq!(commands(&mut screen), [control(FileControl::Pause)]);
        becomes(&mut screen, paused(true, false), None);
        assert!(screen.has_text(lang.file_paused()));
        assert!(!title(&screen).contains('%'), "{}", title(&screen));
        screen.click(&button(lang.resume(), name));
        assert_eq!(commands(&mut screen), [control(FileControl::Resume)]);

        becomes(
            &mut screen,
            FileState::Arrived,
            Some("/home/me/Downloads/보고서 2026.pdf"),
        );
        assert!(screen.has_text(lang.file_arrived()));
        screen.click(&button(lang.open(), name));
        screen.click(&button(lang.show_in_folder(), name));
        assert_eq!(
            screen.opened(),
            ["/home/me/Downloads/보고서 2026.pdf", "/home/me/Downloads"]
        );
    }
}

fn paused(by_me: bool, by_them: bool) -> FileState {
    FileState::Paused {
        by_me,
        by_them,
        disk_full: false,
    }
}

#[test]
fn each_state_says_what_became_of_a_file_and_offers_what_can_be_done() {
    let cancelled = |by_me| FileState::Cancelled { by_me };
    let no_room = FileState::Paused {
        by_me: true,
        by_them: false,
        disk_full: true,
    };
    for lang in Lang::ALL {
        let [cancel, again] = [lang.cancel(), lang.send_again()];
        let (pause, resume) = (lang.pause(), lang.resume());
        let here = [lang.open(), lang.show_in_folder()];
        for (is_mine, state, words, buttons) in [
            (
                false,
                FileState::Offered,
                "",
                &[lang.accept(), lang.decline()][..],
            ),
            (true, FileState::Offered, lang.file_offered(), &[cancel]),
            (
                false,
                FileState::Accepted,
                lang.file_starts(),
                &[pause, cancel],
            ),
            (
                true,
                FileState::Accepted,
                lang.file_starts(),
                &[pause, cancel],
            ),
            (
                true,
                paused(true, false),
                lang.file_paused(),
                &[resume, cancel],
            ),
            (
                true,
                paused(true, true),
                lang.file_paused(),
                &[resume, cancel],
            ),
            (
                false,
                paused(false, true),
                lang.file_paused_by_them(),
                &[cancel],
            ),
            (false, no_room, lang.file_disk_full(), &[resume, cancel]),
            (true, FileState::Arrived, lang.file_arrived_there(), &[]),
            (false, FileState::Arrived, lang.file_arrived(), &here),
            (true, FileState::Declined, lang.file_declined(), &[]),
            (false, FileState::Declined, lang.file_declined_by_me(), &[]),
            (true, cancelled(true), lang.file_cancelled_by_me(), &[again]),
            (true, cancelled(false), lang.file_cancelled(), &[again]),
            (false, cancelled(false), lang.file_cancelled(), &[]),
            (true, FileState::Changed, lang.file_changed(), &[again]),
            (false, FileState::Changed, lang.file_changed_there(), &[]),
            (
                true,
                FileState::Failed(FileFailure::Unreadable),
                lang.file_unreadable(),
                &[again],
            ),
            (
                false,
                FileState::Failed(FileFailure::DiskFull),
                lang.file_no_space(),
                &[],
            ),
            (
                false,
                FileState::Failed(FileFailure::Invalid),
                lang.file_invalid(),
                &[],
            ),
            (false, FileState::TooMany(2_000), "", &[]),
        ] {
            let path = (is_mine || state == FileState::Arrived).then_some("/tmp/a/data.bin");
            let message = if is_mine { mine } else { theirs };
            let screen = connected(lang, message("data.bin", info(state, path)));
            let case = format!("{state:?}, {is_mine}");
            assert!(words.is_empty() || screen.has_text(words), "{case}");
            let all = screen.harness.query_all_by_role(Role::Button);
            let all = all.filter_map(|node| node.accesskit_node().label());
            let mut found: Vec<_> = all.filter(|label| label.ends_with(": data.bin")).collect();
            found.sort_unstable();
            let mut wanted: Vec<_> = buttons.iter().map(|it| button(it, "data.bin")).collect();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{case}");
            let is_moving = matches!(state, FileState::Accepted | FileState::Paused { .. });
            let bars = screen.harness.query_all_by_role(Role::ProgressIndicator);
            assert_eq!(bars.count(), usize::from(is_moving), "{case}");
        }
    }
}

#[test]
fn a_transfer_continues_later_without_a_connection() {
    for lang in Lang::ALL {
        let file = FileInfo {
            moved: 20 * MEGABYTE,
            ..info(FileState::Accepted, None)
        };
        let screen = absent(lang, vec![theirs("data.bin", file)]);
        assert!(screen.has_text(lang.file_continues()));
        assert!(screen.has_text(&lang.bytes_of(20 * MEGABYTE, 40 * MEGABYTE)));
        assert!(!title(&screen).contains('%'));
    }
}

#[test]
fn a_folder_says_how_many_files_it_has() {
    for lang in Lang::ALL {
        let file = FileInfo {
            files: Some(10_000),
            ..info(FileState::Arrived, Some("/tmp/photos"))
        };
        let mut screen = connected(lang, theirs("photos", file));
        let size = format!(
            "{} · {}",
            lang.bytes(40 * MEGABYTE),
            lang.files_count(10_000)
        );
        assert!(screen.has_text(&size));
        screen.click(&button(lang.open(), "photos"));
        assert_eq!(screen.opened(), ["/tmp/photos"]);
    }
}

#[test]
fn a_name_from_a_peer_is_shown_as_it_will_be_on_the_disk() {
    let evil = "gpj\u{202e}exe.\nsetup";
    let screen = connected(Lang::En, theirs(evil, info(FileState::Offered, None)));
    let said = row_with(&screen, "gpj");
    let shown = duologue::files::safe_name(evil);
    assert!(said.contains(&shown), "{said}");
    assert!(!shown.contains(['\u{202e}', '\n']), "{shown}");
}

#[test]
fn a_file_that_can_run_is_opened_only_after_a_warning() {
    for lang in Lang::ALL {
        let path = "/tmp/setup.exe";
        let file = info(FileState::Arrived, Some(path));
        let mut screen = connected(lang, theirs("setup.exe", file));
        screen.click(&button(lang.open(), "setup.exe"));
        assert!(screen.opened().is_empty());
        assert!(screen.has(lang.file_can_run()));
        assert_eq!(screen.focused(), lang.cancel(), "the safe choice");
        screen.press(Key::Enter);
        assert!(!screen.has(lang.file_can_run()));
        assert!(screen.opened().is_empty());
        screen.click(&button(lang.open(), "setup.exe"));
        screen.click(lang.open_anyway());
        assert_eq!(screen.opened(), [path]);
        assert!(!screen.has(lang.file_can_run()));
    }
}

/// The same as [`connected`], with this data folder.
fn connected_in(lang: Lang, data_folder: &std::path::Path) -> Screen {
    let mut screen = Screen::begun(
        lang,
        Begin {
            settings: Settings {
                theme: Theme::Light,
                ..Settings::default()
            },
            keeps: true,
            data_folder: Some(data_folder.to_owned()),
            ..Begin::default()
        },
    );
    screen.report(Event::Contacts(
        [named(MINA, "Mina", Trust::Accepted)].into(),
    ));
    screen.report(began(Who::Key(MINA)));
    screen.answer();
    commands(&mut screen);
    screen
}

/// A picture on the disk, as wide and high as this.
fn picture_file(folder: &std::path::Path, name: &str, size: (u32, u32)) -> String {
    let path = folder.join(name);
    let image = image::RgbImage::from_pixel(size.0, size.1, image::Rgb([10, 120, 60]));
    image.save(&path).expect("saved");
    path.display().to_string()
}

#[test]
fn a_picture_is_shown_and_a_click_shows_it_large() {
    for lang in Lang::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let path = picture_file(folder.path(), "고양이.png", (1600, 900));
        let file = info(FileState::Arrived, Some(&path));
        let mut screen = connected(lang, theirs("고양이.png", file));
        screen.wait_for_role(Role::Image, "고양이.png");
        let image = screen
            .harness
            .get_by_role_and_label(Role::Image, "고양이.png");
        let size = image.rect().size();
        assert!((size.x / size.y - 16.0 / 9.0).abs() < 0.05, "{size:?}");
        image.click();
        screen.run();
        assert!(
            screen
                .harness
                .query_by_role_and_label(Role::Dialog, "고양이.png")
                .is_some()
        );
        screen.wait_until(|screen| {
            let images = screen.harness.query_all_by_role(Role::Image);
            images
                .map(|image| image.rect().width())
                .any(|width| width > size.x)
        });
        screen.press(Key::Escape);
        assert!(
            screen
                .harness
                .query_by_role_and_label(Role::Dialog, "고양이.png")
                .is_none()
        );
    }
}

#[test]
fn what_is_no_picture_is_a_file_like_any_other() {
    let lang = Lang::En;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cat.png");
    fs::write(&path, b"not a picture").expect("written");
    let file = info(FileState::Arrived, path.to_str());
    let mut screen = connected(lang, theirs("cat.png", file));
    for _ in 0..20 {
        screen.run();
    }
    assert!(screen.has(&button(lang.open(), "cat.png")));
    let images = screen.harness.query_all_by_role(Role::Image);
    assert_eq!(images.count(), 0);
}

#[test]
fn a_file_has_no_text_to_edit_delete_or_forward() {
    for lang in Lang::ALL {
        let file = info(FileState::Arrived, Some("/tmp/data.bin"));
        let mut screen = connected(lang, mine("data.bin", file));
        screen.press(Key::ArrowUp);
        assert_eq!(screen.draft(), "", "Up does not edit a file's name");
        screen.harness.get_by_label("data.bin").click_secondary();
        screen.run();
        for words in [lang.edit(), lang.delete_further(), lang.forward_further()] {
            assert!(!screen.has(words), "{words}");
        }
        assert!(screen.has(lang.reply()));
        screen.click(lang.show_in_folder());
        assert_eq!(screen.opened(), ["/tmp"]);
    }
}

#[test]
fn an_offer_that_comes_is_shown_and_announced() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        screen.report(Event::Received {
            peer_id: mina(),
            row: Some(row(2)),
            at: std::time::SystemTime::UNIX_EPOCH,
            payload: Payload::Offer {
                name: "사진.zip".to_owned(),
                sent_at: millis(0),
                file: info(FileState::Offered, None),
            },
        });
        assert!(screen.has(&button(lang.accept(), "사진.zip")));
        let words = format!("Mina: {}", lang.file_named("사진.zip"));
        let labels = screen.harness.query_all_by_role(Role::Label);
        let said: Vec<_> = labels
            .filter_map(|label| label.accesskit_node().value())
            .collect();
        assert!(said.contains(&words), "{words:?} in {said:?}");
        screen.click(lang.menu());
        screen.click(lang.copy_conversation());
        let copied = screen.copied.pop().expect("the conversation");
        assert!(copied.contains(&words), "{copied}");
        screen.click(&button(lang.decline(), "사진.zip"));
        assert_eq!(
            commands(&mut screen),
            [Command::AnswerFile {
                to: MINA,
                row: row(2),
                accept: None,
            }]
        );
    }
}

#[test]
fn the_list_says_that_the_newest_message_is_a_file() {
    for lang in Lang::ALL {
        let file = info(FileState::Arrived, Some("/tmp/data.bin"));
        let mut screen = connected(lang, theirs("data.bin", file));
        screen.show_list(lang);
        let said = screen.row_of(lang, "Mina").accesskit_node().label();
        let said = said.unwrap_or_default();
        assert!(said.ends_with(&lang.file_named("data.bin")), "{said}");
    }
}

#[test]
fn a_long_name_is_cut_in_the_middle_so_that_its_ending_is_seen() {
    let name = format!("holiday.jpg{}.exe", " x".repeat(70));
    let screen = connected(Lang::En, theirs(&name, info(FileState::Offered, None)));
    let painted = screen.painted().join("");
    assert!(
        painted.contains('…') && painted.contains(".exe"),
        "{painted}"
    );
}

#[test]
fn a_file_is_accepted_only_while_the_disk_has_room_for_it() {
    for lang in Lang::ALL {
        let offer = || theirs("data.bin", info(FileState::Offered, None));
        let mut screen = connected(lang, messages::theirs(1, (0, 0), "hello"));
        screen.set_free(39 * MEGABYTE);
        // The clock stands still from here on.
        screen.wait(0.0);
        screen.kept.push({
            let mut offer = offer();
            offer.row = row(2);
            offer
        });
        screen.report(Event::Received {
            peer_id: mina(),
            row: Some(row(2)),
            at: std::time::SystemTime::UNIX_EPOCH,
            payload: Payload::Offer {
                name: "data.bin".to_owned(),
                sent_at: millis(0),
                file: info(FileState::Offered, None),
            },
        });
        assert_eq!(screen.asked_disk(), [PathBuf::from("Downloads")]);
        let accept = button(lang.accept(), "data.bin");
        let words = lang.too_little_space(39 * MEGABYTE);
        assert!(screen.has_text(&words));
        assert!(row_with(&screen, "data.bin").contains(&words), "spoken");
        assert!(!screen.button_is_enabled(&accept));
        assert!(screen.button_is_enabled(&button(lang.decline(), "data.bin")));
        screen.click(&accept);
        assert!(commands(&mut screen).is_empty());

        // Somebody makes room. That is seen when the window is painted again after a while.
        screen.set_free(40 * MEGABYTE);
        screen.wait(1.0);
        assert!(screen.asked_disk().is_empty(), "not at once");
        screen.wait(1.5);
        assert_eq!(screen.asked_disk(), [PathBuf::from("Downloads")]);
        assert!(!screen.has_text(&words));
        screen.click(&accept);
        assert!(matches!(
            commands(&mut screen)[..],
            [Command::AnswerFile { .. }]
        ));
    }
}

#[test]
fn a_disk_that_is_in_the_way_is_told_of_until_the_file_moves_again() {
    for lang in Lang::ALL {
        let file = info(FileState::Accepted, Some("Downloads"));
        let mut screen = connected(lang, theirs("data.bin", file));
        for (by, words) in [
            (Hindrance::DiskSlow, lang.file_disk_slow()),
            (Hindrance::NoFolder, lang.file_no_folder()),
        ] {
            screen.report(progress(10 * MEGABYTE, 0));
            screen.report(Event::FileHindered {
                peer_id: mina(),
                row: row(1),
                by,
            });
            assert!(screen.has_text(words));
            screen.report(progress(11 * MEGABYTE, 5 * MEGABYTE));
            assert!(!screen.has_text(words));
        }
    }
}

#[test]
fn a_file_that_stands_still_has_no_speed() {
    let lang = Lang::En;
    let mut screen = moving(lang);
    screen.wait(0.0);
    screen.report(progress(10 * MEGABYTE, 5 * MEGABYTE));
    screen.wait(4.0);
    assert!(screen.has_text("/s") && title(&screen).contains('%'));
    screen.wait(2.0);
    assert!(!screen.has_text("/s") && screen.has_text(lang.file_starts()));
    assert!(!title(&screen).contains('%'));
    screen.report(progress(11 * MEGABYTE, 5 * MEGABYTE));
    assert!(screen.has_text("/s"));
}

#[test]
fn a_cut_connection_leaves_a_file_where_it_was() {
    for lang in Lang::ALL {
        let mut screen = moving(lang);
        screen.report(progress(20 * MEGABYTE, 0));
        screen.report(Event::Ended(EndReason::Lost));
        assert!(screen.has_text(&lang.bytes_of(20 * MEGABYTE, 40 * MEGABYTE)));
        assert!(screen.has_text(lang.file_continues()));
    }
}
