//! Opens links, files and folders in the programs that the person has chosen for them.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    thread,
};

use crate::text::links::Target;

/// What another program opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Openable {
    /// What a link leads to.
    Link(Target),
    /// A folder.
    Folder(PathBuf),
    /// A file that was sent or received.
    File(PathBuf),
}

impl Openable {
    /// The folder in which a file is.
    pub fn folder_of(path: &Path) -> Self {
        Self::Folder(path.parent().unwrap_or(path).to_owned())
    }

    /// As the system takes it.
    pub fn as_os_str(&self) -> &OsStr {
        match self {
            Self::Link(target) => target.url().as_ref(),
            Self::Folder(path) | Self::File(path) => path.as_os_str(),
        }
    }
}

/// Opens it in the program that is for it.
pub type OpenOutside = Box<dyn Fn(Openable)>;

/// Opens a link in the browser or in the mail program, a file in the program for its kind, and a folder in the file manager. Returns at once: on some systems
/// it takes a second to find out which program that is.
pub fn open_outside(openable: Openable) {
    let open = move || {
        if let Err(error) = open::that_detached(openable.as_os_str()) {
            tracing::warn!(kind = ?error.kind(), "a link, a file or a folder can't be opened");
        }
    };
    let spawned = thread::Builder::new()
        .name("open outside".to_owned())
        .spawn(open);
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread to open a link, a file or a folder");
    }
}
