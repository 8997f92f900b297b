//! Runs both sides of an encrypted conversation. The input decides what someone in between does to the bytes, and what
//! one of the two sides says inside the encryption. Neither side may crash, receive what was not sent, or wait for ever.
#![no_main]

use std::{
    collections::VecDeque,
    sync::LazyLock,
    time::{Duration, Instant},
};

use arbitrary::Arbitrary;
use duologue::{identity::{Identity, StreamId}, millis::Millis, net::protocol::{Tag, frame::{Body, Bye, EndReason, Hello, Item, Knock, ReadMark, Reference, TransferFrame, Want, Whose, is_offer, is_reaction}, secure::{Output, Secure, TlsConfig}}, store::{FileChange, FileOffer}};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Happening<'a> {
    Say(bool, String),
    Type(bool, bool),
    /// At most this many bytes go from one side to the other.
    Move(bool, u16),
    Wait(u16),
    Flip(bool, u16, u8),
    Insert(bool, &'a [u8]),
    Drop(bool, u16),
    /// Side 0 sends these bytes inside the encryption.
    Inject(&'a [u8]),
    End(bool),
    Unread(bool, bool),
    /// One side changes or answers a message with this number, of its own or of the other side's.
    Change(bool, Change, bool, u64, String),
    Read(bool, u64),
    /// One side says something about the content of a file.
    Want(bool, u64, u64),
    Stop(bool, u64),
    Data(bool, u64, &'a [u8]),
    EndData(bool, u64, bool),
}

#[derive(Debug, Arbitrary)]
enum Change {
    Edit,
    Delete,
    React,
    Reply,
    Offer,
    Accept,
    Pause,
}

#[derive(Debug, Arbitrary)]
struct Talk<'a> {
    /// Starts after both sides have sent *Hello*.
    open: bool,
    admits: bool,
    happenings: Vec<Happening<'a>>,
}

static TERMS: LazyLock<[TlsConfig; 2]> = LazyLock::new(|| {
    [(), ()].map(|()| TlsConfig::new(&Identity::generate().expect("randomness")).expect("TLS"))
});

struct Pair {
    now: Instant,
    sides: [Secure; 2],
    wires: [VecDeque<u8>; 2],
    heard: [Vec<Body>; 2],
    over: [bool; 2],
    admits: bool,
    fates: [u64; 2],
    /// The content of files that each side was given to send, and that each has received.
    given: [Vec<u8>; 2],
    taken: [Vec<u8>; 2],
}

fn hello() -> Hello {
    Hello {
        version: 1,
        name: "x".to_owned(),
        features: 0,
        clock: None,
    }
}

/// What one side says to change or answer a message.
fn body(change: Change, is_own: bool, number: u64, text: String) -> Body {
    let of = Reference {
        whose: if is_own {
            Whose::Senders
        } else {
            Whose::Receivers
        },
        stream: StreamId::from_bytes([7; 16]),
        number,
    };
    match change {
        Change::Edit => Body::Edit(of, text),
        Change::Delete => Body::Delete(of),
        // No side sends anything else.
        Change::React if !is_reaction(&text) => Body::Reaction(of, String::new()),
        Change::React => Body::Reaction(of, text),
        Change::Reply => Body::Reply(of, text),
        Change::Offer => {
            let offer = FileOffer { size: number, manifest: 0, files: 0, root: [7; 32] };
            if is_offer(&text, &offer) { Body::Offer(text, offer) } else { Body::Skip }
        }
        Change::Accept => Body::File(of, FileChange::Accept),
        Change::Pause => Body::File(of, FileChange::Pause),
    }
}

impl Pair {
    /// Sends an item. `said` is what this side has said before.
    fn say(&mut self, side: usize, said: &mut Vec<Body>, body: Body) {
        said.push(body.clone());
        let item = Item {
            stream: StreamId::from_bytes([u8::from(side == 1); 16]),
            number: said.len() as u64,
            sent_at: Millis::new(0),
            body,
        };
        self.sides[side].send(Tag(said.len() as u64), item);
    }

    fn transmit(&mut self, from: usize, most: usize) -> bool {
        let bytes = self.sides[from].poll_transmit().unwrap_or_default();
        let bytes = bytes[..bytes.len().min(most)].to_vec();
        self.sides[from].transmitted(bytes.len());
        self.wires[1 - from].extend(&bytes);
        self.collect(from);
        !bytes.is_empty()
    }

    fn arrive(&mut self, to: usize, most: usize) -> bool {
        let count = self.wires[to].len().min(most);
        let bytes: Vec<u8> = self.wires[to].drain(..count).collect();
        self.sides[to].handle_bytes(&bytes, self.now);
        self.collect(to);
        count > 0
    }

    fn collect(&mut self, side: usize) {
        while let Some(output) = self.sides[side].poll_output() {
            match output {
                Output::Item(item) => self.heard[side].push(item.body),
                Output::Transfer(TransferFrame::Data(data)) => self.taken[side].extend(data.bytes),
                Output::Knocked { .. } if self.admits => self.sides[side].admit(hello(), self.now),
                Output::Sent(_) | Output::NotSent(_) => self.fates[side] += 1,
                Output::Over(_) => {
                    assert!(!self.over[side], "over twice");
                    self.over[side] = true;
                }
                _ => {}
            }
        }
    }

    fn drive(&mut self) {
        while (0..2).fold(false, |moved, side| {
            moved | self.transmit(side, usize::MAX) | self.arrive(side, usize::MAX)
        }) {}
    }

    fn advance(&mut self, by: Duration) {
        self.now += by;
        for side in 0..2 {
            self.sides[side].handle_timeout(self.now);
            self.collect(side);
        }
    }
}

fuzz_target!(|talk: Talk<'_>| {
    let now = Instant::now();
    let [ours, theirs] = &*TERMS;
    let mut pair = Pair {
        now,
        sides: [
            Secure::call(ours, None, Knock::default(), hello(), now).expect("TLS"),
            Secure::accept(theirs, now),
        ],
        wires: Default::default(),
        heard: Default::default(),
        over: [false; 2],
        admits: talk.admits || talk.open,
        fates: [0; 2],
        given: Default::default(),
        taken: Default::default(),
    };
    if talk.open {
        pair.drive();
        assert!(pair.sides.iter().all(Secure::is_open));
    }
    let mut said: [Vec<Body>; 2] = Default::default();
    let mut injected = false;
    let mut stopped = false;
    for happening in talk.happenings {
        match happening {
            Happening::Say(side, text) => {
                let side = usize::from(side);
                pair.say(side, &mut said[side], Body::Text(text));
            }
            Happening::Change(side, change, is_own, number, text) => {
                let side = usize::from(side);
                let body = body(change, is_own, number, text);
                pair.say(side, &mut said[side], body);
            }
            Happening::Read(side, up_to) => {
                let stream = StreamId::from_bytes([7; 16]);
                pair.sides[usize::from(side)].read(ReadMark { stream, up_to });
            }
            Happening::Want(side, id, number) => {
                let stream = StreamId::from_bytes([7; 16]);
                pair.sides[usize::from(side)].want(Want { id, stream, number, offset: 0 });
            }
            Happening::Stop(side, id) => pair.sides[usize::from(side)].stop(id),
            Happening::Data(side, id, bytes) => {
                let side = usize::from(side);
                if !bytes.is_empty() && pair.sides[side].has_room_for_data() {
                    pair.given[side].extend(bytes);
                    pair.sides[side].send_data(id, bytes.to_vec());
                }
            }
            Happening::EndData(side, id, is_complete) => {
                let side = usize::from(side);
                let why = if is_complete { EndReason::Complete } else { EndReason::Stopped };
                pair.sides[side].end_data(id, why);
                // What waits of it is dropped.
                stopped |= !is_complete;
            }
            Happening::Type(side, typing) => pair.sides[usize::from(side)].set_typing(typing),
            Happening::Move(side, most) => {
                let side = usize::from(side);
                pair.transmit(side, most.into());
                pair.arrive(1 - side, most.into());
            }
            Happening::Wait(ms) => pair.advance(Duration::from_millis(u64::from(ms) * 4)),
            Happening::Flip(side, at, by) => {
                let wire = &mut pair.wires[usize::from(side)];
                let length = wire.len().max(1);
                if let Some(byte) = wire.get_mut(usize::from(at) % length) {
                    *byte ^= by;
                }
            }
            Happening::Insert(side, bytes) => pair.wires[usize::from(side)].extend(bytes),
            Happening::Drop(side, most) => {
                let wire = &mut pair.wires[usize::from(side)];
                wire.drain(..usize::from(most).min(wire.len()));
            }
            Happening::Inject(bytes) => {
                injected = true;
                pair.sides[0].inject(bytes);
            }
            Happening::End(side) => pair.sides[usize::from(side)].end(Bye::Left),
            Happening::Unread(side, unread) => pair.sides[usize::from(side)].set_unread(unread),
        }
    }
    pair.drive();
    for side in 0..2 {
        pair.sides[side].set_unread(false);
        // Injected bytes count as sent by side 0 itself, so its messages can't be compared.
        if side == 1 || !injected {
            assert!(said[side].starts_with(&pair.heard[1 - side]));
            assert!(stopped || pair.given[side].starts_with(&pair.taken[1 - side]));
        }
    }
    // Without a word from the other side, each side must end by itself.
    for _ in 0..20 {
        pair.advance(Duration::from_secs(10));
    }
    for side in 0..2 {
        pair.sides[side].handle_end();
        pair.collect(side);
        let said = u64::try_from(said[side].len()).expect("few");
        assert_eq!(pair.fates[side], said, "each message is settled once");
    }
});
