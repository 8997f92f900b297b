//! One conversation between two Duologues, from the first byte to the last: TLS, then frames.
//!
//! Sans-IO, described by kinds of method: `handle_*` tell it what happened, `admit`, `send`, `end` and
//! the like change it, `poll_*` say what to do next. Time is an argument; sockets, and who may talk
//! with us, are the worker's.
//!
//! The way of a connection: the handshake proves both keys; the calling side says *Knock*, perhaps with
//! a token; the called side decides ([`Secure::admit`] or [`Secure::end`]) and says *Hello*; the calling
//! side says *Hello*; then both may say anything. Of ourselves nothing but the key is told before that, and
//! by the calling side not even that to somebody with another key than the expected one.

#[cfg(test)]
mod tests;
mod tls;

use crate::{
    identity::{PublicKey, StreamId, invite::Token},
    net::protocol::{
        Tag,
        frame::{
            Ack, Body, Bye, FRAME_CAP, Frame, Hello, Item, KNOCK_CAP, Knock, Reader, Start,
            TEXT_CAP,
        },
        secure::tls::Tls,
    },
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

pub use crate::net::protocol::secure::tls::{
    ALPN, HANDSHAKE_RECORD, MAJOR_VERSION, Terms, TlsError,
};

/// From the first byte to *Knock*, and again from being let in to *Hello*.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a person is asked whether somebody may come in.
pub const ASK: Duration = Duration::from_mins(2);
/// How long the calling side waits for that, with some room for slow networks.
const WAIT: Duration = ASK.saturating_add(HANDSHAKE);
/// After so much silence we ask whether the peer is there.
pub const PING: Duration = Duration::from_secs(15);
/// After so much silence it is not.
pub const GONE: Duration = Duration::from_secs(45);

/// After the computer has slept, an answer is due within this time.
const AFTER_SLEEP: Duration = Duration::from_secs(5);
/// So much waits here to be written at most, in bytes and in items; the rest stays in the store.
const QUEUE_BYTES: usize = 256 * 1024;
const QUEUE_ITEMS: usize = 1024;

/// That the peer goes on writing is reported this often.
const TYPING: Duration = Duration::from_secs(1);
/// Frames that go into one record together, in bytes (RFC 8446, 5.1: at most 2^14).
const RECORD: usize = 16 * 1024;

/// What a conversation has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The called side: this key is at the door, and waits for a decision.
    Knocked {
        /// Proved by the handshake.
        key: PublicKey,
        /// Of an invite.
        token: Option<Token>,
    },
    /// The calling side: this key is there, and decides.
    Waiting {
        /// Proved by the handshake.
        key: PublicKey,
    },
    /// Both have said who they are.
    Open(Hello),
    /// The peer said this. Within a stream one behind the other, as far as this connection goes.
    Item(Item),
    /// The peer has so much on its disk.
    Ack(Ack),
    /// The peer asks how far these streams have come.
    Resume(Vec<Start>),
    /// The peer is writing, or no more.
    Typing(bool),
    /// The system has all bytes of this message.
    Sent(Tag),
    /// This message did not go out whole, and will not.
    NotSent(Tag),
    /// Nothing more will come.
    Over(Over),
}

/// Why nothing more will come.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// The peer said why.
    Said(Bye),
    /// The peer closed the connection in order, and said nothing.
    Closed,
    /// The peer broke the rules.
    Misbehaved,
    /// The peer has been silent for [`GONE`].
    Silent,
    /// The peer did not get to the point in time.
    TimedOut,
    /// There is no encryption with this peer.
    Tls(TlsError),
}

/// Which side this is.
#[derive(Debug)]
enum Side {
    /// With what is said to be let in, and once let in.
    Calling(Knock, Hello),
    Called,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Handshaking,
    /// The called side waits for *Knock*.
    Knocking,
    /// The called side has not decided yet. Nothing is read.
    Knocked,
    /// The calling side waits for *Hello*.
    Waiting,
    /// The called side waits for the *Hello* that answers its own.
    Greeting,
    Open,
    Over,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Secure {
    tls: Tls,
    side: Side,
    stage: Stage,
    /// When patience with this stage ends.
    until: Option<Instant>,
    /// What arrived while nothing was to be read.
    held: Vec<u8>,
    plain: Vec<u8>,
    reader: Reader,
    /// Frames that go before what is queued.
    control: VecDeque<Frame>,
    queue: VecDeque<(Tag, Item)>,
    queued: usize,
    /// Of the last item that came in.
    heard: Option<(StreamId, u64)>,
    heard_at: Instant,
    pinged_at: Instant,
    unread: bool,
    /// When the peer was last reported to be writing.
    typing_at: Option<Instant>,
    /// What is said when the queue is empty.
    ending: Option<Bye>,
    /// That was said.
    ended: bool,
    /// Bytes of the wire, of which so many are written.
    out: Vec<u8>,
    written: usize,
    /// The messages in `out`, each with where it ends.
    marks: VecDeque<(Tag, usize)>,
    outputs: VecDeque<Output>,
}

impl Secure {
    /// The side that calls. `expected` is the only key that will do.
    ///
    /// # Errors
    /// See [`Terms::new`].
    pub fn call(
        terms: &Terms,
        expected: Option<PublicKey>,
        knock: Knock,
        hello: Hello,
        now: Instant,
    ) -> Result<Self, rustls::Error> {
        let side = Side::Calling(knock, hello);
        Ok(Self::new(terms.call(expected)?, side, now))
    }

    /// The side that was called.
    pub fn accept(terms: &Terms, now: Instant) -> Self {
        Self::new(terms.accept(), Side::Called, now)
    }

    fn new(tls: Tls, side: Side, now: Instant) -> Self {
        let cap = match side {
            Side::Calling(..) => FRAME_CAP,
            Side::Called => KNOCK_CAP,
        };
        Self {
            tls,
            side,
            stage: Stage::Handshaking,
            until: Some(now + HANDSHAKE),
            held: Vec::new(),
            plain: Vec::new(),
            reader: Reader::new(cap),
            control: VecDeque::new(),
            queue: VecDeque::new(),
            queued: 0,
            heard: None,
            heard_at: now,
            pinged_at: now,
            unread: false,
            typing_at: None,
            ending: None,
            ended: false,
            out: Vec::new(),
            written: 0,
            marks: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Bytes arrived.
    pub fn handle_bytes(&mut self, mut wire: &[u8], now: Instant) {
        self.heard_at = now;
        while !wire.is_empty() {
            match self.stage {
                Stage::Over => return,
                // Who has said goodbye listens no more; and rustls asserts, in debug builds, that no broken
                // record comes behind its own end (common_state.rs, `send_fatal_alert`).
                _ if self.ended => return,
                Stage::Knocked => return self.held.extend_from_slice(wire),
                _ => {}
            }
            if let Err(error) = self.tls.read(&mut wire, &mut self.plain) {
                // What came before it was whole, and counts.
                if self.stage != Stage::Handshaking {
                    self.handle_plain(now);
                }
                return self.over(Over::Tls(error));
            }
            self.handle_plain(now);
        }
    }

    /// The connection is gone, or there is to be none any more: what waits is not sent.
    pub fn handle_end(&mut self) {
        self.stage = Stage::Over;
        self.queued = 0;
        let unsent = self.marks.drain(..).map(|(tag, _)| tag);
        let unsent = unsent.chain(self.queue.drain(..).map(|(tag, _)| tag));
        self.outputs.extend(unsent.map(Output::NotSent));
    }

    /// `poll_deadline` may have come.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.until.is_some_and(|until| until <= now) {
            return self.over(Over::TimedOut);
        }
        if self.stage != Stage::Open {
            return;
        }
        if self.unread {
            self.heard_at = now;
        }
        if self.heard_at + GONE <= now {
            self.over(Over::Silent);
        } else if self.heard_at.max(self.pinged_at) + PING <= now {
            self.pinged_at = now;
            // A peer that does not read is asked once.
            if !self.control.contains(&Frame::Ping) {
                self.control.push_back(Frame::Ping);
            }
        }
    }

    /// The computer has slept. Whether the peer is still there shows soon.
    pub fn handle_sleep(&mut self, now: Instant) {
        if self.stage == Stage::Open {
            let before = GONE.saturating_sub(AFTER_SLEEP);
            self.heard_at = now.checked_sub(before).unwrap_or(now);
            self.pinged_at = now;
            self.control.push_back(Frame::Ping);
        }
    }

    /// Whether bytes may have arrived that were not handed over yet. While so, it is we who are late.
    pub fn set_unread(&mut self, unread: bool) {
        self.unread = unread;
    }

    /// The called side lets the peer in.
    pub fn admit(&mut self, hello: Hello, now: Instant) {
        if self.stage != Stage::Knocked {
            return;
        }
        self.stage = Stage::Greeting;
        self.until = Some(now + HANDSHAKE);
        self.reader.set_cap(FRAME_CAP);
        self.control.push_back(Frame::Hello(hello));
        let held = std::mem::take(&mut self.held);
        self.handle_bytes(&held, now);
    }

    /// Whether there is room for further items.
    pub fn has_room(&self) -> bool {
        self.queued < QUEUE_BYTES && self.queue.len() < QUEUE_ITEMS
    }

    /// Queues an item. `tag` names it in [`Output::Sent`] and [`Output::NotSent`].
    pub fn send(&mut self, tag: Tag, item: Item) {
        let length = length(&item.body);
        if self.stage == Stage::Over || self.ending.is_some() || length > TEXT_CAP {
            self.outputs.push_back(Output::NotSent(tag));
            return;
        }
        self.queued += length;
        self.queue.push_back((tag, item));
    }

    /// Tells the peer how far a stream of its has come here.
    pub fn ack(&mut self, ack: Ack) {
        // One for each stream is enough, the newest one.
        let same =
            |frame: &Frame| matches!(frame, Frame::Ack(Ack { epoch, .. }) if *epoch == ack.epoch);
        self.control.retain(|frame| !same(frame));
        if self.stage == Stage::Open {
            self.control.push_back(Frame::Ack(ack));
        }
    }

    /// Asks the peer how far these streams of ours have come there.
    pub fn resume(&mut self, starts: Vec<Start>) {
        if self.stage == Stage::Open {
            self.control.push_back(Frame::Resume(starts));
        }
    }

    /// Tells the peer that the person is writing, or no more.
    pub fn set_typing(&mut self, typing: bool) {
        if self.stage == Stage::Open && self.ending.is_none() {
            self.control
                .retain(|frame| !matches!(frame, Frame::Typing(_)));
            self.control.push_back(Frame::Typing(typing));
        }
    }

    /// Ends the conversation, once what is queued has gone out.
    pub fn end(&mut self, why: Bye) {
        self.ending.get_or_insert(why);
    }

    /// Whether there is nothing left to write.
    pub fn is_flushed(&self) -> bool {
        let nothing_waits = self.queue.is_empty() && self.control.is_empty();
        self.written == self.out.len()
            && (self.stage == Stage::Over || nothing_waits)
            && (self.ending.is_none() || self.ended)
    }

    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Whether this has been let in, and has let in.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// What to do about it, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle_timeout`.
    pub fn poll_deadline(&self) -> Option<Instant> {
        if self.stage == Stage::Open && !self.unread {
            let ping = self.heard_at.max(self.pinged_at) + PING;
            Some(ping.min(self.heard_at + GONE))
        } else {
            self.until
        }
    }

    /// The bytes to write now, if any; say with `transmitted` how many of them went.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        if self.written == self.out.len() {
            self.refill();
        }
        self.out
            .get(self.written..)
            .filter(|bytes| !bytes.is_empty())
    }

    /// The system took `count` bytes of the last `poll_transmit`.
    pub fn transmitted(&mut self, count: usize) {
        self.written += count;
        while let Some((tag, _)) = self.marks.pop_front_if(|(_, end)| *end <= self.written) {
            self.outputs.push_back(Output::Sent(tag));
        }
    }

    /// Says anything at all inside the encryption, as a hostile peer would.
    #[cfg(any(test, fuzzing))]
    pub fn inject(&mut self, plain: &[u8]) {
        self.tls.write(plain);
    }

    /// Makes the next bytes of the wire, about a record of them.
    fn refill(&mut self) {
        self.out.clear();
        self.written = 0;
        let may_speak = matches!(
            self.stage,
            Stage::Knocked | Stage::Waiting | Stage::Greeting | Stage::Open
        );
        if may_speak && !self.ended {
            let mut plain = Vec::new();
            for frame in self.control.drain(..) {
                frame.append_to(&mut plain);
            }
            if self.stage == Stage::Open {
                self.refill_from_queue(&mut plain);
            }
            if let Some(bye) = self.ending
                && (self.queue.is_empty() || self.stage != Stage::Open)
            {
                Frame::Bye(bye).append_to(&mut plain);
                self.ended = true;
            }
            self.protect(&mut plain);
        }
        if self.ended || (self.ending.is_some() && !may_speak) {
            self.ended = true;
            self.tls.close();
        }
        self.tls.take_output(&mut self.out);
    }

    fn refill_from_queue(&mut self, plain: &mut Vec<u8>) {
        let mut together = Vec::new();
        while self.out.len() < RECORD
            && let Some((tag, item)) = self.queue.pop_front()
        {
            let length = length(&item.body);
            self.queued = self.queued.saturating_sub(length);
            // One record for what fits in: a message is out when its record is.
            if !together.is_empty() && plain.len() + length > RECORD {
                self.protect_marked(plain, &mut together);
            }
            Frame::Item(item).append_to(plain);
            together.push(tag);
            if plain.len() >= RECORD / 2 {
                self.protect_marked(plain, &mut together);
            }
        }
        self.protect_marked(plain, &mut together);
    }

    fn protect_marked(&mut self, plain: &mut Vec<u8>, together: &mut Vec<Tag>) {
        self.protect(plain);
        let end = self.out.len();
        self.marks.extend(together.drain(..).map(|tag| (tag, end)));
    }

    fn protect(&mut self, plain: &mut Vec<u8>) {
        if !plain.is_empty() {
            self.tls.write(plain);
            self.tls.take_output(&mut self.out);
            plain.clear();
        }
    }

    fn handle_plain(&mut self, now: Instant) {
        if self.stage == Stage::Handshaking && !self.tls.is_handshaking() {
            self.handle_handshake_over(now);
        }
        self.reader.push(&self.plain);
        self.plain.clear();
        while !matches!(self.stage, Stage::Over | Stage::Knocked) {
            match self.reader.poll_frame() {
                Ok(Some(frame)) => self.handle_frame(frame, now),
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%error, "not a frame");
                    return self.misbehaved();
                }
            }
        }
        if self.stage == Stage::Knocked && !self.reader.is_empty() {
            // Nobody talks before being let in, but may think better of it.
            match self.reader.poll_frame() {
                Ok(Some(Frame::Bye(bye))) => self.over(Over::Said(bye)),
                _ => self.misbehaved(),
            }
        }
        if self.tls.is_closed_by_peer() {
            self.over(Over::Closed);
        }
    }

    fn handle_handshake_over(&mut self, now: Instant) {
        let Some(key) = self.tls.peer_key() else {
            let error = rustls::Error::NoApplicationProtocol;
            return self.over(Over::Tls(TlsError::Failed(error)));
        };
        match &mut self.side {
            Side::Calling(knock, _) => {
                self.control.push_back(Frame::Knock(std::mem::take(knock)));
                self.stage = Stage::Waiting;
                self.until = Some(now + WAIT);
                self.outputs.push_back(Output::Waiting { key });
            }
            Side::Called => self.stage = Stage::Knocking,
        }
    }

    fn handle_frame(&mut self, frame: Frame, now: Instant) {
        match (self.stage, frame) {
            (Stage::Knocking, Frame::Knock(knock)) => {
                let Some(key) = self.tls.peer_key() else {
                    return self.misbehaved();
                };
                self.stage = Stage::Knocked;
                self.until = None;
                let token = knock.token;
                self.outputs.push_back(Output::Knocked { key, token });
            }
            (Stage::Waiting | Stage::Greeting, Frame::Hello(hello)) if hello.version > 0 => {
                if let Side::Calling(_, ours) = &self.side {
                    self.control.push_back(Frame::Hello(ours.clone()));
                }
                self.stage = Stage::Open;
                self.until = None;
                self.pinged_at = now;
                self.outputs.push_back(Output::Open(hello));
            }
            (Stage::Open, Frame::Item(item)) => self.handle_item(item),
            (Stage::Open, Frame::Typing(typing)) => {
                // Said again while it goes on; a report a second is enough.
                let is_news = match self.typing_at {
                    Some(at) => !typing || at + TYPING <= now,
                    None => typing,
                };
                if is_news {
                    self.typing_at = typing.then_some(now);
                    self.outputs.push_back(Output::Typing(typing));
                }
            }
            (Stage::Open, Frame::Ping) => {
                // One answer is enough for any number of questions.
                if !self.control.contains(&Frame::Pong) {
                    self.control.push_back(Frame::Pong);
                }
            }
            (Stage::Open, Frame::Pong) => {}
            (Stage::Open, Frame::Ack(ack)) => self.outputs.push_back(Output::Ack(ack)),
            (Stage::Open, Frame::Resume(starts)) => self.outputs.push_back(Output::Resume(starts)),
            (Stage::Waiting | Stage::Greeting | Stage::Open, Frame::Bye(bye)) => {
                self.over(Over::Said(bye));
            }
            (Stage::Waiting | Stage::Greeting | Stage::Open, Frame::Unknown(kind)) => {
                tracing::debug!(kind, "a frame of a later version");
            }
            _ => self.misbehaved(),
        }
    }

    fn handle_item(&mut self, item: Item) {
        let in_order = match self.heard {
            Some((epoch, number)) if epoch == item.epoch => {
                number.checked_add(1) == Some(item.number)
            }
            // The stream goes on from where an earlier connection left it.
            _ => item.number > 0,
        };
        if !in_order {
            return self.misbehaved();
        }
        self.heard = Some((item.epoch, item.number));
        self.typing_at = None;
        self.outputs.push_back(Output::Item(item));
    }

    /// The peer broke the rules in what it said, which only our memory of it shows.
    pub fn refuse(&mut self) {
        if self.stage == Stage::Open {
            self.misbehaved();
        }
    }

    fn misbehaved(&mut self) {
        let mut plain = Vec::new();
        Frame::Bye(Bye::Misbehaved).append_to(&mut plain);
        self.tls.write(&plain);
        self.tls.close();
        self.ended = true;
        self.over(Over::Misbehaved);
    }

    fn over(&mut self, why: Over) {
        if self.stage != Stage::Over {
            self.stage = Stage::Over;
            self.until = None;
            self.control.clear();
            if !self.ended {
                self.ended = true;
                self.tls.close();
            }
            self.outputs.push_back(Output::Over(why));
        }
    }
}

/// What an item counts for, in bytes.
fn length(body: &Body) -> usize {
    match body {
        Body::Text(text) => text.len(),
        Body::Skip | Body::Unknown(_) => 0,
    }
}
