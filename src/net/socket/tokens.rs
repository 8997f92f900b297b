//! Poll tokens.

use mio::Token;

/// Hands out poll tokens, each only once, so that a late readiness event never matches a newer socket.
#[derive(Debug)]
pub(in crate::net) struct Tokens(Token);

impl Tokens {
    /// Hands out the tokens that come after this one.
    pub fn after(last: Token) -> Self {
        Self(last)
    }

    /// A token that was never used before.
    pub fn next(&mut self) -> Token {
        self.0.0 += 1;
        self.0
    }
}
