//! Takes out of a picture what says where, when and with what it was taken, and leaves its pixels as they are. Only how
//! it is to be turned stays.
//!
//! PNG, JPEG and WebP. What is not known to be harmless is left out; so is whatever follows the picture in its file, such
//! as the film of a moving picture, which has its own location.

use std::{
    io::{self, Read as _},
    path::Path,
};

use image::metadata::Orientation;

use super::open;

/// Largest picture whose location is removed, in bytes: it is in memory meanwhile.
const MOST_PICTURE: u64 = 64 << 20;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const EXIF: &[u8] = b"Exif\0\0";

/// What became of a picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// There was nothing to leave out.
    Nowhere,
    /// The picture without it.
    Removed(Vec<u8>),
    /// It is not well-formed, so nobody knows what it says.
    Damaged,
}

/// What is sent of this file. One that is too large to be taken apart in memory counts as damaged.
///
/// # Errors
/// Those of reading.
pub(super) fn read_without(path: &Path, follow_link: bool) -> io::Result<Located> {
    let mut file = open::to_read(path, follow_link)?;
    let mut bytes = Vec::new();
    (&mut file).take(16).read_to_end(&mut bytes)?;
    if kind(&bytes).is_none() {
        return Ok(Located::Nowhere);
    }
    file.take(MOST_PICTURE).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > MOST_PICTURE {
        Located::Damaged
    } else {
        without(&bytes)
    })
}

/// A picture without its location.
pub(super) fn without(bytes: &[u8]) -> Located {
    let cleaned = match kind(bytes) {
        Some(Kind::Jpeg) => jpeg(bytes),
        Some(Kind::Png) => png(bytes),
        Some(Kind::WebP) => webp(bytes),
        None => return Located::Nowhere,
    };
    match cleaned {
        None => Located::Damaged,
        Some(cleaned) if cleaned == bytes => Located::Nowhere,
        Some(cleaned) => Located::Removed(cleaned),
    }
}

enum Kind {
    Jpeg,
    Png,
    WebP,
}

fn kind(begin: &[u8]) -> Option<Kind> {
    if begin.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(Kind::Jpeg)
    } else if begin.starts_with(PNG) {
        Some(Kind::Png)
    } else if begin.starts_with(b"RIFF") && begin.get(8..12) == Some(b"WEBP") {
        Some(Kind::WebP)
    } else {
        None
    }
}

/// ITU T.81, annex B: segments up to the end of the picture. Compressed data follow the header of a scan, and nothing
/// follows any other segment.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut cleaned = vec![0xff, 0xd8];
    let mut rest = bytes.get(2..)?;
    let mut orientation = Orientation::NoTransforms;
    let mut segments = Vec::new();
    let mut has_scan = false;
    let mut is_in_scan = false;
    let end = loop {
        let Some((at, marker)) = next_marker(rest) else {
            // A picture whose end is missing can be shown.
            if !has_scan {
                return None;
            }
            segments.extend(is_in_scan.then_some(rest));
            break None;
        };
        let (data, after) = rest.split_at_checked(at)?;
        if is_in_scan {
            // Without the fill bytes: they would make a marker of what follows a segment that is left out.
            let fill = data.iter().rev().take_while(|byte| **byte == 0xff).count();
            segments.push(data.get(..data.len() - fill)?);
        }
        if marker == 0xd9 {
            break after.get(..2);
        }
        let after = after.get(2..)?;
        let length = after.first_chunk().copied().map(u16::from_be_bytes);
        let length = usize::from(length.unwrap_or(u16::MAX));
        let (Some(content), Some(after)) = (after.get(2..length), after.get(length..)) else {
            if has_scan {
                break None;
            }
            return None;
        };
        is_in_scan = marker == 0xda;
        has_scan |= is_in_scan;
        if marker == 0xe1 && content.starts_with(EXIF) {
            orientation = orientation_of(content.get(EXIF.len()..)?).unwrap_or(orientation);
        }
        let is_kept = match marker {
            // Frames, scans and their tables.
            0xc0..=0xcf | 0xda..=0xdf => true,
            // JFIF, Adobe's kind of colours, the colour profile. No comments.
            0xe0 => content.starts_with(b"JFIF\0"),
            0xe2 => content.starts_with(b"ICC_PROFILE\0"),
            0xee => content.starts_with(b"Adobe"),
            _ => false,
        };
        if is_kept {
            segments.push(rest.get(at..at + 2 + length)?);
        }
        rest = after;
    };
    // After the segment of JFIF, which has to be the first.
    let is_first = |segment: &&[u8]| segment.starts_with(&[0xff, 0xe0]);
    let begin = segments
        .iter()
        .take_while(|segment| is_first(segment))
        .count();
    let (begin, others) = segments.split_at_checked(begin)?;
    cleaned.extend(begin.iter().copied().flatten());
    if let Some(exif) = exif_with(orientation) {
        let length = (2 + EXIF.len() + exif.len()) as u16;
        cleaned.extend([0xff, 0xe1]);
        cleaned.extend(length.to_be_bytes());
        cleaned.extend(EXIF);
        cleaned.extend(exif);
    }
    cleaned.extend(others.iter().copied().flatten());
    cleaned.extend(end.unwrap_or_default());
    Some(cleaned)
}

/// Where the next marker of a JPEG is, and which: after compressed data, in which a stuffed byte and a restart are none.
fn next_marker(bytes: &[u8]) -> Option<(usize, u8)> {
    let mut at = 0;
    loop {
        at += memchr::memchr(0xff, bytes.get(at..)?)?;
        match *bytes.get(at + 1)? {
            0x00 | 0x01 | 0xd0..=0xd7 | 0xff => at += 1,
            marker => return Some((at, marker)),
        }
    }
}

/// <https://www.w3.org/TR/png-3/>: chunks, each with length, kind, data and checksum.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    /// Chunks that a picture does not need, and that say only how it looks.
    const HARMLESS: [&[u8]; 16] = [
        b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD",
        b"hIST", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
    ];
    let mut cleaned = PNG.to_vec();
    let mut rest = bytes.get(PNG.len()..)?;
    loop {
        let length = u32::from_be_bytes(rest.first_chunk().copied()?) as usize;
        let kind = rest.get(4..8)?;
        let (Some(content), Some(whole)) = (rest.get(8..8 + length), rest.get(..length + 12))
        else {
            // As above: a picture whose end is missing.
            cleaned.extend((kind == b"IDAT").then_some(rest)?);
            return Some(cleaned);
        };
        if kind == b"eXIf" {
            if let Some(exif) = orientation_of(content).and_then(exif_with) {
                let chunk = [kind, &exif].concat();
                cleaned.extend((exif.len() as u32).to_be_bytes());
                cleaned.extend(&chunk);
                cleaned.extend(crc(&chunk).to_be_bytes());
            }
        } else if kind.first()?.is_ascii_uppercase() || HARMLESS.contains(&kind) {
            cleaned.extend(whole);
        }
        rest = rest.get(whole.len()..)?;
        if kind == b"IEND" {
            return Some(cleaned);
        }
    }
}

/// <https://developers.google.com/speed/webp/docs/riff_container>: chunks, each with kind, length and data.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const HAS_EXIF: u8 = 0x08;
    const HAS_XMP: u8 = 0x04;
    let size = u32::from_le_bytes(*bytes.get(4..8)?.first_chunk()?) as usize;
    let mut rest = bytes.get(12..size.checked_add(8)?.min(bytes.len()))?;
    let mut cleaned = Vec::with_capacity(bytes.len());
    let mut exif = None;
    while !rest.is_empty() {
        let kind = rest.get(..4)?;
        let length = u32::from_le_bytes(*rest.get(4..8)?.first_chunk()?) as usize;
        let content = rest.get(8..)?.get(..length)?;
        // The padding after an odd length may be missing at the end.
        let padded = 8 + length + length % 2;
        match kind {
            b"EXIF" => {
                let content = content.strip_prefix(EXIF).unwrap_or(content);
                exif = orientation_of(content).and_then(exif_with);
            }
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                cleaned.extend(rest.get(..8 + length)?);
                cleaned.extend((length % 2 == 1).then_some(0));
            }
            _ => {}
        }
        rest = rest.get(padded..).unwrap_or_default();
    }
    if cleaned.starts_with(b"VP8X")
        && let Some(flags) = cleaned.get_mut(8)
    {
        *flags &= !(HAS_EXIF | HAS_XMP);
        if let Some(exif) = exif {
            *flags |= HAS_EXIF;
            cleaned.extend(b"EXIF");
            cleaned.extend((exif.len() as u32).to_le_bytes());
            cleaned.extend(&exif);
        }
    }
    let mut file = b"RIFF".to_vec();
    file.extend((cleaned.len() as u32 + 4).to_le_bytes());
    file.extend(b"WEBP");
    file.extend(&cleaned);
    Some(file)
}

fn orientation_of(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(exif)
}

/// Exif data with nothing but how the picture is to be turned; none if it is not. Of even length.
fn exif_with(orientation: Orientation) -> Option<Vec<u8>> {
    if orientation == Orientation::NoTransforms {
        return None;
    }
    let mut exif = b"II*\0".to_vec();
    exif.extend(8_u32.to_le_bytes());
    // One field: the tag, a number of 16 bits, one of them, its value; then no further list.
    exif.extend(1_u16.to_le_bytes());
    exif.extend(0x0112_u16.to_le_bytes());
    exif.extend(3_u16.to_le_bytes());
    exif.extend(1_u32.to_le_bytes());
    exif.extend(u32::from(orientation.to_exif()).to_le_bytes());
    exif.extend(0_u32.to_le_bytes());
    Some(exif)
}

/// The checksum of PNG; bit by bit, because it is only for a few bytes.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            0xedb8_8320 ^ (crc >> 1)
        } else {
            crc >> 1
        }
    };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, byte)
}
