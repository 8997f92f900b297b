use super::*;
use crate::net::any_instant;
use proptest::prelude::*;

/// Two sessions and the wire between them, on one virtual clock.
struct Pair {
    now: Instant,
    sides: [Plain; 2],
    heard: [Vec<String>; 2],
    states: [Vec<Output>; 2],
}

impl Pair {
    fn new(formats: [Format; 2]) -> Self {
        Self {
            now: any_instant(),
            sides: formats.map(Plain::new),
            heard: Default::default(),
            states: Default::default(),
        }
    }

    /// Moves bytes in pieces of `piece` until nothing more happens.
    fn drive(&mut self, piece: usize) {
        loop {
            let mut moved = false;
            for from in 0..2 {
                let now = self.now;
                while let Some(bytes) = self.sides[from].poll_transmit(now) {
                    let part = bytes[..bytes.len().min(piece)].to_vec();
                    self.sides[from].transmitted(part.len(), now);
                    self.sides[1 - from].handle_bytes(&part, now);
                    moved = true;
                }
                self.collect(from);
            }
            let next = self.sides.iter().filter_map(Plain::poll_deadline).min();
            match next {
                Some(at) => {
                    self.now = self.now.max(at);
                    for side in &mut self.sides {
                        side.handle_timeout(self.now);
                    }
                }
                None if !moved => break,
                None => {}
            }
        }
        (0..2).for_each(|side| self.collect(side));
    }

    fn collect(&mut self, side: usize) {
        while let Some(output) = self.sides[side].poll_output() {
            match output {
                Output::Message(decoded, _) => self.heard[side].push(decoded.text),
                other => self.states[side].push(other),
            }
        }
    }
}

fn fixed(end: LineEnd) -> Format {
    Format {
        line_end: Some(end),
        ..Format::default()
    }
}

#[test]
fn messages_without_line_ends_stay_separate() {
    let mut pair = Pair::new([Format::default(); 2]);
    for (id, text) in ["하나", "둘", "셋"].into_iter().enumerate() {
        pair.sides[0].send(Tag(id as u64), text, Charset::UTF_8);
    }
    pair.drive(usize::MAX);
    assert_eq!(pair.heard[1], ["하나", "둘", "셋"]);
    assert_eq!(
        pair.states[0],
        (0..3).map(|id| Output::Sent(Tag(id))).collect::<Vec<_>>()
    );
}

#[test]
fn the_peers_line_end_is_mirrored() {
    let mut session = Plain::new(Format::default());
    let now = any_instant();
    for (heard, expected) in [(&b"x\r\n"[..], &b"y\r\n"[..]), (b"x\n", b"y\n")] {
        session.handle_bytes(heard, now);
        session.send(Tag(0), "y", Charset::UTF_8);
        let bytes = session.poll_transmit(now).expect("bytes").to_vec();
        assert_eq!(bytes, expected);
        session.transmitted(bytes.len(), now);
    }
    session.handle_bytes(b"x", now);
    session.handle_timeout(now + QUIET);
    session.send(Tag(0), "y\nz", Charset::UTF_8);
    assert_eq!(session.poll_transmit(now), Some(&b"y\nz"[..]));
}

/// A session that is told these bytes: what it hears, and what it answers.
fn told(format: Format, bytes: &[u8]) -> (Vec<String>, Vec<u8>) {
    let mut session = Plain::new(format);
    let now = any_instant();
    let mut answers = Vec::new();
    for byte in bytes {
        session.handle_bytes(&[*byte], now);
        while let Some(part) = session.poll_transmit(now).map(<[u8]>::to_vec) {
            session.transmitted(part.len(), now);
            answers.extend(part);
        }
    }
    session.handle_link_lost();
    let heard = std::iter::from_fn(|| session.poll_output()).map(|output| match output {
        Output::Message(decoded, _) => decoded.text,
        other => format!("{other:?}"),
    });
    (heard.collect(), answers)
}

#[test]
fn a_peer_that_writes_cp949_is_read_so_even_where_its_bytes_are_valid_utf8() {
    let lines = |lines: &[&str]| {
        let line = |line: &&str| Charset::CP949.encode(&format!("{line}\r\n"));
        lines.iter().map(line).collect::<Result<Vec<_>, _>>()
    };
    for said in [
        &["안녕하세요", "치킨"][..],
        &["치킨"],
        &["ok", "체크"],
        &["안녕", "ok", "챕", "첩첩"],
    ] {
        let bytes = lines(said).expect("Hangul").concat();
        assert_eq!(told(Format::default(), &bytes).0, said);
    }
    // The original client reconnects for every message.
    let mut session = Plain::new(Format::default());
    for said in ["안녕", "챕", "챔"] {
        let bytes = Charset::CP949.encode(said).expect("Hangul");
        session.handle_bytes(&bytes, any_instant());
        session.handle_link_lost();
        let Some(Output::Message(decoded, LineEnd::None)) = session.poll_output() else {
            panic!("no message");
        };
        assert_eq!(decoded.text, said);
    }
}

#[test]
fn telnet_is_answered_and_never_shown() {
    // Ctrl+C in Debian's telnet, between two lines.
    let (heard, answers) = told(Format::default(), b"one\r\n\xff\xf4\xff\xfd\x06two\r\n");
    assert_eq!(
        (heard, answers),
        (vec!["one".into(), "two".into()], b"\xff\xfb\x06".to_vec())
    );
    // Negotiation before the first line, and #exit after it.
    let (heard, answers) = told(Format::default(), b"\xff\xfb\x1f\xff\xfd\x03#exit\r\n");
    assert_eq!(
        (heard, answers),
        (
            vec!["ExitReceived".into()],
            b"\xff\xfe\x1f\xff\xfc\x03".to_vec()
        )
    );
    // Russian text in a code page that has the byte as a letter.
    let russian = Charset::for_label("windows-1251").expect("known");
    let format = Format {
        reading: Reading::Fixed(russian),
        ..Format::default()
    };
    let bytes = russian.encode("я яфя").expect("letters");
    assert_eq!(told(format, &bytes), (vec!["я яфя".into()], vec![]));
}

#[test]
fn a_byte_255_of_ours_is_doubled_for_a_peer_that_negotiates() {
    let russian = Charset::for_label("windows-1251").expect("known");
    let mut session = Plain::new(fixed(LineEnd::CrLf));
    let now = any_instant();
    session.handle_bytes(b"\xff\xfb\x1f", now);
    session.send(Tag(0), "я", russian);
    let mut wire = Vec::new();
    while let Some(part) = session.poll_transmit(now).map(<[u8]>::to_vec) {
        session.transmitted(part.len(), now);
        wire.extend(part);
    }
    assert_eq!(wire, b"\xff\xfe\x1f\xff\xff\r\n");
    assert_eq!(session.poll_output(), Some(Output::Sent(Tag(0))));
    assert!(session.is_flushed());
}

#[test]
fn byte_order_marks_are_dropped_and_utf16_is_spoken_back() {
    let (heard, _) = told(Format::default(), b"\xef\xbb\xbfhello\r\n");
    assert_eq!(heard, ["hello"]);
    let (heard, _) = told(Format::default(), b"\xef\xbb\xbf#exit");
    assert_eq!(heard, ["ExitReceived"]);
    for (mark, code) in [
        (b"\xff\xfe", u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (b"\xfe\xff", u16::to_be_bytes),
    ] {
        let encode = |text: &str| text.encode_utf16().flat_map(code).collect::<Vec<_>>();
        let mut session = Plain::new(Format::default());
        let now = any_instant();
        session.handle_bytes(&[&mark[..], &encode("안녕\r\n")].concat(), now);
        let Some(Output::Message(decoded, LineEnd::CrLf)) = session.poll_output() else {
            panic!("nothing was heard");
        };
        assert_eq!(decoded.text, "안녕");
        session.send(Tag(0), "네", Charset::CP949);
        assert_eq!(session.poll_transmit(now), Some(&encode("네\r\n")[..]));
    }
}

#[test]
fn a_lone_byte_255_is_text_once_nothing_follows() {
    let mut session = Plain::new(Format::default());
    let start = any_instant();
    session.handle_bytes(b"\xff", start);
    assert_eq!(session.poll_deadline(), Some(start + QUIET));
    session.handle_timeout(start + QUIET);
    let end = session.poll_deadline().unwrap_or(start + QUIET);
    session.handle_timeout(end + HALF_CHARACTER);
    session.handle_link_lost();
    assert!(
        matches!(session.poll_output(), Some(Output::Message(decoded, _)) if decoded.text == "\u{fffd}")
    );
}

#[test]
fn exit_ends_the_chat_on_both_sides_and_nothing_after_it_counts() {
    let mut pair = Pair::new([fixed(LineEnd::Lf); 2]);
    pair.sides[0].send(Tag(1), " #exit ", Charset::UTF_8);
    pair.sides[0].send(Tag(2), "too late?", Charset::UTF_8);
    pair.drive(3);
    assert_eq!(
        pair.states[0][..2],
        [Output::Sent(Tag(1)), Output::ExitSent]
    );
    assert_eq!(pair.states[1], [Output::ExitReceived]);
    assert_eq!(pair.heard[1], [""; 0]);
    let mut said = Pair::new([fixed(LineEnd::Lf); 2]);
    said.sides[0].send(Tag(1), "type #exit to leave", Charset::UTF_8);
    said.drive(5);
    assert_eq!(said.heard[1], ["type #exit to leave"]);
}

#[test]
fn queued_messages_survive_a_reconnect_and_half_written_ones_do_not() {
    let mut session = Plain::new(fixed(LineEnd::Lf));
    let now = any_instant();
    session.send(Tag(1), "half", Charset::UTF_8);
    session.send(Tag(2), "whole", Charset::UTF_8);
    assert_eq!(session.poll_transmit(now), Some(&b"half\nwhole\n"[..]));
    session.transmitted(2, now);
    session.handle_link_lost();
    assert_eq!(session.poll_output(), Some(Output::NotSent(Tag(1))));
    assert_eq!(session.poll_transmit(now), Some(&b"whole\n"[..]));
    session.handle_link_lost();
    assert_eq!(
        session.poll_transmit(now),
        Some(&b"whole\n"[..]),
        "nothing of it was out"
    );
    session.handle_end();
    assert_eq!(session.poll_output(), Some(Output::NotSent(Tag(2))));
    assert_eq!(session.poll_transmit(now), None);
}

#[test]
fn a_peer_that_never_reads_fills_a_bounded_queue() {
    let mut session = Plain::new(Format::default());
    let text = "x".repeat(60_000);
    for id in 0..100 {
        session.send(Tag(id), &text, Charset::UTF_8);
    }
    assert!(!session.queue.has_room(text.len()));
    let refused = std::iter::from_fn(|| session.poll_output()).count();
    assert_eq!(refused, 100 - QUEUE_CAP / 60_000);
}

#[test]
fn a_peer_that_does_not_read_causes_no_busy_waiting() {
    let mut session = Plain::new(Format::default());
    let now = any_instant();
    for id in 0..2 {
        session.send(Tag(id), "x", Charset::UTF_8);
    }
    assert!(session.poll_transmit(now).is_some());
    session.transmitted(1, now);
    assert_eq!(session.poll_deadline(), Some(now + PACE));
    // The socket takes nothing, so nobody calls `poll_transmit`.
    session.handle_timeout(now + PACE);
    assert_eq!(session.poll_deadline(), None);
    assert!(session.poll_transmit(now + PACE).is_some());
    assert_eq!(session.poll_deadline(), None);
}

#[test]
fn silence_ends_no_message_while_something_is_unread() {
    let mut session = Plain::new(Format::default());
    let now = any_instant();
    session.handle_bytes(b"first half, ", now);
    session.set_unread(true);
    assert_eq!(session.poll_deadline(), None);
    session.handle_timeout(now + 10 * QUIET);
    assert_eq!(session.poll_output(), None);
    session.set_unread(false);
    assert_eq!(session.poll_deadline(), Some(now + QUIET));
    session.handle_timeout(now + QUIET);
    assert!(matches!(session.poll_output(), Some(Output::Message(..))));
}

#[test]
fn unencodable_text_is_not_sent_rather_than_replaced() {
    let mut session = Plain::new(Format::default());
    session.send(Tag(7), "😀", Charset::CP949);
    assert_eq!(session.poll_output(), Some(Output::NotSent(Tag(7))));
    assert_eq!(session.poll_transmit(any_instant()), None);
}

proptest! {
    #[test]
    fn two_sessions_understand_each_other_however_the_wire_is_split(
        texts in proptest::collection::vec((any::<bool>(), "[a-z가-힣 ]{1,20}"), 1..12),
        piece in 1_usize..9,
        end in prop_oneof![Just(LineEnd::Lf), Just(LineEnd::CrLf)],
    ) {
        let mut pair = Pair::new([fixed(end); 2]);
        let mut said: [Vec<String>; 2] = Default::default();
        for (id, (second, text)) in texts.into_iter().enumerate() {
            let side = usize::from(second);
            pair.sides[side].send(Tag(id as u64), &text, Charset::UTF_8);
            said[1 - side].push(text);
        }
        pair.drive(piece);
        prop_assert_eq!(pair.heard, said);
    }
}

/// A session whose peer has sent `one` and closed its direction, which is reported after a second.
fn finished(now: Instant) -> Plain {
    let mut plain = Plain::new(fixed(LineEnd::Lf));
    plain.handle_bytes(b"one", now);
    plain.handle_peer_finished(now + Duration::from_secs(1));
    assert!(matches!(plain.poll_output(), Some(Output::Message(..))));
    plain
}

/// Everything that it writes now.
fn written(plain: &mut Plain, now: Instant) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(bytes) = plain.poll_transmit(now) {
        all.extend_from_slice(bytes);
        let count = bytes.len();
        plain.transmitted(count, now);
    }
    all
}

fn outputs(plain: &mut Plain) -> Vec<Output> {
    std::iter::from_fn(|| plain.poll_output()).collect()
}

#[test]
fn what_is_written_to_a_peer_that_has_finished_counts_as_sent_once_no_reset_has_answered() {
    let mut now = any_instant();
    let mut plain = finished(now);
    plain.send(Tag(1), "answer", Charset::UTF_8);
    assert_eq!(written(&mut plain, now), b"", "the peer may reconnect");
    now = plain.poll_deadline().expect("a deadline");
    plain.handle_timeout(now);
    assert_eq!(outputs(&mut plain), [Output::PeerFinished]);
    assert_eq!(written(&mut plain, now), b"answer\n");
    assert_eq!(outputs(&mut plain), []);
    assert!(!plain.is_flushed());
    now = plain.poll_deadline().expect("a deadline");
    plain.handle_timeout(now);
    assert_eq!(outputs(&mut plain), [Output::Sent(Tag(1))]);
    assert!(plain.is_flushed() && plain.poll_deadline().is_none());
}

#[test]
fn what_a_reset_answers_was_not_sent() {
    let now = any_instant();
    let mut plain = finished(now);
    plain.hurry();
    plain.send(Tag(1), "answer", Charset::UTF_8);
    assert_eq!(written(&mut plain, now), b"answer\n");
    plain.send(Tag(2), "another", Charset::UTF_8);
    plain.handle_link_lost();
    assert_eq!(outputs(&mut plain), [Output::NotSent(Tag(1))]);
    // On the next connection of the same peer.
    assert_eq!(written(&mut plain, now), b"another\n");
    assert_eq!(outputs(&mut plain), [Output::Sent(Tag(2))]);
}

#[test]
fn what_is_written_to_a_peer_that_has_finished_counts_as_sent_when_we_disconnect() {
    let now = any_instant();
    let mut plain = finished(now);
    plain.hurry();
    plain.send(Tag(1), "answer", Charset::UTF_8);
    assert_eq!(written(&mut plain, now), b"answer\n");
    plain.handle_end();
    assert_eq!(outputs(&mut plain), [Output::Sent(Tag(1))]);
}

#[test]
fn a_peer_in_utf16_that_has_finished_is_answered_in_utf16() {
    let now = any_instant();
    let mut plain = Plain::new(fixed(LineEnd::Lf));
    plain.handle_bytes(b"\xff\xfeh\0i\0\n\0", now);
    plain.handle_peer_finished(now);
    plain.handle_timeout(now);
    plain.send(Tag(1), "hi", Charset::UTF_8);
    assert_eq!(written(&mut plain, now), b"h\0i\0\n\0");
}
