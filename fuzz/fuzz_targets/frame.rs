//! Decodes arbitrary bytes. They give the same frames, or an error, whatever pieces they arrive in, and every frame
//! that was read is written so that it reads the same.
#![no_main]

use duologue::net::protocol::frame::{Body, FRAME_CAP, Frame, KNOCK_CAP, Reader};
use libfuzzer_sys::fuzz_target;

fn frames(bytes: &[u8], piece: usize, cap: usize) -> (Vec<Frame>, bool) {
    let mut reader = Reader::new(cap);
    let mut frames = Vec::new();
    for piece in bytes.chunks(piece) {
        reader.push(piece);
        loop {
            match reader.poll_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, false),
            }
        }
    }
    (frames, true)
}

fuzz_target!(|input: &[u8]| {
    let Some((&first, bytes)) = input.split_first() else {
        return;
    };
    let cap = if first & 1 == 0 { FRAME_CAP } else { KNOCK_CAP };
    let whole = frames(bytes, usize::MAX, cap);
    assert_eq!(whole, frames(bytes, usize::from(first >> 1) + 1, cap));
    // An item that this version doesn't know is never written: only its kind is left of it.
    let is_known = |frame: &Frame| !matches!(frame, Frame::Item(item) if matches!(item.body, Body::Unknown(_)));
    for frame in whole.0.into_iter().filter(is_known) {
        let mut written = Vec::new();
        frame.append_to(&mut written);
        let mut reader = Reader::new(FRAME_CAP);
        reader.push(&written);
        assert_eq!(reader.poll_frame().expect("our own frame"), Some(frame));
        assert!(reader.is_empty());
    }
});
