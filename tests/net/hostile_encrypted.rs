//! Peers with a key that send what no program would: inside TLS, instead of TLS, or very slowly. At most one
//! conversation ends, and the next peer is served at once.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpListener,
    thread::JoinHandle,
    time::Duration,
};

use crate::support::{
    AT_ONCE, GIVING_UP, KOREAN, PATIENCE, Program, accept, call, clock, local,
    messages::{self, Who},
    peer::{
        Door, Person, RawPeer, SecurePeer, client_terms, hello, item, knock, server_terms,
        stream_id,
    },
    thread,
};
use duologue::{
    identity::NAME_CAP,
    millis::Millis,
    net::{
        Command, ConnectError, EndReason, Event, How, Rejection,
        protocol::{
            frame::{Body, Bye, FRAME_CAP, Frame, Item, Knock, TEXT_CAP},
            secure::{HANDSHAKE, Over},
        },
    },
    text::charset::Charset,
};

/// One frame with these bytes.
fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short");
    [&length.to_be_bytes(), body].concat()
}

/// These frames, one after the other.
fn frames(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in frames {
        frame.append_to(&mut bytes);
    }
    bytes
}

/// Invalid frames of a peer that was admitted.
fn nonsense() -> Vec<(&'static str, Vec<u8>)> {
    let long_name = hello(&"x".repeat(NAME_CAP + 1));
    let over_cap = u32::try_from(FRAME_CAP + 1).expect("short");
    let nested = |with: u8| {
        let body = [b"\x82\x03\xa2\x00\xf5\x09".to_vec(), vec![with; 60_000]];
        framed(&body.concat())
    };
    vec![
        ("no length", vec![0; 4]),
        ("one byte", framed(b"\xff")),
        ("one byte that means something", framed(b"\x80")),
        (
            "one byte too many announced",
            over_cap.to_be_bytes().to_vec(),
        ),
        ("four gigabytes announced", vec![0xff; 4]),
        ("CBOR that ends too soon", framed(b"\x82\x03\xa1\x00")),
        (
            "a text that is longer than its frame",
            framed(b"\x82\x01\xa2\x00\x01\x01\x79\xff\xff"),
        ),
        (
            "a count without end",
            framed(b"\x82\x03\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x00\xf5"),
        ),
        ("nested without end", nested(0x81)),
        ("nested and never closed", nested(0x9f)),
        ("tags without end", nested(0xc1)),
        ("something behind the frame", framed(b"\x82\x04\xa0\x00")),
        (
            "not UTF-8",
            framed(b"\x82\x02\xa5\x00\x501111111111111111\x01\x01\x02\x00\x03\x00\x04\x62\xc3\x28"),
        ),
        ("a text in plain", b"hello\n".to_vec()),
        (
            "a text too long",
            frames(&[item(1, 1, &"x".repeat(TEXT_CAP + 1))]),
        ),
        ("a second hello", frames(&[Frame::Hello(hello("Eve"))])),
        ("a name too long", frames(&[Frame::Hello(long_name)])),
        ("a second knock", frames(&[Frame::Knock(Knock::default())])),
        ("number 0", frames(&[item(1, 0, "x")])),
    ]
}

#[test]
fn invalid_frames_end_the_conversation_as_misbehaviour() {
    let mut door = Door::new();
    for (what, bytes) in nonsense() {
        let mut peer = RawPeer::let_in(door.port, &door.friend);
        door.program.named();
        // What arrives before it counts, what arrives after it does not.
        peer.say(&[item(1, 1, KOREAN)]);
        let behind = frames(&[item(1, 2, "behind it")]);
        peer.say_bytes(&[bytes, behind].concat());
        assert_eq!(door.program.text(), KOREAN, "{what}");
        assert_eq!(door.program.ended(), EndReason::Misbehaved, "{what}");
        let told = peer.frames_to_the_end();
        assert_eq!(told, [Frame::Bye(Bye::Misbehaved)], "{what}");
        door.assert_serves();
        assert_eq!(door.program.texts(), [KOREAN, "it is me"], "{what}");
        assert_eq!(ended(&door.program), 2, "{what}");
        door.program.history.clear();
    }
}

fn ended(program: &Program) -> usize {
    program.count(|event| matches!(event, Event::Ended(_)))
}

#[test]
fn replayed_or_skipped_sequence_numbers_end_the_conversation() {
    /// The last sequence number.
    const LAST: u64 = i64::MAX as u64;
    let mut door = Door::new();
    for (what, good, bad) in [
        ("replayed", &[(1, 1)][..], (1, 1)),
        ("replayed later", &[(1, 1), (1, 2), (1, 3)], (1, 1)),
        ("jumping", &[(1, 1)], (1, 3)),
        ("backward", &[(1, 5), (1, 6)], (1, 5)),
        ("past the last one", &[(1, LAST)], (1, LAST + 1)),
        ("past the last one, to the first", &[(1, LAST)], (1, 1)),
        ("another stream at 0", &[(1, 1)], (2, 0)),
    ] {
        let mut peer = RawPeer::let_in(door.port, &door.friend);
        for (stream, number) in good {
            peer.say(&[item(*stream, *number, "good")]);
        }
        peer.say(&[item(bad.0, bad.1, "bad")]);
        assert_eq!(door.program.ended(), EndReason::Misbehaved, "{what}");
        assert_eq!(door.program.texts(), vec!["good"; good.len()], "{what}");
        assert_eq!(
            peer.frames_to_the_end(),
            [Frame::Bye(Bye::Misbehaved)],
            "{what}"
        );
        door.program.history.clear();
    }
    door.assert_serves();
}

#[test]
fn frames_of_a_later_version_are_ignored() {
    let mut door = Door::new();
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    // It comes after the name.
    door.program.expect("LacksFiles", |event| {
        (*event == Event::LacksFiles).then_some(())
    });
    door.program.history.clear();
    let of_another_kind = |number, kind| {
        Frame::Item(Item {
            stream: stream_id(1),
            number,
            sent_at: Millis::new(i64::MAX),
            body: Body::Unknown(kind),
        })
    };
    peer.say(&[Frame::Unknown(99), Frame::Unknown(u32::MAX), Frame::Pong]);
    peer.say_bytes(&framed(b"\x83\x18\x63\xa1\x00\x82\x01\x02\xf6"));
    peer.say(&[item(1, 7, "a stream that goes on"), of_another_kind(8, 77)]);
    peer.say(&[
        item(1, 9, "more of it"),
        item(2, 1, "another stream"),
        Frame::Ping,
    ]);
    // Typing of a later version, with a field that is not known.
    peer.say_bytes(&framed(b"\x82\x03\xa2\x00\xf5\x09\x63abc"));
    door.program.expect("Typing", |event| {
        (*event == Event::Typing(true)).then_some(())
    });
    let shown: Vec<_> = door
        .program
        .history
        .iter()
        .map(|event| match event {
            Event::Typing(true) => "typing".to_owned(),
            event if messages::needs_newer(event) => "something newer".to_owned(),
            event => messages::text(event).expect("a text").text,
        })
        .collect();
    let expected = [
        "a stream that goes on",
        "something newer",
        "more of it",
        "another stream",
        "typing",
    ];
    assert_eq!(shown, expected);
    assert_eq!(peer.frame(), Some(Frame::Pong));
    // A goodbye with an unknown reason is still a goodbye.
    peer.say(&[Frame::Bye(Bye::Other(1000))]);
    assert_eq!(door.program.ended(), EndReason::PeerLeft);
}

#[test]
fn a_peer_that_talks_before_its_hello_is_disconnected() {
    let mut door = Door::new();
    for (what, bytes) in [
        ("a message", frames(&[item(1, 1, "let me in")])),
        ("typing", frames(&[Frame::Typing(true)])),
        ("a question", frames(&[Frame::Ping])),
        ("an answer", frames(&[Frame::Pong])),
        ("another knock", frames(&[Frame::Knock(Knock::default())])),
        (
            "a hello of no version",
            framed(b"\x82\x01\xa2\x00\x00\x01\x60"),
        ),
        ("nonsense", vec![0; 4]),
    ] {
        let mut peer = RawPeer::call(door.port, client_terms(&door.friend));
        peer.shake().expect("our terms");
        peer.say(&[Frame::Knock(Knock::default())]);
        assert!(matches!(peer.frame(), Some(Frame::Hello(_))), "{what}");
        peer.say_bytes(&bytes);
        assert_eq!(door.program.ended(), EndReason::Misbehaved, "{what}");
        assert_eq!(
            peer.frames_to_the_end(),
            [Frame::Bye(Bye::Misbehaved)],
            "{what}"
        );
        assert_eq!(door.program.texts(), [""; 0], "{what}");
        let named = |event: &Event| matches!(event, Event::Named(_) | Event::Typing(_));
        assert_eq!(door.program.count(named), 0, "{what}");
    }
    door.assert_serves();
}

#[test]
fn a_stranger_that_does_not_begin_with_a_knock_is_never_asked_about() {
    let mut door = Door::new();
    let stranger = Person::new();
    for (what, bytes) in [
        ("a hello", frames(&[Frame::Hello(hello("Eve"))])),
        ("a message", frames(&[item(1, 1, "let me in")])),
        ("a goodbye", frames(&[Frame::Bye(Bye::Left)])),
        ("of a later version", frames(&[Frame::Unknown(99)])),
        (
            "a knock longer than a knock can be",
            framed(&[b"\x82\x00\xa1\x09\x58\x60", &[0; 96][..]].concat()),
        ),
        ("a proof too short", framed(b"\x82\x00\xa1\x01\x41\x00")),
        ("nonsense", vec![0xff; 100]),
    ] {
        let mut peer = RawPeer::call(door.port, client_terms(&stranger));
        peer.shake().expect("our terms");
        peer.say_bytes(&bytes);
        assert_eq!(
            peer.frames_to_the_end(),
            [Frame::Bye(Bye::Misbehaved)],
            "{what}"
        );
    }
    // Nor is a caller that leaves without a knock.
    for in_order in [true, false] {
        let mut peer = RawPeer::call(door.port, client_terms(&stranger));
        peer.shake().expect("our terms");
        if in_order {
            peer.tls.send_close_notify();
            peer.flush();
        }
    }
    door.assert_undisturbed();
    door.assert_serves();
}

/// Everything arrives in one piece.
#[test]
fn a_caller_that_hangs_up_or_talks_right_after_knocking_is_ignored() {
    let mut door = Door::new();
    let stranger = Person::new();
    for person in [&stranger, &door.friend] {
        for (what, behind) in [
            ("goes", frames(&[Frame::Bye(Bye::Left)])),
            (
                "calls in the other direction",
                frames(&[Frame::Bye(Bye::Crossed)]),
            ),
            (
                "talks",
                frames(&[Frame::Hello(hello("Eve")), item(1, 1, "hello")]),
            ),
            ("knocks twice", frames(&[Frame::Knock(Knock::default())])),
        ] {
            let mut peer = RawPeer::call(door.port, client_terms(person));
            peer.shake().expect("our terms");
            let mut wire = Vec::new();
            for plain in [frames(&[Frame::Knock(Knock::default())]), behind] {
                peer.tls.writer().write_all(&plain).expect("into memory");
                peer.tls.write_tls(&mut wire).expect("into memory");
            }
            peer.stream.write_all(&wire).expect("the program is there");
            // It may be told that it misbehaved, and nothing else.
            let told = peer.frames_to_the_end();
            assert!(
                told.is_empty() || told == [Frame::Bye(Bye::Misbehaved)],
                "{what}: {told:?}"
            );
            door.program.settle();
            let shown = |event: &Event| !matches!(event, Event::Invite(_));
            assert_eq!(
                door.program.count(shown),
                0,
                "{what}: {:?}",
                door.program.history
            );
        }
    }
    door.assert_serves();
}

#[test]
fn unusual_ends_of_a_connection_are_understood() {
    let mut door = Door::new();
    // A close_notify of TLS without a goodbye frame.
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    peer.say(&[item(1, 1, "bye")]);
    peer.tls.send_close_notify();
    peer.flush();
    assert_eq!(door.program.text(), "bye");
    assert_eq!(door.program.ended(), EndReason::PeerLeft);
    assert_eq!(peer.frames_to_the_end(), []);
    // An end that anyone on the line can make.
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    peer.say(&[item(1, 1, "bye")]);
    peer.stream
        .shutdown(std::net::Shutdown::Write)
        .expect("it is there");
    assert_eq!(door.program.text(), "bye");
    assert_eq!(door.program.ended(), EndReason::Lost);
    // Bytes that are not TLS, inside the connection.
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    peer.say(&[item(1, 1, "bye")]);
    peer.stream.write_all(b"hello?\n").expect("it is there");
    assert_eq!(door.program.text(), "bye");
    assert_eq!(door.program.ended(), EndReason::Lost);
    assert!(peer.try_frame().is_err(), "TLS says what it thinks of that");
    // Every byte in a record of its own, and every record in pieces.
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    for byte in frames(&[item(1, 1, KOREAN), Frame::Bye(Bye::Left)]) {
        peer.tls.writer().write_all(&[byte]).expect("into memory");
        let mut wire = Vec::new();
        peer.tls.write_tls(&mut wire).expect("into memory");
        let (one, other) = wire.split_at(wire.len() / 2);
        peer.stream.write_all(one).expect("it is there");
        peer.stream.write_all(other).expect("it is there");
    }
    assert_eq!(door.program.text(), KOREAN);
    assert_eq!(door.program.ended(), EndReason::PeerLeft);
    door.assert_serves();
}

#[test]
fn random_bytes_are_a_frame_or_end_the_conversation() {
    let mut door = Door::new();
    // xorshift64 (Marsaglia 2003), so that a failure can be repeated.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for turn in 0..300_u32 {
        let mut peer = RawPeer::let_in(door.port, &door.friend);
        door.program.named();
        let length = usize::try_from(random() % 200).expect("small");
        let mut body: Vec<u8> = std::iter::repeat_with(|| random().to_le_bytes())
            .take(25)
            .flatten()
            .collect();
        body.truncate(length);
        if turn % 2 == 0 {
            // Bytes that begin like a frame.
            body.splice(0..0, [0x82, (random() % 8) as u8, 0xa5]);
        }
        peer.say_bytes(&framed(&body));
        peer.say(&[Frame::Bye(Bye::Left)]);
        let why = door.program.ended();
        assert!(
            matches!(why, EndReason::Misbehaved | EndReason::PeerLeft),
            "{why:?} by {body:x?}"
        );
        let connected = |event: &Event| matches!(event, Event::Connected { .. });
        assert_eq!(
            (door.program.count(connected), ended(&door.program)),
            (1, 1)
        );
        door.program.history.clear();
    }
    door.assert_serves();
}

#[test]
fn a_flood_of_frames_without_messages_blocks_nothing() {
    const ROUNDS: usize = 50;
    let mut door = Door::new();
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    door.program.named();
    let (asking, answering) = (vec![Frame::Ping; 2000], vec![Frame::Pong; 2000]);
    let typing: Vec<_> = (0..2000).map(|n| Frame::Typing(n % 2 == 0)).collect();
    let unknown = vec![Frame::Unknown(77); 2000];
    let flood = thread("flood", move || {
        for _ in 0..ROUNDS {
            for frames in [&asking, &typing, &unknown, &answering] {
                peer.say(frames);
            }
        }
        peer.say(&[item(1, 1, "that was that")]);
        peer
    });
    // Meanwhile the worker answers the window.
    for _ in 0..20 {
        let asked = clock();
        door.program.invite();
        let took = asked.elapsed();
        assert!(took < AT_ONCE, "{took:?}");
    }
    let mut heard = door.program.texts().len();
    while heard == 0 {
        door.program.drain_until(|event| {
            heard += usize::from(messages::text(&event).is_some());
            true
        });
    }
    let mut peer = flood.join().expect("all is said");
    peer.say(&[Frame::Bye(Bye::Left)]);
    // Pings that arrive together get one answer.
    let answers = peer.frames_to_the_end();
    assert!(answers.iter().all(|frame| *frame == Frame::Pong));
    let most = ROUNDS * 2000 / 2;
    assert!(
        !answers.is_empty() && answers.len() < most,
        "{}",
        answers.len()
    );
    assert_eq!(door.program.ended(), EndReason::PeerLeft);
    door.assert_serves();
}

#[test]
fn a_peer_may_renew_its_keys_but_not_endlessly() {
    let mut door = Door::new();
    let mut peer = RawPeer::let_in(door.port, &door.friend);
    door.program.named();
    for count in 1..100 {
        peer.tls
            .refresh_traffic_keys()
            .expect("the handshake is over");
        peer.say(&[item(1, count, KOREAN)]);
        assert_eq!(door.program.text(), KOREAN);
        door.program.say(count, KOREAN);
        let Some(Frame::Item(said)) = peer.frame() else {
            panic!("no message");
        };
        assert_eq!(said.body, Body::Text(KOREAN.to_owned()));
    }
    for _ in 0..1000 {
        peer.tls
            .refresh_traffic_keys()
            .expect("the handshake is over");
    }
    peer.flush();
    assert_eq!(door.program.ended(), EndReason::Lost);
    door.assert_serves();
}

#[test]
fn an_encrypted_peer_that_never_reads_blocks_nothing() {
    const MOST: u64 = 100;
    let mut door = Door::new();
    let peer = RawPeer::let_in(door.port, &door.friend);
    door.program.named();
    let text = "x".repeat(TEXT_CAP);
    // Longer than a message may be.
    door.program.send(0, &format!("{text}x"), Charset::UTF_8);
    door.program.not_sent(0);
    // Far more than the system and the session buffer. The rest waits in the store.
    for id in 1..=MOST {
        door.program.send(id, &text, Charset::UTF_8);
        door.program.invite();
    }
    door.program.settle();
    let stored = door.program.ledger.iter();
    let stored = stored.filter_map(messages::stored);
    assert_eq!(stored.count() as u64, MOST);
    assert_eq!(door.program.ledger.last(), Some(&Event::Outbox(MOST)));
    let asked = clock();
    door.program.ask(&Command::Disconnect);
    assert_eq!(door.program.ended(), EndReason::Disconnected);
    let took = asked.elapsed();
    assert!(took < AT_ONCE, "{took:?}");
    let sent = door.program.count(|event| messages::sent(event).is_some());
    assert!(sent < 100, "{sent} are out, and the rest waits");
    let failed = door
        .program
        .count(|event| messages::not_sent(event).is_some());
    assert_eq!(failed, 1, "but for the one that is too long");
    drop(peer);
    door.program.history.clear();
    door.assert_serves();
}

#[test]
fn a_slow_handshake_is_cut_off_and_keeps_nobody_out() {
    let mut door = Door::new();
    let port = door.port;
    let mut greeting = Vec::new();
    let mut peer = RawPeer::call(port, client_terms(&Person::new()));
    peer.tls.write_tls(&mut greeting).expect("into memory");
    let trickling = thread("trickle", move || {
        let beginning = clock();
        let mut stream = peer.stream;
        stream
            .set_read_timeout(Some(Duration::from_secs(1)))
            .expect("a read timeout");
        for byte in greeting {
            // If it was cut off meanwhile, the next read reports it.
            let _cut_off = stream.write_all(&[byte]);
            // The pause between two bytes.
            match stream.read(&mut [0; 100]) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                // Closed or reset.
                Ok(_) | Err(_) => return beginning.elapsed(),
            }
        }
        panic!("it may trickle to the end");
    });
    let mut served = 0;
    while !trickling.is_finished() {
        door.assert_serves();
        assert_eq!(door.program.event_within(Duration::from_millis(50)), None);
        served += 1;
    }
    let took = trickling.join().expect("it is cut off");
    // The second byte shows that it is TLS, and starts the timeout.
    assert!(took >= HANDSHAKE && took < GIVING_UP, "{took:?}");
    assert!(served > 1, "{served}");
    door.program.history.clear();
    door.assert_undisturbed();
}

/// The pause is longer than a caller may be silent.
#[test]
fn a_client_hello_whose_first_byte_comes_alone_is_recognised() {
    let (mut program, port) = Program::listening();
    let mut peer = RawPeer::call(port, client_terms(&Person::new()));
    let mut greeting = Vec::new();
    peer.tls.write_tls(&mut greeting).expect("into memory");
    let (first, rest) = greeting.split_at(1);
    peer.stream.write_all(first).expect("the program is there");
    assert_eq!(program.event_within(Duration::from_millis(1500)), None);
    peer.stream.write_all(rest).expect("the program is there");
    peer.shake().expect("our terms");
    peer.say(&[Frame::Knock(Knock::default())]);
    assert!(matches!(peer.frame(), Some(Frame::Hello(_))));
    assert!(matches!(program.connected_with(), Who::Key(_)));
    // The same byte may begin a plain text message.
    let mut plain = call(port);
    plain
        .write_all(b"\x16\x02 hello\n")
        .expect("the program is there");
    assert_eq!(program.rejected(), Rejection::Busy);
    program.ask(&Command::Disconnect);
    program.ended();
    let mut plain = call(port);
    plain.write_all(b"\x16").expect("the program is there");
    assert_eq!(program.event_within(Duration::from_millis(1500)), None);
    plain
        .write_all(b"\x02 hello\n")
        .expect("the program is there");
    assert_eq!(program.hear(), "\u{16}\u{2} hello");
}

#[test]
fn a_client_hello_that_is_cut_after_its_first_byte_is_not_shown() {
    let (mut program, port) = Program::listening();
    for _ in 0..20 {
        let mut cut = call(port);
        cut.write_all(b"\x16").expect("the program is there");
    }
    program.settle();
    let shown = |event: &Event| {
        matches!(event, Event::Connected { .. }) || messages::plain_text(event).is_some()
    };
    assert_eq!(program.count(shown), 0, "{:?}", program.history);
}

#[test]
fn a_peer_that_never_sends_its_hello_is_disconnected() {
    let (mut program, port) = Program::listening();
    let mut peer = RawPeer::call(port, client_terms(&Person::new()));
    peer.shake().expect("our terms");
    peer.say(&[Frame::Knock(Knock::default())]);
    assert!(matches!(peer.frame(), Some(Frame::Hello(_))));
    let waiting = clock();
    program.connected();
    let event = program.event_within(PATIENCE);
    assert_eq!(event, Some(Event::Ended(EndReason::Lost)));
    let took = waiting.elapsed();
    assert!(took < GIVING_UP, "{took:?}");
    assert_eq!(program.texts(), [""; 0]);
}

/// Answers one call: reads the knock, sends these bytes, and returns the frames that follow or the TLS error.
fn answering(bytes: Vec<u8>) -> (u16, JoinHandle<Result<Vec<Frame>, rustls::Error>>) {
    let door = TcpListener::bind(local(0)).expect("a free port");
    let port = door.local_addr().expect("an address").port();
    let taking = thread("answering", move || {
        let mut peer = RawPeer::accept_on(accept(&door), server_terms(&Person::new()));
        peer.shake().expect("our terms");
        assert_eq!(peer.frame(), Some(Frame::Knock(Knock::default())));
        peer.say_bytes(&bytes);
        let mut told = Vec::new();
        while let Some(frame) = peer.try_frame()? {
            told.push(frame);
        }
        Ok(told)
    });
    (port, taking)
}

#[test]
fn a_callee_that_answers_the_knock_with_invalid_frames_is_incompatible() {
    let mut program = Program::start();
    program.set_preferences("nobody's business", true);
    let mut cases = vec![
        ("a message", frames(&[item(1, 1, "hello")])),
        ("a knock", frames(&[Frame::Knock(Knock::default())])),
        ("typing", frames(&[Frame::Typing(true)])),
        ("a question", frames(&[Frame::Ping])),
        (
            "a hello of no version",
            framed(b"\x82\x01\xa2\x00\x00\x01\x60"),
        ),
    ];
    // Frames that are invalid later are invalid here, too, except the hello.
    cases.extend(
        nonsense()
            .into_iter()
            .filter(|(what, _)| *what != "a second hello"),
    );
    for (what, bytes) in cases {
        let (port, taking) = answering(bytes);
        program.call(port, How::Encrypted);
        assert_eq!(
            program.connect_failed(),
            ConnectError::Incompatible,
            "{what}"
        );
        let told = taking.join().expect(what).expect("the words of TLS");
        assert_eq!(told, [Frame::Bye(Bye::Misbehaved)], "{what}");
    }
    let begun = |event: &Event| matches!(event, Event::Connected { .. } | Event::Named(_));
    assert_eq!(program.count(begun), 0, "{:?}", program.history);
    assert_eq!(*program.contacts, [], "nobody was met");
}

#[test]
fn each_kind_of_goodbye_of_the_callee_has_its_own_error() {
    let mut program = Program::start();
    for (bye, expected) in [
        (Bye::Left, ConnectError::HungUp),
        (Bye::Busy, ConnectError::Busy),
        (Bye::Replaced, ConnectError::HungUp),
        (Bye::Rejected, ConnectError::Rejected),
        (Bye::OwnKey, ConnectError::OwnKey),
        (Bye::Misbehaved, ConnectError::HungUp),
        (Bye::NoAnswer, ConnectError::Undecided),
        (Bye::Other(99), ConnectError::HungUp),
    ] {
        let (port, taking) = answering(frames(&[Frame::Unknown(88), Frame::Bye(bye)]));
        program.call(port, How::Encrypted);
        assert_eq!(program.connect_failed(), expected, "{bye:?}");
        assert_eq!(taking.join().expect("it is heard"), Ok(vec![]), "{bye:?}");
    }
    let waiting = |event: &Event| matches!(event, Event::Waiting { .. });
    assert_eq!(program.count(waiting), 8);
}

/// The callee says that it is calling us, too, and does not.
#[test]
fn a_callee_that_falsely_claims_to_call_us_is_given_up_on() {
    let (mut program, port) = Program::listening_widely();
    let (claiming, taking) = answering(frames(&[Frame::Bye(Bye::Crossed)]));
    let calling = clock();
    program.call(claiming, How::Encrypted);
    // It has said goodbye and receives nothing more.
    let told = taking.join().expect("it is heard");
    assert!(told.is_err() || told == Ok(vec![]), "{told:?}");
    program.expect("Waiting", |event| {
        matches!(event, Event::Waiting { .. }).then_some(())
    });
    // Nobody else is admitted because of that, or asked about during the call.
    let mut stranger = SecurePeer::call(port, &Person::new(), None, knock(None));
    assert_eq!(stranger.over(), Over::Said(Bye::Busy));
    assert_eq!(program.rejected(), Rejection::Busy);
    let event = program.event_within(PATIENCE);
    let took = calling.elapsed();
    assert!(
        matches!(
            event,
            Some(Event::ConnectFailed {
                error: ConnectError::HungUp,
                ..
            })
        ),
        "{event:?}"
    );
    assert!(took < GIVING_UP, "{took:?}");
    let mut stranger = SecurePeer::call(port, &Person::new(), None, knock(None));
    stranger.waiting();
    program.asked();
}
