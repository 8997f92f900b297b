//! The window: drains events into the chat, lays the views out, carries out what they ask for.
//!
//! Views never act: they push `Action`s, which run after painting. Words are in [`text`],
//! colours, sizes and fonts in `theme`.

mod action;
mod address_bar;
mod asks;
mod bytes;
mod choices;
mod closing;
mod composer;
mod dialog;
mod drafts;
mod events;
mod finding;
mod header;
mod keeping;
mod keys;
pub mod locale;
mod menu;
mod name_field;
mod notices;
mod own_name;
mod people;
mod problem;
mod reader;
mod search;
mod shortcuts;
mod status;
pub mod theme;
mod transcript;
mod typing;
mod verify;
mod welcome;

use std::{io, path::PathBuf};

use eframe::egui::{self, Context, Frame, Key, Margin, Panel, Ui};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    args::{Args, Start},
    chat::{Chat, conversations::Conversations, timeline::ItemId},
    gui::locale::Lang,
    history,
    net::{Call, Handle, How},
    settings::{Loaded, Saver, Settings},
};
use action::Action;
use address_bar::AddressBar;
use closing::Closing;
use composer::Composer;
use dialog::Dialog;
use drafts::{Drafts, ReadMark};
use notices::Notice;
use own_name::OwnName;
use search::Search;
use transcript::Transcript;

/// The caret blinks for so long after the last input, in seconds. Each blink is a repaint.
const BLINK_FOR: f64 = 10.0;

/// Starts a worker that wakes this window.
pub type StartWorker = Box<dyn Fn(&Context) -> io::Result<Handle>>;

/// Asks another program to show its window.
pub type ShowFirst = Box<dyn Fn() -> io::Result<()>>;

/// What the window begins with.
pub struct Setup {
    /// The command line.
    pub args: Args,
    /// The settings as found.
    pub loaded: Loaded,
    /// Where they are saved; nowhere if there is no folder.
    pub saver: Option<Saver>,
    /// How a worker is started, at first and after a crash.
    pub start_worker: StartWorker,
    /// What reads what was said from the disk, and wakes this window; nothing if there is no folder.
    pub history: Option<history::Handle>,
    /// Where conversations are exported to; nowhere if there is no such folder.
    pub export_folder: Option<PathBuf>,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// Which of the programs on one data folder this is, from 1 on.
    pub profile: u32,
    /// How the first one of them is asked to show its window; nothing where that can't be done.
    pub show_first: Option<ShowFirst>,
}

/// The program behind the window.
pub struct App {
    chat: Chat,
    net: Option<Handle>,
    history: Option<history::Handle>,
    start_worker: StartWorker,
    settings: Settings,
    saver: Option<Saver>,
    lang: Lang,
    zone: TimeZone,
    address_bar: AddressBar,
    composer: Composer,
    transcript: Transcript,
    /// Our name in the welcome view.
    own_name: OwnName,
    dialog: Option<Dialog>,
    conversations: Conversations,
    search: Search,
    export_folder: Option<PathBuf>,
    show_first: Option<ShowFirst>,
    /// What is told until closed.
    notices: Vec<Notice>,
    drafts: Drafts,
    read_mark: ReadMark,
    /// The list of conversations was asked for, to show the newest one.
    is_starting: bool,
    /// Whether the window may be closed while messages wait.
    closing: Closing,
    /// What the peer was told of our writing.
    told: typing::Told,
    title: String,
    /// What the window is called while nobody is there.
    program: String,
    /// When the person did something last, in egui's time.
    last_input: f64,
    /// Nothing has the keyboard since a click or Escape.
    focus_was_let_go: bool,
    /// Frames painted so far.
    frames: u64,
}

impl App {
    /// Sets everything up; opens no socket unless the command line says so.
    pub fn new(ctx: &Context, setup: Setup) -> Self {
        let Setup {
            args,
            loaded: Loaded { settings, damaged },
            saver,
            start_worker,
            history,
            export_folder,
            zone,
            profile,
            show_first,
        } = setup;
        theme::install(ctx);
        let reading = args.reading.unwrap_or(settings.encoding_in);
        let outgoing = args.outgoing.or(settings.encoding_out);
        let answers = settings
            .answers
            .iter()
            .map(|(key, charset)| (key.clone(), *charset))
            .collect();
        let system = || sys_locale::get_locale().and_then(|tag| Lang::for_tag(&tag));
        let lang = args
            .lang
            .or(settings.language)
            .or_else(system)
            .unwrap_or_default();
        let mut app = Self {
            chat: Chat::new(reading, outgoing, answers),
            net: None,
            history,
            start_worker,
            address_bar: AddressBar::new(settings.host.clone(), settings.port.clone()),
            settings,
            saver,
            lang,
            zone,
            composer: Composer::default(),
            transcript: Transcript::default(),
            own_name: OwnName::default(),
            dialog: None,
            conversations: Conversations::default(),
            search: Search::default(),
            export_folder,
            show_first,
            drafts: Drafts::default(),
            read_mark: ReadMark::default(),
            is_starting: false,
            closing: Closing::default(),
            told: typing::Told::default(),
            notices: damaged.map(Notice::SettingsDamaged).into_iter().collect(),
            title: String::new(),
            program: "Duologue".to_owned(),
            last_input: 0.0,
            focus_was_let_go: false,
            frames: 0,
        };
        if profile > 1 {
            app.program = format!("Duologue ({profile})");
            let can_show_first = app.show_first.is_some();
            app.notices.push(Notice::FurtherProfile {
                number: profile,
                can_show_first,
            });
        }
        app.chat.set_paged(app.history.is_some());
        app.apply_theme(ctx);
        app.run(Action::Restart, ctx);
        app.conversations.mark_stale();
        app.is_starting = app.ask_for_conversations();
        match args.start {
            Start::Nothing => {}
            Start::Listen(at) => app.run(Action::ListenInstead(at), ctx),
            Start::Connect { to, plain } => {
                let how = if plain || app.settings.is_plain(&to) {
                    How::Plain
                } else {
                    How::Encrypted
                };
                let also = Vec::new();
                app.run(Action::Connect(Call { to, also, how }), ctx);
            }
            Start::Invited(invite) => {
                if let Some(call) = address_bar::invite_call(invite) {
                    app.run(Action::Connect(call), ctx);
                }
            }
        }
        app
    }

    /// What is shown.
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// What stands in the composer.
    pub fn draft(&self) -> &str {
        self.composer.text()
    }

    /// The first and the last row of the log in view, for what measures jumps.
    pub fn rows_in_view(&self) -> Option<(ItemId, ItemId)> {
        self.transcript.in_view()
    }

    /// Frames painted so far, for the tests that count them.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Lays the window out and does what the person asked for.
    pub fn show(&mut self, ui: &mut Ui) {
        self.frames += 1;
        let ctx = ui.ctx().clone();
        // A screen reader names the window by this.
        ctx.accesskit_node_builder(egui::accesskit_root_id(), |node| {
            node.set_label(self.title.clone());
        });
        self.rest_caret(&ctx);
        let mut actions = Vec::new();
        shortcuts::take(&ctx, self.dialog.as_ref(), &mut actions);
        self.show_bars(ui, &mut actions);
        self.show_center(ui, &mut actions);
        self.show_dialog(ui, &mut actions);
        for action in actions {
            self.run(action, &ctx);
        }
        self.keep_marks(&ctx);
        self.settle(&ctx);
        self.keep_focus(&ctx);
    }

    /// Ends the conversation properly and waits for that, at most a second.
    pub fn close(&mut self) {
        self.leave();
        self.net = None;
        self.history = None;
        self.save();
        self.saver = None;
    }

    /// While talking, a click beside everything, or Escape, puts the caret where one writes. Asked
    /// for once, not every frame, which would swallow keys under an input method; and not after
    /// Tab, which leaves nothing focused for a moment on its way round.
    fn keep_focus(&mut self, ctx: &Context) {
        let (let_go, tab, pointer_down) = ctx.input(|input| {
            let released = input.pointer.any_released() || input.key_pressed(Key::Escape);
            (
                released,
                input.key_pressed(Key::Tab),
                input.pointer.any_down(),
            )
        });
        let something_focused = ctx.memory(|memory| memory.focused().is_some());
        self.focus_was_let_go = (self.focus_was_let_go || let_go) && !something_focused && !tab;
        let covered = self.dialog.is_some() || egui::Popup::is_any_open(ctx);
        if self.focus_was_let_go && !covered && !pointer_down && self.chat.can_write() {
            self.composer.focus();
            ctx.request_repaint();
        }
    }

    fn show_dialog(&mut self, ui: &Ui, actions: &mut Vec<Action>) {
        let Some(dialog) = self.dialog.take() else {
            return;
        };
        let context = dialog::Context {
            chat: &self.chat,
            settings: &self.settings,
            conversations: &self.conversations,
            export_folder: self.export_folder.as_deref(),
            lang: self.lang,
            zone: &self.zone,
            now: Timestamp::now(),
        };
        self.dialog = dialog.show(ui, &context, &mut self.search, actions);
        if self.dialog.is_none() {
            self.composer.focus();
        }
    }

    fn show_bars(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let lang = self.lang;
        let bar = theme::palette(ui).bar;
        let frame = Frame::new()
            .fill(bar)
            .inner_margin(Margin::symmetric(theme::EDGE, 10));
        Panel::top("top").frame(frame).show(ui, |ui| {
            // The menu is added last, so that Tab goes as the eye does.
            ui.horizontal_top(|ui| {
                let width = ui.available_width() - theme::MENU_WIDTH;
                ui.allocate_ui(egui::vec2(width, 0.0), |ui| {
                    ui.set_min_width(width);
                    let settings = &self.settings;
                    let bar = &mut self.address_bar;
                    ui.vertical(|ui| {
                        bar.show(ui, &self.chat, settings, lang, actions);
                        status::show(ui, &self.chat, lang, actions);
                        header::show(ui, &self.chat, lang, actions);
                    });
                });
                ui.vertical(|ui| {
                    menu::show(ui, &self.settings, &self.chat, lang, actions);
                    let unread = self.conversations.unread(self.chat.shown());
                    people::show_button(ui, unread, lang, actions);
                });
            });
            problem::show(ui, &self.chat, lang, actions);
            let contacts = self.chat.contacts();
            notices::show(ui, &mut self.notices, contacts, lang, actions);
        });
        let frame = Frame::new()
            .fill(bar)
            .inner_margin(Margin::symmetric(theme::EDGE, 10));
        Panel::bottom("bottom").frame(frame).show(ui, |ui| {
            self.composer.show(ui, &self.chat, lang, actions);
        });
    }

    fn show_center(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let frame = Frame::new().fill(theme::palette(ui).background);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            asks::show(ui, &self.chat, self.lang, actions);
            if self.chat.timeline().is_empty() && self.chat.shown().is_none() {
                let name = (&mut self.own_name, &self.settings.name);
                welcome::show(ui, &self.chat, name, self.lang, actions);
                return;
            }
            let line = typing::height(ui, &self.chat);
            // In a low window that tells a lot there may be no room at all.
            let room = ui.available_size();
            let size = egui::vec2(room.x, (room.y - line).max(0.0));
            // Each keeps its own distance to the edge.
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.allocate_ui(size, |ui| {
                let context = transcript::Context {
                    log: self.chat.timeline(),
                    shown: self.chat.shown(),
                    contacts: self.chat.contacts(),
                    lang: self.lang,
                    zone: &self.zone,
                    now: Timestamp::now(),
                };
                self.transcript.show(ui, &context, actions);
            });
            typing::show(ui, &self.chat, self.lang);
        });
    }

    /// Stops the caret's blinking when nothing has happened for a while: a window at rest costs
    /// nothing.
    fn rest_caret(&mut self, ctx: &Context) {
        let (now, active) = ctx.input(|input| (input.time, !input.events.is_empty()));
        if active {
            self.last_input = now;
        }
        let blink = now - self.last_input < BLINK_FOR;
        if ctx.global_style().visuals.text_cursor.blink != blink {
            ctx.global_style_mut(|style| style.visuals.text_cursor.blink = blink);
        }
        let size = ctx.input(|input| input.viewport().inner_rect.map(|rect| rect.size()));
        if let Some(size) = size {
            self.settings.window = Some([size.x, size.y]);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.drain(ctx);
        self.guard_closing(ctx);
        theme::let_clicks_take_their_time(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.close();
    }
}
