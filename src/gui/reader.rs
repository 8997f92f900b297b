//! What was said before: what the reader of the store is asked, where its answers go, and what is kept of the
//! conversation that is shown.

use crate::mailbox::{Drained, SendError};
use eframe::egui::Context;

use super::{App, drafts::Mark, notices::Notice};
use crate::{
    chat::ScrollTarget,
    history::{Answer, Query, Summary},
    identity::Party,
    net::Command,
};

/// Answers taken in before a frame is painted; the rest waits for the next one.
const ANSWERS_A_FRAME: usize = 64;

impl App {
    /// Shows this conversation.
    pub(super) fn open_party(&mut self, party: Party) {
        self.leave();
        self.chat.open(party);
        self.composer.focus();
    }

    /// Shows this conversation at this row.
    pub(super) fn open_at(&mut self, party: Party, row: u64) {
        self.leave();
        self.chat.open_at(party, row);
        self.composer.focus();
    }

    /// Asks the reader. False if it can't be asked.
    pub(super) fn ask_history(&mut self, query: Query) -> bool {
        let Some(history) = &self.history else {
            return false;
        };
        match history.send(query) {
            Ok(()) => true,
            Err(SendError::Busy) => false,
            Err(SendError::Gone) => {
                self.lose_history();
                false
            }
        }
    }

    /// Takes in what the reader has found.
    pub(super) fn take_answers(&mut self, ctx: &Context) {
        let Some(history) = self.history.take() else {
            return;
        };
        let mut left = ANSWERS_A_FRAME;
        let drained = history.drain(|answer| {
            self.take_answer(answer);
            left -= 1;
            left > 0
        });
        self.history = Some(history);
        match drained {
            Drained::Empty => {}
            Drained::Stopped => ctx.request_repaint(),
            Drained::Gone => self.lose_history(),
        }
    }

    /// After whatever may have changed what is shown: takes the view and the composer along, and asks for what
    /// is missing.
    pub(super) fn settle(&mut self, ctx: &Context) {
        if self.drafts.party() != self.chat.shown() {
            self.keep_draft();
            if self.told.stop() {
                self.tell(Command::SetTyping(false));
            }
            let text = self
                .drafts
                .switch(self.chat.shown().cloned(), self.composer.text());
            if let Some(text) = text {
                self.composer.put(text);
            }
            self.read_mark.begin(self.chat.conversation().read_up_to());
        }
        if let Some(draft) = self.chat.conversation_mut().take_draft() {
            self.read_mark.begin(self.chat.conversation().read_up_to());
            if self.drafts.found(&draft, self.composer.text()) {
                self.composer.put(draft);
            }
        }
        let target = self.chat.conversation_mut().take_scroll_target();
        if target.is_some() {
            ctx.request_repaint();
        }
        match target {
            Some(ScrollTarget::Opened) => self.transcript.begin(self.chat.timeline()),
            Some(ScrollTarget::Newest) => self.transcript.follow(),
            Some(ScrollTarget::Item(id)) => self.transcript.go_to(id, false),
            Some(ScrollTarget::Hit(id)) => self.transcript.go_to(id, true),
            None => {}
        }
        if let Some(query) = self.chat.conversation_mut().take_query()
            && !self.ask_history(query)
        {
            self.chat.conversation_mut().query_not_sent();
        }
    }

    /// After a frame: what is in view is read, and what was written is kept in a while.
    pub(super) fn keep_marks(&mut self, ctx: &Context) {
        if let Some((first, last)) = self.transcript.in_view() {
            self.chat.conversation_mut().look_at(first, last);
        }
        if !self.chat.is_paged() {
            return;
        }
        let now = ctx.input(|input| input.time);
        let has_focus = ctx.input(|input| input.viewport().focused.unwrap_or(true));
        if has_focus && let Some((party, row)) = self.read_so_far() {
            match self.read_mark.seen(row, now) {
                Mark::Known => {}
                Mark::Tell => self.tell(Command::SetRead(party, row)),
                Mark::Later(delay) => ctx.request_repaint_after(delay),
            }
        }
        // What is being composed is in the text already, but not written yet.
        if !self.composer.is_composing()
            && let Some((party, text)) = self.drafts.take(self.composer.text(), Some(now))
        {
            self.tell(Command::SetDraft(party, text));
        }
        if let Some(delay) = self.drafts.due_in(now) {
            ctx.request_repaint_after(delay);
        }
    }

    /// The conversation that is shown is left: what was written and read of it is kept at once.
    pub(super) fn leave(&mut self) {
        if !self.chat.is_paged() {
            return;
        }
        self.keep_read(self.read_so_far());
        self.keep_draft();
    }

    /// This was read in a conversation that is left.
    pub(super) fn keep_read(&mut self, read: Option<(Party, u64)>) {
        if let Some((party, row)) = read.filter(|(_, row)| self.read_mark.leave(*row)) {
            self.tell(Command::SetRead(party, row));
        }
    }

    pub(super) fn keep_draft(&mut self) {
        if self.chat.is_paged()
            && let Some((party, text)) = self.drafts.take(self.composer.text(), None)
        {
            self.tell(Command::SetDraft(party, text));
        }
    }

    /// The row up to which everything is read, if the end is in view.
    pub(super) fn read_so_far(&self) -> Option<(Party, u64)> {
        let log = self.chat.timeline();
        let party = self
            .chat
            .shown()
            .filter(|_| self.transcript.is_at_end(log))?;
        Some((party.clone(), log.last_row()?))
    }

    /// Tells the worker something whose loss would be no harm.
    fn tell(&self, command: Command) {
        if let Some(net) = &self.net {
            // Busy: the next time will do.
            net.send(command).ok();
        }
    }

    /// What is loaded is all there is from now on.
    fn lose_history(&mut self) {
        tracing::error!("the reader is gone");
        self.history = None;
        self.chat.set_paged(false);
    }

    fn take_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Page(page) => self.chat.take_page(page),
            Answer::Conversations(list) => self.take_conversations(list),
            Answer::Found(found) => self.search.take(found),
            Answer::Exported(result) => self.take_exported(result),
            Answer::Size(bytes) => self.take_size(bytes),
            Answer::Failed(error) => {
                // It is not said which of them has failed.
                self.chat.conversation_mut().queries_failed();
                self.conversations.set(None);
                self.notify(Notice::Store(error));
            }
        }
    }

    fn take_conversations(&mut self, list: Vec<Summary>) {
        // At the start the one that was active last is shown again, and nobody is called.
        let is_start = std::mem::take(&mut self.is_starting);
        if is_start
            && self.chat.shown().is_none()
            && let Some(newest) = list.first()
        {
            self.chat.open(newest.party.clone());
        }
        self.conversations.set(Some(list));
    }
}
