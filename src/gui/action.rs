//! What views ask for, and how the program carries it out.

use eframe::egui::{Context, ThemePreference};
use jiff::Timestamp;

use super::{App, bytes::BytesView, text::Lang};
use crate::{
    chat::log::{Content, RowId, Speaker},
    net::{
        Command, SendError,
        charset::{Charset, Reading},
        endpoint::Endpoint,
        session::Format,
    },
    settings::{CharsetSetting, LineEndSetting, ReadingSetting, Theme},
};

/// What a view asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Listen(Endpoint),
    /// Where it works, after it failed elsewhere.
    ListenInstead(Endpoint),
    /// On all addresses, on this port.
    ListenWide(u16),
    StopListening,
    Connect(Endpoint),
    Cancel,
    Disconnect,
    /// What stands in the composer.
    Send,
    /// The same, to this peer in this encoding from now on.
    SendAs(Charset),
    /// The same, this once in this encoding.
    SendOnceAs(Charset),
    Copy(String),
    CopyConversation,
    ShowBytes(RowId),
    Dismiss,
    Restart,
    SetTheme(Theme),
    SetLang(Lang),
    SetReading(Reading),
    SetOutgoing(Option<Charset>),
    SetLineEnd(LineEndSetting),
}

impl App {
    pub(super) fn run(&mut self, action: Action, ctx: &Context) {
        match action {
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
            Action::StopListening => {
                self.ask(&Command::StopListening);
            }
            Action::Connect(to) => {
                self.remember(&to);
                self.ask(&Command::Connect(to));
            }
            Action::Cancel => {
                self.ask(&Command::Cancel);
            }
            Action::Disconnect => {
                self.ask(&Command::Disconnect);
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
                    self.chat.log().get(id).map(|row| &row.content)
                {
                    self.bytes = Some(BytesView::new(message));
                }
            }
            Action::CopyConversation => ctx.copy_text(self.conversation()),
            Action::Dismiss => self.chat.dismiss(),
            Action::Restart => self.restart(ctx),
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

    fn send(&mut self, charset: Option<Charset>) {
        let draft = match self.chat.compose_in(self.composer.text(), charset) {
            Ok(draft) => draft,
            Err(refusal) => return self.composer.refuse(refusal),
        };
        // What could not be handed over stays in the composer, under the sentence that says so.
        if self.ask(&draft.command()) {
            self.chat.add(draft, Timestamp::now());
            self.composer.clear();
            self.transcript.follow();
        }
    }

    fn restart(&mut self, ctx: &Context) {
        match (self.start_worker)(ctx) {
            Ok(net) => {
                self.net = Some(net);
                self.chat.dismiss();
                self.ask(&Command::SetFormat(self.format()));
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
        self.settings.host.clone_from(&self.address_bar.host);
        self.settings.port.clone_from(&self.address_bar.port);
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
                Content::Note(note) => format!("{day} {time} – {}\n", self.lang.note(note)),
                Content::Message(message) => {
                    let name = match message.speaker {
                        Speaker::Me => self.lang.you().to_owned(),
                        Speaker::Peer(ip) => ip.to_string(),
                    };
                    format!("{day} {time} {name}: {}\n", message.text)
                }
            };
            text.push_str(&line);
        }
        text
    }
}
