//! How a caller shows that it has an invite's token without giving the token away.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};

use super::Token;
use crate::identity::PublicKey;

/// Separates this use of a token from every other one.
const LABEL: &[u8] = b"duologue invite v1\0";
/// Length of a proof, in bytes.
const LENGTH: usize = 32;

/// HMAC-SHA-256 (RFC 2104) of both keys under the token (`docs/protocol.md`). A listener whose key is in a link that was
/// changed on its way can't use what it receives as a caller elsewhere.
#[derive(Clone)]
pub struct Proof([u8; LENGTH]);

impl Proof {
    /// The proof with these bytes.
    pub const fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl Token {
    /// What the caller with this key shows to the listener with that key.
    pub fn proof(&self, listener: &PublicKey, caller: &PublicKey) -> Proof {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.as_bytes());
        let message = [LABEL, listener.as_bytes(), caller.as_bytes()].concat();
        let mut proof = [0; LENGTH];
        for (byte, of_tag) in proof.iter_mut().zip(hmac::sign(&key, &message).as_ref()) {
            *byte = *of_tag;
        }
        Proof(proof)
    }
}

/// In constant time, so that timing does not reveal how much of a guess was right.
impl PartialEq for Proof {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Proof {}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
    const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

    /// To recompute with Python:
    /// `hmac.new(b"\2" * 16, b"duologue invite v1\0" + b"\1" * 32 + b"\2" * 32, "sha256").hexdigest()`
    #[test]
    fn the_proof_is_the_documented_one() {
        let proof = Token::from_bytes([2; 16]).proof(&MINA, &JUN);
        let hex = data_encoding::HEXLOWER.encode(proof.as_bytes());
        assert_eq!(
            hex,
            "350d9f7f76d10c7b79b5ec1d13e2ab922c41bcec021ced6420c071ed03a56183"
        );
    }

    #[test]
    fn a_proof_holds_for_one_token_one_listener_and_one_caller() {
        let token = Token::from_bytes([2; 16]);
        let proof = token.proof(&MINA, &JUN);
        assert_eq!(proof, token.proof(&MINA, &JUN));
        assert_ne!(proof, token.proof(&JUN, &MINA));
        assert_ne!(proof, token.proof(&MINA, &MINA));
        assert_ne!(proof, Token::from_bytes([3; 16]).proof(&MINA, &JUN));
        for place in 0..LENGTH {
            let mut other = *proof.as_bytes();
            other[place] ^= 0x80;
            assert_ne!(proof, Proof::from_bytes(other));
        }
    }
}
