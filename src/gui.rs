//! The window: takes in events, lays out the views, and carries out what they ask for.
//!
//! Views never act: they push `Action`s into their `Ctx`, which run after painting. Words are in [`locale`], colours,
//! sizes and fonts in [`theme`].

mod action;
mod address_bar;
mod avatar;
mod badge;
pub mod browser;
mod card;
mod clicks;
mod command_line;
mod composer;
mod ctx;
mod dialog;
mod disk;
mod drop;
mod emoji;
mod events;
mod files;
pub mod first_window;
mod focus;
pub mod free_space;
#[cfg(fuzzing)]
pub mod fuzzing;
mod header;
mod held;
mod history;
mod icon;
mod keys;
mod layout;
mod list;
mod listening;
pub mod locale;
mod marks;
mod menu;
mod middle;
mod name_field;
mod notices;
mod notifier;
mod offers;
pub mod open;
mod own_name;
mod panics;
pub mod picker;
mod pictures;
mod problem;
mod requests;
mod resizing;
mod run;
mod screen_reader;
mod search;
mod sending;
mod shortcuts;
mod showing;
mod system_fonts;
mod take_more;
pub mod theme;
mod toasts;
mod transcript;
mod typeset;
mod typing;
mod views;
mod waiting_card;
mod window;
mod worker;
mod zone;

use std::path::PathBuf;

use crossbeam_channel::Receiver;
use eframe::egui::{Context, Ui};
use jiff::Timestamp;

use crate::{
    args::{Args, Start},
    chat::{
        Chat,
        notices::{Notice, Notices},
        timeline::ItemId,
        typing::TypingNotifier,
    },
    identity::invite::{Invite, InviteError},
    lang::Lang,
    settings::{Loaded, Saver, Settings},
};
use browser::OpenOutside;
use ctx::Ctx;
use disk::Disk;
use first_window::{FirstWindow, ShowFirst};
use free_space::AskFree;
use history::History;
use marks::Marks;
use notifier::Notifier;
use offers::Offers;
use picker::{PickPaths, Picker};
use views::Views;
use window::Window;
use worker::WorkerLink;
use zone::Zone;

pub use worker::StartWorker;
pub use zone::ReadZone;

/// Other programs and windows of the system that the person is sent to.
pub struct Outside {
    /// `None` in the first program on the folder, and where it can't be asked.
    pub show_first: Option<ShowFirst>,
    /// Opens a link, a file or a folder that the person clicked on.
    pub open: OpenOutside,
    /// Asks for files and folders.
    pub pick: PickPaths,
    /// Asks how much can be received into a folder.
    pub free_space: AskFree,
}

/// What the window starts with.
pub struct Setup {
    /// The command line.
    pub args: Args,
    /// The settings as found.
    pub loaded: Loaded,
    /// Saves the settings; `None` if there is no folder.
    pub saver: Option<Saver>,
    /// Starts a worker, at first and after a crash.
    pub start_worker: StartWorker,
    /// Reads the history from disk, and wakes this window; `None` if there is no folder.
    pub history: Option<crate::history::Handle>,
    /// Shows notifications; `None` where the system has no thread for that.
    pub desktop: Option<crate::desktop::Handle>,
    /// Where conversations are exported to; `None` if there is no such folder.
    pub export_folder: Option<PathBuf>,
    /// Reads the zone in which times are shown, at the start and again from time to time.
    pub read_zone: ReadZone,
    /// Where everything is kept; `None` if there is no such folder.
    pub data_folder: Option<PathBuf>,
    /// Where the person is sent to.
    pub outside: Outside,
    /// The number of this profile among the programs on one data folder, from 1 on.
    pub profile: u32,
    /// Invites of links that other programs on this folder were started with, or what is wrong with them. Who sends one wakes the
    /// window.
    pub invites: Receiver<Result<Invite, InviteError>>,
}

/// The program behind the window.
pub struct App {
    chat: Chat,
    worker: WorkerLink,
    history: History,
    /// What is saved. The command line may override some of it for one run.
    settings: Settings,
    saver: Option<Saver>,
    lang: Lang,
    notices: Notices,
    marks: Marks,
    typing: TypingNotifier,
    views: Views,
    window: Window,
    system: System,
}

/// What the window uses of the system, and what it is called there.
struct System {
    notifier: Notifier,
    zone: Zone,
    data_folder: Option<PathBuf>,
    open_outside: OpenOutside,
    picker: Picker,
    offers: Offers,
    disk: Disk,
    export_folder: Option<PathBuf>,
    first_window: FirstWindow,
    invites: Receiver<Result<Invite, InviteError>>,
    /// The title of the window while nobody is connected.
    program: String,
    /// What the command line says, if that has to wait for the contacts.
    start: Option<Start>,
}

impl App {
    /// Sets everything up. Opens no socket unless the command line says so.
    pub fn new(ctx: &Context, setup: Setup) -> Self {
        theme::install(ctx);
        screen_reader::install(ctx);
        clicks::install(ctx);
        let start = setup.args.start.clone();
        let mut app = Self::with(setup);
        theme::apply(ctx, app.settings.theme);
        theme::set_motion(ctx, app.settings.motion);
        ctx.set_zoom_factor(app.settings.zoom.factor());
        app.restart_worker(ctx);
        app.history.conversations.mark_stale();
        app.refresh_conversations();
        app.start_all(ctx, start);
        app
    }

    /// What is shown.
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The text in the composer.
    pub fn draft(&self) -> &str {
        self.views.composer.text()
    }

    /// The first and the last row of the transcript in view, for measuring jumps.
    pub fn rows_in_view(&self) -> Option<(ItemId, ItemId)> {
        self.views.transcript.in_view()
    }

    /// Frames painted so far, for tests that count them.
    pub fn frames(&self) -> u64 {
        self.window.frames
    }

    /// Lays the window out and does what the person asked for.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.window.begin_frame(&ctx, self.settings.motion);
        self.system.zone.follow(&ctx);
        self.window.geometry.follow(&ctx, &mut self.settings);
        window::zoom_by_keys(&ctx);
        let mut cx = Ctx {
            chat: &self.chat,
            settings: &self.settings,
            conversations: &self.history.conversations,
            notices: &self.notices,
            export_folder: self.system.export_folder.as_deref(),
            data_folder: self.system.data_folder.as_deref(),
            disk: &self.system.disk,
            zone: self.system.zone.get(),
            lang: self.lang,
            now: Timestamp::now(),
            looked_for: self.views.looked_for(),
            actions: Vec::new(),
        };
        shortcuts::take(&ctx, self.views.covered(), &mut cx.actions);
        self.views.show(&mut cx, ui);
        focus::show_ring(ui, &[transcript::id(), composer::id()]);
        for action in cx.actions {
            self.run(action, &ctx);
        }
        if let Some((first, last)) = self.views.transcript.in_view() {
            self.chat.conversation_mut().look_at(first, last);
        }
        self.marks
            .save_due(&ctx, &self.chat, &self.views, &self.worker);
        self.follow_chat(&ctx);
        if self.window.lost_focus(&ctx) && self.chat.can_write() {
            self.views.refocus(&ctx, &self.chat);
        }
    }

    /// Ends the conversation properly and waits for that, at most a second.
    pub fn close(&mut self) {
        self.save_marks();
        self.worker.stop();
        self.history.stop();
        self.system.notifier.stop();
        self.save();
        self.saver = None;
    }

    /// Before anything is started.
    fn with(setup: Setup) -> Self {
        let Setup {
            args,
            loaded:
                Loaded {
                    mut settings,
                    damaged,
                    is_new,
                },
            saver,
            start_worker,
            history,
            desktop,
            export_folder,
            read_zone,
            data_folder,
            outside,
            profile,
            invites,
        } = setup;
        let system_lang = || sys_locale::get_locale().and_then(|tag| Lang::for_tag(&tag));
        let lang = args.lang.or(settings.language).or_else(system_lang);
        let reading = args.reading.unwrap_or(settings.encoding_in);
        let outgoing = args.outgoing.or(settings.encoding_out);
        // The chat has them from now on, and they are put back when the settings are saved.
        let charsets = std::mem::take(&mut settings.charsets);
        let mut chat = Chat::new(reading, outgoing, charsets);
        chat.set_paged(history.is_some());
        let mut notices = Notices::default();
        if let Some(path) = damaged {
            notices.push(Notice::SettingsDamaged(path));
        }
        if profile > 1 {
            notices.push(Notice::FurtherProfile {
                number: profile,
                can_show_first: outside.show_first.is_some(),
            });
        }
        let mut views = Views::new(settings.host.clone(), settings.port.clone());
        if is_new
            && matches!(
                args.start,
                Start::Nothing | Start::Invited(_) | Start::BadInvite(_)
            )
        {
            views
                .middle
                .welcome(matches!(args.start, Start::Invited(_)));
        } else {
            views.address_bar.focus();
        }
        let program = match profile {
            0 | 1 => "Duologue".to_owned(),
            number => format!("Duologue ({number})"),
        };
        Self {
            chat,
            worker: WorkerLink::new(start_worker),
            history: History::new(history),
            views,
            window: Window::new(settings.window_state),
            settings,
            saver,
            lang: lang.unwrap_or_default(),
            notices,
            marks: Marks::default(),
            typing: TypingNotifier::default(),
            system: System {
                notifier: Notifier::new(desktop),
                zone: Zone::new(read_zone),
                data_folder,
                open_outside: outside.open,
                picker: Picker::new(outside.pick),
                offers: Offers::default(),
                disk: Disk::new(outside.free_space),
                export_folder,
                first_window: FirstWindow::new(outside.show_first),
                invites,
                program,
                start: None,
            },
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.drain(ctx);
        self.take_invites(ctx);
        self.guard_closing(ctx);
        theme::lift_click_limit(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.close();
    }
}
