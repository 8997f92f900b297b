//! What this process has used so far. Linux only.

use std::fs;

/// Processor time of all threads of this process, in seconds.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = [11, 12]
        .map(|at| fields[at].parse::<f64>().unwrap())
        .iter()
        .sum();
    // The kernel counts in hundredths of a second on every Linux.
    ticks / 100.0
}

/// Anonymous memory of this process, in KiB.
pub(crate) fn anonymous_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
