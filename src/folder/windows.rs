//! Who can read a file, on Windows: its access list. Like a user's own folder, a closed file or folder has the user, the
//! system and the administrators in its list, and inherits nothing.

use std::{fs, io, path::Path};

use windows_permissions::{
    LocalBox, SecurityDescriptor,
    constants::{SeObjectType, SecurityInformation},
    utilities::current_process_sid,
    wrappers::SetNamedSecurityInfo,
};

/// What is in a folder gets the folder's list, unless it has one of its own.
const INHERITED: &str = "OICI";

/// Creates a folder and its parents, and closes those that were missing.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    // Here and not after `create_dir` has failed: for `C:\` that says "access denied".
    if folder.is_dir() {
        return Ok(());
    }
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => make(parent)?,
        _ => {}
    }
    match fs::create_dir(folder) {
        Ok(()) => {}
        // Another program was faster.
        Err(_) if folder.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    if let Err(error) = close(folder, INHERITED) {
        tracing::warn!(path = %folder.display(), %error, "others may be able to read this folder");
    }
    Ok(())
}

/// Takes a file away from other users.
pub(super) fn close_file(path: &Path) -> io::Result<()> {
    close(path, "")
}

/// Gives a file or folder an access list, whose entries have these flags.
fn close(path: &Path, flags: &str) -> io::Result<()> {
    let descriptor: LocalBox<SecurityDescriptor> = list(flags)?.parse()?;
    // Without a list, everybody would have access.
    let list = descriptor.dacl().ok_or(io::ErrorKind::InvalidData)?;
    SetNamedSecurityInfo(
        path,
        SeObjectType::SE_FILE_OBJECT,
        SecurityInformation::Dacl | SecurityInformation::ProtectedDacl,
        None,
        None,
        Some(list),
        None,
    )
}

/// The text of an access list whose entries have these flags.
pub(super) fn list(flags: &str) -> io::Result<String> {
    let user = current_process_sid()?;
    // Protected, so that nothing is inherited. SY is the system, BA the administrators, FA full access
    // (https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format).
    Ok(format!(
        "D:P(A;{flags};FA;;;{user})(A;{flags};FA;;;SY)(A;{flags};FA;;;BA)"
    ))
}

#[cfg(test)]
mod tests {
    use windows_permissions::{Sid, wrappers::GetNamedSecurityInfo};

    use super::*;

    /// The users in the access list of a file or folder.
    fn allowed(path: &Path) -> Vec<String> {
        let kinds = SecurityInformation::Dacl | SecurityInformation::Owner;
        let found = GetNamedSecurityInfo(path, SeObjectType::SE_FILE_OBJECT, kinds);
        let found = found.expect("its security descriptor");
        let list = found.dacl().expect("an access list");
        (0..list.len())
            .filter_map(|index| list.get_ace(index)?.sid().map(Sid::to_string))
            .collect()
    }

    /// Under Wine, the folder for temporary files must have the Unix mode 0700: a new folder there is readable by
    /// everybody whatever the one above it is, and Wine lets a list inherit even if it is protected.
    #[test]
    fn new_folders_and_closed_files_are_for_this_user_only() {
        const EVERYBODY: &str = "S-1-1-0";
        let me = current_process_sid().expect("a user").to_string();
        let check = |path: &Path| {
            let allowed = allowed(path);
            let path = path.display();
            assert!(allowed.contains(&me), "{path}: {allowed:?}");
            let is_open = allowed.iter().any(|sid| sid == EVERYBODY);
            assert!(!is_open, "{path}: {allowed:?}");
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        close(folder.path(), INHERITED).expect("closed");
        check(folder.path());
        let below = folder.path().join("not\\yet\\there");
        make(&below).expect("made");
        make(&below).expect("made already");
        check(&below);
        check(below.parent().expect("a parent"));
        let file = folder.path().join("a");
        fs::write(&file, b"a").expect("written");
        close_file(&file).expect("closed");
        check(&file);
        assert_eq!(fs::read(&file).expect("still mine"), b"a");
    }
}
