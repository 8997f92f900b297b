//! Admission: whether a caller that has proved its key is let in (docs/protocol.md, section 7).
//!
//! Must not know connections or the clock: the facts go in, a verdict comes out.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use crate::{
    identity::{PublicKey, Trust},
    net::protocol::frame::Bye,
};

/// How long a caller that the person has rejected can't ask again.
const COOLDOWN: Duration = Duration::from_mins(10);
/// Maximum number of rejected callers to remember. Above it the oldest is forgotten.
const MAX_COOLDOWNS: usize = 256;

/// What is known when a caller has proved its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::net) struct Facts {
    pub own: PublicKey,
    pub key: PublicKey,
    pub standing: Standing,
    /// The person has rejected it less than ten minutes ago.
    pub cooling_down: bool,
    /// It proves that it has the token of an open invite.
    pub invited: bool,
    /// It is another profile in our own data folder, on this computer.
    pub sibling: bool,
    pub ongoing: Ongoing,
    pub call: OurCall,
}

/// What the store says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Standing {
    Unknown,
    /// A contact, trusted this far.
    Known(Trust),
    Blocked,
    /// The store can't be read: it may be anybody, also somebody who is blocked.
    Unclear,
}

/// The session that is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Ongoing {
    /// None, or one that gives way.
    None,
    /// With the caller's key.
    Same {
        /// The trust in that key.
        trust: Trust,
        /// We have dialled it just now.
        just_dialled: bool,
    },
    Other,
}

/// Whom we are calling, encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum OurCall {
    /// Nobody, or nobody has answered.
    None,
    /// A peer that has not proved its key yet.
    Unknown,
    Key(PublicKey),
    /// This key's call to us replaces ours.
    Crossed(PublicKey),
}

/// What to do with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Verdict {
    Admit(Trust),
    /// Wait until the peer that we are calling has proved its key.
    Defer,
    /// Ask the person.
    Ask,
    /// Say this, and report why if the person should know.
    Reject(Bye, Option<Rejection>),
}

/// See the [module](self).
pub(in crate::net) fn verdict(facts: &Facts) -> Verdict {
    let &Facts { own, key, .. } = facts;
    if key == own {
        return Verdict::Reject(Bye::OwnKey, Some(Rejection::OwnKey));
    }
    if facts.standing == Standing::Blocked {
        return Verdict::Reject(Bye::Rejected, None);
    }
    // Of two calls that cross, the one made by the larger key stays.
    let ours_stays = own > key;
    match (facts.ongoing, facts.call) {
        (
            Ongoing::Same {
                just_dialled: true, ..
            },
            _,
        ) if ours_stays => return Verdict::Reject(Bye::Crossed, None),
        (Ongoing::Same { trust, .. }, _) => return Verdict::Admit(trust),
        (_, OurCall::Unknown) => return Verdict::Defer,
        (_, OurCall::Key(called)) if called == key && ours_stays => {
            return Verdict::Reject(Bye::Crossed, None);
        }
        (_, OurCall::Key(called) | OurCall::Crossed(called)) if called == key => {
            return Verdict::Admit(Trust::Accepted);
        }
        (Ongoing::Other, _) | (_, OurCall::Key(_) | OurCall::Crossed(_)) => {
            return Verdict::Reject(Bye::Busy, Some(Rejection::Busy));
        }
        (Ongoing::None, OurCall::None) => {}
    }
    let is_clear = facts.standing != Standing::Unclear;
    if facts.invited && is_clear {
        Verdict::Admit(Trust::Invited)
    } else if matches!(facts.standing, Standing::Known(trust) if trust >= Trust::Accepted) {
        Verdict::Admit(Trust::Accepted)
    } else if facts.sibling && is_clear {
        Verdict::Admit(Trust::Met)
    } else if facts.cooling_down {
        Verdict::Reject(Bye::Rejected, None)
    } else {
        Verdict::Ask
    }
}

/// Why a caller was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// A conversation is going on.
    Busy,
    /// It speaks plain text, which is not allowed.
    Plain,
    /// It is a web browser, perhaps on behalf of a web page.
    Http,
    /// It calls with our own key.
    OwnKey,
    /// Too many wait for an answer already, or one from the same address does.
    TooManyPending,
    /// The person was asked about a caller from the same address not long ago.
    AskedRecently,
    /// We have no key to answer with.
    NoIdentity,
}

/// How a rejected caller is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum CallerId {
    Key(PublicKey),
    /// In plain text there is nothing else to go by.
    Ip(IpAddr),
}

/// The callers that the person has rejected in the last ten minutes.
#[derive(Debug, Default)]
pub(in crate::net) struct Cooldown(Vec<(CallerId, Instant)>);

impl Cooldown {
    pub fn add(&mut self, caller: CallerId, now: Instant) {
        if self.0.len() >= MAX_COOLDOWNS {
            self.0.remove(0);
        }
        self.0.push((caller, now + COOLDOWN));
    }

    pub fn contains(&self, caller: CallerId, now: Instant) -> bool {
        self.0
            .iter()
            .any(|(rejected, until)| *rejected == caller && now < *until)
    }

    /// The person has changed their mind.
    pub fn remove(&mut self, caller: CallerId) {
        self.0.retain(|(rejected, _)| *rejected != caller);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: PublicKey = PublicKey::from_bytes([1; 32]);
    const LARGE: PublicKey = PublicKey::from_bytes([2; 32]);
    const THIRD: PublicKey = PublicKey::from_bytes([3; 32]);

    /// A stranger from another computer, while nothing else goes on.
    fn stranger() -> Facts {
        Facts {
            own: SMALL,
            key: LARGE,
            standing: Standing::Unknown,
            cooling_down: false,
            invited: false,
            sibling: false,
            ongoing: Ongoing::None,
            call: OurCall::None,
        }
    }

    fn admits(facts: &Facts) -> Option<Trust> {
        match verdict(facts) {
            Verdict::Admit(trust) => Some(trust),
            _ => None,
        }
    }

    #[test]
    fn strangers_need_approval_and_accepted_contacts_are_admitted() {
        assert_eq!(verdict(&stranger()), Verdict::Ask);
        let met = Facts {
            standing: Standing::Known(Trust::Met),
            ..stranger()
        };
        assert_eq!(
            verdict(&met),
            Verdict::Ask,
            "the person has never accepted it"
        );
        for trust in [Trust::Accepted, Trust::Invited, Trust::Verified] {
            let known = Facts {
                standing: Standing::Known(trust),
                ..stranger()
            };
            assert_eq!(admits(&known), Some(Trust::Accepted));
        }
        let sibling = Facts {
            sibling: true,
            ..stranger()
        };
        assert_eq!(admits(&sibling), Some(Trust::Met));
        let invited = Facts {
            invited: true,
            ..stranger()
        };
        assert_eq!(admits(&invited), Some(Trust::Invited));
    }

    #[test]
    fn a_rejection_holds_for_strangers_and_a_block_for_all() {
        let quietly = Verdict::Reject(Bye::Rejected, None);
        let rejected = Facts {
            cooling_down: true,
            ..stranger()
        };
        assert_eq!(verdict(&rejected), quietly);
        let invited_after_all = Facts {
            invited: true,
            ..rejected.clone()
        };
        assert_eq!(admits(&invited_after_all), Some(Trust::Invited));
        let called_after_all = Facts {
            call: OurCall::Crossed(LARGE),
            ..rejected
        };
        assert_eq!(admits(&called_after_all), Some(Trust::Accepted));
        let blocked = Facts {
            standing: Standing::Blocked,
            invited: true,
            sibling: true,
            call: OurCall::Key(LARGE),
            ..stranger()
        };
        assert_eq!(verdict(&blocked), quietly);
    }

    #[test]
    fn while_nobody_can_be_looked_up_the_person_is_asked_about_everybody() {
        let unclear = Facts {
            standing: Standing::Unclear,
            invited: true,
            sibling: true,
            ..stranger()
        };
        assert_eq!(verdict(&unclear), Verdict::Ask);
        let rejected = Facts {
            cooling_down: true,
            ..unclear.clone()
        };
        assert_eq!(verdict(&rejected), Verdict::Reject(Bye::Rejected, None));
        // The person calls this key, or talks with it.
        let called = Facts {
            call: OurCall::Crossed(LARGE),
            ..unclear.clone()
        };
        assert_eq!(admits(&called), Some(Trust::Accepted));
        let ongoing = Ongoing::Same {
            trust: Trust::Accepted,
            just_dialled: false,
        };
        let back = Facts { ongoing, ..unclear };
        assert_eq!(admits(&back), Some(Trust::Accepted));
    }

    #[test]
    fn a_rejection_is_forgotten_after_ten_minutes_or_when_there_are_too_many() {
        let now = crate::net::any_instant();
        let mut cooldown = Cooldown::default();
        let ip = |last| CallerId::Ip(IpAddr::from([10, 0, 1, last]));
        let key = CallerId::Key(LARGE);
        cooldown.add(key, now);
        assert!(cooldown.contains(key, now) && !cooldown.contains(CallerId::Key(SMALL), now));
        assert!(!cooldown.contains(key, now + COOLDOWN));
        cooldown.remove(key);
        assert!(!cooldown.contains(key, now));
        cooldown.add(key, now);
        for last in 0..=u8::MAX {
            cooldown.add(ip(last), now);
        }
        assert!(!cooldown.contains(key, now) && cooldown.contains(ip(0), now));
    }

    #[test]
    fn nobody_is_admitted_during_a_session_or_call_with_another() {
        let busy = Verdict::Reject(Bye::Busy, Some(Rejection::Busy));
        for (ongoing, call) in [
            (Ongoing::Other, OurCall::None),
            (Ongoing::None, OurCall::Key(THIRD)),
            (Ongoing::None, OurCall::Crossed(THIRD)),
        ] {
            let known = Facts {
                standing: Standing::Known(Trust::Verified),
                invited: true,
                sibling: true,
                ongoing,
                call,
                ..stranger()
            };
            assert_eq!(verdict(&known), busy);
        }
        let ours = Facts {
            key: SMALL,
            ongoing: Ongoing::Other,
            ..stranger()
        };
        assert_eq!(
            verdict(&ours),
            Verdict::Reject(Bye::OwnKey, Some(Rejection::OwnKey))
        );
    }

    #[test]
    fn a_peer_that_calls_again_keeps_its_trust() {
        for trust in [Trust::Met, Trust::Verified] {
            let back = Facts {
                ongoing: Ongoing::Same {
                    trust,
                    just_dialled: false,
                },
                ..stranger()
            };
            assert_eq!(admits(&back), Some(trust));
        }
    }

    #[test]
    fn when_two_calls_cross_both_sides_keep_the_same_one() {
        for call in [true, false] {
            for (own, key) in [(SMALL, LARGE), (LARGE, SMALL)] {
                let (ongoing, call) = if call {
                    (Ongoing::None, OurCall::Key(key))
                } else {
                    let (trust, just_dialled) = (Trust::Accepted, true);
                    (
                        Ongoing::Same {
                            trust,
                            just_dialled,
                        },
                        OurCall::None,
                    )
                };
                let crossing = Facts {
                    own,
                    key,
                    ongoing,
                    call,
                    ..stranger()
                };
                // The larger key rejects the other's call, the smaller one admits it.
                let expected = if own == LARGE {
                    Verdict::Reject(Bye::Crossed, None)
                } else {
                    Verdict::Admit(Trust::Accepted)
                };
                assert_eq!(verdict(&crossing), expected);
            }
        }
        let unknown = Facts {
            call: OurCall::Unknown,
            ..stranger()
        };
        assert_eq!(verdict(&unknown), Verdict::Defer);
    }
}
