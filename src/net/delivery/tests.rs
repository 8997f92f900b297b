//! Two sessions and two stores that lose everything uncommitted; no socket, no disk, no clock.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::LazyLock,
    time::{Instant, SystemTime},
};

use proptest::prelude::*;

use super::*;
use crate::{
    identity::{Identity, PeerId, PublicKey},
    net::{
        Payload, any_instant,
        protocol::{
            frame::{
                Body, EVENTS, FILES, Hello, Knock, READ_MARKS, ReadMark, Reference, VERSION, Whose,
            },
            secure::{Output, TlsConfig},
        },
    },
    store::{
        self, Change, FileChange, FileFailure, FileOffer, FileState, Kind, Message, MessageName,
        State, WrittenChange,
    },
};

struct Person {
    key: PublicKey,
    tls: TlsConfig,
}

static PEOPLE: LazyLock<[Person; 2]> = LazyLock::new(|| {
    [(), ()].map(|()| {
        let identity = Identity::generate().expect("randomness");
        Person {
            key: identity.public_key(),
            tls: TlsConfig::new(&identity).expect("TLS"),
        }
    })
});

fn hello() -> Hello {
    Hello {
        version: VERSION,
        name: "Mina".to_owned(),
        features: 0,
        clock: None,
    }
}

/// A connection.
struct Line {
    secure: [Secure; 2],
    deliveries: [Option<Delivery>; 2],
    wires: [VecDeque<u8>; 2],
}

/// A message that one side wrote, in whichever copy of its store.
#[derive(Debug, Clone, Copy)]
struct Said {
    stream: StreamId,
    number: u64,
}

/// Two programs, and what has happened to them so far.
struct World {
    now: Instant,
    stores: [Store; 2],
    /// Backups of each side, and copies of its folder on other computers.
    copies: [Vec<Vec<u8>>; 2],
    line: Option<Line>,
    /// What both sides can do.
    features: u64,
    /// What each side wrote, by text.
    said: [BTreeMap<String, Said>; 2],
    /// Texts of each side that were stored by the other one.
    arrived: [BTreeSet<String>; 2],
    /// Texts of each side that were recalled.
    recalled: [BTreeSet<String>; 2],
    /// Whether each side has ever continued with another copy.
    forked: [bool; 2],
    ids: u64,
    streams: u8,
}

impl World {
    fn new() -> Self {
        Self {
            now: any_instant(),
            stores: [Store::restored(None), Store::restored(None)],
            copies: Default::default(),
            line: None,
            features: EVENTS | FILES | READ_MARKS,
            said: Default::default(),
            arrived: Default::default(),
            recalled: Default::default(),
            forked: [false; 2],
            ids: 0,
            streams: 0,
        }
    }

    fn conversation(&mut self, side: usize) -> ConversationId {
        let peer_id = PeerId::Key(PEOPLE[1 - side].key);
        self.stores[side]
            .conversation(&peer_id, Millis::new(0))
            .expect("kept")
    }

    fn messages(&mut self, side: usize) -> Vec<Message> {
        let conversation = self.conversation(side);
        self.stores[side].all_messages(conversation)
    }

    /// The person sends a message; it is stored when this returns.
    fn write(&mut self, side: usize) {
        let conversation = self.conversation(side);
        self.ids += 1;
        self.streams = self.streams.wrapping_add(1);
        // Unique: no test writes that many messages.
        let mut fresh = [self.streams; 16];
        fresh[..8].copy_from_slice(&self.ids.to_be_bytes());
        let text = format!("{}", self.ids);
        let mut batch = self.stores[side].batch().expect("begun");
        let written = batch
            .write(
                conversation,
                &text,
                StreamId::from_bytes(fresh),
                Millis::new(7),
            )
            .expect("kept");
        batch.commit().expect("kept");
        let said = Said {
            stream: written.stream,
            number: written.pos.number,
        };
        self.said[side].insert(text.clone(), said);
        if let Some(line) = &mut self.line
            && let Some(delivery) = &mut line.deliveries[side]
        {
            let item = OutboxItem {
                stream: written.stream,
                pos: written.pos,
                row: Some(written.row),
                sent_at: Millis::new(7),
                what: Some(store::Outgoing::Text(text, None)),
            };
            delivery.handle_stored(item, &mut line.secure[side]);
        }
    }

    /// The person answers a message, or edits, deletes or reacts to one.
    fn change(&mut self, side: usize, nth: usize, what: usize) {
        let conversation = self.conversation(side);
        let messages = self.messages(side);
        if messages.is_empty() {
            return;
        }
        let row = messages[nth % messages.len()].row;
        self.ids += 1;
        self.streams = self.streams.wrapping_add(1);
        let mut fresh = [self.streams; 16];
        fresh[..8].copy_from_slice(&self.ids.to_be_bytes());
        let fresh = StreamId::from_bytes(fresh);
        let text = self.ids.to_string();
        let line = self.line.as_mut();
        let mut connection = line.and_then(|line| {
            let delivery = line.deliveries[side].as_mut();
            delivery.map(|delivery| (delivery, &mut line.secure[side]))
        });
        let store = &mut self.stores[side];
        let change = match what {
            0..3 => Change::Edit(text.clone()),
            3 => Change::Delete,
            4 => Change::React(String::new()),
            5 | 6 => {
                // One character.
                let letter = u32::try_from(0x4e00 + self.ids % 20_000);
                let letter = letter.ok().and_then(char::from_u32).expect("a letter");
                Change::React(letter.to_string())
            }
            9.. => Change::File(FILE_CHANGES[what % FILE_CHANGES.len()]),
            _ => {
                let mut batch = store.batch().expect("begun");
                let written = batch
                    .write_reply(conversation, &text, Some(row), fresh, Millis::new(7))
                    .expect("kept");
                batch.commit().expect("kept");
                if let Some((delivery, secure)) = &mut connection {
                    let item = OutboxItem {
                        stream: written.stream,
                        pos: written.pos,
                        row: Some(written.row),
                        sent_at: Millis::new(7),
                        what: Some(store::Outgoing::Text(text, written.reply_to)),
                    };
                    delivery.handle_stored(item, secure);
                }
                return;
            }
        };
        let mut batch = store.batch().expect("begun");
        let changed = batch
            .change(conversation, row, &change, fresh, Millis::new(7))
            .expect("kept");
        batch.commit().expect("kept");
        if let (Some(WrittenChange::Waits { pos, stream, name }), Some((delivery, secure))) =
            (changed, &mut connection)
        {
            let item = OutboxItem {
                stream,
                pos,
                row: None,
                sent_at: Millis::new(7),
                what: Some(store::Outgoing::Change(name, change)),
            };
            delivery.handle_stored(item, secure);
        }
    }

    /// The person offers a file.
    fn offer(&mut self, side: usize) {
        let conversation = self.conversation(side);
        self.ids += 1;
        self.streams = self.streams.wrapping_add(1);
        let mut fresh = [self.streams; 16];
        fresh[..8].copy_from_slice(&self.ids.to_be_bytes());
        let name = self.ids.to_string();
        let offer = FileOffer {
            size: self.ids,
            manifest: 0,
            files: 0,
            root: [7; 32],
        };
        let path = std::path::Path::new("/a/file");
        let mut batch = self.stores[side].batch().expect("begun");
        let (fresh, now) = (StreamId::from_bytes(fresh), Millis::new(7));
        let written = batch.offer(conversation, &name, &offer, path, fresh, now);
        let written = written.expect("kept");
        batch.commit().expect("kept");
        if let Some(line) = &mut self.line
            && let Some(delivery) = &mut line.deliveries[side]
        {
            let item = OutboxItem {
                stream: written.stream,
                pos: written.pos,
                row: Some(written.row),
                sent_at: now,
                what: Some(store::Outgoing::Offer(name, offer)),
            };
            delivery.handle_stored(item, &mut line.secure[side]);
        }
    }

    /// The person reads everything that is there.
    fn read(&mut self, side: usize) {
        let conversation = self.conversation(side);
        let store = &mut self.stores[side];
        let last = store.last_row(conversation).expect("read");
        store.set_read(conversation, last).expect("kept");
        if let Some(line) = &mut self.line
            && let Some(delivery) = &mut line.deliveries[side]
        {
            let told = delivery.handle_own_read(store, &mut line.secure[side]);
            told.expect("read");
        }
    }

    /// In the end both sides have the same of every message that was delivered.
    fn settle_alike(&mut self) {
        self.cut();
        self.connect(0);
        self.drive();
        for side in 0..2 {
            self.read(side);
        }
        self.drive();
        for side in 0..2 {
            let (here, there) = (self.conversation(side), self.conversation(1 - side));
            let waiting = self.stores[side].outbox_items(here, OutboxPos::default(), 10);
            assert_eq!(waiting, Ok(Vec::new()), "something waits forever");
            let flip = |name: MessageName| MessageName {
                mine: !name.mine,
                ..name
            };
            let ours = self.stores[side].named_messages(here);
            let delivered = ours
                .iter()
                .filter(|(name, (message, _, _))| name.mine && message.state == State::Delivered);
            let mut theirs = self.stores[1 - side].named_messages(there);
            theirs.retain(|name, _| !name.mine);
            let seen_up_to = self.stores[side].seen_up_to(here);
            let mut newest = Row::ZERO;
            for (name, (message, texts, reply_to)) in delivered {
                newest = newest.max(message.row);
                let (other, other_texts, other_reply_to) =
                    theirs.remove(&flip(*name)).expect("it was delivered");
                assert_eq!(message.text, other.text);
                assert_eq!(texts, &other_texts);
                assert_eq!(*reply_to, other_reply_to.map(flip));
                let (marks, others) = (&message.marks, &other.marks);
                assert_eq!(marks.is_deleted, others.is_deleted);
                assert_eq!(marks.mine(), others.theirs());
                assert_eq!(marks.theirs(), others.mine());
                check_files(message, &other);
            }
            assert!(theirs.is_empty(), "nobody has written that");
            assert_eq!(seen_up_to, newest, "all of it was read");
        }
    }

    fn recall(&mut self, side: usize, nth: usize) {
        // Of two copies, one could recall a message that the other delivers.
        if self.forked[side] {
            return;
        }
        let conversation = self.conversation(side);
        let mut waiting = self.stores[side]
            .outbox_items(conversation, OutboxPos::default(), 100)
            .expect("read");
        // A change has no row.
        waiting.retain(|item| item.row.is_some());
        if waiting.is_empty() {
            return;
        }
        let chosen = &waiting[nth % waiting.len()];
        let delivery = self
            .line
            .as_ref()
            .and_then(|line| line.deliveries[side].as_ref());
        if !delivery.is_some_and(|delivery| delivery.is_handed_over(chosen.pos)) {
            self.recalled[side].extend(chosen.clone().text());
            self.stores[side]
                .recall(conversation, chosen.row.expect("a message"))
                .expect("kept");
        }
    }

    fn connect(&mut self, caller: usize) {
        if self.line.is_some() {
            return;
        }
        let other = 1 - caller;
        let expected = Some(PEOPLE[other].key);
        let knock = Knock::default();
        let calling = Secure::call(&PEOPLE[caller].tls, expected, knock, hello(), self.now);
        let mut secure = [
            calling.expect("TLS"),
            Secure::accept(&PEOPLE[other].tls, self.now),
        ];
        if caller == 1 {
            secure.reverse();
        }
        self.line = Some(Line {
            secure,
            deliveries: [None, None],
            wires: Default::default(),
        });
    }

    fn cut(&mut self) {
        self.line = None;
    }

    /// The program is killed and starts again with its own store, or with this one.
    fn restart(&mut self, side: usize, with: Option<&[u8]>) {
        self.cut();
        let bytes = match with {
            Some(bytes) => bytes.to_vec(),
            None => self.stores[side].snapshot(),
        };
        self.stores[side] = Store::restored(Some(&bytes));
    }

    fn transmit(&mut self, from: usize, most: usize) -> bool {
        let Some(line) = &mut self.line else {
            return false;
        };
        let Some(bytes) = line.secure[from].poll_transmit() else {
            return false;
        };
        let count = bytes.len().min(most);
        line.wires[1 - from].extend(&bytes[..count]);
        line.secure[from].transmitted(count);
        count > 0
    }

    fn arrive(&mut self, to: usize, most: usize) -> bool {
        let now = self.now;
        let Some(line) = &mut self.line else {
            return false;
        };
        let count = most.min(line.wires[to].len());
        let bytes: Vec<u8> = line.wires[to].drain(..count).collect();
        let (secure, store) = (&mut line.secure[to], &mut self.stores[to]);
        secure.handle_bytes(&bytes, now);
        while let Some(output) = secure.poll_output() {
            if let Output::Knocked { .. } = output {
                secure.admit(hello(), now);
            } else if let Output::Open(_) = output {
                let delivery = Delivery::begin(
                    PEOPLE[1 - to].key,
                    self.features,
                    store,
                    secure,
                    Millis::new(0),
                );
                line.deliveries[to] = Some(delivery.expect("read"));
            }
            let delivery = line.deliveries[to].as_mut();
            let handled = match (output, delivery) {
                (Output::Item(item), Some(delivery)) => delivery.handle_item(item, store),
                (Output::Ack(ack), Some(delivery)) => delivery.handle_ack(ack),
                (Output::Read(read), Some(delivery)) => delivery.handle_read(read, store),
                (Output::Resume(starts), Some(delivery)) => {
                    delivery.handle_resume(&starts, store, secure)
                }
                (Output::Over(over), _) => panic!("both keep to the rules: {over:?}"),
                _ => Ok(()),
            };
            handled.expect("both keep to the rules");
        }
        count > 0
    }

    /// One turn's commit.
    fn keep(&mut self, side: usize) -> bool {
        let Some(line) = &mut self.line else {
            return false;
        };
        let Some(delivery) = &mut line.deliveries[side] else {
            return false;
        };
        let (store, secure) = (&mut self.stores[side], &mut line.secure[side]);
        let was_staged = delivery.is_staged();
        if was_staged {
            let mut batch = store.batch().expect("begun");
            delivery.write(&mut batch, Millis::new(8)).expect("kept");
            batch.commit().expect("kept");
            for event in delivery.committed(SystemTime::UNIX_EPOCH, secure) {
                if let Event::Received {
                    payload: Payload::Text { text, .. },
                    ..
                } = event
                {
                    self.arrived[1 - side].insert(text);
                }
            }
        }
        delivery.pump(store, secure).expect("read");
        was_staged
    }

    /// Runs until nothing more happens.
    fn drive(&mut self) {
        while (0..2).fold(false, |moved, side| {
            moved
                | self.transmit(side, usize::MAX)
                | self.arrive(side, usize::MAX)
                | self.keep(side)
        }) {}
    }

    fn check(&mut self) {
        for side in 0..2 {
            let waiting = self.messages(side);
            let waiting = waiting.iter().filter(|one| one.state == State::Waiting);
            let counted = self.stores[side].waiting_count();
            assert_eq!(waiting.count() as u64, counted);
            self.check_what_was_heard(side);
            self.check_what_was_said(side);
        }
    }

    /// Everything received was received once and in order, and what is missing is reported.
    fn check_what_was_heard(&mut self, side: usize) {
        let said = self.said[1 - side].clone();
        let mut last: BTreeMap<StreamId, (u64, u64)> = BTreeMap::new();
        let mut missed = 0;
        for message in self.messages(side) {
            match message.kind {
                Kind::Theirs => {
                    let Said { stream, number } = said[&message.text];
                    let (before, count) = last.get(&stream).copied().unwrap_or_default();
                    assert!(before < number, "{number} came after {before}");
                    last.insert(stream, (number, count + 1));
                    assert_eq!(message.sent_at, Millis::new(7), "the original time");
                }
                Kind::Missed => missed += message.text.parse::<u64>().expect("digits"),
                Kind::Mine => {}
                Kind::NeedsNewer => panic!("nobody sent that"),
            }
        }
        // What is absent was recalled, or went to another copy.
        let conversation = self.conversation(side);
        let streams: BTreeSet<StreamId> = said.values().map(|said| said.stream).collect();
        let absent = streams.into_iter().map(|stream| {
            let up_to = self.stores[side].received_up_to(conversation, stream);
            up_to.expect("read") - last.get(&stream).map_or(0, |(_, count)| *count)
        });
        let absent: u64 = absent.sum();
        assert!(
            missed <= absent,
            "{missed} reported missing, {absent} absent"
        );
        if !self.forked[0] && !self.forked[1] {
            assert_eq!(missed, 0, "nobody has another copy");
        }
    }

    /// What is marked as delivered has arrived, and what is marked as recalled has not.
    fn check_what_was_said(&mut self, side: usize) {
        let conversation = self.conversation(side);
        for message in self.messages(side) {
            let arrived = self.arrived[side].contains(&message.text);
            match (message.kind, message.state) {
                (Kind::Mine, State::Delivered) => {
                    // A backup from before it was skipped does not know that.
                    let is_unknown =
                        self.forked[side] && self.recalled[side].contains(&message.text);
                    assert!(arrived || is_unknown, "{} is not there", message.text);
                }
                // A copy of the other side that does not have it says so; then it is skipped.
                (Kind::Mine, State::Recalled) if !self.forked[0] && !self.forked[1] => {
                    let store = &self.stores[side];
                    let waiting = store
                        .outbox_items(conversation, OutboxPos::default(), 1000)
                        .expect("read");
                    let open = waiting
                        .iter()
                        .any(|waiting| waiting.row == Some(message.row));
                    assert!(open || !arrived, "{} was recalled", message.text);
                }
                _ => {}
            }
        }
    }

    /// Connects once more: in the end everything has arrived.
    fn settle(&mut self) {
        self.cut();
        self.connect(0);
        self.drive();
        self.check();
        for side in 0..2 {
            let conversation = self.conversation(side);
            let waiting = self.stores[side]
                .outbox_items(conversation, OutboxPos::default(), 10)
                .expect("read");
            assert_eq!(waiting, [], "something waits forever");
            let said: Vec<_> = self
                .messages(side)
                .into_iter()
                .filter(|message| message.kind == Kind::Mine)
                .collect();
            assert!(said.iter().all(|message| message.state != State::Waiting));
            if self.forked[0] || self.forked[1] {
                continue;
            }
            let heard = self.messages(1 - side);
            let heard = heard.iter().filter(|message| message.kind == Kind::Theirs);
            let delivered = said
                .iter()
                .filter(|message| message.state == State::Delivered);
            assert!(
                heard
                    .map(|message| &message.text)
                    .eq(delivered.map(|message| &message.text)),
                "everything, in order"
            );
        }
    }
}

const FILE_CHANGES: [FileChange; 11] = [
    FileChange::Decline,
    FileChange::Accept,
    FileChange::Accept,
    FileChange::Accept,
    FileChange::Cancel,
    FileChange::Pause,
    FileChange::Pause,
    FileChange::Resume,
    FileChange::Arrived,
    FileChange::Changed,
    FileChange::Failed(FileFailure::Unwritable),
];

/// Both sides have the same of a file that is offered.
fn check_files(message: &Message, other: &Message) {
    let (Some(file), Some(other)) = (&message.file, &other.file) else {
        assert_eq!(message.file, other.file);
        return;
    };
    assert_eq!((file.size, file.files), (other.size, other.files));
    let mirrored = match other.state {
        FileState::Paused {
            by_me,
            by_them,
            disk_full,
        } => FileState::Paused {
            by_me: by_them,
            by_them: by_me,
            disk_full,
        },
        state => state,
    };
    // Two ends may cross, but not with an arrival.
    let is_arrived = |state| state == FileState::Arrived;
    if file.state.is_over() && other.state.is_over() {
        assert_eq!(is_arrived(file.state), is_arrived(other.state));
    } else {
        assert_eq!(file.state, mirrored);
    }
}

#[derive(Debug, Clone)]
enum Happening {
    Write(usize),
    Recall(usize, usize),
    Connect(usize),
    Transmit(usize, usize),
    Arrive(usize, usize),
    Keep(usize),
    Drive,
    Cut,
    Crash(usize),
    /// A backup is made, or the folder is copied to another computer.
    Copy(usize),
    /// A backup is restored: what happened since is lost.
    Restore(usize, usize),
    /// The person continues on the other computer, and may come back.
    Switch(usize, usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::{
        Arrive, Connect, Copy, Crash, Cut, Drive, Keep, Recall, Restore, Switch, Transmit, Write,
    };
    let side = 0..2_usize;
    let bytes = prop_oneof![1..60_usize, 1..3000_usize, Just(usize::MAX)];
    prop_oneof![
        12 => side.clone().prop_map(Write),
        2 => (side.clone(), 0..10_usize).prop_map(|(side, nth)| Recall(side, nth)),
        6 => side.clone().prop_map(Connect),
        10 => (side.clone(), bytes.clone()).prop_map(|(side, most)| Transmit(side, most)),
        10 => (side.clone(), bytes).prop_map(|(side, most)| Arrive(side, most)),
        8 => side.clone().prop_map(Keep),
        4 => Just(Drive),
        3 => Just(Cut),
        3 => side.clone().prop_map(Crash),
        1 => side.clone().prop_map(Copy),
        1 => (side.clone(), 0..4_usize).prop_map(|(side, nth)| Restore(side, nth)),
        1 => (side, 0..4_usize).prop_map(|(side, nth)| Switch(side, nth)),
    ]
}

/// Number of random cases: `PROPTEST_CASES`, or the default of the test suite.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Cuts, crashes at any moment, restored backups, copied folders: nothing lost, nothing duplicated, everything in
    /// order.
    #[test]
    fn nothing_is_lost_duplicated_or_reordered_whatever_happens(
        happenings in proptest::collection::vec(happening(), 0..80),
    ) {
        let mut world = World::new();
        for happening in happenings {
            match happening {
                Happening::Write(side) => world.write(side),
                Happening::Recall(side, nth) => world.recall(side, nth),
                Happening::Connect(side) => world.connect(side),
                Happening::Transmit(side, most) => {
                    world.transmit(side, most);
                }
                Happening::Arrive(side, most) => {
                    world.arrive(side, most);
                }
                Happening::Keep(side) => {
                    world.keep(side);
                }
                Happening::Drive => world.drive(),
                Happening::Cut => world.cut(),
                Happening::Crash(side) => world.restart(side, None),
                Happening::Copy(side) => {
                    let copy = world.stores[side].snapshot();
                    world.copies[side].push(copy);
                }
                Happening::Restore(side, nth) => {
                    if let Some(copy) = world.copies[side].get(nth).cloned() {
                        world.forked[side] = true;
                        world.restart(side, Some(&copy));
                    }
                }
                Happening::Switch(side, nth) => {
                    if let Some(copy) = world.copies[side].get(nth).cloned() {
                        world.forked[side] = true;
                        world.copies[side][nth] = world.stores[side].snapshot();
                        world.restart(side, Some(&copy));
                    }
                }
            }
        }
        world.check();
        world.settle();
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write(usize),
    Offer(usize),
    Change(usize, usize, usize),
    Recall(usize, usize),
    Read(usize),
    Connect(usize),
    Transmit(usize, usize),
    Arrive(usize, usize),
    Keep(usize),
    Drive,
    Cut,
    Crash(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let side = 0..2_usize;
    let bytes = prop_oneof![1..60_usize, 1..3000_usize, Just(usize::MAX)];
    prop_oneof![
        8 => side.clone().prop_map(Step::Write),
        4 => side.clone().prop_map(Step::Offer),
        30 => (side.clone(), 0..20_usize, 0..20_usize)
            .prop_map(|(side, nth, what)| Step::Change(side, nth, what)),
        3 => (side.clone(), 0..10_usize).prop_map(|(side, nth)| Step::Recall(side, nth)),
        4 => side.clone().prop_map(Step::Read),
        6 => side.clone().prop_map(Step::Connect),
        10 => (side.clone(), bytes.clone()).prop_map(|(side, most)| Step::Transmit(side, most)),
        10 => (side.clone(), bytes).prop_map(|(side, most)| Step::Arrive(side, most)),
        8 => side.clone().prop_map(Step::Keep),
        4 => Just(Step::Drive),
        3 => Just(Step::Cut),
        3 => side.prop_map(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Edits, deletions, reactions, replies, read marks and what becomes of files, among cuts and crashes: both sides end alike.
    #[test]
    fn both_sides_end_alike_whatever_happens(
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let mut world = World::new();
        for step in steps {
            match step {
                Step::Write(side) => world.write(side),
                Step::Offer(side) => world.offer(side),
                Step::Change(side, nth, what) => world.change(side, nth, what),
                Step::Recall(side, nth) => world.recall(side, nth),
                Step::Read(side) => world.read(side),
                Step::Connect(side) => world.connect(side),
                Step::Transmit(side, most) => {
                    world.transmit(side, most);
                }
                Step::Arrive(side, most) => {
                    world.arrive(side, most);
                }
                Step::Keep(side) => {
                    world.keep(side);
                }
                Step::Drive => world.drive(),
                Step::Cut => world.cut(),
                Step::Crash(side) => world.restart(side, None),
            }
        }
        world.settle_alike();
    }
}

#[test]
fn messages_that_nobody_may_name_are_refused() {
    let named = |whose, stream: u8, number| Reference {
        whose,
        stream: StreamId::from_bytes([stream; 16]),
        number,
    };
    let (sender, receiver) = (Whose::Senders, Whose::Receivers);
    let text = || "x".to_owned();
    let mut world = World::new();
    world.write(0);
    world.settle();
    let Some(line) = &mut world.line else {
        panic!("connected")
    };
    let store = &world.stores[0];
    let Some(delivery) = &mut line.deliveries[0] else {
        panic!("open")
    };
    let ours = *delivery
        .outgoing
        .handed
        .keys()
        .next()
        .expect("one was said");
    let of_ours = |number| Reference {
        whose: receiver,
        stream: ours,
        number,
    };
    let mut number = 5;
    for (what, body, is_allowed) in [
        ("a message", Body::Text(text()), true),
        ("one before", Body::Edit(named(sender, 1, 4), text()), true),
        ("itself", Body::Edit(named(sender, 1, 7), text()), false),
        ("one after", Body::Delete(named(sender, 1, 8)), false),
        ("number 0", Body::Delete(named(sender, 1, 0)), false),
        (
            "number 0",
            Body::Reply(named(receiver, 7, 0), text()),
            false,
        ),
        ("the other's", Body::Edit(of_ours(1), text()), false),
        ("the other's", Body::Delete(of_ours(1)), false),
        ("an unknown stream", Body::Delete(named(sender, 9, 9)), true),
        ("the other's", Body::Reaction(of_ours(1), text()), true),
        ("never sent", Body::Reaction(of_ours(2), text()), false),
        ("never sent", Body::Reply(of_ours(2), text()), false),
        ("unknown", Body::Reply(named(receiver, 9, 9), text()), true),
        (
            "a message that is no offer",
            Body::File(of_ours(1), FileChange::Accept),
            true,
        ),
        (
            "an answer to itself",
            Body::File(named(sender, 9, 9), FileChange::Accept),
            false,
        ),
        (
            "another's offer that has changed",
            Body::File(named(receiver, 9, 9), FileChange::Changed),
            false,
        ),
        (
            "an offer of its own that has arrived",
            Body::File(named(sender, 9, 9), FileChange::Arrived),
            false,
        ),
        (
            "an unknown offer",
            Body::File(named(receiver, 9, 9), FileChange::Arrived),
            true,
        ),
    ] {
        let item = Item {
            stream: StreamId::from_bytes([1; 16]),
            number,
            sent_at: Millis::new(0),
            body,
        };
        let before = delivery.streams.clone();
        let handled = delivery.handle_item(item, store);
        assert_eq!(handled.is_ok(), is_allowed, "{what}");
        if is_allowed {
            number += 1;
        } else {
            delivery.streams = before;
        }
    }
    for (stream, up_to, is_allowed) in [
        (ours, 1, true),
        (ours, 2, false),
        (StreamId::from_bytes([9; 16]), 2, true),
    ] {
        let read = ReadMark { stream, up_to };
        assert_eq!(
            delivery.handle_read(read, store).is_ok(),
            is_allowed,
            "{up_to}"
        );
    }
}

#[test]
fn a_message_recalled_too_late_is_delivered() {
    let mut world = World::new();
    world.write(0);
    world.connect(0);
    while world.transmit(0, usize::MAX) | world.arrive(1, usize::MAX) | world.keep(1) {
        world.transmit(1, usize::MAX);
        world.arrive(0, usize::MAX);
        // The last acknowledgement is lost.
        if !world.arrived[0].is_empty() {
            break;
        }
        world.keep(0);
    }
    world.cut();
    world.recall(0, 0);
    assert_eq!(world.messages(0)[0].state, State::Recalled);
    world.settle();
    assert_eq!(world.messages(0)[0].state, State::Delivered);
    assert_eq!(world.messages(1).len(), 1);
}

#[test]
fn a_message_recalled_in_time_is_never_delivered() {
    let mut world = World::new();
    for _ in 0..3 {
        world.write(0);
    }
    world.recall(0, 1);
    world.settle();
    let heard: Vec<_> = world.messages(1);
    assert_eq!(heard.len(), 2);
    assert_eq!(world.messages(0)[1].state, State::Recalled);
    // The numbers continue after the skipped one.
    world.write(0);
    world.settle();
    assert_eq!(world.messages(1).len(), 3);
}

#[test]
fn messages_that_went_to_another_copy_are_counted() {
    let mut world = World::new();
    world.settle();
    let before = world.stores[1].snapshot();
    for _ in 0..3 {
        world.write(0);
    }
    world.settle();
    world.forked[1] = true;
    world.restart(1, Some(&before));
    world.write(0);
    world.settle();
    let heard = world.messages(1);
    let kinds: Vec<_> = heard.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::Missed, Kind::Theirs]);
    assert_eq!(heard[0].text, "3");
}

#[test]
fn impossible_numbers_and_acknowledgements_are_refused() {
    let item = |stream: u8, number: u64| Item {
        stream: StreamId::from_bytes([stream; 16]),
        number,
        sent_at: Millis::new(0),
        body: Body::Text("x".to_owned()),
    };
    let mut world = World::new();
    world.write(0);
    world.settle();
    let Some(line) = &mut world.line else {
        panic!("connected")
    };
    let store = &world.stores[0];
    let Some(delivery) = &mut line.deliveries[0] else {
        panic!("open")
    };
    let refused = Err(DeliveryError::Misbehaved);
    for (stream, up_to) in [
        (StreamId::from_bytes([9; 16]), 0),
        (StreamId::from_bytes([9; 16]), 1),
    ] {
        assert_eq!(
            delivery.handle_ack(Ack { stream, up_to }),
            refused,
            "unknown"
        );
    }
    let stream = *delivery
        .outgoing
        .handed
        .keys()
        .next()
        .expect("one was said");
    assert_eq!(
        delivery.handle_ack(Ack { stream, up_to: 2 }),
        refused,
        "never sent"
    );
    assert_eq!(
        delivery.handle_ack(Ack { stream, up_to: 1 }),
        Ok(()),
        "again"
    );
    assert_eq!(delivery.handle_item(item(1, 0), store), refused);
    assert_eq!(delivery.handle_item(item(1, u64::MAX), store), refused);
    assert_eq!(
        delivery.handle_item(item(1, 5), store),
        Ok(()),
        "a start ahead"
    );
    assert_eq!(delivery.handle_item(item(1, 5), store), refused, "again");
    assert_eq!(delivery.handle_item(item(1, 4), store), refused, "back");
    assert_eq!(delivery.handle_item(item(1, 7), store), refused, "a jump");
    assert_eq!(delivery.handle_item(item(1, 6), store), Ok(()));
    let secure = &mut line.secure[0];
    for first in [0, u64::MAX] {
        let starts = [Start {
            stream: StreamId::from_bytes([3; 16]),
            first,
        }];
        assert_eq!(delivery.handle_resume(&starts, store, secure), refused);
    }
    let twice = [1, 1].map(|first| Start {
        stream: StreamId::from_bytes([4; 16]),
        first,
    });
    assert_eq!(delivery.handle_resume(&twice, store, secure), refused);
}
