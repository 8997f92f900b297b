//! What is done with files: where they are received, which are accepted, and what is sent of a picture.

use eframe::egui::{Label, RichText, Ui};

use super::line::{check, choice, hint, title, wrong};
use crate::gui::{
    action::{Action, FileAction, Setting},
    ctx::Ctx,
    focus::kept_in_view,
};

/// The sizes up to which files are accepted without a question that can be chosen, in bytes.
const SIZES: [Option<u64>; 5] = [
    None,
    Some(1_000_000),
    Some(10_000_000),
    Some(100_000_000),
    Some(1_000_000_000),
];

/// Why a folder was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum FolderProblem {
    /// The system has no dialog in which it could be chosen.
    NoDialog,
    /// Its name is not text, and the settings are.
    NotText,
}

/// This part of the page.
#[derive(Debug, Default)]
pub(in crate::gui) struct FilesPart {
    /// What went wrong when a folder was to be chosen last.
    problem: Option<FolderProblem>,
}

impl FilesPart {
    pub fn set_problem(&mut self, problem: FolderProblem) {
        self.problem = Some(problem);
    }

    pub(super) fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let (settings, lang) = (&cx.settings.files, cx.lang);
        title(ui, lang.files());
        ui.label(lang.download_folder());
        ui.horizontal_wrapped(|ui| {
            match cx.download_folder() {
                Some(folder) => {
                    let folder = RichText::new(folder.display().to_string());
                    ui.add(Label::new(folder).wrap())
                }
                None => ui.label(lang.no_download_folder()),
            };
            let change = kept_in_view(ui.button(lang.change_further()));
            let name = format!("{} {}", lang.download_folder(), lang.change_further());
            if change.accessible_name(name).clicked() {
                self.problem = None;
                cx.push(Action::Files(FileAction::PickDownloads));
            }
        });
        if let Some(problem) = self.problem {
            let words = match problem {
                FolderProblem::NoDialog => lang.no_folder_dialog(),
                FolderProblem::NotText => lang.folder_not_kept(),
            };
            wrong(ui, words);
        }
        hint(ui, lang.download_folder_hint());
        let mut sizes: Vec<_> = SIZES.map(|size| (size, lang.accept_up_to(size))).to_vec();
        let chosen = settings.accept_up_to;
        if !SIZES.contains(&chosen) {
            // It was written into the file.
            sizes.push((chosen, lang.accept_up_to(chosen)));
        }
        choice(ui, lang.accept_by_itself(), &sizes, &chosen, |&size| {
            cx.push(Action::Set(Setting::AcceptUpTo(size)));
        });
        hint(ui, lang.accept_by_itself_hint());
        check(ui, lang.keep_location(), settings.keep_location, |keep| {
            cx.push(Action::Set(Setting::KeepLocation(keep)));
        });
        hint(ui, lang.keep_location_hint());
    }
}
