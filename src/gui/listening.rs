//! How the program listens for other computers.

use eframe::egui::Context;

use super::{App, action::Action, waiting_card::EVERYWHERE};
use crate::{
    chat::{Door, Problem},
    endpoint::Endpoint,
    net::Command,
};

impl App {
    /// Listens on all addresses, on this port.
    pub(super) fn listen_wide(&mut self, port: u16) {
        let host = EVERYWHERE.to_owned();
        self.command(&Command::Listen(Endpoint { host, port }));
    }

    /// Listens for other computers, now and at each start. `None` ends both.
    pub(super) fn listen_at_start(&mut self, port: Option<u16>) {
        match (port, self.chat.door()) {
            (Some(_), Door::Open(listening)) if !listening.only_here => {}
            (Some(port), _) => self.listen_wide(port),
            (None, Door::Closed) => {}
            (None, _) => {
                self.command(&Command::StopListening);
            }
        }
        self.settings.listen_at_start = port;
    }

    /// Listens here after listening elsewhere has failed. Changes the fields or the setting that had asked for it.
    pub(super) fn listen_instead(&mut self, at: Endpoint, ctx: &Context) {
        let failed = match self.chat.problem() {
            Some(Problem::Listen { at, .. }) => Some(at.clone()),
            _ => None,
        };
        let is_of_fields = failed
            .as_ref()
            .is_none_or(|failed| self.views.address_bar.says(failed));
        let is_of_start =
            failed.is_some_and(|failed| Some(failed.port) == self.settings.listen_at_start);
        if is_of_fields {
            self.views.address_bar.set(&at);
            self.run(Action::Listen(at), ctx);
        } else if is_of_start {
            self.listen_at_start(Some(at.port));
            self.save();
        } else {
            self.listen_wide(at.port);
        }
    }
}
