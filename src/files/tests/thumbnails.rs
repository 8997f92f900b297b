use std::io::Cursor;

use image::{ImageFormat, RgbaImage};

use super::*;

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbaImage::from_fn(width, height, |x, _| {
        let left = x < width / 2;
        image::Rgba([
            if left { 255 } else { 0 },
            0,
            if left { 0 } else { 255 },
            255,
        ])
    });
    let picture = image::DynamicImage::from(picture);
    match format {
        ImageFormat::Jpeg => picture
            .to_rgb8()
            .write_to(&mut bytes, format)
            .expect("encoded"),
        _ => picture.write_to(&mut bytes, format).expect("encoded"),
    }
    bytes.into_inner()
}

#[test]
fn pictures_of_each_kind_become_small_and_keep_their_proportions() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let small = picture_of(&encoded(1500, 1000, format), 640).expect("a picture");
        assert_eq!(
            (small.width, small.height, small.full),
            (640, 427, (1500, 1000)),
            "{format:?}"
        );
        assert_eq!(small.rgba.len(), 640 * 427 * 4);
        let (left, right) = (&small.rgba[..4], &small.rgba[639 * 4..640 * 4]);
        assert!(
            left[0] > 240 && left[2] < 15 && right[2] > 240,
            "{format:?}: {left:?} {right:?}"
        );
    }
    // A small one stays as it is; a narrow one keeps a pixel.
    let same = picture_of(&encoded(3, 2, ImageFormat::Png), 640).expect("a picture");
    assert_eq!((same.width, same.height), (3, 2));
    let narrow = picture_of(&encoded(20_000, 1, ImageFormat::Png), 640).expect("a picture");
    assert_eq!((narrow.width, narrow.height), (640, 1));
}

#[test]
fn a_picture_that_is_huge_by_its_own_account_takes_no_memory() {
    let mut png = encoded(1, 1, ImageFormat::Png);
    png[16..20].copy_from_slice(&65_535_u32.to_be_bytes());
    png[20..24].copy_from_slice(&65_535_u32.to_be_bytes());
    let crc = location::crc(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(picture_of(&png, 640), Err(PictureError::TooLarge));

    let mut gif = encoded(1, 1, ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(picture_of(&gif, 640), Err(PictureError::TooLarge));

    let mut jpeg = encoded(8, 8, ImageFormat::Jpeg);
    let frame = memchr::memmem::find(&jpeg, &[0xff, 0xc0]).expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(picture_of(&jpeg, 640), Err(PictureError::TooLarge));
}

#[test]
fn what_is_no_picture_or_a_part_of_one_is_none() {
    assert_eq!(picture_of(b"", 640), Err(PictureError::NoPicture));
    assert_eq!(
        picture_of(b"MZ an exe called a.png", 640),
        Err(PictureError::NoPicture)
    );
    // A kind that is known to the decoders, and not shown.
    assert_eq!(
        picture_of(b"BM                                       ", 640),
        Err(PictureError::NoPicture)
    );
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
    assert_eq!(picture_of(svg, 640), Err(PictureError::NoPicture));
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let bytes = encoded(30, 20, format);
        for length in 0..bytes.len().min(60) {
            assert!(
                picture_of(&bytes[..length], 640).is_err(),
                "{format:?} {length}"
            );
        }
    }
}

#[test]
fn the_thread_answers_each_question_and_says_what_was_asked() {
    let at = tempfile::tempdir().expect("a folder");
    let path = at.path().join("is a PNG.jpg");
    fs::write(&path, encoded(30, 20, ImageFormat::Png)).expect("written");
    let missing = at.path().join("missing.png");
    let (sender, woken) = crossbeam_channel::bounded(10);
    let wake = move || sender.send(()).expect("room");
    let mut pictures = Pictures::new(Box::new(wake));
    pictures.ask(path.clone(), 10).expect("not busy");
    pictures.ask(missing.clone(), 640).expect("not busy");
    let mut answers = Vec::new();
    while answers.len() < 2 {
        woken.recv_timeout(LIMIT).expect("an answer");
        answers.extend(pictures.poll());
    }
    let (first, side, answer) = &answers[0];
    assert_eq!((first, *side), (&path, 10));
    assert_eq!(
        answer.as_ref().map(|small| (small.width, small.height)),
        Ok((10, 7))
    );
    assert_eq!(
        answers[1],
        (missing, 640, Err(PictureError::Io(io::ErrorKind::NotFound)))
    );
}

#[test]
fn a_picture_that_takes_too_long_does_not_keep_others_from_being_shown() {
    static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
    let decode: pictures::Decode = |path, side| {
        match path.to_str() {
            Some("slow") => {
                let is_open = GATE.0.lock().expect("no panic");
                drop(GATE.1.wait_while(is_open, |is_open| !*is_open));
            }
            Some("panics") => panic!("as a decoder may"),
            _ => {}
        }
        Ok(Thumbnail {
            width: side,
            height: 0,
            rgba: Vec::new(),
            full: (0, 0),
        })
    };
    let (sender, woken) = crossbeam_channel::bounded(100);
    let wake = move || sender.send(()).expect("room");
    // Much longer than a decoder that does nothing takes on a busy machine, also if its panic prints a backtrace.
    let mut pictures = Pictures::with(Box::new(wake), decode, Duration::from_secs(10));
    let mut answers = |names: &[&str]| -> Vec<_> {
        for name in names {
            pictures.ask(PathBuf::from(name), 7).expect("not busy");
        }
        let mut answers = Vec::new();
        while answers.len() < names.len() {
            woken.recv_timeout(LIMIT).expect("an answer");
            answers.extend(
                pictures
                    .poll()
                    .into_iter()
                    .map(|(_, _, answer)| answer.map(|picture| picture.width)),
            );
        }
        answers
    };
    assert_eq!(
        answers(&["a", "slow", "b", "panics", "c"]),
        [
            Ok(7),
            Err(PictureError::TooSlow),
            Ok(7),
            Err(PictureError::NoPicture),
            Ok(7)
        ]
    );
    *GATE.0.lock().expect("no panic") = true;
    GATE.1.notify_all();
    assert_eq!(answers(&["slow", "d"]), [Ok(7), Ok(7)]);
}
