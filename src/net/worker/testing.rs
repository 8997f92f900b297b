//! What tests of the worker's parts need: the state they share, and real sockets. The clock is the test's.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use mio::{Poll, Token, Waker};

use super::{Shared, account::Account, ledger::Ledger, reports::Reports, sockets::Sockets};
use crate::{
    net::{Siblings, any_instant, socket::stream::Socket},
    store::Notifier,
};

/// Far above what the system takes to move bytes on this computer.
const LIMIT: Duration = Duration::from_mins(1);

/// With a key and a store in memory.
pub fn shared() -> Shared {
    shared_with_poll().1
}

/// The same, and the poll that watches its sockets.
pub fn shared_with_poll() -> (Poll, Shared) {
    let poll = Poll::new().expect("a poll");
    let waker = Waker::new(poll.registry(), Token(0)).expect("a waker");
    let registry = poll.registry().try_clone().expect("a registry");
    let mut shared = Shared {
        sockets: Sockets::new(registry, Arc::new(waker), Token(0)),
        reports: Reports::default(),
        account: Account::new(None, Siblings::default()),
        ledger: Ledger::new(Notifier::default(), crate::net::Limits::default()),
    };
    shared.account.load().expect("a key in memory");
    shared.ledger.open(None, any_instant());
    (poll, shared)
}

/// Both ends of a connection, and the address of the second one.
pub fn connection(shared: &mut Shared) -> (Socket, SocketAddr, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let at = listener.local_addr().expect("an address");
    let far = TcpStream::connect(at).expect("a connection");
    let (near, peer) = listener.accept().expect("a connection");
    far.set_read_timeout(Some(LIMIT)).expect("a time limit");
    near.set_nonblocking(true).expect("a non-blocking socket");
    let near = mio::net::TcpStream::from_std(near);
    let socket = shared.sockets.watch(near).expect("a watched socket");
    (socket, peer, far)
}
