//! What was being written to whom, and how far each conversation has been read: kept for the next time.

use std::{collections::BTreeMap, mem, time::Duration};

use crate::identity::Party;

/// What is written is kept so long after the last key, in seconds.
const AFTER: f64 = 3.0;
/// What was read is kept this often at most, in seconds.
const READ_EVERY: f64 = 1.0;
/// Drafts are remembered of so many conversations; the rest is on the disk.
const MOST: usize = 64;

/// The draft of the conversation that is shown, and those of others.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// Whose conversation the composer belongs to.
    of: Option<Party>,
    others: BTreeMap<Party, String>,
    /// What was told last.
    told: String,
    /// When the text is to be kept, in egui's time; nothing if it is.
    due: Option<f64>,
}

impl Drafts {
    /// Whose draft is in the composer.
    pub fn party(&self) -> Option<&Party> {
        self.of.as_ref()
    }

    /// Another conversation is shown. Says whose draft `text` was and what to put in its place; what was
    /// written to nobody goes to whom is shown then.
    pub fn switch(&mut self, to: Option<Party>, text: &str) -> Option<String> {
        let before = mem::replace(&mut self.of, to);
        self.due = None;
        self.told.clear();
        let before = before?;
        if self.others.len() >= MOST && !self.others.contains_key(&before) {
            self.others.pop_first();
        }
        self.others.insert(before, text.to_owned());
        let kept = self.of.as_ref().and_then(|party| self.others.get(party));
        Some(kept.cloned().unwrap_or_default())
    }

    /// This is what was kept on the disk. Says whether to put it into the composer.
    pub fn found(&mut self, draft: &str, text: &str) -> bool {
        // What is remembered here is newer.
        let is_remembered = self
            .of
            .as_ref()
            .is_some_and(|party| self.others.contains_key(party));
        draft.clone_into(&mut self.told);
        text.is_empty() && !draft.is_empty() && !is_remembered && self.due.is_none()
    }

    /// The person has edited the text at `now`. Says when to look again.
    pub fn edited(&mut self, now: f64) -> Duration {
        self.due = Some(now + AFTER);
        Duration::from_secs_f64(AFTER)
    }

    /// What to keep by `now`, and of whom; everything if it is `None`, because the window is left.
    pub fn take(&mut self, text: &str, now: Option<f64>) -> Option<(Party, String)> {
        let is_due = now.is_none_or(|now| self.due.is_some_and(|due| due <= now));
        if !is_due {
            return None;
        }
        self.due = None;
        let of = self.of.clone().filter(|_| self.told != text)?;
        text.clone_into(&mut self.told);
        Some((of, text.to_owned()))
    }

    /// In how long there is something to keep.
    pub fn due_in(&self, now: f64) -> Option<Duration> {
        self.due
            .map(|due| Duration::from_secs_f64((due - now).max(0.0)))
    }
}

/// How far the conversation that is shown has been read.
#[derive(Debug, Default)]
pub(super) struct ReadMark {
    /// The row in the store that was told last.
    told: u64,
    /// When, in egui's time.
    told_at: Option<f64>,
}

/// What to do about a row that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is known already.
    Known,
    /// Tell it now.
    Tell,
    /// Look again after so long.
    Later(Duration),
}

impl ReadMark {
    /// Another conversation is shown, read up to here.
    pub fn begin(&mut self, read_up_to: u64) {
        self.told = read_up_to;
    }

    /// The person has seen everything up to this row at `now`.
    pub fn seen(&mut self, row: u64, now: f64) -> Mark {
        if row <= self.told {
            return Mark::Known;
        }
        let since = self.told_at.map_or(READ_EVERY, |at| now - at);
        if since < READ_EVERY {
            return Mark::Later(Duration::from_secs_f64(READ_EVERY - since));
        }
        self.told = row;
        self.told_at = Some(now);
        Mark::Tell
    }

    /// The conversation is left: whether this row is still to be told.
    pub fn leave(&mut self, row: u64) -> bool {
        let is_new = row > self.told;
        self.told = self.told.max(row);
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> Party {
        Party::Address(name.to_owned())
    }

    #[test]
    fn a_draft_is_kept_some_seconds_after_the_last_key_and_once() {
        let mut drafts = Drafts::default();
        assert_eq!(drafts.switch(Some(party("a")), "hel"), None, "it stays");
        drafts.edited(0.0);
        drafts.edited(2.0);
        assert_eq!(drafts.take("hello", Some(4.0)), None);
        let kept = Some((party("a"), "hello".to_owned()));
        assert_eq!(drafts.take("hello", Some(5.0)), kept);
        assert_eq!(drafts.take("hello", None), None, "told already");
        assert_eq!(drafts.take("", None), Some((party("a"), String::new())));
    }

    #[test]
    fn each_conversation_has_its_own_draft() {
        let mut drafts = Drafts::default();
        drafts.switch(Some(party("a")), "");
        let text = drafts.switch(Some(party("b")), "to a");
        assert_eq!(text, Some(String::new()));
        assert!(drafts.found("from the disk", ""));
        assert!(!drafts.found("from the disk", "typed since"));
        let text = drafts.switch(Some(party("a")), "to b");
        assert_eq!(text, Some("to a".to_owned()));
        assert!(!drafts.found("older", ""), "what is remembered is newer");
    }

    #[test]
    fn what_was_read_is_told_once_a_second() {
        let mut mark = ReadMark::default();
        mark.begin(3);
        assert_eq!(mark.seen(3, 0.0), Mark::Known);
        assert_eq!(mark.seen(4, 0.0), Mark::Tell);
        assert_eq!(mark.seen(5, 0.25), Mark::Later(Duration::from_millis(750)));
        assert!(mark.leave(5) && !mark.leave(5));
    }
}
