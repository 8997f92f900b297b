//! How much room a disk has for files that are received.

use std::path::Path;

/// Free bytes that a transfer leaves on the disk, and the part of a smaller disk. With less, nothing is read from peers any more.
const SPARE: (u64, u64) = (500_000_000, 20);

/// How many bytes can be received into this folder, which need not exist yet; `None` if the file system doesn't say. May
/// take as long as the disk takes to answer.
pub fn free_space(folder: &Path) -> Option<u64> {
    // The nearest folder that exists is on the same disk.
    let existing = folder.ancestors().find(|folder| folder.is_dir())?;
    let disk = fs4::statvfs(existing).ok()?;
    let (most, part) = SPARE;
    let spare = most.min(disk.total_space() / part);
    Some(disk.available_space().saturating_sub(spare))
}
