//! The BLAKE3 tree above a stream: what the sender keeps of it, and how a part of the stream is encoded with it and
//! verified.
//!
//! Must not know where the bytes come from and where they go.

use std::io::{self, Read, Write};

use bao_tree::{
    BaoTree, BlockSize, ChunkNum, ChunkRanges,
    io::{
        BaoContentItem, DecodeError, EncodeError,
        outboard::PreOrderMemOutboard,
        sync::{self, DecodeResponseIter, ReadAt},
    },
};

use super::GROUP;

/// 256 chunks of 1 KiB are a group.
const BLOCK: BlockSize = BlockSize::from_chunk_log(8);

/// The tree of one stream, in memory: 64 bytes for each group.
pub(super) struct Tree(PreOrderMemOutboard);

/// How verifying has ended before everything had arrived.
#[derive(Debug)]
pub(super) enum Broken {
    /// What arrived does not fit the root.
    Invalid,
    /// No more will arrive.
    Cut,
    /// A group can't be written.
    Write(io::Error),
}

impl Tree {
    /// Reads and hashes a stream of this size.
    ///
    /// # Errors
    /// Those of reading; `UnexpectedEof` if it is shorter.
    pub(super) fn of(stream: impl Read, size: u64) -> io::Result<Self> {
        let tree = BaoTree::new(size, BLOCK);
        let data = vec![0; tree.outboard_size() as usize];
        let mut outboard = PreOrderMemOutboard {
            root: blake3::Hash::from_bytes([0; 32]),
            tree,
            data,
        };
        outboard.root = sync::outboard(stream, tree, &mut outboard)?;
        Ok(Self(outboard))
    }

    /// The hash of the stream.
    pub(super) fn root(&self) -> [u8; 32] {
        *self.0.root.as_bytes()
    }

    /// What it takes in memory, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.0.data.len()
    }

    /// Writes the encoding of the stream from `offset` on. Each group is hashed again before it is written, so nothing
    /// is written that does not belong to the root.
    ///
    /// # Errors
    /// `InvalidData` if the stream is not what it was; those of reading and writing.
    pub(super) fn encode(
        &self,
        stream: impl ReadAt,
        offset: u64,
        into: impl Write,
    ) -> io::Result<()> {
        match sync::encode_ranges_validated(stream, &self.0, &from(offset), into) {
            Ok(()) => Ok(()),
            Err(EncodeError::Io(error)) => Err(error),
            Err(EncodeError::ParentWrite(_) | EncodeError::LeafWrite(_)) => {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            Err(_) => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Reads an encoding from `offset` on, and calls `write` with each group that fits the root, in order, and where it is
/// in the stream.
///
/// # Errors
/// See [`Broken`]. What was written before fits the root.
pub(super) fn decode(
    root: [u8; 32],
    size: u64,
    offset: u64,
    encoding: impl Read,
    mut write: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> Result<(), Broken> {
    let ranges = from(offset);
    let tree = BaoTree::new(size, BLOCK);
    for item in DecodeResponseIter::new(root.into(), tree, encoding, &ranges) {
        match item {
            Ok(BaoContentItem::Parent(_)) => {}
            Ok(BaoContentItem::Leaf(leaf)) => {
                write(leaf.offset, &leaf.data).map_err(Broken::Write)?;
            }
            Err(DecodeError::ParentHashMismatch(_) | DecodeError::LeafHashMismatch(_)) => {
                return Err(Broken::Invalid);
            }
            Err(_) => return Err(Broken::Cut),
        }
    }
    Ok(())
}

/// Where a stream of this size goes on after `length` bytes of it: a multiple of [`GROUP`], and below the size, because
/// the last group has to be asked for even if only its end is missing.
pub(super) fn resume_at(length: u64, size: u64) -> u64 {
    length.min(size.saturating_sub(1)) / GROUP * GROUP
}

fn from(offset: u64) -> ChunkRanges {
    ChunkRanges::from(ChunkNum(offset / 1024)..)
}
