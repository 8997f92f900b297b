//! A message in a timeline.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    path::Path,
};

use super::Attached;
use crate::{
    identity::{PeerId, PublicKey},
    net::MessageId,
    store::{self, FileInfo, Marks},
    text::charset::{Charset, Decoded, Reading, bytes_of},
};

/// Maximum length of what a reply shows of the message that it answers, in characters. The store reads as much.
const QUOTED: usize = 200;

/// A message in a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub speaker: Speaker,
    /// The text, decoded or as typed. Not safe to show: see [`crate::text::visible`].
    pub text: Box<str>,
    /// The bytes that `text` was decoded from, if encoding it would not give them back.
    pub raw: Option<Box<[u8]>>,
    /// The encoding on the wire.
    pub charset: Charset,
    /// The encoding that was detected when it came; `None` if it was not detected.
    pub(super) detected: Option<Charset>,
    /// How far it has come, if it is ours.
    pub delivery: Option<Delivery>,
    /// Its id between window and worker, if it is ours and not in the store yet.
    pub(super) id: Option<MessageId>,
    /// What has become of it since it was written.
    pub marks: Marks,
    /// If it is about a file or a folder: everything but the name, which is the text.
    pub file: Option<Box<Attached>>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The person at this window.
    Me,
    /// A peer in plain text. All that is known of it is its address.
    Peer(IpAddr),
    /// The holder of this key.
    Key(PublicKey),
}

/// How far a message of ours has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The worker has it, or the store, and is about to send it.
    Sending,
    /// It is in the store, and is sent when the peer connects.
    Waiting,
    /// It waits, but is sent only if the person says so, because it was written before the key of its recipient was replaced.
    /// Not in a timeline: see [`Chat::delivery`](crate::chat::Chat::delivery).
    Held,
    /// The system's network has taken it.
    Sent,
    /// The peer has confirmed it.
    Delivered,
    /// The peer's person has read it. Not in a timeline: see [`Chat::delivery`](crate::chat::Chat::delivery).
    Read,
    /// The person cancelled it.
    Recalled,
    /// It will never be sent.
    NotSent,
}

impl Message {
    /// A message of the peer.
    pub(in crate::chat) fn received(speaker: Speaker, decoded: Decoded) -> Self {
        let detected = decoded.detected();
        let Decoded {
            text, charset, raw, ..
        } = decoded;
        Self {
            speaker,
            text: text.into(),
            raw,
            charset,
            detected,
            delivery: None,
            id: None,
            marks: Marks::default(),
            file: None,
        }
    }

    /// An offer of the peer.
    pub(in crate::chat) fn received_offer(speaker: Speaker, name: String, file: FileInfo) -> Self {
        Self {
            speaker,
            text: name.into(),
            raw: None,
            charset: Charset::UTF_8,
            detected: None,
            delivery: None,
            id: None,
            marks: Marks::default(),
            file: Some(Box::new(Attached::Offered(file))),
        }
    }

    /// A file or folder of ours that is to be offered.
    pub(in crate::chat) fn preparing(id: MessageId, path: &Path) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let marks = Marks {
            is_named: true,
            ..Marks::default()
        };
        let name = name.to_string_lossy().into_owned();
        Self {
            file: Some(Box::new(Attached::Preparing(path.to_owned(), None))),
            ..Self::written(id, name, Charset::UTF_8, marks)
        }
    }

    /// A message of ours that was just written.
    pub(in crate::chat) fn written(
        id: MessageId,
        text: String,
        charset: Charset,
        marks: Marks,
    ) -> Self {
        Self {
            speaker: Speaker::Me,
            text: text.into(),
            raw: None,
            charset,
            detected: None,
            delivery: Some(Delivery::Sending),
            id: Some(id),
            marks,
            file: None,
        }
    }

    /// How window and worker call it, if it is ours and not in the store yet.
    pub fn id(&self) -> Option<MessageId> {
        self.id
    }

    /// The bytes on the wire, without the line end.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        bytes_of(self.raw.as_deref(), &self.text, self.charset)
    }

    /// What a reply to it shows of it at most.
    pub(in crate::chat) fn beginning(&self) -> &str {
        match self.text.char_indices().nth(QUOTED) {
            Some((end, _)) => self.text.get(..end).unwrap_or_default(),
            None => &self.text,
        }
    }

    /// Decodes it again, if it came in plain text. What is encrypted is always UTF-8.
    pub(in crate::chat) fn reread(&mut self, reading: Reading) {
        if !matches!(self.speaker, Speaker::Peer(_)) {
            return;
        }
        let Decoded {
            text, charset, raw, ..
        } = reading.decode_again(&self.bytes(), self.detected);
        self.text = text.into();
        self.charset = charset;
        self.raw = raw;
    }
}

impl Speaker {
    /// The peer of this conversation.
    pub(in crate::chat) fn of(peer_id: &PeerId) -> Self {
        match peer_id {
            PeerId::Key(key) => Self::Key(*key),
            PeerId::Address(text) => {
                let with_port = text.parse().map(|address: SocketAddr| address.ip());
                let ip = with_port.or_else(|_| text.parse());
                Self::Peer(ip.unwrap_or(IpAddr::from([0, 0, 0, 0])))
            }
        }
    }
}

impl Delivery {
    /// Whether it never changes again.
    pub(super) fn is_final(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Read | Self::Recalled | Self::NotSent
        )
    }
}

impl From<store::State> for Delivery {
    fn from(state: store::State) -> Self {
        match state {
            store::State::Waiting => Self::Waiting,
            store::State::Delivered => Self::Delivered,
            store::State::Recalled => Self::Recalled,
            store::State::NotSent => Self::NotSent,
            store::State::Sent | store::State::Received => Self::Sent,
        }
    }
}
