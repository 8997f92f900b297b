//! Searching: the index says where to look, the store says what is there.

use std::path::PathBuf;

use rusqlite::Connection;

use super::{
    Found, Hit, MOST_HITS, PAGE_BYTES,
    fold::{self, Folded},
    index::{self, Entry, Fault},
    life::Life,
    pages,
};
use crate::{identity::Party, store::StoreError};

/// As many messages of a conversation are looked at. There are that many in vain only while the index is
/// behind a clearing.
const MOST_CANDIDATES: usize = 20_000;

/// What is found in one conversation, or in all. Where there is no index yet, nothing is.
pub(super) fn search(
    store: &Connection,
    index: Option<&Connection>,
    life: &Life,
    party: Option<&Party>,
    looked_for: &str,
) -> Result<Found, Fault> {
    let mut found = Found {
        party: party.cloned(),
        words: looked_for.to_owned(),
        hits: Vec::new(),
        more: false,
        behind: 0,
    };
    let words = fold::words(looked_for);
    // Each of the two as it was at one moment.
    let store = transaction(store).map_err(Fault::Store)?;
    let index = index.map(transaction).transpose().map_err(Fault::Index)?;
    let mut entries = index::entries(&store)?;
    entries.retain(|entry| party.is_none_or(|party| is_with(entry, party)));
    let mut enough_since = None;
    for entry in entries {
        let known = match &index {
            Some(index) => index::progress(index, entry.id)
                .map_err(|error| Fault::Index(error.into()))?
                .filter(|progress| progress.fits(&entry)),
            None => None,
        };
        let up_to = known.as_ref().map_or(0, |progress| progress.up_to);
        found.behind += entry.last - up_to;
        // They come by when they were active last: no later one has anything newer.
        if enough_since.is_some_and(|since| entry.active_at < since) {
            found.more = true;
            continue;
        }
        if let (Some(index), Some(_), false) = (&index, known, words.is_empty()) {
            let (hits, more) = hits(&store, index, life, &entry, &words)?;
            found.hits.extend(hits);
            found.more |= more;
            enough_since = shorten(&mut found, party.is_none());
        }
    }
    Ok(found)
}

/// The connection of a search, and whether it must be made anew. Both threads can close it: a file that is
/// open can't be removed everywhere.
pub(super) struct Shelf {
    pub(super) folder: PathBuf,
    pub(super) open: Option<Connection>,
    /// A search has found the file to be damaged.
    pub(super) damaged: bool,
}

impl Shelf {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            open: None,
            damaged: false,
        }
    }

    /// The index, if there is one.
    pub(super) fn index(&mut self, life: &Life) -> Option<&Connection> {
        if self.damaged {
            return None;
        }
        if self.open.is_none() {
            self.open = index::open_to_read(&self.folder, life).ok();
        }
        self.open.as_ref()
    }
}

fn transaction(connection: &Connection) -> Result<rusqlite::Transaction<'_>, StoreError> {
    Ok(connection.unchecked_transaction()?)
}

fn is_with(entry: &Entry, party: &Party) -> bool {
    match party {
        Party::Key(key) => entry.key.as_ref() == Some(key),
        Party::Address(address) => entry.address.as_ref() == Some(address),
    }
}

/// The newest hits in a conversation, and whether there are more.
fn hits(
    store: &Connection,
    index: &Connection,
    life: &Life,
    entry: &Entry,
    words: &[String],
) -> Result<(Vec<Hit>, bool), Fault> {
    let party = match (&entry.key, &entry.address) {
        (Some(key), _) => Party::Key(*key),
        (None, address) => Party::Address(address.clone().unwrap_or_default()),
    };
    let (mut hits, mut bytes, mut seen) = (Vec::new(), 0, 0);
    let mut more = false;
    index::candidates(index, entry.id, words, |row| {
        seen += 1;
        more = hits.len() > MOST_HITS || bytes >= PAGE_BYTES || seen > MOST_CANDIDATES;
        if more || life.is_over() {
            return Ok(false);
        }
        let message = pages::message(store, entry.id.message(row))?;
        let Some(message) = message.filter(index::is_said) else {
            return Ok(true);
        };
        if let Some(ranges) = Folded::new(&message.text).find(words) {
            bytes += pages::size(&message);
            hits.push(Hit {
                party: party.clone(),
                message,
                ranges,
            });
        }
        Ok(true)
    })?;
    Ok((hits, more))
}

/// Leaves only as many hits as are shown, the newest. If there are so many, says since when.
fn shorten(found: &mut Found, is_mixed: bool) -> Option<i64> {
    if is_mixed {
        found
            .hits
            .sort_by_key(|hit| std::cmp::Reverse(hit.message.received_at));
    }
    let mut bytes = 0;
    let fits = found.hits.iter().take(MOST_HITS).take_while(|hit| {
        let fits = bytes < PAGE_BYTES;
        bytes += pages::size(&hit.message);
        fits
    });
    let fits = fits.count();
    if fits == found.hits.len() {
        return None;
    }
    found.hits.truncate(fits);
    found.more = true;
    found.hits.last().map(|hit| hit.message.received_at)
}

#[cfg(test)]
mod tests;
