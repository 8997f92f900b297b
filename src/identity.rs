//! Who people are: our key pair, the keys and names of others, invites and safety numbers.
//!
//! Knows Ed25519 (RFC 8032) and the file that holds the private key; must not know the store or any socket. The
//! private key leaves this module only inside the signer that is given to rustls.

use std::{
    fmt, fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::{pkcs8, rand::SystemRandom, signature::Ed25519KeyPair};
use rustls::{
    crypto::aws_lc_rs::sign::any_eddsa_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use zeroize::Zeroizing;

use crate::folder;

mod contact;
pub mod invite;
mod key;
mod name;
mod peer_id;
mod safety_number;
mod stream_id;

pub use contact::{Contact, Trust};
pub use key::PublicKey;
pub use name::{NAME_CAP, NAME_CHARACTERS, Name, tidy_name};
pub use peer_id::PeerId;
pub use safety_number::SafetyNumber;
pub use stream_id::StreamId;

/// The file's name in the data folder. It holds PKCS#8 (RFC 5958) in DER.
pub const FILE_NAME: &str = "identity.key";
/// The name that a damaged file is given; the second one is `identity.bad2`.
const ASIDE_NAME: &str = "identity.bad";
/// Maximum length of a key file, in bytes. Ours have 83.
const MAX_BYTES: u64 = 4096;

/// The public key of the key pair in this folder, if there is one that can be read.
pub fn key_in(folder: &Path) -> Option<PublicKey> {
    let identity = Identity::load(&folder.join(FILE_NAME)).ok()??;
    Some(identity.public_key())
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
    /// The file exists, but is not an Ed25519 key in PKCS#8. It was not changed.
    #[error("{} is not a private key", .0.display())]
    Damaged(PathBuf),
    /// The file exists, but the system does not let us read it.
    #[error("{} can't be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::ErrorKind),
    /// There is no file yet, and the system does not let us write one.
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

    /// The key pair in this folder, or a new one if the folder has none. Two programs that start in a new folder at
    /// the same time get the same key.
    ///
    /// # Errors
    /// See [`IdentityError`]. An existing file is never replaced, because a person whose key changes becomes a
    /// stranger to all of their contacts.
    pub fn load_or_create(folder: &Path) -> Result<Self, IdentityError> {
        match Self::load(&folder.join(FILE_NAME))? {
            Some(identity) => Ok(identity),
            None => Fresh::in_folder(folder)?.take_the_name(),
        }
    }

    /// Renames a damaged key file to the first free name of `identity.bad`, `identity.bad2`…, and makes a new key
    /// pair. Only on the person's request. Returns where the old file is now; `None` if another window has replaced
    /// it already.
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn replace_damaged(folder: &Path) -> Result<(Self, Option<PathBuf>), IdentityError> {
        let path = folder.join(FILE_NAME);
        if let Ok(Some(identity)) = Self::load(&path) {
            return Ok((identity, None));
        }
        // Before the old file is renamed, so that nothing can fail after it.
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

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// For rustls: the raw public key as the only "certificate" (RFC 7250), and its signer.
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// `None` if there is no such file.
    fn load(path: &Path) -> Result<Option<Self>, IdentityError> {
        let unreadable =
            |error: io::Error| IdentityError::Unreadable(path.to_owned(), error.kind());
        let damaged = || IdentityError::Damaged(path.to_owned());
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(unreadable)?,
        };
        // Opening a named pipe would wait for a writer.
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(damaged());
        }
        folder::close_to_others(path);
        // Large enough from the start: a buffer that grows leaves copies of the key in freed memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
        fs::File::open(path)
            .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
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

/// A new key, completely written to a temporary file beside its final name.
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
            folder::close_to_others(file.path());
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

    /// Renames the file to its final name. Returns the identity found there: this one, or that of a faster program.
    fn take_the_name(self) -> Result<Identity, IdentityError> {
        match self.file.persist_noclobber(&self.path) {
            Ok(_) => {
                sync_folder_of(&self.path);
                Ok(self.identity)
            }
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                // The name is a link to nothing: it exists, and yet there is no file.
                let nowhere =
                    || IdentityError::Unreadable(self.path.clone(), io::ErrorKind::NotFound);
                Identity::load(&self.path)?.ok_or_else(nowhere)
            }
            Err(failed) => Err(IdentityError::Unwritable(self.path, failed.error.kind())),
        }
    }
}

/// A new key as PKCS#8 version 2, which includes the public key, so that a flipped bit in the private key is noticed
/// rather than making us another person. The bytes are wiped when dropped.
fn new_key() -> Result<pkcs8::Document, IdentityError> {
    Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| IdentityError::NoRandomness)
}

/// Makes the rename survive a power cut. Some file systems do not support this and need no help.
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
