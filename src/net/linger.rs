//! Closes connections in the order that loses nothing: our end first, then what still arrives is
//! read for a while, then the socket goes.
//!
//! A socket closed with unread bytes in it sends a reset, and a reset may destroy what the peer
//! has not read yet (RFC 1122, 4.2.2.13).

use std::{
    io::{ErrorKind, Read as _},
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::{Token, net::TcpStream};

/// How long the other side has to close too.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many connections may be closing at once; past it the oldest goes at once.
const MOST: usize = 16;
/// More than this is not read from one of them in one go.
const READ_MOST: usize = 256 * 1024;

/// The connections that are being closed.
#[derive(Debug, Default)]
pub(super) struct Lingering(Vec<(Token, TcpStream, Instant)>);

impl Lingering {
    /// Starts closing. What was to be written must have been.
    pub fn close(&mut self, token: Token, stream: TcpStream, now: Instant) {
        if let Err(error) = stream.shutdown(Shutdown::Write) {
            tracing::debug!(%error, "the peer was gone already");
            return;
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((token, stream, now + PATIENCE));
        self.handle_readable(token);
    }

    /// Something arrived, perhaps the end.
    pub fn handle_readable(&mut self, token: Token) {
        self.0.retain_mut(|(of, stream, _)| *of != token || is_open(stream));
    }

    /// Lets go of those whose time is up.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.0.retain(|&(_, _, until)| now < until);
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|&(_, _, until)| until).min()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads what there is and forgets it. False at the end of the stream, and for a peer that sends
/// so much that waiting for its end is no use.
fn is_open(stream: &mut TcpStream) -> bool {
    let mut scratch = [0_u8; 4096];
    let mut total = 0;
    while total < READ_MOST {
        match stream.read(&mut scratch) {
            Ok(0) => return false,
            Ok(count) => total += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
    false
}
