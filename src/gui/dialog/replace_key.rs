//! The question whether another key is to replace one that was verified.

use eframe::egui::Ui;

use super::frame::{Head, buttons, question};
use crate::{
    chat::Problem,
    gui::{action::Action, card, ctx::Ctx, focus::FocusOnce, theme},
    net::{Call, ConnectError, How},
};

/// The open question.
#[derive(Debug)]
pub(in crate::gui) struct ReplaceKey {
    /// The call that another key has answered.
    call: Call,
    error: ConnectError,
    /// On the button that changes nothing.
    focus: FocusOnce<()>,
}

impl ReplaceKey {
    /// After this call has failed with this error.
    pub fn new(call: Call, error: ConnectError) -> Self {
        Self {
            call,
            error,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is answered.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let (lang, contacts) = (cx.lang, cx.chat.contacts());
        // Somebody has connected meanwhile, for example.
        let is_current = matches!(
            cx.chat.problem(),
            Some(Problem::Connect { call, error }) if *call == self.call && *error == self.error
        );
        let ConnectError::OtherKey { expected, seen, .. } = self.error else {
            return false;
        };
        if !is_current {
            return false;
        }
        let title = lang.replace_title(contacts, &expected);
        let head = Head {
            id: "replace key",
            title: &title,
            width: theme::DIALOG_WIDTH,
        };
        question(ui, head, |ui| {
            card::body(ui, &lang.replace_question(contacts, &expected, &seen));
            buttons(ui, |ui| {
                let keep = card::primary(ui, lang.keep_old_key());
                self.focus.apply(&(), &keep);
                let replace = card::button(ui, lang.replace_key()).clicked();
                if replace {
                    let Call { to, also, .. } = self.call.clone();
                    let how = How::NewKey {
                        key: seen,
                        replaces: Some(expected),
                    };
                    cx.push(Action::Connect(Call { to, also, how }));
                }
                !keep.clicked() && !replace
            })
        })
    }
}
