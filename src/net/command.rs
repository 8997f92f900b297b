//! What the window can ask the worker for.

use crate::{
    endpoint::Endpoint,
    identity::{Name, Party, PublicKey, invite::Token},
    net::protocol::plain::Format,
    text::charset::Charset,
};
use std::path::PathBuf;

#[cfg(doc)]
use super::Event;

/// Names a message of ours until it is stored. Chosen by the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// What the window asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Listen here instead of wherever the worker listens now. Port 0 takes any free one.
    Listen(Endpoint),
    /// Take no further callers. A conversation goes on.
    StopListening,
    /// Call this program. Ends a conversation that is going on.
    Connect(Call),
    /// Stop calling.
    Cancel,
    /// End the conversation, after what was sent has gone out.
    Disconnect,
    /// Send a message: to the holder of a key now or as soon as it is connected, to an address only while it is
    /// connected. Answered once by [`Event::Stored`] or [`Event::NotStored`]. [`Event::Sent`] and [`Event::Settled`]
    /// say what becomes of a stored one.
    Send {
        /// Names the message in the answer.
        id: MessageId,
        /// The recipient.
        to: Party,
        /// The text, with `\n` between lines. To the holder of a key at most
        /// [`TEXT_CAP`](crate::net::protocol::frame::TEXT_CAP) bytes.
        text: String,
        /// The encoding of plain text. The window checks that it has all characters. Encrypted text is UTF-8.
        charset: Charset,
    },
    /// Recall a message that waits for its recipient. Answered by [`Event::Settled`], unless it is on its way.
    Recall {
        /// The recipient.
        to: PublicKey,
        /// Its row in the store.
        row: u64,
    },
    /// Call again at once whom we are to call again later.
    TryNow,
    /// What stands in the composer of this conversation, for the next time.
    SetDraft(Party, String),
    /// The person has seen everything of this conversation up to this row.
    SetRead(Party, u64),
    /// Erase what was said in this conversation, or in all of them. What waits to be delivered stays. Answered
    /// by [`Event::Cleared`].
    Clear(Option<Party>),
    /// Take over what can be read of a database that was set aside. Answered by [`Event::Salvaged`].
    Salvage(PathBuf),
    /// How this and later conversations in plain text are read and written.
    SetFormat(Format),
    /// How we show ourselves, and who may come in.
    SetPreferences(Preferences),
    /// Let the one in who asks, or not.
    Answer {
        /// Who asks.
        ask: AskId,
        /// Whether to let it in.
        admit: bool,
    },
    /// Make an invite to where the worker listens. Answered by [`Event::Invite`].
    MakeInvite,
    /// The person writes, or has stopped. Told to an encrypted peer only.
    SetTyping(bool),
    /// Change what is known of this key. Answered by [`Event::Peers`].
    ChangePeer(PublicKey, PeerChange),
    /// Put the damaged key file aside and make a new key. Answered by [`Event::Identity`].
    ReplaceIdentity,
}

/// Whom to call, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Where.
    pub to: Endpoint,
    /// Where else the same program may be reached, tried side by side.
    pub also: Vec<Endpoint>,
    /// How to talk.
    pub how: How,
}

/// How to talk with whom is called. Never anything else than what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// In plain text, with anything.
    Plain,
    /// Encrypted, with whoever was last met at that address, or with anybody if nobody was.
    Encrypted,
    /// Encrypted, with this key alone.
    To(PublicKey),
    /// Encrypted, with the key of an invite.
    Invited(PublicKey, Token),
    /// Encrypted, with this key, which the address had not had so far. Where one is named, it is the new key
    /// of that peer.
    NewKey {
        /// The one that was seen there.
        key: PublicKey,
        /// Whose key it is now.
        replaces: Option<PublicKey>,
    },
}

/// How we show ourselves, and who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Our name for ourselves.
    pub name: Name,
    /// Whether callers in plain text may come in.
    pub allow_plain: bool,
    /// Whether what was said is kept when a conversation is over.
    pub keep_history: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            name: Name::default(),
            allow_plain: true,
            keep_history: true,
        }
    }
}

/// Names somebody who asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// What to change of what is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerChange {
    /// Call it so, or what it calls itself.
    Rename(Option<String>),
    /// The safety numbers were compared, or are no longer to be relied on.
    SetVerified(bool),
    /// Let it in no more, or again. Ends a conversation with it.
    SetBlocked(bool),
    /// Know nothing of it.
    Forget,
}
