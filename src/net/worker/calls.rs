//! Calling: the way from a click on *Connect* to a conversation.

use std::{io::ErrorKind, time::Instant};

use super::Worker;
use crate::{
    identity::PublicKey,
    net::{
        Call, ConnectError, EndReason, Event, How, Origin,
        protocol::{
            frame::{Bye, Hello, Knock},
            secure::{self, HANDSHAKE, Secure},
        },
        socket::{
            dial::{Answered, Dial},
            listen::canonical,
            resolve::{Purpose, Started},
            stream::Socket,
        },
        worker::{
            calling::{Calling, Crossed, Progress},
            session::{Encrypted, Output, Session},
        },
    },
};

impl Worker {
    pub(super) fn connect(&mut self, call: Call, now: Instant) {
        self.end_conversation(EndReason::CalledAnother, now);
        self.cancel(now);
        if call.how != How::Plain && self.home.terms.is_none() {
            return self.fail_call(call, ConnectError::NoIdentity, now);
        }
        self.dial(call, now);
    }

    /// Calls, once it is known where that is.
    pub(super) fn dial(&mut self, call: Call, now: Instant) {
        let mut endpoints = vec![call.to.clone()];
        endpoints.extend(call.also.iter().cloned());
        match self.resolver.start(endpoints, Purpose::Dial) {
            Started::Known(addresses) => self.dial = Some(Dial::trying(call, &addresses, now)),
            Started::UnderWay(number) => self.dial = Some(Dial::resolving(call, number, now)),
            Started::Busy => {
                self.fail_call(call, ConnectError::Other(ErrorKind::ResourceBusy), now);
            }
        }
    }

    pub(super) fn cancel(&mut self, now: Instant) {
        self.redial = None;
        self.dial = None;
        self.crossed = None;
        if let Some(calling) = self.calling.take() {
            self.hang_up(calling, Bye::Left, now);
        }
    }

    /// Somebody has picked up.
    pub(super) fn handle_answered(&mut self, answered: Answered, now: Instant) {
        let Some(Dial {
            call,
            since,
            addresses,
            ..
        }) = self.dial.take()
        else {
            return;
        };
        let Answered {
            token,
            stream,
            peer,
        } = answered;
        let (socket, peer) = (Socket::new(token, stream), canonical(peer));
        if call.how == How::Plain {
            // The last conversation, if it is still being ended, has had its time.
            self.finish_conversation(EndReason::CalledAnother, now);
            let conversation = Session::plain(socket, peer, Origin::Dialled, self.format, now);
            return self.begin(conversation, now);
        }
        let (expected, token) = match &call.how {
            How::Plain | How::Encrypted => match self.ledger.key_at(&call.to) {
                Ok(key) => (key, None),
                Err(error) => {
                    tracing::error!(%error, "who was met there can't be looked up");
                    return self.fail_call(call, ConnectError::StoreUnreadable, now);
                }
            },
            How::To(key) | How::NewKey { key, .. } => (Some(*key), None),
            How::Invited(key, token) => (Some(*key), Some(token.clone())),
        };
        let Some(terms) = &self.home.terms else {
            return self.fail_call(call, ConnectError::NoIdentity, now);
        };
        let (hello, knock) = (self.hello(), Knock { token });
        match Secure::call(terms, expected, knock, hello, now) {
            Ok(secure) => {
                let mut elsewhere = addresses;
                elsewhere.retain(|address| canonical(*address) != peer);
                self.calling = Some(Calling {
                    call,
                    socket,
                    secure,
                    peer,
                    since,
                    expected,
                    key: None,
                    elsewhere,
                });
            }
            Err(error) => {
                tracing::error!(%error, "no terms to call by");
                self.fail_call(call, ConnectError::NoIdentity, now);
            }
        }
    }

    /// Reads what whoever was called has said.
    pub(super) fn handle_calling(&mut self, now: Instant) {
        if let Some(calling) = &mut self.calling
            && calling.socket.is_readable()
        {
            let failed = calling.read(now);
            self.handle_progress(now);
            if let Some(error) = failed {
                self.fail_calling(error, now);
            }
        }
        self.write_calling(now);
    }

    pub(super) fn handle_calling_timeout(&mut self, now: Instant) {
        if let Some(calling) = &mut self.calling {
            calling.secure.handle_timeout(now);
            self.handle_progress(now);
        }
        if let Some(crossed) = self.crossed.take_if(|crossed| crossed.until <= now) {
            self.fail_call(crossed.call, ConnectError::HungUp, now);
        }
    }

    pub(super) fn write_calling(&mut self, now: Instant) {
        if let Some(calling) = &mut self.calling {
            calling.socket.write(&mut calling.secure, now);
        }
    }

    fn handle_progress(&mut self, now: Instant) {
        while let Some(progress) = self.calling.as_mut().and_then(Calling::poll) {
            match progress {
                Progress::PickedUp(key) => self.handle_picked_up(key, now),
                Progress::Open(hello) => return self.handle_open(hello, now),
                Progress::Failed(ConnectError::OtherKey { seen, .. })
                    if Some(seen) == self.home.own_key() =>
                {
                    self.fail_calling(ConnectError::OwnKey, now);
                }
                Progress::Failed(error) => self.fail_calling(error, now),
                Progress::Crossed(key) => self.handle_crossed(key, now),
            }
        }
    }

    /// The call of this key to us stays: it is on its way, at the door, or asks already.
    fn handle_crossed(&mut self, key: PublicKey, now: Instant) {
        let Some(calling) = self.calling.take() else {
            return;
        };
        self.crossed = Some(Crossed {
            key,
            until: now + HANDSHAKE,
            peer: calling.peer_info(key),
            call: calling.call,
        });
        self.lingering.close(calling.socket, now);
        self.settle_asking(key, now);
    }

    fn handle_picked_up(&mut self, key: PublicKey, now: Instant) {
        if Some(key) == self.home.own_key() {
            // It sees that too, and says so.
            return;
        }
        if let Some(calling) = &self.calling {
            let to = calling.call.to.clone();
            self.report(Event::Waiting { to, key });
            self.settle_asking(key, now);
        }
    }

    fn handle_open(&mut self, hello: Hello, now: Instant) {
        self.finish_conversation(EndReason::CalledAnother, now);
        let Some(calling) = self.calling.take() else {
            return;
        };
        let Some(key) = calling.key else { return };
        let info = calling.peer_info(key);
        let Calling {
            call,
            socket,
            secure,
            peer,
            since,
            ..
        } = calling;
        let encrypted = Encrypted::new(secure, info, Some(call), since);
        self.begin(
            Session::encrypted(socket, peer, Origin::Dialled, encrypted),
            now,
        );
        self.report_output(Output::Encrypted(secure::Output::Open(hello)), now);
        self.report_outputs(now);
    }

    fn fail_calling(&mut self, error: ConnectError, now: Instant) {
        let Some(mut calling) = self.calling.take() else {
            return;
        };
        let call = calling.call.clone();
        let elsewhere = std::mem::take(&mut calling.elsewhere);
        self.hang_up(calling, Bye::Left, now);
        let is_somebody_else = matches!(
            error,
            ConnectError::OtherKey { .. }
                | ConnectError::OwnKey
                | ConnectError::AnswersPlain
                | ConnectError::NotEncrypted
        );
        if is_somebody_else && !elsewhere.is_empty() {
            // Another program has the same address in a network of its own; the one that is meant may
            // still answer at the others.
            self.dial = Some(Dial::elsewhere(call, &elsewhere, error, now));
        } else {
            self.fail_call(call, error, now);
        }
    }

    /// Ends a call that has not become a conversation.
    pub(super) fn hang_up(&mut self, mut calling: Calling, why: Bye, now: Instant) {
        calling.secure.end(why);
        calling.socket.write(&mut calling.secure, now);
        self.lingering.close(calling.socket, now);
    }

    pub(super) fn fail_call(&mut self, call: Call, error: ConnectError, now: Instant) {
        if self.redial_after_failure(&call, error, now) {
            return;
        }
        self.report(Event::ConnectFailed { call, error });
    }
}
