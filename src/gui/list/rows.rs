//! The rows in their order. They are put together again only when something in them has changed: there can be
//! thousands.

use crate::{
    gui::{ctx::Ctx, list::entries::entries},
    history::Summary,
    identity::{Contact, PeerId},
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(in crate::gui) struct Rows {
    made_of: MadeOf,
    all: Vec<Row>,
    /// How far down the list is scrolled, and how high its view is, in points, as of the last frame.
    pub offset: f32,
    pub height: f32,
}

/// What the rows were put together from.
#[derive(Debug, Default, PartialEq, Eq)]
struct MadeOf {
    contacts: u64,
    conversations: u64,
    filter: String,
    lang: Option<crate::lang::Lang>,
}

#[derive(Debug)]
struct Row {
    peer_id: PeerId,
    /// Found once it is in view: to find it, all contacts may have to be compared.
    name: Option<String>,
    /// Its place in the list of conversations.
    summary: Option<usize>,
}

/// What is shown of a row.
pub(in crate::gui) struct Shown<'a> {
    pub peer_id: PeerId,
    pub name: String,
    /// `None` in plain text, or once the contact is deleted.
    pub contact: Option<&'a Contact>,
    /// `None` if there are no messages.
    pub summary: Option<&'a Summary>,
}

impl Rows {
    /// Puts the rows together, with those only in which the filter is found.
    pub fn update(&mut self, cx: &Ctx<'_>, filter: &str) {
        let (contacts, conversations) = (cx.chat.contacts(), cx.conversations);
        let made_of = MadeOf {
            contacts: contacts.revision(),
            conversations: conversations.revision(),
            filter: filter.trim().to_lowercase(),
            lang: Some(cx.lang),
        };
        if made_of == self.made_of {
            return;
        }
        let entries = entries(contacts, conversations);
        let wanted = entries
            .into_iter()
            .filter(|entry| entry.has(contacts, &made_of.filter));
        self.all = wanted
            .map(|entry| Row {
                summary: entry.summary.map(|(index, _)| index),
                peer_id: entry.peer_id,
                name: None,
            })
            .collect();
        self.made_of = made_of;
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn peer_id(&self, index: usize) -> Option<&PeerId> {
        self.all.get(index).map(|row| &row.peer_id)
    }

    pub fn index_of(&self, peer_id: &PeerId) -> Option<usize> {
        self.all.iter().position(|row| row.peer_id == *peer_id)
    }

    /// What is shown of this row.
    pub fn get<'a>(&mut self, cx: &Ctx<'a>, index: usize) -> Option<Shown<'a>> {
        let row = self.all.get_mut(index)?;
        let contacts = cx.chat.contacts();
        let name = || cx.lang.peer_id(contacts, &row.peer_id);
        Some(Shown {
            name: row.name.get_or_insert_with(name).clone(),
            contact: row.peer_id.key().and_then(|key| contacts.get(&key)),
            summary: row.summary.and_then(|index| cx.conversations.at(index)),
            peer_id: row.peer_id.clone(),
        })
    }
}
