//! Calling a program: its name looked up, its addresses tried side by side, the first that answers
//! wins. Dropping a [`Dial`] cancels it.

use std::{
    io::{Error, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::net::{Call, ConnectError, protocol::schedule::Schedule, socket::tokens::Tokens};

/// How long calling takes at most, the look-up of the name included.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// A call that has not been answered yet.
#[derive(Debug)]
pub(in crate::net) struct Dial {
    pub call: Call,
    /// When it began.
    pub since: Instant,
    /// All that are tried.
    pub addresses: Vec<SocketAddr>,
    deadline: Instant,
    phase: Phase,
    worst: ConnectError,
}

#[derive(Debug)]
enum Phase {
    /// Waiting for the look-up with this number.
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
    /// A call to a name that is being looked up.
    pub fn resolving(call: Call, number: u64, now: Instant) -> Self {
        let phase = Phase::Resolving(number);
        Self {
            call,
            since: now,
            addresses: Vec::new(),
            deadline: now + TIMEOUT,
            phase,
            worst: ConnectError::Unreachable,
        }
    }

    /// A call to known addresses.
    pub fn trying(call: Call, addresses: &[SocketAddr], now: Instant) -> Self {
        let mut dial = Self::resolving(call, 0, now);
        dial.handle_addresses(addresses, now);
        dial
    }

    /// The same call to the addresses that are left, after one of them has answered and would not do.
    pub fn elsewhere(
        call: Call,
        addresses: &[SocketAddr],
        error: ConnectError,
        now: Instant,
    ) -> Self {
        let mut dial = Self::trying(call, addresses, now);
        dial.worst = error;
        dial
    }

    /// Whether this call waits for the look-up with this number.
    pub fn waits_for(&self, answer: u64) -> bool {
        matches!(self.phase, Phase::Resolving(number) if number == answer)
    }

    /// The name was looked up; no addresses means it is unknown.
    pub fn handle_addresses(&mut self, addresses: &[SocketAddr], now: Instant) {
        if addresses.is_empty() {
            self.worst = ConnectError::UnknownHost;
        }
        self.addresses = addresses.to_vec();
        self.phase = Phase::Trying {
            schedule: Schedule::new(addresses, now),
            attempts: Vec::new(),
        };
    }

    /// A socket became writable: connected, or failed. `None` for a socket that is not ours, and
    /// while the call goes on.
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
                self.worst = telling(self.worst, connect_error(&error));
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
        registry: &Registry,
        tokens: &mut Tokens,
    ) -> Result<(), ConnectError> {
        if now >= self.deadline {
            return Err(telling(self.worst, ConnectError::TimedOut));
        }
        let Phase::Trying { schedule, attempts } = &mut self.phase else {
            return Ok(());
        };
        while let Some(address) = schedule.poll_attempt(now) {
            match connect(address, registry, tokens.next()) {
                Ok(attempt) => attempts.push(attempt),
                Err(error) => {
                    tracing::debug!(%address, %error, "a connection attempt failed at once");
                    self.worst = telling(self.worst, connect_error(&error));
                    schedule.handle_failure(now);
                }
            }
        }
        if attempts.is_empty() && schedule.poll_deadline().is_none() {
            return Err(self.worst);
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

fn connect(address: SocketAddr, registry: &Registry, token: Token) -> std::io::Result<Attempt> {
    let mut stream = TcpStream::connect(address)?;
    registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(Attempt {
        token,
        stream,
        address,
    })
}

/// How an attempt ended; `None` while it has not.
fn outcome(stream: &TcpStream) -> Option<Result<(), Error>> {
    match stream.take_error() {
        Ok(None) => {}
        Ok(Some(error)) | Err(error) => return Some(Err(error)),
    }
    match (stream.peer_addr(), stream.local_addr()) {
        // A call to a free port of our own that the system also picked as the calling port
        // connects to itself: nobody is there (TCP simultaneous open, RFC 9293, 3.5).
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

/// Of two failures the one that says more: a computer that refuses is there, after all.
fn telling(one: ConnectError, other: ConnectError) -> ConnectError {
    let rank = |error: &ConnectError| match error {
        ConnectError::Unreachable => 0,
        ConnectError::Other(_) => 1,
        ConnectError::TimedOut => 2,
        ConnectError::Refused => 3,
        ConnectError::UnknownHost => 4,
        // Somebody has picked up, at another address.
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
        socket.connect(&to(own).into()).expect("somebody answers");
        socket.set_nonblocking(true).expect("non-blocking");
        TcpStream::from_std(socket.into())
    }

    #[test]
    fn a_call_that_reached_itself_reached_nobody() {
        // Linux and Windows let a socket call itself; elsewhere there is nothing to guard against.
        if cfg!(any(target_os = "linux", target_os = "windows")) {
            let to_itself = connected(|own| own);
            let error = outcome(&to_itself)
                .expect("over")
                .expect_err("nobody is there");
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let there = listener.local_addr().expect("an address");
        assert!(matches!(outcome(&connected(|_| there)), Some(Ok(()))));
    }
}
