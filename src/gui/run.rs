//! How the program carries out what the views ask for.

use eframe::egui::{Context, ViewportCommand};
use jiff::Timestamp;

use super::App;
use crate::{
    chat::{Peer, notices::Notice},
    endpoint::Endpoint,
    gui::{
        action::{Action, Setting},
        address_bar::AddressBar,
        dialog::{About, Dialog, Forward, PersonView, ReplaceKey, Shortcuts, Verify},
        theme,
    },
    history::Query,
    identity::{PeerId, PublicKey},
    mailbox::SendError,
    net::{Call, Command, ContactChange, How, Preferences, protocol::plain::Format},
};

impl App {
    pub(super) fn run(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Command(command) => {
                self.command(&command);
            }
            Action::Query(query) => self.query_for_view(query),
            Action::Open(peer_id) => self.open(peer_id),
            Action::OpenAt(peer_id, row) => self.open_at(peer_id, row),
            Action::GoTo(row) => self.chat.conversation_mut().go_to(row),
            Action::GoToHit(row) => self.chat.conversation_mut().go_to_hit(row),
            Action::GoNewest => self.chat.conversation_mut().go_newest(),
            Action::AskForDate(day) => self.ask_for_date(day),
            Action::GoToDate(day) => self.go_to_date(day),
            Action::CloseAnyway => {
                self.window.closes_anyway = true;
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Action::ShowFirst => {
                self.system.first_window.ask(ctx);
                self.follow_first_window(ctx);
            }
            Action::Listen(at) => {
                self.remember(&at);
                self.command(&Command::Listen(at));
            }
            Action::ListenInstead(at) => self.listen_instead(at, ctx),
            Action::ListenWide(port) => self.listen_wide(port),
            Action::EndWelcome => self.end_welcome(ctx),
            Action::Connect(call) => self.connect(ctx, call),
            Action::Answer { request, admit } => {
                self.command(&Command::Answer { request, admit });
                self.views.composer.focus();
            }
            Action::ChangeContact(key, change) => self.change_contact(key, change),
            Action::Edited => self.edited(ctx),
            Action::Begin(row, what) => self.begin(ctx, row, what),
            Action::SendText => self.send_text(None),
            Action::SendTextOnceAs(charset) => self.send_text(Some(charset)),
            Action::SendTextAs(charset) => {
                self.chat.choose_charset(charset);
                self.save();
                self.send_text(None);
            }
            Action::Copy(text) => {
                ctx.copy_text(text);
                self.notices.push(Notice::Copied);
            }
            Action::Pick(item) => self.views.transcript.pick(item),
            Action::StopPicking => {
                self.views.transcript.stop_picking();
                self.views.composer.focus();
            }
            Action::AskWhereToForward(text) => {
                let forward = Box::new(Forward::new(text));
                self.views.open(Dialog::Forward(forward));
            }
            Action::Forward(peer_id, text) => self.forward(peer_id, text),
            Action::OpenOutside(openable) => (self.system.open_outside)(openable),
            Action::Files(action) => self.do_with_files(action, ctx),
            Action::ShowBytes(id) => self.show_bytes(id),
            Action::AskToReplaceKey(call, error) => {
                let question = Box::new(ReplaceKey::new(call, error));
                self.views.open(Dialog::ReplaceKey(question));
            }
            Action::Verify(key, opened_from) => {
                let verify = Verify::new(key, opened_from);
                self.views.open(Dialog::Verify(verify));
            }
            Action::ShowPeople => self.show_people(ctx),
            Action::ShowPerson(key, doing, opened_from) => {
                let person = PersonView::new(key, doing, opened_from, self.chat.contacts());
                self.views.open(Dialog::Person(Box::new(person)));
            }
            Action::ShowMyself => self.views.open(Dialog::Myself(Box::default())),
            Action::FocusAddress => self.views.address_bar.focus(),
            Action::ShowSearch => {
                self.views.dialog = None;
                self.views.search.open();
            }
            Action::ShowSettings => {
                self.views.open(Dialog::Settings(Box::default()));
                self.query_for_view(Query::Size);
            }
            Action::ShowShortcuts => self.views.open(Dialog::Shortcuts(Shortcuts::default())),
            Action::ShowAbout => self.views.open(Dialog::About(About::default())),
            Action::StepHit(by) => {
                if let Some(action) = self.views.search.step(by) {
                    self.run(action, ctx);
                }
            }
            Action::DismissProblem => self.chat.dismiss(),
            Action::DismissNotice(notice) => self.notices.dismiss(&notice),
            Action::RestartWorker => self.restart_worker(ctx),
            Action::Set(setting) => self.set(ctx, setting),
        }
    }
    /// Asks the worker for something. Returns false if it could not be asked, which the window tells.
    pub(super) fn command(&mut self, command: &Command) -> bool {
        let sent = self.worker.send(command.clone());
        match sent {
            Ok(()) => self.chat.command_sent(command),
            Err(SendError::Busy) => self.chat.busy(),
            Err(SendError::Gone) => self.chat.crashed(Timestamp::now()),
        }
        sent.is_ok()
    }

    /// Asks the history reader something.
    ///
    /// # Errors
    /// It could not be asked.
    pub(super) fn query(&mut self, query: Query) -> Result<(), SendError> {
        let sent = self.history.query(query);
        if sent == Err(SendError::Gone) && self.chat.is_paged() {
            // What is loaded is all there is.
            self.chat.set_paged(false);
        }
        sent
    }

    pub(super) fn query_for_view(&mut self, query: Query) {
        let is_search = matches!(query, Query::Search { .. });
        let is_export = matches!(query, Query::Export { .. });
        let Err(error) = self.query(query) else {
            return;
        };
        if is_search {
            self.views.search.ask_again();
        }
        if is_export {
            self.notices.push(Notice::ExportFailed(error.into()));
        }
    }

    /// Closes this window once the first program on the folder shows its own.
    pub(super) fn follow_first_window(&mut self, ctx: &Context) {
        match self.system.first_window.take_answer() {
            Some(true) => ctx.send_viewport_cmd(ViewportCommand::Close),
            Some(false) => self.notices.push(Notice::NoFirst),
            None => {}
        }
    }

    fn connect(&mut self, ctx: &Context, call: Call) {
        self.views.address_bar.set(&call.to);
        if matches!(call.how, How::Invited(..)) {
            AddressBar::forget_typed(ctx);
            self.notices.dismiss(&Notice::InviteWaits);
        }
        // What the command line says is out of date.
        self.system.start = None;
        // The address of a contact is called encrypted again the next time.
        let is_pinned = self.chat.contacts().pinned_at(&call.to).is_some();
        let is_plain = call.how == How::Plain && !is_pinned;
        self.settings.set_plain(&call.to, is_plain);
        self.remember(&call.to);
        self.command(&Command::Connect(call));
    }

    fn change_contact(&mut self, key: PublicKey, change: ContactChange) {
        let forgets = change == ContactChange::Forget;
        if self.command(&Command::ChangeContact(key, change)) && forgets {
            self.command(&Command::Clear(Some(PeerId::Key(key))));
        }
    }

    /// The text in the composer was edited.
    fn edited(&mut self, ctx: &Context) {
        self.chat.set_edited();
        let is_encrypted = self.chat.peer().and_then(Peer::key).is_some();
        if is_encrypted && self.chat.is_present() && self.settings.show_typing {
            let is_empty = self.views.composer.text().is_empty();
            let now = ctx.input(|input| input.time);
            if let Some(typing) = self.typing.edited(is_empty, now) {
                self.command(&Command::SetTyping(typing));
            }
        }
        if self.chat.is_paged() {
            self.marks.edited(ctx);
        }
    }

    /// Starts the worker, at first and after a crash.
    pub(super) fn restart_worker(&mut self, ctx: &Context) {
        match self.worker.start(ctx) {
            Ok(()) => {
                self.chat.dismiss();
                // A new worker asks about everybody again.
                self.notices.dismiss(&Notice::UnknownRefused);
                self.command(&Command::SetFormat(self.format()));
                self.send_preferences();
            }
            Err(error) => {
                tracing::error!(%error, "the worker can't be started");
                self.chat.crashed(Timestamp::now());
            }
        }
    }

    /// Changes a setting, and saves it.
    fn set(&mut self, ctx: &Context, setting: Setting) {
        match setting {
            Setting::Name(name) => {
                self.settings.name = name;
                self.send_preferences();
                self.notices.push(Notice::NameChanged);
            }
            Setting::AllowPlain(allow) => {
                self.settings.allow_plain = allow;
                self.send_preferences();
            }
            Setting::ListenAtStart(port) => self.listen_at_start(port),
            Setting::KeepHistory(keep) => {
                self.settings.keep_history = keep;
                self.send_preferences();
            }
            Setting::ShowTyping(show) => {
                self.settings.show_typing = show;
                if !show && self.typing.stop() {
                    self.command(&Command::SetTyping(false));
                }
            }
            Setting::ReadMarks(show) => {
                self.settings.read_marks = show;
                self.send_preferences();
            }
            Setting::UsedEmoji(emoji) => self.settings.remember_emoji(emoji),
            Setting::Markup(markup) => self.settings.markup = markup,
            Setting::AddressRow(row) => self.settings.address_row = row,
            Setting::ListWidth(width) => self.settings.list_width = Some(width),
            Setting::Notify(notify) => self.settings.notifications.show = notify,
            Setting::NotifySound(sound) => self.settings.notifications.sound = sound,
            Setting::DownloadFolder(folder) => {
                self.settings.files.folder = Some(folder);
                self.send_preferences();
            }
            Setting::AcceptUpTo(bytes) => {
                self.settings.files.accept_up_to = bytes;
                self.send_preferences();
            }
            Setting::KeepLocation(keep) => self.settings.files.keep_location = keep,
            Setting::Theme(theme) => {
                self.settings.theme = theme;
                theme::apply(ctx, theme);
            }
            Setting::Motion(motion) => {
                self.settings.motion = motion;
                theme::set_motion(ctx, motion);
            }
            Setting::Zoom(zoom) => {
                ctx.set_zoom_factor(zoom.factor());
                self.settings.zoom = zoom;
            }
            Setting::SendKey(key) => self.settings.send_key = key,
            Setting::Lang(lang) => {
                self.lang = lang;
                self.settings.language = Some(lang);
            }
            Setting::Reading(reading) => {
                self.chat.set_reading(reading);
                self.settings.encoding_in = reading;
                self.command(&Command::SetFormat(self.format()));
            }
            Setting::Outgoing(charset) => {
                self.chat.set_outgoing(charset);
                self.settings.encoding_out = charset;
            }
            Setting::LineEnd(end) => {
                self.settings.line_end = end;
                self.command(&Command::SetFormat(self.format()));
            }
        }
        self.save();
    }

    /// Tells the worker our name, and what we allow.
    fn send_preferences(&mut self) {
        let accept_files = self.accept_files();
        self.command(&Command::SetPreferences(Preferences {
            name: self.settings.name.clone(),
            allow_plain: self.settings.allow_plain,
            keep_history: self.settings.keep_history,
            read_marks: self.settings.read_marks,
            accept_files,
        }));
    }

    /// How plain text is read and written.
    fn format(&self) -> Format {
        Format {
            reading: self.chat.reading(),
            line_end: self.settings.line_end,
        }
    }

    fn remember(&mut self, endpoint: &Endpoint) {
        self.settings.remember(endpoint);
        self.save();
    }

    /// Saves the settings, with what the address bar and the chat have to add.
    pub(super) fn save(&mut self) {
        if let Some((host, port)) = self.views.address_bar.to_save() {
            host.clone_into(&mut self.settings.host);
            port.clone_into(&mut self.settings.port);
        }
        if let Some(saver) = &self.saver {
            let mut settings = self.settings.clone();
            settings.charsets.clone_from(self.chat.charsets());
            saver.save(settings);
        }
    }
}
