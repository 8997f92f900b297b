//! The addresses of this computer that others can connect to.

use std::net::IpAddr;

/// Maximum number of addresses to show.
const MAX_REACHABLE: usize = 8;

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
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "can't list this computer's addresses");
        Vec::new()
    });
    let mut addresses: Vec<_> = interfaces
        .iter()
        .map(if_addrs::Interface::ip)
        // A link-local address needs a zone, whose name differs on every computer.
        .filter(|ip| {
            !ip.is_loopback() && !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local())
        })
        .collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses
}
