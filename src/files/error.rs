//! Why something of a file can't be done. The window puts these into words.

use std::{io::ErrorKind, path::PathBuf};

/// Too much is under way or waits already, or a job still uses what is to be deleted. It can be tried again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not now: too much is under way, or it is in use")]
pub struct Busy;

/// Why a file or folder can't be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// There is no such file, or a file in the folder went away meanwhile.
    #[error("{0:?} does not exist")]
    Missing(PathBuf),
    /// It may not be read.
    #[error("{0:?} may not be read")]
    NoPermission(PathBuf),
    /// It is neither a file nor a folder: a device, a pipe, a socket.
    #[error("{0:?} is no file")]
    NoFile(PathBuf),
    /// There are more than [`MOST_FILES`](super::MOST_FILES) files in the folder, or folders.
    #[error("too many files")]
    TooManyFiles,
    /// A name in the folder is longer than [`MOST_NAME`](super::MOST_NAME) or
    /// [`MOST_PATH`](super::MOST_PATH) bytes, or the folder is deeper than [`MOST_PARTS`](super::MOST_PARTS), or all
    /// names together are too long.
    #[error("the name {0:?} is too long")]
    NameTooLong(PathBuf),
    /// Two names in the folder can't be told apart on other systems: they differ only in how a letter is composed, or
    /// in bytes that are not text.
    #[error("the name {0:?} is there twice")]
    SameName(PathBuf),
    /// It is larger than [`MOST_BYTES`](super::MOST_BYTES).
    #[error("too large")]
    TooLarge,
    /// It changed while it was read.
    #[error("{0:?} changes")]
    Changing(PathBuf),
    /// The copy without the location can't be written.
    #[error("the copy can't be written: {0}")]
    Copy(ErrorKind),
    /// The location can't be removed from the picture, because it is not a well-formed picture
    /// or larger than 64 MiB.
    #[error("a picture is damaged")]
    Picture,
    /// The disk failed.
    #[error("{0:?} can't be read: {1}")]
    Io(PathBuf, ErrorKind),
    /// Its job was stopped.
    #[error("it was stopped")]
    Stopped,
}

/// Why sending has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It is not what was offered any more: it was changed or replaced. Nothing of the new content was sent.
    #[error("the file has changed since it was offered")]
    Changed,
    /// It can't be read now: it is not there, or may not be read, or the disk fails.
    #[error("the file can't be read: {0}")]
    Io(ErrorKind),
}

/// Why receiving has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// The disk has too little room for it, in bytes. Nothing was written.
    #[error("{needed} bytes are needed, and {free} are free")]
    NoSpace {
        /// What it needs.
        needed: u64,
        /// What is free, above what is left to the system.
        free: u64,
    },
    /// The disk became full. What was written before stays.
    #[error("the disk is full")]
    DiskFull,
    /// What arrived is not what was offered: the peer's fault. What was written before stays, and is verified.
    #[error("what arrived is not what was offered")]
    Invalid,
    /// All of it verifies, but its manifest makes no sense: the peer's fault. Nothing can be made of it; the part was
    /// deleted.
    #[error("the list of the files in the folder makes no sense")]
    Manifest,
    /// What was written in an earlier run is not on the disk as it was written (a power failure, or somebody changed
    /// it). The part was deleted: it must be asked for again, from the beginning.
    #[error("what had arrived was damaged on the disk")]
    Damaged,
    /// The folder may not be written.
    #[error("the folder can't be written")]
    ReadOnly,
    /// The folder was there when the transfer began, and is not there any more: its disk may have been unplugged. It is not
    /// created again, because it would be on another disk then.
    #[error("the folder is not there any more")]
    NoFolder,
    /// The disk failed. What was written before stays.
    #[error("the file can't be written: {0}")]
    Io(ErrorKind),
}

/// Why bytes were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// There is no room for them now; nothing was taken.
    #[error("there is no room now")]
    Full,
    /// They go beyond the end of what was offered.
    #[error("more than was offered")]
    Beyond,
}

/// Why a picture can't be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is no picture of a known kind, or damaged.
    #[error("not a picture")]
    NoPicture,
    /// It has too many bytes or pixels.
    #[error("too large")]
    TooLarge,
    /// Decoding it takes too long.
    #[error("it takes too long")]
    TooSlow,
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Io(ErrorKind),
}
