//! A search in the messages: what is looked for, what was found, and which hit is selected.

use std::time::Duration;

use crate::{
    history::{Found, Hit, Query},
    identity::PeerId,
    store::Row,
};

/// While the index is incomplete, the same question is asked again after this time, in seconds.
const AGAIN_AFTER: f64 = 1.0;

/// See the [module](self). Times are seconds on the window's clock.
#[derive(Debug, Default)]
pub struct Search {
    /// What is looked for, as typed.
    pub words: String,
    /// Where to look.
    pub scope: Scope,
    asked: Option<Question>,
    asked_at: f64,
    found: Option<Found>,
    selected: usize,
}

/// Where to look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In the conversation that is shown, or in all if none is.
    #[default]
    Shown,
    /// In all conversations.
    All,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    peer_id: Option<PeerId>,
    words: String,
}

impl Search {
    /// Asks the question once more: there may be new messages, or the reader was busy.
    pub fn ask_again(&mut self) {
        self.asked = None;
    }

    /// This message was edited or deleted: if it was found, it may have other words now.
    pub fn message_changed(&mut self, peer_id: &PeerId, row: Row) {
        let mut hits = self.found.iter().flat_map(|found| &found.hits);
        if hits.any(|hit| hit.message.row == row && hit.peer_id == *peer_id) {
            self.ask_again();
        }
    }

    /// What to ask the reader at `now`, while this conversation is `shown`. Returned once.
    pub fn take_query(&mut self, shown: Option<&PeerId>, now: f64) -> Option<Query> {
        let words = self.words.trim();
        if words.is_empty() {
            (self.asked, self.found) = (None, None);
            return None;
        }
        let question = Question {
            peer_id: shown.filter(|_| self.scope == Scope::Shown).cloned(),
            words: words.to_owned(),
        };
        let is_due = self.again_in(now).is_some_and(|left| left.is_zero());
        if self.asked.as_ref() == Some(&question) && !is_due {
            return None;
        }
        self.asked = Some(question.clone());
        self.asked_at = now;
        let Question { peer_id, words } = question;
        Some(Query::Search { peer_id, words })
    }

    /// Time left until the same question is asked again; `None` if the answer is complete.
    pub fn again_in(&self, now: f64) -> Option<Duration> {
        let is_behind = self.found.as_ref().is_some_and(|found| found.behind > 0);
        (is_behind && self.is_answered()).then(|| {
            let left = self.asked_at + AGAIN_AFTER - now;
            Duration::from_secs_f64(left.max(0.0))
        })
    }

    /// Takes an answer. Returns false if it is not the one that is waited for.
    pub fn take(&mut self, found: Found) -> bool {
        if !self.asked.as_ref().is_some_and(|asked| asked.is_of(&found)) {
            return false;
        }
        // A new answer to the same question leaves the same hit selected.
        let before = self.found.take();
        let before = before.filter(|old| old.peer_id == found.peer_id && old.words == found.words);
        let hit = before.and_then(|old| old.hits.into_iter().nth(self.selected));
        let is_it = |other: &Hit| {
            hit.as_ref().is_some_and(|hit| {
                hit.peer_id == other.peer_id && hit.message.row == other.message.row
            })
        };
        self.selected = found.hits.iter().position(is_it).unwrap_or(0);
        self.found = Some(found);
        true
    }

    /// Whether a question waits for its answer.
    pub fn is_waiting(&self) -> bool {
        self.asked.is_some() && !self.is_answered()
    }

    /// Whether the question asked last has its answer.
    pub fn is_answered(&self) -> bool {
        match (&self.asked, &self.found) {
            (Some(asked), Some(found)) => asked.is_of(found),
            _ => false,
        }
    }

    /// What was found last.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// The index of the selected hit.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The selected hit.
    pub fn selected_hit(&self) -> Option<&Hit> {
        self.found.as_ref()?.hits.get(self.selected)
    }

    /// Selects this hit.
    pub fn select(&mut self, index: usize) {
        self.selected = index;
    }

    /// Moves the selection by this many hits.
    pub fn move_by(&mut self, by: i64) {
        let hits = self.found.as_ref().map_or(0, |found| found.hits.len());
        let moved = (self.selected as u64).saturating_add_signed(by);
        self.selected = usize::try_from(moved)
            .unwrap_or(usize::MAX)
            .min(hits.saturating_sub(1));
    }
}

impl Question {
    fn is_of(&self, found: &Found) -> bool {
        self.peer_id == found.peer_id && self.words == found.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        millis::Millis,
        store::{Kind, Message, Row, State},
        text::charset::Charset,
    };

    fn peer_id() -> PeerId {
        PeerId::Address("10.0.0.1:7".into())
    }

    fn found(rows: &[u64], behind: u64) -> Found {
        let hits = rows.iter().map(|&row| Hit {
            peer_id: peer_id(),
            message: Message {
                row: Row::new(row),
                kind: Kind::Theirs,
                state: State::Received,
                sent_at: Millis::new(0),
                received_at: Millis::new(0),
                text: "hello".to_owned(),
                raw: None,
                charset: Charset::UTF_8,
                marks: crate::store::Marks::default(),
                file: None,
            },
            ranges: Vec::new(),
        });
        Found {
            peer_id: None,
            words: "hello".to_owned(),
            hits: hits.collect(),
            more: false,
            behind,
            left_out: 0,
        }
    }

    fn searching() -> Search {
        let mut search = Search {
            words: " hello ".to_owned(),
            ..Search::default()
        };
        let query = search.take_query(None, 0.0);
        let (peer_id, words) = (None, "hello".to_owned());
        assert_eq!(query, Some(Query::Search { peer_id, words }));
        search
    }

    #[test]
    fn a_question_is_asked_once_and_again_after_a_second_while_the_index_is_incomplete() {
        let mut search = searching();
        assert_eq!(search.take_query(None, 5.0), None, "no answer yet");
        assert!(search.take(found(&[1], 3)));
        assert_eq!(search.again_in(0.25), Some(Duration::from_millis(750)));
        assert_eq!(search.take_query(None, 0.5), None);
        assert!(search.take_query(None, 1.0).is_some());
        assert!(search.take(found(&[1], 0)));
        assert_eq!(
            (search.again_in(9.0), search.take_query(None, 9.0)),
            (None, None)
        );
        search.ask_again();
        assert!(search.take_query(None, 9.0).is_some());
    }

    #[test]
    fn another_conversation_or_other_words_are_another_question() {
        let mut search = searching();
        assert!(search.take_query(Some(&peer_id()), 0.0).is_some());
        assert!(!search.take(found(&[1], 0)), "the answer to the first one");
        search.scope = Scope::All;
        assert!(search.take_query(Some(&peer_id()), 0.0).is_some());
        assert!(search.is_waiting());
        search.words.clear();
        assert_eq!(search.take_query(None, 0.0), None);
        assert!(!search.is_waiting());
    }

    #[test]
    fn a_new_answer_leaves_the_same_hit_selected() {
        let mut search = searching();
        assert!(search.take(found(&[3, 2, 1], 1)));
        search.move_by(-1);
        search.move_by(1);
        assert_eq!(
            search.selected_hit().map(|hit| hit.message.row),
            Some(Row::new(2))
        );
        assert!(search.take(found(&[5, 4, 3, 2, 1], 0)));
        assert_eq!(
            search.selected_hit().map(|hit| hit.message.row),
            Some(Row::new(2))
        );
        search.move_by(9);
        assert_eq!(search.selected(), 4);
    }
}
