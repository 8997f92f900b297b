//! Messages that are held since the key of the contact in view was replaced, and what can be done with them.

use std::time::Duration;

use eframe::egui::Ui;

use crate::{
    gui::{
        action::Action,
        card::{self, Tone},
        ctx::Ctx,
        requests::stillness::{NOT_YET, OneQuestion},
        theme,
    },
    identity::{PeerId, PublicKey},
    net::Command,
};

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Held {
    /// The holder of the new key can choose when it appears, so its buttons wait until it has stood still.
    question: OneQuestion<PublicKey>,
}

impl Held {
    /// Shows how many there are, if any.
    pub fn show(&mut self, cx: &mut Ctx<'_>, ui: &mut Ui) {
        let (lang, contacts) = (cx.lang, cx.chat.contacts());
        let key = cx.shown().and_then(PeerId::key);
        let contact = key.and_then(|key| contacts.get(&key));
        let Some(contact) = contact.filter(|contact| contact.held > 0) else {
            self.question.clear();
            return;
        };
        let key = contact.key;
        let now = ui.input(|input| input.time);
        let stillness = self.question.about(key, now);
        let wait = stillness.wait(now);
        let sentence = lang.held(contacts, &key, contact.held);
        let mut answer = None;
        let shown = card::show(ui, Tone::Question, |ui| {
            card::line(ui, &sentence, theme::NOTICE_BUTTONS, |ui| {
                if wait > 0.0 {
                    ui.multiply_opacity(NOT_YET);
                }
                for (words, command) in [
                    (lang.send_held(), Command::SendHeld(key)),
                    (lang.discard_held(), Command::DiscardHeld(key)),
                ] {
                    if card::button(ui, words).clicked() {
                        answer = Some(command);
                    }
                }
            });
        });
        ui.add_space(theme::GAP);
        let place = shown.response.rect;
        stillness.follow(place, ui.rect_contains_pointer(place), now);
        if wait > 0.0 {
            ui.request_repaint_after(Duration::from_secs_f64(wait));
        } else if let Some(command) = answer {
            cx.push(Action::Command(command));
        }
    }
}
