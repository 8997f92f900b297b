//! Messages that are answered, edited, deleted, reacted to and read.

use duologue::{
    gui::locale::Lang,
    history::{Answer, Query},
    identity::PeerId,
    net::{Command, Event},
    settings::{Settings, Theme},
    store::{Change, Marks, Message, Quote, State},
};
use eframe::egui::{self, Key, Role, accesskit::Toggled};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::{
    idle::frames_in,
    layout::{WIDTHS, assert_in_order},
    messages::{self, Who, millis, row},
    screen::{Begin, MINA, Screen, began},
    transcript::focus_log,
};

fn mina() -> PeerId {
    PeerId::Key(MINA)
}

fn named(message: Message) -> Message {
    with(message, |marks| marks.is_named = true)
}

fn with(mut message: Message, change: impl FnOnce(&mut Marks)) -> Message {
    change(&mut message.marks);
    message
}

/// A message of Mina's, one of ours, and one of hers that answers ours.
pub(crate) fn kept() -> Vec<Message> {
    let answer = named(messages::theirs(3, (0, 0), "four, then"));
    vec![
        named(messages::theirs(1, (0, 0), "hello")),
        named(messages::mine(2, State::Delivered, "at three\nas always")),
        with(answer, |marks| {
            marks.quote = Some(Box::new(Quote {
                mine: true,
                source: Some((row(2), "at three\nas always".to_owned())),
            }));
        }),
    ]
}

/// A window that shows these messages with Mina, who is connected.
pub fn connected(lang: Lang, kept: Vec<Message>) -> Screen {
    let mut screen = absent(lang, kept);
    screen.report(began(Who::Key(MINA)));
    screen.report(Event::Named("Mina".to_owned()));
    screen.answer();
    commands(&mut screen);
    screen
}

/// The same, and she is not connected.
pub fn absent(lang: Lang, kept: Vec<Message>) -> Screen {
    let read = kept.len() as u64;
    let mut screen = Screen::keeping(lang, kept, read);
    screen.answer();
    commands(&mut screen);
    screen
}

/// What was asked of the worker since the last call, but for how far was read and typed.
pub fn commands(screen: &mut Screen) -> Vec<Command> {
    let all = std::iter::from_fn(|| screen.command());
    all.filter(|command| {
        !matches!(
            command,
            Command::SetRead(..) | Command::SetTyping(_) | Command::SetDraft(..)
        )
    })
    .collect()
}

/// The message in this row has become this.
fn becomes(screen: &mut Screen, message: Message) {
    let changed = message.row;
    let kept = screen.kept.iter_mut().find(|kept| kept.row == changed);
    *kept.expect("it is there") = message;
    screen.report(Event::MessageChanged {
        peer_id: mina(),
        row: changed,
    });
    screen.answer();
}

fn row_with(screen: &Screen, part: &str) -> String {
    let rows = screen.rows();
    let found = rows.iter().find(|row| row.contains(part));
    found
        .cloned()
        .unwrap_or_else(|| panic!("no {part:?} in {rows:?}"))
}

/// Opens the menu of the message with this text.
pub(crate) fn open_menu(screen: &mut Screen, text: &str) {
    screen
        .harness
        .get_by_role_and_label(Role::Label, text)
        .click_secondary();
    screen.run();
}

fn change(row_number: u64, change: Change) -> Command {
    Command::Change {
        to: MINA,
        row: row(row_number),
        change,
    }
}

#[test]
fn a_reply_shows_what_it_answers_and_is_sent_with_it() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        screen.write(lang, "half a thought");
        open_menu(&mut screen, "hello");
        screen.click(lang.reply());
        let title = lang.replying_to(screen.harness.state().chat().contacts(), Some(&MINA));
        let bar = format!("{title}: hello");
        assert!(screen.has(&bar), "{bar}");
        assert_eq!(screen.draft(), "half a thought", "what was written stays");
        screen.press(Key::Enter);
        let sent = commands(&mut screen);
        let [
            Command::Reply {
                to, text, reply_to, ..
            },
        ] = sent.as_slice()
        else {
            panic!("{sent:?}");
        };
        assert_eq!(
            (to, text.as_str(), *reply_to),
            (&MINA, "half a thought", row(1))
        );
        assert!(!screen.has(&bar) && screen.draft().is_empty());
        // It is shown at once.
        let said = row_with(&screen, "half a thought");
        assert!(said.contains(&format!("{title} (hello)")), "{said}");
        screen.write(lang, "no answer");
        screen.press(Key::Enter);
        assert!(matches!(
            commands(&mut screen).as_slice(),
            [Command::Send { .. }]
        ));
    }
}

#[test]
fn a_quote_goes_to_its_message_and_follows_what_becomes_of_it() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        let quote = format!("{}: at three as always", lang.you());
        screen.click(&quote);
        let marked = screen.harness.query_all_by_role(Role::ListItem);
        let marked = marked.filter(|row| row.accesskit_node().is_selected() == Some(true));
        let marked: Vec<_> = marked
            .filter_map(|row| row.accesskit_node().label())
            .collect();
        assert!(
            marked.len() == 1 && marked[0].contains("at three"),
            "{marked:?}"
        );

        let edited = with(
            named(messages::mine(2, State::Delivered, "at five")),
            |marks| {
                marks.is_edited = true;
            },
        );
        becomes(&mut screen, edited);
        assert!(screen.has(&format!("{}: at five", lang.you())));
        let deleted = with(named(messages::mine(2, State::Delivered, "")), |marks| {
            marks.is_deleted = true;
        });
        becomes(&mut screen, deleted);
        assert!(screen.has(&format!("{}: {}", lang.you(), lang.deleted_message())));
        // One whose message is not here any more.
        let lost = with(named(messages::theirs(3, (0, 0), "four, then")), |marks| {
            marks.quote = Some(Box::new(Quote {
                mine: true,
                source: None,
            }));
        });
        becomes(&mut screen, lost);
        let quote = format!("{}: {}", lang.you(), lang.message_not_here());
        assert!(!screen.button_is_enabled(&quote));
    }
}

#[test]
fn up_in_an_empty_composer_edits_the_last_message() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        screen.field(lang.message()).focus();
        screen.run();
        screen.press(Key::ArrowUp);
        assert!(screen.has(&format!("{}: at three as always", lang.editing_message())));
        assert_eq!(screen.draft(), "at three\nas always");
        screen.fill(lang.message(), "at four");
        screen.press(Key::Enter);
        assert_eq!(
            commands(&mut screen),
            [change(2, Change::Edit("at four".to_owned()))]
        );
        assert_eq!(screen.draft(), "");
        assert!(!screen.has_text(lang.editing_message()));

        let edited = with(
            named(messages::mine(2, State::Delivered, "at four")),
            |marks| {
                marks.is_edited = true;
            },
        );
        becomes(&mut screen, edited);
        let said = row_with(&screen, "at four");
        assert!(said.contains(lang.edited()), "{said}");
        screen.click(lang.show_earlier_texts());
        let asked = screen.questions();
        assert_eq!(
            asked,
            [Query::EarlierTexts {
                peer_id: mina(),
                row: row(2)
            }]
        );
        screen.reply(Answer::EarlierTexts {
            peer_id: mina(),
            row: row(2),
            texts: vec![("at three\nas always".to_owned(), millis(0))],
        });
        assert!(screen.has(lang.earlier_texts()) && screen.has("at three\nas always"));
        screen.press(Key::Escape);
        assert!(!screen.has(lang.earlier_texts()));
    }
}

#[test]
fn an_edit_that_is_left_brings_back_what_was_written_before() {
    for lang in Lang::ALL {
        for leave in ["Escape", "button"] {
            let mut screen = connected(lang, kept());
            screen.write(lang, "half a thought");
            open_menu(&mut screen, "at three\nas always");
            screen.click(lang.edit());
            assert_eq!(screen.draft(), "at three\nas always");
            screen.fill(lang.message(), "at fo");
            if leave == "Escape" {
                screen.press(Key::Escape);
            } else {
                screen.click(lang.cancel_edit());
            }
            assert_eq!(screen.draft(), "half a thought", "{leave}");
            assert_eq!(screen.focused(), lang.message(), "{leave}");
            assert_eq!(commands(&mut screen), []);
            // The draft that is kept is never the text that is edited.
            screen.press(Key::Escape);
            assert_eq!(screen.draft(), "half a thought");
        }
    }
}

#[test]
fn sending_an_edit_ends_the_sign_that_one_is_typing() {
    let lang = Lang::En;
    let mut screen = connected(lang, kept());
    screen.field(lang.message()).focus();
    screen.run();
    screen.press(Key::ArrowUp);
    let typing = |screen: &mut Screen| -> Vec<_> {
        std::iter::from_fn(|| screen.command())
            .filter(|command| matches!(command, Command::SetTyping(_)))
            .collect()
    };
    screen.write(lang, "!");
    assert_eq!(typing(&mut screen), [Command::SetTyping(true)]);
    screen.press(Key::Enter);
    assert_eq!(typing(&mut screen), [Command::SetTyping(false)]);
}

#[test]
fn an_edit_without_a_change_sends_nothing() {
    let lang = Lang::En;
    let mut screen = connected(lang, kept());
    open_menu(&mut screen, "at three\nas always");
    screen.click(lang.edit());
    screen.press(Key::Enter);
    assert_eq!(commands(&mut screen), []);
    assert_eq!(screen.draft(), "");
}

#[test]
fn deleting_asks_first_and_leaves_a_quiet_sentence() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        open_menu(&mut screen, "at three\nas always");
        screen.click(lang.delete_further());
        assert_eq!(screen.focused(), lang.keep(), "the safe answer");
        screen.click(lang.keep());
        assert_eq!(commands(&mut screen), []);
        open_menu(&mut screen, "at three\nas always");
        screen.click(lang.delete_further());
        screen.click(lang.delete_for_both());
        assert_eq!(commands(&mut screen), [change(2, Change::Delete)]);

        let gone = |message| {
            with(named(message), |marks| {
                marks.is_deleted = true;
            })
        };
        becomes(&mut screen, gone(messages::mine(2, State::Delivered, "")));
        let mine = row_with(&screen, lang.you_deleted());
        assert!(!mine.contains(lang.delivered()), "{mine}");
        becomes(&mut screen, gone(messages::theirs(1, (0, 0), "")));
        let theirs = lang.deleted_by(screen.harness.state().chat().contacts(), &MINA);
        row_with(&screen, &theirs);
        open_menu(&mut screen, &theirs);
        assert!(!screen.has(lang.copy()), "there is nothing to do with it");
    }
}

#[test]
fn a_message_of_the_peers_can_be_answered_but_not_edited_or_deleted() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        open_menu(&mut screen, "hello");
        assert!(screen.has(lang.reply()) && screen.has(lang.copy()));
        assert!(!screen.has(lang.edit()) && !screen.has(lang.delete_further()));
    }
}

#[test]
fn a_message_that_waits_is_cancelled_rather_than_deleted() {
    let lang = Lang::En;
    let waits = vec![named(messages::mine(1, State::Waiting, "for later"))];
    let mut screen = absent(lang, waits);
    open_menu(&mut screen, "for later");
    assert!(screen.has(lang.cancel_message()) && screen.has(lang.edit()));
    assert!(!screen.has(lang.delete_further()));
}

#[test]
fn reactions_are_given_taken_back_and_shown() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        open_menu(&mut screen, "hello");
        screen.click(&lang.react_with("👍"));
        let thumb = || Change::React("👍".to_owned());
        assert_eq!(commands(&mut screen), [change(1, thumb())]);
        let ours = with(named(messages::theirs(1, (0, 0), "hello")), |marks| {
            marks.reactions.get_or_insert_default().mine = Some("👍".to_owned());
        });
        becomes(&mut screen, ours.clone());
        let chip = format!("👍, {}", lang.you());
        assert!(row_with(&screen, "hello").contains(&chip));
        let node = screen.harness.get_by_role_and_label(Role::Button, &chip);
        assert_eq!(node.accesskit_node().toggled(), Some(Toggled::True));
        screen.click(&chip);
        assert_eq!(
            commands(&mut screen),
            [change(1, Change::React(String::new()))]
        );
        open_menu(&mut screen, "hello");
        screen.click(&lang.take_back("👍"));
        assert_eq!(
            commands(&mut screen),
            [change(1, Change::React(String::new()))]
        );

        // Both of us: one chip.
        becomes(
            &mut screen,
            with(ours, |marks| {
                marks.reactions.get_or_insert_default().theirs = Some("👍".to_owned());
            }),
        );
        assert!(screen.has(&format!("👍, {}, Mina", lang.you())));
        // Hers alone: a click gives the same.
        let hers = with(named(messages::theirs(1, (0, 0), "hello")), |marks| {
            marks.reactions.get_or_insert_default().theirs = Some("👍".to_owned());
        });
        becomes(&mut screen, hers);
        screen.click("👍, Mina");
        assert_eq!(commands(&mut screen), [change(1, thumb())]);
    }
}

#[test]
fn everything_is_reached_by_keyboard() {
    let lang = Lang::En;
    let mut screen = connected(lang, kept());
    focus_log(&mut screen);
    screen.press(Key::End);
    // The newest row says who connected.
    screen.press(Key::ArrowUp);
    screen.press(Key::ArrowUp);
    screen.press(Key::Enter);
    assert_eq!(screen.focused(), lang.reply());
    screen.press_by_keyboard(lang.edit());
    assert_eq!(screen.draft(), "at three\nas always");
    assert_eq!(screen.focused(), lang.message());
    focus_log(&mut screen);
    screen.press(Key::Enter);
    screen.press_by_keyboard(&lang.react_with("🙏"));
    assert_eq!(
        commands(&mut screen),
        [change(2, Change::React("🙏".to_owned()))]
    );
}

#[test]
fn what_was_read_is_marked_and_said_unless_it_is_not_wanted() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        assert!(row_with(&screen, "at three").contains(lang.delivered()));
        screen.report(Event::Seen {
            peer_id: mina(),
            row: row(2),
        });
        let said = row_with(&screen, "at three");
        assert!(
            said.contains(lang.read()) && !said.contains(lang.delivered()),
            "{said}"
        );
        screen.check(lang, lang.read_marks());
        let sent = commands(&mut screen);
        let [Command::SetPreferences(preferences)] = sent.as_slice() else {
            panic!("{sent:?}");
        };
        assert!(!preferences.read_marks);
        assert!(
            row_with(&screen, "at three").contains(lang.delivered()),
            "neither shown"
        );
    }
}

#[test]
fn a_peer_of_an_earlier_version_is_offered_nothing_that_it_does_not_know() {
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        screen.report(Event::LacksChanges);
        open_menu(&mut screen, "at three\nas always");
        assert!(screen.has(lang.lacks_changes()) && screen.has(lang.copy()));
        for name in [
            lang.reply(),
            lang.edit(),
            lang.delete_further(),
            &lang.react_with("👍"),
        ] {
            assert!(!screen.has(name), "{name}");
        }
    }
}

#[test]
fn messages_without_a_name_can_only_be_copied() {
    let lang = Lang::En;
    let unnamed = vec![messages::theirs(1, (0, 0), "of an old store")];
    let mut screen = connected(lang, unnamed);
    open_menu(&mut screen, "of an old store");
    assert!(screen.has(lang.copy()));
    assert!(!screen.has(lang.reply()) && !screen.has(lang.lacks_changes()));
}

#[test]
fn a_change_leaves_the_reader_where_they_read() {
    let lang = Lang::En;
    let kept = (1..=300).map(|number| {
        named(messages::theirs(
            number,
            (0, 0),
            &format!("message {number}"),
        ))
    });
    let mut screen = connected(lang, kept.collect());
    focus_log(&mut screen);
    for _ in 0..40 {
        screen.press(Key::ArrowUp);
    }
    let before = screen.rows();
    let edited = with(named(messages::theirs(270, (0, 0), "now this")), |marks| {
        marks.is_edited = true;
    });
    becomes(&mut screen, edited);
    let after = screen.rows();
    assert_eq!(before.first(), after.first());
    assert!(
        after.iter().any(|row| row.ends_with("now this")),
        "{after:?}"
    );
}

#[test]
fn begun_without_read_marks_the_worker_is_told_so() {
    let settings = Settings {
        theme: Theme::Light,
        read_marks: false,
        ..Settings::default()
    };
    // Its preferences are compared there.
    Screen::begun(
        Lang::En,
        Begin {
            settings,
            ..Begin::default()
        },
    );
}

/// Everything that a message can have at once, while one of them is answered or edited.
#[test]
fn nothing_of_it_is_cut_off_or_in_the_way() {
    let long = "a sentence that is much longer than one line of any bubble, so that it is cut off in a quote";
    for lang in Lang::ALL {
        let mut screen = connected(lang, kept());
        let full = with(named(messages::mine(2, State::Delivered, "ok")), |marks| {
            marks.is_edited = true;
            marks.reactions.get_or_insert_default().mine = Some("👍".to_owned());
            marks.reactions.get_or_insert_default().theirs = Some("❤\u{fe0f}".to_owned());
            marks.quote = Some(Box::new(Quote {
                mine: false,
                source: Some((row(1), long.to_owned())),
            }));
        });
        becomes(&mut screen, full);
        for begin in [lang.reply(), lang.edit()] {
            open_menu(&mut screen, "ok");
            screen.click(begin);
            for zoom in [1.0, 2.0] {
                screen.harness.ctx.set_zoom_factor(zoom);
                for width in WIDTHS {
                    // High enough that no row is scrolled below the header.
                    screen.harness.set_size(egui::vec2(width, 1_200.0));
                    screen.run();
                    let what = format!("{begin}, {lang:?}, {width} points, {zoom}");
                    assert_in_order(&screen, &what);
                }
            }
            screen.harness.ctx.set_zoom_factor(1.0);
            screen.harness.set_size(egui::vec2(640.0, 560.0));
            screen.run();
            screen.press(Key::Escape);
        }
    }
}

#[test]
fn every_kind_of_emoji_is_shown_as_it_is() {
    let lang = Lang::En;
    let mut screen = Screen::keeping_in_any_script(lang, kept(), 3);
    screen.answer();
    for emoji in [
        "❤\u{fe0f}",
        "👍🏽",
        "👩\u{200d}🚀",
        "🇰🇷",
        "1\u{fe0f}\u{20e3}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "ㅋ",
    ] {
        let reacted = with(named(messages::theirs(1, (0, 0), "hello")), |marks| {
            marks.reactions.get_or_insert_default().theirs = Some(emoji.to_owned());
        });
        becomes(&mut screen, reacted);
        let words = format!("{emoji}, Mina");
        assert!(
            row_with(&screen, "hello").contains(&words),
            "{emoji}: {:?}",
            screen.rows()
        );
        assert!(screen.has(&words));
    }
    // A peer may send anything that is one character to Unicode.
    let deceiving = with(named(messages::theirs(1, (0, 0), "hello")), |marks| {
        marks.reactions.get_or_insert_default().theirs = Some("\u{202e}".to_owned());
    });
    becomes(&mut screen, deceiving);
    assert!(screen.has("[U+202E], Mina"), "{:?}", screen.rows());
}

#[test]
fn any_emoji_can_be_a_reaction() {
    for lang in Lang::ALL {
        for size in [egui::vec2(640.0, 560.0), egui::vec2(320.0, 360.0)] {
            let mut screen = connected(lang, kept());
            screen.harness.set_size(size);
            screen.run();
            focus_log(&mut screen);
            screen.press(Key::Home);
            screen.press(Key::Enter);
            screen.press_by_keyboard(lang.more_emoji());
            assert_eq!(screen.focused(), lang.search_emoji());
            screen
                .harness
                .event(egui::Event::Text("dog face".to_owned()));
            screen.run();
            let window = screen.harness.ctx.content_rect();
            for name in [lang.close(), lang.search_emoji(), emoji_name(lang)] {
                assert!(screen.has(name), "{name}");
                for node in screen.harness.query_all_by_label(name) {
                    let place = node.rect();
                    assert!(window.contains_rect(place), "{name}: {place:?}");
                }
            }
            screen.press(Key::Enter);
            let sent = commands(&mut screen);
            assert_eq!(sent, [change(1, Change::React("🐶".to_owned()))]);
            assert_eq!(screen.focused(), lang.message());
        }
    }
}

/// What the dog's face is called.
fn emoji_name(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "dog face",
        Lang::Ko => "강아지 얼굴",
    }
}

#[test]
fn nothing_is_painted_at_rest_whatever_is_open() {
    let lang = Lang::En;
    let mut all = kept();
    all[0] = with(all[0].clone(), |marks| {
        marks.is_edited = true;
        marks.reactions.get_or_insert_default().mine = Some("👍".to_owned());
    });
    for open in [
        lang.reply(),
        lang.edit(),
        lang.delete_further(),
        lang.more_emoji(),
    ] {
        let mut screen = connected(lang, all.clone());
        open_menu(&mut screen, "at three\nas always");
        screen.click(open);
        frames_in(&mut screen, 12.0);
        screen.harness.step();
        frames_in(&mut screen, 1.0);
        assert_eq!(frames_in(&mut screen, 20.0), 0, "{open}");
    }
}
