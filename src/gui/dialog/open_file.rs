//! The question before a file is opened that can run.

use std::path::PathBuf;

use eframe::egui::Ui;

use super::frame::{Head, buttons, question};
use crate::{
    chat::snippet::one_line,
    gui::{action::Action, browser::Openable, card, ctx::Ctx, focus::FocusOnce, theme},
};

/// The open question.
#[derive(Debug)]
pub(in crate::gui) struct AskToOpen {
    name: String,
    path: PathBuf,
    /// On the button that leaves it closed.
    focus: FocusOnce<()>,
}

impl AskToOpen {
    pub fn new(name: String, path: PathBuf) -> Self {
        Self {
            name,
            path,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is answered.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let title = lang.open_question(&one_line(&self.name));
        let head = Head {
            id: "open file",
            title: &title,
            width: theme::DIALOG_WIDTH,
        };
        question(ui, head, |ui| {
            card::body(ui, lang.file_can_run());
            buttons(ui, |ui| {
                let cancel = card::primary(ui, lang.cancel());
                self.focus.apply(&(), &cancel);
                let show = card::button(ui, lang.show_in_folder()).clicked();
                let open = card::button(ui, lang.open_anyway()).clicked();
                if show {
                    cx.push(Action::OpenOutside(Openable::folder_of(&self.path)));
                }
                if open {
                    let file = Openable::File(self.path.clone());
                    cx.push(Action::OpenOutside(file));
                }
                !cancel.clicked() && !show && !open
            })
        })
    }
}
