//! Who is admitted: carries out the rules of [`crate::net::protocol::admission`], and those for plain text.

use std::time::{Duration, Instant};

use super::{
    Arrival, AuthenticatedCaller, Door,
    caller::{Caller, PendingApproval, Stage},
};
use crate::{
    identity::{PeerId, PublicKey, Trust},
    net::{
        Event, JoinRequest, Origin, Rejection, RequestId,
        protocol::{
            admission::{CallerId, Facts, Ongoing, OurCall, Standing, Verdict, verdict},
            beginning::Beginning,
            frame::Bye,
            questions::Source,
            secure::{APPROVAL, HANDSHAKE},
        },
        worker::{Shared, seat::SeatView, session::plain_peer},
    },
    store::Lookup,
};

/// The next call of a peer can overtake the end of its last connection by this time: the order of packets is only that
/// within a connection.
const OVERTAKING: Duration = Duration::from_millis(20);

/// A caller that is to be judged.
#[derive(Debug)]
pub(in crate::net::worker) enum Newcomer {
    Plain(Arrival),
    Encrypted(Arrival, AuthenticatedCaller),
}

/// A caller that is admitted.
#[derive(Debug)]
pub(in crate::net::worker) enum Admission {
    /// A new connection for the current session in plain text.
    Resumed(Arrival),
    Plain(Arrival),
    Encrypted(Arrival, AuthenticatedCaller, Trust),
}

impl Door {
    /// Admits a caller, rejects it, or keeps it waiting. `call` is the one that we are making.
    pub fn judge(
        &mut self,
        newcomer: Newcomer,
        seat: &SeatView,
        call: OurCall,
        shared: &mut Shared,
        now: Instant,
    ) -> Option<Admission> {
        match newcomer {
            Newcomer::Plain(arrival) => self.judge_plain(arrival, seat, shared, now),
            Newcomer::Encrypted(arrival, caller) => {
                self.judge_encrypted(arrival, caller, seat, call, shared, now)
            }
        }
    }

    fn judge_plain(
        &mut self,
        mut arrival: Arrival,
        seat: &SeatView,
        shared: &mut Shared,
        now: Instant,
    ) -> Option<Admission> {
        let ip = arrival.peer.ip();
        let is_open = self.entrance.is_open();
        let allow_plain = shared.account.preferences.allow_plain;
        let peer_id = plain_peer(arrival.peer, Origin::Accepted);
        let cooling_down = self.cooldown.contains(CallerId::Ip(ip), now)
            || shared.ledger.has_refused_more(&peer_id);
        let may_wait = is_open && now < arrival.at + HANDSHAKE;
        // Where plain text would be rejected, a late TLS greeting is worth waiting for.
        if may_wait
            && (!allow_plain || seat.is_taken || cooling_down)
            && arrival.socket.look_at_beginning() == Beginning::Silent
        {
            let until = arrival.at + HANDSHAKE;
            self.hold(arrival, until, Stage::Sniffing);
            return None;
        }
        let (bye, why) = if !is_open || cooling_down {
            (Bye::Rejected, None)
        } else if !allow_plain {
            (Bye::Rejected, Some(Rejection::Plain))
        } else if seat.resumable == Some(ip) {
            return Some(Admission::Resumed(arrival));
        } else if seat.is_taken && seat.plain_caller == Some(ip) && now < arrival.at + OVERTAKING {
            arrival.socket.leave_unread();
            let until = arrival.at + OVERTAKING;
            self.hold(arrival, until, Stage::Sniffing);
            return None;
        } else if seat.is_taken {
            (Bye::Busy, Some(Rejection::Busy))
        } else if self.entrance.is_only_here(ip) {
            return Some(Admission::Plain(arrival));
        } else if arrival.socket.has_left() {
            // The person is not bothered with port scans.
            (Bye::Left, None)
        } else {
            self.ask(arrival, PendingApproval::Plain, shared, now);
            return None;
        };
        self.reject(arrival, None, bye, why, shared, now);
        None
    }

    fn judge_encrypted(
        &mut self,
        arrival: Arrival,
        caller: AuthenticatedCaller,
        seat: &SeatView,
        call: OurCall,
        shared: &mut Shared,
        now: Instant,
    ) -> Option<Admission> {
        if arrival.socket.is_hung_up() || caller.secure.is_over() {
            // It has left, or has broken the rules by talking before it was admitted.
            shared
                .sockets
                .flush_and_close(arrival.socket, caller.secure, now);
            return None;
        }
        let Some(facts) = self.facts(&arrival, &caller, seat, call, shared, now) else {
            let secure = Some(caller.secure);
            self.reject(arrival, secure, Bye::Rejected, None, shared, now);
            return None;
        };
        match verdict(&facts) {
            Verdict::Admit(trust) => return Some(Admission::Encrypted(arrival, caller, trust)),
            Verdict::Defer => {
                let until = arrival.at + HANDSHAKE;
                self.hold(arrival, until, Stage::Deferred(caller));
            }
            Verdict::Ask => {
                self.ask(arrival, PendingApproval::Encrypted(caller), shared, now);
            }
            Verdict::Reject(bye, why) => {
                self.reject(arrival, Some(caller.secure), bye, why, shared, now);
            }
        }
        None
    }

    /// What is known of a caller; `None` while we don't listen, or have no key.
    fn facts(
        &self,
        arrival: &Arrival,
        caller: &AuthenticatedCaller,
        seat: &SeatView,
        call: OurCall,
        shared: &Shared,
        now: Instant,
    ) -> Option<Facts> {
        if !self.entrance.is_open() {
            return None;
        }
        let key = caller.key;
        let standing = match shared.ledger.contact(&key) {
            Lookup::Found(contact) if contact.blocked => Standing::Blocked,
            _ if shared.ledger.has_refused_more(&PeerId::Key(key)) => Standing::Blocked,
            Lookup::Found(contact) => Standing::Known(contact.trust),
            Lookup::Nothing => Standing::Unknown,
            Lookup::Unclear => Standing::Unclear,
        };
        let ongoing = match &seat.peer {
            Some(peer) if peer.key == key => Ongoing::Same {
                trust: peer.trust,
                just_dialled: peer.just_dialled,
            },
            _ if seat.is_taken => Ongoing::Other,
            _ => Ongoing::None,
        };
        // Deferral ends after the handshake timeout.
        let may_defer = now < arrival.at + HANDSHAKE;
        Some(Facts {
            own: shared.account.own_key()?,
            key,
            standing,
            cooling_down: self.cooldown.contains(CallerId::Key(key), now),
            invited: shared.account.is_invited(&key, caller.proof.as_ref(), now),
            sibling: arrival.peer.ip().is_loopback() && shared.account.is_sibling(&key),
            ongoing,
            call: match call {
                OurCall::Unknown if !may_defer => OurCall::None,
                call => call,
            },
        })
    }

    /// Asks the person about a caller, unless they are asked too often.
    fn ask(
        &mut self,
        arrival: Arrival,
        pending: PendingApproval,
        shared: &mut Shared,
        now: Instant,
    ) {
        let from = arrival.peer.ip();
        let waiting = self
            .callers
            .iter()
            .filter(|caller| caller.request().is_some());
        let waiting: Vec<_> = waiting.map(Caller::source).collect();
        let source = Source::from(from);
        let may_be_known = match &pending {
            PendingApproval::Plain => false,
            PendingApproval::Encrypted(caller) => {
                matches!(shared.ledger.contact(&caller.key), Lookup::Unclear)
            }
        };
        let refusal = if may_be_known {
            self.questions.limit(source, &waiting, now)
        } else {
            self.questions.refusal(source, &waiting, now)
        };
        if let Some((bye, why)) = refusal {
            return self.reject(arrival, pending.into_secure(), bye, why, shared, now);
        }
        self.questions.asked(source, now);
        let (peer_id, encrypted_before) = match &pending {
            PendingApproval::Plain => {
                let peer_id = plain_peer(arrival.peer, Origin::Accepted);
                (peer_id, shared.ledger.last_at(from))
            }
            PendingApproval::Encrypted(caller) => {
                let unclear = if may_be_known {
                    Lookup::Unclear
                } else {
                    Lookup::Nothing
                };
                (PeerId::Key(caller.key), unclear)
            }
        };
        self.last_request += 1;
        let id = RequestId(self.last_request);
        self.hold(
            arrival,
            now + APPROVAL,
            Stage::AwaitingApproval(id, pending),
        );
        shared.reports.report(Event::JoinRequested(JoinRequest {
            id,
            from,
            peer_id,
            encrypted_before,
        }));
    }

    /// The person has approved this request.
    pub fn approve(&mut self, request: RequestId, shared: &mut Shared) -> Option<Admission> {
        let caller = self.take(|caller| caller.request() == Some(request))?;
        self.questions.accepted(caller.source());
        Some(match take_pending(caller, shared)? {
            Newcomer::Plain(arrival) => Admission::Plain(arrival),
            Newcomer::Encrypted(arrival, caller) => {
                Admission::Encrypted(arrival, caller, Trust::Accepted)
            }
        })
    }

    /// The person has rejected this request.
    pub fn decline(&mut self, request: RequestId, shared: &mut Shared, now: Instant) {
        let Some(caller) = self.take(|caller| caller.request() == Some(request)) else {
            return;
        };
        let id = match caller.key() {
            Some(key) => CallerId::Key(key),
            None => CallerId::Ip(caller.arrival.peer.ip()),
        };
        self.questions.declined(caller.source(), now);
        self.reject_unreported(caller, Bye::Rejected, shared, now);
        self.cooldown.add(id, now);
    }

    /// For an hour, refuses callers that the person does not know, those that wait included; or asks about them again.
    pub fn refuse_unknown(&mut self, refuse: bool, shared: &mut Shared, now: Instant) {
        if refuse {
            self.questions.refuse(now);
            self.reject_pending(Bye::Rejected, shared, now);
        } else if !self.questions.ask_again() {
            return;
        }
        shared.reports.report(Event::UnknownRefused(refuse));
    }

    /// The seat was taken before the person approved this caller.
    pub fn reject_busy(&mut self, admission: Admission, shared: &mut Shared, now: Instant) {
        let (arrival, secure) = match admission {
            Admission::Resumed(arrival) | Admission::Plain(arrival) => (arrival, None),
            Admission::Encrypted(arrival, caller, _) => (arrival, Some(caller.secure)),
        };
        let why = Some(Rejection::Busy);
        self.reject(arrival, secure, Bye::Busy, why, shared, now);
    }

    /// The keys of the callers that wait for approval.
    pub fn pending_keys(&self) -> Vec<PublicKey> {
        let waiting = self
            .callers
            .iter()
            .filter(|caller| caller.request().is_some());
        waiting.filter_map(Caller::key).collect()
    }

    /// The person calls this key, or it turns out to be known: a caller with it that waits for approval is judged again.
    pub fn take_request_of(&mut self, key: PublicKey, shared: &mut Shared) -> Option<Newcomer> {
        let caller = self.take(|caller| caller.request().is_some() && caller.key() == Some(key))?;
        self.questions.accepted(caller.source());
        take_pending(caller, shared)
    }

    /// This key is blocked now.
    pub fn reject_key(&mut self, key: PublicKey, shared: &mut Shared, now: Instant) {
        while let Some(caller) = self.take(|caller| caller.key() == Some(key)) {
            self.reject_unreported(caller, Bye::Rejected, shared, now);
        }
    }

    /// Rejects all callers that wait for approval: a session begins, or the person refuses everybody unknown.
    pub fn reject_pending(&mut self, bye: Bye, shared: &mut Shared, now: Instant) {
        while let Some(caller) = self.take(|caller| caller.request().is_some()) {
            self.reject_unreported(caller, bye, shared, now);
        }
    }
}

/// A caller that no longer waits for approval.
fn take_pending(caller: Caller, shared: &mut Shared) -> Option<Newcomer> {
    let Stage::AwaitingApproval(request, pending) = caller.stage else {
        return None;
    };
    shared.reports.report(Event::JoinRequestOver(request));
    Some(match pending {
        PendingApproval::Plain => Newcomer::Plain(caller.arrival),
        PendingApproval::Encrypted(authenticated) => {
            Newcomer::Encrypted(caller.arrival, authenticated)
        }
    })
}
