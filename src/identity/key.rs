//! Public keys.

use std::fmt;

use aws_lc_rs::digest;

/// The bytes before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// Separates this hash from every other use of the same bytes.
const LABEL: &[u8] = b"duologue key v1\0";

/// An Ed25519 public key (RFC 8032), as received. Whether it is a point on the curve is found out when a signature
/// is verified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a `SubjectPublicKeyInfo`, the form in which TLS carries raw public keys (RFC 7250). `None` for anything
    /// but an Ed25519 key in its only encoding (RFC 8410).
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        let key = der.strip_prefix(&SPKI_PREFIX)?;
        key.try_into().ok().map(Self)
    }

    /// The form that [`Self::from_spki`] reads.
    pub fn to_spki(&self) -> [u8; 44] {
        let mut der = [0; 44];
        let (prefix, key) = der.split_at_mut(SPKI_PREFIX.len());
        prefix.copy_from_slice(&SPKI_PREFIX);
        key.copy_from_slice(&self.0);
        der
    }

    /// A short form for people: the first half of a labelled SHA-256, as 8 groups of 4 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &[LABEL, &self.0].concat());
        let (pairs, _) = hash.as_ref().as_chunks::<2>();
        let groups: Vec<_> = pairs
            .iter()
            .take(8)
            .map(|pair| format!("{:04x}", u16::from_be_bytes(*pair)))
            .collect();
        groups.join(" ")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}
