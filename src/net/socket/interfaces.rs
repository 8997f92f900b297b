//! The addresses of this computer that others can connect to, and its zones.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

/// Maximum number of addresses to show.
const MAX_REACHABLE: usize = 8;

/// One link of this computer, on which link-local addresses are unique (RFC 4007).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    index: u32,
    name: String,
}

/// The addresses at which others reach a socket that is bound to `bound`.
pub(super) fn reachable(bound: &[IpAddr]) -> Vec<IpAddr> {
    let mut reachable = Vec::new();
    for ip in bound {
        if ip.is_unspecified() {
            reachable.extend(
                addresses()
                    .into_iter()
                    .filter(|ours| ip.is_ipv6() || ours.is_ipv4()),
            );
        } else if !ip.is_loopback() {
            reachable.push(*ip);
        }
    }
    reachable.dedup();
    reachable.truncate(MAX_REACHABLE);
    reachable
}

/// All of them, IPv4 first because it is easier to read out.
pub(super) fn addresses() -> Vec<IpAddr> {
    let mut addresses: Vec<_> = interfaces()
        .iter()
        .map(if_addrs::Interface::ip)
        // A link-local address reaches only one link, and the others work there too.
        .filter(|ip| !ip.is_loopback() && !is_link_local(*ip) && !is_inactive(*ip))
        .collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses
}

/// The zones in which this computer has a link-local address.
pub(super) fn zones() -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    for interface in interfaces() {
        if let (true, Some(index)) = (is_link_local(interface.ip()), interface.index)
            && zones.iter().all(|zone| zone.index != index)
        {
            let name = interface.name;
            zones.push(Zone { index, name });
        }
    }
    zones
}

/// The name of the zone of a link-local address, if it has one.
pub(super) fn zone_of(address: &SocketAddr) -> Option<String> {
    let SocketAddr::V6(v6) = address else {
        return None;
    };
    if !is_link_local(address.ip()) || v6.scope_id() == 0 {
        return None;
    }
    let known = zones().into_iter().find(|zone| zone.index == v6.scope_id());
    // Every system takes the number too.
    Some(known.map_or_else(|| v6.scope_id().to_string(), |zone| zone.name))
}

/// The addresses to try for one that has no zone: a link-local one is tried in every zone.
pub(super) fn in_zones(ip: IpAddr, port: u16, zones: &[Zone]) -> Vec<SocketAddr> {
    match ip {
        IpAddr::V6(v6) if is_link_local(ip) && !zones.is_empty() => zones
            .iter()
            .map(|zone| SocketAddrV6::new(v6, port, 0, zone.index).into())
            .collect(),
        _ => vec![SocketAddr::new(ip, port)],
    }
}

/// Whether this address is known on one link only (RFC 4291, 2.5.6).
pub(super) fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

/// Windows lists these for interfaces that have no network.
fn is_inactive(ip: IpAddr) -> bool {
    cfg!(windows) && matches!(ip, IpAddr::V4(v4) if v4.is_link_local())
}

fn interfaces() -> Vec<if_addrs::Interface> {
    if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "can't list this computer's addresses");
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_local_address_is_tried_in_every_zone() {
        let zones = [(2, "eth0"), (3, "wlan0")].map(|(index, name)| Zone {
            index,
            name: name.to_owned(),
        });
        let tried = |ip: &str, zones: &[Zone]| {
            let all = in_zones(ip.parse().expect("an address"), 7, zones);
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(tried("fe80::1", &zones), ["[fe80::1%2]:7", "[fe80::1%3]:7"]);
        assert_eq!(tried("fe80::1", &[]), ["[fe80::1]:7"]);
        for other in ["::1", "fd00::1", "fec0::1", "169.254.0.1"] {
            assert_eq!(tried(other, &zones).len(), 1, "{other}");
        }
    }
}
