//! The question before a message is deleted for both sides.

use eframe::egui::Ui;

use super::frame::{Head, buttons, question};
use crate::{
    chat::Peer,
    gui::{action::Action, card, ctx::Ctx, focus::FocusOnce, theme},
    identity::{PeerId, PublicKey},
    net::Command,
    store::{Change, Row},
};

/// The open question.
#[derive(Debug)]
pub(in crate::gui) struct AskToDelete {
    to: PublicKey,
    row: Row,
    /// On the button that keeps the message.
    focus: FocusOnce<()>,
}

impl AskToDelete {
    /// About the message in this row of the conversation with the holder of this key.
    pub fn new(to: PublicKey, row: Row) -> Self {
        Self {
            to,
            row,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is answered.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        if cx.shown() != Some(&PeerId::Key(self.to)) || cx.chat.is_gone(self.row) {
            return false;
        }
        let head = Head {
            id: "delete",
            title: lang.delete_question(),
            width: theme::DIALOG_WIDTH,
        };
        question(ui, head, |ui| {
            let peer = cx.chat.peer().and_then(Peer::key);
            let hint = if peer == Some(self.to) {
                lang.delete_hint()
            } else {
                lang.delete_hint_away()
            };
            card::body(ui, hint);
            buttons(ui, |ui| {
                let keep = card::primary(ui, lang.keep());
                self.focus.apply(&(), &keep);
                let delete = card::destructive(ui, lang.delete_for_both()).clicked();
                if delete {
                    cx.push(Action::Command(Command::Change {
                        to: self.to,
                        row: self.row,
                        change: Change::Delete,
                    }));
                }
                !keep.clicked() && !delete
            })
        })
    }
}
