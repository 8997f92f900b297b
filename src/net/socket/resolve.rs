//! Resolves names, each on a thread of its own, because the system's look-up blocks and can't be interrupted.
//!
//! A look-up that is no longer wanted runs to its end. At most [`MAX_LOOK_UPS`] run at a time.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use crossbeam_channel::{Receiver, Sender};
use mio::Waker;

use super::interfaces::{in_zones, is_link_local, zones};
use crate::endpoint::Endpoint;

/// Maximum number of look-ups that run, including abandoned ones. The channel has room for all answers.
const MAX_LOOK_UPS: usize = 8;

/// The result of one look-up.
#[derive(Debug)]
pub(in crate::net) struct Answer {
    pub number: u64,
    /// In the order of the endpoints. Empty if the name is unknown.
    pub addresses: Vec<SocketAddr>,
}

/// See the [module](self).
#[derive(Debug)]
pub(in crate::net) struct Resolver {
    answers: Receiver<Answer>,
    outbox: Sender<Answer>,
    waker: Arc<Waker>,
    under_way: usize,
    number: u64,
}

/// What [`Resolver::start`] could do.
#[derive(Debug)]
pub(in crate::net) enum Started {
    /// All hosts were addresses already.
    Known(Vec<SocketAddr>),
    /// An [`Answer`] with this number will follow.
    UnderWay(u64),
    /// Too many look-ups run, or the system has no thread.
    Busy,
}

impl Resolver {
    pub fn new(waker: Arc<Waker>) -> Self {
        let (outbox, answers) = crossbeam_channel::bounded(MAX_LOOK_UPS);
        Self {
            answers,
            outbox,
            waker,
            under_way: 0,
            number: 0,
        }
    }

    /// Resolves all of `endpoints`.
    pub fn start(&mut self, endpoints: Vec<Endpoint>) -> Started {
        let known: Option<Vec<_>> = endpoints
            .iter()
            .map(|Endpoint { host, port }| Some(with_zones(host.parse().ok()?, *port)))
            .collect();
        if let Some(known) = known {
            return Started::Known(known.concat());
        }
        if self.under_way >= MAX_LOOK_UPS {
            return Started::Busy;
        }
        self.number += 1;
        let number = self.number;
        let (outbox, waker) = (self.outbox.clone(), Arc::clone(&self.waker));
        let thread = std::thread::Builder::new()
            .name("duologue-resolve".to_owned())
            .spawn(move || {
                let addresses = endpoints.iter().flat_map(look_up).collect();
                let answer = Answer { number, addresses };
                // The worker may have ended.
                if outbox.try_send(answer).is_ok() && waker.wake().is_err() {
                    tracing::warn!("a look-up could not wake the worker");
                }
            });
        match thread {
            Ok(_) => {
                self.under_way += 1;
                Started::UnderWay(number)
            }
            Err(error) => {
                tracing::warn!(%error, "no thread for a look-up");
                Started::Busy
            }
        }
    }

    /// The next finished look-up.
    pub fn poll_answer(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        self.under_way = self.under_way.saturating_sub(1);
        Some(answer)
    }
}

/// The addresses of one host.
fn look_up(Endpoint { host, port }: &Endpoint) -> Vec<SocketAddr> {
    // This also parses zones such as fe80::1%eth0, which Rust's own parser does not.
    let found = match host.parse() {
        Ok(ip) => return with_zones(ip, *port),
        Err(_) => (host.as_str(), *port).to_socket_addrs(),
    };
    let foreign = || {
        let (address, _) = host.split_once('%')?;
        let ip = address.parse().ok().filter(|ip| is_link_local(*ip))?;
        // It was told with a zone of the other computer.
        Some(with_zones(ip, *port))
    };
    match found {
        Ok(addresses) => addresses.collect(),
        Err(_) => foreign().unwrap_or_default(),
    }
}

fn with_zones(ip: IpAddr, port: u16) -> Vec<SocketAddr> {
    if is_link_local(ip) {
        in_zones(ip, port, &zones())
    } else {
        vec![SocketAddr::new(ip, port)]
    }
}
