//! Dialling: resolves the name, tries the addresses in parallel and takes the first that answers. Dropping a
//! [`Dial`] cancels it.

use std::{
    io::{Error, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Interest, Token, net::TcpStream};

use crate::net::{Call, ConnectError, protocol::schedule::Schedule, socket::registrar::Registrar};

/// Maximum time for dialling, including the name look-up.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// A call that nobody has answered yet.
#[derive(Debug)]
pub(in crate::net) struct Dial {
    pub call: Call,
    /// When it began.
    pub since: Instant,
    /// All addresses that are tried.
    pub addresses: Vec<SocketAddr>,
    deadline: Instant,
    phase: Phase,
    /// The most informative failure so far.
    error: ConnectError,
}

#[derive(Debug)]
enum Phase {
    /// Waits for the look-up with this number.
    Resolving(u64),
    Trying {
        schedule: Schedule,
        attempts: Vec<Attempt>,
    },
}

#[derive(Debug)]
struct Attempt {
    token: Token,
    stream: TcpStream,
    address: SocketAddr,
}

/// A call that was answered.
#[derive(Debug)]
pub(in crate::net) struct Answered {
    pub token: Token,
    pub stream: TcpStream,
    pub peer: SocketAddr,
}

impl Dial {
    /// A call to a name that is being resolved.
    pub fn resolving(call: Call, number: u64, now: Instant) -> Self {
        let phase = Phase::Resolving(number);
        Self {
            call,
            since: now,
            addresses: Vec::new(),
            deadline: now + TIMEOUT,
            phase,
            error: ConnectError::Unreachable,
        }
    }

    /// A call to known addresses.
    pub fn trying(call: Call, addresses: &[SocketAddr], now: Instant) -> Self {
        let mut dial = Self::resolving(call, 0, now);
        dial.handle_addresses(addresses, now);
        dial
    }

    /// The same call to the remaining addresses, after the wrong program has answered at one of them with
    /// `error`.
    pub fn elsewhere(
        call: Call,
        addresses: &[SocketAddr],
        error: ConnectError,
        now: Instant,
    ) -> Self {
        let mut dial = Self::trying(call, addresses, now);
        dial.error = error;
        dial
    }

    /// Whether this call waits for the look-up with this number.
    pub fn waits_for(&self, answer: u64) -> bool {
        matches!(self.phase, Phase::Resolving(number) if number == answer)
    }

    /// The look-up has finished. No addresses means that the name is unknown.
    pub fn handle_addresses(&mut self, addresses: &[SocketAddr], now: Instant) {
        if addresses.is_empty() {
            self.error = ConnectError::UnknownHost;
        }
        self.addresses = addresses.to_vec();
        self.phase = Phase::Trying {
            schedule: Schedule::new(addresses, now),
            attempts: Vec::new(),
        };
    }

    /// A socket became writable: it has connected or failed. `None` for a socket of somebody else, and while
    /// nobody has answered.
    pub fn handle_ready(&mut self, token: Token, now: Instant) -> Option<Answered> {
        let Phase::Trying { schedule, attempts } = &mut self.phase else {
            return None;
        };
        let index = attempts.iter().position(|attempt| attempt.token == token)?;
        let outcome = outcome(&attempts.get(index)?.stream)?;
        let Attempt {
            stream, address, ..
        } = attempts.swap_remove(index);
        match outcome {
            Ok(()) => Some(Answered {
                token,
                stream,
                peer: address,
            }),
            Err(error) => {
                tracing::debug!(%address, %error, "a connection attempt failed");
                self.error = more_informative(self.error, connect_error(&error));
                schedule.handle_failure(now);
                None
            }
        }
    }

    /// Starts the attempts that are due.
    ///
    /// # Errors
    /// The call has failed for good.
    pub fn handle_timeout(
        &mut self,
        now: Instant,
        registrar: &mut Registrar,
    ) -> Result<(), ConnectError> {
        if now >= self.deadline {
            return Err(more_informative(self.error, ConnectError::TimedOut));
        }
        let Phase::Trying { schedule, attempts } = &mut self.phase else {
            return Ok(());
        };
        while let Some(address) = schedule.poll_attempt(now) {
            match connect(address, registrar) {
                Ok(attempt) => attempts.push(attempt),
                Err(error) => {
                    tracing::debug!(%address, %error, "a connection attempt failed at once");
                    self.error = more_informative(self.error, connect_error(&error));
                    schedule.handle_failure(now);
                }
            }
        }
        if attempts.is_empty() && schedule.poll_deadline().is_none() {
            return Err(self.error);
        }
        Ok(())
    }

    /// When to call `handle_timeout`.
    pub fn poll_deadline(&self) -> Instant {
        let next = match &self.phase {
            Phase::Resolving(_) => None,
            Phase::Trying { schedule, .. } => schedule.poll_deadline(),
        };
        next.map_or(self.deadline, |next| next.min(self.deadline))
    }
}

fn connect(address: SocketAddr, registrar: &mut Registrar) -> std::io::Result<Attempt> {
    let mut stream = TcpStream::connect(address)?;
    let token = registrar.register(&mut stream, Interest::READABLE | Interest::WRITABLE)?;
    Ok(Attempt {
        token,
        stream,
        address,
    })
}

/// How an attempt ended, or `None` while it has not.
fn outcome(stream: &TcpStream) -> Option<Result<(), Error>> {
    match stream.take_error() {
        Ok(None) => {}
        Ok(Some(error)) | Err(error) => return Some(Err(error)),
    }
    match (stream.peer_addr(), stream.local_addr()) {
        // If the system picks the dialled port of this computer as the local port, the socket connects to
        // itself (TCP simultaneous open, RFC 9293, 3.5).
        (Ok(peer), Ok(local)) if peer == local => Some(Err(ErrorKind::ConnectionRefused.into())),
        (Ok(_), _) => Some(Ok(())),
        (Err(error), _) if error.kind() == ErrorKind::NotConnected => None,
        (Err(error), _) => Some(Err(error)),
    }
}

fn connect_error(error: &Error) -> ConnectError {
    match error.kind() {
        ErrorKind::ConnectionRefused => ConnectError::Refused,
        ErrorKind::TimedOut => ConnectError::TimedOut,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable => ConnectError::Unreachable,
        kind => ConnectError::Other(kind),
    }
}

/// Of two failures the one that tells more. A computer that refuses exists, at least.
fn more_informative(one: ConnectError, other: ConnectError) -> ConnectError {
    let rank = |error: &ConnectError| match error {
        ConnectError::Unreachable => 0,
        ConnectError::Other(_) => 1,
        ConnectError::TimedOut => 2,
        ConnectError::Refused => 3,
        ConnectError::UnknownHost => 4,
        // A program has answered at another address.
        _ => 5,
    };
    std::cmp::max_by_key(one, other, rank)
}

#[cfg(test)]
mod tests {
    use crate::net::socket::dial::*;
    use socket2::{Domain, Socket, Type};

    fn connected(to: impl FnOnce(SocketAddr) -> SocketAddr) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .expect("a free port");
        let own = socket
            .local_addr()
            .expect("bound")
            .as_socket()
            .expect("IPv4");
        socket.connect(&to(own).into()).expect("a listener");
        socket.set_nonblocking(true).expect("non-blocking");
        TcpStream::from_std(socket.into())
    }

    #[test]
    fn a_socket_connected_to_itself_counts_as_refused() {
        // Only Linux and Windows let a socket connect to itself.
        if cfg!(any(target_os = "linux", target_os = "windows")) {
            let to_itself = connected(|own| own);
            let error = outcome(&to_itself).expect("over").expect_err("no peer");
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let there = listener.local_addr().expect("an address");
        assert!(matches!(outcome(&connected(|_| there)), Some(Ok(()))));
    }
}
