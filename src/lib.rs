//! Duologue: a direct conversation between two computers, as a library so that tests, benches and
//! examples can link it. `ARCHITECTURE.md` has the map.
// What a peer sends must never be able to panic the program. (Here rather than in Cargo.toml, so
// that tests may.)
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

pub mod args;
pub mod chat;
pub mod gui;
pub mod net;
pub mod settings;
