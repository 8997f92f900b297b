//! What is known of other people: their names, where they were, and how far they are trusted.

use std::net::IpAddr;

use super::PublicKey;
use crate::millis::Millis;

/// How far a peer is trusted, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// We have talked, but the person never decided to let this peer in.
    Met,
    /// The person accepted this peer.
    Accepted,
    /// They used our invite, or we used theirs. It may have been changed on its way, so nothing is verified.
    Invited,
    /// The two people compared their safety number.
    Verified,
}

/// What is known of a peer that we have talked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Their key.
    pub key: PublicKey,
    /// The name that the person gave them.
    pub my_name: Option<String>,
    /// The name that they last gave themselves.
    pub their_name: String,
    /// How far they are trusted.
    pub trust: Trust,
    /// Whether the person has blocked them.
    pub blocked: bool,
    /// The IP address of their last connection.
    pub last_ip: Option<IpAddr>,
    /// When we first talked.
    pub first_met: Option<Millis>,
    /// When we last talked.
    pub last_seen: Option<Millis>,
    /// The addresses at which they answered our calls, as `HOST:PORT`.
    pub addresses: Vec<String>,
    /// Number of messages of ours that were written for the key they had before, and are held until the person decides.
    pub held: u64,
    /// The row of the last of them in the conversation; 0 if there are none. Messages of ours up to it that are not
    /// delivered are held.
    pub held_up_to: u64,
}
