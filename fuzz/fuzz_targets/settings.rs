//! Loads settings from an arbitrary file. It is never overwritten with something else unless it was read, and what is
//! saved afterwards is loaded as the same.
#![no_main]

use std::fs;

use duologue::settings::{FILE_NAME, load, save};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, bytes).expect("written");
    let loaded = load(folder.path());
    let kept = loaded.damaged.as_ref().unwrap_or(&path);
    assert_eq!(fs::read(kept).expect("kept"), bytes, "{kept:?}");

    save(folder.path(), &loaded.settings).expect("saved");
    if let Some(damaged) = &loaded.damaged {
        assert_eq!(fs::read(damaged).expect("kept"), bytes, "{damaged:?}");
    }
    let again = load(folder.path());
    assert_eq!(again.damaged, None);
    // As text, because a window may be NaN wide.
    assert_eq!(format!("{:?}", again.settings), format!("{:?}", loaded.settings));
});
