//! What this process holds, as Linux counts it.

use super::{PATIENCE, clock};

/// This process's memory that is no file's, in KiB.
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

/// Files and sockets that are open.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("descriptors")
        .count()
}

/// Fails unless there are so many again, once what is being closed is closed.
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
