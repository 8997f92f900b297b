//! Where the worker listens.

use std::net::IpAddr;

use crate::endpoint::Endpoint;

/// Where the worker listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The address that was asked for, with the actual port in place of 0, and with its zone if it is link-local.
    pub at: Endpoint,
    /// The addresses to tell the other person. Empty if only this computer can connect, or it has no network.
    pub reachable: Vec<IpAddr>,
    /// Whether only this computer can connect.
    pub only_here: bool,
}

impl Listening {
    /// What the other person enters to call us at `ip`.
    pub fn to_tell(&self, ip: IpAddr) -> String {
        let host = ip.to_string();
        let has_zone = self
            .at
            .host
            .split_once('%')
            .is_some_and(|(address, _)| address.parse() == Ok(ip));
        let host = if has_zone { self.at.host.clone() } else { host };
        let port = self.at.port;
        Endpoint { host, port }.to_string()
    }
}
