//! From an address that has answered to a session, or to the failure of the call.

use std::time::Instant;

use super::{CallOutcome, Calls, Stage, handshake::OutgoingHandshake};
use crate::{
    identity::PublicKey,
    net::{
        Call, ConnectError, How, Origin,
        protocol::{
            frame::{Bye, Knock},
            secure::Secure,
        },
        socket::{
            dial::{Answered, Dial},
            listen::canonical,
            stream::Socket,
        },
        worker::{
            Shared,
            session::{Encrypted, Session},
        },
    },
    store::Lookup,
};

impl Calls {
    pub(super) fn handle_answered(
        &mut self,
        dial: Dial,
        answered: Answered,
        shared: &mut Shared,
        now: Instant,
    ) -> Option<CallOutcome> {
        let socket = Socket::new(answered.token, answered.stream);
        let peer = canonical(answered.peer);
        if dial.call.how == How::Plain {
            let pinned = shared.ledger.key_at(&dial.call.to);
            return Some(CallOutcome::Plain(socket, peer, pinned));
        }
        let Dial {
            call,
            since,
            addresses,
            ..
        } = dial;
        match start_tls(&call, shared, now) {
            Ok((secure, expected)) => {
                let mut elsewhere = addresses;
                elsewhere.retain(|address| canonical(*address) != peer);
                self.stage = Stage::Handshaking(Box::new(OutgoingHandshake {
                    call,
                    socket,
                    secure: Box::new(secure),
                    peer,
                    since,
                    expected,
                    key: None,
                    elsewhere,
                    closed: false,
                }));
            }
            Err(error) => self.fail(call, error, shared, now),
        }
        None
    }

    pub(super) fn take_session(&mut self) -> Option<Box<Session>> {
        let Stage::Handshaking(handshake) = self.take_stage() else {
            return None;
        };
        let info = handshake.peer_info(handshake.key?);
        let OutgoingHandshake {
            call,
            socket,
            secure,
            peer,
            since,
            ..
        } = *handshake;
        let encrypted = Encrypted::new(*secure, info, Some(call), since);
        let session = Session::encrypted(socket, peer, Origin::Dialled, encrypted);
        Some(Box::new(session))
    }

    /// The call of this key to us stays: it is on its way, or waits for approval already.
    pub(super) fn cross(&mut self, key: PublicKey, shared: &mut Shared, now: Instant) {
        if let Stage::Handshaking(handshake) = self.take_stage() {
            let (socket, crossed) = handshake.into_crossed(key, now);
            self.stage = Stage::Crossed(Box::new(crossed));
            shared.sockets.lingering.close(socket, now);
        }
    }

    pub(super) fn fail_handshake(
        &mut self,
        error: ConnectError,
        shared: &mut Shared,
        now: Instant,
    ) {
        let Stage::Handshaking(handshake) = self.take_stage() else {
            return;
        };
        let OutgoingHandshake {
            call,
            socket,
            secure,
            elsewhere,
            ..
        } = *handshake;
        shared.sockets.close_with(socket, secure, Bye::Left, now);
        let error = match error {
            ConnectError::OtherKey { seen, .. } if Some(seen) == shared.account.own_key() => {
                ConnectError::OwnKey
            }
            error => error,
        };
        let is_wrong_peer = matches!(
            error,
            ConnectError::OtherKey { .. }
                | ConnectError::OwnKey
                | ConnectError::AnswersPlain
                | ConnectError::NotEncrypted
        );
        if is_wrong_peer && !elsewhere.is_empty() {
            // Another program may have the same address in a network of its own. The right one may still answer at
            // the other addresses.
            let dial = Dial::elsewhere(call, &elsewhere, error, now);
            self.stage = Stage::Dialling(Box::new(dial));
        } else {
            self.fail(call, error, shared, now);
        }
    }
}

/// Starts TLS for this call, and returns the only key to accept.
fn start_tls(
    call: &Call,
    shared: &Shared,
    now: Instant,
) -> Result<(Secure, Option<PublicKey>), ConnectError> {
    let own = shared.account.own_key().ok_or(ConnectError::NoIdentity)?;
    let (expected, proof) = match &call.how {
        How::Plain | How::Encrypted | How::Unchecked(_) => {
            let key = match (shared.ledger.key_at(&call.to), &call.how) {
                (Lookup::Found(key), _) => Some(key),
                (_, How::Unchecked(answered)) => *answered,
                (Lookup::Nothing, _) => None,
                (Lookup::Unclear, _) => return Err(ConnectError::StoreUnreadable),
            };
            (key, None)
        }
        How::To(key) | How::NewKey { key, .. } => (Some(*key), None),
        How::Invited(key, token) => (Some(*key), Some(token.proof(key, &own))),
    };
    let tls = shared.account.tls().ok_or(ConnectError::NoIdentity)?;
    let (hello, knock) = (shared.account.hello(), Knock { proof });
    let secure = Secure::call(tls, expected, knock, hello, now).map_err(|error| {
        tracing::error!(%error, "TLS can't be started");
        ConnectError::NoIdentity
    })?;
    Ok((secure, expected))
}
