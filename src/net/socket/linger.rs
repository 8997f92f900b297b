//! Closes connections without losing data: shuts down our direction, reads what still arrives for a while, then
//! closes the socket.
//!
//! A socket that is closed with unread bytes sends a reset, and a reset may destroy data that the peer has not
//! read yet (RFC 1122, 4.2.2.13).

use std::{
    io::{ErrorKind, Read as _},
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::{Token, net::TcpStream};

use crate::net::socket::stream::Socket;

/// Maximum time for the peer to close its direction too.
const PATIENCE: Duration = Duration::from_millis(500);
/// Maximum number of connections that are closing. Above it the oldest is closed at once.
const MAX_CLOSING: usize = 16;
/// Maximum number of bytes read from one connection in one turn.
const MAX_READ: usize = 256 * 1024;

/// The connections that are closing.
#[derive(Debug, Default)]
pub(in crate::net) struct Lingering(Vec<Closing>);

#[derive(Debug)]
struct Closing {
    token: Token,
    stream: TcpStream,
    until: Instant,
    readable: bool,
}

/// What is left to read.
enum Rest {
    /// There may be more right now.
    More,
    /// Nothing right now.
    Later,
    /// Nothing: the peer has closed too.
    End,
}

impl Lingering {
    /// Starts to close. Everything must have been written before.
    pub fn close(&mut self, socket: Socket, now: Instant) {
        let token = socket.token;
        let stream = socket.into_stream();
        if let Err(error) = stream.shutdown(Shutdown::Write) {
            tracing::debug!(%error, "the peer had gone already");
            return;
        }
        if self.0.len() == MAX_CLOSING {
            self.0.remove(0);
        }
        self.0.push(Closing {
            token,
            stream,
            until: now + PATIENCE,
            readable: true,
        });
    }

    /// Data or the end has arrived.
    pub fn handle_readable(&mut self, token: Token) {
        for closing in &mut self.0 {
            closing.readable |= closing.token == token;
        }
    }

    /// Whether there is something to read right now.
    pub fn is_readable(&self) -> bool {
        self.0.iter().any(|closing| closing.readable)
    }

    /// Reads and discards what has arrived, up to a limit for each connection.
    pub fn read(&mut self) {
        self.0.retain_mut(|closing| {
            if closing.readable {
                match read(&mut closing.stream) {
                    Rest::More => {}
                    Rest::Later => closing.readable = false,
                    Rest::End => return false,
                }
            }
            true
        });
    }

    /// Closes those whose time is up.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.0.retain(|closing| now < closing.until);
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|closing| closing.until).min()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn read(stream: &mut TcpStream) -> Rest {
    let mut scratch = [0_u8; 4096];
    let mut total = 0;
    while total < MAX_READ {
        match stream.read(&mut scratch) {
            Ok(0) => return Rest::End,
            Ok(count) => total += count,
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock => return Rest::Later,
                _ => return Rest::End,
            },
        }
    }
    Rest::More
}
