//! Two sides of a session, a wire between them and a virtual clock; no socket.

use crate::{
    identity::{Identity, StreamId, invite::Token},
    millis::Millis,
    net::{
        any_instant,
        protocol::{
            frame::{Body, VERSION},
            secure::*,
        },
    },
};
use std::{collections::VecDeque, sync::LazyLock};

use proptest::prelude::*;

struct Person {
    key: PublicKey,
    tls: TlsConfig,
}

fn person() -> Person {
    let identity = Identity::generate().expect("randomness");
    Person {
        key: identity.public_key(),
        tls: TlsConfig::new(&identity).expect("TLS"),
    }
}

static MINA: LazyLock<Person> = LazyLock::new(person);
static JUN: LazyLock<Person> = LazyLock::new(person);
static EVE: LazyLock<Person> = LazyLock::new(person);

fn hello(name: &str) -> Hello {
    Hello {
        version: VERSION,
        name: name.to_owned(),
        features: 0,
        clock: None,
    }
}

/// Mina calls Jun: sides 0 and 1, and the bytes on their way to each.
struct Pair {
    now: Instant,
    sides: [Secure; 2],
    wires: [VecDeque<u8>; 2],
    /// Side 1 admits every caller.
    admits: bool,
    /// The number of items that each has sent.
    said: [u64; 2],
    heard: [Vec<String>; 2],
    outputs: [Vec<Output>; 2],
    /// Everything that was ever on the wire.
    captured: Vec<u8>,
    cut: bool,
}

impl Pair {
    fn new() -> Self {
        Self::expecting(Some(JUN.key), Knock::default())
    }

    fn expecting(expected: Option<PublicKey>, knock: Knock) -> Self {
        Self::of(&MINA, &JUN, expected, knock)
    }

    /// Side 0 calls side 1, whoever they are.
    fn between(caller: &Person, listener: &Person, knock: Knock) -> Self {
        Self::of(caller, listener, Some(listener.key), knock)
    }

    fn of(caller: &Person, listener: &Person, expected: Option<PublicKey>, knock: Knock) -> Self {
        let now = any_instant();
        let caller = Secure::call(&caller.tls, expected, knock, hello("Mina"), now);
        Self {
            now,
            sides: [caller.expect("TLS"), Secure::accept(&listener.tls, now)],
            wires: Default::default(),
            admits: true,
            said: [0; 2],
            heard: Default::default(),
            outputs: Default::default(),
            captured: Vec::new(),
            cut: false,
        }
    }

    /// Both sides have said *Hello*.
    fn open() -> Self {
        let mut pair = Self::new();
        pair.drive();
        assert!(pair.sides.iter().all(Secure::is_open));
        pair
    }

    fn collect(&mut self, side: usize) {
        while let Some(output) = self.sides[side].poll_output() {
            match output {
                Output::Item(Item {
                    body: Body::Text(text),
                    ..
                }) => self.heard[side].push(text),
                Output::Knocked { .. } if self.admits => {
                    self.outputs[side].push(output);
                    self.sides[side].admit(hello("Jun"), self.now);
                }
                other => self.outputs[side].push(other),
            }
        }
    }

    /// Side `from` writes to the wire, at most `most` bytes.
    fn transmit(&mut self, from: usize, most: usize) -> bool {
        let Some(bytes) = self.sides[from].poll_transmit() else {
            return false;
        };
        let count = bytes.len().min(most);
        let bytes = bytes[..count].to_vec();
        self.sides[from].transmitted(count);
        if !self.cut {
            self.captured.extend_from_slice(&bytes);
            self.wires[1 - from].extend(bytes);
        }
        self.collect(from);
        count > 0
    }

    /// Side `to` reads from the wire, at most `most` bytes.
    fn arrive(&mut self, to: usize, most: usize) -> bool {
        let count = most.min(self.wires[to].len());
        let bytes: Vec<u8> = self.wires[to].drain(..count).collect();
        if count > 0 {
            self.sides[to].handle_bytes(&bytes, self.now);
            self.collect(to);
        }
        count > 0
    }

    /// Moves bytes until nothing more happens at this time.
    fn drive(&mut self) {
        loop {
            let moved = (0..2).fold(false, |moved, side| {
                moved | self.transmit(side, usize::MAX) | self.arrive(side, usize::MAX)
            });
            if !moved {
                return;
            }
        }
    }

    fn advance(&mut self, by: Duration) {
        self.now += by;
        for side in 0..2 {
            self.sides[side].handle_timeout(self.now);
            self.collect(side);
        }
    }

    fn over(&self, side: usize) -> Option<&Over> {
        self.outputs[side].iter().find_map(|output| match output {
            Output::Over(over) => Some(over),
            _ => None,
        })
    }

    fn say(&mut self, side: usize, id: u64, text: &str) {
        self.said[side] += 1;
        let item = Item {
            stream: StreamId::from_bytes([u8::try_from(side).expect("0 or 1") + 1; 16]),
            number: self.said[side],
            sent_at: Millis::new(0),
            body: Body::Text(text.to_owned()),
        };
        self.sides[side].send(Tag(id), item);
    }
}

#[test]
fn two_people_talk() {
    let mut pair = Pair::open();
    assert_eq!(
        pair.outputs[0],
        [Output::Waiting { key: JUN.key }, Output::Open(hello("Jun"))]
    );
    let knocked = Output::Knocked {
        key: MINA.key,
        proof: None,
    };
    assert_eq!(pair.outputs[1], [knocked, Output::Open(hello("Mina"))]);
    pair.say(0, 1, "안녕!");
    pair.say(1, 2, &"x".repeat(TEXT_CAP));
    pair.say(1, 3, "and more");
    pair.sides[0].set_typing(true);
    pair.drive();
    assert_eq!(pair.heard[1], ["안녕!"]);
    assert_eq!(pair.heard[0][1], "and more");
    assert_eq!(pair.heard[0][0].len(), TEXT_CAP);
    assert!(pair.outputs[1].contains(&Output::Sent(Tag(3))));
    assert!(pair.outputs[1].contains(&Output::Typing(true)));
    pair.say(0, 4, "the last one");
    pair.sides[0].end(Bye::Left);
    pair.drive();
    assert_eq!(pair.heard[1][1], "the last one");
    assert_eq!(pair.over(1), Some(&Over::Said(Bye::Left)));
    assert!(pair.sides[0].is_flushed());
}

#[test]
fn tls_agrees_on_what_the_protocol_document_says() {
    let pair = Pair::open();
    for side in &pair.sides {
        let connection = side.tls.connection().expect("open");
        assert_eq!(
            connection.protocol_version(),
            Some(rustls::ProtocolVersion::TLSv1_3)
        );
        let group = connection.negotiated_key_exchange_group().expect("a group");
        assert_eq!(group.name(), rustls::NamedGroup::X25519MLKEM768);
        assert_eq!(connection.alpn_protocol(), Some(ALPN));
        assert_eq!(
            connection.handshake_kind(),
            Some(rustls::HandshakeKind::Full)
        );
        if let rustls::Connection::Server(server) = connection {
            assert_eq!(server.server_name(), None);
        }
    }
}

#[test]
fn nothing_is_sent_in_the_clear() {
    let mut pair = Pair::open();
    pair.say(0, 1, "a message nobody else reads");
    pair.drive();
    pair.sides[1].end(Bye::Left);
    pair.drive();
    let captured = &pair.captured;
    let contains = |needle: &[u8]| captured.windows(needle.len()).any(|part| part == needle);
    assert!(!contains(b"a message nobody else reads"));
    assert!(!contains(b"Mina") && !contains(b"Jun"));
    assert!(!contains(MINA.key.as_bytes()) && !contains(JUN.key.as_bytes()));
    assert!(!contains(&[1; 16]), "the stream");
    assert!(
        contains(ALPN),
        "what is in the greeting can be seen: the test looks right"
    );
}

#[test]
fn an_unexpected_key_ends_the_call_before_ours_is_shown() {
    let mut pair = Pair::expecting(Some(EVE.key), Knock::default());
    pair.drive();
    assert_eq!(pair.over(0), Some(&Over::Tls(TlsError::OtherKey(JUN.key))));
    assert!(matches!(
        pair.over(1),
        Some(Over::Tls(TlsError::Refused(
            rustls::AlertDescription::AccessDenied
        )))
    ));
    // Not even who was calling: its key comes after ours was checked.
    assert_eq!(pair.sides[1].tls.peer_key(), None);
}

#[test]
fn nothing_but_a_knock_is_read_of_a_stranger() {
    let proof = Token::from_bytes([7; 16]).proof(&JUN.key, &MINA.key);
    let knock = Knock {
        proof: Some(proof.clone()),
    };
    let mut pair = Pair::expecting(None, knock);
    pair.admits = false;
    pair.say(0, 1, "let me in");
    pair.drive();
    assert_eq!(
        pair.outputs[1],
        [Output::Knocked {
            key: MINA.key,
            proof: Some(proof)
        }]
    );
    assert_eq!(pair.outputs[0], [Output::Waiting { key: JUN.key }]);
    pair.sides[1].end(Bye::Rejected);
    pair.drive();
    assert_eq!(pair.over(0), Some(&Over::Said(Bye::Rejected)));
    pair.sides[0].handle_end();
    pair.collect(0);
    assert!(pair.outputs[0].contains(&Output::NotSent(Tag(1))));
    assert_eq!(pair.heard[1], [""; 0]);
}

/// Eve passes an invite of Jun's on to Mina with her own key in it, and repeats to Jun what Mina tells her.
#[test]
fn what_a_guest_proves_to_one_listener_proves_nothing_to_another() {
    let token = Token::from_bytes([7; 16]);
    let told = |caller: &Person, listener: &Person, proof| {
        let mut pair = Pair::between(caller, listener, Knock { proof });
        pair.admits = false;
        pair.drive();
        match pair.outputs[1].as_slice() {
            [Output::Knocked { key, proof }] if *key == caller.key => proof.clone(),
            outputs => panic!("{outputs:?}"),
        }
    };
    let swapped = Some(token.proof(&EVE.key, &MINA.key));
    let to_eve = told(&MINA, &EVE, swapped);
    let to_jun = told(&EVE, &JUN, to_eve);
    assert!(to_jun.is_some() && to_jun != Some(token.proof(&JUN.key, &EVE.key)));
    // The link as Jun wrote it.
    let unchanged = Some(token.proof(&JUN.key, &MINA.key));
    assert_eq!(told(&MINA, &JUN, unchanged.clone()), unchanged);
}

/// How side 1 reacts to frames that side 0 would never send.
fn misbehaving(stage: Stage, frames: &[Frame]) -> Option<Over> {
    let mut pair = Pair::new();
    pair.admits = stage != Stage::Knocked;
    if stage == Stage::Greeting {
        // Side 0 is not to answer by itself.
        pair.transmit(0, usize::MAX);
        pair.arrive(1, usize::MAX);
        pair.transmit(1, usize::MAX);
        pair.arrive(0, usize::MAX);
        pair.transmit(0, usize::MAX);
        pair.arrive(1, usize::MAX);
    } else if stage != Stage::Handshaking {
        pair.drive();
    }
    let mut plain = Vec::new();
    for frame in frames {
        frame.append_to(&mut plain);
    }
    pair.sides[0].tls.write(&plain);
    pair.sides[0].goodbye = Goodbye::Said;
    let side = &mut pair.sides[0];
    side.send_buffer.take_from(&mut side.tls);
    pair.drive();
    pair.over(1).cloned()
}

fn item(stream: u8, number: u64) -> Frame {
    Frame::Item(Item {
        stream: StreamId::from_bytes([stream; 16]),
        number,
        sent_at: Millis::new(i64::MIN),
        body: Body::Text("x".to_owned()),
    })
}

#[test]
fn a_frame_out_of_place_closes_the_connection() {
    for (what, stage, frames) in [
        ("a message before hello", Stage::Greeting, vec![item(3, 1)]),
        (
            "a second knock",
            Stage::Open,
            vec![Frame::Knock(Knock::default())],
        ),
        (
            "a second hello",
            Stage::Open,
            vec![Frame::Hello(hello("Eve"))],
        ),
        (
            "a hello of version 0",
            Stage::Greeting,
            vec![Frame::Hello(Hello {
                version: 0,
                ..hello("Eve")
            })],
        ),
        (
            "a replayed number",
            Stage::Open,
            vec![item(3, 1), item(3, 1)],
        ),
        (
            "a number that goes back",
            Stage::Open,
            vec![item(3, 5), item(3, 4)],
        ),
        (
            "a number that jumps",
            Stage::Open,
            vec![item(3, 1), item(3, 3)],
        ),
        ("number 0", Stage::Open, vec![item(3, 0)]),
        (
            "a number past the last one",
            Stage::Open,
            vec![item(3, u64::MAX), item(3, 0)],
        ),
    ] {
        assert_eq!(
            misbehaving(stage, &frames),
            Some(Over::Misbehaved),
            "{what}"
        );
    }
    for (what, frames) in [
        ("a stream that goes on", vec![item(3, 7), item(3, 8)]),
        ("another stream", vec![item(3, 1), item(4, 1)]),
        (
            "kinds of a later version",
            vec![Frame::Unknown(99), item(3, 1)],
        ),
    ] {
        // Nothing is wrong with them: side 1 hears of the end that follows.
        assert_eq!(
            misbehaving(Stage::Open, &frames),
            Some(Over::Closed),
            "{what}"
        );
    }
}

#[test]
fn talking_before_being_admitted_closes_the_connection() {
    for (after, over) in [
        (Frame::Hello(hello("Mina")), Over::Misbehaved),
        (Frame::Knock(Knock::default()), Over::Misbehaved),
        // A caller that changes its mind may say goodbye.
        (Frame::Bye(Bye::Left), Over::Said(Bye::Left)),
    ] {
        let mut pair = Pair::new();
        pair.admits = false;
        pair.transmit(0, usize::MAX);
        pair.arrive(1, usize::MAX);
        pair.transmit(1, usize::MAX);
        pair.arrive(0, usize::MAX);
        // Knock and what follows it, in one record.
        let mut plain = Vec::new();
        Frame::Knock(Knock::default()).append_to(&mut plain);
        after.append_to(&mut plain);
        pair.sides[0].tls.write(&plain);
        pair.sides[0].goodbye = Goodbye::Said;
        pair.drive();
        assert_eq!(pair.over(1), Some(&over));
    }
}

#[test]
fn a_silent_peer_is_pinged_and_then_given_up() {
    let mut pair = Pair::open();
    for _ in 0..20 {
        pair.advance(PING);
        pair.drive();
    }
    assert!(pair.sides.iter().all(Secure::is_open), "both answer");
    pair.cut = true;
    pair.advance(PING);
    pair.drive();
    pair.advance(PING);
    pair.drive();
    assert_eq!(pair.over(0), None);
    pair.advance(PING);
    assert_eq!(pair.over(0), Some(&Over::Silent));
    assert_eq!(pair.over(1), Some(&Over::Silent));
}

#[test]
fn typing_is_reported_at_most_once_a_second_and_again_after_a_message() {
    let mut pair = Pair::open();
    let typing = |pair: &mut Pair, typing: bool| {
        pair.outputs[1].clear();
        pair.sides[0].set_typing(typing);
        pair.drive();
        pair.outputs[1].contains(&Output::Typing(typing))
    };
    assert!(!typing(&mut pair, false), "it never was");
    assert!(typing(&mut pair, true));
    assert!(!typing(&mut pair, true), "again at once");
    pair.advance(TYPING);
    assert!(typing(&mut pair, true));
    pair.say(0, 1, "what was written");
    pair.drive();
    assert!(typing(&mut pair, true), "the next one");
    assert!(typing(&mut pair, false));
    assert!(!typing(&mut pair, false));
}

#[test]
fn our_own_delay_does_not_count_as_the_peers_silence() {
    let mut pair = Pair::open();
    pair.sides[0].set_unread(true);
    pair.advance(GONE);
    assert_eq!(pair.over(0), None);
    assert_eq!(pair.over(1), Some(&Over::Silent));
}

#[test]
fn every_step_of_the_handshake_times_out() {
    // Nothing ever arrives.
    let mut pair = Pair::new();
    pair.advance(HANDSHAKE);
    assert_eq!(pair.over(0), Some(&Over::TimedOut));
    assert_eq!(pair.over(1), Some(&Over::TimedOut));
    // A byte a second is no handshake.
    let mut pair = Pair::new();
    for _ in 0..10 {
        pair.transmit(0, usize::MAX);
        pair.arrive(1, 1);
        pair.advance(Duration::from_secs(1));
    }
    assert_eq!(pair.over(1), Some(&Over::TimedOut));
    // Nobody decides.
    let mut pair = Pair::new();
    pair.admits = false;
    pair.drive();
    pair.advance(APPROVAL);
    assert_eq!(
        (pair.over(0), pair.over(1)),
        (None, None),
        "who asks decides how long"
    );
    pair.advance(HANDSHAKE);
    assert_eq!(pair.over(0), Some(&Over::TimedOut));
}

#[test]
fn a_connection_that_is_cut_does_not_count_as_closed() {
    let mut pair = Pair::open();
    pair.say(0, 1, "whole");
    pair.transmit(0, usize::MAX);
    pair.arrive(1, usize::MAX);
    pair.say(0, 2, "cut");
    pair.transmit(0, 5);
    pair.arrive(1, usize::MAX);
    assert_eq!(pair.heard[1], ["whole"]);
    assert_eq!(pair.over(1), None, "only the socket shows the end");
    pair.sides[0].handle_end();
    pair.collect(0);
    assert!(pair.outputs[0].contains(&Output::Sent(Tag(1))));
    assert!(pair.outputs[0].contains(&Output::NotSent(Tag(2))));
}

#[test]
fn what_arrives_whole_before_a_broken_record_counts() {
    // Nonsense, and an alert of the peer's: in one piece with what came before.
    for after in [&b"hello?"[..], b"\x15\x03\x03\x00\x02\x02\x28"] {
        let mut pair = Pair::open();
        pair.say(0, 1, "whole");
        pair.transmit(0, usize::MAX);
        pair.wires[1].extend(after);
        pair.arrive(1, usize::MAX);
        assert_eq!(pair.heard[1], ["whole"]);
        assert!(matches!(pair.over(1), Some(Over::Tls(_))));
    }
}

#[test]
fn a_peer_that_never_reads_fills_a_bounded_queue() {
    let mut pair = Pair::open();
    let text = "x".repeat(TEXT_CAP);
    let mut id = 0;
    while pair.sides[0].has_room() {
        id += 1;
        pair.say(0, id, &text);
    }
    assert_eq!(pair.sides[0].queue.bytes, queue::MAX_BYTES);
    // The newest one stands for those before it.
    for up_to in 0..1000 {
        let stream = StreamId::from_bytes([1; 16]);
        pair.sides[0].ack(Ack { stream, up_to });
    }
    assert_eq!(pair.sides[0].queue.acks.len(), 1);
    pair.sides[0].queue.acks.clear();
    // Any number of questions makes one answer.
    let mut pings = Vec::new();
    for _ in 0..1000 {
        Frame::Ping.append_to(&mut pings);
    }
    pair.sides[1].tls.write(&pings);
    pair.drive();
    assert!(pair.sides[0].queue.control.len() <= 1);
}

#[test]
fn bytes_that_are_not_tls_are_recognised() {
    for (bytes, is_plain) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], true),
        (b"SSH-2.0-OpenSSH_9.2\r\n", true),
        ("안녕".as_bytes(), true),
        (b"\x16\x03\x03\x00\x04\x0b\x00\x00\x00", false),
        (b"\x15\x03\x03\x00\x02\x02\x28", false),
    ] {
        let mut pair = Pair::new();
        pair.sides[0].handle_bytes(bytes, pair.now);
        pair.collect(0);
        let over = pair.over(0).expect("over");
        assert_eq!(*over == Over::Tls(TlsError::NotTls), is_plain, "{bytes:?}");
    }
}

/// Something that happens to two people who talk.
#[derive(Debug, Clone)]
enum Happening {
    Say(usize, u8),
    Type(usize, bool),
    Transmit(usize, usize),
    Arrive(usize, usize),
    Wait(u16),
    Flip(usize, usize, u8),
    Cut,
    End(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    let side = 0..2_usize;
    prop_oneof![
        6 => (side.clone(), any::<u8>()).prop_map(|(side, size)| Happening::Say(side, size)),
        1 => (side.clone(), any::<bool>()).prop_map(|(side, typing)| Happening::Type(side, typing)),
        12 => (side.clone(), 1..3000_usize).prop_map(|(side, most)| Happening::Transmit(side, most)),
        12 => (side.clone(), 1..3000_usize).prop_map(|(side, most)| Happening::Arrive(side, most)),
        2 => (0..20_000_u16).prop_map(Happening::Wait),
        1 => (side.clone(), any::<usize>(), 1..=255_u8)
            .prop_map(|(side, at, by)| Happening::Flip(side, at, by)),
        1 => Just(Happening::Cut),
        1 => side.prop_map(Happening::End),
    ]
}

fn cases() -> u32 {
    let cases = std::env::var("PROPTEST_CASES").ok();
    cases.and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Despite splits, delays, cuts and flipped bytes, no message is wrong, out of order or duplicated, and the two
    /// sides never wait for each other.
    #[test]
    fn nothing_on_the_wire_changes_what_is_received(
        starts_open: bool,
        happenings in proptest::collection::vec(happening(), 0..60),
    ) {
        let mut pair = if starts_open { Pair::open() } else { Pair::new() };
        let mut said: [Vec<String>; 2] = Default::default();
        let (mut harmed, mut ended, mut id) = (false, false, 0);
        for happening in happenings {
            match happening {
                Happening::Say(side, size) => {
                    id += 1;
                    // Now and then one of several records.
                    let length = if size == 255 { 40_000 } else { usize::from(size) };
                    let text = format!("{id} {}", "가".repeat(length / 3));
                    pair.say(side, id, &text);
                    said[side].push(text);
                }
                Happening::Type(side, typing) => pair.sides[side].set_typing(typing),
                Happening::Transmit(side, most) => {
                    pair.transmit(side, most);
                }
                Happening::Arrive(side, most) => {
                    pair.arrive(side, most);
                }
                Happening::Wait(ms) => {
                    pair.advance(Duration::from_millis(ms.into()));
                    ended |= pair.over(0).is_some() || pair.over(1).is_some();
                }
                Happening::Flip(side, at, by) => {
                    let wire = &mut pair.wires[side];
                    if !wire.is_empty() {
                        let at = at % wire.len();
                        wire[at] ^= by;
                        harmed = true;
                    }
                }
                Happening::Cut => {
                    pair.cut = true;
                    harmed = true;
                }
                Happening::End(side) => {
                    pair.sides[side].end(Bye::Left);
                    ended = true;
                }
            }
        }
        pair.drive();
        if !harmed && !ended {
            prop_assert!(pair.sides.iter().all(Secure::is_open));
            prop_assert!(pair.sides.iter().all(Secure::is_flushed));
            prop_assert_eq!(&pair.heard[1], &said[0]);
            prop_assert_eq!(&pair.heard[0], &said[1]);
        }
        for (said, heard) in said.iter().zip(pair.heard.iter().rev()) {
            prop_assert!(said.starts_with(heard), "{:?} of {:?}", heard, said);
        }
        // Where one has ended, the other learns it: the worker closes the socket then.
        for _ in 0..20 {
            pair.advance(Duration::from_secs(10));
            for side in 0..2 {
                if pair.over(side).is_some() {
                    pair.cut = true;
                }
            }
            pair.drive();
        }
        let over = [pair.over(0).is_some(), pair.over(1).is_some()];
        let open = pair.sides.iter().all(Secure::is_open);
        prop_assert!(open || ended || over == [true, true], "stuck: {:?} {:?}", over, pair.outputs);
        for (side, said) in said.iter().enumerate() {
            prop_assert!(said.starts_with(&pair.heard[1 - side]));
            // Every message of ours has met its fate, once.
            pair.sides[side].handle_end();
            pair.collect(side);
            let fates = |output: &Output| match output {
                Output::Sent(id) | Output::NotSent(id) => Some(*id),
                _ => None,
            };
            let mut fates: Vec<_> = pair.outputs[side].iter().filter_map(fates).collect();
            prop_assert_eq!(fates.len(), said.len());
            fates.sort();
            fates.dedup();
            prop_assert_eq!(fates.len(), said.len());
        }
    }
}
