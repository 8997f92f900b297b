//! The real worker and its peers over real sockets. One program, because each one would be linked with all there is; what
//! is counted for a whole process has one of its own (`tests/resources.rs`, `tests/crowd.rs`).

mod delivery;
#[cfg(target_os = "linux")]
mod disk;
mod encrypted;
mod erasing;
mod frames;
mod hostile;
mod one_to_one;
mod originals;
mod proxy;
mod redial;
mod secure;
mod strangers;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod trust;
mod worker;
