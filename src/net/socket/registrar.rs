//! Registers sockets with the poll.

use mio::{Interest, Registry, Token, event::Source};

/// Gives each socket a poll token of its own. No token is used twice, so that a late readiness event never
/// matches a newer socket.
#[derive(Debug)]
pub(in crate::net) struct Registrar {
    registry: Registry,
    last: Token,
}

impl Registrar {
    /// Gives out the tokens after `last`.
    pub fn new(registry: Registry, last: Token) -> Self {
        Self { registry, last }
    }

    /// Has the poll watch this socket.
    ///
    /// # Errors
    /// The system refused.
    pub fn register(
        &mut self,
        socket: &mut impl Source,
        interest: Interest,
    ) -> std::io::Result<Token> {
        self.last.0 += 1;
        self.registry.register(socket, self.last, interest)?;
        Ok(self.last)
    }
}
