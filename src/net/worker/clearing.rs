//! Erasing what was said: a piece in each turn of the loop, so that it holds up nobody.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::Worker;
use crate::{
    identity::Party,
    net::Event,
    store::{ConversationId, StoreError},
};

/// Messages erased in one transaction.
const ERASED_AT_ONCE: u32 = 2_000;
/// How long erasing may hold up the end of the program.
const ERASING: Duration = Duration::from_millis(300);

/// Something that is being erased.
#[derive(Debug)]
struct Piece {
    /// To be told once it is over; nobody, if nobody asked for it.
    answer: Option<Event>,
    /// Each up to which row.
    rest: Vec<(ConversationId, u64)>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Clearing(VecDeque<Piece>);

impl Clearing {
    /// Whether there is something to do at once.
    pub fn is_busy(&self) -> bool {
        !self.0.is_empty()
    }
}

impl Worker {
    /// Erases what was said, a piece in each turn.
    pub(super) fn clear(&mut self, party: Option<Party>) {
        let found = self.clearable(party.as_ref());
        match found {
            Ok(rest) => self.clearing.0.push_back(Piece {
                answer: Some(Event::Cleared(party)),
                rest,
            }),
            Err(error) => self.report_store(Err(error)),
        }
    }

    /// A conversation is over. Where nothing is to be kept, it is erased.
    pub(super) fn clear_over(&mut self, party: &Party) {
        if !self.shared.account.preferences.keep_history
            && let Ok(rest) = self.clearable(Some(party))
        {
            self.clearing.0.push_back(Piece { answer: None, rest });
        }
    }

    /// The program ends. Where nothing is to be kept, what is left is erased, as far as that is quick.
    pub(super) fn clear_at_end(&mut self, clock: impl Fn() -> Instant) {
        if self.shared.account.preferences.keep_history {
            return;
        }
        let until = clock() + ERASING;
        if let Ok(rest) = self.clearable(None) {
            self.clearing.0.push_back(Piece { answer: None, rest });
        }
        while self.clearing.is_busy() && clock() < until {
            self.clear_some();
        }
    }

    fn clearable(&self, party: Option<&Party>) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        let Some(store) = &self.shared.ledger.store else {
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

    pub(super) fn clear_some(&mut self) {
        let (Some(clearing), Some(store)) =
            (self.clearing.0.front_mut(), &mut self.shared.ledger.store)
        else {
            return;
        };
        let more = match clearing.rest.last() {
            Some((id, up_to)) => match store.clear(*id, *up_to, ERASED_AT_ONCE) {
                Ok(true) => Ok(true),
                Ok(false) => {
                    clearing.rest.pop();
                    Ok(true)
                }
                Err(error) => Err(error),
            },
            None => store.shrink(),
        };
        match more {
            Ok(true) => {}
            Ok(false) => {
                self.shared.ledger.tell_erased();
                let over = self.clearing.0.pop_front();
                if let Some(answer) = over.and_then(|over| over.answer) {
                    self.report(answer);
                }
            }
            Err(error) => {
                self.clearing.0.pop_front();
                self.report_store(Err(error));
            }
        }
    }
}
