//! Who the keys belong to: names, trust, and how to call them.

use std::{cmp::Reverse, collections::BTreeMap, net::IpAddr};

use crate::{
    endpoint::Endpoint,
    identity::{Contact, Name, PublicKey, Trust},
    net::{Call, How},
    text::{
        name::{Comparable, is_plain, is_presentable, is_visible, without_quotes},
        visible::visible_label,
    },
};

/// Maximum number of characters shown of a name.
const MAX_NAME_CHARACTERS: usize = 40;
/// Maximum number of addresses that one call tries at the same time.
const MAX_ADDRESSES: usize = 8;
/// Number of groups of a short fingerprint: 64 bits, so that nobody finds another key that begins alike.
const SHORT_GROUPS: usize = 4;

/// How a peer is called: by a name, safe to show on one line, or by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// The person's own name for them.
    Named(String),
    /// The name that a verified contact has chosen.
    Verified(String),
    /// The name that they have chosen: a claim, which stands in quotes and has none in it.
    Claimed(String),
    /// They have no name, or one that deceives or shows nothing.
    Unnamed,
}

/// A contact, and its names as they are compared.
#[derive(Debug)]
struct Known {
    contact: Contact,
    my_name: Option<Comparable>,
    their_name: Comparable,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Contacts {
    by_key: BTreeMap<PublicKey, Known>,
    /// The most recently met one first.
    order: Vec<PublicKey>,
    /// Who has answered at which address; see [`Endpoint::canonical`].
    pins: BTreeMap<String, PublicKey>,
    are_known: bool,
    /// Grows with every change.
    revision: u64,
}

impl Contacts {
    /// Replaces all contacts. `contacts` has the most recently met one first.
    pub fn set(&mut self, contacts: &[Contact]) {
        self.order = contacts.iter().map(|contact| contact.key).collect();
        let mut before = std::mem::take(&mut self.by_key);
        let known = contacts.iter().map(|contact| {
            let before = before.remove(&contact.key);
            (contact.key, Known::new(contact.clone(), before))
        });
        self.by_key = known.collect();
        let pins = contacts.iter().flat_map(|contact| {
            let addresses = contact.addresses.iter();
            addresses.map(|address| (address.to_lowercase(), contact.key))
        });
        self.pins = pins.collect();
        self.are_known = true;
        self.revision += 1;
    }

    /// A number that grows whenever they change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether the worker has said who they are.
    pub fn are_known(&self) -> bool {
        self.are_known
    }

    /// The contact with this key.
    pub fn get(&self, key: &PublicKey) -> Option<&Contact> {
        self.by_key.get(key).map(|known| &known.contact)
    }

    /// All contacts, the most recently met one first.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.order.iter().filter_map(|key| self.get(key))
    }

    /// Whether these words, in small letters, are in a name or an address of this contact.
    pub fn has_words(&self, key: &PublicKey, words: &str) -> bool {
        let Some(contact) = self.get(key) else {
            return false;
        };
        let texts = contact.addresses.iter().chain(&contact.my_name);
        let mut texts = texts.chain([&contact.their_name]);
        texts.any(|text| text.to_lowercase().contains(words))
    }

    /// How this peer is called. The window's words for it are in `gui/locale/people.rs`, and nowhere else.
    pub fn called(&self, key: &PublicKey) -> Called {
        let Some(contact) = self.get(key) else {
            return Called::Unnamed;
        };
        if let Some(name) = contact.my_name.as_deref().and_then(shown) {
            return Called::Named(name);
        }
        let Some(name) = claimed(&contact.their_name) else {
            return Called::Unnamed;
        };
        let is_verified = contact.trust == Trust::Verified;
        if is_verified && is_plain(&name) && self.namesake(key).is_none() {
            Called::Verified(name)
        } else {
            Called::Claimed(name)
        }
    }

    /// What this contact calls itself, if the person has given it another name.
    pub fn own_name(&self, key: &PublicKey) -> Option<String> {
        let contact = self.get(key)?;
        let differs = contact.my_name.as_ref() != Some(&contact.their_name);
        let is_named = matches!(self.called(key), Called::Named(_));
        claimed(&contact.their_name).filter(|_| is_named && differs)
    }

    /// Whether this contact calls itself by a name that is not shown, since it could be taken for another.
    pub fn hides_name(&self, key: &PublicKey) -> bool {
        self.get(key).is_some_and(|contact| {
            is_visible(&contact.their_name) && !is_presentable(&contact.their_name)
        })
    }

    /// How far this key is trusted, if it is known.
    pub fn trust(&self, key: &PublicKey) -> Option<Trust> {
        self.get(key).map(|contact| contact.trust)
    }

    /// Another contact whose name looks like the one this key gives itself, or is imitated by it: the person gave it that name, or it was met
    /// under that name first. Trust does not matter here, because it does not prove a name. `None` if the name is not shown.
    pub fn namesake(&self, key: &PublicKey) -> Option<&Contact> {
        let Known {
            contact,
            their_name,
            ..
        } = self.by_key.get(key)?;
        if contact.my_name.is_some()
            || contact.their_name == Name::default().as_str()
            || !is_presentable(&contact.their_name)
        {
            return None;
        }
        let namesakes = self.by_key.values().filter(|other| {
            let is_like = match &other.my_name {
                Some(mine) => their_name.imitates(mine),
                None => {
                    their_name.imitates(&other.their_name)
                        && was_met_before(&other.contact, contact)
                }
            };
            is_like && other.contact.key != *key
        });
        // The one whom the person thinks of by that name.
        let namesake = namesakes.max_by_key(|Known { contact, .. }| {
            (
                contact.my_name.is_some(),
                contact.trust,
                Reverse(contact.first_met),
            )
        });
        namesake.map(|known| &known.contact)
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

impl Known {
    /// `before` is what was known of them, so that a name is not brought into its forms again.
    fn new(contact: Contact, before: Option<Self>) -> Self {
        match before {
            Some(before)
                if before.contact.my_name == contact.my_name
                    && before.contact.their_name == contact.their_name =>
            {
                Self { contact, ..before }
            }
            _ => Self {
                my_name: contact.my_name.as_deref().map(Comparable::new),
                their_name: Comparable::new(&contact.their_name),
                contact,
            },
        }
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

/// A name that somebody has chosen for themselves; `None` if it deceives or shows nothing.
fn claimed(name: &str) -> Option<String> {
    let shown = shown(name).filter(|_| is_presentable(name))?;
    Some(without_quotes(&shown)).filter(|left| is_visible(left))
}

/// A name made safe to show; `None` if nothing of it can be seen.
fn shown(name: &str) -> Option<String> {
    if !is_visible(name) {
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
            held_up_to: 0,
        }
    }

    fn contacts(all: &[Contact]) -> Contacts {
        let mut contacts = Contacts::default();
        contacts.set(all);
        contacts
    }

    fn named(name: &str) -> Called {
        Called::Named(name.to_owned())
    }

    fn chosen(name: &str) -> Called {
        Called::Claimed(name.to_owned())
    }

    #[test]
    fn a_contact_is_called_by_my_name_or_theirs_or_its_fingerprint() {
        let known = contacts(&[
            contact(1, Some("Mina"), "m.kim", Trust::Met),
            contact(2, None, "Jun", Trust::Invited),
            contact(3, None, " \u{200b}\n", Trust::Verified),
            contact(4, None, "", Trust::Met),
            contact(5, Some("Ara"), "Ara", Trust::Met),
            contact(6, None, "Boss", Trust::Verified),
            contact(7, Some("\u{200b}"), "Nari", Trust::Met),
        ]);
        let called = |byte| known.called(&key(byte));
        assert_eq!((called(1), called(2)), (named("Mina"), chosen("Jun")));
        assert_eq!((called(3), called(4)), (Called::Unnamed, Called::Unnamed));
        assert_eq!(called(6), Called::Verified("Boss".to_owned()));
        assert_eq!(called(7), chosen("Nari"), "what I wrote shows nothing");
        assert_eq!(called(9), Called::Unnamed);
        assert_eq!(short(&key(1)), "8548 48c8 c383 5c13");
        let own = |byte| known.own_name(&key(byte));
        assert_eq!(
            (own(1), own(2), own(5)),
            (Some("m.kim".to_owned()), None, None)
        );
    }

    #[test]
    fn a_name_that_deceives_or_shows_nothing_is_not_shown() {
        for (name, is_hidden) in [
            ("\u{3164}", false),
            ("\u{115f}\u{1160}", false),
            ("\u{2800}\u{2800}", false),
            ("\u{a0}\u{200d}", false),
            ("\u{301}", false),
            ("Min\u{430}", true),
            ("Mi\u{3b9}na", true),
        ] {
            for trust in [Trust::Met, Trust::Verified] {
                let known = contacts(&[contact(1, None, name, trust)]);
                assert_eq!(known.called(&key(1)), Called::Unnamed, "{name:?}");
                assert_eq!(known.hides_name(&key(1)), is_hidden, "{name:?}");
            }
        }
        // The person may call somebody so.
        let known = contacts(&[contact(1, Some("Anna \u{418}"), "x", Trust::Met)]);
        assert_eq!(known.called(&key(1)), named("Anna \u{418}"));
    }

    #[test]
    fn a_verified_contact_can_choose_only_a_name_that_is_taken_for_nothing_else() {
        for name in [
            "Boss (verified)",
            "Boss \u{2714}",
            "10.0.0.1",
            "8548 48c8 c383 5c13",
            "Boss, 07:37",
            // Another contact has these.
            "Mina",
            "M\u{131}na",
        ] {
            let known = contacts(&[
                contact(1, Some("Mina"), "m.kim", Trust::Met),
                contact(2, None, name, Trust::Verified),
            ]);
            assert_eq!(known.called(&key(2)), chosen(name));
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
            "M1na",
            "Mina \u{2713}",
            "Mina (verified)",
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
        let Called::Claimed(shown) = known.called(&key(1)) else {
            panic!("it has a name");
        };
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
            contact(9, None, "M1na", Trust::Met),
            contact(10, None, "Jun.", Trust::Met),
        ]);
        let namesake = |byte| known.namesake(&key(byte)).map(|contact| contact.key);
        assert_eq!(namesake(2), Some(key(1)), "different ways to write it");
        assert_eq!(namesake(4), Some(key(3)));
        assert_eq!(namesake(3), None, "this one had the name first");
        assert_eq!(namesake(6), None, "this is the default name");
        assert_eq!(namesake(7), None, "the person gave both this name");
        assert_eq!((namesake(8), namesake(99)), (None, None));
        assert_eq!(namesake(9), Some(key(1)), "not the one who has no name");
        assert_eq!(namesake(10), Some(key(3)), "the verified one");
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
