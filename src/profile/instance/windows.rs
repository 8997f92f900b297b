//! Where the first program listens, on Windows: at a named pipe. All users share the names of pipes, so the name is a new
//! random one each time, and a private file in the data folder has it: nobody else can take it beforehand.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::Path,
};

use data_encoding::HEXLOWER;
use interprocess::{
    local_socket::{
        GenericNamespaced, Listener, ListenerOptions, Name, Stream, ToNsName as _,
        traits::Stream as _,
    },
    os::windows::{local_socket::ListenerOptionsExt as _, security_descriptor::SecurityDescriptor},
};
use widestring::U16CString;

use crate::folder;

/// The file that has the name.
const FILE: &str = "show";
/// What each name begins with.
const PREFIX: &str = "duologue-";
/// Length of a name, in bytes.
const LENGTH: usize = PREFIX.len() + 32;

/// Listens there. Only this user can connect.
pub(super) fn listen(folder: &Path) -> io::Result<Listener> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
    let name = format!("{PREFIX}{}", HEXLOWER.encode(&random));
    let access = U16CString::from_str(folder::access_list()?).map_err(io::Error::other)?;
    let listener = ListenerOptions::new()
        .name(pipe(name.clone())?)
        .security_descriptor(SecurityDescriptor::deserialize(&access)?)
        .create_sync()?;
    // Only once the name is taken.
    folder::create_private(&folder.join(FILE))?.write_all(name.as_bytes())?;
    Ok(listener)
}

/// Reaches who listens there.
pub(super) fn connect(folder: &Path) -> io::Result<Stream> {
    Stream::connect(pipe(name(folder)?)?)
}

/// Removes the name of a pipe. Anything else in a file of this name is somebody else's.
pub(super) fn clear(folder: &Path) {
    if name(folder).is_ok() {
        fs::remove_file(folder.join(FILE)).ok();
    }
}

fn name(folder: &Path) -> io::Result<String> {
    let mut name = String::new();
    let more_than_one = u64::try_from(LENGTH + 1).unwrap_or(u64::MAX);
    File::open(folder.join(FILE))?
        .take(more_than_one)
        .read_to_string(&mut name)?;
    let is_ours = name.len() == LENGTH
        && name
            .strip_prefix(PREFIX)
            .is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_ours
        .then_some(name)
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn pipe(name: String) -> io::Result<Name<'static>> {
    name.to_ns_name::<GenericNamespaced>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{InstanceListener, claim};

    #[test]
    fn the_name_is_a_new_one_each_time() {
        let base = tempfile::tempdir().expect("a folder");
        let first = claim(base.path()).expect("free");
        let mut names = Vec::new();
        for _ in 0..2 {
            let listener = InstanceListener::bind(&first, |_| true).expect("a pipe");
            names.push(name(base.path()).expect("a name"));
            drop(listener);
            assert!(!base.path().join(FILE).exists());
        }
        assert_ne!(names[0], names[1]);
    }

    #[test]
    fn what_a_killed_program_leaves_is_removed() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join(FILE);
        fs::write(&path, format!("{PREFIX}{}", "0".repeat(32))).expect("written");
        drop(claim(base.path()).expect("free"));
        assert!(!path.exists());
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone() {
        let base = tempfile::tempdir().expect("a folder");
        let path = base.path().join(FILE);
        fs::write(&path, b"somebody else's").expect("written");
        let first = claim(base.path()).expect("free");
        assert!(InstanceListener::bind(&first, |_| true).is_err());
        assert_eq!(fs::read(&path).expect("read"), b"somebody else's");
    }
}
