//! What the worker costs in processor time, memory and descriptors. These are counted for the whole process, so only one
//! of these tests runs at a time.

#[cfg(target_os = "linux")]
mod crowd;
mod floods;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod process;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits until no other test runs, and keeps others from running until it is dropped.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
