//! Sentences on a coloured ground: what happened that is no part of the conversation.

use std::path::PathBuf;

use eframe::egui::{self, Color32, Ui};

use crate::{
    chat::contacts::Contacts,
    gui::{Action, locale::Lang, theme},
    history::ExportError,
    identity::Party,
    net::Command,
    store::{Salvage, StoreError},
};

/// Something told until it is closed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Notice {
    SettingsDamaged(PathBuf),
    SettingsUnsaved,
    /// Another program uses the data folder, so this is another person.
    FurtherProfile {
        number: u32,
        /// Whether the first one can be asked to show its window.
        can_show_first: bool,
    },
    /// The first one could not be asked.
    NoFirst,
    /// What is known of others can't be kept or read.
    Store(StoreError),
    /// It could not be read at all, and was put there.
    StoreSetAside(PathBuf),
    /// What came of taking that over.
    Salvaged(Result<Salvage, StoreError>),
    /// An invite is in the clipboard; others can't come in where this computer alone can.
    InviteCopied {
        only_here: bool,
    },
    /// None could be made.
    NoInvite,
    /// A conversation was written into this file,
    Exported(PathBuf),
    /// or was not.
    ExportFailed(ExportError),
    /// What was said was erased, in this conversation or in all of them.
    Cleared(Option<Party>),
}

impl Notice {
    /// Whether this is about an invite, of which the newest counts.
    pub fn is_about_invites(&self) -> bool {
        matches!(self, Self::InviteCopied { .. } | Self::NoInvite)
    }

    /// Whether this is about an export, of which the newest counts.
    pub fn is_about_exports(&self) -> bool {
        matches!(self, Self::Exported(_) | Self::ExportFailed(_))
    }

    fn sentence(&self, contacts: &Contacts, lang: Lang) -> String {
        match self {
            Self::SettingsDamaged(kept) => {
                format!("{} {}", lang.damaged_settings(), kept.display())
            }
            Self::SettingsUnsaved => lang.settings_unsaved().to_owned(),
            Self::FurtherProfile { number, .. } => lang.further_profile(*number),
            Self::NoFirst => lang.no_first().to_owned(),
            Self::Salvaged(Err(StoreError::Damaged)) => lang.nothing_to_take_over().to_owned(),
            Self::Store(error) | Self::Salvaged(Err(error)) => lang.store_error(*error),
            Self::StoreSetAside(kept) => format!("{} {}", lang.store_set_aside(), kept.display()),
            Self::Salvaged(Ok(salvage)) => lang.salvaged(*salvage),
            Self::InviteCopied { only_here: false } => lang.invite_copied().to_owned(),
            Self::InviteCopied { only_here: true } => {
                format!("{} {}.", lang.invite_copied(), lang.only_this_computer())
            }
            Self::NoInvite => lang.no_invite().to_owned(),
            Self::Exported(path) => lang.exported(path),
            Self::ExportFailed(error) => lang.export_error(*error),
            Self::Cleared(party) => lang.cleared(contacts, party.as_ref()),
        }
    }
}

/// Shows all of them, and takes away those that are closed.
pub(super) fn show(
    ui: &mut Ui,
    notices: &mut Vec<Notice>,
    contacts: &Contacts,
    lang: Lang,
    actions: &mut Vec<Action>,
) {
    notices.retain(|shown| {
        let palette = theme::palette(ui);
        let ground = match shown {
            Notice::InviteCopied { .. }
            | Notice::FurtherProfile { .. }
            | Notice::Salvaged(Ok(_))
            | Notice::Exported(_)
            | Notice::Cleared(_) => palette.hint_background,
            _ => palette.bad_background,
        };
        let mut keep = true;
        let sentence = shown.sentence(contacts, lang);
        notice(ui, ground, &sentence, theme::NOTICE_CLOSE, |ui| {
            if let Notice::Exported(path) = shown
                && ui.button(lang.copy_path()).clicked()
            {
                actions.push(Action::Copy(path.display().to_string()));
            }
            if let Notice::FurtherProfile {
                can_show_first: true,
                ..
            } = shown
                && ui.button(lang.show_first()).clicked()
            {
                actions.push(Action::ShowFirst);
            }
            if let Notice::StoreSetAside(path) = shown
                && ui.button(lang.take_over()).clicked()
            {
                actions.push(Action::Ask(Command::Salvage(path.clone())));
            }
            keep = !ui.button(lang.close()).clicked();
        });
        keep
    });
}

/// A sentence on a coloured ground, with buttons behind it that take so much `room`, in points.
pub(super) fn notice(
    ui: &mut Ui,
    ground: Color32,
    sentence: &str,
    room: f32,
    buttons: impl FnOnce(&mut Ui),
) {
    theme::banner(ground).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        // On one line where there is room for it, else the buttons go below.
        let font = egui::TextStyle::Body.resolve(ui.style());
        let colour = ui.visuals().text_color();
        let line = ui
            .painter()
            .layout_no_wrap(sentence.to_owned(), font, colour);
        if line.size().x + room < ui.available_width() {
            ui.horizontal_wrapped(|ui| {
                ui.label(sentence);
                buttons(ui);
            });
        } else {
            ui.label(sentence);
            ui.horizontal_wrapped(buttons);
        }
    });
}
