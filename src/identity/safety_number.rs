//! The digits by which two people check that nobody stands between them.

use std::fmt;

use aws_lc_rs::digest;

use super::PublicKey;

/// Separates this hash from every other use of the same bytes.
const LABEL: &[u8] = b"duologue safety number v1\0";

/// 60 digits that are the same on both screens if each program has the other's real key (`docs/protocol.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SafetyNumber([u32; 12]);

impl SafetyNumber {
    /// The safety number of two keys, in either order.
    pub fn of(one: &PublicKey, other: &PublicKey) -> Self {
        let (smaller, larger) = (one.min(other), one.max(other));
        let text = [LABEL, smaller.as_bytes(), larger.as_bytes()].concat();
        let hash = digest::digest(&digest::SHA512, &text);
        let (fives, _) = hash.as_ref().as_chunks::<5>();
        let mut groups = [0; 12];
        for (group, bytes) in groups.iter_mut().zip(fives) {
            let number = bytes
                .iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            *group = (number % 100_000) as u32;
        }
        Self(groups)
    }

    /// The 12 groups of 5 digits.
    pub fn groups(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|group| format!("{group:05}"))
    }
}

/// The groups, separated by spaces.
impl fmt::Display for SafetyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.groups().collect::<Vec<_>>().join(" "))
    }
}
