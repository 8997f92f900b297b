//! What all connections share: registration with the poll, name look-ups, and closing.

use std::{sync::Arc, time::Instant};

use mio::{Interest, Registry, Token, Waker, net::TcpStream};

use crate::net::{
    protocol::{frame::Bye, secure::Secure},
    socket::{linger::Lingering, registrar::Registrar, resolve::Resolver, stream::Socket},
};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Sockets {
    pub registrar: Registrar,
    pub resolver: Resolver,
    pub lingering: Lingering,
}

impl Sockets {
    /// `waker` has the token before the first one of a socket.
    pub fn new(registry: Registry, waker: Arc<Waker>, waker_token: Token) -> Self {
        Self {
            registrar: Registrar::new(registry, waker_token),
            resolver: Resolver::new(waker),
            lingering: Lingering::default(),
        }
    }

    /// Has the poll watch a connection.
    pub fn watch(&mut self, mut stream: TcpStream) -> Option<Socket> {
        let both = Interest::READABLE | Interest::WRITABLE;
        match self.registrar.register(&mut stream, both) {
            Ok(token) => Some(Socket::new(token, stream)),
            Err(error) => {
                tracing::warn!(%error, "can't watch a connection");
                None
            }
        }
    }

    /// Says goodbye on an encrypted connection, and closes it.
    pub fn close_with(&mut self, socket: Socket, mut secure: Box<Secure>, bye: Bye, now: Instant) {
        secure.end(bye);
        self.flush_and_close(socket, secure, now);
    }

    /// Writes what an encrypted connection still has to say, and closes it.
    pub fn flush_and_close(&mut self, mut socket: Socket, mut secure: Box<Secure>, now: Instant) {
        socket.write(&mut *secure, now);
        self.lingering.close(socket, now);
    }
}
