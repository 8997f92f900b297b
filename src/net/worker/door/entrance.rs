//! Where we listen, and what becomes of it when that fails.

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use mio::{Token, net::TcpStream};

use crate::{
    endpoint::Endpoint,
    net::{
        Event, ListenError,
        socket::{
            listen::{Listener, alternative},
            resolve::{Answer, Started},
        },
        worker::Shared,
    },
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(in crate::net::worker) struct Entrance {
    listener: Option<Listener>,
    /// The number of the look-up of a name to listen on, and that name.
    resolving: Option<(u64, Endpoint)>,
}

impl Entrance {
    /// Listens here instead, once the name is resolved. A failure changes nothing.
    pub fn listen(&mut self, at: Endpoint, shared: &mut Shared) {
        match shared.sockets.resolver.start(vec![at.clone()]) {
            Started::Known(addresses) => self.bind(at, &addresses, shared),
            Started::UnderWay(number) => self.resolving = Some((number, at)),
            Started::Busy => {
                let (error, instead) = (ListenError::Other(ErrorKind::ResourceBusy), None);
                shared
                    .reports
                    .report(Event::ListenFailed { at, error, instead });
                self.report(shared);
            }
        }
    }

    /// A name was looked up, perhaps to listen on it.
    pub fn handle_addresses(&mut self, answer: &Answer, shared: &mut Shared) {
        let resolved = self
            .resolving
            .take_if(|(number, _)| *number == answer.number);
        if let Some((_, at)) = resolved {
            self.bind(at, &answer.addresses, shared);
        }
    }

    fn bind(&mut self, at: Endpoint, addresses: &[SocketAddr], shared: &mut Shared) {
        self.resolving = None;
        // The old sockets may be in the way of the new ones, so they are closed first.
        let before = self.listener.take().map(Listener::into_place);
        match Listener::bind(&at, addresses, &mut shared.sockets.registrar) {
            Ok(listener) => {
                self.listener = Some(listener);
                self.report(shared);
            }
            Err(error) => {
                let error = if addresses.is_empty() {
                    ListenError::UnknownHost
                } else {
                    error
                };
                let instead = alternative(&at, addresses, error);
                shared
                    .reports
                    .report(Event::ListenFailed { at, error, instead });
                if let Some((at, addresses)) = before {
                    self.restore(&at, &addresses, shared);
                }
            }
        }
    }

    /// Listens where it did before.
    fn restore(&mut self, at: &Endpoint, addresses: &[SocketAddr], shared: &mut Shared) {
        match Listener::bind(at, addresses, &mut shared.sockets.registrar) {
            Ok(listener) => {
                self.listener = Some(listener);
                self.report(shared);
            }
            Err(error) => tracing::warn!(%error, "the port was taken in the meantime"),
        }
    }

    fn report(&self, shared: &mut Shared) {
        if let Some(listener) = &self.listener {
            let listening = listener.listening().clone();
            shared.reports.report(Event::Listening(listening));
        }
    }

    /// Stops listening. False if we neither listened nor were about to.
    pub fn stop(&mut self) -> bool {
        self.resolving.take().is_some() | self.listener.take().is_some()
    }

    pub fn is_open(&self) -> bool {
        self.listener.is_some()
    }

    /// Whether a caller from there need not ask in plain text, as the original programs don't: it is on this computer, and
    /// no other one can reach us directly.
    pub fn is_only_here(&self, ip: IpAddr) -> bool {
        let listener = self.listener.as_ref();
        ip.is_loopback() && listener.is_some_and(|listener| listener.listening().only_here)
    }

    /// The endpoints for an invite.
    pub fn hosts(&self) -> Vec<Endpoint> {
        let Some(listener) = &self.listener else {
            return Vec::new();
        };
        let listening = listener.listening();
        let reachable = listening.reachable.iter().map(|ip| Endpoint {
            host: ip.to_string(),
            port: listening.at.port,
        });
        let local = listening.only_here.then(|| listening.at.clone());
        reachable.chain(local).collect()
    }

    pub fn handle_ready(&mut self, token: Token) {
        if let Some(listener) = &mut self.listener {
            listener.handle_ready(token);
        }
    }

    /// The next caller.
    pub fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        self.listener.as_mut()?.accept(now)
    }

    /// Whether `accept` may yield a caller.
    pub fn is_ready(&self, now: Instant) -> bool {
        let listener = self.listener.as_ref();
        listener.is_some_and(|listener| listener.is_ready(now))
    }

    /// When `accept` may yield a caller again, after the system had no socket for one.
    pub fn poll_deadline(&self) -> Option<Instant> {
        self.listener.as_ref()?.poll_deadline()
    }
}
