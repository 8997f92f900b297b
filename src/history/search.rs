//! Searching: the index says where to look, the store says what is there.

use rusqlite::Connection;

use super::{
    Found, Hit, MOST_HITS,
    index::{self, Fault, Watermark},
    shutdown::Shutdown,
};
use crate::{
    identity::PeerId,
    millis::Millis,
    store::{IndexedConversation, Kind, Message, PAGE_BYTES, Row, Snapshot, State},
    text::find::{self, Folded},
};

/// Maximum number of messages of a conversation that are looked at. Only long messages can have all parts of a word so often without
/// having the word.
const MOST_CANDIDATES: usize = 20_000;

/// Searches one conversation, or all. Without an index, nothing is found.
pub(super) fn search(
    store: &Snapshot,
    index: Option<&Connection>,
    shutdown: &Shutdown,
    peer_id: Option<&PeerId>,
    looked_for: &str,
) -> Result<Found, Fault> {
    let words = find::words(looked_for);
    // The index too as it was at one moment.
    let index = index.map(Connection::unchecked_transaction);
    let index = index.transpose().map_err(at_fault)?;
    let mut newest = Newest::default();
    let (mut behind, mut left_out) = (0, 0);
    for conversation in store.conversations()? {
        if peer_id.is_some_and(|peer_id| conversation.peer_id != *peer_id) {
            continue;
        }
        let watermark = match &index {
            Some(index) => Watermark::read(index, conversation.id).map_err(at_fault)?,
            None => None,
        };
        let watermark = watermark.filter(|watermark| watermark.fits(&conversation));
        let up_to = watermark
            .as_ref()
            .map_or(Row::ZERO, |watermark| watermark.up_to);
        behind += conversation.kept_up_to.since(up_to);
        // Texts that were edited since.
        let rewritten = watermark.as_ref().map(|watermark| watermark.rewritten);
        behind += rewritten.map_or(0, |count| conversation.rewritten.saturating_sub(count));
        left_out += watermark.as_ref().map_or(0, |watermark| watermark.left_out);
        if newest.needs_nothing_from(&conversation) {
            newest.more = true;
        } else if let (Some(index), Some(_), false) = (&index, watermark, words.is_empty()) {
            newest.search_in(&conversation, up_to, store, index, shutdown, &words)?;
            // Those of one conversation stay in the order of its rows, whatever its clock said.
            if peer_id.is_none() {
                newest.sort_by_time();
            }
            newest.shorten();
        }
    }
    Ok(Found {
        peer_id: peer_id.cloned(),
        words: looked_for.to_owned(),
        hits: newest.hits,
        more: newest.more,
        behind,
        left_out,
    })
}

/// The newest hits of a search, as many as fit into an answer.
///
/// A search can find far more than that, and reading the text of each hit takes time. So it stops early: once this is
/// full, a conversation that was active last before the oldest hit here has nothing newer, and is passed over.
/// [`Snapshot::conversations`] begins with the conversation that was active last, which fills this with
/// the newest hits early; in any other order the answer would be the same, but take longer.
#[derive(Default)]
struct Newest {
    /// The newest first.
    hits: Vec<Hit>,
    /// Whether there may be others.
    more: bool,
    /// Once it is full: when the oldest of these hits was received.
    full_since: Option<Millis>,
}

impl Newest {
    /// Whether this conversation has nothing that is new enough.
    fn needs_nothing_from(&self, conversation: &IndexedConversation) -> bool {
        self.full_since
            .is_some_and(|since| conversation.active_at < since)
    }

    /// Adds the newest hits of a conversation.
    fn search_in(
        &mut self,
        conversation: &IndexedConversation,
        up_to: Row,
        store: &Snapshot,
        index: &Connection,
        shutdown: &Shutdown,
        words: &[String],
    ) -> Result<(), Fault> {
        let (mut count, mut bytes, mut seen) = (0, 0, 0);
        index::candidates(index, conversation.id, words, up_to, |row| {
            seen += 1;
            let is_enough = count > MOST_HITS || bytes >= PAGE_BYTES || seen > MOST_CANDIDATES;
            self.more |= is_enough;
            if is_enough || shutdown.is_requested() {
                return Ok(false);
            }
            let message = store.message(conversation.id, row)?;
            let Some(message) = message.filter(is_said) else {
                return Ok(true);
            };
            if let Some(ranges) = Folded::new(&message.text).find(words) {
                count += 1;
                bytes += message.size();
                self.hits.push(Hit {
                    peer_id: conversation.peer_id.clone(),
                    message,
                    ranges,
                });
            }
            Ok(true)
        })
    }

    fn sort_by_time(&mut self) {
        self.hits
            .sort_by_key(|hit| std::cmp::Reverse(hit.message.received_at));
    }

    /// Drops the oldest hits that don't fit into an answer.
    fn shorten(&mut self) {
        let mut bytes = 0;
        let fits = self.hits.iter().take(MOST_HITS).take_while(|hit| {
            let fits = bytes < PAGE_BYTES;
            bytes += hit.message.size();
            fits
        });
        let fits = fits.count();
        if fits < self.hits.len() {
            self.hits.truncate(fits);
            self.more = true;
            self.full_since = self.hits.last().map(|hit| hit.message.received_at);
        }
    }
}

/// Whether a message can be found: a recalled one was not said.
fn is_said(message: &Message) -> bool {
    matches!(message.kind, Kind::Theirs | Kind::Mine) && message.state != State::Recalled
}

fn at_fault(error: rusqlite::Error) -> Fault {
    Fault::Index(error.into())
}

#[cfg(test)]
mod tests;
