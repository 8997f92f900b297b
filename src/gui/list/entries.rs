//! What is in the list: every contact and every conversation.

use std::cmp::Reverse;

use crate::{
    chat::{contacts::Contacts, conversations::Conversations},
    history::Summary,
    identity::{Contact, PeerId},
    millis::Millis,
};

/// A contact, a conversation, or both.
pub(super) struct Entry<'a> {
    pub peer_id: PeerId,
    /// `None` in plain text, or once the contact is forgotten.
    pub contact: Option<&'a Contact>,
    /// With its place in the list of conversations; `None` if there are no messages.
    pub summary: Option<(usize, &'a Summary)>,
}

impl Entry<'_> {
    /// When they last said something, or were last connected.
    fn active_at(&self) -> Option<Millis> {
        let said = self.summary.map(|(_, summary)| summary.active_at);
        said.or_else(|| self.contact.and_then(|contact| contact.last_seen))
    }

    fn is_pinned(&self) -> bool {
        self.summary.is_some_and(|(_, summary)| summary.is_pinned)
    }

    /// Whether these words, in small letters, are in a name, an address or the newest message.
    pub fn has(&self, contacts: &Contacts, words: &str) -> bool {
        if words.is_empty() {
            return true;
        }
        let is_in = |text: &str| text.to_lowercase().contains(words);
        let key = self.peer_id.key();
        let named = key.is_some_and(|key| contacts.has_words(&key, words));
        let at = matches!(&self.peer_id, PeerId::Address(address) if is_in(address));
        let said = self
            .summary
            .and_then(|(_, summary)| summary.newest.as_deref());
        named || at || said.is_some_and(is_in)
    }
}

/// All entries: the pinned ones, then the most recently active first.
pub(super) fn entries<'a>(
    contacts: &'a Contacts,
    conversations: &'a Conversations,
) -> Vec<Entry<'a>> {
    let said = conversations
        .iter()
        .enumerate()
        .map(|(index, summary)| Entry {
            peer_id: summary.peer_id.clone(),
            contact: summary.peer_id.key().and_then(|key| contacts.get(&key)),
            summary: Some((index, summary)),
        });
    let silent = contacts.iter().map(|contact| Entry {
        peer_id: PeerId::Key(contact.key),
        contact: Some(contact),
        summary: None,
    });
    let mut all: Vec<_> = said.collect();
    let mut known: Vec<_> = all.iter().map(|entry| entry.peer_id.clone()).collect();
    known.sort_unstable();
    all.extend(silent.filter(|entry| known.binary_search(&entry.peer_id).is_err()));
    all.sort_by_key(|entry| Reverse((entry.is_pinned(), entry.active_at())));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{PublicKey, Trust};

    const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
    const JUN: PublicKey = PublicKey::from_bytes([2; 32]);
    const ARA: PublicKey = PublicKey::from_bytes([3; 32]);

    fn contact(key: PublicKey, last_seen: Option<Millis>) -> Contact {
        Contact {
            key,
            my_name: None,
            their_name: String::new(),
            trust: Trust::Met,
            blocked: false,
            last_ip: None,
            first_met: None,
            last_seen,
            addresses: Vec::new(),
            held: 0,
            held_up_to: 0,
        }
    }

    fn summary(peer_id: PeerId, active_at: Millis) -> Summary {
        Summary {
            peer_id,
            newest: None,
            newest_is_file: false,
            draft: None,
            active_at,
            unread: 0,
            waiting: 0,
            messages: 1,
            is_pinned: false,
            is_muted: false,
        }
    }

    #[test]
    fn each_entry_is_listed_once_most_recent_first() {
        let mut contacts = Contacts::default();
        contacts.set(&[
            contact(MINA, Some(Millis::new(9))),
            contact(JUN, Some(Millis::new(20))),
            contact(ARA, None),
        ]);
        let address = PeerId::Address("10.0.0.1:7".into());
        let forgotten = PeerId::Key(PublicKey::from_bytes([4; 32]));
        let mut conversations = Conversations::default();
        conversations.set(Some(vec![
            summary(PeerId::Key(MINA), Millis::new(30)),
            summary(address.clone(), Millis::new(10)),
            summary(forgotten.clone(), Millis::new(5)),
        ]));
        let all = entries(&contacts, &conversations);
        let order: Vec<_> = all.iter().map(|entry| entry.peer_id.clone()).collect();
        let wanted = [
            PeerId::Key(MINA),
            PeerId::Key(JUN),
            address,
            forgotten,
            PeerId::Key(ARA),
        ];
        assert_eq!(order, wanted);
        let is_known: Vec<_> = all.iter().map(|entry| entry.contact.is_some()).collect();
        assert_eq!(is_known, [true, true, false, false, true]);
    }
}
