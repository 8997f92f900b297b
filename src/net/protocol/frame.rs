//! Frames: what two Duologues say to each other inside an encrypted connection.
//!
//! A frame is a length (u32, big-endian) and that many bytes of CBOR (RFC 8949): an array of a kind and a map of
//! numbered fields. `docs/protocol.md` describes every byte; its test vectors are checked here.
//!
//! Must not know TLS. No length is trusted: it is checked before memory is allocated for it.

mod append;
mod codec;
mod frame_reader;
mod item;
#[cfg(test)]
mod tests;
mod transfer;

use minicbor::{Decode, Encode, decode::Error as CborError};
use unicode_segmentation::UnicodeSegmentation as _;

pub(super) use self::transfer::append_data;
pub use self::{
    frame_reader::Reader,
    transfer::{Data, EndReason, TransferFrame, Want, is_offer},
};
#[cfg(doc)]
use crate::identity::NAME_CAP;
use crate::{
    files,
    identity::{StreamId, invite},
    millis::Millis,
    store::{FileChange, FileOffer},
};

/// Maximum length of a message, in bytes of UTF-8.
pub const TEXT_CAP: usize = 64 * 1024;
/// Maximum length of a frame, in bytes, without its header.
pub const FRAME_CAP: usize = TEXT_CAP + 1024;
/// Maximum length of *Knock*, in bytes, without its header: nothing else is read of a stranger.
pub const KNOCK_CAP: usize = 64;
/// Maximum number of streams in one *Resume*.
pub const RESUME_CAP: usize = 1024;
/// Maximum length of the emoji of a reaction, in bytes of UTF-8.
pub const EMOJI_CAP: usize = 64;
/// In [`Hello::features`]: replies, edits, deletions and reactions are understood.
pub const EVENTS: u64 = 1;
/// In [`Hello::features`]: read marks are sent and shown.
pub const READ_MARKS: u64 = 2;
/// In [`Hello::features`]: files are understood.
pub const FILES: u64 = 4;
/// Maximum length of the name of a file that is offered, in bytes of UTF-8.
pub const FILE_NAME_CAP: usize = files::MOST_NAME;
/// Maximum number of bytes in one *Data*.
pub const DATA_CAP: usize = files::CHUNK;
/// The protocol version of this program. Later ones add fields and kinds, which are skipped if unknown.
pub const VERSION: u32 = 1;

/// Size of a frame's header, in bytes: the length of what follows.
const HEADER: usize = 4;

/// Whether this can be the emoji of a reaction: one character, as people count them (UAX 29, an extended grapheme cluster), in
/// at most [`EMOJI_CAP`] bytes; or nothing, which takes the reaction back.
pub fn is_reaction(text: &str) -> bool {
    text.len() <= EMOJI_CAP && text.graphemes(true).nth(1).is_none()
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The first frame of the dialling side: asks to be admitted.
    Knock(Knock),
    /// Who is speaking. The listening side says it first, to admit the other.
    Hello(Hello),
    /// Something to deliver.
    Item(Item),
    /// Whether the person is typing.
    Typing(bool),
    /// Asks whether the peer is still there.
    Ping,
    /// Answers *Ping*.
    Pong,
    /// The last frame: ends the session, and says why.
    Bye(Bye),
    /// Everything up to this number of this stream is on the disk of the speaker.
    Ack(Ack),
    /// Streams with items that were not acknowledged, oldest first. Each is answered by an *Ack* before any item of it
    /// is sent.
    Resume(Vec<Start>),
    /// Everything of the peer's up to this message was read.
    Read(ReadMark),
    /// About the content of a file.
    Transfer(TransferFrame),
    /// A kind of a later version, to be skipped.
    Unknown(u32),
}

/// What the dialling side may present to be admitted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Knock {
    /// That the caller has the token of an invite.
    pub proof: Option<invite::Proof>,
}

/// Who is speaking.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// [`VERSION`] of the speaker; 1 or more.
    #[n(0)]
    pub version: u32,
    /// The speaker's name, at most [`NAME_CAP`] bytes.
    #[n(1)]
    pub name: String,
    /// What it supports beyond its version, one bit each: [`EVENTS`], [`READ_MARKS`], [`FILES`].
    #[n(2)]
    #[cbor(default)]
    pub features: u64,
    /// The time of its clock.
    #[n(3)]
    pub clock: Option<Millis>,
}

/// How far a stream has been received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ack {
    /// Which stream.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub stream: StreamId,
    /// 0 if nothing of it has been received.
    #[n(1)]
    pub up_to: u64,
}

/// Where a stream resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Start {
    /// Which stream.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub stream: StreamId,
    /// The first number that is not acknowledged; 1 or more.
    #[n(1)]
    pub first: u64,
}

/// Something to deliver. It is numbered, so that losses and duplicates show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The stream the number belongs to.
    pub stream: StreamId,
    /// Counts from 1 within the stream.
    pub number: u64,
    /// When it was written; by the sender's clock.
    pub sent_at: Millis,
    /// What it is.
    pub body: Body,
}

/// How far the person has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadMark {
    /// The stream of the newest message that was read.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub stream: StreamId,
    /// Its number; it and everything before it was read.
    #[n(1)]
    pub up_to: u64,
}

/// Names a message of either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Reference {
    /// Who wrote the message.
    #[n(0)]
    pub whose: Whose,
    /// Its stream.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub stream: StreamId,
    /// Its number in that stream.
    #[n(2)]
    pub number: u64,
}

/// Who wrote a message that an item refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The sender of the item.
    Senders,
    /// Its receiver.
    Receivers,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A message, at most [`TEXT_CAP`] bytes.
    Text(String),
    /// A message that answers another one, at most [`TEXT_CAP`] bytes. On the wire a text with a reference, so that an
    /// earlier version shows it as a message.
    Reply(Reference, String),
    /// Nothing: it was recalled before it was delivered.
    Skip,
    /// The sender's message has this text from now on, at most [`TEXT_CAP`] bytes.
    Edit(Reference, String),
    /// The sender's message is deleted for both.
    Delete(Reference),
    /// The sender's only reaction to this message; see [`is_reaction`].
    Reaction(Reference, String),
    /// An offer of a file or folder of this name; see [`is_offer`].
    Offer(String, FileOffer),
    /// What the sender does to an offer. On the wire an answer or a control.
    File(Reference, FileChange),
    /// Something of a later version.
    Unknown(u32),
}

/// Why a side ends the session, or rejects the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bye {
    /// The person has ended it.
    Left,
    /// A session with somebody else is going on, or too many callers wait for approval.
    Busy,
    /// A newer connection with the same key has replaced this one.
    Replaced,
    /// The person has rejected this key, or has blocked it.
    Rejected,
    /// Both sides have the same key.
    OwnKey,
    /// The peer has broken the rules of the protocol.
    Misbehaved,
    /// Both have called each other, and the other call stays.
    Crossed,
    /// The person has not answered.
    NoAnswer,
    /// A reason of a later version.
    Other(u32),
}

/// Why bytes are not a frame. The connection is closed then.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length is 0 or above the limit.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// Not CBOR, or not the right fields.
    #[error("a frame that can't be read: {0}")]
    Malformed(#[from] CborError),
    /// A field is longer than it may be.
    #[error("a field that is too long")]
    TooLong,
    /// An emoji is more than one character, as people count them.
    #[error("an emoji that is more than one")]
    NotOne,
    /// A file that nobody can offer: too large, without a name, or with numbers that do not fit together.
    #[error("an offer that can't be")]
    Offer,
    /// Bytes follow the CBOR.
    #[error("a frame with bytes after it")]
    Trailing,
}
