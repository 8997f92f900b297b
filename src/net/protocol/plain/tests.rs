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
    assert!(session.queued <= QUEUE_CAP);
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
