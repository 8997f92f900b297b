//! What goes over the wire, sans-IO: bytes and the time go in, bytes and outputs come out.
//!
//! Nothing below here names a socket, a file, a thread or the clock, or anything else of the network.

pub(super) mod admission;
pub(super) mod beginning;
pub mod frame;
pub mod plain;
pub(super) mod questions;
pub(super) mod schedule;
pub mod secure;

use std::time::Instant;

/// Names a message to its sender. A protocol returns it with what became of the message, and does not interpret it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(pub u64);

/// A protocol as a socket sees it: bytes in, bytes out.
pub(super) trait Wire {
    /// Bytes arrived.
    fn handle_bytes(&mut self, bytes: &[u8], now: Instant);

    /// The bytes to write now, if any; say with `transmitted` how many of them went.
    fn poll_transmit(&mut self, now: Instant) -> Option<&[u8]>;

    /// The system took `count` bytes of the last `poll_transmit`.
    fn transmitted(&mut self, count: usize, now: Instant);
}

impl Wire for plain::Plain {
    fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        self.handle_bytes(bytes, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<&[u8]> {
        self.poll_transmit(now)
    }

    fn transmitted(&mut self, count: usize, now: Instant) {
        self.transmitted(count, now);
    }
}

impl Wire for secure::Secure {
    fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        self.handle_bytes(bytes, now);
    }

    fn poll_transmit(&mut self, _now: Instant) -> Option<&[u8]> {
        self.poll_transmit()
    }

    fn transmitted(&mut self, count: usize, _now: Instant) {
        self.transmitted(count);
    }
}
