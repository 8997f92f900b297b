//! What goes over the wire, sans-IO: bytes and the time go in, bytes and outputs come out.
//!
//! Nothing below here names a socket, a file, a thread or the clock.

pub(super) mod admission;
pub(super) mod end;
pub mod frame;
pub mod plain;
pub(super) mod schedule;
pub mod secure;
pub(super) mod session;

/// Names a message to whoever sends it. A session hands it back with what became of the message, and reads
/// nothing into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(pub u64);
