//! What views ask for, and how the program carries it out.

use crate::mailbox::SendError;
use eframe::egui::{Context, ThemePreference};
use jiff::Timestamp;

use super::{
    App, address_bar::AddressBar, bytes::BytesView, choices::Choice, dialog::Dialog,
    own_name::OwnName, verify::Verify,
};
use crate::{
    chat::{
        Peer,
        timeline::{Content, ItemId, Speaker},
    },
    endpoint::Endpoint,
    history::Query,
    identity::{Party, PublicKey},
    net::{AskId, Call, Command, How, PeerChange, Preferences, protocol::plain::Format},
    settings::Theme,
    text::charset::Charset,
};

/// What a view asks for.
#[derive(Debug)]
pub(super) enum Action {
    /// Of the worker, and nothing else.
    Ask(Command),
    /// Of the reader, and nothing else.
    AskHistory(Query),
    /// Show this conversation.
    Open(Party),
    /// Show it at this row.
    OpenAt(Party, u64),
    /// Go to this row of the store in the conversation that is shown.
    GoTo(u64),
    /// Go to its end.
    GoNewest,
    /// Close the window, whatever waits.
    Close,
    /// Show the first program's window instead of this one.
    ShowFirst,
    Listen(Endpoint),
    /// Where it works, after it failed elsewhere.
    ListenInstead(Endpoint),
    /// On all addresses, on this port.
    ListenWide(u16),
    Connect(Call),
    /// Whether to let somebody in.
    Answer {
        ask: AskId,
        admit: bool,
    },
    ChangePeer(PublicKey, PeerChange),
    /// The person has edited what stands in the composer.
    Wrote,
    /// What stands in the composer.
    Send,
    /// The same, to this peer in this encoding from now on.
    SendAs(Charset),
    /// The same, this once in this encoding.
    SendOnceAs(Charset),
    Copy(String),
    CopyConversation,
    ShowBytes(ItemId),
    Verify(Verify),
    People,
    Search,
    /// Goes to an older message that was found, or to a newer one.
    StepHit(i64),
    History,
    Dismiss,
    Restart,
    Choose(Choice),
}

impl App {
    pub(super) fn run(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Ask(command) => {
                self.ask(&command);
            }
            Action::AskHistory(query) => self.ask_for(query),
            Action::Open(party) => self.open_party(party),
            Action::OpenAt(party, row) => self.open_at(party, row),
            Action::GoTo(row) => self.chat.conversation_mut().go_to(row),
            Action::GoNewest => self.chat.conversation_mut().go_newest(),
            Action::Close => self.close_anyway(ctx),
            Action::ShowFirst => self.give_way(ctx),
            Action::Listen(at) => {
                self.remember(&at);
                self.ask(&Command::Listen(at));
            }
            Action::ListenInstead(at) => {
                self.address_bar.set(&at);
                self.run(Action::Listen(at), ctx);
            }
            // `::` takes IPv4 callers too, and falls back to IPv4 alone where there is no IPv6.
            Action::ListenWide(port) => {
                let host = "::".to_owned();
                self.ask(&Command::Listen(Endpoint { host, port }));
            }
            Action::Connect(call) => self.connect(call, ctx),
            Action::Answer { ask, admit } => {
                self.ask(&Command::Answer { ask, admit });
                self.composer.focus();
            }
            Action::ChangePeer(key, change) => {
                let forgets = change == PeerChange::Forget;
                if self.ask(&Command::ChangePeer(key, change)) && forgets {
                    self.ask(&Command::Clear(Some(Party::Key(key))));
                }
            }
            Action::Wrote => {
                self.tell_writing(ctx);
                if self.chat.is_paged() {
                    let now = ctx.input(|input| input.time);
                    self.drafts.edited(now);
                }
            }
            Action::Send => self.send(None),
            Action::SendOnceAs(charset) => self.send(Some(charset)),
            Action::SendAs(charset) => {
                self.chat.choose_charset(charset);
                self.save();
                self.send(None);
            }
            Action::Copy(text) => ctx.copy_text(text),
            Action::ShowBytes(id) => {
                if let Some(Content::Message(message)) =
                    self.chat.timeline().get(id).map(|row| &row.content)
                {
                    self.open(Dialog::Bytes(BytesView::new(message)));
                }
            }
            Action::CopyConversation => ctx.copy_text(self.conversation()),
            Action::Verify(verify) => self.open(Dialog::Verify(verify)),
            Action::People => self.open_people(),
            Action::Search => self.open_search(),
            Action::StepHit(by) => {
                if let Some(action) = self.search.step(by) {
                    self.run(action, ctx);
                }
            }
            Action::History => self.open_history(),
            Action::Dismiss => self.chat.dismiss(),
            Action::Restart => self.restart(ctx),
            Action::Choose(choice) => self.choose(choice, ctx),
        }
    }

    /// Tells the worker. False if it could not be told, which the window says.
    pub(super) fn ask(&mut self, command: &Command) -> bool {
        let sent = match &self.net {
            Some(net) => net.send(command.clone()),
            None => Err(SendError::Gone),
        };
        match sent {
            Ok(()) => self.chat.command_sent(command),
            Err(SendError::Busy) => self.chat.busy(),
            Err(SendError::Gone) => self.chat.crashed(Timestamp::now()),
        }
        sent.is_ok()
    }

    fn connect(&mut self, call: Call, ctx: &Context) {
        self.address_bar.set(&call.to);
        if matches!(call.how, How::Invited(..)) {
            AddressBar::forget_typed(ctx);
        }
        self.settings.set_plain(&call.to, call.how == How::Plain);
        self.remember(&call.to);
        self.ask(&Command::Connect(call));
    }

    pub(super) fn open(&mut self, dialog: Dialog) {
        self.dialog = Some(dialog);
        // Only one field for it at a time.
        self.own_name = OwnName::default();
    }

    /// Tells the worker who we are and whom we let in.
    pub(super) fn introduce(&mut self) {
        self.ask(&Command::SetPreferences(Preferences {
            name: self.settings.name.clone(),
            allow_plain: self.settings.allow_plain,
            keep_history: self.settings.keep_history,
        }));
    }

    fn tell_writing(&mut self, ctx: &Context) {
        let is_encrypted = self.chat.peer().and_then(Peer::key).is_some();
        if !is_encrypted || !self.chat.is_present() || !self.settings.show_typing {
            return;
        }
        let is_empty = self.composer.text().is_empty();
        let now = ctx.input(|input| input.time);
        if let Some(writing) = self.told.edited(is_empty, now) {
            self.ask(&Command::SetTyping(writing));
        }
    }

    fn send(&mut self, charset: Option<Charset>) {
        let draft = match self.chat.compose_in(self.composer.text(), charset) {
            Ok(draft) => draft,
            Err(refusal) => return self.composer.refuse(refusal),
        };
        // What could not be handed over stays in the composer, under the sentence that says so.
        if self.ask(&draft.command()) {
            self.chat.add(draft, Timestamp::now());
            self.composer.clear();
            self.told.forget();
            // What was kept of it is sent now.
            self.keep_draft();
        }
    }

    fn restart(&mut self, ctx: &Context) {
        match (self.start_worker)(ctx) {
            Ok(net) => {
                self.net = Some(net);
                self.chat.dismiss();
                self.ask(&Command::SetFormat(self.format()));
                self.introduce();
            }
            Err(error) => {
                tracing::error!(%error, "the worker can't be started");
                self.chat.crashed(Timestamp::now());
            }
        }
    }

    /// How conversations are read and written.
    pub(super) fn format(&self) -> Format {
        Format {
            reading: self.chat.reading(),
            line_end: self.settings.line_end,
        }
    }

    fn remember(&mut self, endpoint: &Endpoint) {
        self.settings.remember(endpoint);
        self.save();
    }

    pub(super) fn save(&mut self) {
        if let Some((host, port)) = self.address_bar.to_keep() {
            host.clone_into(&mut self.settings.host);
            port.clone_into(&mut self.settings.port);
        }
        let answers = self.chat.answers().iter();
        self.settings.answers = answers
            .map(|(key, charset)| (key.clone(), *charset))
            .collect();
        if let Some(saver) = &self.saver {
            saver.save(self.settings.clone());
        }
    }

    pub(super) fn apply_theme(&self, ctx: &Context) {
        ctx.set_theme(match self.settings.theme {
            Theme::System => ThemePreference::System,
            Theme::Light => ThemePreference::Light,
            Theme::Dark => ThemePreference::Dark,
        });
    }

    /// The whole log as text, one entry a line.
    fn conversation(&self) -> String {
        let mut text = String::new();
        for row in self.chat.timeline().items() {
            let when = self.zone.to_datetime(row.at);
            let day = when.date();
            let time = self.lang.time(when.time());
            let line = match &row.content {
                Content::Note(note) => format!(
                    "{day} {time} – {}\n",
                    self.lang.note(note, self.chat.contacts())
                ),
                Content::Message(message) => {
                    let name = match message.speaker {
                        Speaker::Me => self.lang.you().to_owned(),
                        Speaker::Peer(ip) => ip.to_string(),
                        Speaker::Key(key) => self.chat.contacts().label(&key),
                    };
                    format!("{day} {time} {name}: {}\n", message.text)
                }
            };
            text.push_str(&line);
        }
        text
    }
}
