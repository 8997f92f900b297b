//! Any emoji as the reaction to a message.

use eframe::egui::Ui;

use super::frame::{Head, frame};
use crate::{
    gui::{action::Action, ctx::Ctx, emoji::EmojiPicker, theme},
    identity::{PeerId, PublicKey},
    net::Command,
    store::{Change, Row},
};

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct PickReaction {
    to: PublicKey,
    row: Row,
    picker: EmojiPicker,
}

impl PickReaction {
    /// To the message in this row of the conversation with the holder of this key.
    pub fn new(to: PublicKey, row: Row) -> Self {
        Self {
            to,
            row,
            picker: EmojiPicker::default(),
        }
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        if cx.shown() != Some(&PeerId::Key(self.to)) || cx.chat.is_gone(self.row) {
            return false;
        }
        let head = Head {
            id: "react",
            title: lang.react(),
            width: theme::REACT_WIDTH,
        };
        frame(ui, lang, head, |ui, _, _| {
            let Some(emoji) = self.picker.show(cx, ui) else {
                return true;
            };
            cx.push(Action::Command(Command::Change {
                to: self.to,
                row: self.row,
                change: Change::React(emoji),
            }));
            false
        })
    }
}
