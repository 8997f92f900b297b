//! The draft of each conversation, and when it is due to be saved.

use std::{collections::BTreeMap, mem, time::Duration};

use crate::identity::PeerId;

/// A draft is saved this long after the last edit, in seconds.
const SAVE_AFTER: f64 = 3.0;
/// Maximum number of conversations whose drafts are held in memory. The others are read from disk again.
const MAX_DRAFTS: usize = 64;

/// The draft of the conversation that is shown, and those of the others.
///
/// Times are seconds on the window's clock.
#[derive(Debug, Default)]
pub struct Drafts {
    /// The conversation whose draft is in the composer.
    peer_id: Option<PeerId>,
    others: BTreeMap<PeerId, String>,
    /// The text saved last.
    saved: String,
    /// When the text has to be saved; `None` if nothing is unsaved.
    due: Option<f64>,
}

impl Drafts {
    /// The conversation whose draft is in the composer.
    pub fn peer_id(&self) -> Option<&PeerId> {
        self.peer_id.as_ref()
    }

    /// Another conversation is shown. `text` is the draft of the one before; returns the text to replace it with.
    /// Returns `None` if no conversation was shown before: what was written then stays.
    pub fn switch(&mut self, to: Option<PeerId>, text: &str) -> Option<String> {
        let before = mem::replace(&mut self.peer_id, to);
        self.due = None;
        self.saved.clear();
        let before = before?;
        if self.others.len() >= MAX_DRAFTS && !self.others.contains_key(&before) {
            self.others.pop_first();
        }
        self.others.insert(before, text.to_owned());
        let draft = self
            .peer_id
            .as_ref()
            .and_then(|peer_id| self.others.get(peer_id));
        Some(draft.cloned().unwrap_or_default())
    }

    /// Takes the draft that was read from disk. Returns whether it belongs into the composer, which has `text` now.
    pub fn loaded(&mut self, draft: &str, text: &str) -> bool {
        // One in memory is newer.
        let is_in_memory = self
            .peer_id
            .as_ref()
            .is_some_and(|peer_id| self.others.contains_key(peer_id));
        draft.clone_into(&mut self.saved);
        text.is_empty() && !draft.is_empty() && !is_in_memory && self.due.is_none()
    }

    /// The text was edited at `now`.
    pub fn edited(&mut self, now: f64) {
        self.due = Some(now + SAVE_AFTER);
    }

    /// What has to be saved by `now`.
    pub fn take_due(&mut self, text: &str, now: f64) -> Option<(PeerId, String)> {
        self.due
            .is_some_and(|due| due <= now)
            .then(|| self.take(text))
            .flatten()
    }

    /// What is unsaved, due or not.
    pub fn take(&mut self, text: &str) -> Option<(PeerId, String)> {
        self.due = None;
        let peer_id = self.peer_id.clone().filter(|_| self.saved != text)?;
        text.clone_into(&mut self.saved);
        Some((peer_id, text.to_owned()))
    }

    /// Time left until something has to be saved.
    pub fn due_in(&self, now: f64) -> Option<Duration> {
        self.due
            .map(|due| Duration::from_secs_f64((due - now).max(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer_id(name: &str) -> PeerId {
        PeerId::Address(name.into())
    }

    #[test]
    fn a_draft_is_saved_once_three_seconds_after_the_last_edit() {
        let mut drafts = Drafts::default();
        assert_eq!(drafts.switch(Some(peer_id("a")), "hel"), None, "it stays");
        drafts.edited(0.0);
        drafts.edited(2.0);
        assert_eq!(drafts.take_due("hello", 4.0), None);
        let saved = Some((peer_id("a"), "hello".to_owned()));
        assert_eq!(drafts.take_due("hello", 5.0), saved);
        assert_eq!(drafts.take("hello"), None, "saved already");
        assert_eq!(drafts.take(""), Some((peer_id("a"), String::new())));
    }

    #[test]
    fn each_conversation_has_its_own_draft() {
        let mut drafts = Drafts::default();
        drafts.switch(Some(peer_id("a")), "");
        let text = drafts.switch(Some(peer_id("b")), "to a");
        assert_eq!(text, Some(String::new()));
        assert!(drafts.loaded("from disk", ""));
        assert!(!drafts.loaded("from disk", "typed since"));
        let text = drafts.switch(Some(peer_id("a")), "to b");
        assert_eq!(text, Some("to a".to_owned()));
        assert!(!drafts.loaded("older", ""), "the one in memory is newer");
    }
}
