//! Which conversation is shown, and which part of it is asked for.
//!
//! One question for a page is under way at a time, and what is loaded is shown meanwhile: nothing ever waits
//! for an answer.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{
    Chat,
    log::{Merged, Note, Parked, Row, RowId},
};
use crate::{
    history::{At, Page, Query},
    identity::Party,
};

/// Rows are asked for when so few are left beyond the view.
const AHEAD: u64 = 60;
/// What is not on the disk is remembered of so many conversations.
const MOST_PARKED: usize = 32;

/// What is shown, and what is known of the rest.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Whose conversation, whoever is connected.
    party: Option<Party>,
    /// Conversations that are not shown, the last one last.
    parked: VecDeque<(Option<Party>, Parked)>,
    /// What is to be asked next.
    wanted: Option<At>,
    /// What was asked, oldest first.
    asked: VecDeque<Asked>,
    /// The disk could not be read: nothing is asked again by itself.
    is_unreadable: bool,
    /// The row that is to be gone to once it is loaded.
    target: Option<Target>,
    landing: Option<Landing>,
    /// Whether the page that comes next is the first one.
    is_new: bool,
    draft: Option<String>,
    read_up_to: u64,
}

#[derive(Debug)]
struct Asked {
    party: Party,
    at: At,
    /// Whether the answer is still of use.
    is_wanted: bool,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    row: u64,
    is_marked: bool,
}

/// Where the view is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// Another conversation is shown: to its end.
    Opened,
    /// To the end.
    Newest,
    /// To this row.
    Row {
        /// Which one.
        id: RowId,
        /// Whether it is what was looked for.
        is_marked: bool,
    },
}

impl Chat {
    /// Whose conversation is shown.
    pub fn shown(&self) -> Option<&Party> {
        self.shown.party.as_ref()
    }

    /// Whether the one whose conversation is shown is connected.
    pub fn is_present(&self) -> bool {
        let connected = self.peer().map(|peer| &peer.party);
        connected.is_some() && connected == self.shown()
    }

    /// From now on what was said is on the disk, or no longer.
    pub fn set_paged(&mut self, is_paged: bool) {
        self.log.set_paged(is_paged);
    }

    /// Whether what was said is on the disk.
    pub fn is_paged(&self) -> bool {
        self.log.is_paged()
    }

    /// Shows this conversation, at its end.
    pub fn open(&mut self, party: Party) {
        if self.switch(party) {
            self.want(At::Newest);
        } else {
            self.go_newest();
        }
    }

    /// Shows this conversation at this row.
    pub fn open_at(&mut self, party: Party, row: u64) {
        self.switch(party);
        self.go_to(row, true);
    }

    /// Goes to this row, which need not be loaded.
    pub fn go_to(&mut self, row: u64, is_marked: bool) {
        self.shown.is_unreadable = false;
        if let Some(id) = self.log.find(row) {
            self.shown.landing = Some(Landing::Row { id, is_marked });
            return;
        }
        self.shown.target = Some(Target { row, is_marked });
        if !self.is_asked(At::Around(row)) {
            self.want(At::Around(row));
        }
    }

    /// Goes to the end, which need not be loaded.
    pub fn go_newest(&mut self) {
        if self.log.at_end() {
            self.shown.landing = Some(Landing::Newest);
        } else if !self.is_asked(At::Newest) {
            self.want(At::Newest);
        }
    }

    /// These rows are in view: what is next to them is asked for ahead of time.
    pub fn look_at(&mut self, first: RowId, last: RowId) {
        self.log.set_view((first, last));
        let is_busy = self.shown.wanted.is_some() || self.is_asking();
        let (Some(oldest), Some(newest), false) =
            (self.log.first_id(), self.log.last_id(), is_busy)
        else {
            return;
        };
        if first.0.saturating_sub(oldest.0) < AHEAD
            && let Some(at) = self.log.before()
        {
            self.want(at);
        } else if newest.0.saturating_sub(last.0) < AHEAD
            && !self.log.at_end()
            && let Some(at) = self.log.after()
        {
            self.want(at);
        }
    }

    /// What the reader is to be asked. Asked once.
    pub fn take_query(&mut self) -> Option<Query> {
        if self.shown.is_unreadable || !self.log.is_paged() || self.is_asking() {
            return None;
        }
        let party = self.shown.party.clone()?;
        let at = self.shown.wanted.take()?;
        self.shown.asked.push_back(Asked {
            party: party.clone(),
            at,
            is_wanted: true,
        });
        Some(Query::Page { party, at })
    }

    /// What was taken last could not be asked, as the reader is busy.
    pub fn not_asked(&mut self) {
        if let Some(asked) = self.shown.asked.pop_back() {
            self.shown.wanted.get_or_insert(asked.at);
        }
    }

    /// The disk can't be read: what was asked has no answer.
    pub fn unread(&mut self) {
        self.shown.asked.clear();
        self.shown.wanted = None;
        self.shown.target = None;
        self.shown.is_unreadable = true;
    }

    /// Takes in what the reader has found.
    pub fn take_page(&mut self, page: Page) {
        let Page {
            party,
            at,
            messages,
            span,
            read_up_to,
            draft,
        } = page;
        let answered = |asked: &Asked| asked.at == at && asked.party == party;
        let Some(index) = self.shown.asked.iter().position(answered) else {
            return;
        };
        // Those before it were not answered, and will not be.
        let asked = self.shown.asked.drain(..=index).next_back();
        if asked.is_none_or(|asked| !asked.is_wanted) || self.shown() != Some(&party) {
            return;
        }
        if std::mem::take(&mut self.shown.is_new) {
            self.shown.draft = Some(draft);
            self.shown.read_up_to = read_up_to;
            // What has come in plain sight since is no longer new.
            let seen = self.log.rows().find_map(Row::stored);
            let newest = span.map_or(0, |(_, newest)| newest);
            let newest = seen.map_or(newest, |seen| newest.min(seen.saturating_sub(1)));
            self.log.set_read(read_up_to, newest);
        }
        let target = self.shown.target.map(|target| At::Around(target.row));
        if matches!(at, At::Around(_)) && target != Some(at) {
            // The person wants to go elsewhere by now.
            return;
        }
        let on_way = &self.on_way;
        let rows = messages.into_iter().map(|message| {
            let is_on_way = on_way.contains(&message.row);
            let row = Row::kept(message, &party);
            if is_on_way { row.on_way() } else { row }
        });
        let rows = rows.collect();
        let before = self.log.first_id().zip(self.log.last_id());
        if !self.log.take_page(at, rows, span) {
            return;
        }
        let is_anew =
            before.is_some_and(|(_, last)| self.log.first_id().is_some_and(|first| first > last));
        match (at, self.shown.target) {
            (At::Around(row), Some(target)) if target.row == row => {
                self.shown.target = None;
                if let Some(id) = self.log.find(row) {
                    let is_marked = target.is_marked;
                    self.shown.landing = Some(Landing::Row { id, is_marked });
                }
            }
            (At::Newest, _) if is_anew => self.shown.landing = Some(Landing::Newest),
            _ => {}
        }
    }

    /// Where the view is to go, told once.
    pub fn take_landing(&mut self) -> Option<Landing> {
        self.shown.landing.take()
    }

    /// What stood in the composer when this conversation was left, told once it is known.
    pub fn take_draft(&mut self) -> Option<String> {
        self.shown.draft.take()
    }

    /// Up to which row of the store the person had read this conversation when it was opened.
    pub fn read_up_to(&self) -> u64 {
        self.shown.read_up_to
    }

    /// The store can be read again.
    pub(super) fn readable(&mut self) {
        if std::mem::take(&mut self.shown.is_unreadable) && self.log.is_paged() {
            self.want(At::Newest);
        }
    }

    /// More has come in a conversation than was said.
    pub(super) fn changed(&mut self, party: &Party) {
        self.shown.is_unreadable = false;
        if self.shown() == Some(party) && self.log.at_end() {
            let behind = self.log.last_stored().map(At::After);
            self.want(behind.unwrap_or(At::Newest));
        }
    }

    /// What was said in a conversation was erased, or in all of them.
    pub(super) fn erased(&mut self, party: Option<&Party>) {
        if party.is_none() || party == self.shown() {
            self.log.erase();
            self.shown.landing = Some(Landing::Opened);
            self.shown.target = None;
            self.want(At::Newest);
        }
    }

    /// Puts a row where it belongs: into what is shown, or beside it.
    pub(super) fn put(&mut self, party: &Party, row: Row) {
        self.news += 1;
        if self.shown() == Some(party) || !self.log.is_paged() {
            let merged = self.log.add(row);
            self.fill(merged);
        } else if let Some(parked) = self.parked(party) {
            parked.add(row);
        }
    }

    pub(super) fn put_note(&mut self, party: &Party, note: Note, now: Timestamp) {
        self.put(party, Row::note(note, now));
    }

    /// Asks for rows that are missing.
    pub(super) fn fill(&mut self, merged: Merged) {
        if let Merged::Behind(row) = merged {
            self.want(At::After(row));
        }
    }

    /// What is remembered of a conversation that is not shown.
    pub(super) fn parked(&mut self, party: &Party) -> Option<&mut Parked> {
        let parked = self.shown.parked.iter_mut();
        let mut found = parked.filter(|(of, _)| of.as_ref() == Some(party));
        found.next().map(|(_, parked)| parked)
    }

    pub(super) fn all_parked(&mut self) -> impl Iterator<Item = &mut Parked> {
        self.shown.parked.iter_mut().map(|(_, parked)| parked)
    }

    /// Shows this conversation. False if it is the one that is shown.
    pub(super) fn switch(&mut self, party: Party) -> bool {
        self.shown.is_unreadable = false;
        if self.shown() == Some(&party) {
            return false;
        }
        let party = Some(party);
        let parked = &mut self.shown.parked;
        let index = parked.iter().position(|(of, _)| *of == party);
        let with = index.and_then(|index| parked.remove(index));
        let with = with.map(|(_, parked)| parked).unwrap_or_default();
        let before = std::mem::replace(&mut self.shown.party, party);
        let old = self.log.replace(with, before.is_none());
        let parked = &mut self.shown.parked;
        parked.push_back((before, old));
        if parked.len() > MOST_PARKED {
            parked.pop_front();
        }
        for asked in &mut self.shown.asked {
            asked.is_wanted = false;
        }
        // What was said to one is not to be recalled for another.
        self.last_sent = None;
        self.shown.wanted = None;
        self.shown.target = None;
        self.shown.landing = Some(Landing::Opened);
        self.shown.is_new = true;
        self.shown.draft = None;
        self.shown.read_up_to = 0;
        true
    }

    fn is_asking(&self) -> bool {
        self.shown.asked.iter().any(|asked| asked.is_wanted)
    }

    fn is_asked(&self, at: At) -> bool {
        let mut asked = self.shown.asked.iter();
        asked.any(|asked| asked.is_wanted && asked.at == at)
    }

    fn want(&mut self, at: At) {
        self.shown.wanted = Some(at);
    }
}

#[cfg(test)]
mod tests;
