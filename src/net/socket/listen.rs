//! The sockets that accept callers.

mod alternative;

use std::{
    io::{Error, ErrorKind},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use mio::{
    Interest, Token,
    net::{TcpListener, TcpStream},
};
use socket2::{Domain, Protocol, Socket, Type};

pub(in crate::net) use self::alternative::alternative;
use crate::{
    endpoint::Endpoint,
    net::{
        ListenError, Listening,
        socket::{interfaces, registrar::Registrar},
    },
};

/// Maximum number of callers that the system queues. More than one, because the original client calls again
/// before its last connection is fully closed.
const BACKLOG: i32 = 16;
/// Pause after the system had no socket for a caller.
const RETRY: Duration = Duration::from_millis(200);
/// Maximum number of free ports to try until one is free on all addresses of a name.
const MAX_TRIES: usize = 8;

/// Sockets that listen on one port, on one or more addresses.
#[derive(Debug)]
pub(in crate::net) struct Listener {
    sockets: Vec<Bound>,
    addresses: Vec<SocketAddr>,
    retry_at: Option<Instant>,
    listening: Listening,
}

#[derive(Debug)]
struct Bound {
    token: Token,
    socket: TcpListener,
    /// Callers may be waiting.
    ready: bool,
}

impl Listener {
    /// Listens on those of `addresses` that belong to this computer; at least one must.
    ///
    /// # Errors
    /// The port is taken on one of them, where callers would reach another program. Otherwise the error of the
    /// first address.
    pub fn bind(
        at: &Endpoint,
        addresses: &[SocketAddr],
        registrar: &mut Registrar,
    ) -> Result<Self, ListenError> {
        let tries = if at.port == 0 { MAX_TRIES } else { 1 };
        let mut listener = Err(ListenError::PortInUse);
        for _ in 0..tries {
            listener = Self::bind_once(at, addresses, registrar);
            if !matches!(listener, Err(ListenError::PortInUse)) {
                break;
            }
        }
        listener
    }

    fn bind_once(
        at: &Endpoint,
        addresses: &[SocketAddr],
        registrar: &mut Registrar,
    ) -> Result<Self, ListenError> {
        let mut sockets = Vec::new();
        let mut port = at.port;
        let mut bound = Vec::new();
        let mut first_error = None;
        // Of a link-local address that was asked for without it.
        let mut zone = None;
        for address in addresses {
            match listen_on(on_port(*address, port), registrar) {
                Ok((socket, local)) => {
                    port = local.port();
                    if address.ip().to_string() == at.host {
                        zone = interfaces::zone_of(address);
                    }
                    bound.push(address.ip());
                    sockets.push(socket);
                }
                Err(error) => {
                    tracing::debug!(%address, %error, "can't listen");
                    let error = listen_error(&error, port);
                    if error == ListenError::PortInUse && !bound.contains(&address.ip()) {
                        return Err(error);
                    }
                    first_error.get_or_insert(error);
                }
            }
        }
        if sockets.is_empty() {
            return Err(first_error.unwrap_or(ListenError::UnknownHost));
        }
        let at = Endpoint {
            host: zone.map_or_else(|| at.host.clone(), |zone| format!("{}%{zone}", at.host)),
            port,
        };
        let only_here = bound.iter().all(IpAddr::is_loopback);
        let listening = Listening {
            at,
            reachable: interfaces::reachable(&bound),
            only_here,
        };
        Ok(Self {
            sockets,
            addresses: addresses.to_vec(),
            retry_at: None,
            listening,
        })
    }

    /// Stops listening, and returns what is needed to start again.
    pub fn into_place(self) -> (Endpoint, Vec<SocketAddr>) {
        (self.listening.at, self.addresses)
    }

    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// Callers may be waiting.
    pub fn handle_ready(&mut self, token: Token) {
        for bound in &mut self.sockets {
            bound.ready |= bound.token == token;
        }
    }

    /// Whether `accept` may yield a caller.
    pub fn is_ready(&self, now: Instant) -> bool {
        self.sockets.iter().any(|bound| bound.ready) && self.retry_at.is_none_or(|at| at <= now)
    }

    /// The next caller, with its [canonical] address.
    pub fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        if self.retry_at.is_some_and(|at| now < at) {
            return None;
        }
        self.retry_at = None;
        for bound in &mut self.sockets {
            while bound.ready {
                match bound.socket.accept() {
                    Ok((stream, peer)) => return Some((stream, canonical(peer))),
                    Err(error) => match error.kind() {
                        ErrorKind::WouldBlock => bound.ready = false,
                        // The caller hung up while it waited.
                        ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                        kind => {
                            tracing::warn!(%kind, "no socket for a caller");
                            self.retry_at = Some(now + RETRY);
                            return None;
                        }
                    },
                }
            }
        }
        None
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        self.retry_at
    }
}

/// The same address, but IPv4 is never wrapped in IPv6 as a dual-stack socket does (RFC 4291, 2.5.5.2).
pub(in crate::net) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::new(IpAddr::V4(ip), address.port()),
        IpAddr::V6(_) => address,
    }
}

fn listen_on(
    address: SocketAddr,
    registrar: &mut Registrar,
) -> std::io::Result<(Bound, SocketAddr)> {
    let socket = bind(address)?;
    socket.listen(BACKLOG)?;
    let mut socket = TcpListener::from_std(socket.into());
    let token = registrar.register(&mut socket, Interest::READABLE)?;
    let local = socket.local_addr()?;
    let bound = Bound {
        token,
        socket,
        ready: false,
    };
    Ok((bound, local))
}

fn bind(address: SocketAddr) -> std::io::Result<Socket> {
    match bind_family(address) {
        // On a system without IPv6, `::` can only mean all of IPv4.
        Err(error) if address.ip().is_unspecified() && address.is_ipv6() && !is_taken(&error) => {
            bind_family(SocketAddr::new(
                Ipv4Addr::UNSPECIFIED.into(),
                address.port(),
            ))
        }
        bound => bound,
    }
}

fn bind_family(address: SocketAddr) -> std::io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        socket.set_only_v6(false)?;
    }
    // On Windows this option would let another program take the port from us.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    // With SO_REUSEADDR another listener is noticed by `listen` only.
    Ok(socket)
}

fn is_taken(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied
    )
}

/// The same address including its zone, with another port.
fn on_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

fn listen_error(error: &Error, port: u16) -> ListenError {
    match error.kind() {
        ErrorKind::AddrInUse => ListenError::PortInUse,
        ErrorKind::AddrNotAvailable => ListenError::NotOurAddress,
        // Windows reports this for the blocks of ports that it reserves.
        ErrorKind::PermissionDenied if port >= 1024 => ListenError::PortInUse,
        ErrorKind::PermissionDenied => ListenError::NoPermission,
        kind => ListenError::Other(kind),
    }
}
