//! Who the keys belong to: names, trust, and how to call them.

use std::{collections::BTreeMap, net::IpAddr};

use crate::{
    endpoint::Endpoint,
    identity::{Contact, Name, PublicKey, Trust},
    net::{Call, How},
    text::{fold::folded_name, visible::visible_label},
};

/// Maximum number of characters shown of a name.
const MAX_NAME_CHARACTERS: usize = 40;
/// Maximum number of addresses that one call tries at the same time.
const MAX_ADDRESSES: usize = 8;
/// Number of groups of a short fingerprint: 64 bits, so that nobody finds another key that begins alike.
const SHORT_GROUPS: usize = 4;

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Contacts {
    by_key: BTreeMap<PublicKey, Contact>,
    /// The most recently met one first.
    order: Vec<PublicKey>,
    /// Who has answered at which address; see [`Endpoint::canonical`].
    pins: BTreeMap<String, PublicKey>,
    are_known: bool,
}

impl Contacts {
    /// Replaces all contacts. `contacts` has the most recently met one first.
    pub fn set(&mut self, contacts: &[Contact]) {
        self.order = contacts.iter().map(|contact| contact.key).collect();
        let by_key = contacts
            .iter()
            .map(|contact| (contact.key, contact.clone()));
        self.by_key = by_key.collect();
        let pins = contacts.iter().flat_map(|contact| {
            let addresses = contact.addresses.iter();
            addresses.map(|address| (address.to_lowercase(), contact.key))
        });
        self.pins = pins.collect();
        self.are_known = true;
    }

    /// Whether the worker has said who they are.
    pub fn are_known(&self) -> bool {
        self.are_known
    }

    /// The contact with this key.
    pub fn get(&self, key: &PublicKey) -> Option<&Contact> {
        self.by_key.get(key)
    }

    /// All contacts, the most recently met one first.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.order.iter().filter_map(|key| self.get(key))
    }

    /// The name of this contact, safe to show: the person's name for it, or else the one it calls itself; `None`
    /// if it has no name.
    pub fn name(&self, key: &PublicKey) -> Option<String> {
        let contact = self.get(key)?;
        shown(contact.my_name.as_deref().unwrap_or(&contact.their_name))
    }

    /// Like [`Self::name`], but the beginning of the fingerprint for a key without a name.
    pub fn label(&self, key: &PublicKey) -> String {
        self.name(key).unwrap_or_else(|| short(key))
    }

    /// What this contact calls itself, if the person has given it another name.
    pub fn own_name(&self, key: &PublicKey) -> Option<String> {
        let contact = self.get(key)?;
        let differs = contact.my_name.as_ref() != Some(&contact.their_name);
        let own = shown(&contact.their_name);
        own.filter(|_| contact.my_name.is_some() && differs)
    }

    /// How far this key is trusted, if it is known.
    pub fn trust(&self, key: &PublicKey) -> Option<Trust> {
        self.get(key).map(|contact| contact.trust)
    }

    /// Another contact that already has the name this key gives itself: the person gave it that name, or it was
    /// met under that name first. Trust does not matter here, because it does not prove a name.
    pub fn namesake(&self, key: &PublicKey) -> Option<&Contact> {
        let contact = self.get(key)?;
        if contact.my_name.is_some() || contact.their_name == Name::default().as_str() {
            return None;
        }
        let claimed = folded_name(&contact.their_name);
        self.iter().find(|other| {
            let known = match &other.my_name {
                Some(mine) => folded_name(mine) == claimed,
                None => was_met_before(other, contact) && folded_name(&other.their_name) == claimed,
            };
            known && other.key != *key && !claimed.is_empty()
        })
    }

    /// A call that only this key may answer, to the addresses where it has answered before: first the one where
    /// it was last. `None` if there are none.
    pub fn call_to(&self, key: &PublicKey) -> Option<Call> {
        let contact = self.get(key)?;
        let last = contact.last_ip.map(|ip| ip.to_string());
        let mut addresses: Vec<Endpoint> = contact
            .addresses
            .iter()
            .filter_map(|text| text.parse().and_then(Endpoint::connectable).ok())
            .collect();
        addresses.sort_by_key(|address| Some(&address.host) != last.as_ref());
        addresses.truncate(MAX_ADDRESSES);
        let mut addresses = addresses.into_iter();
        Some(Call {
            to: addresses.next()?,
            also: addresses.collect(),
            how: How::To(*key),
        })
    }

    /// The contact who has answered our calls to this address, which is theirs until another key is accepted there.
    pub fn pinned_at(&self, address: &Endpoint) -> Option<PublicKey> {
        self.pins.get(&address.canonical()).copied()
    }

    /// The contact who should answer this call, and encrypted: the one whom the call or its address is for, or who was
    /// last connected from there, unless that is this computer.
    pub fn expected(&self, call: &Call) -> Option<PublicKey> {
        match &call.how {
            How::To(key) | How::Unchecked(Some(key)) => return Some(*key),
            How::NewKey { key, replaces } => return Some(replaces.unwrap_or(*key)),
            How::Invited(key, _) if self.by_key.contains_key(key) => return Some(*key),
            How::Plain | How::Encrypted | How::Unchecked(None) | How::Invited(..) => {}
        }
        let addresses = || std::iter::once(&call.to).chain(&call.also);
        let pinned = addresses().find_map(|address| self.pinned_at(address));
        pinned.or_else(|| addresses().find_map(|address| self.last_at(&address.host)))
    }

    fn last_at(&self, host: &str) -> Option<PublicKey> {
        // A zone is not kept.
        let host = host.split_once('%').map_or(host, |(host, _)| host);
        let ip = host.parse::<IpAddr>().ok()?.to_canonical();
        let mut at_ip = self
            .iter()
            .filter(|contact| contact.last_ip == Some(ip) && !contact.blocked);
        at_ip
            .next()
            .filter(|_| !ip.is_loopback())
            .map(|contact| contact.key)
    }

    /// Whether the person has compared the safety number of this key.
    pub fn is_verified(&self, key: &PublicKey) -> bool {
        self.trust(key) == Some(Trust::Verified)
    }
}

fn was_met_before(one: &Contact, other: &Contact) -> bool {
    match (one.first_met, other.first_met) {
        (Some(one), Some(other)) => one < other,
        (one, other) => one.is_some() && other.is_none(),
    }
}

/// The beginning of a fingerprint. It distinguishes contacts without a name.
pub fn short(key: &PublicKey) -> String {
    let fingerprint = key.fingerprint();
    let groups: Vec<_> = fingerprint.split(' ').take(SHORT_GROUPS).collect();
    groups.join(" ")
}

/// A name made safe to show; `None` if nothing of it can be seen.
fn shown(name: &str) -> Option<String> {
    if folded_name(name).is_empty() {
        return None;
    }
    let shown = visible_label(name).replace(['\n', '\t'], " ");
    let shown: String = shown.trim().chars().take(MAX_NAME_CHARACTERS).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::millis::Millis;

    fn key(byte: u8) -> PublicKey {
        PublicKey::from_bytes([byte; 32])
    }

    fn contact(byte: u8, my_name: Option<&str>, their_name: &str, trust: Trust) -> Contact {
        Contact {
            key: key(byte),
            my_name: my_name.map(str::to_owned),
            their_name: their_name.to_owned(),
            trust,
            blocked: false,
            last_ip: None,
            first_met: Some(Millis::new(i64::from(byte))),
            last_seen: None,
            addresses: Vec::new(),
            held: 0,
        }
    }

    fn contacts(all: &[Contact]) -> Contacts {
        let mut contacts = Contacts::default();
        contacts.set(all);
        contacts
    }

    #[test]
    fn a_contact_is_called_by_my_name_or_theirs_or_its_fingerprint() {
        let known = contacts(&[
            contact(1, Some("Mina"), "m.kim", Trust::Met),
            contact(2, None, "Jun", Trust::Met),
            contact(3, None, " \u{200b}\n", Trust::Met),
            contact(4, None, "", Trust::Met),
            contact(5, Some("Ara"), "Ara", Trust::Met),
        ]);
        let label = |byte| known.label(&key(byte));
        assert_eq!((label(1), label(2)), ("Mina".to_owned(), "Jun".to_owned()));
        assert_eq!(label(3), short(&key(3)));
        assert_eq!((known.name(&key(4)), label(4)), (None, short(&key(4))));
        assert_eq!((known.name(&key(9)), label(1)), (None, "Mina".to_owned()));
        assert_eq!(short(&key(1)), "8548 48c8 c383 5c13");
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
            let known = contacts(&[contact(1, None, blank, Trust::Met)]);
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
                contact(1, Some("Mina"), "m.kim", Trust::Accepted),
                contact(2, None, other, Trust::Met),
            ]);
            let namesake = known.namesake(&key(2)).map(|contact| contact.key);
            assert_eq!(namesake, Some(key(1)), "{other:?}");
        }
    }

    #[test]
    fn a_name_is_safe_to_show_on_one_line() {
        let name = format!("evil\u{202e}\n{}", "x".repeat(100));
        let known = contacts(&[contact(1, None, &name, Trust::Met)]);
        let shown = known.label(&key(1));
        assert!(shown.starts_with("evil[U+202E] xxx"), "{shown}");
        assert_eq!(shown.chars().count(), MAX_NAME_CHARACTERS);
    }

    #[test]
    fn a_namesake_is_a_contact_that_had_the_name_first() {
        let known = contacts(&[
            contact(1, Some("Mina"), "m.kim", Trust::Accepted),
            contact(2, None, "ＭＩＮＡ ", Trust::Accepted),
            contact(3, None, "Jun", Trust::Verified),
            contact(4, None, "jun", Trust::Met),
            contact(5, None, "Guest", Trust::Verified),
            contact(6, None, "Guest", Trust::Met),
            contact(7, Some("Mina"), "Mina", Trust::Met),
            contact(8, None, "", Trust::Met),
        ]);
        let namesake = |byte| known.namesake(&key(byte)).map(|contact| contact.key);
        assert_eq!(namesake(2), Some(key(1)), "different ways to write it");
        assert_eq!(namesake(4), Some(key(3)));
        assert_eq!(namesake(3), None, "this one had the name first");
        assert_eq!(namesake(6), None, "this is the default name");
        assert_eq!(namesake(7), None, "the person gave both this name");
        assert_eq!((namesake(8), namesake(9)), (None, None));
    }

    #[test]
    fn a_call_tries_the_last_address_first_and_then_the_others() {
        let addresses = [
            "10.0.0.1:7",
            "10.0.0.2:7",
            "not: an address",
            "mina-pc:50000",
        ];
        let mina = Contact {
            last_ip: Some([10, 0, 0, 2].into()),
            addresses: addresses.map(str::to_owned).into(),
            ..contact(1, None, "Mina", Trust::Met)
        };
        let known = contacts(&[mina, contact(2, None, "Jun", Trust::Met)]);
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
    fn a_call_to_the_address_of_a_contact_is_for_that_contact() {
        let at = |byte, ip: [u8; 4], addresses: &[&str]| Contact {
            last_ip: Some(ip.into()),
            addresses: addresses.iter().map(|&text| text.to_owned()).collect(),
            ..contact(byte, None, "Mina", Trust::Met)
        };
        let known = contacts(&[
            at(1, [10, 0, 0, 1], &["mina-pc:7", "10.0.0.9:7"]),
            at(2, [127, 0, 0, 1], &["127.0.0.1:7"]),
            Contact {
                blocked: true,
                ..at(3, [10, 0, 0, 3], &["10.0.0.3:7"])
            },
        ]);
        let call = |to: &str, how| Call {
            to: to.parse().expect("an address"),
            also: Vec::new(),
            how,
        };
        for (to, pinned, expected) in [
            ("mina-pc:7", Some(1), Some(1)),
            ("MINA-PC.:7", Some(1), Some(1)),
            ("mina-pc:8", None, None),
            ("10.0.0.9:7", Some(1), Some(1)),
            ("[::ffff:10.0.0.9]:7", Some(1), Some(1)),
            // Where Mina was last.
            ("10.0.0.1:9", None, Some(1)),
            ("[::ffff:10.0.0.1]:9", None, Some(1)),
            ("127.0.0.1:7", Some(2), Some(2)),
            // On this computer there are other programs.
            ("127.0.0.1:8", None, None),
            ("10.0.0.3:7", Some(3), Some(3)),
            ("10.0.0.3:8", None, None),
        ] {
            let call = call(to, How::Encrypted);
            let (pinned, expected) = (pinned.map(key), expected.map(key));
            assert_eq!(known.pinned_at(&call.to), pinned, "{to}");
            assert_eq!(known.expected(&call), expected, "{to}");
        }
        let replaces = Some(key(2));
        let new_key = How::NewKey {
            key: key(9),
            replaces,
        };
        for (how, expected) in [
            (How::To(key(1)), 1),
            (How::Unchecked(Some(key(1))), 1),
            (new_key, 2),
        ] {
            let expected = Some(key(expected));
            assert_eq!(known.expected(&call("10.0.0.3:7", how)), expected);
        }
    }

    #[test]
    fn contacts_keep_the_order_they_come_in() {
        let known = contacts(&[
            contact(2, None, "b", Trust::Verified),
            contact(1, None, "a", Trust::Met),
        ]);
        let order: Vec<_> = known.iter().map(|contact| contact.key).collect();
        assert_eq!(order, [key(2), key(1)]);
        assert!(known.is_verified(&key(2)) && !known.is_verified(&key(1)));
    }
}
