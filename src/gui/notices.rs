//! Sentences on a coloured ground: what happened that is no part of the conversation.

use std::path::PathBuf;

use eframe::egui::{self, Color32, Ui};

use super::{text::Lang, theme};
use crate::store::StoreError;

/// Something told until it is closed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Notice {
    SettingsDamaged(PathBuf),
    SettingsUnsaved,
    /// Another program uses the data folder, so this is another person.
    FurtherProfile(u32),
    /// What is known of others can't be kept or read.
    Store(StoreError),
    /// It could not be read at all, and was put there.
    StoreSetAside(PathBuf),
    /// An invite is in the clipboard; others can't come in where this computer alone can.
    InviteCopied {
        only_here: bool,
    },
    /// None could be made.
    NoInvite,
}

impl Notice {
    /// Whether this is about an invite, of which the newest counts.
    pub fn is_about_invites(&self) -> bool {
        matches!(self, Self::InviteCopied { .. } | Self::NoInvite)
    }

    fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::SettingsDamaged(kept) => {
                format!("{} {}", lang.damaged_settings(), kept.display())
            }
            Self::SettingsUnsaved => lang.settings_unsaved().to_owned(),
            Self::FurtherProfile(number) => lang.further_profile(*number),
            Self::Store(error) => lang.store_error(*error),
            Self::StoreSetAside(kept) => format!("{} {}", lang.store_set_aside(), kept.display()),
            Self::InviteCopied { only_here: false } => lang.invite_copied().to_owned(),
            Self::InviteCopied { only_here: true } => {
                format!("{} {}.", lang.invite_copied(), lang.only_this_computer())
            }
            Self::NoInvite => lang.no_invite().to_owned(),
        }
    }
}

/// Shows all of them, and takes away those that are closed.
pub(super) fn show(ui: &mut Ui, notices: &mut Vec<Notice>, lang: Lang) {
    notices.retain(|shown| {
        let palette = theme::palette(ui);
        let ground = match shown {
            Notice::InviteCopied { .. } | Notice::FurtherProfile(_) => palette.hint_background,
            _ => palette.bad_background,
        };
        let mut keep = true;
        let sentence = shown.sentence(lang);
        notice(ui, ground, &sentence, theme::NOTICE_CLOSE, |ui| {
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
