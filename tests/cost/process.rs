//! The memory and descriptors of this process, from Linux.

use crate::support::{PATIENCE, clock};

/// The anonymous memory of this process, in KiB.
pub fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon:"))
        .expect("RssAnon");
    line.split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("a number")
}

/// The number of open descriptors.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("descriptors")
        .count()
}

/// Waits until this many descriptors are open.
#[track_caller]
pub fn assert_descriptors(expected: usize) {
    let deadline = clock() + PATIENCE;
    while descriptors() != expected {
        assert!(
            clock() < deadline,
            "{} descriptors instead of {expected}",
            descriptors()
        );
        std::thread::yield_now();
    }
}
