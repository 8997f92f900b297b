//! A window without a display, and a worker played by the test.

use std::{
    cell::{Cell, RefCell},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    rc::Rc,
    time::{Duration, SystemTime},
};

use crossbeam_channel::Receiver;
use duologue::{
    args::Args,
    desktop::{self, Request, Response},
    gui::{
        App, Outside, Setup,
        first_window::ShowFirst,
        locale::Lang,
        picker::{TakePaths, Wanted},
    },
    history::{self, Answer, At, FakeHistory, PAGE, Page, Query, Summary},
    identity::{
        Contact, PeerId, PublicKey, Trust,
        invite::{Invite, InviteError},
    },
    net::{self, Call, Command, Event, FakeWorker, How, Listening, Origin, Preferences},
    settings::{Loaded, Saver, Settings, Theme},
    store::{Message, Row},
    text::charset::{Charset, Reading},
};
use eframe::egui::{self, Role};
use egui_kittest::{
    Harness, HarnessBuilder, Node,
    kittest::{By, NodeT as _, Queryable as _},
};

use crate::messages::{self, Who, millis, row, row_number};

/// Time limit for what a thread of the window computes, which takes a second on a slow computer.
const PATIENCE: Duration = Duration::from_secs(100);

/// The address of the other side.
pub const PEER: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 5)), 50_000);

/// Our key, and that of a person called Mina.
pub const ME: PublicKey = PublicKey::from_bytes([7; 32]);
pub const MINA: PublicKey = PublicKey::from_bytes([1; 32]);

pub const PLAIN: Who = Who::Plain {
    encrypted_before: None,
};

/// A call to [`PEER`].
pub fn call(how: How) -> Call {
    Call {
        to: PEER.to_string().parse().expect("an endpoint"),
        also: Vec::new(),
        how,
    }
}

/// Others can connect.
pub fn listening() -> Event {
    Event::Listening(Listening {
        at: "[::]:50000".parse().expect("an endpoint"),
        reachable: vec![IpAddr::from([192, 168, 0, 7])],
        only_here: false,
    })
}

/// The time of everything that is received in a test.
pub fn midnight(lang: Lang) -> String {
    lang.time(jiff::civil::Time::midnight())
}

/// A contact at [`PEER`] with this name.
pub fn known(key: PublicKey, their_name: &str, trust: Trust) -> Contact {
    Contact {
        key,
        my_name: None,
        their_name: their_name.to_owned(),
        trust,
        blocked: false,
        last_ip: Some(PEER.ip()),
        first_met: Some(millis(0)),
        last_seen: Some(millis(0)),
        addresses: vec![PEER.to_string()],
        held: 0,
        held_up_to: 0,
    }
}

/// The same, with a name that the person gave them.
pub fn named(key: PublicKey, my_name: &str, trust: Trust) -> Contact {
    Contact {
        my_name: Some(my_name.to_owned()),
        ..known(key, my_name, trust)
    }
}

/// A conversation that we called for begins.
pub fn began(who: Who) -> Event {
    messages::connected_event(PEER, Origin::Dialled, who)
}

/// How many bytes are free, if that is known, and the folders that were asked about.
type Disk = Rc<(Cell<Option<u64>>, RefCell<Vec<PathBuf>>)>;

/// What a window starts with, besides its language.
#[derive(Default)]
pub struct Begin {
    pub args: Args,
    pub settings: Settings,
    pub damaged: Option<PathBuf>,
    pub saver: Option<Saver>,
    /// Number of the profile. 0 is the same as 1.
    pub profile: u32,
    /// Whether history is kept. The test plays the reader, too.
    pub keeps: bool,
    /// Where everything is kept; `None` for a folder that is not there.
    pub data_folder: Option<PathBuf>,
    /// How the first program with this folder is asked to show its window.
    pub show_first: Option<ShowFirst>,
    /// Whether this is the first start of all.
    pub is_new: bool,
    /// Invites that other programs on this folder hand over.
    pub invites: Option<Receiver<Result<Invite, InviteError>>>,
}

/// A window, and the worker's end of its channels.
pub struct Screen {
    pub harness: Harness<'static, App>,
    stages: Rc<RefCell<Vec<FakeWorker>>>,
    /// The reader's end of its channels, if there is one.
    pub reader: Option<FakeHistory>,
    /// Number of rows in the store.
    pub rows_kept: u64,
    /// Earlier messages with Mina, with rows from 1.
    pub kept: Vec<Message>,
    pub read_up_to: u64,
    pub kept_draft: String,
    /// Requests of the window to close or not to close.
    pub close_commands: Vec<egui::ViewportCommand>,
    /// Links and folders that were opened.
    opened: Rc<RefCell<Vec<String>>>,
    /// Questions for files and folders that are not answered yet.
    picks: Rc<RefCell<Vec<(Wanted, TakePaths)>>>,
    disk: Disk,
    /// Texts that were copied to the clipboard.
    pub copied: Vec<String>,
    /// Whether the input method was told to drop its unfinished syllable.
    pub interrupted: bool,
    /// Whether the window has requested attention.
    pub called_for: bool,
    /// How often the window has asked to be in front.
    pub front_requests: usize,
    /// A row may be shown as a sentence because it can't be laid out. Otherwise it is a failure, such as a character of
    /// ours that the bundled fonts lack.
    pub may_set_aside: bool,
    /// The desktop's end of its channels.
    notifications: desktop::FakeServer,
}

impl Screen {
    pub fn new(lang: Lang) -> Self {
        let settings = Settings {
            theme: Theme::Light,
            ..Settings::default()
        };
        Self::with(lang, settings, None)
    }

    pub fn with(lang: Lang, settings: Settings, damaged: Option<PathBuf>) -> Self {
        Self::begun(
            lang,
            Begin {
                settings,
                damaged,
                ..Begin::default()
            },
        )
    }

    pub fn begun(lang: Lang, begin: Begin) -> Self {
        // A character of our own texts that the bundled fonts lack is an error, because other computers may have no
        // other fonts.
        Self::built(lang, begin, Harness::builder())
    }

    /// A connected window that may show scripts for which only the system has fonts.
    pub fn connected_in_any_script(lang: Lang) -> Self {
        let builder = Harness::builder().allow_missing_glyphs();
        let mut screen = Self::built(lang, Begin::default(), builder);
        screen.report(began(PLAIN));
        screen
    }

    fn built(lang: Lang, begin: Begin, builder: HarnessBuilder<App>) -> Self {
        let stages = Rc::new(RefCell::new(Vec::new()));
        let theirs = Rc::clone(&stages);
        let opened: Rc<RefCell<Vec<String>>> = Rc::default();
        let of_window = Rc::clone(&opened);
        let picks: Rc<RefCell<Vec<(Wanted, TakePaths)>>> = Rc::default();
        let asked = Rc::clone(&picks);
        let disk: Disk = Rc::default();
        let of_disk = Rc::clone(&disk);
        let Begin {
            args,
            settings,
            damaged,
            saver,
            profile,
            keeps,
            data_folder,
            show_first,
            is_new,
            invites,
        } = begin;
        let (history, reader) = history::fake(|| {});
        let (desktop, notifications) = desktop::fake(|| {});
        let (history, reader) = if keeps {
            (Some(history), Some(reader))
        } else {
            (None, None)
        };
        let profile = profile.max(1);
        let preferences = Preferences {
            name: settings.name.clone(),
            allow_plain: settings.allow_plain,
            keep_history: settings.keep_history,
            read_marks: settings.read_marks,
            accept_files: None,
        };
        let setup = Setup {
            args: Args {
                lang: Some(lang),
                ..args
            },
            loaded: Loaded {
                settings,
                damaged,
                is_new,
            },
            saver,
            start_worker: Box::new(move |_| {
                let (handle, stage) = net::fake(|| {});
                theirs.borrow_mut().push(stage);
                Ok(handle)
            }),
            history,
            desktop: Some(desktop),
            export_folder: Some(PathBuf::from("Downloads")),
            read_zone: Box::new(|| jiff::tz::TimeZone::UTC),
            data_folder: Some(data_folder.unwrap_or_else(|| PathBuf::from("Data"))),
            outside: Outside {
                show_first,
                open: Box::new(move |place| {
                    let place = place.as_os_str().to_string_lossy().into_owned();
                    of_window.borrow_mut().push(place);
                }),
                pick: Box::new(move |wanted, _, take| {
                    asked.borrow_mut().push((wanted, take));
                }),
                free_space: Box::new(move |folder, take| {
                    of_disk.1.borrow_mut().push(folder);
                    take(of_disk.0.get());
                }),
            },
            profile,
            invites: invites.unwrap_or_else(crossbeam_channel::never),
        };
        let harness = builder
            .with_size(egui::vec2(640.0, 560.0))
            .with_max_steps(64)
            .build_eframe(|creation| App::new(&creation.egui_ctx, setup));
        let mut screen = Self {
            harness,
            stages,
            reader,
            rows_kept: 0,
            kept: Vec::new(),
            read_up_to: 0,
            kept_draft: String::new(),
            close_commands: Vec::new(),
            opened,
            picks,
            disk,
            copied: Vec::new(),
            interrupted: false,
            called_for: false,
            front_requests: 0,
            may_set_aside: false,
            notifications,
        };
        screen.run();
        screen.hear_how_it_begins(preferences);
        screen
    }

    /// Expects the commands that a window sends at its start and after a crash.
    pub fn hear_how_it_begins(&mut self, preferences: Preferences) {
        assert!(matches!(self.command(), Some(Command::SetFormat(_))));
        assert_eq!(self.command(), Some(Command::SetPreferences(preferences)));
    }

    /// A window that keeps history, with its own key and these contacts.
    pub fn listing(lang: Lang, contacts: &[Contact]) -> Self {
        let settings = Settings {
            theme: Theme::Light,
            ..Settings::default()
        };
        let keeps = true;
        let begin = Begin {
            settings,
            keeps,
            ..Begin::default()
        };
        let mut screen = Self::begun(lang, begin);
        screen.report(Event::Identity(Ok(ME)));
        screen.report(Event::Contacts(contacts.into()));
        // At the start, and because of what has been reported.
        for _ in 0..2 {
            assert_eq!(screen.questions(), [Query::Conversations]);
            screen.reply(Answer::Conversations(Vec::new()));
        }
        screen
    }

    /// Sends an answer of the reader.
    pub fn reply(&mut self, answer: Answer) {
        let reader = self.reader.as_ref().expect("a window that keeps");
        reader.replies.try_send(answer).expect("room");
        self.run();
    }

    /// A window that has called [`PEER`] in plain text.
    pub fn connected(lang: Lang) -> Self {
        let mut screen = Self::new(lang);
        screen.report(began(PLAIN));
        screen
    }

    /// A window with its own key and these contacts.
    pub fn knowing(lang: Lang, contacts: &[Contact]) -> Self {
        let mut screen = Self::new(lang);
        screen.report(Event::Identity(Ok(ME)));
        screen.report(Event::Contacts(contacts.into()));
        screen
    }

    /// The same, where text of any script may be shown.
    pub fn knowing_in_any_script(lang: Lang, contacts: &[Contact]) -> Self {
        let mut screen = Self::connected_in_any_script(lang);
        screen.report(Event::Identity(Ok(ME)));
        screen.report(Event::Contacts(contacts.into()));
        screen
    }

    /// Every text on the screen, as it is painted from left to right.
    pub fn painted(&self) -> Vec<String> {
        let shapes = self.harness.output().shapes.iter();
        let texts = shapes.filter_map(|shape| match &shape.shape {
            egui::Shape::Text(text) => Some(text),
            _ => None,
        });
        let rows = texts.flat_map(|text| &text.galley.rows);
        rows.map(|row| {
            let mut glyphs: Vec<_> = row.glyphs.iter().collect();
            glyphs.sort_by(|one, other| one.pos.x.total_cmp(&other.pos.x));
            glyphs.iter().map(|glyph| glyph.chr).collect()
        })
        .collect()
    }

    /// A window that has called Mina at [`PEER`] encrypted.
    pub fn encrypted(lang: Lang) -> Self {
        let mut screen = Self::knowing(lang, &[named(MINA, "Mina", Trust::Accepted)]);
        screen.report(began(Who::Key(MINA)));
        screen.report(Event::Named("Mina".to_owned()));
        screen
    }

    /// The person picks these paths, or none. Returns what was asked for.
    pub fn pick(&mut self, paths: &[&str]) -> Wanted {
        let (wanted, take) = self.picks.borrow_mut().pop().expect("a question");
        take(Some(paths.iter().map(PathBuf::from).collect()));
        self.run();
        wanted
    }

    /// The system has no dialog in which the person could pick something.
    pub fn lack_dialog(&mut self) {
        let (_, take) = self.picks.borrow_mut().pop().expect("a question");
        take(None);
        self.run();
    }

    /// So many bytes can be received from now on.
    pub fn set_free(&mut self, bytes: u64) {
        self.disk.0.set(Some(bytes));
    }

    /// The folders of which it was asked since the last call how much is free.
    pub fn asked_disk(&mut self) -> Vec<PathBuf> {
        self.disk.1.take()
    }

    /// Whether the person is asked for files or folders.
    pub fn is_picking(&self) -> bool {
        !self.picks.borrow().is_empty()
    }

    /// The links and folders opened since the last call.
    pub fn opened(&mut self) -> Vec<String> {
        self.opened.take()
    }

    /// Waits for a text that another thread of the window computes.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let since = SystemTime::now();
        while !self.has(text) {
            let waited = since.elapsed().unwrap_or_default();
            assert!(waited < PATIENCE, "no {text:?}");
            std::thread::yield_now();
            self.run();
        }
    }

    /// Waits for something with this role and name that another thread of the window brings.
    #[track_caller]
    pub fn wait_for_role(&mut self, role: Role, name: &str) {
        self.wait_until(|screen| screen.harness.query_by_role_and_label(role, name).is_some());
    }

    /// Waits for what another thread of the window brings.
    #[track_caller]
    pub fn wait_until(&mut self, is_there: impl Fn(&Self) -> bool) {
        let since = SystemTime::now();
        while !is_there(self) {
            let waited = since.elapsed().unwrap_or_default();
            assert!(waited < PATIENCE, "it never came");
            std::thread::yield_now();
            self.run();
        }
    }

    /// The next command of the window.
    pub fn command(&mut self) -> Option<Command> {
        let stages = self.stages.borrow();
        stages
            .last()
            .expect("a worker was started")
            .requests
            .try_recv()
            .ok()
    }

    /// Fails unless this is the next command.
    #[track_caller]
    pub fn expect(&mut self, command: Command) {
        assert_eq!(self.command(), Some(command));
    }

    /// A window with earlier messages from Mina, which were read up to row `read`.
    pub fn keeping(lang: Lang, kept: Vec<Message>, read: u64) -> Self {
        Self::keeping_with(lang, kept, read, Harness::builder())
    }

    /// The same, where text of any script may be shown.
    pub fn keeping_in_any_script(lang: Lang, kept: Vec<Message>, read: u64) -> Self {
        let builder = Harness::builder().allow_missing_glyphs();
        Self::keeping_with(lang, kept, read, builder)
    }

    fn keeping_with(
        lang: Lang,
        kept: Vec<Message>,
        read: u64,
        builder: HarnessBuilder<App>,
    ) -> Self {
        let begin = Begin {
            settings: Settings {
                theme: Theme::Light,
                ..Settings::default()
            },
            keeps: true,
            ..Begin::default()
        };
        let mut screen = Self::built(lang, begin, builder);
        screen.kept = kept;
        screen.read_up_to = read;
        screen.report(Event::Identity(Ok(ME)));
        screen.report(Event::Contacts(
            [named(MINA, "Mina", Trust::Accepted)].into(),
        ));
        screen
    }

    /// The queries to the reader since the last call.
    pub fn questions(&mut self) -> Vec<Query> {
        let reader = self.reader.as_ref().expect("a reader");
        reader.requests.try_iter().collect()
    }

    /// Answers the queries of the window until there are no more, and returns them.
    pub fn answer(&mut self) -> Vec<Query> {
        let mut all = Vec::new();
        loop {
            let questions = self.questions();
            if questions.is_empty() {
                return all;
            }
            for query in &questions {
                let answer = match query {
                    Query::Page { peer_id, at } => Answer::Page(self.page(peer_id.clone(), *at)),
                    Query::Conversations => Answer::Conversations(self.conversations()),
                    Query::Messages { peer_id, rows } => Answer::Messages {
                        peer_id: peer_id.clone(),
                        messages: self.messages_at(rows),
                    },
                    other => panic!("{other:?} is not expected"),
                };
                let reader = self.reader.as_ref().expect("a reader");
                reader.replies.try_send(answer).expect("room");
            }
            all.extend(questions);
            self.run();
        }
    }

    fn conversations(&self) -> Vec<Summary> {
        let newest = self.kept.last().map(|message| Summary {
            peer_id: PeerId::Key(MINA),
            newest: Some(message.text.clone()),
            newest_is_file: message.file.is_some(),
            draft: None,
            active_at: message.received_at,
            unread: 0,
            waiting: 0,
            messages: self.kept.len() as u64,
            is_pinned: false,
            is_muted: false,
        });
        newest.into_iter().collect()
    }

    fn messages_at(&self, rows: &[Row]) -> Vec<Message> {
        let kept = |row: &Row| self.kept.iter().find(|message| message.row == *row);
        rows.iter().filter_map(kept).cloned().collect()
    }

    fn page(&self, peer_id: PeerId, at: At) -> Page {
        let is_mina = peer_id == PeerId::Key(MINA);
        let kept = if is_mina { &self.kept[..] } else { &[] };
        let end = kept.len();
        let index = |row| usize::try_from(row_number(row)).expect("small") - 1;
        let rows = match at {
            At::Newest => end.saturating_sub(PAGE)..end,
            At::Before(row) => index(row).saturating_sub(PAGE)..index(row),
            At::After(row) => index(row) + 1..end.min(index(row) + 1 + PAGE),
            At::Around(row) => index(row).saturating_sub(PAGE / 2)..end.min(index(row) + PAGE / 2),
        };
        Page {
            peer_id,
            at,
            messages: kept[rows].to_vec(),
            span: (end > 0).then_some((row(1), row(end as u64))),
            read_up_to: row(if is_mina { self.read_up_to } else { 0 }),
            seen_up_to: row(0),
            draft: if is_mina {
                self.kept_draft.clone()
            } else {
                String::new()
            },
        }
    }

    /// Sends an event of the worker.
    pub fn report(&mut self, event: Event) {
        {
            let stages = self.stages.borrow();
            stages
                .last()
                .expect("a worker was started")
                .replies
                .try_send(event)
                .expect("room");
        }
        self.run();
    }

    /// The peer sends a message in plain text.
    pub fn hear(&mut self, text: &str) {
        self.say_quietly(text);
        self.run();
    }

    /// The peer sends these bytes, which the worker decodes this way.
    pub fn hear_bytes(&mut self, bytes: &[u8], reading: Reading) {
        let decoded = reading.decode(bytes);
        let said = messages::plain_event(self.peer_id(), decoded, SystemTime::UNIX_EPOCH);
        self.report(said);
    }

    /// Whom the conversation is with that goes on.
    pub fn peer_id(&self) -> PeerId {
        let peer = self.harness.state().chat().peer();
        peer.expect("a conversation goes on").peer_id.clone()
    }

    /// Opens the settings.
    pub fn open_settings(&mut self, lang: Lang) {
        self.click(lang.menu());
        self.click_label(lang.settings_further());
    }

    /// Scrolls to a control in a dialog, and clicks on it.
    pub fn click_in_view(&mut self, role: Role, name: &str) {
        self.harness
            .get_by_role_and_label(role, name)
            .scroll_to_me();
        self.run();
        self.harness.get_by_role_and_label(role, name).click();
        self.run();
    }

    /// Clicks on what has this name, whatever it is. Its shortcut may follow.
    fn click_label(&mut self, name: &str) {
        self.harness
            .query_all_by_label_contains(name)
            .next()
            .unwrap_or_else(|| panic!("no {name}"))
            .click();
        self.run();
    }

    /// Chooses something in a list of the settings.
    pub fn choose(&mut self, lang: Lang, list: &str, option: &str) {
        self.open_settings(lang);
        self.click_in_view(Role::ComboBox, list);
        self.click_in_view(Role::RadioButton, option);
        self.press(egui::Key::Escape);
    }

    /// Clicks on a check box in the settings.
    pub fn check(&mut self, lang: Lang, name: &str) {
        self.open_settings(lang);
        self.click_in_view(Role::CheckBox, name);
        self.press(egui::Key::Escape);
    }

    /// The row of the next message in the store.
    pub fn next_row(&mut self) -> u64 {
        self.rows_kept += 1;
        self.rows_kept
    }

    /// An encrypted peer sends a message.
    pub fn hear_encrypted(&mut self, text: &str) {
        self.hear_encrypted_of(text, 0);
    }

    /// An encrypted peer sends a message at this time, in milliseconds since 1970 by its clock.
    pub fn hear_encrypted_of(&mut self, text: &str, sent_at: i64) {
        let row = self.next_row();
        self.report(messages::text_event(self.peer_id(), text, sent_at, row));
    }

    /// The peer sends a message in plain text, and no frame is painted.
    pub fn say_quietly(&mut self, text: &str) {
        let decoded = Reading::Fixed(Charset::UTF_8).decode(text.as_bytes());
        let said = messages::plain_event(self.peer_id(), decoded, SystemTime::UNIX_EPOCH);
        let stages = self.stages.borrow();
        stages
            .last()
            .expect("a worker was started")
            .replies
            .try_send(said)
            .expect("room");
    }

    /// The file in row 1 has come this far, and no frame is painted.
    pub fn say_progress(&mut self, moved: u64, bytes_per_second: u64) {
        let progress = Event::FileProgress {
            peer_id: self.peer_id(),
            row: row(1),
            moved,
            size: 40_000_000,
            bytes_per_second,
        };
        let stages = self.stages.borrow();
        let stage = stages.last().expect("a worker was started");
        stage.replies.try_send(progress).expect("room");
    }

    /// The worker crashes.
    pub fn crash(&mut self) {
        self.stages.borrow_mut().clear();
        self.run();
    }

    /// Paints frames until the window asks for none at once, and notes what it copies and requests.
    pub fn run(&mut self) {
        for _ in 0..64 {
            self.harness.step();
            let output = self.harness.output();
            for shape in &output.shapes {
                if let egui::Shape::Text(text) = &shape.shape {
                    let words = text.galley.text();
                    // By itself it is an emoji of the picker.
                    let is_clash = words.contains("🔥") && words != "🔥";
                    assert!(!is_clash, "an id clash: {words}");
                }
            }
            let ime = output.platform_output.ime;
            self.interrupted |= ime.is_some_and(|ime| ime.should_interrupt_composition);
            self.copied.extend(
                output
                    .platform_output
                    .commands
                    .iter()
                    .filter_map(|command| match command {
                        egui::OutputCommand::CopyText(text) => Some(text.clone()),
                        _ => None,
                    }),
            );
            let root = output.viewport_output.get(&egui::ViewportId::ROOT);
            let commands = root.map_or(&[][..], |viewport| &viewport.commands);
            self.close_commands.extend(
                commands
                    .iter()
                    .filter(|command| {
                        matches!(
                            command,
                            egui::ViewportCommand::Close | egui::ViewportCommand::CancelClose
                        )
                    })
                    .cloned(),
            );
            self.front_requests += commands
                .iter()
                .filter(|&command| *command == egui::ViewportCommand::Focus)
                .count();
            self.called_for |= commands
                .iter()
                .any(|command| matches!(command, egui::ViewportCommand::RequestUserAttention(_)));
            if root.is_none_or(|viewport| !viewport.repaint_delay.is_zero()) {
                break;
            }
        }
        for lang in Lang::ALL {
            assert!(self.may_set_aside || !self.has(lang.cannot_be_shown()));
        }
    }

    pub fn click(&mut self, name: &str) {
        self.harness
            .get_by_role_and_label(Role::Button, name)
            .click();
        self.run();
    }

    /// Clicks on a button of a question, once that has stood still under the pointer.
    pub fn click_at_rest(&mut self, name: &str) {
        self.harness
            .get_by_role_and_label(Role::Button, name)
            .hover();
        self.run();
        self.wait(1.0);
        self.click(name);
    }

    /// Opens the list of conversations, in a window that has no room for it beside the transcript.
    pub fn show_list(&mut self, lang: Lang) {
        self.click(lang.people());
    }

    /// The row of the list of conversations with this name.
    #[track_caller]
    pub fn row_of(&self, lang: Lang, name: &str) -> Node<'_> {
        let list = self
            .harness
            .get_by_role_and_label(Role::List, lang.people());
        list.query_all_by_role(Role::ListItem)
            .find(|row| listed_name(row) == name)
            .unwrap_or_else(|| panic!("{name} is not listed"))
    }

    /// Opens the conversation with this name from the list.
    #[track_caller]
    pub fn open_row(&mut self, lang: Lang, name: &str) {
        self.show_list(lang);
        self.row_of(lang, name).click();
        self.run();
    }

    /// Shows what is known of the contact with this name, from the list.
    #[track_caller]
    pub fn show_details(&mut self, lang: Lang, name: &str) {
        self.show_list(lang);
        self.row_of(lang, name).click_secondary();
        self.run();
        self.click(lang.details_further());
    }

    /// The names in the list of conversations, from top to bottom.
    pub fn listed(&self, lang: Lang) -> Vec<String> {
        let list = self
            .harness
            .get_by_role_and_label(Role::List, lang.people());
        let rows = list.query_all_by_role(Role::ListItem);
        let mut names: Vec<_> = rows
            .map(|row| (row.rect().top(), listed_name(&row)))
            .collect();
        names.sort_by(|one, other| one.0.total_cmp(&other.0));
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Where a button is.
    pub fn place(&self, name: &str) -> egui::Pos2 {
        let button = self.harness.get_by_role_and_label(Role::Button, name);
        button.rect().center()
    }

    pub fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    pub fn has_text(&self, part: &str) -> bool {
        self.harness
            .query_all_by_label_contains(part)
            .next()
            .is_some()
    }

    pub fn button_is_enabled(&self, name: &str) -> bool {
        !self
            .harness
            .get_by_role_and_label(Role::Button, name)
            .accesskit_node()
            .is_disabled()
    }

    pub fn field(&self, name: &'static str) -> Node<'_> {
        self.harness
            .get_all(By::new().label(name))
            .find(|node| {
                matches!(
                    node.accesskit_node().role(),
                    Role::TextInput | Role::MultilineTextInput
                )
            })
            .unwrap_or_else(|| panic!("no field is named {name}"))
    }

    /// The text in a field.
    pub fn value(&self, name: &'static str) -> String {
        self.field(name)
            .accesskit_node()
            .value()
            .unwrap_or_default()
    }

    /// The name of the focused control.
    pub fn focused(&self) -> String {
        let nodes = self.harness.root().children_recursive();
        let mut focused = nodes.filter(|node| node.accesskit_node().is_focused());
        focused
            .find_map(|node| {
                let node = node.accesskit_node();
                let mut labels = node.labelled_by().filter_map(|label| label.value());
                let label = node.label().filter(|label| !label.is_empty());
                label.or_else(|| labels.next())
            })
            .unwrap_or_default()
    }

    /// The window loses the focus.
    pub fn lose_focus(&mut self) {
        self.set_focus(false);
    }

    /// The window comes to the front, or leaves it.
    pub fn set_focus(&mut self, is_focused: bool) {
        let input = self.harness.input_mut();
        let root = input.viewports.entry(egui::ViewportId::ROOT).or_default();
        root.focused = Some(is_focused);
        input.focused = is_focused;
        self.run();
    }

    /// What the desktop was asked for since the last time.
    pub fn notifications(&mut self) -> Vec<Request> {
        self.run();
        self.notifications.requests.try_iter().collect()
    }

    /// The person does something with a notification.
    pub fn react(&mut self, response: Response) {
        self.notifications.replies.send(response).unwrap();
        self.run();
    }

    /// Lets this many seconds pass. From then on the clock stands still.
    pub fn wait(&mut self, seconds: f64) {
        let now = self.harness.ctx.input(|input| input.time);
        self.harness.input_mut().time = Some(now + seconds);
        self.run();
    }

    /// Presses Tab until this control has the focus, and then Enter.
    pub fn press_by_keyboard(&mut self, name: &str) {
        self.tab_to(name);
        self.press(egui::Key::Enter);
    }

    /// Presses the down arrow until this entry of a menu has the focus.
    #[track_caller]
    pub fn arrow_to(&mut self, name: &str) {
        for _ in 0..20 {
            if self.focused() == name {
                return;
            }
            self.press(egui::Key::ArrowDown);
        }
        panic!("the arrow does not lead to {name:?}");
    }

    /// Presses Tab until this control has the focus.
    pub fn tab_to(&mut self, name: &str) {
        for _ in 0..60 {
            self.press(egui::Key::Tab);
            let here = self.harness.query_all_by_label(name);
            if here
                .into_iter()
                .any(|node| node.accesskit_node().is_focused())
            {
                return;
            }
        }
        panic!("Tab never reached {name}");
    }

    /// Replaces the text in a field.
    pub fn fill(&mut self, name: &'static str, text: &str) {
        self.field(name).focus();
        self.run();
        self.harness
            .key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.run();
        if text.is_empty() {
            self.harness.key_press(egui::Key::Delete);
        } else {
            self.field(name).type_text(text);
        }
        self.run();
    }

    /// Types into the composer.
    pub fn write(&mut self, lang: Lang, text: &str) {
        self.field(lang.message()).focus();
        self.run();
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.run();
    }

    /// Presses and releases a key.
    pub fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.run();
    }

    pub fn draft(&self) -> &str {
        self.harness.state().draft()
    }

    /// The messages sent since the last call.
    pub fn sent(&mut self) -> Vec<(String, Charset)> {
        std::iter::from_fn(|| self.command())
            .filter_map(|command| messages::outgoing(&command))
            .map(|message| (message.text, message.charset))
            .collect()
    }

    /// The names of the visible rows, from top to bottom.
    pub fn rows(&self) -> Vec<String> {
        let mut rows: Vec<_> = self
            .harness
            .query_all_by_role(Role::ListItem)
            .map(|row| {
                (
                    row.rect().top(),
                    row.accesskit_node().label().unwrap_or_default(),
                )
            })
            .collect();
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        rows.into_iter().map(|(_, name)| name).collect()
    }
}

/// The name in a row of the list of conversations, which is what a screen reader says first.
fn listed_name(row: &Node<'_>) -> String {
    let label = row.accesskit_node().label().unwrap_or_default();
    // An address has colons, too.
    let (name, _) = label.split_once(": ").unwrap_or((&label, ""));
    let (name, _) = name.split_once(", ").unwrap_or((name, ""));
    name.to_owned()
}
