//! The digits by which two people check that nobody stands between them.

use std::{fmt, num::NonZeroU32};

use aws_lc_rs::pbkdf2;

use super::PublicKey;

/// The salt. Separates this number from every other use of the same bytes.
const LABEL: &[u8] = b"duologue safety number v2";
/// Makes it expensive to look for a key whose number is nearly the same, for people who compare only a part of it.
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(100_000) {
    Some(iterations) => iterations,
    None => NonZeroU32::MIN,
};
/// Bytes of the hash from which a group is computed.
const GROUP_BYTES: usize = 5;

/// 60 digits that are the same on both screens if each program has the other's real key (`docs/protocol.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SafetyNumber([u32; Self::GROUPS]);

impl SafetyNumber {
    /// How many groups of five digits it has.
    pub const GROUPS: usize = 12;

    /// The safety number of two keys, in either order. Takes about a tenth of a second.
    pub fn of(one: &PublicKey, other: &PublicKey) -> Self {
        let (smaller, larger) = (one.min(other), one.max(other));
        let keys = [smaller.as_bytes().as_slice(), larger.as_bytes()].concat();
        let mut hash = [[0; GROUP_BYTES]; Self::GROUPS];
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
        pbkdf2::derive(algorithm, ITERATIONS, LABEL, &keys, hash.as_flattened_mut());
        let mut groups = [0; Self::GROUPS];
        for (group, bytes) in groups.iter_mut().zip(hash) {
            let number = bytes
                .into_iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(byte));
            *group = (number % 100_000) as u32;
        }
        Self(groups)
    }

    /// The groups of 5 digits.
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
