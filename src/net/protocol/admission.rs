//! Who may come in: the rules for a caller that has proved its key, without sockets (protocol.md, 5).
//!
//! Must not know connections or the clock: what is known comes in, a verdict comes out.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use crate::{
    identity::{PublicKey, Trust},
    net::protocol::frame::Bye,
};

/// Callers that wait for a person's answer.
const MOST_ASKS: usize = 3;
/// How long a rejected caller is not heard.
const SILENCED: Duration = Duration::from_mins(10);
/// As many rejected callers are remembered.
const MOST_SILENCED: usize = 256;

/// What is known when a caller has proved its key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that are independent of each other, in any combination"
)]
pub(in crate::net) struct Facts {
    pub own: PublicKey,
    pub key: PublicKey,
    /// How the key is known, if it is.
    pub trust: Option<Trust>,
    pub blocked: bool,
    /// The person has said no to it lately.
    pub silenced: bool,
    /// It brings the token of an open invite.
    pub invited: bool,
    /// It can only be a program of this computer.
    pub only_here: bool,
    pub talk: Talk,
    pub call: OurCall,
}

/// The conversation that is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Talk {
    /// None, or one that makes way.
    Free,
    /// With the caller's key.
    Same {
        /// What that key has earned.
        trust: Trust,
        /// We have dialled it just now.
        just_dialled: bool,
    },
    Taken,
}

/// Whom we are calling, encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum OurCall {
    /// Nobody, or nobody has picked up.
    None,
    /// Somebody who has not shown a key yet.
    Unknown,
    Key(PublicKey),
    /// This key's call to us stays, and ours does not.
    Crossed(PublicKey),
}

/// What to do with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Verdict {
    Admit(Trust),
    /// Wait until our own call has shown a key.
    Hold,
    Ask,
    /// Say this, and why in the log if the person should know.
    Refuse(Bye, Option<TurnedAway>),
}

/// Why a caller was sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// A conversation is going on.
    Busy,
    /// It speaks plain text, which is not allowed.
    Plain,
    /// It calls with our own key.
    OwnKey,
    /// Too many wait for an answer already, or one from the same address does.
    TooManyAsk,
    /// We have no key to answer with.
    NoIdentity,
}

/// See the [module](self).
pub(in crate::net) fn verdict(facts: &Facts) -> Verdict {
    let &Facts { own, key, .. } = facts;
    if key == own {
        return Verdict::Refuse(Bye::OwnKey, Some(TurnedAway::OwnKey));
    }
    if facts.blocked {
        return Verdict::Refuse(Bye::Rejected, None);
    }
    // Of two calls that cross the one of the larger key stays.
    let ours_stays = own > key;
    match (facts.talk, facts.call) {
        (
            Talk::Same {
                just_dialled: true, ..
            },
            _,
        ) if ours_stays => return Verdict::Refuse(Bye::Crossed, None),
        (Talk::Same { trust, .. }, _) => return Verdict::Admit(trust),
        (_, OurCall::Unknown) => return Verdict::Hold,
        (_, OurCall::Key(called)) if called == key && ours_stays => {
            return Verdict::Refuse(Bye::Crossed, None);
        }
        (_, OurCall::Key(called) | OurCall::Crossed(called)) if called == key => {
            return Verdict::Admit(Trust::Accepted);
        }
        (Talk::Taken, _) | (_, OurCall::Key(_) | OurCall::Crossed(_)) => {
            return Verdict::Refuse(Bye::Busy, Some(TurnedAway::Busy));
        }
        (Talk::Free, OurCall::None) => {}
    }
    if facts.invited {
        Verdict::Admit(Trust::Invited)
    } else if facts.trust.is_some_and(|trust| trust >= Trust::Accepted) {
        Verdict::Admit(Trust::Accepted)
    } else if facts.only_here {
        Verdict::Admit(Trust::Met)
    } else if facts.silenced {
        Verdict::Refuse(Bye::Rejected, None)
    } else {
        Verdict::Ask
    }
}

/// Whether another one may ask from there, while these wait for an answer already. From one address one,
/// lest somebody fill all places with keys made up for it; from this computer as many as there is room for.
pub(in crate::net) fn may_ask(from: IpAddr, waiting: &[IpAddr]) -> bool {
    waiting.len() < MOST_ASKS && (from.is_loopback() || !waiting.contains(&from))
}

/// Whom a person said no to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Rejected {
    Key(PublicKey),
    /// In plain text there is nothing else to go by.
    Ip(IpAddr),
}

/// Those who were rejected, and are not heard for a while.
#[derive(Debug, Default)]
pub(in crate::net) struct Silenced(Vec<(Rejected, Instant)>);

impl Silenced {
    pub fn add(&mut self, whom: Rejected, now: Instant) {
        if self.0.len() >= MOST_SILENCED {
            self.0.remove(0);
        }
        self.0.push((whom, now + SILENCED));
    }

    pub fn contains(&mut self, whom: Rejected, now: Instant) -> bool {
        self.0.retain(|(_, until)| now < *until);
        self.0.iter().any(|(silenced, _)| *silenced == whom)
    }

    /// The person has changed its mind.
    pub fn forget(&mut self, whom: Rejected) {
        self.0.retain(|(silenced, _)| *silenced != whom);
    }
}

#[cfg(test)]
mod tests {
    use crate::net::protocol::admission::*;

    const SMALL: PublicKey = PublicKey::from_bytes([1; 32]);
    const LARGE: PublicKey = PublicKey::from_bytes([2; 32]);
    const THIRD: PublicKey = PublicKey::from_bytes([3; 32]);

    /// A stranger from somewhere, while nothing goes on.
    fn stranger() -> Facts {
        Facts {
            own: SMALL,
            key: LARGE,
            trust: None,
            blocked: false,
            silenced: false,
            invited: false,
            only_here: false,
            talk: Talk::Free,
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
    fn strangers_are_asked_about_and_those_who_are_known_come_in() {
        assert_eq!(verdict(&stranger()), Verdict::Ask);
        let met = Facts {
            trust: Some(Trust::Met),
            ..stranger()
        };
        assert_eq!(
            verdict(&met),
            Verdict::Ask,
            "nobody has decided to let it in"
        );
        for trust in [Trust::Accepted, Trust::Invited, Trust::Verified] {
            let known = Facts {
                trust: Some(trust),
                ..stranger()
            };
            assert_eq!(admits(&known), Some(Trust::Accepted));
        }
        let here = Facts {
            only_here: true,
            ..stranger()
        };
        assert_eq!(admits(&here), Some(Trust::Met));
        let invited = Facts {
            invited: true,
            ..stranger()
        };
        assert_eq!(admits(&invited), Some(Trust::Invited));
    }

    #[test]
    fn a_rejection_holds_for_strangers_and_a_block_for_everybody() {
        let quietly = Verdict::Refuse(Bye::Rejected, None);
        let rejected = Facts {
            silenced: true,
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
            trust: Some(Trust::Verified),
            invited: true,
            only_here: true,
            blocked: true,
            call: OurCall::Key(LARGE),
            ..stranger()
        };
        assert_eq!(verdict(&blocked), quietly);
    }

    #[test]
    fn one_address_has_one_question_and_all_together_three() {
        let [here, one, other] = [[127, 0, 0, 1], [10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        assert!(may_ask(one, &[]) && may_ask(one, &[other, here]));
        assert!(!may_ask(one, &[one]) && !may_ask(one, &[other, one]));
        assert!(may_ask(here, &[here, here]) && !may_ask(here, &[here, here, one]));
        assert!(!may_ask(other, &[here, here, one]));
    }

    #[test]
    fn nobody_comes_in_while_somebody_else_is_there_or_called() {
        let busy = Verdict::Refuse(Bye::Busy, Some(TurnedAway::Busy));
        for (talk, call) in [
            (Talk::Taken, OurCall::None),
            (Talk::Free, OurCall::Key(THIRD)),
            (Talk::Free, OurCall::Crossed(THIRD)),
        ] {
            let known = Facts {
                trust: Some(Trust::Verified),
                invited: true,
                only_here: true,
                talk,
                call,
                ..stranger()
            };
            assert_eq!(verdict(&known), busy);
        }
        let ours = Facts {
            key: SMALL,
            talk: Talk::Taken,
            ..stranger()
        };
        assert_eq!(
            verdict(&ours),
            Verdict::Refuse(Bye::OwnKey, Some(TurnedAway::OwnKey))
        );
    }

    #[test]
    fn whoever_is_here_already_comes_back_as_what_it_was() {
        for trust in [Trust::Met, Trust::Verified] {
            let back = Facts {
                talk: Talk::Same {
                    trust,
                    just_dialled: false,
                },
                ..stranger()
            };
            assert_eq!(admits(&back), Some(trust));
        }
    }

    #[test]
    fn of_two_calls_that_cross_both_sides_keep_the_same_one() {
        for call in [true, false] {
            for (own, key) in [(SMALL, LARGE), (LARGE, SMALL)] {
                let (talk, call) = if call {
                    (Talk::Free, OurCall::Key(key))
                } else {
                    let (trust, just_dialled) = (Trust::Accepted, true);
                    (
                        Talk::Same {
                            trust,
                            just_dialled,
                        },
                        OurCall::None,
                    )
                };
                let crossing = Facts {
                    own,
                    key,
                    talk,
                    call,
                    ..stranger()
                };
                // The larger key refuses the other's call, the smaller one takes it.
                let expected = if own == LARGE {
                    Verdict::Refuse(Bye::Crossed, None)
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
        assert_eq!(verdict(&unknown), Verdict::Hold);
    }
}
