//! Duologue: a direct conversation between two computers.
#![warn(missing_docs)]

pub mod net;
pub mod chat;
