//! What views ask for, and how the program carries it out.

use eframe::egui::{Context, ThemePreference};
use jiff::Timestamp;

use super::{
    App, address_bar::AddressBar, bytes::BytesView, dialog::Dialog, own_name::OwnName,
    people::People, text::Lang, verify::Verify,
};
use crate::{
    chat::{
        Peer,
        log::{Content, RowId, Speaker},
    },
    identity::PublicKey,
    net::{
        AskId, Call, Command, How, PeerChange, Preferences, SendError,
        charset::{Charset, Reading},
        endpoint::Endpoint,
        plain::Format,
    },
    settings::{CharsetSetting, LineEndSetting, Name, ReadingSetting, Theme},
};

/// What a view asks for.
#[derive(Debug)]
pub(super) enum Action {
    /// Of the worker, and nothing else.
    Ask(Command),
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
    ShowBytes(RowId),
    Verify(Verify),
    People,
    Dismiss,
    Restart,
    SetName(Name),
    SetAllowPlain(bool),
    SetShowTyping(bool),
    SetTheme(Theme),
    SetLang(Lang),
    SetReading(Reading),
    SetOutgoing(Option<Charset>),
    SetLineEnd(LineEndSetting),
}

impl App {
    pub(super) fn run(&mut self, action: Action, ctx: &Context) {
        match action {
            Action::Ask(command) => {
                self.ask(&command);
            }
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
                self.ask(&Command::ChangePeer(key, change));
            }
            Action::Wrote => self.tell_writing(ctx),
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
                    self.chat.log().get(id).map(|row| &row.content)
                {
                    self.open(Dialog::Bytes(BytesView::new(message)));
                }
            }
            Action::CopyConversation => ctx.copy_text(self.conversation()),
            Action::Verify(verify) => self.open(Dialog::Verify(verify)),
            Action::People => self.open(Dialog::People(People::default())),
            Action::Dismiss => self.chat.dismiss(),
            Action::Restart => self.restart(ctx),
            Action::SetName(name) => {
                self.settings.name = name;
                self.introduce();
                self.save();
            }
            Action::SetAllowPlain(allow) => {
                self.settings.allow_plain = allow;
                self.introduce();
                self.save();
            }
            Action::SetShowTyping(show) => {
                self.settings.show_typing = show;
                if !show && self.told.stop() {
                    self.ask(&Command::SetTyping(false));
                }
                self.save();
            }
            Action::SetTheme(theme) => {
                self.settings.theme = theme;
                self.apply_theme(ctx);
                self.save();
            }
            Action::SetLang(lang) => {
                self.lang = lang;
                self.settings.language = Some(lang);
                self.save();
            }
            Action::SetReading(reading) => {
                self.chat.set_reading(reading);
                self.settings.encoding_in = ReadingSetting(reading);
                self.ask(&Command::SetFormat(self.format()));
                self.save();
            }
            Action::SetOutgoing(charset) => {
                self.chat.set_outgoing(charset);
                self.settings.encoding_out = charset.map(CharsetSetting);
                self.save();
            }
            Action::SetLineEnd(end) => {
                self.settings.line_end = end;
                self.ask(&Command::SetFormat(self.format()));
                self.save();
            }
        }
    }

    /// Tells the worker. False if it could not be told, which the window says.
    fn ask(&mut self, command: &Command) -> bool {
        let sent = match &self.net {
            Some(net) => net.send(command.clone()),
            None => Err(SendError::Gone),
        };
        match sent {
            Ok(()) => self.chat.asked(command),
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

    fn open(&mut self, dialog: Dialog) {
        self.dialog = Some(dialog);
        // Only one field for it at a time.
        self.own_name = OwnName::default();
    }

    /// Tells the worker who we are and whom we let in.
    fn introduce(&mut self) {
        self.ask(&Command::SetPreferences(Preferences {
            name: self.settings.name.as_str().to_owned(),
            allow_plain: self.settings.allow_plain,
        }));
    }

    fn tell_writing(&mut self, ctx: &Context) {
        let is_encrypted = self.chat.peer().and_then(Peer::encrypted).is_some();
        if !is_encrypted || !self.settings.show_typing {
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
            self.transcript.follow();
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
    fn format(&self) -> Format {
        Format {
            reading: self.chat.reading(),
            line_end: self.settings.line_end.into(),
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
            .map(|(key, charset)| (key.clone(), CharsetSetting(*charset)))
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
        for row in self.chat.log().rows() {
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
