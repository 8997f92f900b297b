//! Commands: what the window asks of the worker.

use crate::{
    endpoint::Endpoint,
    identity::{Name, PeerId, PublicKey, invite::Token},
    net::protocol::plain::Format,
    store::{Change, Row},
    text::charset::Charset,
};
use std::path::PathBuf;

#[cfg(doc)]
use super::Event;

/// Names a message of ours until it is stored. Chosen by the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// A command from the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Listen at this address and no longer at the current one. Port 0 takes any free port. Answered by
    /// [`Event::Listening`] or [`Event::ListenFailed`].
    Listen(Endpoint),
    /// Stop listening. The current conversation continues.
    StopListening,
    /// Call somebody. Ends the current conversation. Answered by [`Event::Connected`] or [`Event::ConnectFailed`].
    Connect(Call),
    /// Cancel the current call.
    Cancel,
    /// End the current conversation once everything queued has been sent.
    Disconnect,
    /// Send a message: to the holder of a key now or as soon as it is connected, to an address only while it is
    /// connected. Answered once by [`Event::Stored`] or [`Event::NotStored`]. [`Event::Sent`] and [`Event::Settled`]
    /// say what becomes of a stored one.
    Send {
        /// Names the message in the answer.
        id: MessageId,
        /// The recipient.
        to: PeerId,
        /// The text, with `\n` between lines. To the holder of a key at most
        /// [`TEXT_CAP`](crate::net::protocol::frame::TEXT_CAP) bytes.
        text: String,
        /// The encoding of plain text. The window checks that it has all characters. Encrypted text is UTF-8.
        charset: Charset,
    },
    /// Send a message that answers another one, like [`Command::Send`] to the holder of a key.
    Reply {
        /// Names the message in the answer.
        id: MessageId,
        /// The recipient.
        to: PublicKey,
        /// The text; see [`Command::Send`].
        text: String,
        /// The row in the store of the message that it answers.
        reply_to: Row,
    },
    /// Edit, delete or react to a message of the conversation with the holder of this key, now and there as soon as it is
    /// connected. Answered by [`Event::MessageChanged`];
    /// not at all if it can't be: the message has no name, was deleted, or is not ours to edit.
    Change {
        /// Whose conversation.
        to: PublicKey,
        /// The message's row in the store.
        row: Row,
        /// What to do to it. A text is at most [`TEXT_CAP`](crate::net::protocol::frame::TEXT_CAP) bytes, an emoji
        /// [`EMOJI_CAP`](crate::net::protocol::frame::EMOJI_CAP).
        change: Change,
    },
    /// Offer a file or a folder to the holder of a key, connected or not: it is read first, on another thread. Answered once by
    /// [`Event::Stored`], [`Event::NotStored`] or [`Event::OfferFailed`].
    Offer {
        /// Names the offer in the answer.
        id: MessageId,
        /// The recipient.
        to: PublicKey,
        /// The file or folder.
        path: PathBuf,
        /// Whether the place where a picture was taken stays in it.
        keep_location: bool,
    },
    /// Offer this one not at all, if it is still being read. Answered by [`Event::OfferFailed`]; not at all if it was
    /// answered already.
    CancelOffer {
        /// Which one.
        id: MessageId,
    },
    /// Accept or decline a file. Answered by [`Event::MessageChanged`], unless it waits for no answer any more.
    AnswerFile {
        /// Who offered it.
        to: PublicKey,
        /// The offer's row in the store.
        row: Row,
        /// The folder to receive it into; `None` to decline it.
        accept: Option<PathBuf>,
    },
    /// Pause a transfer of a file, let it go on, or give it up. Answered by [`Event::MessageChanged`], unless it is over or
    /// nothing changes.
    ControlFile {
        /// The other side.
        to: PublicKey,
        /// The offer's row in the store.
        row: Row,
        /// What to do.
        control: FileControl,
    },
    /// Recall a message that waits for its recipient. Answered by [`Event::Settled`], unless it is on its way.
    Recall {
        /// The recipient.
        to: PublicKey,
        /// Its row in the store.
        row: Row,
    },
    /// Redial now instead of waiting; see [`Event::Redialling`].
    TryNow,
    /// Keep the unsent text of this conversation.
    SetDraft(PeerId, String),
    /// The person has read this conversation up to this row.
    SetRead(PeerId, Row),
    /// Pin or mute a conversation. Answered by [`Event::Changed`].
    ChangeConversation(PeerId, ConversationChange),
    /// Erase the messages of this conversation, or of all. Messages that wait to be delivered stay. Answered by
    /// [`Event::Cleared`].
    Clear(Option<PeerId>),
    /// Recover what can be read of a damaged database that was set aside. Answered by [`Event::Salvaged`].
    Salvage(PathBuf),
    /// Go on without the contacts that could not be recovered of a damaged database: nobody is asked about because of
    /// them any more.
    AcceptLosses,
    /// Set how this and later plain-text conversations are read and written.
    SetFormat(Format),
    /// Set our name, who may call, and whether history is kept.
    SetPreferences(Preferences),
    /// Answer [`Event::JoinRequested`].
    Answer {
        /// Which request.
        request: RequestId,
        /// Whether to admit the caller.
        admit: bool,
    },
    /// Answer [`Event::LimitReached`].
    TakeMore {
        /// Which peer.
        peer_id: PeerId,
        /// Whether to take as much again within the same day. If not, the conversation ends, and the peer's calls are
        /// rejected for the rest of that day.
        take: bool,
    },
    /// For an hour, reject callers that the person does not know without asking, those that wait included; or ask again.
    /// Answered by [`Event::UnknownRefused`] if that changes anything.
    RefuseUnknown(bool),
    /// Make an invite to the address where the worker listens. Answered by [`Event::Invite`].
    MakeInvite,
    /// The person has started or stopped typing. Only an encrypted peer is told.
    SetTyping(bool),
    /// Change the contact with this key. Answered by [`Event::Contacts`].
    ChangeContact(PublicKey, ContactChange),
    /// Send the messages that are [held](crate::identity::Contact::held) for the holder of this key. Answered by
    /// [`Event::Contacts`].
    SendHeld(PublicKey),
    /// Recall the messages that are held for the holder of this key. Answered by [`Event::Settled`] and
    /// [`Event::Contacts`].
    DiscardHeld(PublicKey),
    /// Set the damaged key file aside and make a new key. Answered by [`Event::Identity`].
    ReplaceIdentity,
}

/// Who to call, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The address.
    pub to: Endpoint,
    /// Other addresses of the same program, tried in parallel.
    pub also: Vec<Endpoint>,
    /// Which protocol and which peer.
    pub how: How,
}

/// Which protocol to speak with whom. A call never falls back to anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// Plain text, with any program.
    Plain,
    /// Encrypted, with the key last met at that address, or with any key if none was.
    Encrypted,
    /// Encrypted, although the key last met at that address can't be read, as the person has been told: with this
    /// key, if one has answered to the call before, or else with any. Once the other can be read, it counts.
    Unchecked(Option<PublicKey>),
    /// Encrypted, only with this key.
    To(PublicKey),
    /// Encrypted, with the key of an invite.
    Invited(PublicKey, Token),
    /// Encrypted, with this key, although another one was expected at the address.
    NewKey {
        /// The key that was seen there.
        key: PublicKey,
        /// The contact whose new key it is, if the person says so.
        replaces: Option<PublicKey>,
    },
}

/// What the person does to a transfer of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileControl {
    /// Let it wait.
    Pause,
    /// Let it go on.
    Resume,
    /// Give it up. What has arrived of it is deleted.
    Cancel,
}

/// Which offers of files are accepted without asking the person: those from verified peers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptFiles {
    /// The folder to receive them into.
    pub folder: PathBuf,
    /// Maximum size, in bytes.
    pub up_to: u64,
}

/// Our name, who may call, and whether history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// What we call ourselves.
    pub name: Name,
    /// Whether plain-text callers are admitted.
    pub allow_plain: bool,
    /// Whether messages are kept after the conversation.
    pub keep_history: bool,
    /// Whether peers learn how far the person has read, and the person how far they have. From the next connection on, if it
    /// is turned on.
    pub read_marks: bool,
    /// Which files are accepted without asking; `None` to ask about all.
    pub accept_files: Option<AcceptFiles>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            name: Name::default(),
            allow_plain: true,
            keep_history: true,
            read_marks: true,
            accept_files: None,
        }
    }
}

/// Names a request to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A change to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactChange {
    /// Our name for it; `None` to use the name it gives itself.
    Rename(Option<String>),
    /// Whether the safety numbers were compared and match.
    SetVerified(bool),
    /// Whether it is blocked. Blocking ends a conversation with it.
    SetBlocked(bool),
    /// Forget it, and the messages that wait for it.
    Forget,
}

/// A change to how a conversation is listed, or notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationChange {
    /// Whether it is first in the list.
    SetPinned(bool),
    /// Whether the desktop is not notified of its messages.
    SetMuted(bool),
}
