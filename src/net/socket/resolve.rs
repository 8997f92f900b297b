//! Looks names up on threads of their own, because the system's look-up can't be interrupted.
//!
//! A look-up that nobody waits for any more is left to end by itself; at most
//! [`MOST_AT_ONCE`] of them hang around.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
};

use crossbeam_channel::{Receiver, Sender};
use mio::Waker;

use crate::endpoint::Endpoint;

/// Look-ups under way, abandoned ones included; the channel of answers has room for all.
const MOST_AT_ONCE: usize = 8;

/// What the addresses are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Purpose {
    Listen,
    Dial,
}

/// The end of one look-up.
#[derive(Debug)]
pub(in crate::net) struct Answer {
    pub number: u64,
    pub purpose: Purpose,
    /// Empty if the name is unknown.
    pub addresses: Vec<SocketAddr>,
}

/// Starts look-ups and collects their answers.
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
    /// The host was an address; nothing had to be looked up.
    Known(Vec<SocketAddr>),
    /// An [`Answer`] with this number will come.
    UnderWay(u64),
    /// Too many look-ups hang, or there is no thread to be had.
    Busy,
}

impl Resolver {
    pub fn new(waker: Arc<Waker>) -> Self {
        let (outbox, answers) = crossbeam_channel::bounded(MOST_AT_ONCE);
        Self {
            answers,
            outbox,
            waker,
            under_way: 0,
            number: 0,
        }
    }

    /// Looks up all of `endpoints`; the addresses come in their order.
    pub fn start(&mut self, endpoints: Vec<Endpoint>, purpose: Purpose) -> Started {
        let known: Option<Vec<_>> = endpoints
            .iter()
            .map(|Endpoint { host, port }| {
                Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, *port))
            })
            .collect();
        if let Some(known) = known {
            return Started::Known(known);
        }
        if self.under_way >= MOST_AT_ONCE {
            return Started::Busy;
        }
        self.number += 1;
        let number = self.number;
        let (outbox, waker) = (self.outbox.clone(), Arc::clone(&self.waker));
        let thread = std::thread::Builder::new()
            .name("duologue-resolve".to_owned())
            .spawn(move || {
                // Also reads the zone of fe80::1%eth0, which Rust's own parser does not.
                let addresses = endpoints
                    .iter()
                    .filter_map(|Endpoint { host, port }| {
                        (host.as_str(), *port).to_socket_addrs().ok()
                    })
                    .flatten()
                    .collect();
                let answer = Answer {
                    number,
                    purpose,
                    addresses,
                };
                // A worker that is gone wants no answer.
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
