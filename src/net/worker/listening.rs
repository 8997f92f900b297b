//! Listening where asked to, and what becomes of it when it fails or stops.

use std::{net::SocketAddr, time::Instant};

use super::Worker;
use crate::{
    endpoint::Endpoint,
    net::{
        Event, ListenError,
        protocol::frame::Bye,
        socket::listen::{self, Listener},
    },
};

impl Worker {
    pub(super) fn listen(&mut self, at: Endpoint, addresses: &[SocketAddr]) {
        self.listen_pending = None;
        // The old sockets may be in the way of the new ones, so they have to go first.
        let before = self.listener.take().map(Listener::into_place);
        match Listener::bind(&at, addresses, &mut self.registrar) {
            Ok(listener) => {
                self.report(Event::Listening(listener.listening().clone()));
                self.listener = Some(listener);
            }
            Err(error) => {
                let error = if addresses.is_empty() {
                    ListenError::UnknownHost
                } else {
                    error
                };
                let instead = listen::alternative(&at, addresses, error);
                self.report(Event::ListenFailed { at, error, instead });
                if let Some((at, addresses)) = before {
                    self.listen_again(&at, &addresses);
                }
            }
        }
    }

    /// What failed changes nothing: listens where it did before.
    fn listen_again(&mut self, at: &Endpoint, addresses: &[SocketAddr]) {
        match Listener::bind(at, addresses, &mut self.registrar) {
            Ok(listener) => {
                self.report(Event::Listening(listener.listening().clone()));
                self.listener = Some(listener);
            }
            Err(error) => tracing::warn!(%error, "the place was taken meanwhile"),
        }
    }

    pub(super) fn stop_listening(&mut self, now: Instant) {
        if self.listen_pending.take().is_some() | self.listener.take().is_some() {
            self.report(Event::ListeningStopped);
        }
        self.home.void_invites();
        for caller in std::mem::take(&mut self.callers) {
            self.dismiss_caller(caller, Bye::Left, now);
        }
    }
}
