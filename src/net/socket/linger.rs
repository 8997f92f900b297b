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

use crate::net::socket::stream::Socket;

/// How long the other side has to close too.
const PATIENCE: Duration = Duration::from_millis(500);
/// So many connections may be closing at once; past it the oldest goes at once.
const MOST: usize = 16;
/// As much is read from one of them in one go.
const READ_MOST: usize = 256 * 1024;

/// The connections that are being closed.
#[derive(Debug, Default)]
pub(in crate::net) struct Lingering(Vec<Closing>);

#[derive(Debug)]
struct Closing {
    token: Token,
    stream: TcpStream,
    until: Instant,
    readable: bool,
}

/// What reading came to.
enum Rest {
    /// There may be more right now.
    More,
    /// Nothing right now.
    Later,
    /// The other side has closed too.
    End,
}

impl Lingering {
    /// Starts closing. What was to be written must have been.
    pub fn close(&mut self, socket: Socket, now: Instant) {
        let token = socket.token;
        let stream = socket.into_stream();
        if let Err(error) = stream.shutdown(Shutdown::Write) {
            tracing::debug!(%error, "the peer was gone already");
            return;
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(Closing {
            token,
            stream,
            until: now + PATIENCE,
            readable: true,
        });
    }

    /// Something arrived, perhaps the end.
    pub fn handle_readable(&mut self, token: Token) {
        for closing in &mut self.0 {
            closing.readable |= closing.token == token;
        }
    }

    /// Whether there is something to read right now.
    pub fn is_readable(&self) -> bool {
        self.0.iter().any(|closing| closing.readable)
    }

    /// Reads from each what there is and forgets it, in bounded portions.
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

    /// Lets go of those whose time is up.
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
    while total < READ_MOST {
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
