//! How a frame is appended to others.

use minicbor::{Encode, Encoder};

use super::HEADER;

/// Appends a frame of this kind with its header.
pub(super) fn append(bytes: &mut Vec<u8>, kind: u32, fields: &impl Encode<()>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; HEADER]);
    let mut encoder = Encoder::new(&mut *bytes);
    let written = encoder
        .array(2)
        .and_then(|encoder| encoder.u32(kind))
        .and_then(|encoder| encoder.encode(fields));
    if let Err(error) = written {
        // Writing to a vector can't fail, and all our fields can be encoded.
        tracing::error!(%error, "a frame can't be written");
    }
    let length = u32::try_from(bytes.len() - start - HEADER).unwrap_or(u32::MAX);
    if let Some(header) = bytes.get_mut(start..start + HEADER) {
        header.copy_from_slice(&length.to_be_bytes());
    }
}
