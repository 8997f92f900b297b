//! Notices above the transcript: what happened that is not part of the conversation.

use eframe::egui::{self, Color32, Rect, Ui, text::LayoutJob};

use crate::{
    chat::notices::Notice,
    gui::{action::Action, ctx::Ctx, theme, typeset},
    net::Command,
    store::{Salvage, StoreError},
};

/// Shows all of them.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (lang, notices) = (cx.lang, cx.notices);
    for notice in notices.iter() {
        let palette = theme::palette(ui);
        let ground = if is_good_news(notice) {
            palette.hint_background
        } else {
            palette.bad_background
        };
        let sentence = lang.notice(notice, cx.chat.contacts());
        banner(ui, ground, &sentence, theme::NOTICE_CLOSE, |ui| {
            show_button(cx, ui, notice);
            if ui.button(lang.close()).clicked() {
                cx.push(Action::DismissNotice(notice.clone()));
            }
        });
    }
}

/// The button that a notice has beside Close, if any.
fn show_button(cx: &mut Ctx<'_>, ui: &mut Ui, notice: &Notice) {
    let lang = cx.lang;
    let (words, action) = match notice {
        Notice::Exported(path) => (lang.copy_path(), Action::Copy(path.display().to_string())),
        Notice::FurtherProfile {
            can_show_first: true,
            ..
        } => (lang.show_first(), Action::ShowFirst),
        Notice::StoreSetAside(path) => {
            let salvage = Command::Salvage(path.clone());
            (lang.recover(), Action::Command(salvage))
        }
        Notice::UnknownRefused => {
            let ask = Command::RefuseUnknown(false);
            (lang.ask_again(), Action::Command(ask))
        }
        Notice::Salvaged(result) if has_losses(result) => {
            if ui.button(lang.go_on_without()).clicked() {
                cx.push(Action::Command(Command::AcceptLosses));
                cx.push(Action::DismissNotice(notice.clone()));
            }
            return;
        }
        _ => return,
    };
    if ui.button(words).clicked() {
        cx.push(action);
    }
}

fn has_losses(salvaged: &Result<Salvage, StoreError>) -> bool {
    salvaged.is_ok_and(|salvage| salvage.has_losses) || salvaged.is_err()
}

fn is_good_news(notice: &Notice) -> bool {
    if let Notice::Salvaged(result) = notice {
        return !has_losses(result);
    }
    matches!(
        notice,
        Notice::InviteCopied { .. }
            | Notice::FurtherProfile { .. }
            | Notice::StoreWell
            | Notice::Exported(_)
            | Notice::CallersRejected { .. }
            | Notice::UnknownRefused
            | Notice::Cleared(_)
    )
}

/// A sentence on a coloured ground, followed by buttons with this total width, in points. Returns its place.
pub(super) fn banner(
    ui: &mut Ui,
    ground: Color32,
    sentence: &str,
    buttons_width: f32,
    buttons: impl FnOnce(&mut Ui),
) -> Rect {
    let shown = theme::banner(ground).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        // On one line if it fits, else the buttons go below.
        let font = egui::TextStyle::Body.resolve(ui.style());
        let colour = ui.visuals().text_color();
        let job = LayoutJob::simple(sentence.to_owned(), font, colour, f32::INFINITY);
        let line = typeset::layout_or_boxes(ui.painter(), job);
        if line.size().x + buttons_width < ui.available_width() {
            ui.horizontal_wrapped(|ui| {
                ui.add(typeset::Label::new(sentence));
                buttons(ui);
            });
        } else {
            ui.add(typeset::Label::new(sentence));
            ui.horizontal_wrapped(buttons);
        }
    });
    shown.response.rect
}
