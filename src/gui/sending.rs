//! How the program carries out what the person does with the composer: sending, answering, editing.

use eframe::egui::Context;
use jiff::Timestamp;

use super::App;
use crate::{
    chat::Composed,
    gui::{
        action::WithMessage,
        composer::Use,
        dialog::{AskToDelete, Dialog, EarlierTexts, PickReaction},
    },
    history::Query,
    identity::PeerId,
    net::Command,
    store::{Change, Row},
    text::charset::Charset,
};

impl App {
    /// Begins to do something with the message in this row.
    pub(super) fn begin(&mut self, ctx: &Context, row: Row, what: WithMessage) {
        let Some(peer_id) = self.chat.shown().cloned() else {
            return;
        };
        match what {
            WithMessage::Reply => {
                if let Some(quote) = self.chat.quote(row) {
                    self.views.composer.begin_reply(row, quote);
                }
            }
            WithMessage::React => {
                if let Some(to) = peer_id.key() {
                    let picker = Box::new(PickReaction::new(to, row));
                    self.views.open(Dialog::PickReaction(picker));
                }
            }
            WithMessage::Edit => {
                if let Some(message) = self.chat.message(row) {
                    self.views.composer.begin_edit(ctx, row, &message.text);
                }
            }
            WithMessage::Delete => {
                if let Some(to) = peer_id.key() {
                    let question = AskToDelete::new(to, row);
                    self.views.open(Dialog::Delete(question));
                }
            }
            WithMessage::ShowEarlierTexts => {
                let texts = EarlierTexts::new(peer_id.clone(), row);
                self.views.open(Dialog::EarlierTexts(texts));
                self.query_for_view(Query::EarlierTexts { peer_id, row });
            }
        }
    }

    /// Does with the text in the composer what it is for.
    pub(super) fn send_text(&mut self, charset: Option<Charset>) {
        let composer = &mut self.views.composer;
        let message = match self.chat.compose_in(composer.text(), charset) {
            Ok(message) => message,
            Err(refusal) => return composer.refuse(refusal),
        };
        let message = match composer.purpose() {
            Use::Send(quote) => message.answering(quote),
            Use::Edit(row) => return self.edit(row, &message),
        };
        // If it can't be handed over, it stays in the composer, below the sentence that says why.
        if self.command(&message.command()) {
            self.chat.add(message, Timestamp::now());
            self.views.composer.clear();
            self.typing.reset();
            // The draft on disk has been sent now.
            let composer = &self.views.composer;
            self.marks.save_draft(&self.chat, composer, &self.worker);
        }
    }

    /// Sends this in a conversation that may not be shown: it was written in a notification. If it can't be sent, it
    /// is in the composer, below the sentence that says why.
    pub(super) fn reply(&mut self, peer_id: PeerId, text: String) {
        self.open(peer_id);
        let refusal = match self.chat.compose_in(&text, None) {
            Ok(message) if self.command(&message.command()) => {
                self.chat.add(message, Timestamp::now());
                return;
            }
            Ok(_) => None,
            Err(refusal) => Some(refusal),
        };
        self.views.composer.put(text);
        if let Some(refusal) = refusal {
            self.views.composer.refuse(refusal);
        }
    }

    /// Replaces the text of the message in this row.
    fn edit(&mut self, row: Row, message: &Composed) {
        let before = self.chat.message(row).map(|message| &*message.text);
        let is_changed = before != Some(message.text());
        let to = self.chat.shown().and_then(PeerId::key);
        let edit = to.filter(|_| is_changed).map(|to| Command::Change {
            to,
            row,
            change: Change::Edit(message.text().to_owned()),
        });
        if edit.is_none_or(|edit| self.command(&edit)) {
            self.views.composer.leave_purpose();
            self.views.composer.focus();
            // A new message says that by itself.
            if self.typing.stop() {
                self.command(&Command::SetTyping(false));
            }
        }
    }
}
