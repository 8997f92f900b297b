//! Who the people behind the keys are, as far as this window knows.

use crate::{
    endpoint::Endpoint,
    identity::{Contact, Name, PublicKey, Trust},
    net::{Call, How},
    text::{fold::folded_name, visible::visible_label},
};
use std::collections::BTreeMap;

/// Characters shown of a name that somebody else has chosen.
const NAME_CHARACTERS: usize = 40;
/// So many places are tried side by side to reach one.
const MOST_PLACES: usize = 8;
/// Groups of a fingerprint shown where there is little room.
const SHORT_GROUPS: usize = 2;

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Contacts {
    peers: BTreeMap<PublicKey, Contact>,
    /// The last one met first.
    order: Vec<PublicKey>,
}

impl Contacts {
    /// Replaces what was known.
    pub fn set(&mut self, peers: &[Contact]) {
        self.order = peers.iter().map(|peer| peer.key).collect();
        self.peers = peers.iter().map(|peer| (peer.key, peer.clone())).collect();
    }

    /// What is known of this key.
    pub fn get(&self, key: &PublicKey) -> Option<&Contact> {
        self.peers.get(key)
    }

    /// All, the last one met first.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.order.iter().filter_map(|key| self.peers.get(key))
    }

    /// What to call this key: my name for it, or what it calls itself, made safe to show; `None` for one that
    /// has no name.
    pub fn name(&self, key: &PublicKey) -> Option<String> {
        let peer = self.get(key)?;
        shown(peer.my_name.as_deref().unwrap_or(&peer.their_name))
    }

    /// The same, or the beginning of the fingerprint of one that has no name.
    pub fn label(&self, key: &PublicKey) -> String {
        self.name(key).unwrap_or_else(|| short(key))
    }

    /// What this key calls itself, where the person calls it otherwise.
    pub fn own_name(&self, key: &PublicKey) -> Option<String> {
        let peer = self.get(key)?;
        let differs = peer.my_name.as_ref() != Some(&peer.their_name);
        let own = shown(&peer.their_name);
        own.filter(|_| peer.my_name.is_some() && differs)
    }

    /// How this key came to be let in, if it is known.
    pub fn trust(&self, key: &PublicKey) -> Option<Trust> {
        self.get(key).map(|peer| peer.trust)
    }

    /// The one who is known by the name that this key has given itself, if that is another one: by the
    /// person's word, or because it was met under that name before. Names prove nothing, whatever the
    /// key has earned since.
    pub fn namesake(&self, key: &PublicKey) -> Option<&Contact> {
        let peer = self.get(key)?;
        if peer.my_name.is_some() || peer.their_name == Name::default().as_str() {
            return None;
        }
        let claimed = folded_name(&peer.their_name);
        self.iter().find(|other| {
            let known = match &other.my_name {
                Some(mine) => folded_name(mine) == claimed,
                None => was_first(other, peer) && folded_name(&other.their_name) == claimed,
            };
            known && other.key != *key && !claimed.is_empty()
        })
    }

    /// How to call this key and nobody else, if it is known where it answers: where it was last, and
    /// wherever else it has answered.
    pub fn call_to(&self, key: &PublicKey) -> Option<Call> {
        let peer = self.get(key)?;
        let last = peer.last_ip.map(|ip| ip.to_string());
        let mut places: Vec<Endpoint> = peer
            .addresses
            .iter()
            .filter_map(|text| text.parse().and_then(Endpoint::connectable).ok())
            .collect();
        places.sort_by_key(|place| Some(&place.host) != last.as_ref());
        places.truncate(MOST_PLACES);
        let mut places = places.into_iter();
        Some(Call {
            to: places.next()?,
            also: places.collect(),
            how: How::To(*key),
        })
    }

    /// Whether the safety numbers of this key were compared.
    pub fn is_verified(&self, key: &PublicKey) -> bool {
        self.trust(key) == Some(Trust::Verified)
    }
}

/// Whether this one was met before that one.
fn was_first(one: &Contact, other: &Contact) -> bool {
    match (one.first_met, other.first_met) {
        (Some(one), Some(other)) => one < other,
        (one, other) => one.is_some() && other.is_none(),
    }
}

/// The beginning of a fingerprint: enough to tell two people apart, not enough to know one by.
pub fn short(key: &PublicKey) -> String {
    let fingerprint = key.fingerprint();
    let groups: Vec<_> = fingerprint.split(' ').take(SHORT_GROUPS).collect();
    groups.join(" ")
}

/// A name that somebody has chosen, made safe to show; `None` if nothing of it can be seen.
fn shown(name: &str) -> Option<String> {
    if folded_name(name).is_empty() {
        return None;
    }
    let shown = visible_label(name).replace(['\n', '\t'], " ");
    let shown: String = shown.trim().chars().take(NAME_CHARACTERS).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PublicKey {
        PublicKey::from_bytes([byte; 32])
    }

    fn peer(byte: u8, my_name: Option<&str>, their_name: &str, trust: Trust) -> Contact {
        Contact {
            key: key(byte),
            my_name: my_name.map(str::to_owned),
            their_name: their_name.to_owned(),
            trust,
            blocked: false,
            last_ip: None,
            first_met: Some(i64::from(byte)),
            last_seen: None,
            addresses: Vec::new(),
        }
    }

    fn contacts(peers: &[Contact]) -> Contacts {
        let mut contacts = Contacts::default();
        contacts.set(peers);
        contacts
    }

    #[test]
    fn my_name_goes_before_theirs_and_a_fingerprint_is_the_last_resort() {
        let known = contacts(&[
            peer(1, Some("Mina"), "m.kim", Trust::Met),
            peer(2, None, "Jun", Trust::Met),
            peer(3, None, " \u{200b}\n", Trust::Met),
            peer(4, None, "", Trust::Met),
            peer(5, Some("Ara"), "Ara", Trust::Met),
        ]);
        let label = |byte| known.label(&key(byte));
        assert_eq!((label(1), label(2)), ("Mina".to_owned(), "Jun".to_owned()));
        assert_eq!(label(3), short(&key(3)));
        assert_eq!((known.name(&key(4)), label(4)), (None, short(&key(4))));
        assert_eq!((known.name(&key(9)), label(1)), (None, "Mina".to_owned()));
        assert_eq!(short(&key(1)), "8548 48c8");
        let own = |byte| known.own_name(&key(byte));
        assert_eq!(
            (own(1), own(2), own(5)),
            (Some("m.kim".to_owned()), None, None)
        );
    }

    #[test]
    fn a_name_that_shows_as_nothing_is_no_name() {
        for blank in [
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{ffa0}",
            "\u{2800}\u{2800}",
            "\u{ad}",
            "\u{a0}\u{200d}",
        ] {
            let known = contacts(&[peer(1, None, blank, Trust::Met)]);
            assert_eq!(known.name(&key(1)), None, "{blank:?}");
        }
    }

    #[test]
    fn names_that_differ_by_nothing_one_sees_are_the_same_name() {
        for other in [
            "Mina\u{200d}",
            "Mi\u{ad}na",
            "Mina\u{3164}",
            "\u{2060}mina",
            "Mina\u{fe0f}",
            "M\u{34f}ina",
        ] {
            let known = contacts(&[
                peer(1, Some("Mina"), "m.kim", Trust::Accepted),
                peer(2, None, other, Trust::Met),
            ]);
            let namesake = known.namesake(&key(2)).map(|peer| peer.key);
            assert_eq!(namesake, Some(key(1)), "{other:?}");
        }
    }

    #[test]
    fn a_name_is_safe_to_show_on_one_line() {
        let name = format!("evil\u{202e}\n{}", "x".repeat(100));
        let known = contacts(&[peer(1, None, &name, Trust::Met)]);
        let shown = known.label(&key(1));
        assert!(shown.starts_with("evil[U+202E] xxx"), "{shown}");
        assert_eq!(shown.chars().count(), NAME_CHARACTERS);
    }

    #[test]
    fn a_namesake_is_one_who_was_there_before() {
        let known = contacts(&[
            peer(1, Some("Mina"), "m.kim", Trust::Accepted),
            peer(2, None, "ＭＩＮＡ ", Trust::Accepted),
            peer(3, None, "Jun", Trust::Verified),
            peer(4, None, "jun", Trust::Met),
            peer(5, None, "Guest", Trust::Verified),
            peer(6, None, "Guest", Trust::Met),
            peer(7, Some("Mina"), "Mina", Trust::Met),
            peer(8, None, "", Trust::Met),
        ]);
        let namesake = |byte| known.namesake(&key(byte)).map(|peer| peer.key);
        assert_eq!(namesake(2), Some(key(1)), "however it is written");
        assert_eq!(namesake(4), Some(key(3)));
        assert_eq!(namesake(3), None, "the one who was met first has the name");
        assert_eq!(
            namesake(6),
            None,
            "everybody is called so who has chosen no name"
        );
        assert_eq!(namesake(7), None, "the person has given both this name");
        assert_eq!((namesake(8), namesake(9)), (None, None));
    }

    #[test]
    fn who_is_called_is_tried_where_they_were_last_and_wherever_they_have_answered() {
        let places = [
            "10.0.0.1:7",
            "10.0.0.2:7",
            "not: an address",
            "mina-pc:50000",
        ];
        let mina = Contact {
            last_ip: Some([10, 0, 0, 2].into()),
            addresses: places.map(str::to_owned).into(),
            ..peer(1, None, "Mina", Trust::Met)
        };
        let known = contacts(&[mina, peer(2, None, "Jun", Trust::Met)]);
        let call = known.call_to(&key(1)).expect("it has answered");
        let also: Vec<_> = call.also.iter().map(Endpoint::to_string).collect();
        assert_eq!(
            (call.to.to_string(), call.how),
            ("10.0.0.2:7".to_owned(), How::To(key(1)))
        );
        assert_eq!(also, ["10.0.0.1:7", "mina-pc:50000"]);
        assert_eq!(
            (known.call_to(&key(2)), known.call_to(&key(9))),
            (None, None)
        );
    }

    #[test]
    fn the_order_is_the_one_they_come_in() {
        let known = contacts(&[
            peer(2, None, "b", Trust::Verified),
            peer(1, None, "a", Trust::Met),
        ]);
        let order: Vec<_> = known.iter().map(|peer| peer.key).collect();
        assert_eq!(order, [key(2), key(1)]);
        assert!(known.is_verified(&key(2)) && !known.is_verified(&key(1)));
    }
}
