//! One session between two Duologues, from the first byte to the last: TLS, then frames.
//!
//! Sans-IO, with three kinds of method: `handle_*` tell it what has happened; `admit`, `send`, `end` and the like
//! change it; `poll_*` say what to do next. Time is an argument. The worker owns the sockets, and decides who may talk
//! with us.
//!
//! A connection takes these steps. The handshake proves both keys. The calling side says *Knock*, perhaps with the
//! proof of an invite. The called side decides ([`Secure::admit`] or [`Secure::end`]) and says *Hello*. The calling side
//! says *Hello*, and the session is open. Before that neither side reveals more than its key, and the calling side
//! reveals not even that to a peer with an unexpected key.

mod keepalive;
mod output;
mod queue;
mod receive;
mod receive_buffer;
mod send_buffer;
#[cfg(test)]
mod tests;
mod tls;
mod transfers;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

pub use self::{
    keepalive::{GONE, PING},
    output::{Output, Over},
    tls::{ALPN, HANDSHAKE_RECORD, MAJOR_VERSION, TlsConfig, TlsError},
};
use self::{
    keepalive::{Keepalive, Silence},
    queue::Queue,
    receive_buffer::ReceiveBuffer,
    send_buffer::SendBuffer,
    tls::Tls,
};
use crate::{
    identity::{PublicKey, StreamId},
    net::protocol::{
        Tag,
        frame::{
            Ack, Bye, FRAME_CAP, Frame, Hello, Item, KNOCK_CAP, Knock, ReadMark, Start, TEXT_CAP,
        },
    },
};

/// Maximum time from the first byte to *Knock*, and again from being admitted to *Hello*.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a person has to approve a caller.
pub const APPROVAL: Duration = Duration::from_mins(2);
/// How long the calling side waits for that, with some room for slow networks.
const WAIT: Duration = APPROVAL.saturating_add(HANDSHAKE);
/// Minimum time between two reports that the peer goes on typing.
const TYPING: Duration = Duration::from_secs(1);
/// Frames up to this many bytes go into one record (RFC 8446, 5.1: at most 2^14).
const RECORD: usize = 16 * 1024;

/// Which side this is.
#[derive(Debug)]
enum Side {
    /// What it says to be admitted, and then.
    Calling(Knock, Hello),
    Called,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Handshaking,
    /// The called side waits for *Knock*.
    Knocking,
    /// The called side has not decided yet. Bytes that arrive wait unread.
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
    /// When this stage times out.
    until: Option<Instant>,
    receive_buffer: ReceiveBuffer,
    /// Of the last item that was received.
    last_item: Option<(StreamId, u64)>,
    keepalive: Keepalive,
    /// When the peer was last reported to be typing.
    typing_at: Option<Instant>,
    goodbye: Goodbye,
    queue: Queue,
    send_buffer: SendBuffer,
    outputs: VecDeque<Output>,
}

/// Our side of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goodbye {
    No,
    /// To be said once the queue is empty.
    Pending(Bye),
    /// Nothing is said or read any more.
    Said,
}

impl Secure {
    /// The calling side. `expected` is the only key to accept.
    ///
    /// # Errors
    /// See [`TlsConfig::new`].
    pub fn call(
        config: &TlsConfig,
        expected: Option<PublicKey>,
        knock: Knock,
        hello: Hello,
        now: Instant,
    ) -> Result<Self, rustls::Error> {
        let side = Side::Calling(knock, hello);
        Ok(Self::new(config.call(expected)?, side, now))
    }

    /// The called side.
    pub fn accept(config: &TlsConfig, now: Instant) -> Self {
        Self::new(config.accept(), Side::Called, now)
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
            receive_buffer: ReceiveBuffer::new(cap),
            last_item: None,
            keepalive: Keepalive::new(now),
            typing_at: None,
            goodbye: Goodbye::No,
            queue: Queue::default(),
            send_buffer: SendBuffer::default(),
            outputs: VecDeque::new(),
        }
    }

    /// The connection is gone, or will be: what waits is not sent.
    pub fn handle_end(&mut self) {
        self.stage = Stage::Over;
        let unsent = self
            .send_buffer
            .clear_marks()
            .chain(self.queue.clear_items());
        self.outputs.extend(unsent.map(Output::NotSent));
    }

    /// `poll_deadline` may have come.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.until.is_some_and(|until| until <= now) {
            return self.over(Over::TimedOut);
        }
        if self.stage == Stage::Open {
            match self.keepalive.check(now) {
                Silence::Short => {}
                // A peer that does not read is asked once.
                Silence::Ping => self.queue.push_once(Frame::Ping),
                Silence::Gone => self.over(Over::Silent),
            }
        }
    }

    /// The computer has slept. Asks whether the peer is still there.
    pub fn handle_sleep(&mut self, now: Instant) {
        if self.stage == Stage::Open {
            self.keepalive.handle_sleep(now);
            self.queue.push_control(Frame::Ping);
        }
    }

    /// Whether bytes may have arrived that were not passed to `handle_bytes`. While so, we are the ones who are late.
    pub fn set_unread(&mut self, unread: bool) {
        self.keepalive.set_unread(unread);
    }

    /// The called side admits the peer.
    pub fn admit(&mut self, hello: Hello, now: Instant) {
        if self.stage != Stage::Knocked {
            return;
        }
        self.stage = Stage::Greeting;
        self.until = Some(now + HANDSHAKE);
        self.receive_buffer.set_cap(FRAME_CAP);
        self.queue.push_control(Frame::Hello(hello));
        let held = self.receive_buffer.take_held();
        self.handle_bytes(&held, now);
    }

    /// Whether there is room for further items.
    pub fn has_room(&self) -> bool {
        self.queue.has_room()
    }

    /// Queues an item. `tag` names it in [`Output::Sent`] and [`Output::NotSent`].
    pub fn send(&mut self, tag: Tag, item: Item) {
        let may_send = self.stage != Stage::Over && self.goodbye == Goodbye::No;
        if may_send && queue::length(&item) <= TEXT_CAP {
            self.queue.push_item(tag, item);
        } else {
            self.outputs.push_back(Output::NotSent(tag));
        }
    }

    /// Tells the peer how far a stream of its has come here.
    pub fn ack(&mut self, ack: Ack) {
        if self.stage == Stage::Open {
            self.queue.push_ack(ack);
        }
    }

    /// Tells the peer how far the person has read.
    pub fn read(&mut self, read: ReadMark) {
        if self.stage == Stage::Open {
            self.queue.push_read(read);
        }
    }

    /// Asks the peer how far these streams of ours have come there.
    pub fn resume(&mut self, starts: Vec<Start>) {
        if self.stage == Stage::Open {
            self.queue.push_control(Frame::Resume(starts));
        }
    }

    /// Tells the peer whether the person is typing.
    pub fn set_typing(&mut self, typing: bool) {
        if self.stage == Stage::Open && self.goodbye == Goodbye::No {
            self.queue.push_typing(typing);
        }
    }

    /// Ends the session, once what is queued has been sent.
    pub fn end(&mut self, why: Bye) {
        if self.goodbye == Goodbye::No {
            self.goodbye = Goodbye::Pending(why);
        }
    }

    /// Whether there is nothing left to write.
    pub fn is_flushed(&self) -> bool {
        self.send_buffer.is_written()
            && (self.stage == Stage::Over || self.queue.is_empty())
            && !matches!(self.goodbye, Goodbye::Pending(_))
    }

    /// Whether nothing more will follow.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Whether each side has admitted the other.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// What has happened, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle_timeout`.
    pub fn poll_deadline(&self) -> Option<Instant> {
        if self.stage == Stage::Open {
            Some(self.keepalive.poll_deadline())
        } else {
            self.until
        }
    }

    /// The bytes to write now, if any; say with `transmitted` how many of them went.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        if self.send_buffer.is_written() {
            self.refill();
        }
        self.send_buffer.unwritten()
    }

    /// The system took `count` bytes of the last `poll_transmit`.
    pub fn transmitted(&mut self, count: usize) {
        let all = self.send_buffer.unwritten().map_or(0, <[u8]>::len);
        self.queue.transfers.set_slow(count < all);
        let sent = self.send_buffer.advance(count);
        self.outputs.extend(sent.map(Output::Sent));
    }

    /// Sends any bytes inside the encryption, as a hostile peer would.
    #[cfg(any(test, fuzzing))]
    pub fn inject(&mut self, plain: &[u8]) {
        self.tls.write(plain);
    }

    /// Makes the next bytes to write, about a record of them.
    fn refill(&mut self) {
        self.send_buffer.clear();
        let may_speak = matches!(
            self.stage,
            Stage::Knocked | Stage::Waiting | Stage::Greeting | Stage::Open
        );
        if may_speak && self.goodbye != Goodbye::Said {
            let mut plain = Vec::new();
            self.queue.take_control(&mut plain);
            if self.stage == Stage::Open {
                self.encrypt_items(&mut plain);
                if self.send_buffer.len() == 0 && self.goodbye == Goodbye::No {
                    self.queue.transfers.take(&mut plain);
                }
            }
            if let Goodbye::Pending(bye) = self.goodbye
                && !(self.stage == Stage::Open && self.queue.has_items())
            {
                Frame::Bye(bye).append_to(&mut plain);
                self.goodbye = Goodbye::Said;
            }
            self.send_buffer
                .encrypt(&mut plain, &mut Vec::new(), &mut self.tls);
        }
        match self.goodbye {
            Goodbye::Pending(_) if !may_speak => {
                self.goodbye = Goodbye::Said;
                self.tls.close();
            }
            Goodbye::Said => self.tls.close(),
            Goodbye::No | Goodbye::Pending(_) => {}
        }
        self.send_buffer.take_from(&mut self.tls);
    }

    /// Encrypts queued items after what is in `plain`.
    fn encrypt_items(&mut self, plain: &mut Vec<u8>) {
        let mut tags = Vec::new();
        while self.send_buffer.len() < RECORD
            && let Some((tag, item)) = self.queue.pop_item()
        {
            // Items share a record as far as they fit: a message is sent when its whole record is.
            if !tags.is_empty() && plain.len() + queue::length(&item) > RECORD {
                self.send_buffer.encrypt(plain, &mut tags, &mut self.tls);
            }
            Frame::Item(item).append_to(plain);
            tags.push(tag);
            if plain.len() >= RECORD / 2 {
                self.send_buffer.encrypt(plain, &mut tags, &mut self.tls);
            }
        }
        self.send_buffer.encrypt(plain, &mut tags, &mut self.tls);
    }
}
