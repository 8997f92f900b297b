//! A connected socket, its readiness as last reported by the poll, and reading and writing for a protocol.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::{Token, net::TcpStream};
use socket2::{SockRef, TcpKeepalive};

use crate::net::protocol::{
    Wire,
    secure::{HANDSHAKE_RECORD, MAJOR_VERSION},
};

/// Bytes read in one go. Bounds the messages that one go can make.
const READ: usize = 16 * 1024;
/// A cable that is pulled says nothing; the system asks after this silence, and again.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// See the [module](self).
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that the system has said, in any combination"
)]
pub(in crate::net) struct Socket {
    pub token: Token,
    stream: TcpStream,
    readable: bool,
    writable: bool,
    /// Writing has failed.
    broken: bool,
    /// The peer will say nothing more than what may still be unread.
    hung_up: bool,
    /// We have said something.
    spoken: bool,
}

/// What reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Read {
    /// Something has come.
    Bytes,
    /// Nothing right now.
    Nothing,
    /// The peer has closed the connection.
    End,
    /// The connection broke.
    Broken,
}

/// What a caller begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Beginning {
    /// Nothing so far.
    Silent,
    /// A first byte that may or may not be TLS.
    Unclear,
    Tls,
    /// Anything else, the end included.
    Plain,
}

impl Socket {
    /// Edge-triggered polls report what has changed, so what is not known yet is tried.
    pub fn new(token: Token, stream: TcpStream) -> Self {
        let (time, interval) = KEEPALIVE;
        let keepalive = TcpKeepalive::new().with_time(time).with_interval(interval);
        let prepared = stream
            .set_nodelay(true)
            .and_then(|()| SockRef::from(&stream).set_tcp_keepalive(&keepalive));
        if let Err(error) = prepared {
            // A caller that is gone already. Reading will tell.
            tracing::debug!(%error, "can't prepare a connection");
        }
        Self {
            token,
            stream,
            readable: true,
            writable: true,
            broken: false,
            hung_up: false,
            spoken: false,
        }
    }

    /// The poll says something of this socket.
    pub fn handle_ready(&mut self, readable: bool, writable: bool, hung_up: bool) {
        self.readable |= readable;
        self.writable |= writable;
        self.hung_up |= hung_up;
    }

    /// Something may have arrived that the poll has not reported yet.
    pub fn expect_bytes(&mut self) {
        self.readable = true;
    }

    /// Whether there may be something to read right now.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether the peer has closed its direction. What it said before may still be unread.
    pub fn is_hung_up(&self) -> bool {
        self.hung_up
    }

    /// Whether we have said anything on this connection.
    pub fn is_spoken(&self) -> bool {
        self.spoken
    }

    /// Looks at the first two bytes, and leaves them where they are.
    pub fn peek_beginning(&mut self) -> Beginning {
        let mut bytes = [0_u8; 2];
        match self.stream.peek(&mut bytes) {
            Ok(count) => match bytes.get(..count).unwrap_or_default() {
                // A greeting that was cut. Nobody says this byte alone.
                [HANDSHAKE_RECORD] if self.hung_up => Beginning::Tls,
                [HANDSHAKE_RECORD] => {
                    // The second byte makes itself known.
                    self.readable = false;
                    Beginning::Unclear
                }
                [HANDSHAKE_RECORD, MAJOR_VERSION] => Beginning::Tls,
                _ => Beginning::Plain,
            },
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                Beginning::Silent
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Beginning::Silent,
            // Reading will tell.
            Err(_) => Beginning::Plain,
        }
    }

    /// Whether there is nothing to read. What there is stays where it is.
    pub fn is_silent(&self) -> bool {
        !matches!(self.stream.peek(&mut [0]), Ok(1))
    }

    /// Whether there is nothing to read, and nothing will come.
    pub fn has_left(&self) -> bool {
        match self.stream.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// What there is to read is not wanted now.
    pub fn leave_unread(&mut self) {
        self.readable = false;
    }

    /// Reads once, at most [`READ`] bytes.
    pub fn read(&mut self, protocol: &mut impl Wire, now: Instant) -> Read {
        let mut bytes = [0_u8; READ];
        match self.stream.read(&mut bytes) {
            Ok(0) if self.broken => Read::Broken,
            Ok(0) => Read::End,
            Ok(count) => {
                protocol.handle_bytes(bytes.get(..count).unwrap_or_default(), now);
                Read::Bytes
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock if self.broken => Read::Broken,
                ErrorKind::WouldBlock => {
                    self.readable = false;
                    Read::Nothing
                }
                ErrorKind::Interrupted => Read::Nothing,
                kind => {
                    tracing::debug!(%kind, "reading failed");
                    Read::Broken
                }
            },
        }
    }

    /// Writes what there is to write, as far as the system takes it.
    pub fn write(&mut self, protocol: &mut impl Wire, now: Instant) {
        while self.writable
            && !self.broken
            && let Some(bytes) = protocol.poll_transmit(now)
        {
            match self.stream.write(bytes) {
                Ok(count) => {
                    self.spoken |= count > 0;
                    protocol.transmitted(count, now);
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => self.writable = false,
                    ErrorKind::Interrupted => {}
                    kind => {
                        tracing::debug!(%kind, "writing failed");
                        // What the peer said before it broke off can still be read, and comes first.
                        self.broken = true;
                        self.readable = true;
                    }
                },
            }
        }
    }

    /// Gives the connection to whoever closes it.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Closes at once. The peer can tell that it was not served.
    pub fn refuse(self) {
        // It may be gone already.
        self.stream.shutdown(Shutdown::Both).ok();
    }
}
