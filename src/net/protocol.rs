//! What goes over the wire, sans-IO: bytes and the time go in, bytes and outputs come out.
//!
//! Nothing below here names a socket, a file, a thread or the clock.

pub(super) mod admission;
pub mod frame;
pub mod plain;
pub(super) mod schedule;
pub mod secure;
pub(super) mod session;
