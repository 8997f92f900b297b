//! How much room a disk has for files that are received.

use std::path::Path;

/// Free bytes that a transfer leaves on the disk.
const SPARE: u64 = 64 << 20;

/// How many bytes can be received into this folder, which need not exist yet; `None` if the file system doesn't say. May
/// take as long as the disk takes to answer.
pub fn free_space(folder: &Path) -> Option<u64> {
    // The nearest folder that exists is on the same disk.
    let existing = folder.ancestors().find(|folder| folder.is_dir())?;
    let free = fs4::available_space(existing).ok()?;
    Some(free.saturating_sub(SPARE))
}
