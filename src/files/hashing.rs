//! Reads a whole stream and hashes it. Long ones are read on a thread of their own, so that one block is read while the
//! one before it is hashed.

use std::{
    io::{self, Cursor, Read},
    mem,
    thread::{self, Builder},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{stream::Stream, tree::Tree};

/// After this many bytes the progress is reported again.
const PROGRESS_STEP: u64 = 16 << 20;
/// What is read at once, in bytes.
const BLOCK: u64 = 256 * 1024;
/// Maximum number of blocks that are read ahead.
const AHEAD: usize = 2;

/// Hashes a stream. `step` gets the number of bytes that were hashed, and says whether to go on.
///
/// # Errors
/// Those of reading; `BrokenPipe` if it was not to go on.
pub(super) fn hash(stream: &Stream, step: impl FnMut(u64) -> bool) -> io::Result<Tree> {
    let size = stream.size();
    if size <= BLOCK {
        return Tree::of(Counting::new(stream.reader(), step), size);
    }
    thread::scope(|scope| {
        let (sender, blocks) = bounded(AHEAD);
        let (back, used) = bounded(AHEAD + 1);
        Builder::new()
            .name("duologue-read".to_owned())
            .spawn_scoped(scope, move || read(stream.reader(), &sender, &used))?;
        let ahead = Ahead {
            blocks,
            back,
            block: Cursor::default(),
        };
        Tree::of(Counting::new(ahead, step), size)
    })
}

/// Reads block by block, into the buffers that come back, until nobody wants more.
fn read(mut from: impl Read, sender: &Sender<io::Result<Vec<u8>>>, used: &Receiver<Vec<u8>>) {
    loop {
        let mut block = used.try_recv().unwrap_or_default();
        block.clear();
        let read = from.by_ref().take(BLOCK).read_to_end(&mut block);
        let is_last = !matches!(read, Ok(length) if length > 0);
        if sender.send(read.map(|_| block)).is_err() || is_last {
            return;
        }
    }
}

/// What another thread has read. It ends with an empty block.
struct Ahead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    back: Sender<Vec<u8>>,
    block: Cursor<Vec<u8>>,
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.block.read(into)?;
        if read > 0 {
            return Ok(read);
        }
        let next = self.blocks.recv().map_err(|_| io::ErrorKind::Other)??;
        let used = mem::replace(&mut self.block, Cursor::new(next));
        self.back.try_send(used.into_inner()).ok();
        self.block.read(into)
    }
}

/// Counts what is read.
struct Counting<R, S> {
    reader: R,
    bytes: u64,
    reported: u64,
    step: S,
}

impl<R, S> Counting<R, S> {
    fn new(reader: R, step: S) -> Self {
        Self {
            reader,
            bytes: 0,
            reported: 0,
            step,
        }
    }
}

impl<R: Read, S: FnMut(u64) -> bool> Read for Counting<R, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.bytes += read as u64;
        if self.bytes - self.reported >= PROGRESS_STEP {
            self.reported = self.bytes;
            if !(self.step)(self.bytes) {
                // Not `Interrupted`: `read_exact` would try again.
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        Ok(read)
    }
}
