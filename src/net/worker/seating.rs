//! The rules that involve several parts: who gets the seat, and when the current session gives it up.

use std::time::Instant;

use super::{
    Worker,
    calls::CallOutcome,
    door::{Admission, Newcomer},
    session::{Encrypted, Session},
};
use crate::{
    identity::{PeerId, PublicKey},
    net::{
        EndReason, Event, Origin, RequestId,
        protocol::{admission::CallerId, frame::Bye},
    },
    store::Lookup,
};

/// Maximum number of new connections accepted in one turn of the loop, so that a crowd of callers delays nothing else.
const MAX_ACCEPTED: usize = 32;
/// Maximum number of reads, 16 KiB each, from the session before a caller is judged.
const MAX_DRY_READS: usize = 16;

impl Worker {
    /// Carries on with our call, and starts the session that it has led to.
    pub(super) fn handle_calls(&mut self, now: Instant) {
        while let Some(outcome) = self.calls.poll(&mut self.shared, now) {
            match outcome {
                CallOutcome::Plain(socket, peer, pinned) => {
                    // The last session may still be winding down. It has had its time.
                    self.end(EndReason::CalledAnother, now);
                    let format = self.seat.format();
                    let session = Session::plain(socket, peer, Origin::Dialled, format);
                    self.begin(session, pinned, now);
                }
                CallOutcome::Encrypted(session, hello) => {
                    self.end(EndReason::CalledAnother, now);
                    self.begin(*session, Lookup::Nothing, now);
                    self.handle_hello(hello, now);
                    self.handle_outputs(now);
                }
                CallOutcome::Reached(key) => {
                    while let Some(newcomer) = self.door.take_request_of(key, &mut self.shared) {
                        self.judge(newcomer, now);
                    }
                }
            }
        }
    }

    /// Accepts new connections, and carries on with callers that have done something.
    pub(super) fn handle_callers(&mut self, now: Instant) {
        for _ in 0..MAX_ACCEPTED {
            if !self.shared.reports.is_empty() {
                return;
            }
            let Some(arrival) = self.door.accept(&mut self.shared, now) else {
                break;
            };
            // The end of the last connection and the next caller can arrive in one poll, or between two.
            self.read_dry(now);
            let resumes = self.shared.account.preferences.allow_plain
                && self.seat.is_in_gap_of(arrival.peer.ip(), now);
            match &mut self.seat.session {
                // The original client calls again before it has anything to say, and expects to be connected.
                Some(session) if resumes => session.resume(arrival.socket, arrival.peer),
                _ => self.door.receive(arrival, &mut self.shared, now),
            }
        }
        for token in self.door.ready() {
            if let Some(newcomer) = self.door.advance(token, &mut self.shared, now) {
                self.judge(newcomer, now);
            }
        }
    }

    /// Carries on with callers that have taken too long.
    pub(super) fn handle_timed_out_callers(&mut self, now: Instant) {
        for token in self.door.timed_out(now) {
            if let Some(newcomer) = self.door.advance(token, &mut self.shared, now) {
                self.judge(newcomer, now);
            }
        }
    }

    fn judge(&mut self, newcomer: Newcomer, now: Instant) {
        self.read_dry(now);
        let (seat, call) = (self.seat.view(now), self.calls.our_call());
        let admission = self
            .door
            .judge(newcomer, &seat, call, &mut self.shared, now);
        if let Some(admission) = admission {
            self.admit(admission, now);
        }
    }

    /// The person has approved a request.
    pub(super) fn approve(&mut self, request: RequestId, now: Instant) {
        let Some(admission) = self.door.approve(request, &mut self.shared) else {
            return;
        };
        self.read_dry(now);
        if self.seat.view(now).is_taken {
            self.door.reject_busy(admission, &mut self.shared, now);
        } else {
            self.admit(admission, now);
        }
    }

    fn admit(&mut self, admission: Admission, now: Instant) {
        match admission {
            Admission::Resumed(arrival) => {
                if let Some(session) = &mut self.seat.session {
                    session.resume(arrival.socket, arrival.peer);
                }
            }
            Admission::Plain(arrival) => {
                self.end(self.seat.reason_to_yield(None), now);
                let mut socket = arrival.socket;
                // What it has said was left unread.
                socket.expect_bytes();
                let (origin, format) = (Origin::Accepted, self.seat.format());
                let session = Session::plain(socket, arrival.peer, origin, format);
                self.begin(session, Lookup::Nothing, now);
            }
            Admission::Encrypted(arrival, caller, trust) => {
                self.shared
                    .account
                    .reserve_invite(caller.key, caller.proof.as_ref(), now);
                let info = self.calls.peer_info(caller.key, trust);
                self.end(self.seat.reason_to_yield(Some(caller.key)), now);
                let (mut socket, mut secure) = (arrival.socket, caller.secure);
                // As above.
                socket.expect_bytes();
                secure.admit(self.shared.account.hello(), now);
                socket.write(&mut *secure, now);
                let encrypted = Encrypted::new(*secure, info, None, now);
                let origin = Origin::Accepted;
                let session = Session::encrypted(socket, arrival.peer, origin, encrypted);
                self.begin(session, Lookup::Nothing, now);
            }
        }
    }

    /// Starts the one session there is from now on. Our call and the callers that wait for approval give way to it. In
    /// plain text, `pinned` is the key last met at the address that we called.
    fn begin(&mut self, session: Session, pinned: Lookup<PublicKey>, now: Instant) {
        let (peer, origin, key) = (session.peer, session.origin, session.key());
        // A peer that the person talks with is not kept out later.
        self.door.forgive(match key {
            Some(key) => CallerId::Key(key),
            None => CallerId::Ip(peer.ip()),
        });
        self.calls.give_way(key, &mut self.shared, now);
        let peer_id = session.peer_id.clone();
        let encrypted_before = match key {
            Some(_) => Lookup::Nothing,
            None if pinned == Lookup::Nothing => self.shared.ledger.last_at(peer.ip()),
            None => pinned,
        };
        let last_row = self.shared.ledger.last_row(&peer_id);
        let limits = self.shared.ledger.begin_session(&peer_id, now);
        self.seat.session = Some(session);
        self.report(Event::Connected {
            peer,
            origin,
            peer_id,
            encrypted_before,
            last_row,
        });
        self.report_all(limits);
        self.door.reject_pending(Bye::Busy, &mut self.shared, now);
    }

    /// The store could not be opened, and is tried again when the time has come. Once it is open, everything that was
    /// decided without it is decided again: encrypted connections are closed and made again, because what is said on them belongs
    /// to the store in memory, and callers that turn out to be known are not asked about.
    pub(super) fn reopen_store(&mut self, now: Instant) {
        let opened = match self.shared.ledger.reopen(now) {
            Ok(Some(opened)) => opened,
            Ok(None) => return,
            Err(error) => return self.report(Event::StoreClosed(error)),
        };
        if let Some(session) = &mut self.seat.session
            && session.as_encrypted().is_some()
        {
            session.abort(now);
            self.end(EndReason::StoreOpened, now);
        }
        self.commit(now);
        let events = self.shared.ledger.take_store(opened);
        self.shared
            .reports
            .set_store_shared(self.shared.ledger.is_durable());
        self.report_all(events);
        self.calls.check_again(&mut self.shared, now);
        for key in self.door.pending_keys() {
            if let Lookup::Found(_) = self.shared.ledger.contact(&key)
                && let Some(newcomer) = self.door.take_request_of(key, &mut self.shared)
            {
                self.judge(newcomer, now);
            }
        }
    }

    /// Starts to end the session: what is queued goes out first, for a moment.
    pub(super) fn wind_down(&mut self, why: EndReason, now: Instant) {
        // What the person has sent in this turn goes out before the goodbye.
        self.commit_turn(now);
        if let Some(session) = &mut self.seat.session {
            session.wind_down(why, now);
        }
    }

    /// Ends the session at once. Whatever of it can be stored is.
    pub(super) fn end(&mut self, why: EndReason, now: Instant) {
        if self.seat.session.is_none() {
            return;
        }
        self.commit(now);
        if let Some(session) = &mut self.seat.session {
            session.close(why, &mut self.shared.sockets.lingering, now);
        }
        self.handle_last_outputs(now);
        self.commit(now);
        self.end_files(now);
        if let Some(session) = self.seat.session.take() {
            self.report(Event::Ended(why));
            self.shared.ledger.end_session();
            self.shared.ledger.end_conversation(&session.peer_id);
            if !self.closing {
                self.calls
                    .redial_after(why, &session, &mut self.shared, now);
            }
        }
    }

    /// A block that was unknown when the conversation began is known now.
    pub(super) fn end_if_blocked(&mut self, now: Instant) {
        let key = self.seat.session.as_ref().and_then(Session::key);
        let contact = key.map(|key| self.shared.ledger.contact(&key));
        if matches!(contact, Some(Lookup::Found(contact)) if contact.blocked) {
            self.end(EndReason::Blocked, now);
        }
    }

    /// The person takes no more of this peer today.
    pub(super) fn refuse_more(&mut self, peer_id: &PeerId, now: Instant) {
        self.shared.ledger.refuse_more(peer_id);
        let session = self.seat.session.as_ref();
        if session.is_some_and(|session| session.peer_id == *peer_id) {
            self.calls.stop_redialling();
            self.end(EndReason::TookEnough, now);
        }
    }

    pub(super) fn stop_listening(&mut self, now: Instant) {
        self.door.stop_listening(&mut self.shared, now);
    }

    /// Reads the session dry, or nearly so: nobody is to be rejected because of a session that is over.
    fn read_dry(&mut self, now: Instant) {
        if !self.seat.start_reading_dry(now) {
            return;
        }
        for _ in 0..MAX_DRY_READS {
            if !self.seat.is_readable() || !self.can_keep() {
                break;
            }
            self.read_once(now);
        }
    }
}
