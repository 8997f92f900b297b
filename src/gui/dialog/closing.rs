//! The question before the window is closed while messages are undelivered.

use eframe::egui::Ui;

use super::frame::frame;
use crate::gui::{action::Action, ctx::Ctx, focus::FocusOnce, theme};

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
        frame(
            ui,
            "closing",
            lang.undelivered(),
            theme::DIALOG_WIDTH,
            |ui, _| {
                let count = cx.chat.waiting();
                // All were delivered in the meantime.
                if count == 0 {
                    return false;
                }
                ui.label(lang.not_delivered_yet(count));
                ui.horizontal(|ui| {
                    let keep = ui.button(lang.keep_open());
                    self.focus.apply(&(), &keep);
                    let close = ui.button(lang.close_anyway()).clicked();
                    if close {
                        cx.push(Action::CloseAnyway);
                    }
                    !keep.clicked() && !close
                })
                .inner
            },
        )
    }
}
