use super::{
    location::{Located, without},
    *,
};

/// Exif data with a position in it, and how the picture is to be turned.
fn exif(orientation: u16) -> Vec<u8> {
    let mut exif = b"II*\0".to_vec();
    exif.extend(8_u32.to_le_bytes());
    exif.extend(3_u16.to_le_bytes());
    let mut field = |tag: u16, kind: u16, count: u32, value: u32| {
        exif.extend(tag.to_le_bytes());
        exif.extend(kind.to_le_bytes());
        exif.extend(count.to_le_bytes());
        exif.extend(value.to_le_bytes());
    };
    field(0x0110, 2, 4, u32::from_le_bytes(*b"Cam\0"));
    field(0x0112, 3, 1, orientation.into());
    // The list with the position.
    field(0x8825, 4, 1, 50);
    exif.extend(0_u32.to_le_bytes());
    exif.extend(1_u16.to_le_bytes());
    exif.extend([1, 0, 2, 0, 2, 0, 0, 0]);
    exif.extend(b"GPS\0");
    exif.extend(0_u32.to_le_bytes());
    exif
}

/// A picture of 3 × 2 pixels, each different.
fn picture(format: image::ImageFormat) -> Vec<u8> {
    let pixels =
        image::RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8 * 90, y as u8 * 200, 30]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

fn jpeg_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [
        &[0xff, marker],
        &(content.len() as u16 + 2).to_be_bytes()[..],
        content,
    ]
    .concat()
}

fn png_chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let chunk = [&kind, content].concat();
    let crc = location::crc(&chunk).to_be_bytes();
    [&(content.len() as u32).to_be_bytes()[..], &chunk, &crc].concat()
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut content = b"WEBP".to_vec();
    for (kind, data) in chunks {
        content.extend(*kind);
        content.extend((data.len() as u32).to_le_bytes());
        content.extend(*data);
        content.extend((data.len() % 2 == 1).then_some(0));
    }
    [b"RIFF", &(content.len() as u32).to_le_bytes()[..], &content].concat()
}

fn jpeg(orientation: u16) -> Vec<u8> {
    let plain = picture(image::ImageFormat::Jpeg);
    [
        &plain[..2],
        &jpeg_segment(0xe1, &[b"Exif\0\0", &exif(orientation)[..]].concat()),
        &jpeg_segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<GPS>"),
        &jpeg_segment(0xed, b"Photoshop 3.0\0GPS"),
        &jpeg_segment(0xe2, b"MPF\0GPS"),
        &jpeg_segment(0xe2, b"ICC_PROFILE\0\x01\x01profile"),
        &jpeg_segment(0xfe, b"a comment with GPS"),
        &plain[2..],
        // The film of a moving picture.
        b"....ftypmp42 GPS",
    ]
    .concat()
}

fn png(orientation: u16) -> Vec<u8> {
    let plain = picture(image::ImageFormat::Png);
    let (begin, rest) = plain.split_at(33);
    [
        begin,
        &png_chunk(*b"eXIf", &exif(orientation)),
        &png_chunk(*b"tEXt", b"Comment\0GPS"),
        &png_chunk(*b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0GPS"),
        &png_chunk(*b"tIME", b"GPS...."),
        rest,
        b"GPS",
    ]
    .concat()
}

fn webp(orientation: u16) -> Vec<u8> {
    let plain = picture(image::ImageFormat::WebP);
    let data = &plain[20..];
    let data = &data[..u32::from_le_bytes(plain[16..20].try_into().expect("four")) as usize];
    let header = [0x0c, 0, 0, 0, 2, 0, 0, 1, 0, 0];
    riff(&[
        (b"VP8X", &header),
        (b"VP8L", data),
        (b"EXIF", &exif(orientation)),
        (b"XMP ", b"<GPS>"),
    ])
}

fn has_location(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"GPS").is_some()
}

/// Size as shown, and pixels.
fn shown(bytes: &[u8]) -> ((u32, u32), Vec<u8>) {
    let picture = picture_of(bytes, 640).expect("a picture");
    (picture.full, picture.rgba)
}

#[test]
fn the_location_is_removed_and_the_picture_looks_the_same() {
    for (kind, make) in [
        ("JPEG", jpeg as fn(u16) -> Vec<u8>),
        ("PNG", png),
        ("WebP", webp),
    ] {
        for orientation in 1..=8 {
            let bytes = make(orientation);
            assert!(has_location(&bytes));
            let Located::Removed(cleaned) = without(&bytes) else {
                panic!("{kind}")
            };
            assert!(
                !has_location(&cleaned) && !cleaned.windows(3).any(|some| some == b"Cam"),
                "{kind}"
            );
            assert_eq!(
                shown(&cleaned),
                shown(&bytes),
                "{kind} turned {orientation}"
            );
            let expected = if orientation > 4 { (2, 3) } else { (3, 2) };
            assert_eq!(shown(&cleaned).0, expected, "{kind} turned {orientation}");
            // There is nothing more to remove.
            assert_eq!(
                without(&cleaned),
                Located::Nowhere,
                "{kind} turned {orientation}"
            );
        }
    }
    let Located::Removed(cleaned) = without(&jpeg(1)) else {
        panic!("not removed")
    };
    assert!(memchr::memmem::find(&cleaned, b"ICC_PROFILE").is_some());
}

#[test]
fn a_picture_without_a_location_is_sent_as_it_is() {
    use image::ImageFormat::{Gif, Jpeg, Png, WebP};
    for format in [Png, Jpeg, WebP] {
        assert_eq!(without(&picture(format)), Located::Nowhere, "{format:?}");
    }
    assert_eq!(without(b"no picture"), Located::Nowhere);
    assert_eq!(without(b"GIF89a, which has none"), Located::Nowhere);
    let _ = Gif;
}

#[test]
fn a_picture_that_is_cut_anywhere_is_damaged_and_never_sent_with_its_location() {
    for bytes in [jpeg(6), png(6), webp(6)] {
        for length in 12..bytes.len() {
            match without(&bytes[..length]) {
                Located::Removed(cleaned) => assert!(!has_location(&cleaned), "{length}"),
                Located::Nowhere => assert!(!has_location(&bytes[..length]), "{length}"),
                Located::Damaged => {}
            }
        }
    }
}

#[test]
fn a_copy_without_the_location_is_offered_under_the_same_name_unless_the_person_keeps_it() {
    let mut both = Both::new();
    let bytes = jpeg(6);
    let path = both.file("여름.jpg", &bytes);
    let (source, _) = both.sender.try_prepare(&path, false).expect("offered");
    assert_eq!(source.offer.name, "여름.jpg");
    assert!(source.path.starts_with(both.at.path().join("outgoing")));
    let (encoding, _) = both.sender.encode(&source, 0);
    let into = both.destination(&source);
    let arrived = both.receiver.receive(&into, &encoding).expect("it arrives");
    assert_eq!(arrived, both.to().join("여름.jpg"));
    assert!(!has_location(&fs::read(arrived).expect("there")));
    assert_eq!(fs::read(&path).expect("there"), bytes);

    both.sender
        .files
        .forget(source.path.clone())
        .expect("not busy");
    let (kept, _) = both.sender.try_prepare(&path, true).expect("offered");
    assert_eq!(kept.path, path);
    assert_eq!(kept.offer.size, bytes.len() as u64);
    // The copy is gone, with its folder.
    assert_eq!(
        fs::read_dir(both.at.path().join("outgoing"))
            .expect("a folder")
            .count(),
        0
    );
}

#[test]
fn a_damaged_picture_is_not_sent_as_if_its_location_was_removed() {
    let mut both = Both::new();
    let bytes = jpeg(1);
    let path = both.file("a.jpg", &bytes[..200]);
    assert_eq!(
        both.sender.try_prepare(&path, false),
        Err(PrepareError::Picture)
    );
    assert!(both.sender.try_prepare(&path, true).is_ok());
}

#[test]
fn a_pasted_picture_gets_a_path_of_its_own_and_keeps_its_name() {
    let at = tempfile::tempdir().expect("a folder");
    let path = Files::outgoing(at.path(), "../붙여넣기.png").expect("a path");
    assert_eq!(
        path.file_name().and_then(|name| name.to_str()),
        Some("_._붙여넣기.png")
    );
    fs::write(&path, b"x").expect("its folder exists");
    assert_ne!(
        Files::outgoing(at.path(), "a").expect("a path").parent(),
        path.parent()
    );
}

#[test]
fn pictures_in_a_folder_are_sent_without_their_location_unless_the_person_keeps_it() {
    let mut both = Both::new();
    both.file("trip/1.jpg", &jpeg(6));
    both.file("trip/2.png", &png(3));
    // The name says nothing.
    both.file("trip/3", &webp(1));
    both.file("trip/notes.txt", b"GPS is a word");
    let plain = picture(image::ImageFormat::Png);
    both.file("trip/plain.png", &plain);
    let path = both.from("trip");
    for keep_location in [false, true] {
        let (source, _) = both
            .sender
            .try_prepare(&path, keep_location)
            .expect("offered");
        assert_eq!(source.path, path);
        // Also after a restart.
        both.sender = Side::new(&both.at.path().join("outgoing"));
        let (encoding, end) = both.sender.encode(&source, 0);
        assert_eq!(end, Ok(()));
        let into = both.destination(&source);
        let arrived = both.receiver.receive(&into, &encoding).expect("it arrives");
        for name in ["1.jpg", "2.png", "3"] {
            let there = fs::read(arrived.join(name)).expect("there");
            assert_eq!(has_location(&there), keep_location, "{name}");
            assert_eq!(
                shown(&there),
                shown(&fs::read(path.join(name)).expect("there")),
                "{name}"
            );
        }
        assert_eq!(fs::read(arrived.join("plain.png")).expect("there"), plain);
        assert_eq!(
            fs::read(arrived.join("notes.txt")).expect("there"),
            b"GPS is a word"
        );
    }
}

/// Found by the fuzz target `files`: what was left had no pixels, and was itself damaged.
#[test]
fn a_picture_that_ends_in_the_head_of_its_first_scan_is_damaged() {
    let mut bytes = jpeg(1);
    let scan = memchr::memmem::find(&bytes, &[0xff, 0xda]).expect("a scan");
    for length in [scan + 2, scan + 3, scan + 4, scan + 9] {
        assert_eq!(without(&bytes[..length]), Located::Damaged, "{length}");
    }
    bytes[scan + 2..scan + 4].copy_from_slice(&[0xda, 0xda]);
    assert_eq!(without(&bytes), Located::Damaged);
}

/// Found by the fuzz target `files`: the fill byte made a marker of what follows the segment that is left out.
#[test]
fn a_fill_byte_before_a_segment_that_is_left_out_is_left_out_too() {
    let plain = picture(image::ImageFormat::Jpeg);
    let segment = jpeg_segment(0xe1, &[b"Exif\0\0", &exif(1)[..]].concat());
    let bytes = [
        &plain[..2],
        &[0xff, 0xff],
        &segment,
        &segment[1..],
        &plain[2..],
    ]
    .concat();
    let Located::Removed(cleaned) = without(&bytes) else {
        panic!("it has a location")
    };
    assert_eq!(without(&cleaned), Located::Nowhere);
}

/// The pictures before the place where a transfer goes on are not even looked at again: a folder of 50 GB would be read
/// whole after each cut.
#[test]
fn pictures_in_a_folder_are_not_read_again_to_know_what_was_offered() {
    let mut both = Both::new();
    let first = both.file("folder/a.jpg", &jpeg(1));
    both.file("folder/b.bin", &content(2 * GROUP as usize));
    both.file("folder/c.jpg", &jpeg(6));
    let source = both.sender.prepare(&both.from("folder"));
    let whole = both.sender.encode(&source, GROUP);
    assert_eq!(whole.1, Ok(()));
    // Of the same length, but without anything that could be left out.
    let length = fs::metadata(&first).expect("there").len();
    fs::write(&first, content(length as usize)).expect("written");
    assert_eq!(both.sender.encode(&source, GROUP), whole);
    // Where it is sent, it is read.
    assert_eq!(both.sender.encode(&source, 0).1, Err(SendError::Changed));
}

/// A JPEG with these bytes before its first table, or before its end.
fn jpeg_with(bytes: &[u8], is_behind_scan: bool) -> Vec<u8> {
    let plain = picture(image::ImageFormat::Jpeg);
    let table = memchr::memmem::find(&plain, &[0xff, 0xdb]).expect("a table");
    let at = if is_behind_scan {
        plain.len() - 2
    } else {
        table
    };
    [&plain[..at], bytes, &plain[at..]].concat()
}

#[test]
fn text_between_the_segments_of_a_jpeg_is_left_out() {
    let exif = jpeg_segment(0xe1, &[b"Exif\0\0", &exif(1)[..]].concat());
    let comment = jpeg_segment(0xfe, b"a comment");
    let table = jpeg_segment(0xdd, &[0, 0]);
    for segment in [exif, comment, table] {
        for is_behind_scan in [false, true] {
            let bytes = jpeg_with(&[&segment, &b"GPS 51.5N"[..]].concat(), is_behind_scan);
            let Located::Removed(cleaned) = without(&bytes) else {
                panic!("{:x} {is_behind_scan}", segment[1])
            };
            assert!(!has_location(&cleaned), "{:x} {is_behind_scan}", segment[1]);
            assert_eq!(shown(&cleaned), shown(&picture(image::ImageFormat::Jpeg)));
            assert_eq!(without(&cleaned), Located::Nowhere);
            // Also if the end is missing.
            if let Located::Removed(cleaned) = without(&bytes[..bytes.len() - 2]) {
                assert!(!has_location(&cleaned), "{:x} {is_behind_scan}", segment[1]);
            }
        }
    }
}

#[test]
fn segments_of_a_jpeg_that_no_picture_needs_are_left_out() {
    for marker in (0x02..=0xbf).chain([0xd8]).chain(0xf0..=0xfd) {
        for is_behind_scan in [false, true] {
            let bytes = jpeg_with(&jpeg_segment(marker, b"GPS 51.5N"), is_behind_scan);
            let cleaned = without(&bytes);
            let expected = Located::Removed(picture(image::ImageFormat::Jpeg));
            assert_eq!(cleaned, expected, "{marker:x} {is_behind_scan}");
        }
    }
}

#[test]
fn a_jpeg_with_restarts_and_several_scans_is_sent_as_it_is() {
    let scan = jpeg_segment(0xda, &[1, 1, 0, 0, 63, 0]);
    let data = [0x12, 0xff, 0xd0, 0x34, 0xff, 0x00, 0xff, 0xd1, 0x56];
    let table = jpeg_segment(0xc4, &[0; 17]);
    let lines = jpeg_segment(0xdc, &[0, 2]);
    let bytes = [&data[..], &lines, &table, &scan, &data, &scan, &data].concat();
    assert_eq!(without(&jpeg_with(&bytes, true)), Located::Nowhere);
}

#[test]
fn a_picture_whose_end_is_missing_is_sent_without_its_location() {
    for (bytes, begin) in [(jpeg(6), &[0xff, 0xda][..]), (png(6), b"IDAT")] {
        let scan = memchr::memmem::find(&bytes, begin).expect("pixels");
        let Located::Removed(cleaned) = without(&bytes[..scan + 20]) else {
            panic!("not removed")
        };
        assert!(!has_location(&cleaned));
    }
}
