//! A conversation's session, in whichever of the two languages it is.

use std::time::Instant;

use crate::{
    net::protocol::{
        Tag,
        end::EndReason,
        frame::{Ack, Bye, Hello, Item, Start},
        plain::{self, Format, Plain},
        secure::{self, Over, Secure},
    },
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};

/// See the [module](self). Sans-IO, as both are.
#[derive(Debug)]
pub(in crate::net) enum Session {
    Plain(Box<Plain>),
    Secure(Box<Secure>),
}

/// What a conversation has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::net) enum Output {
    /// The peer said this in plain text.
    Message(Decoded, LineEnd),
    /// The peer said this, encrypted.
    Item(Item),
    Ack(Ack),
    Resume(Vec<Start>),
    Typing(bool),
    /// The peer says who it is.
    Open(Hello),
    Sent(Tag),
    NotSent(Tag),
    /// The conversation is to end.
    Over(EndReason),
}

impl Session {
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        match self {
            Self::Plain(plain) => plain.handle_bytes(bytes, now),
            Self::Secure(secure) => secure.handle_bytes(bytes, now),
        }
    }

    pub fn set_unread(&mut self, unread: bool) {
        match self {
            Self::Plain(plain) => plain.set_unread(unread),
            Self::Secure(secure) => secure.set_unread(unread),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match self {
            Self::Plain(plain) => plain.handle_timeout(now),
            Self::Secure(secure) => secure.handle_timeout(now),
        }
    }

    /// The connection is gone, and perhaps another one comes.
    pub fn handle_link_lost(&mut self) {
        match self {
            Self::Plain(plain) => plain.handle_link_lost(),
            Self::Secure(secure) => secure.handle_end(),
        }
    }

    /// There will be no further connection.
    pub fn handle_end(&mut self) {
        match self {
            Self::Plain(plain) => plain.handle_end(),
            Self::Secure(secure) => secure.handle_end(),
        }
    }

    /// Says the end, where the language has a word for it.
    pub fn end(&mut self, why: Bye) {
        match self {
            Self::Plain(_) => {}
            Self::Secure(secure) => secure.end(why),
        }
    }

    /// Queues a message in plain text.
    pub fn send(&mut self, tag: Tag, text: &str, charset: Charset) {
        match self {
            Self::Plain(plain) => plain.send(tag, text, charset),
            // What is said encrypted comes out of the store.
            Self::Secure(_) => {}
        }
    }

    /// The session as one between two Duologues.
    pub fn secure(&mut self) -> Option<&mut Secure> {
        match self {
            Self::Plain(_) => None,
            Self::Secure(secure) => Some(secure),
        }
    }

    pub fn set_format(&mut self, format: Format) {
        match self {
            Self::Plain(plain) => plain.set_format(format),
            Self::Secure(_) => {}
        }
    }

    pub fn set_typing(&mut self, typing: bool) {
        match self {
            Self::Plain(_) => {}
            Self::Secure(secure) => secure.set_typing(typing),
        }
    }

    pub fn is_flushed(&self) -> bool {
        match self {
            Self::Plain(plain) => plain.is_flushed(),
            Self::Secure(secure) => secure.is_flushed(),
        }
    }

    pub fn poll_deadline(&self) -> Option<Instant> {
        match self {
            Self::Plain(plain) => plain.poll_deadline(),
            Self::Secure(secure) => secure.poll_deadline(),
        }
    }

    pub fn poll_transmit(&mut self, now: Instant) -> Option<&[u8]> {
        match self {
            Self::Plain(plain) => plain.poll_transmit(now),
            Self::Secure(secure) => secure.poll_transmit(),
        }
    }

    pub fn transmitted(&mut self, count: usize, now: Instant) {
        match self {
            Self::Plain(plain) => plain.transmitted(count, now),
            Self::Secure(secure) => secure.transmitted(count),
        }
    }

    /// What an encrypted session says before both are let in.
    pub fn poll_secure(&mut self) -> Option<secure::Output> {
        match self {
            Self::Plain(_) => None,
            Self::Secure(secure) => secure.poll_output(),
        }
    }

    /// Whether nothing more will come of an encrypted session.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Secure(secure) => secure.is_over(),
        }
    }

    /// Lets an encrypted caller in.
    pub fn admit(&mut self, hello: Hello, now: Instant) {
        match self {
            Self::Plain(_) => {}
            Self::Secure(secure) => secure.admit(hello, now),
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        match self {
            Self::Plain(plain) => Some(from_plain(plain.poll_output()?)),
            Self::Secure(secure) => loop {
                if let Some(output) = from_secure(secure.poll_output()?) {
                    return Some(output);
                }
            },
        }
    }
}

fn from_plain(output: plain::Output) -> Output {
    match output {
        plain::Output::Message(decoded, end) => Output::Message(decoded, end),
        plain::Output::Sent(tag) => Output::Sent(tag),
        plain::Output::NotSent(tag) => Output::NotSent(tag),
        plain::Output::ExitReceived => Output::Over(EndReason::ExitReceived),
        plain::Output::ExitSent => Output::Over(EndReason::ExitSent),
    }
}

/// What came before both were let in is no matter of the conversation.
fn from_secure(output: secure::Output) -> Option<Output> {
    Some(match output {
        secure::Output::Knocked { .. } | secure::Output::Waiting { .. } => return None,
        secure::Output::Open(hello) => Output::Open(hello),
        secure::Output::Item(item) => Output::Item(item),
        secure::Output::Ack(ack) => Output::Ack(ack),
        secure::Output::Resume(starts) => Output::Resume(starts),
        secure::Output::Typing(typing) => Output::Typing(typing),
        secure::Output::Sent(tag) => Output::Sent(tag),
        secure::Output::NotSent(tag) => Output::NotSent(tag),
        secure::Output::Over(over) => Output::Over(match over {
            Over::Said(Bye::Replaced) => EndReason::Replaced,
            Over::Said(_) | Over::Closed => EndReason::PeerLeft,
            Over::Misbehaved => EndReason::Misbehaved,
            Over::Silent => EndReason::Silent,
            // Bytes that nobody with the key has written are a broken connection.
            Over::TimedOut | Over::Tls(_) => EndReason::Lost,
        }),
    })
}

/// What the peer is told of our reason to end.
pub(in crate::net) fn bye(why: EndReason) -> Bye {
    match why {
        EndReason::CameBack => Bye::Replaced,
        EndReason::Blocked => Bye::Rejected,
        EndReason::Misbehaved => Bye::Misbehaved,
        _ => Bye::Left,
    }
}
