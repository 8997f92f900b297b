//! A connected socket, its readiness as last reported by the poll, and reading and writing for a protocol.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::{Token, event::Event, net::TcpStream};
use socket2::{SockRef, TcpKeepalive};

use crate::net::protocol::{
    Wire,
    beginning::{Beginning, LOOKED_AT},
};

/// Maximum number of bytes in one read. Also limits the messages that one read can yield.
const READ: usize = 16 * 1024;
/// When the system probes a silent connection first, and again: a pulled cable shows in no other way.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// Maximum number of bytes that the system holds and has not sent: a message waits behind all of them.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;
/// The same, and those that were sent and are not acknowledged. More of them, because this also limits how much is on its way:
/// 256 KiB are 10 MB/s with a round trip of 25 ms.
#[cfg(not(target_os = "linux"))]
const UNACKNOWLEDGED: usize = 256 * 1024;

/// See the [module](self).
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that the system has reported, in any combination"
)]
pub(in crate::net) struct Socket {
    pub token: Token,
    stream: TcpStream,
    /// The first bytes, if they were looked at and are not read yet. They are taken out of the system, because on Windows the
    /// poll reports no more bytes while some are left there.
    looked_at: Vec<u8>,
    readable: bool,
    writable: bool,
    /// Writing has failed, or can't work any more.
    broken: bool,
    /// The peer has closed its direction. Data from before may still be unread.
    hung_up: bool,
    /// Everything up to the end of the peer's direction has been read.
    ended: bool,
    /// We have written something.
    spoken: bool,
}

/// What the poll reports of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that the system has reported, in any combination"
)]
pub(in crate::net) struct Readiness {
    pub readable: bool,
    pub writable: bool,
    /// The peer has closed its direction.
    pub hung_up: bool,
    /// The connection is gone in both directions.
    pub broken: bool,
}

impl From<&Event> for Readiness {
    fn from(event: &Event) -> Self {
        // Errors and hang-ups show when reading or writing is tried.
        Self {
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
            hung_up: event.is_read_closed(),
            broken: event.is_write_closed(),
        }
    }
}

/// The result of one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Read {
    /// Bytes have arrived.
    Bytes,
    /// Nothing right now.
    Nothing,
    /// The peer has closed the connection.
    End,
    /// The connection broke.
    Broken,
}

impl Socket {
    /// Takes it for readable and writable, because an edge-triggered poll only reports changes.
    pub fn new(token: Token, stream: TcpStream) -> Self {
        let (time, interval) = KEEPALIVE;
        let keepalive = TcpKeepalive::new().with_time(time).with_interval(interval);
        let prepared = stream
            .set_nodelay(true)
            .and_then(|()| SockRef::from(&stream).set_tcp_keepalive(&keepalive));
        let prepared = prepared.and_then(|()| limit_unsent(&stream));
        if let Err(error) = prepared {
            // The caller may have gone already, which shows when it is read.
            tracing::debug!(%error, "can't prepare a connection");
        }
        Self {
            token,
            stream,
            looked_at: Vec::new(),
            readable: true,
            writable: true,
            broken: false,
            hung_up: false,
            ended: false,
            spoken: false,
        }
    }

    pub fn handle_ready(&mut self, ready: Readiness) {
        self.readable |= ready.readable;
        self.writable |= ready.writable;
        self.hung_up |= ready.hung_up;
        self.broken |= ready.broken;
    }

    /// Something may have arrived that the poll has not reported yet.
    pub fn expect_bytes(&mut self) {
        self.readable = true;
    }

    /// Whether there may be something to read right now.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether the system may take more to write.
    pub fn is_writable(&self) -> bool {
        self.writable && !self.broken
    }

    /// Whether the peer has closed its direction. Data from before may still be unread.
    pub fn is_hung_up(&self) -> bool {
        self.hung_up
    }

    /// Whether we have written anything on this connection.
    pub fn is_spoken(&self) -> bool {
        self.spoken
    }

    /// Looks at the first bytes, which can still be read.
    pub fn look_at_beginning(&mut self) -> Beginning {
        let before = self.looked_at.len();
        let is_over = match self.look() {
            Err(ErrorKind::WouldBlock) if self.looked_at.is_empty() => {
                self.readable = false;
                return Beginning::Silent;
            }
            Ok(()) | Err(ErrorKind::WouldBlock) => self.hung_up,
            // The error shows when it is read. What came before it is what it was.
            Err(_) => true,
        };
        let beginning = Beginning::of(&self.looked_at, is_over);
        if self.looked_at.len() > before {
            // The poll does not report what was taken before it has told of it.
            self.readable = true;
        } else if matches!(beginning, Beginning::HalfTls | Beginning::HalfHttp) {
            // The poll reports the rest.
            self.readable = false;
        }
        beginning
    }

    /// Looks whether the peer has closed its direction, and leaves what it has said unread until [`Self::expect_bytes`].
    /// On Windows the poll may not report an end behind bytes that were not taken.
    pub fn look_for_end(&mut self) {
        let gone = |kind| kind != ErrorKind::WouldBlock;
        self.hung_up |= self.look().is_err_and(gone);
        self.leave_unread();
    }

    /// Reads the first bytes into `looked_at`: at most [`LOOKED_AT`], and nothing after the peer has closed its direction.
    fn look(&mut self) -> Result<(), ErrorKind> {
        let mut bytes = [0_u8; LOOKED_AT];
        while let Some(rest) = bytes.get_mut(self.looked_at.len()..)
            && !rest.is_empty()
        {
            match self.stream.read(rest) {
                Ok(0) => {
                    self.hung_up = true;
                    break;
                }
                Ok(count) => {
                    let new = rest.get(..count).unwrap_or_default();
                    self.looked_at.extend_from_slice(new);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.kind()),
            }
        }
        Ok(())
    }

    /// Whether there is nothing to read right now.
    pub fn is_silent(&self) -> bool {
        self.looked_at.is_empty() && !matches!(self.stream.peek(&mut [0]), Ok(1))
    }

    /// Whether there is nothing to read, and nothing will follow.
    pub fn has_left(&self) -> bool {
        if !self.looked_at.is_empty() {
            return false;
        }
        match self.stream.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// Leaves what has arrived unread until [`Self::expect_bytes`].
    pub fn leave_unread(&mut self) {
        self.readable = false;
    }

    /// Reads once, at most [`READ`] bytes.
    pub fn read(&mut self, protocol: &mut impl Wire, now: Instant) -> Read {
        if !self.looked_at.is_empty() {
            protocol.handle_bytes(&std::mem::take(&mut self.looked_at), now);
            return Read::Bytes;
        }
        let mut bytes = [0_u8; READ];
        match self.stream.read(&mut bytes) {
            Ok(0) if self.broken && self.ended => Read::Broken,
            Ok(0) => {
                self.ended = true;
                // The poll reports a reset, if it has not done so yet.
                self.readable = self.broken;
                Read::End
            }
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
                        // Data that the peer sent before can still be read, and comes first.
                        self.broken = true;
                        self.readable = true;
                    }
                },
            }
        }
    }

    /// Gives the connection up to be closed.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Closes at once, so that the peer can tell that it was not served.
    pub fn abort(self) {
        // The peer may have gone already.
        self.stream.shutdown(Shutdown::Both).ok();
    }
}

/// Lets the system take no more than a few bytes that it can't send yet.
#[cfg(target_os = "linux")]
fn limit_unsent(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_tcp_notsent_lowat(UNSENT)
}

/// The same. Others have no limit of this kind, or none without unsafe code: `TCP_NOTSENT_LOWAT` of macOS is in no safe crate.
#[cfg(not(target_os = "linux"))]
fn limit_unsent(stream: &TcpStream) -> std::io::Result<()> {
    SockRef::from(stream).set_send_buffer_size(UNACKNOWLEDGED)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream as Caller};

    use super::*;

    /// A caller that says this, and then resets the connection.
    fn reset_after(bytes: &[u8]) -> Socket {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut caller = Caller::connect(address).expect("a connection");
        let (stream, _) = listener.accept().expect("a caller");
        stream.set_nonblocking(true).expect("not blocking");
        caller.write_all(bytes).expect("room");
        let mut first = [0];
        while stream.peek(&mut first).is_err() {
            std::thread::yield_now();
        }
        let mut socket = Socket::new(Token(0), TcpStream::from_std(stream));
        while socket.looked_at.len() < bytes.len() {
            socket.look().ok();
        }
        let linger = SockRef::from(&caller).set_linger(Some(Duration::ZERO));
        linger.expect("set");
        drop(caller);
        socket
    }

    #[test]
    fn what_came_before_a_reset_stays_what_it_was() {
        let all = [
            (&[22_u8, 3][..], Beginning::Tls, Beginning::Tls),
            (&[22, 3, 1, 5, 200, 1], Beginning::Tls, Beginning::Tls),
            (b"hi", Beginning::Plain, Beginning::Plain),
            // A line that looks like half a request is text once nothing more can follow.
            (b"GET /", Beginning::HalfHttp, Beginning::Plain),
            (b"GET / HTTP/", Beginning::Http, Beginning::Http),
        ];
        for (bytes, before, after) in all {
            let mut socket = reset_after(bytes);
            // The system reports the reset once, and the end after that.
            let mut is_over = false;
            while !socket.is_hung_up() {
                let beginning = socket.look_at_beginning();
                is_over |= beginning == after;
                let expected = if is_over { after } else { before };
                assert_eq!(beginning, expected, "{bytes:?}");
            }
            assert!(is_over, "{bytes:?}");
        }
    }
}
