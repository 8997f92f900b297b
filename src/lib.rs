//! Duologue: a direct conversation between two computers, as a library so that tests, benches and
//! fuzz targets can link it. `ARCHITECTURE.md` has the map.
// What a peer sends must never be able to panic the program. (Here rather than in Cargo.toml, so
// that tests may.)
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[cfg(feature = "window")]
pub mod args;
pub mod chat;
#[cfg(feature = "window")]
pub mod desktop;
pub mod endpoint;
pub mod files;
mod folder;
#[cfg(feature = "window")]
pub mod gui;
pub mod history;
pub mod identity;
#[cfg(feature = "window")]
pub mod lang;
pub mod mailbox;
pub mod millis;
pub mod net;
pub mod profile;
#[cfg(feature = "window")]
pub mod settings;
pub mod store;
pub mod text;
