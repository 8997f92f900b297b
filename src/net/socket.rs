//! Sockets: listening, dialling, reading, writing and closing them, on mio.
//!
//! Knows the sans-IO protocols that run over a socket. Must not know the worker, the store or the window.

mod acknowledged;
pub(super) mod dial;
mod interfaces;
pub(super) mod linger;
pub(super) mod listen;
pub(super) mod registrar;
pub(super) mod resolve;
pub(super) mod stream;
