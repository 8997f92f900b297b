//! When to try which address of a name: happy eyeballs (RFC 8305).
//!
//! Must not know sockets or the clock.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// RFC 8305, section 5: the recommended Connection Attempt Delay.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Maximum number of addresses of one name to try.
const MAX_ADDRESSES: usize = 16;

/// The addresses still to try.
#[derive(Debug)]
pub struct Schedule {
    queue: VecDeque<SocketAddr>,
    next: Instant,
}

impl Schedule {
    /// With the first attempt due at once.
    pub fn new(addresses: &[SocketAddr], now: Instant) -> Self {
        Self {
            queue: interleave(addresses),
            next: now,
        }
    }

    /// The address to try now, if one is due.
    pub fn poll_attempt(&mut self, now: Instant) -> Option<SocketAddr> {
        if now < self.next {
            return None;
        }
        self.next = now + ATTEMPT_DELAY;
        self.queue.pop_front()
    }

    /// An attempt has failed: the next one is due at once.
    pub fn handle_failure(&mut self, now: Instant) {
        self.next = now;
    }

    /// When the next attempt is due; `None` if no address is left.
    pub fn poll_deadline(&self) -> Option<Instant> {
        (!self.queue.is_empty()).then_some(self.next)
    }
}

/// Alternates between IPv4 and IPv6, beginning with the family that the system put first (RFC 8305, section 4).
fn interleave(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut one, mut other): (VecDeque<_>, VecDeque<_>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut mixed = VecDeque::new();
    while let Some(address) = one.pop_front().or_else(|| other.pop_front()) {
        if !mixed.contains(&address) && mixed.len() < MAX_ADDRESSES {
            mixed.push_back(address);
        }
        std::mem::swap(&mut one, &mut other);
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::any_instant;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter()
            .map(|text| text.parse().expect("an address"))
            .collect()
    }

    #[test]
    fn families_alternate_and_duplicates_are_dropped() {
        let given = addresses(&[
            "[::1]:1",
            "[::2]:1",
            "[::2]:1",
            "1.1.1.1:1",
            "[::3]:1",
            "2.2.2.2:1",
        ]);
        let mixed = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
        assert_eq!(interleave(&given), mixed);
        assert_eq!(interleave(&[]), addresses(&[]));
    }

    #[test]
    fn attempts_are_spaced_and_a_failure_brings_the_next_forward() {
        let start = any_instant();
        let mut schedule = Schedule::new(&addresses(&["[::1]:1", "1.1.1.1:1", "1.1.1.2:1"]), start);
        assert!(
            schedule
                .poll_attempt(start)
                .is_some_and(|address| address.is_ipv6())
        );
        assert_eq!(schedule.poll_attempt(start), None);
        assert_eq!(schedule.poll_deadline(), Some(start + ATTEMPT_DELAY));
        assert!(schedule.poll_attempt(start + ATTEMPT_DELAY).is_some());
        schedule.handle_failure(start + ATTEMPT_DELAY);
        assert!(schedule.poll_attempt(start + ATTEMPT_DELAY).is_some());
        assert_eq!(schedule.poll_deadline(), None);
        assert_eq!(schedule.poll_attempt(start + 10 * ATTEMPT_DELAY), None);
    }
}
