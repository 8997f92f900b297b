//! The question before a file is opened that can run.

use std::path::Path;

use eframe::egui::Ui;

use super::frame::{Head, buttons, question};
use crate::{
    chat::snippet::one_line,
    gui::{action::Action, browser::Openable, card, ctx::Ctx, focus::FocusOnce, theme},
};

/// The open question.
#[derive(Debug)]
pub(in crate::gui) struct AskToOpen {
    openable: Openable,
    /// On the button that leaves it closed.
    focus: FocusOnce<()>,
}

impl AskToOpen {
    pub fn new(openable: Openable) -> Self {
        Self {
            openable,
            focus: FocusOnce::on(()),
        }
    }

    /// Shows it over the window. Returns false once it is answered.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &Ui) -> bool {
        let lang = cx.lang;
        let path = Path::new(self.openable.as_os_str());
        // As it is on the disk, which is what opens.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let title = lang.open_question(&one_line(&name));
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
                    cx.push(Action::OpenOutside(Openable::folder_of(path)));
                }
                if open {
                    cx.push(Action::OpenOutside(self.openable.clone()));
                }
                !cancel.clicked() && !show && !open
            })
        })
    }
}
