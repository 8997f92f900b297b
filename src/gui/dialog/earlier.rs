//! The earlier texts of an edited message.

use eframe::egui::{RichText, Ui};

use super::frame::{Head, frame, scroll_area};
use crate::{
    gui::{card, ctx::Ctx, focus::FocusOnce, theme, typeset},
    identity::PeerId,
    millis::Millis,
    store::Row,
    text::visible::{folded, visible},
};

/// The open dialog.
#[derive(Debug)]
pub(in crate::gui) struct EarlierTexts {
    peer_id: PeerId,
    row: Row,
    /// The texts, oldest first, and when each was replaced. Empty until they come.
    texts: Vec<(String, Millis)>,
    /// On Close.
    focus: FocusOnce<()>,
}

impl EarlierTexts {
    /// Of the message in this row of a conversation.
    pub fn new(peer_id: PeerId, row: Row) -> Self {
        Self {
            peer_id,
            row,
            texts: Vec::new(),
            focus: FocusOnce::on(()),
        }
    }

    /// Takes the texts of a message, if it is this one.
    pub fn take(&mut self, peer_id: &PeerId, row: Row, texts: Vec<(String, Millis)>) {
        if (&self.peer_id, self.row) == (peer_id, row) {
            self.texts = texts;
        }
    }

    /// Shows it over the window. Returns false once it is to be closed.
    pub fn show(&mut self, cx: &Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        if cx.shown() != Some(&self.peer_id) || cx.chat.is_gone(self.row) {
            return false;
        }
        let head = Head {
            id: "earlier texts",
            title: lang.earlier_texts(),
            width: theme::DIALOG_WIDTH,
        };
        frame(ui, lang, head, |ui, height, close| {
            self.focus.apply(&(), close);
            scroll_area("earlier texts", height - theme::GAP).show(ui, |ui| {
                for (text, replaced_at) in &self.texts {
                    card::note(ui, &lang.until(&cx.moment(*replaced_at)));
                    let shown = match folded(text) {
                        Some(first) => format!("{}…", visible(first)),
                        None => visible(text).into_owned(),
                    };
                    let shown = RichText::new(shown).size(theme::MESSAGE);
                    ui.add(typeset::Label::new(shown).wrap());
                    ui.add_space(theme::GAP);
                }
            });
            true
        })
    }
}
