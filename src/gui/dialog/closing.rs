//! The question before the window is closed while messages are undelivered.

use eframe::egui::Ui;

use super::frame::{Head, buttons, question};
use crate::gui::{action::Action, card, ctx::Ctx, focus::FocusOnce, theme};

/// The open question.
#[derive(Debug)]
pub(in crate::gui) struct AskToClose {
    /// On the button that keeps the window open.
    focus: FocusOnce<()>,
}

impl AskToClose {
    pub fn new() -> Self {
        Self {
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is answered.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let head = Head {
            id: "closing",
            title: lang.undelivered(),
            width: theme::DIALOG_WIDTH,
        };
        question(ui, head, |ui| {
            let count = cx.chat.waiting();
            // All were delivered in the meantime.
            if count == 0 {
                return false;
            }
            card::body(ui, &lang.not_delivered_yet(count));
            buttons(ui, |ui| {
                let keep = card::primary(ui, lang.keep_open());
                self.focus.apply(&(), &keep);
                let close = card::button(ui, lang.close_anyway()).clicked();
                if close {
                    cx.push(Action::CloseAnyway);
                }
                !keep.clicked() && !close
            })
        })
    }
}
