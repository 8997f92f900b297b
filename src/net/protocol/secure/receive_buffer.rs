//! Bytes that have arrived, until they are read as frames.

use super::tls::{Tls, TlsError};
use crate::net::protocol::frame::{Frame, FrameError, Reader};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct ReceiveBuffer {
    /// What has arrived while nothing was decrypted.
    held: Vec<u8>,
    /// Empty between two calls.
    plain: Vec<u8>,
    reader: Reader,
}

impl ReceiveBuffer {
    /// Takes frames of at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            held: Vec::new(),
            plain: Vec::new(),
            reader: Reader::new(cap),
        }
    }

    /// Changes the maximum length of the frames that follow.
    pub fn set_cap(&mut self, cap: usize) {
        self.reader.set_cap(cap);
    }

    /// Keeps encrypted bytes for later.
    pub fn hold(&mut self, wire: &[u8]) {
        self.held.extend_from_slice(wire);
    }

    /// The bytes that were kept.
    pub fn take_held(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// Decrypts the next bytes, and removes them from `wire`. Call [`Self::poll_frame`] until it returns none before
    /// decrypting more.
    ///
    /// # Errors
    /// See [`TlsError`]. What arrived whole before the error can be read.
    pub fn decrypt(&mut self, wire: &mut &[u8], tls: &mut Tls) -> Result<(), TlsError> {
        let result = tls.read(wire, &mut self.plain);
        self.reader.push(&self.plain);
        self.plain.clear();
        result
    }

    /// The next complete frame.
    ///
    /// # Errors
    /// The bytes are not a frame, and nothing after them can be read.
    pub fn poll_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        self.reader.poll_frame()
    }

    /// Whether everything that was decrypted is read.
    pub fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        identity::Identity,
        net::protocol::{frame::FRAME_CAP, secure::TlsConfig},
    };

    fn connected() -> (Tls, Tls) {
        let config = || {
            let identity = Identity::generate().expect("randomness");
            TlsConfig::new(&identity).expect("TLS")
        };
        let mut theirs = config().call(None).expect("TLS");
        let mut ours = config().accept();
        while theirs.is_handshaking() || ours.is_handshaking() {
            transmit(&mut theirs, &mut ours);
            transmit(&mut ours, &mut theirs);
        }
        (theirs, ours)
    }

    fn transmit(from: &mut Tls, to: &mut Tls) {
        let mut wire = Vec::new();
        from.take_output(&mut wire);
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            to.read(&mut wire, &mut Vec::new()).expect("a handshake");
        }
    }

    #[test]
    fn frames_are_read_from_records_that_cut_them_anywhere() {
        let (mut theirs, mut ours) = connected();
        let mut plain = Vec::new();
        Frame::Typing(true).append_to(&mut plain);
        Frame::Ping.append_to(&mut plain);
        let mut buffer = ReceiveBuffer::new(FRAME_CAP);
        let mut frames = Vec::new();
        for byte in plain {
            theirs.write(&[byte]);
            let mut wire = Vec::new();
            theirs.take_output(&mut wire);
            let mut wire = wire.as_slice();
            while !wire.is_empty() {
                buffer.decrypt(&mut wire, &mut ours).expect("a record");
                frames.extend(buffer.poll_frame().expect("a frame"));
            }
        }
        assert_eq!(frames, [Frame::Typing(true), Frame::Ping]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn what_is_whole_before_a_broken_record_can_be_read() {
        let (mut theirs, mut ours) = connected();
        let mut plain = Vec::new();
        Frame::Ping.append_to(&mut plain);
        theirs.write(&plain);
        let mut wire = Vec::new();
        theirs.take_output(&mut wire);
        wire.extend([0xff; 64]);
        let mut wire = wire.as_slice();
        let mut buffer = ReceiveBuffer::new(FRAME_CAP);
        let mut results = (0..3).map(|_| buffer.decrypt(&mut wire, &mut ours));
        assert!(results.any(|result| result.is_err()));
        assert_eq!(buffer.poll_frame().ok(), Some(Some(Frame::Ping)));
    }

    #[test]
    fn held_bytes_are_returned_once() {
        let mut buffer = ReceiveBuffer::new(FRAME_CAP);
        buffer.hold(b"one ");
        buffer.hold(b"two");
        assert_eq!(buffer.take_held(), b"one two");
        assert_eq!(buffer.take_held(), b"");
        assert!(buffer.is_empty());
    }
}
