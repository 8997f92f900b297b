use super::*;
use crate::{identity::NAME_CAP, store::FileFailure};
use data_encoding::HEXLOWER;
use proptest::prelude::*;

fn bytes(hex: &str) -> Vec<u8> {
    let hex: String = hex.split_whitespace().collect();
    HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal")
}

fn text(number: u64, text: &str) -> Frame {
    Frame::Item(Item {
        stream: StreamId::from_bytes([0x11; 16]),
        number,
        sent_at: Millis::new(1_700_000_000_000),
        body: Body::Text(text.to_owned()),
    })
}

fn item(number: u64, body: Body) -> Frame {
    Frame::Item(Item {
        stream: StreamId::from_bytes([0x11; 16]),
        number,
        sent_at: Millis::new(1_700_000_000_000),
        body,
    })
}

fn reference(whose: Whose) -> Reference {
    let stream = StreamId::from_bytes([0x33; 16]);
    Reference {
        whose,
        stream,
        number: 5,
    }
}

/// The vectors of `docs/protocol.md`, which are bytes of the wire, lengths and all.
#[expect(clippy::too_many_lines, reason = "one entry for each vector")]
fn vectors() -> Vec<(Frame, &'static str)> {
    let proof = invite::Proof::from_bytes([0x22; 32]);
    let hello = Hello {
        version: 1,
        name: "Mina".to_owned(),
        features: 0,
        clock: None,
    };
    vec![
        (Frame::Knock(Knock::default()), "00000003 8200a0"),
        (
            Frame::Knock(Knock { proof: Some(proof) }),
            "00000026 8200a1015820 22222222222222222222222222222222
             22222222222222222222222222222222",
        ),
        (
            Frame::Hello(hello.clone()),
            "0000000d 8201a3000101644d696e610200",
        ),
        (
            text(1, "안녕"),
            "0000002b 8202a50050 11111111111111111111111111111111 0101 021b0000018bcfe56800 0300
             0466ec9588eb8595",
        ),
        (Frame::Typing(true), "00000005 8203a100f5"),
        (Frame::Typing(false), "00000005 8203a100f4"),
        (Frame::Ping, "00000003 8204a0"),
        (Frame::Pong, "00000003 8205a0"),
        (Frame::Bye(Bye::Busy), "00000005 8206a10001"),
        (
            Frame::Item(Item {
                stream: StreamId::from_bytes([0x11; 16]),
                number: 2,
                sent_at: Millis::new(1_700_000_000_000),
                body: Body::Skip,
            }),
            "00000023 8202a40050 11111111111111111111111111111111 0102 021b0000018bcfe56800
             0301",
        ),
        (
            Frame::Ack(Ack {
                stream: StreamId::from_bytes([0x11; 16]),
                up_to: 2,
            }),
            "00000017 8207a20050 11111111111111111111111111111111 0102",
        ),
        (
            Frame::Resume(vec![Start {
                stream: StreamId::from_bytes([0x11; 16]),
                first: 3,
            }]),
            "00000018 8208a1008182 50 11111111111111111111111111111111 03",
        ),
        (
            item(
                7,
                Body::Offer(
                    "사진.png".to_owned(),
                    FileOffer {
                        size: 1_000_000,
                        manifest: 0,
                        files: 0,
                        root: [0x44; 32],
                    },
                ),
            ),
            "00000058 8202a70050 11111111111111111111111111111111
             0107021b0000018bcfe568000305046aec82aceca7842e706e67071a000f42400a5820
             4444444444444444444444444444444444444444444444444444444444444444",
        ),
        (
            item(
                8,
                Body::Offer(
                    "photos".to_owned(),
                    FileOffer {
                        size: 1_000_000,
                        manifest: 40,
                        files: 2,
                        root: [0x44; 32],
                    },
                ),
            ),
            "00000059 8202a90050 11111111111111111111111111111111
             0108021b0000018bcfe568000305046670686f746f73071a000f424008182809020a5820
             4444444444444444444444444444444444444444444444444444444444444444",
        ),
        (
            item(
                9,
                Body::File(reference(Whose::Receivers), FileChange::Accept),
            ),
            "0000003a 8202a60050 11111111111111111111111111111111
             0109021b0000018bcfe56800030605830150 33333333333333333333333333333333 050701",
        ),
        (
            item(10, Body::File(reference(Whose::Senders), FileChange::Pause)),
            "0000003a 8202a60050 11111111111111111111111111111111
             010a021b0000018bcfe56800030705830050 33333333333333333333333333333333 050701",
        ),
        (
            item(
                11,
                Body::File(
                    reference(Whose::Receivers),
                    FileChange::Failed(FileFailure::DiskFull),
                ),
            ),
            "0000003c 8202a70050 11111111111111111111111111111111
             010b021b0000018bcfe56800030705830150 33333333333333333333333333333333 0507050801",
        ),
        (
            Frame::Transfer(TransferFrame::Want(Want {
                id: 1,
                stream: StreamId::from_bytes([0x33; 16]),
                number: 5,
                offset: 262_144,
            })),
            "0000001f 820aa400010150 33333333333333333333333333333333 0205031a00040000",
        ),
        (
            Frame::Transfer(TransferFrame::Data(Data {
                id: 1,
                bytes: vec![0x55; 3],
            })),
            "0000000a 820ba200010143555555",
        ),
        (
            Frame::Transfer(TransferFrame::End {
                id: 1,
                why: EndReason::Stopped,
            }),
            "00000007 820ca200010101",
        ),
        (
            Frame::Transfer(TransferFrame::Stop { id: 1 }),
            "00000005 820da10001",
        ),
        (
            Frame::Hello(Hello {
                clock: Some(Millis::new(1_700_000_000_000)),
                ..hello
            }),
            "00000017 8201a4000101644d696e610200031b0000018bcfe56800",
        ),
        (
            item(
                3,
                Body::Reply(reference(Whose::Receivers), "yes".to_owned()),
            ),
            "0000003d 8202a60050 11111111111111111111111111111111 0103 021b0000018bcfe56800 0300
             0463796573 0583 01 50 33333333333333333333333333333333 05",
        ),
        (
            item(4, Body::Edit(reference(Whose::Senders), "yes!".to_owned())),
            "0000003e 8202a60050 11111111111111111111111111111111 0104 021b0000018bcfe56800 0302
             046479657321 0583 00 50 33333333333333333333333333333333 05",
        ),
        (
            item(5, Body::Delete(reference(Whose::Senders))),
            "00000038 8202a50050 11111111111111111111111111111111 0105 021b0000018bcfe56800 0303
             0583 00 50 33333333333333333333333333333333 05",
        ),
        (
            item(
                6,
                Body::Reaction(reference(Whose::Receivers), "👍".to_owned()),
            ),
            "0000003e 8202a60050 11111111111111111111111111111111 0106 021b0000018bcfe56800 0304
             0583 01 50 33333333333333333333333333333333 05 0664f09f918d",
        ),
        (
            Frame::Read(ReadMark {
                stream: StreamId::from_bytes([0x11; 16]),
                up_to: 2,
            }),
            "00000017 8209a20050 11111111111111111111111111111111 0102",
        ),
    ]
}

#[test]
fn the_vectors_of_the_protocol_document_hold() {
    for (frame, hex) in vectors() {
        let mut written = Vec::new();
        frame.append_to(&mut written);
        assert_eq!(HEXLOWER.encode(&written), HEXLOWER.encode(&bytes(hex)));
        let mut reader = Reader::new(FRAME_CAP);
        reader.push(&bytes(hex));
        assert_eq!(reader.poll_frame().expect("a frame"), Some(frame));
        assert!(reader.is_empty());
    }
}

#[test]
fn what_a_later_version_adds_is_skipped() {
    for (what, hex, expected) in [
        ("a kind", "82 18ff a10001", Frame::Unknown(255)),
        ("a field", "82 03 a2 00f5 0963616263", Frame::Typing(true)),
        (
            "nested",
            "82 03 a2 00f5 09 8182a10102f6",
            Frame::Typing(true),
        ),
        (
            "indefinite",
            "82 03 bf 00f5 099f01ff ff",
            Frame::Typing(true),
        ),
        (
            "the token that an earlier version sent",
            "8200a10050 22222222222222222222222222222222",
            Frame::Knock(Knock::default()),
        ),
        ("a third part", "83 03 a1 00f5 01", Frame::Typing(true)),
        ("a reason", "82 06 a1 00 1863", Frame::Bye(Bye::Other(99))),
    ] {
        assert_eq!(Frame::read(&bytes(hex)).expect(what), expected, "{what}");
    }
    for newer in [
        "a4 0050 11111111111111111111111111111111 0101 0200 0308",
        "a5 0050 11111111111111111111111111111111 0101 0200 0308 04a10102",
        "a6 0050 11111111111111111111111111111111 0101 0200 0308 05820102 0620",
    ] {
        let newer = format!("8202{newer}");
        let Frame::Item(item) = Frame::read(&bytes(&newer)).expect("an item") else {
            panic!("an item");
        };
        assert_eq!((item.number, item.body), (1, Body::Unknown(8)));
    }
}

#[test]
fn nonsense_is_an_error() {
    let stream = "0050 11111111111111111111111111111111";
    for (what, hex) in [
        ("not CBOR", "ff".to_owned()),
        ("no fields", "8103".to_owned()),
        ("not an array", "a10001".to_owned()),
        ("cut short", "8203a1".to_owned()),
        ("cut in a text", "8201a201 64 4d69".to_owned()),
        ("the wrong type", "8203a10001".to_owned()),
        ("a field missing", "8203a0".to_owned()),
        ("bytes after it", "8204a000".to_owned()),
        (
            "a text without one",
            format!("82 02 a4 {stream} 0101 0200 0300"),
        ),
        (
            "an edit without a reference",
            format!("82 02 a5 {stream} 0101 0200 0302 0460"),
        ),
        (
            "a message of neither side",
            format!(
                "82 02 a5 {stream} 0101 0200 0303 0583 02 50 33333333333333333333333333333333 05"
            ),
        ),
        (
            "a long emoji",
            format!(
                "82 02 a6 {stream} 0101 0200 0304 0583 01 50 33333333333333333333333333333333 05 0678 41 {}",
                "78".repeat(65)
            ),
        ),
        ("a lone surrogate", "8201a2 0001 01 63 eda080".to_owned()),
        ("not UTF-8", "8201a2 0001 01 62 c328".to_owned()),
        ("a text in pieces", "8201a2 0001 01 7f 6161 ff".to_owned()),
        ("a short proof", "8200a10141 22".to_owned()),
        (
            "a negative number",
            format!("82 02 a5 {stream} 0120 0200 0300 0460"),
        ),
        (
            "a short stream",
            "82 02 a5 0041 11 0101 0200 0300 0460".to_owned(),
        ),
        (
            "a count that lies",
            "82 03 bb 7fffffffffffffff 00f5".to_owned(),
        ),
        (
            "a text that lies",
            "8201a2 0001 01 7b 7fffffffffffffff 41".to_owned(),
        ),
    ] {
        assert!(Frame::read(&bytes(&hex)).is_err(), "{what}");
    }
    let deep = [bytes("82 03 a2 00f5 09"), vec![0x81; 60_000]].concat();
    assert!(Frame::read(&deep).is_err(), "nested without end");
    let deep = [bytes("82 03 a2 00f5 09"), vec![0x9f; 60_000]].concat();
    assert!(Frame::read(&deep).is_err(), "nested indefinitely");
    let mut long = Vec::new();
    Frame::Hello(Hello {
        version: 1,
        name: "x".repeat(NAME_CAP + 1),
        features: 0,
        clock: None,
    })
    .append_to(&mut long);
    assert!(matches!(
        Frame::read(&long[HEADER..]),
        Err(FrameError::TooLong)
    ));
}

#[test]
fn the_emoji_of_a_reaction_is_one_character() {
    for (emoji, is_one) in [
        ("", true),
        ("👍", true),
        ("👍🏽", true),
        ("❤\u{fe0f}", true),
        ("🇰🇷", true),
        ("👩\u{200d}👩\u{200d}👧\u{200d}👦", true),
        ("가", true),
        ("\u{1100}\u{1161}\u{11a8}", true),
        ("👍👍", false),
        ("🇰🇷🇰🇷", false),
        ("ab", false),
        ("👍 ", false),
    ] {
        let body = Body::Reaction(reference(Whose::Receivers), emoji.to_owned());
        let mut bytes = Vec::new();
        item(6, body.clone()).append_to(&mut bytes);
        match Frame::read(&bytes[HEADER..]) {
            Ok(read) => assert!(is_one && read == item(6, body), "{emoji}"),
            Err(FrameError::NotOne) => assert!(!is_one, "{emoji}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_length_is_checked_before_memory_is_allocated_for_it() {
    let cap = u32::try_from(FRAME_CAP).expect("small");
    for (length, fits) in [
        (0, false),
        (1, true),
        (cap, true),
        (cap + 1, false),
        (u32::MAX, false),
    ] {
        let mut reader = Reader::new(FRAME_CAP);
        reader.push(&length.to_be_bytes());
        assert_eq!(reader.poll_frame().is_ok(), fits, "{length}");
        assert!(reader.buffer.capacity() < 64);
    }
    let longest = text(u64::MAX, &"x".repeat(TEXT_CAP));
    let mut written = Vec::new();
    longest.append_to(&mut written);
    let mut reader = Reader::new(FRAME_CAP);
    reader.push(&written);
    assert_eq!(reader.poll_frame().expect("it fits"), Some(longest));
    let mut reader = Reader::new(FRAME_CAP);
    let mut written = Vec::new();
    text(1, &"x".repeat(TEXT_CAP + 1)).append_to(&mut written);
    reader.push(&written);
    assert!(reader.poll_frame().is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_rejected(bytes: Vec<u8>) {
        if let Ok(frame) = Frame::read(&bytes) {
            let mut written = Vec::new();
            frame.append_to(&mut written);
            prop_assert_eq!(Frame::read(&written[HEADER..]).expect("ours"), frame);
        }
    }

    #[test]
    fn any_pieces_make_the_same_frames(cuts in proptest::collection::vec(1_usize..40, 1..40)) {
        let mut wire = Vec::new();
        for (frame, _) in vectors() {
            frame.append_to(&mut wire);
        }
        let mut reader = Reader::new(FRAME_CAP);
        let mut read = Vec::new();
        let mut rest = wire.as_slice();
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            reader.push(piece);
            while let Some(frame) = reader.poll_frame().expect("frames") {
                read.push(frame);
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(read, vectors().into_iter().map(|(frame, _)| frame).collect::<Vec<_>>());
    }
}
