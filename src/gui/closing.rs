//! Closing the window while messages wait: asked once.

use eframe::egui::{Context, Ui, ViewportCommand};

use crate::gui::{
    Action, App,
    dialog::{self, Dialog},
    locale::Lang,
    notices::Notice,
    theme,
};

/// Whether the window may be closed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// Nobody wants to.
    #[default]
    No,
    /// The question is on the screen: who asks again means it.
    Asked,
    /// Whatever waits.
    Anyway,
}

/// The open question.
#[derive(Debug, Default)]
pub(super) struct AskToClose {
    has_keyboard: bool,
}

impl App {
    /// Asks once before the window is closed while messages wait.
    pub(super) fn guard_closing(&mut self, ctx: &Context) {
        let is_asking = matches!(self.dialog, Some(Dialog::Closing(_)));
        if self.closing == Closing::Asked && !is_asking {
            self.closing = Closing::No;
        }
        let is_wanted = ctx.input(|input| input.viewport().close_requested());
        if !is_wanted || self.closing != Closing::No || self.chat.waiting() == 0 {
            return;
        }
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        self.closing = Closing::Asked;
        self.dialog = Some(Dialog::Closing(AskToClose::default()));
        ctx.request_repaint();
    }

    /// The first program on the folder shows its window, and this one closes.
    pub(super) fn give_way(&mut self, ctx: &Context) {
        let asked = self.show_first.as_ref().map(|show_first| show_first());
        if let Some(Ok(())) = asked {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        } else {
            self.notify(Notice::NoFirst);
        }
    }

    pub(super) fn close_anyway(&mut self, ctx: &Context) {
        self.closing = Closing::Anyway;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }
}

impl AskToClose {
    /// Shows it over the window. False once it is answered.
    pub fn show(&mut self, ui: &Ui, count: u64, lang: Lang, actions: &mut Vec<Action>) -> bool {
        let (title, width) = (lang.undelivered(), theme::DIALOG_WIDTH);
        dialog::frame(ui, "closing", title, width, |ui, _| {
            // They may have been delivered meanwhile.
            if count == 0 {
                return false;
            }
            ui.label(lang.not_delivered_yet(count));
            ui.horizontal(|ui| {
                let keep = ui.button(lang.keep_open());
                if !std::mem::replace(&mut self.has_keyboard, true) {
                    keep.request_focus();
                }
                let close = ui.button(lang.close_anyway()).clicked();
                if close {
                    actions.push(Action::Close);
                }
                !keep.clicked() && !close
            })
            .inner
        })
    }
}
