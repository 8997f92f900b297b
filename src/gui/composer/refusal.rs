//! Why the text in the composer was not sent, and what can be done about it.

use eframe::egui::Ui;

use super::Composer;
use crate::{
    chat::Refusal,
    gui::{
        action::Action,
        card::{self, Tone},
        ctx::Ctx,
        theme,
    },
    text::charset::Charset,
};

impl Composer {
    /// Shows it above the field.
    pub(super) fn show_refusal(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let lang = cx.lang;
        let Some(refusal) = &self.refusal else { return };
        let Some(sentence) = lang.refusal(refusal) else {
            return;
        };
        let is_question = matches!(refusal, Refusal::WhichCharset);
        let tone = if is_question {
            Tone::Question
        } else {
            Tone::Wrong
        };
        let buttons = |ui: &mut Ui| match refusal {
            Refusal::WhichCharset => {
                if card::button(ui, lang.send_as_cp949()).clicked() {
                    cx.push(Action::SendTextAs(Charset::CP949));
                }
                if card::button(ui, lang.send_as_utf8()).clicked() {
                    cx.push(Action::SendTextAs(Charset::UTF_8));
                }
            }
            Refusal::Unencodable(_) => {
                if card::button(ui, lang.send_as_utf8()).clicked() {
                    cx.push(Action::SendTextOnceAs(Charset::UTF_8));
                }
            }
            Refusal::Empty | Refusal::NotConnected | Refusal::TooLong { .. } => {}
        };
        let show = |ui: &mut Ui| card::line(ui, &sentence, theme::NOTICE_BUTTONS, buttons);
        let shown = card::show(ui, tone, |ui| {
            if is_question {
                show(ui);
                return false;
            }
            card::closable(ui, lang, show)
        });
        ui.add_space(theme::GAP);
        if shown.inner {
            self.refusal = None;
        }
    }
}
