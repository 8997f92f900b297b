//! The content of files that waits to be encrypted. It goes only when nothing else waits, in small pieces if the connection is
//! slow, so that a message never waits long for a file.

use std::collections::VecDeque;

use super::{Goodbye, Secure, Stage};
use crate::net::protocol::frame::{EndReason, Frame, TransferFrame, Want, append_data};

/// Above this many bytes there is no room for more.
const MAX_BYTES: usize = 256 * 1024;
/// Bytes that are encrypted at once while the system takes them all.
const FAST: usize = 64 * 1024;
/// The same while it does not: a message waits for no more than this, and for what the system has.
const SLOW: usize = 16 * 1024;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Transfers {
    waiting: VecDeque<Waiting>,
    /// Of all data.
    bytes: usize,
    /// The system has not taken all of what was encrypted last.
    is_slow: bool,
}

#[derive(Debug)]
enum Waiting {
    Data {
        id: u64,
        bytes: Vec<u8>,
        /// How many of them are encrypted.
        done: usize,
    },
    End {
        id: u64,
        why: EndReason,
    },
}

impl Transfers {
    pub fn has_room(&self) -> bool {
        self.bytes < MAX_BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn push_data(&mut self, id: u64, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        let done = 0;
        self.waiting.push_back(Waiting::Data { id, bytes, done });
    }

    /// Nothing more follows. If not all of it is to be sent, what waits of it is dropped.
    pub fn push_end(&mut self, id: u64, why: EndReason) {
        if why != EndReason::Complete {
            self.waiting.retain(|waiting| match waiting {
                Waiting::Data {
                    id: of,
                    bytes,
                    done,
                } if *of == id => {
                    self.bytes = self.bytes.saturating_sub(bytes.len() - done);
                    false
                }
                _ => true,
            });
        }
        self.waiting.push_back(Waiting::End { id, why });
    }

    /// How many ends wait.
    pub fn ends(&self) -> usize {
        let ends = self.waiting.iter();
        ends.filter(|waiting| matches!(waiting, Waiting::End { .. }))
            .count()
    }

    pub fn set_slow(&mut self, is_slow: bool) {
        self.is_slow = is_slow;
    }

    /// Moves what is to be encrypted next to `plain`.
    pub fn take(&mut self, plain: &mut Vec<u8>) {
        let most = if self.is_slow { SLOW } else { FAST };
        while plain.len() < most
            && let Some(first) = self.waiting.front_mut()
        {
            match first {
                Waiting::Data { id, bytes, done } => {
                    let end = bytes.len().min(*done + most - plain.len());
                    let piece = bytes.get(*done..end).unwrap_or_default();
                    append_data(plain, *id, piece);
                    self.bytes = self.bytes.saturating_sub(piece.len());
                    *done = end;
                    if end < bytes.len() {
                        return;
                    }
                }
                Waiting::End { id, why } => {
                    let (id, why) = (*id, *why);
                    Frame::Transfer(TransferFrame::End { id, why }).append_to(plain);
                }
            }
            self.waiting.pop_front();
        }
    }
}

impl Secure {
    /// Asks the peer for the content of a file.
    pub fn want(&mut self, want: Want) {
        if self.stage == Stage::Open {
            let frame = TransferFrame::Want(want);
            self.queue.push_control(Frame::Transfer(frame));
        }
    }

    /// Tells the peer that no more of this is wanted.
    pub fn stop(&mut self, id: u64) {
        if self.stage == Stage::Open {
            let frame = TransferFrame::Stop { id };
            self.queue.push_once(Frame::Transfer(frame));
        }
    }

    /// Whether there is room for more of the content of files.
    pub fn has_room_for_data(&self) -> bool {
        self.stage == Stage::Open && self.goodbye == Goodbye::No && self.queue.transfers.has_room()
    }

    /// Whether content of files waits to be sent.
    pub fn has_data(&self) -> bool {
        self.stage == Stage::Open && !self.queue.transfers.is_empty()
    }

    /// How many *End*s wait to be sent.
    pub fn waiting_ends(&self) -> usize {
        self.queue.transfers.ends()
    }

    /// Queues a part of a file that the peer wants; at most [`DATA_CAP`](crate::net::protocol::frame::DATA_CAP) bytes. It goes
    /// when nothing else waits.
    pub fn send_data(&mut self, id: u64, bytes: Vec<u8>) {
        if self.stage == Stage::Open {
            self.queue.transfers.push_data(id, bytes);
        }
    }

    /// Tells the peer that nothing more follows of a file that it wants.
    pub fn end_data(&mut self, id: u64, why: EndReason) {
        if self.stage == Stage::Open {
            self.queue.transfers.push_end(id, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::protocol::frame::Data;

    fn frames(transfers: &mut Transfers) -> Vec<Vec<TransferFrame>> {
        let mut taken = Vec::new();
        while !transfers.is_empty() {
            let mut plain = Vec::new();
            transfers.take(&mut plain);
            let mut at = plain.as_slice();
            let mut found = Vec::new();
            while let Some((header, rest)) = at.split_at_checked(4) {
                let length = u32::from_be_bytes(header.try_into().expect("four")) as usize;
                let (frame, rest) = rest.split_at(length);
                match Frame::read(frame).expect("a frame") {
                    Frame::Transfer(frame) => found.push(frame),
                    other => panic!("{other:?}"),
                }
                at = rest;
            }
            taken.push(found);
        }
        taken
    }

    #[test]
    fn a_slow_connection_gets_small_pieces_and_loses_no_byte() {
        for (is_slow, pieces) in [(false, 2), (true, 7)] {
            let mut transfers = Transfers::default();
            transfers.set_slow(is_slow);
            let bytes: Vec<u8> = (0..100_000_u32).map(|number| number as u8).collect();
            transfers.push_data(1, bytes[..60_000].to_vec());
            transfers.push_data(1, bytes[60_000..].to_vec());
            transfers.push_end(1, EndReason::Complete);
            let taken = frames(&mut transfers);
            assert_eq!(taken.len(), pieces);
            let mut all = Vec::new();
            for frame in taken.into_iter().flatten() {
                match frame {
                    TransferFrame::Data(Data { id: 1, bytes }) => all.extend(bytes),
                    other => assert_eq!(
                        other,
                        TransferFrame::End {
                            id: 1,
                            why: EndReason::Complete
                        }
                    ),
                }
            }
            assert!(all == bytes && transfers.bytes == 0 && transfers.has_room());
        }
    }

    #[test]
    fn what_is_stopped_is_not_sent() {
        let mut transfers = Transfers::default();
        transfers.push_data(1, vec![1; 300_000]);
        assert!(!transfers.has_room());
        transfers.push_data(2, vec![2; 10]);
        transfers.push_end(1, EndReason::Stopped);
        assert_eq!(transfers.bytes, 10);
        let data = TransferFrame::Data(Data {
            id: 2,
            bytes: vec![2; 10],
        });
        let end = TransferFrame::End {
            id: 1,
            why: EndReason::Stopped,
        };
        assert_eq!(frames(&mut transfers), [[data, end]]);
    }
}
