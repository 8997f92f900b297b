//! Where listening would work after it has failed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{bind, is_taken, on_port};
use crate::{
    endpoint::Endpoint,
    net::{ListenError, socket::interfaces},
};

/// Maximum number of neighbouring ports to search for a free one.
const MAX_NEIGHBOURS: u16 = 20;

/// Where to listen instead, after listening at `at` has failed with `error`.
pub(in crate::net) fn alternative(
    at: &Endpoint,
    addresses: &[SocketAddr],
    error: ListenError,
) -> Option<Endpoint> {
    let (host, port) = match error {
        ListenError::PortInUse => {
            let port = free_port(at.port.saturating_add(1), addresses)?;
            (at.host.clone(), port)
        }
        ListenError::NoPermission => {
            let port = free_port(Endpoint::DEFAULT_PORT, addresses)?;
            (at.host.clone(), port)
        }
        ListenError::NotOurAddress => {
            let ours = interfaces::addresses().into_iter().next();
            let ip = ours.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
            let port = match at.port {
                0 => 0,
                port => free_port(port, &[SocketAddr::new(ip, port)])?,
            };
            (ip.to_string(), port)
        }
        ListenError::UnknownHost | ListenError::Other(_) => return None,
    };
    Some(Endpoint { host, port })
}

/// The first free port from `first` on.
fn free_port(first: u16, addresses: &[SocketAddr]) -> Option<u16> {
    (first..=first.saturating_add(MAX_NEIGHBOURS)).find(|&port| is_free(port, addresses))
}

/// Whether listening would get this port on all of `addresses` that belong to this computer.
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
