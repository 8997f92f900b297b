//! What arrives: TLS records, the frames in them, and what each frame means in each stage.

use std::time::Instant;

use super::{Goodbye, Output, Over, Secure, Side, Stage, TYPING, TlsError, WAIT};
use crate::net::protocol::frame::{Bye, Frame, Item};

impl Secure {
    /// Bytes arrived.
    pub fn handle_bytes(&mut self, mut wire: &[u8], now: Instant) {
        self.keepalive.handle_bytes(now);
        while !wire.is_empty() {
            match self.stage {
                Stage::Over => return,
                // Nothing is read after our goodbye: rustls asserts in debug builds that no broken record follows its
                // own `close_notify` (common_state.rs, `send_fatal_alert`), and there is nobody left to tell.
                _ if self.goodbye == Goodbye::Said => return,
                Stage::Knocked => return self.receive_buffer.hold(wire),
                _ => {}
            }
            if let Err(error) = self.receive_buffer.decrypt(&mut wire, &mut self.tls) {
                // What arrived whole before the error counts.
                if self.stage != Stage::Handshaking {
                    self.handle_frames(now);
                }
                return self.over(Over::Tls(error));
            }
            self.handle_frames(now);
        }
    }

    fn handle_frames(&mut self, now: Instant) {
        if self.stage == Stage::Handshaking && !self.tls.is_handshaking() {
            self.handle_handshake_over(now);
        }
        while !matches!(self.stage, Stage::Over | Stage::Knocked) {
            match self.receive_buffer.poll_frame() {
                Ok(Some(frame)) => self.handle_frame(frame, now),
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(%error, "not a frame");
                    return self.misbehaved();
                }
            }
        }
        if self.stage == Stage::Knocked && !self.receive_buffer.is_empty() {
            // A caller that has not been admitted may only say goodbye.
            match self.receive_buffer.poll_frame() {
                Ok(Some(Frame::Bye(bye))) => self.over(Over::Said(bye)),
                _ => self.misbehaved(),
            }
        }
        if self.tls.is_closed_by_peer() {
            self.over(Over::Closed);
        }
    }

    fn handle_handshake_over(&mut self, now: Instant) {
        let Some(key) = self.tls.peer_key() else {
            let error = rustls::Error::NoApplicationProtocol;
            return self.over(Over::Tls(TlsError::Failed(error)));
        };
        match &mut self.side {
            Side::Calling(knock, _) => {
                self.queue.push_control(Frame::Knock(std::mem::take(knock)));
                self.stage = Stage::Waiting;
                self.until = Some(now + WAIT);
                self.outputs.push_back(Output::Waiting { key });
            }
            Side::Called => self.stage = Stage::Knocking,
        }
    }

    fn handle_frame(&mut self, frame: Frame, now: Instant) {
        match (self.stage, frame) {
            (Stage::Knocking, Frame::Knock(knock)) => {
                let Some(key) = self.tls.peer_key() else {
                    return self.misbehaved();
                };
                self.stage = Stage::Knocked;
                self.until = None;
                let proof = knock.proof;
                self.outputs.push_back(Output::Knocked { key, proof });
            }
            (Stage::Waiting | Stage::Greeting, Frame::Hello(hello)) if hello.version > 0 => {
                if let Side::Calling(_, ours) = &self.side {
                    self.queue.push_control(Frame::Hello(ours.clone()));
                }
                self.stage = Stage::Open;
                self.until = None;
                self.keepalive.handle_open(now);
                self.outputs.push_back(Output::Open(hello));
            }
            (Stage::Open, Frame::Item(item)) => self.handle_item(item),
            (Stage::Open, Frame::Typing(typing)) => {
                // The peer repeats it while the person types. One report a second is enough.
                let is_news = match self.typing_at {
                    Some(at) => !typing || at + TYPING <= now,
                    None => typing,
                };
                if is_news {
                    self.typing_at = typing.then_some(now);
                    self.outputs.push_back(Output::Typing(typing));
                }
            }
            (Stage::Open, Frame::Ping) => {
                // One answer is enough for any number of questions.
                self.queue.push_once(Frame::Pong);
            }
            (Stage::Open, Frame::Pong) => {}
            (Stage::Open, Frame::Ack(ack)) => self.outputs.push_back(Output::Ack(ack)),
            (Stage::Open, Frame::Read(read)) => self.outputs.push_back(Output::Read(read)),
            (Stage::Open, Frame::Transfer(frame)) => {
                self.outputs.push_back(Output::Transfer(frame));
            }
            (Stage::Open, Frame::Resume(starts)) => self.outputs.push_back(Output::Resume(starts)),
            (Stage::Waiting | Stage::Greeting | Stage::Open, Frame::Bye(bye)) => {
                self.over(Over::Said(bye));
            }
            (Stage::Waiting | Stage::Greeting | Stage::Open, Frame::Unknown(kind)) => {
                tracing::debug!(kind, "a frame of a later version");
            }
            _ => self.misbehaved(),
        }
    }

    fn handle_item(&mut self, item: Item) {
        let in_order = match self.last_item {
            Some((stream, number)) if stream == item.stream => {
                number.checked_add(1) == Some(item.number)
            }
            // The stream continues where an earlier connection left it.
            _ => item.number > 0,
        };
        if !in_order {
            return self.misbehaved();
        }
        self.last_item = Some((item.stream, item.number));
        self.typing_at = None;
        self.outputs.push_back(Output::Item(item));
    }

    /// The peer broke the rules in a way that only the store shows.
    pub fn refuse(&mut self) {
        if self.stage == Stage::Open {
            self.misbehaved();
        }
    }

    fn misbehaved(&mut self) {
        let mut plain = Vec::new();
        Frame::Bye(Bye::Misbehaved).append_to(&mut plain);
        self.tls.write(&plain);
        self.tls.close();
        self.goodbye = Goodbye::Said;
        self.over(Over::Misbehaved);
    }

    pub(super) fn over(&mut self, why: Over) {
        if self.stage != Stage::Over {
            self.stage = Stage::Over;
            self.until = None;
            self.queue.clear_control();
            if self.goodbye != Goodbye::Said {
                self.goodbye = Goodbye::Said;
                self.tls.close();
            }
            self.outputs.push_back(Output::Over(why));
        }
    }
}
