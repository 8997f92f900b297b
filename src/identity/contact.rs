//! What is known of other people: their names, where they were, and how far they are trusted.

use std::net::IpAddr;

use super::PublicKey;

/// How a peer came to be let in. What comes later is worth more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Talked with, but never let in by a decision of the person.
    Met,
    /// The person said yes.
    Accepted,
    /// One of the two showed the other's invite.
    Invited,
    /// The two people compared the safety number.
    Verified,
}

/// Somebody who was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who it is.
    pub key: PublicKey,
    /// What the person calls them.
    pub my_name: Option<String>,
    /// What they called themselves last.
    pub their_name: String,
    /// How they came to be let in.
    pub trust: Trust,
    /// Not to be let in.
    pub blocked: bool,
    /// Where they were last.
    pub last_ip: Option<IpAddr>,
    /// When it was met first, in milliseconds since 1970 (UTC).
    pub first_met: Option<i64>,
    /// When it was met last, likewise.
    pub last_seen: Option<i64>,
    /// Where they answered when called.
    pub addresses: Vec<String>,
}
