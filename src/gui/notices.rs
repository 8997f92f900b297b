//! Notices above the transcript: what happened that is not part of the conversation. What only confirms something is in
//! `toasts.rs`.

use eframe::egui::{Memory, ScrollArea, Ui};

use crate::{
    chat::notices::Notice,
    gui::{
        action::Action,
        card::{self, Tone},
        ctx::Ctx,
        problem::ProblemView,
        theme,
        toasts::Toasts,
        waiting_card,
    },
    net::Command,
    store::{Salvage, StoreError},
};

/// The problem, the notices, and the toasts.
#[derive(Debug, Default)]
pub(super) struct NoticesView {
    problem: ProblemView,
    pub toasts: Toasts,
}

impl NoticesView {
    /// The problem and the notices, at most this high, so that the composer stays in the window.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui, height: f32) {
        ScrollArea::vertical()
            .id_salt("notices")
            // Both limits, or the area would stay as high as the bar was before.
            .min_scrolled_height(height)
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let top = ui.cursor().top();
                self.problem.show(cx, ui);
                show_notices(cx, ui);
                if ui.cursor().top() > top {
                    ui.add_space(theme::GAP / 2.0);
                }
                let focused = ui.memory(Memory::focused);
                if let Some(focused) = focused.and_then(|id| ui.ctx().read_response(id))
                    && focused.gained_focus()
                    && ui.min_rect().contains_rect(focused.rect)
                {
                    ui.scroll_to_rect(focused.rect, None);
                }
            });
    }
}

fn show_notices(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (lang, notices) = (cx.lang, cx.notices);
    let is_in_card = waiting_card::is_in_the_middle(cx);
    for notice in notices.iter().filter(|notice| !notice.passes()) {
        // The card has a line about them.
        if is_in_card && matches!(notice, Notice::CallersRejected { .. }) {
            continue;
        }
        let tone = if is_good_news(notice) {
            Tone::Question
        } else {
            Tone::Wrong
        };
        let sentence = lang.notice(notice, cx.chat.contacts());
        let shown = card::show(ui, tone, |ui| {
            card::closable(ui, lang, |ui| {
                card::line(ui, &sentence, theme::NOTICE_BUTTONS, |ui| {
                    show_button(cx, ui, notice);
                });
            })
        });
        if shown.inner {
            cx.push(Action::DismissNotice(notice.clone()));
        }
    }
}

/// The button that a notice has, if any.
fn show_button(cx: &mut Ctx<'_>, ui: &mut Ui, notice: &Notice) {
    let lang = cx.lang;
    let (words, action) = match notice {
        Notice::FurtherProfile {
            can_show_first: true,
            ..
        } => (lang.show_first(), Action::ShowFirst),
        Notice::StoreSetAside(path) => {
            let salvage = Command::Salvage(path.clone());
            (lang.recover(), Action::Command(salvage))
        }
        Notice::Arrived(peer_id) => (lang.open(), Action::Open(peer_id.clone())),
        Notice::UnknownRefused => {
            let ask = Command::RefuseUnknown(false);
            (lang.ask_again(), Action::Command(ask))
        }
        Notice::Salvaged(result) if has_losses(result) => {
            if card::button(ui, lang.go_on_without()).clicked() {
                cx.push(Action::Command(Command::AcceptLosses));
                cx.push(Action::DismissNotice(notice.clone()));
            }
            return;
        }
        _ => return,
    };
    if card::button(ui, words).clicked() {
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
        Notice::FurtherProfile { .. }
            | Notice::CallersRejected { .. }
            | Notice::UnknownRefused
            | Notice::InviteWaits
            | Notice::Arrived(_)
            | Notice::LeftOut { .. }
    )
}
