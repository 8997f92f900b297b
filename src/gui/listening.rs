//! How the program listens for other computers.

use super::{App, waiting_card::EVERYWHERE};
use crate::{chat::Door, endpoint::Endpoint, net::Command};

impl App {
    /// Listens on all addresses, on this port.
    pub(super) fn listen_wide(&mut self, port: u16) {
        let host = EVERYWHERE.to_owned();
        self.command(&Command::Listen(Endpoint { host, port }));
    }

    /// Listens for other computers, now and at each start. `None` ends both.
    pub(super) fn listen_at_start(&mut self, port: Option<u16>) {
        let is_closed = matches!(self.chat.door(), Door::Closed);
        match port {
            Some(port) if is_closed => self.listen_wide(port),
            None if !is_closed => {
                self.command(&Command::StopListening);
            }
            Some(_) | None => {}
        }
        self.settings.listen_at_start = port;
    }
}
