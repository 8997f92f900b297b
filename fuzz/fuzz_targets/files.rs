//! What a peer says of a file and sends of it: names, manifests, encoded streams and pictures. Nothing of it leaves its
//! folder, and nothing is taken for what was offered that is not.
#![no_main]

use std::path::Path;

use arbitrary::Arbitrary;
use duologue::files::{self, Kind, Offer, fuzzing};
use libfuzzer_sys::fuzz_target;

/// Largest stream that is encoded in bytes: five groups.
const MOST: u64 = 5 * files::GROUP;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Name(&'a str),
    Manifest {
        bytes: &'a [u8],
        files: u32,
        content: u64,
    },
    /// A stream of this size, in which these bytes are repeated.
    Stream {
        bytes: &'a [u8],
        size: u64,
        offset: u64,
        changes: Vec<(u32, u8)>,
    },
    Encoding {
        size: u64,
        offset: u64,
        root: [u8; 32],
        bytes: &'a [u8],
    },
    Picture(&'a [u8]),
}

fuzz_target!(|input: Input<'_>| {
    match input {
        Input::Name(name) => {
            let safe = files::safe_name(name);
            assert!((1..=240).contains(&safe.len()));
            assert_eq!(Path::new(&safe).components().count(), 1);
            assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', ':', '\0']));
            assert_eq!(files::safe_name(&safe), safe);
            files::can_run(Path::new(name));
        }
        Input::Manifest {
            bytes,
            files,
            content,
        } => fuzzing::manifest(bytes, files, content),
        Input::Stream {
            bytes,
            size,
            offset,
            changes,
        } => {
            let bytes = if bytes.is_empty() { &[0] } else { bytes };
            let stream: Vec<u8> = bytes
                .iter()
                .copied()
                .cycle()
                .take((size % MOST) as usize)
                .collect();
            fuzzing::stream(&stream, offset, &changes);
        }
        Input::Encoding {
            size,
            offset,
            root,
            bytes,
        } => {
            let offer = Offer {
                name: "a".to_owned(),
                size: size % files::MOST_BYTES,
                kind: Kind::File,
                root,
            };
            fuzzing::encoding(&offer, offset, bytes);
        }
        Input::Picture(bytes) => {
            files::picture_of(bytes, 64).ok();
            fuzzing::location(bytes);
        }
    }
});
