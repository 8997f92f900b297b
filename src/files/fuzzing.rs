//! For the fuzz target `files`: what of this module reads what a peer sends, without threads and disks.

use std::{collections::HashSet, path::Component};

use super::{
    GROUP, Offer, encoded_len, location, manifest,
    tree::{Broken, Tree, decode, resume_at},
};

/// Reads arbitrary bytes as the manifest of a folder with `files` files, whose contents have `content` bytes together.
///
/// # Panics
/// A path would leave the folder, or two are the same.
pub fn manifest(bytes: &[u8], files: u32, content: u64) {
    let Ok(entries) = manifest::decode(bytes, files, content) else {
        return;
    };
    let again = manifest::encode(&entries);
    assert_eq!(
        manifest::decode(&again, files, content).as_ref(),
        Ok(&entries)
    );
    let places = manifest::places(&entries);
    let mut seen = HashSet::new();
    for place in &places {
        let mut parts = place.path.components();
        assert!(
            parts.all(|part| matches!(part, Component::Normal(_))),
            "{}",
            place.path.display()
        );
        assert!(
            place
                .path
                .to_string_lossy()
                .bytes()
                .all(|byte| byte != b'\\' && byte != b':' && byte >= b' ')
        );
        let is_new = seen.insert(place.path.to_string_lossy().to_lowercase());
        assert!(is_new || place.is_folder, "{}", place.path.display());
    }
}

/// Verifies the encoding of a stream from an offset on, in which bytes were changed.
///
/// # Panics
/// Something is written that is not in the stream, or a change is not noticed.
pub fn stream(stream: &[u8], offset: u64, changes: &[(u32, u8)]) {
    let size = stream.len() as u64;
    let offset = resume_at(offset, size);
    let Ok(tree) = Tree::of(stream, size) else {
        return;
    };
    let mut encoding = Vec::new();
    tree.encode(stream, offset, &mut encoding).ok();
    assert_eq!(encoding.len() as u64, encoded_len(size, offset));
    let whole = encoding.clone();
    for (at, byte) in changes {
        let at = *at as usize % encoding.len().max(1);
        if let Some(old) = encoding.get_mut(at) {
            *old = *byte;
        }
    }
    let mut written = offset;
    let result = decode(tree.root(), size, offset, &*encoding, |position, bytes| {
        assert_eq!(position, written);
        written += bytes.len() as u64;
        assert!(
            bytes.len() as u64 <= GROUP
                && stream.get(position as usize..written as usize) == Some(bytes)
        );
        Ok(())
    });
    assert_eq!(result.is_ok(), encoding == whole);
}

/// Verifies arbitrary bytes, for arbitrary offers.
pub fn encoding(offer: &Offer, offset: u64, bytes: &[u8]) {
    let offset = resume_at(offset, offer.size);
    let result = decode(offer.root, offer.size, offset, bytes, |_, _| Ok(()));
    assert!(!matches!(result, Err(Broken::Write(_))));
}

/// Takes the location out of arbitrary bytes, and then again, when nothing must be left to take out.
///
/// # Panics
/// Something is left.
pub fn location(bytes: &[u8]) {
    if let location::Located::Removed(cleaned) = location::without(bytes) {
        assert_eq!(location::without(&cleaned), location::Located::Nowhere);
    }
}
