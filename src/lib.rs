//! Duologue: a direct conversation between two computers, as a library so that tests, benches and
//! examples can link it. `ARCHITECTURE.md` has the map.

pub mod args;
pub mod chat;
pub mod gui;
pub mod net;
pub mod settings;
