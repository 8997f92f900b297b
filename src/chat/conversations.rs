//! All conversations at a glance, as the reader thread told them last.
//!
//! Asked for again whenever something has changed, but never twice at a time: a store with much in it takes a
//! while to look through.

use super::Chat;
use crate::{history::Summary, identity::Party, net::Event};

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Conversations {
    /// The one that was active last first.
    all: Vec<Summary>,
    news: News,
}

/// How the list stands to what is on the disk.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It is as new as can be.
    #[default]
    None,
    /// Something has changed.
    Some,
    /// A new one is under way.
    Asked,
    /// A new one is under way, and something has changed since.
    AskedAndSome,
}

impl Conversations {
    /// All, the one that was active last first.
    pub fn iter(&self) -> impl Iterator<Item = &Summary> {
        self.all.iter()
    }

    /// So many messages have not been read, `but` for those of a conversation that is being looked at.
    pub fn unread(&self, but: Option<&Party>) -> u64 {
        let others = self
            .all
            .iter()
            .filter(|summary| Some(&summary.party) != but);
        others.map(|summary| summary.unread).sum()
    }

    /// Takes in what the worker reports, before the chat does. Where the conversation that is shown goes on,
    /// that is no news, unless the list `is_open`.
    pub fn apply(&mut self, event: &Event, chat: &Chat, is_open: bool) {
        let party = match event {
            Event::Peers(_)
            | Event::Cleared(_)
            | Event::Rewritten(_)
            | Event::Salvaged(_)
            | Event::StoreWell
            | Event::StoreSetAside(_) => return self.have_changed(),
            Event::Received { party, .. }
            | Event::Stored { party, .. }
            | Event::Settled { party, .. }
            | Event::Changed(party) => party,
            _ => return,
        };
        if is_open || Some(party) != chat.shown() {
            self.have_changed();
        }
    }

    /// Something has changed.
    pub fn have_changed(&mut self) {
        self.news = match self.news {
            News::None | News::Some => News::Some,
            News::Asked | News::AskedAndSome => News::AskedAndSome,
        };
    }

    /// Whether to ask for a new list now.
    pub fn are_to_be_asked_for(&self) -> bool {
        self.news == News::Some
    }

    /// A new list is under way.
    pub fn were_asked_for(&mut self) {
        self.news = News::Asked;
    }

    /// A new list, or nothing where it could not be had: it is asked for again when something has changed.
    pub fn set(&mut self, all: Option<Vec<Summary>>) {
        if let Some(all) = all {
            self.all = all;
        }
        self.news = match self.news {
            News::Some | News::AskedAndSome => News::Some,
            News::None | News::Asked => News::None,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{identity::PublicKey, net::Payload};

    const MINA: PublicKey = PublicKey::from_bytes([1; 32]);
    const JUN: PublicKey = PublicKey::from_bytes([2; 32]);

    fn summary(key: PublicKey, unread: u64) -> Summary {
        Summary {
            party: Party::Key(key),
            newest: None,
            active_at: 0,
            unread,
            waiting: 0,
            messages: unread,
        }
    }

    #[test]
    fn one_question_is_under_way_however_much_changes() {
        let mut list = Conversations::default();
        assert!(!list.are_to_be_asked_for(), "before the store is open");
        list.have_changed();
        assert!(list.are_to_be_asked_for());
        list.were_asked_for();
        assert!(!list.are_to_be_asked_for());
        list.have_changed();
        list.have_changed();
        assert!(!list.are_to_be_asked_for());
        list.set(Some(Vec::new()));
        assert!(list.are_to_be_asked_for(), "what came meanwhile");
        list.were_asked_for();
        list.set(None);
        assert!(!list.are_to_be_asked_for(), "a store that fails is let be");
    }

    #[test]
    fn what_is_looked_at_is_not_news() {
        let changed = |event: Event, shown, is_open| {
            let mut chat = Chat::default();
            chat.open(Party::Key(shown));
            let mut list = Conversations::default();
            list.apply(&event, &chat, is_open);
            list.are_to_be_asked_for()
        };
        let said = || Event::Received {
            party: Party::Key(MINA),
            row: Some(1),
            at: SystemTime::UNIX_EPOCH,
            payload: Payload::NeedsNewer,
        };
        assert!(!changed(said(), MINA, false));
        assert!(changed(said(), MINA, true));
        assert!(changed(said(), JUN, false));
        let elsewhere = || Event::Changed(Party::Key(JUN));
        assert!(!changed(elsewhere(), JUN, false));
        assert!(changed(elsewhere(), MINA, false));
        assert!(changed(Event::Cleared(None), MINA, false));
        assert!(!changed(Event::ListeningStopped, MINA, true));
    }

    #[test]
    fn unread_are_all_but_those_in_view() {
        let mut list = Conversations::default();
        list.set(Some(vec![summary(MINA, 3), summary(JUN, 4)]));
        let jun = Party::Key(JUN);
        assert_eq!((list.unread(None), list.unread(Some(&jun))), (7, 3));
        list.set(None);
        assert_eq!(list.unread(None), 7, "what was known stays");
    }
}
