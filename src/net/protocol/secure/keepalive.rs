//! Whether the peer of an open session is still there.

use std::time::{Duration, Instant};

/// After this silence we ask whether the peer is still there.
pub const PING: Duration = Duration::from_secs(15);
/// After this silence it is not.
pub const GONE: Duration = Duration::from_secs(45);
/// Time for an answer after the computer has slept.
const AFTER_SLEEP: Duration = Duration::from_secs(5);

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Keepalive {
    heard_at: Instant,
    pinged_at: Instant,
    /// Bytes may have arrived that we have not read. While so, we are the ones who are late.
    unread: bool,
}

/// What is to be done about a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    Short,
    /// Send *Ping*.
    Ping,
    /// End the session.
    Gone,
}

impl Keepalive {
    pub fn new(now: Instant) -> Self {
        Self {
            heard_at: now,
            pinged_at: now,
            unread: false,
        }
    }

    /// Bytes have arrived.
    pub fn handle_bytes(&mut self, now: Instant) {
        self.heard_at = now;
    }

    /// The session is open.
    pub fn handle_open(&mut self, now: Instant) {
        self.pinged_at = now;
    }

    /// The computer has slept, and *Ping* is sent.
    pub fn handle_sleep(&mut self, now: Instant) {
        let before = GONE.saturating_sub(AFTER_SLEEP);
        self.heard_at = now.checked_sub(before).unwrap_or(now);
        self.pinged_at = now;
    }

    /// Whether bytes may have arrived that were not passed to [`Self::handle_bytes`].
    pub fn set_unread(&mut self, unread: bool) {
        self.unread = unread;
    }

    /// Says what is to be done now.
    pub fn check(&mut self, now: Instant) -> Silence {
        let next_ping = self.next_ping();
        if self.unread {
            self.heard_at = now;
        }
        if self.heard_at + GONE <= now {
            Silence::Gone
        } else if next_ping <= now {
            self.pinged_at = now;
            Silence::Ping
        } else {
            Silence::Short
        }
    }

    /// When to check.
    pub fn poll_deadline(&self) -> Instant {
        let next_ping = self.next_ping();
        if self.unread {
            next_ping
        } else {
            next_ping.min(self.heard_at + GONE)
        }
    }

    /// While we don't read, *Ping* tells the peer that we are still here.
    fn next_ping(&self) -> Instant {
        let since = if self.unread {
            self.pinged_at
        } else {
            self.heard_at.max(self.pinged_at)
        };
        since + PING
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::any_instant;

    #[test]
    fn a_silent_peer_is_asked_and_then_given_up() {
        let start = any_instant();
        let mut keepalive = Keepalive::new(start);
        assert_eq!(keepalive.check(start), Silence::Short);
        assert_eq!(keepalive.poll_deadline(), start + PING);
        assert_eq!(keepalive.check(start + PING), Silence::Ping);
        assert_eq!(keepalive.check(start + PING), Silence::Short);
        assert_eq!(keepalive.check(start + GONE), Silence::Gone);
    }

    #[test]
    fn nobody_is_given_up_while_we_do_not_read() {
        let start = any_instant();
        let mut keepalive = Keepalive::new(start);
        keepalive.set_unread(true);
        assert_eq!(keepalive.poll_deadline(), start + PING);
        assert_eq!(keepalive.check(start + 2 * GONE), Silence::Ping);
        let next = start + 2 * GONE + PING;
        assert_eq!(keepalive.poll_deadline(), next);
        assert_eq!(keepalive.check(start + 2 * GONE), Silence::Short);
        assert_eq!(keepalive.check(next), Silence::Ping);
        keepalive.set_unread(false);
        assert_ne!(keepalive.check(next), Silence::Gone);
    }

    #[test]
    fn after_sleep_the_peer_has_little_time() {
        let start = any_instant() + GONE;
        let mut keepalive = Keepalive::new(start);
        keepalive.handle_sleep(start);
        assert_eq!(keepalive.poll_deadline(), start + AFTER_SLEEP);
        assert_eq!(keepalive.check(start + AFTER_SLEEP), Silence::Gone);
    }
}
