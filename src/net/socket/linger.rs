//! Closes connections without losing data: shuts down our direction, reads what still arrives for a while, then
//! closes the socket.
//!
//! A socket that is closed with unread bytes sends a reset, and a reset may destroy data that the peer has not
//! read yet (RFC 1122, 4.2.2.13).
//!
//! To the peer, our shutting down looks the same as that of a program that reads on. At the end of a conversation, a
//! reset tells it that nobody reads, if its system has acknowledged everything and it still does not close.

use std::{
    io::{ErrorKind, Read as _},
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::{Token, net::TcpStream};
use socket2::SockRef;

use crate::net::socket::{acknowledged::is_end_acknowledged, stream::Socket};

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
    /// Whether a peer that has not closed by then is to be reset.
    resets: bool,
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
        self.start(socket, false, now);
    }

    /// The same for a conversation, whose peer may wait for us to read.
    pub fn close_or_reset(&mut self, socket: Socket, now: Instant) {
        self.start(socket, true, now);
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
        for closing in self.0.extract_if(.., |closing| closing.until <= now) {
            if closing.resets {
                reset_if_acknowledged(&closing.stream);
            }
        }
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|closing| closing.until).min()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn start(&mut self, socket: Socket, resets: bool, now: Instant) {
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
            resets,
        });
    }
}

/// Has the close send a reset, unless that could destroy data on its way.
fn reset_if_acknowledged(stream: &TcpStream) {
    if is_end_acknowledged(stream)
        // A linger time of zero makes the close a reset (RFC 9293, 3.10.4).
        && let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO))
    {
        tracing::debug!(%error, "can't reset a connection");
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

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{
        io::Write as _,
        net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    };

    use super::*;

    /// Time limit for what the system does at once.
    const LIMIT: Duration = Duration::from_secs(100);

    #[expect(clippy::disallowed_methods, reason = "a time to begin with")]
    fn clock() -> Instant {
        Instant::now()
    }

    /// A connection: our end, which is closing once `written` is written, and the peer's.
    fn closing(at: SocketAddr, written: &[u8]) -> (Lingering, std::net::TcpStream, usize) {
        let listener = TcpListener::bind(at).expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut ours = std::net::TcpStream::connect(address).expect("a connection");
        ours.set_nonblocking(true).expect("non-blocking");
        let (peer, _) = listener.accept().expect("the connection");
        peer.set_read_timeout(Some(LIMIT)).expect("a time limit");
        let count = ours.write(written).expect("room");
        let mut lingering = Lingering::default();
        let stream = TcpStream::from_std(ours);
        lingering.close_or_reset(Socket::new(Token(1), stream), clock());
        (lingering, peer, count)
    }

    fn wait_for_acknowledgement(lingering: &Lingering) {
        let deadline = clock() + LIMIT;
        while !lingering
            .0
            .iter()
            .all(|one| is_end_acknowledged(&one.stream))
        {
            assert!(clock() < deadline, "nothing is acknowledged");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_peer_that_does_not_close_is_reset_and_can_read_what_came_before() {
        for ip in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
            let (mut lingering, mut peer, _) = closing(SocketAddr::new(ip, 0), b"last words");
            wait_for_acknowledgement(&lingering);
            lingering.handle_timeout(clock() + PATIENCE);
            assert!(lingering.is_empty());
            // Nothing can be written any more, which the peer has not read yet.
            let refused = peer.write(b"more").map_err(|error| error.kind());
            assert_eq!(refused, Err(ErrorKind::BrokenPipe));
            let mut heard = Vec::new();
            peer.read_to_end(&mut heard).expect("everything");
            assert_eq!(heard, b"last words");
        }
    }

    #[test]
    fn a_peer_that_has_not_received_everything_is_not_reset() {
        let bytes = vec![b'x'; 64 << 20];
        let (mut lingering, mut peer, count) = closing(([127, 0, 0, 1], 0).into(), &bytes);
        assert!(count > 0);
        lingering.handle_timeout(clock() + PATIENCE);
        assert!(lingering.is_empty());
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).expect("everything");
        assert_eq!(heard.len(), count);
    }
}
