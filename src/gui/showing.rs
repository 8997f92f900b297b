//! Which conversation is shown, and which part of it.

use eframe::egui::Context;
use jiff::{Timestamp, civil::Date};

use super::App;
use crate::{
    chat::timeline::{Content, ItemId},
    gui::{
        dialog::{BytesView, Calendar, Dialog},
        layout::Layout,
    },
    history::Query,
    identity::PeerId,
    millis::Millis,
    store::Row,
};

impl App {
    /// Shows this conversation.
    pub(super) fn open(&mut self, peer_id: PeerId) {
        self.save_marks();
        self.chat.open(peer_id);
        self.views.composer.focus();
    }

    /// Asks for a day of the conversation that is shown. `day` is proposed, or else today.
    pub(super) fn ask_for_date(&mut self, day: Option<Date>) {
        if self.chat.is_paged() && self.chat.shown().is_some() {
            let today = || self.system.zone.get().to_datetime(Timestamp::now()).date();
            let calendar = Calendar::new(day.unwrap_or_else(today));
            self.views.open(Dialog::Calendar(calendar));
        }
    }

    /// Scrolls to the first message of this day or later, once the store has said which one that is.
    pub(super) fn go_to_date(&mut self, day: Date) {
        let Some(peer_id) = self.chat.shown().cloned() else {
            return;
        };
        // A day that the zone does not have begins at the next one.
        if let Ok(at) = day.to_zoned(self.system.zone.get().clone()) {
            let at = Millis::new(at.timestamp().as_millisecond());
            self.query_for_view(Query::FirstSince { peer_id, at });
        }
    }

    /// Shows this conversation at this row.
    pub(super) fn open_at(&mut self, peer_id: PeerId, row: Row) {
        self.save_marks();
        self.chat.open_at(peer_id, row);
        self.views.composer.focus();
    }

    /// Saves the draft and how far was read: the conversation that is shown is left.
    pub(super) fn save_marks(&mut self) {
        self.marks.save(&self.chat, &self.views, &self.worker);
        if let Some(peer_id) = self.chat.shown() {
            let draft = self.views.composer.draft();
            self.history.conversations.set_draft(peer_id, draft);
        }
    }

    /// Shows the conversation with this text in its composer, after its draft.
    pub(super) fn forward(&mut self, peer_id: PeerId, text: String) {
        self.views.transcript.stop_picking();
        self.open(peer_id);
        self.marks.forward(text);
    }

    /// Shows the list of conversations, or puts the keyboard there if it is in the window.
    pub(super) fn show_people(&mut self, ctx: &Context) {
        self.views.list.focus(self.chat.shown());
        if Layout::of(ctx) != Layout::Wide {
            self.views.open(Dialog::List);
        }
        self.history.conversations.mark_stale();
        self.refresh_conversations();
    }

    /// Shows the bytes of this message.
    pub(super) fn show_bytes(&mut self, id: ItemId) {
        let row = self.chat.timeline().get(id);
        if let Some(Content::Message(message)) = row.map(|row| &row.content) {
            self.views.open(Dialog::Bytes(BytesView::new(message)));
        }
    }
}
