//! The sockets that take callers.

use std::{
    io::{Error, ErrorKind},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};
use socket2::{Domain, Protocol, Socket, Type};

use crate::{
    endpoint::Endpoint,
    net::{ListenError, Listening, socket::tokens::Tokens},
};

/// Callers the system keeps waiting for us. More than one, because the original client calls again
/// before its last connection is quite closed.
const BACKLOG: i32 = 16;
/// After the system had no socket left for a caller.
const RETRY: Duration = Duration::from_millis(200);
/// So many free ports are tried until one is free on all addresses of a name.
const FREE_PORTS_TO_TRY: usize = 8;
/// As many neighbouring ports are looked at for a free one.
const PORTS_TO_LOOK_AT: u16 = 20;
/// As many addresses are told.
const MOST_REACHABLE: usize = 8;

/// Sockets that listen, on one port.
#[derive(Debug)]
pub(in crate::net) struct Listener {
    sockets: Vec<(Token, TcpListener, bool)>,
    addresses: Vec<SocketAddr>,
    retry_at: Option<Instant>,
    listening: Listening,
}

impl Listener {
    /// Listens on those of `addresses` that are this computer's, at least one.
    ///
    /// # Errors
    /// The port is taken on one of them, where callers would reach another program; or why the
    /// first of them could not be had.
    pub fn bind(
        at: &Endpoint,
        addresses: &[SocketAddr],
        registry: &Registry,
        tokens: &mut Tokens,
    ) -> Result<Self, ListenError> {
        let tries = if at.port == 0 { FREE_PORTS_TO_TRY } else { 1 };
        let mut listener = Err(ListenError::PortInUse);
        for _ in 0..tries {
            listener = Self::bind_once(at, addresses, registry, tokens);
            if !matches!(listener, Err(ListenError::PortInUse)) {
                break;
            }
        }
        listener
    }

    fn bind_once(
        at: &Endpoint,
        addresses: &[SocketAddr],
        registry: &Registry,
        tokens: &mut Tokens,
    ) -> Result<Self, ListenError> {
        let mut sockets = Vec::new();
        let mut port = at.port;
        let mut bound = Vec::new();
        let mut first_error = None;
        for address in addresses {
            match listen_on(on_port(*address, port), registry, tokens.next()) {
                Ok((token, socket, local)) => {
                    port = local.port();
                    bound.push(address.ip());
                    sockets.push((token, socket, false));
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
            host: at.host.clone(),
            port,
        };
        let only_here = bound.iter().all(IpAddr::is_loopback);
        let listening = Listening {
            at,
            reachable: reachable(&bound),
            only_here,
        };
        Ok(Self {
            sockets,
            addresses: addresses.to_vec(),
            retry_at: None,
            listening,
        })
    }

    /// Stops listening, and says what is needed to begin again.
    pub fn into_place(self) -> (Endpoint, Vec<SocketAddr>) {
        (self.listening.at, self.addresses)
    }

    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// Callers may be waiting.
    pub fn handle_ready(&mut self, token: Token) {
        for (of, _, ready) in &mut self.sockets {
            *ready |= *of == token;
        }
    }

    /// Whether `accept` may yield somebody.
    pub fn is_ready(&self, now: Instant) -> bool {
        self.sockets.iter().any(|&(_, _, ready)| ready) && self.retry_at.is_none_or(|at| at <= now)
    }

    /// The next caller.
    pub fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        if self.retry_at.is_some_and(|at| now < at) {
            return None;
        }
        self.retry_at = None;
        for (_, socket, ready) in &mut self.sockets {
            while *ready {
                match socket.accept() {
                    Ok((stream, peer)) => return Some((stream, canonical(peer))),
                    Err(error) => match error.kind() {
                        ErrorKind::WouldBlock => *ready = false,
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

/// Where listening would work, after it failed with `error` at `at`.
pub(in crate::net) fn instead(
    at: &Endpoint,
    addresses: &[SocketAddr],
    error: ListenError,
) -> Option<Endpoint> {
    let free_from = |first: u16, addresses: &[SocketAddr]| {
        (first..=first.saturating_add(PORTS_TO_LOOK_AT)).find(|&port| is_free(port, addresses))
    };
    match error {
        ListenError::PortInUse => {
            let port = free_from(at.port.saturating_add(1), addresses)?;
            Some(Endpoint {
                host: at.host.clone(),
                port,
            })
        }
        ListenError::NoPermission => {
            let port = free_from(Endpoint::DEFAULT_PORT, addresses)?;
            Some(Endpoint {
                host: at.host.clone(),
                port,
            })
        }
        ListenError::NotOurAddress => {
            let ours = interface_addresses().into_iter().next();
            let ip = ours.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
            let port = if at.port == 0 {
                0
            } else {
                free_from(at.port, &[SocketAddr::new(ip, at.port)])?
            };
            Some(Endpoint {
                host: ip.to_string(),
                port,
            })
        }
        ListenError::UnknownHost | ListenError::Other(_) => None,
    }
}

/// Whether listening would get this port on all of `addresses` that are this computer's.
fn is_free(port: u16, addresses: &[SocketAddr]) -> bool {
    let mut any = false;
    for address in addresses {
        match bind(on_port(*address, port)) {
            Ok(_) => any = true,
            Err(error) if is_taken(&error) => return false,
            Err(_) => {}
        }
    }
    any
}

/// An IPv4 address as such, also where a dual-stack socket wraps it (RFC 4291, 2.5.5.2).
pub(in crate::net) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::new(IpAddr::V4(ip), address.port()),
        IpAddr::V6(_) => address,
    }
}

fn listen_on(
    address: SocketAddr,
    registry: &Registry,
    token: Token,
) -> std::io::Result<(Token, TcpListener, SocketAddr)> {
    let socket = bind(address)?;
    socket.listen(BACKLOG)?;
    let mut listener = TcpListener::from_std(socket.into());
    registry.register(&mut listener, token, Interest::READABLE)?;
    let local = listener.local_addr()?;
    Ok((token, listener, local))
}

fn bind(address: SocketAddr) -> std::io::Result<Socket> {
    match bind_family(address) {
        // A system without IPv6: all of IPv4 is what `::` can mean there.
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
    // On Windows the option would let another program take the port from us.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    // With SO_REUSEADDR only `listen` notices another listener.
    Ok(socket)
}

fn is_taken(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied
    )
}

/// The same address, zone and all, on another port.
fn on_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

fn listen_error(error: &Error, port: u16) -> ListenError {
    match error.kind() {
        ErrorKind::AddrInUse => ListenError::PortInUse,
        ErrorKind::AddrNotAvailable => ListenError::NotOurAddress,
        // Windows keeps whole blocks of ports for itself and says so in these words.
        ErrorKind::PermissionDenied if port >= 1024 => ListenError::PortInUse,
        ErrorKind::PermissionDenied => ListenError::NoPermission,
        kind => ListenError::Other(kind),
    }
}

/// What to tell the other person when listening on `bound`.
fn reachable(bound: &[IpAddr]) -> Vec<IpAddr> {
    let mut told = Vec::new();
    for ip in bound {
        if ip.is_unspecified() {
            told.extend(
                interface_addresses()
                    .into_iter()
                    .filter(|ours| ip.is_ipv6() || ours.is_ipv4()),
            );
        } else if !ip.is_loopback() {
            told.push(*ip);
        }
    }
    told.dedup();
    told.truncate(MOST_REACHABLE);
    told
}

/// This computer's own addresses that others can use, IPv4 first because they are easier to tell.
fn interface_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "can't list this computer's addresses");
        Vec::new()
    });
    let mut addresses: Vec<_> = interfaces
        .iter()
        .map(if_addrs::Interface::ip)
        // fe80:: works only with a zone, which is another on the other computer.
        .filter(|ip| {
            !ip.is_loopback() && !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
        })
        .collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses
}
