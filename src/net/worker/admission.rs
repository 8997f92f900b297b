//! Who of those at the door comes in: the rules of [`crate::net::protocol::admission`] and of plain text, carried out.

use std::{net::IpAddr, time::Instant};

use super::{
    Worker,
    callers::{Arrival, Asker, Caller, Stage},
};
use crate::{
    identity::{Party, PublicKey, Trust, invite},
    net::{
        Ask, AskId, EndReason, Event, Origin, TurnedAway,
        protocol::{
            admission::{Facts, OurCall, Rejected, Talk, Verdict, may_ask, verdict},
            frame::Bye,
            secure::Secure,
        },
        worker::session::{Encrypted, PeerInfo, Session, plain_party},
    },
};

/// Bytes of a conversation that are read, 16 KiB each time, before a newcomer is refused.
const READS_BEFORE_REFUSING: usize = 16;
/// Two calls that cross are begun within this time, in seconds.
const CROSSING: u64 = 5;

/// A caller that has proved its key, and waits to be let in.
#[derive(Debug)]
pub(super) struct Knocker {
    pub secure: Box<Secure>,
    pub key: PublicKey,
    /// Of an invite.
    pub token: Option<invite::Token>,
}

impl Worker {
    /// The person has answered.
    pub(super) fn handle_answer(&mut self, ask: AskId, admit: bool, now: Instant) {
        let Some(caller) = self.take_caller(|caller| caller.asks_as(ask)) else {
            return;
        };
        if admit {
            return self.admit_asker(caller, now);
        }
        let whom = match caller.into_parts() {
            (arrival, Stage::Asking(_, Asker::Secure(knocker))) => {
                let Knocker { secure, key, .. } = *knocker;
                self.dismiss(arrival, Some(secure), Bye::Rejected, now);
                Rejected::Key(key)
            }
            (arrival, _) => {
                let ip = arrival.peer.ip();
                self.dismiss(arrival, None, Bye::Rejected, now);
                Rejected::Ip(ip)
            }
        };
        self.end_ask(ask);
        self.silenced.add(whom, now);
    }

    /// Lets in whom the person is being asked about.
    fn admit_asker(&mut self, caller: Caller, now: Instant) {
        let (arrival, Stage::Asking(ask, asker)) = caller.into_parts() else {
            return;
        };
        self.end_ask(ask);
        self.settle_conversation(now);
        if self.is_taken() {
            let secure = asker.into_secure();
            return self.turn_away(arrival, secure, Bye::Busy, TurnedAway::Busy, now);
        }
        match asker {
            Asker::Plain => self.begin_plain(arrival, now),
            Asker::Secure(knocker) => self.admit(arrival, *knocker, Trust::Accepted, now),
        }
    }

    /// The person calls this key itself: what was to be asked about it is answered by that.
    pub(super) fn settle_asking(&mut self, key: PublicKey, now: Instant) {
        while let Some(caller) = self.take_caller(|caller| caller.asks_with(key)) {
            let (arrival, Stage::Asking(ask, Asker::Secure(knocker))) = caller.into_parts() else {
                return;
            };
            self.end_ask(ask);
            self.judge(arrival, *knocker, now);
        }
    }

    /// This key is blocked now: nobody is asked about it any more.
    pub(super) fn dismiss_blocked(&mut self, key: PublicKey, now: Instant) {
        while let Some(caller) = self.take_caller(|caller| caller.has(key)) {
            self.dismiss_caller(caller, Bye::Rejected, now);
        }
    }

    /// One to one: who of a caller in plain text and the peer of a conversation may stay.
    pub(super) fn judge_plain(&mut self, arrival: Arrival, now: Instant) {
        self.settle_conversation(now);
        let ip = arrival.peer.ip();
        if self.listener.is_none() || self.silenced.contains(Rejected::Ip(ip), now) {
            return self.dismiss(arrival, None, Bye::Rejected, now);
        }
        if !self.preferences.allow_plain {
            return self.turn_away(arrival, None, Bye::Rejected, TurnedAway::Plain, now);
        }
        let comes_back = |conversation: &&mut Session| {
            conversation.is_plain()
                && conversation.origin == Origin::Accepted
                && (conversation.is_in_gap() || conversation.gives_way())
                && conversation.peer.ip() == ip
        };
        if let Some(conversation) = self.conversation.as_mut().filter(comes_back) {
            conversation.resume(arrival.socket, arrival.peer, now);
        } else if self.is_taken() {
            self.turn_away(arrival, None, Bye::Busy, TurnedAway::Busy, now);
        } else if self.is_only_here(ip) {
            self.begin_plain(arrival, now);
        } else if arrival.socket.has_left() {
            // Whoever looks for open ports is no matter of the person's.
            self.dismiss(arrival, None, Bye::Left, now);
        } else {
            self.ask(arrival, Asker::Plain, now);
        }
    }

    /// Whether a caller in plain text would be sent away.
    pub(super) fn refuses_plain(&mut self, arrival: &Arrival, now: Instant) -> bool {
        let rejected = Rejected::Ip(arrival.peer.ip());
        !self.preferences.allow_plain || self.is_taken() || self.silenced.contains(rejected, now)
    }

    /// Who of a caller that has proved its key and the peer of a conversation may stay.
    pub(super) fn judge(&mut self, mut arrival: Arrival, mut knocker: Knocker, now: Instant) {
        self.settle_conversation(now);
        // It came and went, or has gone on talking without being let in.
        if arrival.socket.is_hung_up() || knocker.secure.is_over() {
            arrival.socket.write(&mut *knocker.secure, now);
            return self.lingering.close(arrival.socket, now);
        }
        let Some(facts) = self.facts(&arrival, &knocker, now) else {
            return self.dismiss(arrival, Some(knocker.secure), Bye::Rejected, now);
        };
        match verdict(&facts) {
            Verdict::Admit(trust) => self.admit(arrival, knocker, trust, now),
            Verdict::Hold => self.callers.push(Caller::held(arrival, knocker)),
            Verdict::Ask => self.ask(arrival, Asker::Secure(Box::new(knocker)), now),
            Verdict::Refuse(bye, None) => self.dismiss(arrival, Some(knocker.secure), bye, now),
            Verdict::Refuse(bye, Some(why)) => {
                self.turn_away(arrival, Some(knocker.secure), bye, why, now);
            }
        }
    }

    /// What there is to know of a caller; `None` while nobody is taken.
    fn facts(&mut self, arrival: &Arrival, knocker: &Knocker, now: Instant) -> Option<Facts> {
        self.listener.as_ref()?;
        let key = knocker.key;
        let known = self.ledger.peer(&key);
        let encrypted = self.conversation.as_ref().and_then(|conversation| {
            let encrypted = conversation.as_encrypted()?;
            Some((encrypted, conversation.origin))
        });
        let talk = match encrypted {
            Some((encrypted, origin)) if encrypted.peer.key == key => Talk::Same {
                trust: encrypted.peer.trust,
                just_dialled: origin == Origin::Dialled
                    && now.saturating_duration_since(encrypted.since).as_secs() < CROSSING,
            },
            _ if self.is_taken() => Talk::Taken,
            _ => Talk::Free,
        };
        // One that waits too long waits no longer.
        let may_hold = now < arrival.at + crate::net::protocol::secure::HANDSHAKE;
        let call = match (&self.calling, &self.crossed) {
            (Some(calling), _) => match calling.key {
                Some(key) => OurCall::Key(key),
                None if may_hold => OurCall::Unknown,
                None => OurCall::None,
            },
            (None, Some(crossed)) => OurCall::Crossed(crossed.key),
            (None, None) => OurCall::None,
        };
        let token = knocker.token.as_ref();
        Some(Facts {
            own: self.home.own_key()?,
            key,
            trust: known.as_ref().map(|peer| peer.trust),
            blocked: known.is_some_and(|peer| peer.blocked),
            silenced: self.silenced.contains(Rejected::Key(key), now),
            invited: token.is_some_and(|token| self.home.is_open(token, now)),
            only_here: self.is_only_here(arrival.peer.ip()),
            talk,
            call,
        })
    }

    fn ask(&mut self, arrival: Arrival, asker: Asker, now: Instant) {
        let from = arrival.peer.ip();
        let asking = self.callers.iter().filter(|caller| caller.is_asking());
        let waiting: Vec<_> = asking.map(|caller| caller.peer().ip()).collect();
        if !may_ask(from, &waiting) {
            let secure = asker.into_secure();
            return self.turn_away(arrival, secure, Bye::Busy, TurnedAway::TooManyAsk, now);
        }
        self.last_ask += 1;
        let id = AskId(self.last_ask);
        let (party, encrypted_before) = match &asker {
            Asker::Plain => {
                let party = plain_party(arrival.peer, Origin::Accepted);
                (party, self.ledger.last_at(from))
            }
            Asker::Secure(knocker) => (Party::Key(knocker.key), None),
        };
        self.callers.push(Caller::asking(arrival, id, asker, now));
        self.report(Event::Asked(Ask {
            id,
            from,
            party,
            encrypted_before,
        }));
    }

    /// The person is asked no more.
    pub(super) fn end_ask(&mut self, ask: AskId) {
        self.report(Event::AskOver(ask));
    }

    fn admit(&mut self, arrival: Arrival, knocker: Knocker, trust: Trust, now: Instant) {
        let Knocker {
            mut secure,
            key,
            token,
        } = knocker;
        if let Some(token) = token {
            self.home.burn(&token);
        }
        let info = self.peer_info(key, trust);
        let why = match &self.conversation {
            Some(conversation) if conversation.key() == Some(key) => EndReason::CameBack,
            Some(conversation) if conversation.is_in_gap() => EndReason::PeerLeft,
            _ => EndReason::GaveWay,
        };
        self.finish_conversation(why, now);
        secure.admit(self.hello(), now);
        let Arrival {
            mut socket, peer, ..
        } = arrival;
        socket.write(&mut *secure, now);
        let encrypted = Encrypted::new(*secure, info, None, now);
        self.begin(
            Session::encrypted(socket, peer, Origin::Accepted, encrypted),
            now,
        );
    }

    /// What a key that comes in has earned. Where we have called it too, what that call was for counts.
    fn peer_info(&self, key: PublicKey, trust: Trust) -> PeerInfo {
        let called = match (&self.calling, &self.crossed) {
            (Some(calling), _) if calling.key == Some(key) => Some(calling.peer_info(key)),
            (_, Some(crossed)) if crossed.key == key => Some(crossed.peer.clone()),
            _ => None,
        };
        called.map_or(
            PeerInfo {
                key,
                trust,
                endpoint: None,
                replaces: None,
            },
            |called| PeerInfo {
                trust: called.trust.max(trust),
                ..called
            },
        )
    }

    fn begin_plain(&mut self, arrival: Arrival, now: Instant) {
        let in_gap = |conversation: &Session| conversation.is_in_gap();
        let why = if self.conversation.as_ref().is_some_and(in_gap) {
            EndReason::PeerLeft
        } else {
            EndReason::GaveWay
        };
        self.finish_conversation(why, now);
        let Arrival {
            mut socket, peer, ..
        } = arrival;
        // What it has said was left where it was.
        socket.expect_bytes();
        let (origin, format) = (Origin::Accepted, self.format);
        self.begin(Session::plain(socket, peer, origin, format, now), now);
    }

    /// The one conversation there is from now on.
    pub(super) fn begin(&mut self, conversation: Session, now: Instant) {
        let ip = conversation.peer.ip();
        // Whoever is talked with is not to be kept out.
        self.silenced.forget(match conversation.key() {
            Some(key) => Rejected::Key(key),
            None => Rejected::Ip(ip),
        });
        // One to one: whoever was being called meanwhile is called no longer, and whoever asks has to
        // come again.
        self.redial = None;
        self.dial = None;
        self.crossed = None;
        if let Some(calling) = self.calling.take() {
            let bye = if calling.key == conversation.key() {
                Bye::Crossed
            } else {
                Bye::Left
            };
            self.hang_up(calling, bye, now);
        }
        let encrypted_before = match conversation.party {
            Party::Key(_) => None,
            Party::Address(_) => self.ledger.last_at(ip),
        };
        self.report(Event::Connected {
            peer: conversation.peer,
            origin: conversation.origin,
            party: conversation.party.clone(),
            encrypted_before,
        });
        self.conversation = Some(conversation);
        while let Some(caller) = self.take_caller(Caller::is_asking) {
            self.dismiss_caller(caller, Bye::Busy, now);
        }
    }

    /// Whether the seat is taken by a conversation that neither makes way nor is over.
    fn is_taken(&self) -> bool {
        self.conversation
            .as_ref()
            .is_some_and(|conversation| !conversation.is_in_gap() && !conversation.gives_way())
    }

    /// Whether a caller from there can only be a program of this computer, and no other could be.
    fn is_only_here(&self, ip: IpAddr) -> bool {
        let listener = self.listener.as_ref();
        ip.is_loopback() && listener.is_some_and(|listener| listener.listening().only_here)
    }

    /// Reads the conversation dry, or nearly so, lest somebody be refused for one that is over. Once in
    /// a turn of the loop is enough, however many knock.
    pub(super) fn settle_conversation(&mut self, now: Instant) {
        if self.settled_at.replace(now) == Some(now) {
            return;
        }
        if let Some(conversation) = &mut self.conversation {
            conversation.expect_bytes();
        }
        for _ in 0..READS_BEFORE_REFUSING {
            if !self.conversation.as_ref().is_some_and(Session::is_readable) {
                break;
            }
            self.read_once(now);
        }
    }

    /// Sends somebody away and says so in the log.
    pub(super) fn turn_away(
        &mut self,
        arrival: Arrival,
        secure: Option<Box<Secure>>,
        bye: Bye,
        why: TurnedAway,
        now: Instant,
    ) {
        self.refused.add(arrival.peer.ip(), why);
        self.dismiss(arrival, secure, bye, now);
    }

    /// Sends somebody away, from whatever stage.
    pub(super) fn dismiss_caller(&mut self, caller: Caller, bye: Bye, now: Instant) {
        let (arrival, stage) = caller.into_parts();
        let secure = match stage {
            Stage::Sniffing => None,
            Stage::Shaking(secure) => Some(secure),
            Stage::Held(knocker) => Some(knocker.secure),
            Stage::Asking(ask, asker) => {
                self.end_ask(ask);
                asker.into_secure()
            }
        };
        self.dismiss(arrival, secure, bye, now);
    }

    /// Sends somebody away.
    pub(super) fn dismiss(
        &mut self,
        arrival: Arrival,
        secure: Option<Box<Secure>>,
        bye: Bye,
        now: Instant,
    ) {
        let mut socket = arrival.socket;
        if let Some(mut secure) = secure {
            secure.end(bye);
            socket.write(&mut *secure, now);
        }
        self.lingering.close(socket, now);
    }
}
