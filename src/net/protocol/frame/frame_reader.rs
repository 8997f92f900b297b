//! Cuts a stream of bytes into frames.

use super::{Frame, FrameError, HEADER};

/// Cuts a stream of bytes into frames. Keeps at most one unfinished frame and what was pushed with it.
#[derive(Debug)]
pub struct Reader {
    pub(super) buffer: Vec<u8>,
    /// Where the first unread frame begins.
    start: usize,
    cap: usize,
}

impl Reader {
    /// Takes frames of at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            cap,
        }
    }

    /// Changes the maximum length of the frames that follow.
    pub fn set_cap(&mut self, cap: usize) {
        self.cap = cap;
    }

    /// Takes bytes. Call [`Self::poll_frame`] until it returns none before pushing more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether nothing is left over.
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }

    /// The next complete frame.
    ///
    /// # Errors
    /// The bytes are not a frame, and nothing after them can be read.
    pub fn poll_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*header)).unwrap_or(usize::MAX);
        if length == 0 || length > self.cap {
            return Err(FrameError::Length(length));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = Frame::read(body)?;
        self.start += HEADER + length;
        if self.is_empty() {
            self.buffer.clear();
            self.start = 0;
        }
        Ok(Some(frame))
    }
}
