//! Something that is written to the store at the end of the turn, and what the batch made of it.

use crate::{
    identity::{PeerId, PublicKey, StreamId},
    millis::Millis,
    net::{Event, MessageId, Payload, protocol::Tag},
    store::{Batch, ConversationId, FileOffer, Row, State, StoreError, Written},
    text::{
        charset::{Charset, Decoded},
        line_end::LineEnd,
    },
};
use std::{path::PathBuf, time::SystemTime};

/// See the [module](self). Results are `None` until [`PendingWrite::write`].
#[derive(Debug)]
pub(super) enum PendingWrite {
    /// A message of ours to an encrypted peer, written `at` this time.
    Message {
        id: MessageId,
        to: PublicKey,
        text: String,
        /// The message that it answers.
        reply_to: Option<Row>,
        at: Millis,
        written: Option<Written>,
    },
    /// An offer of a file of ours to an encrypted peer, made `at` this time.
    Offer {
        id: MessageId,
        to: PublicKey,
        name: String,
        offer: FileOffer,
        /// The source.
        path: PathBuf,
        at: Millis,
        written: Option<Written>,
    },
    /// A message of ours in plain text, which its session has already.
    PlainMessage {
        id: MessageId,
        tag: Tag,
        peer_id: PeerId,
        text: String,
        charset: Charset,
        written: Option<(ConversationId, Row)>,
    },
    /// The system has taken a message of ours in plain text whole.
    PlainSent(ConversationId, Row),
    /// A message of a peer in plain text, received `at` this time.
    PlainReceived {
        peer_id: PeerId,
        decoded: Decoded,
        end: LineEnd,
        at: SystemTime,
        row: Option<Row>,
    },
}

impl PendingWrite {
    /// Writes it to a batch and notes the result, which holds once the batch is committed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn write(&mut self, batch: &mut Batch<'_>, now: Millis) -> Result<(), StoreError> {
        match self {
            Self::Message {
                to,
                text,
                reply_to,
                at,
                written,
                ..
            } => {
                let conversation = batch.conversation(&PeerId::Key(*to), now)?;
                *written = Some(batch.write_reply(
                    conversation,
                    text,
                    *reply_to,
                    StreamId::random(),
                    *at,
                )?);
            }
            Self::Offer {
                to,
                name,
                offer,
                path,
                at,
                written,
                ..
            } => {
                let conversation = batch.conversation(&PeerId::Key(*to), now)?;
                let new = StreamId::random();
                *written = Some(batch.offer(conversation, name, offer, path, new, *at)?);
            }
            Self::PlainMessage {
                peer_id,
                text,
                charset,
                written,
                ..
            } => {
                let conversation = batch.conversation(peer_id, now)?;
                let row = batch.write_plain(conversation, text, *charset, now)?;
                *written = Some((conversation, row));
            }
            Self::PlainSent(conversation, row) => {
                batch.set_state(*conversation, *row, State::Sent)?;
            }
            Self::PlainReceived {
                peer_id,
                decoded,
                row,
                ..
            } => {
                let conversation = batch.conversation(peer_id, now)?;
                *row = Some(batch.receive_plain(conversation, decoded, now)?);
            }
        }
        Ok(())
    }

    /// It could not be stored, or is not to be. Returns what the window is told.
    pub fn not_stored(self) -> Option<Event> {
        match self {
            Self::Message { id, .. } | Self::Offer { id, .. } => {
                Some(Event::NotStored { id, is_sent: false })
            }
            Self::PlainReceived {
                peer_id,
                decoded,
                end,
                at,
                ..
            } => Some(received_plain(peer_id, None, at, decoded, end)),
            // Its session has it, and says what becomes of it.
            Self::PlainMessage { .. } | Self::PlainSent(..) => None,
        }
    }
}

/// A message of a peer in plain text, with its row if it is stored.
pub(super) fn received_plain(
    peer_id: PeerId,
    row: Option<Row>,
    at: SystemTime,
    decoded: Decoded,
    end: LineEnd,
) -> Event {
    Event::Received {
        peer_id,
        row,
        at,
        payload: Payload::PlainText { decoded, end },
    }
}
