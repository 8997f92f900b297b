//! Who I am: the key pair of this data folder, the keys of others, and the digits by which two
//! people see that nobody stands between them.
//!
//! Knows Ed25519 (RFC 8032) and the one file the private key is in; must not know who was met, nor
//! any socket. A private key leaves this module only inside the signer that rustls is given.

use std::{
    fmt, fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::{digest, pkcs8, rand::SystemRandom, signature::Ed25519KeyPair};
use rustls::{
    crypto::aws_lc_rs::sign::any_eddsa_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use zeroize::Zeroizing;

use crate::folder;

mod contact;
pub mod invite;
mod name;
mod party;

pub use contact::{Contact, Trust};
pub use name::{NAME_CAP, NAME_CHARACTERS, Name, tidy_name};
pub use party::Party;

/// The file's name in the data folder. It holds PKCS#8 (RFC 5958) in DER.
pub const FILE_NAME: &str = "identity.key";
/// What a damaged file is called from then on; the second one has a 2 behind it.
const ASIDE_NAME: &str = "identity.bad";
/// A file longer than this, in bytes, is no key of ours: those have 83.
const MOST_BYTES: u64 = 4096;

/// What stands before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
// The labels keep one hash from ever being taken for another.
const KEY_LABEL: &[u8] = b"duologue key v1\0";
const SAFETY_LABEL: &[u8] = b"duologue safety number v1\0";

/// An Ed25519 public key (RFC 8032), as it came: whether it is a point on the curve shows when a
/// signature is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a `SubjectPublicKeyInfo` as TLS carries raw public keys (RFC 7250). None for anything
    /// but an Ed25519 key in its one encoding (RFC 8410).
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        let key = der.strip_prefix(&SPKI_PREFIX)?;
        key.try_into().ok().map(Self)
    }

    /// The same as [`Self::from_spki`] reads.
    pub fn to_spki(&self) -> [u8; 44] {
        let mut der = [0; 44];
        let (prefix, key) = der.split_at_mut(SPKI_PREFIX.len());
        prefix.copy_from_slice(&SPKI_PREFIX);
        key.copy_from_slice(&self.0);
        der
    }

    /// The key for the eye: half of a labelled SHA-256, as 8 groups of 4 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &[KEY_LABEL, &self.0].concat());
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

/// The 60 digits that are the same on both screens if the two programs have each other's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SafetyNumber([u32; 12]);

impl SafetyNumber {
    /// That of two keys, whichever is named first.
    pub fn of(one: &PublicKey, other: &PublicKey) -> Self {
        let (smaller, larger) = (one.min(other), one.max(other));
        let text = [SAFETY_LABEL, &smaller.0, &larger.0].concat();
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

/// The groups, with a space between them.
impl fmt::Display for SafetyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.groups().collect::<Vec<_>>().join(" "))
    }
}

/// Names a stream of numbered messages (`docs/protocol.md`): 128 random bits, drawn by the sender for each
/// start of its program and each peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId([u8; 16]);

impl StreamId {
    /// The stream with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The key pair of this data folder.
#[derive(Clone)]
pub struct Identity {
    public: PublicKey,
    certified: Arc<CertifiedKey>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.public.fingerprint())
    }
}

/// Why there is no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The file exists, but is no Ed25519 key in PKCS#8. It was left as it is.
    #[error("{} is not a private key", .0.display())]
    Damaged(PathBuf),
    /// The file exists, but the system doesn't let us read it.
    #[error("{} can't be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::ErrorKind),
    /// There is no file yet, and the system doesn't let us write it.
    #[error("{} can't be written: {}", .0.display(), .1)]
    Unwritable(PathBuf, io::ErrorKind),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandomness,
}

impl Identity {
    /// A new key pair, in memory only.
    ///
    /// # Errors
    /// [`IdentityError::NoRandomness`].
    pub fn generate() -> Result<Self, IdentityError> {
        Self::from_pkcs8(new_key()?.as_ref()).ok_or(IdentityError::NoRandomness)
    }

    /// The key pair in this folder, a new one if the folder has none. Of two programs that start in
    /// a new folder at once, both get the key of the faster one.
    ///
    /// # Errors
    /// See [`IdentityError`]. A file that exists is never replaced: a person whose key changes is a
    /// stranger to everybody they know.
    pub fn load_or_create(folder: &Path) -> Result<Self, IdentityError> {
        match Self::load(&folder.join(FILE_NAME))? {
            Some(identity) => Ok(identity),
            None => Fresh::in_folder(folder)?.take_the_name(),
        }
    }

    /// Puts a file that can't be used aside, under the first free name of `identity.bad`,
    /// `identity.bad2`…, and makes a new key pair. Only where the person asks for it. Returns where
    /// the old file is; none if there was nothing to put aside, since another window has been asked
    /// before this one.
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn replace_damaged(folder: &Path) -> Result<(Self, Option<PathBuf>), IdentityError> {
        let path = folder.join(FILE_NAME);
        if let Ok(Some(identity)) = Self::load(&path) {
            return Ok((identity, None));
        }
        // Before the old file goes: what can fail has failed by then.
        let fresh = Fresh::in_folder(folder)?;
        let aside = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            _ => {
                let aside = folder::set_aside(&path, &[], &folder.join(ASIDE_NAME))
                    .map_err(|error| IdentityError::Unwritable(path, error.kind()))?;
                Some(aside)
            }
        };
        Ok((fresh.take_the_name()?, aside))
    }

    /// The half that others may know.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// For rustls: the raw public key as the only "certificate" (RFC 7250), and its signer.
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// None if there is no such file.
    fn load(path: &Path) -> Result<Option<Self>, IdentityError> {
        let unreadable =
            |error: io::Error| IdentityError::Unreadable(path.to_owned(), error.kind());
        let damaged = || IdentityError::Damaged(path.to_owned());
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(unreadable)?,
        };
        // Opening a pipe would wait for a writer.
        if !metadata.is_file() || metadata.len() > MOST_BYTES {
            return Err(damaged());
        }
        folder::close_to_others(path);
        // Room enough from the start: a buffer that moves leaves a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES as usize + 1));
        fs::File::open(path)
            .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        Self::from_pkcs8(&bytes).map(Some).ok_or_else(damaged)
    }

    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let signer = any_eddsa_type(&PrivatePkcs8KeyDer::from(der)).ok()?;
        let public = PublicKey::from_spki(signer.public_key()?.as_ref())?;
        let certificate = CertificateDer::from(public.to_spki().to_vec());
        let certified = Arc::new(CertifiedKey::new(vec![certificate], signer));
        Some(Self { public, certified })
    }
}

/// A new key, written in full beside the name it is to have.
struct Fresh {
    identity: Identity,
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Fresh {
    fn in_folder(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join(FILE_NAME);
        let key = new_key()?;
        let identity = Identity::from_pkcs8(key.as_ref()).ok_or(IdentityError::NoRandomness)?;
        let written = folder::make(folder).and_then(|()| {
            // On Unix with mode 0600, from the start.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(key.as_ref())?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        match written {
            Ok(file) => Ok(Self {
                identity,
                file,
                path,
            }),
            Err(error) => Err(IdentityError::Unwritable(path, error.kind())),
        }
    }

    /// The identity that has the name now: this one, or the one that was faster.
    fn take_the_name(self) -> Result<Identity, IdentityError> {
        match self.file.persist_noclobber(&self.path) {
            Ok(_) => {
                sync_folder_of(&self.path);
                Ok(self.identity)
            }
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                // A link to nowhere is in the way, and yet there is no file.
                let nowhere =
                    || IdentityError::Unreadable(self.path.clone(), io::ErrorKind::NotFound);
                Identity::load(&self.path)?.ok_or_else(nowhere)
            }
            Err(failed) => Err(IdentityError::Unwritable(self.path, failed.error.kind())),
        }
    }
}

/// PKCS#8 with the public key in it (version 2), so that a private key with a bit turned over is
/// found out rather than taken for another person's. The bytes are wiped when dropped.
fn new_key() -> Result<pkcs8::Document, IdentityError> {
    Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| IdentityError::NoRandomness)
}

/// Makes the new name outlive a power cut. Some file systems can't, and do it of themselves.
fn sync_folder_of(path: &Path) {
    #[cfg(unix)]
    if let Some(folder) = path.parent()
        && let Err(error) = fs::File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::debug!(%error, "the data folder can't be synced");
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests;
