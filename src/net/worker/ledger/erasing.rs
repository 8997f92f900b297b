//! Erases messages: a piece in each turn of the loop, so that nothing waits long for it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::Ledger;
use crate::{
    identity::Party,
    net::Event,
    store::{ConversationId, StoreError},
};

/// Maximum number of messages erased in one transaction.
const ERASED_AT_ONCE: u32 = 2_000;
/// How long erasing may delay the end of the program.
const ERASING: Duration = Duration::from_millis(300);

/// What is being erased, oldest first.
#[derive(Debug, Default)]
pub(super) struct Erasing(VecDeque<Erasure>);

impl Erasing {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Debug)]
struct Erasure {
    /// Reported when it is done; nothing if nobody asked for it.
    answer: Option<Event>,
    /// Each conversation, and its last row that is erased.
    rest: Vec<(ConversationId, u64)>,
}

impl Ledger {
    /// Erases what is stored of this conversation, or of all: a piece with each call of [`Self::erase_some`].
    pub fn erase(&mut self, party: Option<Party>) -> Option<Event> {
        match self.erasable(party.as_ref()) {
            Ok(rest) => {
                let answer = Some(Event::Cleared(party));
                self.erasing.0.push_back(Erasure { answer, rest });
                None
            }
            Err(error) => self.note(Err(error)),
        }
    }

    /// The same for a conversation that was not to be kept.
    pub fn erase_over(&mut self, party: &Party) {
        if let Ok(rest) = self.erasable(Some(party)) {
            let answer = None;
            self.erasing.0.push_back(Erasure { answer, rest });
        }
    }

    /// The program ends and nothing is to be kept: erases what it can without taking long.
    pub fn erase_at_end(&mut self, clock: impl Fn() -> Instant) {
        let until = clock() + ERASING;
        if let Ok(rest) = self.erasable(None) {
            let answer = None;
            self.erasing.0.push_back(Erasure { answer, rest });
        }
        while self.is_erasing() && clock() < until {
            self.erase_some();
        }
    }

    /// Whether [`Self::erase_some`] has something to do.
    pub fn is_erasing(&self) -> bool {
        !self.erasing.is_empty()
    }

    /// Erases a piece.
    pub fn erase_some(&mut self) -> Option<Event> {
        let (Some(erasure), Some(store)) = (self.erasing.0.front_mut(), &mut self.store) else {
            return None;
        };
        let more = match erasure.rest.last() {
            Some((id, up_to)) => match store.clear(*id, *up_to, ERASED_AT_ONCE) {
                Ok(true) => Ok(true),
                Ok(false) => {
                    erasure.rest.pop();
                    Ok(true)
                }
                Err(error) => Err(error),
            },
            None => store.shrink(),
        };
        match more {
            Ok(true) => None,
            Ok(false) => {
                self.tell_erased();
                self.erasing.0.pop_front()?.answer
            }
            Err(error) => {
                self.erasing.0.pop_front();
                self.note(Err(error))
            }
        }
    }

    fn erasable(&self, party: Option<&Party>) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        let Some(store) = &self.store else {
            return Ok(Vec::new());
        };
        let found = match party {
            Some(party) => store.find_conversation(party)?.into_iter().collect(),
            None => store.conversations()?,
        };
        found
            .into_iter()
            .map(|id| Ok((id, store.last_row(id)?)))
            .collect()
    }
}
