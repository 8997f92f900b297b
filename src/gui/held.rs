//! Messages that are held since the key of the contact in view was replaced, and what can be done with them.

use eframe::egui::Ui;

use crate::{
    gui::{action::Action, ctx::Ctx, notices::banner, theme},
    identity::PeerId,
    net::Command,
};

/// Shows how many there are, if any.
pub(super) fn show(cx: &mut Ctx<'_>, ui: &mut Ui) {
    let (lang, contacts) = (cx.lang, cx.chat.contacts());
    let Some(contact) = cx
        .shown()
        .and_then(PeerId::key)
        .and_then(|key| contacts.get(&key))
    else {
        return;
    };
    if contact.held == 0 {
        return;
    }
    let key = contact.key;
    let sentence = lang.held(contacts, &key, contact.held);
    let ground = theme::palette(ui).hint_background;
    banner(ui, ground, &sentence, theme::NOTICE_BUTTONS, |ui| {
        for (words, command) in [
            (lang.send_held(), Command::SendHeld(key)),
            (lang.discard_held(), Command::DiscardHeld(key)),
        ] {
            if ui.button(words).clicked() {
                cx.push(Action::Command(command));
            }
        }
    });
}
