//! Files: what may be offered, the numbers of answers and controls, and the frames that carry the content.

use minicbor::{Decode, Decoder, Encode};

use super::{DATA_CAP, FILE_NAME_CAP, FrameError, append::append};
use crate::{
    files::{MOST_BYTES, MOST_FILES, MOST_MANIFEST},
    identity::StreamId,
    store::{FileChange, FileFailure, FileOffer},
};

const WANT: u32 = 10;
const DATA: u32 = 11;
const END: u32 = 12;
const STOP: u32 = 13;

/// About the content of a file. These belong to one connection, and nothing of them is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferFrame {
    /// The receiver asks for the content.
    Want(Want),
    /// A part of it.
    Data(Data),
    /// Nothing more of it follows.
    End {
        /// Of the *Want*.
        id: u64,
        /// Why.
        why: EndReason,
    },
    /// The receiver wants no more. What is on its way still arrives, until *End*.
    Stop {
        /// Of the *Want*.
        id: u64,
    },
}

/// The receiver asks for the content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Want {
    /// Counts from 1 in a connection.
    #[n(0)]
    pub id: u64,
    /// The stream of the offer.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub stream: StreamId,
    /// Its number there.
    #[n(2)]
    pub number: u64,
    /// From here on, in bytes; a multiple of the size of a group.
    #[n(3)]
    pub offset: u64,
}

/// A part of the encoded content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Of the *Want*.
    pub id: u64,
    /// 1 to [`DATA_CAP`].
    pub bytes: Vec<u8>,
}

/// Why nothing more follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// All of it was sent.
    Complete,
    /// It was stopped, or its sender has paused it.
    Stopped,
    /// It can't be read; a control says more.
    Unreadable,
    /// The sender does not have the offer any more.
    Gone,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct DataFields<'a> {
    #[n(0)]
    id: u64,
    #[cbor(b(1), with = "minicbor::bytes")]
    bytes: &'a [u8],
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct EndFields {
    #[n(0)]
    id: u64,
    #[n(1)]
    why: u32,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct StopFields {
    #[n(0)]
    id: u64,
}

impl TransferFrame {
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Want(want) => append(bytes, WANT, want),
            Self::Data(data) => append_data(bytes, data.id, &data.bytes),
            Self::End { id, why } => {
                let why = match why {
                    EndReason::Complete => 0,
                    EndReason::Stopped => 1,
                    EndReason::Unreadable => 2,
                    EndReason::Gone => 3,
                };
                append(bytes, END, &EndFields { id: *id, why });
            }
            Self::Stop { id } => append(bytes, STOP, &StopFields { id: *id }),
        }
    }

    /// Reads the fields of a frame of this kind; `None` if it is none of these.
    pub(super) fn read(kind: u32, decoder: &mut Decoder<'_>) -> Result<Option<Self>, FrameError> {
        Ok(Some(match kind {
            WANT => Self::Want(decoder.decode()?),
            DATA => {
                let DataFields { id, bytes } = decoder.decode()?;
                if !(1..=DATA_CAP).contains(&bytes.len()) {
                    return Err(FrameError::TooLong);
                }
                let bytes = bytes.to_owned();
                Self::Data(Data { id, bytes })
            }
            END => {
                let EndFields { id, why } = decoder.decode()?;
                let why = match why {
                    0 => EndReason::Complete,
                    1 => EndReason::Stopped,
                    3 => EndReason::Gone,
                    // A reason of a later version is no better.
                    _ => EndReason::Unreadable,
                };
                Self::End { id, why }
            }
            STOP => {
                let StopFields { id } = decoder.decode()?;
                Self::Stop { id }
            }
            _ => return Ok(None),
        }))
    }
}

/// Appends a *Data* with its header.
pub(in crate::net::protocol) fn append_data(frame: &mut Vec<u8>, id: u64, bytes: &[u8]) {
    append(frame, DATA, &DataFields { id, bytes });
}

/// Whether this can be offered.
pub fn is_offer(name: &str, offer: &FileOffer) -> bool {
    let FileOffer {
        size,
        manifest,
        files,
        ..
    } = *offer;
    let fits = if manifest == 0 {
        files == 0
    } else {
        // A folder may be empty.
        manifest <= MOST_MANIFEST && u64::from(manifest) <= size && files <= MOST_FILES
    };
    fits && size <= MOST_BYTES && (1..=FILE_NAME_CAP).contains(&name.len())
}

/// Whether this is an answer. Everything else is a control.
pub(super) fn is_answer(change: FileChange) -> bool {
    matches!(change, FileChange::Accept | FileChange::Decline)
}

/// The number of an answer or a control, and the reason of a failure.
pub(super) fn numbers(change: FileChange) -> (u64, Option<u64>) {
    match change {
        FileChange::Decline | FileChange::Cancel => (0, None),
        FileChange::Accept | FileChange::Pause => (1, None),
        FileChange::Resume => (2, None),
        FileChange::Arrived => (3, None),
        FileChange::Changed => (4, None),
        FileChange::Failed(why) => {
            let reason = match why {
                FileFailure::Unreadable => 0,
                FileFailure::DiskFull => 1,
                FileFailure::Unwritable => 2,
                FileFailure::Invalid => 3,
            };
            (5, Some(reason))
        }
    }
}

/// The other way round; `None` for one of a later version.
pub(super) fn change(is_answer: bool, number: u64, reason: Option<u64>) -> Option<FileChange> {
    Some(match (is_answer, number) {
        (true, 0) => FileChange::Decline,
        (true, 1) => FileChange::Accept,
        (false, 0) => FileChange::Cancel,
        (false, 1) => FileChange::Pause,
        (false, 2) => FileChange::Resume,
        (false, 3) => FileChange::Arrived,
        (false, 4) => FileChange::Changed,
        (false, 5) => FileChange::Failed(match reason {
            Some(0) => FileFailure::Unreadable,
            Some(1) => FileFailure::DiskFull,
            Some(3) => FileFailure::Invalid,
            // A reason of a later version is no better.
            _ => FileFailure::Unwritable,
        }),
        _ => return None,
    })
}
