//! What the person chooses once and then leaves alone: done at once, and kept in the settings.

use eframe::egui::Context;

use crate::{
    gui::{App, locale::Lang},
    identity::Name,
    net::Command,
    settings::Theme,
    text::{
        charset::{Charset, Reading},
        line_end::LineEnd,
    },
};

/// One of them, and what is chosen.
#[derive(Debug)]
pub(super) enum Choice {
    Name(Name),
    AllowPlain(bool),
    KeepHistory(bool),
    ShowTyping(bool),
    Theme(Theme),
    Lang(Lang),
    Reading(Reading),
    Outgoing(Option<Charset>),
    LineEnd(Option<LineEnd>),
}

impl App {
    pub(super) fn choose(&mut self, choice: Choice, ctx: &Context) {
        match choice {
            Choice::Name(name) => {
                self.settings.name = name;
                self.introduce();
            }
            Choice::AllowPlain(allow) => {
                self.settings.allow_plain = allow;
                self.introduce();
            }
            Choice::KeepHistory(keep) => {
                self.settings.keep_history = keep;
                self.introduce();
            }
            Choice::ShowTyping(show) => {
                self.settings.show_typing = show;
                if !show && self.told.stop() {
                    self.ask(&Command::SetTyping(false));
                }
            }
            Choice::Theme(theme) => {
                self.settings.theme = theme;
                self.apply_theme(ctx);
            }
            Choice::Lang(lang) => {
                self.lang = lang;
                self.settings.language = Some(lang);
            }
            Choice::Reading(reading) => {
                self.chat.set_reading(reading);
                self.settings.encoding_in = reading;
                self.ask(&Command::SetFormat(self.format()));
            }
            Choice::Outgoing(charset) => {
                self.chat.set_outgoing(charset);
                self.settings.encoding_out = charset;
            }
            Choice::LineEnd(end) => {
                self.settings.line_end = end;
                self.ask(&Command::SetFormat(self.format()));
            }
        }
        self.save();
    }
}
